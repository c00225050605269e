"""The same layers as `naive`, vectorised: each loop over pixels becomes one call that NumPy runs in C.

Convolution becomes matrix products, the operation a computer does best; `lowering` lays the images out for them, and
`threads` shares the images out. The chapter "fast" measures what each step buys.
"""

import operator

import numpy as np

from .. import shapes
from .lowering import Lowering, runs
from .naive import check_dtypes, check_labels
from .threads import in_threads, slices

ROWS_BYTES = 2**21  # of gradients of windows, or of filters, at a time, or one row's if larger: few, large calls
MOVING = 30  # multiply-adds that take as long as one number's way through a copy, a comparison or a sum
BLOCK_BYTES = 2**20  # of images that are pooled at a time: they stay in the cache from place to place in the window


def conv2d(x, w, b=None, stride=1, padding=0):
    """Convolution as matrix products, one an output row: filters (K, FH*FW*C) times windows (FH*FW*C, images*W2).

    x (N, C, H, W), w (K, C, FH, FW), b (K,) or None -> out (N, K, H2, W2), H2 = (H + 2*padding - FH)/stride + 1.
    Raises ValueError where shapes disagree or the filter does not fit, TypeError where dtypes are not one float dtype.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, np.ones((1, 1, 2, 2)), np.array([0.5]))
    array([[[[ 8.5, 12.5],
             [20.5, 24.5]]]])
    """
    check_dtypes(x=x, w=w, b=b)
    N, K, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, b.shape if b is not None else None, stride, padding)
    if _sees_single_pixels(w, stride, padding):
        return _conv1x1(x, w[:, :, 0, 0], b)
    out = np.empty((N, K, H2, W2), x.dtype)
    lowering, filters, bias = Lowering(x, w.shape, stride, padding), _as_matrix(w), None if b is None else b[:, None]

    def prepare(share, scratch):  # few images: shares of rows, or products would be narrow
        images, rows = (slice(0, N), share) if lowering.few_images else (share, slice(0, H2))
        for band in lowering.bands(images, rows, out, scratch):
            product = scratch("product", (*band.windows.shape[:2], K, band.windows.shape[3]), x.dtype)
            yield band, product, runs(band.places, product.reshape(band.places.shape))

    def forward(bands):
        for band, product, (places, results) in bands:
            band.lower()
            np.matmul(filters, band.windows, out=product)
            if b is not None:
                np.add(product, bias, out=product)
            np.copyto(places, results)

    in_threads(forward, H2 if lowering.few_images else N, out.size * (filters.shape[1] + MOVING), prepare)
    return out


def conv2d_backward(dout, x, w, stride=1, padding=0):
    """Gradients of conv2d.

    dout (N, K, H2, W2), x (N, C, H, W), w (K, C, FH, FW) -> dx like x, dw like w, db (K,)

    >>> x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))
    >>> dx, dw, db = conv2d_backward(np.ones((1, 1, 2, 2)), x, w)
    >>> dx[0, 0]                                            # how many windows each pixel is in
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    check_dtypes(dout=dout, x=x, w=w)
    dx = np.zeros(x.shape, x.dtype)
    return dx, *_conv2d_backward(dout, x, w, stride, padding, dx)


def conv2d_backward_parameters(dout, x, w, stride=1, padding=0):
    """conv2d_backward without dx: in a network's first layer, whose input is not trained, half the work.

    dout (N, K, H2, W2), x (N, C, H, W), w (K, C, FH, FW) -> dw like w, db (K,)

    >>> dw, db = conv2d_backward_parameters(np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)))
    >>> dw[0, 0], db
    (array([[4., 4.],
           [4., 4.]]), array([4.]))
    """
    check_dtypes(dout=dout, x=x, w=w)
    return _conv2d_backward(dout, x, w, stride, padding, None)


def _conv2d_backward(dout, x, w, stride, padding, dx):
    """-> dw, db, and dx filled in if it is not None; some output rows at a time: from out[i] = filters @ windows[i]
    follow the gradients windows[i] @ dout[i].T, a summand of filters.T's, and filters.T @ dout[i] of windows[i].
    """
    shapes.check_upstream(dout.shape, shapes.conv2d_shape(x.shape, w.shape, None, stride, padding))
    if _sees_single_pixels(w, stride, padding):
        return _conv1x1_backward(dout, x, w, dx)
    lowering, filters = Lowering(x, w.shape, stride, padding), _as_matrix(w)

    def prepare(images, scratch):
        for band in lowering.bands(images, slice(0, lowering.H2), dout, scratch):
            douts = scratch("product", band.places.shape, x.dtype)
            yield band, douts, runs(douts, band.places), scratch

    def backward(bands):
        dfilters = np.zeros(filters.T.shape, x.dtype)  # (FH*FW*C, K)
        for band, douts, copy, scratch in bands:
            band.lower()
            np.copyto(*copy)
            windows, lowered = band.windows, band.lowered
            douts = douts.reshape(*douts.shape[:3], -1)  # (rows, groups, K, n*W2)
            row_bytes = max(1, windows[0].nbytes, filters.nbytes * windows.shape[1])  # of the larger product below
            in_turn = slices(slice(0, len(windows)), max(1, ROWS_BYTES // row_bytes))
            for rows in in_turn:
                dfilters += _product("dfilters", windows[rows], douts[rows].swapaxes(2, 3), scratch).sum(axis=(0, 1))
            if dx is not None:
                dlowered = scratch("dlowered", lowered.shape, x.dtype)
                dlowered[...] = 0
                for rows in in_turn:
                    lowering.add_windows(_product("dproduct", filters.T, douts[rows], scratch), dlowered, rows)
                lowering.add_back(dlowered, dx, band, scratch)
        return dfilters

    K, C, FH, FW = w.shape
    operations = (1 if dx is None else 2) * dout.size * (filters.shape[1] + MOVING)
    dfilters = sum(in_threads(backward, len(x), operations, prepare))
    dw = np.ascontiguousarray(dfilters.reshape(FH * FW, C, K).T).reshape(w.shape)
    return dw, dout.sum(axis=(0, 2, 3))


def _product(name, left, right, scratch):
    """left @ right, in scratch memory."""
    stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    return np.matmul(left, right, out=scratch(name, (*stack, left.shape[-2], right.shape[-1]), right.dtype))


def _sees_single_pixels(w, stride, padding):
    """Whether the windows of a convolution are the pixels of its input: a 1x1 filter, every pixel, no padding."""
    return (
        w.shape[2:] == (1, 1)
        and shapes.pair("stride", stride, 1) == (1, 1)
        and not any(shapes.pair("padding", padding, 0))
    )


def _conv1x1(x, w, b):
    """A linear layer at every pixel: w (K, C) times x (N, C, H*W), nothing laid out and nothing copied."""
    N, C, H, W = x.shape
    pixels, out = x.reshape(N, C, H * W), np.empty((N, len(w), H * W), x.dtype)

    def forward(images):
        np.matmul(w, pixels[images], out=out[images])
        if b is not None:
            out[images] += b[:, None]

    in_threads(forward, N, operations=out.size * C)
    return out.reshape(N, len(w), H, W)


def _conv1x1_backward(dout, x, w, dx):
    (N, C, H, W), K = x.shape, len(w)
    filters, pixels, douts = w.reshape(K, C), x.reshape(N, C, H * W), dout.reshape(N, K, H * W)

    def backward(images):
        if dx is not None:
            np.matmul(filters.T, douts[images], out=dx.reshape(N, C, H * W)[images])
        dfilters = np.zeros((K, C), x.dtype)
        for n in range(images.start, images.stop):
            dfilters += douts[n] @ pixels[n].T
        return dfilters

    dfilters = sum(in_threads(backward, N, operations=2 * dout.size * C))
    return dfilters.reshape(w.shape), douts.sum(axis=(0, 2))


def _as_matrix(w):
    """Each filter as a row, its numbers in the order of the lowered rows: (K, C, FH, FW) -> (K, FH*FW*C).

    With the channels last it is a transpose, which takes a fifth of the time of (K, FH*C*FW) for 256 3x3 filters.
    """
    K, C, FH, FW = w.shape
    return w.reshape(K, C, FH * FW).swapaxes(1, 2).reshape(K, -1)


def max_pool2d(x, size, stride=None):
    """The largest number of each window, in each activation map on its own.

    One comparison of whole arrays for each place in the window: first all upper left corners, then all their
    right-hand neighbours, and so on.
    x (N, C, H, W) -> out (N, C, H2, W2), H2 = (H - size)/stride + 1; stride=None means stride=size.

    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """
    check_dtypes(x=x)
    out = np.empty(shapes.pool2d_shape(x.shape, size, stride), x.dtype)

    def forward(images):
        first, *others = _places(x[images], size, stride)
        np.copyto(out[images], first)
        for place in others:
            np.maximum(out[images], place, out=out[images])

    _in_blocks(forward, x, window_numbers=out.size * _window_size(size))
    return out


def max_pool2d_backward(dout, x, size, stride=None):
    """Gradient of max_pool2d: all of it to the number that won its window, to the first in row order if several did.

    dout (N, C, H2, W2), x (N, C, H, W) -> dx like x

    >>> max_pool2d_backward(np.array([[[[5.0]]]]), np.array([[[[1.0, 7.0], [7.0, 2.0]]]]), 2)
    array([[[[0., 5.],
             [0., 0.]]]])
    """
    check_dtypes(dout=dout, x=x)
    shapes.check_upstream(dout.shape, shapes.pool2d_shape(x.shape, size, stride))
    out, dx = max_pool2d(x, size, stride), np.zeros(x.shape, x.dtype)
    give = _giving(size, stride)

    def backward(images):
        largest, douts = out[images], dout[images]
        unclaimed, some_nan = np.ones(largest.shape, bool), np.isnan(largest).any()
        for place, dplace in zip(_places(x[images], size, stride), _places(dx[images], size, stride), strict=True):
            winner = place == largest
            if some_nan:  # a NaN is the largest of its window, and equals nothing
                winner |= np.isnan(place)
            winner &= unclaimed
            give(dplace, _where(winner, douts))
            unclaimed ^= winner

    _in_blocks(backward, x, window_numbers=4 * out.size * _window_size(size))
    return dx


def avg_pool2d(x, size, stride=None):
    """The mean of each window, in each activation map on its own.

    x (N, C, H, W) -> out (N, C, H2, W2), H2 = (H - size)/stride + 1; stride=None means stride=size.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """
    check_dtypes(x=x)
    out = np.empty(shapes.pool2d_shape(x.shape, size, stride), x.dtype)

    def forward(images):
        first, *others = _places(x[images], size, stride)
        np.copyto(out[images], first)
        for place in others:
            out[images] += place
        out[images] /= _window_size(size)

    _in_blocks(forward, x, window_numbers=out.size * _window_size(size))
    return out


def avg_pool2d_backward(dout, x, size, stride=None):
    """Gradient of avg_pool2d: an equal share to every number of the window.

    dout (N, C, H2, W2), x (N, C, H, W) -> dx like x

    >>> avg_pool2d_backward(np.array([[[[8.0]]]]), np.zeros((1, 1, 2, 2)), 2)
    array([[[[2., 2.],
             [2., 2.]]]])
    """
    check_dtypes(dout=dout, x=x)
    shapes.check_upstream(dout.shape, shapes.pool2d_shape(x.shape, size, stride))
    dx, give = np.zeros(x.shape, x.dtype), _giving(size, stride)

    def backward(images):
        share = dout[images] / _window_size(size)
        for dplace in _places(dx[images], size, stride):
            give(dplace, share)

    _in_blocks(backward, x, window_numbers=dout.size * _window_size(size))
    return dx


def linear(x, w, b=None):
    """Every neuron looks at the whole input: stretch each input to D numbers, then one matrix product.

    x (N, ...), w (M, D), b (M,) or None -> out (N, M) = x w^T + b

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.0, 0.5]))
    array([[11. , 17.5]])
    """
    check_dtypes(x=x, w=w, b=b)
    N, _ = shapes.linear_shape(x.shape, w.shape, b.shape if b is not None else None)
    out = x.reshape(N, w.shape[1]) @ w.T  # (N, D) @ (D, M)
    if b is not None:
        out += b
    return out


def linear_backward(dout, x, w):
    """Gradients of linear: dx = dout w, dw = dout^T x, db the sum of dout over the samples.

    dout (N, M), x (N, ...), w (M, D) -> dx like x, dw like w, db (M,)

    >>> x, w = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])
    >>> dx, dw, db = linear_backward(np.array([[1.0, 10.0]]), x, w)
    >>> dx, db
    (array([[53., 64.]]), array([ 1., 10.]))
    >>> dw
    array([[ 1.,  2.],
           [10., 20.]])
    """
    check_dtypes(dout=dout, x=x, w=w)
    N, M = shapes.linear_shape(x.shape, w.shape)
    shapes.check_upstream(dout.shape, (N, M))
    return (dout @ w).reshape(x.shape), dout.T @ x.reshape(N, w.shape[1]), dout.sum(axis=0)


def relu(x):
    """max(0, x), number by number; x of any shape.

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    check_dtypes(x=x)
    return np.maximum(x, 0)


def relu_backward(dout, x):
    """Gradient of relu: it passes where x was positive and stops elsewhere, at 0 too.

    >>> relu_backward(np.array([5.0, 5.0, 5.0]), np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 5.])
    """
    check_dtypes(dout=dout, x=x)
    shapes.check_upstream(dout.shape, x.shape)
    return _where(x > 0, dout)


def _where(mask, values):
    """np.where(mask, values, 0), ten times as fast on a mask without a pattern: no branch for the processor to guess.

    The bits of a number, & -1 (all ones) or & 0. A product with the mask would make NaN of an infinite gradient.
    """
    bits = values.view(f"i{values.itemsize}") & -mask.view(np.int8)
    return bits.view(values.dtype)


def softmax_cross_entropy(scores, labels):
    """Mean over the samples of -log of the probability that softmax gives the right class.

    scores (N, M), labels (N,) whole numbers in 0..M-1 -> one number

    >>> print(round(float(softmax_cross_entropy(np.zeros((2, 10)), np.array([3, 7]))), 4))      # log 10
    2.3026
    """
    check_labels(scores, labels)
    shifted = scores - scores.max(axis=1, keepdims=True)  # the same probabilities, and exp cannot overflow
    right = shifted[np.arange(len(labels)), labels]
    return np.mean(np.log(np.exp(shifted).sum(axis=1)) - right)


def softmax_cross_entropy_backward(scores, labels):
    """Gradient of softmax_cross_entropy: the probabilities, less 1 at the right class, divided by N.

    scores (N, M), labels (N,) -> dscores (N, M)

    >>> softmax_cross_entropy_backward(np.zeros((1, 4)), np.array([2]))
    array([[ 0.25,  0.25, -0.75,  0.25]])
    """
    check_labels(scores, labels)
    dscores = np.exp(scores - scores.max(axis=1, keepdims=True))
    dscores /= dscores.sum(axis=1, keepdims=True)
    dscores[np.arange(len(labels)), labels] -= 1
    return dscores / len(labels)


def _in_blocks(work, x, window_numbers):
    """Call work(images) with slices that cover the batch."""
    n = max(1, BLOCK_BYTES // (x.itemsize * x[:1].size)) if len(x) else 1

    def share(images):
        for block in slices(images, n):
            work(block)

    in_threads(share, len(x), operations=window_numbers * MOVING)


def _window_size(size):
    FH, FW = shapes.pair("size", size, at_least=1)
    return FH * FW


def _window(size, stride):
    """(FH, FW), (SH, SW) of a pool, whose windows lie side by side unless it is told otherwise."""
    size = shapes.pair("size", size, at_least=1)
    return size, size if stride is None else shapes.pair("stride", stride, at_least=1)


def _giving(size, stride):
    """give(dplace, gradients) for the places of a gradient that starts at zero: it adds them. Where windows do not
    overlap each number is given to once, and a copy takes half the time.
    """
    (FH, FW), (SH, SW) = _window(size, stride)
    return operator.iadd if SH < FH or SW < FW else np.copyto


def _places(x, size, stride):
    """One view (N, C, H2, W2) of x for each place in the window, row by row: at place (p, q) lie the numbers
    that the windows have in their row p and column q.
    """
    (FH, FW), (SH, SW) = _window(size, stride)
    H, W = x.shape[2:]
    return [x[:, :, p : H - FH + p + 1 : SH, q : W - FW + q + 1 : SW] for p in range(FH) for q in range(FW)]
