"""Call the commands of this environment, in the repository or in a copy of the course."""

import os
import subprocess
import sys
from pathlib import Path

from cnnkit.notebooks import KERNEL_ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def environment(course: Path) -> dict[str, str]:
    """The variables under which a command uses this Python's programs and the cnnkit in `course`."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **KERNEL_ENVIRONMENT, "PYTHONPATH": str(course), "PATH": path}


def run(*command: str, course: Path = ROOT, check: bool = True) -> subprocess.CompletedProcess:
    """Run a command of this environment in `course`, with the cnnkit there; fail with its output unless it exits 0."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=course, env=environment(course), capture_output=True, text=True
    )
    if check:
        assert done.returncode == 0, f"{' '.join(command)} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done
