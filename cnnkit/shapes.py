"""The lecture's arithmetic in whole numbers: sizes, padding, parameters, multiply-adds, receptive fields.

Filters `f`, strides and paddings are an int, or a `(height, width)` pair where the two sides differ.
Sizes are strict, as in the lecture: a filter that does not fit is an error. strict=False rounds down, as PyTorch does.
"""

import math
import operator
from collections.abc import Iterable, Sequence

Pair = tuple[int, int]
IntOrPair = int | Sequence[int]


def conv_output_size(n: int, f: int, stride: int = 1, padding: int = 0, strict: bool = True) -> int:
    """How many places a filter of size f takes along an input of size n: (n + 2*padding - f)/stride + 1.

    >>> conv_output_size(7, 3)
    5
    >>> conv_output_size(7, 3, stride=2)
    3
    >>> conv_output_size(7, 3, stride=3)                                 # doctest: +NORMALIZE_WHITESPACE
    Traceback (most recent call last):
    ValueError: (7 + 2*0 - 3)/3 + 1 = 2.33 is not a whole number:
        a 3x3 filter does not fit a 7x7 input at stride 3, padding 0
    >>> conv_output_size(7, 3, stride=3, strict=False)
    2
    >>> conv_output_size(7, 3, padding=1)
    7
    """
    n, f = _whole("n", n, at_least=1), _whole("f", f, at_least=1)
    stride, padding = _whole("stride", stride, at_least=1), _whole("padding", padding, at_least=0)
    return _output_sizes((n, n), (f, f), (stride, stride), (padding, padding), strict)[0]


def conv_output_shape(
    shape: Sequence[int], k: int, f: IntOrPair, stride: IntOrPair = 1, padding: IntOrPair = 0, strict: bool = True
) -> tuple[int, int, int]:
    """What k filters make of a volume of shape (C, H, W): k activation maps, (K, H2, W2).

    H2 = (H + 2*padding - f)/stride + 1, and W2 likewise.

    >>> conv_output_shape((3, 32, 32), 10, 5, stride=1, padding=2)      # the lecture's 32x32x10
    (10, 32, 32)
    >>> conv_output_shape((3, 32, 32), 6, 5)
    (6, 28, 28)
    >>> conv_output_shape((1, 8, 11), 4, (2, 3), stride=(2, 1))
    (4, 4, 9)
    """
    _, h, w = _volume(shape)
    sizes = (h, w), pair("f", f, at_least=1), pair("stride", stride, at_least=1), pair("padding", padding, at_least=0)
    return _whole("k", k, at_least=1), *_output_sizes(*sizes, strict)


def pool_output_shape(
    shape: Sequence[int], f: IntOrPair, stride: IntOrPair | None = None, strict: bool = True
) -> tuple[int, int, int]:
    """What pooling with windows of size f makes of a volume of shape (C, H, W): as many maps, smaller, (C, H2, W2).

    H2 = (H - f)/stride + 1, and W2 likewise; stride=None means windows side by side, stride = f.

    >>> pool_output_shape((64, 224, 224), 2)
    (64, 112, 112)
    >>> pool_output_shape((1, 7, 7), 3, stride=2)                        # windows that overlap
    (1, 3, 3)
    """
    c, h, w = _volume(shape)
    f = pair("f", f, at_least=1)
    stride = f if stride is None else pair("stride", stride, at_least=1)
    return c, *_output_sizes((h, w), f, stride, (0, 0), strict, "window")


def same_padding(f: int) -> int:
    """The padding that keeps the size at stride 1: (f - 1)/2, for odd f only.

    >>> [same_padding(f) for f in (3, 5, 7)]
    [1, 2, 3]
    >>> same_padding(4)
    Traceback (most recent call last):
    ValueError: (4 - 1)/2 = 1.5 is not a whole number: no padding keeps the size under a 4x4 filter; take an odd one
    """
    f = _whole("f", f, at_least=1)
    if f % 2 == 0:
        raise ValueError(
            f"({f} - 1)/2 = {(f - 1) / 2} is not a whole number: "
            f"no padding keeps the size under a {f}x{f} filter; take an odd one"
        )
    return (f - 1) // 2


def conv_parameters(c: int, k: int, f: IntOrPair, bias: bool = True) -> int:
    """Weights and biases of k filters over c channels: (f*f*c + 1)*k.

    >>> conv_parameters(3, 10, 5)                                        # the lecture's (5*5*3 + 1) * 10
    760
    >>> conv_parameters(3, 10, 5, bias=False)
    750
    """
    c, k = _whole("c", c, at_least=1), _whole("k", k, at_least=1)
    fh, fw = pair("f", f, at_least=1)
    return (fh * fw * c + bool(bias)) * k


def linear_parameters(d: int, m: int, bias: bool = True) -> int:
    """Weights and biases of m neurons that each see all d numbers: (d + 1)*m.

    >>> linear_parameters(32 * 32 * 3, 10, bias=False)                   # the lecture's 10 x 3072
    30720
    """
    d, m = _whole("d", d, at_least=1), _whole("m", m, at_least=1)
    return (d + bool(bias)) * m


def conv_multiply_adds(
    shape: Sequence[int], k: int, f: IntOrPair, stride: IntOrPair = 1, padding: IntOrPair = 0, strict: bool = True
) -> int:
    """Multiply-adds of one image of shape (C, H, W) through k filters: H2*W2*K dot products of f*f*C terms each.

    >>> conv_multiply_adds((3, 32, 32), 10, 5, padding=2)                # 32*32*10 dot products of 75
    768000
    """
    c, *_ = _volume(shape)
    fh, fw = pair("f", f, at_least=1)
    return math.prod(conv_output_shape(shape, k, f, stride, padding, strict)) * fh * fw * c


def receptive_field(layers: Iterable[Pair]) -> tuple[int, int]:
    """How many pixels across one output number sees after layers of (f, stride), and how far apart neighbours look.

    Start with size = jump = 1; each layer: size += (f - 1)*jump; jump *= stride. Pooling counts like convolution.

    >>> receptive_field([(3, 1), (3, 1)])                                # two 3x3 filters see what one 5x5 sees
    (5, 1)
    >>> receptive_field([(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)])     # AlexNet to pool5
    (195, 32)
    """
    size = jump = 1
    for f, stride in layers:
        size += (_whole("f", f, at_least=1) - 1) * jump
        jump *= _whole("stride", stride, at_least=1)
    return size, jump


# Whole calls: the shapes of the arrays in, the shape of the array out. The layers ask here before they compute.


def conv2d_shape(
    x: Sequence[int], w: Sequence[int], b: Sequence[int] | None = None, stride: IntOrPair = 1, padding: IntOrPair = 0
) -> tuple[int, int, int, int]:
    """Shape of conv2d's output: x (N, C, H, W), w (K, C, FH, FW), b (K,) -> (N, K, H2, W2).

    >>> conv2d_shape((64, 3, 32, 32), (10, 3, 5, 5), (10,), padding=2)
    (64, 10, 32, 32)
    >>> conv2d_shape((64, 3, 32, 32), (10, 1, 5, 5))
    Traceback (most recent call last):
    ValueError: x of shape (64, 3, 32, 32) has 3 channels, but each filter in w of shape (10, 1, 5, 5) has 1
    """
    x, w = _of_rank("x", x, "(N, C, H, W)"), _of_rank("w", w, "(K, C, FH, FW)")
    if x[1] != w[1]:
        raise ValueError(f"x of shape {x} has {x[1]} channels, but each filter in w of shape {w} has {w[1]}")
    if b is not None and tuple(b) != w[:1]:
        raise ValueError(f"b should have shape {w[:1]}, one bias for each filter in w of shape {w}, but has {tuple(b)}")
    return x[0], *conv_output_shape(x[1:], w[0], w[2:], stride, padding)


def pool2d_shape(x: Sequence[int], size: IntOrPair, stride: IntOrPair | None = None) -> tuple[int, int, int, int]:
    """Shape of a pooling layer's output: x (N, C, H, W) -> (N, C, H2, W2).

    >>> pool2d_shape((64, 6, 28, 28), 2)
    (64, 6, 14, 14)
    """
    x = _of_rank("x", x, "(N, C, H, W)")
    return x[0], *pool_output_shape(x[1:], pair("size", size, at_least=1), stride)


def linear_shape(x: Sequence[int], w: Sequence[int], b: Sequence[int] | None = None) -> tuple[int, int]:
    """Shape of linear's output: x (N, ...) of D numbers a row, w (M, D), b (M,) -> (N, M).

    >>> linear_shape((64, 3, 32, 32), (10, 3072), (10,))
    (64, 10)
    """
    x, w = tuple(x), _of_rank("w", w, "(M, D)")
    if len(x) < 2:
        raise ValueError(f"x should have shape (N, ...), a row for each of N inputs, but it has shape {x}")
    d = math.prod(x[1:])
    if d != w[1]:
        raise ValueError(f"x of shape {x} stretches to {x[0]} rows of {d}, but w of shape {w} takes rows of {w[1]}")
    if b is not None and tuple(b) != w[:1]:
        raise ValueError(f"b should have shape {w[:1]}, one bias for each row of w of shape {w}, but has {tuple(b)}")
    return x[0], w[0]


def check_upstream(dout: Sequence[int], out: Sequence[int]) -> None:
    """Raise ValueError unless the upstream gradient has the shape of the output it belongs to.

    >>> check_upstream((1, 6, 28, 28), (1, 6, 30, 30))
    Traceback (most recent call last):
    ValueError: dout should have the shape of the layer's output, (1, 6, 30, 30), but it has (1, 6, 28, 28)
    """
    if tuple(dout) != tuple(out):
        raise ValueError(f"dout should have the shape of the layer's output, {tuple(out)}, but it has {tuple(dout)}")


def check_labels_shape(scores: Sequence[int], labels: Sequence[int]) -> None:
    """Raise ValueError unless scores are (N, M), M classes for each of N > 0 samples, and labels (N,).

    >>> check_labels_shape((64, 10), (63,))
    Traceback (most recent call last):
    ValueError: labels should have shape (64,), one for each row of scores of shape (64, 10), but they have (63,)
    """
    scores = _of_rank("scores", scores, "(N, M)")
    if 0 in scores:
        raise ValueError(f"scores of shape {scores} are empty: the mean loss over no samples is not defined")
    if tuple(labels) != scores[:1]:
        raise ValueError(
            f"labels should have shape {scores[:1]}, one for each row of scores of shape {scores}, "
            f"but they have {tuple(labels)}"
        )


def pair(name: str, value: IntOrPair, at_least: int) -> Pair:
    """`value` as (height, width); an int counts for both. `name` is what an error calls it.

    >>> pair("stride", 2, at_least=1), pair("stride", (1, 2), at_least=1)
    ((2, 2), (1, 2))
    """
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(f"{name} should be a whole number or a (height, width) pair, but it is {value!r}")
        return _whole(name, value[0], at_least), _whole(name, value[1], at_least)
    return (_whole(name, value, at_least),) * 2


def _output_sizes(n: Pair, f: Pair, stride: Pair, padding: Pair, strict: bool, what: str = "filter") -> Pair:
    """(n + 2*padding - f)/stride + 1 for height and width, or the sentence that says why not."""
    sizes = []
    for n_, f_, stride_, padding_ in zip(n, f, stride, padding, strict=True):
        span = n_ + 2 * padding_ - f_
        if span < 0 or (strict and span % stride_):
            steps = f"({n_} + 2*{padding_} - {f_})/{stride_} + 1 = {_two_places(span / stride_ + 1)}"
            why = "is less than 1" if span < 0 else "is not a whole number"
            raise ValueError(
                f"{steps} {why}: a {f[0]}x{f[1]} {what} does not fit a {n[0]}x{n[1]} input "
                f"at stride {_short(stride)}, padding {_short(padding)}"
            )
        sizes.append(span // stride_ + 1)
    return sizes[0], sizes[1]


def _whole(name: str, value: int, at_least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} should be a whole number, but it is {value!r}") from None
    if isinstance(value, bool):
        raise TypeError(f"{name} should be a whole number, but it is {value!r}")
    if number < at_least:
        raise ValueError(f"{name} should be at least {at_least}, but it is {number}")
    return number


def _volume(shape: Sequence[int]) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ValueError(f"an input volume has shape (C, H, W), three numbers, but this one has {tuple(shape)}")
    c, h, w = (_whole(name, size, at_least=1) for name, size in zip("CHW", shape, strict=True))
    return c, h, w


def _of_rank(name: str, shape: Sequence[int], wanted: str) -> tuple[int, ...]:
    shape, rank = tuple(shape), wanted.count(",") + 1
    if len(shape) != rank:
        raise ValueError(f"{name} should have shape {wanted}, {rank} axes, but it has shape {shape}")
    return shape


def _short(both: Pair) -> str:
    return str(both[0]) if both[0] == both[1] else str(both)


def _two_places(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
