# Right answers to the assignment `lenet` in odd but legitimate styles.
# ruff: noqa

# %% lenet.im2col: fancy indices
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    h, w = H - fh + 1, W - fw + 1
    i = np.repeat(np.arange(h), w)[:, None] + np.tile(np.repeat(np.arange(fh), fw), C)[None]
    j = np.tile(np.arange(w), h)[:, None] + np.tile(np.arange(fw), fh * C)[None]
    c = np.repeat(np.arange(C), fh * fw)[None] + np.zeros((h * w, 1), int)
    return x[:, c, i, j]

# %% lenet.im2col: lists of lists
def im2col(x, fh, fw):
    def windows(image):
        C, H, W = image.shape
        for top in range(H - fh + 1):
            for left in range(W - fw + 1):
                yield [float(v) for c in range(C) for row in image[c, top : top + fh, left : left + fw] for v in row]

    return [list(windows(image)) for image in x]

# %% lenet.conv2d: pasted with more settings than asked for
def conv2d(x, w, b, stride=1, padding=0, *, verbose=True):
    if verbose:
        print(x.shape)
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return (np.tensordot(v, w, axes=([1, 4, 5], [1, 2, 3])) + b).transpose(0, 3, 1, 2)

# %% lenet.conv2d: one-dimensional products, image by image
def conv2d(x, w, b):
    K, C, FH, FW = w.shape
    result = []
    for image in np.float64(x):
        maps = np.zeros((K, image.shape[1] - FH + 1, image.shape[2] - FW + 1)) + b[:, None, None]
        for k in range(K):
            for c in range(C):
                for p in range(FH):
                    for i in range(maps.shape[1]):
                        maps[k, i] += np.correlate(image[c, i + p], w[k, c, p].astype(float), "valid")
        result.append(maps)
    return np.stack(result)

# %% lenet.conv2d_backward: full correlation with turned filters
def conv2d_backward(dout, x, w):
    view = lambda a, s: np.lib.stride_tricks.sliding_window_view(a, s, axis=(2, 3))
    FH, FW = w.shape[2:]
    far = np.pad(dout, ((0, 0), (0, 0), (FH - 1,) * 2, (FW - 1,) * 2))
    dx = np.einsum("nkijpq,kcpq->ncij", view(far, (FH, FW)), w[..., ::-1, ::-1], optimize=True)
    dw = np.einsum("ncpqij,nkij->kcpq", view(x, dout.shape[2:]), dout, optimize=True)
    return dx, dw, dout.sum((0, 2, 3))

# %% lenet.conv2d_backward: float64 inside, np.add.at
def conv2d_backward(dout, x, w):
    x, w, g = x.astype(float), w.astype(float), dout.astype(float)
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for n, k, i, j in np.ndindex(*g.shape):
        place = np.ix_([n], range(x.shape[1]), range(i, i + w.shape[2]), range(j, j + w.shape[3]))
        np.add.at(dx, place, g[n, k, i, j] * w[k])
        dw[k] += g[n, k, i, j] * x[place][0]
        np.add.at(db, k, g[n, k, i, j])
    return [dx, dw, db]

# %% lenet.max_pool2d: sorted windows
def max_pool2d(x, size):
    N, C, H, W = x.shape
    blocks = x.reshape(N, C, H // size, size, -1, size).swapaxes(3, 4).reshape(N, C, H // size, W // size, -1)
    return np.sort(blocks)[..., -1]

# %% lenet.max_pool2d: recursion over the batch
def max_pool2d(x, size):
    if len(x) > 1:
        return np.concatenate([max_pool2d(x[:1], size), max_pool2d(x[1:], size)])
    best = np.full((1, x.shape[1], x.shape[2] // size, x.shape[3] // size), -np.inf)
    for p in range(size):
        for q in range(size):
            best = np.where(x[:, :, p::size, q::size] > best, x[:, :, p::size, q::size], best)
    return best

# %% lenet.max_pool2d_backward: equality with the enlarged maximum, Kronecker product
def max_pool2d_backward(dout, x, size):
    ones = np.ones((size, size))
    N, C, H, W = x.shape
    best = x.reshape(N, C, H // size, size, W // size, size).max(axis=(3, 5))
    return np.array([[np.kron(g, ones) * (c == np.kron(m, ones)) for g, c, m in zip(*three)] for three in zip(dout, x, best)])

# %% lenet.linear: explicit sums
def linear(x, w, b):
    flat = [image.ravel().tolist() for image in x]
    return [[sum(p * q for p, q in zip(row, weights)) + c for weights, c in zip(w.tolist(), b.tolist())] for row in flat]

# %% lenet.linear_backward: outer products
def linear_backward(dout, x, w):
    N = len(x)
    dw = np.zeros(w.shape)
    for n in range(N):
        dw += np.outer(dout[n], x[n])
    return np.tensordot(dout, w, axes=1).reshape(x.shape), dw, np.ones(N) @ dout

# %% lenet.relu: half the sum with the absolute value
relu = lambda x: (x + np.abs(x)) / 2

# %% lenet.relu_backward: heaviside
relu_backward = lambda dout, x: dout * np.heaviside(x, 0.0)

# %% lenet.softmax_cross_entropy: logaddexp
def softmax_cross_entropy(scores, labels):
    return (np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(labels)), labels]).mean()

# %% lenet.softmax_cross_entropy: image by image, as a Python float
import math

def softmax_cross_entropy(scores, labels):
    losses = []
    for row, y in zip(scores.tolist(), labels.tolist()):
        top = max(row)
        losses.append(top - row[y] + math.log(math.fsum(math.exp(s - top) for s in row)))
    return math.fsum(losses) / len(losses)

# %% lenet.softmax_cross_entropy_backward: the probabilities from differences of scores
def softmax_cross_entropy_backward(scores, labels):
    with np.errstate(over="ignore"):
        p = 1 / np.exp(scores[:, None, :] - scores[:, :, None]).sum(axis=2)
    hot = (labels[:, None] == np.arange(scores.shape[1])).astype(scores.dtype)
    return (p - hot) / len(labels)

# %% lenet.layer_shapes: a generator that runs a small machine
def layer_shapes(shape, weights):
    def machine():
        now = np.array(shape)
        for w in weights:
            if len(w) == 4:
                now = np.array([w[0], *(now[1:] - np.array(w[2:]) + 1)])
                yield tuple(now)
                now = np.array([now[0], *(now[1:] // 2)])
                yield tuple(now)
            else:
                yield (w[0],)

    return list(machine())

# %% lenet.count_parameters: a tuple of NumPy integers
def count_parameters(weights):
    return [np.prod(w) + np.prod(w[:1]) for w in weights]

# %% lenet.initialise: float64 from uniform numbers turned normal, a tuple
def initialise(shapes, seed):
    rng = np.random.default_rng(seed)
    out = []
    for s in shapes:
        u, v = 1 - rng.random(s), rng.random(s)
        z = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)  # Box and Muller
        out += [z * np.sqrt(2 / (np.prod(s) / s[0])), np.zeros(s[0])]
    return tuple(out)

# %% lenet.initialise: a generator for each layer, spawned from the seed
def initialise(shapes, seed):
    children = np.random.SeedSequence(seed).spawn(len(shapes))
    out = []
    for s, child in zip(shapes, children):
        z = np.random.Generator(np.random.PCG64(child)).standard_normal(s, dtype=np.float32)
        out += [z * np.float32((2 / np.prod(s[1:])) ** 0.5), np.zeros(s[:1], np.float32)]
    return out

# %% lenet.scores: a list of functions, ReLU behind the pooling
from functools import reduce

def scores(parameters, x):
    def conv(w, b):
        def run(x):
            v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
            z = (np.tensordot(v, w, ((1, 4, 5), (1, 2, 3))) + b).transpose(0, 3, 1, 2)
            return np.maximum(z[:, :, ::2, ::2], z[:, :, 1::2, ::2]), np.maximum(z[:, :, ::2, 1::2], z[:, :, 1::2, 1::2])

        return lambda x: np.clip(np.maximum(*run(x)), 0, None)

    full = lambda w, b: lambda x: x.reshape(len(x), -1) @ w.T + b
    w = list(parameters)
    chain = [conv(*w[:2]), conv(*w[2:4]), full(*w[4:6]), lambda x: x * (x > 0), full(*w[6:8]), lambda x: x * (x > 0), full(*w[8:])]
    return reduce(lambda value, step: step(value), chain, x)

# %% lenet.loss_and_gradients: a tape
def loss_and_gradients(parameters, x, y):
    w = parameters
    tape, grads = [], [None] * 10

    def conv(a, i):
        W, B = w[i], w[i + 1]
        h, v = a.shape[2] - W.shape[2] + 1, a.shape[3] - W.shape[3] + 1
        out = np.zeros((len(a), len(W), h, v)) + B[:, None, None]
        for p, q in np.ndindex(*W.shape[2:]):
            out += np.einsum("nchw,kc->nkhw", a[:, :, p : p + h, q : q + v], W[:, :, p, q])

        def back(g):
            da, dW = np.zeros(a.shape), np.zeros(W.shape)
            for p, q in np.ndindex(*W.shape[2:]):
                dW[:, :, p, q] = np.einsum("nkhw,nchw->kc", g, a[:, :, p : p + h, q : q + v])
                da[:, :, p : p + h, q : q + v] += np.einsum("nkhw,kc->nchw", g, W[:, :, p, q])
            grads[i], grads[i + 1] = dW, g.sum((0, 2, 3))
            return da

        tape.append(back)
        return out

    def relu(a):
        tape.append(lambda g: g * (a > 0))
        return a * (a > 0)

    def pool(a):
        n, c, h, v = a.shape
        flat = a.reshape(n, c, h // 2, 2, v // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h // 2, v // 2, 4)
        best = flat.argmax(-1)[..., None]

        def back(g):
            d = np.zeros(flat.shape)
            np.put_along_axis(d, best, g[..., None], -1)
            return d.reshape(n, c, h // 2, v // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(a.shape)

        tape.append(back)
        return np.take_along_axis(flat, best, -1)[..., 0]

    def full(a, i):
        W, B = w[i], w[i + 1]
        flat = a.reshape(len(a), -1)

        def back(g):
            grads[i], grads[i + 1] = g.T @ flat, g.sum(0)
            return (g @ W).reshape(a.shape)

        tape.append(back)
        return flat @ W.T + B

    a = pool(relu(conv(x, 0)))
    a = pool(relu(conv(a, 2)))
    a = full(relu(full(relu(full(a, 4)), 6)), 8)
    lse = np.logaddexp.reduce(a, axis=1)
    g = (np.exp(a - lse[:, None]) - (y[:, None] == np.arange(a.shape[1]))) / len(y)
    for back in reversed(tape):
        g = back(g)
    return [np.mean(lse - a[np.arange(len(y)), y]), *grads]

# %% lenet.sgd_step: map over generators, in float64
def sgd_step(parameters, gradients, rate):
    return list(map(lambda p, g: np.subtract(p, np.multiply(rate, g), dtype=np.float64), parameters, gradients))

# %% lenet.predict: a list of ints, image by image
def predict(parameters, x):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = [np.float64(p) for p in parameters]

    def block(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[1:], axis=(0, 1, 2))[0]
        z = np.einsum("hwcpq,kcpq->khw", v, w) + b[:, None, None]
        k, h, u = z.shape
        return np.maximum(z.reshape(k, h // 2, 2, u // 2, 2).max((2, 4)), 0)

    answers = []
    for image in x:
        a = block(block(image, w1, b1), w2, b2).ravel()
        a = np.maximum(w3 @ a + b3, 0)
        a = np.maximum(w4 @ a + b4, 0)
        answers.append(int(np.argsort(w5 @ a + b5)[-1]))
    return answers

# %% lenet.confusion: a product of one-hot tables, as floats
def confusion(labels, predicted):
    hot = np.eye(10)
    return (hot[labels].T @ hot[predicted]).astype(int)

# %% lenet.confusion: a counter and lists
from collections import Counter

def confusion(labels, predicted):
    seen = Counter(zip(labels.tolist(), predicted.tolist()))
    return [[seen[i, j] for j in range(10)] for i in range(10)]

# %% lenet.train: momentum of 0, a shuffled copy, generators for the batches
def train(parameters, x, y, rate, batch, epochs, seed):
    def forward(P, a):
        kept = []
        for i in range(5):
            w, b = P[2 * i], P[2 * i + 1]
            if i < 2:
                v = np.lib.stride_tricks.sliding_window_view(a, w.shape[2:], axis=(2, 3))
                n, c, h, u = v.shape[:4]
                cols = v.transpose(0, 2, 3, 1, 4, 5).reshape(n * h * u, -1)
                z = (cols @ w.reshape(len(w), -1).T + b).reshape(n, h, u, -1).transpose(0, 3, 1, 2)
                r = np.maximum(z, 0)
                k = r.shape[1]
                blocks = r.reshape(n, k, h // 2, 2, u // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, k, h // 2, u // 2, 4)
                kept.append((a, cols, z, blocks.argmax(-1)))
                a = blocks.max(-1)
            else:
                shape, a = a.shape, a.reshape(len(a), -1)
                z = a @ w.T + b
                kept.append((a, shape, z))
                a = np.maximum(z, 0)
        return z, kept

    def gradients(P, x, y):
        s, kept = forward(P, x)
        p = np.exp(s - s.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        d, grads = p / len(y), []
        for i in (4, 3, 2, 1, 0):
            w = P[2 * i]
            if i >= 2:
                a, shape, z = kept[i]
                if i < 4:
                    d = d * (z > 0)
                grads = [d.T @ a, d.sum(0)] + grads
                d = (d @ w).reshape(shape)
            else:
                a, cols, z, best = kept[i]
                n, k, h, u = z.shape
                back = np.zeros((n, k, h // 2, u // 2, 4), z.dtype)
                np.put_along_axis(back, best[..., None], d[..., None], -1)
                dz = back.reshape(n, k, h // 2, u // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(z.shape) * (z > 0)
                rows = dz.transpose(0, 2, 3, 1).reshape(-1, k)
                grads = [(rows.T @ cols).reshape(w.shape), rows.sum(0)] + grads
                if i:
                    want = (rows @ w.reshape(k, -1)).reshape(n, h, u, *w.shape[1:])
                    d = np.zeros(a.shape, z.dtype)
                    for f, g in np.ndindex(*w.shape[2:]):
                        d[:, :, f : f + h, g : g + u] += want[..., f, g].transpose(0, 3, 1, 2)
        return grads

    rng = np.random.default_rng(seed)
    P = [p.copy() for p in parameters]
    for _ in range(epochs):
        order = np.arange(len(y))
        rng.shuffle(order)
        for piece in np.array_split(order, -(-len(order) // batch)):
            for p, g in zip(P, gradients(P, x[piece], y[piece])):
                p -= (rate * g).astype(p.dtype)
    return P
