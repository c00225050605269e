"""What an exercise asks: its case groups, its reference and the mistakes it knows by name.

Only names and plain values pass between a check and a student's answer: numbers, strings, tuples, lists,
dictionaries and NumPy arrays. That is what lets the grader put the two in different processes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Draw = Callable[[np.random.Generator], "Sequence[Case]"]


@dataclass(frozen=True)
class Case:
    """One call of the student's function.

    args, kwargs  what the function is called with, plain values only
    terms         how many products the longest sum in one output element has; it sets the tolerance
    """

    args: tuple
    kwargs: dict[str, Any] = field(default_factory=dict)
    terms: int = 1

    def __str__(self) -> str:
        """The call as the student would write it, arrays by their shapes: '(x (1, 1, 7, 7), 3, stride=2)'."""
        shown = [_brief(value) for value in self.args]
        shown += [f"{name}={_brief(value)}" for name, value in self.kwargs.items()]
        return f"({', '.join(shown)})"


@dataclass(frozen=True)
class Group:
    """Cases that ask for one thing and earn their points together.

    name    what is asked, in a word or two ("stride", "gradient w.r.t. w")
    public  draws the cases a student sees; small, and the same on every run
    hidden  draws the cases of a grading run from a fresh generator
    part    which element of the returned tuple is compared; None compares the whole answer
    """

    name: str
    points: float
    public: Draw
    hidden: Draw
    part: int | None = None


@dataclass(frozen=True)
class Misconception:
    """A wrong implementation that people really write, and the sentence that names it.

    A diagnosis is given only when the student's answer equals `answer` on every public case that tells it
    from the reference.
    """

    says: str
    section: str
    answer: Callable


@dataclass(frozen=True)
class Exercise:
    """One function the student writes.

    name       what `check` calls it
    section    where the book explains it, as page#anchor ("conv.html#stride")
    reference  the right answer; raising an exception is part of being right
    groups     the case groups; their points add up to the points of the grade cell
    parts      names of the elements of a returned tuple ("dx", "dw", "db")
    judge      judge(case, want, got) -> what is wrong, or None; for answers that equality does not settle
               (a training run). None compares numbers, see `compare.difference`.
    engine     "numpy", or "torch" when the student's function takes and returns tensors
    """

    name: str
    section: str
    reference: Callable
    groups: tuple[Group, ...]
    parts: tuple[str, ...] = ()
    misconceptions: tuple[Misconception, ...] = ()
    judge: Callable[[Case, Any, Any], str | None] | None = None
    engine: str = "numpy"

    @property
    def points(self) -> float:
        return sum(group.points for group in self.groups)


def _brief(value) -> str:
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    if isinstance(value, (list, tuple)) and any(isinstance(item, np.ndarray) for item in value):
        return "[" + ", ".join(_brief(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_brief(item)}" for key, item in value.items()) + "}"
    return repr(value)
