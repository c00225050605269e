"""Grade one notebook: the student's cells run in the sandbox, the grade cells here.

First every cell of the notebook in its place. Where a grade cell stands, the notebook is copied (a fork, inside the
sandbox), and the visible part of the cell asks that copy. When the whole notebook has run, and all that it will ever
print is recorded, the hidden parts ask the same copies: so nothing a student writes can carry a hidden case into the
feedback. When the student's process ends, by itself or because it must, it is started anew and the cells before are run
again, without the one that ended it.
"""

import ast
import base64
import builtins
import contextlib
import io
import time
import traceback
from collections.abc import Callable

import nbformat

from ..checks.catalogue import exercise
from ..checks.report import BOOK
from ..checks.run import examine
from ..checks.verdict import earned, not_a_function, on_trial
from .limits import Limits
from .picture import picture
from .student import Copy, Died, Gone, Student, StudentFunction
from .verdicts import Verdict

BEGIN, END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
MOST_STOPS = 3  # in one part of a check
LEFT_OUT = "This cell was stopped: {reason}. It was left out, and the notebook was run again without it."


class Judge:
    """The grading of one notebook.

    imports  what the assignment's own notebook imports: name -> statement; the only names of a grade cell, beside
             builtins and its own, that do not come from the student
    """

    def __init__(
        self, notebook, imports: dict[str, str], opened: Callable[[float], Student], limits: Limits, seed: int
    ):
        self.imports, self.opened, self.limits, self.seed = imports, opened, limits, seed
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.checks = {i: Check(cell, self) for i, cell in enumerate(self.cells) if is_check(cell)}
        self.left_out: dict[int, str] = {}
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
            self.cells[i].outputs = [_error("Stopped", LEFT_OUT.format(reason=reason))]
        return self.verdict

    def _attempt(self, deadline: float) -> bool:
        """Run what is not done, in one process; False when the process ended before the notebook did."""
        self.now = 0
        student = self.opened(deadline)
        try:
            copies = self._visible(student)
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
                cell.outputs = [nbformat.from_dict(output) for output in student.run(cell.source)]
                cell.execution_count = i + 1
            elif not self.checks[i].done:
                copies[i] = student.copy()
                self.checks[i].ask_visible(copies[i])
        return copies

    def _died(self, died: Died, deadline: float) -> bool:
        """Note where it happened, so that the next attempt goes on without it; True when there will be none."""
        if self.now in self.checks:
            self.checks[self.now].count_stop()
            where = f"the check {self.checks[self.now].name}"
        else:
            self.left_out[self.now] = died.reason
            where = f"code cell {self.now + 1}"
        self.verdict.add(died.verdict, f"In {where} the notebook had to be stopped: {died.reason}.")
        if time.monotonic() < deadline and died.verdict != "tampered":
            return False
        self._ask_no_more(died.reason)
        return True

    def _ask_no_more(self, reason: str) -> None:
        for check in self.checks.values():
            check.ask(Gone(reason))


class Check:
    """A grade cell: its visible and its hidden part, what they print, and the value that is the score.

    Its functions remember their answers from one attempt to the next, also that a call did not come back: a case that
    ended the process is not asked again, and costs its group and no other.
    """

    def __init__(self, cell, judge: Judge):
        self.cell, self.judge, self.done = cell, judge, False
        self.asking, self.stops = 0, [0, 0]  # the visible part or the hidden one; how often each was stopped
        self.name = cell.metadata.nbgrader.grade_id
        self.parts = divided(cell.source)
        self.functions: dict[str, StudentFunction] = {}

    def ask_visible(self, copy: Copy) -> None:
        """The part that a student has seen, in its place in the notebook."""
        self.outputs, self.value, self.failed = [], None, None
        self.names = {"__name__": "__main__", "__builtins__": builtins, "check": self._check}
        self._run(0, copy)

    def ask_hidden(self, copy: Copy) -> None:
        """The hidden part, when all that the notebook prints has been recorded."""
        if self.failed is None:
            self._run(1, copy)
        self.done = True
        copy.close()

    def ask(self, copy: "Gone") -> None:
        """What can be scored without asking any more."""
        if not self.done:
            self.ask_visible(copy)
            self.ask_hidden(copy)

    def count_stop(self) -> None:
        self.stops[self.asking] += 1

    def store(self) -> None:
        """Put the outputs into the cell, in the form that nbgrader reads the score from."""
        value = [] if self.value is None or self.failed else [_result(self.value)]
        self.cell.outputs = [*self.outputs, *([self.failed] if self.failed else []), *value]
        self.cell.execution_count = None

    def _run(self, part: int, copy: Copy) -> None:
        """Run a part of the cell here; Died when its questions ended the copy. After several stops nothing is asked."""
        self.asking = part
        if self.stops[part] >= MOST_STOPS:
            copy = Gone(f"it had to be stopped {MOST_STOPS} times")
        heard, at = io.StringIO(), len(self.outputs)
        try:
            with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(io.StringIO()):
                value = self._value(self.parts[part], copy)
            self.value = self.value if value is None else value
        except Died:
            pass
        except Exception as error:
            self.failed = _failure(error, hidden=part == 1)
        if copy.stopped:
            raise copy.stopped
        if heard.getvalue():
            self.outputs.insert(at, _printed(heard.getvalue()))

    def _value(self, source: str, copy: Copy):
        """Execute the source; the value of its last line, where that is an expression."""
        tree = ast.parse(source)
        for function in self.functions.values():
            function.copy = copy
        for name in _wanted(tree) - set(self.names) - set(dir(builtins)):
            self._find(name, copy)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<check>", "exec"), self.names)
        return last and eval(compile(ast.Expression(last.value), "<check>", "eval"), self.names)

    def _find(self, name: str, copy: Copy) -> None:
        """A name of the assignment's own imports, else the student's."""
        if name in self.judge.imports:
            exec(self.judge.imports[name], self.names)
            return
        if name not in self.functions:
            found = copy.named(name)
            if not isinstance(found, StudentFunction):
                self.names[name] = found
                return
            self.functions[name] = found
            found.seed = self.judge.seed
        self.names[name] = self.functions[name]

    def _check(self, name: str, answer) -> float:
        """`check` as the grade cell sees it: the same words as in the student's notebook, and a picture."""
        asked = exercise(name)
        if not callable(answer):
            print(f"{asked.name}: {not_a_function(asked, answer)}")
            return 0.0
        examined = examine(asked, on_trial(asked, answer))
        print(examined.told)
        if examined.sections and BOOK.startswith("http"):
            links = ", ".join(f"[{section}]({BOOK}{section})" for section in examined.sections)
            self.outputs.append(nbformat.v4.new_output("display_data", {"text/markdown": f"In the book: {links}"}))
        drawn = picture(examined)
        if drawn:
            data, alt = {"image/png": base64.b64encode(drawn.png).decode(), "text/plain": drawn.says}, drawn.says
            self.outputs.append(nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": alt}}))
        return earned(examined.outcomes)


def is_check(cell) -> bool:
    """Whether the cell is a locked grade cell; one that a student fills in and a person marks is not."""
    marked = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and marked.get("grade") and not marked.get("solution"))


def divided(source: str) -> tuple[str, str]:
    """The visible part of a grade cell and its hidden regions; all is hidden when the parts do not stand alone."""
    visible, hidden, inside = [], [], False
    for line in source.splitlines():
        if BEGIN in line or END in line:
            inside = BEGIN in line
        else:
            (hidden if inside else visible).append(line)
    try:
        parts = "\n".join(visible), "\n".join(hidden)
        for part in parts:
            ast.parse(part)
        return parts
    except SyntaxError:
        return "", source


def imported(cells) -> dict[str, str]:
    """The names that an assignment's own cells import, answers excepted: name -> the statement."""
    found = {}
    for cell in cells:
        if cell.cell_type != "code" or cell.metadata.get("nbgrader", {}).get("solution"):
            continue
        with contextlib.suppress(SyntaxError):
            for statement in ast.parse(cell.source).body:
                if isinstance(statement, (ast.Import, ast.ImportFrom)):
                    names = ((alias.asname or alias.name).split(".")[0] for alias in statement.names)
                    found |= dict.fromkeys(names, ast.unparse(statement))
    return found


def _wanted(tree) -> set[str]:
    """The names that the code reads and does not make itself."""
    nodes = list(ast.walk(tree))
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    made = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    made |= {n.arg for n in nodes if isinstance(n, ast.arg)}
    made |= {n.name for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    for node in nodes:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            made |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return read - made


def _failure(error: Exception, hidden: bool):
    """An exception in a grade cell as its output; of a hidden test, its class and nothing else."""
    name = type(error).__name__
    if hidden:
        return _error(name, "a test that is not shown failed")
    lines = traceback.format_exception_only(error)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<check>"]
    if own:
        lines.insert(0, f"line {own[-1].lineno} of the check:")
    return _error(name, str(error), lines)


def _error(name: str, told: str, lines=()):
    return nbformat.v4.new_output("error", ename=name, evalue=told, traceback=list(lines) or [f"{name}: {told}"])


def _printed(text: str):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def _result(value):
    return nbformat.v4.new_output("execute_result", {"text/plain": repr(value)}, execution_count=1)
