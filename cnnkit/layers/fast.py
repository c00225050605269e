"""The same layers as `naive`, vectorised: each loop over pixels becomes one call that NumPy runs in C.

Convolution lays the windows of an image side by side as the columns of a matrix (im2col), so that all dot products of
all filters become one matrix product, the operation a computer does best. The matrix repeats each pixel up to FH*FW
times, so it is made for a block of images at a time, in one buffer, and never for the batch.
"""

import numpy as np

from .. import shapes
from .naive import check_dtypes, check_labels

BLOCK_BYTES = 4 * 2**20  # one block's columns; large enough for an efficient product, small enough to stay in the cache


def conv2d(x, w, b=None, stride=1, padding=0):
    """Convolution as one matrix product a block of images: filters (K, C*FH*FW) times windows (C*FH*FW, images*H2*W2).

    x (N, C, H, W), w (K, C, FH, FW), b (K,) or None -> out (N, K, H2, W2), H2 = (H + 2*padding - FH)/stride + 1.
    Raises ValueError where shapes disagree or the filter does not fit, TypeError where dtypes are not one float dtype.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, np.ones((1, 1, 2, 2)), np.array([0.5]))
    array([[[[ 8.5, 12.5],
             [20.5, 24.5]]]])
    """
    check_dtypes(x=x, w=w, b=b)
    N, K, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, b.shape if b is not None else None, stride, padding)
    filters = w.reshape(K, -1)  # (K, C*FH*FW)
    out = np.empty((N, K, H2, W2), x.dtype)
    for images, columns in _columns(x, w.shape, (H2, W2), stride, padding):
        product = filters @ columns  # (K, images*H2*W2)
        out[images] = product.reshape(K, -1, H2, W2).swapaxes(0, 1)
    if b is not None:
        out += b[:, None, None]
    return out


def conv2d_backward(dout, x, w, stride=1, padding=0):
    """Gradients of conv2d: from product = filters @ columns follow dfilters = dproduct @ columns.T and
    dcolumns = filters.T @ dproduct; then every column is added back to the window it was copied from.

    dout (N, K, H2, W2), x (N, C, H, W), w (K, C, FH, FW) -> dx like x, dw like w, db (K,)

    >>> x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))
    >>> dx, dw, db = conv2d_backward(np.ones((1, 1, 2, 2)), x, w)
    >>> dx[0, 0]                                            # how many windows each pixel is in
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    check_dtypes(dout=dout, x=x, w=w)
    N, K, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, None, stride, padding)
    shapes.check_upstream(dout.shape, (N, K, H2, W2))
    filters = w.reshape(K, -1)  # (K, C*FH*FW)
    dx, dfilters = np.zeros(x.shape, x.dtype), np.zeros(filters.shape, w.dtype)
    for images, columns in _columns(x, w.shape, (H2, W2), stride, padding):
        dproduct = dout[images].swapaxes(0, 1).reshape(K, -1)  # (K, images*H2*W2)
        dfilters += dproduct @ columns.T
        _add_back(filters.T @ dproduct, dx[images], w.shape, (H2, W2), stride, padding)
    return dx, dfilters.reshape(w.shape), dout.sum(axis=(0, 2, 3))


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
    shapes.pool2d_shape(x.shape, size, stride)
    first, *others = _places(x, size, stride)
    out = first.copy()
    for place in others:
        np.maximum(out, place, out=out)
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
    unclaimed = np.ones(out.shape, bool)
    for place, dplace in zip(_places(x, size, stride), _places(dx, size, stride), strict=True):
        winner = unclaimed & (place == out)
        dplace += np.where(winner, dout, 0)
        unclaimed &= ~winner
    return dx


def avg_pool2d(x, size, stride=None):
    """The mean of each window, in each activation map on its own.

    x (N, C, H, W) -> out (N, C, H2, W2), H2 = (H - size)/stride + 1; stride=None means stride=size.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """
    check_dtypes(x=x)
    shapes.pool2d_shape(x.shape, size, stride)
    places = _places(x, size, stride)
    return sum(places) / len(places)


def avg_pool2d_backward(dout, x, size, stride=None):
    """Gradient of avg_pool2d: an equal share to every number of the window.

    dout (N, C, H2, W2), x (N, C, H, W) -> dx like x

    >>> avg_pool2d_backward(np.array([[[[8.0]]]]), np.zeros((1, 1, 2, 2)), 2)
    array([[[[2., 2.],
             [2., 2.]]]])
    """
    check_dtypes(dout=dout, x=x)
    shapes.check_upstream(dout.shape, shapes.pool2d_shape(x.shape, size, stride))
    dx = np.zeros(x.shape, x.dtype)
    dplaces = _places(dx, size, stride)
    share = dout / len(dplaces)
    for dplace in dplaces:
        dplace += share
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
    return np.where(x > 0, dout, 0)


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


def _columns(x, w_shape, out_size, stride, padding):
    """im2col by blocks: yields (slice of images, columns (C*FH*FW, images*H2*W2)); the columns share one buffer."""
    (N, C, H, W), (_, _, FH, FW), (H2, W2) = x.shape, w_shape, out_size
    (SH, SW), (PH, PW) = shapes.pair("stride", stride, at_least=1), shapes.pair("padding", padding, at_least=0)
    block = max(1, min(N, BLOCK_BYTES // (C * FH * FW * H2 * W2 * x.itemsize)))
    padded = np.zeros((block, C, H + 2 * PH, W + 2 * PW), x.dtype)  # the border is written once and stays zero
    windows = np.lib.stride_tricks.sliding_window_view(padded, (FH, FW), axis=(2, 3))[:, :, ::SH, ::SW]
    windows = windows.transpose(1, 4, 5, 0, 2, 3)  # (C, FH, FW, block, H2, W2), a view: nothing is copied yet
    buffer = np.empty(windows.size, x.dtype)
    for start in range(0, N, block):
        images = slice(start, min(start + block, N))
        n = images.stop - images.start
        padded[:n, :, PH : PH + H, PW : PW + W] = x[images]
        columns = buffer[: C * FH * FW * n * H2 * W2].reshape(C, FH, FW, n, H2, W2)
        columns[...] = windows[:, :, :, :n]
        yield images, columns.reshape(C * FH * FW, n * H2 * W2)


def _add_back(dcolumns, dx, w_shape, out_size, stride, padding):
    """The way back from columns (C*FH*FW, n*H2*W2) to images dx (n, C, H, W): add each copy of a pixel to the pixel."""
    (n, C, H, W), (_, _, FH, FW) = dx.shape, w_shape
    PH, PW = shapes.pair("padding", padding, at_least=0)
    dpadded = np.zeros((n, C, H + 2 * PH, W + 2 * PW), dx.dtype)
    dcolumns = dcolumns.reshape(C, FH * FW, n, *out_size)
    for k, dplace in enumerate(_places(dpadded, (FH, FW), stride)):
        dplace += dcolumns[:, k].swapaxes(0, 1)
    dx += dpadded[:, :, PH : PH + H, PW : PW + W]


def _places(x, size, stride):
    """One view (N, C, H2, W2) of x for each place in the window, row by row: at place (p, q) lie the numbers
    that the windows have in their row p and column q.
    """
    FH, FW = shapes.pair("size", size, at_least=1)
    SH, SW = (FH, FW) if stride is None else shapes.pair("stride", stride, at_least=1)
    H, W = x.shape[2:]
    return [x[:, :, p : H - FH + p + 1 : SH, q : W - FW + q + 1 : SW] for p in range(FH) for q in range(FW)]
