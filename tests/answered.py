"""What the tests of the exercises share: a student's source as functions, and what they earn and are told."""

import numpy as np
from sample_class import ANSWERS, answers

from cnnkit.checks.catalogue import exercise
from cnnkit.checks.diagnosis import diagnose
from cnnkit.checks.verdict import outcome, public_cases
from cnnkit.notebooks import ROOT, read


def functions(source: str) -> dict:
    """The functions that a piece of a student's notebook defines, by name."""
    found = {"np": np}
    exec(source, found)
    return found


def points(asked, answer) -> dict[str, float]:
    """Group -> points, on the public cases."""
    return {g.name: outcome(asked, g, answer, public_cases(g)).points for g in asked.groups}


def hidden_points(asked, answer, seed: int) -> float:
    """The points on hidden cases drawn with `seed`."""
    return sum(outcome(asked, g, answer, g.hidden(np.random.default_rng(seed))).points for g in asked.groups)


def said(asked, answer) -> str:
    """The diagnosis as one text; empty when no mistake is recognised."""
    return " / ".join(m.says for m in diagnose(asked, answer))


def total(name: str, answer, seed: int | None = None) -> float:
    """What `answer` earns in the exercise `name` on the public cases, or on the hidden ones drawn with `seed`."""
    asked = exercise(name)
    return sum(points(asked, answer).values()) if seed is None else hidden_points(asked, answer, seed)


def named(name: str, answer) -> set[str]:
    """The mistakes that the diagnosis names."""
    return {m.says for m in diagnose(exercise(name), answer)}


def handed_in(assignment: str, student: str) -> dict:
    """The names that a notebook defines, from its first code cell on; the student "solution" is the instructor."""
    cells = read(ROOT / "solutions" / assignment / f"{assignment}.ipynb").cells
    sources = [next(c.source for c in cells if c.cell_type == "code")]
    if student == "solution":
        sources += [c.source for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
    else:
        sources += answers(ANSWERS / student / f"{assignment}.py").values()
    space = {}
    for source in sources:
        exec(source, space)
    return space
