"""The exercises of the `fc` assignment: what they cost, what they accept, what they call by name."""

import math
import time
import warnings

import numpy as np
import pytest
from answered import handed_in, named, total

from cnnkit.checks import check, fc
from cnnkit.checks.catalogue import exercise
from cnnkit.checks.diagnosis import diagnose
from cnnkit.checks.fc import EXERCISES
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
    def drawn(name):
        groups = exercise(name).groups
        return [case for seed in range(4) for g in groups for case in g.hidden(np.random.default_rng(seed))]

    x = [case.args[0] for case in drawn("linear")]
    assert {a.dtype for a in x} == {np.dtype("f4"), np.dtype("f8")}
    assert {a.ndim for a in x} == {2, 4} and {len(a) for a in x} >= {1, 2, 3}
    assert any(a.shape[2] != a.shape[3] for a in x if a.ndim == 4) and any(a.shape[1] == 1 for a in x)
    for name in ("softmax", "softmax_cross_entropy", "softmax_cross_entropy_backward"):
        largest = [abs(case.args[0]).max() for case in drawn(name)]
        assert max(largest) > 1000 > min(largest)
    zeros = exercise("relu_backward").groups[2].hidden(np.random.default_rng(0))
    assert all((case.args[1] == 0).any() and (case.args[0] != 0).all() for case in zeros)
    assert not any((case.args[-1] == 0).any() for g in exercise("relu_backward").groups[:2] for case in
                   g.hidden(np.random.default_rng(0)))  # fmt: skip


def test_the_checks_own_references_agree_with_the_layers():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(3, 2, 4, 5)), rng.normal(size=(6, 40)), rng.normal(size=6)
    np.testing.assert_allclose(fc.linear_as_conv(x, w, b, (4, 5))[:, :, 0, 0], fast.linear(x, w, b))
    scores, labels = rng.normal(size=(5, 7)), rng.integers(0, 7, 5)
    p = fc.softmax(scores)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    loss = -np.log(p[np.arange(5), labels]).mean()
    np.testing.assert_allclose(loss, fast.softmax_cross_entropy(scores, labels))


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, number", MISTAKES)
def test_every_mistake_is_called_by_its_own_name_only_and_costs_points(name, number):
    asked = exercise(name)
    mistake = asked.misconceptions[number]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a student's page shows no warning of ours
        assert [m.says for m in diagnose(asked, mistake.answer)] == [mistake.says]
    assert total(name, mistake.answer) < asked.points
    assert total(name, mistake.answer, seed=number) < asked.points


def backward_with_two_mistakes(dout, x, w):
    dx, dw, db = fast.linear_backward(dout, x, w)
    return dx, (x.reshape(len(x), -1).T @ dout), db / len(dout)


def softmax_with_math(scores):
    out = np.zeros_like(scores)
    for n, row in enumerate(scores):
        total = sum(math.exp(s) for s in row)
        for m, s in enumerate(row):
            out[n, m] = math.exp(s) / total
    return out


def loss_with_epsilon(scores, labels):
    p = fc.softmax(scores)
    return -np.log(np.clip(p[np.arange(len(labels)), labels], 1e-12, 1)).mean()


def loss_of_one_hot(scores, labels):
    return np.mean(-np.eye(scores.shape[1])[labels] * np.log(fc.softmax(scores) + 1e-300))


def gradient_that_subtracts_nothing(scores, labels):
    e = np.exp(scores - scores.max(1)[:, None])
    return e / e.sum(1)[:, None] / len(scores)


def slides_with_linear(x, w, b, size):
    """Right but for the bias."""
    h, wide = (size, size) if isinstance(size, int) else size
    rows, columns = x.shape[2] - h + 1, x.shape[3] - wide + 1
    out = [[fast.linear(x[:, :, i : i + h, j : j + wide], w) for j in range(columns)] for i in range(rows)]
    return np.array(out).transpose(2, 3, 0, 1)


@pytest.mark.parametrize(
    "name, answer, words",
    [
        ("stretch", lambda x: x.flatten(), {"one row"}),
        ("stretch", lambda x: np.array([a.ravel("F") for a in x]), {"Fortran"}),
        ("linear", lambda x, w, b=None: np.dot(x.reshape(len(x), -1), w) + (0 if b is None else b), {"transpose"}),
        ("linear_backward", backward_with_two_mistakes, {"dw is transposed", "db is divided by N"}),
        ("relu_backward", lambda dout, x: dout * (dout > 0), {"mask is taken from dout"}),
        ("relu_backward", lambda dout, x: dout * np.heaviside(x, 1), {"At exactly 0 the gradient passes"}),
        ("softmax", softmax_with_math, {"overflows"}),
        ("softmax", lambda s: np.exp(s) / np.exp(s).sum(), {"overflows", "whole batch add up"}),
        ("softmax", lambda s: np.exp(s - s.max(1)[:, None]) / np.exp(s - s.max(1)[:, None]).sum(), {"whole batch"}),
        ("softmax", lambda s: np.exp(s - s.max(1)[:, None]) / np.exp(s - s.max(1)[:, None]).sum(0), {"of a class"}),
        ("softmax", lambda s: np.exp(s - s.max()) / np.exp(s - s.max()).sum(axis=1)[:, None], {"0/0"}),
        ("softmax_cross_entropy", loss_with_epsilon, {"small number is added"}),
        ("softmax_cross_entropy", lambda s, y: -np.log(fc.softmax(s)[np.arange(len(y)), y]).mean(), {"rounded to 0"}),
        ("softmax_cross_entropy_backward", gradient_that_subtracts_nothing, {"not subtracted"}),
        ("linear_as_conv", slides_with_linear, {"bias is left out"}),
        ("linear_as_conv", lambda x, w, b, size: fast.linear(x, w, b), set()),
    ],
)
def test_mistakes_as_students_write_them(name, answer, words):
    said = named(name, answer)
    assert words or not said
    # A wrong denominator that overflows as well is a mistake of its own: it may stay without a name, but gets no other.
    assert all(any(word in s for word in words) for s in said), said
    assert said or name == "softmax" or not words
    assert total(name, answer) < exercise(name).points


def spoiled(name, change):
    right = exercise(name).reference

    def answer(*args, **kwargs):
        result = right(*args, **kwargs)
        return tuple(map(change, result)) if isinstance(result, tuple) else change(result)

    return answer


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "change",
    [
        lambda r: np.multiply(r, 1.5),
        lambda r: np.zeros_like(r) + 0.125,
        lambda r: np.random.default_rng(0).permutation(np.ravel(r)) + 1,
        lambda r: 1 / 0,
        lambda r: "7",
        lambda r: None,
    ],
    ids=["scaled", "constant", "shuffled", "divides by zero", "text", "nothing"],
)
def test_no_name_is_given_to_other_mistakes(name, change):
    answer = spoiled(name, change)
    assert named(name, answer) == set()
    assert total(name, answer) < exercise(name).points


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("error", [ValueError, TypeError, IndexError, OverflowError])
def test_an_answer_that_always_raises_is_not_named(name, error):
    def raises(*args, **kwargs):
        raise error("no")

    assert named(name, raises) == set() and total(name, raises) == 0


# --- right answers ---------------------------------------------------------------------------------------------------


def changed_result(name, change):
    right = exercise(name).reference

    def answer(*args, **kwargs):
        result = right(*args, **kwargs)
        if isinstance(result, tuple):
            return tuple(map(change, result))
        return change(result) if isinstance(result, np.ndarray) else result

    return answer


def wide_and_loud(name):
    right = exercise(name).reference

    def answer(*args, **kwargs):
        print("here we are")
        warnings.warn("is this right?", stacklevel=1)
        wide = (a.astype(float) if getattr(a, "dtype", np.dtype(int)).kind == "f" else a for a in args)
        return right(*wide, **kwargs)

    return answer


STYLES = {
    "solution": lambda name: handed_in("fc", "solution")[name],
    "nested loops": lambda name: handed_in("fc", "ada")[name],
    "einsum": lambda name: handed_in("fc", "grace")[name],
    "naive engine": lambda name: getattr(naive, name, exercise(name).reference),
    "float64 inside, with a print and a warning": wide_and_loud,
    "Fortran order": lambda name: changed_result(name, np.asfortranarray),
    "nested lists": lambda name: changed_result(name, np.ndarray.tolist),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("style", STYLES)
def test_right_answers_in_every_style_earn_all(style, name):
    answer = STYLES[style](name)
    assert total(name, answer) == exercise(name).points
    assert all(total(name, answer, seed) == exercise(name).points for seed in range(4))


def narrow_log_sum_exp(scores, labels):
    """The maximum is added back before the score is subtracted: the least accurate right way."""
    top = scores.max(axis=1)
    total = np.exp(scores - top[:, None]).sum(axis=1)
    return np.mean(np.log(total) + top - scores[np.arange(len(labels)), labels])


def summed_from_the_end(x, w, b=None):
    out = np.zeros((len(x), len(w)), x.dtype)
    for d in reversed(range(w.shape[1])):
        out += x.reshape(len(x), -1)[:, d, None] * w[:, d]
    return out if b is None else out + b


@pytest.mark.parametrize(
    "name, answer",
    [
        ("softmax_cross_entropy", narrow_log_sum_exp),
        ("softmax_cross_entropy", lambda s, y: np.mean(np.logaddexp.reduce(s, axis=1) - np.choose(y, s.T))),
        ("softmax", lambda s: np.exp(s - np.logaddexp.reduce(s, axis=1, keepdims=True))),
        ("softmax", lambda s: 1 / np.exp(s[:, None, :].clip(s.max(1)[:, None, None] - 80) - s[:, :, None].clip(
            s.max(1)[:, None, None] - 80)).sum(axis=2)),
        ("linear", summed_from_the_end),
        ("relu", lambda x: x * (x > 0)),
        ("linear_parameters", lambda d, m, bias=True: np.int64((d + bias) * m)),
    ],
)  # fmt: skip
def test_odd_but_right_answers_earn_all(name, answer):
    assert total(name, answer) == exercise(name).points
    assert all(total(name, answer, seed) == exercise(name).points for seed in range(10))


# --- the sample class, the lab sheet ---------------------------------------------------------------------------------


def marks_of(student, capsys):
    space = handed_in("fc", student)
    earned = {name: grade(name, space[name]) if name in space else 0.0 for name in NAMES}
    capsys.readouterr()
    return earned


def test_the_sample_class_earns_what_it_should(capsys):
    assert sum(marks_of("ada", capsys).values()) == sum(marks_of("grace", capsys).values()) == 100
    alan = marks_of("alan", capsys)
    assert alan["linear"] == 14 and alan["linear_backward"] == 18 and alan["softmax"] == 0
    barbara = marks_of("barbara", capsys)
    assert 60 <= sum(barbara.values()) <= 85
    full = {name for name in NAMES if barbara[name] == exercise(name).points}
    assert full == {"stretch", "linear", "relu"}
    assert sum(marks_of("edsger", capsys).values()) == 0


@pytest.mark.parametrize(
    "name, words",
    [
        ("linear_parameters", "biases are forgotten"),
        ("linear_backward", "Why (db): db is divided by N"),
        ("relu_backward", "mask is taken from dout"),
        ("softmax", "overflows at scores like 1000"),
        ("softmax_cross_entropy", "rounded to 0 before the logarithm"),
        ("softmax_cross_entropy_backward", "not divided by N"),
        ("linear_as_conv", "height and width swapped"),
    ],
)
def test_barbara_reads_what_she_did(name, words, capsys):
    check(name, handed_in("fc", "barbara")[name])
    said = " ".join(capsys.readouterr().out.split())
    assert words in said and said.count("Why") == 1 and "fc.html#fc-" in said


@pytest.mark.parametrize("name", NAMES)
def test_a_check_with_nested_loops_answers_in_two_seconds(name, capsys):
    for student in ("ada", "barbara"):
        answer = handed_in("fc", student)[name]
        start = time.perf_counter()
        check(name, answer)
        grade(name, answer)
        assert time.perf_counter() - start < 2
    capsys.readouterr()


def test_the_sums_by_hand_in_the_lab_sheet():
    x, w, b = np.array([[1.0, 2, 3]]), np.array([[1.0, 0, 2], [-1, 1, 0]]), np.array([0.5, -1])
    assert fast.linear(x, w, b).tolist() == [[7.5, 0]]
    dx, dw, db = fast.linear_backward(np.array([[10.0, 1]]), x, w)
    assert (dx.tolist(), dw.tolist(), db.tolist()) == ([[9, 1, 20]], [[10, 20, 30], [1, 2, 3]], [10, 1])
    gate = fast.relu_backward(np.array([5.0, -6, 7, 8]), np.array([-3, 2, -0.5, 4]))
    assert gate.tolist() == [0, -6, 0, 8]
    scores = np.log([[1.0, 2, 4]])
    np.testing.assert_allclose(fc.softmax(scores), [[1 / 7, 2 / 7, 4 / 7]])
    assert round(float(fast.softmax_cross_entropy(scores, np.array([2]))), 2) == 0.56
    assert round(float(fast.softmax_cross_entropy(scores, np.array([0]))), 2) == 1.95
    assert round(math.log(10), 2) == 2.30 and round(-math.log(1e-12)) == 28
    slope = fast.softmax_cross_entropy_backward(scores, np.array([2]))
    np.testing.assert_allclose(slope, [[1 / 7, 2 / 7, -3 / 7]])
    strip = np.array([[[[1.0, 0, 2], [0, 1, 0], [3, 0, 1]]]])
    slid = fc.linear_as_conv(strip, np.array([[1.0, 2, 3, 4]]), np.zeros(1), 2)
    assert slid.tolist() == [[[[5, 7], [11, 5]]]]
    volume = np.array([[[[3.0, 1, 4], [1, 5, 9]], [[2, 6, 5], [3, 5, 8]]]])
    row = fc.stretch(volume)[0]
    assert row.tolist() == [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8] and (row[4], row[8]) == (5, 5)
