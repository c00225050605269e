# %% linear_scores: lists of lists by comprehension
def linear_scores(W, x):
    return [[float(sum(wd * xd for wd, xd in zip(w, s))) for w in W] for s in x]


# %% linear_scores: broadcasting, a non-contiguous result
def linear_scores(W, x):
    return (W[:, None, :] * x[None, :, :]).sum(axis=-1).T


# %% linear_scores: one Kronecker-like product by tensordot, with prints
def linear_scores(*, W=None, x=None, **rest):
    return np.tensordot(x, W, axes=([1], [1]))


_keyword_only = linear_scores


def linear_scores(W, x):
    print("scores of", len(x), "samples")
    return _keyword_only(W=W, x=x)


# %% linear_scores: the buffer is filled in place by recursion
def linear_scores(W, x):
    out = np.empty((x.shape[0], W.shape[0]), dtype=np.float64)

    def fill(n, m):
        if n == len(x):
            return
        if m == len(W):
            return fill(n + 1, 0)
        out[n, m] = np.vdot(W[m], x[n])
        fill(n, m + 1)

    for n in range(len(x)):  # not deeper than a row, for Python's sake
        out[n] = [np.vdot(row, x[n]) for row in W]
    return out


# %% two_layer: a class with __call__, mask and product
class TwoLayer:
    def __init__(self, W1, W2):
        self.W1, self.W2 = W1, W2

    def __call__(self, x):
        net = np.einsum("hd,nd->hn", self.W1, x)
        net *= net > 0
        return np.matmul(self.W2, net).swapaxes(0, 1)


def two_layer(W1, W2, x):
    return TwoLayer(W1, W2)(x)


# %% two_layer: (z + |z|) / 2 and a generator of rows
def two_layer(W1, W2, x):
    def rows():
        for sample in x:
            z = W1.dot(sample)
            yield W2.dot((z + np.abs(z)) / 2)

    return np.stack(list(rows()))


# %% adaline_step: a list, term by term, in Python numbers
def adaline_step(w, x, target, rate):
    w, x = [float(a) for a in w], [float(a) for a in x]
    meter = 0.0
    for a, b in zip(w, x):
        meter = meter + a * b
    return [a - rate * (meter - target) * b for a, b in zip(w, x)]


# %% adaline_step: down a gradient, float64 inside, dtype of the input outside
def adaline_step(w, x, target, rate):
    a, b = np.float64(w), np.float64(x)
    gradient = -(target - np.inner(a, b)) * b
    return np.subtract(a, rate * gradient).astype(w.dtype)


# %% adaline_step: writes into a copy of w in place
def adaline_step(w, x, target, rate):
    new = np.array(w, copy=True)
    err = target - np.einsum("d,d", w, x)
    new += (rate * err * x).astype(new.dtype)
    return new


# %% adaline_fit: reduce over a flattened, repeated schedule
def adaline_fit(w, x, targets, rate, epochs):
    import functools
    import itertools

    schedule = itertools.chain.from_iterable(itertools.repeat(range(len(x)), epochs))
    return functools.reduce(lambda v, n: v + rate * (targets[n] - v @ x[n]) * x[n], schedule, w)


# %% adaline_fit: one counter and a modulus, column vectors
def adaline_fit(w, x, targets, rate, epochs):
    v = w.reshape(-1, 1).astype(float)
    for k in range(epochs * len(x)):
        column = x[k % len(x)].reshape(-1, 1)
        v = v + rate * column * (targets[k % len(x)] - (column.T @ v).item())
    return v.ravel()


# %% sigmoid: tanh of the half
def sigmoid(z):
    return 0.5 * (np.tanh(0.5 * np.asarray(z, dtype=np.float64)) + 1)


# %% sigmoid: overflow warnings, an extra warning of its own
def sigmoid(z):
    import warnings

    warnings.warn("exp may overflow")
    np.log(np.zeros(1))
    return 1 / (1 + np.exp(-z))


# %% sigmoid: np.vectorize over math
def sigmoid(z):
    import math

    def one(v):
        v = float(v)
        if v < 0:
            return math.exp(v) / (1 + math.exp(v))
        return 1 / (1 + math.exp(-v))

    return np.vectorize(one, otypes=[float])(z)


# %% sigmoid: two masks
def sigmoid(z):
    out = np.empty(z.shape)
    up = z >= 0
    out[up] = 1 / (1 + np.exp(-z[up]))
    e = np.exp(z[~up])
    out[~up] = e / (1 + e)
    return out


# %% sigmoid: logaddexp
def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


# %% unit_gradient: lists, a zero-dimensional array for dE/do
def unit_gradient(x, o, target):
    a = np.array(o - target)
    b = [float(v) * (o - o * o) for v in x]
    return [a, b, [float(a) * v for v in b]]


# %% unit_gradient: the chain the other way round
def unit_gradient(x, o, target):
    delta = (o - target) * o * (1 - o)
    return np.float64(o - target), np.multiply(x, 0.25 - (o - 0.5) ** 2), delta * x


# %% mlp_forward: the bias as a weight whose input is 1
def mlp_forward(x, W1, b1, W2, b2):
    def layer(a, W, b):
        a1 = np.hstack([a, np.ones((len(a), 1))])
        W1 = np.column_stack([W, b])
        return 1 / (1 + np.exp(-a1 @ W1.T))

    h = layer(x, W1, b1)
    return h, layer(h, W2, b2)


# %% mlp_forward: columns inside, rows outside, a list of two
def mlp_forward(x, W1, b1, W2, b2):
    cols = np.ascontiguousarray(x.T)
    outs = []
    for W, b in ((W1, b1), (W2, b2)):
        cols = np.reciprocal(1 + np.exp(-(np.dot(W, cols) + b.reshape(-1, 1)).astype(np.float64)))
        outs.append(cols.T)
    return outs


# %% mlp_backward: outer products of all samples, then a sum
def mlp_backward(x, h, o, targets, W2):
    d2 = (o - targets) * (o - o**2)
    d1 = np.stack([W2.T.dot(d) for d in d2]) * (h - h**2)
    dW2 = (d2[:, :, None] * h[:, None, :]).sum(0)
    dW1 = (d1[:, :, None] * x[:, None, :]).sum(0)
    return dW1, np.ones(len(x)) @ d1, dW2, np.ones(len(x)) @ d2


# %% mlp_backward: scalar loops into np.add.at, targets minus o and the minus later
def mlp_backward(x, h, o, targets, W2):
    N, M = o.shape
    H, D = h.shape[1], x.shape[1]
    dW1, db1, dW2, db2 = np.zeros((H, D)), np.zeros(H), np.zeros((M, H)), np.zeros(M)
    for n in range(N):
        for m in range(M):
            e = (targets[n, m] - o[n, m]) * o[n, m] * (1 - o[n, m])
            np.add.at(db2, m, -e)
            np.add.at(dW2, (m, np.arange(H)), -e * h[n])
            for k in range(H):
                back = e * W2[m, k] * h[n, k] * (1 - h[n, k])
                db1[k] -= back
                dW1[k] -= back * x[n]
    return dW1, db1, dW2, db2


# %% momentum_step: partial, in-place buffer that is returned twice in parts
def momentum_step(w, gradient, velocity, rate, momentum):
    import functools

    blend = functools.partial(np.einsum, "k...,k->...")
    v = blend(np.stack([velocity, gradient]), np.array([momentum, -rate]))
    both = np.stack([w + v, v])
    return both[0], both[1]


# %% momentum_step: a named tuple-like list of nested lists
def momentum_step(w, gradient, velocity, rate, momentum):
    flat = [momentum * float(v) - rate * float(g) for v, g in zip(velocity.flat, gradient.flat)]
    v = np.array(flat).reshape(w.shape).tolist()
    return [(w + np.array(v)).tolist(), v]


# %% train: one vector of all weights, gradients by the chain rule inside
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    shapes = [W1.shape, b1.shape, W2.shape, b2.shape]
    cuts = np.cumsum([np.prod(s) for s in shapes])[:-1]
    theta = np.concatenate([p.ravel() for p in (W1, b1, W2, b2)])
    v = np.zeros_like(theta)

    def unpack(t):
        return [piece.reshape(s) for piece, s in zip(np.split(t, cuts), shapes)]

    for _ in range(sweeps):
        A, a, B, b = unpack(theta)
        h = 1 / (1 + np.exp(-x @ A.T - a))
        o = 1 / (1 + np.exp(-h @ B.T - b))
        d2 = (o - targets) * o * (1 - o)
        d1 = d2 @ B * h * (1 - h)
        g = np.concatenate([(d1.T @ x).ravel(), d1.sum(0), (d2.T @ h).ravel(), d2.sum(0)])
        v = momentum * v - rate * g
        theta = theta + v
    return tuple(unpack(theta))
