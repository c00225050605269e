"""The lines a student reads below a check."""

import inspect
import os
import re
import textwrap

from .exercise import Exercise
from .trial import PRINTED_LINES, Trial
from .values import arrays, shorten
from .verdict import NOT_WRITTEN, Outcome, earned

WIDTH = 100
# The address at which the book is published, if it is.
BOOK = os.environ["CNNKIT_BOOK"].rstrip("/") + "/" if os.environ.get("CNNKIT_BOOK") else "the book's page "


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


def notes(asked: Exercise, trial: Trial) -> list[str]:
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
