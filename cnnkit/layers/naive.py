"""The definition: every layer as loops that read like its formula. Slow on purpose; `fast` gives the same numbers.

Each backward stands below its forward. Where the forward computes out += a * b, the chain rule says da += dout * b and
db += dout * a: the backward is the same loop with that line turned round.
"""

import numpy as np

from .. import shapes


def conv2d(x, w, b=None, stride=1, padding=0):
    """Slide every filter over every image; each place gives one number, a dot product plus a bias.

    x (N, C, H, W), w (K, C, FH, FW), b (K,) or None -> out (N, K, H2, W2), H2 = (H + 2*padding - FH)/stride + 1:

        out[n, k, i, j] = b[k] + sum over c, p, q of xp[n, c, i*stride + p, j*stride + q] * w[k, c, p, q]

    with xp the zero-padded x. The filter is not flipped: this is cross-correlation, as in every deep-learning library.
    Raises ValueError where shapes disagree or the filter does not fit, TypeError where dtypes are not one float dtype.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, np.ones((1, 1, 2, 2)), np.array([0.5]))
    array([[[[ 8.5, 12.5],
             [20.5, 24.5]]]])
    """
    check_dtypes(x=x, w=w, b=b)
    N, K, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, b.shape if b is not None else None, stride, padding)
    xp = _zero_pad(x, padding)
    out = np.zeros((N, K, H2, W2), x.dtype)
    for n in range(N):
        for k in range(K):
            for i in range(H2):
                for j in range(W2):
                    rows, cols = _window(i, j, w.shape[2:], stride)
                    out[n, k, i, j] = np.sum(xp[n, :, rows, cols] * w[k])
                    if b is not None:
                        out[n, k, i, j] += b[k]
    return out


def conv2d_backward(dout, x, w, stride=1, padding=0):
    """Gradients of conv2d: every output number hands its gradient to the window and to the filter it came from.

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
    xp = _zero_pad(x, padding)
    dxp, dw, db = np.zeros_like(xp), np.zeros(w.shape, w.dtype), np.zeros(K, w.dtype)
    for n in range(N):
        for k in range(K):
            for i in range(H2):
                for j in range(W2):
                    rows, cols = _window(i, j, w.shape[2:], stride)
                    dxp[n, :, rows, cols] += dout[n, k, i, j] * w[k]
                    dw[k] += dout[n, k, i, j] * xp[n, :, rows, cols]
                    db[k] += dout[n, k, i, j]
    return _crop(dxp, padding), dw, db


def max_pool2d(x, size, stride=None):
    """The largest number of each window, in each activation map on its own.

    x (N, C, H, W) -> out (N, C, H2, W2), H2 = (H - size)/stride + 1; stride=None means stride=size.

    >>> max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """
    check_dtypes(x=x)
    N, C, H2, W2 = shapes.pool2d_shape(x.shape, size, stride)
    out = np.zeros((N, C, H2, W2), x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    rows, cols = _window(i, j, size, stride)
                    out[n, c, i, j] = np.max(x[n, c, rows, cols])
    return out


def max_pool2d_backward(dout, x, size, stride=None):
    """Gradient of max_pool2d: all of it to the number that won its window, to the first in row order if several did.

    dout (N, C, H2, W2), x (N, C, H, W) -> dx like x

    >>> max_pool2d_backward(np.array([[[[5.0]]]]), np.array([[[[1.0, 7.0], [7.0, 2.0]]]]), 2)
    array([[[[0., 5.],
             [0., 0.]]]])
    """
    check_dtypes(dout=dout, x=x)
    N, C, H2, W2 = shapes.pool2d_shape(x.shape, size, stride)
    shapes.check_upstream(dout.shape, (N, C, H2, W2))
    dx = np.zeros(x.shape, x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    rows, cols = _window(i, j, size, stride)
                    window = x[n, c, rows, cols]
                    p, q = np.unravel_index(np.argmax(window), window.shape)  # argmax takes the first of equals
                    dx[n, c, rows.start + p, cols.start + q] += dout[n, c, i, j]
    return dx


def avg_pool2d(x, size, stride=None):
    """The mean of each window, in each activation map on its own.

    x (N, C, H, W) -> out (N, C, H2, W2), H2 = (H - size)/stride + 1; stride=None means stride=size.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    """
    check_dtypes(x=x)
    N, C, H2, W2 = shapes.pool2d_shape(x.shape, size, stride)
    out = np.zeros((N, C, H2, W2), x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    rows, cols = _window(i, j, size, stride)
                    out[n, c, i, j] = np.mean(x[n, c, rows, cols])
    return out


def avg_pool2d_backward(dout, x, size, stride=None):
    """Gradient of avg_pool2d: an equal share to every number of the window.

    dout (N, C, H2, W2), x (N, C, H, W) -> dx like x

    >>> avg_pool2d_backward(np.array([[[[8.0]]]]), np.zeros((1, 1, 2, 2)), 2)
    array([[[[2., 2.],
             [2., 2.]]]])
    """
    check_dtypes(dout=dout, x=x)
    N, C, H2, W2 = shapes.pool2d_shape(x.shape, size, stride)
    shapes.check_upstream(dout.shape, (N, C, H2, W2))
    dx = np.zeros(x.shape, x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    rows, cols = _window(i, j, size, stride)
                    dx[n, c, rows, cols] += dout[n, c, i, j] / dx[n, c, rows, cols].size
    return dx


def linear(x, w, b=None):
    """Every neuron looks at the whole input: stretch each input to D numbers, then one dot product a neuron.

    x (N, ...), w (M, D), b (M,) or None -> out (N, M), out[n, m] = b[m] + sum over d of x[n, d] * w[m, d]

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.0, 0.5]))
    array([[11. , 17.5]])
    """
    check_dtypes(x=x, w=w, b=b)
    N, M = shapes.linear_shape(x.shape, w.shape, b.shape if b is not None else None)
    out = np.zeros((N, M), x.dtype)
    for n in range(N):
        stretched = x[n].reshape(-1)  # (D,)
        for m in range(M):
            out[n, m] = np.sum(stretched * w[m])
            if b is not None:
                out[n, m] += b[m]
    return out


def linear_backward(dout, x, w):
    """Gradients of linear.

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
    dx, dw, db = np.zeros(x.shape, x.dtype), np.zeros(w.shape, w.dtype), np.zeros(M, w.dtype)
    for n in range(N):
        for m in range(M):
            dx[n] += dout[n, m] * w[m].reshape(x.shape[1:])
            dw[m] += dout[n, m] * x[n].reshape(-1)
            db[m] += dout[n, m]
    return dx, dw, db


def relu(x):
    """max(0, x), number by number; x of any shape.

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    check_dtypes(x=x)
    out = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        out[index] = np.maximum(0, x[index])
    return out


def relu_backward(dout, x):
    """Gradient of relu: it passes where x was positive and stops elsewhere, at 0 too.

    >>> relu_backward(np.array([5.0, 5.0, 5.0]), np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 5.])
    """
    check_dtypes(dout=dout, x=x)
    shapes.check_upstream(dout.shape, x.shape)
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            dx[index] = dout[index]
    return dx


def softmax_cross_entropy(scores, labels):
    """Mean over the samples of -log of the probability that softmax gives the right class.

    scores (N, M), labels (N,) whole numbers in 0..M-1 -> one number:

        loss = 1/N * sum over n of -log(exp(scores[n, labels[n]]) / sum over m of exp(scores[n, m]))

    >>> print(round(float(softmax_cross_entropy(np.zeros((2, 10)), np.array([3, 7]))), 4))      # log 10
    2.3026
    """
    check_labels(scores, labels)
    loss = scores.dtype.type(0)
    for row, label in zip(scores, labels, strict=True):
        shifted = row - np.max(row)  # the same probabilities, and exp cannot overflow
        loss += np.log(np.sum(np.exp(shifted))) - shifted[label]
    return loss / scores.dtype.type(len(scores))


def softmax_cross_entropy_backward(scores, labels):
    """Gradient of softmax_cross_entropy: the probabilities, less 1 at the right class, divided by N.

    scores (N, M), labels (N,) -> dscores (N, M)

    >>> softmax_cross_entropy_backward(np.zeros((1, 4)), np.array([2]))
    array([[ 0.25,  0.25, -0.75,  0.25]])
    """
    check_labels(scores, labels)
    dscores = np.zeros(scores.shape, scores.dtype)
    for n, label in enumerate(labels):
        exps = np.exp(scores[n] - np.max(scores[n]))
        dscores[n] = exps / np.sum(exps)
        dscores[n, label] -= 1
        dscores[n] /= len(scores)
    return dscores


def check_dtypes(**arrays):
    """Raise TypeError unless all are NumPy arrays of one dtype, float32 or float64; None is passed over.

    >>> check_dtypes(x=np.zeros(3), w=np.zeros(3, np.float32))
    Traceback (most recent call last):
    TypeError: arrays should all be float32 or all float64, but x (3,) is float64, w (3,) is float32
    """
    given = {name: a for name, a in arrays.items() if a is not None}
    for name, a in given.items():
        if not isinstance(a, np.ndarray) or isinstance(a, (np.matrix, np.ma.MaskedArray)):  # which follow other rules
            raise TypeError(f"{name} should be a NumPy array, but it is a {type(a).__name__}")
    dtypes = {a.dtype for a in given.values()}
    if len(dtypes) != 1 or not dtypes <= {np.dtype(np.float32), np.dtype(np.float64)}:
        listed = ", ".join(f"{name} {a.shape} is {a.dtype}" for name, a in given.items())
        raise TypeError(f"arrays should all be float32 or all float64, but {listed}")


def check_labels(scores, labels):
    """Raise TypeError or ValueError unless scores are (N, M) floats and labels (N,) whole numbers in 0..M-1, N > 0.

    >>> check_labels(np.zeros((2, 10)), np.array([3, 10]))
    Traceback (most recent call last):
    ValueError: labels should lie between 0 and 9 for scores of shape (2, 10), but they reach from 3 to 10
    """
    check_dtypes(scores=scores)
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu":
        found = labels.dtype if isinstance(labels, np.ndarray) else type(labels).__name__
        raise TypeError(f"labels should be a NumPy array of whole numbers, but they are {found}")
    shapes.check_labels_shape(scores.shape, labels.shape)
    if labels.min() < 0 or labels.max() >= scores.shape[1]:
        raise ValueError(
            f"labels should lie between 0 and {scores.shape[1] - 1} for scores of shape {scores.shape}, "
            f"but they reach from {labels.min()} to {labels.max()}"
        )


def _window(i, j, size, stride):
    """The rows and columns under the filter at output place (i, j)."""
    FH, FW = shapes.pair("size", size, at_least=1)
    SH, SW = (FH, FW) if stride is None else shapes.pair("stride", stride, at_least=1)
    return slice(i * SH, i * SH + FH), slice(j * SW, j * SW + FW)


def _zero_pad(x, padding):
    """x (N, C, H, W) with a border of zeros, (N, C, H + 2*PH, W + 2*PW)."""
    PH, PW = shapes.pair("padding", padding, at_least=0)
    return np.pad(x, ((0, 0), (0, 0), (PH, PH), (PW, PW)))


def _crop(xp, padding):
    """Undo _zero_pad."""
    PH, PW = shapes.pair("padding", padding, at_least=0)
    return xp[:, :, PH : xp.shape[2] - PH, PW : xp.shape[3] - PW].copy()
