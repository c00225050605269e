"""Exercises of the `pool` assignment.

The mistakes are built from four knobs, each set wrong in turn: how size and stride are read, which part of the input
a window is cut from, what becomes of the window, and how its share of the gradient is put back.
"""

from collections.abc import Callable

import numpy as np

from .. import shapes
from ..layers import fast
from .cases import normal, plain, whole, window
from .compare import difference
from .exercise import Case, Exercise, Group, Misconception

NONE = (0, 0)
SIZES, WHY, FITS = "conv.html#conv-sizes", "pool.html#pool-why", "conv.html#conv-does-not-fit"
MAX, AVERAGE, CHANNELS = "pool.html#pool-max", "pool.html#pool-average", "pool.html#pool-channels"
TIES, OVERLAP, BACKWARD = "pool.html#pool-ties", "pool.html#pool-overlap", "pool.html#pool-backward"
DTYPES = (np.float32, np.float64)


# --- sizes -----------------------------------------------------------------------------------------------------------


def pool_output_size(n, size, stride=None):
    """(n - size)/stride + 1, or the ValueError that says why not; stride=None means stride=size."""
    return shapes.conv_output_size(n, size, size if stride is None else stride)


def sizes_after(n, layers):
    """[n, size after the first layer, after the second, ...] for layers of (window size, stride)."""
    sizes = [n]
    for size, stride in layers:
        sizes.append(pool_output_size(sizes[-1], size, stride))
    return sizes


def _sizes(*calls) -> Callable:
    return lambda rng: [Case(call[:2], {} if len(call) == 2 else {"stride": call[2]}) for call in calls]


def _drawn_sizes(own_stride: bool) -> Callable:
    def draw(rng):
        cases = []
        for _ in range(12):
            size, out = int(rng.integers(1, 8)), int(rng.integers(1, 40))
            stride = int(rng.integers(1, 6)) if own_stride else size
            cases.append(Case((size + stride * (out - 1), size), {"stride": stride} if own_stride else {}))
        size = int(rng.integers(2, 8))
        return [*cases, Case((size, size), {"stride": size - 1} if own_stride else {})]

    return draw


def _drawn_misfits(rng):
    cases = []
    for _ in range(8):
        size, stride, out = int(rng.integers(1, 7)), int(rng.integers(2, 6)), int(rng.integers(1, 12))
        cases.append(Case((size + stride * (out - 1) + int(rng.integers(1, stride)), size), {"stride": stride}))
    for _ in range(3):
        size = int(rng.integers(3, 8))
        cases.append(Case((int(rng.integers(1, size)), size), {}))
    return [*cases, Case((3, 5), {"stride": 2}), Case((1, 5), {"stride": 1})]


def _chain(steps):
    """Layers (size, stride) that fit one after the other, found from the last size backwards."""

    def draw(rng):
        cases = []
        for _ in range(6):
            n, layers = int(rng.integers(1, 6)), []
            for _ in range(int(rng.integers(1, steps + 1))):
                size, stride = int(rng.integers(1, 6)), int(rng.integers(1, 4))
                layers.insert(0, (size, stride))
                n = size + stride * (n - 1)
            cases.append(Case((n, layers)))
        return cases

    return draw


def _broken_chain(rng):
    cases = []
    for case in _chain(3)(rng):
        n, layers = case.args
        cases.append(Case((n, [*layers, (sizes_after(n, layers)[-1] + 1, 2)])))
    return [*cases, Case((15, [(2, 2), (1, 1)])), Case((15, [(4, 1), (5, 2), (3, 2)]))]


def _own(size, stride):
    return size if stride is None else stride


def _misread(says, read, section=SIZES):
    """The right sum of misread numbers, in an answer that refuses what then does not fit and in one that rounds down.

    The second refuses what does not fit with the right numbers: rounding down there is a mistake of its own.
    """

    def strict(n, size, stride=None):
        return pool_output_size(n, *read(size, stride))

    def lenient(n, size, stride=None):
        pool_output_size(n, size, stride)
        return _floored(n, *read(size, stride))

    return Misconception(says, section, strict), Misconception(says, section, lenient)


def _floored(n, size, stride=None):
    return (n - size) // _own(size, stride) + 1


def _blind_to_large(n, size, stride=None):
    stride = _own(size, stride)
    if (n - size) % stride:
        raise ValueError
    return (n - size) // stride + 1


def _tests_n(n, size, stride=None):
    stride = _own(size, stride)
    if n % stride:
        raise ValueError
    return (n - size) // stride + 1


def _tests_and_divides_n(n, size, stride=None):
    stride = _own(size, stride)
    if size > n or n % stride:
        raise ValueError
    return n // stride


def _none_where_it_does_not_fit(right):
    def answer(*args, **kwargs):
        try:
            return right(*args, **kwargs)
        except ValueError:
            return None

    return answer


def _refused_by(right, refuse):
    """The right answer, but refuse(error) is returned or raised where that refuses."""

    def answer(*args, **kwargs):
        try:
            return right(*args, **kwargs)
        except ValueError:
            return refuse()

    return answer


def _raising(kind):
    def refuse():
        raise kind

    return refuse


def _refused_otherwise(right, what="the window"):
    for number in (0, -1):
        says = f"Where {what} does not fit, {number} comes back; in this course that is an error, raise ValueError."
        yield Misconception(says, FITS, _refused_by(right, lambda number=number: number))
    says = f"Where {what} does not fit, an assert fails; the error asked for is a ValueError, raised as such."
    yield Misconception(says, FITS, _refused_by(right, _raising(AssertionError)))
    says = f"Where {what} does not fit, a mere Exception is raised; a ValueError says more."
    yield Misconception(says, FITS, _refused_by(right, _raising(Exception)))
    for number in (0, -1):  # what is so on every input is not named after the refusals
        yield Misconception(f"{number} comes back, on any input.", FITS, lambda *_, number=number, **__: number)
    for kind in (AssertionError, Exception):
        says = f"Every input is refused, by raising {kind.__name__}; many fit."
        yield Misconception(says, FITS, lambda *_, kind=kind, **__: _raising(kind)())


def _refuses_one_place(n, size, stride=None):
    if size >= n:
        raise ValueError
    return pool_output_size(n, size, stride)


NOTHING_RAISED = "Where the window does not fit, None comes back; in this course that is an error, raise ValueError."

NOTHING_RETURNED = "Nothing comes back, on any input: a result is handed over by a return statement."


def _nothing(*args, **kwargs):
    return None


SIZE_MISTAKES = (
    *_refused_otherwise(pool_output_size),
    Misconception(
        "A window as large as the input is refused; it fits, in one place.", FITS, _refuses_one_place,
    ),
    Misconception(
        "The starts are counted up to n; the last window has to end there.",
        SIZES, lambda n, size, stride=None: -(-n // _own(size, stride)),
    ),
    Misconception(
        "There is a 1 too many, in the division and behind it; it belongs behind it only.",
        SIZES, lambda n, size, stride=None: (n - size + 1) // _own(size, stride) + 1,
    ),
    Misconception(NOTHING_RETURNED, SIZES, _nothing),
    Misconception(NOTHING_RAISED, FITS, _none_where_it_does_not_fit(pool_output_size)),
    Misconception(
        "Where the window does not fit, the size is rounded down; in this course that is an error, raise ValueError.",
        FITS, _floored,
    ),
    Misconception(
        "Where the window does not fit, the size is rounded up; in this course that is an error, raise ValueError.",
        FITS, lambda n, size, stride=None: -((size - n) // _own(size, stride)) + 1,
    ),
    Misconception("A window larger than the input is let through; it does not fit either.", FITS, _blind_to_large),
    Misconception(
        "The test for what fits divides n by the stride; it is n - size, the way the window has to travel.",
        FITS, _tests_n,
    ),
    Misconception(
        "The + 1 is missing: a window takes one place more than it makes steps.",
        SIZES, lambda n, size, stride=None: (n - size) // _own(size, stride),
    ),
    Misconception(
        "A stride of None is taken for stride 1; it stands for a stride equal to the size.",
        MAX, lambda n, size, stride=None: (n - size) // (1 if stride is None else stride) + 1,
    ),
    Misconception(
        "The stride is ignored: the window always moves by 1.", SIZES, lambda n, size, stride=None: n - size + 1,
    ),
    Misconception(
        "The division is / and gives a float; a size is a whole number, use // once it is known to fit.",
        SIZES, lambda n, size, stride=None: (n - size) / _own(size, stride) + 1,
    ),
    Misconception(
        "The size of the window is left out: n itself is divided by the stride.",
        SIZES, lambda n, size, stride=None: n // _own(size, stride),
    ),
    Misconception(
        "The size of the window is left out: n itself is divided by the stride.", SIZES, _tests_and_divides_n,
    ),
    *_misread(
        "The stride is ignored: the window moves by its own size whatever the stride.",
        lambda size, stride: (size, size),
    ),
    *_misread("The stride is fixed to 2, the usual one for pooling; use the argument.", lambda size, stride: (size, 2)),
    *_misread(
        "Size and stride are swapped in the formula: the size is subtracted, the stride divides.",
        lambda size, stride: (_own(size, stride), size),
    ),
)  # fmt: skip


def _from_the_start(n, layers):
    return [n] + [pool_output_size(n, size, stride) for size, stride in layers]


def _up_to_a_misfit(n, layers):
    sizes = [n]
    for layer in layers:
        try:
            sizes.append(pool_output_size(sizes[-1], *layer))
        except ValueError:
            break
    return sizes


def _without_plus_one(n, layers, strict=False):
    sizes = [n]
    for size, stride in layers:
        if strict:
            pool_output_size(sizes[-1], size, stride)  # refuses what then does not fit
        sizes.append((sizes[-1] - size) // stride)
    return sizes


def _whole_sizes(case, want, got):
    """As `difference`, and whole numbers must be ints."""
    wrong = difference(want, got)
    if wrong:
        return wrong
    return difference(tuple(want), got.tolist() if isinstance(got, np.ndarray) else got)


def _floor_chain(n, layers):
    sizes = [n]
    for size, stride in layers:
        sizes.append((sizes[-1] - size) // stride + 1)
    return sizes


CHAIN_MISTAKES = (
    *_refused_otherwise(sizes_after, "a layer"),
    Misconception(
        "Where a layer does not fit, the list just ends; in this course that is an error, raise ValueError.",
        FITS, _up_to_a_misfit,
    ),
    Misconception(
        "The layers are gone through from the last to the first.",
        WHY, lambda n, layers: sizes_after(n, layers[::-1]),
    ),
    *(
        Misconception(
            "The + 1 is missing: a window takes one place more than it makes steps.", SIZES,
            lambda n, layers, strict=strict: _without_plus_one(n, layers, strict),
        )
        for strict in (False, True)
    ),
    Misconception(NOTHING_RETURNED, WHY, _nothing),
    Misconception(
        "Where a layer does not fit, None comes back; in this course that is an error, raise ValueError.",
        FITS, _none_where_it_does_not_fit(sizes_after),
    ),
    Misconception(
        "The last size is missing: there is one more size than there are layers.",
        WHY, lambda n, layers: sizes_after(n, layers)[:-1],
    ),
    Misconception(
        "Only the first layer is counted: does the function return before the loop is done?",
        WHY, lambda n, layers: sizes_after(n, layers[:1]),
    ),
    Misconception(
        "The list begins with the size after the first layer; it should begin with n itself.",
        WHY, lambda n, layers: sizes_after(n, layers)[1:],
    ),
    Misconception(
        "Only the last size comes back; all of them are asked for, n first.",
        WHY, lambda n, layers: sizes_after(n, layers)[-1],
    ),
    Misconception(
        "Each layer is applied to the first n; it should take the size that the layer before it left.",
        WHY, _from_the_start,
    ),
    Misconception(
        "The strides are ignored: every layer is counted at stride 1.",
        SIZES, lambda n, layers: sizes_after(n, [(size, 1) for size, _ in layers]),
    ),
    *(
        Misconception(says, SIZES, lambda n, layers, go=chain, read=read: go(n, [read(*layer) for layer in layers]))
        for chain in (sizes_after, _floor_chain)
        for says, read in (
            ("The strides are ignored: every window is moved by its own size.", lambda size, stride: (size, size)),
            ("Size and stride are swapped: a layer is written (size, stride).", lambda size, stride: (stride, size)),
        )
    ),
    Misconception(
        "Where a layer does not fit, the size is rounded down; in this course that is an error, raise ValueError.",
        FITS, lambda n, layers: _floor_chain(n, layers),
    ),
)  # fmt: skip


# --- the cases of the layers -----------------------------------------------------------------------------------------

HAND = np.array([[1, 3, 2, 0], [4, 2, 1, 5], [0, 1, 7, 2], [6, 2, 3, 3]], float)[None, None]  # the lab sheet's example


def _plane(*rows) -> np.ndarray:
    return np.array(rows, float)[None, None]


def _settings(stride) -> dict:
    return {} if stride is None else {"stride": stride}


def _forward(*inputs) -> Callable:
    """Public cases of a forward: each input is (x, size) or (x, size, stride)."""
    return lambda rng: [Case((x, size), _settings(stride)) for x, size, stride in map(_three, inputs)]


def _backward(*inputs, halves=False) -> Callable:
    """Public cases of a backward: dout is drawn, whole numbers without 0 or 1, so that each can be followed.

    halves=True adds 1/2 to each: an array of whole numbers has no room for that.
    """

    def draw(rng):
        cases = []
        for x, size, stride in map(_three, inputs):
            dout = whole(rng, *shapes.pool2d_shape(x.shape, size, stride), low=2, high=9)
            dout *= np.where(np.arange(dout.size).reshape(dout.shape) % 2, -1, 1)
            cases.append(Case((dout + 0.5 * halves, x, size), _settings(stride), terms=_area(size)))
        return cases

    return draw


def _three(given):
    return given if len(given) == 3 else (*given, None)


def _area(size) -> int:
    return int(np.prod(shapes.pair("size", size, at_least=1)))


def _drawn(backward=False, *, numbers=normal, count=6, planes=(1, 3), side_by_side=False, **ranges) -> Callable:
    """Hidden cases: windows that fit, by `cases.window`, every second one in float32; square=True: inputs, too."""

    def draw(rng):
        cases = []
        for i in range(count):
            view = window(rng, padding=NONE, **ranges)
            size, stride, out = view.size, view.size if side_by_side else view.stride, view.output
            if ranges.get("square"):
                out = (out[0], out[0])
            height, width = (f + s * (o - 1) for f, s, o in zip(size, stride, out, strict=True))
            x = numbers(rng, *rng.integers(*planes, 2, endpoint=True), height, width).astype(DTYPES[i % 2])
            args = (x, plain(size))
            if backward:
                args = (normal(rng, *x.shape[:2], *out, dtype=x.dtype), *args)
            cases.append(Case(args, {} if side_by_side else {"stride": plain(stride)}, terms=_area(size)))
        return cases

    return draw


def _joined(*draws) -> Callable:
    return lambda rng: [case for draw in draws for case in draw(rng)]


def _positive(rng, *shape):
    return np.abs(normal(rng, *shape)) + 0.25


def _negative(rng, *shape):
    return -np.abs(normal(rng, *shape)) - 0.25


def _tied(rng, *shape):
    return whole(rng, *shape, low=-1, high=1)


def _misfits(rng):
    """Inputs that the window does not fit: on one axis, on the other, on both; or that are too small for it."""
    cases = []
    for wrong in ((1, 0), (0, 1), (1, 1)):
        view = window(rng, padding=NONE, stride=(2, 3), output=(2, 3))
        height, width = (n + d for n, d in zip(view.input, wrong, strict=True))
        cases.append(Case((normal(rng, 1, 2, height, width), plain(view.size)), {"stride": plain(view.stride)}))
    return [*cases, Case((normal(rng, 2, 1, 2, 6), 3)), Case((normal(rng, 1, 1, 7, 7), 2))]


def _flat(rng, *shape):
    """One number everywhere: what a dark corner is after ReLU."""
    return np.zeros(shape)


# Windows large against the gaps between them overlap; the other way round they leave pixels out.
OVERLAPPING = {"size": (3, 4), "stride": (1, 2), "output": (2, 4)}
CROWDED = {"size": (3, 4), "stride": (1, 1)}
APART = {"size": (1, 2), "stride": (3, 4), "output": (1, 3)}


# --- mistakes --------------------------------------------------------------------------------------------------------
# Knob 1, how the arguments are read: (size, stride) pairs -> (size, stride) pairs.

# Misread strides of 1 fit any input; the others may not.

ALWAYS_FIT = (
    ("The stride is ignored: the windows always move by 1.", MAX, lambda size, stride, given: (size, (1, 1))),
    (
        "A stride of None is taken for stride 1; it stands for a stride equal to the size.", MAX,
        lambda size, stride, given: (size, stride if given else (1, 1)),
    ),
)  # fmt: skip
MAY_NOT_FIT = (
    ("The stride is ignored: the windows always lie side by side.", MAX, lambda size, stride, given: (size, size)),
    ("The stride is fixed to 2; use the argument.", MAX, lambda size, stride, given: (size, (2, 2))),
    (
        "The window is fixed to 2x2; use the argument.", MAX,
        lambda size, stride, given: ((2, 2), stride if given else (2, 2)),
    ),
    ("Size and stride are swapped.", MAX, lambda size, stride, given: (stride, size)),
    (
        "Height and width are swapped in the size: a pair is (height, width).", MAX,
        lambda size, stride, given: (size[::-1], stride if given else size[::-1]),
    ),
    (
        "Height and width are swapped in the stride: a pair is (height, width).", MAX,
        lambda size, stride, given: (size, stride[::-1] if given else stride),
    ),
    (
        "Height and width are swapped: a pair is (height, width).", MAX,
        lambda size, stride, given: (size[::-1], stride[::-1]),
    ),
    (
        "Height and width are swapped in the stride: a pair is (height, width).", MAX,
        lambda size, stride, given: (size, stride[::-1]),
    ),
    (
        "Height and width are swapped in the size: a pair is (height, width).", MAX,
        lambda size, stride, given: (size[::-1], stride),
    ),
    *(
        (f"Of a pair only the {one} is used, for both directions: a pair is (height, width).", MAX, read)
        for one, k in (("height", 0), ("width", 1))
        for read in (
            lambda size, stride, given, k=k: ((size[k], size[k]), (stride[k], stride[k])),
            lambda size, stride, given, k=k: ((size[k], size[k]), stride),
            lambda size, stride, given, k=k: (size, (stride[k], stride[k])),
        )
    ),
)  # fmt: skip


def _as_given(size, stride, given):
    return size, stride


# Knob 2, where a window is cut: window number i, its size, its stride -> slice.


def _at(i, size, stride):
    return slice(i * stride, i * stride + size)


CUT_WRONG = (
    (
        "Window i starts at i; it should start at i * stride.", MAX,
        lambda i, size, stride: slice(i, i + size),
    ),
    (
        "Window i starts at i * size; it should start at i * stride.", OVERLAP,
        lambda i, size, stride: slice(i * size, i * size + size),
    ),
    (
        "The windows end one row and one column early: a slice already leaves out its end.", MAX,
        lambda i, size, stride: slice(i * stride, i * stride + max(size - 1, 1)),
    ),
    (
        "The windows are one row and one column too large: a slice already leaves out its end.", MAX,
        lambda i, size, stride: slice(i * stride, i * stride + size + 1),
    ),
)  # fmt: skip


# Knob 3, what becomes of a window v (N, C, h, w): of size (h, w), moved by stride -> (N, C), or (N, 1) across channels.


def _largest(v, size, stride):
    return v.max(axis=(2, 3))


def _mean(v, size, stride):
    return v.mean(axis=(2, 3))


def _forward_answer(become, read=_as_given, cut=_at, strict=True, change=None):
    def answer(x, size, stride=None):
        given = stride is not None
        if read is not _as_given:
            shapes.pool_output_shape(x.shape[1:], size, stride, strict=not strict)
        size = shapes.pair("size", size, at_least=1)
        size, stride = read(size, shapes.pair("stride", stride, at_least=1) if given else size, given)
        _, rows, columns = shapes.pool_output_shape(x.shape[1:], size, stride, strict)
        out = [
            [become(x[:, :, cut(i, size[0], stride[0]), cut(j, size[1], stride[1])], size, stride)
             for j in range(columns)]
            for i in range(rows)
        ]  # fmt: skip
        out = np.array(out).transpose(2, 3, 0, 1).copy()
        return out if change is None else change(out)

    return answer


# What becomes of the whole output (N, C, H2, W2): part of it is kept, or one window's number runs into the next.


def _kept(*parts):
    """The output with zeros outside `parts`, a slice or number for each axis."""

    def change(out):
        left = np.zeros(out.shape)
        left[parts] = out[parts]
        return left

    return change


def _running(over, axes):
    """Each number with all that come before it along the last `axes` axes in row order: over = np.add or np.maximum."""
    return lambda out: over.accumulate(out.reshape(*out.shape[: 4 - axes], -1), axis=-1).reshape(out.shape)


CHANGED = (
    (
        "Every image has got the result of the first one.", CHANNELS,
        lambda out: np.broadcast_to(out[:1], out.shape).copy(),
    ),
    (
        "Every channel has got the result of the first one; each activation map is pooled by itself.", CHANNELS,
        lambda out: np.broadcast_to(out[:, :1], out.shape).copy(),
    ),
    ("Only the first image is pooled: does the function return before the loop is done?", CHANNELS, _kept(0)),
    (
        "Only the first channel is pooled: does the function return before the loop is done?", CHANNELS,
        _kept(slice(None), 0),
    ),
    (
        "Only the first channel of the first image is pooled: does the function return before the loop is done?",
        CHANNELS, _kept(0, 0),
    ),
    (
        "Only the first window is pooled: does the function return before the loop is done?", MAX,
        _kept(0, 0, 0, 0),
    ),
    ("Only the first window is pooled: does the function return before the loop is done?", MAX,
     _kept(slice(None), slice(None), 0, 0)),
    ("Only the first row of windows is pooled: does the function return before the loop is done?", MAX,
     _kept(0, 0, 0)),
    ("Only the first row of windows is pooled: does the function return before the loop is done?", MAX,
     _kept(slice(None), slice(None), 0)),
    (
        "The last row and column of windows are left out; count the places with the + 1.", "pool.html#pool-sizes",
        lambda out: out[:, :, :-1, :-1],
    ),
    (
        "The last row and column of windows are never visited and stay 0.", "pool.html#pool-sizes",
        _kept(slice(None), slice(None), slice(-1), slice(-1)),
    ),
    ("Height and width of the result are swapped.", MAX, lambda out: out.swapaxes(2, 3).copy()),
    (
        "The columns are counted from the height; a map need not be square.", MAX,
        lambda out: out[:, :, :, : out.shape[2]].copy(),
    ),
)  # fmt: skip


def _sticking_out(over, fill):
    """The last windows may stick out: over zeros, fill=0, or over nothing, fill=nan. over is np.maximum or np.add."""

    def answer(x, size, stride=None):
        size = shapes.pair("size", size, at_least=1)
        stride = size if stride is None else shapes.pair("stride", stride, at_least=1)
        places = [max(-((f - n) // s), 0) + 1 for n, f, s in zip(x.shape[2:], size, stride, strict=True)]
        ends = [s * (k - 1) + f for f, s, k in zip(size, stride, places, strict=True)]
        more = [(0, max(end - n, 0)) for end, n in zip(ends, x.shape[2:], strict=True)]
        filled = np.pad(x, ((0, 0), (0, 0), *more), constant_values=fill)
        become = np.nanmax if over is np.maximum else np.nanmean
        return _forward_answer(lambda v, *_: become(v, axis=(2, 3)), strict=False)(filled, size, stride)

    return answer


def _blocks_by_reshape(right):
    def answer(x, size, stride=None):
        if stride is not None:
            return _forward_answer(right)(x, size, stride)
        h, w = shapes.pair("size", size, at_least=1)
        n, (c, rows, columns) = len(x), shapes.pool_output_shape(x.shape[1:], (h, w))
        blocks = x.reshape(n * c, rows * columns, h, w)
        return right(blocks, (h, w), (h, w)).reshape(n, c, rows, columns)

    return answer


def _no_single_place(right):
    def answer(x, size, stride=None):
        if any(f >= n for n, f in zip(x.shape[2:], shapes.pair("size", size, at_least=1), strict=True)):
            raise ValueError
        return right(x, size, stride)

    return answer


def _forward_mistakes(right, over, not_set_back, *wrong):
    """Every knob wrong by itself; misread arguments in answers that refuse what does not fit, and that round down."""
    for strict, readings in ((True, ALWAYS_FIT + MAY_NOT_FIT), (False, MAY_NOT_FIT)):
        for says, section, read in readings:
            yield Misconception(says, section, _forward_answer(right, read=read, strict=strict))
    for says, section, cut in CUT_WRONG:
        yield Misconception(says, section, _forward_answer(right, cut=cut))
    for says, section, change in CHANGED:
        yield Misconception(says, section, _forward_answer(right, change=change))
    for axes in (1, 2, 3, 4):
        yield Misconception(not_set_back, MAX, _forward_answer(right, change=_running(over, axes)))
    for says, section, become in wrong:
        yield Misconception(says, section, _forward_answer(become))
    says = "Where the window does not fit, a last one sticks out of the input; in this course that is an error."
    for fill in (0, np.nan):
        yield Misconception(says, FITS, _sticking_out(over, fill))
    says = "The map is cut into blocks by reshape alone, so a block holds a piece of a row; the axes have to be moved."
    yield Misconception(says, MAX, _blocks_by_reshape(right))
    says = "A window as large as the input is refused; it fits, in one place."
    yield Misconception(says, FITS, _no_single_place(_forward_answer(right)))
    yield from _refused_otherwise(_forward_answer(right))
    yield Misconception(NOTHING_RETURNED, MAX, _nothing)
    yield Misconception(NOTHING_RAISED, FITS, _none_where_it_does_not_fit(_forward_answer(right)))
    says = "Where the window does not fit, pixels are dropped; in this course that is an error, raise ValueError."
    yield Misconception(says, FITS, _forward_answer(right, strict=False))


ACROSS = "The pooling goes across the channels; each activation map is pooled by itself and C stays what it was."


def _across(reduce, every=False):
    def become(v, size, stride):
        one = reduce(v, axis=(1, 2, 3), keepdims=True)[:, :, 0, 0]
        return np.broadcast_to(one, v.shape[:2]) if every else one

    return become


ONE_COLUMN = "Only the first column of each window is looked at; a window has height * width pixels."
ONE_ROW = "Only the first row of each window is looked at; a window has height * width pixels."

MAX_MISTAKES = tuple(_forward_mistakes(
    _largest, np.maximum,
    "The largest number so far is kept from one window to the next; every window starts afresh.",
    ("Only the last number of each window is left; keep the largest so far.", MAX, lambda v, *_: v[:, :, -1, -1]),
    (
        "This is the place of the largest number in its window, not the number.", MAX,
        lambda v, *_: v.reshape(*v.shape[:2], -1).argmax(axis=2),
    ),
    (
        "Images and channels are pooled together; each map of each image is pooled by itself.", CHANNELS,
        lambda v, *_: np.full(v.shape[:2], v.max()),
    ),
    (ONE_COLUMN, MAX, lambda v, *_: v[:, :, :, 0].max(axis=2)),
    (ONE_ROW, MAX, lambda v, *_: v[:, :, 0].max(axis=2)),
    (
        "The search for the largest number starts from 0, so a window of negative numbers gives 0.", MAX,
        lambda v, size, stride: np.maximum(v.max(axis=(2, 3)), 0),
    ),
    ("This is the average of each window; the largest number is asked for.", AVERAGE, _mean),
    ("This is the sum of each window; the largest number is asked for.", MAX, lambda v, *_: v.sum(axis=(2, 3))),
    ("This is the smallest number of each window.", MAX, lambda v, *_: v.min(axis=(2, 3))),
    (
        "Signs are ignored: this is the number farthest from 0 made positive.", MAX,
        lambda v, *_: np.abs(v).max(axis=(2, 3)),
    ),
    ("Only the upper left corner of each window is taken.", MAX, lambda v, *_: v[:, :, 0, 0]),
    (
        "The numbers lose their digits after the point: the array they are written to holds whole numbers.", MAX,
        lambda v, *_: np.trunc(v.max(axis=(2, 3))),
    ),
    (ACROSS, CHANNELS, _across(np.max)),
    (ACROSS, CHANNELS, _across(np.max, every=True)),
    (
        "The images of the batch are pooled together; each is pooled by itself.", CHANNELS,
        lambda v, *_: np.broadcast_to(v.max(axis=(0, 2, 3)), v.shape[:2]),
    ),
))  # fmt: skip

AVERAGE_MISTAKES = tuple(_forward_mistakes(
    _mean, np.add,
    "The sum so far is kept from one window to the next; every window starts afresh.",
    (
        "The sum is divided by the height and then multiplied by the width: a / b * c is (a / b) * c.", AVERAGE,
        lambda v, size, stride: v.sum(axis=(2, 3)) / size[0] * size[1],
    ),
    (
        "The sum is divided by height + width; a window has height * width pixels.", AVERAGE,
        lambda v, size, stride: v.sum(axis=(2, 3)) / (size[0] + size[1]),
    ),
    (
        "The sum is divided by 4, whatever the size of the window.", AVERAGE,
        lambda v, *_: v.sum(axis=(2, 3)) / 4,
    ),
    ("This is the median of each window; the average is asked for.", AVERAGE, lambda v, *_: np.median(v, axis=(2, 3))),
    ("Only the last number of each window is left, divided; add them up, use +=.", AVERAGE,
     lambda v, size, stride: v[:, :, -1, -1] / (size[0] * size[1])),
    (
        "Images and channels are pooled together; each map of each image is pooled by itself.", CHANNELS,
        lambda v, *_: np.full(v.shape[:2], v.mean()),
    ),
    (ONE_COLUMN, AVERAGE, lambda v, *_: v[:, :, :, 0].mean(axis=2)),
    (ONE_ROW, AVERAGE, lambda v, *_: v[:, :, 0].mean(axis=2)),
    (
        "The sum is divided by the width of the window only; a window has height * width pixels.", AVERAGE,
        lambda v, size, stride: v.sum(axis=(2, 3)) / size[1],
    ),
    (
        "The sum is divided by the height of the window squared; a window has height * width pixels.", AVERAGE,
        lambda v, size, stride: v.sum(axis=(2, 3)) / size[0] ** 2,
    ),
    (
        "The sum is divided by the width of the window squared; a window has height * width pixels.", AVERAGE,
        lambda v, size, stride: v.sum(axis=(2, 3)) / size[1] ** 2,
    ),
    ("This is the largest number of each window; the average is asked for.", AVERAGE, _largest),
    (
        "The sum of each window is not divided by the number of its pixels.", AVERAGE,
        lambda v, *_: v.sum(axis=(2, 3)),
    ),
    (
        "The sum is divided by the height of the window only; a window has height * width pixels.", AVERAGE,
        lambda v, size, stride: v.sum(axis=(2, 3)) / size[0],
    ),
    (
        "The sum is divided by the product of the strides; it is the window that has height * width pixels.", AVERAGE,
        lambda v, size, stride: v.sum(axis=(2, 3)) / (stride[0] * stride[1]),
    ),
    (
        "The averages are rounded down to whole numbers; divide with /, into an array of floats.", AVERAGE,
        lambda v, *_: np.floor(_mean(v, *_)),
    ),
    (
        "The averages lose their digits after the point: the array they are written to holds whole numbers.", AVERAGE,
        lambda v, *_: np.trunc(_mean(v, *_)),
    ),
    ("Only the upper left corner of each window is taken.", AVERAGE, lambda v, *_: v[:, :, 0, 0]),
    (ACROSS, CHANNELS, _across(np.mean)),
    (ACROSS, CHANNELS, _across(np.mean, every=True)),
))  # fmt: skip


# Knob 4, the way back: each window's share of its gradient (N, C, h, w), and how it is put into dx.


def _one_hot(v, flat_index):
    rows, columns = np.unravel_index(flat_index, v.shape[2:])
    share = np.zeros(v.shape)
    n, c = np.indices(v.shape[:2])
    share[n, c, rows, columns] = 1
    return share


def _first(v, size, stride):
    return _one_hot(v, v.reshape(*v.shape[:2], -1).argmax(axis=2))


def _last(v, size, stride):
    flat = v.reshape(*v.shape[:2], -1)
    return _one_hot(v, flat.shape[2] - 1 - flat[:, :, ::-1].argmax(axis=2))


def _first_in_columns(v, size, stride):
    return _first(v.swapaxes(2, 3), size, stride).swapaxes(2, 3)


def _all(v, size=None, stride=None):
    return (v == v.max(axis=(2, 3), keepdims=True)).astype(float)


def _split(v, size, stride):
    return _all(v) / _all(v).sum(axis=(2, 3), keepdims=True)


def _best_channel(v, size, stride):
    return _first(v, size, stride) * (v.max(axis=(2, 3)) == v.max(axis=(1, 2, 3))[:, None])[:, :, None, None]


def _even(v, size, stride):
    return np.full(v.shape, 1 / (size[0] * size[1]))


def _add(dx, where, share, d):
    dx[where] += share * d


def _overwrite(dx, where, share, d):
    dx[where] = share * d


def _overwrite_where_shared(dx, where, share, d):
    dx[where] = np.where(share != 0, share * d, dx[where])


def _put_in_the_corner(dx, where, share, d):
    dx[:, :, : share.shape[2], : share.shape[3]] += share * d


def _first_or_corner(v, size, stride):
    return _first(np.maximum(v, 0), size, stride)


def _in_the_whole_map(every):
    """The maximum of a window looked for by its value in all of the map: every place that has it, or the first."""

    def answer(dout, x, size, stride=None):
        best = fast.max_pool2d(x, size, stride)
        dx = np.zeros(x.shape)
        for n, c, i, j in np.ndindex(dout.shape):
            places = np.argwhere(x[n, c] == best[n, c, i, j])
            for row, column in places if every else places[:1]:
                dx[n, c, row, column] += dout[n, c, i, j]
        return dx

    return answer


def _each_wins_once(dout, x, size, stride=None):
    """A winner is taken out of x, so that the windows after it choose another one."""
    h, w = shapes.pair("size", size, at_least=1)
    down, right = (h, w) if stride is None else shapes.pair("stride", stride, at_least=1)
    left, dx = x.astype(float), np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        window = left[n, c, i * down : i * down + h, j * right : j * right + w]
        row, column = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, i * down + row, j * right + column] += dout[n, c, i, j]
        window[row, column] = -np.inf
    return dx


def _number_of_windows(dout, x, size, stride=None):
    count = dout.shape[2] * dout.shape[3]
    return _backward_answer(lambda v, *_: v * 0 + 1)(dout, x, size, stride) / count


def _like_the_first_channel(v, size, stride):
    return np.broadcast_to(_first(v[:, :1], size, stride), v.shape)


def _like_the_first_image(v, size, stride):
    return np.broadcast_to(_first(v[:1], size, stride), v.shape)


def _misplaced(place, step=True):
    """The way back through max pooling with place(k, size) -> (row, column) of the winner, k its number in the window.

    Written out, as a wrong place may lie outside the window, or outside the image.
    """

    def answer(dout, x, size, stride=None):
        size = shapes.pair("size", size, at_least=1)
        stride = size if stride is None else shapes.pair("stride", stride, at_least=1)
        dx = np.zeros(x.shape)
        for n, c, i, j in np.ndindex(dout.shape):
            top, left = i * stride[0], j * stride[1]
            corner = (top, left) if step else (i, j)
            row, column = place(int(x[n, c, top : top + size[0], left : left + size[1]].argmax()), size)
            dx[n, c, corner[0] + row, corner[1] + column] += dout[n, c, i, j]
        return dx

    return answer


def _whole_windows_only(right):
    """Windows lie side by side whatever the stride; those that stick out are passed over."""

    def answer(dout, x, size, stride=None):
        h, w = shapes.pair("size", size, at_least=1)
        rows, columns = (min(d, n // k) for d, n, k in zip(dout.shape[2:], x.shape[2:], (h, w), strict=True))
        return right(dout[:, :, :rows, :columns], x, (h, w))

    return answer


def _no_empty_windows(share):
    return lambda v, size, stride: share(v, size, stride) if v.size else np.zeros(v.shape)


def _repeated(dout, x, size, stride=None):
    h, w = shapes.pair("size", size, at_least=1)
    return dout.repeat(h, axis=2).repeat(w, axis=3) / (h * w)


def _averaged_where_shared(right):
    """Where windows overlap, the sum of the shares is divided by the number of the windows."""

    def answer(dout, x, size, stride=None):
        inside = _backward_answer(lambda v, *_: v * 0 + 1)(np.ones(dout.shape), x, size, stride)
        return right(dout, x, size, stride) / np.maximum(inside, 1)

    return answer


def _all_ones(dx, where, share, d):
    dx[where] += share


def _as_whole_numbers(dx, where, share, d):
    dx[where] = np.trunc(dx[where] + share * d)


def _of_first_channel(dx, where, share, d):
    dx[where] += share * d[:, :1]


def _of_first_image(dx, where, share, d):
    dx[where] += share * d[:1]


def _per_image_sum(dx, where, share, d):
    dx[where] += share * d.sum(axis=0, keepdims=True)


def _backward_answer(share, read=_as_given, cut=_at, put=_add):
    def answer(dout, x, size, stride=None):
        given = stride is not None
        size = shapes.pair("size", size, at_least=1)
        size, stride = read(size, shapes.pair("stride", stride, at_least=1) if given else size, given)
        dx = np.zeros(x.shape)
        for i, j in np.ndindex(dout.shape[2:]):
            where = (slice(None), slice(None), cut(i, size[0], stride[0]), cut(j, size[1], stride[1]))
            put(dx, where, share(x[where], size, stride), dout[:, :, i, j][:, :, None, None])
        return dx

    return answer


def _backward_mistakes(right, *wrong):
    for says, section, read in ALWAYS_FIT + MAY_NOT_FIT:
        yield Misconception(says, section, _backward_answer(right, read=read))
    for says, section, cut in CUT_WRONG[2:]:  # the gradient's shape is given, so the first two are misread strides
        yield Misconception(says, section, _backward_answer(right, cut=cut))
    for says, section, put in PUT_WRONG:
        yield Misconception(says, section, _backward_answer(right, put=put))
    for says, section, share in wrong:
        yield Misconception(says, section, _backward_answer(share))
    sideways = next(known for known in MAY_NOT_FIT if "side by side" in known[0])
    yield Misconception(*sideways[:2], _backward_answer(_no_empty_windows(right), read=sideways[2]))
    yield Misconception(*sideways[:2], _whole_windows_only(_backward_answer(right)))
    says = "Where windows overlap, the average of their shares is taken; a pixel collects the sum."
    yield Misconception(says, OVERLAP, _averaged_where_shared(_backward_answer(right)))
    says = "The gradient has the shape of dout; it should have the shape of x."
    yield Misconception(says, BACKWARD, lambda dout, x, size, stride=None: dout)
    for says, section, part in DONE_EARLY:
        yield Misconception(says, section, _part_only(_backward_answer(right), part))
    says = "The gradient has the wrong sign."
    yield Misconception(says, BACKWARD, _backward_answer(lambda *given: -right(*given)))


def _part_only(right, part):
    """The gradient from a part of dout only."""

    def answer(dout, x, size, stride=None):
        return right(_kept(*part)(dout), x, size, stride)

    return answer


DONE_EARLY = (
    ("Only the first image gets a gradient: does the function return before the loop is done?", BACKWARD, (0,)),
    (
        "Only the first channel gets a gradient: does the function return before the loop is done?", BACKWARD,
        (slice(None), 0),
    ),
    (
        "Only the first channel of the first image gets a gradient: does the function return before the loop is done?",
        BACKWARD, (0, 0),
    ),
    (
        "Only the first window passes its gradient on: does the function return before the loop is done?", BACKWARD,
        (0, 0, 0, 0),
    ),
    (
        "Only the first window passes its gradient on: does the function return before the loop is done?", BACKWARD,
        (slice(None), slice(None), 0, 0),
    ),
)  # fmt: skip
OVERWRITTEN = "Overlapping windows overwrite each other's gradient; a pixel collects from all its windows, use +=."
PUT_WRONG = (
    (OVERWRITTEN, OVERLAP, _overwrite),
    (OVERWRITTEN, OVERLAP, _overwrite_where_shared),
    ("The upstream gradient dout is ignored, as if it were 1 everywhere.", BACKWARD, _all_ones),
    (
        "A place in the window is used as a place in the image: add i * stride and j * stride to it.",
        BACKWARD, _put_in_the_corner,
    ),
    ("The upstream gradients of all images are summed; each image has its own.", BACKWARD, _per_image_sum),
    ("All channels get the upstream gradient of the first one; each has its own.", CHANNELS, _of_first_channel),
    ("All images get the upstream gradient of the first one; each has its own.", BACKWARD, _of_first_image),
    (
        "The gradients lose their digits after the point: the array they are written to holds whole numbers.",
        BACKWARD, _as_whole_numbers,
    ),
)  # fmt: skip

MAX_BACKWARD_MISTAKES = tuple(_backward_mistakes(
    _first,
    ("A tie splits the gradient; in this course the first maximum in row order gets all of it.", TIES, _split),
    ("A tie gives the gradient to every maximum; only the first one in row order gets it.", TIES, _all),
    ("A tie gives the gradient to the last maximum; the first one in row order gets it.", TIES, _last),
    (
        "A tie gives the gradient to the first maximum in column order; go along the rows first.",
        TIES, _first_in_columns,
    ),
    ("Every pixel of a window gets the whole gradient; only the largest one does.", BACKWARD, lambda v, *_: v * 0 + 1),
    ("Every pixel gets the gradient times itself; only the largest one gets it, with slope 1.", BACKWARD,
     lambda v, *_: v),
    (
        "The search for the largest number starts from 0: a window without a positive number sends its gradient to "
        "its upper left corner.", BACKWARD, _first_or_corner,
    ),
    (
        "The gradient is spread evenly over the window, as average pooling does; only the largest pixel gets it.",
        BACKWARD, _even,
    ),
    ("The gradient is multiplied by the maximum; its slope is 1 there.", BACKWARD, lambda v, *a: _first(v, *a) * v),
    (
        "Only positive maxima get a gradient; the search for the largest number starts from 0.",
        BACKWARD, lambda v, *a: _first(v, *a) * (v > 0),
    ),
    ("The gradient goes to the best channel only; each activation map has its own maximum.", CHANNELS, _best_channel),
    (
        "The place of the first channel's maximum is used for all channels; each activation map has its own.",
        CHANNELS, _like_the_first_channel,
    ),
    (
        "The place of the first image's maximum is used for all images; each image has its own.",
        CHANNELS, _like_the_first_image,
    ),
    ("The gradient goes to the smallest number; it belongs to the largest.", BACKWARD,
     lambda v, size, stride: _first(-v, size, stride)),
    (
        "The gradient goes to the upper left corner of each window; it belongs to the maximum.",
        BACKWARD, lambda v, *_: _one_hot(v, np.zeros(v.shape[:2], int)),
    ),
))  # fmt: skip
MAX_BACKWARD_MISTAKES += (
    Misconception(
        "A window's place is taken for i, j when the gradient is put down; it is i * stride, j * stride.", BACKWARD,
        _misplaced(lambda k, size: divmod(k, size[1]), step=False),
    ),
    *(
        Misconception(
            "The maximum is looked for by its value in the whole map; the same number may stand outside the window.",
            TIES, _in_the_whole_map(every),
        )
        for every in (False, True)
    ),
    Misconception(
        "A number that has won is taken out of the windows after it; it may win in several.", OVERLAP, _each_wins_once,
    ),
    Misconception(
        "Row and column of the maximum are swapped.", BACKWARD,
        _misplaced(lambda k, size: (k % size[1], k // size[1])),
    ),
    Misconception(
        "The maximum's row and column are counted with the height of the window; a row is as long as it is wide.",
        BACKWARD, _misplaced(lambda k, size: divmod(k, size[0])),
    ),
)  # fmt: skip

AVERAGE_BACKWARD_MISTAKES = tuple(_backward_mistakes(
    _even,
    ("The gradient is not divided by the number of pixels in the window.", BACKWARD, lambda v, *_: v * 0 + 1),
    (
        "The gradient is divided by the height of the window only; a window has height * width pixels.",
        BACKWARD, lambda v, size, stride: np.full(v.shape, 1 / size[0]),
    ),
    (
        "The gradient is divided by the product of the strides; it is the window that has height * width pixels.",
        BACKWARD, lambda v, size, stride: np.full(v.shape, 1 / (stride[0] * stride[1])),
    ),
    ("The gradient goes to the largest pixel, as in max pooling; an average passes it to all.", BACKWARD, _first),
    ("The gradient is multiplied by the pixels; an average has the same slope everywhere.", BACKWARD,
     lambda v, *a: _even(v, *a) * v),
    (
        "The gradient is divided by the width of the window only; a window has height * width pixels.",
        BACKWARD, lambda v, size, stride: np.full(v.shape, 1 / size[1]),
    ),
    (
        "The gradient is divided by the height of the window squared; a window has height * width pixels.",
        BACKWARD, lambda v, size, stride: np.full(v.shape, 1 / size[0] ** 2),
    ),
    (
        "The gradient is divided by the width of the window squared; a window has height * width pixels.",
        BACKWARD, lambda v, size, stride: np.full(v.shape, 1 / size[1] ** 2),
    ),
    (
        "The gradient goes to the upper left corner of each window only.",
        BACKWARD, lambda v, *a: _one_hot(v, np.zeros(v.shape[:2], int)) * _even(v, *a),
    ),
))  # fmt: skip
AVERAGE_BACKWARD_MISTAKES += (
    Misconception(
        "The gradient is divided by the number of windows; a window has height * width pixels.", BACKWARD,
        _number_of_windows,
    ),
    Misconception(
        "Each gradient is repeated over a block of its own, as if the windows lay side by side; they may overlap or "
        "leave gaps.", OVERLAP, _repeated,
    ),
)  # fmt: skip


# --- the exercises ---------------------------------------------------------------------------------------------------

SIX = _plane(
    [3, 1, 4, 1, 5, 9],
    [2, 6, 5, 3, 5, 8],
    [9, 7, 9, 3, 2, 3],
    [8, 4, 6, 2, 6, 4],
    [3, 3, 8, 3, 2, 7],
    [9, 5, 0, 2, 8, 8],
)
FIVE = _plane([2, 0, 1, 4, 3], [1, 5, 6, 2, 0], [3, 7, 9, 8, 1], [4, 2, 8, 5, 6], [0, 1, 3, 2, 4])
WIDE = _plane([1, 7, 3, 0, 4, 2], [5, 2, 8, 6, 1, 9], [3, 9, 4, 2, 7, 5], [6, 0, 1, 8, 3, 4])
OBLONG = _plane([4, 1, 0, 2, 8, 3], [2, 9, 5, 1, 6, 0], [7, 3, 1, 8, 2, 4], [0, 6, 2, 9, 5, 1], [8, 4, 3, 0, 7, 2])
COLD = _plane([-3, -1, -7, -5], [-2, -4, -6, -8], [-9, -2, -1, -3], [-5, -6, -4, -2])
MIXED = _plane([-4, 1, -9, 2], [3, -6, 5, -7], [0, -1, -8, -3], [-5, -2, 6, -1])
STACK = np.array([
    [[[1, 5, 2, 0], [3, 2, 7, 4], [8, 1, 0, 6], [2, 4, 3, 5]],
     [[9, 0, 1, 3], [2, 6, 4, 8], [1, 3, 9, 2], [5, 0, 7, 1]],
     [[4, 2, 6, 1], [0, 7, 3, 9], [2, 5, 1, 8], [6, 3, 4, 0]]],
    [[[6, 3, 0, 5], [1, 8, 9, 2], [4, 0, 2, 7], [3, 1, 5, 6]],
     [[2, 7, 5, 4], [8, 1, 0, 6], [3, 9, 6, 1], [0, 2, 8, 4]],
     [[5, 1, 3, 8], [4, 9, 2, 7], [7, 6, 0, 3], [1, 8, 9, 5]]],
], float)  # fmt: skip
TIED = _plane([1, 5, 2, 5], [5, 2, 5, 5], [3, 3, 0, 0], [3, 3, 0, 0])
RECTANGLES = ((WIDE, 2), (WIDE, (2, 3)), (WIDE, 2, (1, 2)), (OBLONG, (3, 2), (2, 1)), (WIDE, (2, 3), 1))

EXERCISES = [
    Exercise(
        name="pool_output_size",
        section=SIZES,
        reference=pool_output_size,
        groups=(
            Group("windows side by side", 3, _sizes((4, 2), (24, 2), (9, 3), (5, 1), (3, 3)), _drawn_sizes(False)),
            Group(
                "a stride of its own", 4,
                _sizes((7, 3, 1), (7, 3, 2), (5, 2, 3), (27, 3, 2), (8, 2, 3), (4, 2, None)), _drawn_sizes(True),
            ),
            Group("does not fit", 3, _sizes((5, 2), (7, 3, 3), (8, 3, 2), (2, 4, 2), (9, 4, 3)), _drawn_misfits),
        ),
        misconceptions=SIZE_MISTAKES,
    ),
    Exercise(
        name="sizes_after",
        section=WHY,
        reference=sizes_after,
        groups=(
            Group(
                "stride 1", 3,
                lambda rng: [Case((32, [(5, 1), (5, 1)])), Case((32, [(5, 1)] * 7)), Case((9, [(3, 1), (2, 1)]))],
                lambda rng: [Case((n, [(f, 1)] * k)) for n, f, k in ((40, 5, 9), (28, 3, 13), (17, 2, 5), (6, 6, 1))],
            ),
            Group(
                "with strides", 3,
                lambda rng: [
                    Case((32, [(5, 1), (2, 2), (5, 1), (2, 2)])), Case((15, [(3, 2), (3, 2)])), Case((8, [])),
                    Case((20, [(2, 3), (3, 1)])), Case((10, [(2, 4)])),
                ],
                _joined(_chain(4), _chain(6)),
            ),
            Group(
                "does not fit", 2,
                lambda rng: [Case((32, [(5, 1), (3, 2)])), Case((7, [(2, 2)])), Case((15, [(2, 2), (3, 1)]))],
                _broken_chain,
            ),
        ),
        misconceptions=CHAIN_MISTAKES,
        judge=_whole_sizes,
    ),
    Exercise(
        name="max_pool2d",
        section=MAX,
        reference=fast.max_pool2d,
        groups=(
            Group(
                "basic", 5, _forward((HAND, 2), (SIX, 3), (SIX / 4, 2)),
                _drawn(numbers=_positive, square=True, side_by_side=True, size=(2, 4), output=(1, 4)),
            ),
            Group(
                "channels and images", 4, _forward((STACK, 2), (STACK[:1], 4)),
                _drawn(numbers=_positive, planes=(2, 4), square=True, size=(2, 3)),
            ),
            Group(
                "negative numbers", 5, _forward((COLD, 2), (MIXED, 2)),
                _joined(_drawn(numbers=_negative, square=True), _drawn(count=2, square=True)),
            ),
            Group(
                "stride", 4, _forward((FIVE, 3, 2), (HAND, 2, 1), (FIVE, 2, 3)),
                _joined(
                    _drawn(numbers=_positive, square=True, **OVERLAPPING),
                    _drawn(numbers=_positive, square=True, **APART),
                ),
            ),
            Group(
                "height and width differ", 5, _forward(*RECTANGLES),
                _joined(
                    _drawn(numbers=_positive), _drawn(numbers=_positive, **OVERLAPPING),
                    _drawn(numbers=_positive, side_by_side=True), _drawn(numbers=_positive, count=2, output=(1, 1)),
                ),
            ),
            Group("does not fit", 3, _forward((FIVE, 2), (OBLONG, 2), (HAND, 3, 2), (WIDE, 2, 3)), _misfits),
        ),
        misconceptions=MAX_MISTAKES,
    ),
    Exercise(
        name="max_pool2d_backward",
        section=BACKWARD,
        reference=fast.max_pool2d_backward,
        groups=(
            Group(
                "basic", 7, _backward((HAND, 2), (COLD, 2), (SIX, 3), halves=True),
                _drawn(True, square=True, side_by_side=True, size=(2, 4)),
            ),
            Group("channels and images", 3, _backward((STACK, 2)), _drawn(True, planes=(2, 4), square=True)),
            Group(
                "ties", 4, _backward((TIED, 2), (TIED, (4, 2))),
                _joined(
                    _drawn(True, numbers=_tied, square=True, side_by_side=True, size=(2, 4)),
                    _drawn(True, numbers=_flat, square=True, side_by_side=True, size=(2, 3), count=2),
                ),
            ),
            Group(
                "overlap", 5, _backward((FIVE, 3, 2), (MIXED, 2, 1), (FIVE, 3, 1)),
                _joined(_drawn(True, square=True, **OVERLAPPING), _drawn(True, square=True, **CROWDED)),
            ),
            Group(
                "height and width differ", 5, _backward(*RECTANGLES, (FIVE, 2, 3)),
                _joined(_drawn(True, numbers=_tied), _drawn(True, side_by_side=True), _drawn(True, **APART)),
            ),
        ),
        misconceptions=MAX_BACKWARD_MISTAKES,
    ),
    Exercise(
        name="avg_pool2d",
        section=AVERAGE,
        reference=fast.avg_pool2d,
        groups=(
            Group(
                "basic", 5, _forward((HAND, 2), (MIXED, 2), (SIX, 3), (STACK, 2), (STACK[:1], 4)),
                _joined(
                    _drawn(square=True, side_by_side=True, size=(2, 4)), _drawn(count=2, numbers=_negative),
                    _drawn(count=2, numbers=_tied, size=(2, 4)),
                ),
            ),
            Group(
                "stride", 3, _forward((FIVE, 3, 2), (HAND, 2, 1), (FIVE, 2, 3)),
                _joined(_drawn(square=True, **OVERLAPPING), _drawn(square=True, **APART)),
            ),
            Group(
                "height and width differ", 4, _forward(*RECTANGLES),
                _joined(
                    _drawn(), _drawn(**OVERLAPPING), _drawn(side_by_side=True), _drawn(count=2, output=(1, 1)),
                ),
            ),
            Group("does not fit", 2, _forward((FIVE, 2), (OBLONG, 2), (HAND, 3, 2), (WIDE, 2, 3)), _misfits),
        ),
        misconceptions=AVERAGE_MISTAKES,
    ),
    Exercise(
        name="avg_pool2d_backward",
        section=BACKWARD,
        reference=fast.avg_pool2d_backward,
        groups=(
            Group(
                "basic", 6, _backward((HAND, 2), (SIX, 3), halves=True),
                _drawn(True, square=True, side_by_side=True, size=(2, 4)),
            ),
            Group("channels and images", 2, _backward((STACK, 2)), _drawn(True, planes=(2, 4), square=True)),
            Group(
                "overlap", 5, _backward((FIVE, 3, 2), (MIXED, 2, 1), (FIVE, 3, 1)),
                _joined(_drawn(True, square=True, **OVERLAPPING), _drawn(True, square=True, **CROWDED)),
            ),
            Group(
                "height and width differ", 5, _backward(*RECTANGLES, (FIVE, 2, 3)),
                _joined(_drawn(True), _drawn(True, side_by_side=True), _drawn(True, **APART)),
            ),
        ),
        misconceptions=AVERAGE_BACKWARD_MISTAKES,
    ),
]  # fmt: skip
