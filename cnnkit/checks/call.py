"""One call of a student's function and all that a check wants to know of it.

This runs where the function is: beside the check in the student's notebook, or inside the sandbox when it is graded.
So it needs nothing of the course but `values` and, for tensors, `tensors`.
"""

import builtins
import contextlib
import functools
import io
import os
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .values import Unfit, copy, fingerprint, shorten, unfit

HEARD = 10_000  # characters of a call's printing that are kept


@dataclass(frozen=True)
class Raised:
    """An exception as a fact that can be passed on.

    kind      the name of its nearest built-in class; verdicts depend on nothing else
    name      the name of its own class
    text      its message
    where     where in the student's code it came up: 'line 12 of conv2d: `out[i] = 1`'; '' when nowhere
    function  the name of the student's function that raised, '' when none
    """

    kind: str
    name: str
    text: str = ""
    where: str = ""
    function: str = ""

    def is_a(self, kind: type[BaseException]) -> bool:
        return issubclass(getattr(builtins, self.kind), kind)

    @property
    def told(self) -> str:
        """'IndexError: index 7 is out of bounds (line 12 of conv2d: `out[i] = 1`)'."""
        text = "" if self.text in ("", "None") else f": {self.text}"  # `assert False`, `quit()`
        return f"{self.name}{text}" + (f" ({self.where})" if self.where else "")


@dataclass(frozen=True)
class Answer:
    """What a call gave: a plain value; or the exception it raised; or why its value is unfit; or why it never ended.

    printed  what it printed
    warned   its first warning
    changed  the first argument it wrote into, by its place or name
    """

    value: Any = None
    error: Raised | None = None
    unfit: str | None = None
    printed: str = ""
    warned: str = ""
    changed: int | str | None = None
    stopped: str = ""


def call(function: Callable, given: tuple, settings: dict, engine: str = "numpy") -> Answer:
    """Call the function on copies of the arguments; engine "torch" gives it tensors for arrays."""
    args, kwargs = copy(given), copy(settings)
    value = error = complaint = None
    heard = Heard()
    quiet = contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard)
    with quiet[0], quiet[1], warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = _adapted(function, engine)(*args, **kwargs)
            complaint = unfit(value)
            value = None if complaint else copy(value)
        except Unfit as unreadable:
            complaint = str(unreadable)
        except (Exception, SystemExit) as raised:
            error = described(raised)
    return Answer(value, error, complaint, heard.getvalue(), _first(caught), _changed(given, settings, args, kwargs))


class Heard(io.StringIO):
    """What is printed, up to a length; the rest is dropped."""

    def write(self, text):
        return super().write(text[: max(0, HEARD - self.tell())])


def _adapted(function, engine):
    if engine == "numpy":
        return function
    from .tensors import on_arrays

    return on_arrays(function)


def _first(caught) -> str:
    kept = [w for w in caught if not issubclass(w.category, (DeprecationWarning, PendingDeprecationWarning))]
    return shorten(f"{kept[0].category.__name__}: {kept[0].message}") if kept else ""


def _changed(given, settings, args, kwargs):
    before, after = [*enumerate(given), *settings.items()], [*args, *kwargs.values()]
    pairs = zip(before, after, strict=True)
    return next((key for (key, old), new in pairs if fingerprint(old) != fingerprint(new)), None)


def described(error: BaseException) -> Raised:
    """The exception, with what its class says of it and the line of the student's code that raised it."""
    built_in = (c.__name__ for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
    try:
        text = shorten(error)
    except (Exception, SystemExit):  # a student's exception class may have a faulty __str__
        text = "(its message cannot be shown)"
    own = _own_frame(error)
    where = f"line {own.lineno} of {own.name}" + (f": `{shorten(own.line, 80)}`" if own.line else "") if own else ""
    return Raised(next(built_in), type(error).__name__, text, where, own.name if own else "")


def _own_frame(error):
    """The innermost frame that is neither Python's, a library's, nor ours."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f for f in reversed(frames) if not f.filename.startswith(_library_folders())), None)


@functools.cache
def _python_folders() -> frozenset[str | None]:
    return frozenset(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def _library_folders() -> tuple[str, ...]:
    folders = _python_folders() | {os.path.dirname(np.__file__), os.path.dirname(os.path.dirname(__file__))}
    if "torch" in sys.modules:
        folders |= {os.path.dirname(sys.modules["torch"].__file__)}
    return (*(folder + os.sep for folder in folders if folder), "<frozen")
