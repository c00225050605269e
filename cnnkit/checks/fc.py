"""Exercises of the `fc` assignment."""

EXERCISES = []
