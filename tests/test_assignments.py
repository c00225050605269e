"""The assignments as notebooks: points, grade cells, and what the student's version shows."""

import ast
import re

import pytest

from cnnkit.checks.catalogue import exercise
from cnnkit.grading import release
from cnnkit.notebooks import read, solutions

SOLUTIONS = [pytest.param(path, id=path.stem) for path in solutions()]
CALL = re.compile(r'^check\("([\w.]+)", (\w+)\)$', re.MULTILINE)
HIDDEN = "### BEGIN HIDDEN TESTS"


def cells(path, kind):
    return [cell for cell in read(path).cells if cell.metadata.get("nbgrader", {}).get(kind)]


@pytest.mark.parametrize("path", SOLUTIONS)
def test_points_add_up_to_a_hundred(path):
    assert sum(cell.metadata.nbgrader.points for cell in cells(path, "grade")) == 100


@pytest.mark.parametrize("path", SOLUTIONS)
def test_a_grade_cell_passes_one_name_to_one_check_worth_its_points(path):
    for cell in cells(path, "grade"):
        (asked, name), *more = CALL.findall(cell.source)
        assert not more and cell.source.startswith("check(")
        assert asked.split(".")[-1] == name
        assert exercise(asked).points == cell.metadata.nbgrader.points
        assert f'grade("{asked}", {name})' in cell.source.split(HIDDEN)[1]


@pytest.mark.parametrize("path", SOLUTIONS)
def test_every_answer_cell_says_what_its_functions_take_and_return(path):
    for cell in cells(path, "solution"):
        functions = [node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]
        assert functions and all(ast.get_docstring(function) for function in functions if function.name[0] != "_")


def test_exercises_are_what_the_solutions_make(tmp_path):
    assert release.differences(release.generate(tmp_path)) == []


def test_drift_is_seen(tmp_path):
    made = release.generate(tmp_path)
    (made / "conv" / "conv.ipynb").write_text("{}")
    (made / "pool" / "pool.ipynb").unlink()
    (made / "new.txt").write_text("")
    assert release.differences(made) == ["conv/conv.ipynb", "new.txt", "pool/pool.ipynb"]


@pytest.mark.parametrize("path", SOLUTIONS)
def test_the_students_version_holds_no_answer_and_no_hidden_test(path):
    text = (release.EXERCISES / path.stem / path.name).read_text()
    assert "BEGIN SOLUTION" not in text and "HIDDEN" not in text and "cnnkit.grading" not in text
    assert text.count("raise NotImplementedError()") == len(cells(path, "solution"))


def test_exercises_are_left_as_they_were_when_the_new_ones_cannot_be_copied(tmp_path, monkeypatch):
    made, kept = tmp_path / "made", tmp_path / "exercises"
    for folder in (made, kept):
        folder.mkdir()
        (folder / "one.ipynb").write_text(folder.name)
    (made / "gone").symlink_to("nowhere")
    monkeypatch.setattr(release, "EXERCISES", kept)
    monkeypatch.setattr(release, "generate", lambda: made)
    with pytest.raises(OSError):
        release.update()
    assert (kept / "one.ipynb").read_text() == "exercises"
