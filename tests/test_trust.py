"""The figures of the page on trust belong to the answers and attacks that are there: else, `make trust`."""

import json
import re

import pytest
from answer_files import written
from commands import ROOT

MEASURED = json.loads((ROOT / "book" / "trust.json").read_text())
AGAIN = "measured before the last change: run `make trust`"


@pytest.mark.parametrize(
    "kind, file, mark", [("hostile", "code.py", r"^# %% "), ("damaged", "test_damaged.py", r"^@hand_in")]
)
def test_the_attacks_counted_are_those_that_there_are(kind, file, mark):
    there = len(re.findall(mark, (ROOT / "tests" / "adversarial" / file).read_text(), re.MULTILINE))
    assert MEASURED[kind]["hand-ins"] == there == sum(MEASURED[kind]["verdicts"].values()), AGAIN


@pytest.mark.parametrize("folder", ["wrong", "right"])
def test_the_answers_counted_are_those_that_there_are(folder):
    for name, row in MEASURED[folder].items():
        own = [answer for assignment, answer in written(folder) if assignment == name]
        assert row == {"answers": len(own), "named": sum(bool(answer.names) for answer in own)}, AGAIN


def test_the_judge_adds_less_than_fifteen_percent():
    assert all(row["ratio"] < 1.15 for row in MEASURED["cost"].values())
