"""Which known mistake gives exactly this student's wrong answers."""

import numbers
from collections.abc import Callable

from .exercise import Exercise, Misconception
from .trial import Trial
from .values import fingerprint
from .verdict import difference_of, on_trial, public_cases, right_answer, verdict

REFUSALS = -1  # the side of an answer that refuses inputs, beside its parts 0, 1, ...


def diagnose(asked: Exercise, answer: Callable | Trial) -> list[Misconception]:
    """The known mistakes that account for this student's wrong answers on the public cases.

    A function has sides: each element of the tuple it returns, and its refusal of inputs that have no answer. A
    mistake shows on the sides where some case tells it from the reference; it is named when the student agrees with
    it on every case there. So two mistakes on two sides are both named, and what a mistake and the reference answer
    alike is no evidence. A mistake in the values may come with the right refusals or without.
    """
    trial = on_trial(asked, answer)
    if not callable(trial.function):
        return []
    return [m for _, named in causes_of(asked, trial) for m in named]


def causes_of(asked, trial) -> list[tuple[list[str], list[Misconception]]]:
    """(names of the parts explained, the mistakes that explain them); two mistakes where the cases do not decide."""
    if not asked.misconceptions:
        return []
    shared = {fingerprint([c.args, c.kwargs]): c for group in asked.groups for c in public_cases(group)}
    cases = [(case, right_answer(asked, case), trial.answer(case)) for case in shared.values()]
    explained = {m: _sides(asked, Trial(m.answer), cases) for m in asked.misconceptions}
    causes, said = {}, set()
    for mistake, sides in explained.items():
        explained_better = any(sides < others for others in explained.values())
        if sides and not explained_better and mistake.says not in said:  # several ways may lead to one mistake
            causes.setdefault(sides, []).append(mistake)
            said.add(mistake.says)
    return [([asked.parts[i] for i in sorted(sides - {REFUSALS, None})], named) for sides, named in causes.items()]


def _sides(asked, mistake: Trial, cases) -> frozenset:
    """The sides of the answer on which the mistake shows, if it is the student's; empty if it is not."""
    values, refusals = ([c for c in cases if (c[1].error is not None) == refused] for refused in (False, True))
    agreed = {part for part in _parts(asked) if _agrees(asked, mistake, values, part)}
    refuses_alike = bool(refusals) and _agrees(asked, mistake, refusals, None)
    if not agreed and not refuses_alike:
        return frozenset()  # the usual end, reached early: telling the mistake from the reference costs more
    shows = {part for part in _parts(asked) if _shows(asked, mistake, values, part)}
    if not shows <= agreed or not all(_is_seen(asked, mistake, values, part) for part in shows):
        return frozenset()
    return frozenset(shows | ({REFUSALS} if refuses_alike and _shows(asked, mistake, refusals, None) else set()))


def _parts(asked):
    return range(len(asked.parts)) if asked.parts else [None]


def _agrees(asked, mistake: Trial, cases, part) -> bool:
    """Does the student give what the mistake gives, on every case?"""
    return all(_alike(asked, part, case, mistake.answer(case), got) for case, _, got in cases)


def _shows(asked, mistake: Trial, cases, part) -> bool:
    """Does some case tell the mistake from the reference?"""
    return any(verdict(asked, part, case, right, mistake.answer(case)) for case, right, _ in cases)


def _is_seen(asked, mistake: Trial, cases, part) -> bool:
    """Is there more to it than that both raise errors of one class? A wrong value in common, or the same message."""
    wrong = [(mistake.answer(case), got) for case, right, got in cases
             if verdict(asked, part, case, right, mistake.answer(case))]  # fmt: skip
    return any(m.error is None or m.error.text == got.error.text for m, got in wrong)


def _alike(asked, part, case, mistaken, got) -> bool:
    if mistaken.error is not None or got.error is not None:
        return bool(mistaken.error and got.error) and mistaken.error.kind == got.error.kind
    if got.unfit or got.stopped:
        return False
    if isinstance(mistaken.value, numbers.Integral) != isinstance(got.value, numbers.Integral):
        return False
    return difference_of(asked, part, case, mistaken.value, got.value) is None
