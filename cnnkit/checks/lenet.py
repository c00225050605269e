"""Exercises of the `lenet` assignment: LeNet-5 assembled from the student's own layers, trained on real digits.

The network is always conv, ReLU, 2x2 max pool, the same again, then three fully connected layers with a ReLU between
them. Its parameters are a list of ten arrays, w1, b1, ... w5, b5; their shapes say how large it is. Convolutions have
stride 1 and no padding. `lenet_layers` holds the exercises on the layers.
"""

from functools import cache

import numpy as np

from .. import data, shapes
from ..layers import fast
from .cases import normal, whole
from .exercise import Case, Exercise, Group, Misconception
from .lenet_layers import (
    AVERAGE,
    CONV_BACK,
    CROSS,
    DTYPES,
    FC_BACK,
    LAYERS,
    LINEAR,
    PARAMETERS,
    POOL,
    POOL_BACK,
    RELU,
    SIZES,
    SOFTMAX,
    STRETCH,
    backward_through_flipped,
    channels_last,
    mistakes,
    probabilities,
    rows,
    spread_as,
)
from .values import brief_type, copy, fingerprint

NETWORK, TRAINING, RESULT = "lenet.html#lenet-network", "lenet.html#lenet-training", "lenet.html#lenet-result"

LENET5 = [(6, 1, 5, 5), (16, 6, 5, 5), (120, 400), (84, 120), (10, 84)]
SMALL = [(8, 1, 3, 3), (16, 8, 2, 2), (64, 64), (32, 64), (10, 32)]  # for the 8x8 digits, padded to 12x12
NAMES = ("dw1", "db1", "dw2", "db2", "dw3", "db3", "dw4", "db4", "dw5", "db5")


# --- the network -----------------------------------------------------------------------------------------------------


def layer_shapes(shape, weights):
    """The shape of one image after each convolution, each 2x2 pooling and each fully connected layer."""
    found = []
    for w in weights:
        if len(w) == 4:
            shape = shapes.conv_output_shape(shape, w[0], w[2:])
            found.append(shape)
            shape = shapes.pool_output_shape(shape, 2)
        else:
            shape = (w[0],)
        found.append(shape)
    return [tuple(int(n) for n in one) for one in found]


def count_parameters(weights):
    """Weights and biases of each layer."""
    return [int(np.prod(w)) + w[0] for w in weights]


def _fitting(rng, convolutions, height=None):
    """An image shape and weights of `convolutions` convolutions and some fully connected layers that fit."""
    size = np.array([rng.integers(1, 4), rng.integers(1, 4)])
    filters = [(int(rng.integers(1, 9)), *(int(v) for v in rng.integers(1, 6, 2))) for _ in range(convolutions)]
    for _, fh, fw in reversed(filters):
        size = 2 * size + np.array([fh, fw]) - 1
    c = int(rng.integers(1, 4))
    shape, weights = (c, *(int(v) for v in size)), []
    for k, fh, fw in filters:
        weights.append((k, c, fh, fw))
        c = k
    d = int(np.prod(layer_shapes(shape, weights)[-1]))
    for _ in range(int(rng.integers(1, 4))):
        weights.append((int(rng.integers(2, 30)), d))
        d = weights[-1][0]
    return shape, weights


def _shapes_by(conv=None, pool=None, full=None, listed=True):
    """layer_shapes with one rule replaced: conv(shape, w), pool(shape), full(w) -> shape."""
    conv = conv or (lambda s, w: (w[0], s[1] - w[2] + 1, s[2] - w[3] + 1))
    pool = pool or (lambda s: (s[0], s[1] // 2, s[2] // 2))
    full = full or (lambda w: (w[0],))

    def answer(shape, weights):
        found = []
        for w in weights:
            if len(w) == 4:
                shape = conv(shape, w)
                found += [shape] if listed else []
                shape = pool(shape)
            else:
                shape = full(w)
            found.append(shape)
        return found

    return answer


def _pooling_forgotten(shape, weights):
    """The pooled shape is listed, and the next layer goes on with the shape before it."""
    found = []
    for w in weights:
        shape = (w[0], shape[1] - w[2] + 1, shape[2] - w[3] + 1) if len(w) == 4 else (w[0],)
        found += [shape, (w[0], shape[1] // 2, shape[2] // 2)] if len(w) == 4 else [shape]
    return found


def _no_pooling(shape, weights):
    found = []
    for w in weights:
        shape = (w[0], shape[1] - w[2] + 1, shape[2] - w[3] + 1) if len(w) == 4 else (w[0],)
        found.append(shape)
    return found


LAYER_SHAPES = Exercise(
    "lenet.layer_shapes", NETWORK, layer_shapes,
    (
        Group("LeNet-5", 4, lambda rng: [Case(((1, 32, 32), LENET5))],
              lambda rng: [Case(((1, 28, 28), [(6, 1, 5, 5), (16, 6, 5, 5), (120, 256), (84, 120), (10, 84)]))]),
        Group("other networks", 4,
              lambda rng: [Case(((3, 12, 10), [(4, 3, 3, 5), (20, 60)])),
                           Case(((2, 20, 14), [(8, 2, 5, 3), (6, 8, 3, 3)]))],
              lambda rng: [Case(_fitting(rng, n)) for n in (1, 2, 2, 3)]),
    ),
    misconceptions=mistakes(
        ("The pooling layers are left out: after each convolution the maps are halved.",
         "pool.html#pool-why", _no_pooling),
        ("The shapes between convolution and pooling are missing from the list; each layer has an entry.",
         NETWORK, _shapes_by(listed=False)),
        ("The convolutions keep the size, as if they were padded. Here there is no padding.",
         "conv.html#conv-padding", _shapes_by(conv=lambda s, w: (w[0], s[1], s[2]))),
        ("A convolution leaves N - F + 1 places on each axis; the + 1 is missing.",
         SIZES, _shapes_by(conv=lambda s, w: (w[0], s[1] - w[2], s[2] - w[3]))),
        ("The number of channels does not change. After a convolution there is a map for each filter.",
         "conv.html#conv-many-filters", _shapes_by(conv=lambda s, w: (s[0], s[1] - w[2] + 1, s[2] - w[3] + 1))),
        ("The depth of the filter is taken for the number of maps. After a convolution there is a map for each filter.",
         "conv.html#conv-many-filters", _shapes_by(conv=lambda s, w: (w[1], s[1] - w[2] + 1, s[2] - w[3] + 1))),
        ("Height and width of the filter are swapped.",
         SIZES, _shapes_by(conv=lambda s, w: (w[0], s[1] - w[3] + 1, s[2] - w[2] + 1))),
        ("The pooling halves the number of maps as well; each map is pooled on its own.",
         "pool.html#pool-channels", _shapes_by(pool=lambda s: tuple(n // 2 for n in s))),
        ("The pooling moves by one pixel; its 2x2 windows lie side by side.",
         POOL, _shapes_by(pool=lambda s: (s[0], s[1] - 1, s[2] - 1))),
        ("The shape of a fully connected layer's weights is listed; its output has one number for each unit.",
         LINEAR, _shapes_by(full=tuple)),
        ("A fully connected layer is listed with the number of its inputs; its output has one number for each unit.",
         LINEAR, _shapes_by(full=lambda w: (w[1],))),
        ("A fully connected layer is listed as a plain number; a shape is a tuple, (M,).",
         LINEAR, _shapes_by(full=lambda w: w[0])),
        ("The next convolution goes on with the shape before the pooling.", NETWORK, _pooling_forgotten),
        ("The fully connected layers are missing from the list.",
         NETWORK, lambda shape, weights: layer_shapes(shape, [w for w in weights if len(w) == 4])),
        ("The list begins with the shape of the image; it should begin behind the first layer.",
         NETWORK, lambda shape, weights: [tuple(shape), *layer_shapes(shape, weights)]),
        ("The shapes have their channels last; in this course they come first.",
         NETWORK, lambda shape, weights: [s[1:] + s[:1] for s in layer_shapes(shape, weights)]),
    ),
)  # fmt: skip


COUNT = Exercise(
    "lenet.count_parameters", PARAMETERS, count_parameters,
    (
        Group("convolutions", 2, lambda rng: [Case(([(6, 1, 5, 5), (16, 6, 5, 5)],)), Case(([(10, 3, 5, 3)],))],
              lambda rng: [Case(([tuple(int(v) for v in rng.integers(1, 12, 4)) for _ in range(n)],)) for n in (1, 3)]),
        Group("whole networks", 2, lambda rng: [Case((LENET5,))],
              lambda rng: [Case((_fitting(rng, n)[1],)) for n in (1, 2, 3)]),
    ),
    misconceptions=mistakes(
        ("The biases are left out: each filter and each unit has one.",
         PARAMETERS, lambda weights: [int(np.prod(w)) for w in weights]),
        ("Each layer is given a single bias; there is one for each filter and each unit.",
         PARAMETERS, lambda weights: [int(np.prod(w)) + 1 for w in weights]),
        ("A filter is given a bias for each of its channels; it has one.",
         PARAMETERS, lambda weights: [int(np.prod(w)) + (w[0] * w[1] if len(w) == 4 else w[0]) for w in weights]),
        ("The depth of the filters is left out: a filter extends through all channels of its input.",
         PARAMETERS,
         lambda weights: [w[0] * w[2] * w[3] + w[0] if len(w) == 4 else w[0] * w[1] + w[0] for w in weights]),
        ("The counts are added up; a list is asked for, with a number for each layer.",
         PARAMETERS, lambda weights: sum(count_parameters(weights))),
        ("The list has entries for layers without weights. One is asked for each of the given shapes.",
         PARAMETERS, lambda weights: [n for w, one in zip(weights, count_parameters(weights), strict=True)
                                      for n in ((one, 0) if len(w) == 4 else (one,))]),
        ("The biases are counted by the inputs; each output has one.",
         PARAMETERS, lambda weights: [int(np.prod(w)) + w[1] for w in weights]),
    ),
)  # fmt: skip


def initialise(shapes, seed):
    """Weights drawn from a normal distribution of spread sqrt(2/fan_in), biases 0; a float32 list w1, b1, ..."""
    rng, parameters = np.random.default_rng(seed), []
    for shape in shapes:
        spread = np.sqrt(2 / np.prod(shape[1:]))
        parameters += [(spread * rng.standard_normal(shape)).astype(np.float32), np.zeros(shape[0], np.float32)]
    return parameters


SPREADS = {
    "sqrt(2 / fan_out), the number of units in place of the number of inputs": lambda s: np.sqrt(2 / s[0]),
    "2 / fan_in, without the square root": lambda s: 2 / np.prod(s[1:]),
    "sqrt(1 / fan_in), without the 2": lambda s: np.sqrt(1 / np.prod(s[1:])),
    "1: nothing was multiplied by the spread": lambda s: 1.0,
    "sqrt(2 / F^2), without the depth of the filters": lambda s: np.sqrt(2 / np.prod(s[2:])) if len(s) == 4 else np.nan,
}


def _has_spread(weights, spread) -> bool:
    """Could `weights` be drawn with that spread? A sample's strays by spread/sqrt(2 n); five times that passes."""
    return abs(weights.std() / spread - 1) < 5 / np.sqrt(2 * weights.size)


def _same_draw(weights) -> tuple[int, int] | None:
    """The numbers of two layers that begin with the same draws, whatever their spreads."""
    begun = [w.ravel()[:5] / np.abs(w.ravel()[:5]).max() for w in weights]
    pairs = ((i, k) for k in range(len(begun)) for i in range(k))
    return next(((i + 1, k + 1) for i, k in pairs if np.allclose(begun[i], begun[k], rtol=1e-4, atol=0)), None)


def judge_initialise(case, want, got) -> str | None:
    """Random numbers are judged by their shapes and their spread."""
    complaint = _like_parameters(want, got)
    if complaint:
        return complaint
    weights, biases = [np.asarray(w, np.float64) for w in got[::2]], got[1::2]
    for i, b in enumerate(biases, start=1):
        if np.any(b):
            return f"b{i} should begin with zeros only"
    for i, w in enumerate(weights, start=1):
        if len(np.unique(w)) < 0.9 * w.size:
            return f"many numbers in w{i} are the same: filters that begin alike stay alike"
    twins = _same_draw(weights)
    if twins:
        return f"w{twins[1]} holds the random numbers of w{twins[0]} once more: is a new generator made in the loop?"
    for i, w in enumerate(weights, start=1):
        if abs(w.mean()) > 5 * w.std() / np.sqrt(w.size):
            return f"the mean of w{i} is {w.mean():.3g}; positive and negative weights should balance"
    wrong = [i for i, w in enumerate(weights) if not _has_spread(w, np.sqrt(2 / np.prod(w.shape[1:])))]
    if wrong:
        i, w = wrong[0] + 1, weights[wrong[0]]
        fitting = [name for name, spread in SPREADS.items() if all(_has_spread(v, spread(v.shape)) for v in weights)]
        hint = f" The spread fits {fitting[0]}." if len(fitting) == 1 else ""
        return f"the numbers in w{i} have a standard deviation of {w.std():.3g}, which is not sqrt(2 / fan_in).{hint}"
    return None


def _like_parameters(want, got) -> str | None:
    """Are these ten arrays, of the right shapes, floats and finite?"""
    if not isinstance(got, (list, tuple)) or len(got) != len(want):
        found = f"{len(got)} values" if isinstance(got, (list, tuple)) else brief_type(type(got))
        return f"a list of {len(want)} arrays, w1, b1, w2, b2, ..., should be returned, but the result is {found}"
    for i, (right, given) in enumerate(zip(want, got, strict=True)):
        name = f"{'wb'[i % 2]}{i // 2 + 1}"
        if np.shape(given) != right.shape:
            return f"{name} should have shape {right.shape}, but it has shape {np.shape(given)}"
        given = np.asarray(given)
        if given.dtype.kind != "f":
            return f"{name} should hold floats, but its dtype is {given.dtype}"
        if not np.isfinite(given).all():
            return f"{name} holds numbers that are not finite"
    return None


INITIALISE = Exercise(
    "lenet.initialise", NETWORK, initialise,
    (
        Group("small network", 3, lambda rng: [Case((SMALL, 0))],
              lambda rng: [Case((SMALL, int(rng.integers(1, 10_000)))) for _ in range(3)]),
        Group("LeNet-5", 3, lambda rng: [Case((LENET5, 0))],
              lambda rng: [Case((LENET5, int(rng.integers(1, 10_000)))),
                           Case(([(32, 3, 3, 3), (64, 32, 3, 3), (100, 256), (50, 100), (7, 50)], 1))]),
    ),
    judge=judge_initialise,
)  # fmt: skip


# The network with its choices left open; the mistakes below set one of them wrong each.


def scores(parameters, x):
    """Scores (N, 10) of the network."""
    return _forward(parameters, x)


def loss_and_gradients(parameters, x, y):
    """The loss and the gradients of all ten arrays."""
    return _loss_and_gradients(parameters, x, y)


def _forward(parameters, x, conv=fast.conv2d, act=fast.relu, pool=fast.max_pool2d, stretch=rows, between=fast.relu):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    p1 = pool(act(conv(x, w1, b1)), 2)
    p2 = pool(act(conv(p1, w2, b2)), 2)
    hidden = between(fast.linear(np.ascontiguousarray(stretch(p2)), w3, b3))
    return fast.linear(between(fast.linear(hidden, w4, b4)), w5, b5)


def _passed(dout, x):
    return dout


def _loss_and_gradients(
    parameters, x, y, dloss=fast.softmax_cross_entropy_backward, conv_mask=fast.relu_backward,
    full_mask=fast.relu_backward, unpool=fast.max_pool2d_backward, conv_backward=fast.conv2d_backward,
):  # fmt: skip
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    c1 = fast.conv2d(x, w1, b1)
    p1 = fast.max_pool2d(r1 := fast.relu(c1), 2)
    c2 = fast.conv2d(p1, w2, b2)
    p2 = fast.max_pool2d(r2 := fast.relu(c2), 2)
    l3 = fast.linear(p2, w3, b3)
    l4 = fast.linear(r3 := fast.relu(l3), w4, b4)
    out = fast.linear(r4 := fast.relu(l4), w5, b5)
    d, dw5, db5 = fast.linear_backward(dloss(out, y), r4, w5)
    d, dw4, db4 = fast.linear_backward(full_mask(d, l4), r3, w4)
    d, dw3, db3 = fast.linear_backward(full_mask(d, l3), p2, w3)
    d, dw2, db2 = conv_backward(conv_mask(unpool(d, r2, 2), c2), p1, w2)
    _, dw1, db1 = conv_backward(conv_mask(unpool(d, r1, 2), c1), x, w1)
    return fast.softmax_cross_entropy(out, y), dw1, db1, dw2, db2, dw3, db3, dw4, db4, dw5, db5


TINY = [(3, 1, 3, 3), (4, 3, 2, 2), (6, 16), (5, 6), (10, 5)]  # on 12x12


def _parameters(rng, weights, dtype=np.float64):
    """Weights that keep numbers near 1, biases that are not 0."""
    drawn = []
    for shape in weights:
        drawn += [normal(rng, *shape) * np.sqrt(2 / np.prod(shape[1:])), 0.3 * normal(rng, shape[0])]
    return [a.astype(dtype) for a in drawn]


def _network_case(rng, n, weights=TINY, image=(1, 12, 12), dtype=np.float64, labels=False):
    x = normal(rng, n, *image, dtype=dtype)
    y = (rng.integers(0, weights[-1][0], n),) if labels else ()
    terms = sum(int(np.prod(w[1:])) for w in weights)
    return Case((_parameters(rng, weights, dtype), x, *y), terms=terms)


def _random_network(rng, n, dtype=np.float64, labels=False):
    """Two convolutions and three fully connected layers of random sizes, on rectangular images."""
    shape, weights = _fitting(rng, 2)
    d = int(np.prod(layer_shapes(shape, weights[:2])[-1]))
    sizes = [d, *(int(v) for v in rng.integers(3, 12, 3))]
    full = [(after, before) for before, after in zip(sizes, sizes[1:], strict=False)]
    return _network_case(rng, n, weights[:2] + full, shape, dtype, labels)


def _network_drawn(counts, labels=False):
    def draw(rng):
        dtypes = (np.float64, np.float64) if labels else DTYPES  # gradients are small: float32 would hide mistakes
        cases = [_random_network(rng, n, dtypes[i % 2], labels) for i, n in enumerate(counts)]
        return [*cases, _network_case(rng, counts[0], LENET5, (1, 32, 32), labels=labels)]

    return draw


def _without_biases(places):
    def answer(parameters, x):
        return _forward([0 * p if i in places else p for i, p in enumerate(parameters)], x)

    return answer


def _in_turn(*functions):
    """One function at the first call, the next at the next."""
    left = iter(functions)
    return lambda v: next(left)(v)


def _first_relu_only(parameters, x):
    """The ReLU behind the first convolution only."""
    return _forward(parameters, x, act=_in_turn(fast.relu, _same), between=_same)


def _same(v):
    return v


def _flipped(x, w, b):
    return fast.conv2d(x, w[:, :, ::-1, ::-1], b)


SCORES = Exercise(
    "lenet.scores", NETWORK, scores,
    (
        Group("one image", 4, lambda rng: [_network_case(rng, 1), _network_case(rng, 1, LENET5, (1, 32, 32))],
              _network_drawn((1, 1, 1))),
        Group("several images", 6, lambda rng: [_network_case(rng, 3), _random_network(rng, 2)],
              _network_drawn((2, 5, 3))),
    ),
    misconceptions=mistakes(
        ("There is no ReLU anywhere: the fully connected layers become one.",
         RELU, lambda p, x: _forward(p, x, act=_same, between=_same)),
        ("The ReLUs between the fully connected layers are missing.", RELU, lambda p, x: _forward(p, x, between=_same)),
        ("The ReLU before the last layer is missing: the last two layers become one.",
         RELU, lambda p, x: _forward(p, x, between=_in_turn(fast.relu, _same))),
        ("The ReLU behind the first fully connected layer is missing: it becomes one with the next.",
         RELU, lambda p, x: _forward(p, x, between=_in_turn(_same, fast.relu))),
        ("The ReLU behind the first convolution is missing.",
         RELU, lambda p, x: _forward(p, x, act=_in_turn(_same, fast.relu))),
        ("The ReLU behind the second convolution is missing.",
         RELU, lambda p, x: _forward(p, x, act=_in_turn(fast.relu, _same))),
        ("Each ReLU is a tanh. LeNet-5 of 1998 had something like it; this one has ReLUs.",
         "lenet.html#lenet-1998", lambda p, x: _forward(p, x, act=np.tanh, between=np.tanh)),
        ("The ReLUs after the convolutions are missing.", RELU, lambda p, x: _forward(p, x, act=_same)),
        ("The only ReLU is the one behind the first convolution.", RELU, _first_relu_only),
        ("The scores go through a ReLU as well. They are the answer, and may be negative.",
         RELU, lambda p, x: fast.relu(_forward(p, x))),
        ("What comes back are probabilities: the softmax belongs to the loss, not to the scores.",
         SOFTMAX, lambda p, x: probabilities(_forward(p, x))),
        ("The pooling averages. LeNet-5 of 1998 did something like it; this one takes the maximum.",
         AVERAGE, lambda p, x: _forward(p, x, pool=fast.avg_pool2d)),
        ("The maps are stretched with their channels last before the first fully connected layer.",
         STRETCH, lambda p, x: _forward(p, x, stretch=channels_last)),
        ("The biases of the convolutions are left out.", PARAMETERS, _without_biases((1, 3))),
        ("The biases of the fully connected layers are left out.", LINEAR, _without_biases((5, 7, 9))),
        ("All biases are left out.", PARAMETERS, _without_biases((1, 3, 5, 7, 9))),
        ("The filters are turned by 180 degrees.", CROSS, lambda p, x: _forward(p, x, conv=_flipped)),
    ),
)  # fmt: skip


def _all_gradients(dloss):
    return lambda p, x, y: _loss_and_gradients(p, x, y, dloss=dloss)


def _summed(scores, labels):
    return fast.softmax_cross_entropy_backward(scores, labels) * len(labels)


def _loss_summed(p, x, y):
    loss, *gradients = _loss_and_gradients(p, x, y)
    return loss * len(y), *gradients


def _both_summed(p, x, y):
    loss, *gradients = _loss_and_gradients(p, x, y, dloss=_summed)
    return loss * len(y), *gradients


def _no_bias_gradients(p, x, y):
    loss, *gradients = _loss_and_gradients(p, x, y)
    return loss, *(0 * g if i % 2 else g for i, g in enumerate(gradients))


def _backwards(p, x, y):
    loss, *gradients = _loss_and_gradients(p, x, y)
    pairs = [gradients[i : i + 2] for i in range(8, -1, -2)]
    return loss, *(g for pair in pairs for g in pair)


def _gradient_public(rng):
    return [_network_case(rng, 2, labels=True), _network_case(rng, 4, labels=True)]


_GRADIENT_HIDDEN = _network_drawn((3, 1, 2), labels=True)
GRADIENTS = Exercise(
    "lenet.loss_and_gradients", TRAINING, loss_and_gradients,
    (
        Group("loss", 4, _gradient_public, _GRADIENT_HIDDEN, part=0),
        *(Group(name, 1, _gradient_public, _GRADIENT_HIDDEN, part=i)
          for i, name in reversed(list(enumerate(NAMES, start=1)))),
    ),
    parts=("loss", *NAMES),
    misconceptions=mistakes(
        ("The gradients are those of the sum over the images, but the loss is their mean.",
         SOFTMAX, _all_gradients(_summed)),
        ("The losses of the images are added up; their mean is asked for.", SOFTMAX, _loss_summed),
        ("Loss and gradients are added up over the images; the mean is asked for.", SOFTMAX, _both_summed),
        ("The gradients have the wrong sign: they point to where the loss falls.",
         TRAINING, _all_gradients(lambda s, y: -fast.softmax_cross_entropy_backward(s, y))),
        ("The way back begins with the probabilities; the 1 of the right class has not been subtracted.",
         SOFTMAX, _all_gradients(lambda s, y: probabilities(s) / len(y))),
        ("On the way back no gradient is stopped by a ReLU.",
         RELU, lambda p, x, y: _loss_and_gradients(p, x, y, conv_mask=_passed, full_mask=_passed)),
        ("On the way back the ReLUs between the fully connected layers are passed over.",
         RELU, lambda p, x, y: _loss_and_gradients(p, x, y, full_mask=_passed)),
        ("On the way back the ReLUs behind the convolutions are passed over.",
         RELU, lambda p, x, y: _loss_and_gradients(p, x, y, conv_mask=_passed)),
        ("At the ReLUs the sign of the gradient decides what passes; the sign of the forward's input decides.",
         RELU, lambda p, x, y: _loss_and_gradients(p, x, y, conv_mask=lambda d, v: fast.relu(d),
                                                   full_mask=lambda d, v: fast.relu(d))),
        ("The poolings share the gradient equally, as average pooling would.", POOL_BACK,
         lambda p, x, y: _loss_and_gradients(
             p, x, y, unpool=spread_as(lambda blocks: np.full_like(blocks, 1 / blocks.shape[-1])))),
        ("The poolings hand the gradient to every number of a window instead of to its largest.", POOL_BACK,
         lambda p, x, y: _loss_and_gradients(p, x, y, unpool=spread_as(np.ones_like))),
        ("The first convolution hears of the error through filters that lie the wrong way round: dx of the second "
         "one is not right.", CONV_BACK,
         lambda p, x, y: _loss_and_gradients(p, x, y, conv_backward=backward_through_flipped)),
        ("The gradients of the biases are 0.", FC_BACK, _no_bias_gradients),
    ) + (
        Misconception("The gradients come back in the order of the way back, last layer first; the order of the "
                      "parameters is asked for.", TRAINING, _backwards),
    ),
)  # fmt: skip


# --- training --------------------------------------------------------------------------------------------------------


def sgd_step(parameters, gradients, rate):
    """Every array minus rate times its gradient."""
    return [p - rate * g for p, g in zip(parameters, gradients, strict=True)]


def _step_case(rng, shapes, rate, draw=normal, dtype=np.float64):
    return Case(([draw(rng, *s, dtype=dtype) for s in shapes], [draw(rng, *s, dtype=dtype) for s in shapes], rate))


SGD = Exercise(
    "lenet.sgd_step", TRAINING, sgd_step,
    (
        Group("a list of arrays", 3,
              lambda rng: [_step_case(rng, [(2,)], 0.5, whole), _step_case(rng, [(2, 3), (2,), (1, 2)], 0.1)],
              lambda rng: [_step_case(rng, [(4, 2, 3, 3), (4,), (5, 7), (5,)][:n], float(rng.uniform(0.01, 0.9)),
                                      dtype=DTYPES[n % 2]) for n in (1, 2, 3, 4)]),
    ),
    misconceptions=mistakes(
        ("The step goes up the gradient; the loss falls against it.",
         TRAINING, lambda p, g, rate: [a + rate * b for a, b in zip(p, g, strict=True)]),
        ("The learning rate is left out.", TRAINING, lambda p, g, rate: [a - b for a, b in zip(p, g, strict=True)]),
        ("What comes back are the changes; the new parameters are asked for.",
         TRAINING, lambda p, g, rate: [-rate * b for b in g]),
        ("The parameters come back as they were: was `p` only given a new value inside the loop?",
         TRAINING, lambda p, g, rate: p),
        ("The gradient is divided by the rate.",
         TRAINING, lambda p, g, rate: [a - b / rate for a, b in zip(p, g, strict=True)]),
        ("Nothing comes back: a list of new arrays is asked for, and the old ones stay as they were.",
         TRAINING, lambda p, g, rate: None),
        ("Every array shrinks as well: the step is rate times the gradient and nothing else.",
         TRAINING, lambda p, g, rate: [a * (1 - rate) - rate * b for a, b in zip(p, g, strict=True)]),
        ("Each gradient is brought to length 1 first: its size is lost.",
         TRAINING, lambda p, g, rate: [a - rate * b / np.linalg.norm(b) for a, b in zip(p, g, strict=True)]),
        ("Only the first array makes its step.",
         TRAINING, lambda p, g, rate: [p[0] - rate * g[0], *p[1:]]),
        ("Only the last array makes its step.",
         TRAINING, lambda p, g, rate: [*p[:-1], p[-1] - rate * g[-1]]),
        ("The list ends after the first array: does the return stand inside of the loop?",
         TRAINING, lambda p, g, rate: [p[0] - rate * g[0]]),
    ),
)  # fmt: skip


@cache
def _digits(seed):
    """The 8x8 digits, padded with zeros to 12x12, divided by `seed`."""
    x, y = data.digits()
    return data.split(np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))), y, seed=seed)


def train(parameters, x, y, rate, batch, epochs, seed):
    """Stochastic gradient descent, every epoch in a new order. A run takes a second, so runs are remembered."""
    run = fingerprint([parameters, x, y, rate, batch, epochs, seed])
    if run not in _RUNS:
        _RUNS[run] = _train(parameters, x, y, rate, batch, epochs, seed)
    return copy(_RUNS[run])


_RUNS = {}


def _train(parameters, x, y, rate, batch, epochs, seed):
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for begin in range(0, len(order), batch):
            chosen = order[begin : begin + batch]
            _, *gradients = loss_and_gradients(parameters, x[chosen], y[chosen])
            parameters = sgd_step(parameters, gradients, rate)
    return parameters


def predict(parameters, x):
    """The label with the largest score."""
    return scores(parameters, x).argmax(axis=1)


def confusion(labels, predicted):
    """How often a digit (row) was read as another (column)."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def _training_case(seed, epochs):
    """Start, digits and settings of a run; the run's seed also says which digits were held out."""
    (x, y), _ = _digits(seed)
    return Case((initialise(SMALL, seed), x, y, 0.05, 16, epochs, seed))  # at 0.1 one right run in fifty fails


def judge_training(case, want, got) -> str | None:
    """A training run is judged by what its parameters read on digits that were not in it."""
    start, epochs, seed = case.args[0], case.args[5], case.args[6]
    complaint = _like_parameters(want, got)
    if complaint:
        return complaint
    if all(np.array_equal(a, b) for a, b in zip(start, got, strict=True)):
        return "these are the starting parameters: nothing was learnt. Is the result of each step kept for the next?"
    _, (x, y) = _digits(seed)
    right = np.mean(predict([np.asarray(a, np.float32) for a in got], x) == y)
    asked = ASKED_AFTER[epochs]
    if right > asked:
        return None
    return f"the parameters read {right:.0%} of {len(y)} digits that were held out; more than {asked:.0%} is asked for"


ASKED_AFTER = {3: 0.5, 15: 0.9}  # epochs -> share of the held-out digits that must be read
TRAIN = Exercise(
    "lenet.train", TRAINING, train,
    (
        Group("three epochs", 3, lambda rng: [_training_case(0, 3)],
              lambda rng: [_training_case(int(rng.integers(1, 10_000)), 3)]),
        Group("fifteen epochs", 5, lambda rng: [_training_case(0, 15)],
              lambda rng: [_training_case(int(rng.integers(1, 10_000)), 15)]),
    ),
    judge=judge_training,
)  # fmt: skip


PREDICT = Exercise(
    "lenet.predict", TRAINING, predict,
    (
        Group("labels", 2, lambda rng: [_network_case(rng, 4), _network_case(rng, 10)],
              lambda rng: [_network_case(rng, n) for n in (1, 6, 10, 17)]),
    ),
    misconceptions=mistakes(
        ("What comes back are the largest scores; the place of the largest one is the label.",
         TRAINING, lambda p, x: scores(p, x).max(axis=1)),
        ("The largest score is sought over the images instead of over the classes.",
         TRAINING, lambda p, x: scores(p, x).argmax(axis=0)),
        ("The class with the smallest score is chosen.", TRAINING, lambda p, x: scores(p, x).argmin(axis=1)),
        ("The largest score is sought among all images at once; each image has its own.",
         TRAINING, lambda p, x: int(scores(p, x).argmax())),
        ("What comes back are probabilities; the place of the largest one is the label.",
         TRAINING, lambda p, x: probabilities(scores(p, x))),
        ("What comes back is a row for each image, with a 1 at its label; the label itself is asked for.",
         TRAINING, lambda p, x: (lambda s: (s == s.max(axis=1, keepdims=True)).astype(int))(scores(p, x))),
        ("The labels begin at 1; they should begin at 0.", TRAINING, lambda p, x: predict(p, x) + 1),
        ("What comes back are the scores themselves.", TRAINING, scores),
    ),
)  # fmt: skip


def _labels_case(rng, n, classes=10):
    labels = rng.integers(0, classes, n)
    return Case((labels, np.where(rng.random(n) < 0.6, labels, rng.integers(0, classes, n))))


def _occurring(labels, predicted, count):
    counts = np.zeros((count, count), int)
    np.add.at(counts, (labels, predicted), 1)
    return counts


ALL_TEN = "The table ends with the largest label that occurs. It has ten rows and columns, whichever digits there are."
CONFUSION = Exercise(
    "lenet.confusion", RESULT, confusion,
    (
        Group("counts", 3, lambda rng: [Case((np.array([3, 3, 5, 7]), np.array([3, 5, 5, 1]))), _labels_case(rng, 60)],
              lambda rng: [*(_labels_case(rng, int(n)) for n in rng.integers(1, 300, 4)), _labels_case(rng, 40, 7)]),
    ),
    misconceptions=mistakes(
        ("Rows and columns are swapped: the row is the true digit, the column what it was read as.",
         RESULT, lambda y, p: confusion(p, y)),
        ("Each pair is counted once at most. `+= 1` with arrays as indices does not count repeats; a loop or np.add.at "
         "does.", RESULT, lambda y, p: np.minimum(confusion(y, p), 1)),
        ("These are shares; counts are asked for.",
         RESULT, lambda y, p: confusion(y, p) / np.maximum(confusion(y, p).sum(axis=1, keepdims=True), 1)),
        ("The digits are counted as if they began at 1: everything stands one row and one column too early.",
         RESULT, lambda y, p: np.roll(confusion(y, p), (-1, -1), axis=(0, 1))),
        (ALL_TEN, RESULT, lambda y, p: _occurring(y, p, max(y.max(), p.max()) + 1)),
        (ALL_TEN, RESULT, lambda y, p: _occurring(y, p, y.max() + 1)),
        ("Only the digits that were read rightly are counted.",
         RESULT, lambda y, p: np.diag(np.diag(confusion(y, p)))),
        ("The digits that were read rightly are left out of the counts.",
         RESULT, lambda y, p: confusion(y, p) - np.diag(np.diag(confusion(y, p)))),
    ),
)  # fmt: skip


@cache
def _mnist():
    """The 5,000 digits padded to 32x32, divided into training and held-out ones as in the sheet."""
    x, y = data.mnist5k()
    return data.split(np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))), y, seed=0)


def read_digits(x):
    """The label of the nearest of the 5,000 digits: x may be one of them, with or without noise."""
    (train_x, train_y), (held_x, held_y) = _mnist()
    known = np.concatenate([rows(train_x), rows(held_x)])
    distances = (known**2).sum(axis=1) - 2 * rows(x) @ known.T
    return np.concatenate([train_y, held_y])[distances.argmin(axis=1)]


def _held_out(rng, noise=0.0):
    """All of them: with a few, drawn anew for each hand-in, luck would decide about a network close to the mark."""
    _, (x, _) = _mnist()
    return [Case(((x + noise * rng.standard_normal(x.shape)).astype(np.float32),))]


def judge_reading(case, want, got) -> str | None:
    """Labels are judged by how many of them are right."""
    n = len(want)
    if np.shape(got) != (n,):
        return f"a label for each of the {n} images should be returned, shape ({n},), but the shape is {np.shape(got)}"
    if np.asarray(got).dtype.kind not in "iu":
        return f"labels are whole numbers 0 to 9, but the dtype is {np.asarray(got).dtype}"
    right = np.mean(np.asarray(got) == want)
    if right > ASKED_READING:
        return None
    return f"{right:.0%} of {n} digits it was not trained on are read right; more than {ASKED_READING:.0%} is asked for"


ASKED_READING = 0.9
READ = Exercise(
    "lenet.read_digits", RESULT, read_digits,
    (
        Group("held-out digits", 4, _held_out, _held_out),
        Group("with a little noise", 2, lambda rng: _held_out(rng, 0.05), lambda rng: _held_out(rng, 0.05)),
    ),
    judge=judge_reading,
)  # fmt: skip

EXERCISES = [
    *LAYERS, LAYER_SHAPES, COUNT, INITIALISE, SCORES, GRADIENTS, SGD, TRAIN, PREDICT,
    CONFUSION, READ,
]  # fmt: skip
