"""The exercises of the `pool` assignment: what they cost, what they accept, what they call by name."""

import time

import numpy as np
import pytest
from answered import handed_in, named, total

from cnnkit.checks import check
from cnnkit.checks.catalogue import exercise
from cnnkit.checks.diagnosis import diagnose
from cnnkit.checks.pool import EXERCISES, HAND
from cnnkit.grading import grade
from cnnkit.layers import fast, naive

NAMES = [e.name for e in EXERCISES]
MISTAKES = [(e.name, i) for e in EXERCISES for i in range(len(e.misconceptions))]


# --- points, cases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_is_right_on_every_drawn_case(name):
    asked = exercise(name)
    assert total(name, asked.reference) == asked.points
    assert all(total(name, asked.reference, seed) == asked.points for seed in range(10))


def test_hidden_cases_sweep_what_they_should():
    drawn = [
        case
        for seed in range(5)
        for g in exercise("max_pool2d").groups
        if g.name != "does not fit"
        for case in g.hidden(np.random.default_rng(seed))
    ]
    shapes_ = [case.args[0].shape for case in drawn]
    settings = [(case.args[1], case.kwargs.get("stride")) for case in drawn]
    assert any(n == 1 for n, *_ in shapes_) and any(c == 1 for _, c, *_ in shapes_)
    assert any(h != w for *_, h, w in shapes_)
    assert {case.args[0].dtype for case in drawn} == {np.dtype("f4"), np.dtype("f8")}
    assert any((case.args[0] < 0).all() for case in drawn)
    whole = [(f, s) for f, s in settings if isinstance(f, int) and isinstance(s, int)]
    assert any(s > f for f, s in whole) and any(s < f for f, s in whole) and any(s is None for _, s in settings)
    assert any(isinstance(f, tuple) for f, _ in settings) and any(isinstance(s, tuple) for _, s in settings)
    tied = exercise("max_pool2d_backward").groups[2].hidden(np.random.default_rng(0))
    assert all(len(np.unique(case.args[1])) <= 3 for case in tied)


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, number", MISTAKES)
def test_every_mistake_is_called_by_its_own_name_only_and_costs_points(name, number):
    asked = exercise(name)
    mistake = asked.misconceptions[number]
    assert [m.says for m in diagnose(asked, mistake.answer)] == [mistake.says]
    assert total(name, mistake.answer) < asked.points
    assert total(name, mistake.answer, seed=number) < asked.points


def max_from_zero_that_rounds(x, size, stride=None):
    """Two mistakes on two sides: the values, and what does not fit."""
    stride = size if stride is None else stride
    (h, w), (down, right) = (v if isinstance(v, tuple) else (v, v) for v in (size, stride))
    rows, columns = (x.shape[2] - h) // down + 1, (x.shape[3] - w) // right + 1
    out = np.zeros((*x.shape[:2], rows, columns))
    for n, c, i, j, p, q in np.ndindex(*out.shape, h, w):
        out[n, c, i, j] = max(out[n, c, i, j], x[n, c, i * down + p, j * right + q])
    return out


def last_of_a_tie(dout, x, size, stride=None):
    """A loop with >= in place of >."""
    stride = size if stride is None else stride
    (h, w), (down, right) = (v if isinstance(v, tuple) else (v, v) for v in (size, stride))
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        best = -np.inf
        for p, q in np.ndindex(h, w):
            if x[n, c, i * down + p, j * right + q] >= best:
                best, place = x[n, c, i * down + p, j * right + q], (n, c, i * down + p, j * right + q)
        dx[place] += dout[n, c, i, j]
    return dx


def assigned_not_added(dout, x, size, stride=None):
    stride = size if stride is None else stride
    (h, w), (down, right) = (v if isinstance(v, tuple) else (v, v) for v in (size, stride))
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i * down : i * down + h, j * right : j * right + w]
        p, q = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i * down + p, j * right + q] = dout[n, c, i, j]
    return dx


@pytest.mark.parametrize(
    "name, answer, words",
    [
        ("pool_output_size", lambda n, size, stride=None: int((n - size) / (stride or size) + 1), {"rounded down"}),
        ("pool_output_size", lambda n, f, stride=None: len(range(0, n - f + 1, stride or f)), {"rounded down"}),
        ("max_pool2d", lambda *a, **k: fast.max_pool2d(*a, **k).astype(int), {"digits after the point"}),
        ("max_pool2d", max_from_zero_that_rounds, {"starts from 0", "pixels are dropped"}),
        ("max_pool2d_backward", last_of_a_tie, {"to the last maximum"}),
        ("max_pool2d_backward", assigned_not_added, {"overwrite"}),
        ("max_pool2d_backward", fast.avg_pool2d_backward, {"as average pooling does"}),
        ("avg_pool2d_backward", fast.max_pool2d_backward, {"as in max pooling"}),
        ("avg_pool2d", fast.max_pool2d, {"the largest number of each window"}),
        ("max_pool2d", lambda x, size, stride=None: fast.max_pool2d(x, size), {"always lie side by side"}),
        ("sizes_after", lambda n, layers: [n, *(n - f + 1 for f, _ in layers)], set()),
    ],
)
def test_mistakes_as_students_write_them(name, answer, words):
    said = named(name, answer)
    assert len(said) == len(words) and all(any(word in s for s in said) for word in words), said
    assert total(name, answer) < exercise(name).points


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda right: lambda *a, **k: np.multiply(right(*a, **k), 1.5),
        lambda right: lambda *a, **k: np.zeros_like(right(*a, **k)),
        lambda right: lambda *a, **k: np.random.default_rng(0).permutation(np.ravel(right(*a, **k))),
        lambda right: lambda *a, **k: 1 / 0,
        lambda right: lambda *a, **k: [].pop(),
        lambda right: lambda *a, **k: "7",
    ],
    ids=["scaled", "zeros", "shuffled", "divides by zero", "index error", "text"],
)
def test_no_name_is_given_to_other_mistakes(name, spoil):
    answer = spoil(exercise(name).reference)
    assert named(name, answer) == set()
    assert total(name, answer) < exercise(name).points


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_return_is_not_taken_for_a_wrong_refusal(name):
    said = named(name, lambda *args, **kwargs: None)
    assert all("Nothing comes back" in s for s in said), said


@pytest.mark.parametrize("name", [e.name for e in EXERCISES if any(g.name == "does not fit" for g in e.groups)])
def test_a_constant_is_not_taken_for_a_wrong_refusal(name):
    assert named(name, lambda *args, **kwargs: 0) == {"0 comes back, on any input."}


def test_a_size_that_is_a_float_costs_points():
    def floats(n, layers):
        return [float(size) for size in exercise("sizes_after").reference(n, layers)]

    assert total("sizes_after", floats) == 2 and not named("sizes_after", floats)
    assert total("sizes_after", lambda n, layers: np.array(exercise("sizes_after").reference(n, layers))) == 8


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_always_refuses_is_not_named(name):
    def refuses(*args, **kwargs):
        raise ValueError("no")

    assert named(name, refuses) == set() and total(name, refuses) == 0


# --- right answers ---------------------------------------------------------------------------------------------------


STYLES = {
    "solution": lambda name: handed_in("pool", "solution")[name],
    "nested loops": lambda name: handed_in("pool", "ada")[name],
    "strided views": lambda name: handed_in("pool", "grace")[name],
    "naive engine": lambda name: getattr(naive, name, exercise(name).reference),
    "float64 inside, with a print and a warning": lambda name: noisy(exercise(name).reference),
    "Fortran order": lambda name: with_result(exercise(name).reference, np.asfortranarray),
    "nested lists": lambda name: with_result(exercise(name).reference, np.ndarray.tolist),
}


def with_result(answer, change):
    def changed(*args, **kwargs):
        result = answer(*args, **kwargs)
        return change(result) if isinstance(result, np.ndarray) else result

    return changed


def noisy(answer):
    import warnings

    def loud(*args, **kwargs):
        print("here we are")
        warnings.warn("is this right?", stacklevel=1)
        wide = [a.astype(np.float64) if isinstance(a, np.ndarray) else a for a in args]
        return answer(*wide, **kwargs)

    return loud


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_every_style_earn_all(style, name):
    answer = STYLES[style](name)
    assert total(name, answer) == exercise(name).points
    assert all(total(name, answer, seed) == exercise(name).points for seed in range(2))


def test_a_right_answer_may_spoil_its_inputs():
    def spoils(x, size, stride=None):
        out = fast.max_pool2d(x, size, stride)
        x[...] = 0
        return out

    assert total("max_pool2d", spoils) == 26


# --- the sample class, the lab sheet ---------------------------------------------------------------------------------


def marks_of(student, capsys):
    space = handed_in("pool", student)
    earned = {name: grade(name, space[name]) if name in space else 0.0 for name in NAMES}
    capsys.readouterr()
    return earned


def test_the_sample_class_earns_what_it_should(capsys):
    assert sum(marks_of("ada", capsys).values()) == sum(marks_of("grace", capsys).values()) == 100
    alan = marks_of("alan", capsys)
    assert alan["pool_output_size"] == 10 and 15 <= alan["max_pool2d"] < 26 and alan["avg_pool2d"] == 0
    barbara = marks_of("barbara", capsys)
    assert 40 <= sum(barbara.values()) <= 75
    assert all(0 < barbara[name] < exercise(name).points for name in NAMES if name != "avg_pool2d_backward")
    assert sum(marks_of("edsger", capsys).values()) == 0


def test_barbara_reads_what_she_did(capsys):
    space = handed_in("pool", "barbara")
    check("max_pool2d", space["max_pool2d"])
    said = " ".join(capsys.readouterr().out.split())
    assert "starts from 0" in said and "pixels are dropped" in said and "pool.html#pool-max" in said
    assert named("max_pool2d_backward", space["max_pool2d_backward"]) == {
        "A tie gives the gradient to every maximum; only the first one in row order gets it."
    }
    assert named("avg_pool2d_backward", space["avg_pool2d_backward"]) == {
        "The gradient is not divided by the number of pixels in the window."
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_check_with_nested_loops_answers_in_two_seconds(name, capsys):
    answer = handed_in("pool", "ada")[name]
    start = time.perf_counter()
    check(name, answer)
    grade(name, answer)
    assert time.perf_counter() - start < 2
    wrong = handed_in("pool", "barbara")[name]
    start = time.perf_counter()
    check(name, wrong)
    assert time.perf_counter() - start < 2
    capsys.readouterr()


def test_a_broken_size_does_not_cost_the_backward_functions():
    space = handed_in("pool", "ada")
    space["pool_output_size"].__globals__["pool_output_size"] = lambda *a: 1 / 0
    assert total("max_pool2d_backward", space["max_pool2d_backward"]) == 24
    assert total("avg_pool2d_backward", space["avg_pool2d_backward"]) == 18


def test_the_sums_by_hand_in_the_lab_sheet():
    assert fast.max_pool2d(HAND, 2).tolist() == [[[[4, 5], [6, 7]]]]
    assert fast.max_pool2d(HAND, 3, 1).tolist() == [[[[7, 7], [7, 7]]]]
    assert fast.avg_pool2d(HAND, 2).tolist() == [[[[2.5, 2], [2.25, 3.75]]]]
    dout = np.array([[[[10.0, 20], [30, 40]]]])
    assert fast.max_pool2d_backward(dout, HAND, 2)[0, 0].tolist() == [
        [0, 0, 0, 0], [10, 0, 0, 20], [0, 0, 40, 0], [30, 0, 0, 0],
    ]  # fmt: skip
    row = np.array([[[[1.0, 5, 2]]]])
    assert fast.max_pool2d_backward(np.array([[[[10.0, 20]]]]), row, (1, 2), 1).tolist() == [[[[0, 30, 0]]]]
    sizes = exercise("sizes_after").reference
    assert sizes(32, [(5, 1), (5, 1)]) == [32, 28, 24]
    assert sizes(32, [(5, 1), (2, 2)] * 2) == [32, 28, 14, 10, 5]
    size = exercise("pool_output_size").reference
    assert (size(24, 2), size(27, 3, 2), size(7, 3, 1), size(7, 3, 2)) == (12, 13, 5, 3)
