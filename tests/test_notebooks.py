"""The rules of the stored notebooks, and the command that keeps them."""

import nbformat
import pytest

from cnnkit import notebooks
from cnnkit.errors import CourseError

ALL = notebooks.chapters() + notebooks.solutions()
CHAPTERS = {"history", "everywhere", "preview", "conv", "pool", "fc", "backward", "lenet", "fast"}
ASSIGNMENTS = {"history", "conv", "pool", "fc", "lenet", "gpu"}


def test_the_chapters_and_solutions_are_all_there():
    assert {path.stem for path in notebooks.chapters()} >= CHAPTERS
    assert {path.stem for path in notebooks.solutions()} == ASSIGNMENTS


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_stored_notebook_keeps_the_rules(path):
    assert notebooks.problems(path) == []


@pytest.mark.parametrize("path", notebooks.chapters(), ids=lambda path: path.name)
def test_headings_come_in_order(path):
    cells = [cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown"]
    headings, fenced = [], False
    for line in "\n".join(cells).splitlines():
        fenced ^= line.lstrip().startswith(("```", ":::"))
        if not fenced and line.startswith("#"):
            headings.append(line)
    levels = [len(line) - len(line.lstrip("#")) for line in headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert [
        line for line, above, level in zip(headings[1:], levels, levels[1:], strict=False) if level > above + 1
    ] == []


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """A chapter of one cell, in a repository of its own."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    path = tmp_path / "book" / "one.ipynb"
    path.parent.mkdir()

    def write(*cells, normal=True):
        notebook = nbformat.v4.new_notebook(cells=list(cells))
        for number, cell in enumerate(notebook.cells):
            cell.id = f"c{number}"
        if normal:
            notebooks.normalise(notebook, keep_outputs=True)
        path.write_text(nbformat.writes(notebook) + "\n")
        return path

    return write


def code(source="1 + 1", count=1, outputs=(), **metadata):
    return nbformat.v4.new_code_cell(source, execution_count=count, outputs=list(outputs), metadata=metadata)


def image():
    return nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo=\n"})


def test_a_good_chapter_has_no_problems(chapter):
    alt = {"image": {"alt": "Two lines that cross"}}
    assert notebooks.problems(chapter(code(outputs=[image()], mystnb=alt))) == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (code(count=None), "execution count"),
        (code("\n".join(["x = 1"] * 16)), "16 lines"),
        (code("x = " + "1" * 80), "columns"),
        (code(outputs=[image()]), "alt text"),
        (code(outputs=[nbformat.v4.new_output("stream", name="stderr", text="Warning")]), "stderr"),
        (code(outputs=[nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])]), "ValueError"),
        (code(outputs=[nbformat.v4.new_output("stream", text="x" * notebooks.MAX_BYTES)]), "bytes"),
    ],
)
def test_each_broken_rule_is_named(chapter, cell, says):
    assert any(says in problem for problem in notebooks.problems(chapter(cell)))


def test_a_notebook_out_of_its_stored_form_is_named(chapter):
    path = chapter(code(scrolled=True), normal=False)
    assert notebooks.problems(path) == ["not in its stored form: `cnnkit notebooks` brings it there"]


def test_refresh_stores_the_outputs_and_repeats_itself(chapter):
    path = chapter(code("print('a', flush=True)\nprint('b')", count=None))
    assert notebooks.refresh(path)
    assert notebooks.read(path).cells[0].outputs[0].text == "a\nb\n"
    assert notebooks.problems(path) == []
    assert not notebooks.refresh(path)


def test_refresh_writes_nothing_when_a_cell_fails(chapter):
    path = chapter(code("1 / 0", count=None))
    before = path.read_bytes()
    with pytest.raises(CourseError, match="ZeroDivisionError"):
        notebooks.refresh(path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["one.ipynb"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}'])
def test_what_is_no_notebook_is_one_sentence(tmp_path, text):
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(CourseError, match="not a Jupyter notebook"):
        notebooks.read(path)


def test_a_notebook_that_ends_its_own_python_is_a_sentence(chapter):
    path = chapter(code("import os; os._exit(3)"))
    before = path.read_bytes()
    with pytest.raises(CourseError, match="ends its own Python"):
        notebooks.refresh(path)
    assert path.read_bytes() == before
