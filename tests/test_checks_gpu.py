"""The exercises of the `gpu` assignment: what they cost, what they accept, what they call by name."""

import numpy as np
import pytest
import torch

from cnnkit.checks import gpu
from cnnkit.checks.run import diagnose, outcome, public_cases

EXERCISES = {e.name: e for e in gpu.EXERCISES}
MISTAKES = [(e.name, i) for e in gpu.EXERCISES for i in range(len(e.misconceptions))]


def in_torch(function):
    """A function of arrays as the function of tensors that a student would have written."""

    def to_array(value):
        return value.cpu().numpy() if isinstance(value, torch.Tensor) else value

    def to_tensor(value):
        if isinstance(value, tuple):
            return tuple(to_tensor(item) for item in value)
        return torch.from_numpy(np.array(value))

    def answer(*args, **kwargs):
        return to_tensor(function(*map(to_array, args), **kwargs))

    return answer


def points(asked, answer, seed=None):
    """What `answer` earns on the public cases, or on the hidden ones drawn with `seed`."""
    return sum(
        outcome(asked, g, answer, public_cases(g) if seed is None else g.hidden(np.random.default_rng(seed))).points
        for g in asked.groups
    )


def test_points_add_up_to_100():
    assert [(e.name, e.points) for e in gpu.EXERCISES] == [
        ("gpu.zero_pad", 6),
        ("gpu.im2col", 18),
        ("gpu.conv2d", 18),
        ("gpu.col2im", 16),
        ("gpu.conv2d_backward", 16),
        ("gpu.max_pool2d", 10),
        ("gpu.train_step", 16),
    ]
    assert sum(e.points for e in gpu.EXERCISES) == 100


@pytest.mark.parametrize(("name", "number"), MISTAKES)
def test_every_mistake_is_called_by_its_own_name_and_costs_points(name, number):
    asked = EXERCISES[name]
    mistake = asked.misconceptions[number]
    answer = in_torch(mistake.answer)
    assert {m.says for m in diagnose(asked, answer)} == {mistake.says}
    assert points(asked, answer) < asked.points
    assert all(points(asked, answer, seed) < asked.points for seed in range(3))


@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_earns_all_points(name):
    asked = EXERCISES[name]
    answer = in_torch(asked.reference)
    assert points(asked, answer) == asked.points
    assert all(points(asked, answer, seed) == asked.points for seed in range(20))
