"""What is asked of each exercise: the cases, the tolerance, the diagnosis of a wrong answer.

>>> from cnnkit.checks import check
>>> check("conv2d", conv2d)                                                     # doctest: +SKIP
"""

from .run import check, example

__all__ = ["check", "example"]
