"""What a student calls: `check` tries a function on the public cases, `example` gives one of them to try by hand."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from .catalogue import exercise
from .diagnosis import causes_of
from .exercise import Exercise
from .report import notes, report
from .trial import Trial
from .values import copy
from .verdict import Outcome, earned, not_a_function, on_trial, outcome, public_cases


def check(name: str, answer: Callable) -> float:
    """Try `answer` on the public cases of the exercise `name`, print what is right, wrong and why; return the points.

    >>> check("conv_output_size", lambda n, f, stride=1, padding=0: n)          # doctest: +SKIP
    """
    asked = exercise(name)
    if not callable(answer):
        print(f"{asked.name}: {not_a_function(asked, answer)}")
        return 0.0
    with _tools_of(asked):
        examined = examine(asked, on_trial(asked, answer))
    print(examined.told)
    return earned(examined.outcomes)


@dataclass(frozen=True)
class Examination:
    """What the public cases have shown of an answer.

    told      what a student reads
    sections  where the book explains what is wrong, as page#anchor
    """

    asked: Exercise
    trial: Trial
    outcomes: list[Outcome]
    told: str
    sections: list[str]


def examine(asked: Exercise, trial: Trial) -> Examination:
    """Try the answer on the public cases and look for the cause of what is wrong."""
    outcomes = [outcome(asked, group, trial, public_cases(group)) for group in asked.groups]
    puzzling = any(o.complaint for o in outcomes) and not trial.stopped  # to ask on might end it again
    causes = causes_of(asked, trial) if puzzling else []
    told = "\n".join([report(asked, outcomes, causes), *notes(asked, trial)])
    named = [mistake.section for _, mistakes in causes for mistake in mistakes]
    failed = any(o.complaint for o in outcomes)
    return Examination(asked, trial, outcomes, told, list(dict.fromkeys(named or [asked.section] * failed)))


def _tools_of(asked: Exercise):
    """Within this, what the exercise asks for is not to be had ready-made."""
    if asked.engine != "torch":
        return contextlib.nullcontext()
    from .tensors import without_layers

    return without_layers()


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
