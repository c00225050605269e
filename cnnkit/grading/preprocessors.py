"""How the judge takes part in nbgrader: the steps that `nbgrader_config.py` puts among nbgrader's own.

So `nbgrader autograde`, the formgrader and `cnnkit grade` are the same judge. A separate module, because it imports
nbgrader, which a student's Python need not have.
"""

import os
import sys
from dataclasses import fields
from pathlib import Path

import bleach
import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.converters import base
from nbgrader.preprocessors import (
    ClearHiddenTests,
    DeduplicateIds,
    Execute,
    GetGrades,
    NbGraderPreprocessor,
    OverwriteCells,
)
from traitlets import Bool, Dict, Float, Integer, List

from ..notebooks import read
from .gradecell import imported, is_check
from .hidden import fresh_seed
from .judge import Judge
from .limits import Limits
from .restore import Released, opened, restore
from .sandbox import UNSHUT
from .student import sandboxed
from .verdicts import Verdict


class ForgivingExporter(NotebookExporter):
    """Reads what was handed in, whatever state it is in: what cannot be read is an empty notebook and a verdict."""

    def from_filename(self, filename, resources=None, **settings):
        if not self.parent._sanitizing:  # nbgrader reads its own copy
            return super().from_filename(filename, resources=resources, **settings)
        path = Path(filename)
        notebook, reason = opened(path)
        verdict = Verdict()
        if reason:
            verdict.add("malformed", reason)
        verdict.keep_in(notebook)
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        return self.from_notebook_node(notebook, resources=resources, **settings)


class Restore(NbGraderPreprocessor):
    """Puts the assignment's cells back as they were handed out; what was done to the checks is part of the verdict."""

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        verdict = Verdict.of(nb)
        changes = restore(nb, _released(where, _source(self, where)))
        if verdict.kind != "malformed":
            for change in changes:
                verdict.add("tampered", change)
        verdict.keep_in(nb)
        return nb, resources


def _source(step: NbGraderPreprocessor, where: dict) -> Path:
    """The assignment's own notebook."""
    courses = step.parent.parent.coursedir
    return Path(courses.format_path(courses.source_directory, ".", where["assignment"]), f"{where['notebook']}.ipynb")


def _released(where: dict, source: Path) -> list[Released]:
    """The assignment's cells out of the gradebook, in the order of its notebook."""
    order = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in read(source).cells]
    with Gradebook(where["db_url"]) as book:
        notebook = book.find_notebook(where["notebook"], where["assignment"])
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        answers = {cell.name for cell in notebook.solution_cells}
        cells = [
            Released(c.name, c.cell_type, c.source, _marking(c, points.get(c.name), c.name in answers))
            for c in notebook.source_cells
        ]
    return sorted(cells, key=lambda cell: order.index(cell.name) if cell.name in order else len(order))


def _marking(cell, points, is_answer) -> dict:
    """nbgrader's metadata of a cell, as `generate_assignment` wrote it."""
    marking = {"grade": points is not None, "solution": is_answer, "locked": cell.locked, "task": False,
               "grade_id": cell.name, "schema_version": 3, "cell_type": cell.cell_type,
               "checksum": cell.checksum}  # fmt: skip
    return marking if points is None else {**marking, "points": points}


class JudgeNotebook(NbGraderPreprocessor):
    """Runs the student's cells in the sandbox and the grade cells here, in the place of nbgrader's Execute."""

    sandbox = Bool(True, help="False runs student code with your own rights").tag(config=True)
    libraries = Dict({}, help="what an assignment may import beside NumPy and Matplotlib: name -> list").tag(
        config=True
    )
    cell_seconds = Float(Limits.cell_seconds).tag(config=True)
    call_seconds = Float(Limits.call_seconds).tag(config=True)
    submission_seconds = Float(Limits.submission_seconds).tag(config=True)
    memory = Integer(Limits.memory).tag(config=True)
    processes = Integer(Limits.processes).tag(config=True)
    file_bytes = Integer(Limits.file_bytes).tag(config=True)
    output_bytes = Integer(Limits.output_bytes).tag(config=True)

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        assignment, folder = where["assignment"], Path(resources["metadata"]["path"])
        limits = Limits(**{field.name: getattr(self, field.name) for field in fields(Limits)})
        if not self.sandbox:
            print(f"WARNING: {UNSHUT}", file=sys.stderr)
        files = beside(folder, limits.file_bytes // 4)
        libraries = self.libraries.get(assignment, ())
        judge = Judge(
            nb,
            imported(read(_source(self, where)).cells),
            sandboxed(assignment, libraries, limits, files, self.sandbox),
            limits,
            fresh_seed(),
        )
        verdict = Verdict.of(nb)
        judged = judge.nothing_to_run() if verdict.kind == "malformed" else judge.grade()
        verdict.reasons += judged.reasons
        verdict.seed = judged.seed
        verdict.keep_in(nb)
        return nb, resources


def beside(folder: Path, most_bytes: int, most: int = 200) -> dict[str, Path]:
    """The files beside a notebook that are laid into the sandbox: name -> path, until there are too many."""
    found, left = {}, most_bytes
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if hidden or path.is_symlink() or not path.is_file() or path.suffix == ".ipynb":
            continue
        left -= path.stat().st_size
        if left >= 0 and len(found) < most:
            found[str(name)] = path
    return found


class ShowVerdict(NbGraderPreprocessor):
    """Says at the top of the feedback what became of the submission, and why, and what each check gave."""

    def preprocess(self, nb, resources):
        verdict = Verdict.of(nb)
        marks = [cell.metadata.nbgrader for cell in nb.cells if is_check(cell)]
        lines = [f"**Verdict: {verdict.kind}**", "", *(f"- {told}" for told in verdict.told), ""]
        lines += ["| check | points |", "|:--|--:|"]
        lines += [f"| [{m.grade_id}](#{m.grade_id}) | {m.score or 0:g} of {m.points:g} |" for m in marks]
        nb.cells.insert(0, nbformat.v4.new_markdown_cell("\n".join(lines)))
        return nb, resources


class HideHiddenTests(ClearHiddenTests):
    """Take the hidden tests out of the feedback: what they print stays, how they are written does not."""

    enforce_metadata = False
    display_data_priority = List().tag(config=True)  # unused; nbgrader sets it for every feedback step

    def preprocess_cell(self, cell, resources, cell_index):
        """A student's own cell may hold the markers, too; it is theirs to show."""
        return super().preprocess_cell(cell, resources, cell_index) if is_check(cell) else (cell, resources)


def sanitizing(steps: list) -> list:
    """nbgrader's steps before the notebook is run, with Restore in the place of those that mend cells one by one."""
    return [Restore, *(step for step in steps if step not in (OverwriteCells, DeduplicateIds))]


def grading(steps: list) -> list:
    """nbgrader's steps that run and score the notebook, with the judge in the place of Execute."""
    return [JudgeNotebook if step is Execute else step for step in steps]


def feedback(steps: list) -> list:
    """nbgrader's feedback steps, with the hidden tests taken out first and the verdict put in when the scores are."""
    at = steps.index(GetGrades) + 1
    return [HideHiddenTests, *steps[:at], ShowVerdict, *steps[at:]]


def safe_markdown(source: str) -> str:
    """Markdown as HTML without scripts, frames and handlers: instructors open what students wrote."""
    return bleach.clean(markdown2html_mistune(source), tags=TAGS, attributes=ATTRIBUTES, strip=True)


TAGS = {*bleach.ALLOWED_TAGS, "h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "pre", "div", "span", "table",
        "thead", "tbody", "tr", "th", "td", "del", "sub", "sup", "details", "summary"}  # fmt: skip
ATTRIBUTES = {**bleach.ALLOWED_ATTRIBUTES, "*": ["class", "id", "align"]}


def _regular_files(folder, exclude):
    """nbgrader's list of the files beside a notebook, without links and pipes.

    nbgrader copies what they point to: a link that a student hands in would come back as the instructor's own file.
    """
    return [path for path in utils.find_all_files(folder, exclude) if os.path.isfile(path) and not os.path.islink(path)]


base.find_all_files = _regular_files
