"""The exercises of the `lenet` assignment: what they accept, what they refuse, what they call by name."""

import numpy as np
import pytest
from answered import functions, hidden_points, points, said
from sample_class import ANSWERS, answers

from cnnkit import data, networks
from cnnkit.checks import lenet, lenet_layers
from cnnkit.checks.diagnosis import diagnose
from cnnkit.checks.lenet import EXERCISES, LENET5, SMALL
from cnnkit.checks.verdict import outcome, public_cases
from cnnkit.grading import grade
from cnnkit.notebooks import ROOT, read

BY_NAME = {e.name.removeprefix("lenet."): e for e in EXERCISES}
MISTAKES = [(name, i) for name, e in BY_NAME.items() for i in range(len(e.misconceptions))]
TRAINED = ("train", "read_digits")  # these take seconds, and need a training run


def student(name: str) -> dict[str, str]:
    return answers(ANSWERS / name / "lenet.py")


@pytest.fixture(scope="module")
def digits():
    """The 5,000 digits divided as in the sheet."""
    x, y = data.mnist5k()
    return data.split(np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))), y, seed=0)


@pytest.mark.parametrize("name", [n for n in BY_NAME if n not in TRAINED])
def test_the_reference_earns_everything(name):
    asked = BY_NAME[name]
    assert points(asked, asked.reference) == {g.name: g.points for g in asked.groups}
    for seed in range(5 if name == "loss_and_gradients" else 20):
        assert hidden_points(asked, asked.reference, seed) == asked.points, seed


@pytest.mark.parametrize("name, number", MISTAKES)
def test_every_mistake_is_called_by_its_own_name_and_costs_points(name, number):
    asked = BY_NAME[name]
    mistake = asked.misconceptions[number]
    assert {m.says for m in diagnose(asked, mistake.answer)} == {mistake.says}
    assert sum(points(asked, mistake.answer).values()) < asked.points
    assert hidden_points(asked, mistake.answer, 1) < asked.points


# --- the class -------------------------------------------------------------------------------------------------------


def test_the_class_has_sections_for_cells_that_exist():
    cells = read(ROOT / "solutions/lenet/lenet.ipynb").cells
    known = {c.metadata.nbgrader.grade_id for c in cells if c.metadata.get("nbgrader", {}).get("solution")}
    assert known == set(BY_NAME)
    for who in ("ada", "grace", "barbara"):
        assert set(student(who)) == known
    assert 0 < len(student("alan")) < len(known) and set(student("alan")) <= known and not student("edsger")


@pytest.mark.parametrize("who", ["ada", "grace"])
def test_the_right_ones_of_the_class_earn_everything(who, digits):
    found = functions("\n".join(student(who).values()))
    for name, asked in BY_NAME.items():
        if name != "read_digits":
            assert grade(asked.name, found[name]) == asked.points, name
    (x, y), _ = digits
    found["trained"] = found["train"](found["initialise"](LENET5, 0), x, y, 0.05, 20, 2, 0)
    assert grade("lenet.read_digits", found["read_digits"]) == 6


def test_half_a_notebook_earns_its_part():
    sources = student("alan")
    found = functions("\n".join(sources.values()))
    for name in sources:
        assert grade(f"lenet.{name}", found[name]) == BY_NAME[name].points, name


BARBARA = {
    "im2col": "reshape does not turn axes",
    "conv2d": "bias is left out",
    "conv2d_backward": "opposite corner",
    "max_pool2d": "begins at 0",
    "max_pool2d_backward": "shared equally",
    "linear": "",
    "linear_backward": "divided by the number of images",
    "relu": "",
    "relu_backward": "sign of the gradient",
    "softmax_cross_entropy": "overflows",
    "softmax_cross_entropy_backward": "not divided by the number of images",
    "layer_shapes": "pooling layers are left out",
    "count_parameters": "biases are left out",
    "confusion": "swapped",
}


def test_barbara_is_told_what_she_got_wrong():
    found = functions("\n".join(student("barbara").values()))
    for name, words in BARBARA.items():
        asked = BY_NAME[name]
        with np.errstate(all="ignore"):
            told, earned = said(asked, found[name]), sum(points(asked, found[name]).values())
        assert words in told and bool(words) == bool(told), (name, told)
        assert (earned == asked.points) == (words == ""), name


# Ada's source with one thing changed: (exercise, what she wrote, what stands there instead, a word of the diagnosis).
# An empty word: no name is known for this mistake, and none may be given.
CHANGED = [
    ("im2col", ".transpose(0, 2, 3, 1)", ".transpose(0, 3, 2, 1)", None),
    ("im2col", "rows[:, :, :, :, p, q]", "rows[:, :, :, :, fh - 1 - p, q]", ""),
    ("conv2d", " + b[k]", "", "bias is left out"),
    ("conv2d", " + b[k]", " + b[0]", "bias of the first filter"),
    ("conv2d", "w.reshape(K, -1)", "w[:, :, ::-1, ::-1].reshape(K, -1)", "turned by 180"),
    ("conv2d_backward", "+= np.tensordot(dout", "= np.tensordot(dout", "Where windows overlap"),
    ("conv2d_backward", "dout[:, k].sum()", "dout[:, k].mean()", "bias is averaged"),
    ("conv2d_backward", "dout[:, k].sum()", "dout[-1, k].sum()", "last image"),
    ("conv2d_backward", "w[:, :, p, q], axes", "w[:, :, FH - 1 - p, FW - 1 - q], axes", "opposite corner"),
    ("max_pool2d", "np.maximum", "np.minimum", "smallest"),
    ("max_pool2d", "x[:, :, ::size, ::size]\n", "np.zeros_like(x[:, :, ::size, ::size])\n", "begins at 0"),
    ("linear", " + b[m]", "", "bias is left out"),
    ("linear_backward", "db += dout[n]", "db += dout[n] / len(x)", "divided by the number of images"),
    ("linear_backward", "dw += np.outer", "dw = np.outer", "Only the last image"),
    ("linear_backward", ".reshape(x.shape)", "", "stretched"),
    ("relu", "out[out < 0] = 0", "out = np.abs(out)", "abs()"),
    ("relu", "out[out < 0] = 0", "out[out < 0] *= 0.2", "keep a fifth"),
    ("relu_backward", "dx[x <= 0] = 0", "dx[dout <= 0] = 0", "sign of the gradient"),
    ("softmax_cross_entropy", "total / len(labels)", "total", "added up"),
    ("softmax_cross_entropy", "- s[labels[n]]", "+ s[labels[n]]", ""),
    ("softmax_cross_entropy_backward", "dscores[n, labels[n]] -= 1", "pass", "probabilities alone"),
    ("softmax_cross_entropy_backward", "-= 1", "+= 1", "The 1 is added"),
    ("layer_shapes", "H, W = H // 2, W // 2", "H, W = H - 1, W - 1", "moves by one pixel"),
    ("layer_shapes", "H - w[2] + 1", "H - w[2]", ""),
    ("layer_shapes", "(w[0],)", "w[0]", "as a plain number"),
    ("count_parameters", "(C * FH * FW + 1) * K", "C * FH * FW * K + 1", ""),
    ("count_parameters", "C * FH * FW", "FH * FW", "depth of the filters"),
    ("scores", "relu(linear(x, w, b))", "linear(x, w, b)", "between the fully connected layers"),
    ("scores", "x = linear(x, w, b)", "x = relu(linear(x, w, b))", "scores go through a ReLU"),
    ("scores", "relu(max_pool2d(conv2d(x, w, b), 2))", "max_pool2d(conv2d(x, w, b), 2)", "after the convolutions"),
    ("scores", "relu(linear(x, w, b))", "np.tanh(linear(x, w, b))", ""),
    ("loss_and_gradients", "d = relu_backward(d, pooled[layer])", "pass", ""),  # her ReLUs stand behind the poolings
    ("loss_and_gradients", "d = softmax", "d = len(y) * softmax", "sum over the images"),
    ("loss_and_gradients", "d = softmax", "d = 3 * softmax", ""),
    ("loss_and_gradients", "[dw, db] + gradients", "gradients + [dw, db]", "last layer first"),
    ("loss_and_gradients", "loss = softmax", "loss = len(y) * softmax", "added up"),
    ("sgd_step", "- rate", "+ rate", "up the gradient"),
    ("sgd_step", "rate * ", "", "learning rate is left out"),
    ("predict", "int(np.argmax(row))", "float(max(row))", "largest scores"),
    ("predict", "np.argmax(row)", "np.argmax(row) + 1", "begin at 1"),
    ("predict", "np.argmax(row)", "np.argsort(row)[-2]", ""),
    ("confusion", "counts[labels[n]][predicted[n]] += 1", "counts[predicted[n]][labels[n]] += 1", "swapped"),
    ("confusion", "counts[labels[n]][predicted[n]] += 1", "counts[labels[n]][predicted[n]] += 2", ""),
]  # fmt: skip


@pytest.mark.parametrize("name, old, new, words", CHANGED)
def test_a_changed_answer_loses_points_and_is_named_rightly_or_not_at_all(name, old, new, words):
    sources = student("ada")
    assert old in sources[name]
    sources[name] = sources[name].replace(old, new, 1)
    answer = functions("\n".join(sources.values()))[name]
    asked = BY_NAME[name]
    assert sum(points(asked, answer).values()) < asked.points
    told = said(asked, answer)
    if words is None:  # the answer cannot even be put in its place
        assert told == ""
    else:
        assert words in told and bool(words) == bool(told), told


def test_gradients_are_paid_layer_by_layer():
    sources = student("ada")
    broken = "def conv2d_backward(dout, x, w):\n    return np.zeros_like(x), np.zeros_like(w), np.zeros(len(w))"
    answer = functions("\n".join([*sources.values(), broken]))["loss_and_gradients"]
    earned = points(BY_NAME["loss_and_gradients"], answer)
    assert [name for name, n in earned.items() if not n] == ["db2", "dw2", "db1", "dw1"]


@pytest.mark.parametrize("style", [
    "x[:, :, ::size, ::size] if size == 1 else np.array([[[[m[i:i+size, j:j+size].max() for j in range(0, m.shape[1], "
    "size)] for i in range(0, m.shape[0], size)] for m in image] for image in x])",
    "x.reshape(*x.shape[:3], -1, size).max(-1).swapaxes(2, 3).reshape(*x.shape[:2], x.shape[3] // size, -1, size)"
    ".max(-1).swapaxes(2, 3)",
    "(print('pooling'), np.maximum.reduce([x[..., p::size, q::size] for p in range(size) for q in range(size)]))[1]",
])  # fmt: skip
def test_other_right_poolings_earn_everything(style):
    answer = functions(f"def max_pool2d(x, size):\n    return {style}")["max_pool2d"]
    assert sum(points(BY_NAME["max_pool2d"], answer).values()) == 2
    assert hidden_points(BY_NAME["max_pool2d"], answer, 0) == 2


def fft_conv2d(x, w, b):
    """Correlation as a product of transforms."""
    size = x.shape[2:]
    product = np.einsum("nchw,kchw->nkhw", np.fft.fft2(x), np.conj(np.fft.fft2(w, size)))
    rows, cols = size[0] - w.shape[2] + 1, size[1] - w.shape[3] + 1
    return np.fft.ifft2(product).real[:, :, :rows, :cols] + b[:, None, None]


def six_loops_conv2d(x, w, b):
    N, K, H2, W2 = len(x), len(w), x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
    out = [[[[b[k] for _ in range(W2)] for _ in range(H2)] for k in range(K)] for _ in range(N)]
    for n, k, i, j in np.ndindex(N, K, H2, W2):
        for c, p, q in np.ndindex(w.shape[1:]):
            out[n][k][i][j] += x[n, c, i + p, j + q] * w[k, c, p, q]
    return out


def einsum_conv2d(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], (2, 3))
    return np.einsum("ncijpq,kcpq->nkij", windows, w) + b[:, None, None]


@pytest.mark.parametrize("answer", [fft_conv2d, six_loops_conv2d, einsum_conv2d], ids=lambda f: f.__name__)
def test_other_right_convolutions_earn_everything(answer):
    assert sum(points(BY_NAME["conv2d"], answer).values()) == 5
    assert all(hidden_points(BY_NAME["conv2d"], answer, seed) == 5 for seed in range(3))


# --- judged answers --------------------------------------------------------------------------------------------------


def initialised(spread=lambda s: np.sqrt(2 / np.prod(s[1:])), draw=np.random.Generator.standard_normal, bias=0.0):
    def answer(shapes, seed):
        rng = np.random.default_rng(seed)
        return [a for s in shapes for a in (spread(s) * draw(rng, s), np.full(s[0], bias))]

    return answer


LEGACY = np.random.RandomState(7)


def told_of(name, answer):
    asked = BY_NAME[name]
    complaints = [outcome(asked, g, answer, public_cases(g)).complaint for g in asked.groups]
    return complaints[0] or ""


@pytest.mark.parametrize("answer, words", [
    (initialised(), ""),
    (initialised(draw=lambda rng, s: LEGACY.randn(*s)), ""),
    (initialised(draw=lambda rng, s: np.random.default_rng(7).standard_normal(s)), "numbers of w1 once more"),
    (initialised(draw=lambda rng, s: rng.uniform(-(3**0.5), 3**0.5, s)), ""),
    (initialised(lambda s: np.sqrt(2 / s[0])), "fan_out"),
    (initialised(lambda s: 2 / np.prod(s[1:])), "without the square root"),
    (initialised(lambda s: np.sqrt(1 / np.prod(s[1:]))), "without the 2"),
    (initialised(lambda s: 1.0), "nothing was multiplied"),
    (initialised(lambda s: 0.01), "which is not sqrt(2 / fan_in)."),
    (initialised(lambda s: 0.0), "are the same"),
    (initialised(bias=0.1), "b1 should begin with zeros"),
    (initialised(draw=lambda rng, s: np.sign(rng.standard_normal(s))), "are the same"),
    (initialised(draw=lambda rng, s: rng.standard_normal(s[1:]) + np.zeros(s)), "are the same"),
    (lambda shapes, seed: [np.zeros(s) for s in shapes], "a list of 10 arrays"),
    (lambda shapes, seed: None, "but the result is None"),
    (lambda shapes, seed: initialised()(shapes, seed)[::-1], "w1 should have shape (8, 1, 3, 3)"),
    (lambda shapes, seed: [(100 * a).astype(int) for a in initialised()(shapes, seed)], "should hold floats"),
    (lambda shapes, seed: [a / 0 * 0 for a in initialised()(shapes, seed)], "not finite"),
])  # fmt: skip
def test_a_start_is_judged_by_its_spread(answer, words):
    told = told_of("initialise", answer)
    assert words in told and bool(words) == bool(told), told


def test_no_seed_of_the_reference_is_refused():
    asked = BY_NAME["initialise"]
    for seed in range(200):
        assert hidden_points(asked, initialised(), seed) == 6


@pytest.mark.parametrize("seed", [1, 2])
def test_training_on_other_digits_is_learnt_with_room(seed):
    case = lenet._training_case(seed, 15)
    _, (x, y) = lenet._digits(seed)
    assert np.mean(lenet.predict(lenet.train(*case.args), x) == y) > 0.93


@pytest.mark.parametrize("answer, words", [
    (lambda parameters, *rest: parameters, "starting parameters"),
    (lambda parameters, *rest: [0 * p for p in parameters], "of 359 digits that were held out"),
    (lambda parameters, *rest: parameters[:4], "a list of 10 arrays"),
    (lambda parameters, *rest: [p[None] for p in parameters], "w1 should have shape"),
    (lambda parameters, *rest: [p * np.nan for p in parameters], "not finite"),
])  # fmt: skip
def test_a_training_run_that_fails_is_told_why(answer, words):
    assert words in told_of("train", answer)


def test_labels_are_found_in_the_set_with_or_without_noise(digits):
    _, (x, y) = digits
    noise = 0.1 * np.random.default_rng(0).standard_normal(x.shape).astype(np.float32)
    assert np.array_equal(lenet.read_digits(x), y) and np.array_equal(lenet.read_digits(x + noise), y)


@pytest.mark.parametrize("answer, words", [
    (lenet.read_digits, ""),
    (lambda x: lenet.read_digits(x).astype(np.int32), ""),
    (lambda x: [int(n) for n in lenet.read_digits(x)], ""),
    (lambda x: np.zeros(len(x), int), "are read right"),
    (lambda x: (lenet.read_digits(x) + 1) % 10, "0% of 1000"),
    (lambda x: np.eye(10)[lenet.read_digits(x)], "shape (1000,)"),
    (lambda x: lenet.read_digits(x).astype(float), "whole numbers"),
    (lambda x: None, "shape is ()"),
])  # fmt: skip
def test_reading_is_judged_by_what_is_right(answer, words):
    told = told_of("read_digits", answer)
    assert words in told and bool(words) == bool(told), told


# --- the sheet -------------------------------------------------------------------------------------------------------


def test_the_network_of_the_sheet_is_the_one_of_the_book():
    rng = np.random.default_rng(0)
    parameters = [p.astype(np.float64) + 0.1 for p in lenet.initialise(LENET5, 0)]
    network = networks.lenet5()
    assert sum(lenet.count_parameters(LENET5)) == network.parameter_count == 61_706
    assert lenet.layer_shapes((1, 12, 12), SMALL)[3] == (16, 2, 2)
    shapes = [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)]
    assert lenet.layer_shapes((1, 32, 32), LENET5) == shapes
    for ours, theirs in zip(parameters, network.parameters, strict=True):
        theirs[...] = ours
    x = rng.random((3, 1, 28, 28)).astype(network.parameters[0].dtype)
    framed = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))).astype(np.float64)
    np.testing.assert_allclose(network.forward(x), lenet.scores(parameters, framed), rtol=1e-4, atol=1e-4)


def test_the_gradients_agree_with_finite_differences():
    rng = np.random.default_rng(0)
    parameters = lenet._parameters(rng, lenet.TINY)
    x, y = rng.standard_normal((3, 1, 12, 12)), np.array([7, 0, 3])
    _, *gradients = lenet.loss_and_gradients(parameters, x, y)
    for array, gradient in zip(parameters, gradients, strict=True):
        for flat in rng.integers(0, array.size, 4):
            place = np.unravel_index(flat, array.shape)
            array[place] += 1e-6
            above = lenet.loss_and_gradients(parameters, x, y)[0]
            array[place] -= 2e-6
            below = lenet.loss_and_gradients(parameters, x, y)[0]
            array[place] += 1e-6
            assert abs((above - below) / 2e-6 - gradient[place]) < 1e-8


def test_the_sums_by_hand_are_right():
    assert lenet_layers.im2col(np.arange(1, 7).reshape(1, 1, 2, 3), 2, 2).tolist() == [[[1, 2, 4, 5], [2, 3, 5, 6]]]
    loss = BY_NAME["softmax_cross_entropy"].reference
    assert abs(loss(np.zeros((2, 2)), np.array([0, 1])) - 0.693) < 5e-4
    assert abs(loss(np.zeros((2, 10)), np.array([0, 1])) - 2.303) < 5e-4
    counts = lenet.confusion(np.array([3, 3, 5, 7]), np.array([3, 5, 5, 1]))
    assert np.argwhere(counts).tolist() == [[3, 3], [3, 5], [5, 5], [7, 1]] and counts.max() == 1
    assert round(100 * sum(lenet.count_parameters(LENET5)[:2]) / 61_706) == 4
    assert 20 * (28 * 28 + 10 * 10) == 17_680  # places that the filters are laid on for twenty images
