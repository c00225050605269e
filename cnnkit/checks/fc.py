"""Exercises of the `fc` assignment."""

import math
from collections.abc import Callable

import numpy as np

from .. import shapes
from ..layers import fast
from .cases import normal, whole
from .exercise import Case, Exercise, Group, Misconception

STRETCH, PARAMETERS, AS_CONV = "fc.html#fc-stretch", "fc.html#fc-parameters", "fc.html#fc-as-conv"
RELU, SOFTMAX, BACKWARD = "fc.html#fc-relu", "fc.html#fc-softmax", "fc.html#fc-backward"
LAYER = "fc.html#fc-everything"
DTYPES = (np.float32, np.float64)


# --- what the reference layers do not have as functions of their own --------------------------------------------------


def stretch(x):
    """x (N, ...) -> (N, D): every input as one row, the last axis running fastest."""
    return x.reshape(len(x), -1)


def softmax(scores):
    """Scores (N, M) -> probabilities (N, M), every row adding up to 1."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def linear_as_conv(x, w, b, size):
    """The fully connected layer w (M, C*h*w), b (M,) slid over x (N, C, H, W) as M filters of size (h, w)."""
    h, width = shapes.pair("size", size, at_least=1)
    return fast.conv2d(x, w.reshape(len(w), x.shape[1], h, width), b)


# --- stretching -------------------------------------------------------------------------------------------------------


def _counted(*shape, dtype=np.float64):
    """0, 1, 2, ... in an array: every number tells where it came from."""
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


def _volumes(*all_shapes) -> Callable:
    return lambda rng: [Case((_counted(*shape),)) for shape in all_shapes]


def _drawn_volumes(axes, batch=(1, 5)) -> Callable:
    def draw(rng):
        chosen = [(int(rng.integers(*batch)), *(int(d) for d in rng.integers(1, 6, axes))) for _ in range(6)]
        return [Case((normal(rng, *shape, dtype=DTYPES[i % 2]),)) for i, shape in enumerate(chosen)]

    return draw


def _fortran(x):
    return x.reshape(len(x), -1, order="F")


def _channels_last(x):
    return x.transpose(0, 2, 3, 1).reshape(len(x), -1) if x.ndim == 4 else stretch(x)


def _second_axis_last(x):
    return stretch(np.moveaxis(x, 1, -1))


def _width_first(x):
    return stretch(x.swapaxes(-1, -2)) if x.ndim == 4 else stretch(x)


FORTRAN = "The numbers are stretched in Fortran's order, first axis fastest; the last axis should run fastest."
CHANNELS_LAST = "The channels are moved last before stretching; here they come first, (C, H, W), as the array lies."
WIDTH_FIRST = "Height and width are swapped before stretching: a map is read row by row."
STRETCHED_WRONG = (
    (FORTRAN, _fortran), (CHANNELS_LAST, _channels_last), (CHANNELS_LAST, _second_axis_last),
    (WIDTH_FIRST, _width_first),
)  # fmt: skip


def _of_four_axes(right, kind):
    """The right answer where x has four axes; elsewhere the error that x.shape[3] or N, C, H, W = x.shape gives."""

    def answer(x, *rest):
        if x.ndim != 4:
            raise kind
        return right(x, *rest)

    return answer


FOUR_AXES = "Four axes are taken for granted; an input may have fewer, such as (N, D)."
SQUEEZED = "An axis of length 1 was squeezed away; a batch of one is a batch, too."

STRETCH_MISTAKES = (
    Misconception(FOUR_AXES, STRETCH, _of_four_axes(stretch, ValueError)),
    Misconception(FOUR_AXES, STRETCH, _of_four_axes(stretch, IndexError)),
    Misconception(SQUEEZED, STRETCH, lambda x: np.squeeze(stretch(x))),
    Misconception(
        "Only the last two axes are stretched; the channels belong to the row as well.",
        STRETCH, lambda x: x.reshape(*x.shape[:2], -1),
    ),
    *(Misconception(says, STRETCH, order) for says, order in STRETCHED_WRONG),
    Misconception(
        "The whole batch becomes one row; each of the N inputs should get a row of its own.",
        STRETCH, lambda x: x.reshape(-1),
    ),
    Misconception(
        "The whole batch becomes one row; each of the N inputs should get a row of its own.",
        STRETCH, lambda x: x.reshape(1, -1),
    ),
    Misconception(
        "The inputs lie in columns, (D, N); in this course each input is a row, (N, D).",
        STRETCH, lambda x: stretch(x).T,
    ),
    Misconception(
        "The result was reshaped to (D, N), which mixes the images; each input is a row, (N, D).",
        STRETCH, lambda x: x.reshape(-1, len(x)),
    ),
    Misconception(
        "Only the last two axes are stretched; the channels belong to the row as well.",
        STRETCH, lambda x: x.reshape(*x.shape[:-2], -1) if x.ndim > 2 else x,
    ),
    Misconception("Only the first image of the batch comes back.", STRETCH, lambda x: stretch(x)[:1]),
)  # fmt: skip


# --- parameters -------------------------------------------------------------------------------------------------------


def _counts(*calls) -> Callable:
    return lambda rng: [Case(call[:2], {} if len(call) == 2 else {"bias": call[2]}) for call in calls]


def _drawn_counts(bias) -> Callable:
    def draw(rng):
        pairs = [(int(d), int(m)) for d, m in rng.integers(1, 5000, (8, 2)) if d != m]
        return [Case(pair, {} if bias is None else {"bias": bias}) for pair in pairs]

    return draw


PARAMETER_MISTAKES = (
    Misconception(
        "The weights are missing: every neuron has one for every input.",
        PARAMETERS, lambda d, m, bias=True: m if bias else 0,
    ),
    Misconception(
        "bias is read the wrong way round: the biases are counted where there are none.",
        PARAMETERS, lambda d, m, bias=True: d * m + (0 if bias else m),
    ),
    Misconception(
        "This is a float; a count is a whole number, an int.", PARAMETERS,
        lambda d, m, bias=True: float(d * m + (m if bias else 0)),
    ),
    Misconception(
        "A bias is counted for every input as well, as in (d + 1)(m + 1); only the neurons have one.",
        PARAMETERS, lambda d, m, bias=True: (d + bias) * (m + bias),
    ),
    Misconception("The biases are forgotten: each neuron has one.", PARAMETERS, lambda d, m, bias=True: d * m),
    Misconception(
        "The biases are counted even where bias=False says that there are none.",
        PARAMETERS, lambda d, m, bias=True: d * m + m,
    ),
    Misconception(
        "There is a bias for every input; there should be one for every neuron.",
        PARAMETERS, lambda d, m, bias=True: d * m + (d if bias else 0),
    ),
    Misconception(
        "There is one bias for the whole layer; every neuron has its own.",
        PARAMETERS, lambda d, m, bias=True: d * m + (1 if bias else 0),
    ),
    Misconception(
        "There is a bias for every weight; there should be one for every neuron.",
        PARAMETERS, lambda d, m, bias=True: d * m * (2 if bias else 1),
    ),
    Misconception(
        "Inputs and outputs are added; every neuron has a weight for every input, so they are multiplied.",
        PARAMETERS, lambda d, m, bias=True: d + m + (m if bias else 0),
    ),
)  # fmt: skip


# --- the layer --------------------------------------------------------------------------------------------------------


def _layer(*inputs, bias=True, part=1) -> Callable:
    """Public cases of linear: shape of x, number of neurons; small whole numbers, x in `part`-ths."""

    def draw(rng):
        cases = []
        for shape, m in inputs:
            d = int(np.prod(shape[1:]))
            args = (whole(rng, *shape, low=-3, high=4) / part, whole(rng, m, d, low=-3, high=4))
            cases.append(Case(args + ((whole(rng, m, low=5, high=9),) if bias else ()), terms=d))
        return cases

    return draw


def _drawn_layer(axes, bias=True, batch=(1, 5), square=False) -> Callable:
    def draw(rng):
        cases = []
        for i in range(6):
            shape = (int(rng.integers(*batch)), *(int(n) for n in rng.integers(1, 6, axes)))
            d = int(np.prod(shape[1:]))
            m, dtype = d if square else int(rng.integers(1, 8)), DTYPES[i % 2]
            args = (normal(rng, *shape, dtype=dtype), normal(rng, m, d, dtype=dtype))
            cases.append(Case(args + ((normal(rng, m, dtype=dtype),) if bias else ()), terms=d))
        return cases

    return draw


def _linear(out, order=stretch) -> Callable:
    """A linear with one thing wrong: out(rows, w, b) from the stretched x, b zeros where there is none."""

    def answer(x, w, b=None):
        return out(order(x), w, np.zeros(len(w)) if b is None else b)

    return answer


def _bias_by_row(rows, w, b):
    return rows @ w.T + b[:, None] if len(rows) == len(b) else rows @ w.T + b


def _without_a_test_for_none(as_row) -> Callable:
    """b is used as if it were always there; what that raises depends on how."""
    return lambda x, w, b=None: stretch(x) @ w.T + as_row(b)


def _whole_numbers(rows, w, b, start):
    """The sums of a loop that adds product by product to an array of whole numbers, from the bias on or up to it."""
    total = np.trunc(b) + np.zeros((len(rows), 1)) if start else np.zeros((len(rows), len(w)))
    for d in range(w.shape[1]):
        total = np.trunc(total + np.outer(rows[:, d], w[:, d]))
    return total if start else np.trunc(total + b)


def _broken_off(rows, w, b, kept):
    out = np.zeros((len(rows), len(w)))
    out[kept] = (rows @ w.T + b)[kept]
    return out


WHOLE = "The results lose their digits after the point: the array they are written to holds whole numbers."
KEEPS_ON = "The sum so far is kept from one result to the next; every sum starts afresh."
LAST_ONLY = "Only the last product of each sum is left; the ones before it were overwritten, use +=."
BROKEN_OFF = "Only {} computed and the rest is 0: does the function return before the loop is done?"
BIAS_NONE = "b=None is used like an array; without a bias there is nothing to add."

LINEAR_MISTAKES = (
    Misconception(FOUR_AXES, STRETCH, _of_four_axes(fast.linear, ValueError)),
    Misconception(FOUR_AXES, STRETCH, _of_four_axes(fast.linear, IndexError)),
    Misconception(SQUEEZED, LAYER, _linear(lambda rows, w, b: np.squeeze(rows @ w.T + b))),
    Misconception(
        "The products are not summed: there is one number for each image, neuron and input.", LAYER,
        _linear(lambda rows, w, b: rows[:, None] * w + b[:, None]),
    ),
    Misconception(
        "The bias overwrites the sum; it is added to it.", LAYER,
        lambda x, w, b=None: fast.linear(x, w) if b is None else np.zeros((len(x), 1)) + b,
    ),
    Misconception(
        "All neurons got the bias of the first one; each should get its own.",
        LAYER, _linear(lambda rows, w, b: rows @ w.T + b[0]),
    ),
    *(
        Misconception(f"The {one} number of every input is left out.", LAYER, _linear(out))
        for one, out in (
            ("last", lambda rows, w, b: rows[:, :-1] @ w[:, :-1].T + b),
            ("first", lambda rows, w, b: rows[:, 1:] @ w[:, 1:].T + b),
        )
    ),
    Misconception(
        "Numbers and weights are added; each number is multiplied by its weight.", LAYER,
        _linear(lambda rows, w, b: (rows[:, None] + w).sum(axis=2) + b),
    ),
    *(
        Misconception(BIAS_NONE, LAYER, _without_a_test_for_none(as_row))
        for as_row in (lambda b: b + np.zeros(1), lambda b: b.reshape(1, -1))
    ),
    *(
        Misconception(WHOLE, LAYER, _linear(out))
        for out in (
            lambda rows, w, b: np.trunc(rows @ w.T + b),
            lambda rows, w, b: np.trunc(np.trunc(rows @ w.T) + b),
            lambda rows, w, b: _whole_numbers(rows, w, b, True),
            lambda rows, w, b: _whole_numbers(rows, w, b, False),
        )
    ),
    *(
        Misconception(LAST_ONLY, LAYER, _linear(out))
        for out in (
            lambda rows, w, b: np.outer(rows[:, -1], w[:, -1]) + b,
            lambda rows, w, b: np.outer(rows[:, -1], w[:, -1]),
        )
    ),
    *(
        Misconception(KEEPS_ON, LAYER, _linear(out))
        for out in (
            lambda rows, w, b: np.cumsum(rows @ w.T, axis=0) + b,
            lambda rows, w, b: np.cumsum(rows @ w.T, axis=1) + b,
            lambda rows, w, b: np.cumsum(rows @ w.T + b, axis=1),
            lambda rows, w, b: np.cumsum(rows @ w.T).reshape(len(rows), len(w)) + b,
            lambda rows, w, b: np.cumsum(rows @ w.T + b).reshape(len(rows), len(w)),
        )
    ),
    Misconception(
        "Every image has got the results of the first one.", LAYER,
        _linear(lambda rows, w, b: np.broadcast_to(rows[:1] @ w.T + b, (len(rows), len(w))).copy()),
    ),
    Misconception(
        BROKEN_OFF.format("the first image is"), LAYER, _linear(lambda *given: _broken_off(*given, np.s_[0])),
    ),
    Misconception(
        BROKEN_OFF.format("the first neuron is"), LAYER, _linear(lambda *given: _broken_off(*given, np.s_[:, 0])),
    ),
    Misconception(
        BROKEN_OFF.format("the first number of the result is"), LAYER,
        _linear(lambda *given: _broken_off(*given, np.s_[0, 0])),
    ),
    Misconception(
        "The results are summed over the batch; each image has its own.", LAYER,
        _linear(lambda rows, w, b: (rows @ w.T + b).sum(axis=0)),
    ),
    Misconception("The bias is left out.", LAYER, _linear(lambda rows, w, b: rows @ w.T)),
    Misconception("The bias is subtracted.", LAYER, _linear(lambda rows, w, b: rows @ w.T - b)),
    Misconception(
        "The bias is added once for every input number, not once for every neuron.",
        LAYER, _linear(lambda rows, w, b: rows @ w.T + b * rows.shape[1]),
    ),
    Misconception(
        "The bias runs along the batch: each image got one; each neuron should.", LAYER, _linear(_bias_by_row),
    ),
    Misconception(
        "All neurons got the sum of the biases; each should get its own.",
        LAYER, _linear(lambda rows, w, b: rows @ w.T + b.sum()),
    ),
    Misconception(
        "This multiplies by w where the transpose of w is needed: row m of w (M, D) holds the weights of neuron m.",
        LAYER, _linear(lambda rows, w, b: rows @ w + b),
    ),
    Misconception(
        "w was reshaped to (D, M), which mixes the weights of different neurons; it has to be transposed.",
        LAYER, _linear(lambda rows, w, b: rows @ w.reshape(w.shape[::-1]) + b),
    ),
    Misconception(
        "The result is (M, N), a column for each image; it should be (N, M), a row for each.",
        LAYER, _linear(lambda rows, w, b: (rows @ w.T + b).T),
    ),
    Misconception(
        "Negative results are cut off at 0: that is ReLU, a layer of its own.",
        RELU, _linear(lambda rows, w, b: np.maximum(rows @ w.T + b, 0)),
    ),
    Misconception(
        "The sums are divided by the number of inputs; a neuron adds its products up.",
        LAYER, _linear(lambda rows, w, b: rows @ w.T / rows.shape[1] + b),
    ),
    Misconception(
        "Only the first image of the batch is computed.", LAYER, _linear(lambda rows, w, b: rows[:1] @ w.T + b),
    ),
    *(Misconception(says, STRETCH, _linear(lambda r, w, b: r @ w.T + b, order)) for says, order in STRETCHED_WRONG),
)  # fmt: skip


def _backward(*inputs) -> Callable:
    """Public cases of linear_backward: shape of x, number of neurons; small numbers, no 0 upstream."""

    def draw(rng):
        cases = []
        for shape, m in inputs:
            d = int(np.prod(shape[1:]))
            signs = np.where(np.arange(shape[0] * m).reshape(shape[0], m) % 3, 1, -1)
            dout = whole(rng, shape[0], m, low=2, high=6) * signs
            args = (dout + 0.25, whole(rng, *shape, low=-3, high=4), whole(rng, m, d, low=-3, high=4))
            cases.append(Case(args, terms=max(shape[0], m)))
        return cases

    return draw


def _drawn_backward(axes, batch=(1, 5)) -> Callable:
    def draw(rng):
        cases = []
        for i in range(6):
            shape = (int(rng.integers(*batch)), *(int(n) for n in rng.integers(1, 6, axes)))
            d, m, dtype = int(np.prod(shape[1:])), int(rng.integers(1, 8)), DTYPES[i % 2]
            args = [normal(rng, *s, dtype=dtype) for s in ((shape[0], m), shape, (m, d))]
            cases.append(Case(tuple(args), terms=max(shape[0], m)))
        return cases

    return draw


def _with(dx=None, dw=None, db=None) -> Callable:
    """A linear_backward in which one of the three is other than it should be: a function of (dout, x, w)."""
    wrong = (dx, dw, db)

    def answer(dout, x, w):
        right = fast.linear_backward(dout, x, w)
        return tuple(r if f is None else f(dout, x, w) for r, f in zip(right, wrong, strict=True))

    return answer


def _everywhere_one(dout, x, w):
    return fast.linear_backward(np.ones_like(dout), x, w)


def _divided_by_n(dout, x, w):
    return tuple(d / len(x) for d in fast.linear_backward(dout, x, w))


def _one_image(which) -> Callable:
    """dx as it should be, dw and db from one image of the batch."""

    def answer(dout, x, w):
        dx, _, _ = fast.linear_backward(dout, x, w)
        return dx, np.outer(dout[which], x[which]), dout[which]

    return answer


def _restored(dx, x, order):
    """Rows back to x's shape in a wrong order."""
    if order == "F" or x.ndim != 4:
        return dx.reshape(x.shape, order="F" if order == "F" else "C")
    n, c, h, w = x.shape
    if order == "CWH":
        return dx.reshape(n, c, w, h).swapaxes(2, 3)
    return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2)


def _negated(dout, x, w):
    return tuple(-d for d in fast.linear_backward(dout, x, w))


def _in_parts(says, wrong, parts):
    """One mistake made in all of `parts`, and made in each of them alone."""
    yield Misconception(says.format(parts, s="", **{"is": "are"}), BACKWARD, wrong)
    for i, part in enumerate(("dx", "dw", "db")):
        if part in parts:
            alone = {part: lambda dout, x, w, i=i: wrong(dout, x, w)[i]}
            yield Misconception(says.format(part, s="s", **{"is": "is"}), BACKWARD, _with(**alone))


LINEAR_BACKWARD_MISTAKES = (
    Misconception(
        "dx is multiplied by x; the slope by x is the weight alone.", BACKWARD,
        _with(dx=lambda dout, x, w: (dout @ w).reshape(x.shape) * x),
    ),
    Misconception(
        "dw is multiplied by the weights; the slope by a weight is the input.", BACKWARD,
        _with(dw=lambda dout, x, w: dout.sum(axis=0)[:, None] * w),
    ),
    *(
        Misconception(
            FOUR_AXES, STRETCH,
            lambda dout, x, w, kind=kind: _of_four_axes(lambda x: fast.linear_backward(dout, x, w), kind)(x),
        )
        for kind in (ValueError, IndexError)
    ),
    Misconception(
        "dx is summed over the batch; each image has its own.", BACKWARD,
        _with(dx=lambda dout, x, w: np.broadcast_to((dout @ w).sum(axis=0), (len(x), w.shape[1])).reshape(x.shape)),
    ),
    Misconception(
        "db is added once for every input number; it sums over the batch only.", BACKWARD,
        _with(db=lambda dout, x, w: dout.sum(axis=0) * w.shape[1]),
    ),
    Misconception(
        "db is summed over batch and neurons; each neuron has its own.",
        BACKWARD, _with(db=lambda dout, x, w: np.full(len(w), dout.sum())),
    ),
    Misconception(
        "dx uses a reshaped w where w itself is needed, which mixes the weights.",
        BACKWARD, _with(dx=lambda dout, x, w: (dout @ w.reshape(w.shape[::-1]).T).reshape(x.shape)),
    ),
    Misconception(
        "dx has the shape of the stretched rows, (N, D); it should have the shape of x.",
        BACKWARD, _with(dx=lambda dout, x, w: dout @ w),
    ),
    Misconception(
        "dx multiplies by the transpose of w; w (M, D) itself leads from M numbers back to D.",
        BACKWARD, _with(dx=lambda dout, x, w: (dout @ w.T).reshape(x.shape)),
    ),
    Misconception(
        "dx uses w reshaped to (M, D) from (D, M), which mixes the weights.",
        BACKWARD, _with(dx=lambda dout, x, w: (dout @ w.T.reshape(w.shape)).reshape(x.shape)),
    ),
    Misconception(
        "dx is put back into x's shape in Fortran's order; undo the stretching in the order it was done.",
        STRETCH, _with(dx=lambda dout, x, w: _restored(dout @ w, x, "F")),
    ),
    Misconception(
        "dx is put back with the channels last; undo the stretching in the order it was done.",
        STRETCH, _with(dx=lambda dout, x, w: _restored(dout @ w, x, "HWC")),
    ),
    Misconception(
        "dw is transposed: it should have w's shape, (M, D).",
        BACKWARD, _with(dw=lambda dout, x, w: stretch(x).T @ dout),
    ),
    Misconception(
        "dw was reshaped to w's shape where a transpose is needed; the numbers of different neurons are mixed.",
        BACKWARD, _with(dw=lambda dout, x, w: (stretch(x).T @ dout).reshape(w.shape)),
    ),
    Misconception(
        "dw stretches x in Fortran's order, another one than the forward does.",
        STRETCH, _with(dw=lambda dout, x, w: dout.T @ _fortran(x)),
    ),
    Misconception(
        "dw stretches x with the channels last, another order than the forward does.",
        STRETCH, _with(dw=lambda dout, x, w: dout.T @ _channels_last(x)),
    ),
    Misconception(
        "db is not summed over the batch: it should have b's shape, (M,).",
        BACKWARD, _with(db=lambda dout, x, w: dout),
    ),
    Misconception(
        "db is summed over the neurons; sum over the batch, so that each neuron keeps its own.",
        BACKWARD, _with(db=lambda dout, x, w: dout.sum(axis=1)),
    ),
    Misconception(
        "db is summed over batch and neurons; each neuron has its own.",
        BACKWARD, _with(db=lambda dout, x, w: dout.sum()),
    ),
    Misconception(
        "db keeps an axis of length 1: it should have b's shape, (M,).",
        BACKWARD, _with(db=lambda dout, x, w: dout.sum(axis=0, keepdims=True)),
    ),
    Misconception(
        "db is 1 everywhere: the slope of the bias is 1, but it has to be multiplied by dout and summed.",
        BACKWARD, _with(db=lambda dout, x, w: np.ones(len(w))),
    ),
    *_in_parts("{} ignore{s} the upstream gradient, as if dout were 1 everywhere.", _everywhere_one, "dx, dw and db"),
    *_in_parts(
        "{} {is} divided by N, but the mean over the batch is the loss's business and already in dout.",
        _divided_by_n, "dx, dw and db",
    ),
    *_in_parts(
        "{} {is} overwritten by each image and keep{s} the last one's; sum over the batch, use +=.",
        _one_image(-1), "dw and db",
    ),
    *_in_parts("{} take{s} the first image only; sum over the batch.", _one_image(0), "dw and db"),
    *(
        Misconception(
            "The gradients come back in another order than dx, dw, db.",
            BACKWARD, lambda dout, x, w, order=order: tuple(fast.linear_backward(dout, x, w)[i] for i in order),
        )
        for order in ((1, 2, 0), (1, 0, 2), (0, 2, 1), (2, 0, 1), (2, 1, 0))
    ),
    Misconception(
        "dx is overwritten by each neuron and keeps the last one's; sum over the neurons, use +=.",
        BACKWARD, _with(dx=lambda dout, x, w: np.outer(dout[:, -1], w[-1]).reshape(x.shape)),
    ),
    Misconception(
        "dx is put back with height and width swapped; undo the stretching in the order it was done.",
        STRETCH, _with(dx=lambda dout, x, w: _restored(dout @ w, x, "CWH")),
    ),
    *(
        Misconception(f"{part} has the wrong sign.", BACKWARD, _with(**{part: lambda *given, i=i: _negated(*given)[i]}))
        for i, part in enumerate(("dx", "dw", "db"))
    ),
    Misconception("dx, dw and db have the wrong sign.", BACKWARD, lambda *given: _negated(*given)),
)  # fmt: skip


# --- ReLU -------------------------------------------------------------------------------------------------------------

SIGNS = np.array([[-3.0, 2.0, -0.5], [4.0, -1.0, 0.25]])


def _drawn_relu(rng):
    chosen = [tuple(int(n) for n in rng.integers(1, 6, axes)) for axes in (1, 2, 3, 4, 4, 2)]
    drawn = [normal(rng, *shape, dtype=DTYPES[i % 2]) for i, shape in enumerate(chosen)]
    drawn[1].flat[0] = 100  # a ceiling shows on large numbers only
    return [Case((x,)) for x in drawn]


def _drawn_relu_backward(rng):
    return [Case((normal(rng, *case.args[0].shape, dtype=case.args[0].dtype), *case.args)) for case in _drawn_relu(rng)]


def _drawn_at_zero(rng):
    cases = []
    for axes in (1, 2, 4):
        shape = tuple(int(n) for n in rng.integers(3, 6, axes))
        x = whole(rng, *shape, low=-1, high=1)
        x.flat[0] = 0.0
        cases.append(Case((normal(rng, *shape) + 5, x)))
    return cases


RELU_MISTAKES = (
    Misconception("Numbers between 0 and 1 become 0, too; the threshold is 0.", RELU, lambda x: np.where(x > 1, x, 0)),
    Misconception("This is the softplus, log(1 + e**x): rounded where ReLU has its corner.", RELU,
                  lambda x: np.log1p(np.exp(x))),
    Misconception("This is the hyperbolic tangent.", RELU, np.tanh),
    Misconception("Large numbers are cut off as well; ReLU has no ceiling.", RELU, lambda x: np.clip(x, 0, 6)),
    Misconception("This is 1 where x is positive: the mask; the number itself should pass.", RELU,
                  lambda x: (x > 0) * 1.0),
    Misconception("This is the absolute value: negative numbers become 0, they do not change sign.", RELU, np.abs),
    Misconception("Negative numbers pass and positive ones do not; it is the other way round.", RELU,
                  lambda x: np.minimum(x, 0)),
    Misconception("Nothing is cut off: negative numbers should become 0.", RELU, lambda x: x),
    Misconception("Large numbers are cut off as well; ReLU has no ceiling.", RELU, lambda x: np.clip(x, 0, 1)),
    Misconception("This is one number for the whole array; ReLU works number by number.", RELU,
                  lambda x: np.maximum(x.max(), 0)),
    Misconception(
        "This is the largest number along the first axis: np.max(x, 0) reads its 0 as an axis.", RELU,
        lambda x: x.max(axis=0),
    ),
    Misconception("This is the sigmoid.", RELU, lambda x: 1 / (1 + np.exp(-x))),
    Misconception("The numbers lose their digits after the point: they are written to an array of whole numbers.",
                  RELU, lambda x: np.trunc(np.maximum(x, 0))),
    Misconception("Positive numbers have the wrong sign.", RELU, lambda x: np.minimum(-x, 0)),
    Misconception("What comes out are the negative numbers without their sign.", RELU, lambda x: np.maximum(-x, 0)),
    Misconception("Negative numbers are left out, and the shape is lost; they should become 0.", RELU,
                  lambda x: x[x > 0]),
    *(Misconception("Negative numbers still come through a little: that is the leaky ReLU.", RELU,
                    lambda x, slope=slope: np.where(x > 0, x, slope * x)) for slope in (0.01, 0.1, 0.2)),
)  # fmt: skip

RELU_BACKWARD_MISTAKES = (
    Misconception(
        "The mask is added to the gradient; it is multiplied with it.", BACKWARD, lambda dout, x: dout + (x > 0),
    ),
    Misconception(
        "This is the slope of the sigmoid; that of ReLU is 1 or 0.", BACKWARD,
        lambda dout, x: dout / (1 + np.exp(-x)) / (1 + np.exp(x)),
    ),
    Misconception(
        "This is ReLU of dout times x; x decides whether the gradient passes and does nothing else.", BACKWARD,
        lambda dout, x: np.maximum(dout * x, 0),
    ),
    Misconception(
        "The gradient passes where dout and x have the same sign; x alone decides.",
        BACKWARD, lambda dout, x: np.where(dout * x > 0, dout, 0),
    ),
    Misconception(
        "The mask is taken from dout; what counts is whether x was positive.",
        BACKWARD, lambda dout, x: np.where(dout > 0, dout, 0),
    ),
    Misconception(
        "The upstream gradient dout is ignored: this is the slope alone.",
        BACKWARD, lambda dout, x: (x > 0) * 1.0,
    ),
    Misconception(
        "At exactly 0 the gradient passes; in this course the slope of ReLU at 0 is 0.",
        RELU, lambda dout, x: np.where(x >= 0, dout, 0),
    ),
    Misconception(
        "At exactly 0 half of the gradient passes; in this course the slope of ReLU at 0 is 0.",
        RELU, lambda dout, x: dout * ((x > 0) + 0.5 * (x == 0)),
    ),
    Misconception(
        "The gradient is multiplied by x; where x is positive the slope is 1.",
        BACKWARD, lambda dout, x: dout * np.maximum(x, 0),
    ),
    Misconception(
        "The gradient passes everywhere; where x was negative it should stop.",
        BACKWARD, lambda dout, x: dout,
    ),
    Misconception(
        "The gradient passes where x was negative and stops where it was positive; it is the other way round.",
        BACKWARD, lambda dout, x: np.where(x < 0, dout, 0),
    ),
    Misconception(
        "The gradient passes where x was negative and stops where it was positive; it is the other way round.",
        BACKWARD, lambda dout, x: np.where(x <= 0, dout, 0),
    ),
    Misconception(
        "dout and x have changed places: x passes where dout is positive.",
        BACKWARD, lambda dout, x: np.where(dout > 0, x, 0),
    ),
    Misconception(
        "The gradient leaks through where x was negative, as for the leaky ReLU; it should stop there.",
        BACKWARD, lambda dout, x: np.where(x > 0, dout, 0.01 * dout),
    ),
    Misconception(
        "This is x where it was positive: the forward again, not the gradient.",
        BACKWARD, lambda dout, x: np.maximum(x, 0),
    ),
    Misconception(
        "The gradient changes sign where x was negative, as for an absolute value; it should stop there.",
        BACKWARD, lambda dout, x: dout * np.sign(x),
    ),
    Misconception(
        "The gradient passes only where x and dout are both positive; negative gradients pass, too.",
        BACKWARD, lambda dout, x: np.where((x > 0) & (dout > 0), dout, 0),
    ),
)  # fmt: skip


# --- softmax and cross-entropy ----------------------------------------------------------------------------------------
# Scores of about 1000 are subtracted from each other on the way, so a right answer may be off by 1000 roundings.

SURE = 1000


def _scores(*rows, dtype=np.float64) -> np.ndarray:
    return np.array(rows, dtype)


def _softmax_cases(*all_rows, terms=16) -> Callable:
    return lambda rng: [Case((_scores(*rows),), terms=terms) for rows in all_rows]


def _labelled(*given, terms=16, dtype=np.float32) -> Callable:
    """Public cases: (rows of scores, labels)."""
    return lambda rng: [Case((_scores(*rows, dtype=dtype), np.array(labels)), terms=terms) for rows, labels in given]


def _joined(*draws) -> Callable:
    return lambda rng: [case for draw in draws for case in draw(rng)]


def _drawn_scores(batch, *, labels=True, large=False, dtypes=DTYPES, count=6) -> Callable:
    """Hidden cases of N in `batch` (both included) rows; large=True lifts or lowers each row by up to 2000."""

    def draw(rng):
        cases = []
        for i in range(count):
            n, m = int(rng.integers(*batch, endpoint=True)), int(rng.integers(2, 12))
            scores = 2 * normal(rng, n, m)
            if large:
                scores += rng.choice([-1, 1], (n, 1)) * rng.integers(800, 2000, (n, 1))
            args = (scores.astype(dtypes[i % len(dtypes)]),)
            cases.append(Case(args + ((rng.integers(0, m, n),) if labels else ()), terms=2 * SURE if large else 16))
        return cases

    return draw


def _sure_and_wrong(rng):
    """One class is ahead by hundreds, and it is the wrong one: its rivals' probabilities are rounded to 0."""
    cases = []
    for i in range(6):
        n, m = int(rng.integers(1, 5)), int(rng.integers(2, 8))
        scores, labels = 2 * normal(rng, n, m), rng.integers(0, m, n)
        ahead = (labels + rng.integers(1, m, n)) % m
        scores[np.arange(n), ahead] += rng.integers(1600, 2400, n)  # by far enough above their mean, too
        cases.append(Case((scores.astype(DTYPES[i % 2]), labels), terms=2 * SURE))
    return cases


def _log_sum_exp(scores):
    top = scores.max(axis=1, keepdims=True)
    return top[:, 0] + np.log(np.exp(scores - top).sum(axis=1))


def _unguarded(scores):
    e = np.exp(scores)
    return e / e.sum(axis=1, keepdims=True)


def _unguarded_math(scores):
    """The same with math.exp, which raises OverflowError instead."""
    return np.array([[math.exp(s) / sum(math.exp(t) for t in row) for s in row] for row in scores.tolist()])


def _shifted_by_all(scores):
    return _unguarded(scores - scores.max())


def _over_the_batch(scores):
    e = np.exp(scores - scores.max(axis=0))
    return e / e.sum(axis=0)


def _over_everything(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum()


def _shifted_by_row(axis):
    """Every row shifted as it should be, then divided by the sum over the wrong axis."""

    def answer(scores):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    return answer


def _normalised(e):
    return e / e.sum(axis=1, keepdims=True)


def _shifted(scores):
    return scores - scores.max(axis=1, keepdims=True)


def _tiny_below(scores, tiny, shift):
    e = np.exp(_shifted(scores) if shift else scores)
    return e / (e.sum(axis=1, keepdims=True) + tiny)


def _kept_no_axis(scores):
    """Both reductions over a row have lost the axis."""
    e = np.exp(scores - scores.max(axis=1))
    return e / e.sum(axis=1)


def _shifted_by_mean(scores):
    return _unguarded(scores - scores.mean(axis=1, keepdims=True))


def _shifted_by_least(scores):
    return _unguarded(scores - scores.min(axis=1, keepdims=True))


def _capped(low, high):
    return lambda scores: _unguarded(np.clip(scores, low, high))


def _half_shifted(above):
    """exp(shifted) over the sum of exps of the scores as they came, or the other way round."""

    def answer(scores):
        shifted = scores - scores.max(axis=1, keepdims=True)
        top, bottom = (shifted, scores) if above else (scores, shifted)
        return np.exp(top) / np.exp(bottom).sum(axis=1, keepdims=True)

    return answer


def _to_base(base, scores):
    return _normalised(np.power(float(base), scores - scores.max(axis=1, keepdims=True)))


KEEPDIMS = "A number for each row is spread over the columns: the axis that was reduced has to be kept, (N, 1)."
MEAN = "Another score than the row's largest is subtracted, such as the mean; one far above it still overflows."
CAPPED = "The scores are cut off at a bound before exp; beyond it all are alike, and their differences are lost."
HALF_SHIFTED = "The shift is made on one side of the fraction only; it cancels if it is made on both."
OVERFLOW = "exp overflows at scores like 1000; subtracting the largest score of the row first changes nothing else."
SHIFT = "The largest score of the whole batch is subtracted; a row far below it turns to 0/0. Each row has its own."
AXIS = "The probabilities of a class add up to 1 over the images; those of an image should, over the classes."
ALL = "The probabilities of the whole batch add up to 1; those of each image should."
PROBABILITIES_WRONG = (
    (OVERFLOW, _unguarded), (OVERFLOW, _unguarded_math), (SHIFT, _shifted_by_all), (AXIS, _over_the_batch),
    (ALL, _over_everything), (ALL, _shifted_by_row(None)), (AXIS, _shifted_by_row(0)),
    (MEAN, _shifted_by_mean), (MEAN, _shifted_by_least), (CAPPED, _capped(-50, 50)), (CAPPED, _capped(None, 50)),
    (HALF_SHIFTED, _half_shifted(True)), (HALF_SHIFTED, _half_shifted(False)),
)  # fmt: skip

SOFTMAX_MISTAKES = (
    Misconception(
        "The scores are divided by the row's largest, which changes the probabilities; it is subtracted.",
        SOFTMAX, lambda scores: softmax(scores / scores.max(axis=1, keepdims=True)),
    ),
    *(
        Misconception(
            "A small number is added to the sum of the exps; with the largest exponent at 0 there is nothing to guard.",
            SOFTMAX, lambda scores, tiny=tiny, shift=shift: _tiny_below(scores, tiny, shift),
        )
        for tiny in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12)
        for shift in (False, True)
    ),
    Misconception(
        "The exps are divided by the length of the row, the root of its squares, not by its sum.", SOFTMAX,
        lambda scores: np.exp(_shifted(scores)) / np.linalg.norm(np.exp(_shifted(scores)), axis=1, keepdims=True),
    ),
    Misconception(
        "The exps are divided by their mean, not by their sum.", SOFTMAX,
        lambda scores: np.exp(_shifted(scores)) / np.exp(_shifted(scores)).mean(axis=1, keepdims=True),
    ),
    Misconception(KEEPDIMS, SOFTMAX, lambda scores: np.exp(_shifted(scores)) / np.exp(_shifted(scores)).sum(axis=1)),
    Misconception(KEEPDIMS, SOFTMAX, lambda scores: _normalised(np.exp(scores - scores.max(axis=1)))),
    Misconception(KEEPDIMS, SOFTMAX, lambda scores: _kept_no_axis(scores)),
    Misconception(
        "The largest score of each class is subtracted; the shift cancels if it is the same for a whole row.",
        SOFTMAX, lambda scores: _normalised(np.exp(scores - scores.max(axis=0))),
    ),
    Misconception("Softmax is applied twice.", SOFTMAX, lambda scores: softmax(softmax(scores))),
    *(Misconception(says, SOFTMAX, wrong) for says, wrong in PROBABILITIES_WRONG),
    Misconception(
        "The sign of the exponent is turned round: the largest score gets the smallest probability.",
        SOFTMAX, lambda scores: softmax(-scores),
    ),
    Misconception(
        "The sign of the exponent is turned round: the largest score gets the smallest probability.",
        SOFTMAX, lambda scores: _unguarded(scores.max(axis=1, keepdims=True) - scores),
    ),
    Misconception(
        "The largest is subtracted after exp; it is a shift of the scores, before exp.",
        SOFTMAX, lambda scores: _normalised(np.exp(scores) - np.exp(scores).max(axis=1, keepdims=True)),
    ),
    *(
        Misconception(f"The base is {base}; e is meant, np.exp.", SOFTMAX, lambda s, base=base: _to_base(base, s))
        for base in (2, 10)
    ),
    Misconception(
        "The largest class gets 1 and the others 0: that is a hard maximum, softmax is the soft one.",
        SOFTMAX, lambda scores: np.eye(scores.shape[1])[scores.argmax(axis=1)],
    ),
    Misconception(
        "The scores are divided by their sum without exp; probabilities could turn out negative.",
        SOFTMAX, lambda scores: scores / scores.sum(axis=1, keepdims=True),
    ),
    Misconception(
        "The exps are not divided by their sum; the probabilities of a row should add up to 1.",
        SOFTMAX, lambda scores: np.exp(scores - scores.max(axis=1, keepdims=True)),
    ),
    Misconception(
        "The exps are not divided by their sum; the probabilities of a row should add up to 1.", SOFTMAX, np.exp,
    ),
    Misconception("These are the logarithms of the probabilities.", SOFTMAX, lambda scores: np.log(softmax(scores))),
    Misconception(
        "These are the logarithms of the probabilities.",
        SOFTMAX, lambda scores: scores - _log_sum_exp(scores)[:, None],
    ),
    Misconception(
        "This is the sigmoid of each score; softmax weighs the scores of a row against each other.",
        SOFTMAX, lambda scores: 1 / (1 + np.exp(-scores)),
    ),
    Misconception(
        "The largest class gets 1 and the others 0: that is a hard maximum, softmax is the soft one.",
        SOFTMAX, lambda scores: (scores == scores.max(axis=1, keepdims=True)) * 1.0,
    ),
)  # fmt: skip


def _right_class(p, labels):
    return p[np.arange(len(labels)), labels]


def _loss(of, probabilities=softmax) -> Callable:
    """A loss made from the probability of the right class of each image."""
    return lambda scores, labels: of(_right_class(probabilities(scores), labels))


def _losses(scores, labels):
    return _log_sum_exp(scores) - _right_class(scores, labels)


def _mean_log(p):
    return -np.log(p).mean()


ROUNDED = (
    "Where the right class has no chance, its probability is rounded to 0 before the logarithm sees it; "
    "log(sum of exps) - score of the right class never has to take log(0)."
)


def _centred(scores):
    return scores - scores.mean(axis=1, keepdims=True)


def _plain_log_sum(scores):
    return np.log(np.exp(scores).sum(axis=1))


def _all_logarithms(of) -> Callable:
    """A loss made of the probabilities p and the one-hot labels y."""
    return lambda scores, labels: of(softmax(scores), _one_hot(scores, labels))


ALL_COLUMNS = "In every row the classes of all labels are taken; each row has one right class only."
SHIFTED_TO_NOTHING = (
    "The largest score of the whole batch is subtracted; of a row far below it log(0) is left. Each row has its own."
)
NOT_BOTH = "The scores are shifted in one of the two terms only; the shift cancels if it is made in both."

LOSS_MISTAKES = (
    Misconception(
        "The label of the first image is used for all of them; each has its own.",
        SOFTMAX, lambda scores, labels: _losses(scores, labels * 0 + labels[0]).mean(),
    ),
    Misconception(
        "The label of the first image is used for all of them; each has its own.",
        SOFTMAX, lambda scores, labels: _mean_log(softmax(scores)[:, labels[0]]),
    ),
    Misconception("Softmax is applied twice.", SOFTMAX, lambda scores, labels: _losses(softmax(scores), labels).mean()),
    Misconception(
        "The logarithm of every class is taken, and 0 * log(0) is not 0 but nan; the right class's alone is needed.",
        SOFTMAX, _all_logarithms(lambda p, y: -(y * np.log(p)).sum() / len(p)),
    ),
    Misconception(
        "This is the binary cross-entropy of every class; softmax goes with -log of the right class alone.",
        SOFTMAX, _all_logarithms(lambda p, y: -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / len(p)),
    ),
    *(
        Misconception(
            "This is the squared distance to the labels; the cross-entropy is asked for.",
            SOFTMAX, _all_logarithms(lambda p, y, count=count: ((p - y) ** 2).sum() / count(p)),
        )
        for count in (len, np.size)
    ),
    Misconception(
        "This is the entropy of the probabilities; the labels are not used.",
        SOFTMAX, lambda scores, labels: (softmax(scores) * (_log_sum_exp(scores)[:, None] - scores)).sum(axis=1).mean(),
    ),
    Misconception("This is the largest loss; the mean is asked for.", SOFTMAX,
                  lambda scores, labels: _losses(scores, labels).max()),
    Misconception(
        ALL_COLUMNS, SOFTMAX, lambda scores, labels: (_log_sum_exp(scores)[:, None] - scores[:, labels]).mean(),
    ),
    Misconception(
        ALL_COLUMNS, SOFTMAX,
        lambda scores, labels: (_log_sum_exp(scores)[:, None] - scores[:, labels]).sum() / len(scores),
    ),
    Misconception(
        NOT_BOTH, SOFTMAX,
        lambda scores, labels: np.mean(_plain_log_sum(_shifted(scores)) - _right_class(scores, labels)),
    ),
    Misconception(
        NOT_BOTH, SOFTMAX,
        lambda scores, labels: np.mean(_log_sum_exp(scores) - _right_class(_shifted(scores), labels)),
    ),
    Misconception(
        SHIFTED_TO_NOTHING, SOFTMAX,
        lambda scores, labels: np.mean(_plain_log_sum(scores - scores.max()) - _right_class(scores, labels)
                                       + scores.max()),
    ),
    Misconception(
        MEAN, SOFTMAX,
        lambda scores, labels: np.mean(_plain_log_sum(_centred(scores)) - _right_class(_centred(scores), labels)),
    ),
    Misconception(
        "The logarithm is to the base 10; the natural one is meant, np.log.", SOFTMAX,
        lambda scores, labels: np.mean(
            _plain_log_sum(_shifted(scores)) / np.log(10) - _right_class(_shifted(scores), labels)),
    ),
    Misconception(
        "The logarithm is to the base 2; the natural one is meant, np.log.", SOFTMAX,
        lambda scores, labels: np.mean(
            _plain_log_sum(_shifted(scores)) / np.log(2) - _right_class(_shifted(scores), labels)),
    ),
    Misconception(
        "The scores are taken for probabilities: softmax is missing.",
        SOFTMAX, lambda scores, labels: -np.log(_right_class(scores, labels)).mean(),
    ),
    Misconception(
        "The sum of the losses is divided by the number of classes; the mean over the images is asked for.",
        SOFTMAX, lambda scores, labels: _losses(scores, labels).sum() / scores.shape[1],
    ),
    Misconception(
        "Only the first image is counted, divided by N: does the function return before the loop is done?",
        SOFTMAX, lambda scores, labels: _losses(scores, labels)[0] / len(scores),
    ),
    Misconception("Only the last image is counted.", SOFTMAX, lambda scores, labels: _losses(scores, labels)[-1]),
    Misconception(
        "Only the last image is counted, divided by N; add the losses up, use +=.",
        SOFTMAX, lambda scores, labels: _losses(scores, labels)[-1] / len(scores),
    ),
    Misconception(
        "The sum of the exps is missing its logarithm.", SOFTMAX,
        lambda scores, labels: np.mean(np.exp(_shifted(scores)).sum(axis=1) - _right_class(_shifted(scores), labels)),
    ),
    *(Misconception(says, SOFTMAX, _loss(_mean_log, wrong)) for says, wrong in PROBABILITIES_WRONG),
    Misconception(
        OVERFLOW, SOFTMAX,
        lambda scores, labels: np.mean(np.log(np.exp(scores).sum(axis=1)) - _right_class(scores, labels)),
    ),
    Misconception(ROUNDED, SOFTMAX, _loss(_mean_log)),
    *(
        Misconception(
            "A small number is added to the probability, or stands in for it: it keeps the loss finite, but far too "
            "small where the right class has no chance; log(sum of exps) - score of the right class needs no such "
            "help.",
            SOFTMAX, _loss(lambda p, tiny=tiny: -np.log(p + p.dtype.type(tiny)).mean()),
        )
        for tiny in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)
    ),
    Misconception(
        "The losses of the images are added up; the mean is asked for.",
        SOFTMAX, lambda scores, labels: _losses(scores, labels).sum(),
    ),
    Misconception(
        "This is one loss for each image; the mean of them is asked for.", SOFTMAX, _losses,
    ),
    Misconception(
        "The mean runs over images and classes, N * M numbers; there are N losses to average.",
        SOFTMAX, lambda scores, labels: _losses(scores, labels).sum() / scores.size,
    ),
    Misconception("Only the first image is counted.", SOFTMAX, lambda scores, labels: _losses(scores, labels)[0]),
    Misconception(
        "The logarithm is missing: this is the probability of the right class with a minus sign.",
        SOFTMAX, _loss(lambda p: -p.mean()),
    ),
    Misconception(
        "The logarithm is missing: this is 1 minus the probability of the right class.",
        SOFTMAX, _loss(lambda p: 1 - p.mean()),
    ),
    Misconception(
        "The minus sign is missing: a loss falls as the right class grows likelier, and is never negative.",
        SOFTMAX, lambda scores, labels: -_losses(scores, labels).mean(),
    ),
    Misconception(
        "The logarithm is to the base 10; the natural one is meant, np.log.",
        SOFTMAX, lambda scores, labels: _losses(scores, labels).mean() / np.log(10),
    ),
    Misconception(
        "The logarithm is to the base 2; the natural one is meant, np.log.",
        SOFTMAX, lambda scores, labels: _losses(scores, labels).mean() / np.log(2),
    ),
    Misconception(
        "This is the logarithm of the mean probability; the mean of the logarithms is asked for.",
        SOFTMAX, _loss(lambda p: -np.log(p.mean())),
    ),
    Misconception(
        "The labels are not used: this takes the likeliest class of each image.",
        SOFTMAX, lambda scores, labels: (_log_sum_exp(scores) - scores.max(axis=1)).mean(),
    ),
    Misconception(
        "The logarithms of all classes are added up; only the right class of each image counts.",
        SOFTMAX, lambda scores, labels: (_log_sum_exp(scores)[:, None] - scores).sum(axis=1).mean(),
    ),
    Misconception(
        "The exps are never divided by their sum: this is the score of the right class with a minus sign.",
        SOFTMAX, lambda scores, labels: -_right_class(scores, labels).mean(),
    ),
)  # fmt: skip


def _one_hot(scores, labels):
    return (labels[:, None] == np.arange(scores.shape[1])) * 1.0


def _slope(of, probabilities=softmax) -> Callable:
    """A gradient made of the probabilities p, the one-hot labels y and N."""
    return lambda scores, labels: of(probabilities(scores), _one_hot(scores, labels), len(scores))


def _standard(p, y, n):
    return (p - y) / n


def _whole_columns(scores, labels):
    p = softmax(scores)
    p[:, labels] -= 1
    return p / len(scores)


def _done_early(scores, labels):
    out = np.zeros(scores.shape)
    out[0] = _slope(_standard)(scores, labels)[0]
    return out


GRADIENT_MISTAKES = (
    Misconception("Softmax is applied twice.", SOFTMAX, _slope(_standard, lambda scores: softmax(softmax(scores)))),
    Misconception(
        "The 1 is divided by N twice; probabilities and 1 are divided once.", BACKWARD,
        _slope(lambda p, y, n: (p - y / n) / n),
    ),
    Misconception(
        "This is p (1 - p), the slope of a sigmoid.", BACKWARD, _slope(lambda p, y, n: p * (1 - p) / n),
    ),
    Misconception(
        "At the right class there is -1 instead of the probability minus 1.", BACKWARD,
        _slope(lambda p, y, n: np.where(y == 1, -1, p) / n),
    ),
    Misconception(
        "The labels are counted from 1; they start from 0.", BACKWARD,
        lambda scores, labels: (softmax(scores) - np.roll(_one_hot(scores, labels), -1, axis=1)) / len(scores),
    ),
    Misconception(
        "Only the first image gets a gradient: does the function return before the loop is done?",
        BACKWARD, _done_early,
    ),
    Misconception(
        "The 1 is added at the right class; it is subtracted.", BACKWARD, _slope(lambda p, y, n: (p + y) / n),
    ),
    Misconception(
        "The right class's probability itself is subtracted, which leaves 0; it is 1 that is subtracted.",
        BACKWARD, _slope(lambda p, y, n: (p - y * p) / n),
    ),
    Misconception(
        "The gradient is summed over the batch; each image has its own.",
        BACKWARD, _slope(lambda p, y, n: ((p - y) / n).sum(axis=0)),
    ),
    *(Misconception(says, SOFTMAX, _slope(_standard, wrong)) for says, wrong in PROBABILITIES_WRONG),
    Misconception(
        "This is not divided by N; the loss is a mean over the images.", BACKWARD, _slope(lambda p, y, n: p - y),
    ),
    Misconception("This is divided by N twice.", BACKWARD, _slope(lambda p, y, n: (p - y) / n**2)),
    Misconception(
        "Only the 1 is divided by N; the probabilities have to be, too.", BACKWARD, _slope(lambda p, y, n: p - y / n),
    ),
    Misconception(
        "Only the probabilities are divided by N; the 1 has to be, too.", BACKWARD, _slope(lambda p, y, n: p / n - y),
    ),
    Misconception(
        "This is divided by the number of classes; the loss is a mean over the images.",
        BACKWARD, _slope(lambda p, y, n: (p - y) / p.shape[1]),
    ),
    Misconception(
        "This is divided by N * M; the loss is a mean over the N images.",
        BACKWARD, _slope(lambda p, y, n: (p - y) / p.size),
    ),
    Misconception(
        "The 1 of the right class is not subtracted: these are the probabilities alone.",
        BACKWARD, _slope(lambda p, y, n: p / n),
    ),
    Misconception(
        "The 1 of the right class is not subtracted: these are the probabilities alone.",
        BACKWARD, _slope(lambda p, y, n: p),
    ),
    Misconception("The sign is wrong: it is probability minus 1, not 1 minus probability.",
                  BACKWARD, _slope(lambda p, y, n: (y - p) / n)),
    Misconception(
        "The 1 is subtracted from the columns of all labels in every row; each row has one right class only.",
        BACKWARD, _whole_columns,
    ),
    Misconception(
        "The gradient stops at the right class; the scores of the other classes have one, too.",
        BACKWARD, _slope(lambda p, y, n: (p - y) * y / n),
    ),
    Misconception(
        "This is the gradient by the probabilities; go on through softmax to the scores.",
        BACKWARD, _slope(lambda p, y, n: -y / np.maximum(p, np.finfo(p.dtype).tiny) / n),
    ),
    Misconception(
        "This is the gradient by the probabilities; go on through softmax to the scores.",
        BACKWARD, _slope(lambda p, y, n: np.where(y == 1, -1 / p, 0) / n),
    ),
    Misconception(
        "The scores stand where the probabilities should: softmax is missing.",
        BACKWARD, lambda scores, labels: (scores - _one_hot(scores, labels)) / len(scores),
    ),
    Misconception(
        "The label's number is subtracted; it is 1 that is subtracted, at the label's place.",
        BACKWARD, lambda scores, labels: (softmax(scores) - labels[:, None]) / len(scores),
    ),
)  # fmt: skip


# --- a fully connected layer as a convolution -------------------------------------------------------------------------


def _sliding(*inputs) -> Callable:
    """Public cases: shape of x, number of neurons, the size of the input that the layer was made for."""

    def draw(rng):
        cases = []
        for shape, m, size in inputs:
            h, w = shapes.pair("size", size, at_least=1)
            d = shape[1] * h * w
            weights, bias = whole(rng, m, d, low=-3, high=4), whole(rng, m, low=5, high=9)
            cases.append(Case((whole(rng, *shape, low=-3, high=4), weights, bias, size), terms=d))
        return cases

    return draw


def _drawn_sliding(extra, square=False, count=6) -> Callable:
    def draw(rng):
        cases = []
        for i in range(count):
            n, c, m = (int(k) for k in rng.integers(1, 4, 3))
            h, w = (int(k) for k in rng.integers(2, 5, 2))
            more_h, more_w = (int(k) for k in rng.integers(0, extra + 1, 2))
            if square:
                w, more_w = h, more_h
            elif h == w:
                h += 1
            dtype, d = DTYPES[i % 2], c * h * w
            x = normal(rng, n, c, h + more_h, w + more_w, dtype=dtype)
            args = (x, normal(rng, m, d, dtype=dtype), normal(rng, m, dtype=dtype), h if square else (h, w))
            cases.append(Case(args, terms=d))
        return cases

    return draw


def _slid(filters=None, bias=lambda b, c: b, stride=1, change=lambda out: out) -> Callable:
    """A linear_as_conv with one thing wrong: the filters made of w, the bias, the stride or what is returned."""

    def answer(x, w, b, size):
        h, width = shapes.pair("size", size, at_least=1)
        c = x.shape[1]
        f = w.reshape(len(w), c, h, width) if filters is None else filters(w, c, h, width)
        steps = (h, width) if stride == "size" else stride
        _, rows, columns = shapes.conv_output_shape(x.shape[1:], len(w), f.shape[2:], steps, strict=False)
        used = [n - (n - k) % s for n, k, s in zip(x.shape[2:], f.shape[2:], np.broadcast_to(steps, 2), strict=True)]
        return change(fast.conv2d(x[:, :, : used[0], : used[1]].copy(), f.copy(), bias(b, c), steps))

    return answer


def _by_rows(read=lambda h, w: (h, w), weights=lambda w: w.T, channels=slice(None), change=lambda out: out):
    """The layer at each window, the window stretched; its weights, (D, M), made of w."""

    def answer(x, w, b, size):
        h, width = read(*shapes.pair("size", size, at_least=1))
        out = np.zeros((len(x), len(w), x.shape[2] - h + 1, x.shape[3] - width + 1))
        for i, j in np.ndindex(out.shape[2:]):
            window = np.zeros((*x.shape[:2], h, width))
            window[:, channels] = x[:, channels, i : i + h, j : j + width]
            out[:, :, i, j] = window.reshape(len(x), -1) @ weights(w) + b
        return change(out)

    return answer


def _padded(x, w, b, size):
    h, width = shapes.pair("size", size, at_least=1)
    more = ((0, 0), (0, 0), (h // 2, h // 2), (width // 2, width // 2))
    return linear_as_conv(np.pad(x, more), w, b, size)


def _last_place_never_visited(out):
    out[:, :, -1] = out[:, :, :, -1] = 0
    return out


def _first_place_only(out):
    left = np.zeros(out.shape)
    left[:, :, 0, 0] = out[:, :, 0, 0]
    return left


AS_CONV_MISTAKES = (
    Misconception(
        "The input is padded; the windows lie inside it.", AS_CONV, _padded,
    ),
    Misconception(
        "Images and neurons are swapped in the result; it should be (N, M, rows, columns).",
        AS_CONV, _by_rows(change=lambda out: out.swapaxes(0, 1).copy()),
    ),
    Misconception(
        "Height and width are swapped in the size: a pair is (height, width).",
        AS_CONV, _by_rows(read=lambda h, w: (w, h)),
    ),
    Misconception(
        "The last row and the last column of windows are never visited and stay 0.",
        AS_CONV, _by_rows(change=_last_place_never_visited),
    ),
    Misconception(
        "Only the first window is computed and the rest is 0: does the function return before the loop is done?",
        AS_CONV, _by_rows(change=_first_place_only),
    ),
    *(
        Misconception(
            f"Only the {one} channel is counted; a filter goes through all of them.", AS_CONV,
            _by_rows(channels=channels),
        )
        for one, channels in (("first", slice(0, 1)), ("last", slice(-1, None)))
    ),
    Misconception(
        "The neurons stand on the last axis of the result; it should be (N, M, rows, columns).",
        AS_CONV, _by_rows(change=lambda out: out.transpose(0, 2, 3, 1).copy()),
    ),
    Misconception(
        "The result was reshaped where its axes have to be moved, which mixes neurons and places.",
        AS_CONV, _by_rows(change=lambda out: out.transpose(0, 2, 3, 1).reshape(out.shape)),
    ),
    Misconception(
        "The result was reshaped where its axes have to be moved, which mixes neurons and places.",
        AS_CONV, _by_rows(change=lambda out: out.transpose(2, 3, 0, 1).reshape(out.shape)),
    ),
    Misconception(
        "w was reshaped to (D, M), which mixes the weights of different neurons; it has to be transposed.",
        AS_CONV, _by_rows(weights=lambda w: w.reshape(w.shape[::-1])),
    ),
    Misconception(
        "Every image has got the result of the first one.", AS_CONV,
        _by_rows(change=lambda out: np.broadcast_to(out[:1], out.shape).copy()),
    ),
    Misconception(
        "Only the first image is computed and the rest is 0: does the function return before the loop is done?",
        AS_CONV, _by_rows(change=lambda out: out * (np.arange(len(out)) == 0)[:, None, None, None]),
    ),
    Misconception(
        "All neurons got the sum of the biases; each should get its own.", AS_CONV, _slid(
            bias=lambda b, c: np.full(len(b), b.sum())),
    ),
    Misconception(
        "Negative results are cut off at 0: that is ReLU, a layer of its own.", RELU,
        _by_rows(change=lambda out: np.maximum(out, 0)),
    ),
    Misconception(
        "The bias is subtracted.", AS_CONV, _slid(bias=lambda b, c: -b),
    ),
    Misconception("The bias is left out.", AS_CONV, _slid(bias=lambda b, c: b * 0)),
    Misconception(
        "The bias is added once for every channel; a filter has one bias.", AS_CONV, _slid(bias=lambda b, c: b * c),
    ),
    Misconception(
        "The rows of w are read with the channels last; they were stretched as (C, H, W).",
        AS_CONV, _slid(lambda w, c, h, width: w.reshape(-1, h, width, c).transpose(0, 3, 1, 2)),
    ),
    Misconception(
        "The rows of w are read with height and width swapped; they were stretched as (C, H, W).",
        AS_CONV, _slid(lambda w, c, h, width: w.reshape(-1, c, width, h).swapaxes(2, 3)),
    ),
    Misconception(
        "Windows and rows of w do not go in the same order: one is read in Fortran's, first axis fastest; both should "
        "run along the last axis.",
        AS_CONV, _slid(lambda w, c, h, width: np.stack([row.reshape(c, h, width, order="F") for row in w])),
    ),
    Misconception(
        "The filters are turned by 180 degrees; a layer of a ConvNet does not flip them.",
        AS_CONV, _slid(lambda w, c, h, width: w.reshape(-1, c, h, width)[:, :, ::-1, ::-1]),
    ),
    Misconception(
        "The windows lie side by side; they should move by 1.", AS_CONV, _slid(stride="size"),
    ),
    Misconception(
        "Only the first window is computed; the layer should slide over the whole input.",
        AS_CONV, _slid(change=lambda out: out[:, :, :1, :1]),
    ),
    Misconception(
        "The last row and the last column of windows are missing: there are H - h + 1 of them.",
        AS_CONV, _slid(change=lambda out: out[:, :, :-1, :-1]),
    ),
    Misconception(
        "The result has lost its two last axes; where one window fits they have length 1 but are there.",
        AS_CONV, _slid(change=lambda out: out[:, :, 0, 0] if out.shape[2:] == (1, 1) else out),
    ),
    Misconception(
        "Height and width of the result are swapped.", AS_CONV, _slid(change=lambda out: out.swapaxes(2, 3)),
    ),
    Misconception(
        "The answers of all windows are averaged; each should keep its place.",
        AS_CONV, _slid(change=lambda out: out.mean(axis=(2, 3), keepdims=True)),
    ),
)  # fmt: skip


# --- the exercises ----------------------------------------------------------------------------------------------------

EXERCISES = [
    Exercise(
        name="stretch",
        section=STRETCH,
        reference=stretch,
        groups=(
            Group("one image", 2, _volumes((1, 2, 2, 3), (1, 3, 32, 32)), _drawn_volumes(3, batch=(1, 2))),
            Group("a batch", 3, _volumes((2, 3, 2, 2), (3, 1, 4, 2)), _drawn_volumes(3, batch=(2, 5))),
            Group(
                "other shapes", 1, _volumes((2, 3, 4), (3, 5)),
                lambda rng: [case for axes in (1, 2, 4) for case in _drawn_volumes(axes)(rng)],
            ),
        ),
        misconceptions=STRETCH_MISTAKES,
    ),
    Exercise(
        name="linear_parameters",
        section=PARAMETERS,
        reference=shapes.linear_parameters,
        groups=(
            Group("weights and biases", 3, _counts((3, 2), (3072, 10), (10, 10)), _drawn_counts(None)),
            Group("without biases", 2, _counts((3, 2, False), (3072, 10, False), (84, 10, True)), _drawn_counts(False)),
        ),
        misconceptions=PARAMETER_MISTAKES,
    ),
    Exercise(
        name="linear",
        section=LAYER,
        reference=fast.linear,
        groups=(
            Group("one image", 4, _layer(((1, 4), 3), ((1, 3), 3)), _drawn_layer(1, batch=(1, 2))),
            Group("a batch", 4, _layer(((3, 4), 2), ((3, 3), 3), part=4), _drawn_layer(1, batch=(2, 6))),
            Group("volumes", 4, _layer(((2, 3, 2, 4), 5), ((2, 3, 4), 2)), _drawn_layer(3)),
            Group("no bias", 2, _layer(((2, 4), 3), bias=False), _drawn_layer(1, bias=False)),
        ),
        misconceptions=LINEAR_MISTAKES,
    ),
    Exercise(
        name="linear_backward",
        section=BACKWARD,
        reference=fast.linear_backward,
        parts=("dx", "dw", "db"),
        groups=(
            Group("gradient w.r.t. x", 6, _backward(((1, 4), 3), ((3, 4), 2), ((2, 3), 3)), _drawn_backward(1), part=0),
            Group("gradient w.r.t. w", 6, _backward(((1, 4), 3), ((3, 4), 2), ((2, 3), 3)), _drawn_backward(1), part=1),
            Group("gradient w.r.t. b", 4, _backward(((1, 4), 3), ((3, 4), 2), ((2, 3), 3)), _drawn_backward(1), part=2),
            Group("volumes: dx", 2, _backward(((2, 3, 2, 4), 5)), _drawn_backward(3), part=0),
            Group("volumes: dw", 2, _backward(((2, 3, 2, 4), 5)), _drawn_backward(3), part=1),
        ),
        misconceptions=LINEAR_BACKWARD_MISTAKES,
    ),
    Exercise(
        name="relu",
        section=RELU,
        reference=fast.relu,
        groups=(
            Group("positive and negative", 3, lambda rng: [Case((SIGNS,)), Case((-SIGNS,)), Case((100 * SIGNS,))],
                  _drawn_relu),
            Group("a volume", 1, lambda rng: [Case((whole(rng, 2, 2, 2, 3),))], _drawn_relu),
        ),
        misconceptions=RELU_MISTAKES,
    ),
    Exercise(
        name="relu_backward",
        section=BACKWARD,
        reference=fast.relu_backward,
        groups=(
            Group(
                "positive and negative", 5,
                lambda rng: [Case((np.array([[2.0, -3, 4], [-5, 6, 7]]), SIGNS)), Case((SIGNS - 7, SIGNS))],
                _drawn_relu_backward,
            ),
            Group(
                "a volume", 2,
                lambda rng: [Case((normal(rng, 2, 2, 2, 3), normal(rng, 2, 2, 2, 3)))], _drawn_relu_backward,
            ),
            Group(
                "at exactly 0", 1,
                lambda rng: [Case((np.array([5.0, -4, 3]), np.array([0.0, 2, 0])))], _drawn_at_zero,
            ),
        ),
        misconceptions=RELU_BACKWARD_MISTAKES,
    ),
    Exercise(
        name="softmax",
        section=SOFTMAX,
        reference=softmax,
        groups=(
            Group("one image", 3, _softmax_cases([[0, 1, 2]], [[2, -1]]), _drawn_scores((1, 1), labels=False)),
            Group(
                "a batch", 4, _softmax_cases([[0, 1, 2], [3, 3, 3]], [[1, -2, 0, 4], [0, 5, -1, 2], [2, 2, 3, 1]]),
                _drawn_scores((2, 5), labels=False),
            ),
            Group(
                "large scores", 3,
                _softmax_cases(
                    [[1000, 1001, 999]], [[1000, 999], [1, 3]], [[-2000, -2001]], [[3000, 0, -1]], terms=3 * SURE,
                ),
                _joined(
                    _drawn_scores((1, 4), labels=False, large=True),
                    lambda rng: [Case(case.args[:1], terms=case.terms) for case in _sure_and_wrong(rng)],
                ),
            ),
        ),
        misconceptions=SOFTMAX_MISTAKES,
    ),
    Exercise(
        name="softmax_cross_entropy",
        section=SOFTMAX,
        reference=fast.softmax_cross_entropy,
        groups=(
            Group(
                "one image", 4, _labelled(([[0, 1, 2]], [2]), ([[2, -1, 1]], [1])),
                _drawn_scores((1, 1), dtypes=(np.float32,)),
            ),
            Group(
                "mean over a batch", 3, _labelled(([[0, 1, 2], [3, 1, 3], [1, 0, 5], [2, 2, -1]], [2, 0, 1, 1])),
                _drawn_scores((2, 6), dtypes=(np.float32,)),
            ),
            Group(
                "large scores", 2,
                _labelled(([[1000, 1001, 999]], [1]), ([[1000, 1002], [1, 3]], [0, 1]), ([[3000, 0, -1]], [0]),
                          terms=SURE),
                _drawn_scores((1, 4), dtypes=(np.float32,), large=True),
            ),
            Group(
                "sure and wrong", 2, _labelled(([[1000, 0]], [1]), ([[0, 1, 800], [2, 0, 1]], [1, 0]), terms=SURE),
                _sure_and_wrong,
            ),
        ),
        misconceptions=LOSS_MISTAKES,
    ),
    Exercise(
        name="softmax_cross_entropy_backward",
        section=BACKWARD,
        reference=fast.softmax_cross_entropy_backward,
        groups=(
            Group(
                "one image", 4, _labelled(([[0, 1, 2]], [2]), ([[2, -1, 1]], [1]), dtype=np.float64),
                _drawn_scores((1, 1)),
            ),
            Group(
                "a batch", 5,
                _labelled(
                    ([[0, 1, 2], [3, 1, 3], [1, 0, 5], [2, 2, -1]], [2, 0, 1, 1]),
                    ([[1, 2, 0, 1], [0, 1, 3, 1]], [3, 0]),
                    dtype=np.float64,
                ),
                _drawn_scores((2, 6)),
            ),
            Group(
                "large scores", 3,
                _labelled(
                    ([[1000, 1001, 999]], [1]), ([[1000, 1002], [1, 3]], [0, 1]), ([[3000, 0, -1]], [1]),
                    terms=3 * SURE, dtype=np.float64,
                ),
                _joined(_drawn_scores((1, 4), large=True), _sure_and_wrong),
            ),
        ),
        misconceptions=GRADIENT_MISTAKES,
    ),
    Exercise(
        name="linear_as_conv",
        section=AS_CONV,
        reference=linear_as_conv,
        groups=(
            Group("one window", 5, _sliding(((1, 1, 3, 3), 2, 3), ((2, 3, 2, 2), 4, 2)),
                  _drawn_sliding(0, square=True)),
            Group("a larger input", 3, _sliding(((1, 2, 4, 4), 2, 3), ((2, 1, 5, 5), 3, 2)),
                  _drawn_sliding(3, square=True)),
            Group("height and width differ", 2, _sliding(((1, 2, 3, 5), 3, (2, 3)), ((2, 3, 5, 4), 2, (3, 2))),
                  _drawn_sliding(3)),
        ),
        misconceptions=AS_CONV_MISTAKES,
    ),
]  # fmt: skip
