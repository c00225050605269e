"""Grade a whole class with nbgrader: each submission on its own, only what changed, a verdict for every one."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import CourseError
from ..notebooks import ROOT, read
from .course import Course, assignments, complaint, known_assignment, must


@dataclass(frozen=True)
class Submission:
    """One student's work on one assignment, and the folder it was handed in as."""

    student: str
    assignment: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.student}/{self.assignment}"


@dataclass(frozen=True)
class Verdict:
    """What became of a submission: `done` is "graded", "unchanged" or "refused"; `reason` says why it was refused."""

    submission: Submission
    done: str
    reason: str = ""


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


def grade_all(course: Course, found: list[Submission], force: bool = False) -> Iterator[Verdict]:
    """Grade the submissions one after another, yielding each verdict as it falls.

    A submission that cannot be graded gets a verdict and costs the others nothing. One that has not changed since it
    was graded, and whose assignment and checks have not either, is left as it is.
    """
    api = course.api()
    grader = _grader_fingerprint()
    registered = set()
    for submission in found:
        if submission.assignment not in registered:
            _register(api, submission.assignment)
            registered.add(submission.assignment)
        yield _grade_one(api, course, submission, grader, force)


def _grade_one(api, course, submission, grader, force) -> Verdict:
    if misnamed := _name_objection(submission.student):
        return Verdict(submission, "refused", misnamed)
    refused = objection(submission)
    if refused:
        with api.gradebook as book:
            book.update_or_create_student(submission.student)
        return Verdict(submission, "refused", refused)
    stamp = course.autograded / ".fingerprints" / submission.student / submission.assignment
    fingerprint = _fingerprint([submission.folder], grader)
    page = course.feedback / submission.student / submission.assignment / f"{submission.assignment}.html"
    if not force and page.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return Verdict(submission, "unchanged")
    result = api.autograde(submission.assignment, submission.student, force=True, create=True)
    if result["success"]:
        result = api.generate_feedback(submission.assignment, submission.student, force=True)
    if not result["success"]:
        if complaint(result) == "Canceled":  # nbgrader takes Ctrl-C for a submission that fails
            raise KeyboardInterrupt
        return Verdict(submission, "refused", f"nbgrader stopped: {complaint(result)}")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)
    return Verdict(submission, "graded")


def _name_objection(student: str) -> str:
    """Why nbgrader cannot take the name of the student's folder; empty when it can. It looks folders up by pattern."""
    if student.isprintable() and not re.search(r"[*?\[\]\\]", student):
        return ""
    return f"{student!r} cannot be a student's name: rename the folder, without any of * ? [ ] \\ or unprintable signs"


def objection(submission: Submission) -> str:
    """Why the submission cannot be graded, in a sentence; empty when it can."""
    if not submission.folder.is_dir():
        return f"{submission.folder} is not a folder"
    wanted = submission.folder / f"{submission.assignment}.ipynb"
    if not wanted.is_file():
        found = sorted(path.name for path in submission.folder.iterdir() if path.name != wanted.name)
        return f"there is no file {wanted.name} in it, only {', '.join(found) or 'nothing'}"
    try:
        read(wanted)
        _fingerprint([submission.folder])
    except CourseError as error:
        return str(error)
    except OSError as error:
        return f"a file in it cannot be read: {error}"
    return ""


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
