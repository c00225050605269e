"""The exercises of the `pool` assignment: what they cost, what they accept, what they call by name."""

import numpy as np
import pytest

from cnnkit import shapes
from cnnkit.checks.catalogue import exercise
from cnnkit.checks.pool import EXERCISES
from cnnkit.checks.run import check, complain, diagnose, outcome, public_cases
from cnnkit.grading import grade
from cnnkit.layers import naive

BY_NAME = {e.name: e for e in EXERCISES}
MISTAKES = [(e.name, i) for e in EXERCISES for i in range(len(e.misconceptions))]


def points(asked, answer, seed=None):
    """What `answer` earns on the public cases, or on the hidden ones drawn with `seed`."""
    return sum(
        outcome(asked, g, answer, public_cases(g) if seed is None else g.hidden(np.random.default_rng(seed))).points
        for g in asked.groups
    )


def test_points_add_up_to_100():
    assert {e.name: e.points for e in EXERCISES} == {
        "pool_output_size": 10, "sizes_after": 8, "max_pool2d": 26, "max_pool2d_backward": 24, "avg_pool2d": 14,
        "avg_pool2d_backward": 18,
    }  # fmt: skip
    assert sum(e.points for e in EXERCISES) == 100


@pytest.mark.parametrize("name, number", MISTAKES)
def test_every_mistake_is_called_by_its_own_name_and_costs_points(name, number):
    asked = BY_NAME[name]
    mistake = asked.misconceptions[number]
    assert {m.says for m in diagnose(asked, mistake.answer)} == {mistake.says}
    assert points(asked, mistake.answer) < asked.points


@pytest.mark.parametrize("name, number", MISTAKES)
def test_every_mistake_costs_points_on_hidden_cases_too(name, number):
    asked = BY_NAME[name]
    assert all(points(asked, asked.misconceptions[number].answer, seed) < asked.points for seed in range(3))
