"""Wrong answers as students write them: every one loses points, most are called by their name, none by another's."""

import pytest
from answer_files import Bench, written

from cnnkit.checks.catalogue import exercise

ANSWERS = written("wrong")


@pytest.fixture(scope="module")
def bench():
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def scored(bench):
    """Each answer is scored once, when it is first asked for."""
    return {}


@pytest.mark.parametrize("place", range(len(ANSWERS)), ids=[answer.id for _, answer in ANSWERS])
def test_it_loses_points_and_is_not_misnamed(bench, scored, place, record_property):
    assignment, answer = ANSWERS[place]
    scored[place] = result = bench.score(assignment, answer)
    record_property("assignment", assignment)
    record_property("named", is_named(answer, result))
    assert result.hidden < exercise(answer.exercise).points
    misnamed = [says for says in result.named if not says.startswith(answer.names or "-")]
    assert misnamed == []


def test_at_least_nine_in_ten_are_named(scored):
    assert len(ANSWERS) >= 80 and len(scored) == len(ANSWERS)
    unnamed = [answer.id for place, (_, answer) in enumerate(ANSWERS) if not is_named(answer, scored[place])]
    assert len(unnamed) <= 0.1 * len(ANSWERS)
    assert sorted(unnamed) == sorted(answer.id for _, answer in ANSWERS if not answer.names)


def is_named(answer, result) -> bool:
    """Whether everything was said that should be, and something should."""
    return bool(answer.names) and all(any(s.startswith(name) for s in result.named) for name in answer.names)
