"""The student's side of the boundary: the kernel that runs inside the sandbox.

It takes requests from the judge over one socket, runs cells in an IPython shell, and, when a check is due, forks: the
child keeps the notebook as it is at that point and answers the judge's calls over a socket of its own, whatever becomes
of the parent's variables. Nothing here is trusted by the judge. It imports the harmless part of `cnnkit` only.
"""

import base64
import builtins
import contextlib
import importlib.abc
import os
import signal
import socket
import sys
import time

from cnnkit.grading.limits import set_rlimits
from cnnkit.grading.noexec import forbid_programs
from cnnkit.grading.wire import Channel, Closed, WireError

PIECE = 8192  # characters of printing that are sent together


def main(control: int) -> None:
    """Serve the judge's requests until it hangs up."""
    judge = Channel(socket.socket(fileno=control))
    start = judge.receive()
    set_rlimits(start["rlimits"])
    sys.meta_path.append(Absent(start["absent"], start["told"]))
    if start["layers_off"]:
        _switch_off()
    kernel = Kernel(judge, start["output_bytes"])
    judge.send({"ready": True})
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # nobody reads what is written past sys.stderr
    with contextlib.suppress(Closed):
        while True:
            request = judge.receive()
            getattr(kernel, request.pop("do"))(**request)


def _switch_off() -> None:
    """Torch without its layers, and no second Python that would have them."""
    from cnnkit.checks.tensors import switch_layers_off_for_good

    switch_layers_off_for_good()
    forbid_programs()


class Absent(importlib.abc.MetaPathFinder):
    """Says of a module that is installed elsewhere, and not here, why."""

    def __init__(self, names, told):
        self.names, self.told = frozenset(names), told

    def find_spec(self, name, path=None, target=None):
        if name in self.names:
            raise ModuleNotFoundError(f"{name} is not there: {self.told}", name=name)
        return None


class Kernel:
    """The notebook's process: its methods are the judge's requests."""

    def __init__(self, judge: Channel, output_bytes: int):
        self.judge = judge
        self.outputs = Outputs(judge, output_bytes)
        self.shell = make_shell(self.outputs)

    def run(self, source: str) -> None:
        """Run a cell; its outputs go ahead of the answer."""
        sys.stdout, sys.stderr = self.outputs.begin()
        self.shell.run_cell(source, store_history=True)
        self.outputs.end()
        self.judge.send({"done": True})

    def fork(self) -> None:
        """Leave a copy of the notebook as it is now; it answers on the socket that comes with the request."""
        _, (end,), _, _ = socket.recv_fds(self.judge.socket, 1, 1)
        pid = os.fork()
        if pid == 0:
            self._answer(Channel(socket.socket(fileno=end)))
        os.close(end)
        self.judge.send({"pid": pid})

    def end(self, pid: int, kill: bool) -> None:
        """Wait for a copy, or end it; tell how it ended."""
        if kill:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        status, deadline = 0, time.monotonic() + 5
        with contextlib.suppress(ChildProcessError):
            done, status = os.waitpid(pid, os.WNOHANG)
            while not done and time.monotonic() < deadline:
                time.sleep(0.01)
                done, status = os.waitpid(pid, os.WNOHANG)
        self.judge.send({"status": status})

    def _answer(self, judge: Channel) -> None:
        """In the copy: answer calls until the judge hangs up."""
        try:
            self.judge.close()
            with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
                file.write("1000")  # short of memory, the copy is to go and not the notebook
            answer(judge, self.shell.user_ns)
        finally:
            os._exit(0)


def answer(judge: Channel, names: dict) -> None:
    """Say what a name is, and call functions: {"describe": name} or {"call": name, "args": ..., ...}."""
    from cnnkit.checks.call import call

    while True:
        try:
            request = judge.receive()
        except Closed:
            return
        if "describe" in request:
            _reply(judge, _description(names, request["describe"]))
            continue
        given = call(names.get(request["call"]), request["args"], request["kwargs"], request["engine"])
        _reply(judge, as_message(given))


def _description(names, name):
    if name not in names:
        return {"is": "missing"}
    return {"is": "function"} if callable(names[name]) else {"is": "value", "value": names[name]}


def as_message(given) -> dict:
    error = given.error and (
        given.error.kind,
        given.error.name,
        given.error.text,
        given.error.where,
        given.error.function,
    )
    told = {"unfit": given.unfit, "printed": given.printed, "warned": given.warned, "changed": given.changed}
    return {"value": given.value, "error": error, **told}


def _reply(judge, message) -> None:
    try:
        judge.send(message)
    except WireError as error:
        judge.send({"is": "other", "value": None, "error": None, "unfit": f"the result cannot be passed on: {error}",
                    "printed": "", "warned": "", "changed": None})  # fmt: skip


class Outputs:
    """What a cell prints and draws, on its way to the judge; past the limit it is dropped."""

    def __init__(self, judge: Channel, most: int):
        self.judge, self.most, self.left = judge, most, most
        self.streams = ()

    def begin(self) -> "tuple[Stream, Stream]":
        """The streams of the next cell."""
        self.left = self.most
        self.streams = Stream(self, "stdout"), Stream(self, "stderr")
        return self.streams

    def end(self) -> None:
        """What comes later, out of a thread or a copy, is nobody's output."""
        self.flush()
        self.left = 0

    def flush(self) -> None:
        for stream in self.streams:
            stream.flush()

    def send(self, output: dict) -> None:
        size = len(repr(output))
        if self.left <= 0:
            return
        self.left -= size
        if self.left <= 0:
            said = f"... more than {self.most >> 20} MiB of output: the rest is left out\n"
            output = {"output_type": "stream", "name": "stdout", "text": said}
        self.judge.send({"output": output})


class Stream:
    """sys.stdout and sys.stderr while a cell runs."""

    encoding, errors, closed = "utf-8", "strict", False

    def __init__(self, outputs: Outputs, name: str):
        self.outputs, self.name, self.pieces, self.length = outputs, name, [], 0

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.pieces.append(text)
        self.length += len(text)
        if self.length > PIECE:
            self.flush()
        return len(text)

    def writelines(self, lines) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        text, self.pieces, self.length = "".join(self.pieces), [], 0
        if text:
            self.outputs.send({"output_type": "stream", "name": self.name, "text": text})

    def isatty(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("a notebook's output has no file descriptor")


def make_shell(outputs: Outputs):
    """An IPython shell whose outputs go to the judge, as those of a notebook's kernel go to its page."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    def rich(data):
        return {m: base64.b64encode(d).decode() if isinstance(d, bytes) else d for m, d in data.items()}

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, **_):
            outputs.flush()
            outputs.send({"output_type": "display_data", "data": rich(data), "metadata": {}})

        def clear_output(self, wait=False):
            pass

    class Hook(DisplayHook):
        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            outputs.flush()
            outputs.send({"output_type": "execute_result", "data": rich(format_dict), "metadata": {},
                          "execution_count": self.prompt_count})  # fmt: skip

        def finish_displayhook(self):
            pass

    class Shell(InteractiveShell):
        system = InteractiveShell.system_piped

        def _showtraceback(self, etype, evalue, stb):
            outputs.flush()
            outputs.send({"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": stb})

        def ask_exit(self):
            print("exit() does nothing in a notebook that is graded: the cells below still count", file=sys.stderr)

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    builtins.input = _no_input
    return Shell.instance(config=settings, display_pub_class=Publisher, displayhook_class=Hook)


def _no_input(prompt=""):
    raise RuntimeError("nobody is there to type while a notebook is graded: input() cannot be used")
