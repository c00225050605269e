"""Right answers in every style that students write: all of them get all points."""

import pytest
from answer_files import Bench, written

from cnnkit.checks.catalogue import exercise

ANSWERS = written("right")


@pytest.fixture(scope="module")
def bench():
    bench = Bench()
    yield bench
    bench.close()


def test_there_are_enough_of_them():
    assert len(ANSWERS) >= 30


@pytest.mark.parametrize("assignment, answer", ANSWERS, ids=[answer.id for _, answer in ANSWERS])
def test_it_gets_every_point(bench, assignment, answer, record_property):
    record_property("assignment", assignment)
    result = bench.score(assignment, answer)
    assert result.public == result.hidden == exercise(answer.exercise).points
