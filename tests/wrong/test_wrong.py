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
def test_it_loses_points_and_is_not_misnamed(bench, scored, place):
    assignment, answer = ANSWERS[place]
    scored[place] = result = bench.score(assignment, answer)
    assert result.hidden < exercise(answer.exercise).points
    misnamed = [says for says in result.named if not says.startswith(answer.names or "-")]
    assert misnamed == []


def test_at_least_nine_in_ten_are_named(scored):
    named = [all(any(says.startswith(name) for says in scored[place].named) for name in answer.names)
             for place, (_, answer) in enumerate(ANSWERS) if answer.names]  # fmt: skip
    assert len(ANSWERS) >= 80 and len(named) == sum(bool(answer.names) for _, answer in ANSWERS)
    assert sum(named) >= 0.9 * len(ANSWERS)
    assert all(named), "a mistake is no longer named"
