"""Convolutional neural networks from the formula up: layers, checks and the grader of the course.

Importing this package imports neither torch nor matplotlib; each module imports what it needs.
"""

__version__ = "0.1.0"
