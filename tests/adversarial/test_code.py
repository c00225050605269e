"""Hostile and broken code, handed in by a class of its own: nobody gains a point, nobody stops the others."""

import ast
import html
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from commands import ROOT

from cnnkit.checks.catalogue import exercise
from cnnkit.checks.verdict import public_cases, right_answer
from cnnkit.grading import batch, report
from cnnkit.grading.course import Course
from cnnkit.grading.hidden import fresh_seed
from cnnkit.notebooks import read

RIGHT = """def conv_output_size(n, f, stride=1, padding=0):
    out, rest = divmod(n + 2 * padding - f, stride)
    if rest or out < 0:
        raise ValueError("does not fit")
    return out + 1"""
LIMITS = {"cell_seconds": 4.0, "call_seconds": 2.0, "submission_seconds": 60.0, "memory": 1 << 30, "processes": 64}


@dataclass(frozen=True)
class Attack:
    name: str
    source: str

    def said(self, word: str) -> str | None:
        found = re.search(rf"\b{word}: (.*?)(?:   |$)", self.source, re.MULTILINE)
        return found and found[1].strip()

    @property
    def student(self) -> str:
        return re.sub(r"\W+", "_", self.name)


SECTIONS = re.split(r"^# %% ", (Path(__file__).parent / "code.py").read_text(), flags=re.MULTILINE)[1:]
ATTACKS = [Attack(*section.split("\n", 1)) for section in SECTIONS]


def hand_in(attack: Attack, folder: Path) -> None:
    """The released notebook with the attack in its answer, or in a cell above, below or around a right one."""
    notebook = read(ROOT / "exercises" / "conv" / "conv.ipynb")
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    at = names.index("conv_output_size")
    where = attack.said("cell")
    notebook.cells[at].source = attack.source if where == "answer" else RIGHT
    if where == "around":
        above, below = attack.source.split("# ---\n")
        notebook.cells.insert(at + 2, nbformat.v4.new_code_cell(below))
        notebook.cells.insert(at + 1, nbformat.v4.new_code_cell(above))
    elif where != "answer":
        source = attack.source + "#" * 9_000_000 if where == "long" else attack.source
        make = nbformat.v4.new_markdown_cell if where == "markdown" else nbformat.v4.new_code_cell
        notebook.cells.insert(at + 2 if where == "after" else at, make(source))
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "conv.ipynb")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(result, score, text of the feedback page, the page) by student, the attackers between two honest ones."""
    course = Course(tmp_path_factory.mktemp("attackers"), limits=LIMITS)
    for attack in ATTACKS:
        hand_in(attack, course.submitted / attack.student / "conv")
    for honest in ("00_first", "zz_last"):
        hand_in(Attack(honest, "# cell: before\n"), course.submitted / honest / "conv")
    results = {r.submission.student: r for r in batch.grade_all(course, batch.submissions(course, ["conv"]))}
    scores = {student: row["conv"] for student, row in report.scores(course).items()}
    pages = {student: (course.feedback / student / "conv" / "conv.html").read_text() for student in results}
    return {s: (result, scores[s], outputs(pages[s]), pages[s]) for s, result in results.items()}


def outputs(page) -> str:
    """The text of a page without the cells, which show what was handed in as it was."""
    return html.unescape(
        re.sub("<[^>]*>", "", re.sub(r'<div class="[^"]*input_area.*?</pre>', "", page, flags=re.DOTALL))
    )


def test_there_are_enough_of_them():
    assert len(ATTACKS) >= 60 and len({attack.student for attack in ATTACKS}) == len(ATTACKS)


def test_the_honest_ones_are_graded_as_ever(graded):
    assert {graded[honest][0].done for honest in ("00_first", "zz_last")} == {"graded"}
    assert {graded[honest][1] for honest in ("00_first", "zz_last")} == {10}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.student)
def test_the_attack_gains_nothing(graded, attack, record_property):
    result, score, told, _ = graded[attack.student]
    record_property("verdict", result.done)
    assert score == float(attack.said("earns"))
    assert result.done in attack.said("verdict").split("|"), result.reasons
    assert (result.done == "graded") == (result.reasons == [])
    assert f"Verdict: {result.done}" in told
    if hidden := attack.said("hidden"):
        assert hidden not in told
    if shown := attack.said("shown"):
        assert shown in told


def test_no_script_of_a_student_reaches_a_page(graded):
    active = re.compile(r"<script[^>]*>[^<]*STOLEN|<[^>]*(onerror=|javascript:)", re.IGNORECASE)
    assert not [student for student, (_, _, _, raw) in graded.items() if active.search(raw)]


def test_a_seed_is_new_for_each_submission_and_can_be_given(monkeypatch):
    assert len({fresh_seed() for _ in range(100)}) == 100
    monkeypatch.setenv("CNNKIT_SEED", "7")
    assert fresh_seed() == 7


def test_the_public_cases_that_attacks_know_are_those_there_are():
    asked = exercise("conv_output_size")
    calls = [case for group in asked.groups for case in public_cases(group)]
    known = {(*c.args, c.kwargs.get("stride", 1), c.kwargs.get("padding", 0)) for c in calls}
    refused = {
        (*c.args, c.kwargs.get("stride", 1), c.kwargs.get("padding", 0)) for c in calls if right_answer(asked, c).error
    }
    for attack in ATTACKS:
        if told := re.search(r"PUBLIC = (\{.*?\})", attack.source, re.DOTALL):
            assert ast.literal_eval(told[1]) in (known, refused), f"{attack.name}: the public cases are {sorted(known)}"
