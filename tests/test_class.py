"""The sample class, all of it, graded: who scores what, and what each of them is told."""

import csv
import html
import re

import pytest
import sample_class
from commands import ROOT

from cnnkit.grading import batch, report
from cnnkit.grading.course import Course, assignments
from cnnkit.notebooks import read

STUDENTS = ("ada", "alan", "barbara", "edsger", "grace")


@pytest.fixture(scope="module", params=assignments())
def assignment(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def graded(assignment, tmp_path_factory):
    """The sample class and the solution itself, graded in one assignment: (course, score by student, verdicts)."""
    home = tmp_path_factory.mktemp(assignment)
    sample_class.build(home)
    handed = home / "submitted" / "solution" / assignment / f"{assignment}.ipynb"
    handed.parent.mkdir(parents=True)
    handed.write_bytes((ROOT / "solutions" / assignment / handed.name).read_bytes())
    course = Course(home)
    verdicts = list(batch.grade_all(course, batch.submissions(course, [assignment])))
    report.write_csv(course)
    return course, {student: row[assignment] for student, row in report.scores(course).items()}, verdicts


def feedback(graded, assignment, student) -> str:
    """The text of the student's feedback page, without its markup."""
    page = (graded[0].feedback / student / assignment / f"{assignment}.html").read_text()
    return html.unescape(re.sub("<[^>]*>", "", page))


def verdict_lines(graded, assignment, student) -> list[str]:
    """What the grade cells printed about the student's answers."""
    notebook = read(graded[0].autograded / student / assignment / f"{assignment}.ipynb")
    cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return [line for cell in cells for out in cell.outputs for line in out.get("text", "").splitlines()]


def test_every_submission_is_graded(graded):
    _, marks, verdicts = graded
    assert {verdict.done for verdict in verdicts} == {"graded"}
    assert set(marks) == {*STUDENTS, "solution"}


@pytest.mark.parametrize("student", ["solution", "ada", "grace"])
def test_right_answers_in_three_styles_get_every_point(graded, student):
    assert graded[1][student] == 100


@pytest.mark.parametrize("student", ["alan", "barbara"])
def test_half_done_and_partly_wrong_get_part_of_the_points(graded, student):
    assert 10 <= graded[1][student] <= 90


def test_an_untouched_notebook_gets_nothing(graded):
    assert graded[1]["edsger"] == 0


def test_the_csv_says_what_the_gradebook_says(graded, assignment):
    course, marks, _ = graded
    with course.grades.open() as file:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert rows == marks


@pytest.mark.parametrize("student", STUDENTS)
def test_feedback_tells_what_is_wrong_and_hides_the_hidden_tests(graded, assignment, student):
    page = feedback(graded, assignment, student)
    assert "HIDDEN TESTS" not in page and "cnnkit.grading" not in page
    wrong = [line for line in verdict_lines(graded, assignment, student) if "✘" in line or "not written yet" in line]
    assert bool(wrong) == (graded[1][student] < 100)
    assert all(line in page for line in wrong)


def test_feedback_names_the_cause_of_a_plausible_mistake(graded, assignment):
    assert "Why" in feedback(graded, assignment, "barbara")


def test_no_grade_cell_ends_in_an_error(graded):
    for path in graded[0].autograded.glob("*/*/*.ipynb"):
        for cell in read(path).cells:
            if cell.metadata.get("nbgrader", {}).get("grade"):
                assert not [o for o in cell.outputs if o.output_type == "error"], f"{path}: {cell.source}"
