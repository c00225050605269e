"""A notebook as it was handed in, made fit for grading: readable, and with the checks as they were handed out.

Nothing of the student's own is lost: cells that are not the assignment's count as theirs, copies of its cells too.
"""

import json
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import nbformat

from ..checks.values import shorten
from .gradecell import divided

MOST_BYTES = 100 << 20
MOST_TEXT = 20_000  # characters of a text cell that are shown: rendering takes time that grows with their square
STANDS_IN = "stands_in"  # a notebook without cells says in this key of its metadata what it stands in for


@dataclass(frozen=True)
class Released:
    """A cell of the assignment as the gradebook knows it, hidden tests included; `marking` is nbgrader's metadata."""

    name: str
    cell_type: str
    source: str
    marking: dict

    @property
    def is_check(self) -> bool:
        return self.marking["grade"] and not self.marking["solution"]

    @property
    def locked(self) -> bool:
        return self.marking["locked"]

    def cell(self):
        make = nbformat.v4.new_code_cell if self.cell_type == "code" else nbformat.v4.new_markdown_cell
        marked = {"nbgrader": dict(self.marking), "deletable": False, "editable": not self.locked}
        return make(self.source, metadata=marked)


def opened(path: Path) -> tuple[nbformat.NotebookNode, str]:
    """The notebook at `path` without outputs, and '' or, with an empty one, the sentence that says what is wrong."""
    empty = nbformat.v4.new_notebook()
    if path.is_symlink() or not path.is_file():
        return empty, f"{path.name} is a link or something else that is no file: hand in the notebook itself."
    if path.stat().st_size > MOST_BYTES:
        return empty, f"{path.name} has more than {MOST_BYTES >> 20} MB: clear its outputs and hand it in again."
    try:
        found = _upgraded(path.read_text("utf-8-sig"))
        cells = [plain for cell in found["cells"] if (plain := _plain_cell(cell))]
    except Exception as error:  # nbformat meets damage with whatever its reader happens to trip over
        damage = "it is empty" if not path.read_bytes().strip() else _damage(error)
        return empty, f"{path.name} is not a Jupyter notebook: {damage}. Save it in Jupyter and hand it in again."
    if not cells:
        said = found.get("metadata", {}).get(STANDS_IN)
        return empty, shorten(said) if isinstance(said, str) else f"{path.name} has no cells."
    return nbformat.v4.new_notebook(cells=cells), ""


def _upgraded(text: str) -> dict:
    """The notebook as of format 4. What is of that format already is taken as it is: its cells are remade anyway."""
    found = json.loads(text)
    if isinstance(found, dict) and isinstance(found.get("cells"), list):
        return found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nbformat.reads(text, as_version=4)


def _damage(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "the file is damaged or cut short"
    return (str(error).splitlines() or [type(error).__name__])[0][:100]


def _plain_cell(cell):
    """A fresh cell with the source and nbgrader's mark of the given one; None for what is no cell."""
    makers = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }
    if not isinstance(cell, dict) or cell.get("cell_type") not in makers:
        return None
    kind, source = cell["cell_type"], cell.get("source", "")
    source = "".join(source) if isinstance(source, list) else source
    marked = cell.get("metadata", {})
    mark = marked.get("nbgrader") if isinstance(marked, dict) else None
    source = str(source).encode(errors="replace").decode()
    if kind != "code" and len(source) > MOST_TEXT:
        source = source[:MOST_TEXT] + "\n\n(The rest of this cell is left out.)"
    return makers[kind](source, metadata={"nbgrader": mark} if isinstance(mark, dict) else {})


def restore(notebook: nbformat.NotebookNode, released: list[Released]) -> list[str]:
    """Put the assignment's cells right, in place; say in a sentence each what was done to the checks.

    Of several cells with one name the last counts, as for nbgrader; the others are the student's own.
    """
    known = {cell.name: cell for cell in released}
    told = _forget_strangers(notebook, known)
    present = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    for name, cell in present.items():
        told += _put_right(notebook, cell, known[name])
    for place, missing in enumerate(released):
        if missing.locked and missing.name not in present:
            before = [r.name for r in released[:place]]
            notebook.cells.insert(_behind(notebook, before), missing.cell())
            told += [f"The check {missing.name} was missing. It was put back."] * missing.is_check
    return told


def _forget_strangers(notebook, known) -> list[str]:
    """Take the mark off the cells that are not the assignment's, and off all copies but the last."""
    names = [_name(cell) for cell in notebook.cells]
    counted = Counter(names)
    for cell, name in zip(notebook.cells, names, strict=True):
        counted[name] -= 1
        if name not in known or counted[name]:
            cell.metadata.pop("nbgrader", None)
    return [
        f"The check {name} was there {count} times. The last one counts."
        for name, count in Counter(names).items()
        if name in known and known[name].is_check and count > 1
    ]


def _name(cell) -> str | None:
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return name if isinstance(name, str) else None


def _put_right(notebook, cell, right: Released) -> list[str]:
    """Give a cell the type, the mark and, when it is locked, the source it was handed out with."""
    mark, told = cell.metadata.nbgrader, []
    if cell.cell_type != right.cell_type:
        told.append(f"The check {right.name} was turned into another kind of cell. It was turned back.")
        fresh = right.cell()
        fresh.source = cell.source
        at = next(i for i, c in enumerate(notebook.cells) if c is cell)
        notebook.cells[at] = cell = fresh
    if any(mark.get(key) != right.marking.get(key) for key in ("grade", "solution", "points")):
        told.append(f"The marking data of the check {right.name} were changed. They were put back.")
    if right.locked and _text(cell.source) not in (_text(divided(right.source)[0]), _text(right.source)):
        told.append(f"The check {right.name} was changed. It was put back as it was handed out.")
    cell.metadata.nbgrader = nbformat.from_dict(right.marking)
    if right.locked:
        cell.source = right.source
    return told if right.is_check else []


def _text(source: str) -> list[str]:
    return [line.rstrip() for line in source.strip().splitlines()]


def _behind(notebook, names: list[str]) -> int:
    """The place behind the last of the named cells that is there; the beginning when none is."""
    places = [i for i, cell in enumerate(notebook.cells) if _name(cell) in names]
    return max(places, default=-1) + 1
