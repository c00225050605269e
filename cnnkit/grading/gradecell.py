"""A grade cell on the judge's side: what it may call by name, what is hidden in it, and the score it ends with."""

import ast
import base64
import builtins
import contextlib
import io
import traceback

import nbformat

from ..checks.catalogue import exercise
from ..checks.report import BOOK
from ..checks.run import examine
from ..checks.verdict import earned, not_a_function, on_trial
from .picture import picture
from .student import Copy, Died, Gone, StudentFunction

BEGIN, END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
MOST_STOPS = 3  # in one part of a cell


class GradeCell:
    """A grade cell: its visible and its hidden part, what they print, and the value that is the score.

    imports  what the assignment's own notebook imports, name -> statement: the only names, beside builtins and the
             cell's own, that do not come from the student
    seed     of the hidden cases

    Its functions remember their answers from one attempt to the next, also that a call did not come back: a case that
    ended the process is not asked again, and costs its group and no other.
    """

    def __init__(self, cell, imports: dict[str, str], seed: int):
        self.cell, self.imports, self.seed = cell, imports, seed
        self.seen = self.done = False  # the visible part, all of it
        self.asking, self.stops = 0, [0, 0]  # the visible part or the hidden one; how often each was stopped
        self.name = cell.metadata.nbgrader.grade_id
        self.parts = divided(cell.source)
        self.functions: dict[str, StudentFunction] = {}

    def ask_visible(self, copy: Copy) -> None:
        """The part that a student has seen, in its place in the notebook; once, for then its functions know more."""
        if self.seen:
            return
        self.outputs, self.value, self.failed = [], None, None
        self.names = {"__name__": "__main__", "__builtins__": builtins, "check": self._check}
        self._run(0, copy)
        self.seen = True

    def ask_hidden(self, copy: Copy) -> None:
        """The hidden part, when all that the notebook prints has been recorded."""
        if self.failed is None:
            self._run(1, copy)
        self.done = True
        self.functions.clear()  # and with them what they have answered
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
        if name in self.imports:
            exec(self.imports[name], self.names)
            return
        if name not in self.functions:
            found = copy.named(name)
            if not isinstance(found, StudentFunction):
                self.names[name] = found
                return
            self.functions[name] = found
            found.seed = self.seed
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
        return error_output(name, "a test that is not shown failed")
    lines = traceback.format_exception_only(error)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<check>"]
    if own:
        lines.insert(0, f"line {own[-1].lineno} of the check:")
    return error_output(name, str(error), lines)


def error_output(name: str, told: str, lines=()):
    """An error as the output of a cell."""
    return nbformat.v4.new_output("error", ename=name, evalue=told, traceback=list(lines) or [f"{name}: {told}"])


def _printed(text: str):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def _result(value):
    return nbformat.v4.new_output("execute_result", {"text/plain": repr(value)}, execution_count=1)
