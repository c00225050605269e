"""Exercises of the `conv` assignment: sizes, parameters, padding, the convolution and its gradients.

Each group asks for one thing and leaves the rest at rest (no bias, stride 1, no padding, one image, one channel), so
that one mistake costs one group; the last group of `conv2d` and of its gradients puts everything together.
"""

import numpy as np

from .. import shapes
from ..layers import fast
from .cases import exact, normal, plain, quarters, whole, window
from .exercise import Case, Exercise, Group, Misconception

SIZES, STRIDE, FITS = "conv.html#conv-sizes", "conv.html#conv-stride", "conv.html#conv-does-not-fit"
PADDING, PARAMETERS, VOLUME = "conv.html#conv-padding", "conv.html#conv-parameters", "conv.html#conv-volume"
DOT, MAP, FILTERS = "conv.html#conv-dot-product", "conv.html#conv-activation-map", "conv.html#conv-many-filters"
FLIP, BACKWARD, MISTAKES = (
    "conv.html#conv-cross-correlation",
    "conv.html#conv-backward",
    "conv.html#conv-misconceptions",
)


def _fixed(*cases: Case):
    """Public cases that need no drawing."""
    return lambda rng: list(cases)


# ------------------------------------------------------------------------------------------- conv_output_size


def conv_output_size(n, f, stride=1, padding=0):
    return shapes.conv_output_size(n, f, stride, padding)


def _size(n, f, **settings) -> Case:
    return Case((n, f), settings)


def _refused_otherwise(right):
    """What people do in place of raising ValueError where `right` raises it: another error, or none at all."""

    def refusing(instead):
        def answer(*args, **kwargs):
            try:
                return right(*args, **kwargs)
            except ValueError:
                pass
            if isinstance(instead, type):
                raise instead
            return instead

        return answer

    yield from (Misconception(OTHER_ERROR, FITS, refusing(kind)) for kind in (AssertionError, Exception, RuntimeError))
    yield from (Misconception(NO_ERROR, FITS, refusing(value)) for value in (None, 0, -1, False))


OTHER_ERROR = "A filter that does not fit is refused, but with an error of another kind than the ValueError asked for."
NO_ERROR = (
    "Where the filter does not fit, the function comes back without an error. A message or a special value is easily "
    "overlooked; in this course it is a ValueError."
)


def _sized(says, section, way):
    """The size made from a wrong way(n, f, padding) for the filter to travel: rounded down, or with refusals."""

    def rounded(n, f, stride=1, padding=0):
        return way(n, f, padding) // stride + 1

    def refusing(n, f, stride=1, padding=0):
        if way(n, f, padding) < 0 or way(n, f, padding) % stride:
            raise ValueError
        return rounded(n, f, stride, padding)

    return (Misconception(says, section, answer) for answer in (rounded, refusing))


def _drawn_sizes(stride=(1, 1), padding=(0, 0)):
    """Ten fitting sizes; n follows from the rest, so that it always fits."""

    def draw(rng):
        cases = []
        while len(cases) < 10:
            f, out = int(rng.integers(1, 12)), int(rng.integers(1, 60))
            s, p = int(rng.integers(*stride, endpoint=True)), int(rng.integers(*padding, endpoint=True))
            n = f + s * (out - 1) - 2 * p
            if n >= 1:
                cases.append(_size(n, f, stride=s, padding=p))
        return cases

    return draw


def _drawn_borders(rng):
    """Filters that are larger than n and fit all the same, thanks to the border."""
    drawn = [(int(rng.integers(1, 6)), int(rng.integers(1, 4))) for _ in range(3)]
    return [_size(n, n + int(rng.integers(1, 2 * p, endpoint=True)), stride=1, padding=p) for n, p in drawn]


def _drawn_misfits(rng):
    """Sizes with a rest, and filters too large in every way the arithmetic can hide; some sizes that do fit."""
    cases = []
    for _ in range(8):
        f, s, out, p = (int(rng.integers(low, high)) for low, high in ((3, 9), (2, 6), (2, 20), (0, 3)))
        cases.append(_size(f + s * (out - 1) - 2 * p + int(rng.integers(1, s)), f, stride=s, padding=p))
    for _ in range(4):
        n, s = int(rng.integers(1, 6)), int(rng.integers(1, 4))
        cases.append(_size(n, n + s * int(rng.integers(1, 4)), stride=s, padding=0))
    return [case for case in cases if case.args[0] >= 1] + _drawn_sizes((1, 4), (0, 2))(rng)


def _ceil(n, f, stride=1, padding=0):
    return -((f - n - 2 * padding) // stride) + 1


def _divides(n, f, stride=1, padding=0):
    """Tests the rest, but not the sign."""
    if (n + 2 * padding - f) % stride:
        raise ValueError
    return (n + 2 * padding - f) // stride + 1


def _rounds_unless_larger(n, f, stride=1, padding=0):
    """Rounds down, but sees that a filter is larger than its input."""
    return shapes.conv_output_size(n, f, stride, padding, strict=False)


def _tests_n(n, f, stride=1, padding=0):
    """Asks whether the stride divides n."""
    if n % stride:
        raise ValueError
    return (n + 2 * padding - f) // stride + 1


def _refusing_equal(n, f, stride=1, padding=0):
    if f >= n + 2 * padding:
        raise ValueError
    return conv_output_size(n, f, stride, padding)


def _larger_than_n(n, f, stride=1, padding=0):
    """Compares the filter with the input as it was before its border."""
    if f > n:
        raise ValueError
    return conv_output_size(n, f, stride, padding)


ROUNDED_DOWN = "Where the filter does not fit, the size is rounded down. In this course that is an error: ValueError."

CONV_OUTPUT_SIZE = Exercise(
    name="conv_output_size",
    section=SIZES,
    reference=conv_output_size,
    groups=(
        Group("stride 1", 2, _fixed(_size(7, 3), _size(32, 5), _size(5, 5), _size(9, 1)), _drawn_sizes()),
        Group(
            "stride", 2, _fixed(_size(7, 3, stride=2), _size(227, 11, stride=4), _size(7, 1, stride=3)),
            _drawn_sizes(stride=(1, 5)),
        ),
        Group(
            "padding", 2,
            _fixed(
                _size(7, 3, padding=1), _size(32, 5, padding=2), _size(8, 4, stride=2, padding=1),
                _size(3, 5, padding=1),
            ),
            lambda rng: _drawn_sizes(stride=(1, 4), padding=(0, 4))(rng) + _drawn_borders(rng),
        ),
        Group(
            "does not fit", 4,
            _fixed(
                _size(7, 3, stride=3), _size(7, 3, stride=2), _size(3, 5), _size(3, 5, stride=2),
                _size(8, 3, stride=2, padding=2), _size(8, 2, stride=3), _size(8, 3, stride=3),
            ),
            _drawn_misfits,
        ),
    ),
    misconceptions=(
        Misconception(
            "The 1 at the end of the formula is missing: a filter that has no room to move still has one place.",
            SIZES, lambda n, f, stride=1, padding=0: (n + 2 * padding - f) // stride,
        ),
        Misconception(
            "The 1 is added before the division. It counts the first place, and stands outside.",
            SIZES, lambda n, f, stride=1, padding=0: (n + 2 * padding - f + 1) // stride,
        ),
        *_sized(
            "The padding is counted once. It goes on both sides of the input.", PADDING, lambda n, f, p: n + p - f
        ),
        *_sized("The padding is left out of the size.", PADDING, lambda n, f, p: n - f),
        *_sized(
            "The padding makes the filter larger here; it is the input that it makes larger.", PADDING,
            lambda n, f, p: n - f - 2 * p,
        ),
        Misconception(
            "The padding is added to the number of places. It is the input that it makes larger, before the division.",
            PADDING, lambda n, f, stride=1, padding=0: (n - f) // stride + 1 + 2 * padding,
        ),
        Misconception(
            "The stride is left out of the size.",
            STRIDE, lambda n, f, stride=1, padding=0: n + 2 * padding - f + 1,
        ),
        Misconception(
            "The stride is multiplied with, not divided by: longer steps make fewer places, not more.",
            STRIDE, lambda n, f, stride=1, padding=0: (n + 2 * padding - f) * stride + 1,
        ),
        Misconception(
            "The size is right, but a float. A size counts places: use // once you know that nothing is left over.",
            SIZES, lambda n, f, stride=1, padding=0: (n + 2 * padding - f) / stride + 1,
        ),
        Misconception(
            ROUNDED_DOWN, FITS, lambda n, f, stride=1, padding=0: (n + 2 * padding - f) // stride + 1
        ),
        Misconception(ROUNDED_DOWN, FITS, _rounds_unless_larger),
        Misconception(
            "Where the filter does not fit, the size is rounded up. In this course that is an error: ValueError.",
            FITS, _ceil,
        ),
        Misconception(
            "Where the filter does not fit, the size is rounded to the nearest whole number. In this course that is an "
            "error: ValueError.", FITS, lambda n, f, stride=1, padding=0: round((n + 2 * padding - f) / stride) + 1,
        ),
        Misconception(
            "A filter as large as its input is refused. It fits, in one place.", FITS, _refusing_equal
        ),
        Misconception(
            "A filter larger than the padded input is let through. It does not fit either, with or without a rest.",
            FITS, _divides,
        ),
        Misconception(
            "The test for what fits asks whether the stride divides n. It is the way the filter travels that counts.",
            FITS, _tests_n,
        ),
        Misconception(
            "A filter larger than n is refused even where it fits. With its border the input has n + 2*padding pixels.",
            FITS, _larger_than_n,
        ),
        *_refused_otherwise(conv_output_size),
    ),
)  # fmt: skip


# ------------------------------------------------------------------------------------------ conv_output_shape


def conv_output_shape(shape, k, f, stride=1, padding=0):
    return shapes.conv_output_shape(shape, k, f, stride, padding)


def _drawn_shapes(stride, padding, square=True):
    """Eight volumes and layers; square=False lets height and width differ in everything."""

    def draw(rng):
        cases = []
        for _ in range(8):
            view = window(rng, size=(1, 7), stride=stride, padding=padding, output=(5, 30), square=square)
            if square:
                view = exact(view.size[0], view.stride[0], view.padding[0], view.output[0])
            c, k = (int(i) for i in rng.integers(1, 65, 2))
            cases.append(Case(((c, *view.input), k, plain(view.size)), view.settings))
        return cases

    return draw


def _drawn_shape_misfits(rng):
    """One side fits, the other does not; then the same with the side repaired."""
    cases = []
    for _ in range(6):
        view = window(rng, size=(2, 5), stride=(2, 4), padding=(0, 1), output=(2, 12), square=True)
        c, k = (int(i) for i in rng.integers(1, 9, 2))
        sizes, side = list(view.input), int(rng.integers(2))
        sizes[side] += 1
        cases.append(Case(((c, *sizes), k, plain(view.size)), view.settings))
        cases.append(Case(((c, *view.input), k, plain(view.size)), view.settings))
    return cases


def _floored_shape(shape, k, f, stride=1, padding=0):
    return shapes.conv_output_shape(shape, k, f, stride, padding, strict=False)


def _formula_shape(shape, k, f, stride=1, padding=0):
    """The formula with //, whatever it gives."""
    settings = zip(shape[1:], *(shapes.pair("", value, at_least=0) for value in (f, stride, padding)), strict=True)
    return k, *((n + 2 * p - f_) // s + 1 for n, f_, s, p in settings)


def _turned(value):
    return value if isinstance(value, int) else value[::-1]


def _both(number):
    """A setting with the first or the second number of its pair used for height and width."""
    return lambda value: value if isinstance(value, int) else value[number]


def _shape_of(says, section, change):
    """The mistake of taking change(shape, f, stride, padding) for what was given: rounded down, or with refusals."""

    def by(formula):
        def answer(shape, k, f, stride=1, padding=0):
            shape, *settings = change(shape, f, stride, padding)
            return formula(shape, k, *settings)

        return answer

    return (Misconception(says, section, by(formula)) for formula in (_formula_shape, conv_output_shape))


def _narrowed(shape, by):
    """The shape with less height and width, by an int or a pair."""
    return shape[0], *(n - less for n, less in zip(shape[1:], shapes.pair("", by, at_least=0), strict=True))


def _axis_by_axis(size):
    """The shape by a wrong rule for one side, size(n, f, stride, padding)."""

    def answer(shape, k, f, stride=1, padding=0):
        pairs = (shapes.pair("", value, at_least=0) for value in (f, stride, padding))
        return k, *(size(*side) for side in zip(shape[1:], *pairs, strict=True))

    return answer


def _without_one(n, f, stride, padding):
    return conv_output_size(n, f, stride, padding) - 1


def _shape_mistake(says, section, change):
    """The mistake `change` makes of (C, K, H2, W2), where the filter fits; refuses what does not."""

    def answer(shape, k, f, stride=1, padding=0):
        return change(shape[0], *conv_output_shape(shape, k, f, stride, padding))

    return Misconception(says, section, answer)


TURNED_STRIDE = "The pair of the stride is read as (width, height). It is (height, width), like the shape."

CONV_OUTPUT_SHAPE = Exercise(
    name="conv_output_shape",
    section=VOLUME,
    reference=conv_output_shape,
    groups=(
        Group("the lecture's volume", 3, _fixed(Case(((3, 32, 32), 6, 5)), Case(((1, 7, 7), 4, 3))),
              _drawn_shapes((1, 1), (0, 0))),
        Group(
            "stride and padding", 3,
            _fixed(
                Case(((3, 32, 32), 10, 5), {"stride": 1, "padding": 2}), Case(((1, 7, 7), 2, 3), {"stride": 2}),
                Case(((3, 9, 9), 8, 5), {"stride": 2, "padding": 1}),
            ),
            _drawn_shapes((1, 3), (0, 2)),
        ),
        Group(
            "height and width", 2,
            _fixed(
                Case(((2, 6, 9), 4, 3)), Case(((1, 8, 11), 4, (2, 3)), {"stride": (2, 1), "padding": 0}),
                Case(((2, 6, 9), 3, (2, 3)), {"stride": (2, 3), "padding": (1, 0)}),
                Case(((1, 5, 9), 2, (1, 3)), {"stride": (1, 2), "padding": (2, 0)}),
            ),
            _drawn_shapes((1, 3), (0, 2), square=False),
        ),
        Group(
            "does not fit", 2,
            _fixed(
                Case(((1, 7, 8), 2, 3), {"stride": 2}), Case(((1, 8, 7), 2, 3), {"stride": 2}),
                Case(((1, 7, 9), 2, 3), {"stride": 2}), Case(((3, 4, 9), 2, 5), {"padding": 0}),
            ),
            _drawn_shape_misfits,
        ),
    ),
    misconceptions=(
        _shape_mistake(
            "The output has as many maps as the input has channels. One map comes from each of the K filters.",
            FILTERS, lambda c, k, h2, w2: (c, h2, w2),
        ),
        _shape_mistake(
            "Every filter gives a map for each channel here. A filter reaches through all channels and sums over them.",
            DOT, lambda c, k, h2, w2: (c * k, h2, w2),
        ),
        _shape_mistake(
            "The maps come last, as in the lecture's 32x32x10. In this course, as in PyTorch, they come first.",
            VOLUME, lambda c, k, h2, w2: (h2, w2, k),
        ),
        _shape_mistake("Height and width have changed places.", VOLUME, lambda c, k, h2, w2: (k, w2, h2)),
        _shape_mistake(
            "The height is used for both sides; an image need not be square.", VOLUME, lambda c, k, h2, w2: (k, h2, h2)
        ),
        _shape_mistake(
            "The width is used for both sides; an image need not be square.", VOLUME, lambda c, k, h2, w2: (k, w2, w2)
        ),
        *_shape_of(
            "A pair is read as (width, height). It is (height, width), like the shape.", VOLUME,
            lambda shape, f, s, p: (shape, _turned(f), _turned(s), _turned(p)),
        ),
        *_shape_of(TURNED_STRIDE, VOLUME, lambda shape, f, s, p: (shape, f, _turned(s), p)),
        *_shape_of(
            "The pair of the padding is read as (width, height). It is (height, width), like the shape.", VOLUME,
            lambda shape, f, s, p: (shape, f, s, _turned(p)),
        ),
        *_shape_of(
            "The pair of the filter is read as (width, height). It is (height, width), like the shape.", VOLUME,
            lambda shape, f, s, p: (shape, _turned(f), s, p),
        ),
        _shape_mistake(
            "The channels are still in the shape, beside the maps. A filter sums over all of them.", DOT,
            lambda c, k, h2, w2: (k, c, h2, w2),
        ),
        *_shape_of(
            "The first number of a pair is used for height and width.", VOLUME,
            lambda shape, f, s, p: (shape, *(_both(0)(value) for value in (f, s, p))),
        ),
        *_shape_of(
            "The second number of a pair is used for height and width.", VOLUME,
            lambda shape, f, s, p: (shape, *(_both(1)(value) for value in (f, s, p))),
        ),
        *_shape_of(
            "The shape is read as (H, W, C). In this course the channels come first.", VOLUME,
            lambda shape, f, s, p: ((shape[2], *shape[:2]), f, s, p),
        ),
        *_shape_of(
            "The padding is counted once. It goes on both sides of the input.", PADDING,
            lambda shape, f, s, p: (_narrowed(shape, p), f, s, p),
        ),
        Misconception(
            "The 1 at the end of the formula is missing: a filter that has no room to move still has one place.",
            SIZES, _axis_by_axis(_without_one),
        ),
        Misconception(
            "The 1 at the end of the formula is missing: a filter that has no room to move still has one place.",
            SIZES, _axis_by_axis(lambda n, f, stride, padding: (n + 2 * padding - f) // stride),
        ),
        Misconception(
            "Stride and padding are left out of the shape.", SIZES,
            lambda shape, k, f, stride=1, padding=0: conv_output_shape(shape, k, f),
        ),
        *_shape_of("The padding is left out of the shape.", PADDING, lambda shape, f, s, p: (shape, f, s, 0)),
        Misconception(
            "The stride is left out of the shape.", STRIDE,
            lambda shape, k, f, stride=1, padding=0: conv_output_shape(shape, k, f, 1, padding),
        ),
        Misconception(ROUNDED_DOWN, FITS, _floored_shape),
        Misconception(ROUNDED_DOWN, FITS, _formula_shape),
        *_refused_otherwise(conv_output_shape),
    ),
)  # fmt: skip


# ------------------------------------------------------------------------------------------- conv_parameters


def conv_parameters(c, k, f, bias=True):
    return shapes.conv_parameters(c, k, f, bias)


def _drawn_counts(pairs=False, **settings):
    def draw(rng):
        counts = [(1, 1, 1, 1), *rng.integers(2, 12, (8, 4)).tolist()]
        return [Case((c, k, (fh, fw) if pairs else fh), settings) for c, k, fh, fw in counts]

    return draw


def _area(f):
    fh, fw = shapes.pair("f", f, at_least=1)
    return fh * fw


def _side(f):
    return f if isinstance(f, int) else f[0]


CONV_PARAMETERS = Exercise(
    name="conv_parameters",
    section=PARAMETERS,
    reference=conv_parameters,
    groups=(
        Group("weights and biases", 3, _fixed(Case((3, 10, 5)), Case((1, 6, 5)), Case((6, 16, 3))), _drawn_counts()),
        Group(
            "weights alone", 3, _fixed(Case((3, 10, 5), {"bias": False}), Case((2, 4, 3), {"bias": False})),
            _drawn_counts(bias=False),
        ),
        Group(
            "rectangular filters", 2, 
            _fixed(Case((3, 10, (5, 3)), {"bias": False}), Case((2, 4, (1, 7)), {"bias": False})),
            _drawn_counts(pairs=True, bias=False),
        ),
    ),
    misconceptions=(
        Misconception(
            "The biases are not counted: there is one for each filter.", PARAMETERS,
            lambda c, k, f, bias=True: _area(f) * c * k,
        ),
        Misconception(
            "One bias is counted for the whole layer. Each filter has its own.", PARAMETERS,
            lambda c, k, f, bias=True: _area(f) * c * k + bool(bias),
        ),
        Misconception(
            "A bias is counted for each channel of each filter. A filter adds one bias, after it has summed over the "
            "channels.", PARAMETERS, lambda c, k, f, bias=True: (_area(f) + bool(bias)) * c * k,
        ),
        Misconception(
            "The biases are counted one for each channel of the input. There is one for each filter.", PARAMETERS,
            lambda c, k, f, bias=True: _area(f) * c * k + bool(bias) * c,
        ),
        Misconception(
            "The depth of the filters is not counted: a filter extends through all channels of its input.", DOT,
            lambda c, k, f, bias=True: (_area(f) + bool(bias)) * k,
        ),
        Misconception(
            "One filter is counted; the layer has K of them.", FILTERS,
            lambda c, k, f, bias=True: _area(f) * c + bool(bias),
        ),
        Misconception(
            "One side of the filter is counted, not its area.", PARAMETERS,
            lambda c, k, f, bias=True: (_side(f) * c + bool(bias)) * k,
        ),
        Misconception(
            "The sides of the filter are added. Its weights fill an area, height times width.", PARAMETERS,
            lambda c, k, f, bias=True: (sum(shapes.pair("f", f, at_least=1)) * c + bool(bias)) * k,
        ),
        Misconception(
            "The height of the filter is used for both of its sides.", PARAMETERS,
            lambda c, k, f, bias=True: (_side(f) ** 2 * c + bool(bias)) * k,
        ),
        Misconception(
            "A pair (height, width) is not taken: the function stops with an error. A filter need not be square.",
            PARAMETERS, lambda c, k, f, bias=True: (f**2 * c + bool(bias)) * k,
        ),
        Misconception(
            "A single number for the size is not taken: the function stops with an error. It means a square filter.",
            PARAMETERS, lambda c, k, f, bias=True: (f[0] * f[1] * c + bool(bias)) * k,
        ),
        Misconception(
            "The biases are counted although bias=False says that there are none.", PARAMETERS,
            lambda c, k, f, bias=True: (_area(f) * c + 1) * k,
        ),
    ),
)  # fmt: skip


# --------------------------------------------------------------------------------------------------- zero_pad


def zero_pad(x, padding):
    ph, pw = shapes.pair("padding", padding, at_least=0)
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))


def _pad_with(**settings):
    def answer(x, padding):
        ph, pw = shapes.pair("padding", padding, at_least=0)
        return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), **settings)

    return answer


def _pad_sides(top, bottom):
    """Zeros on the upper left side `top` times the padding, on the lower right side `bottom` times."""

    def answer(x, padding):
        ph, pw = shapes.pair("padding", padding, at_least=0)
        return np.pad(x, ((0, 0), (0, 0), (top * ph, bottom * ph), (top * pw, bottom * pw)))

    return answer


def _pad_one_axis(axis):
    def answer(x, padding):
        sides = [(0, 0)] * 4
        sides[axis] = (shapes.pair("padding", padding, at_least=0)[axis - 2],) * 2
        return np.pad(x, sides)

    return answer


def _drawn_images(shape, padding):
    """Images of any shape up to `shape`, with paddings 0 to `padding`, ints or pairs."""

    def draw(rng):
        cases = []
        for dtype in (np.float32, np.float64) * 3:
            n, c, h, w = (int(rng.integers(1, most, endpoint=True)) for most in shape)
            p = plain(tuple(rng.integers(0, padding, 2, endpoint=True)))
            cases.append(Case((normal(rng, n, c, h, w, dtype=dtype), p if padding > 3 else int(rng.integers(1, 4)))))
        return cases

    return draw


def _sliced_from_behind(x, padding):
    """Writes the image to the slice [p:-p], which is empty for p = 0."""
    ph, pw = shapes.pair("padding", padding, at_least=0)
    padded = np.zeros_like(_pad_sides(1, 1)(x, padding))
    padded[:, :, ph:-ph, pw:-pw] = x
    return padded


def _pad_every_axis(sides):
    """The mistake of a border on all four axes, where sides(PH, PW) are np.pad's widths."""
    return lambda x, padding: np.pad(x, sides(*shapes.pair("padding", padding, at_least=0)))


def _pad_only(*chosen):
    """The border is right, but of the numbers only x[chosen] is there."""

    def answer(x, padding):
        seen = np.zeros_like(x)
        seen[chosen] = x[chosen]
        return zero_pad(seen, padding)

    return answer


def _pad_cutting(x, padding):
    """Loops that end at H and W, where the image ends PH and PW later."""
    padded, (H, W) = zero_pad(x, padding), x.shape[2:]
    padded[:, :, H:], padded[:, :, :, W:] = 0, 0
    return padded


MIRRORED = (
    "The border is filled with numbers of the image, mirrored or from its other side. Zero-padding puts zeros there."
)
FROM_BEHIND = "Where the padding is 0, a slice like [p:-p] holds nothing: -0 is 0, and that is the beginning."
EVERY_AXIS = (
    "The batch and the channels are padded, too: empty images and empty channels have appeared. Only height and width "
    "get a border."
)
WHOLE_NUMBERS = "The result is stored in whole numbers, and the fractions are lost: see the dtype of the array."
ONE_SIDE = "The zeros are on one side only. A border goes all around the image: above and below, left and right."

ZERO_PAD = Exercise(
    name="zero_pad",
    section=PADDING,
    reference=zero_pad,
    groups=(
        Group(
            "one image", 4,
            lambda rng: [Case((whole(rng, 1, 1, 3, 3, low=1, high=9), 1)),
                         Case((whole(rng, 1, 1, 2, 4, low=1, high=9), 2))],
            _drawn_images((1, 1, 5, 5), 3),
        ),
        Group(
            "images and channels", 3,
            lambda rng: [Case((whole(rng, 2, 3, 2, 3, low=1, high=9), 1)), Case((quarters(rng, 2, 2, 3, 2), 1))],
            _drawn_images((3, 4, 4, 4), 3),
        ),
        Group(
            "padding 0 and pairs", 3,
            lambda rng: [Case((whole(rng, 1, 2, 3, 2, low=1, high=9), p)) for p in (0, (1, 2), (0, 1), (2, 0))],
            _drawn_images((2, 2, 4, 4), 4),
        ),
    ),
    misconceptions=(
        Misconception(ONE_SIDE, PADDING, _pad_sides(0, 1)),
        Misconception(ONE_SIDE, PADDING, _pad_sides(1, 0)),
        Misconception(ONE_SIDE, PADDING, _pad_sides(0, 2)),
        Misconception(ONE_SIDE, PADDING, _pad_sides(2, 0)),
        Misconception(
            "The border is twice as wide as asked for: the padding is what each side gets.", PADDING, _pad_sides(2, 2)
        ),
        Misconception(
            "The border repeats the image's edge. Zero-padding puts zeros there.", PADDING, _pad_with(mode="edge")
        ),
        Misconception("The border holds ones, not zeros.", PADDING, _pad_with(constant_values=1)),
        *(Misconception(MIRRORED, PADDING, _pad_with(mode=mode)) for mode in ("reflect", "symmetric", "wrap")),
        Misconception("The end of the image is cut off, below and on the right.", PADDING, _pad_cutting),
        Misconception(
            "The axes of length 1 are gone. One image of one channel is still (1, 1, H, W).", VOLUME,
            lambda x, padding: zero_pad(x, padding).squeeze(),
        ),
        Misconception(EVERY_AXIS, VOLUME, _pad_every_axis(lambda h, w: ((h, h), (h, h), (h, h), (w, w)))),
        Misconception(EVERY_AXIS, VOLUME, _pad_every_axis(lambda h, w: ((h, h), (w, w), (h, h), (w, w)))),
        Misconception(EVERY_AXIS, VOLUME, _pad_every_axis(lambda h, w: (h, w))),
        Misconception(
            "The numbers of a pair are read as before and after. They are height and width, and each counts twice.",
            PADDING, _pad_every_axis(lambda h, w: ((0, 0), (0, 0), (h, w), (h, w))),
        ),
        Misconception(FROM_BEHIND, PADDING, _sliced_from_behind),
        Misconception("Only the first image of the batch is in the result.", VOLUME, _pad_only(0)),
        Misconception("Only the first channel of each image is in the result.", VOLUME, _pad_only(slice(None), 0)),
        Misconception(
            "Only the first channel of the first image is in the result.", VOLUME, _pad_only(0, 0)
        ),
        Misconception("Only the height gets its border; the width has none.", PADDING, _pad_one_axis(2)),
        Misconception("Only the width gets its border; the height has none.", PADDING, _pad_one_axis(3)),
        Misconception(
            "A pair is read as (width, height). It is (height, width), like the shape.", VOLUME,
            lambda x, padding: zero_pad(x, _turned(padding)),
        ),
        Misconception(
            "The first number of a pair is used for both sides.", PADDING,
            lambda x, padding: zero_pad(x, _side(padding)),
        ),
        Misconception("The image comes back without a border.", PADDING, lambda x, padding: x),
        Misconception(WHOLE_NUMBERS, MISTAKES, lambda x, padding: np.trunc(zero_pad(x, padding))),
    ),
)  # fmt: skip


# ----------------------------------------------------------------------------------------------------- conv2d


def conv2d(x, w, b, stride=1, padding=0):
    return fast.conv2d(x, w, b, stride, padding)


def _conv(rng, view, n=1, c=1, k=1, values=whole, bias=False, dtype=np.float64) -> Case:
    """conv2d on n images of c channels with k filters, as `view` says; values draws the numbers."""
    x, w = values(rng, n, c, *view.input, dtype=dtype), values(rng, k, c, *view.size, dtype=dtype)
    b = values(rng, k, dtype=dtype) if bias else np.zeros(k, dtype)
    return Case((x, w, b), view.settings, terms=c * view.size[0] * view.size[1] + 1)


def _square(rng, stride=(1, 1), padding=(0, 0)):
    """A square filter on a square image, drawn; the padding stays below the filter's size."""
    s, p = int(rng.integers(*stride, endpoint=True)), int(rng.integers(*padding, endpoint=True))
    f, o = int(rng.integers(p + 1, max(3, p + 1), endpoint=True)), int(rng.integers(2, 4, endpoint=True))
    while exact(f, s, p, o).input[0] < 1:
        o += 1
    return exact(f, s, p, o)


def _hidden(view, most=(1, 1, 1), bias=False):
    """Drawn convolutions, in both dtypes.

    float64 numbers are multiples of 1/4, so that an answer that keeps float32's digits only loses one group for it.
    """

    def draw(rng):
        cases = []
        for dtype, values in ((np.float32, normal), (np.float64, quarters)) * 3:
            n, c, k = (int(rng.integers(min(2, m), m, endpoint=True)) for m in most)
            cases.append(_conv(rng, view(rng), n, c, k, values, bias, dtype))
        return cases

    return draw


def _any_view(rng):
    return window(rng, size=(1, 3), stride=(1, 3), padding=(0, 2), output=(1, 3))


def _together(rng):
    """Anything goes: one or more of everything, every setting an int or a pair; then each number's smallest value."""
    cases = []
    for dtype, values in ((np.float32, normal), (np.float64, quarters)) * 4:
        n, c, k = (int(i) for i in rng.integers(1, 4, 3))
        cases.append(_conv(rng, _any_view(rng), n, c, k, values, True, dtype))
    tiny = exact(1, stride=3, output=(2, 3))
    return [*cases, _conv(rng, tiny, 2, 1, 2, quarters, True), _conv(rng, tiny, 1, 3, 1, quarters, True)]


def _misfit(rng, size, stride, padding, extra) -> Case:
    """A case in which the way the filter travels leaves a rest of `extra` (height, width)."""
    fits = exact(size, stride, padding, output=2)
    case = _conv(rng, fits)
    x = whole(rng, 1, 1, fits.input[0] + extra[0], fits.input[1] + extra[1])
    return Case((x, *case.args[1:]), case.kwargs, case.terms)


def _too_large(rng, size, over) -> Case:
    """A filter `over` (height, width) larger than the image."""
    x, w = whole(rng, 1, 1, size, size), whole(rng, 1, 1, size + over[0], size + over[1])
    return Case((x, w, np.zeros(1)), {"stride": 1, "padding": 0}, w.size + 1)


def _public_misfits(rng):
    return [
        _conv(rng, exact(3, stride=2)), _misfit(rng, 3, 3, 0, (1, 1)), _misfit(rng, 2, 2, 0, (0, 1)),
        _misfit(rng, 2, 2, 0, (1, 0)), _too_large(rng, 3, (1, 1)), _too_large(rng, 2, (1, 0)),
    ]  # fmt: skip


def _hidden_misfits(rng):
    cases = [_conv(rng, _square(rng, (1, 3), (0, 1)))]
    for extra in ((1, 0), (0, 1), (1, 1), (1, 0)):
        cases.append(_misfit(rng, int(rng.integers(2, 4)), int(rng.integers(2, 5)), int(rng.integers(0, 2)), extra))
    return [*cases, _too_large(rng, 2, (0, 2)), _too_large(rng, 3, (1, 0)), _conv(rng, _any_view(rng))]


def _public(*views, **settings):
    """Public convolutions on the given windows, whole numbers in every array."""
    return lambda rng: [_conv(rng, view, **settings) for view in views]


CONV2D_GROUPS = (
    Group("one filter", 5, _public(exact(3, output=5), exact(2), exact(1)), _hidden(_square)),
    Group("channels", 4, _public(exact(2), c=3), _hidden(_square, (1, 4, 1))),
    Group("several filters", 4, _public(exact(2), k=4), _hidden(_square, (1, 1, 4))),
    Group("several images", 2, _public(exact(2), n=3), _hidden(_square, (3, 1, 1))),
    Group("bias", 4, _public(exact(2, output=2), c=3, k=2, bias=True), _hidden(_square, (1, 3, 3), bias=True)),
    Group("stride", 4, _public(exact(3, 2), exact(2, 3)), _hidden(lambda rng: _square(rng, stride=(2, 3)))),
    Group(
        "padding", 4, _public(exact(3, padding=1, output=4), exact(3, padding=2, output=4)),
        _hidden(lambda rng: _square(rng, padding=(1, 2))),
    ),
    Group(
        "height and width", 2, _public(exact(2, output=(2, 4)), exact((2, 3), (2, 1), (0, 2), (2, 4))),
        _hidden(lambda rng: window(rng, size=(1, 3), stride=(1, 2), padding=(0, 1), output=(1, 3))),
    ),
    Group("does not fit", 2, _public_misfits, _hidden_misfits),
    Group(
        "all digits kept", 1, _public(exact(2), values=normal),
        lambda rng: [_conv(rng, _square(rng), values=normal) for _ in range(3)],
    ),
    Group("all together", 2, _public(exact((3, 2), (2, 1), (2, 0), (4, 3)), n=2, c=2, k=3, bias=True), _together),
)  # fmt: skip


# The mistakes. Where the reference refuses, most of them refuse as well: that is another side of the answer.


def _geometry(x, w, stride, padding):
    """(H2, W2), (SH, SW), (PH, PW); ValueError where the filter does not fit."""
    out = shapes.conv2d_shape(x.shape, w.shape, None, stride, padding)[2:]
    return out, shapes.pair("stride", stride, at_least=1), shapes.pair("padding", padding, at_least=0)


def _slide(padded, w, out_size, step):
    """Dot products of the filters with the windows of `padded` whose corners lie `step` apart."""
    (H2, W2), (FH, FW) = out_size, w.shape[2:]
    out = np.zeros((len(padded), len(w), H2, W2), padded.dtype)
    for i in range(H2):
        for j in range(W2):
            view = padded[:, :, i * step[0] : i * step[0] + FH, j * step[1] : j * step[1] + FW]
            out[:, :, i, j] = np.einsum("ncpq,kcpq->nk", view, w)
    return out


def _over(b):
    return b[:, None, None]


def _padded_by(pad):
    """A convolution that pads with `pad(x, padding)` in place of zero_pad."""

    def answer(x, w, b, stride=1, padding=0):
        out_size, step, _ = _geometry(x, w, stride, padding)
        return _slide(pad(x, padding), w, out_size, step) + _over(b)

    return answer


def _smaller(x, w, b, stride=1, padding=0, top=0, bottom=0):
    """A convolution of an image that got `top` and `bottom` times its padding; the size follows."""
    padded = _pad_sides(top, bottom)(x, padding)
    return _floored(padded, w, b, stride)


def _floored(x, w, b, stride=1, padding=0):
    """Takes the windows that fit and drops the rest."""
    (SH, SW), padded = shapes.pair("stride", stride, at_least=1), zero_pad(x, padding)
    H2, W2 = ((n - f) // s + 1 for n, f, s in zip(padded.shape[2:], w.shape[2:], (SH, SW), strict=True))
    return _slide(padded, w, (H2, W2), (SH, SW)) + _over(b)


def _floored_unless_larger(x, w, b, stride=1, padding=0):
    shapes.conv_output_shape(x.shape[1:], len(w), w.shape[2:], stride, padding, strict=False)
    return _floored(x, w, b, stride, padding)


def _unit_steps(x, w, b, stride=1, padding=0):
    out_size, _, _ = _geometry(x, w, stride, padding)
    return _slide(zero_pad(x, padding), w, out_size, (1, 1)) + _over(b)


def _filter_sized_steps(x, w, b, stride=1, padding=0):
    """Steps of FH and FW in an output of the right size: windows beyond the edge hold what is left."""
    (H2, W2), _, _ = _geometry(x, w, stride, padding)
    (FH, FW), padded = w.shape[2:], zero_pad(x, padding)
    roomy = np.pad(padded, ((0, 0), (0, 0), (0, H2 * FH), (0, W2 * FW)))
    return _slide(roomy, w, (H2, W2), (FH, FW)) + _over(b)


def _shrunk(x, w, b, stride=1, padding=0):
    """The size without its 1: the last row and the last column are missing."""
    return conv2d(x, w, b, stride, padding)[:, :, :-1, :-1]


def _biased(bias):
    """A convolution whose bias, of shape (K, 1, 1), is bias(b, C, FH, FW)."""

    def answer(x, w, b, stride=1, padding=0):
        return conv2d(x, w, np.zeros_like(b), stride, padding) + bias(b, *w.shape[1:])

    return answer


def _filtered(change):
    """A convolution with the filters change(w)."""
    return lambda x, w, b, stride=1, padding=0: conv2d(x, np.ascontiguousarray(change(w)), b, stride, padding)


def _seen(change):
    """A convolution of the images change(x), channels masked or images repeated."""
    return lambda x, w, b, stride=1, padding=0: conv2d(np.ascontiguousarray(change(x)), w, b, stride, padding)


def _returned(change):
    """The right result, changed at the end: change(out, w)."""
    return lambda x, w, b, stride=1, padding=0: change(conv2d(x, w, b, stride, padding), w)


RETURNED_EARLY = "Only the first numbers are computed, the rest are still 0. Does the return stand inside of a loop?"


def _only_first(out, axes):
    """`out` as a return inside of the loop over the last of so many axes leaves it."""
    early = np.zeros_like(out)
    early[(slice(1),) * axes] = out[(slice(1),) * axes]
    return early


def _shuffled(out, w):
    """The maps as a reshape of (N, H2, W2, K) to the shape of the result would leave them."""
    return np.moveaxis(out, 1, 3).reshape(out.shape)


def _unfinished(out, w):
    out = out.copy()
    out[:, :, -1], out[:, :, :, -1] = 0, 0
    return out


def _masked(kept):
    """Filters of which only the rows and columns `kept` are there."""

    def change(w):
        masked = np.zeros_like(w)
        masked[:, :, kept, kept] = w[:, :, kept, kept]
        return masked

    return change


def _spread_filter(x, w, b, stride=1, padding=0):
    """The stride applied inside of the window: i + p * SH; what lies beyond the image is left out."""
    (H2, W2), (SH, SW), _ = _geometry(x, w, stride, padding)
    FH, FW = w.shape[2:]
    roomy = np.pad(zero_pad(x, padding), ((0, 0), (0, 0), (0, SH * FH), (0, SW * FW)))
    out = np.zeros((len(x), len(w), H2, W2)) + _over(b)
    for p, q in np.ndindex(FH, FW):
        out += np.einsum("ncij,kc->nkij", roomy[:, :, p * SH : p * SH + H2, q * SW : q * SW + W2], w[:, :, p, q])
    return out


def _last_product(x, w, b, stride=1, padding=0):
    """= in place of += in the innermost loop."""
    last = np.zeros_like(w)
    last[:, -1, -1, -1] = w[:, -1, -1, -1]
    return conv2d(x, last, np.zeros_like(b), stride, padding)


def _every_stride_th(step):
    """i and j count in strides, and the output is written at i and j: most of it stays 0."""

    def answer(x, w, b, stride=1, padding=0):
        (H2, W2), (SH, SW), _ = _geometry(x, w, stride, padding)
        out = np.zeros((len(x), len(w), H2, W2))
        unit = conv2d(x, w, b, 1, padding)
        for i in range(0, H2, SH):
            for j in range(0, W2, SW):
                out[:, :, i, j] = unit[:, :, i * step(SH), j * step(SW)]
        return out

    return answer


def _by_matrices(turned):
    """The matrix product of a window and a filter, channel by channel, summed; turned: with the filter transposed."""

    def answer(x, w, b, stride=1, padding=0):
        (H2, W2), (SH, SW), _ = _geometry(x, w, stride, padding)
        padded, (FH, FW) = zero_pad(x, padding), w.shape[2:]
        filters, out = w.swapaxes(2, 3) if turned else w, np.zeros((len(x), len(w), H2, W2))
        for i, j in np.ndindex(H2, W2):
            view = padded[:, None, :, i * SH : i * SH + FH, j * SW : j * SW + FW]
            out[:, :, i, j] = (view @ filters).sum(axis=(2, 3, 4))
        return out + _over(b)

    return answer


def _set(by, change_stride, change_padding):
    return lambda x, w, b, stride=1, padding=0: by(x, w, b, change_stride(stride), change_padding(padding))


def _with_settings(says, section, change_stride=lambda s: s, change_padding=lambda p: p):
    """The mistake of changed settings, in an output rounded down and in one with its own refusals."""
    return (Misconception(says, section, _set(by, change_stride, change_padding)) for by in (_floored, conv2d))


def _only_channel(place):
    def change(x):
        masked = np.zeros_like(x)
        masked[:, place] = x[:, place]
        return masked

    return change


def _transposed(w):
    if w.shape[2] != w.shape[3]:
        raise IndexError("index out of bounds")
    return w.swapaxes(2, 3)


def _without_bias_of(x, w, b, stride, padding):
    return conv2d(x, w, np.zeros_like(b), stride, padding)


DROPPED = (
    "Where the filter does not fit, the last rows or columns are dropped. In this course that is an error: raise "
    "ValueError."
)
DEPTH = "The channels are not summed"
EVERY_PRODUCT = "The bias is added with every product of the sum. It is added once, when the sum is complete."
STEPS = "Only some numbers of the output are filled, the rest are still 0: its rows and columns count without gaps."
MATRICES = (
    "Window and filter are multiplied as matrices, rows by columns. It is the numbers lying on each other that count."
)
ONE_PRODUCT = "The products are not added up: each overwrites the one before it, and the last one is left."

CONV2D = Exercise(
    name="conv2d",
    section=MAP,
    reference=conv2d,
    groups=CONV2D_GROUPS,
    misconceptions=(
        Misconception(
            "The filter is flipped. That is convolution as mathematicians define it; a ConvNet lays the filter on the "
            "image as it is (cross-correlation).", FLIP, _filtered(lambda w: w[:, :, ::-1, ::-1]),
        ),
        Misconception("The filter is flipped upside down.", FLIP, _filtered(lambda w: w[:, :, ::-1])),
        Misconception("The filter is flipped left to right.", FLIP, _filtered(lambda w: w[:, :, :, ::-1])),
        Misconception(
            "The filter is transposed: its rows are laid on the columns of the image.", VOLUME, _filtered(_transposed)
        ),
        Misconception(
            "The stride is ignored: the filter stops at every pixel.", STRIDE,
            lambda x, w, b, stride=1, padding=0: conv2d(x, w, b, 1, padding),
        ),
        Misconception(
            "The output has the size that the stride asks for, but the filter still moves by one pixel.", STRIDE,
            _unit_steps,
        ),
        Misconception(
            "The filter moves by its own size, not by the stride: its windows lie side by side.", STRIDE,
            _filter_sized_steps,
        ),
        *_with_settings("The padding is ignored.", PADDING, change_padding=lambda p: 0),
        Misconception(FROM_BEHIND, PADDING, _padded_by(_sliced_from_behind)),
        *_with_settings(
            "The first number of the stride is used for height and width.", STRIDE, change_stride=_both(0)
        ),
        *_with_settings(
            "The second number of the stride is used for height and width.", STRIDE, change_stride=_both(1)
        ),
        *_with_settings(
            "The first number of the padding is used for height and width.", PADDING, change_padding=_both(0)
        ),
        *_with_settings(
            "The second number of the padding is used for height and width.", PADDING, change_padding=_both(1)
        ),
        *_with_settings("The first number of a pair is used for height and width.", VOLUME, _both(0), _both(0)),
        *_with_settings("The second number of a pair is used for height and width.", VOLUME, _both(1), _both(1)),
        Misconception(STEPS, STRIDE, _every_stride_th(lambda s: s)),
        Misconception(STEPS, STRIDE, _every_stride_th(lambda s: 1)),
        Misconception(
            ONE_SIDE, PADDING, lambda x, w, b, stride=1, padding=0: _smaller(x, w, b, stride, padding, bottom=1)
        ),
        Misconception(
            ONE_SIDE, PADDING, lambda x, w, b, stride=1, padding=0: _smaller(x, w, b, stride, padding, top=1)
        ),
        Misconception(ONE_SIDE, PADDING, _padded_by(_pad_sides(0, 2))),
        Misconception(ONE_SIDE, PADDING, _padded_by(_pad_sides(2, 0))),
        Misconception(
            "The border repeats the image's edge. Zero-padding puts zeros there.", PADDING,
            _padded_by(_pad_with(mode="edge")),
        ),
        Misconception(
            "The bias is forgotten: each number is a dot product plus the bias of its filter.", DOT,
            _biased(lambda b, c, fh, fw: 0 * _over(b)),
        ),
        Misconception(
            "The bias is added once for each channel, C times in all. It is added once, after the channels are summed.",
            DOT, _biased(lambda b, c, fh, fw: c * _over(b)),
        ),
        Misconception(EVERY_PRODUCT, DOT, _biased(lambda b, c, fh, fw: c * fh * fw * _over(b))),
        Misconception(EVERY_PRODUCT, DOT, _biased(lambda b, c, fh, fw: (c * fh * fw + 1) * _over(b))),
        Misconception(
            "Every map gets the bias of the first filter. Each filter has its own.", FILTERS,
            _biased(lambda b, c, fh, fw: b[0]),
        ),
        Misconception(
            "Every map gets the sum of all biases. Each filter has its own.", FILTERS,
            _biased(lambda b, c, fh, fw: b.sum()),
        ),
        Misconception("The bias is subtracted.", DOT, _biased(lambda b, c, fh, fw: -_over(b))),
        Misconception("The bias is added twice.", DOT, _biased(lambda b, c, fh, fw: 2 * _over(b))),
        Misconception(
            "The biases run along the width of the maps: NumPy lines up the last axes. They belong to the K filters.",
            FILTERS, _biased(lambda b, c, fh, fw: b),
        ),
        Misconception(
            "Height and width have changed places in the result.", VOLUME, _returned(lambda out, w: out.swapaxes(2, 3))
        ),
        *_with_settings(
            "A pair is read as (width, height). It is (height, width), like the shape.", VOLUME, _turned, _turned
        ),
        Misconception(
            "The numbers are right, but not in their places: a reshape does not turn axes, and maps and places are "
            "mixed.", VOLUME, _returned(_shuffled),
        ),
        Misconception(
            "Negative results have become 0, as in a ReLU. A convolution leaves them as they are.", DOT,
            _returned(lambda out, w: np.maximum(out, 0)),
        ),
        Misconception(
            "The last row and the last column of the output are still 0: the loops end one place too early.", SIZES,
            _returned(_unfinished),
        ),
        Misconception(
            "The last row and the last column of the filter are left out of the sum.", DOT,
            _filtered(_masked(slice(-1))),
        ),
        Misconception(
            "The first row and the first column of the filter are left out of the sum.", DOT,
            _filtered(_masked(slice(1, None))),
        ),
        Misconception(
            "The sum is not begun anew with each filter: it goes on from the one before.", FILTERS,
            lambda x, w, b, stride=1, padding=0:
                _without_bias_of(x, w, b, stride, padding).cumsum(axis=1) + _over(b),
        ),
        Misconception(
            "The sum is not begun anew with each filter: it goes on from the one before.", FILTERS,
            _returned(lambda out, w: out.cumsum(axis=1)),
        ),
        Misconception(
            "The stride spreads the filter over the image and does not move it. It is the corner of the window that "
            "takes steps.", STRIDE, _spread_filter,
        ),
        Misconception(MATRICES, DOT, _by_matrices(turned=False)),
        Misconception(MATRICES, DOT, _by_matrices(turned=True)),
        Misconception(ONE_PRODUCT, DOT, _last_product),
        Misconception(ONE_PRODUCT, DOT, lambda x, w, b, *how, **settings: _last_product(x, w, b, *how, **settings)
                      + _over(b)),
        Misconception(
            DEPTH + ": only the first one counts. A filter extends through all channels.", DOT, _seen(_only_channel(0))
        ),
        Misconception(
            DEPTH + ": each overwrites the one before it, so that only the last counts.", DOT, _seen(_only_channel(-1))
        ),
        Misconception(
            "All weights of a filter are laid on the image's first channel. Each channel has its own.", DOT,
            _seen(lambda x: np.broadcast_to(x[:, :1], x.shape)),
        ),
        Misconception(
            DEPTH + " but averaged. A dot product adds up all its terms.", DOT,
            lambda x, w, b, stride=1, padding=0:
                _without_bias_of(x, w, b, stride, padding) / w.shape[1] + _over(b),
        ),
        Misconception(
            "All channels are taken with the weights of the filter's first channel. Each has its own.", DOT,
            _filtered(lambda w: np.broadcast_to(w[:, :1], w.shape)),
        ),
        Misconception(
            "The products are averaged over the window. A dot product adds them up.", DOT,
            lambda x, w, b, stride=1, padding=0:
                _without_bias_of(x, w, b, stride, padding) / w[0].size + _over(b),
        ),
        Misconception(
            "Every map comes from the first filter.", FILTERS, _filtered(lambda w: np.broadcast_to(w[:1], w.shape))
        ),
        Misconception(
            "The maps of the filters are summed into one. They are stacked: one map for each filter.", FILTERS,
            _returned(lambda out, w: out.sum(axis=1, keepdims=True)),
        ),
        Misconception(
            "Every result comes from the first image of the batch.", VOLUME,
            _seen(lambda x: np.broadcast_to(x[:1], x.shape)),
        ),
        Misconception(
            "Only the first image of the batch is in the result.", VOLUME, _returned(lambda out, w: out[:1])
        ),
        Misconception(
            "The maps come last in the result. In this course, as in PyTorch, the axes are N, K, H2, W2.", VOLUME,
            _returned(lambda out, w: np.moveaxis(out, 1, 3)),
        ),
        Misconception(
            "The output lacks its last row and column: the 1 at the end of the size formula is missing.", SIZES, _shrunk
        ),
        Misconception(DROPPED, FITS, _floored),
        Misconception(DROPPED, FITS, _floored_unless_larger),
        *_refused_otherwise(conv2d),
        Misconception(WHOLE_NUMBERS, MISTAKES, _returned(lambda out, w: np.trunc(out))),
        Misconception(RETURNED_EARLY, MISTAKES, _returned(lambda out, w: _only_first(out, 1))),
        Misconception(RETURNED_EARLY, MISTAKES, _returned(lambda out, w: _only_first(out, 2))),
        Misconception(RETURNED_EARLY, MISTAKES, _returned(lambda out, w: _only_first(out, 3))),
        Misconception(RETURNED_EARLY, MISTAKES, _returned(lambda out, w: _only_first(out, 4))),
        Misconception(
            "The result is stored with float32's seven digits, although the inputs are float64.", MISTAKES,
            _returned(lambda out, w: out.astype(np.float32)),
        ),
    ),
)  # fmt: skip


# -------------------------------------------------------------------------------------------- conv2d_backward


def conv2d_backward(dout, x, w, stride=1, padding=0):
    return fast.conv2d_backward(dout, x, w, stride, padding)


def _back(rng, view, n=1, c=1, k=1, values=whole, dtype=np.float64) -> Case:
    dout = values(rng, n, k, *view.output, dtype=dtype)
    x, w = values(rng, n, c, *view.input, dtype=dtype), values(rng, k, c, *view.size, dtype=dtype)
    longest = max(k * view.size[0] * view.size[1], n * view.output[0] * view.output[1])
    return Case((dout, x, w), view.settings, terms=longest)


def _public_back(*views):
    """A small convolution to follow by hand, then one with several of everything, on each of the windows."""
    return lambda rng: [_back(rng, view, *many) for view in views for many in ((1, 1, 1), (2, 3, 4))]


def _hidden_back(**ranges):
    """Drawn gradients with several of everything, and one of everything; in both dtypes."""

    def draw(rng):
        cases = []
        for dtype, values in ((np.float32, normal), (np.float64, normal)) * 3:
            view = window(rng, size=(2, 3), output=(1, 3), **ranges)
            n, c, k = (int(i) for i in rng.integers(1, 4, 3))
            cases.append(_back(rng, view, n, c, k, values, dtype))
        one = window(rng, size=(1, 1), output=(2, 3), **{**ranges, "padding": (0, 0)})
        return [*cases, _back(rng, one, 2, 2, 2, normal)]

    return draw


PLAIN = _public_back(exact(2, output=(2, 3))), _hidden_back(stride=(1, 1), padding=(0, 0))
STRIDED = _public_back(exact(2, 2, output=(2, 3)), exact(2, (1, 3))), _hidden_back(stride=(1, 3), padding=(0, 0))
PADDED = _public_back(exact((3, 2), padding=1, output=(4, 3))), _hidden_back(stride=(1, 1), padding=(0, 2))
EVERYTHING = (
    lambda rng: [_back(rng, exact((3, 2), (2, 1), (2, 0), (4, 3)), 3, 2, 2)],
    _hidden_back(stride=(1, 3), padding=(0, 2)),
)


def _loops(add, dout, x, w, stride, padding):
    """The loops of a backward pass: add(dxp, dw, db, xp, g, n, k, window) at every output number; g is its gradient."""
    out_size, (SH, SW), (PH, PW) = _geometry(x, w, stride, padding)
    xp, (FH, FW) = zero_pad(x, padding), w.shape[2:]
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros(len(w), w.dtype)
    for n, k, i, j in np.ndindex(*dout.shape):
        view = (slice(None), slice(i * SH, i * SH + FH), slice(j * SW, j * SW + FW))
        add(dxp, dw, db, xp, dout[n, k, i, j], n, k, view)
    return dxp[:, :, PH : PH + x.shape[2], PW : PW + x.shape[3]], dw, db


def _overwriting(dout, x, w, stride=1, padding=0):
    """= in place of += in all three sums, at every output number."""

    def add(dxp, dw, db, xp, g, n, k, view):
        dxp[n][view] = g * w[k]
        dw[k] = g * xp[n][view]
        db[k] = g

    return _loops(add, dout, x, w, stride, padding)


def _offset_by_offset(dx, dout, x, w, stride, padding):
    """dx with = in place of += in a loop over the positions inside of the filter."""
    _, (SH, SW), (PH, PW) = _geometry(x, w, stride, padding)
    (H2, W2), dxp = dout.shape[2:], np.zeros_like(zero_pad(x, padding))
    for p, q in np.ndindex(w.shape[2:]):
        dxp[:, :, p : p + SH * H2 : SH, q : q + SW * W2 : SW] = np.einsum("nkij,kc->ncij", dout, w[:, :, p, q])
    return dxp[:, :, PH : PH + x.shape[2], PW : PW + x.shape[3]]


def _place_by_place(right, dout, x, w, stride, padding):
    """= in place of += in loops over the places only: images and filters are summed."""
    (H2, W2), (SH, SW), (PH, PW) = _geometry(x, w, stride, padding)
    xp, (FH, FW) = zero_pad(x, padding), w.shape[2:]
    dxp = np.zeros_like(xp)
    for i, j in np.ndindex(H2, W2):
        view = np.s_[:, :, i * SH : i * SH + FH, j * SW : j * SW + FW]
        dxp[view] = np.einsum("nk,kcpq->ncpq", dout[:, :, i, j], w)
        dw = np.einsum("nk,ncpq->kcpq", dout[:, :, i, j], xp[view])
    return dxp[:, :, PH : PH + x.shape[2], PW : PW + x.shape[3]], dw, dout[:, :, -1, -1].sum(axis=0)


def _gradient_mistake(says, section, change, parts=(0, 1, 2)):
    """The mistake that change(right, dout, x, w, stride, padding) makes of the right (dx, dw, db), in some parts."""

    def answer(dout, x, w, stride=1, padding=0):
        right = conv2d_backward(dout, x, w, stride, padding)
        wrong = change(right, dout, x, w, stride, padding)
        return tuple(wrong[i] if i in parts else right[i] for i in range(3))

    return Misconception(says, section, answer)


SOME_PARTS = ((0, 1, 2), (0, 1), (1, 2), (0, 2), (0,), (1,), (2,))


def _in_some_parts(says, section, change, parts=SOME_PARTS):
    """The mistake in all three gradients, in two, and in one."""
    return (_gradient_mistake(says, section, change, some) for some in parts)


def _one_dx(says, section, dx):
    return _gradient_mistake(says, section, lambda right, *given: (dx(right[0], *given), *right[1:]))


def _one_dw(says, section, dw):
    return _gradient_mistake(says, section, lambda right, *given: (right[0], dw(right[1], *given), right[2]))


def _one_db(says, section, db):
    return _gradient_mistake(says, section, lambda right, *given: (*right[:2], db(right[2], *given)))


def _still_padded(dx, dout, x, w, stride, padding):
    """dx with its border on: what a filter on the border pixels sends back to them."""
    return conv2d_backward(dout, zero_pad(x, padding), w, stride, 0)[0]


def _cut_from_behind(dx, dout, x, w, stride, padding):
    """dx cut to the slice [p:-p], which is empty for p = 0."""
    PH, PW = shapes.pair("padding", padding, at_least=0)
    return _still_padded(dx, dout, x, w, stride, padding)[:, :, PH:-PH, PW:-PW]


def _flipped(w, axes=(2, 3)):
    return np.ascontiguousarray(np.flip(w, axes))


def _unit_steps_back(right, dout, x, w, stride, padding):
    """The windows of stride 1 under a gradient that has the stride's size."""
    _, _, (PH, PW) = _geometry(x, w, stride, padding)
    H2, W2 = dout.shape[2:]
    spread = np.zeros((*dout.shape[:2], *shapes.conv2d_shape(x.shape, w.shape, None, 1, padding)[2:]), dout.dtype)
    spread[:, :, :H2, :W2] = dout
    return conv2d_backward(spread, x, w, 1, padding)


def _of_last_filter(dx, dout, x, w, stride, padding):
    return conv2d_backward(np.ascontiguousarray(dout[:, -1:]), x, w[-1:], stride, padding)[0]


def _of_last_image(dw, dout, x, w, stride, padding):
    return conv2d_backward(dout[-1:], x[-1:], w, stride, padding)[1]


def _corner_image(dw, dout, x, w, stride, padding):
    return conv2d_backward(dout, _pad_sides(0, 2)(x, padding), w, stride, 0)[1]


OVERWRITTEN = "overwritten where it should be added up"
DB_AXES = "db is summed over the wrong axes: each bias touches all numbers of its own map, in every image."

CONV2D_BACKWARD = Exercise(
    name="conv2d_backward",
    section=BACKWARD,
    reference=conv2d_backward,
    parts=("dx", "dw", "db"),
    groups=(
        Group("dx", 5, *PLAIN, part=0),
        Group("dx, stride", 3, *STRIDED, part=0),
        Group("dx, padding", 3, *PADDED, part=0),
        Group("dw", 5, *PLAIN, part=1),
        Group("dw, stride", 3, *STRIDED, part=1),
        Group("dw, padding", 3, *PADDED, part=1),
        Group("db", 4, *PLAIN, part=2),
        Group("all together", 2, *EVERYTHING),
    ),
    misconceptions=(
        _one_dw(
            "dw is " + OVERWRITTEN + ": only the last image of the batch is left in it.", BACKWARD, _of_last_image
        ),
        _one_dx(
            "dx is " + OVERWRITTEN + ": a pixel lies under several windows, and each sends its share.", BACKWARD,
            lambda dx, *given: _overwriting(*given)[0],
        ),
        _one_dx(
            "dx is " + OVERWRITTEN + ": a pixel lies under several windows, and each sends its share.", BACKWARD,
            lambda dx, *given: _place_by_place(None, *given)[0],
        ),
        _one_dx(
            "dx is " + OVERWRITTEN + ": a pixel lies under several windows, and each sends its share.", BACKWARD,
            _offset_by_offset,
        ),
        _one_dx(
            "The gradients are added onto the image. dx begins at zeros; x itself is no part of it.", BACKWARD,
            lambda dx, dout, x, *given: dx + x,
        ),
        _one_dx(FROM_BEHIND, PADDING, _cut_from_behind),
        _one_dw(
            "dw is " + OVERWRITTEN + ": a filter is used at every place, and only the last is left.", BACKWARD,
            lambda dw, *given: _overwriting(*given)[1],
        ),
        _one_dw(
            "dw is " + OVERWRITTEN + ": a filter is used at every place, and only the last is left.", BACKWARD,
            lambda dw, *given: _place_by_place(None, *given)[1],
        ),
        _one_dw(
            "Only the first image of the batch is in dw. Every image adds its share.", BACKWARD,
            lambda dw, dout, x, *given: conv2d_backward(dout[:1], x[:1], *given)[1],
        ),
        _one_db(
            "db is " + OVERWRITTEN + ": only the last number of each map is left in it.", BACKWARD,
            lambda db, *given: _overwriting(*given)[2],
        ),
        _one_db(
            "db is " + OVERWRITTEN + ": only the last image of the batch is left in it.", BACKWARD,
            lambda db, dout, *given: dout[-1].sum(axis=(1, 2)),
        ),
        _one_dx(
            "dx is " + OVERWRITTEN + ": every filter looked at each pixel, and only the last is left.", BACKWARD,
            _of_last_filter,
        ),
        *_in_some_parts(
            "The gradient is divided by N. The mean is taken in the loss, and has come in with dout.", BACKWARD,
            lambda right, dout, *given: tuple(d / len(dout) for d in right),
        ),
        _one_db(
            "db is averaged over the places of the map. It is the sum of what comes in there.", BACKWARD,
            lambda db, dout, *given: db / dout[0, 0].size,
        ),
        _one_db(
            "db is averaged over images and places. It is the sum of what comes in there.", BACKWARD,
            lambda db, dout, *given: dout.mean(axis=(0, 2, 3)),
        ),
        _one_db(DB_AXES, BACKWARD, lambda db, dout, *given: dout.sum(axis=0)),
        _one_db(DB_AXES, BACKWARD, lambda db, dout, *given: dout.sum(axis=(2, 3))),
        _one_db(DB_AXES, BACKWARD, lambda db, dout, *given: dout.sum(axis=(0, 1))),
        _one_db(DB_AXES, BACKWARD, lambda db, dout, *given: dout.sum(axis=(1, 2, 3))),
        _one_db(DB_AXES, BACKWARD, lambda db, dout, *given: dout.sum(axis=(0, 1, 2))),
        _one_db(DB_AXES, BACKWARD, lambda db, dout, *given: dout.sum(axis=(0, 1, 3))),
        _one_db(DB_AXES, BACKWARD, lambda db, dout, *given: dout.sum()),
        _one_db(
            "db is summed rightly, but has axes of length 1 left. One number for each filter is asked for, (K,).",
            BACKWARD, lambda db, dout, *given: db[None, :, None, None],
        ),
        _one_db(
            "db is summed rightly, but has axes of length 1 left. One number for each filter is asked for, (K,).",
            BACKWARD, lambda db, dout, *given: db[:, None],
        ),
        *(
            _one_db(
                "db counts every place several times: once for each weight or channel of the filter. Once is right.",
                BACKWARD, lambda db, dout, x, w, *given, axes=axes: db * np.prod(w.shape[axes]),
            )
            for axes in (slice(1, None), slice(2, None), slice(1, 2))
        ),
        _one_dx(
            "Every channel of dx comes from the filter's first channel. Each has weights of its own.", BACKWARD,
            lambda dx, dout, x, w, *given:
                conv2d_backward(dout, x, np.ascontiguousarray(np.broadcast_to(w[:, :1], w.shape)), *given)[0],
        ),
        *_in_some_parts(
            "The gradient is averaged over the places of the map. What arrives from several sides adds up.", BACKWARD,
            lambda right, dout, *given: tuple(d / dout[0, 0].size for d in right),
            parts=((0, 1, 2), (0, 1), (0,), (1,)),
        ),
        _one_dx("dx still has its border: it should have the shape of x.", PADDING, _still_padded),
        _one_dx(
            "dx has the shape of x, but the border was cut off at the lower right only. It is all around.", PADDING,
            lambda dx, dout, x, *given: _still_padded(dx, dout, x, *given)[:, :, : x.shape[2], : x.shape[3]],
        ),
        _one_dw(
            "dw is computed on an image in the corner of its border, not in the middle.", PADDING, _corner_image
        ),
        *_in_some_parts(
            "The upstream gradient dout is ignored, as if every number of it were 1.", BACKWARD,
            lambda right, dout, *given: conv2d_backward(np.ones_like(dout), *given),
        ),
        _one_dx(
            "The filter is flipped on the way back to dx: each pixel should get the weight that was laid on it.", FLIP,
            lambda dx, dout, x, w, *given: conv2d_backward(dout, x, _flipped(w), *given)[0],
        ),
        _one_dx(
            "The filter is flipped upside down on the way back to dx.", FLIP,
            lambda dx, dout, x, w, *given: conv2d_backward(dout, x, _flipped(w, 2), *given)[0],
        ),
        _one_dx(
            "The filter is flipped left to right on the way back to dx.", FLIP,
            lambda dx, dout, x, w, *given: conv2d_backward(dout, x, _flipped(w, 3), *given)[0],
        ),
        _one_dw("dw is flipped.", FLIP, lambda dw, *given: _flipped(dw)),
        *_in_some_parts(
            "The stride is ignored: the windows of the backward pass lie one pixel apart.", STRIDE, _unit_steps_back,
            parts=((0, 1), (0,), (1,)),
        ),
        *(
            _gradient_mistake(
                "The gradients come in another order: it is dx, dw, db.", BACKWARD,
                lambda right, *given, order=order: tuple(right[i] for i in order),
            )
            for order in ((1, 0, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1), (2, 1, 0))
        ),
        *_in_some_parts(
            "The gradient carries a minus. It belongs to the update step, which walks downhill.", BACKWARD,
            lambda right, *given: tuple(-d for d in right),
        ),
    ),
)  # fmt: skip

EXERCISES = [CONV_OUTPUT_SIZE, CONV_OUTPUT_SHAPE, CONV_PARAMETERS, ZERO_PAD, CONV2D, CONV2D_BACKWARD]
