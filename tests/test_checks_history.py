"""The exercises of the `history` assignment: what they accept, what they refuse, what they call by name."""

import re
import time

import numpy as np
import pytest
from answered import functions, hidden_points, points, said
from sample_class import ANSWERS, answers

from cnnkit.checks import history
from cnnkit.checks.diagnosis import diagnose
from cnnkit.checks.history import EXERCISES, mlp_backward, mlp_forward, momentum_step, sigmoid
from cnnkit.checks.verdict import outcome, public_cases
from cnnkit.grading import grade
from cnnkit.notebooks import ROOT, read

BY_NAME = {e.name: e for e in EXERCISES}
MISTAKES = [(e.name, i) for e in EXERCISES for i in range(len(e.misconceptions))]


def student(name: str) -> dict[str, str]:
    return answers(ANSWERS / name / "history.py")


@pytest.mark.parametrize("asked", EXERCISES, ids=lambda e: e.name)
def test_the_reference_earns_everything(asked):
    for seed in range(3 if asked.name == "train" else 40):
        assert hidden_points(asked, asked.reference, seed) == asked.points, seed
    assert sum(points(asked, asked.reference).values()) == asked.points


@pytest.mark.parametrize("name, number", MISTAKES)
def test_every_mistake_is_called_by_its_own_name_and_costs_points(name, number):
    asked = BY_NAME[name]
    mistake = asked.misconceptions[number]
    assert {m.says for m in diagnose(asked, mistake.answer)} == {mistake.says}
    assert sum(points(asked, mistake.answer).values()) < asked.points
    assert all(hidden_points(asked, mistake.answer, seed) < asked.points for seed in range(3))


@pytest.mark.parametrize("asked", EXERCISES, ids=lambda e: e.name)
def test_every_section_is_in_the_book(asked):
    sections = {asked.section, *(m.section for m in asked.misconceptions)}
    assert sections <= {f"history.html#history-{s}" for s in ("recap", "adaline", "backprop")}


# --- right answers in other styles -----------------------------------------------------------------------------------

RIGHT = {
    "lists instead of arrays": {
        "linear_scores": "[[sum(a * b for a, b in zip(row, s)) for row in W] for s in x]",
        "two_layer": "[[sum(v * max(0, sum(a * b for a, b in zip(r, s))) for v, r in zip(row, W1)) for row in W2]"
                     " for s in x]",
        "adaline_step": "[a + rate * (target - sum(p * q for p, q in zip(w, x))) * b for a, b in zip(w, x)]",
        "unit_gradient": "[o - target, [o * (1 - o) * a for a in x], [(o - target) * o * (1 - o) * a for a in x]]",
    },
    "in float64 throughout, transposed on the way": {
        "linear_scores": "(W.astype(float) @ x.astype(float).T).T",
        "two_layer": "(W2.astype(float) @ np.clip(W1.astype(float) @ x.T, 0, None)).T",
        "adaline_step": "np.asfortranarray(w.astype(float) - rate * (w.astype(float) @ x - target) * x)",
        "mlp_backward": "(lambda d: ((d @ W2 * h * (1 - h)).T @ x, (d @ W2 * h * (1 - h)).sum(0), d.T @ h, d.sum(0)))"
                        "(((o - targets) * (o - o * o)).astype(float))",
    },
    "with warnings and prints": {
        "sigmoid": "1 / (1 + np.exp(-z)) if print('z', z) is None else 0",
        "two_layer": "np.where(x @ W1.T > 0, x @ W1.T + 0 * np.log(np.abs(W1[0, 0] - W1[0, 0]) * 0 + 1), 0) @ W2.T",
    },
    "one after the other": {
        "mlp_forward": "(lambda h: (h, 1 / (1 + np.exp(-(h @ W2.T + b2)))))(1 / (1 + np.exp(-(x @ W1.T + b1))))",
        "momentum_step": "(w - rate * gradient + momentum * velocity, momentum * velocity - rate * gradient)",
        "adaline_fit": "w if epochs == 0 else adaline_fit(__import__('functools').reduce("
                       "lambda v, n: v + rate * (targets[n] - v @ x[n]) * x[n], range(len(x)), w),"
                       " x, targets, rate, epochs - 1)",
    },
}  # fmt: skip


@pytest.mark.parametrize("style, name", [(s, n) for s, answers_ in RIGHT.items() for n in answers_])
def test_right_answers_in_other_styles_earn_everything(style, name):
    asked = BY_NAME[name]
    call = asked.call(public_cases(asked.groups[0])[0])
    assert call.startswith(name)
    parameters = ", ".join(history.__dict__[name].__code__.co_varnames[: history.__dict__[name].__code__.co_argcount])
    answer = functions(f"def {name}({parameters}):\n    return {RIGHT[style][name]}")[name]
    assert points(asked, answer) == {g.name: g.points for g in asked.groups}
    assert hidden_points(asked, answer, 1) == asked.points


@pytest.mark.parametrize("who", ["ada", "grace"])
def test_the_right_ones_of_the_class_earn_everything(who):
    sources = student(who)
    found = functions("\n".join(sources.values()))
    for asked in EXERCISES:
        begin = time.perf_counter()
        assert sum(points(asked, found[asked.name]).values()) == asked.points, asked.name
        assert time.perf_counter() - begin < (20 if asked.name == "train" else 2)
        assert grade(asked.name, found[asked.name]) == asked.points


def test_the_class_has_sections_for_cells_that_exist():
    cells = read(ROOT / "solutions/history/history.ipynb").cells
    known = {c.metadata.nbgrader.grade_id for c in cells if c.metadata.get("nbgrader", {}).get("solution")}
    for who in ("ada", "grace", "alan", "barbara", "edsger"):
        assert set(student(who)) <= known
    assert set(student("ada")) == set(student("grace")) == set(student("barbara")) == known
    assert 0 < len(student("alan")) < len(known) and not student("edsger")


def test_half_a_notebook_earns_its_half():
    found = functions("\n".join(student("alan").values()))
    earned = {e.name: grade(e.name, found[e.name]) for e in EXERCISES if e.name in found}
    assert earned == {e.name: e.points for e in EXERCISES[:5]}


# --- wrong answers ---------------------------------------------------------------------------------------------------

BARBARA = {
    "linear_scores": (6, ""),
    "two_layer": (0, "applied to the scores as well"),
    "adaline_step": (0, "perceptron"),
    "adaline_fit": (0, "added up"),
    "sigmoid": (4, "infinity over infinity"),
    "unit_gradient": (4, "taken twice"),
    "mlp_forward": (8, ""),
    "mlp_backward": (8, "slope of the hidden units, h(1 - h), is missing"),
    "momentum_step": (6, ""),
    "train": (0, ""),
}


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_barbara_is_told_what_she_got_wrong():
    found = functions("\n".join(student("barbara").values()))
    for name, (earned, words) in BARBARA.items():
        assert grade(name, found[name]) == earned, name
        told = said(BY_NAME[name], found[name])
        assert words in told and bool(words) == bool(told), (name, told)


# Ada's loops with one thing changed, (exercise, what she wrote, what stands there instead, a word of the diagnosis).
# An empty word: no name is known for this mistake, and none may be given.
CHANGED = [
    ("linear_scores", "W[m, d] * x[n, d]", "W[m, d] + x[n, d]", ""),
    ("linear_scores", "range(x.shape[1])", "range(x.shape[1] - 1)", "last input"),
    ("two_layer", "net if net > 0 else 0.0", "net", "is missing"),
    ("two_layer", "net if net > 0 else 0.0", "net if net > 0 else -net", "positive"),
    ("two_layer", "net if net > 0 else 0.0", "net if net > 0 else 0.01 * net", "made smaller"),
    ("two_layer", "net if net > 0 else 0.0", "1.0 if net > 0 else 0.0", "1 or 0"),
    ("two_layer", "net if net > 0 else 0.0", "net if net > -1 else 0.0", ""),
    ("adaline_step", "target - total", "target - (1.0 if total > 0 else -1.0)", "perceptron"),
    ("adaline_step", "target - total", "target - np.sign(total)", "perceptron"),
    ("adaline_step", "target - total", "total - target", "turned round"),
    ("adaline_step", "target - total", "target", "left out of the error"),
    ("adaline_step", "target - total", "target + total", "are added"),
    ("adaline_step", "rate * (target - total)", "(target - total)", "left out of the step"),
    ("adaline_step", "rate * (target - total)", "2 * rate * (target - total)", "twice as long"),
    ("adaline_step", " * x[d]\n    return", "\n    return", "not multiplied by the input"),
    ("adaline_step", "w[d] + rate", "rate", "change of the weights"),
    ("adaline_fit", "range(epochs)", "range(1)", "one pass"),
    ("adaline_fit", "range(epochs)", "range(epochs - 1)", "One pass is missing"),
    ("adaline_fit", "range(epochs)", "range(epochs + 1)", "One pass too many"),
    ("adaline_fit", "    return w", "            return w", "return inside the loop"),
    ("adaline_fit", "range(len(targets))", "range(1, len(targets))", "first sample of every pass"),
    ("adaline_fit", "range(len(targets))", "range(len(targets) - 1)", "last sample"),
    ("sigmoid", "np.exp(-z)", "np.exp(z)", "turned round"),
    ("sigmoid", "1.0 / (1.0", "1.0 / (2.0", ""),
    ("unit_gradient", "do_dw[d] = o * (1 - o) * x[d]", "do_dw[d] = x[d]", "slope of the sigmoid is missing"),
    ("unit_gradient", "dE_do * do_dw[d]", "dE_do * x[d]", "slope of the sigmoid is missing"),
    ("unit_gradient", "dE_do * do_dw[d]", "dE_do + do_dw[d]", "added"),
    ("unit_gradient", "o - target", "target - o", "sign of the error"),
    ("unit_gradient", "o - target", "abs(o - target)", "size of the error"),
    ("mlp_forward", " + b1[k]", "", "hidden units are left out"),
    ("mlp_forward", "sigmoid(np.dot(W2[m], h[n]) + b2[m])", "np.dot(W2[m], h[n]) + b2[m]", "output units have no"),
    ("mlp_forward", "return h, o", "return o, h", "wrong order"),
    ("mlp_forward", "np.dot(W1[k], x[n])", "np.dot(W1[k], x[0])", "first sample"),
    ("mlp_backward", " * o[n, m] * (1 - o[n, m])", "", "slope of the output units, o(1 - o)"),
    ("mlp_backward", "h[n, k] * (1 - h[n, k])", "1", "slope of the hidden units, h(1 - h)"),
    ("mlp_backward", " * W2[m, k]", "", "without passing the weights W2"),
    ("mlp_backward", "(o[n, m] - targets[n, m])", "(targets[n, m] - o[n, m])", "turned round"),
    ("mlp_backward", "dW2[m] += delta * h[n]", "dW2[m] = delta * h[n]", "last sample"),
    ("mlp_backward", "range(len(x))", "range(len(x) - 1)", "last sample is left out"),
    ("mlp_backward", "W2[m, k]", "W2[m, k] ** 2", ""),
    ("momentum_step", "-rate * gradient", "rate * gradient", "up the gradient"),
    ("momentum_step", "momentum * velocity", "velocity", "kept whole"),
    ("momentum_step", "momentum * velocity", "momentum", "added as it is"),
]


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
@pytest.mark.parametrize("name, old, new, words", CHANGED)
def test_a_changed_loop_loses_points_and_is_named_rightly_or_not_at_all(name, old, new, words):
    sources = student("ada")
    assert old in sources[name]
    changed = sources[name].replace(old, new, 1)
    helpers = {"mlp_forward": "sigmoid", "adaline_fit": "adaline_step"}
    answer = functions(sources.get(helpers.get(name), "") + "\n" + changed)[name]
    asked = BY_NAME[name]
    assert sum(points(asked, answer).values()) < asked.points
    told = said(asked, answer)
    assert words in told and bool(words) == bool(told), told


def test_one_wrong_layer_leaves_the_other_its_points():
    changed = student("ada")["mlp_backward"].replace("h[n, k] * (1 - h[n, k])", "1")
    answer = functions(changed)["mlp_backward"]
    earned = points(BY_NAME["mlp_backward"], answer)
    assert list(earned.values()) == [5, 3, 0, 0]


# --- the training run ------------------------------------------------------------------------------------------------


def trained(answer, group=0):
    asked = BY_NAME["train"]
    group = asked.groups[group]
    return outcome(asked, group, answer, public_cases(group))


def stepped(w, gradients, v, rate, momentum):
    """momentum_step on each of the four arrays."""
    pairs = [momentum_step(*wgv, rate, momentum) for wgv in zip(w, gradients, v, strict=True)]
    return [p[0] for p in pairs], [p[1] for p in pairs]


def step_by_step(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    """A step after every sample instead of every sweep: another way, as good."""
    w, v = [W1, b1, W2, b2], [0, 0, 0, 0]
    for _ in range(sweeps):
        for n in range(len(x)):
            g = mlp_backward(x[n : n + 1], *mlp_forward(x[n : n + 1], *w), targets[n : n + 1], w[2])
            w, v = stepped(w, g, v, rate, momentum)
    return w


def measured_gradient(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    """No back-propagation: each weight is turned a little, as the sheet's hint says."""
    w, v, shapes = [W1, b1, W2, b2], [0, 0, 0, 0], [W1.shape, b1.shape, W2.shape, b2.shape]

    def error(weights):
        h = 1 / (1 + np.exp(-(x @ weights[0].T + weights[1])))
        return 0.5 * np.sum((1 / (1 + np.exp(-(h @ weights[2].T + weights[3]))) - targets) ** 2)

    for _ in range(sweeps):
        g = [np.zeros(s) for s in shapes]
        for i, shape in enumerate(shapes):
            for place in np.ndindex(shape):
                turned = [a.copy() for a in w]
                turned[i][place] += 1e-5
                above = error(turned)
                turned[i][place] -= 2e-5
                g[i][place] = (above - error(turned)) / 2e-5
        w, v = stepped(w, g, v, rate, momentum)
    return tuple(w)


def test_other_ways_of_training_earn_the_points():
    assert trained(step_by_step, 0).complaint is None
    assert trained(step_by_step, 1).complaint is None
    assert trained(measured_gradient, 0).complaint is None


def test_a_start_handed_back_is_told():
    assert "starting weights" in trained(lambda x, t, W1, b1, W2, b2, *rest: (W1, b1, W2, b2)).complaint


def test_arrays_that_did_not_learn_are_told():
    def without_biases(x, targets, W1, b1, W2, b2, *rest):
        learnt = history.train(x, targets, W1, b1, W2, b2, *rest)
        return learnt[0], b1, learnt[2], b2

    assert "b1 and b2 should learn, too" in trained(without_biases).complaint


def test_a_run_that_learns_nothing_says_how_many_are_right():
    complaint = trained(lambda x, t, W1, b1, W2, b2, *rest: (W1 * 0, b1 * 0, W2 * 0, b2 * 0 - 1)).complaint
    assert "2 of 4 patterns" in complaint


@pytest.mark.parametrize("result, words", [
    (lambda W1, b1, W2, b2: (W1, b1), "in this order"),
    (lambda W1, b1, W2, b2: (W1.T, b1, W2, b2), "should have shape (4, 2)"),
    (lambda W1, b1, W2, b2: (W1 * np.nan, b1, W2, b2), "not a finite number"),
    (lambda W1, b1, W2, b2: None, "in this order"),
    (lambda W1, b1, W2, b2: ("W1", b1, W2, b2), "should have shape"),
])  # fmt: skip
def test_odd_results_of_a_training_run_are_told(result, words):
    assert words in trained(lambda x, t, W1, b1, W2, b2, *rest: result(W1, b1, W2, b2)).complaint


def test_every_hidden_training_run_can_be_learnt():
    for seed in range(3, 6):
        assert hidden_points(BY_NAME["train"], history.train, seed) == 8


# --- the sheet -------------------------------------------------------------------------------------------------------


def test_the_sums_by_hand_are_right():
    def same(got, want):
        np.testing.assert_allclose(got, want, atol=1e-12)

    same(history.linear_scores(np.array([[1, 2], [0, -1], [3, 0.5]]), np.array([[2, 1]])), [[4, -1, 6.5]])
    same(history.two_layer(np.array([[1, -1], [2, 1]]), np.array([[1, 1], [-2, 3]]), np.array([[1, 3]])), [[5, 15]])
    w = history.adaline_step(np.array([0.5, -1]), np.array([2, 1]), 1, 0.1)
    same(w, [0.7, -0.9])
    same(w @ [2, 1], 0.5)
    x = np.array([[1.0, 0], [1, 2]])
    same(history.adaline_fit(np.zeros(2), x[:1], [1], 0.5, 1), [0.5, 0])
    same(history.adaline_fit(np.zeros(2), x, [1, -1], 0.5, 1), [-0.25, -1.5])
    dE_do, do_dw, dE_dw = history.unit_gradient(np.array([1, 2]), 0.8, 1)
    same(dE_do, -0.2)
    same((do_dw, dE_dw), [(0.16, 0.32), (-0.032, -0.064)])
    W1, b1, W2, b2 = np.array([[2, 1], [0, -1]]), np.array([-2, 0]), np.array([[1, -2]]), np.array([0.5])
    h, o = mlp_forward(np.array([[1, 0]]), W1, b1, W2, b2)
    same(h, [[0.5, 0.5]])
    same(o, [[0.5]])
    x, h, o, targets, W2 = map(np.array, ([[1, 2]], [[0.5, 0.25]], [[0.8]], [[1]], [[2, -4]]))
    dW1, db1, dW2, db2 = mlp_backward(x, h, o, targets, W2)
    same(dW2, [[-0.016, -0.008]])
    same(db2, [-0.032])
    same(dW1, [[-0.016, -0.032], [0.024, 0.048]])
    same(db1, [-0.016, 0.024])
    w, v = momentum_step(np.array([1.0, 2]), np.array([0.5, -1]), np.zeros(2), 0.1, 0.9)
    same((w, v), [(0.95, 2.1), (-0.05, 0.1)])
    same(momentum_step(w, np.array([0.5, -1]), v, 0.1, 0.9), [(0.855, 2.29), (-0.095, 0.19)])


def test_the_references_agree_with_finite_differences():
    rng = np.random.default_rng(3)
    x, targets = rng.normal(size=(4, 3)), rng.random((4, 2))
    network = [rng.normal(size=s) for s in ((5, 3), (5,), (2, 5), (2,))]

    def error():
        return 0.5 * np.sum((mlp_forward(x, *network)[1] - targets) ** 2)

    computed = mlp_backward(x, *mlp_forward(x, *network), targets, network[2])
    for array, gradient in zip(network, computed, strict=True):
        for place in np.ndindex(array.shape):
            array[place] += 1e-6
            above = error()
            array[place] -= 2e-6
            below = error()
            array[place] += 1e-6
            assert abs((above - below) / 2e-6 - gradient[place]) < 1e-8


def test_lms_arrives_at_the_least_squares_solution():
    rng = np.random.default_rng(0)
    x, targets = rng.normal(size=(50, 4)), rng.normal(size=50)
    best = np.linalg.lstsq(x, targets, rcond=None)[0]
    assert np.abs(history.adaline_fit(np.zeros(4), x, targets, 0.0005, 2000) - best).max() < 0.01


def test_sigmoid_is_exact_at_its_ends():
    assert sigmoid(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]


def test_the_solution_runs_clean():
    nbclient = pytest.importorskip("nbclient")
    notebook = read(ROOT / "solutions/history/history.ipynb")
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
    text = "".join(o.get("text", "") for o in outputs)
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert not re.search("✘|Why", text)
    assert "they agree to 7 digits: True" in text and "64 of 64 rows are right" in text
