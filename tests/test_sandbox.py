"""The sandbox from outside: it fails closed, it leaves nothing behind, and going without it is shouted."""

import os
import subprocess

import pytest
import sample_class
from commands import ROOT, run

from cnnkit.errors import CourseError
from cnnkit.grading import batch, limits, report, sandbox
from cnnkit.grading.course import Course
from cnnkit.grading.limits import ControlGroup, Limits

ANSWER = {"conv_output_size": "def conv_output_size(n, f, stride=1, padding=0):\n    import os\n    return os.getpid()"}


@pytest.fixture
def one(tmp_path):
    released = ROOT / "exercises" / "conv" / "conv.ipynb"
    sample_class.hand_in(ANSWER, released, tmp_path / "submitted" / "ada" / "conv")
    return tmp_path


@pytest.fixture
def without_bubblewrap(monkeypatch, tmp_path):
    """A PATH on which everything is found but bubblewrap."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "git", "env"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(programs))
    sandbox.check_available.cache_clear()
    yield
    sandbox.check_available.cache_clear()


def test_without_a_sandbox_nothing_is_graded_and_one_sentence_says_so(one, without_bubblewrap):
    done = run("cnnkit", "grade", "--class-dir", str(one), check=False)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "there is no sandbox: install bubblewrap" in done.stderr
    assert not (one / "autograded").exists()


def test_a_sandbox_that_is_refused_is_a_sentence_with_bubblewraps_own_reason(monkeypatch, tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    sandbox.check_available.cache_clear()
    with pytest.raises(sandbox.Unavailable, match="setting up uid map: Permission denied"):
        sandbox.check_available()
    sandbox.check_available.cache_clear()


def test_no_sandbox_grades_and_shouts(one, without_bubblewrap):
    done = run("cnnkit", "grade", "--no-sandbox", "--class-dir", str(one))
    assert "NO SANDBOX" in done.stderr and "YOUR rights" in done.stderr
    assert report.scores(Course(one))["ada"] == {"conv": 0}


def test_without_a_control_group_root_is_told_to_be_someone_else(monkeypatch):
    monkeypatch.setattr(limits.os, "geteuid", lambda: 0)
    with pytest.raises(CourseError, match="grade as an ordinary user"):
        limits.check_processes_can_be_limited()
    monkeypatch.setattr(limits.os, "geteuid", lambda: 1000)
    limits.check_processes_can_be_limited()


def test_nothing_is_left_when_a_sandbox_stops():
    opened = sandbox.Sandbox("conv", (), Limits(), {}, shut=True)
    folders = opened.group.folders if opened.group else ()
    opened.channel.send({"do": "run", "source": "import subprocess\nsubprocess.Popen(['sleep', '987654'])"})
    opened.channel.receive(20)
    opened.stop()
    assert not [folder for folder in folders if folder.exists()]
    assert "987654" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout


def test_the_second_version_of_control_groups_has_one_folder_for_all(monkeypatch, tmp_path):
    """Its files, without a kernel behind them."""
    monkeypatch.setattr(limits, "CGROUPS", tmp_path)
    (tmp_path / "cgroup.controllers").write_text("memory pids")
    group = ControlGroup.create("one", Limits(memory=123, processes=7))
    written = {file.name: file.read_text() for file in (tmp_path / "one").iterdir()}
    assert written == {"memory.max": "123", "memory.swap.max": "0", "pids.max": "7"}
    (tmp_path / "one" / "memory.events").write_text("low 0\noom 1\noom_kill 0\n")
    assert not group.ran_out_of_memory
    (tmp_path / "one" / "memory.events").write_text("low 0\noom 1\noom_kill 2\n")
    assert group.ran_out_of_memory
    done = subprocess.run([*group.joining, "echo", "in it"], capture_output=True, text=True)
    assert done.stdout == "in it\n" and (tmp_path / "one" / "cgroup.procs").read_text().strip().isdigit()


def test_a_control_group_that_cannot_be_had_is_none(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "CGROUPS", tmp_path / "nowhere")
    assert ControlGroup.create("x", Limits()) is None


def test_a_run_is_repeated_with_its_seed(one, monkeypatch):
    course = Course(one)
    found = batch.submissions(course, ["conv"])
    first = next(batch.grade_all(course, found))
    again = next(batch.grade_all(course, found, force=True))
    assert first.verdict.seed != again.verdict.seed
    run("cnnkit", "grade", "--class-dir", str(one), "--force", "--seed", str(first.verdict.seed))
    assert str(first.verdict.seed) in course.verdicts.read_text()


def test_the_student_is_another_process_in_a_namespace_of_its_own(one):
    course = Course(one)
    list(batch.grade_all(course, batch.submissions(course, ["conv"])))
    page = (course.feedback / "ada" / "conv" / "conv.html").read_text()
    assert "the result is" in page and f"the result is {os.getpid()}" not in page
