"""The answers in tests/wrong and tests/right, and a bench that asks them as the judge does: across the boundary.

A file per assignment, a section `# %% EXERCISE: label` per answer; a wrong one says in `# named: ...` how the sentence
begins that must name the mistake (`A | B` for several, `nothing` where none can be expected).
"""

import contextlib
import io
import re
import time
from dataclasses import dataclass
from pathlib import Path

from commands import ROOT

from cnnkit.checks.catalogue import ASSIGNMENTS, exercise
from cnnkit.checks.diagnosis import diagnose
from cnnkit.checks.verdict import earned, on_trial, outcome, public_cases
from cnnkit.grading.hidden import grade
from cnnkit.grading.limits import Limits
from cnnkit.grading.student import sandboxed

SETUP = """import numpy as np

def pair(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)
"""
LIBRARIES = {"gpu": ("torch",)}


@dataclass(frozen=True)
class Written:
    """One answer of a file. exercise: as `check` calls it; names: how the sentences begin that must be said."""

    exercise: str
    label: str
    source: str
    names: tuple[str, ...]

    @property
    def id(self) -> str:
        return re.sub(r"\W+", "_", f"{self.exercise}: {self.label}")[:100]


def written(folder: str) -> list[tuple[str, Written]]:
    """Every answer below tests/FOLDER, with its assignment."""
    found = []
    for assignment in ASSIGNMENTS:
        text = (Path(ROOT, "tests", folder, f"{assignment}.py")).read_text()
        for section in re.split(r"^# %% ", text, flags=re.MULTILINE)[1:]:
            head, source = section.split("\n", 1)
            name, label = head.split(": ", 1)
            said = re.search(r"^# named: (.*)$", source, re.MULTILINE)
            names = tuple(re.split(r"\s*\|\s*", said[1].strip())) if said else ()
            names = () if names == ("nothing",) else names
            found.append((assignment, Written(name, label, source, names)))
    return found


@dataclass(frozen=True)
class Scored:
    """What became of an answer: its points on public and on hidden cases, and the mistakes that were named."""

    public: float
    hidden: float
    named: list[str]


class Bench:
    """A sandbox per assignment, in which one answer after another is written into a cell and asked."""

    def __init__(self):
        self.students = {}

    def score(self, assignment: str, answer: Written) -> Scored:
        asked, student = exercise(answer.exercise), self._student(assignment)
        errors = [o["evalue"] for o in student.run(answer.source) if o["output_type"] == "error"]
        assert not errors, errors
        copy = student.copy()
        try:
            trial = on_trial(asked, copy.named(answer.exercise.split(".")[-1]))
            public = earned([outcome(asked, group, trial, public_cases(group)) for group in asked.groups])
            named = [] if public == asked.points else [mistake.says for mistake in diagnose(asked, trial)]
            with contextlib.redirect_stdout(io.StringIO()):
                return Scored(public, grade(answer.exercise, trial), named)
        finally:
            copy.close()
            student.end(copy.pid, kill=True)

    def _student(self, assignment: str):
        if assignment not in self.students:
            limits = Limits(submission_seconds=3000)
            opened = sandboxed(assignment, LIBRARIES.get(assignment, ()), limits, {}, shut=True)
            self.students[assignment] = opened(time.monotonic() + limits.submission_seconds)
            self.students[assignment].run(SETUP + "import torch\n" * (assignment in LIBRARIES))
        return self.students[assignment]

    def close(self) -> None:
        for student in self.students.values():
            student.stop()
