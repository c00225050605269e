"""Grade a whole class with nbgrader: each submission on its own, only what changed, a verdict for every one."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dateutil.parser
import nbformat

from ..errors import CourseError
from ..notebooks import ROOT, read
from .course import Course, assignments, complaint, known_assignment, must
from .restore import STANDS_IN
from .sandbox import check_available
from .verdicts import Verdict


@dataclass(frozen=True)
class Submission:
    """One student's work on one assignment, and the folder it was handed in as."""

    student: str
    assignment: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.student}/{self.assignment}"


@dataclass(frozen=True)
class Result:
    """What became of a submission in this run.

    verdict   the judge's; None when there was none, because nothing could be graded: `reason` says why
    unchanged it was graded before, and neither it nor the grader has changed
    """

    submission: Submission
    verdict: Verdict | None
    unchanged: bool = False
    reason: str = ""

    @property
    def done(self) -> str:
        """'graded', 'timed out', 'unchanged', ..., 'refused'."""
        return "refused" if self.verdict is None else "unchanged" if self.unchanged else self.verdict.kind

    @property
    def reasons(self) -> list[str]:
        return [self.reason] if self.verdict is None else self.verdict.told


def submissions(course: Course, names: list[str] | None = None, students: list[str] | None = None) -> list[Submission]:
    """Everything handed in for the assignments `names` (all of them by default), by assignment, then student."""
    wanted = [known_assignment(name) for name in names] if names else assignments()
    if not course.submitted.is_dir():
        raise CourseError(f"there is no folder {course.submitted}: put the submissions there, as STUDENT/ASSIGNMENT/")
    present = {folder.name for folder in course.submitted.iterdir() if folder.is_dir() and folder.name[0] != "."}
    missing = sorted(set(students or ()) - present)
    if missing:
        raise CourseError(f"{missing[0]!r} handed in nothing: there is no folder {course.submitted / missing[0]}")
    found = [
        Submission(student, name, course.submitted / student / name)
        for name in wanted
        for student in sorted(present if not students else set(students))
        if (course.submitted / student / name).exists()
    ]
    if not found:
        raise CourseError(f"nothing was handed in for {', '.join(wanted)} in {course.submitted}")
    return found


def strays(course: Course) -> list[Path]:
    """What lies in the folder of submissions and is none: loose files, folders that name no assignment."""
    known = set(assignments())
    found = [path for path in course.submitted.iterdir() if path.name[0] != "."]
    loose = [path for path in found if not path.is_dir()]
    inside = [path for folder in found if folder.is_dir() for path in folder.iterdir() if path.name not in known]
    return sorted(loose + inside)


def grade_all(course: Course, found: list[Submission], force: bool = False) -> Iterator[Result]:
    """Grade the submissions one after another, yielding each result as it falls.

    Whatever state a submission is in, it gets a result and costs the others nothing. One that has not changed since it
    was graded, and whose assignment and checks have not either, is left as it is.
    """
    if course.sandbox:
        check_available()
    api = course.api()
    grader = _grader_fingerprint()
    registered = set()
    for submission in found:
        if submission.assignment not in registered:
            _register(api, submission.assignment)
            registered.add(submission.assignment)
        yield _grade_one(api, course, submission, grader, force)


def _grade_one(api, course, submission, grader, force) -> Result:
    if misnamed := _name_objection(submission.student):
        return Result(submission, None, reason=misnamed)
    graded = course.autograded / submission.student / submission.assignment / f"{submission.assignment}.ipynb"
    page = course.feedback / submission.student / submission.assignment / f"{submission.assignment}.html"
    stamp = course.autograded / ".fingerprints" / submission.student / submission.assignment
    try:
        fingerprint = _fingerprint([submission.folder], grader)
        if not force and page.exists() and stamp.exists() and stamp.read_text() == fingerprint:
            return Result(submission, Verdict.of(read(graded)), unchanged=True)
        stage(submission, course.staged)
    except OSError as error:
        return Result(submission, None, reason=f"a file in it cannot be read: {error}")
    reason = _run_nbgrader(api, submission)
    if reason:  # whatever it met, the student gets a page that says so, and 0 in place of an older mark
        _stand_in(f"It could not be graded, nbgrader stopped: {reason}", submission, course.staged)
        reason = _run_nbgrader(api, submission)
    if reason:
        return Result(submission, None, reason=f"nbgrader stopped: {reason}")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)
    return Result(submission, Verdict.of(read(graded)))


def _run_nbgrader(api, submission) -> str:
    """Grade what is staged and make its feedback; why that could not be done, or ''."""
    result = api.autograde(submission.assignment, submission.student, force=True, create=True)
    if result["success"]:
        result = api.generate_feedback(submission.assignment, submission.student, force=True)
    if not result["success"] and complaint(result) == "Canceled":  # nbgrader takes Ctrl-C for a submission that fails
        raise KeyboardInterrupt
    return "" if result["success"] else complaint(result)


def _name_objection(student: str) -> str:
    """Why nbgrader cannot take the name of the student's folder; empty when it can. It looks folders up by pattern."""
    if student.isprintable() and not re.search(r"[*?\[\]\\]", student):
        return ""
    return f"{student!r} cannot be a student's name: rename the folder, without any of * ? [ ] \\ or unprintable signs"


def stage(submission: Submission, staged: Path) -> None:
    """Lay out the submission below `staged` as nbgrader wants it: its files, no links, the notebook under its name.

    A notebook that was renamed (a browser makes 'conv (1).ipynb' of a second download) is taken, if it is the only one.
    Where there is none, a notebook without cells takes its place and says so: it is graded like any other, with 0.
    """
    target = staged / submission.student / submission.assignment
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    name = f"{submission.assignment}.ipynb"
    files = _regular_files(submission.folder)
    notebooks = [path for path in files if path.suffix == ".ipynb" and path.parent == submission.folder]
    chosen = [path for path in notebooks if path.name == name] or notebooks
    for path in files:
        if path not in notebooks and not (path.name == "timestamp.txt" and not _is_a_time(path)):
            copy = target / path.relative_to(submission.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy, follow_symlinks=False)
    if len(chosen) == 1:
        shutil.copyfile(chosen[0], target / name, follow_symlinks=False)
    else:
        _stand_in(_nothing_to_grade(submission, chosen), submission, staged)


def _stand_in(reason: str, submission: Submission, staged: Path) -> None:
    """A notebook without cells in the place of the one handed in, to be graded with 0 and the reason."""
    target = staged / submission.student / submission.assignment
    for path in target.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    notebook = nbformat.v4.new_notebook(metadata={STANDS_IN: reason})
    nbformat.write(notebook, target / f"{submission.assignment}.ipynb")


def _is_a_time(path: Path) -> bool:
    """nbgrader takes the time of handing in from this file, and stops where there is none in it."""
    try:
        return bool(dateutil.parser.parse(path.read_text("utf-8").strip()))
    except (ValueError, OverflowError):
        return False


def _regular_files(folder: Path) -> list[Path]:
    """The files in a folder and below; no links and nothing else that only looks like one."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not _passes_a_link(path, folder)]


def _passes_a_link(path: Path, folder: Path) -> bool:
    return any(part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(folder))


def _nothing_to_grade(submission: Submission, notebooks: list[Path]) -> str:
    name = f"{submission.assignment}.ipynb"
    if not submission.folder.is_dir():
        return f"{submission.folder.name} is not a folder: hand in a folder of that name with {name} in it."
    if notebooks:
        found = ", ".join(path.name for path in notebooks)
        return f"There is no file {name}, and several others ({found}): which one is it? Hand in one, as {name}."
    found = ", ".join(sorted(path.name for path in submission.folder.iterdir())) or "nothing"
    return f"There is no notebook {name} in it, only {found}. Hand in the notebook itself."


def _register(api, assignment: str) -> None:
    """Make the assignment known to the gradebook, or bring the gradebook up to date with `solutions/`."""
    must(f"prepare {assignment!r} for grading", api.generate_assignment(assignment, force=True, create=True))


def _grader_fingerprint() -> str:
    """Of everything the marks depend on beside the submission: the solutions, the checks, the layers, the grader."""
    return _fingerprint([ROOT / "solutions", ROOT / "cnnkit", ROOT / "nbgrader_config.py"])


def _fingerprint(paths: list[Path], start: str = "") -> str:
    digest = hashlib.sha256(start.encode())
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" not in file.parts:
                digest.update(os.fsencode(f"{file.relative_to(path.parent)}\0") + file.read_bytes())
    return digest.hexdigest()
