"""The exercises of the `gpu` assignment: what they cost, what they accept, what they call by name."""

import time

import numpy as np
import pytest
import torch
from sample_class import ANSWERS, answers

from cnnkit.checks import check, gpu
from cnnkit.checks.diagnosis import diagnose
from cnnkit.checks.verdict import outcome, public_cases
from cnnkit.grading import grade
from cnnkit.notebooks import ROOT, read

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


# The notebook and the sample class.

NOTEBOOK = ROOT / "solutions" / "gpu" / "gpu.ipynb"


def code_cells():
    """grade_id -> source of the notebook's answer cells; "" -> the imports and helpers they build on."""
    code = [cell for cell in read(NOTEBOOK).cells if cell.cell_type == "code"]
    solved = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in code
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    return {"": code[0].source, **solved}


def functions(given=None):
    """The names that the notebook defines, with the cells in `given` put in place of the solution's."""
    cells = code_cells()
    names = {}
    for source in [cells[""], *(cells if given is None else given).values()]:
        exec(source, names)
    return names


def test_the_notebook_asks_for_these_exercises_and_these_points():
    graded = [c for c in read(NOTEBOOK).cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in graded} == {
        "test_" + e.name.replace(".", "_"): e.points for e in gpu.EXERCISES
    }
    for cell, asked in zip(graded, gpu.EXERCISES, strict=True):
        assert cell.source.startswith(f'check("{asked.name}", {asked.name[4:]})\n')


def test_the_solution_borrows_no_layer():
    text = "".join(code_cells().values())
    assert not [name for name in ("torch.nn", "functional", "torch.conv", "F.") if name in text]


@pytest.mark.parametrize("asked", gpu.EXERCISES, ids=lambda e: e.name)
def test_the_solution_earns_all_points(asked, capsys):
    solved = functions()[asked.name[4:]]
    assert check(asked.name, solved) == asked.points
    assert grade(asked.name, solved) == asked.points
    assert "Note" not in capsys.readouterr().out


@pytest.mark.parametrize("student", ["ada", "grace"])
def test_right_answers_in_other_styles_earn_all_points(student):
    names = functions(answers(ANSWERS / student / "gpu.py"))
    assert sum(grade(e.name, names[e.name[4:]]) for e in gpu.EXERCISES) == 100


def test_plain_loops_are_checked_in_two_seconds():
    """ada writes loops over filters, places and windows; a check takes her a tenth of a second."""
    names = functions(answers(ANSWERS / "ada" / "gpu.py"))
    for asked in gpu.EXERCISES:
        start = time.perf_counter()
        check(asked.name, names[asked.name[4:]])
        assert time.perf_counter() - start < 2, asked.name


def test_half_done_earns_the_half_that_is_done():
    given = answers(ANSWERS / "alan" / "gpu.py")
    assert list(given) == ["zero_pad", "im2col", "conv2d"]
    names = functions(given)
    assert [grade(f"gpu.{name}", names[name]) for name in given] == [6, 18, 18]


def test_plausible_mistakes_are_named_and_cost_what_they_spoil():
    names = functions(answers(ANSWERS / "barbara" / "gpu.py"))
    expected = {
        "zero_pad": (3, ["swapped in the padding"]),
        "im2col": (16, ["pixels are dropped"]),
        "conv2d": (13, ["swapped in the padding", "pixels are dropped"]),
        "col2im": (4, ["overwrites"]),
        "conv2d_backward": (6, ["overwrites", "dw is averaged"]),
        "max_pool2d": (5, ["over all channels at once"]),
        "train_step": (0, ["a sum over the images"]),
    }
    for asked in gpu.EXERCISES:
        answer = names[asked.name[4:]]
        points, said = expected[asked.name[4:]]
        named = [m.says for m in diagnose(asked, answer)]
        assert grade(asked.name, answer) == points, asked.name
        assert len(named) == len(said), named
        assert all(any(words in says for says in named) for words in said), named


def test_nothing_says_on_which_device_it_ran(capsys):
    """The marks of a class must not differ by the machine they were made on."""
    for asked in gpu.EXERCISES:
        check(asked.name, functions()[asked.name[4:]])
    out = capsys.readouterr().out.lower()
    assert "cuda" not in out
    assert "cpu" not in out
