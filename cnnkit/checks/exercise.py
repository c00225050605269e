"""What an exercise asks: its case groups, its reference and the mistakes it knows by name.

Only names and plain values pass between a check and a student's answer: numbers, strings, tuples, lists,
dictionaries and NumPy arrays. That is what lets the grader put the two in different processes.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .values import brief

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
        """The arguments as the student would write them, arrays by their shapes: '(array (1, 1, 7, 7), stride=2)'."""
        return self.shown(())

    def shown(self, names: Sequence[str]) -> str:
        """The same with the parameters' names for the arrays: '(x (1, 1, 7, 7), stride=2)'."""
        names = (*names, *["array"] * (len(self.args) - len(names)))
        shown = [brief(value, name) for value, name in zip(self.args, names, strict=False)]
        shown += [f"{name}={brief(value)}" for name, value in self.kwargs.items()]
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

    It is named only where the student's answer equals this one on every public case of a side of the function (an
    element of the tuple it returns, or its refusals), and some of these cases tell it from the reference.

    says     one or two full sentences: what went wrong, not how the right answer goes
    section  where the book explains it, as page#anchor
    """

    says: str
    section: str
    answer: Callable


@dataclass(frozen=True)
class Exercise:
    """One function the student writes.

    name       what `check` calls it
    section    where the book explains it, as page#anchor ("conv.html#conv-stride")
    reference  the right answer; a ValueError or TypeError raised is the right answer, too
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

    def call(self, case: Case) -> str:
        """The call of a case as a student would write it: 'conv2d(x (1, 1, 7, 7), w (1, 1, 3, 3), stride=2)'."""
        return self.name.split(".")[-1] + case.shown(tuple(inspect.signature(self.reference).parameters))
