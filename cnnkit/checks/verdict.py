"""Is an answer right on the cases of a group, and if not, what is wrong with it."""

import builtins
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from .call import Answer, Raised
from .compare import difference
from .exercise import Case, Exercise, Group
from .trial import Trial
from .values import arrays, brief_type, copy, in_short

PUBLIC_SEED = 0
NOT_WRITTEN = "not written yet"


@dataclass(frozen=True)
class Outcome:
    """What became of one group.

    complaint  the first one, None when every case was right
    case       the case it is about, the `number`-th of the group
    """

    group: Group
    complaint: str | None
    number: int = 0
    case: Case | None = None

    @property
    def points(self) -> float:
        return 0.0 if self.complaint else self.group.points


def earned(outcomes: list[Outcome]) -> float:
    return float(sum(o.points for o in outcomes))


def public_cases(group: Group) -> list[Case]:
    """The cases a student sees: the same on every run."""
    return list(group.public(np.random.default_rng(PUBLIC_SEED)))


def outcome(asked: Exercise, group: Group, answer: Callable | Trial, cases: Iterable[Case]) -> Outcome:
    """Try the cases in turn until one is wrong. Pass a Trial to keep its answers for the next group."""
    trial = on_trial(asked, answer)
    refusals_only = True
    for number, case in enumerate(cases):
        right = right_answer(asked, case)
        complaint = _complaint(asked, group, trial, case, right)
        if complaint:
            return Outcome(group, complaint, number, case)
        refusals_only = refusals_only and right.error is not None
    others = (case for g in asked.groups for case in public_cases(g))
    return Outcome(group, refuses_most(asked, trial, others) if refusals_only else None)


def complain(asked: Exercise, group: Group, answer: Callable | Trial, case: Case) -> str | None:
    """What is wrong with the answer on this case, or None."""
    return _complaint(asked, group, on_trial(asked, answer), case, right_answer(asked, case))


def _complaint(asked, group, trial, case, right):
    if not callable(trial.function):
        return not_a_function(asked, trial.function)
    return verdict(asked, group.part, case, right, trial.answer(case))


def refuses_most(asked: Exercise, trial: Trial, cases: Iterable[Case]) -> str | None:
    """A function that mostly raises has not told what to refuse: most cases that have an answer must get one."""
    answerable = [case for case in cases if right_answer(asked, case).error is None]
    raised = [(case, error) for case in answerable if (error := trial.answer(case).error)]
    if 2 * len(raised) <= len(answerable):
        return None
    case, error = raised[0]
    return f"the refusals count once other inputs are answered, but {asked.call(case)} raised {error.told}"


def verdict(asked: Exercise, part: int | None, case: Case, want: Answer, got: Answer) -> str | None:
    if got.stopped:
        return got.stopped
    if got.error and got.error.is_a(NotImplementedError):
        return _not_written(asked, got.error)
    if want.error is not None:
        return _wrong_refusal(want.error, got)
    if got.error is not None:
        return f"the function raised {got.error.told}"
    if got.unfit:
        return got.unfit
    if asked.judge is not None:
        return asked.judge(case, copy(want.value), got.value)
    return difference_of(asked, part, case, want.value, got.value)


def on_trial(asked: Exercise, answer: Callable | Trial) -> Trial:
    """The answer as a Trial of this exercise; one that is a Trial already keeps what it has told."""
    if not isinstance(answer, Trial):
        return Trial(answer, asked.engine)
    answer.engine = asked.engine
    return answer


def right_answer(asked: Exercise, case: Case) -> Answer:
    """The reference's answer. Anything but a deliberate refusal is a fault of ours, not of the student."""
    with np.errstate(all="ignore"):
        right = Trial(asked.reference).answer(case)
    if right.unfit or (right.error and right.error.name not in ("ValueError", "TypeError")):
        raise RuntimeError(f"the reference of {asked.name} failed: {right.unfit or right.error.told}")
    return right


def difference_of(asked, part, case, want, got):
    if not asked.parts:
        return difference(want, got, case.terms, dtype_of(case))
    if not isinstance(got, (tuple, list)) or len(got) != len(asked.parts):
        found = f"{len(got)} values" if isinstance(got, (tuple, list)) else f"{brief_type(type(got))}"
        found += ": does the function end in a return statement?" if got is None else ""
        return f"{', '.join(asked.parts)} should be returned, in this order, as a tuple, but the result is {found}"
    looked_at = range(len(asked.parts)) if part is None else [part]
    wrongs = (difference(want[i], got[i], case.terms, dtype_of(case), asked.parts[i]) for i in looked_at)
    return next(filter(None, wrongs), None)


def _wrong_refusal(refused: Raised, got: Answer):
    if got.error is None:
        return f"this input has no answer, so a {refused.name} should be raised, but {_returned(got)} was returned"
    right = got.error.is_a(getattr(builtins, refused.kind))
    return None if right else f"a {refused.name} should be raised, but it was {got.error.told}"


def _returned(got: Answer) -> str:
    """What came back, in a few words: '2.33', 'an array of shape (1, 1, 2, 2)', 'a ValueError'."""
    if got.unfit:
        unfit = re.match(r"the result is (an? [\w.]+): ", got.unfit)  # the first words of `values.unfit`
        return unfit[1] if unfit else "something else"
    if isinstance(got.value, np.ndarray) and got.value.ndim:
        return f"an array of shape {got.value.shape}"
    return in_short(got.value, 60)


def not_a_function(asked, answer):
    name = asked.name.split(".")[-1]
    return (
        f"{brief_type(type(answer))} was given to the check, not a function. Give it the function itself, "
        f'without a call: check("{asked.name}", {name})'
    )


def _not_written(asked, error: Raised):
    """The function is as released, or it calls another one that is."""
    own = asked.name.split(".")[-1]
    return NOT_WRITTEN if error.function in (own, "") else f"{error.function}, which it calls, is {NOT_WRITTEN}"


def dtype_of(case: Case):
    """The narrowest float dtype among the inputs: it bounds the accuracy any answer can have."""
    found = [a.dtype for a in arrays([case.args, case.kwargs]) if a.dtype.kind == "f"]
    return min(found, key=lambda d: d.itemsize, default=np.dtype(np.float64))
