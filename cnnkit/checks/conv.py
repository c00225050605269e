"""Exercises of the `conv` assignment."""

EXERCISES = []
