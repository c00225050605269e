"""The ladder of the chapter "fast": the same convolution in seven ways, each a step faster than the one before it.

LADDER  the rungs, in order: name -> function
OTHERS  two ways that need fewer multiplications: name -> function

All have one signature: x (N, C, H, W), w (K, C, FH, FW), b (K,) -> out (N, K, H2, W2).

>>> x, w, b = np.arange(9.0).reshape(1, 1, 3, 3), np.ones((1, 1, 2, 2)), np.zeros(1)
>>> im2col(x, w, b)
array([[[[ 8., 12.],
         [20., 24.]]]])
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnkit import shapes
from cnnkit.layers import fast, naive
from cnnkit.layers.threads import Scratch, slices

BLOCK_BYTES = 2**19  # of windows that `blocked` copies at a time, but one image at least
scratch = Scratch()


def six_loops(x, w, b, stride=1, padding=0):
    """Image by image, six loops: filters, rows, columns; then the window."""
    xp, (SH, SW), out = prepare(x, w, stride, padding)
    _, C, FH, FW = w.shape
    for n in range(len(out)):
        for k in range(out.shape[1]):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    window, total = xp[n, :, i * SH :, j * SW :], b[k]
                    for c in range(C):
                        for p in range(FH):
                            for q in range(FW):
                                total += window[c, p, q] * w[k, c, p, q]
                    out[n, k, i, j] = total
    return out


def one_sum(x, w, b, stride=1, padding=0):
    """A dot product in one call: the loops of cnnkit.layers.naive."""
    return naive.conv2d(x, w, b, stride, padding)


def view(x, w, b, stride=1, padding=0):
    """All windows as one view, which copies nothing; einsum loops in C."""
    xp, step, _ = prepare(x, w, stride, padding)
    windows = all_windows(xp, w, step)  # (N, C, H2, W2, FH, FW)
    return np.einsum("nchwpq,kcpq->nkhw", windows, w) + b[:, None, None]


def im2col(x, w, b, stride=1, padding=0):
    """Every window copied into a column, then one matrix product."""
    xp, step, out = prepare(x, w, stride, padding)
    N, K, H2, W2 = out.shape
    windows = all_windows(xp, w, step).transpose(1, 4, 5, 0, 2, 3)
    columns = windows.reshape(-1, N * H2 * W2)  # (C*FH*FW, N*H2*W2), a copy
    product = w.reshape(K, -1) @ columns  # (K, N*H2*W2)
    product += b[:, None]
    return np.ascontiguousarray(product.reshape(K, N, H2, W2).swapaxes(0, 1))


def blocked(x, w, b, stride=1, padding=0):
    """im2col a few images at a time, in one buffer that is used again."""
    xp, step, out = prepare(x, w, stride, padding)
    windows = all_windows(xp, w, step).transpose(1, 4, 5, 0, 2, 3)
    filters, bytes_each = w.reshape(len(w), -1), windows[:, :, :, 0].nbytes
    for some in slices(slice(0, len(x)), max(1, BLOCK_BYTES // bytes_each)):
        block = windows[:, :, :, some]  # (C, FH, FW, n, H2, W2), a view
        columns = scratch("columns", block.shape, x.dtype)
        columns[...] = block
        product = filters @ columns.reshape(filters.shape[1], -1)
        product += b[:, None]
        out[some] = product.reshape(len(w), -1, *out.shape[2:]).swapaxes(0, 1)
    return out


def lowered(x, w, b, stride=1, padding=0):
    """Rows laid out FW times, windows not copied: cnnkit.layers.fast."""
    return fast.conv2d(x, w, b, stride, padding)


def torch(x, w, b, stride=1, padding=0):
    """PyTorch's own layer on the CPU."""
    from torch import from_numpy
    from torch.nn.functional import conv2d

    return conv2d(*map(from_numpy, (x, w, b)), stride, padding).numpy()


LADDER = {
    "six loops": six_loops,
    "one sum a window": one_sum,
    "view": view,
    "im2col": im2col,
    "blocked": blocked,
    "lowered rows": lowered,
    "torch": torch,
}


def fft(x, w, b, stride=1, padding=0):
    """Transform, multiply frequency by frequency, transform back."""
    xp, (SH, SW), out = prepare(x, w, stride, padding)
    size = [smooth(n) for n in xp.shape[2:]]
    image = np.fft.rfft2(xp, size).transpose(2, 3, 0, 1)  # (h, f, N, C)
    filters = np.fft.rfft2(w, size).transpose(2, 3, 1, 0)  # (h, f, C, K)
    # conj, for we do not flip the filter; without it: the mathematician's convolution
    product = np.ascontiguousarray(image) @ np.ascontiguousarray(filters.conj())
    whole = np.fft.irfft2(product.transpose(2, 3, 0, 1), size)  # (N, K, *size)
    H2, W2 = out.shape[2:]
    return whole[:, :, : H2 * SH : SH, : W2 * SW : SW] + b[:, None, None]


def winograd(x, w, b, stride=1, padding=0):
    """F(2x2, 3x3): 16 products make four outputs that take 36 otherwise."""
    xp, step, out = prepare(x, w, stride, padding)
    if w.shape[2:] != (3, 3) or step != (1, 1):
        raise ValueError(f"Winograd's F(2x2, 3x3) is for 3x3 filters at stride 1, not {w.shape[2:]} at {step}")
    N, K, H2, W2 = out.shape
    TH, TW = -(-H2 // 2), -(-W2 // 2)  # tiles: 4x4 pixels, which overlap by two, for 2x2 outputs
    filters = across(
        lambda g: (g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]), w.transpose(2, 3, 0, 1)
    )
    xp = np.pad(xp, ((0, 0), (0, 0), (0, 2 * TH - H2), (0, 2 * TW - W2)))
    whole = np.empty((N, K, TH, 2, TW, 2), x.dtype)
    for n in range(N):  # an image at a time, so that what is between stays in the cache
        tiles = sliding_window_view(xp[n], (4, 4), axis=(1, 2))[:, ::2, ::2].transpose(3, 4, 0, 1, 2)
        tiles = across(lambda d: (d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]), tiles)  # (4, 4, C, TH, TW)
        product = filters @ tiles.reshape(4, 4, -1, TH * TW)  # (4, 4, K, TH*TW), 16 matrix products
        four = across(lambda m: (m[0] + m[1] + m[2], m[1] - m[2] - m[3]), product)  # (2, 2, K, TH*TW)
        whole[n] = four.reshape(2, 2, K, TH, TW).transpose(2, 3, 0, 4, 1)
    return whole.reshape(N, K, 2 * TH, 2 * TW)[:, :, :H2, :W2] + b[:, None, None]


OTHERS = {"fft": fft, "winograd": winograd}


def prepare(x, w, stride, padding):
    """The zero-padded images, the stride as a pair, and an array for the result."""
    shape = shapes.conv2d_shape(x.shape, w.shape, None, stride, padding)
    PH, PW = shapes.pair("padding", padding, at_least=0)
    xp = np.pad(x, ((0, 0), (0, 0), (PH, PH), (PW, PW))) if PH or PW else x
    return xp, shapes.pair("stride", stride, at_least=1), np.empty(shape, x.dtype)


def all_windows(xp, w, step):
    """xp (N, C, HP, WP) -> (N, C, H2, W2, FH, FW), a view."""
    return sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, :: step[0], :: step[1]]


def across(transform, grid):
    """A small transform of the first axis, then of the second: m d m^T with additions instead of a product by m."""
    rows = np.stack(transform(grid))
    return np.stack(transform(rows.swapaxes(0, 1))).swapaxes(0, 1)


def smooth(n):
    """The next number from n on that has no prime factor above 5, which Fourier transforms like.

    >>> smooth(58), smooth(94)
    (60, 96)
    """

    def left(m):
        for prime in (2, 3, 5):
            while m % prime == 0:
                m //= prime
        return m

    while left(n) > 1:
        n += 1
    return n


# ------------------------------------------------------------------ numbers read and written, by formula

# touched: every number that a step reads or writes, each time, wherever it comes from. A matrix product counts each of
#          its factors once and its result once.
# moved:   what has to come from main memory or go there: the arrays of the whole batch, once for each step that reads
#          or writes all of them. What a small buffer holds, or a window that was just read, stays in the cache.


def touched(name, convolution):
    """How many numbers a rung reads and writes, for the whole batch; None where we cannot know."""
    x, xp, w, out, columns, rows = sizes(convolution)
    pad = x + xp if convolution.padding else 0
    pairs = columns * convolution.w[0]  # multiply-adds
    return {
        "six loops": pad + 2 * pairs + out,  # a pixel and a weight for each
        "one sum a window": pad + 4 * pairs + out,  # and the product, written and read
        "view": pad + 2 * pairs + 3 * out,  # and the bias: read, write
        "im2col": pad + 2 * columns + columns + w + 5 * out,  # copy; product; bias; to the right order
        "blocked": pad + 2 * columns + columns + w + 5 * out,
        "lowered rows": pad + 2 * rows + columns + w + 5 * out,
    }.get(name)


def moved(name, convolution):
    """How many numbers a rung has to move from and to main memory, for the whole batch; for torch, at least."""
    x, xp, w, out, columns, _ = sizes(convolution)
    pad = x + xp if convolution.padding else 0
    once = pad + xp + w + out
    return {
        "six loops": once,
        "one sum a window": once,
        "view": once + 2 * out,
        "im2col": once + 2 * columns + 4 * out,
        "blocked": once,
        "lowered rows": x + w + out,  # padding, rows and products are in scratch memory
        "torch": x + w + out,
    }[name]


def sizes(convolution):
    """How many numbers are in x, the padded x, w, out, all windows, and all rows laid out FW times."""
    _, (N, C, H, W), (K, _, FH, FW), stride, padding = convolution
    HP, WP = H + 2 * padding, W + 2 * padding
    _, _, H2, W2 = shapes.conv2d_shape(*convolution[1:3], None, stride, padding)
    return (
        N * C * H * W,
        N * C * HP * WP,
        K * C * FH * FW,
        N * K * H2 * W2,
        N * H2 * W2 * C * FH * FW,
        N * HP * C * FW * W2,
    )
