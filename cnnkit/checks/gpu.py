"""Exercises of the `gpu` assignment."""

EXERCISES = []
