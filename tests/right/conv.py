# Right answers to the assignment `conv` in odd but legitimate styles.
# ruff: noqa

# %% conv_output_size: recursion, one step at a time
def conv_output_size(n, f, stride=1, padding=0):
    room = n + padding + padding

    def steps(rest):
        if rest < 0:
            raise ValueError("does not fit")
        return 1 if rest == 0 else 1 + steps(rest - stride)

    import sys

    sys.setrecursionlimit(max(5000, sys.getrecursionlimit()))
    return steps(room - f)

# %% conv_output_size: range and len, keyword-only helper, fractions
from fractions import Fraction

def conv_output_size(n, f, stride=1, padding=0):
    size = Fraction(n + 2 * padding - f, stride) + 1
    if size.denominator != 1 or size < 1:
        raise ValueError(f"no whole number of places: {size}")
    return np.int64(size.numerator)

# %% conv_output_size: a class that is called, with a cache and a print
class Sizes:
    def __init__(self):
        self.known = {}

    def __call__(self, n, f, stride=1, padding=0):
        print("size of", n, f)
        key = (n, f, stride, padding)
        if key not in self.known:
            corners = [c for c in range(-padding, n + padding) if c + f <= n + padding and (c + padding) % stride == 0]
            if not corners or corners[-1] + f != n + padding:
                raise ValueError("does not fit")
            self.known[key] = len(corners)
        return self.known[key]

conv_output_size = Sizes()

# %% conv_output_shape: a generator, and a list comes back
def conv_output_shape(shape, k, f, stride=1, padding=0):
    def sides():
        yield k
        for n, *setting in zip(shape[1:], pair(f), pair(stride), pair(padding)):
            q, r = divmod(n + 2 * setting[2] - setting[0], setting[1])
            if r or q < 0:
                raise ValueError("does not fit")
            yield q + 1

    return list(sides())

# %% conv_output_shape: NumPy integers
def conv_output_shape(shape, k, f, stride=1, padding=0):
    _, *hw = np.array(shape)
    way = np.array(hw) + 2 * np.array(pair(padding)) - np.array(pair(f))
    if (way < 0).any() or (way % np.array(pair(stride))).any():
        raise ValueError("does not fit")
    return (k, *(way // np.array(pair(stride)) + 1))

# %% conv_parameters: counts a real array
def conv_parameters(c, k, f, bias=True):
    w, b = np.empty((k, c, *pair(f))), np.empty(k if bias else 0)
    return w.size + b.size

# %% conv_parameters: a partial of a lambda with keywords
from functools import partial

_count = lambda c, k, f, bias, *, one: one * (c * k * pair(f)[0] * pair(f)[1] + (k if bias else 0))
_one = partial(_count, one=1)

def conv_parameters(c, k, f, bias=True, **rest):
    return _one(c, k, f, bias, **rest)

# %% zero_pad: concatenation of strips
def zero_pad(x, padding):
    ph, pw = pair(padding)
    n, c, h, w = x.shape
    side = np.zeros((n, c, h, pw))
    x = np.concatenate([side, x, side], axis=3)
    lid = np.zeros((n, c, ph, w + 2 * pw))
    return np.concatenate([lid, x, lid], axis=2)

# %% zero_pad: matrix products, and the result is not contiguous
def zero_pad(x, padding):
    ph, pw = pair(padding)
    down = np.eye(x.shape[2] + 2 * ph, x.shape[2], -ph)
    along = np.eye(x.shape[3] + 2 * pw, x.shape[3], -pw)
    return (along @ (down @ x.astype(np.float64)).swapaxes(2, 3)).swapaxes(2, 3)

# %% zero_pad: lists of lists
def zero_pad(x, padding):
    ph, pw = pair(padding)
    width = x.shape[3] + 2 * pw
    empty = lambda: [[0.0] * width for _ in range(ph)]
    return [
        [empty() + [[0.0] * pw + row + [0.0] * pw for row in channel] + empty() for channel in image]
        for image in x.tolist()
    ]

# %% conv2d: Fourier
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    H, W = x.shape[2:]
    FH, FW = w.shape[2:]
    if FH > H or FW > W or (H - FH) % sh or (W - FW) % sw:
        raise ValueError("does not fit")
    X, F = np.fft.fft2(x), np.fft.fft2(w[:, :, ::-1, ::-1], s=(H, W))
    full = np.fft.ifft2(np.einsum("nchw,kchw->nkhw", X, F)).real
    return full[:, :, FH - 1 :: sh, FW - 1 :: sw] + b[:, None, None]

# %% conv2d: a sparse matrix of all weights, kron style
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if FH > Hp or FW > Wp or (Hp - FH) % sh or (Wp - FW) % sw:
        raise ValueError("does not fit")
    H2, W2 = (Hp - FH) // sh + 1, (Wp - FW) // sw + 1
    big = np.zeros((K, H2, W2, C, Hp, Wp))
    for i in range(H2):
        for j in range(W2):
            big[:, i, j, :, i * sh : i * sh + FH, j * sw : j * sw + FW] = w
    inner = big[..., ph : ph + H, pw : pw + W].reshape(K * H2 * W2, C * H * W)
    return (x.reshape(N, -1) @ inner.T).reshape(N, K, H2, W2) + b.reshape(K, 1, 1)

# %% conv2d: nested loops with sums by math.fsum, warnings and a decorator
import functools
import math
import warnings

def noisy(function):
    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        warnings.warn("this is slow")
        np.log(np.zeros(1))
        return function(*args, **kwargs)

    return wrapped

@noisy
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    rest_h, rest_w = H + 2 * ph - FH, W + 2 * pw - FW
    if rest_h < 0 or rest_w < 0 or rest_h % sh or rest_w % sw:
        raise ValueError("does not fit")

    def pixel(n, c, i, j):
        return float(x[n, c, i, j]) if 0 <= i < H and 0 <= j < W else 0.0

    out = np.empty((N, K, rest_h // sh + 1, rest_w // sw + 1), order="F")
    for n, k, i, j in np.ndindex(*out.shape):
        out[n, k, i, j] = b[k] + math.fsum(
            pixel(n, c, i * sh + p - ph, j * sw + q - pw) * float(w[k, c, p, q])
            for c in range(C) for p in range(FH) for q in range(FW)
        )
    return out

# %% conv2d: as_strided and tensordot, a transposed view comes back
def conv2d(x, w, b, *args, **kwargs):
    return _conv(x, w, b, *args, **kwargs)

def _conv(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))))
    (N, C, H, W), (FH, FW) = x.shape, w.shape[2:]
    ways = ((H - FH, sh), (W - FW, sw))
    if any(way < 0 or way % s for way, s in ways):
        raise ValueError("does not fit")
    n, c, h, v = x.strides
    view = np.lib.stride_tricks.as_strided(
        x, (N, ways[0][0] // sh + 1, ways[1][0] // sw + 1, C, FH, FW), (n, h * sh, v * sw, c, h, v)
    )
    return (np.tensordot(view, w, 3 * [[]] and ([3, 4, 5], [1, 2, 3])) + b).transpose(0, 3, 1, 2)

# %% conv2d_backward: np.add.at on flat indices
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    H2, W2 = dout.shape[2:]
    rows = (sh * np.arange(H2)[:, None, None, None] + np.arange(FH)[None, None, :, None]) + np.zeros((1, W2, 1, FW), int)
    cols = (sw * np.arange(W2)[None, :, None, None] + np.arange(FW)[None, None, None, :]) + np.zeros((H2, 1, FH, 1), int)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = padded[:, :, rows, cols]  # N C H2 W2 FH FW
    dw = np.einsum("ncijpq,nkij->kcpq", windows, dout)
    wanted = np.einsum("nkij,kcpq->ncijpq", dout, w)
    dxp = np.zeros(padded.shape)
    for n in range(N):
        for c in range(C):
            np.add.at(dxp[n, c], (rows, cols), wanted[n, c])
    return [dxp[:, :, ph : ph + H, pw : pw + W], dw, dout.sum((0, 2, 3)).tolist()]

# %% conv2d_backward: through the Jacobian, column by column
def conv2d_backward(dout, x, w, stride=1, padding=0):
    def forward(x, w):
        (sh, sw), (ph, pw) = pair(stride), pair(padding)
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
        return np.einsum("ncijpq,kcpq->nkij", v, w)

    x, w, dout = (np.asarray(a, np.float64) for a in (x, w, dout))
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for index in np.ndindex(*x.shape):
        e = np.zeros(x.shape)
        e[index] = 1
        dx[index] = (dout * forward(e, w)).sum()
    for index in np.ndindex(*w.shape):
        e = np.zeros(w.shape)
        e[index] = 1
        dw[index] = (dout * forward(x, e)).sum()
    return dx, dw, np.einsum("nkij->k", dout)

# %% conv2d_backward: an object that remembers, in-place buffers, writes into a copy of dout
class Layer:
    def __init__(self, w, stride, padding):
        self.w, (self.sh, self.sw), (self.ph, self.pw) = w, pair(stride), pair(padding)

    def backward(self, dout, x):
        H, W = x.shape[2:]
        buffer = np.zeros((x.shape[0], x.shape[1], H + 2 * self.ph, W + 2 * self.pw), np.float64)
        image = buffer.copy()
        image[:, :, self.ph : self.ph + H, self.pw : self.pw + W] += x
        dw = np.zeros(self.w.shape, np.float64)
        for p, q in np.ndindex(*self.w.shape[2:]):
            rows = slice(p, p + self.sh * dout.shape[2], self.sh)
            cols = slice(q, q + self.sw * dout.shape[3], self.sw)
            dw[:, :, p, q] += np.tensordot(dout, image[:, :, rows, cols], axes=([0, 2, 3], [0, 2, 3]))
            np.add(
                buffer[:, :, rows, cols],
                np.moveaxis(np.tensordot(self.w[:, :, p, q], dout, axes=(0, 1)), 0, 1),
                out=buffer[:, :, rows, cols],
            )
        return buffer[:, :, self.ph : self.ph + H, self.pw : self.pw + W], dw, dout.sum(-1).sum(-1).sum(0)

def conv2d_backward(dout, x, w, stride=1, padding=0):
    return Layer(w, stride, padding).backward(dout, x)
