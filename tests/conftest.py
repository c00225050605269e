"""What several test modules share: a copy of the course to work on, and the way to call its commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
COURSE = ("cnnkit", "solutions", "exercises", "tests", "nbgrader_config.py", "pyproject.toml")


@pytest.fixture(scope="module")
def course_copy(tmp_path_factory) -> Path:
    """The course in a folder of its own, so that nothing a test writes reaches the repository."""
    copy = tmp_path_factory.mktemp("course")
    for name in COURSE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copy(source, copy / name)
    return copy


def environment(course: Path) -> dict[str, str]:
    """The variables under which a command uses this Python's programs and the cnnkit in `course`."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PYTHONPATH": str(course), "PATH": path, "CNNKIT_PROGRESS": "0"}


def run(*command: str, course: Path = ROOT, check: bool = True) -> subprocess.CompletedProcess:
    """Run a command of this environment in `course`, with the cnnkit there; fail with its output unless it exits 0."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=course, env=environment(course), capture_output=True, text=True
    )
    if check:
        assert done.returncode == 0, f"{' '.join(command)} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done
