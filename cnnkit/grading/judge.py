"""Grade one notebook: the student's cells run in the sandbox, the grade cells here.

First every cell of the notebook in its place. Where a grade cell stands, the notebook is copied (a fork, inside the
sandbox), and the visible part of the cell asks that copy. When the whole notebook has run, and all that it will ever
print is recorded, the hidden parts ask the same copies: so nothing a student writes can carry a hidden case into the
feedback. When the student's process ends, by itself or because it must, it is started anew and the cells before are run
again, without the one that ended it.
"""

import time
from collections.abc import Callable

import nbformat

from .gradecell import GradeCell, error_output, is_check
from .limits import Limits
from .student import Copy, Died, Gone, Student
from .verdicts import Verdict

IN_A_WORD = {  # what may be said of a stop once hidden cases are asked: nothing that the student's code can choose
    "crashed": "it crashed",
    "timed out": "it took too long",
    "out of memory": "it used more memory than it may",
    "tampered": "it sent something that no notebook sends",
}
LEFT_OUT = "This cell was stopped: {reason}. It was left out, and the notebook was run again without it."


class Judge:
    """The grading of one notebook; `opened` starts the student's process, afresh each time it is called."""

    def __init__(
        self, notebook, imports: dict[str, str], opened: Callable[[float], Student], limits: Limits, seed: int
    ):
        self.opened, self.limits = opened, limits
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.checks = {i: GradeCell(cell, imports, seed) for i, cell in enumerate(self.cells) if is_check(cell)}
        self.left_out: dict[int, str] = {}
        self.recording = True  # until the first hidden case is asked
        self.verdict = Verdict(seed=seed)

    def grade(self) -> Verdict:
        """Run everything; the outputs, and with them the scores, are in the notebook's cells afterwards."""
        deadline = time.monotonic() + self.limits.submission_seconds
        while not self._attempt(deadline):
            pass
        return self._store()

    def nothing_to_run(self) -> Verdict:
        """Score a notebook without any cell of the student's: every check says so."""
        self._ask_no_more("there is no notebook to ask")
        return self._store()

    def _store(self) -> Verdict:
        for check in self.checks.values():
            check.store()
        for i, reason in self.left_out.items():
            self.cells[i].outputs = [error_output("Stopped", LEFT_OUT.format(reason=reason))]
        return self.verdict

    def _attempt(self, deadline: float) -> bool:
        """Run what is not done, in one process; False when the process ended before the notebook did."""
        self.now = 0
        student = self.opened(deadline)
        try:
            copies = self._visible(student)
            self.recording = False
            for i, copy in copies.items():
                self.now = i
                self.checks[i].ask_hidden(copy)
            return True
        except Died as died:
            return self._died(died, deadline)
        finally:
            student.stop()

    def _visible(self, student: Student) -> dict[int, Copy]:
        """Run the cells and the visible parts of the checks; return the copies that wait for the hidden ones."""
        copies = {}
        for i, cell in enumerate(self.cells):
            self.now = i
            if i in self.left_out:
                continue
            if i not in self.checks:
                outputs = student.run(cell.source)
                if self.recording:
                    cell.outputs = [nbformat.from_dict(output) for output in outputs]
                    cell.execution_count = i + 1
            elif not self.checks[i].done:
                copies[i] = student.copy()
                self.checks[i].ask_visible(copies[i])
        return copies

    def _died(self, died: Died, deadline: float) -> bool:
        """Note where it happened, so that the next attempt goes on without it; True when there will be none."""
        reason = died.reason if self.recording else IN_A_WORD[died.verdict]
        if self.now in self.checks:
            self.checks[self.now].count_stop()
            where = f"the check {self.checks[self.now].name}"
        else:
            self.left_out[self.now] = reason
            where = f"code cell {self.now + 1}"
        self.verdict.add(died.verdict, f"In {where} the notebook had to be stopped: {reason}.")
        if time.monotonic() < deadline and died.verdict != "tampered":
            return False
        self._ask_no_more(reason)
        return True

    def _ask_no_more(self, reason: str) -> None:
        for check in self.checks.values():
            check.ask(Gone(reason))
