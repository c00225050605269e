"""What a student's processes may use: memory and processes by a control group where one can be had, else by rlimits."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from ..errors import CourseError

CGROUPS = Path("/sys/fs/cgroup")
MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    cell_seconds        a cell of the notebook, or all calls of one check
    call_seconds        one call of a function
    submission_seconds  all of it together
    memory              bytes, of all its processes together
    processes           processes and threads
    file_bytes          a file, and all that is written together
    output_bytes        what a cell may print and draw
    """

    cell_seconds: float = 120
    call_seconds: float = 60
    submission_seconds: float = 600
    memory: int = 3 << 30
    processes: int = 128
    file_bytes: int = 256 * MIB
    output_bytes: int = 4 * MIB


class ControlGroup:
    """A control group of one sandbox: it counts memory and processes, and says when memory ran out.

    `ControlGroup.create` returns None where none can be had; rlimits stand in then, see `set_rlimits`. Version 1 has a
    folder for each controller, version 2 (Linux documentation, cgroup-v2) one for all.
    """

    def __init__(self, memory: Path, pids: Path):
        self.memory, self.pids = memory, pids

    @classmethod
    def create(cls, name: str, limits: Limits) -> "ControlGroup | None":
        unified = (CGROUPS / "cgroup.controllers").exists()
        parents = [CGROUPS, CGROUPS] if unified else [_own_folder("memory"), _own_folder("pids")]
        if None in parents:
            return None
        group = cls(*(parent / name for parent in parents))
        settings = {"memory.max": limits.memory, "memory.swap.max": 0} if unified else {
            "memory.limit_in_bytes": limits.memory, "memory.swappiness": 0}  # fmt: skip
        try:
            for folder in group.folders:
                folder.mkdir()
            for file, value in settings.items():
                (group.memory / file).write_text(str(value))
            (group.pids / "pids.max").write_text(str(limits.processes))
        except OSError:
            group.remove()
            return None
        return group

    @property
    def folders(self) -> set[Path]:
        return {self.memory, self.pids}

    @property
    def joining(self) -> list[str]:
        """The beginning of a command line that runs the rest of it in this group."""
        entries = " ".join(f"'{folder}/cgroup.procs'" for folder in sorted(self.folders))
        return ["/bin/sh", "-c", f'for f in {entries}; do echo $$ > "$f" || exit 125; done; exec "$@"', "sh"]

    @property
    def processes(self) -> int:
        return int((self.pids / "pids.current").read_text())

    @property
    def ran_out_of_memory(self) -> bool:
        counts = next(f for f in ("memory.events", "memory.oom_control") if (self.memory / f).exists())
        words = (self.memory / counts).read_text().split()
        return int(words[words.index("oom_kill") + 1]) > 0

    def remove(self) -> None:
        for folder in self.folders:
            if folder.is_dir():
                folder.rmdir()


def _own_folder(controller: str) -> Path | None:
    """This process's own folder of a cgroup v1 controller."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    for _, controllers, path in (line.split(":", 2) for line in lines):
        if controller in controllers.split(","):
            return CGROUPS / controller / path.lstrip("/")
    return None


def check_processes_can_be_limited() -> None:
    """Without a control group the limit on processes is an rlimit, which does not bind root."""
    if os.geteuid() == 0:
        raise CourseError(
            "cannot limit a student's processes: there is no control group to write to, and root is bound by no other "
            "limit; grade as an ordinary user"
        )


def set_rlimits(limits: dict[str, int]) -> None:
    """Bind this process and all that come from it, for good. Called inside the sandbox."""
    for name, value in {"CORE": 0, **limits}.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
