"""Exercises of the `pool` assignment."""

EXERCISES = []
