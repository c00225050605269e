"""Damaged, tampered and misnamed hand-ins of a right answer: each has a verdict and a score, none stops the others."""

import html
import json
import os
import re

import nbformat
import pytest
from commands import ROOT
from test_code import LIMITS, RIGHT

from cnnkit.checks.catalogue import exercise
from cnnkit.grading import batch, report
from cnnkit.grading.course import Course
from cnnkit.notebooks import read

FULL = exercise("conv_output_size").points
ANSWER, CHECK = "conv_output_size", "test_conv_output_size"
HAND_INS = {}


def hand_in(earns: float, verdict: str, says: str = ""):
    """Register a function that writes a submission: f(folder, notebook with a right answer, path of its file)."""

    def register(write):
        HAND_INS[write.__name__] = (write, earns, verdict, says)
        return write

    return register


def named(notebook, name):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def save(notebook, path):
    """Without nbformat's own checks."""
    path.write_text(json.dumps(notebook))


# ------------------------------------------------------------------------------------------ files that are damaged


@hand_in(0, "malformed", "it is empty")
def an_empty_file(folder, notebook, path):
    path.write_bytes(b"")


@hand_in(0, "malformed", "damaged or cut short")
def a_file_cut_short(folder, notebook, path):
    path.write_text(nbformat.writes(notebook)[:3000])


@hand_in(0, "malformed", "damaged or cut short")
def a_word_document(folder, notebook, path):
    path.write_bytes(b"PK\x03\x04\x00\xff\xfe" * 100)


@hand_in(0, "malformed", "is not a Jupyter notebook")
def a_list(folder, notebook, path):
    path.write_text("[]")


@hand_in(0, "malformed", "is not a Jupyter notebook")
def brackets_without_end(folder, notebook, path):
    path.write_text("[" * 200_000)


@hand_in(0, "malformed", "has no cells")
def no_cells(folder, notebook, path):
    notebook.cells = []
    save(notebook, path)


@hand_in(0, "malformed", "There is no notebook conv.ipynb in it, only conv.py")
def a_script_instead(folder, notebook, path):
    (folder / "conv.py").write_text(RIGHT)


@hand_in(0, "malformed", "only nothing")
def an_empty_folder(folder, notebook, path):
    pass


@hand_in(0, "malformed", "several others (a.ipynb, b.ipynb)")
def two_notebooks_of_other_names(folder, notebook, path):
    for name in ("a.ipynb", "b.ipynb"):
        save(notebook, folder / name)


@hand_in(0, "malformed", "There is no notebook conv.ipynb")
def a_link_to_the_solution(folder, notebook, path):
    path.symlink_to(ROOT / "solutions" / "conv" / "conv.ipynb")


@hand_in(0, "malformed", "There is no notebook conv.ipynb")
def a_pipe(folder, notebook, path):
    os.mkfifo(path)


@hand_in(0, "malformed", "There is no notebook conv.ipynb")
def a_folder_of_that_name(folder, notebook, path):
    path.mkdir()


@hand_in(0, "malformed", "not a folder")
def a_file_for_a_folder(folder, notebook, path):
    folder.rmdir()
    folder.write_text("here")


# ----------------------------------------------------------------------------- odd files that can be read all the same


@hand_in(FULL, "graded")
def a_second_download(folder, notebook, path):
    save(notebook, folder / "conv (1).ipynb")


@hand_in(FULL, "graded")
def the_format_of_2012(folder, notebook, path):
    old = nbformat.convert(notebook, 3)
    path.write_text(json.dumps(old))


@hand_in(FULL, "graded")
def a_byte_order_mark(folder, notebook, path):
    path.write_text("\ufeff" + nbformat.writes(notebook), encoding="utf-8")


@hand_in(FULL, "graded")
def another_kernel(folder, notebook, path):
    notebook.metadata.kernelspec = {"name": "ir", "language": "R", "display_name": "R"}
    save(notebook, path)


@hand_in(FULL, "graded")
def outputs_that_are_none(folder, notebook, path):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [{"output_type": "odd"}, 7, None]
            cell.execution_count = "many"
    save(notebook, path)


@hand_in(FULL, "graded")
def one_id_for_all_cells(folder, notebook, path):
    for cell in notebook.cells:
        cell.id = "same"
    save(notebook, path)


@hand_in(FULL, "graded")
def cells_of_an_unknown_kind(folder, notebook, path):
    notebook.cells.insert(2, {"cell_type": "heading", "source": "?", "metadata": {}})
    notebook.cells.insert(2, {"cell_type": "widget"})
    save(notebook, path)


@hand_in(FULL, "graded")
def sources_as_lists(folder, notebook, path):
    for cell in notebook.cells:
        cell.source = cell.source.splitlines(keepends=True)
    save(notebook, path)


@hand_in(FULL, "graded")
def marks_that_are_no_marks(folder, notebook, path):
    for i, mark in enumerate((["a"], "text", 7, {"grade_id": 5}, {"grade_id": None, "points": "x"}, {})):
        cell = nbformat.v4.new_code_cell("1", metadata={"nbgrader": mark})
        notebook.cells.insert(i, cell)
    save(notebook, path)


@hand_in(FULL, "graded")
def marks_of_an_older_nbgrader(folder, notebook, path):
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.schema_version = 1
            cell.metadata.nbgrader.pop("cell_type", None)
    save(notebook, path)


@hand_in(FULL, "graded")
def a_forged_verdict(folder, notebook, path):
    notebook.metadata.cnnkit = {"reasons": [["malformed", "forged"]], "seed": 1}
    save(notebook, path)


@hand_in(FULL, "graded")
def a_link_beside_the_notebook(folder, notebook, path):
    (folder / "notes.txt").symlink_to("/etc/passwd")
    (folder / "course").symlink_to(ROOT)
    save(notebook, path)


@hand_in(FULL, "graded")
def files_beside_the_notebook(folder, notebook, path):
    (folder / "helper.py").write_text("def half(n):\n    return n // 2\n")
    notebook.cells.insert(4, nbformat.v4.new_code_cell("from helper import half\nassert half(4) == 2"))
    save(notebook, path)


@hand_in(FULL, "graded")
def half_a_character(folder, notebook, path):
    notebook.cells.insert(3, nbformat.v4.new_code_cell("'\ud800'"))
    notebook.cells.insert(3, nbformat.v4.new_markdown_cell("\ud800"))
    save(notebook, path)


@hand_in(FULL, "graded")
def a_time_that_is_none(folder, notebook, path):
    (folder / "timestamp.txt").write_text("yesterday, about noon")
    save(notebook, path)


@hand_in(FULL, "graded")
def files_in_the_way(folder, notebook, path):
    (folder / ".matplotlib").write_text("")
    (folder / "lib").mkdir()
    (folder / "lib" / "__init__.py").write_text("three = 3\n")
    with (folder / "large.bin").open("wb") as file:
        file.truncate(300 << 20)
    notebook.cells.insert(4, nbformat.v4.new_code_cell("import lib\nassert lib.three == 3"))
    save(notebook, path)


@hand_in(FULL, "graded")
def a_text_that_takes_hours_to_set(folder, notebook, path):
    notebook.cells.insert(3, nbformat.v4.new_markdown_cell("![a](" * 40_000))
    save(notebook, path)


# ------------------------------------------------------------------------------------------- answers moved and copied


@hand_in(FULL, "graded")
def the_answer_without_its_mark(folder, notebook, path):
    named(notebook, ANSWER).metadata = {}
    save(notebook, path)


@hand_in(FULL, "graded")
def the_answer_twice(folder, notebook, path):
    cell = named(notebook, ANSWER)
    wrong = nbformat.from_dict(cell)
    wrong.source = "def conv_output_size(n, f, stride=1, padding=0):\n    return 0"
    notebook.cells.insert(notebook.cells.index(cell), wrong)
    save(notebook, path)


@hand_in(0, "graded")
def the_answer_as_text(folder, notebook, path):
    cell = named(notebook, ANSWER)
    notebook.cells[notebook.cells.index(cell)] = nbformat.v4.new_markdown_cell(cell.source)
    save(notebook, path)


@hand_in(0, "graded")
def the_answer_deleted(folder, notebook, path):
    notebook.cells.remove(named(notebook, ANSWER))
    save(notebook, path)


# --------------------------------------------------------------------------------------------------- checks changed


@hand_in(FULL, "tampered", f"The check {CHECK} was missing. It was put back.")
def a_check_deleted(folder, notebook, path):
    notebook.cells.remove(named(notebook, CHECK))
    save(notebook, path)


@hand_in(0, "tampered", f"The check {CHECK} was missing. It was put back.")
def a_check_and_its_answer_deleted(folder, notebook, path):
    for name in (ANSWER, CHECK):
        notebook.cells.remove(named(notebook, name))
    save(notebook, path)


@hand_in(0, "tampered", "The check test_conv2d was missing. It was put back.")
def all_cells_but_one_deleted(folder, notebook, path):
    notebook.cells = [nbformat.v4.new_code_cell("print('hello')")]
    save(notebook, path)


@hand_in(FULL, "tampered", f"The check {CHECK} was there 2 times. The last one counts.")
def a_check_copied(folder, notebook, path):
    cell = named(notebook, CHECK)
    notebook.cells.insert(notebook.cells.index(cell), nbformat.from_dict(cell))
    save(notebook, path)


@hand_in(FULL, "tampered", f"The check {CHECK} was turned into another kind of cell.")
def a_check_turned_into_text(folder, notebook, path):
    cell = named(notebook, CHECK)
    notebook.cells[notebook.cells.index(cell)] = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)
    save(notebook, path)


@hand_in(FULL, "tampered", f"The check {CHECK} was changed. It was put back")
def a_check_that_says_ten(folder, notebook, path):
    named(notebook, CHECK).source = "10.0"
    save(notebook, path)


@hand_in(0, "tampered", "The check test_conv2d was changed.")
def every_check_says_a_hundred(folder, notebook, path):
    named(notebook, ANSWER).source = "1"
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "100.0"
    save(notebook, path)


@hand_in(FULL, "tampered", f"The marking data of the check {CHECK} were changed.")
def a_check_worth_a_thousand(folder, notebook, path):
    named(notebook, CHECK).metadata.nbgrader.points = 1000
    save(notebook, path)


@hand_in(0, "tampered", f"The marking data of the check {CHECK} were changed.")
def a_check_that_is_an_answer(folder, notebook, path):
    named(notebook, ANSWER).source = "1"
    cell = named(notebook, CHECK)
    cell.metadata.nbgrader.update(solution=True, locked=False)
    cell.source = "10.0"
    save(notebook, path)


@hand_in(FULL, "tampered", f"The marking data of the check {CHECK} were changed.")
def a_check_no_longer_marked(folder, notebook, path):
    named(notebook, CHECK).metadata.nbgrader.update(grade=False, locked=False)
    save(notebook, path)


@hand_in(FULL, "graded")
def a_check_of_the_student_s_own(folder, notebook, path):
    mark = {**named(notebook, CHECK).metadata.nbgrader, "grade_id": "test_mine", "points": 100}
    notebook.cells.append(nbformat.v4.new_code_cell("100.0", metadata={"nbgrader": mark}))
    save(notebook, path)


@hand_in(0, "graded")
def a_check_moved_above_its_answer(folder, notebook, path):
    cell = named(notebook, CHECK)
    notebook.cells.remove(cell)
    notebook.cells.insert(0, cell)
    save(notebook, path)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(result, score, feedback text) by hand-in."""
    course = Course(tmp_path_factory.mktemp("damaged"), limits=LIMITS)
    released = ROOT / "exercises" / "conv" / "conv.ipynb"
    for name, (write, *_) in HAND_INS.items():
        folder = course.submitted / name / "conv"
        folder.mkdir(parents=True)
        notebook = read(released)
        named(notebook, ANSWER).source = RIGHT
        write(folder, notebook, folder / "conv.ipynb")
    results = {r.submission.student: r for r in batch.grade_all(course, batch.submissions(course, ["conv"]))}
    scores = {student: row["conv"] for student, row in report.scores(course).items()}
    pages = {name: (course.feedback / name / "conv" / "conv.html").read_text() for name in HAND_INS}
    texts = {name: html.unescape(re.sub("<[^>]*>", "", page)) for name, page in pages.items()}
    return {name: (results[name], scores[name], texts[name]) for name in HAND_INS}, course


@pytest.mark.parametrize("name", HAND_INS)
def test_it_has_a_verdict_a_score_and_a_page(graded, name, record_property):
    _, earns, verdict, says = HAND_INS[name]
    result, score, page = graded[0][name]
    record_property("verdict", result.done)
    assert (score, result.done) == (earns, verdict), result.reasons
    assert f"Verdict: {verdict}" in page and says in page and says in " ".join(result.reasons)
    assert len(re.findall(r"Score: [\d.]+ / \d+", page)) >= 7


def test_no_link_of_a_student_comes_back_as_a_file(graded):
    course = graded[1]
    for folder in (course.autograded, course.feedback):
        assert not list(folder.rglob("notes.txt")) and not list(folder.rglob("nbgrader_config.py"))


def test_there_are_enough_of_them():
    assert len(HAND_INS) >= 35
