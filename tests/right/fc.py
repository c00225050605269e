# %% stretch: loops, a list of lists
def stretch(x):
    if x.ndim == 2:
        return x.tolist()
    return stretch(np.concatenate([x[:, i] for i in range(x.shape[1])], axis=1)) if x.ndim == 3 else stretch(
        x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1]))


# %% stretch: recursion over nested lists
def flat(value):
    if isinstance(value, list):
        for item in value:
            yield from flat(item)
    else:
        yield value


def stretch(x):
    return np.array([list(flat(image)) for image in x.tolist()])


# %% stretch: a view in Fortran's memory
stretch = lambda x: np.asfortranarray(np.vstack([image.ravel() for image in x]))


# %% linear_parameters: the size of real arrays
def linear_parameters(d, m, bias=True):
    return np.empty((m, d), dtype=bool).size + (np.empty(m).size if bias else 0)


# %% linear_parameters: a sum over the neurons, a NumPy integer
def linear_parameters(d, m, *, bias=True):
    return np.sum(np.full(m, d + int(bias)))


# %% linear: nested loops
def linear(x, w, b=None):
    rows = [list(image.ravel()) for image in x]
    out = []
    for row in rows:
        scores = []
        for m, weights in enumerate(w):
            total = b[m] if b is not None else 0
            for value, weight in zip(row, weights):
                total = total + value * weight
            scores.append(total)
        out.append(scores)
    return out


# %% linear: the bias as one more input that is always 1
def linear(x, w, b=None):
    rows = np.hstack([x.reshape(len(x), -1), np.ones((len(x), 1))])
    bias = np.zeros(len(w)) if b is None else b
    return np.einsum("nd,md->nm", rows, np.column_stack([w, bias]))


# %% linear: tensordot over the volume, the weights folded
def linear(x, w, b=None):
    folded = w.reshape(len(w), *x.shape[1:])
    axes = list(range(1, x.ndim))
    out = np.tensordot(x.astype(np.float64), folded, axes=(axes, axes))
    if b is not None:
        out += b
    return out


# %% linear: w times columns, turned at the end, so not contiguous
def linear(x, w, b=None):
    columns = np.reshape(x, (x.shape[0], -1)).T
    return (w.dot(columns) + (0 if b is None else np.expand_dims(b, 1))).T


# %% linear: a class with __call__ and a cache
class Linear:
    cache = {}

    def __call__(self, x, w, b=None):
        self.cache["rows"] = x.reshape(len(x), -1)
        out = np.inner(self.cache["rows"], w)
        return out if b is None else np.add(out, b)


linear = Linear()


# %% linear_backward: nested loops
def linear_backward(dout, x, w):
    N, M = dout.shape
    rows = x.reshape(N, -1)
    D = rows.shape[1]
    dx, dw, db = np.zeros((N, D)), np.zeros((M, D)), np.zeros(M)
    for n in range(N):
        for m in range(M):
            db[m] += dout[n, m]
            for d in range(D):
                dx[n, d] += dout[n, m] * w[m, d]
                dw[m, d] += dout[n, m] * rows[n, d]
    return dx.reshape(x.shape), dw, db


# %% linear_backward: a list of einsums, volumes never stretched
def linear_backward(dout, x, w):
    folded = w.reshape((len(w),) + x.shape[1:])
    dx = np.einsum("nm,m...->n...", dout, folded)
    dw = np.einsum("nm,n...->m...", dout, x).reshape(w.shape)
    return [dx, dw, np.einsum("nm->m", dout)]


# %% linear_backward: outer products image by image, db by ones
def linear_backward(dout, x, w):
    dw = sum(np.outer(d, image) for d, image in zip(dout, x))
    dx = np.array([(w.T @ d).reshape(x.shape[1:]) for d in dout])
    return dx, dw, np.ones(len(x)) @ dout


# %% linear_backward: kron, in float64
def linear_backward(dout, x, w):
    dw = np.zeros(w.shape)
    for n in range(len(x)):
        dw += np.kron(dout[n][:, None], x[n].reshape(1, -1))
    dx = np.matmul(dout.astype(float), w)
    dx.shape = x.shape
    return dx, dw, np.add.reduce(dout, axis=0)


# %% relu: half of number and absolute value
def relu(x):
    return (x + np.abs(x)) / 2


# %% relu: a product with the mask
def relu(x):
    return x * (x > 0)


# %% relu: a buffer
def relu(x):
    out = np.array(x, copy=True)
    np.maximum(out, 0, out=out)
    return out


# %% relu: np.vectorize of Python's max
relu = np.vectorize(lambda v: max(v, 0.0))


# %% relu: written into x, which costs a note and no points
def relu(x):
    x[x < 0] = 0
    return x


# %% relu_backward: np.heaviside
def relu_backward(dout, x):
    return np.multiply(dout, np.heaviside(x, 0))


# %% relu_backward: a loop over flat places
def relu_backward(dout, x):
    dx = np.zeros(x.shape).ravel()
    for k, (d, v) in enumerate(zip(dout.flat, x.flat)):
        if v > 0:
            dx[k] = d
    return dx.reshape(x.shape)


# %% relu_backward: in-place on a copy
def relu_backward(dout, x):
    dx = dout.copy()
    dx[~(x > 0)] = 0
    return dx


# %% softmax: loops and math.exp
import math


def softmax(scores):
    p = []
    for row in scores.tolist():
        top = max(row)
        e = [math.exp(s - top) for s in row]
        p.append([v / sum(e) for v in e])
    return p


# %% softmax: exp of the log-probabilities, np.logaddexp
def softmax(scores):
    s = scores.astype(np.float64)
    return np.exp(s - np.logaddexp.reduce(s, axis=1, keepdims=True))


# %% softmax: one over the sum of differences
def softmax(scores):
    with np.errstate(over="ignore"):
        return 1 / np.exp(scores[:, None, :] - scores[:, :, None]).sum(axis=2)


# %% softmax: apply_along_axis, with a print and a warning
import warnings


def one_row(row):
    e = np.exp(row - np.amax(row))
    return e / np.sum(e)


def softmax(scores):
    print(scores.shape)
    warnings.warn("rows are treated one at a time")
    np.log(np.zeros(1))
    return np.apply_along_axis(one_row, 1, scores)


# %% softmax_cross_entropy: logaddexp
def softmax_cross_entropy(scores, labels):
    s = scores.astype(float)
    return float(np.mean(np.logaddexp.reduce(s, axis=1) - s[np.arange(len(s)), labels]))


# %% softmax_cross_entropy: loops, an array of one number without axes
import math


def softmax_cross_entropy(scores, labels):
    total = 0.0
    for row, y in zip(scores.tolist(), labels.tolist()):
        top = max(row)
        total += top + math.log(sum(math.exp(s - top) for s in row)) - row[y]
    return np.array(total / len(labels))


# %% softmax_cross_entropy: one-hot rows and a product, in the dtype of the scores
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return -np.trace(logp @ np.eye(scores.shape[1])[labels].T) / len(labels)


# %% softmax_cross_entropy: take_along_axis, differences to the right class
def softmax_cross_entropy(scores, labels):
    right = np.take_along_axis(scores, labels[:, None], axis=1)
    gap = scores - right
    top = np.maximum(gap.max(axis=1), 0)
    return np.average(top + np.log(np.exp(gap - top[:, None]).sum(axis=1)))


# %% softmax_cross_entropy_backward: p minus one-hot
def softmax_cross_entropy_backward(scores, labels):
    N, M = scores.shape
    e = np.exp(scores - scores.max(axis=1)[:, None])
    return (e / e.sum(axis=1)[:, None] - np.equal.outer(labels, np.arange(M))) / N


# %% softmax_cross_entropy_backward: the chain, through the Jacobian of softmax
def softmax_cross_entropy_backward(scores, labels):
    N, M = scores.shape
    out = np.zeros((N, M))
    for n in range(N):
        z = scores[n].astype(float) - scores[n].max()
        p = np.exp(z) / np.exp(z).sum()
        J = np.diag(p) - np.outer(p, p)
        y = labels[n]
        out[n] = -J[:, y] / p[y] / N if p[y] > 1e-300 else (p - np.eye(M)[y]) / N
    return out


# %% softmax_cross_entropy_backward: np.subtract.at
def softmax_cross_entropy_backward(scores, labels):
    p = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    np.subtract.at(p, (np.arange(len(labels)), labels), 1)
    np.divide(p, len(labels), out=p)
    return p


# %% softmax_cross_entropy_backward: plain Python
import math


def softmax_cross_entropy_backward(scores, labels):
    def row(values, y):
        top = max(values)
        e = [math.exp(v - top) for v in values]
        return [(a / sum(e) - (m == y)) / len(labels) for m, a in enumerate(e)]
    return [row(values, y) for values, y in zip(scores.tolist(), labels)]


# %% linear_as_conv: im2col
def linear_as_conv(x, w, b, size):
    h, width = pair(size)
    N, C, H, W = x.shape
    P, Q = H - h + 1, W - width + 1
    columns = np.array([x[n, :, i:i + h, j:j + width].ravel() for n in range(N) for i in range(P) for j in range(Q)])
    return (columns @ w.T + b).reshape(N, P, Q, len(w)).transpose(0, 3, 1, 2)


# %% linear_as_conv: six loops
def linear_as_conv(x, w, b, size):
    h, width = pair(size)
    N, C, H, W = x.shape
    out = np.zeros((N, len(w), H - h + 1, W - width + 1))
    for n in range(N):
        for m in range(len(w)):
            for i in range(H - h + 1):
                for j in range(W - width + 1):
                    k, total = 0, b[m]
                    for c in range(C):
                        for a in range(h):
                            for q in range(width):
                                total += w[m, k] * x[n, c, i + a, j + q]
                                k += 1
                    out[n, m, i, j] = total
    return out


# %% linear_as_conv: the Fourier transform
def linear_as_conv(x, w, b, size):
    h, width = pair(size)
    N, C, H, W = x.shape
    f = np.zeros((len(w), C, H, W))
    f[:, :, :h, :width] = w.reshape(len(w), C, h, width)
    spectrum = np.einsum("nchw,mchw->nmhw", np.fft.fft2(x), np.conj(np.fft.fft2(f)))
    return np.fft.ifft2(spectrum).real[:, :, :H - h + 1, :W - width + 1] + b[:, None, None]


# %% linear_as_conv: sliding_window_view and einsum
def linear_as_conv(x, w, b, size):
    h, width = pair(size)
    v = np.lib.stride_tricks.sliding_window_view(x, (h, width), axis=(2, 3))
    f = w.reshape(len(w), x.shape[1], h, width)
    return np.einsum("ncijab,mcab->nmij", v, f, optimize=True) + b.reshape(1, -1, 1, 1)


# %% linear_as_conv: one pass for each weight
def linear_as_conv(x, w, b, size):
    h, width = pair(size)
    N, C, H, W = x.shape
    P, Q = H - h + 1, W - width + 1
    out = np.zeros((N, len(w), P, Q)) + np.array(b)[None, :, None, None]
    for k in range(w.shape[1]):
        c, a, q = np.unravel_index(k, (C, h, width))
        out += w[None, :, k, None, None] * x[:, c, None, a:a + P, q:q + Q]
    return out
