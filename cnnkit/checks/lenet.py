"""Exercises of the `lenet` assignment."""

EXERCISES = []
