"""The sample class: the answers in `tests/submissions/` put into the released notebooks, as students hand them in.

An answer file `tests/submissions/STUDENT/ASSIGNMENT.py` has a section `# %% GRADE_ID` for each answer cell that the
student filled in; the other cells stay as released. So the class stays current when an assignment's text changes.

    python tests/sample_class.py _build/class
"""

import hashlib
import re
import shutil
import sys
from pathlib import Path

import nbformat

from cnnkit.errors import CourseError
from cnnkit.grading import release
from cnnkit.notebooks import ROOT, read, solutions

ANSWERS = ROOT / "tests" / "submissions"
SECTION = re.compile(r"^# %% *(\S+) *$", re.MULTILINE)


def answers(path: Path) -> dict[str, str]:
    """The sections of an answer file: grade_id -> source of the cell."""
    _, *pieces = SECTION.split(path.read_text())
    return {grade_id: source.strip("\n") for grade_id, source in zip(pieces[::2], pieces[1::2], strict=True)}


def hand_in(given: dict[str, str], released: Path, folder: Path) -> Path:
    """Write the released notebook with the answers `given` put in, into `folder`; return its path.

    An answer to a cell that the notebook does not have is a CourseError.
    """
    notebook = read(released)
    cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")}
    unknown = sorted(set(given) - set(cells))
    if unknown:
        raise CourseError(f"{released} has no answer cell {unknown[0]!r}; it has: {', '.join(cells)}")
    for grade_id, source in given.items():
        cells[grade_id].source = source
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / released.name
    text = nbformat.writes(notebook)
    if not written.exists() or written.read_text() != text:
        written.write_text(text)
    return written


def build(home: Path, exercises: Path = release.EXERCISES) -> None:
    """Lay out the class below `home`; afresh when an assignment changed: a gradebook is bound to its cells."""
    mark = home / ".solutions"
    now = hashlib.sha256(b"".join(path.read_bytes() for path in solutions())).hexdigest()
    if not mark.exists() or mark.read_text() != now:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        mark.write_text(now)
    for path in sorted(ANSWERS.glob("*/*.py")):
        released = exercises / path.stem / f"{path.stem}.ipynb"
        hand_in(answers(path), released, home / "submitted" / path.parent.name / path.stem)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())
