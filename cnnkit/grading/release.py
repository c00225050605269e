"""`exercises/` out of `solutions/`: what a student gets, made by nbgrader, committed, never edited by hand."""

import filecmp
import shutil
from pathlib import Path

from ..notebooks import ROOT
from .course import Course, assignments, must

EXERCISES = ROOT / "exercises"


def generate(home: Path = ROOT / "_build" / "exercises") -> Path:
    """Make every assignment's student version afresh, below `home`; return the folder they are in."""
    shutil.rmtree(home, ignore_errors=True)
    course = Course(home)
    api = course.api()
    for name in assignments():
        must(f"make the student version of {name!r}", api.generate_assignment(name, force=True, create=True))
    return course.release


def update() -> list[str]:
    """Bring `exercises/` in line with `solutions/`; return the paths that changed, relative to `exercises/`."""
    made = generate()
    changed = differences(made)
    if changed:
        scratch = made.with_suffix(".tmp")
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(made, scratch)
        shutil.rmtree(EXERCISES, ignore_errors=True)
        scratch.replace(EXERCISES)
    return changed


def differences(made: Path, kept: Path = EXERCISES) -> list[str]:
    """The files, relative to either folder, that are in one only or differ."""
    names = {p.relative_to(folder) for folder in (made, kept) for p in folder.rglob("*") if p.is_file()}
    return sorted(str(name) for name in names if not _same(made / name, kept / name))


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)
