"""The score of one grade cell: the public cases a student has seen, and hidden ones drawn afresh."""

import os
import secrets
from collections.abc import Callable

import numpy as np

from ..checks.catalogue import exercise
from ..checks.exercise import Exercise, Group
from ..checks.run import Outcome, earned, outcome, public_cases


def grade(name: str, answer: Callable) -> float:
    """Score `answer` on the public and the hidden cases of exercise `name`; print what failed; return the points.

    A group earns its points when every case of both kinds is right. The hidden cases come from a seed that is new
    on each run and printed, so that a run can be repeated: set CNNKIT_SEED to it.
    """
    asked = exercise(name)
    seed = int(os.environ.get("CNNKIT_SEED") or secrets.randbits(32))
    outcomes = [_graded(asked, group, answer, seed) for group in asked.groups]
    failed = [o for o in outcomes if o.complaint]
    print(f"Graded on further cases, drawn with seed {seed}: {earned(outcomes):g} of {asked.points:g} points")
    for o in failed:
        print(f"  ✘ {o.group.name}: {o.complaint}")
    return earned(outcomes)


def _graded(asked: Exercise, group: Group, answer: Callable, seed: int) -> Outcome:
    """The group's outcome; a mistake on a public case is told in full there, so here only its name."""
    if outcome(asked, group, answer, public_cases(group)).complaint:
        return Outcome(group, "a public case fails, see above")
    return outcome(asked, group, answer, group.hidden(np.random.default_rng(seed)))
