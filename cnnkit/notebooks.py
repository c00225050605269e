"""The notebooks of the repository: re-run, store, normalise, and the rules they keep.

Chapters (`book/`) store their outputs; assignments (`solutions/`) store none.
"""

import os
import warnings
from pathlib import Path

import nbformat

from .errors import CourseError

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
KEPT_CELL_METADATA = {"nbgrader", "mystnb", "tags", "deletable", "editable"}
# No progress bars in what is stored; one BLAS thread, because two on a busy machine can be ten times slower than one.
KERNEL_ENVIRONMENT = {"CNNKIT_PROGRESS": "0", "OMP_NUM_THREADS": "1"}
IMAGES = {"image/png", "image/jpeg", "image/svg+xml"}
MAX_LINES, MAX_COLUMNS, MAX_BYTES = 15, 79, 1_000_000
CELL_SECONDS = 120


def chapters() -> list[Path]:
    """The notebooks of the book, in alphabetical order."""
    return sorted((ROOT / "book").glob("*.ipynb"))


def solutions() -> list[Path]:
    """The instructor's notebooks, one an assignment."""
    return sorted((ROOT / "solutions").glob("*/*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook at `path`; CourseError when it is missing or is not a notebook."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat warns of each cell without an id, or with another's
            notebook = nbformat.read(path, as_version=4)
            nbformat.validate(notebook)
        return notebook
    except FileNotFoundError:
        raise CourseError(f"there is no notebook {path}") from None
    except Exception as error:  # nbformat meets damage with whatever its reader happens to trip over
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CourseError(f"{path} is not a Jupyter notebook ({reason[:100]})") from None


def refresh(path: Path) -> bool:
    """Run the notebook at `path` and store it in its normal form; return whether the file changed.

    A chapter keeps its outputs, a solution does not. On an error in a cell nothing is written.
    """
    notebook = read(path)
    is_chapter = path.resolve().is_relative_to(ROOT / "book")
    execute(notebook, path)
    normalise(notebook, keep_outputs=is_chapter)
    before, after = path.read_text(), nbformat.writes(notebook) + "\n"
    if after != before:
        scratch = path.with_suffix(".tmp")
        scratch.write_text(after)
        scratch.replace(path)
    return after != before


def execute(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Run every cell, in the notebook's folder; CourseError names the error of the cell that fails."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute(env={**os.environ, **KERNEL_ENVIRONMENT})
    except CellExecutionError as error:
        raise CourseError(f"a cell of {path} fails with {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise CourseError(f"a cell of {path} takes more than {CELL_SECONDS} s") from None
    except DeadKernelError:
        raise CourseError(f"a cell of {path} ends its own Python") from None


def normalise(notebook: nbformat.NotebookNode, keep_outputs: bool) -> None:
    """Put the notebook in its one stored form, in place: fixed metadata, no timings, cells counted 1..n.

    Outputs go when `keep_outputs` is false.
    """
    notebook.metadata = nbformat.from_dict(KERNEL)
    count = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA})
        if cell.cell_type != "code":
            continue
        if not keep_outputs:
            cell.outputs, cell.execution_count = [], None
            continue
        cell.outputs = _merged(cell.outputs)
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count


def _merged(outputs: list) -> list:
    """Consecutive pieces of one stream as one; where a flush fell is chance."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == "stream" == last.output_type and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def problems(path: Path) -> list[str]:
    """The rules of the house that the notebook at `path` breaks, a sentence each; empty when it keeps them all."""
    notebook = read(path)
    is_chapter = path.resolve().is_relative_to(ROOT / "book")
    found = []
    if path.stat().st_size > MAX_BYTES:
        found.append(f"{path.stat().st_size} bytes, more than {MAX_BYTES}")
    normal = nbformat.from_dict(notebook)
    normalise(normal, keep_outputs=is_chapter)
    if nbformat.writes(normal) + "\n" != path.read_text():
        found.append("not in its stored form: `cnnkit notebooks` brings it there")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, start=1):
        found += [f"code cell {number}: {text}" for text in _cell_problems(cell, number, is_chapter)]
    return found


def _cell_problems(cell, number, is_chapter):
    lines = cell.source.splitlines()
    is_answer = "nbgrader" in cell.metadata
    if is_chapter and len(lines) > MAX_LINES:
        yield f"{len(lines)} lines, more than {MAX_LINES}"
    longest = max(map(len, lines), default=0)
    if longest > MAX_COLUMNS and not is_answer:
        yield f"a line of {longest} columns, more than {MAX_COLUMNS}"
    if not is_chapter:
        return
    if cell.execution_count != number:
        yield f"execution count {cell.execution_count}, not {number}: the notebook was not run from top to bottom"
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"a stored {output.ename}"
        if output.output_type == "stream" and output.name == "stderr":
            yield "something on stderr"
        if IMAGES & set(output.get("data", {})) and not _alt_text(cell):
            yield "a figure without alt text (cell metadata mystnb.image.alt)"


def _alt_text(cell) -> str:
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "").strip()
