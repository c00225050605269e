"""The instructor's side: hidden cases, the class, the gradebook."""

from .judge import grade

__all__ = ["grade"]
