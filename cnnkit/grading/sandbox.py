"""One process of a student, shut in: bubblewrap around it, limits on it, one socket to it."""

import ctypes
import functools
import itertools
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from ..errors import CourseError
from . import kit
from .limits import ControlGroup, Limits, check_processes_can_be_limited
from .wire import Channel, Closed, WireError

START = "import sys; sys.path += [{paths}]; from cnnkit.grading.inside import main; main({fd})"
NUMBERS = itertools.count(1)
STARTING_SECONDS = 60
UNSHUT = "student code runs with YOUR rights, outside of any sandbox: it can read and write whatever you can"


class Unavailable(CourseError):
    """There is no sandbox here, so nothing is graded."""


class Sandbox:
    """A running kernel of one assignment's libraries, with the student's `files` in its scratch folder.

    files  name -> path, what lies beside the notebook; regular files only
    shut   False runs the same kernel without bubblewrap
    """

    def __init__(self, assignment: str, libraries: tuple[str, ...], limits: Limits, files: dict[str, Path], shut: bool):
        self.group = None
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        opened = {name: os.open(path, os.O_RDONLY | os.O_NOFOLLOW) for name, path in files.items()} if shut else {}
        try:
            command = self._shut_command(libraries, limits, theirs.fileno(), opened) if shut else _open_command(theirs)
            self.process = subprocess.Popen(
                command, pass_fds=(theirs.fileno(), *opened.values()), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=_new_keyring,
                env=None if shut else {**os.environ, **kit.KERNEL_ENVIRONMENT},
            )  # fmt: skip
        finally:
            theirs.close()
            for descriptor in opened.values():
                os.close(descriptor)
        self._greet(assignment, libraries, limits, shut)

    def _shut_command(self, libraries, limits, end, opened):
        check_available()
        self.group = ControlGroup.create(f"cnnkit-{os.getpid()}-{next(NUMBERS)}", limits)
        if self.group is None:
            check_processes_can_be_limited()
        scratch = ["--size", str(limits.file_bytes), "--tmpfs"]
        laid_in = [a for name, fd in opened.items() for a in ("--file", str(fd), f"{kit.HOME}/{name}")]
        variables = [argument for item in kit.environment().items() for argument in ("--setenv", *item)]
        return [
            *(self.group.joining if self.group else ()),
            *bubblewrap(), *scratch, "/tmp", *scratch, kit.HOME, *kit.mounts(libraries), *laid_in,
            *kit.processes(), "--dev", "/dev", *scratch, "/dev/shm", "--remount-ro", "/dev", "--remount-ro", "/",
            "--chdir", kit.HOME, "--clearenv", *variables,
            os.path.realpath(sys.executable), "-I", "-S", "-c",
            START.format(paths=f"'{kit.KIT}', '{kit.SITE}', '{kit.HOME}'", fd=end),
        ]  # fmt: skip

    def _greet(self, assignment, libraries, limits, shut):
        allowed = ", ".join(["NumPy", "Matplotlib", *(name.capitalize() for name in libraries)])
        told = f"{assignment} is graded with Python's own library, {allowed} and no other package"
        rlimits = {"FSIZE": limits.file_bytes, "NOFILE": 512}
        if self.group is None:
            rlimits |= {"AS": limits.memory * 2, "NPROC": limits.processes}
        absent = kit.absent(libraries) if shut else []
        start = {"rlimits": rlimits, "absent": absent, "told": told, "output_bytes": limits.output_bytes,
                 "layers_off": "torch" in libraries}  # fmt: skip
        try:
            self.channel.send(start)
            self.channel.receive(STARTING_SECONDS)
        except (Closed, TimeoutError, WireError):
            self.stop()
            said = self.process.stderr.read().decode(errors="replace").strip().splitlines()
            raise Unavailable(f"the sandbox does not start: {said[-1] if said else 'it gave no reason'}") from None

    def stop(self) -> None:
        """End every process in it."""
        self.channel.close()
        self._kill()
        if self.group:
            self._leave_group()

    def _kill(self):
        for _ in range(2):  # bubblewrap's first process, whose end ends all others, then what ran without one
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                break
        self.process.wait()

    def _leave_group(self):
        for _ in range(500):  # the kernel takes a moment to clear the processes away
            try:
                return self.group.remove()
            except OSError:
                time.sleep(0.01)

    def cause_of_death(self) -> tuple[str, str]:
        """Why the process ended by itself: a verdict and a sentence's end."""
        try:
            code = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "crashed", "it stopped answering"
        if self.group and self.group.ran_out_of_memory:
            return "out of memory", "it used more memory than it may"
        return "crashed", ending(code - 128 if code > 128 else -code if code < 0 else 0, code)


def ending(signal_number: int, code: int) -> str:
    """How a process ended, in words: 'a segmentation fault', 'it ended its own Python (exit code 3)'."""
    if not signal_number:
        return f"it ended its own Python (exit code {code})"
    known = {signal.SIGSEGV: "a segmentation fault", signal.SIGKILL: "it was killed", signal.SIGABRT: "it aborted"}
    try:
        return known.get(signal_number) or f"it was ended by {signal.Signals(signal_number).name}"
    except ValueError:
        return f"it was ended by signal {signal_number}"


KEYCTL = {"x86_64": 250, "aarch64": 219}.get(platform.machine())
LIBC = ctypes.CDLL(None)


def _new_keyring() -> None:
    """Leave the session's keyring: all that a login starts shares it, and keys in it would pass between students."""
    if KEYCTL:
        LIBC.syscall(KEYCTL, 1, None)  # KEYCTL_JOIN_SESSION_KEYRING, a new one


def _open_command(end) -> list[str]:
    """The same kernel without the sandbox, in this Python's own environment."""
    return [sys.executable, "-c", START.format(paths="", fd=end.fileno())]


def bubblewrap() -> list[str]:
    """bubblewrap with everything shared taken away; what the kernel sees is laid out by `kit`."""
    return [
        "bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000",
        "--hostname", "sandbox", "--cap-drop", "ALL", "--die-with-parent", "--new-session", "--as-pid-1",
    ]  # fmt: skip


@functools.cache
def check_available() -> None:
    """Unavailable with the reason, unless bubblewrap is there and may do its work."""
    if not shutil.which("bwrap"):
        raise Unavailable("there is no sandbox: install bubblewrap (apt-get install bubblewrap), or see --no-sandbox")
    tried = [*bubblewrap(), "--size", "4096", "--tmpfs", "/tmp", "--ro-bind", "/", "/old", "--ro-bind", "/usr", "/usr"]
    for name in ("lib", "lib64"):
        if Path("/", name).exists():
            tried += ["--ro-bind", f"/{name}", f"/{name}"]
    done = subprocess.run([*tried, "/usr/bin/true"], capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise Unavailable(f"the sandbox cannot be set up here ({said}): bubblewrap 0.8 and user namespaces are needed")
