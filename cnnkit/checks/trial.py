"""One function on trial: called once a case, on copies, its answer remembered, its prints and warnings caught."""

import contextlib
import functools
import io
import os
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .exercise import Case
from .values import Unfit, copy, fingerprint, shorten, unfit

PRINTED_LINES = 10


@dataclass(frozen=True)
class Answer:
    """What a call gave: a plain value; or the exception it raised and where; or why its value is unfit."""

    value: Any = None
    error: BaseException | None = None
    where: str = ""
    unfit: str | None = None


@dataclass
class Trial:
    """A function of plain values and what it did with each case so far.

    engine   "torch" for a function of tensors
    printed  what the first call that printed had to say
    warned   the first warning
    changed  the first argument the function wrote into, by its place or name
    """

    function: Callable
    engine: str = "numpy"
    printed: str = ""
    warned: str = ""
    changed: int | str | None = None
    answers: dict = field(default_factory=dict)

    def __call__(self, case: Case) -> Answer:
        """The function's answer to `case`."""
        key = fingerprint([case.args, case.kwargs])
        if key not in self.answers:
            self.answers[key] = self._ask(case)
        return self.answers[key]

    def _ask(self, case: Case) -> Answer:
        args, kwargs = copy(case.args), copy(case.kwargs)
        heard = io.StringIO()
        quiet = contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard)
        with quiet[0], quiet[1], warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                answer = self._fit(self._adapted()(*args, **kwargs))
            except Unfit as error:
                answer = Answer(unfit=str(error))
            except (Exception, SystemExit) as error:
                answer = Answer(error=error, where=place(error))
        self._note(case, args, kwargs, heard.getvalue(), caught)
        return answer

    def _adapted(self) -> Callable:
        if self.engine == "numpy":
            return self.function
        from .tensors import on_arrays

        return on_arrays(self.function)

    @staticmethod
    def _fit(value) -> Answer:
        complaint = unfit(value)
        return Answer(unfit=complaint) if complaint else Answer(copy(value))

    def _note(self, case, args, kwargs, heard, caught):
        self.printed = self.printed or heard
        told = [w for w in caught if not issubclass(w.category, (DeprecationWarning, PendingDeprecationWarning))]
        if told and not self.warned:
            self.warned = shorten(f"{told[0].category.__name__}: {told[0].message}")
        if self.changed is None:
            before = [*enumerate(case.args), *case.kwargs.items()]
            after = [*args, *kwargs.values()]
            changed = [k for (k, old), new in zip(before, after, strict=True) if fingerprint(old) != fingerprint(new)]
            self.changed = changed[0] if changed else None


def place(error: BaseException) -> str:
    """Where in the student's own code an exception came up: 'line 12 of conv2d: `out[i] = 1`'; '' when nowhere."""
    own = _own_frame(error)
    if own is None:
        return ""
    line = f": `{shorten(own.line, 80)}`" if own.line else ""
    return f"line {own.lineno} of {own.name}{line}"


def raised_in(error: BaseException) -> str | None:
    """The name of the student's function that raised."""
    own = _own_frame(error)
    return own.name if own else None


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
