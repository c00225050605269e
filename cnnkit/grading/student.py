"""A student's notebook as the judge sees it: cells that run elsewhere, names that can only be asked.

Whatever comes back is checked for its form and then believed for nothing but its value.
"""

import builtins
import os
import socket
import time
from collections.abc import Callable

from ..checks.call import Answer, Raised
from ..checks.trial import Trial
from ..checks.values import arrays, shorten
from .limits import Limits
from .sandbox import Sandbox, ending
from .wire import Channel, Closed, WireError

SHOWN = ("text/plain", "image/png", "image/jpeg")  # what could carry a script does not reach a feedback page
PATIENCE = 10  # seconds for what takes no time in an honest kernel
FORGED = "it sent something that no notebook sends"


class Died(Exception):
    """The student's process is gone or had to be ended: the verdict and why, the end of a sentence."""

    def __init__(self, verdict: str, reason: str):
        super().__init__(reason)
        self.verdict, self.reason = verdict, reason


class Student:
    """The running notebook."""

    def __init__(self, sandbox: Sandbox, limits: Limits, deadline: float):
        self.sandbox, self.limits, self.deadline = sandbox, limits, deadline

    def left(self, most: float) -> float:
        """Seconds that something may take which may take `most`; Died when the submission's time is used up."""
        left = min(most, self.deadline - time.monotonic())
        if left <= 0:
            raise Died("timed out", self.too_long(left))
        return left

    def too_long(self, seconds: float) -> str:
        """Which of its limits something met that took all the `seconds` it was left."""
        if time.monotonic() >= self.deadline:
            return f"the {self.limits.submission_seconds:g} s for the whole notebook are used up"
        return f"it took more than {seconds:.3g} s"

    def run(self, source: str) -> list[dict]:
        """The outputs of a cell."""
        outputs, size = [], 0
        seconds = self.left(self.limits.cell_seconds)
        deadline = time.monotonic() + seconds
        self._ask({"do": "run", "source": source})
        while "done" not in (message := self._hear(deadline - time.monotonic(), lambda: self.too_long(seconds))):
            output = accepted(message.get("output"))
            size += len(repr(output))
            if size > 2 * self.limits.output_bytes:
                raise Died("crashed", "it flooded its output")
            outputs.append(output)
        self._count_processes()
        return outputs

    def _count_processes(self) -> None:
        """A cell that leaves many processes or threads behind is stopped itself, and not the check that is due next."""
        group = self.sandbox.group
        if group and group.processes > self.limits.processes // 2:
            raise Died("crashed", f"it left {group.processes} processes or threads running")

    def copy(self) -> "Copy":
        """The notebook as it is now, to be asked later."""
        ours, theirs = socket.socketpair()
        try:
            self._ask({"do": "fork"})
            socket.send_fds(self.sandbox.channel.socket, [b"F"], [theirs.fileno()])
        except OSError:
            ours.close()
            raise Died(*self.sandbox.cause_of_death()) from None
        finally:
            theirs.close()
        pid = self._hear(PATIENCE, lambda: "it stopped answering").get("pid")
        if type(pid) is not int:
            raise Died("tampered", FORGED)
        return Copy(self, Channel(ours), pid)

    def end(self, pid: int, kill: bool) -> int:
        """How a copy ended, as `os.waitpid` tells it."""
        self._ask({"do": "end", "pid": pid, "kill": kill})
        status = self._hear(PATIENCE, lambda: "it stopped answering").get("status")
        if type(status) is not int:
            raise Died("tampered", FORGED)
        return status

    def stop(self) -> None:
        self.sandbox.stop()

    def _ask(self, request: dict) -> None:
        try:
            self.sandbox.channel.send(request, PATIENCE)
        except Closed:
            raise Died(*self.sandbox.cause_of_death()) from None
        except TimeoutError:
            raise Died("crashed", "it stopped answering") from None
        except WireError:
            raise Died("crashed", "it is too long to be run") from None

    def _hear(self, seconds: float, too_long: Callable[[], str]) -> dict:
        try:
            message = self.sandbox.channel.receive(max(seconds, 0.001))
        except Closed:
            raise Died(*self.sandbox.cause_of_death()) from None
        except TimeoutError:
            raise Died("timed out", too_long()) from None
        except WireError:
            raise Died("tampered", FORGED) from None
        if type(message) is not dict:
            raise Died("tampered", FORGED)
        return message


class Copy:
    """The notebook as it was when a check was due. `stopped` is set, for good, when a call did not come back."""

    MOST_BYTES = 64 << 20  # of all its answers: they are kept until the check is done

    def __init__(self, student: Student, channel: Channel, pid: int):
        self.student, self.channel, self.pid = student, channel, pid
        self.stopped: Died | None = None
        self.seconds, self.bytes = student.limits.cell_seconds, 0

    def named(self, name: str):
        """What the student calls by this name: a function to ask, or a plain value."""
        message = self._exchange({"describe": name}, PATIENCE)
        if message.get("is") == "value":
            return message.get("value")
        return StudentFunction(self, name, defined=message.get("is") != "missing")

    def call(self, name: str, args: tuple, kwargs: dict, engine: str) -> Answer:
        """The answer of one of its functions. One that ended the copy says so, and every later call is Died."""
        if self.stopped:
            raise self.stopped
        try:
            seconds = self.student.left(min(self.student.limits.call_seconds, self.seconds))
        except Died as died:
            self.stopped = died
            raise
        started = time.monotonic()
        try:
            answer = understood(
                self._exchange({"call": name, "args": args, "kwargs": kwargs, "engine": engine}, seconds)
            )
        except Died as died:
            return Answer(stopped=f"{name} did not come back: {died.reason}")
        except (WireError, KeyError, TypeError, ValueError):
            self.stopped = Died("tampered", FORGED)
            return Answer(stopped=FORGED)
        self.seconds -= time.monotonic() - started
        self.bytes += sum(array.nbytes for array in arrays(answer.value))
        if self.bytes > self.MOST_BYTES:
            self.stopped = Died("out of memory", "its results take more memory than they may")
            return Answer(stopped=f"{name} gives too much back: {self.stopped.reason}")
        return answer

    def _exchange(self, request: dict, seconds: float) -> dict:
        try:
            self.channel.send(request, seconds)
            message = self.channel.receive(seconds)
            if type(message) is dict:
                return message
            self.stopped = Died("tampered", FORGED)
        except WireError:
            self.stopped = Died("tampered", FORGED)
        except TimeoutError:
            self.stopped = Died("timed out", self.student.too_long(seconds))
        except Closed:
            self.stopped = self._cause_of_death()
        raise self.stopped

    def _cause_of_death(self) -> Died:
        group = self.student.sandbox.group
        try:
            status = self.student.end(self.pid, kill=False)
        except Died as died:
            return died
        if group and group.ran_out_of_memory:
            return Died("out of memory", "it used more memory than it may")
        code = os.waitstatus_to_exitcode(status & 0xFFFF)
        return Died("crashed", ending(-code if code < 0 else 0, code))

    def close(self) -> None:
        self.channel.close()


class Gone:
    """Stands in for a copy when nothing can be asked any more."""

    stopped = None

    def __init__(self, reason: str):
        self.reason = reason

    def named(self, name: str) -> "StudentFunction":
        return StudentFunction(self, name, defined=True)

    def call(self, *_) -> Answer:
        return Answer(stopped=f"not tried: {self.reason}")

    def close(self) -> None: ...


class StudentFunction(Trial):
    """A function that is on the other side of the boundary.

    copy  whom to ask; another one after a new start
    seed  of the hidden cases
    """

    def __init__(self, copy: Copy, name: str, defined: bool):
        super().__init__(self)
        self.copy, self.name, self.defined, self.seed = copy, name, defined, None

    def call(self, args: tuple, kwargs: dict) -> Answer:
        if not self.defined:
            told = f"nothing is called {self.name}: no cell above defines it, or the one that does ended in an error"
            return Answer(error=Raised("NameError", "NameError", told))
        return self.copy.call(self.name, args, kwargs, self.engine)

    def __call__(self, *args, **kwargs):
        """For plain asserts in a grade cell: the value, or what was raised, as its nearest built-in exception."""
        answer = self.call(args, kwargs)
        if answer.stopped or answer.unfit:
            raise RuntimeError(answer.stopped or answer.unfit)
        if answer.error:
            raise exception(answer.error)
        return answer.value


def exception(error: Raised) -> Exception:
    """One to raise here; what would end the judge itself (SystemExit, KeyboardInterrupt) is a RuntimeError."""
    kind = getattr(builtins, error.kind)
    try:
        return kind(error.text) if issubclass(kind, Exception) else RuntimeError(error.told)
    except TypeError:  # UnicodeError and its like want more arguments
        return RuntimeError(error.told)


def understood(message: dict) -> Answer:
    """The answer in a message of `inside.as_message`, every field of it checked."""
    error, unfit, changed = message["error"], message["unfit"], message["changed"]
    if error is not None:
        kind, *texts = error
        if not (isinstance(kind, str) and isinstance(getattr(builtins, kind, None), type)):
            raise WireError("an exception that is none")
        if not issubclass(getattr(builtins, kind), BaseException) or len(texts) != 4:
            raise WireError("an exception that is none")
        error = Raised(kind, *(_text(text) for text in texts))
    if changed is not None and type(changed) not in (int, str):
        raise WireError("a changed argument that is none")
    told = (_text(message["printed"], 10_000, shorten_lines=False), _text(message["warned"]))
    return Answer(message["value"], error, None if unfit is None else _text(unfit), *told, changed)


def _text(value, most: int = 300, shorten_lines: bool = True) -> str:
    if type(value) is not str:
        raise WireError("a text that is none")
    value = value.encode(errors="replace").decode()
    return shorten(value, most) if shorten_lines else value[:most]


def accepted(output) -> dict:
    """An output of a cell in the notebook's format, with what a feedback page may show; Died when it is none."""
    try:
        kind = output["output_type"]
        if type(kind) is not str:
            raise TypeError("text expected")
        if kind == "stream":
            return {"output_type": kind, "name": {"stdout": "stdout"}.get(output["name"], "stderr"),
                    "text": _plain(output["text"])}  # fmt: skip
        if kind == "error":
            return {"output_type": kind, "ename": _plain(output["ename"]), "evalue": _plain(output["evalue"]),
                    "traceback": [_plain(line) for line in output["traceback"]]}  # fmt: skip
        data = {m: _plain(d) for m, d in output["data"].items() if m in SHOWN}
        shown = {"output_type": "display_data", "data": data, "metadata": {}}
        if kind == "execute_result":
            shown |= {"output_type": kind, "execution_count": None}
        return shown
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Died("tampered", FORGED) from None


def _plain(text) -> str:
    if type(text) is not str:
        raise TypeError("text expected")
    return text.encode(errors="replace").decode()


def sandboxed(assignment: str, libraries, limits: Limits, files: dict, shut: bool) -> Callable[[float], Student]:
    """Opens the notebook's process, afresh each time it is called with the submission's deadline."""
    return lambda deadline: Student(Sandbox(assignment, tuple(libraries), limits, files, shut), limits, deadline)
