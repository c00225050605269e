"""Grading at its edges: damaged hand-ins, a second run, a change; and nbgrader's own commands."""

import csv
import json
import os
import re
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from types import SimpleNamespace

import nbformat
import pytest
import sample_class
from commands import BIN, ROOT, environment, run

from cnnkit.checks.catalogue import exercise
from cnnkit.errors import CourseError
from cnnkit.grading import batch, report
from cnnkit.grading.course import Course
from cnnkit.notebooks import read

CONV_SIZE = {
    "right": "def conv_output_size(n, f, stride=1, padding=0):\n    out, rest = divmod(n + 2 * padding - f, stride)\n"
    "    if rest or n + 2 * padding < f:\n        raise ValueError('does not fit')\n    return out + 1",
    "loud": "import sys, warnings\ndef conv_output_size(n, f, stride=1, padding=0):\n    warnings.warn('careful')\n"
    "    print('to stderr', file=sys.stderr)\n    out, rest = divmod(n + 2 * padding - f, stride)\n"
    "    if rest or n + 2 * padding < f:\n        raise ValueError('does not fit')\n    return out + 1",
    "floored": "def conv_output_size(n, f, stride=1, padding=0):\n    return (n + 2 * padding - f) // stride + 1",
}


@pytest.fixture
def small(tmp_path):
    """A class of students who answer only conv_output_size, each in a way of their own."""
    for student, source in CONV_SIZE.items():
        released = ROOT / "exercises" / "conv" / "conv.ipynb"
        sample_class.hand_in({"conv_output_size": source}, released, tmp_path / "submitted" / student / "conv")
    return Course(tmp_path)


def grade(course, **options):
    return {str(v.submission): v for v in batch.grade_all(course, batch.submissions(course, ["conv"]), **options)}


def test_warnings_and_stderr_cost_nothing_and_a_wrong_answer_does(small):
    grade(small)
    marks = {student: row["conv"] for student, row in report.scores(small).items()}
    worth = exercise("conv_output_size").points
    assert marks["right"] == marks["loud"] == worth
    assert 0 < marks["floored"] < worth


def test_only_what_changed_is_graded_again(small):
    grade(small)
    page = small.feedback / "right" / "conv" / "conv.html"
    before = page.read_bytes()
    handed = small.submitted / "floored" / "conv" / "conv.ipynb"
    handed.write_text(handed.read_text().replace("// stride + 1", "// stride + 2"))
    assert {name: result.done for name, result in grade(small).items()} == {
        "right/conv": "unchanged",
        "loud/conv": "unchanged",
        "floored/conv": "graded",
    }
    assert page.read_bytes() == before
    assert {result.done for result in grade(small, force=True).values()} == {"graded"}


def test_a_damaged_submission_is_refused_with_a_reason_and_costs_the_others_nothing(small):
    for student, content in {"a_empty": "", "b_cut": '{"cells": [', "c_list": "[]"}.items():
        folder = small.submitted / student / "conv"
        folder.mkdir(parents=True)
        (folder / "conv.ipynb").write_text(content)
    misnamed = small.submitted / "d_misnamed" / "conv"
    misnamed.mkdir(parents=True)
    for name in ("conv (1).ipynb", "conv (2).ipynb"):
        (misnamed / name).write_text("{}")
    (small.submitted / "e_file").mkdir()
    (small.submitted / "e_file" / "conv").write_text("here")
    results = grade(small)
    for student in ("a_empty", "b_cut", "c_list"):
        assert "not a Jupyter notebook" in results[f"{student}/conv"].reasons[0]
    assert "several others (conv (1).ipynb, conv (2).ipynb)" in results["d_misnamed/conv"].reasons[0]
    assert "not a folder" in results["e_file/conv"].reasons[0]
    assert [results[f"{student}/conv"].done for student in CONV_SIZE] == ["graded"] * 3
    damaged = ("a_empty", "b_cut", "c_list", "d_misnamed", "e_file")
    assert {results[f"{student}/conv"].done for student in damaged} == {"malformed"}
    assert {report.scores(small)[student]["conv"] for student in damaged} == {0}
    for student in damaged:
        page = (small.feedback / student / "conv" / "conv.html").read_text()
        assert "Verdict: malformed" in page and page.count("(Score: 0.0 / ") == 7


def test_a_cell_copied_or_renamed_by_the_student_costs_nothing(small):
    path = small.submitted / "right" / "conv" / "conv.ipynb"
    notebook = read(path)
    answers = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution")]
    copy, renamed = nbformat.from_dict(answers[0]), nbformat.from_dict(answers[0])
    copy.id, renamed.id, renamed.metadata.nbgrader.grade_id = "copy", "renamed", "my_own"
    at = notebook.cells.index(answers[0])
    notebook.cells[at:at] = [copy, renamed]
    nbformat.write(notebook, path)
    assert grade(small)["right/conv"].reasons == []
    assert report.scores(small)["right"]["conv"] == exercise("conv_output_size").points


def test_names_that_nbgrader_cannot_look_up_are_refused_and_a_strange_file_name_is_not(small):
    released = (small.submitted / "right" / "conv" / "conv.ipynb").read_bytes()
    for student in ("r*t", "[ab]", "new\nline", os.fsdecode(b"\xff")):
        folder = small.submitted / student / "conv"
        folder.mkdir(parents=True)
        (folder / "conv.ipynb").write_bytes(released)
    (small.submitted / "right" / "conv" / os.fsdecode(b"\xff.txt")).write_text("")
    pipe = small.submitted / "pipe" / "conv" / "conv.ipynb"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    results = grade(small)
    refused = {r.submission.student for r in results.values() if "rename the folder" in r.reason}
    assert refused == {"r*t", "[ab]", "new\nline", os.fsdecode(b"\xff")}
    assert "no notebook conv.ipynb" in results["pipe/conv"].reasons[0]
    assert results["right/conv"].done == "graded"
    assert all(reason.isprintable() for r in results.values() for reason in r.reasons)


def test_ctrl_c_ends_the_run_rather_than_refuse_the_submission_it_meets(small, monkeypatch):
    stopped = SimpleNamespace(
        generate_assignment=lambda *_, **__: {"success": True},
        autograde=lambda *_, **__: {"success": False, "log": "[ERROR] Canceled\n"},
    )
    monkeypatch.setattr(Course, "api", lambda self: stopped)
    with pytest.raises(KeyboardInterrupt):
        grade(small)


def test_grades_that_cannot_be_written_are_a_sentence_and_leave_nothing_behind(small):
    for student in ("loud", "floored"):
        (small.submitted / student / "conv" / "conv.ipynb").unlink()
    (small.submitted / os.fsdecode(b"\xff")).write_text("")
    small.grades.mkdir()
    done = run("cnnkit", "grade", "conv", "--class-dir", str(small.home), check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "cannot be written" in done.stderr
    assert not small.grades.with_suffix(".tmp").exists()


def test_strange_files_are_named_and_left_alone(small):
    (small.submitted / "notes.txt").write_text("")
    (small.submitted / ".DS_Store").write_text("")
    (small.submitted / "right" / "holiday").mkdir()
    (small.submitted / "right" / "conv" / "numpy.txt").write_text("extra")
    assert [path.name for path in batch.strays(small)] == ["notes.txt", "holiday"]
    done = run("cnnkit", "grade", "conv", "--class-dir", str(small.home), check=False)
    assert done.returncode == 0, done.stderr
    assert f"left alone: {small.submitted / 'notes.txt'}" in done.stdout
    assert re.search(r"^right +", done.stdout, re.MULTILINE)


def test_a_refused_submission_makes_the_command_exit_1_without_a_traceback(small):
    (small.submitted / "right" / "conv" / "conv.ipynb").write_text("{")
    done = run("cnnkit", "grade", "--class-dir", str(small.home), check=False)
    assert done.returncode == 1
    assert "1 of 3 submissions could not be graded" in done.stderr and "Traceback" not in done.stderr + done.stdout
    assert small.grades.exists()


# nbgrader's own commands, from the root of the course.


@pytest.fixture(scope="module")
def by_nbgrader(course_copy):
    """A course taken through nbgrader's own commands: a right answer, one that ends its Python, an empty file."""
    released, crash = ROOT / "exercises" / "conv" / "conv.ipynb", "import os\nos._exit(1)\n"
    for student, answer in {"ada": CONV_SIZE["right"], "bob": crash}.items():
        folder = course_copy / "submitted" / student / "conv"
        sample_class.hand_in({"conv_output_size": answer}, released, folder)
    (course_copy / "submitted" / "eve" / "conv").mkdir(parents=True)
    (course_copy / "submitted" / "eve" / "conv" / "conv.ipynb").write_text("")
    for step in ("generate_assignment", "autograde", "generate_feedback"):
        run("nbgrader", step, "conv", "--force", course=course_copy)
    return course_copy


def test_nbgraders_own_commands_give_the_same_marks(by_nbgrader):
    run("nbgrader", "export", course=by_nbgrader)
    with (by_nbgrader / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {"ada": exercise("conv_output_size").points, "bob": 0, "eve": 0}
    assert "HIDDEN TESTS" not in (by_nbgrader / "feedback" / "ada" / "conv" / "conv.html").read_text()


def test_nbgraders_own_commands_give_every_submission_its_verdict(by_nbgrader):
    for student, verdict in {"ada": "graded", "bob": "crashed", "eve": "malformed"}.items():
        page = (by_nbgrader / "feedback" / student / "conv" / "conv.html").read_text()
        assert f"Verdict: {verdict}" in page


def test_generate_assignment_writes_the_committed_exercises(by_nbgrader):
    made, kept = by_nbgrader / "exercises" / "conv" / "conv.ipynb", ROOT / "exercises" / "conv" / "conv.ipynb"
    assert made.read_bytes() == kept.read_bytes()


def test_validate_tells_a_student_right_from_wrong(by_nbgrader):
    solved = by_nbgrader / "solutions" / "conv" / "conv.ipynb"
    assert "Success" in run("nbgrader", "validate", str(solved), course=by_nbgrader).stdout
    untouched = by_nbgrader / "exercises" / "conv" / "conv.ipynb"
    assert "FAILED" in run("nbgrader", "validate", str(untouched), course=by_nbgrader, check=False).stdout


def test_the_formgrader_shows_the_course(by_nbgrader):
    with formgrader(by_nbgrader) as get:
        ada = next(row for row in json.loads(get("/formgrader/api/submissions/conv")) if row["student"] == "ada")
        assert ada["score"] == exercise("conv_output_size").points and ada["autograded"]
        assert b"nbgrader formgrade" in get("/formgrader/manage_assignments")


@contextmanager
def formgrader(course):
    """A Jupyter server in `course` with nbgrader's formgrader; gives a function that fetches a path from it."""
    port, token = free_port(), "for-this-test"
    options = {
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": token,
        "ServerApp.jpserver_extensions": "{'nbgrader.server_extensions.formgrader': True}",
    }
    command = [BIN / "jupyter", "server", *(f"--{name}={value}" for name, value in options.items())]
    server = subprocess.Popen(command, cwd=course, env=environment(course), stderr=subprocess.PIPE, text=True)

    def get(path, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"http://localhost:{port}{path}?token={token}") as response:
                    return response.read()
            except urllib.error.HTTPError:
                raise
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.3)

    try:
        yield get
    finally:
        server.terminate()
        server.communicate(timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def test_an_answer_to_a_cell_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CourseError, match="no answer cell 'conv3d'"):
        sample_class.hand_in({"conv3d": ""}, ROOT / "exercises" / "conv" / "conv.ipynb", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_handing_in_fills_only_the_cells_answered(tmp_path):
    released = ROOT / "exercises" / "conv" / "conv.ipynb"
    handed = read(sample_class.hand_in({"conv_output_size": "x = 1"}, released, tmp_path))
    changed = [a.source for a, b in zip(handed.cells, read(released).cells, strict=True) if a.source != b.source]
    assert changed == ["x = 1"]
    nbformat.validate(handed)
