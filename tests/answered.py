"""What the tests of the exercises share: a student's source as functions, and what they earn and are told."""

import numpy as np

from cnnkit.checks.run import diagnose, outcome, public_cases


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
