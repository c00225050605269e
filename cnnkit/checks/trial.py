"""One function on trial: called once a case, its answer remembered, its first print and warning kept."""

from collections.abc import Callable

from .call import Answer, call
from .exercise import Case
from .values import fingerprint

PRINTED_LINES = 10


class Trial:
    """A function of plain values and what it did with each case so far.

    engine   "torch" for a function of tensors
    printed  what the first call that printed had to say
    warned   the first warning
    changed  the first argument the function wrote into, by its place or name
    stopped  whether a call did not come back

    A function that is elsewhere is tried by a subclass with a `call` of its own.
    """

    def __init__(self, function: Callable, engine: str = "numpy"):
        self.function, self.engine = function, engine
        self.printed, self.warned, self.changed, self.stopped = "", "", None, False
        self._answers: dict = {}

    def answer(self, case: Case) -> Answer:
        """The function's answer to `case`."""
        key = fingerprint([case.args, case.kwargs])
        if key not in self._answers:
            self._answers[key] = self._noted(self.call(case.args, case.kwargs))
        return self._answers[key]

    def call(self, args: tuple, kwargs: dict) -> Answer:
        return call(self.function, args, kwargs, self.engine)

    def _noted(self, answer: Answer) -> Answer:
        self.printed = self.printed or answer.printed
        self.warned = self.warned or answer.warned
        self.changed = answer.changed if self.changed is None else self.changed
        self.stopped = self.stopped or bool(answer.stopped)
        return answer
