"""Exercises of the `history` assignment: last week's two models, the Adaline rule, back-propagation as in 1986.

Rows are samples throughout: x (N, D), hidden outputs h (N, H), outputs o (N, M). A layer of M units with D inputs has
weights W (M, D) and biases b (M,).
"""

import itertools

import numpy as np

from .cases import normal, quarters, whole
from .exercise import Case, Exercise, Group, Misconception

RECAP, ADALINE, BACKPROP = "history.html#history-recap", "history.html#history-adaline", "history.html#history-backprop"
DTYPES = (np.float32, np.float64)


def _gentle(rng, *shape, dtype=np.float64):
    """Multiples of 1/16 between -1 and 1: no step of these overshoots by much."""
    return quarters(rng, *shape, dtype=dtype) / 4


# --- last week's models ----------------------------------------------------------------------------------------------


def linear_scores(W, x):
    """W x for every row of x."""
    return x @ W.T


def two_layer(W1, W2, x):
    """W2 max(0, W1 x) for every row of x."""
    return np.maximum(x @ W1.T, 0) @ W2.T


def _linear_case(W, x):
    return Case((W, x), terms=W.shape[1])


def _linear_one(rng):
    return [
        _linear_case(np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]]), np.array([[2.0, 1.0]])),
        _linear_case(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, -1.0]])),
    ]


def _linear_many(rng):
    cases = [_linear_case(whole(rng, m, d), whole(rng, n, d)) for n, d, m in [(4, 3, 2), (2, 2, 2), (3, 5, 4)]]
    return [*cases, _linear_case(quarters(rng, 3, 2), quarters(rng, 2, 2))]


def _linear_drawn(*samples):
    def draw(rng):
        sizes = [(int(rng.choice(samples)), *(int(s) for s in rng.integers(1, 40, 2))) for _ in range(6)]
        return [
            _linear_case(normal(rng, m, d, dtype=DTYPES[i % 2]), normal(rng, n, d, dtype=DTYPES[i % 2]))
            for i, (n, d, m) in enumerate(sizes)
        ]

    return draw


def _first_only(scores):
    """The rows of the samples after the first are left at 0."""
    return np.where(np.arange(len(scores))[:, None] == 0, scores, 0)


WHOLE = "What stands after the point is lost: the numbers are kept in an array of whole numbers."
COLUMNS = "The scores come out one sample a column. Samples are rows here, in x and in the scores."
LINEAR = Exercise(
    "linear_scores", RECAP, linear_scores,
    (
        Group("one sample", 2, _linear_one, _linear_drawn(1)),
        Group("several samples", 4, _linear_many, _linear_drawn(2, 3, 7, 20)),
    ),
    misconceptions=(
        Misconception(
            "The samples are multiplied by W as it stands. A row of W belongs to one score, and it is the row that "
            "meets the sample.", RECAP, lambda W, x: x @ W,
        ),
        Misconception(COLUMNS, RECAP, lambda W, x: W @ x.T),
        Misconception(
            "The scores are pushed through max(0, ...). The linear model has no such bend.",
            RECAP, lambda W, x: np.maximum(x @ W.T, 0),
        ),
        Misconception(
            "The scores of all samples are added up. Each sample keeps a row of its own.",
            RECAP, lambda W, x: (x @ W.T).sum(axis=0),
        ),
        Misconception(WHOLE, RECAP, lambda W, x: (x @ W.T).astype(int)),
        Misconception(
            "The last input is left out of every sum.", RECAP, lambda W, x: x[:, :-1] @ W[:, :-1].T,
        ),
        Misconception(
            "The first input is left out of every sum.", RECAP, lambda W, x: x[:, 1:] @ W[:, 1:].T,
        ),
        Misconception(
            "Only the last product of each sum is left, as if every one replaced the one before. They add up.",
            RECAP, lambda W, x: np.outer(x[:, -1], W[:, -1]),
        ),
        Misconception(
            "The first sample has its scores, all others have 0. Is the return inside the loop?",
            RECAP, lambda W, x: _first_only(x @ W.T),
        ),
        Misconception(
            "Only the first sample is scored.", RECAP, lambda W, x: x[:1] @ W.T,
        ),
        Misconception(
            "The number of the largest score comes back; the scores themselves are asked for.",
            RECAP, lambda W, x: (x @ W.T).argmax(axis=1),
        ),
        Misconception(
            "The products are averaged over the inputs; they are added up.",
            RECAP, lambda W, x: x @ W.T / x.shape[1],
        ),
        Misconception(
            "Each score goes on from the sum of the score before. Every sum begins at 0.",
            RECAP, lambda W, x: np.cumsum(x @ W.T).reshape(len(x), len(W)),
        ),
    ),
)  # fmt: skip


def _two_layer_case(rng, n, d, h, m, draw, dtype=np.float64):
    arrays = (draw(rng, h, d, dtype=dtype), draw(rng, m, h, dtype=dtype), draw(rng, n, d, dtype=dtype))
    return Case(arrays, terms=d * h)


def _two_layer_public(rng):
    by_hand = (np.array([[1.0, -1.0], [2.0, 1.0]]), np.array([[1.0, 1.0], [-2.0, 3.0]]), np.array([[1.0, 3.0]]))
    return [Case(by_hand), _two_layer_case(rng, 1, 3, 4, 2, whole), _two_layer_case(rng, 1, 2, 3, 2, _gentle)]


def _two_layer_many(rng):
    cases = [_two_layer_case(rng, *sizes, whole) for sizes in [(3, 2, 5, 2), (4, 4, 4, 4)]]
    return [*cases, _two_layer_case(rng, 3, 3, 4, 2, _gentle)]


def _two_layer_drawn(one):
    def draw(rng):
        sizes = rng.integers(2, 25, (6, 4))
        sizes[:, 0] = 1 if one else sizes[:, 0]
        return [_two_layer_case(rng, *map(int, s), normal, DTYPES[i % 2]) for i, s in enumerate(sizes)]

    return draw


TWO_LAYER = Exercise(
    "two_layer", RECAP, two_layer,
    (
        Group("one sample", 4, _two_layer_public, _two_layer_drawn(True)),
        Group("several samples", 6, _two_layer_many, _two_layer_drawn(False)),
    ),
    misconceptions=(
        Misconception(
            "The max(0, ...) between the two layers is missing. Without it two layers are one: W2 W1 is a matrix.",
            RECAP, lambda W1, W2, x: x @ W1.T @ W2.T,
        ),
        Misconception(
            "The max(0, ...) is applied to the scores as well. It stands between the layers only; scores may be "
            "negative.", RECAP, lambda W1, W2, x: np.maximum(np.maximum(x @ W1.T, 0) @ W2.T, 0),
        ),
        Misconception(
            "The max(0, ...) stands after the second layer instead of between the two.",
            RECAP, lambda W1, W2, x: np.maximum(x @ W1.T @ W2.T, 0),
        ),
        Misconception(
            "The max(0, ...) is applied to the input x instead of to W1 x.",
            RECAP, lambda W1, W2, x: np.maximum(x, 0) @ W1.T @ W2.T,
        ),
        Misconception(
            "Negative hidden values become positive, as with abs(). They should become 0.",
            RECAP, lambda W1, W2, x: np.abs(x @ W1.T) @ W2.T,
        ),
        Misconception(
            "The larger and the smaller number are mixed up: positive hidden values are cut off, negative ones kept.",
            RECAP, lambda W1, W2, x: np.minimum(x @ W1.T, 0) @ W2.T,
        ),
        Misconception(
            "The hidden layer uses a sigmoid. Last week's network has max(0, ...) there.",
            RECAP, lambda W1, W2, x: sigmoid(x @ W1.T) @ W2.T,
        ),
        Misconception(
            "What comes back is the hidden layer; the second layer has not been applied.",
            RECAP, lambda W1, W2, x: np.maximum(x @ W1.T, 0),
        ),
        Misconception(COLUMNS, RECAP, lambda W1, W2, x: two_layer(W1, W2, x).T),
        Misconception(WHOLE, RECAP, lambda W1, W2, x: np.maximum(x @ W1.T, 0).astype(int) @ W2.T),
        Misconception(WHOLE, RECAP, lambda W1, W2, x: two_layer(W1, W2, x).astype(int)),
        Misconception(WHOLE, RECAP, lambda W1, W2, x: (np.maximum(x @ W1.T, 0).astype(int) @ W2.T).astype(int)),
        Misconception(
            "The largest hidden value of all samples is taken, unit by unit: the 0 in np.max(z, 0) is an axis. The "
            "larger of each number and 0 is asked for.", RECAP, lambda W1, W2, x: np.max(x @ W1.T, 0) @ W2.T,
        ),
        Misconception(
            "A hidden unit gives 1 or 0. Where max(0, ...) lets a number through, it is that number.",
            RECAP, lambda W1, W2, x: (x @ W1.T > 0) @ W2.T,
        ),
        Misconception(
            "Negative hidden values are made smaller. They should become 0.",
            RECAP, lambda W1, W2, x: np.where(x @ W1.T > 0, x @ W1.T, 0.01 * (x @ W1.T)) @ W2.T,
        ),
        Misconception(
            "Negative hidden values are made smaller. They should become 0.",
            RECAP, lambda W1, W2, x: np.where(x @ W1.T > 0, x @ W1.T, 0.1 * (x @ W1.T)) @ W2.T,
        ),
        Misconception(
            "The max(0, ...) is applied to each product of a hidden unit, before they are added up. It bends their "
            "sum.", RECAP, lambda W1, W2, x: np.maximum(x[:, None, :] * W1, 0).sum(axis=2) @ W2.T,
        ),
        Misconception(
            "The max(0, ...) is applied to the weights W1 instead of to W1 x.",
            RECAP, lambda W1, W2, x: x @ np.maximum(W1, 0).T @ W2.T,
        ),
        Misconception(
            "The hidden values come back beside the scores; only the scores are asked for.",
            RECAP, lambda W1, W2, x: (np.maximum(x @ W1.T, 0), two_layer(W1, W2, x)),
        ),
        Misconception(
            "Every row is computed from the first sample.",
            RECAP, lambda W1, W2, x: two_layer(W1, W2, np.repeat(x[:1], len(x), axis=0)),
        ),
        Misconception(
            "Hidden values above 1 are cut down to 1. The bend has no upper end.",
            RECAP, lambda W1, W2, x: np.clip(x @ W1.T, 0, 1) @ W2.T,
        ),
        Misconception(
            "The hidden layer uses tanh. Last week's network has max(0, ...) there.",
            RECAP, lambda W1, W2, x: np.tanh(x @ W1.T) @ W2.T,
        ),
    ),
)  # fmt: skip


# --- Adaline, about 1960 ---------------------------------------------------------------------------------------------


def adaline_step(w, x, target, rate):
    """w + rate (target - w.x) x."""
    return w + rate * (target - w @ x) * x


def adaline_fit(w, x, targets, rate, epochs):
    """One step a sample, in the order given, the whole set `epochs` times."""
    for _ in range(epochs):
        for sample, target in zip(x, targets, strict=True):
            w = adaline_step(w, sample, target, rate)
    return w


def _step_public(rng):
    first = (np.array([0.5, -1.0]), np.array([2.0, 1.0]), 1.0, 0.1)
    right_side = (np.array([1.0, 0.5]), np.array([2.0, 3.0]), 1.0, 0.25)  # a perceptron would be content here
    return [Case(first), Case(right_side), Case((quarters(rng, 4), quarters(rng, 4), -1.0, 0.05), terms=4)]


def _step_any_target(rng):
    return [Case((quarters(rng, 3), quarters(rng, 3), target, 0.2), terms=3) for target in (0.75, -2.5)]


def _step_drawn(targets):
    def draw(rng):
        sizes = [1, *(int(d) for d in rng.integers(2, 30, 7))]
        return [
            Case((normal(rng, d, dtype=DTYPES[i % 2]), normal(rng, d, dtype=DTYPES[i % 2]), targets(rng),
                  float(rng.uniform(0.01, 0.5))), terms=d)
            for i, d in enumerate(sizes)
        ]  # fmt: skip

    return draw


def _signs(rng):
    return float(rng.choice([-1.0, 1.0]))


def _reals(rng):
    return float(3 * rng.standard_normal())


def _thresholded(at_zero):
    def answer(w, x, target, rate):
        net = w @ x
        return w + rate * (target - (np.sign(net) or at_zero)) * x

    return answer


def _only_when_wrong(w, x, target, rate):
    return w + rate * target * x if target * (w @ x) <= 0 else w


def _content_with_the_sign(right_at_zero):
    def answer(w, x, target, rate):
        agrees = target * (w @ x) >= 0 if right_at_zero else target * (w @ x) > 0
        return w if agrees else adaline_step(w, x, target, rate)

    return answer


def _knob_by_knob(w, x, target, rate):
    """The error is taken anew before each weight."""
    w = np.array(w)
    for d in range(len(x)):
        w[d] += rate * (target - w @ x) * x[d]
    return w


def _all_but(knob):
    def answer(w, x, target, rate):
        stepped = np.array(adaline_step(w, x, target, rate))
        stepped[knob] = w[knob]
        return stepped

    return answer


PERCEPTRON = (
    "This is the perceptron rule: the output is cut to +1 or -1 before the error is taken. Adaline learns from the "
    "sum w.x itself, before the threshold."
)
UPHILL = "The sign of the update is turned round: the weights move away from the target, and the error grows."
STEP_MISTAKES = (
    (PERCEPTRON, _thresholded(0.0)),
    (PERCEPTRON, _thresholded(1.0)),
    (PERCEPTRON, _thresholded(-1.0)),
    (PERCEPTRON, _only_when_wrong),
    (UPHILL, lambda w, x, target, rate: w - rate * (target - w @ x) * x),
    ("The learning rate is left out of the step.", lambda w, x, target, rate: w + (target - w @ x) * x),
    (
        "The learning rate goes in twice: the step is multiplied by rate * rate.",
        lambda w, x, target, rate: w + rate**2 * (target - w @ x) * x,
    ),
    (
        "The error is not multiplied by the input x: every weight moves by the same amount, whatever its input was.",
        lambda w, x, target, rate: w + rate * (target - w @ x),
    ),
    (
        "The step is twice as long as asked. With E = 1/2 (target - w.x)^2, as in the sheet, no 2 is left over.",
        lambda w, x, target, rate: w + 2 * rate * (target - w @ x) * x,
    ),
    (
        "The output w.x is left out of the error: the weights grow with every step, however good they are.",
        lambda w, x, target, rate: w + rate * target * x,
    ),
    (
        "The error is multiplied by the weights instead of by the input x.",
        lambda w, x, target, rate: w + rate * (target - w @ x) * w,
    ),
    (
        "The error is squared in the step; its sign, which says which way to go, is lost.",
        lambda w, x, target, rate: w + rate * (target - w @ x) ** 2 * x,
    ),
    *(
        (
            "Where the sum has the right sign, the weights are left alone. Adaline learns from every sample: it pulls "
            "the sum to the target itself.", _content_with_the_sign(right_at_zero),
        )
        for right_at_zero in (False, True)
    ),
    (
        "Each weight has an error of its own, taken from its product w_d x_d alone. There is one error a sample, that "
        "of the sum.", lambda w, x, target, rate: w + rate * (target - w * x) * x,
    ),
    (
        "The error is taken anew after each weight has moved. All weights of a step share one error, that of the "
        "weights before the step.", _knob_by_knob,
    ),
    *(
        (
            "The output is cut to 1 or 0 before the error is taken. Adaline learns from the sum w.x itself.",
            lambda w, x, target, rate, at_zero=at_zero: w + rate * (target - np.heaviside(w @ x, at_zero)) * x,
        )
        for at_zero in (0.0, 1.0)
    ),
    (
        "The step is divided by the number of inputs; the rate alone sets its length.",
        lambda w, x, target, rate: w + rate * (target - w @ x) * x / len(x),
    ),
    (
        "The products are averaged. The output is their sum.",
        lambda w, x, target, rate: w + rate * (target - np.mean(w * x)) * x,
    ),
    (
        "The output is pushed through a sigmoid before the error is taken. Adaline learns from the sum w.x itself.",
        lambda w, x, target, rate: w + rate * (target - sigmoid(w @ x)) * x,
    ),
    (
        "The step is divided by x.x. That is a relative of this rule, with another length of step.",
        lambda w, x, target, rate: w + rate * (target - w @ x) * x / (x @ x),
    ),
    (
        "Only the size of the error counts in the step; its sign, which says which way to go, is lost.",
        lambda w, x, target, rate: w + rate * abs(target - w @ x) * x,
    ),
    (
        "Output and target are added. The error is their difference.",
        lambda w, x, target, rate: w + rate * (target + w @ x) * x,
    ),
    (
        "Only the sign of the input counts in the step. Each weight moves in proportion to its input.",
        lambda w, x, target, rate: w + rate * (target - w @ x) * np.sign(x),
    ),
    ("The last weight never moves.", _all_but(-1)),
    ("The first weight never moves.", _all_but(0)),
)  # fmt: skip

STEP = Exercise(
    "adaline_step", ADALINE, adaline_step,
    (
        Group("targets +1 and -1", 6, _step_public, _step_drawn(_signs)),
        Group("any target", 4, _step_any_target, _step_drawn(_reals)),
    ),
    misconceptions=(
        *(Misconception(says, ADALINE, answer) for says, answer in STEP_MISTAKES),
        Misconception(
            "The error comes back beside the weights; only the weights are asked for.",
            ADALINE, lambda w, x, target, rate: (adaline_step(w, x, target, rate), target - w @ x),
        ),
        Misconception(
            "What comes back is the change of the weights; the new weights are asked for.",
            ADALINE, lambda w, x, target, rate: rate * (target - w @ x) * x,
        ),
    ),
)  # fmt: skip


def _fit_case(rng, n, d, rate, epochs, draw, dtype=np.float64):
    arrays = [draw(rng, *shape).astype(dtype) for shape in ((d,), (n, d), (n,))]
    return Case((*arrays, rate, epochs), terms=n * d * epochs)


def _one_pass(rng):
    by_hand = (np.zeros(2), np.array([[1.0, 0.0], [1.0, 2.0]]), np.array([1.0, -1.0]), 0.5, 1)
    return [Case(by_hand, terms=4), _fit_case(rng, 4, 3, 0.125, 1, _gentle)]


def _several_passes(rng):
    return [_fit_case(rng, 3, 2, 0.125, 2, _gentle), _fit_case(rng, 5, 3, 0.1, 6, _gentle)]


def _fit_drawn(few, most):
    def draw(rng):
        cases = []
        for i in range(6):
            n, d, epochs = int(rng.integers(1, 30)), int(rng.integers(1, 9)), int(rng.integers(few, most + 1))
            rate = float(rng.uniform(0.02, 0.8) / d)  # below 2/|x|^2 the steps shrink the error
            cases.append(_fit_case(rng, n, d, rate, epochs, lambda g, *s: g.uniform(-1, 1, s), DTYPES[i % 2]))
        return cases

    return draw


def _passes(step):
    """adaline_fit with another step in it."""

    def answer(w, x, targets, rate, epochs):
        for _ in range(epochs):
            for sample, target in zip(x, targets, strict=True):
                w = step(w, sample, target, rate)
        return w

    return answer


def _in_batches(divide):
    def answer(w, x, targets, rate, epochs):
        for _ in range(epochs):
            w = w + rate * (targets - x @ w) @ x / (len(x) if divide else 1)
        return w

    return answer


def _errors_once(w, x, targets, rate, epochs):
    change = rate * (targets - x @ w) @ x
    return w + epochs * change


FIT_MISTAKES = (
    (
        "The weights wait until the end of the pass: all errors are taken with the same weights and added up. "
        "Widrow and Hoff correct the weights after every sample.", _in_batches(False),
    ),
    (
        "The weights wait until the end of the pass, and the corrections are averaged. Widrow and Hoff correct the "
        "weights after every sample.", _in_batches(True),
    ),
    ("The weights end where one pass over the data leaves them. Is there a loop over the passes, and does each pass "
     "begin with the weights of the one before?",
     lambda w, x, targets, rate, epochs: adaline_fit(w, x, targets, rate, 1)),
    ("One pass is missing at the end.",
     lambda w, x, targets, rate, epochs: adaline_fit(w, x, targets, rate, epochs - 1)),
    ("The loop over the samples ends after the first one. Is the return inside the loop?",
     lambda w, x, targets, rate, epochs: adaline_step(w, x[0], targets[0], rate)),
    ("One pass too many is made.",
     lambda w, x, targets, rate, epochs: adaline_fit(w, x, targets, rate, epochs + 1)),
    ("Each sample is shown `epochs` times in a row. A pass goes once over all samples, and then the next pass begins.",
     lambda w, x, targets, rate, epochs: adaline_fit(w, np.repeat(x, epochs, 0), np.repeat(targets, epochs), rate, 1)),
    ("The weights come back as they were given. A step makes new weights; are they kept for the next sample?",
     lambda w, x, targets, rate, epochs: w),
    ("Only the step on the last sample is left, made from the weights given. Each step begins with the weights of the "
     "one before.",
     lambda w, x, targets, rate, epochs: adaline_step(w, x[-1], targets[-1], rate)),
    ("The weights after every pass come back; those after the last one are asked for.",
     lambda w, x, targets, rate, epochs: np.array([adaline_fit(w, x, targets, rate, e + 1) for e in range(epochs)])),
    ("The target of the first sample is used for all of them.",
     lambda w, x, targets, rate, epochs: adaline_fit(w, x, np.full_like(targets, targets[0]), rate, epochs)),
    ("The first sample of every pass is left out.",
     lambda w, x, targets, rate, epochs: adaline_fit(w, x[1:], targets[1:], rate, epochs)),
    ("The last sample of every pass is left out.",
     lambda w, x, targets, rate, epochs: adaline_fit(w, x[:-1], targets[:-1], rate, epochs)),
    ("The weights given are ignored: the first pass begins at zero.",
     lambda w, x, targets, rate, epochs: adaline_fit(np.zeros_like(w), x, targets, rate, epochs)),
    ("The errors are taken once, with the starting weights, and used in every step after.", _errors_once),
    ("The samples are gone through from the last to the first.",
     lambda w, x, targets, rate, epochs: adaline_fit(w, x[::-1], targets[::-1], rate, epochs)),
    ("What comes back are the outputs for the samples; the weights are asked for.",
     lambda w, x, targets, rate, epochs: x @ adaline_fit(w, x, targets, rate, epochs)),
)  # fmt: skip

FIT = Exercise(
    "adaline_fit", ADALINE, adaline_fit,
    (
        Group("one pass", 6, _one_pass, _fit_drawn(1, 1)),
        Group("several passes", 8, _several_passes, _fit_drawn(2, 12)),
    ),
    misconceptions=(
        *(Misconception(says, ADALINE, answer) for says, answer in FIT_MISTAKES),
        *(Misconception(says, ADALINE, _passes(step)) for says, step in STEP_MISTAKES),
    ),
)  # fmt: skip


# --- back-propagation, 1986 ------------------------------------------------------------------------------------------


def sigmoid(z):
    """1/(1 + exp(-z)), without overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def unit_gradient(x, o, target):
    """The chain rule for one sigmoid unit: dE/do, do/dw and their product dE/dw."""
    dE_do = o - target
    do_dw = o * (1 - o) * x
    return dE_do, do_dw, dE_do * do_dw


def mlp_forward(x, W1, b1, W2, b2):
    """Hidden outputs h and outputs o of the two-layer sigmoid network."""
    h = sigmoid(x @ W1.T + b1)
    return h, sigmoid(h @ W2.T + b2)


def mlp_backward(x, h, o, targets, W2):
    """Gradients of E = 1/2 sum (o - targets)^2, summed over samples and outputs."""
    return _backward(x, h, o, targets, W2)


def momentum_step(w, gradient, velocity, rate, momentum):
    """The change is -rate*gradient + momentum*(the change before)."""
    velocity = momentum * velocity - rate * gradient
    return w + velocity, velocity


def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    """`sweeps` steps with momentum, each on the gradient over all samples."""
    weights = [W1, b1, W2, b2]
    changes = [np.zeros_like(w) for w in weights]
    for _ in range(sweeps):
        h, o = mlp_forward(x, *weights)
        gradients = mlp_backward(x, h, o, targets, weights[2])
        for i, gradient in enumerate(gradients):
            weights[i], changes[i] = momentum_step(weights[i], gradient, changes[i], rate, momentum)
    return tuple(weights)


def _slope(y):
    """The sigmoid's derivative from its output."""
    return y * (1 - y)


def _slope_again(y):
    return _slope(sigmoid(y))


def _no_slope(y):
    return np.ones_like(y)


def _backward(x, h, o, targets, W2, out_slope=_slope, hidden_slope=_slope, error=np.subtract, through=None):
    """The gradients, with its four choices left open: the mistakes below set one of them wrong each."""
    d2 = error(o, targets) * out_slope(o)
    d1 = (d2 @ W2 if through is None else through(d2, W2)) * hidden_slope(h)
    return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)


def _sigmoid_ordinary(rng):
    return [Case((np.array([0.0, 1.0, -1.0, 2.5]),)), Case((quarters(rng, 2, 3),))]


def _sigmoid_large(rng):
    return [Case((np.array([1000.0, -1000.0, 40.0]),))]


def _sigmoid_drawn(scale):
    def draw(rng):
        shapes = [(7,), (3, 4), (1, 1), (2, 3, 4)]
        return [Case(((scale * normal(rng, *s)).astype(DTYPES[i % 2]),)) for i, s in enumerate(shapes)]

    return draw


def _softmax(axis, stable):
    def answer(z):
        e = np.exp(z - z.max(axis=axis, keepdims=True) if stable else z)
        return e / e.sum(axis=axis, keepdims=True)

    return answer


SIGMOID = Exercise(
    "sigmoid", BACKPROP, sigmoid,
    (
        Group("ordinary numbers", 4, _sigmoid_ordinary, _sigmoid_drawn(2.0)),
        Group("large numbers", 2, _sigmoid_large, _sigmoid_drawn(1000.0)),
    ),
    misconceptions=(
        *(
            Misconception(
                "The sign of z is turned round: a large positive z should give a number near 1.", BACKPROP, answer,
            )
            for answer in (lambda z: sigmoid(-z), lambda z: np.exp(-z) / (1 + np.exp(-z)))
        ),
        Misconception(
            "This is tanh, which runs from -1 to 1. The sigmoid runs from 0 to 1.", BACKPROP, np.tanh,
        ),
        Misconception(
            "For large z numerator and denominator both overflow, and infinity over infinity is not a number. "
            "Divide both by exp(z) first.", BACKPROP, lambda z: np.exp(z) / (1 + np.exp(z)),
        ),
        Misconception(
            "This is the slope of the sigmoid; the sigmoid itself is asked for.",
            BACKPROP, lambda z: _slope(sigmoid(z)),
        ),
        Misconception(
            "1 / 1 + exp(-z) divides before it adds: the sum below the line needs parentheses.",
            BACKPROP, lambda z: 1 / 1 + np.exp(-z),
        ),
        Misconception(
            "The sign of z is lost: a negative z should give a number below 1/2.",
            BACKPROP, lambda z: sigmoid(np.abs(z)),
        ),
        *(
            Misconception(
                "The numbers are divided by a sum over the others, which is softmax. The sigmoid looks at each number "
                "by itself.", BACKPROP, answer,
            )
            for answer in (_softmax(None, True), _softmax(None, False), _softmax(-1, True), _softmax(-1, False))
        ),
        *(
            Misconception(
                "The result is on or off. The sigmoid takes every value between 0 and 1.",
                BACKPROP, lambda z, at_zero=at_zero: np.heaviside(z, at_zero),
            )
            for at_zero in (0.0, 0.5, 1.0)
        ),
        *(
            Misconception("A power of another number than e is taken.", BACKPROP, lambda z, e=base: 1 / (1 + e**-z))
            for base in (10.0, 2.0)
        ),
        Misconception(
            "z goes in twice as large as it is.", BACKPROP, lambda z: sigmoid(2 * z),
        ),
        Misconception(
            "This is max(0, z), another bend. The sigmoid runs from 0 to 1.", BACKPROP, lambda z: np.maximum(z, 0),
        ),
        Misconception(
            "Below the line stands a difference, 1 - exp(-z). It should be a sum.",
            BACKPROP, lambda z: 1 / (1 - np.exp(-z)),
        ),
    ),
)  # fmt: skip


def _unit_case(x, o, target):
    return Case((x, o, target))


def _unit_public(rng):
    return [
        _unit_case(np.array([1.0, 2.0]), 0.8, 1.0),
        _unit_case(np.array([0.5, -1.5, 2.0]), 0.25, 0.0),
        _unit_case(quarters(rng, 4), 0.6, 0.1),
    ]


def _unit_drawn(rng):
    return [
        _unit_case(
            normal(rng, int(rng.integers(1, 20)), dtype=DTYPES[i % 2]),
            float(rng.uniform(0.05, 0.95)), float(rng.uniform(0, 1)),
        )
        for i in range(6)
    ]  # fmt: skip


def _unit(error=lambda o, t: o - t, slope=_slope):
    def answer(x, o, target):
        dE_do, do_dw = error(o, target), slope(np.asarray(o)) * x
        return dE_do, do_dw, dE_do * do_dw

    return answer


def _slope_without_input(x, o, target):
    return o - target, _slope(o), (o - target) * _slope(o)


def _slope_left_out_of_the_product(x, o, target):
    return o - target, _slope(o) * x, (o - target) * x


def _added(x, o, target):
    dE_do, do_dw, _ = unit_gradient(x, o, target)
    return dE_do, do_dw, dE_do + do_dw


def _slope_of_inputs(x, o, target):
    return o - target, _slope(x), (o - target) * _slope(x)


def _other_product(product):
    def answer(x, o, target):
        dE_do, do_dw, _ = unit_gradient(x, o, target)
        return dE_do, do_dw, product(dE_do, do_dw, x)

    return answer


NO_SLOPE = "The slope of the sigmoid is missing: o reacts to its net input by o(1 - o), not by 1."
SLOPE_AGAIN = "The sigmoid is taken twice: o is already its output, and the slope is o(1 - o) with that o."
UNIT = Exercise(
    "unit_gradient", BACKPROP, unit_gradient,
    (
        Group("dE/do", 4, _unit_public, _unit_drawn, part=0),
        Group("do/dw", 5, _unit_public, _unit_drawn, part=1),
        Group("dE/dw", 5, _unit_public, _unit_drawn, part=2),
    ),
    parts=("dE_do", "do_dw", "dE_dw"),
    misconceptions=(
        Misconception(NO_SLOPE, BACKPROP, _unit(slope=_no_slope)),
        Misconception(NO_SLOPE, BACKPROP, _slope_left_out_of_the_product),
        Misconception(SLOPE_AGAIN, BACKPROP, _unit(slope=_slope_again)),
        Misconception(
            "The slope is o(1 + o); a minus belongs there.", BACKPROP, _unit(slope=lambda o: o * (1 + o)),
        ),
        Misconception(
            "The sign of the error is turned round: E grows with o where o lies above the target.",
            BACKPROP, _unit(error=lambda o, t: t - o),
        ),
        Misconception(
            "A factor 2 is left over: the 1/2 in front of the square is there to cancel it.",
            BACKPROP, _unit(error=lambda o, t: 2 * (o - t)),
        ),
        Misconception(
            "dE/do is the error E itself; its derivative is asked for.",
            BACKPROP, _unit(error=lambda o, t: 0.5 * (o - t) ** 2),
        ),
        Misconception(
            "The input x is missing: this is the derivative by the net input w.x, one number, and each weight has "
            "its own.", BACKPROP, _slope_without_input,
        ),
        Misconception("The two factors of the chain rule are added; they multiply.", BACKPROP, _added),
        Misconception(
            "This is the slope of tanh, 1 - o^2. The slope of the sigmoid is o(1 - o).",
            BACKPROP, _unit(slope=lambda o: 1 - o**2),
        ),
        *(
            Misconception("A part of the slope is missing: it is a product of two, o and 1 - o.", BACKPROP, answer)
            for answer in (_unit(slope=lambda o: o), _unit(slope=lambda o: 1 - o))
        ),
        Misconception(
            "The slope is taken at the inputs, x(1 - x). It is the unit's output o that it is read off.",
            BACKPROP, _slope_of_inputs,
        ),
        Misconception(
            "Only the size of the error is used; its sign is lost: E falls with o where o lies below the target.",
            BACKPROP, _unit(error=lambda o, t: abs(o - t)),
        ),
        *(
            Misconception(
                "The three results come back in another order: dE/do, do/dw, dE/dw.",
                BACKPROP, lambda *given, order=order: tuple(unit_gradient(*given)[i] for i in order),
            )
            for order in itertools.islice(itertools.permutations(range(3)), 1, None)
        ),
        Misconception(
            "dE/do contains the slope of the sigmoid already. The slope belongs to do/dw.",
            BACKPROP, _unit(error=lambda o, t: (o - t) * _slope(o)),
        ),
        Misconception(NO_SLOPE, BACKPROP, lambda x, o, t: (o - t, x, (o - t) * _slope(o) * x)),
        *(
            Misconception("The product is a matrix. It is a row of numbers as long as x, (D,).", BACKPROP,
                          _other_product(lambda a, b, x, shape=shape: (a * b).reshape(shape)))
            for shape in ((-1, 1), (1, -1))
        ),
        Misconception(
            "The input x goes in twice in the product: do/dw contains it already.",
            BACKPROP, _other_product(lambda a, b, x: a * b * x),
        ),
        Misconception(
            "The sign of the product is turned round. The gradient is asked for, not the step against it.",
            BACKPROP, _other_product(lambda a, b, x: -a * b),
        ),
        Misconception(
            "The product is added up over the inputs. Each weight has a derivative of its own.",
            BACKPROP, _other_product(lambda a, b, x: np.sum(a * b)),
        ),
    ),
)  # fmt: skip


def _network(rng, n, d, h, m, draw=normal, dtype=np.float64):
    """x, W1, b1, W2, b2 of a network with d inputs, h hidden units and m outputs."""
    return tuple(draw(rng, *shape).astype(dtype) for shape in ((n, d), (h, d), (h,), (m, h), (m,)))


def _forward_public(rng):
    by_hand = (np.array([[1.0, 0.0]]), np.array([[2.0, 1.0], [0.0, -1.0]]), np.array([-2.0, 0.0]),
               np.array([[1.0, -2.0]]), np.array([0.5]))  # fmt: skip
    return [Case(by_hand, terms=4)] + [
        Case(_network(rng, *sizes, draw=_gentle), terms=10) for sizes in [(3, 2, 4, 1), (2, 3, 3, 3)]
    ]


def _forward_drawn(rng):
    sizes = rng.integers(1, 15, (6, 4))
    return [Case(_network(rng, *map(int, s), dtype=DTYPES[i % 2]), terms=40) for i, s in enumerate(sizes)]


def _forward_with(hidden=sigmoid, output=sigmoid, first=1, second=1):
    """mlp_forward with other units, or with a bias multiplied by 0."""

    def answer(x, W1, b1, W2, b2):
        h = hidden(x @ W1.T + first * b1)
        return h, output(h @ W2.T + second * b2)

    return answer


def _biases_outside(first, second):
    """mlp_forward with the biases of the layers marked 1 added after the sigmoid."""

    def answer(x, W1, b1, W2, b2):
        h = sigmoid(x @ W1.T) + b1 if first else sigmoid(x @ W1.T + b1)
        return h, sigmoid(h @ W2.T) + b2 if second else sigmoid(h @ W2.T + b2)

    return answer


def _biases_many_times(first, second):
    """mlp_forward with the biases of the layers marked 1 added once for every input."""

    def answer(x, W1, b1, W2, b2):
        times = (W1.shape[1] if first else 1, W2.shape[1] if second else 1)
        return mlp_forward(x, W1, times[0] * b1, W2, times[1] * b2)

    return answer


def _relu(z):
    return np.maximum(z, 0)


def _falling(z):
    return sigmoid(-z)


def _same(z):
    return z


FORWARD = Exercise(
    "mlp_forward", BACKPROP, mlp_forward,
    (
        Group("hidden outputs", 4, _forward_public, _forward_drawn, part=0),
        Group("outputs", 4, _forward_public, _forward_drawn, part=1),
    ),
    parts=("h", "o"),
    misconceptions=(
        Misconception("The output units have no sigmoid.", BACKPROP, _forward_with(output=_same)),
        Misconception("The hidden units have no sigmoid.", BACKPROP, _forward_with(hidden=_same)),
        Misconception("Neither layer has its sigmoid.", BACKPROP, _forward_with(_same, _same)),
        Misconception(
            "The hidden units use max(0, ...). The network of 1986 has sigmoids in both layers.",
            BACKPROP, _forward_with(hidden=_relu),
        ),
        Misconception("The biases of the hidden units are left out.", BACKPROP, _forward_with(first=0)),
        Misconception("The biases of the output units are left out.", BACKPROP, _forward_with(second=0)),
        Misconception("Both layers are without their biases.", BACKPROP, _forward_with(first=0, second=0)),
        Misconception("The biases of the hidden units are subtracted.", BACKPROP, _forward_with(first=-1)),
        Misconception("The biases of the output units are subtracted.", BACKPROP, _forward_with(second=-1)),
        Misconception("Both layers subtract their biases.", BACKPROP, _forward_with(first=-1, second=-1)),
        Misconception(
            "The sigmoid is applied twice in the output layer.",
            BACKPROP, _forward_with(output=lambda z: sigmoid(sigmoid(z))),
        ),
        Misconception(
            "The two results come back in the wrong order: the hidden outputs first, then the outputs.",
            BACKPROP, lambda *network: mlp_forward(*network)[::-1],
        ),
        Misconception(
            "The outputs are one sample a column. Samples are rows here, in x and in the outputs of both layers.",
            BACKPROP, lambda *network: tuple(part.T for part in mlp_forward(*network)),
        ),
        Misconception(
            "The hidden units use tanh, which runs from -1 to 1. The network of 1986 has sigmoids in both layers.",
            BACKPROP, _forward_with(hidden=np.tanh),
        ),
        Misconception(
            "Both layers use tanh, which runs from -1 to 1. The network of 1986 has sigmoids.",
            BACKPROP, _forward_with(np.tanh, np.tanh),
        ),
        Misconception(
            "Both layers use max(0, ...). The network of 1986 has sigmoids.", BACKPROP, _forward_with(_relu, _relu),
        ),
        Misconception(
            "The outputs of a sample are divided by their sum, as in softmax. Each output is a sigmoid by itself.",
            BACKPROP, _forward_with(output=_softmax(1, True)),
        ),
        Misconception(
            "The hidden outputs of a sample are divided by their sum, as in softmax. Each is a sigmoid by itself.",
            BACKPROP, _forward_with(hidden=_softmax(1, True)),
        ),
        Misconception(
            "The outputs of a sample are divided by their sum in both layers, as in softmax. Each is a sigmoid by "
            "itself.", BACKPROP, _forward_with(_softmax(1, True), _softmax(1, True)),
        ),
        *(
            Misconception("The hidden units are on or off. A sigmoid takes every value between 0 and 1.",
                          BACKPROP, _forward_with(hidden=lambda z, at_zero=at_zero: np.heaviside(z, at_zero)))
            for at_zero in (0.0, 1.0)
        ),
        *(
            Misconception("The sign of the net input is turned round: a large one should give a number near 1.",
                          BACKPROP, _forward_with(*units))
            for units in ((_falling, _falling), (_falling, sigmoid), (sigmoid, _falling))
        ),
        Misconception(
            "What comes back as h are the net inputs; the sigmoid of them is asked for.",
            BACKPROP, lambda x, W1, b1, W2, b2: (x @ W1.T + b1, mlp_forward(x, W1, b1, W2, b2)[1]),
        ),
        Misconception(
            "The outputs are computed from the hidden units' net inputs. They are computed from h.",
            BACKPROP, lambda x, W1, b1, W2, b2: (mlp_forward(x, W1, b1, W2, b2)[0],
                                                 sigmoid((x @ W1.T + b1) @ W2.T + b2)),
        ),
        *(
            Misconception("The biases are added after the sigmoid. They belong to the net input, inside it.",
                          BACKPROP, _biases_outside(*layers))
            for layers in ((1, 1), (1, 0), (0, 1))
        ),
        *(
            Misconception("A bias is added once for every input of its unit. It is added once.",
                          BACKPROP, _biases_many_times(*layers))
            for layers in ((1, 1), (1, 0), (0, 1))
        ),
        Misconception(
            "Every row is computed from the first sample.",
            BACKPROP, lambda x, *layers: mlp_forward(np.repeat(x[:1], len(x), axis=0), *layers),
        ),
    ),
)  # fmt: skip


def _backward_case(rng, n, d, h, m, draw=normal, dtype=np.float64):
    x, W1, b1, W2, b2 = _network(rng, n, d, h, m, draw, dtype)
    hidden, o = mlp_forward(x, W1, b1, W2, b2)
    targets = rng.integers(0, 2, o.shape).astype(dtype)
    return Case((x, hidden.astype(dtype), o.astype(dtype), targets, W2), terms=n * m * h)


def _backward_public(rng):
    by_hand = (np.array([[1.0, 2.0]]), np.array([[0.5, 0.25]]), np.array([[0.8]]), np.array([[1.0]]),
               np.array([[2.0, -4.0]]))  # fmt: skip
    return [Case(by_hand, terms=4)] + [_backward_case(rng, *s) for s in [(4, 2, 3, 1), (3, 2, 4, 2), (2, 3, 3, 3)]]


def _backward_drawn(rng):
    sizes = rng.integers(1, 12, (6, 4))
    return [_backward_case(rng, *map(int, s), dtype=DTYPES[i % 2]) for i, s in enumerate(sizes)]


def _averaged(*places):
    """mlp_backward with the gradients at `places` divided by the number of samples."""

    def answer(x, h, o, targets, W2):
        gradients = mlp_backward(x, h, o, targets, W2)
        return tuple(g / len(x) if i in places else g for i, g in enumerate(gradients))

    return answer


def _only(which, *places):
    """mlp_backward with the gradients at `places` taken of some samples only."""

    def answer(x, h, o, targets, W2):
        few = mlp_backward(x[which], h[which], o[which], targets[which], W2)
        every = mlp_backward(x, h, o, targets, W2)
        return tuple(few[i] if i in places else every[i] for i in range(4))

    return answer


def _no_biases(x, h, o, targets, W2):
    dW1, db1, dW2, db2 = mlp_backward(x, h, o, targets, W2)
    return dW1, np.zeros_like(db1), dW2, np.zeros_like(db2)


def _turned(x, h, o, targets, W2):
    dW1, db1, dW2, db2 = mlp_backward(x, h, o, targets, W2)
    return dW1.T, db1, dW2.T, db2


def _biases_kept(*places):
    """mlp_backward with the gradients of the biases at `places` as the deltas of all samples."""

    def answer(x, h, o, targets, W2):
        gradients = list(mlp_backward(x, h, o, targets, W2))
        d2 = (o - targets) * _slope(o)
        deltas = {1: d2 @ W2 * _slope(h), 3: d2}
        return tuple(deltas[i] if i in places else g for i, g in enumerate(gradients))

    return answer


def _biases_summed(*places):
    """mlp_backward with the gradients of the biases at `places` as one number."""

    def answer(*given):
        return tuple(g.sum() if i in places else g for i, g in enumerate(mlp_backward(*given)))

    return answer


def _reordered(*order):
    return lambda *given: tuple(mlp_backward(*given)[i] for i in order)


def _raw_error_back(x, h, o, targets, W2):
    d1 = (o - targets) @ W2 * _slope(h)
    return d1.T @ x, d1.sum(axis=0), *mlp_backward(x, h, o, targets, W2)[2:]


def _slope_twice_back(x, h, o, targets, W2):
    d1 = (o - targets) * _slope(o) ** 2 @ W2 * _slope(h)
    return d1.T @ x, d1.sum(axis=0), *mlp_backward(x, h, o, targets, W2)[2:]


def _backward_mistake(says, **wrong):
    return Misconception(says, BACKPROP, lambda x, h, o, targets, W2: _backward(x, h, o, targets, W2, **wrong))


WEIGHTS_OR_BIASES = ((0, 1, 2, 3), (0, 2), (1, 3))  # all gradients, those of the weights, those of the biases
BACKWARD = Exercise(
    "mlp_backward", BACKPROP, mlp_backward,
    (
        Group("weights of the output layer", 5, _backward_public, _backward_drawn, part=2),
        Group("biases of the output layer", 3, _backward_public, _backward_drawn, part=3),
        Group("weights of the hidden layer", 6, _backward_public, _backward_drawn, part=0),
        Group("biases of the hidden layer", 4, _backward_public, _backward_drawn, part=1),
    ),
    parts=("dW1", "db1", "dW2", "db2"),
    misconceptions=(
        _backward_mistake(
            "The slope of the output units, o(1 - o), is missing. (With another error, the cross entropy, it cancels; "
            "with the square it does not.)", out_slope=_no_slope,
        ),
        _backward_mistake("The slope of the hidden units, h(1 - h), is missing.", hidden_slope=_no_slope),
        _backward_mistake(
            "The slopes of the sigmoids are missing in both layers.", out_slope=_no_slope, hidden_slope=_no_slope,
        ),
        _backward_mistake(
            "The slope of the output units is taken of sigmoid(o), but o is already a sigmoid's output.",
            out_slope=_slope_again,
        ),
        _backward_mistake(
            "The slope of the hidden units is taken of sigmoid(h), but h is already a sigmoid's output.",
            hidden_slope=_slope_again,
        ),
        _backward_mistake(
            "The slopes are taken of sigmoid(o) and sigmoid(h), but o and h are already a sigmoid's outputs.",
            out_slope=_slope_again, hidden_slope=_slope_again,
        ),
        _backward_mistake(
            "The sign of the error is turned round: this is minus the gradient, and a step against it goes uphill.",
            error=lambda o, t: t - o,
        ),
        _backward_mistake(
            "A factor 2 is left over: the 1/2 in front of the squares is there to cancel it.",
            error=lambda o, t: 2 * (o - t),
        ),
        _backward_mistake(
            "The error reaches the hidden units without passing the weights W2: each hidden unit is to blame for an "
            "output's error as far as its weight lets it act on it.",
            through=lambda d2, W2: np.repeat(d2.sum(axis=1, keepdims=True), W2.shape[1], axis=1),
        ),
        _backward_mistake(
            "Only the sizes of the weights W2 are used on the way back; their signs count, too.",
            through=lambda d2, W2: d2 @ np.abs(W2),
        ),
        *(
            Misconception(
                "Gradients are divided by the number of samples. E is the sum over all samples, as in 1986.",
                BACKPROP, _averaged(*places),
            )
            for places in (*WEIGHTS_OR_BIASES, (0, 1), (2, 3))
        ),
        _backward_mistake(
            "The error is divided by the number of outputs. E is the sum over all outputs, as in 1986.",
            error=lambda o, t: (o - t) / o.shape[1],
        ),
        *(
            _backward_mistake(
                "A part of the slope of the hidden units is missing: it is a product of two, h and 1 - h.",
                hidden_slope=slope,
            )
            for slope in (lambda y: y, lambda y: 1 - y)
        ),
        *(
            _backward_mistake(
                "A part of the slope of the output units is missing: it is a product of two, o and 1 - o.",
                out_slope=slope,
            )
            for slope in (lambda y: y, lambda y: 1 - y)
        ),
        *(
            _backward_mistake(
                "A part of the slopes is missing: each is a product of two, o and 1 - o.",
                hidden_slope=slope, out_slope=slope,
            )
            for slope in (lambda y: y, lambda y: 1 - y)
        ),
        Misconception(
            "The slope of the output units goes into the hidden layer's gradients twice; delta2 contains it already.",
            BACKPROP, _slope_twice_back,
        ),
        *(
            Misconception(
                "Only the last sample counts: each sample's gradient overwrites the one before. Add them up.",
                BACKPROP, _only(slice(-1, None), *places),
            )
            for places in (*WEIGHTS_OR_BIASES, (0,), (2,), (1,), (3,), (0, 1), (2, 3))
        ),
        Misconception(
            "Only the first sample counts. The gradients of all samples are added up.",
            BACKPROP, _only(slice(0, 1), 0, 1, 2, 3),
        ),
        Misconception(
            "The biases' gradients are 0. A bias is a weight whose input is always 1.", BACKPROP, _no_biases,
        ),
        Misconception(
            "Rows and columns are swapped: a gradient has the shape of its weights.", BACKPROP, _turned,
        ),
        *(
            Misconception(
                "The gradients of the biases are kept sample by sample. All samples share the biases, so they add up.",
                BACKPROP, _biases_kept(*places),
            )
            for places in ((1, 3), (1,), (3,))
        ),
        *(
            Misconception(
                "The gradients of the biases are added up over the units, too. Each unit has a bias of its own.",
                BACKPROP, _biases_summed(*places),
            )
            for places in ((1, 3), (1,), (3,))
        ),
        Misconception(
            "The layers come back in the wrong order: first dW1, db1 of the hidden layer, then dW2, db2.",
            BACKPROP, _reordered(2, 3, 0, 1),
        ),
        Misconception(
            "The results come back in the wrong order: dW1, db1, dW2, db2.", BACKPROP, _reordered(0, 2, 1, 3),
        ),
        _backward_mistake(
            "Only one output sends its blame back to the hidden units; they get their share of every output's.",
            through=lambda d2, W2: d2[:, :1] @ W2[:1],
        ),
        _backward_mistake(
            "Only one output sends its blame back to the hidden units; they get their share of every output's.",
            through=lambda d2, W2: d2[:, -1:] @ W2[-1:],
        ),
        _backward_mistake(
            "The blame of the outputs is averaged for the hidden units; it is added up.",
            through=lambda d2, W2: d2 @ W2 / len(W2),
        ),
        _backward_mistake(
            "The slope of the hidden units is that of tanh, 1 - h^2. The slope of a sigmoid is h(1 - h).",
            hidden_slope=lambda y: 1 - y**2,
        ),
        _backward_mistake(
            "The slopes are those of tanh, 1 - o^2. The slope of a sigmoid is o(1 - o).",
            hidden_slope=lambda y: 1 - y**2, out_slope=lambda y: 1 - y**2,
        ),
        Misconception(
            "The error goes back to the hidden units without the slope of the output units. It is delta2 that goes "
            "back, and it contains o(1 - o).", BACKPROP, _raw_error_back,
        ),
        Misconception(
            "The last sample is left out. The gradients of all samples are added up.",
            BACKPROP, _only(slice(None, -1), 0, 1, 2, 3),
        ),
        Misconception(
            "The first sample is left out. The gradients of all samples are added up.",
            BACKPROP, _only(slice(1, None), 0, 1, 2, 3),
        ),
    ),
)  # fmt: skip


def _momentum_case(rng, shape, rate, momentum, draw=quarters, dtype=np.float64):
    return Case((*(draw(rng, *shape).astype(dtype) for _ in range(3)), rate, momentum))


def _at_rest(rng):
    return [Case((np.array([1.0, 2.0]), np.array([0.5, -1.0]), np.zeros(2), 0.1, 0.9))]


def _moving(rng):
    return [_momentum_case(rng, shape, 0.25, 0.5) for shape in [(3,), (2, 3)]] + [_momentum_case(rng, (4,), 0.1, 0.9)]


def _momentum_public(rng):
    return [*_at_rest(rng), *_moving(rng)]


def _momentum_drawn(rng):
    return [
        _momentum_case(rng, shape, float(rng.uniform(0.01, 1)), float(rng.uniform(0.1, 0.95)), normal, DTYPES[i % 2])
        for i, shape in enumerate([(1,), (9,), (4, 7), (1, 3), (2, 2)])
    ]


def _moved(change):
    def answer(w, gradient, velocity, rate, momentum):
        velocity = change(gradient, velocity, rate, momentum)
        return w + velocity, velocity

    return answer


def _lagging(w, gradient, velocity, rate, momentum):
    return w + velocity, momentum * velocity - rate * gradient


def _unscaled(w, gradient, velocity, rate, momentum):
    velocity = momentum * velocity + gradient
    return w - rate * velocity, velocity


MOMENTUM = Exercise(
    "momentum_step", BACKPROP, momentum_step,
    (
        Group("weights", 3, _momentum_public, _momentum_drawn, part=0),
        Group("velocity", 3, _momentum_public, _momentum_drawn, part=1),
    ),
    parts=("w", "velocity"),
    misconceptions=(
        Misconception(
            "The step goes up the gradient. The error falls against it.",
            BACKPROP, _moved(lambda g, v, rate, m: m * v + rate * g),
        ),
        Misconception(
            "The momentum is left out: the change before has no say.",
            BACKPROP, _moved(lambda g, v, rate, m: -rate * g),
        ),
        Misconception(
            "The learning rate is left out of the step.", BACKPROP, _moved(lambda g, v, rate, m: m * v - g),
        ),
        Misconception(
            "The old velocity is kept whole; it should be multiplied by the momentum.",
            BACKPROP, _moved(lambda g, v, rate, m: v - rate * g),
        ),
        Misconception(
            "The gradient is multiplied by 1 - momentum as well: that is a running average, another rule.",
            BACKPROP, _moved(lambda g, v, rate, m: m * v - (1 - m) * rate * g),
        ),
        Misconception(
            "Rate and momentum are swapped.", BACKPROP, _moved(lambda g, v, rate, m: rate * v - m * g),
        ),
        Misconception(
            "The weights move by the velocity before this step; the new velocity is what they move by.",
            BACKPROP, _lagging,
        ),
        Misconception(
            "The velocity holds gradients, and the rate comes in only when the weights move (PyTorch's convention). "
            "In the sheet, as in 1986, the velocity is the change of the weights itself.", BACKPROP, _unscaled,
        ),
        Misconception(
            "The two results come back in the wrong order: the weights first, then the velocity.",
            BACKPROP, lambda *given: momentum_step(*given)[::-1],
        ),
        Misconception(
            "The velocity points up the gradient and is subtracted from the weights. In the sheet it is the change "
            "itself, which is added.", BACKPROP, lambda w, g, v, rate, m: (w - m * v - rate * g, m * v + rate * g),
        ),
        Misconception(
            "The rate stands before the old velocity, too. It belongs to the gradient only.",
            BACKPROP, _moved(lambda g, v, rate, m: rate * (m * v - g)),
        ),
        Misconception(
            "The momentum is multiplied by the weights; it belongs to the velocity.",
            BACKPROP, lambda w, g, v, rate, m: (w + m * w - rate * g, m * w - rate * g),
        ),
        Misconception(
            "The momentum is added as it is; it is multiplied by the velocity.",
            BACKPROP, _moved(lambda g, v, rate, m: m - rate * g),
        ),
        Misconception(
            "The new velocity is multiplied by the rate once more when the weights move.",
            BACKPROP, lambda w, g, v, rate, m: (w + rate * (m * v - rate * g), m * v - rate * g),
        ),
        Misconception(
            "The old velocity is multiplied by 1 - momentum; the momentum itself is what is kept of it.",
            BACKPROP, _moved(lambda g, v, rate, m: (1 - m) * v - rate * g),
        ),
        Misconception(
            "The old velocity comes back; the new one is asked for.",
            BACKPROP, lambda w, g, v, rate, m: (momentum_step(w, g, v, rate, m)[0], v),
        ),
        Misconception(
            "The weights look ahead, as in Nesterov's rule: they move by the new velocity times momentum and the step "
            "again. They move by the new velocity as it is.",
            BACKPROP, lambda w, g, v, rate, m: (w + m * (m * v - rate * g) - rate * g, m * v - rate * g),
        ),
        Misconception(
            "The new velocity is multiplied by the momentum once more when the weights move.",
            BACKPROP, lambda w, g, v, rate, m: (w + m * (m * v - rate * g), m * v - rate * g),
        ),
        Misconception(
            "The weights move by the step down the gradient only; they move by the new velocity, which has momentum "
            "in it.", BACKPROP, lambda w, g, v, rate, m: (w - rate * g, m * v - rate * g),
        ),
        Misconception(
            "The new velocity is subtracted from the weights; it is what is added to them.",
            BACKPROP, lambda w, g, v, rate, m: (w - m * v + rate * g, m * v - rate * g),
        ),
    ),
)  # fmt: skip


# --- a training run --------------------------------------------------------------------------------------------------


def _patterns(bits):
    """All 2^bits patterns of zeros and ones, one a row."""
    return np.array(list(itertools.product([0.0, 1.0], repeat=bits)))


def _exclusive_or(x):
    return (x.sum(axis=1, keepdims=True) == 1).astype(x.dtype)


def _mirrored(x):
    return (x == x[:, ::-1]).all(axis=1, keepdims=True).astype(x.dtype)


def _run(rng, x, targets, hidden, spread, rate, momentum, sweeps):
    """A task with a start from which the reference learns it: not every start leads anywhere."""
    for _ in range(50):
        start = tuple(rng.uniform(-spread, spread, shape)
                      for shape in ((hidden, x.shape[1]), (hidden,), (1, hidden), (1,)))  # fmt: skip
        case = Case((x, targets, *start, rate, momentum, sweeps), terms=10**7)  # rounding grows from sweep to sweep
        if _learnt(case, train(*case.args)) == len(x):
            return case
    raise RuntimeError("50 starts, and from none of them the task was learnt")


def _xor_public(rng):
    x = _patterns(2)
    return [_run(rng, x, _exclusive_or(x), 4, 1.0, 0.5, 0.9, 1000)]


def _xor_hidden(rng):
    """Also its opposite, and with the patterns in another order."""
    x = rng.permutation(_patterns(2))
    return [_run(rng, x, abs(flip - _exclusive_or(x)), 4, 1.0, 0.5, 0.9, 1000) for flip in (0, 1)]


def _mirror_public(rng):
    x = _patterns(4)
    return [_run(rng, x, _mirrored(x), 6, 0.5, 0.3, 0.5, 2000)]


def _mirror_hidden(rng):
    x = rng.permutation(_patterns(4))
    flip = int(rng.integers(2))
    return [_run(rng, x, abs(flip - _mirrored(x)), 6, 0.5, 0.3, 0.5, 2000)]


def _learnt(case, weights) -> int:
    """How many patterns the weights put on the right side of 1/2."""
    x, targets = case.args[:2]
    _, o = mlp_forward(x, *(np.asarray(w, np.float64) for w in weights))
    return int(np.sum((o > 0.5) == (targets > 0.5)))


def judge_training(case, want, got) -> str | None:
    """A training run is judged by what its weights do: every pattern on the right side of 1/2."""
    start, names = case.args[2:6], ("W1", "b1", "W2", "b2")
    if not isinstance(got, (tuple, list)) or len(got) != 4:
        return "W1, b1, W2, b2 should be returned, in this order, as a tuple"
    for name, before, after in zip(names, start, got, strict=True):
        if np.shape(after) != before.shape:
            return f"{name} should have shape {before.shape}, as at the start, but it has shape {np.shape(after)}"
        after = np.asarray(after)
        if after.dtype.kind not in "buif" or not np.isfinite(after).all():
            return f"{name} holds something that is not a finite number"
    if all(np.array_equal(before, after) for before, after in zip(start, got, strict=True)):
        return "these are the starting weights: nothing was learnt. Are the stepped weights kept from sweep to sweep?"
    still = [name for name, before, after in zip(names, start, got, strict=True) if np.array_equal(before, after)]
    if still:
        return f"{' and '.join(still)} should learn, too, but came back as at the start"
    right, patterns = _learnt(case, got), len(case.args[0])
    if right == patterns:
        return None
    return (
        f"with these weights {right} of {patterns} patterns lie on the right side of 1/2; after {case.args[-1]} "
        "sweeps from this start all of them can. Are mlp_forward, mlp_backward and momentum_step all ticked?"
    )


def _trained(step=momentum_step, sweeps=None, start=lambda w: w, learns=(0, 1, 2, 3), fresh=True, order=(0, 1, 2, 3)):
    """train with something wrong in it: `learns` are the arrays that move, `fresh` tells whether gradients are new."""

    def answer(x, targets, W1, b1, W2, b2, rate, momentum, times):
        weights = [start(w) for w in (W1, b1, W2, b2)]
        changes = [np.zeros_like(w) for w in weights]
        for sweep in range(times if sweeps is None else sweeps):
            if fresh or sweep == 0:
                gradients = mlp_backward(x, *mlp_forward(x, *weights), targets, weights[2])
            for i in learns:
                weights[i], changes[i] = step(weights[i], gradients[i], changes[i], rate, momentum)
        return tuple(weights[i] for i in order)

    return answer


TRAIN_MISTAKES = (
    ("These are the weights after one sweep. Is the return inside the loop?", _trained(sweeps=1)),
    (
        "The steps lead up the gradient, and the error grows from sweep to sweep.",
        _trained(lambda w, g, v, rate, m: momentum_step(w, -g, v, rate, m)),
    ),
    ("The weights given are ignored: the training begins at zero.", _trained(start=np.zeros_like)),
    ("The hidden layer stays as it was at the start: W1 and b1 learn, too.", _trained(learns=(2, 3))),
    ("The output layer stays as it was at the start: W2 and b2 learn, too.", _trained(learns=(0, 1))),
    ("The biases stay as they were at the start: b1 and b2 learn, too.", _trained(learns=(0, 2))),
    ("The gradients of the first sweep are used in all others; they change with the weights.", _trained(fresh=False)),
    ("The two layers come back in the wrong order: W1, b1, then W2, b2.", _trained(order=(2, 3, 0, 1))),
)

TRAIN = Exercise(
    "train", BACKPROP, train,
    (
        Group("exclusive or", 4, _xor_public, _xor_hidden),
        Group("mirror symmetry", 4, _mirror_public, _mirror_hidden),
    ),
    judge=judge_training,
    misconceptions=tuple(Misconception(says, BACKPROP, answer) for says, answer in TRAIN_MISTAKES),
)  # fmt: skip

EXERCISES = [LINEAR, TWO_LAYER, STEP, FIT, SIGMOID, UNIT, FORWARD, BACKWARD, MOMENTUM, TRAIN]
