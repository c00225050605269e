"""Run a student's function on the cases of an exercise, score the groups and say what is wrong and why."""

import os
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from .catalogue import exercise
from .compare import difference
from .exercise import Case, Exercise, Group, Misconception

PUBLIC_SEED = 0
BOOK = os.environ.get("CNNKIT_BOOK", "")  # where the book is published; empty: the page's name alone is printed


@dataclass(frozen=True)
class Outcome:
    """What became of one group: the first complaint, or None when every case was right."""

    group: Group
    complaint: str | None

    @property
    def points(self) -> float:
        return 0.0 if self.complaint else self.group.points


def check(name: str, answer: Callable) -> float:
    """Try `answer` on the public cases of the exercise `name`, print what is right, wrong and why; return the points.

    >>> check("conv_output_size", lambda n, f, stride=1, padding=0: n)          # doctest: +SKIP
    """
    asked = exercise(name)
    outcomes = [outcome(asked, group, answer, public_cases(group)) for group in asked.groups]
    print(report(asked, outcomes, diagnose(asked, answer) if any(o.complaint for o in outcomes) else []))
    return earned(outcomes)


def public_cases(group: Group) -> list[Case]:
    return list(group.public(np.random.default_rng(PUBLIC_SEED)))


def outcome(asked: Exercise, group: Group, answer: Callable, cases: Iterable[Case]) -> Outcome:
    for case in cases:
        complaint = complain(asked, group, answer, case)
        if complaint:
            return Outcome(group, f"{asked.name}{case}: {complaint}")
    return Outcome(group, None)


def complain(asked: Exercise, group: Group, answer: Callable, case: Case) -> str | None:
    """What is wrong with the answer on this case, or None."""
    if not callable(answer):
        return f"the answer is a {type(answer).__name__}, not a function"
    return _complaint(asked, group, case, _call(asked.reference, case), _call(_adapt(asked, answer), case))


def _complaint(asked, group, case, wanted, given) -> str | None:
    """What is wrong with `given`, where `wanted` is right; both as (result, exception)."""
    (want, refused), (got, raised) = wanted, given
    if refused is not None:
        return _wrong_refusal(refused, got, raised)
    if isinstance(raised, NotImplementedError):
        return "not written yet"
    if raised is not None:
        return f"the function raised {_where(raised)}"
    if asked.judge is not None:
        return asked.judge(case, want, got)
    return _difference(asked, group, case, want, got)


def _difference(asked, group, case, want, got):
    if group.part is None:
        return difference(want, got, case.terms, _dtype(case))
    name = asked.parts[group.part]
    if not isinstance(got, (tuple, list)) or len(got) != len(asked.parts):
        return f"{', '.join(asked.parts)} should be returned, in this order, as a tuple"
    return difference(want[group.part], got[group.part], case.terms, _dtype(case), name)


def _wrong_refusal(refused, got, raised):
    kind = type(refused).__name__
    if raised is None:
        return f"this input has no answer, so a {kind} should be raised, but something was returned"
    if isinstance(raised, NotImplementedError):
        return "not written yet"
    return None if isinstance(raised, type(refused)) else f"a {kind} should be raised, but it was {_where(raised)}"


def diagnose(asked: Exercise, answer: Callable) -> list[Misconception]:
    """The known mistakes that account for this student's answers on the public cases.

    A function has sides: each element of the tuple it returns, and its refusal of inputs that have no answer.
    A mistake shows on the sides where some case tells it from the reference; it is named when the student agrees
    with it on every case of those sides. So two mistakes on two sides are both named, and a case that a mistake and
    the reference answer alike is no evidence by itself.
    """
    if not callable(answer):
        return []
    cases = [(group, case) for group in asked.groups for case in public_cases(group)]
    given = [_call(_adapt(asked, answer), case) for _, case in cases]
    return [m for m in asked.misconceptions if _fits(asked, m, cases, given)]


def _fits(asked, misconception, cases, given) -> bool:
    told_apart, disagrees = set(), set()
    for (group, case), (got, raised) in zip(cases, given, strict=True):
        wanted = _call(asked.reference, case)
        side = (group.part, wanted[1] is not None)
        with np.errstate(all="ignore"):
            mistaken, failed = _call(misconception.answer, case)
        if _complaint(asked, group, case, wanted, (mistaken, failed)) is not None:
            told_apart.add(side)
        if failed is not None or raised is not None:
            agrees = type(failed) is type(raised)
        else:
            agrees = _same(asked, group, case, mistaken, got)
        if not agrees:
            disagrees.add(side)
    return bool(told_apart) and not told_apart & disagrees


def _same(asked, group, case, mistaken, got) -> bool:
    """Do the mistake and the student give the same, in the part that the group looks at?"""
    if group.part is not None and all(isinstance(r, (tuple, list)) and len(r) > group.part for r in (mistaken, got)):
        mistaken, got = mistaken[group.part], got[group.part]
    return difference(mistaken, got, case.terms, _dtype(case)) is None


def report(asked: Exercise, outcomes: list[Outcome], named: list[Misconception]) -> str:
    """The lines a student reads: a line a group, then what is known of the cause."""
    width = max(len(o.group.name) for o in outcomes)
    lines = [asked.name]
    for o in outcomes:
        mark = "✘" if o.complaint else "✔"
        lines.append(f"  {mark} {o.group.name:<{width}}  {o.points:g} of {o.group.points:g} points")
        if o.complaint:
            lines.append(f"      {o.complaint}")
    lines.append(f"  {earned(outcomes):g} of {asked.points:g} points")
    if named:
        lines += [f"  Why: {m.says} Read {BOOK}{m.section}" for m in named]
    elif any(o.complaint for o in outcomes):
        lines.append(f"  The book explains it in {BOOK}{asked.section}")
    return "\n".join(lines)


def earned(outcomes: list[Outcome]) -> float:
    return float(sum(o.points for o in outcomes))


def _call(function: Callable, case: Case):
    """(result, None) or (None, exception); the function gets copies, so that it may write into them."""
    try:
        return function(*_copy(case.args), **_copy(case.kwargs)), None
    except Exception as error:
        return None, error


def _copy(value):
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_copy(item) for item in value)
    return value


def _adapt(asked: Exercise, answer: Callable) -> Callable:
    if asked.engine == "numpy":
        return answer
    from .tensors import on_arrays

    return on_arrays(answer)


def _dtype(case: Case):
    """The narrowest float dtype among the inputs: it bounds the accuracy any answer can have."""
    found = [a.dtype for a in _arrays([case.args, case.kwargs]) if a.dtype.kind == "f"]
    return min(found, key=lambda d: d.itemsize, default=np.dtype(np.float64))


def _arrays(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _arrays(item)


def _where(error: Exception) -> str:
    """'IndexError: index 7 is out of bounds (line 12 of conv2d)'."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" (line {frames[-1].lineno} of {frames[-1].name})" if len(frames) > 1 else ""
    return f"{type(error).__name__}: {error}{place}"
