# %% pool_output_size: counts the places one by one
def pool_output_size(n, size, stride=None):
    step = size if stride is None else stride
    starts = list(range(0, n - size + 1, step))
    if not starts or starts[-1] + size != n:
        raise ValueError(f"a window of {size} at stride {step} leaves pixels of {n}")
    return len(starts)


# %% pool_output_size: recursion
def pool_output_size(n, size, stride=None):
    stride = stride or size
    if n < size:
        raise ValueError("does not fit")
    if n == size:
        return 1
    return 1 + pool_output_size(n - stride, size, stride)


# %% pool_output_size: Fraction and a NumPy integer out
from fractions import Fraction


def pool_output_size(n, size, stride=None):
    places = Fraction(n - size, stride if stride else size) + 1
    if places.denominator != 1 or places < 1:
        raise ValueError(places)
    return np.int64(places.numerator)


# %% pool_output_size: an error class of its own
class DoesNotFit(ValueError):
    pass


def pool_output_size(n, size, stride=None):
    places, rest = divmod(n - size, stride or size)
    if rest or places < 0:
        raise DoesNotFit()
    print("places:", places + 1)
    return places + 1


# %% sizes_after: accumulate
from itertools import accumulate


def sizes_after(n, layers):
    def one(length, layer):
        size, stride = layer
        if length < size or (length - size) % stride:
            raise ValueError(f"{layer} does not fit {length}")
        return (length - size) // stride + 1

    return list(accumulate(layers, one, initial=n))


# %% sizes_after: a generator helper, a tuple of layers taken apart
def walk(n, layers):
    yield n
    for layer in layers:
        if n < layer[0] or (n - layer[0]) % layer[1] != 0:
            raise ValueError
        n = 1 + (n - layer[0]) // layer[1]
        yield n


def sizes_after(n, layers):
    return [*walk(n, layers)]


# %% sizes_after: an array of whole numbers made to a list
def sizes_after(n, layers):
    sizes = np.zeros(len(layers) + 1, dtype=int)
    sizes[0] = n
    for k, (size, stride) in enumerate(layers):
        travel = sizes[k] - size
        if travel < 0 or travel % stride:
            raise ValueError("no")
        sizes[k + 1] = travel // stride + 1
    return sizes.tolist()


# %% max_pool2d: nested loops over lists of lists
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = (fh, fw) if stride is None else pair(stride)
    height, width = len(x[0][0]), len(x[0][0][0])
    if height < fh or width < fw or (height - fh) % sh or (width - fw) % sw:
        raise ValueError("windows do not fit")
    return [[[[max(row[left + b] for row in channel[top:top + fh] for b in range(fw))
               for left in range(0, width - fw + 1, sw)]
              for top in range(0, height - fh + 1, sh)]
             for channel in image]
            for image in x.tolist()]


# %% max_pool2d: as_strided, a result that is not contiguous, float64
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError(f"{x.shape} {size} {stride}")
    a, b, c, d = x.strides
    shape = (N, C, (H - fh) // sh + 1, (W - fw) // sw + 1, fh, fw)
    view = np.lib.stride_tricks.as_strided(x, shape, (a, b, c * sh, d * sw, c, d), writeable=False)
    wide = view.max(axis=(4, 5)).astype(np.float64).transpose(3, 2, 1, 0)
    return np.asfortranarray(wide).transpose(3, 2, 1, 0)


# %% max_pool2d: separable, rows first, in a class with __call__
class Pool:
    def __init__(self, reduce):
        self.reduce = reduce

    def along(self, x, axis, size, stride):
        n = x.shape[axis]
        if n < size or (n - size) % stride:
            raise ValueError("does not fit")
        starts = np.arange(0, n - size + 1, stride)
        return self.reduce([np.take(x, starts + k, axis=axis) for k in range(size)])

    def __call__(self, x, size, stride=None):
        size = pair(size)
        stride = size if stride is None else pair(stride)
        for axis in (2, 3):
            x = self.along(x, axis, size[axis - 2], stride[axis - 2])
        return x


max_pool2d = Pool(lambda parts: np.max(parts, axis=0))


# %% max_pool2d: sorted windows, partition, a decorator that checks
import functools


def fitting(function):
    @functools.wraps(function)
    def checked(x, size, stride=None):
        size = pair(size)
        stride = size if stride is None else pair(stride)
        for n, f, s in zip(x.shape[2:], size, stride):
            if f > n or (n - f) % s != 0:
                raise ValueError(f"{n} pixels, {f} wide windows, stride {s}")
        return function(x, size, stride)
    return checked


@fitting
def max_pool2d(x, size, stride):
    v = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[:, :, ::stride[0], ::stride[1]]
    return np.sort(v.reshape(*v.shape[:4], -1), axis=-1)[..., -1]


# %% max_pool2d: an in-place buffer of -inf, with a warning
import warnings


def max_pool2d(x, size, stride=None):
    warnings.warn("slow")
    fh, fw = pair(size)
    sh, sw = pair(stride) if stride is not None else pair(size)
    N, C, H, W = x.shape
    if (H - fh) % sh or (W - fw) % sw or min(H - fh, W - fw) < 0:
        raise ValueError("bad sizes")
    out = np.full((N, C, 1 + (H - fh) // sh, 1 + (W - fw) // sw), -np.inf)
    for a in range(fh):
        for b in range(fw):
            np.maximum(out, x[:, :, a::sh, b::sw][:, :, :out.shape[2], :out.shape[3]], out=out)
    return out


# %% max_pool2d_backward: np.add.at
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    v = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw]
    k = v.reshape(*v.shape[:4], fh * fw).argmax(axis=-1)
    n, c, i, j = np.indices(k.shape)
    dx = np.zeros_like(x)
    np.add.at(dx, (n, c, i * sh + k // fw, j * sw + k % fw), dout)
    return dx


# %% max_pool2d_backward: bincount over flat places
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    places = np.arange(x.size).reshape(x.shape)
    where = []
    for n, c, i, j in np.ndindex(dout.shape):
        cut = (n, c, slice(i * sh, i * sh + fh), slice(j * sw, j * sw + fw))
        where.append(places[cut].ravel()[np.argmax(x[cut])])
    return np.bincount(where, weights=dout.ravel(), minlength=x.size).reshape(x.shape)


# %% max_pool2d_backward: a mask that the first maximum closes, vectorised over images and channels
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].max(axis=(2, 3))
            still = np.ones(top.shape, bool)
            for a in range(fh):
                for b in range(fw):
                    here = still & (x[:, :, i * sh + a, j * sw + b] == top)
                    dx[:, :, i * sh + a, j * sw + b] += np.where(here, dout[:, :, i, j], 0)
                    still &= ~here
    return dx


# %% max_pool2d_backward: plain lists and a dictionary
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    collected = {}
    for n, image in enumerate(dout.tolist()):
        for c, plane in enumerate(image):
            for i, row in enumerate(plane):
                for j, d in enumerate(row):
                    spots = [(i * sh + a, j * sw + b) for a in range(fh) for b in range(fw)]
                    r, q = max(spots, key=lambda rq: x[n, c, rq[0], rq[1]])
                    collected[n, c, r, q] = collected.get((n, c, r, q), 0) + d
    dx = np.zeros(x.shape).tolist()
    for (n, c, r, q), d in collected.items():
        dx[n][c][r][q] = d
    return dx


# %% avg_pool2d: two matrices, one for the rows and one for the columns
def averages(n, f, s):
    if f > n or (n - f) % s:
        raise ValueError("no fit")
    m = np.zeros(((n - f) // s + 1, n))
    for i, row in enumerate(m):
        row[i * s:i * s + f] = 1 / f
    return m


def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    return averages(x.shape[2], fh, sh) @ x @ averages(x.shape[3], fw, sw).T


# %% avg_pool2d: an integral image
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    total = np.zeros((N, C, H + 1, W + 1))
    total[:, :, 1:, 1:] = x.astype(np.float64).cumsum(2).cumsum(3)
    r, q = np.arange(0, H - fh + 1, sh)[:, None], np.arange(0, W - fw + 1, sw)
    return (total[:, :, r + fh, q + fw] - total[:, :, r, q + fw]
            - total[:, :, r + fh, q] + total[:, :, r, q]) / (fh * fw)


# %% avg_pool2d: the Fourier transform
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    box = np.zeros((H, W))
    box[:fh, :fw] = 1 / (fh * fw)
    full = np.fft.ifft2(np.fft.fft2(x) * np.conj(np.fft.fft2(box))).real
    return full[:, :, :H - fh + 1:sh, :W - fw + 1:sw]


# %% avg_pool2d: keyword-only inside, functools.partial outside
import functools


def pooled(x, size, stride=None, *, reduce):
    size, stride = pair(size), pair(size if stride is None else stride)
    if any(n < f or (n - f) % s for n, f, s in zip(x.shape[2:], size, stride)):
        raise ValueError("no fit")
    tops = range(0, x.shape[2] - size[0] + 1, stride[0])
    lefts = range(0, x.shape[3] - size[1] + 1, stride[1])
    return np.stack([np.stack([reduce(x[..., t:t + size[0], f:f + size[1]]) for f in lefts], -1) for t in tops], -2)


avg_pool2d = functools.partial(pooled, reduce=lambda v: np.mean(v, axis=(-2, -1)))


# %% avg_pool2d: Python's fsum
import math


def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.empty((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1), dtype=object)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = math.fsum(x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw].flat) / fh / fw
    return out.astype(float)


# %% avg_pool2d_backward: two matrices
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)

    def spread(n, f, s, out):
        m = np.zeros((n, out))
        for i in range(out):
            m[i * s:i * s + f, i] = 1 / f
        return m

    rows = spread(x.shape[2], fh, sh, dout.shape[2])
    columns = spread(x.shape[3], fw, sw, dout.shape[3])
    return np.einsum("hi,ncij,wj->nchw", rows, dout, columns)


# %% avg_pool2d_backward: one pass for each place of the window
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    H2, W2 = dout.shape[2:]
    dx = np.zeros_like(x)
    for a in range(fh):
        for b in range(fw):
            dx[:, :, a:a + sh * (H2 - 1) + 1:sh, b:b + sw * (W2 - 1) + 1:sw] += dout / (fh * fw)
    return dx


# %% avg_pool2d_backward: asks for each pixel which windows it is in
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape, dtype=np.float64)
    for r in range(x.shape[2]):
        for q in range(x.shape[3]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    if 0 <= r - i * sh < fh and 0 <= q - j * sw < fw:
                        dx[..., r, q] = dx[..., r, q] + dout[..., i, j] / (fh * fw)
    return dx


# %% avg_pool2d_backward: the slope measured, the function being linear
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for n, c, r, q in np.ndindex(x.shape):
        one = np.zeros(x.shape[2:])
        one[r, q] = 1
        for i, j in np.ndindex(dout.shape[2:]):
            dx[n, c, r, q] += dout[n, c, i, j] * one[i * sh:i * sh + fh, j * sw:j * sw + fw].mean()
    return dx
