"""The layers of the `lenet` assignment: vectorised, at stride 1 and without padding, checked once more in brief."""

import numpy as np

from ..layers import fast
from .cases import distinct, normal, whole
from .exercise import Case, Exercise, Group, Misconception

DTYPES = (np.float32, np.float64)
VECTORISED, CONV_BACK, SIZES = "conv.html#conv-vectorised", "conv.html#conv-backward", "conv.html#conv-sizes"
DOT, PARAMETERS, CROSS = "conv.html#conv-dot-product", "conv.html#conv-parameters", "conv.html#conv-cross-correlation"
MANY = "conv.html#conv-many-filters"
POOL, AVERAGE, POOL_BACK = "pool.html#pool-max", "pool.html#pool-average", "pool.html#pool-backward"
STRETCH, LINEAR, RELU = "fc.html#fc-stretch", "fc.html#fc-everything", "fc.html#fc-relu"
SOFTMAX, FC_BACK = "fc.html#fc-softmax", "fc.html#fc-backward"
SOFTMAX_AXIS, STABLE = "fc.html#fc-softmax-axis", "fc.html#fc-stable"


def mistakes(*rows):
    """(says, section, answer) rows -> Misconceptions."""
    return tuple(Misconception(*row) for row in rows)


# --- the layers ------------------------------------------------------------------------------------------------------


def im2col(x, fh, fw):
    """Every window of every image as a row, stretched as a filter is."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))  # (N, C, H2, W2, fh, fw)
    N, C, H2, W2 = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(N, H2 * W2, C * fh * fw)


def _image_sizes(rng, count=5):
    """(N, C, H, W, K, FH, FW), height and width unlike."""
    for _ in range(count):
        n, c, k = (int(v) for v in rng.integers(1, 5, 3))
        fh, fw = (int(v) for v in rng.integers(1, 5, 2))
        yield n, c, fh + int(rng.integers(0, 7)), fw + int(rng.integers(0, 7)), k, fh, fw


def _columns_case(n, c, height, width, fh, fw):
    x = np.arange(1.0, n * c * height * width + 1).reshape(n, c, height, width)
    return Case((x, fh, fw))


def _columns_drawn(rng):
    return [
        Case((normal(rng, n, c, height, width, dtype=DTYPES[i % 2]), fh, fw))
        for i, (n, c, height, width, _, fh, fw) in enumerate(_image_sizes(rng))
    ]


def _reordered(order):
    """im2col with the axes (N, C, H2, W2, fh, fw) of the windows in another order."""

    def answer(x, fh, fw):
        windows = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))
        N, C, H2, W2 = windows.shape[:4]
        return windows.transpose(order).reshape(N, H2 * W2, C * fh * fw)

    return answer


def _without_last_places(x, fh, fw):
    """H - fh places in place of H - fh + 1, on both axes."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, :-1, :-1]
    N, C, H2, W2 = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(N, H2 * W2, C * fh * fw)


def _side_by_side(x, fh, fw):
    windows = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::fh, ::fw]
    N, C, H2, W2 = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(N, H2 * W2, C * fh * fw)


NOT_TURNED = (
    "The array has the right size, but its numbers are in the order they had before: reshape does not turn axes, "
    "transpose does."
)
IM2COL = Exercise(
    "lenet.im2col", VECTORISED, im2col,
    (
        Group("one channel", 2, lambda rng: [_columns_case(1, 1, 3, 4, 2, 2), _columns_case(1, 1, 4, 4, 2, 3)],
              lambda rng: [Case((normal(rng, 1, 1, 6, 9), 3, 2)),
                           Case((normal(rng, 1, 1, 5, 5, dtype=np.float32), 5, 1))]),
        Group("several channels", 2, lambda rng: [_columns_case(1, 3, 3, 4, 2, 2)], _columns_drawn),
        Group("several images", 2, lambda rng: [_columns_case(2, 2, 3, 5, 2, 3)], _columns_drawn),
    ),
    misconceptions=mistakes(
        ("The channels vary fastest in a row. A filter is stretched channel by channel, so a window has to be, too: "
         "all numbers of channel 0 first.", VECTORISED, _reordered((0, 2, 3, 4, 5, 1))),
        ("The windows come column by column. Row after row of places is asked for, as reshape will lay them out.",
         VECTORISED, _reordered((0, 3, 2, 1, 4, 5))),
        ("The numbers inside a window come column by column; a filter is stretched row by row.",
         VECTORISED, _reordered((0, 2, 3, 1, 5, 4))),
        (NOT_TURNED, VECTORISED, _reordered((0, 1, 2, 3, 4, 5))),
        (NOT_TURNED, VECTORISED, _reordered((0, 1, 4, 5, 2, 3))),
        (NOT_TURNED, VECTORISED, _reordered((0, 4, 5, 1, 2, 3))),
        ("The rows of all images stand in one matrix. Each image is asked for by itself, (N, places, numbers).",
         VECTORISED, lambda x, fh, fw: np.concatenate(im2col(x, fh, fw))),
        ("The windows are right, but not stretched into rows, or their places have two axes. Three axes are asked for.",
         VECTORISED, lambda x, fh, fw: im2col(x, fh, fw).reshape(len(x), -1, x.shape[1], fh, fw)),
        ("The windows are right, but not stretched into rows, or their places have two axes. Three axes are asked for.",
         VECTORISED,
         lambda x, fh, fw: im2col(x, fh, fw).reshape(len(x), x.shape[2] - fh + 1, x.shape[3] - fw + 1, -1)),
        ("Every row comes from the first channel alone. A filter extends through all of them.",
         DOT, lambda x, fh, fw: im2col(x[:, :1], fh, fw)),
        ("Rows and columns are swapped: each window is asked for as a row, here it is a column.",
         VECTORISED, lambda x, fh, fw: im2col(x, fh, fw).swapaxes(1, 2)),
        ("The windows lie side by side. At stride 1 the next window begins one pixel further.",
         VECTORISED, _side_by_side),
        ("The last window of each row and column is left out: there are H - fh + 1 places, not H - fh.",
         SIZES, _without_last_places),
        ("Height and width of the window are swapped.", SIZES, lambda x, fh, fw: im2col(x, fw, fh)),
    ),
)  # fmt: skip


def _conv_case(rng, n, c, height, width, k, fh, fw, draw=normal, dtype=np.float64):
    arrays = (draw(rng, n, c, height, width), draw(rng, k, c, fh, fw), draw(rng, k))
    return Case(tuple(a.astype(dtype) for a in arrays), terms=c * fh * fw + 1)


def _conv_backward_case(*args, **kwargs):
    rng, n, _, height, width, k, fh, fw = args
    x, w, _ = (case := _conv_case(*args, **kwargs)).args
    dout = kwargs.get("draw", normal)(rng, n, k, height - fh + 1, width - fw + 1).astype(x.dtype)
    return Case((dout, x, w), terms=n * dout.shape[2] * dout.shape[3] + k * fh * fw + case.terms)


def _conv_drawn(make):
    return lambda rng: [make(rng, *sizes, dtype=DTYPES[i % 2]) for i, sizes in enumerate(_image_sizes(rng))]


def _scrambled(x, w, b):
    """The product (N, places, filters) reshaped as if it were (N, filters, places)."""
    N, K = len(x), len(w)
    out = im2col(x, *w.shape[2:]) @ w.reshape(K, -1).T + b
    return out.reshape(N, K, x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1)


def _bias_a_channel(x, w, b):
    return fast.conv2d(x, w, b * x.shape[1])


def _shrunk(*sizes):
    """conv2d_backward with each gradient divided by sizes that its arguments give: (dx, dw, db)."""

    def answer(dout, x, w):
        grads = fast.conv2d_backward(dout, x, w)
        return tuple(g / d for g, d in zip(grads, (divisor(dout) for divisor in sizes), strict=True))

    return answer


def _one(dout):
    return 1


def backward_through_flipped(dout, x, w):
    """dx found with the filters as they are, where they should be turned by 180 degrees."""
    return fast.conv2d_backward(dout, x, w[:, :, ::-1, ::-1])[0], *fast.conv2d_backward(dout, x, w)[1:]


def _overwritten(dout, x, w):
    """dx where windows overlap: the last window wins."""
    _, dw, db = fast.conv2d_backward(dout, x, w)
    dx = np.zeros_like(x)
    for i, j in np.ndindex(dout.shape[2:]):
        dx[:, :, i : i + w.shape[2], j : j + w.shape[3]] = np.einsum("nk,kcpq->ncpq", dout[:, :, i, j], w)
    return dx, dw, db


def _overwritten_by_offset(dout, x, w):
    """dx with = in place of += in a loop over the positions inside of the filter."""
    _, dw, db = fast.conv2d_backward(dout, x, w)
    dx, (H2, W2) = np.zeros_like(x), dout.shape[2:]
    for p, q in np.ndindex(w.shape[2:]):
        dx[:, :, p : p + H2, q : q + W2] = np.einsum("nkij,kc->ncij", dout, w[:, :, p, q])
    return dx, dw, db


def _overwritten_by_all(dout, x, w):
    """The same in loops over images, filters and places."""
    _, dw, db = fast.conv2d_backward(dout, x, w)
    dx = np.zeros_like(x)
    for n, k, i, j in np.ndindex(dout.shape):
        dx[n, :, i : i + w.shape[2], j : j + w.shape[3]] = dout[n, k, i, j] * w[k]
    return dx, dw, db


def _last_place(dout, x, w):
    """dw where a place overwrites the one before it."""
    dx, _, db = fast.conv2d_backward(dout, x, w)
    return dx, np.einsum("nk,ncpq->kcpq", dout[:, :, -1, -1], x[:, :, -w.shape[2] :, -w.shape[3] :]), db


def _last_number(dout, x, w):
    """The same in loops over the images, too."""
    dx, _, db = fast.conv2d_backward(dout, x, w)
    return dx, np.einsum("k,cpq->kcpq", dout[-1, :, -1, -1], x[-1, :, -w.shape[2] :, -w.shape[3] :]), db


def reordered(backward, order):
    """The right gradients in another order."""
    return lambda *given: tuple(backward(*given)[i] for i in order)


SOME_PLACES = ((0, 1, 2), (0, 1), (1, 2), (0, 2), (0,), (1,), (2,))


def ignoring(backward, places):
    """The gradients at `places` as if every number of dout were 1."""

    def answer(dout, *given):
        right, wrong = backward(dout, *given), backward(np.ones_like(dout), *given)
        return tuple(wrong[i] if i in places else right[i] for i in range(3))

    return answer


def with_db(backward, db):
    """Another db, made from dout."""
    return lambda dout, *given: (*backward(dout, *given)[:2], db(dout))


def _last_image(*places):
    def answer(dout, x, w):
        every, last = fast.conv2d_backward(dout, x, w), fast.conv2d_backward(dout[-1:], x[-1:], w)
        return tuple(last[i] if i in places else every[i] for i in range(3))

    return answer


def _scrambled_back(dout, x, w):
    """dout (N, K, H2, W2) reshaped to (N, places, filters) without turning the axes."""
    N, K, H2, W2 = dout.shape
    mixed = dout.reshape(N, H2 * W2, K).swapaxes(1, 2).reshape(dout.shape)
    return *fast.conv2d_backward(mixed, x, w)[:2], dout.sum(axis=(0, 2, 3))


FLIPPED = (
    "The filter is turned by 180 degrees: that is convolution as mathematicians define it. In deep learning the filter "
    "is laid on as it is."
)
CONV = Exercise(
    "lenet.conv2d", VECTORISED, fast.conv2d,
    (
        Group("one image", 2,
              lambda rng: [_conv_case(rng, 1, 1, 4, 5, 1, 3, 2, whole), _conv_case(rng, 1, 3, 4, 4, 2, 2, 2)],
              lambda rng: [_conv_case(rng, 1, 2, 9, 7, 4, 3, 5),
                           _conv_case(rng, 1, 1, 6, 6, 3, 6, 6, dtype=np.float32)]),
        Group("a batch", 3, lambda rng: [_conv_case(rng, 3, 2, 4, 5, 4, 2, 3)], _conv_drawn(_conv_case)),
    ),
    misconceptions=mistakes(
        (FLIPPED, CROSS, lambda x, w, b: fast.conv2d(x, w[:, :, ::-1, ::-1], b)),
        ("The bias is left out.", DOT, lambda x, w, b: fast.conv2d(x, w)),
        ("The bias is added once for every channel; each dot product has one bias.", DOT, _bias_a_channel),
        ("The bias is subtracted.", DOT, lambda x, w, b: fast.conv2d(x, w, -b)),
        ("Every map gets the sum of all biases. Each filter has its own.",
         MANY, lambda x, w, b: fast.conv2d(x, w, np.full_like(b, b.sum()))),
        ("Every map gets the bias of the first filter. Each filter has its own.",
         MANY, lambda x, w, b: fast.conv2d(x, w, np.full_like(b, b[0]))),
        ("Every map comes from the first filter.",
         MANY, lambda x, w, b: fast.conv2d(x, np.repeat(w[:1], len(w), axis=0), b)),
        ("The products are averaged; the dot product adds them up.",
         DOT, lambda x, w, b: fast.conv2d(x, w / w[0].size, b)),
        ("The filters are stretched into columns by a reshape, which does not turn axes: their weights are mixed.",
         VECTORISED, lambda x, w, b: fast.conv2d(x, w.reshape(-1, len(w)).T.reshape(w.shape), b)),
        ("The maps come last in the result; the axes are N, K, H2, W2.",
         VECTORISED, lambda x, w, b: np.moveaxis(fast.conv2d(x, w, b), 1, 3)),
        ("The places are left in one row; the maps have two axes of their own, H2 and W2.",
         VECTORISED, lambda x, w, b: fast.conv2d(x, w, b).reshape(len(x), len(w), -1)),
        ("The places are left in one row, and the maps come last; the axes are N, K, H2, W2.",
         VECTORISED, lambda x, w, b: np.moveaxis(fast.conv2d(x, w, b), 1, 3).reshape(len(x), -1, len(w))),
        ("Height and width have changed places in the result.",
         SIZES, lambda x, w, b: fast.conv2d(x, w, b).swapaxes(2, 3)),
        ("Only the last channel counts: each overwrites the one before it. The dot product adds them up.",
         DOT, lambda x, w, b: fast.conv2d(x[:, -1:], w[:, -1:], b)),
        ("Only the first channel counts. A filter extends through the full depth of its input.",
         DOT, lambda x, w, b: fast.conv2d(x[:, :1], w[:, :1], b)),
        ("The channels are averaged; the dot product adds them up.",
         DOT, lambda x, w, b: fast.conv2d(x, w / x.shape[1], b)),
        ("The product of windows and filters has the filters on its last axis; reshape alone leaves them there and "
         "mixes places with maps. The axes have to be turned first.", VECTORISED, _scrambled),
    ),
)  # fmt: skip

_BACK = (
    lambda rng: [_conv_backward_case(rng, 1, 1, 3, 4, 1, 2, 2, draw=whole),
                 _conv_backward_case(rng, 2, 2, 4, 5, 3, 2, 3), _conv_backward_case(rng, 3, 1, 3, 3, 2, 3, 2)],
    _conv_drawn(_conv_backward_case),
)  # fmt: skip
OVERLAP = (
    "Where windows overlap, the last one overwrites the gradients of the others. A pixel acts through all its windows, "
    "and their gradients add up."
)
ORDER = "The gradients come in another order: it is dx, dw, db."
ORDERS = ((1, 0, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1), (2, 1, 0))
DB_AXES = (
    "db is summed over the wrong axes: each bias touches all the numbers of its own filter or unit, in every image."
)
IGNORED = "The upstream gradient dout is ignored, as if every number of it were 1."
IMAGES_OVERWRITTEN = (
    "Only the last image of the batch counts: each image's gradient overwrites the one before. Add them up."
)
IMAGES_AVERAGED = "The gradient is divided by the number of images. That division belongs to the loss, once."
CONV_BACKWARD = Exercise(
    "lenet.conv2d_backward", CONV_BACK, fast.conv2d_backward,
    (
        Group("gradient w.r.t. x", 4, *_BACK, part=0),
        Group("gradient w.r.t. w", 3, *_BACK, part=1),
        Group("gradient w.r.t. b", 1, *_BACK, part=2),
    ),
    parts=("dx", "dw", "db"),
    misconceptions=mistakes(
        ("Each pixel gets back the weights of the opposite corner of the filter: on the way back the filter has to lie "
         "the other way round.", CONV_BACK, backward_through_flipped),
        (OVERLAP, CONV_BACK, _overwritten),
        (OVERLAP, CONV_BACK, _overwritten_by_offset),
        (OVERLAP, CONV_BACK, _overwritten_by_all),
        ("Only the last place counts in dw: each overwrites the one before it. A filter is used at every place.",
         CONV_BACK, _last_place),
        ("Only the last place counts in dw: each overwrites the one before it. A filter is used at every place.",
         CONV_BACK, _last_number),
        ("dw is found as columns, and a reshape makes its shape right but does not turn its axes.", VECTORISED,
         lambda dout, x, w: (lambda dx, dw, db: (dx, dw.reshape(len(w), -1).T.reshape(w.shape), db))(
             *fast.conv2d_backward(dout, x, w))),
        *((ORDER, CONV_BACK, reordered(fast.conv2d_backward, order)) for order in ORDERS),
        *((DB_AXES, CONV_BACK, with_db(fast.conv2d_backward, lambda d, axes=axes: d.sum(axis=axes)))
          for axes in (0, (2, 3), (0, 1), (1, 2, 3), (0, 1, 2), (0, 1, 3), None)),
        ("The gradients are added onto the image. dx begins at zeros; x itself is no part of it.", CONV_BACK,
         lambda dout, x, w: (lambda dx, dw, db: (dx + x, dw, db))(*fast.conv2d_backward(dout, x, w))),
        (IMAGES_OVERWRITTEN, CONV_BACK, _last_image(1)),
        (IMAGES_OVERWRITTEN, CONV_BACK, _last_image(1, 2)),
        (IMAGES_OVERWRITTEN, CONV_BACK, _last_image(2)),
        (IMAGES_AVERAGED, CONV_BACK, _shrunk(_one, len, len)),
        (IMAGES_AVERAGED, CONV_BACK, _shrunk(_one, len, _one)),
        (IMAGES_AVERAGED, CONV_BACK, _shrunk(_one, _one, len)),
        (IMAGES_AVERAGED, CONV_BACK, _shrunk(len, len, len)),
        ("The gradient of the bias is averaged over places and images; it is their sum.",
         CONV_BACK, _shrunk(_one, _one, lambda dout: dout[:, 0].size)),
        *((IGNORED, CONV_BACK, ignoring(fast.conv2d_backward, places)) for places in SOME_PLACES),
        ("dout is (N, K, H2, W2), and reshape alone mixes its maps with its places. Turn the axes first, so that the "
         "filters come last.", VECTORISED, _scrambled_back),
        ("The gradient of the filters is turned by 180 degrees.", CROSS,
         lambda dout, x, w: (lambda dx, dw, db: (dx, dw[:, :, ::-1, ::-1], db))(*fast.conv2d_backward(dout, x, w))),
    ),
)  # fmt: skip


def _pool_case(rng, n, c, h2, w2, size=2, draw=distinct, dtype=np.float64):
    return Case((draw(rng, n, c, h2 * size, w2 * size).astype(dtype), size))


def _pool_backward_case(rng, n, c, h2, w2, size=2, dtype=np.float64):
    dout = normal(rng, n, c, h2, w2, dtype=dtype)
    return Case((dout, distinct(rng, n, c, h2 * size, w2 * size, dtype=dtype), size))


def _pool_drawn(make):
    def draw(rng):
        sizes = rng.integers(1, 6, (5, 4))
        return [make(rng, *map(int, s), size=2 + i % 2, dtype=DTYPES[i % 2]) for i, s in enumerate(sizes)]

    return draw


def _blocks(x, size):
    """(N, C, H2, W2, size*size): the numbers of each window on the last axis."""
    N, C, H, W = x.shape
    split = x.reshape(N, C, H // size, size, W // size, size)
    return split.transpose(0, 1, 2, 4, 3, 5).reshape(N, C, H // size, W // size, size * size)


def _unblocks(blocks, size):
    N, C, H2, W2, _ = blocks.shape
    split = blocks.reshape(N, C, H2, W2, size, size).transpose(0, 1, 2, 4, 3, 5)
    return split.reshape(N, C, H2 * size, W2 * size)


def spread_as(share):
    """A pooling backward that hands dout * share(window) to each number of the window."""

    def answer(dout, x, size):
        blocks = _blocks(x, size)
        return _unblocks(dout[..., None] * share(blocks), size)

    return answer


def _stuck(blocks):
    share = np.zeros_like(blocks)
    share[..., 0] = 1
    return share


def _smallest(blocks):
    return (blocks == blocks.min(axis=-1, keepdims=True)).astype(blocks.dtype)


def _split(x, size):
    """(N, C, H // size, size, W // size, size): each window on the axes 3 and 5."""
    N, C, H, W = x.shape
    return x.reshape(N, C, H // size, size, W // size, size)


def _pool_overlapping(x, size):
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3)).max(axis=(4, 5))


def _pool_far_apart(x, size):
    """The two halves of each split axis changed places."""
    N, C, H, W = x.shape
    return x.reshape(N, C, size, H // size, size, W // size).max(axis=(2, 4))


def _to_corner(dout, x, size):
    """The place inside of the window taken for a place in the map."""
    places, dx = _blocks(x, size).argmax(axis=-1), np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, places[n, c, i, j] // size, places[n, c, i, j] % size] += dout[n, c, i, j]
    return dx


def _to_corner_overwriting(dout, x, size):
    places, dx = _blocks(x, size).argmax(axis=-1), np.zeros_like(x)
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, places[n, c, i, j] // size, places[n, c, i, j] % size] = dout[n, c, i, j]
    return dx


POOL_FORWARD = Exercise(
    "lenet.max_pool2d", POOL, fast.max_pool2d,
    (
        Group("windows side by side", 2,
              lambda rng: [_pool_case(rng, 1, 1, 2, 3), _pool_case(rng, 2, 3, 2, 2, draw=normal),
                           Case((-1 - np.arange(16.0).reshape(1, 1, 4, 4), 2)), _pool_case(rng, 1, 2, 2, 1, 3)],
              _pool_drawn(_pool_case)),
    ),
    misconceptions=mistakes(
        ("This is the mean of each window; its largest number is asked for.",
         AVERAGE, lambda x, size: fast.avg_pool2d(x, size)),
        ("This is the smallest number of each window.", POOL, lambda x, size: -fast.max_pool2d(-x, size)),
        ("The comparison begins at 0, so a window of negative numbers comes out as 0.",
         POOL, lambda x, size: np.maximum(fast.max_pool2d(x, size), 0)),
        ("The windows overlap: they move by one pixel. Here the next window begins where the last one ends.",
         "pool.html#pool-stride-one", _pool_overlapping),
        ("The numbers of a window do not lie side by side: in the reshape, the axes of the windows and of the places "
         "inside of a window have changed places.", POOL, _pool_far_apart),
        ("Only the first row of the windows counts: one of the two axes of a window is left out.", POOL,
         lambda x, size: _split(x, size)[:, :, :, 0].max(axis=-1)),
        ("Only one axis is pooled; a window has height and width.", "pool.html#pool-rows-and-columns",
         lambda x, size: _split(x, size).max(axis=3).reshape(*x.shape[:2], -1, x.shape[3])),
        ("Only one axis is pooled; a window has height and width.", "pool.html#pool-rows-and-columns",
         lambda x, size: _split(x, size).max(axis=5).reshape(*x.shape[:3], -1)),
        ("What comes back is the place of the largest number in its window, not the number.",
         POOL, lambda x, size: _blocks(x, size).argmax(axis=-1)),
        ("The numbers of each window are added up; its largest number is asked for.",
         POOL, lambda x, size: fast.avg_pool2d(x, size) * size**2),
        ("This is the first number of each window; pixels are dropped without a look at them.",
         POOL, lambda x, size: x[:, :, ::size, ::size]),
        ("The numbers are compared by their size without the sign.",
         POOL, lambda x, size: fast.max_pool2d(np.abs(x), size)),
        ("The maximum is taken over the channels as well. Each activation map is pooled on its own.",
         "pool.html#pool-channels",
         lambda x, size: np.repeat(fast.max_pool2d(x, size).max(1, keepdims=True), x.shape[1], axis=1)),
        ("The window is fixed to 2x2; use the argument.", POOL, lambda x, size: fast.max_pool2d(x, 2)),
    ),
)  # fmt: skip

IN_WINDOW = (
    "The place of the largest number inside of its window is taken for its place in the whole map: everything lands in "
    "the upper left corner."
)
POOL_BACKWARD = Exercise(
    "lenet.max_pool2d_backward", POOL_BACK, fast.max_pool2d_backward,
    (
        Group("windows side by side", 4,
              lambda rng: [_pool_backward_case(rng, 1, 1, 1, 2), _pool_backward_case(rng, 2, 3, 2, 3),
                           _pool_backward_case(rng, 1, 2, 2, 1, 3)],
              _pool_drawn(_pool_backward_case)),
    ),
    misconceptions=mistakes(
        ("The gradient is shared equally by the whole window. That is average pooling; here one number won, and only "
         "that one acts.", POOL_BACK, spread_as(lambda blocks: np.full_like(blocks, 1 / blocks.shape[-1]))),
        ("Every number of the window gets the whole gradient; only the largest one acts on the output.",
         POOL_BACK, spread_as(np.ones_like)),
        ("The gradient always goes to the first number of the window, whichever is the largest.",
         POOL_BACK, spread_as(_stuck)),
        ("The gradient goes to the smallest number of the window.", POOL_BACK, spread_as(_smallest)),
        (IN_WINDOW, POOL_BACK, _to_corner),
        (IN_WINDOW, POOL_BACK, _to_corner_overwriting),
        ("The gradient is multiplied by the pooled numbers.",
         POOL_BACK, lambda dout, x, size: fast.max_pool2d_backward(dout * fast.max_pool2d(x, size), x, size)),
        ("What comes back is the largest numbers themselves, not the gradient they get.",
         POOL_BACK, lambda dout, x, size: fast.max_pool2d_backward(fast.max_pool2d(x, size), x, size)),
        ("The upstream gradient dout is ignored, as if every number of it were 1.",
         POOL_BACK, lambda dout, x, size: fast.max_pool2d_backward(np.ones_like(dout), x, size)),
    ),
)  # fmt: skip


def _linear_case(rng, shape, m, dtype=np.float64):
    x, terms = normal(rng, *shape, dtype=dtype), int(np.prod(shape[1:]))
    return Case((x, normal(rng, m, terms, dtype=dtype), normal(rng, m, dtype=dtype)), terms=terms + 1)


def _linear_backward_case(rng, shape, m, dtype=np.float64):
    x, w, _ = _linear_case(rng, shape, m, dtype).args
    return Case((normal(rng, shape[0], m, dtype=dtype), x, w), terms=shape[0] + m)


def _linear_public(make):
    return lambda rng: [make(rng, (1, 3), 2), make(rng, (3, 4), 4), make(rng, (2, 3, 2, 2), 5)]


def _linear_drawn(make):
    def draw(rng):
        sizes = [tuple(int(v) for v in rng.integers(1, 7, rank)) for rank in (2, 2, 4, 4, 3)]
        return [make(rng, s, int(rng.integers(1, 9)), DTYPES[i % 2]) for i, s in enumerate(sizes)]

    return draw


def channels_last(x):
    """Images with their channels on the last axis; anything else as it is."""
    return x.transpose(0, 2, 3, 1) if x.ndim == 4 else x


def rows(x):
    return x.reshape(len(x), -1)


LINEAR_FORWARD = Exercise(
    "lenet.linear", LINEAR, fast.linear,
    (Group("scores", 2, _linear_public(_linear_case), _linear_drawn(_linear_case)),),
    misconceptions=mistakes(
        ("The bias is left out.", LINEAR, lambda x, w, b: fast.linear(x, w)),
        ("The bias is subtracted.", LINEAR, lambda x, w, b: fast.linear(x, w, -b)),
        ("The images are stretched with their channels last. Stretched as they lie, channel 0 comes first as a whole.",
         STRETCH, lambda x, w, b: fast.linear(np.ascontiguousarray(channels_last(x)), w, b)),
        ("The images are stretched column by column; row by row is the order of reshape.",
         STRETCH, lambda x, w, b: fast.linear(x.reshape((len(x), -1), order="F"), w, b)),
        ("The scores lie on their side: they are asked for as (N, M), a row for each image.",
         LINEAR, lambda x, w, b: fast.linear(x, w, b).T),
        ("Negative scores have become 0, as in a ReLU; that is a layer of its own.",
         RELU, lambda x, w, b: fast.relu(fast.linear(x, w, b))),
        ("Every score gets the sum of all biases; each unit has its own.",
         LINEAR, lambda x, w, b: fast.linear(x, w) + b.sum()),
        ("Images are not stretched: only an x of two axes works.", STRETCH, lambda x, w, b: x @ w.T + b),
    ),
)  # fmt: skip


def _linear_shrunk(*places):
    def answer(dout, x, w):
        grads = fast.linear_backward(dout, x, w)
        return tuple(g / len(x) if i in places else g for i, g in enumerate(grads))

    return answer


def _linear_last(*places):
    def answer(dout, x, w):
        every, last = fast.linear_backward(dout, x, w), fast.linear_backward(dout[-1:], x[-1:], w)
        return tuple(last[i] if i in places else every[i] for i in range(3))

    return answer


_LINEAR_BACK = (_linear_public(_linear_backward_case), _linear_drawn(_linear_backward_case))
LINEAR_BACKWARD = Exercise(
    "lenet.linear_backward", FC_BACK, fast.linear_backward,
    (
        Group("gradient w.r.t. x", 1, *_LINEAR_BACK, part=0),
        Group("gradient w.r.t. w", 1, *_LINEAR_BACK, part=1),
        Group("gradient w.r.t. b", 1, *_LINEAR_BACK, part=2),
    ),
    parts=("dx", "dw", "db"),
    misconceptions=mistakes(
        (IMAGES_AVERAGED, FC_BACK, _linear_shrunk(1, 2)),
        (IMAGES_AVERAGED, FC_BACK, _linear_shrunk(1)),
        (IMAGES_AVERAGED, FC_BACK, _linear_shrunk(2)),
        (IMAGES_AVERAGED, FC_BACK, _linear_shrunk(0, 1, 2)),
        ("dx comes back stretched; it should have the shape that x had.",
         FC_BACK, lambda dout, x, w: (dout @ w, *fast.linear_backward(dout, x, w)[1:])),
        ("dx is found with images as columns, and a reshape makes its shape right but does not turn its axes.", FC_BACK,
         lambda dout, x, w: (np.ascontiguousarray((dout @ w).T).reshape(x.shape),
                             *fast.linear_backward(dout, x, w)[1:])),
        ("Rows and columns of dw are swapped: it has the shape of w.", FC_BACK,
         lambda dout, x, w: (lambda dx, dw, db: (dx, dw.T, db))(*fast.linear_backward(dout, x, w))),
        *((IGNORED, FC_BACK, ignoring(fast.linear_backward, places)) for places in SOME_PLACES),
        *((ORDER, FC_BACK, reordered(fast.linear_backward, order)) for order in ORDERS),
        (DB_AXES, FC_BACK, with_db(fast.linear_backward, lambda dout: dout.sum(axis=1))),
        (DB_AXES, FC_BACK, with_db(fast.linear_backward, lambda dout: dout.sum())),
        (DB_AXES, FC_BACK, with_db(fast.linear_backward, lambda dout: dout)),
        ("db is summed rightly, but has an axis of length 1 left; (M,) is asked for.",
         FC_BACK, with_db(fast.linear_backward, lambda dout: dout.sum(axis=0, keepdims=True))),
        (IMAGES_OVERWRITTEN, FC_BACK, _linear_last(1)),
        (IMAGES_OVERWRITTEN, FC_BACK, _linear_last(2)),
        (IMAGES_OVERWRITTEN, FC_BACK, _linear_last(1, 2)),
    ),
)  # fmt: skip


def _away_from_zero(rng, *shape, dtype=np.float64):
    x = normal(rng, *shape)
    return (x + 0.1 * np.sign(x)).astype(dtype)


RELU_SHAPES = ((2, 3), (5,), (2, 2, 3, 4))
RELU_FORWARD = Exercise(
    "lenet.relu", RELU, fast.relu,
    (
        Group("all numbers", 1, lambda rng: [Case((np.array([-2.0, -0.5, 0.0, 0.5, 3.0]),)), Case((whole(rng, 2, 3),))],
              lambda rng: [Case((normal(rng, *s, dtype=DTYPES[i % 2]),)) for i, s in enumerate(RELU_SHAPES)]),
    ),
    misconceptions=mistakes(
        ("Negative numbers become positive, as with abs(). They should become 0.", RELU, np.abs),
        ("The positive numbers are cut off and the negative ones kept.", RELU, lambda x: np.minimum(x, 0)),
        ("Positive numbers become 1; they should stay as they are.", RELU, lambda x: (x > 0).astype(x.dtype)),
        *((f"Negative numbers keep a {part} of themselves: that is the leaky ReLU.",
           RELU, lambda x, slope=slope: np.where(x > 0, x, slope * x))
          for part, slope in (("hundredth", 0.01), ("tenth", 0.1), ("fifth", 0.2))),
        ("Nothing comes back: the result has to be returned, and x itself stays as it was.", RELU, lambda x: None),
        ("The largest number of the array comes back; each number is compared with 0 by itself.",
         RELU, lambda x: np.max(x)),
        ("Numbers above 1 are cut off as well; positive numbers stay as they are.", RELU, lambda x: np.clip(x, 0, 1)),
        ("The negative numbers are taken out; they stay in their places, as 0.", RELU, lambda x: x[x > 0]),
    ),
)  # fmt: skip

RELU_BACKWARD = Exercise(
    "lenet.relu_backward", RELU, fast.relu_backward,
    (
        Group("all numbers", 1,
              lambda rng: [Case((np.array([5.0, -7.0, 2.0, -3.0]), np.array([-2.0, -0.5, 0.5, 3.0]))),
                           Case((normal(rng, 2, 3), _away_from_zero(rng, 2, 3)))],
              lambda rng: [Case((normal(rng, *s, dtype=d), _away_from_zero(rng, *s, dtype=d)))
                           for s, d in zip(RELU_SHAPES, (*DTYPES, np.float64), strict=True)]),
    ),
    misconceptions=mistakes(
        ("What passes is decided by the sign of the gradient; the sign of x decides.",
         RELU, lambda dout, x: fast.relu(dout)),
        ("All of the gradient passes. Where x was negative, nothing reaches it.", RELU, lambda dout, x: dout),
        ("The upstream gradient dout is ignored, as if every number of it were 1.",
         RELU, lambda dout, x: (x > 0).astype(x.dtype)),
        ("The gradient is multiplied by the output. The slope of a ReLU is 0 or 1.",
         RELU, lambda dout, x: dout * fast.relu(x)),
        ("What comes back is relu(x); the gradient dout is asked for, where it passes.",
         RELU, lambda dout, x: fast.relu(x)),
        ("The negative numbers of the gradient are stopped as well; only the sign of x decides.",
         RELU, lambda dout, x: fast.relu(dout) * (x > 0)),
        ("The gradient passes where x was negative, and is stopped where it was positive.",
         RELU, lambda dout, x: dout * (x < 0)),
    ),
)  # fmt: skip


def _scores_case(rng, n, classes):
    return Case((2 * normal(rng, n, classes), rng.integers(0, classes, n)), terms=classes + n)


def _scores_public(rng):
    return [Case((np.array([[1.0, 2.0, 0.0]]), np.array([1]))), _scores_case(rng, 4, 3), _scores_case(rng, 3, 10)]


def _scores_large(rng):
    return [
        Case((np.array([[1000.0, 998.0, -1000.0], [0.0, -3000.0, 1.0]]), np.array([1, 0]))),
        Case((np.array([[0.0, 1000.0, 3.0], [2.0, 1.0, 0.0]]), np.array([0, 1]))),
    ]


def _scores_drawn(offset):
    """Scores near an offset, drawn anew for each case: exp overflows, but no probability sinks to 0.

    The rounding of log(sum of exps) is that of numbers as large as the offset; the tolerance grows with it.
    """

    def draw(rng):
        cases = []
        for dtype in (*DTYPES, *DTYPES):
            n, classes = int(rng.integers(1, 12)), int(rng.integers(2, 12))
            scores, labels = _scores_case(rng, n, classes).args
            shifted = (scores + offset * rng.choice([-1, 1], (n, 1))).astype(dtype)
            cases.append(Case((shifted, labels), terms=classes + n + offset))
        return cases

    return draw


def _scores_hopeless(rng):
    """Large scores as drawn, and some in which the right class has no chance: its probability is below any float."""
    cases = _scores_drawn(1000)(rng)
    for case in cases[:2]:
        scores, labels = case.args[0].copy(), case.args[1]
        scores[np.arange(len(labels)), labels] -= 1500
        cases.append(Case((scores, labels), terms=case.terms))
    return cases


def probabilities(scores, axis=1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _overflowing(scores, labels):
    e = np.exp(scores)
    p = (e / e.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
    return -np.log(p).mean()


def _over_images(scores, labels):
    return -np.log(probabilities(scores, axis=0)[np.arange(len(labels)), labels]).mean()


def _over_images_in_logs(scores, labels):
    z = scores - scores.max(axis=0)
    return (np.log(np.exp(z).sum(axis=0))[labels] - z[np.arange(len(labels)), labels]).mean()


def _over_images_overflowing(scores, labels):
    e = np.exp(scores)
    return -np.log((e / e.sum(axis=0))[np.arange(len(labels)), labels]).mean()


def _other_classes(scores, labels):
    """The mean over the images of the losses that the wrong classes would have."""
    classes = range(scores.shape[1])
    every = sum(fast.softmax_cross_entropy(scores, np.full(len(labels), k)) for k in classes)
    return every - fast.softmax_cross_entropy(scores, labels)


def _whole_batch(scores, labels):
    """Loss and gradient with the largest score of the batch subtracted from all of them."""
    e = np.exp(scores - scores.max())
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean(), (p - _onehot(scores, labels)) / len(labels)


def _lost_columns(scores, labels):
    """1 subtracted from the columns of all labels, in every row."""
    p = probabilities(scores)
    p[:, labels] -= 1
    return p / len(labels)


def _right_probabilities(scores, labels):
    return probabilities(scores)[np.arange(len(labels)), labels]


def _onehot(scores, labels):
    return np.eye(scores.shape[1], dtype=scores.dtype)[labels]


WHOLE_BATCH = (
    "The largest score of the whole batch is subtracted from all: an image whose scores lie far below it has only "
    "zeros left, and 0/0. Each image has a largest score of its own."
)
IMAGE_BY_IMAGE = "The softmax runs over the images; the probabilities of one image, its row, add up to 1."
LOSS = Exercise(
    "lenet.softmax_cross_entropy", SOFTMAX, fast.softmax_cross_entropy,
    (
        Group("ordinary scores", 1, _scores_public, _scores_drawn(0)),
        Group("large scores", 1, _scores_large, _scores_hopeless),
    ),
    misconceptions=mistakes(
        ("exp of a large score overflows. Subtract the largest score of each image first: the probabilities stay the "
         "same.", SOFTMAX, _overflowing),
        ("The losses of the images are added up; their mean is asked for.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy(s, y) * len(y)),
        ("Where the right class has no chance, its probability is rounded to 0 before the logarithm sees it; "
         "log(sum of exps) - score of the right class never has to take log(0).",
         STABLE, lambda s, y: -np.log(_right_probabilities(s, y)).mean()),
        *(("A small number is added before the logarithm, or the probability is kept above it: the loss is finite, but "
           "far too small where the right class has no chance.",
           STABLE, lambda s, y, tiny=tiny, by=by: -np.log(by(_right_probabilities(s, y), tiny)).mean())
          for tiny in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16) for by in (np.add, np.maximum)),
        *((IMAGE_BY_IMAGE, SOFTMAX_AXIS, answer)
          for answer in (_over_images, _over_images_in_logs, _over_images_overflowing)),
        ("The class with the largest score is taken for the right one; labels says which one that is.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy(s, s.argmax(axis=1))),
        ("Every class adds its logarithm; the loss of an image is that of its right class alone.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy(s, y) + _other_classes(s, y)),
        (WHOLE_BATCH, STABLE, lambda s, y: _whole_batch(s, y)[0]),
        ("Each image has its loss here; their mean is asked for, one number.",
         SOFTMAX, lambda s, y: -np.log(_right_probabilities(s, y))),
        ("The loss is divided by the number of classes as well.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy(s, y) / s.shape[1]),
        ("The sign is turned round: a loss is never negative.",
         SOFTMAX, lambda s, y: -fast.softmax_cross_entropy(s, y)),
        ("The logarithm has base 10; the natural one is meant.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy(s, y) / np.log(10)),
        ("The logarithm has base 2; the natural one is meant.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy(s, y) / np.log(2)),
        ("The logarithm is missing: this is one minus the mean probability of the right class.",
         SOFTMAX, lambda s, y: (1 - _right_probabilities(s, y)).mean()),
        ("The score of the right class is taken without the softmax.",
         SOFTMAX, lambda s, y: -s[np.arange(len(y)), y].mean()),
    ),
)  # fmt: skip

LOSS_BACKWARD = Exercise(
    "lenet.softmax_cross_entropy_backward", SOFTMAX, fast.softmax_cross_entropy_backward,
    (Group("gradient w.r.t. scores", 2, lambda rng: [*_scores_public(rng), *_scores_large(rng)],
           lambda rng: [*_scores_drawn(0)(rng), *_scores_drawn(1000)(rng)]),),
    misconceptions=mistakes(
        ("The gradient is not divided by the number of images, but the loss is their mean.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy_backward(s, y) * len(y)),
        ("The gradient is divided by the number of images twice.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy_backward(s, y) / len(y)),
        ("These are the probabilities alone; the 1 of the right class has not been subtracted.",
         SOFTMAX, lambda s, y: probabilities(s) / len(y)),
        ("The sign is turned round: raising the right score lowers the loss, so its gradient is negative.",
         SOFTMAX, lambda s, y: -fast.softmax_cross_entropy_backward(s, y)),
        (IMAGE_BY_IMAGE, SOFTMAX_AXIS, lambda s, y: (probabilities(s, axis=0) - _onehot(s, y)) / len(y)),
        ("The 1 is subtracted in every row from the columns of all labels. Each row has one right class.",
         SOFTMAX, _lost_columns),
        (WHOLE_BATCH, STABLE, lambda s, y: _whole_batch(s, y)[1]),
        *(("This is p(1 - p), the slope of a probability by its own score; the loss is its logarithm.",
           SOFTMAX, lambda s, y, n=n: probabilities(s) * (1 - probabilities(s)) / n(y)) for n in (len, _one)),
        ("The gradient is divided by the number of classes as well. The loss is a mean over the images only.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy_backward(s, y) / s.shape[1]),
        ("The gradient is divided by the number of classes; the loss is a mean over the images.",
         SOFTMAX, lambda s, y: fast.softmax_cross_entropy_backward(s, y) * len(y) / s.shape[1]),
        ("The 1 is added to the probability of the right class; raising the right score lowers the loss.",
         SOFTMAX, lambda s, y: (probabilities(s) + _onehot(s, y)) / len(y)),
        ("The 1 is subtracted after the division by the number of images; it needs its 1/N, too.",
         SOFTMAX, lambda s, y: probabilities(s) / len(y) - _onehot(s, y)),
        ("exp of a large score overflows. Subtract the largest score of each image first: the probabilities stay the "
         "same.", SOFTMAX, lambda s, y: (np.exp(s) / np.exp(s).sum(axis=1, keepdims=True) - _onehot(s, y)) / len(y)),
        ("The 1 is subtracted from the scores; it belongs to the probabilities.",
         SOFTMAX, lambda s, y: (s - _onehot(s, y)) / len(y)),
    ),
)  # fmt: skip


LAYERS = [
    IM2COL, CONV, CONV_BACKWARD, POOL_FORWARD, POOL_BACKWARD, LINEAR_FORWARD, LINEAR_BACKWARD, RELU_FORWARD,
    RELU_BACKWARD, LOSS, LOSS_BACKWARD,
]  # fmt: skip
