"""Run a student's function on the cases of an exercise, score the groups and say what is wrong and why."""

import inspect
import numbers
import os
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from .catalogue import exercise
from .compare import difference
from .exercise import Case, Exercise, Group, Misconception
from .trial import PRINTED_LINES, Answer, Trial, raised_in
from .values import arrays, brief_type, copy, fingerprint, in_short, shorten

PUBLIC_SEED = 0
WIDTH = 100
BOOK = os.environ.get("CNNKIT_BOOK", "the book's page ")  # the address at which the book is published, if it is
NOT_WRITTEN = "not written yet"
REFUSALS = -1  # the side of an answer that refuses inputs, beside its parts 0, 1, ...


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


def check(name: str, answer: Callable) -> float:
    """Try `answer` on the public cases of the exercise `name`, print what is right, wrong and why; return the points.

    >>> check("conv_output_size", lambda n, f, stride=1, padding=0: n)          # doctest: +SKIP
    """
    asked = exercise(name)
    if not callable(answer):
        print(f"{asked.name}: {_not_a_function(asked, answer)}")
        return 0.0
    trial = Trial(answer, asked.engine)
    outcomes = [outcome(asked, group, trial, public_cases(group)) for group in asked.groups]
    causes = _causes(asked, trial) if any(o.complaint for o in outcomes) else []
    print("\n".join([report(asked, outcomes, causes), *_notes(asked, trial)]))
    return earned(outcomes)


def example(name: str, group: str, number: int = 0) -> tuple[tuple, dict]:
    """The arguments of a public case, to try by hand: `args, settings = example("conv2d", "stride")`.

    Call the function as `conv2d(*args, **settings)`. A wrong name or number raises ValueError and lists the right ones.
    """
    asked = exercise(name)
    groups = {g.name: g for g in asked.groups}
    if group not in groups:
        raise ValueError(f"{name} has no group {group!r}; there are: {', '.join(map(repr, groups))}")
    cases = public_cases(groups[group])
    if number not in range(len(cases)):
        raise ValueError(f"{name}, {group!r} has the cases 0 to {len(cases) - 1}; there is no {number}")
    return copy(cases[number].args), copy(cases[number].kwargs)


def public_cases(group: Group) -> list[Case]:
    """The cases a student sees: the same on every run."""
    return list(group.public(np.random.default_rng(PUBLIC_SEED)))


def outcome(asked: Exercise, group: Group, answer: Callable | Trial, cases: Iterable[Case]) -> Outcome:
    """Try the cases in turn until one is wrong. Pass a Trial to keep its answers for the next group."""
    trial = _on_trial(asked, answer)
    refusals_only = True
    for number, case in enumerate(cases):
        right = _right(asked, case)
        complaint = _complaint(asked, group, trial, case, right)
        if complaint:
            return Outcome(group, complaint, number, case)
        refusals_only = refusals_only and right.error is not None
    return Outcome(group, _refuses_everything(asked, trial) if refusals_only else None)


def complain(asked: Exercise, group: Group, answer: Callable | Trial, case: Case) -> str | None:
    """What is wrong with the answer on this case, or None."""
    return _complaint(asked, group, _on_trial(asked, answer), case, _right(asked, case))


def _complaint(asked, group, trial, case, right):
    if not callable(trial.function):
        return _not_a_function(asked, trial.function)
    return _verdict(asked, group.part, case, right, trial(case))


def _refuses_everything(asked, trial) -> str | None:
    """A function that only ever raises has not told what to refuse: some case that has an answer must get one."""
    answerable = (c for g in asked.groups for c in public_cases(g) if _right(asked, c).error is None)
    first = next(answerable, None)
    if first is None or trial(first).error is None:
        return None
    return f"the refusals count once other inputs are answered, but {asked.call(first)} raised {_told(trial(first))}"


def _verdict(asked: Exercise, part: int | None, case: Case, want: Answer, got: Answer) -> str | None:
    if isinstance(got.error, NotImplementedError):
        return _not_written(asked, got)
    if want.error is not None:
        return _wrong_refusal(want.error, got)
    if got.error is not None:
        return f"the function raised {_told(got)}"
    if got.unfit:
        return got.unfit
    if asked.judge is not None:
        return asked.judge(case, copy(want.value), got.value)
    return _difference(asked, part, case, want.value, got.value)


def _on_trial(asked: Exercise, answer: Callable | Trial) -> Trial:
    return answer if isinstance(answer, Trial) else Trial(answer, asked.engine)


def _right(asked: Exercise, case: Case) -> Answer:
    """The reference's answer. Anything but a deliberate refusal is a fault of ours, not of the student."""
    with np.errstate(all="ignore"):
        right = Trial(asked.reference)(case)
    if right.error is not None and type(right.error) not in (ValueError, TypeError):
        raise right.error
    return right


def _difference(asked, part, case, want, got):
    if not asked.parts:
        return difference(want, got, case.terms, _dtype(case))
    if not isinstance(got, (tuple, list)) or len(got) != len(asked.parts):
        found = f"{len(got)} values" if isinstance(got, (tuple, list)) else f"{brief_type(type(got))}"
        found += ": does the function end in a return statement?" if got is None else ""
        return f"{', '.join(asked.parts)} should be returned, in this order, as a tuple, but the result is {found}"
    looked_at = range(len(asked.parts)) if part is None else [part]
    wrongs = (difference(want[i], got[i], case.terms, _dtype(case), asked.parts[i]) for i in looked_at)
    return next(filter(None, wrongs), None)


def _wrong_refusal(refused, got):
    kind = type(refused).__name__
    if got.error is None:
        return f"this input has no answer, so a {kind} should be raised, but {_returned(got)} was returned"
    return None if isinstance(got.error, type(refused)) else f"a {kind} should be raised, but it was {_told(got)}"


def _returned(got: Answer) -> str:
    """What came back, in a few words: '2.33', 'an array of shape (1, 1, 2, 2)', 'a ValueError'."""
    if got.unfit:
        unfit = re.match(r"the result is (an? [\w.]+): ", got.unfit)  # the first words of `values.unfit`
        return unfit[1] if unfit else "something else"
    if isinstance(got.value, np.ndarray) and got.value.ndim:
        return f"an array of shape {got.value.shape}"
    return in_short(got.value, 60)


def _not_a_function(asked, answer):
    name = asked.name.split(".")[-1]
    return (
        f"{brief_type(type(answer))} was given to the check, not a function. Give it the function itself, "
        f'without a call: check("{asked.name}", {name})'
    )


def _not_written(asked, got):
    """The function is as released, or it calls another one that is."""
    name = raised_in(got.error)
    own = asked.name.split(".")[-1]
    return NOT_WRITTEN if name in (own, None) else f"{name}, which it calls, is {NOT_WRITTEN}"


def _told(answer: Answer) -> str:
    """'IndexError: index 7 is out of bounds (line 12 of conv2d: `out[i] = 1`)'."""
    try:
        text = shorten(answer.error)
    except Exception:  # a student's exception class may have a faulty __str__
        text = "(its message cannot be shown)"
    text = "" if text in ("", "None") else f": {text}"  # `assert False`, `quit()`
    return f"{type(answer.error).__name__}{text}" + (f" ({answer.where})" if answer.where else "")


# ---------------------------------------------------------------------------------------------- the diagnosis


def diagnose(asked: Exercise, answer: Callable | Trial) -> list[Misconception]:
    """The known mistakes that account for this student's wrong answers on the public cases.

    A function has sides: each element of the tuple it returns, and its refusal of inputs that have no answer. A
    mistake shows on the sides where some case tells it from the reference; it is named when the student agrees with
    it on every case there. So two mistakes on two sides are both named, and what a mistake and the reference answer
    alike is no evidence. A mistake in the values may come with the right refusals or without.
    """
    trial = _on_trial(asked, answer)
    if not callable(trial.function):
        return []
    return [m for _, named in _causes(asked, trial) for m in named]


def _causes(asked, trial) -> list[tuple[list[str], list[Misconception]]]:
    """(names of the parts explained, the mistakes that explain them); two mistakes where the cases do not decide."""
    if not asked.misconceptions:
        return []
    shared = {fingerprint([c.args, c.kwargs]): c for group in asked.groups for c in public_cases(group)}
    cases = [(case, _right(asked, case), trial(case)) for case in shared.values()]
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
    if not shows <= agreed:
        return frozenset()
    return frozenset(shows | ({REFUSALS} if refuses_alike and _shows(asked, mistake, refusals, None) else set()))


def _parts(asked):
    return range(len(asked.parts)) if asked.parts else [None]


def _agrees(asked, mistake: Trial, cases, part) -> bool:
    """Does the student give what the mistake gives, on every case?"""
    return all(_alike(asked, part, case, mistake(case), got) for case, _, got in cases)


def _shows(asked, mistake: Trial, cases, part) -> bool:
    """Does some case tell the mistake from the reference?"""
    return any(_verdict(asked, part, case, right, mistake(case)) for case, right, _ in cases)


def _alike(asked, part, case, mistaken, got) -> bool:
    if mistaken.error is not None or got.error is not None:
        return type(mistaken.error) is type(got.error)
    if got.unfit or isinstance(mistaken.value, numbers.Integral) != isinstance(got.value, numbers.Integral):
        return False
    return _difference(asked, part, case, mistaken.value, got.value) is None


# ---------------------------------------------------------------------------------------------- the report


def report(asked: Exercise, outcomes: list[Outcome], causes) -> str:
    """The lines a student reads: a line a group, then what is known of the cause."""
    if all(o.complaint == NOT_WRITTEN for o in outcomes):
        return f"{asked.name}: {NOT_WRITTEN} (0 of {asked.points:g} points)"
    width = max(len(o.group.name) for o in outcomes)
    lines = [f"{asked.name}: {earned(outcomes):g} of {asked.points:g} points"]
    told = {}  # complaint: the group that was told first; the next ones are referred to it
    for o in outcomes:
        mark = "✘" if o.complaint else "✔"
        lines.append(f"  {mark} {o.group.name:<{width}}  {o.points:g} of {o.group.points:g}")
        if o.complaint in told:
            lines.append(f'      the same as in "{told[o.complaint]}"')
            continue
        if o.complaint and o.complaint != NOT_WRITTEN:
            told[o.complaint] = o.group.name
            lines += _wrapped(f"{asked.call(o.case)}:", 6) if o.case is not None else []
        lines += _wrapped(o.complaint or "", 6)
    for parts, named in causes:
        lines += _why(parts, named)
    failed = [o for o in outcomes if o.complaint]
    if failed and not causes:
        lines.append(f"  It is explained on {BOOK}{asked.section}")
    return "\n".join(lines + _try_it(asked, failed))


def _why(parts, named) -> list[str]:
    """'Why: ...', or every explanation that fits when the cases cannot tell them apart."""
    of = f" ({', '.join(parts)})" if any(parts) else ""
    told = [f"{m.says} Read {BOOK}{m.section}" for m in named]
    if len(told) == 1:
        return _wrapped(f"Why{of}: {told[0]}", 2)
    lines = [f"  Why{of}: one of these, the cases cannot tell which."]
    return lines + [line for text in told for line in _wrapped(f"- {text}", 4)]


def _try_it(asked, failed) -> list[str]:
    """How to get the arrays of the first failing case, which the report shows by their shapes only."""
    first = next((o for o in failed if o.complaint != NOT_WRITTEN), None)
    if first is None:
        return []
    if first.case is None or not any(True for _ in arrays([first.case.args, first.case.kwargs])):
        return []
    call = f'args, settings = example("{asked.name}", "{first.group.name}", {first.number})'
    return ["  To try the first wrong case: from cnnkit.checks import example", f"      {call}"]


def _notes(asked: Exercise, trial: Trial) -> list[str]:
    """What costs no points but is worth knowing: warnings, prints, an input that was written into."""
    lines = []
    if trial.changed is not None:
        names = list(inspect.signature(asked.reference).parameters)
        name = names[trial.changed] if isinstance(trial.changed, int) else trial.changed
        lines += _wrapped(f"Note: the function writes into its input {name}; its caller may still need it.", 2)
    if trial.warned:
        lines += _wrapped(f"Note: a warning came up, which costs nothing: {trial.warned}", 2)
    if trial.printed.strip():
        printed = trial.printed.rstrip().splitlines()
        lines.append("  Printed by the function, on the first case where it printed:")
        lines += [f"    | {shorten(line, WIDTH)}" for line in printed[:PRINTED_LINES]]
        lines += [f"    | ... and {len(printed) - PRINTED_LINES} more lines"] * (len(printed) > PRINTED_LINES)
    return lines


def _wrapped(text: str, indent: int) -> list[str]:
    """The text in lines; a shape or an index in parentheses is not broken."""
    held = re.sub(r"\([^()]{1,40}\)", lambda found: found[0].replace(" ", "\xa0"), text)
    space = " " * indent
    lines = textwrap.wrap(
        held, WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\xa0", " ") for line in lines]


def earned(outcomes: list[Outcome]) -> float:
    return float(sum(o.points for o in outcomes))


def _dtype(case: Case):
    """The narrowest float dtype among the inputs: it bounds the accuracy any answer can have."""
    found = [a.dtype for a in arrays([case.args, case.kwargs]) if a.dtype.kind == "f"]
    return min(found, key=lambda d: d.itemsize, default=np.dtype(np.float64))
