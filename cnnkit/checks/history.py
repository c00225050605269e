"""Exercises of the `history` assignment."""

EXERCISES = []
