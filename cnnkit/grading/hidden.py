"""The score of one grade cell: the public cases a student has seen, and hidden ones drawn afresh.

What is printed of a hidden case says which group fails and in which way, and nothing that the student's code could have
chosen: no values, no messages, no names of its own. So neither the case nor its answer can be read off the feedback.
"""

import os
import secrets
from collections.abc import Callable

import numpy as np

from ..checks.catalogue import exercise
from ..checks.exercise import Exercise, Group
from ..checks.trial import Trial
from ..checks.verdict import Outcome, earned, on_trial, outcome, public_cases, refuses_most, right_answer


def fresh_seed() -> int:
    """The seed of a grading run: CNNKIT_SEED, to repeat one, else a new one."""
    return int(os.environ.get("CNNKIT_SEED") or secrets.randbits(32))


def grade(name: str, answer: Callable) -> float:
    """Score `answer` on the public and the hidden cases of exercise `name`, print which groups fail, return the points.

    A group earns its points when every case of both kinds is right. The hidden cases come from the seed of the run.
    """
    asked = exercise(name)
    trial = on_trial(asked, answer)
    seed = getattr(trial, "seed", None)
    seed = fresh_seed() if seed is None else seed
    outcomes = [_graded(asked, group, trial, seed) for group in asked.groups]
    print(f"Graded on further cases: {earned(outcomes):g} of {asked.points:g} points")
    for o in outcomes:
        if o.case is not None:
            print(f"  ✘ {o.group.name}: {_in_a_word(asked, o, trial)} on a case that is not shown")
    return earned(outcomes)


def _graded(asked: Exercise, group: Group, trial: Trial, seed: int) -> Outcome:
    """The group's outcome; a mistake on a public case has been told by `check`, so no case is named here."""
    if outcome(asked, group, trial, public_cases(group)).complaint:
        return Outcome(group, "a public case fails")
    cases = list(group.hidden(np.random.default_rng(seed)))
    found = outcome(asked, group, trial, cases)
    if found.complaint or any(right_answer(asked, case).error is None for case in cases):
        return found
    others = (case for g in asked.groups for case in g.hidden(np.random.default_rng(seed)))
    return Outcome(group, refuses_most(asked, trial, others))


def _in_a_word(asked, failed: Outcome, trial) -> str:
    """The kind of failure, from a fixed list."""
    got, want = trial.answer(failed.case), right_answer(asked, failed.case)
    if got.stopped:
        return "it did not come back"
    if got.error:
        return "it raised an exception, and not the right one," if want.error else "it raised an exception"
    if want.error:
        return f"it raised no {want.error.name}, though there is no answer,"
    if got.unfit:
        return "the result is not of the kind that is asked for"
    if asked.judge is None and isinstance(want.value, np.ndarray) and np.shape(got.value) != want.value.shape:
        return "the shape is wrong"
    return "the result is wrong"
