"""The exercises of the `gpu` assignment: a convolution made of what Torch does on any device, and a training step.

The student's functions take and return tensors; references and mistakes are written in NumPy, for only arrays cross.
The mistakes are built from knobs, each set wrong in turn: how stride and padding are read, where the zeros go, in
which order the columns are laid out, how they are added back, what becomes of the gradient.
"""

import functools
import itertools
from collections.abc import Callable

import numpy as np

from .. import shapes
from ..layers import fast
from .cases import normal, plain, quarters, whole, window
from .exercise import Case, Exercise, Group, Misconception

SIZES, FITS, PADDING = "conv.html#conv-stride", "conv.html#conv-does-not-fit", "conv.html#conv-padding"
VECTORISED, FILTERS = "conv.html#conv-vectorised", "conv.html#conv-many-filters"
FLIP = "conv.html#conv-cross-correlation"
BACKWARD, MAX, CHANNELS = "conv.html#conv-backward", "pool.html#pool-max", "pool.html#pool-channels"
SOFTMAX, RELU, TRAINING = "fc.html#fc-softmax", "fc.html#fc-relu", "lenet.html#lenet-training"
FLATTEN, TWICE = "fc.html#fc-flatten-order", "fc.html#fc-softmax-twice"
DEVICE = "lenet.html#lenet-gpu"
DTYPES = (np.float64, np.float32)

ROUNDED = (
    "The result has passed through float32: torch.zeros makes float32 on the CPU whatever x is. "
    "Use x.new_zeros, which takes dtype and device from x."
)
FLOORED = "Where the window does not fit, pixels are dropped, as Torch does; here that is an error, raise ValueError."
SWAPPED_STRIDE = "Height and width are swapped in the stride: a pair is (height, width)."
SWAPPED_PADDING = "Height and width are swapped in the padding: a pair is (height, width)."
SWAPPED_SIZE = "Height and width are swapped in the size: a pair is (height, width)."
ONE_SIZE = "The height of the window is used for its width, too; a pair holds one for each."
ONE_STRIDE = "The stride of the height is used for the width, too; a pair holds one for each."
ONE_PADDING = "Height and width get the same padding; a pair holds one for each."
NO_STRIDE = "The stride is ignored: the window always moves by 1."
ONE_APART = (
    "There are as many windows as the stride asks for, but they lie one pixel apart; window i begins at i * stride."
)
LAST_MISSED = "The last places are missed, at the lower or the right end: there are (n - size)/stride + 1 on an axis."
ONE_AXIS = "Pixels that are left over are noticed on one axis only; height and width both have to fit."
DOUT_IGNORED = "The upstream gradient dout is ignored, as if it were 1 everywhere."


# --- the right answers -----------------------------------------------------------------------------------------------


def zero_pad(x, padding):
    """x (N, C, H, W) with a border of zeros, (N, C, H + 2*PH, W + 2*PW)."""
    return _around(x, shapes.pair("padding", padding, at_least=0))


def im2col(x, size, stride=1):
    """x (N, C, H, W) -> columns (N, C*FH*FW, H2*W2), a window in each, channel by channel and row by row."""
    N, C, H2, W2 = shapes.pool2d_shape(x.shape, size, stride)
    return _lay_out(_windows(x, *_pairs(size, stride)))


def col2im(columns, shape, size, stride=1):
    """The way back from columns to an image of the given shape; where windows overlap, their numbers add up."""
    return _put_back(columns, shape, *_pairs(size, stride))


def train_step(x, labels, w, b, v, c, rate):
    """One step of gradient descent on conv (padding 1), ReLU, 2x2 max pooling, linear: (loss, w, b, v, c)."""
    return _step()(x, labels, w, b, v, c, rate)


def _counted(plane, size, stride):
    """How many windows there are on each axis."""
    return tuple(max((n - f) // s + 1, 0) for n, f, s in zip(plane, size, stride, strict=True))


def _pairs(*values):
    return tuple(shapes.pair("size", value, at_least=0) for value in values)


def _windows(x, size, stride):
    """(N, C, H2, W2, FH, FW); what does not fit is dropped."""
    return np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]


# --- knobs -----------------------------------------------------------------------------------------------------------
# Where the zeros go: pad(x, (PH, PW)) -> padded x.


def _border(x, top, left, bottom, right, **how):
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), **how)


def _around(x, p):
    return _border(x, p[0], p[1], p[0], p[1])


def _inward(x, p):
    out = np.zeros_like(x)
    H, W = x.shape[2:]
    inside = slice(p[0], max(H - p[0], p[0])), slice(p[1], max(W - p[1], p[1]))
    out[:, :, inside[0], inside[1]] = x[:, :, inside[0], inside[1]]
    return out


PAD_WRONG = (
    ("The zeros go to the bottom and the right only; half of them belong above and to the left.",
     lambda x, p: _border(x, 0, 0, 2 * p[0], 2 * p[1])),
    ("The zeros go to the top and the left only; half of them belong below and to the right.",
     lambda x, p: _border(x, 2 * p[0], 2 * p[1], 0, 0)),
)  # fmt: skip
PAD_ONE_SIDE = (
    ("Only the bottom and the right get a border; it goes all around the image.",
     lambda x, p: _border(x, 0, 0, p[0], p[1])),
    ("Only the top and the left get a border; it goes all around the image.",
     lambda x, p: _border(x, p[0], p[1], 0, 0)),
    ("The border repeats the pixels at the edge; it should be zeros.",
     lambda x, p: _border(x, p[0], p[1], p[0], p[1], mode="edge")),
    ("The border is not zero; start from zeros (x.new_zeros), for new_empty holds whatever was in memory.",
     lambda x, p: _border(x, p[0], p[1], p[0], p[1], constant_values=1)),
    ("Batch and channels get a border, too; pad the last two axes only.",
     lambda x, p: np.pad(x, ((p[0],) * 2, (p[1],) * 2, (p[0],) * 2, (p[1],) * 2))),
    ("The image is moved to the middle, but its size stays; each axis grows by twice the padding.",
     lambda x, p: _around(x, p)[:, :, : x.shape[2], : x.shape[3]]),
    ("The zeros are written over the edge of the image; they go around it, and the image grows.", _inward),
    ("Only the height grows; the width gets its border, too.", lambda x, p: _border(x, p[0], 0, p[0], 0)),
    ("Only the width grows; the height gets its border, too.", lambda x, p: _border(x, 0, p[1], 0, p[1])),
    ("Each axis grows by the padding, half of it at either end; it grows by the padding at either end.",
     lambda x, p: _border(x, p[0] // 2, p[1] // 2, p[0] - p[0] // 2, p[1] - p[1] // 2)),
)  # fmt: skip

# The order of the numbers in a column, and of the columns: windows (N, C, H2, W2, FH, FW) -> columns.


def _lay_out(windows, order=(0, 1, 4, 5, 2, 3)):
    N, C, H2, W2, FH, FW = windows.shape
    return windows.transpose(order).reshape(N, C * FH * FW, H2 * W2)


ORDER_WRONG = (
    (
        "The axes are not moved before the reshape: unfold leaves (N, C, H2, W2, FH, FW), "
        "but a column needs C, FH, FW next to each other, so permute first.",
        (0, 1, 2, 3, 4, 5),
    ),
    ("A column holds its window with the channels last; the filters have them first (C, FH, FW).", (0, 4, 5, 1, 2, 3)),
    ("A column holds its window column by column; go along its rows, as the filters do.", (0, 1, 5, 4, 2, 3)),
    ("The columns follow each other down the image; go along its rows first.", (0, 1, 4, 5, 3, 2)),
)


# How columns are added back: (columns, shape, size, stride, put) -> image.


def _put_back(columns, shape, size, stride, *, put=np.add, order=None, ignore_stride=False):
    """The adjoint of _lay_out, place by place; `order` reads the columns as they are not written, `put` combines
    what is in the image with what comes to it.
    """
    N, C, H, W = shape
    (FH, FW), (SH, SW) = size, stride
    H2, W2 = (H - FH) // SH + 1, (W - FW) // SW + 1
    if order is None:
        parts = columns.reshape(N, C, FH, FW, H2, W2)
    else:
        dims = dict(zip(range(6), (N, C, H2, W2, FH, FW), strict=True))
        parts = columns.reshape([dims[axis] for axis in order])
        parts = parts.transpose([order.index(axis) for axis in (0, 1, 4, 5, 2, 3)])
    if ignore_stride:
        SH = SW = 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for p, q in np.ndindex(FH, FW):
        place = (slice(None), slice(None), slice(p, p + SH * (H2 - 1) + 1, SH), slice(q, q + SW * (W2 - 1) + 1, SW))
        x[place] = put(x[place], parts[:, :, p, q])
    return x


def _keep_new(old, new):
    return new


def _put_windows(columns, shape, size, stride):
    """Window by window, each overwriting what is there; unlike place by place, the last window wins."""
    N, C, H, W = shape
    (FH, FW), (SH, SW) = size, stride
    H2, W2 = (H - FH) // SH + 1, (W - FW) // SW + 1
    x = np.zeros(shape, columns.dtype)
    for k, (i, j) in enumerate(np.ndindex(H2, W2)):
        x[:, :, i * SH : i * SH + FH, j * SW : j * SW + FW] = columns[:, :, k].reshape(N, C, FH, FW)
    return x


def _counts(shape, size, stride):
    """In how many windows each pixel lies; 1 where in none, for dividing."""
    ones = _lay_out(_windows(np.ones(shape), size, stride))
    return np.maximum(_put_back(ones, shape, size, stride), 1)


# What becomes of windows that do not fit: misfit(right, read), each (plane, size, stride). _refuses judges by the right
# numbers, so that dropping pixels stays a mistake of its own; _misjudges by the numbers as they were read.


def _refuse(plane, size, stride, axes=(0, 1)):
    """Raise where windows do not fit, or where pixels are left over on one of `axes`."""
    if any(f > n for n, f in zip(plane, size, strict=True)) or any((plane[a] - size[a]) % stride[a] for a in axes):
        raise ValueError("the windows do not fit")


def _refuses(right, read):
    _refuse(*right)


def _misjudges(right, read):
    _refuse(*read)


def _misread(says, section, build, read) -> tuple[Misconception, Misconception]:
    """A misreading in an answer that tells what fits by the right numbers, and in one that does so by the misread."""
    return tuple(Misconception(says, section, build(read=read, misfit=misfit)) for misfit in (_refuses, _misjudges))


def _careless(build) -> tuple[Misconception, ...]:
    """Left-over pixels that are noticed nowhere, or on one axis only."""
    return tuple(
        Misconception(says, FITS, build(misfit=lambda right, read, axes=axes: _refuse(*right, axes)))
        for says, axes in ((FLOORED, ()), (ONE_AXIS, (0,)), (ONE_AXIS, (1,)))
    )


# How windows are cut: cut(x, size, stride) -> (N, C, H2, W2, FH, FW).


def _one_apart(x, size, stride):
    H2, W2 = _counted(x.shape[2:], size, stride)
    return _windows(x, size, (1, 1))[:, :, :H2, :W2]


ENDS_MISSED = ((-1, -1), (-1, None), (None, -1))


def _short(ends):
    """Windows without the last row of places, or column, or both."""
    return lambda x, size, stride: _windows(x, size, stride)[:, :, : ends[0], : ends[1]]


# --- zero_pad --------------------------------------------------------------------------------------------------------


def _fails_at_zero(x, p):
    if 0 in p:
        raise RuntimeError("the expanded size of the tensor must match the existing size")
    return _around(x, p)


PAD_MISTAKES = (
    *(
        Misconception(says, PADDING, lambda x, padding, pad=pad: pad(x, _pairs(padding)[0]))
        for says, pad in (*PAD_WRONG, *PAD_ONE_SIDE)
    ),
    Misconception(SWAPPED_PADDING, PADDING, lambda x, padding: _around(x, _pairs(padding)[0][::-1])),
    Misconception(ONE_PADDING, PADDING, lambda x, padding: _around(x, (_pairs(padding)[0][0],) * 2)),
    Misconception(
        "An error comes up where the padding is 0. Does a slice end at -padding? With 0 it is empty.",
        PADDING, lambda x, padding: _fails_at_zero(x, _pairs(padding)[0]),
    ),
    Misconception("x comes back as it was, without a border.", PADDING, lambda x, padding: x),
    Misconception(ROUNDED, DEVICE, lambda x, padding: zero_pad(x, padding).astype(np.float32)),
)  # fmt: skip


def _pad_cases(*calls) -> Callable:
    return lambda rng: [Case((numbers(rng, *shape), padding)) for numbers, shape, padding in calls]


def _drawn_pads(pairs: bool) -> Callable:
    def draw(rng):
        cases = []
        for i in range(5):
            p = tuple(int(n) for n in rng.integers(0, 4, 2)) if i else (0, int(rng.integers(1, 4)))
            x = normal(rng, *rng.integers(1, 4, 2), *rng.integers(1, 7, 2), dtype=DTYPES[i % 2])
            cases.append(Case((x, p if pairs else p[0])))
        return cases

    return draw


# --- im2col ----------------------------------------------------------------------------------------------------------


def _im2col_answer(read=lambda size, stride: (size, stride), layout=_lay_out, cut=_windows,
                   misfit=_refuses) -> Callable:  # fmt: skip
    """im2col with one knob turned."""

    def answer(x, size, stride=1):
        right = _pairs(size, stride)
        size, stride = read(*right)
        misfit((x.shape[2:], *right), (x.shape[2:], size, stride))
        return layout(cut(x, size, stride))

    return answer


def _side_by_side(windows):
    N, C, H2, W2, FH, FW = windows.shape
    return windows.transpose(1, 4, 5, 0, 2, 3).reshape(C * FH * FW, N * H2 * W2)


def _channels_apart(windows):
    N, C, H2, W2, FH, FW = windows.shape
    return _lay_out(windows).reshape(N, C, FH * FW, H2 * W2)


OTHER_ORDERS = ((0, 4, 1, 5, 2, 3), (0, 5, 1, 4, 2, 3), (0, 5, 4, 1, 2, 3))
IM2COL_MISTAKES = (
    *(
        Misconception(
            "The numbers of a window follow each other in another order than channel, row, column.",
            VECTORISED, _im2col_answer(layout=lambda windows, order=order: _lay_out(windows, order)),
        )
        for order in OTHER_ORDERS
    ),
    Misconception(
        "The channels keep an axis of their own, (N, C, FH*FW, H2*W2); a column goes through all of them.",
        VECTORISED, _im2col_answer(layout=_channels_apart),
    ),
    *(
        Misconception(says, VECTORISED, _im2col_answer(layout=lambda windows, order=order: _lay_out(windows, order)))
        for says, order in ORDER_WRONG
    ),
    Misconception(
        "The windows lie in the rows; they should be the columns, (N, C*FH*FW, H2*W2).",
        VECTORISED, _im2col_answer(layout=lambda windows: _lay_out(windows).swapaxes(1, 2)),
    ),
    Misconception(
        "The images of the batch are laid side by side in one matrix; here each keeps its own, (N, C*FH*FW, H2*W2).",
        VECTORISED, _im2col_answer(layout=_side_by_side),
    ),
    Misconception(
        "Only the first channel is taken; a window goes through the full depth.",
        VECTORISED, _im2col_answer(layout=lambda windows: _lay_out(windows[:, :1])),
    ),
    Misconception(
        "Only the first image is taken; every image has its own columns.",
        VECTORISED, _im2col_answer(layout=lambda windows: _lay_out(windows[:1])),
    ),
    Misconception(
        "The channels are added up; a column holds the window of every channel.",
        VECTORISED, _im2col_answer(layout=lambda windows: _lay_out(windows.sum(axis=1, keepdims=True))),
    ),
    Misconception(
        "A column holds its window back to front; begin at its upper left corner.",
        VECTORISED, _im2col_answer(layout=lambda windows: _lay_out(windows[..., ::-1, ::-1])),
    ),
    Misconception(ONE_APART, SIZES, _im2col_answer(cut=_one_apart)),
    *(Misconception(LAST_MISSED, SIZES, _im2col_answer(cut=_short(ends))) for ends in ENDS_MISSED),
    *_careless(_im2col_answer),
    *(
        mistake
        for says, read in (
            (NO_STRIDE, lambda size, stride: (size, (1, 1))),
            (
                "The windows are laid side by side whatever the stride; move by the stride, not by the size.",
                lambda size, stride: (size, size),
            ),
            (ONE_STRIDE, lambda size, stride: (size, (stride[0],) * 2)),
            (SWAPPED_STRIDE, lambda size, stride: (size, stride[::-1])),
            (SWAPPED_SIZE, lambda size, stride: (size[::-1], stride)),
            (ONE_SIZE, lambda size, stride: ((size[0],) * 2, stride)),
        )
        for mistake in _misread(says, SIZES, _im2col_answer, read)
    ),
    Misconception(ROUNDED, DEVICE, lambda x, size, stride=1: im2col(x, size, stride).astype(np.float32)),
)  # fmt: skip


def _fine(rng, *shape):
    """Whole numbers and a little more, which float32 drops. However float32 is used, the answer comes out the same."""
    return whole(rng, *shape, low=1) + 2.0**-36


def _stride(*given) -> dict:
    """The settings of a call that names its stride, or that leaves it out."""
    return {"stride": given[0]} if given else {}


def _unfoldings(*calls) -> Callable:
    """Public cases of im2col: (shape of x, size) or (shape of x, size, stride)."""

    def draw(rng):
        return [Case((whole(rng, *shape), size), _stride(*given)) for shape, size, *given in calls]

    return draw


def _drawn_unfoldings(planes=(1, 3), back=False, count=5, **ranges) -> Callable:
    """Hidden cases of im2col, or of col2im, with windows that fit."""

    def draw(rng):
        cases = []
        for i in range(count):
            view = window(rng, padding=(0, 0), **ranges)
            shape = (*(int(n) for n in rng.integers(*planes, 2, endpoint=True)), *view.input)
            args = (normal(rng, *shape, dtype=DTYPES[i % 2]),)
            if back:
                columns = (shape[0], shape[1] * int(np.prod(view.size)), int(np.prod(view.output)))
                args = (normal(rng, *columns, dtype=DTYPES[i % 2]), shape)
            cases.append(Case((*args, plain(view.size)), {"stride": plain(view.stride)}, terms=int(np.prod(view.size))))
        return cases

    return draw


def _misfits(rng):
    cases = []
    for wrong in ((1, 0), (0, 1), (1, 1)):
        view = window(rng, padding=(0, 0), stride=(2, 3), output=(2, 3))
        height, width = (n + d for n, d in zip(view.input, wrong, strict=True))
        cases.append(Case((normal(rng, 1, 2, height, width), plain(view.size)), {"stride": plain(view.stride)}))
    return cases


# --- col2im ----------------------------------------------------------------------------------------------------------


def _averaged(columns, shape, size, stride=1):
    return col2im(columns, shape, size, stride) / _counts(shape, *_pairs(size, stride))


def _col2im_answer(**knobs):
    return lambda columns, shape, size, stride=1: _put_back(columns, shape, *_pairs(size, stride), **knobs)


def _turned_windows(columns, shape, size):
    N, C = shape[:2]
    return columns.reshape(N, C, *_pairs(size)[0], -1)[:, :, ::-1, ::-1].reshape(columns.shape)


def _ends_cleared(columns, ends, shape, size, stride=1):
    """The columns of the last row of places set to 0, or of the last column, or of both."""
    kept = np.zeros((*columns.shape[:2], *_counted(shape[2:], *_pairs(size, stride))), columns.dtype)
    all_places = columns.reshape(kept.shape)
    kept[:, :, : ends[0], : ends[1]] = all_places[:, :, : ends[0], : ends[1]]
    return kept.reshape(columns.shape)


def _misread_folding(read):
    """col2im with its pairs misread; where the columns are then too many or too few, Torch raises."""

    def answer(columns, shape, size, stride=1):
        size, stride = read(*_pairs(size, stride))
        wanted = (shape[0], shape[1] * size[0] * size[1], int(np.prod(_counted(shape[2:], size, stride))))
        if columns.shape != wanted:
            raise RuntimeError(f"shape {wanted} is invalid for columns {columns.shape}")
        return _put_back(columns, shape, size, stride)

    return answer


def _put_back_swapped(columns, shape, size, stride=1):
    """The windows counted rightly, but put back with the strides swapped; what lies outside is lost."""
    N, C, H, W = shape
    (FH, FW), (SH, SW) = _pairs(size, stride)
    H2, W2 = _counted((H, W), (FH, FW), (SH, SW))
    large = (N, C, FH + SW * (H2 - 1), FW + SH * (W2 - 1))
    image = np.zeros((N, C, max(H, large[2]), max(W, large[3])), columns.dtype)
    image[:, :, : large[2], : large[3]] = _put_back(columns, large, (FH, FW), (SW, SH))
    return image[:, :, :H, :W]


def _counted_by_height(columns, shape, size, stride=1):
    """Window k put at (k // H2, k % H2) instead of (k // W2, k % W2); what lies outside is lost."""
    N, C, H, W = shape
    (FH, FW), (SH, SW) = _pairs(size, stride)
    H2, W2 = _counted((H, W), (FH, FW), (SH, SW))
    image = np.zeros((N, C, H + FH + SH * H2 * W2, W + FW + SW * H2), columns.dtype)
    for k in range(H2 * W2):
        i, j = SH * (k // H2), SW * (k % H2)
        image[:, :, i : i + FH, j : j + FW] += columns[:, :, k].reshape(N, C, FH, FW)
    return image[:, :, :H, :W]


COL2IM_MISTAKES = (
    *(
        Misconception(
            "A column is read in another order than im2col wrote it: channel, row, column of the window.",
            VECTORISED, _col2im_answer(order=order),
        )
        for order in OTHER_ORDERS
    ),
    Misconception(
        "The windows are counted with the number of rows of places; window k lies in row k // W2, column k % W2.",
        SIZES, _counted_by_height,
    ),
    Misconception(
        "The numbers are divided by the size of the window; they add up as they are.",
        BACKWARD, lambda columns, shape, size, stride=1: (
            col2im(columns, shape, size, stride) / np.prod(_pairs(size)[0])
        ),
    ),
    Misconception(
        "The image is not zero before the numbers are added to it.",
        BACKWARD, lambda *args, **kwargs: col2im(*args, **kwargs) + 1,
    ),
    Misconception(
        "Every image is put together from the columns of the first.",
        BACKWARD, lambda columns, *args, **kwargs: col2im(np.repeat(columns[:1], len(columns), 0), *args, **kwargs),
    ),
    *(
        Misconception(
            "Where windows overlap, the last one overwrites the others; add with +=, into an image of zeros.",
            BACKWARD, answer,
        )
        for answer in (
            _col2im_answer(put=_keep_new),
            lambda columns, shape, size, stride=1: _put_windows(columns, shape, *_pairs(size, stride)),
        )
    ),
    Misconception(
        "Where windows overlap, their numbers are averaged; they add up.", BACKWARD, _averaged,
    ),
    Misconception(
        "Where windows overlap, only the largest number is kept; they add up.",
        BACKWARD, _col2im_answer(put=np.maximum),
    ),
    *(
        Misconception(says, VECTORISED, _col2im_answer(order=order))
        for says, order in (
            (
                "The columns are read as (N, C, H2, W2, FH, FW); im2col wrote them as (N, C, FH, FW, H2, W2).",
                (0, 1, 2, 3, 4, 5),
            ),
            ("A column is read with the channels last; im2col wrote them first (C, FH, FW).", (0, 4, 5, 1, 2, 3)),
            ("A column is read down the window's columns; im2col wrote it along the rows.", (0, 1, 5, 4, 2, 3)),
            ("The columns are put back down the image; im2col went along its rows.", (0, 1, 4, 5, 3, 2)),
        )
    ),
    Misconception(
        "The windows are put back one pixel apart; move by the stride.",
        SIZES, _col2im_answer(ignore_stride=True),
    ),
    Misconception(
        "The windows are put back turned by half a turn; begin at their upper left corner.",
        VECTORISED, lambda columns, *given, **stride: col2im(_turned_windows(columns, *given), *given, **stride),
    ),
    *(
        Misconception(LAST_MISSED, SIZES, lambda columns, *given, ends=ends, **stride: col2im(
            _ends_cleared(columns, ends, *given, **stride), *given, **stride
        ))
        for ends in ENDS_MISSED
    ),
    *(
        Misconception(says, SIZES, _misread_folding(read))
        for says, read in (
            (SWAPPED_STRIDE, lambda size, stride: (size, stride[::-1])),
            (SWAPPED_SIZE, lambda size, stride: (size[::-1], stride)),
            (ONE_STRIDE, lambda size, stride: (size, (stride[0],) * 2)),
        )
    ),
    Misconception(SWAPPED_STRIDE, SIZES, _put_back_swapped),
    Misconception(ROUNDED, DEVICE, lambda *args, **kwargs: col2im(*args, **kwargs).astype(np.float32)),
)  # fmt: skip


def _foldings(*calls) -> Callable:
    """Public cases of col2im: (shape, size) or (shape, size, stride); the last one has digits that float32 loses."""

    def draw(rng):
        cases = []
        for shape, size, *stride in calls:
            N, C, H2, W2 = shapes.pool2d_shape(shape, size, *(stride or [1]))
            area = int(np.prod(_pairs(size)[0]))
            numbers = _fine if (shape, size, *stride) == calls[-1] else whole
            columns = numbers(rng, N, C * area, H2 * W2)
            cases.append(Case((columns, shape, size), _stride(*stride), terms=area))
        return cases

    return draw


# --- conv2d ----------------------------------------------------------------------------------------------------------


def _nchw(product, size):
    return product.reshape(*product.shape[:2], *size)


def _add_bias(out, b, w):
    return out if b is None else out + b[:, None, None]


def _forward(read=lambda stride, padding: (stride, padding), pad=_around, layout=_lay_out, filters=None, cut=_windows,
             bias=_add_bias, assemble=_nchw, misfit=_refuses) -> Callable:  # fmt: skip
    """conv2d with one knob turned."""

    def answer(x, w, b=None, stride=1, padding=0):
        right, size = _pairs(stride, padding), w.shape[2:]
        stride, padding = read(*right)
        xp = pad(x, padding)
        misfit((_around(x, right[1]).shape[2:], size, right[0]), (xp.shape[2:], size, stride))
        windows = cut(xp, size, stride)
        rows = w.reshape(len(w), -1) if filters is None else filters(w)
        return bias(assemble(rows @ layout(windows), windows.shape[2:4]), b, w)

    return answer


def _flipped(w):
    return w[:, :, ::-1, ::-1].reshape(len(w), -1)


def _images_mixed(product, size):
    """(K, N*H2*W2), the images side by side, cut into (N, K, H2, W2) without moving the axes."""
    N, K, _ = product.shape
    return product.swapaxes(0, 1).reshape(N, K, *size)


def _on_the_last_axis(flat):
    """The bias added as `+ b`, to the product (N, K, H2*W2) or to the maps (N, K, H2, W2)."""

    def bias(out, b, w):
        summed = out.reshape(*out.shape[:2], -1) if flat else out
        if len(b) > 1 and summed.shape[-1] not in (() if flat else (1,)) and summed.shape[-1] != len(b):
            raise RuntimeError("the size of the two tensors must match")
        return (summed + b).reshape(out.shape) if flat else summed + b

    return bias


def _nothing_at_the_ends(ends):
    """The output made in its full size, its last places never reached."""

    def bias(out, b, w):
        reached = np.zeros_like(out)
        reached[:, :, : ends[0], : ends[1]] = _add_bias(out, b, w)[:, :, : ends[0], : ends[1]]
        return reached

    return bias


MIRRORED = "The filter is mirrored on one axis; here it is laid on the image as it is."
CONV_MISTAKES = (
    Misconception(
        "The filter is flipped; here it is not: cross-correlation, as in every deep-learning library.",
        FLIP, _forward(filters=_flipped),
    ),
    Misconception(MIRRORED, FLIP, _forward(filters=lambda w: w[:, :, :, ::-1].reshape(len(w), -1))),
    Misconception(MIRRORED, FLIP, _forward(filters=lambda w: w[:, :, ::-1].reshape(len(w), -1))),
    Misconception(
        "The filters are cut into (C*FH*FW, K) by a reshape, which mixes them: make them rows, (K, C*FH*FW), and "
        "transpose.", VECTORISED, _forward(filters=lambda w: w.reshape(-1, len(w)).T),
    ),
    Misconception(
        "The products of a window are averaged; they are added up.",
        FILTERS, _forward(filters=lambda w: w.reshape(len(w), -1) / w[0].size),
    ),
    Misconception(
        "Only the first channel goes into the output; a filter goes through the full depth.",
        FILTERS, _forward(
            layout=lambda windows: _lay_out(windows[:, :1]), filters=lambda w: w[:, 0].reshape(len(w), -1)
        ),
    ),
    Misconception(
        "Only the last channel goes into the output; the products of all channels add up.",
        FILTERS, _forward(
            layout=lambda windows: _lay_out(windows[:, -1:]), filters=lambda w: w[:, -1].reshape(len(w), -1)
        ),
    ),
    Misconception(
        "Every map is made with the first filter.",
        FILTERS, _forward(filters=lambda w: np.repeat(w[:1].reshape(1, -1), len(w), axis=0)),
    ),
    Misconception(
        "Every map is made of the first image.",
        FILTERS, _forward(layout=lambda windows: _lay_out(np.repeat(windows[:1], len(windows), axis=0))),
    ),
    Misconception(
        "The filters come first in the output, (K, N, H2, W2); the images do, (N, K, H2, W2).",
        VECTORISED, _forward(
            assemble=lambda product, size: _nchw(product, size).swapaxes(0, 1),
            bias=lambda out, b, w: out + b[:, None, None, None],
        ),
    ),
    *(
        Misconception(
            "The bias runs along the places instead of the filters: shapes are matched from the right.",
            FILTERS, _forward(bias=_on_the_last_axis(flat)),
        )
        for flat in (True, False)
    ),
    Misconception(
        "The bias of the first filter is added to the maps of all; each filter has a bias of its own.",
        FILTERS, _forward(bias=lambda out, b, w: out + b[0]),
    ),
    *(
        Misconception(
            "The bias is added with the products of a window, many times; a filter has one bias, added once.",
            FILTERS, _forward(bias=lambda out, b, w, end=end: _add_bias(out, b * w[0, :end].size, w)),
        )
        for end in (1, None)
    ),
    Misconception(
        "What is below 0 is cut off, as by ReLU; a convolution gives negative numbers, too.",
        RELU, _forward(bias=lambda out, b, w: np.maximum(_add_bias(out, b, w), 0)),
    ),
    Misconception(ONE_APART, SIZES, _forward(cut=_one_apart)),
    *(Misconception(LAST_MISSED, SIZES, _forward(cut=_short(ends))) for ends in ENDS_MISSED),
    *(Misconception(LAST_MISSED, SIZES, _forward(bias=_nothing_at_the_ends(ends))) for ends in ENDS_MISSED),
    Misconception("The bias is left out.", FILTERS, _forward(bias=lambda out, b, w: out)),
    Misconception(
        "The bias is added once a channel; a filter has one bias, added once.",
        FILTERS, _forward(bias=lambda out, b, w: _add_bias(out, b * w.shape[1], w)),
    ),
    Misconception(
        "The bias is subtracted; it is added to each dot product.",
        FILTERS, _forward(bias=lambda out, b, w: _add_bias(out, -b, w)),
    ),
    Misconception(
        "The filters are stretched with their channels last, the columns with theirs first: "
        "each weight meets another pixel.",
        VECTORISED, _forward(filters=lambda w: w.transpose(0, 2, 3, 1).reshape(len(w), -1)),
    ),
    Misconception(
        "The filters are stretched column by column, the windows row by row: each weight meets another pixel.",
        VECTORISED, _forward(filters=lambda w: w.swapaxes(2, 3).reshape(len(w), -1)),
    ),
    *(
        Misconception(says, VECTORISED, _forward(layout=lambda windows, order=order: _lay_out(windows, order)))
        for says, order in (
            ORDER_WRONG[0],
            ORDER_WRONG[3],
            (
                "The windows are stretched with their channels last, the filters with theirs first: "
                "each weight meets another pixel.",
                ORDER_WRONG[1][1],
            ),
            (
                "The windows are stretched column by column, the filters row by row: each weight meets another pixel.",
                ORDER_WRONG[2][1],
            ),
        )
    ),
    Misconception(
        "The product is (K, N*H2*W2) with the images side by side, and is cut into (N, K, H2, W2) as it lies: "
        "maps of different images are mixed. Cut it into (K, N, H2, W2), then swap the first two axes.",
        VECTORISED, _forward(assemble=_images_mixed),
    ),
    Misconception(
        "Height and width of the output are swapped: it is (N, K, H2, W2).",
        VECTORISED, _forward(assemble=lambda product, size: _nchw(product, size[::-1])),
    ),
    Misconception(
        "The filters come last in the output, (N, H2, W2, K); they come second, (N, K, H2, W2).",
        VECTORISED, _forward(
            assemble=lambda product, size: np.moveaxis(_nchw(product, size), 1, 3),
            bias=lambda out, b, w: out if b is None else out + b,
        ),
    ),
    Misconception(
        "The output is left as a matrix for each image, (N, K, H2*W2); give the maps their height and width.",
        VECTORISED, _forward(
            assemble=lambda product, size: product, bias=lambda out, b, w: out if b is None else out + b[:, None]
        ),
    ),
    *(
        Misconception(says, PADDING, _forward(pad=pad, misfit=misfit))
        for says, pad in (*PAD_WRONG, *PAD_ONE_SIDE[:4], PAD_ONE_SIDE[-1])
        for misfit in (_refuses, _misjudges)
    ),
    *(
        mistake
        for says, section, read in (
            ("The padding is ignored.", PADDING, lambda stride, padding: (stride, (0, 0))),
            (SWAPPED_PADDING, PADDING, lambda stride, padding: (stride, padding[::-1])),
            (NO_STRIDE, SIZES, lambda stride, padding: ((1, 1), padding)),
            (SWAPPED_STRIDE, SIZES, lambda stride, padding: (stride[::-1], padding)),
            (ONE_PADDING, PADDING, lambda stride, padding: (stride, (padding[0],) * 2)),
            (ONE_STRIDE, SIZES, lambda stride, padding: ((stride[0],) * 2, padding)),
        )
        for mistake in _misread(says, section, _forward, read)
    ),
    *_careless(_forward),
    Misconception(ROUNDED, DEVICE, lambda *args, **kwargs: _forward()(*args, **kwargs).astype(np.float32)),
)  # fmt: skip


def _conv_case(rng, x_shape, w_shape, *, dout=False, numbers=whole, dtype=np.float64, **settings) -> Case:
    K, C, FH, FW = w_shape
    x, w, b = (numbers(rng, *shape).astype(dtype) for shape in (x_shape, w_shape, (K,)))
    b[b == 0] = 2  # a bias of 0 could be forgotten
    if not dout:
        return Case((x, w, b), settings, terms=C * FH * FW + 1)
    out = shapes.conv2d_shape(x_shape, w_shape, None, **settings)
    terms = max(out[0] * out[2] * out[3], K * FH * FW)
    return Case((numbers(rng, *out).astype(dtype), x, w), settings, terms=terms)


def _convolutions(*calls, dout=False) -> Callable:
    """Public cases: (shape of x, shape of w, settings); the last one has digits that float32 loses."""

    def draw(rng):
        numbers = [whole] * (len(calls) - 1) + [_fine]
        return [
            _conv_case(rng, x, w, dout=dout, numbers=n, **settings)
            for n, (x, w, settings) in zip(numbers, calls, strict=True)
        ]

    return draw


def _drawn_convolutions(dout=False, images=(1, 3), channels=(1, 3), filters=(1, 4), count=4, **ranges) -> Callable:
    """Hidden cases with windows that fit, every second one in float32."""

    def draw(rng):
        cases = []
        for i in range(count):
            view = window(rng, **ranges)
            N, C, K = (int(rng.integers(*span, endpoint=True)) for span in (images, channels, filters))
            x, w = (N, C, *view.input), (K, C, *view.size)
            cases.append(_conv_case(rng, x, w, dout=dout, numbers=normal, dtype=DTYPES[i % 2], **view.settings))
        return cases

    return draw


def _conv_misfits(rng):
    cases = []
    for wrong in ((1, 0), (0, 1), (1, 1)):
        view = window(rng, padding=(0, 1), stride=(2, 3), output=(2, 3))
        height, width = (n + d for n, d in zip(view.input, wrong, strict=True))
        cases.append(_conv_case(rng, (1, 2, height, width), (2, 2, *view.size), numbers=quarters, **view.settings))
    return cases


# --- conv2d_backward -------------------------------------------------------------------------------------------------


def _crop(dxp, p):
    return dxp[:, :, p[0] : dxp.shape[2] - p[0], p[1] : dxp.shape[3] - p[1]]


def _backward(*, filters=None, put_back=_put_back, crop=_crop, up=lambda d: d, pad=_around, cut=_windows,
              goes=slice(None), dx=lambda d: d, dw=lambda each: each.sum(axis=0),
              db=lambda d: d.sum(axis=(0, 2, 3)), order=(0, 1, 2)) -> Callable:  # fmt: skip
    """conv2d_backward with one knob turned."""

    def answer(dout, x, w, stride=1, padding=0):
        stride, padding = _pairs(stride, padding)
        xp, size = pad(x, padding), w.shape[2:]
        dproduct = up(dout).reshape(*dout.shape[:2], -1)  # (N, K, H2*W2)
        rows = w.reshape(len(w), -1) if filters is None else filters(w)
        dxp = put_back(rows[goes].T @ dproduct[:, goes], xp.shape, size, stride)
        each = (dproduct @ _lay_out(cut(xp, size, stride)).swapaxes(1, 2)).reshape(len(x), *w.shape)
        found = dx(crop(dxp, padding)), dw(each), db(up(dout))
        return tuple(found[i] for i in order)

    return answer


def _crop_swapped(dxp, p):
    H, W = (n - 2 * border for n, border in zip(dxp.shape[2:], p, strict=True))
    return dxp[:, :, p[1] : p[1] + H, p[0] : p[0] + W]


def _dw_of_one_place(place):
    def answer(dout, x, w, stride=1, padding=0):
        (stride, padding), up = _pairs(stride, padding), dout.reshape(*dout.shape[:2], -1)
        columns = _lay_out(_windows(_around(x, padding), w.shape[2:], stride))
        dx, _, db = fast.conv2d_backward(dout, x, w, stride, padding)
        return dx, (up[:, :, place].T @ columns[:, :, place]).reshape(w.shape), db

    return answer


def _rounded_backward(*args, **kwargs):
    return tuple(part.astype(np.float32) for part in fast.conv2d_backward(*args, **kwargs))


BACKWARD_MISTAKES = (
    Misconception(DOUT_IGNORED, BACKWARD, _backward(up=np.ones_like)),
    Misconception(
        "dx still has the border; cut off what zero_pad added.", BACKWARD, _backward(crop=lambda dxp, p: dxp),
    ),
    Misconception(
        "dx is cut out of the upper left corner of the padded gradient; the border lies on all sides.",
        BACKWARD, _backward(crop=lambda dxp, p: dxp[:, :, : dxp.shape[2] - 2 * p[0], : dxp.shape[3] - 2 * p[1]]),
    ),
    *(
        Misconception(
            "Where windows overlap, the last one overwrites the others in dx; a pixel collects from all its windows.",
            BACKWARD, _backward(put_back=put_back),
        )
        for put_back in (functools.partial(_put_back, put=_keep_new), _put_windows)
    ),
    Misconception(
        "dx is cut out by a slice that ends at -padding; where the padding is 0, such a slice is empty.",
        BACKWARD, _backward(crop=lambda dxp, p: dxp[:, :, p[0] : -p[0], p[1] : -p[1]]),
    ),
    Misconception(
        "Height and width are swapped where the border is cut off dx: a pair is (height, width).",
        BACKWARD, _backward(crop=_crop_swapped),
    ),
    *(
        Misconception(
            "dw comes from one place only; the filter was used at every place, and all of them add to it.",
            BACKWARD, _dw_of_one_place(place),
        )
        for place in (-1, 0)
    ),
    *(
        Misconception(
            "dx goes back through one filter only; a pixel collects from all of them.", BACKWARD, _backward(goes=goes),
        )
        for goes in (slice(-1, None), slice(0, 1))
    ),
    Misconception(
        "dw is taken with the zeros at one corner of x; they lie all around it, as in the forward.",
        BACKWARD, _backward(pad=PAD_WRONG[0][1]),
    ),
    *(
        Misconception(ONE_APART, BACKWARD, _backward(cut=cut, put_back=put_back))
        for cut in (_one_apart, _windows)
        for put_back in (functools.partial(_put_back, ignore_stride=True), _put_back)
        if not (cut is _windows and put_back is _put_back)
    ),
    Misconception(
        "db counts the places and does not look at dout; it is the sum of dout over them.",
        BACKWARD, _backward(db=lambda d: np.ones_like(d).sum(axis=(0, 2, 3))),
    ),
    Misconception(
        "dw comes out of the product as (C*FH*FW, K) and is cut into the shape of w as it lies, which mixes it: "
        "transpose it first.",
        BACKWARD, _backward(dw=lambda each: each.sum(axis=0).reshape(each.shape[1], -1).T.reshape(each.shape[1:])),
    ),
    Misconception(
        "The filters are cut into (C*FH*FW, K) by a reshape, which mixes them: make them rows, (K, C*FH*FW), and "
        "transpose.", BACKWARD, _backward(filters=lambda w: w.reshape(-1, len(w)).T),
    ),
    *(
        Misconception("The three gradients come back in another order: dx, dw, db.", BACKWARD, _backward(order=order))
        for order in itertools.islice(itertools.permutations(range(3)), 1, None)
    ),
    Misconception(
        "The filters are flipped in dx; the gradient goes back by the same weight that the pixel came in by.",
        BACKWARD, _backward(filters=_flipped),
    ),
    Misconception(
        "dx is divided by the number of images; dout knows already how the loss was averaged.",
        BACKWARD, _backward(dx=lambda d: d / len(d)),
    ),
    Misconception(
        "dw comes from the last image only; every image adds to it.", BACKWARD, _backward(dw=lambda each: each[-1]),
    ),
    Misconception(
        "dw comes from the first image only; every image adds to it.", BACKWARD, _backward(dw=lambda each: each[0]),
    ),
    Misconception(
        "dw is averaged over the images; it is a sum, for dout knows already how the loss was averaged.",
        BACKWARD, _backward(dw=lambda each: each.mean(axis=0)),
    ),
    Misconception(
        "dw is kept image by image, (N, K, C, FH, FW); all images share the filters, so sum over them.",
        BACKWARD, _backward(dw=lambda each: each),
    ),
    Misconception(
        "dw is a matrix, (K, C*FH*FW); give it the shape of w.",
        BACKWARD, _backward(dw=lambda each: each.sum(axis=0).reshape(each.shape[1], -1)),
    ),
    Misconception(
        "dw has its filters flipped; the forward did not flip them.",
        BACKWARD, _backward(dw=lambda each: each.sum(axis=0)[:, :, ::-1, ::-1]),
    ),
    Misconception(
        "db is averaged over the images; it is a sum.",
        BACKWARD, _backward(db=lambda d: d.sum(axis=(2, 3)).mean(axis=0)),
    ),
    Misconception(
        "db is a mean over images and places; the bias is added at every one of them, so its gradients add up.",
        BACKWARD, _backward(db=lambda d: d.mean(axis=(0, 2, 3))),
    ),
    Misconception(
        "db is kept image by image, (N, K); all images share the biases, so sum over them.",
        BACKWARD, _backward(db=lambda d: d.sum(axis=(2, 3))),
    ),
    Misconception(
        "db is kept place by place; the bias of a filter is added at every place, so sum over them.",
        BACKWARD, _backward(db=lambda d: d.sum(axis=0)),
    ),
    Misconception(
        "db sums over the filters, too; each filter has a bias of its own.", BACKWARD, _backward(db=lambda d: d.sum()),
    ),
    Misconception(ROUNDED, DEVICE, _rounded_backward),
)  # fmt: skip


# --- max_pool2d ------------------------------------------------------------------------------------------------------


def _pool(read=lambda size, stride, given: (size, stride), most=lambda v: v.max(axis=(4, 5)), cut=_windows,
          misfit=_refuses) -> Callable:  # fmt: skip
    """max_pool2d with one knob turned."""

    def answer(x, size, stride=None):
        given = stride is not None
        right = _pairs(size, stride if given else size)
        size, stride = read(*right, given)
        misfit((x.shape[2:], *right), (x.shape[2:], size, stride))
        return most(cut(x, size, stride))

    return answer


def _mixed_maximum(windows):
    """(N, C, H2, W2, FH, FW) cut into (N, C, FH*FW, H2*W2) as it lies."""
    N, C, H2, W2, FH, FW = windows.shape
    return windows.reshape(N, C, FH * FW, H2 * W2).max(axis=2).reshape(N, C, H2, W2)


def _along(x, axis, size, stride):
    """The maxima of windows that are one pixel high, or one wide."""
    _refuse(x.shape[2:], size, stride)
    size, stride = ((n if a == axis else 1 for a, n in enumerate(pair)) for pair in (size, stride))
    return _windows(x, tuple(size), tuple(stride)).max(axis=(4, 5))


ACROSS = (
    "The maximum is taken over all channels at once; each activation map is pooled on its own. "
    "Make every map an image of one channel before im2col."
)
POOL_MISTAKES = (
    *(
        mistake
        for says, read in (
            (
                "A stride of None is taken for stride 1; it stands for a stride equal to the size.",
                lambda size, stride, given: (size, stride if given else (1, 1)),
            ),
            (NO_STRIDE, lambda size, stride, given: (size, (1, 1))),
            (
                "The windows always lie side by side; move by the stride when it is given.",
                lambda size, stride, given: (size, size),
            ),
            (SWAPPED_STRIDE, lambda size, stride, given: (size, stride[::-1] if given else stride)),
            (SWAPPED_SIZE, lambda size, stride, given: (size[::-1], stride if given else size[::-1])),
            (ONE_STRIDE, lambda size, stride, given: (size, (stride[0],) * 2 if given else stride)),
            ("Size and stride are swapped.", lambda size, stride, given: (stride, size)),
            (ONE_SIZE, lambda size, stride, given: ((size[0],) * 2, stride if given else (size[0],) * 2)),
        )
        for mistake in _misread(says, MAX, _pool, read)
    ),
    Misconception(
        "The maximum is never below 0; windows of negative numbers have a negative maximum.",
        MAX, _pool(most=lambda v: np.maximum(v.max(axis=(4, 5)), 0)),
    ),
    Misconception(
        "The windows are averaged; their maximum is asked for.", MAX, _pool(most=lambda v: v.mean(axis=(4, 5))),
    ),
    Misconception(ACROSS, CHANNELS, _pool(most=lambda v: v.max(axis=(1, 4, 5)))),
    Misconception(ACROSS, CHANNELS, _pool(most=lambda v: v.max(axis=(1, 4, 5), keepdims=True)[..., 0, 0])),
    Misconception(
        "The result is the place of the maximum in its window; the maximum itself is asked for.",
        MAX, _pool(most=lambda v: v.reshape(*v.shape[:4], -1).argmax(axis=-1)),
    ),
    Misconception(
        ACROSS, CHANNELS, _pool(most=lambda v: np.repeat(v.max(axis=(1, 4, 5))[:, None], v.shape[1], axis=1)),
    ),
    Misconception(
        "The smallest number of each window is taken; the largest is asked for.",
        MAX, _pool(most=lambda v: v.min(axis=(4, 5))),
    ),
    Misconception(
        "The signs are dropped before the maximum is taken; -3 is smaller than 1.",
        MAX, _pool(most=lambda v: np.abs(v).max(axis=(4, 5))),
    ),
    *(
        Misconception(
            "The maximum is taken along one axis only; a window has a height and a width.",
            MAX, lambda x, size, stride=None, axis=axis: _along(x, axis, *_pairs(size, stride or size)),
        )
        for axis in (0, 1)
    ),
    Misconception(
        "The windows are added up; their maximum is asked for.", MAX, _pool(most=lambda v: v.sum(axis=(4, 5))),
    ),
    Misconception(
        "Two tensors come back, the maxima and their places, as torch.max(dim=...) gives them; only the first is asked "
        "for.", MAX, _pool(most=lambda v: (v.max(axis=(4, 5)), v.reshape(*v.shape[:4], -1).argmax(axis=-1))),
    ),
    Misconception(
        "The axes are not moved before the reshape: the numbers of a window have to lie side by side before it.",
        VECTORISED, _pool(most=_mixed_maximum),
    ),
    Misconception(ONE_APART, MAX, _pool(cut=_one_apart)),
    *(Misconception(LAST_MISSED, MAX, _pool(cut=_short(ends))) for ends in ENDS_MISSED),
    *_careless(_pool),
    Misconception(ROUNDED, DEVICE, lambda *args, **kwargs: fast.max_pool2d(*args, **kwargs).astype(np.float32)),
)  # fmt: skip


def _poolings(*calls, numbers=whole) -> Callable:
    """Public cases: (shape of x, size) or (shape of x, size, stride)."""

    def draw(rng):
        return [Case((numbers(rng, *shape), size), _stride(*given)) for shape, size, *given in calls]

    return draw


def _drawn_poolings(numbers=normal, planes=(1, 3), side_by_side=False, **ranges) -> Callable:
    def draw(rng):
        cases = []
        for i in range(5):
            view = window(rng, padding=(0, 0), **ranges)
            stride = view.size if side_by_side else view.stride
            height, width = (f + s * (o - 1) for f, s, o in zip(view.size, stride, view.output, strict=True))
            x = numbers(rng, *rng.integers(*planes, 2, endpoint=True), height, width).astype(DTYPES[i % 2])
            cases.append(Case((x, plain(view.size)), {} if side_by_side else {"stride": plain(stride)}))
        return cases

    return draw


def _negative(rng, *shape):
    return -np.abs(normal(rng, *shape)) - 0.25


# --- train_step ------------------------------------------------------------------------------------------------------
# Knob 1, the head: (scores, labels) -> loss and its gradient. Knob 2, the update. Knob 3, the non-linearity.


def _cross_entropy(scores, labels):
    return fast.softmax_cross_entropy(scores, labels), fast.softmax_cross_entropy_backward(scores, labels)


def _scaled(factor):
    """The right head, loss and gradient times factor(N, M)."""

    def head(scores, labels):
        loss, dscores = _cross_entropy(scores, labels)
        return loss * factor(*scores.shape), dscores * factor(*scores.shape)

    return head


def _down_the_batch(scores, labels):
    """Softmax along the samples in place of the classes."""
    shares = np.exp(scores - scores.max(axis=0))
    shares /= shares.sum(axis=0)
    right = np.eye(scores.shape[1])[labels]  # (N, M), one-hot
    loss = -np.log(shares[np.arange(len(labels)), labels]).mean()
    return loss, (shares * right.sum(axis=0) - right) / len(labels)


def _without_log(scores, labels):
    """Minus the probability of the right class, not its logarithm."""
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    right = np.eye(scores.shape[1])[labels]
    of_right = (p * right).sum(axis=1, keepdims=True)
    return -of_right.mean(), of_right * (p - right) / len(labels)


def _overflowing(loss):
    """exp of the scores as they are, in the loss and in its gradient."""

    def head(scores, labels):
        right = np.eye(scores.shape[1])[labels]
        with np.errstate(all="ignore"):
            e = np.exp(scores)
            p = e / e.sum(axis=1, keepdims=True)
            return loss(scores, e, p, labels).mean(), (p - right) / len(labels)

    return head


def _log_of_share(scores, e, p, labels):
    return -np.log(p[np.arange(len(labels)), labels])


def _log_of_sum(scores, e, p, labels):
    return np.log(e.sum(axis=1)) - scores[np.arange(len(labels)), labels]


def _average_pool_backward(dpooled):
    return np.repeat(np.repeat(dpooled / 4, 2, axis=2), 2, axis=3)


def _descend(name, parameter, gradient, rate, count):
    return parameter - rate * gradient


def _kept(kept):
    """The update leaves one parameter as it was."""
    return lambda name, p, gradient, rate, count: p if name == kept else p - rate * gradient


def _rectified(scores, labels):
    loss, dscores = _cross_entropy(np.maximum(scores, 0), labels)
    return loss, dscores * (scores > 0)


def _softmax_twice(scores, labels):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss, dp = _cross_entropy(p, labels)
    return loss, p * (dp - (dp * p).sum(axis=1, keepdims=True))


RELU_BEND = fast.relu, fast.relu_backward
NO_BEND = (lambda maps: maps), (lambda dout, maps: dout)
SIGMOID_BEND = (lambda maps: 1 / (1 + np.exp(-maps))), (lambda dout, maps: dout / (2 + np.exp(maps) + np.exp(-maps)))
TANH_BEND = np.tanh, (lambda dout, maps: dout * (1 - np.tanh(maps) ** 2))


def _step(head=_cross_entropy, update=_descend, bend=RELU_BEND, average=False, biases=1, last=False) -> Callable:
    """train_step with one knob turned; biases=0 leaves out c, last=True stretches the maps with the channels last."""

    def answer(x, labels, w, b, v, c, rate):
        maps = fast.conv2d(x, w, b, padding=1)
        hidden = bend[0](maps)
        pooled = _windows(hidden, (2, 2), (2, 2)).mean(axis=(4, 5)) if average else fast.max_pool2d(hidden, 2)
        stretched = np.moveaxis(pooled, 1, 3) if last else pooled
        loss, dscores = head(fast.linear(stretched, v, c * biases), labels)
        dstretched, dv, dc = fast.linear_backward(dscores, stretched, v)
        dpooled = np.moveaxis(dstretched, 3, 1) if last else dstretched
        dhidden = _average_pool_backward(dpooled) if average else fast.max_pool2d_backward(dpooled, hidden, 2)
        _, dw, db = fast.conv2d_backward(bend[1](dhidden, maps), x, w, padding=1)
        named = (("w", w, dw), ("b", b, db), ("v", v, dv), ("c", c, dc * biases))
        return loss, *(update(name, p, g, rate, len(x)) for name, p, g in named)

    return answer


def _loss_afterwards(x, labels, w, b, v, c, rate):
    _, *parameters = train_step(x, labels, w, b, v, c, rate)
    return train_step(x, labels, *parameters, rate)[0], *parameters


STEP_MISTAKES = (
    Misconception(
        "The step goes uphill: the gradient points to a larger loss, so subtract it.",
        TRAINING, _step(update=lambda name, p, g, rate, count: p + rate * g),
    ),
    Misconception(
        "The rate is left out: the step is rate times the gradient.",
        TRAINING, _step(update=lambda name, p, g, rate, count: p - g),
    ),
    Misconception(
        "The gradients come back; the parameters after the step are asked for.",
        TRAINING, _step(update=lambda name, p, g, rate, count: g),
    ),
    Misconception(
        "The gradient is divided by the number of images once more; the mean loss has done that.",
        TRAINING, _step(update=lambda name, p, g, rate, count: p - rate * g / count),
    ),
    *(
        Misconception(f"The {what} stay as they were; they learn, too.", TRAINING, _step(update=_kept(what[-1])))
        for what in ("filters w", "biases b", "weights v", "biases c")
    ),
    Misconception("ReLU is missing between convolution and pooling.", RELU, _step(bend=NO_BEND)),
    Misconception("A sigmoid stands between convolution and pooling; ReLU does.", RELU, _step(bend=SIGMOID_BEND)),
    Misconception("A tanh stands between convolution and pooling; ReLU does.", RELU, _step(bend=TANH_BEND)),
    Misconception(
        "ReLU stands after the linear layer; it stands between convolution and pooling.",
        RELU, _step(_rectified, bend=NO_BEND),
    ),
    Misconception("ReLU stands after the linear layer, too; scores may be negative.", RELU, _step(_rectified)),
    Misconception("The linear layer is without its biases c.", TRAINING, _step(biases=0)),
    Misconception(
        "The maps of an image are stretched with the channels last; v expects them first, map after map.",
        FLATTEN, _step(last=True),
    ),
    Misconception("Softmax is taken twice: the scores go into the loss as they are.", TWICE, _step(_softmax_twice)),
    Misconception(
        "The step goes along the gradient of the sum of the losses; the loss is their mean.",
        SOFTMAX, _step(update=lambda name, p, g, rate, count: p - rate * g * count),
    ),
    Misconception(
        "The loss is a sum over the images; it is their mean.", SOFTMAX, _step(_scaled(lambda N, M: N)),
    ),
    Misconception(
        "The loss is divided by images times classes; it is a mean over the images only.",
        SOFTMAX, _step(_scaled(lambda N, M: 1 / M)),
    ),
    Misconception(
        "The loss has the wrong sign: it is minus the logarithm of a probability.",
        SOFTMAX, lambda *given: (-train_step(*given)[0], *train_step(*given)[1:]),
    ),
    Misconception(
        "The loss has the wrong sign: it is minus the logarithm of a probability. So the step goes uphill as well.",
        SOFTMAX, _step(_scaled(lambda N, M: -1)),
    ),
    *(
        Misconception(
            "exp of a large score is infinite, and infinity over infinity is not a number. logsumexp does not "
            "overflow.", SOFTMAX, _step(_overflowing(loss)),
        )
        for loss in (_log_of_share, _log_of_sum)
    ),
    Misconception("The windows are averaged; max pooling takes their largest number.", MAX, _step(average=True)),
    Misconception(
        "Softmax runs along the images; it turns the scores of one image into probabilities, so dim=1.",
        SOFTMAX, _step(_down_the_batch),
    ),
    Misconception(
        "The loss is minus the probability of the right class; take its logarithm first.", SOFTMAX, _step(_without_log),
    ),
    Misconception(
        "The loss is measured after the step; the one before it is asked for.", TRAINING, _loss_afterwards,
    ),
)  # fmt: skip


def _batch(rng, N, C, K, M, H, W, rate, lift=0.0) -> Case:
    """A batch and a network of the sizes given; float64, so that no rounding moves a maximum or a sign.

    lift is added to all scores of a sample alike: it changes no probability, but exp of the scores overflows.
    """
    x, w, v = normal(rng, N, C, H, W), normal(rng, K, C, 3, 3), normal(rng, M, K * H * W // 4)
    arrays = (x, rng.integers(0, M, N), w, normal(rng, K), v, normal(rng, M) + lift)
    return Case((*arrays, rate), terms=2048)


def _batches(rng):
    return [_batch(rng, 4, 1, 2, 3, 4, 4, 0.5), _batch(rng, 3, 2, 3, 5, 4, 6, 0.125)]


def _batches_and_large_scores(rng):
    return [*_batches(rng), _batch(rng, 2, 1, 2, 4, 4, 4, 0.25, lift=1000.0)]


def _drawn_batches(rng, lifts=(0.0, 0.0, 0.0, 0.0)):
    cases = []
    for lift in lifts:
        N, C, K, M = (int(n) for n in rng.integers((2, 1, 1, 2), (9, 4, 6, 11)))
        H, W = (2 * int(n) for n in rng.integers(1, 5, 2))
        cases.append(_batch(rng, N, C, K, M, H, W, float(rng.choice([0.01, 0.1, 0.3])), lift))
    return cases


# --- the exercises ---------------------------------------------------------------------------------------------------

EXERCISES = [
    Exercise(
        name="gpu.zero_pad",
        section=PADDING,
        reference=zero_pad,
        groups=(
            Group(
                "the same all around", 3,
                _pad_cases((whole, (1, 1, 2, 2), 1), (normal, (2, 3, 3, 4), 2), (whole, (1, 2, 3, 3), 0)),
                _drawn_pads(False),
            ),
            Group(
                "height and width differ", 3,
                _pad_cases((whole, (1, 1, 2, 3), (1, 2)), (whole, (2, 2, 3, 2), (0, 3))), _drawn_pads(True),
            ),
        ),
        misconceptions=PAD_MISTAKES,
        engine="torch",
    ),
    Exercise(
        name="gpu.im2col",
        section=VECTORISED,
        reference=im2col,
        groups=(
            Group(
                "one channel", 5, _unfoldings(((1, 1, 3, 3), 2), ((1, 1, 5, 5), 3)),
                _drawn_unfoldings(planes=(1, 1), square=True, stride=(1, 1)),
            ),
            Group(
                "channels and images", 4, _unfoldings(((1, 3, 4, 4), 3), ((2, 3, 4, 4), 2)),
                _drawn_unfoldings(planes=(2, 4), square=True, stride=(1, 1)),
            ),
            Group(
                "stride", 3, _unfoldings(((1, 1, 5, 5), 3, 2), ((1, 2, 7, 7), 1, 3), ((1, 2, 6, 6), 2, 2)),
                _drawn_unfoldings(square=True, stride=(2, 4)),
            ),
            Group(
                "height and width differ", 4,
                lambda rng: [
                    *_unfoldings(((1, 1, 4, 5), 2), ((2, 2, 5, 6), (3, 2)), ((1, 2, 7, 7), 3, (2, 1)))(rng),
                    Case((normal(rng, 2, 2, 5, 7), (1, 3)), {"stride": (2, 4)}),
                ],
                _drawn_unfoldings(count=8),
            ),
            Group("does not fit", 2, _unfoldings(
                ((1, 1, 7, 7), 3, 3), ((1, 2, 5, 6), 2, (3, 3)), ((1, 2, 6, 5), 2, (3, 3)),
            ), _misfits),
        ),
        misconceptions=IM2COL_MISTAKES,
        engine="torch",
    ),
    Exercise(
        name="gpu.conv2d",
        section=VECTORISED,
        reference=fast.conv2d,
        groups=(
            Group(
                "one filter", 5,
                _convolutions(((1, 1, 3, 3), (1, 1, 2, 2), {}), ((1, 3, 5, 5), (1, 3, 3, 3), {})),
                _drawn_convolutions(images=(1, 1), filters=(1, 1), square=True, stride=(1, 1), padding=(0, 0)),
            ),
            Group(
                "filters and images", 4,
                _convolutions(((1, 2, 4, 4), (4, 2, 3, 3), {}), ((2, 3, 4, 4), (4, 3, 2, 2), {})),
                _drawn_convolutions(images=(2, 3), filters=(2, 4), square=True, stride=(1, 1), padding=(0, 0)),
            ),
            Group(
                "stride and padding", 4,
                _convolutions(
                    ((1, 2, 5, 5), (2, 2, 3, 3), {"stride": 2}),
                    ((1, 2, 5, 5), (2, 2, 3, 3), {"padding": 1}),
                    ((2, 1, 6, 6), (2, 1, 2, 2), {"stride": 2, "padding": 1}),
                ),
                _drawn_convolutions(square=True),
            ),
            Group(
                "height and width differ", 3,
                _convolutions(
                    ((1, 2, 4, 6), (2, 2, 3, 2), {}),
                    ((1, 1, 5, 5), (2, 1, 3, 3), {"stride": (2, 1)}),
                    ((2, 2, 4, 4), (3, 2, 3, 3), {"padding": (1, 2)}),
                    ((2, 2, 5, 4), (3, 2, 3, 1), {"stride": (2, 1), "padding": (1, 0)}),
                ),
                _drawn_convolutions(count=8),
            ),
            Group(
                "does not fit", 2,
                _convolutions(
                    ((1, 1, 7, 7), (1, 1, 3, 3), {"stride": 3}),
                    ((1, 2, 6, 5), (2, 2, 3, 3), {"stride": 2, "padding": (1, 1)}),
                    ((1, 1, 5, 6), (2, 1, 3, 3), {"stride": 2, "padding": 1}),
                ),
                _conv_misfits,
            ),
        ),
        misconceptions=CONV_MISTAKES,
        engine="torch",
    ),
    Exercise(
        name="gpu.col2im",
        section=BACKWARD,
        reference=col2im,
        groups=(
            Group(
                "side by side", 4, _foldings(((1, 1, 4, 4), 2, 2), ((1, 1, 3, 3), 1, 1), ((1, 1, 6, 6), 3, 3)),
                lambda rng: [
                    case
                    for f in (2, 3, 4)
                    for case in _drawn_unfoldings(planes=(1, 1), back=True, size=(f, f), stride=(f, f), count=2)(rng)
                ],
            ),
            Group(
                "overlap", 4, _foldings(((1, 1, 3, 3), 2), ((1, 1, 5, 5), 3, 2), ((1, 1, 4, 4), 3)),
                _drawn_unfoldings(planes=(1, 1), back=True, square=True, size=(2, 4), stride=(1, 1)),
            ),
            Group(
                "channels and images", 4, _foldings(((1, 3, 3, 3), 2), ((2, 2, 4, 4), 2, 2)),
                _drawn_unfoldings(planes=(2, 4), back=True, square=True),
            ),
            Group(
                "height and width differ", 4,
                _foldings(
                    ((1, 1, 4, 5), 2), ((2, 2, 5, 6), (3, 2)), ((1, 2, 5, 5), (3, 1), (1, 4)),
                    ((1, 2, 7, 7), 3, (2, 1)),
                ),
                _drawn_unfoldings(back=True, count=8),
            ),
        ),
        misconceptions=COL2IM_MISTAKES,
        engine="torch",
    ),
    Exercise(
        name="gpu.conv2d_backward",
        section=BACKWARD,
        reference=fast.conv2d_backward,
        parts=("dx", "dw", "db"),
        groups=tuple(
            Group(f"{part}, {what}", points[i], public, hidden, part=i)
            for what, points, public, hidden in (
                (
                    "one image", (3, 3, 2),
                    _convolutions(((1, 1, 3, 3), (1, 1, 2, 2), {}), ((1, 2, 4, 5), (3, 2, 3, 2), {}), dout=True),
                    _drawn_convolutions(True, images=(1, 1), stride=(1, 1), padding=(0, 0)),
                ),
                (
                    "a batch, stride, padding", (4, 3, 1),
                    _convolutions(
                        ((3, 1, 3, 3), (2, 1, 2, 2), {}),
                        ((2, 2, 5, 5), (3, 2, 3, 3), {"stride": 2, "padding": 1}),
                        ((2, 3, 4, 3), (2, 3, 2, 3), {"stride": (2, 1), "padding": (0, 1)}),
                        dout=True,
                    ),
                    _drawn_convolutions(True, images=(2, 4), count=8),
                ),
            )
            for i, part in enumerate(("dx", "dw", "db"))
        ),
        misconceptions=BACKWARD_MISTAKES,
        engine="torch",
    ),
    Exercise(
        name="gpu.max_pool2d",
        section=MAX,
        reference=fast.max_pool2d,
        groups=(
            Group(
                "basic", 3, _poolings(((1, 1, 4, 4), 2), ((1, 1, 6, 6), 3)),
                _drawn_poolings(planes=(1, 1), side_by_side=True, size=(2, 4)),
            ),
            Group(
                "negative numbers", 2, _poolings(((1, 1, 4, 4), 2), ((1, 1, 4, 4), 4), numbers=_negative),
                _drawn_poolings(_negative, planes=(1, 1), side_by_side=True),
            ),
            Group(
                "channels and images", 2, _poolings(((2, 3, 4, 4), 2)),
                _drawn_poolings(planes=(2, 4), square=True, stride=(2, 2)),
            ),
            Group(
                "stride, height and width", 2,
                _poolings(
                    ((1, 2, 5, 5), 3, 2), ((2, 1, 5, 6), (2, 3), (3, 1)), ((1, 2, 4, 6), (2, 3)),
                    ((1, 1, 7, 7), 3, (2, 4)),
                ),
                lambda rng: [*_drawn_poolings()(rng), *_drawn_poolings(output=(2, 4))(rng)],
            ),
            Group("does not fit", 1, _poolings(
                ((1, 1, 5, 5), 2), ((1, 2, 6, 7), 3, 2), ((1, 2, 7, 6), 3, 2),
            ), _misfits),
        ),
        misconceptions=POOL_MISTAKES,
        engine="torch",
    ),
    Exercise(
        name="gpu.train_step",
        section=TRAINING,
        reference=train_step,
        parts=("loss", "w", "b", "v", "c"),
        groups=tuple(
            Group(says, points, public, hidden, part=i)
            for i, (says, points, public, hidden) in enumerate((
                ("the loss", 4, _batches_and_large_scores, lambda rng: _drawn_batches(rng, (0.0, 0.0, 0.0, 1000.0))),
                ("filters w", 3, _batches, _drawn_batches),
                ("biases b", 3, _batches, _drawn_batches),
                ("weights v", 3, _batches, _drawn_batches),
                ("biases c", 3, _batches, _drawn_batches),
            ))
        ),
        misconceptions=STEP_MISTAKES,
        engine="torch",
    ),
]  # fmt: skip
