"""The instructor's side: hidden cases, the class, the gradebook."""

from .hidden import grade

__all__ = ["grade"]
