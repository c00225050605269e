"""The score of one grade cell: the public cases a student has seen, and hidden ones drawn afresh."""

import os
import secrets
from collections.abc import Callable

import numpy as np

from ..checks.catalogue import exercise
from ..checks.exercise import Exercise, Group
from ..checks.trial import Trial
from ..checks.verdict import Outcome, earned, outcome, public_cases


def grade(name: str, answer: Callable) -> float:
    """Score `answer` on the public and the hidden cases of exercise `name`; print what failed; return the points.

    A group earns its points when every case of both kinds is right. The hidden cases come from a seed that is new
    on each run and printed, so that a run can be repeated: set CNNKIT_SEED to it.
    """
    asked = exercise(name)
    seed = int(os.environ.get("CNNKIT_SEED") or secrets.randbits(32))
    trial = Trial(answer, asked.engine)
    outcomes = [_graded(asked, group, trial, seed) for group in asked.groups]
    print(f"Graded on further cases, drawn with seed {seed}: {earned(outcomes):g} of {asked.points:g} points")
    for o in outcomes:
        if o.complaint and o.case is not None:
            print(f"  ✘ {o.group.name}: {asked.call(o.case)}: {o.complaint}")
    return earned(outcomes)


def _graded(asked: Exercise, group: Group, trial: Trial, seed: int) -> Outcome:
    """The group's outcome; a mistake on a public case has been told by `check`, so no case is named here."""
    if outcome(asked, group, trial, public_cases(group)).complaint:
        return Outcome(group, "a public case fails")
    return outcome(asked, group, trial, group.hidden(np.random.default_rng(seed)))
