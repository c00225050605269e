# %% im2col
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    n, c, i, j = x.strides
    shape, strides = (N, H - fh + 1, W - fw + 1, C, fh, fw), (n, i, j, c, i, j)
    return np.lib.stride_tricks.as_strided(x, shape, strides).reshape(N, -1, C * fh * fw)

# %% conv2d
def conv2d(x, w, b=None, stride=1, padding=0):
    # the one from the conv assignment
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    out = np.tensordot(windows, w, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)
    return out if b is None else out + b[:, None, None]

# %% conv2d_backward
def conv2d_backward(dout, x, w):
    FH, FW = w.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(x, (FH, FW), axis=(2, 3))
    dw = np.tensordot(dout, windows, axes=((0, 2, 3), (0, 2, 3)))
    # dx is a convolution of the padded dout with the filters turned round
    wide = np.pad(dout, ((0, 0), (0, 0), (FH - 1, FH - 1), (FW - 1, FW - 1)))
    dx = conv2d(wide, w[:, :, ::-1, ::-1].swapaxes(0, 1))
    return dx, dw, np.einsum("nkij->k", dout)

# %% max_pool2d
def max_pool2d(x, size, stride=None):
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))[:, :, ::size, ::size].max(axis=(4, 5))

# %% max_pool2d_backward
def max_pool2d_backward(dout, x, size):
    wide = lambda a: np.kron(a, np.ones((size, size), a.dtype))
    ranks = np.tile(np.arange(size * size).reshape(size, size), (dout.shape[2], dout.shape[3]))
    hits = np.where(x == wide(max_pool2d(x, size)), -ranks, -size * size)
    return wide(dout) * (hits == wide(max_pool2d(hits, size)))

# %% linear
def linear(x, w, b):
    return np.einsum("nd,md->nm", x.reshape(len(x), -1), w, optimize=True) + b

# %% linear_backward
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    return np.matmul(dout, w).reshape(x.shape), np.matmul(rows.T, dout).T, np.ones(len(x), dout.dtype) @ dout

# %% relu
def relu(x):
    return x.clip(min=0)

# %% relu_backward
def relu_backward(dout, x):
    return np.where(x > 0, dout, 0)

# %% softmax_cross_entropy
def softmax_cross_entropy(scores, labels):
    shifted = scores - scores.max(1, keepdims=True)
    return -np.mean(np.take_along_axis(shifted, labels[:, None], 1)[:, 0] - np.log(np.exp(shifted).sum(1)))

# %% softmax_cross_entropy_backward
def softmax_cross_entropy_backward(scores, labels):
    p = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))
    return (p - np.eye(scores.shape[1])[labels].astype(scores.dtype)) / len(scores)

# %% layer_shapes
def layer_shapes(shape, weights):
    shapes, size = [], np.array(shape[1:])
    for k, *rest in weights:
        if len(rest) == 1:
            shapes.append((k,))
        else:
            size = size - np.array(rest[1:]) + 1
            shapes += [(k, *size.tolist()), (k, *(size // 2).tolist())]
            size = size // 2
    return shapes

# %% count_parameters
def count_parameters(weights):
    return [int(np.prod(w)) + w[0] for w in weights]

# %% initialise
def initialise(shapes, seed):
    rng = np.random.default_rng(seed)
    draw = lambda s: rng.normal(0, np.sqrt(2 / np.prod(s[1:])), s).astype(np.float32)
    return [a for s in shapes for a in (draw(s), np.zeros(s[0], np.float32))]

# %% scores
def scores(parameters, x):
    w1, b1, w2, b2, *full = parameters
    x = relu(max_pool2d(conv2d(x, w1, b1), 2))
    x = relu(max_pool2d(conv2d(x, w2, b2), 2))
    for w, b in zip(full[:4:2], full[1:4:2]):
        x = relu(linear(x, w, b))
    return linear(x, *full[4:])

# %% loss_and_gradients
def loss_and_gradients(parameters, x, y):
    # a tape: each layer leaves behind how to go back through it
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    tape = []

    def weighted(forward, backward, x, w, b):
        tape.append(lambda d: backward(d, x, w))
        return forward(x, w, b)

    def bent(x):
        tape.append(lambda d: (relu_backward(d, x),))
        return relu(x)

    def pooled(x):
        tape.append(lambda d: (max_pool2d_backward(d, x, 2),))
        return max_pool2d(x, 2)

    x = pooled(bent(weighted(conv2d, conv2d_backward, x, w1, b1)))
    x = pooled(bent(weighted(conv2d, conv2d_backward, x, w2, b2)))
    x = bent(weighted(linear, linear_backward, x, w3, b3))
    x = bent(weighted(linear, linear_backward, x, w4, b4))
    x = weighted(linear, linear_backward, x, w5, b5)
    d, gradients = softmax_cross_entropy_backward(x, y), []
    for back in reversed(tape):
        d, *more = back(d)
        gradients = more + gradients
    return softmax_cross_entropy(x, y), *gradients

# %% sgd_step
def sgd_step(parameters, gradients, rate):
    return [p - rate * g for p, g in zip(parameters, gradients)]

# %% train
def train(parameters, x, y, rate, batch, epochs, seed):
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        for few in np.array_split(rng.permutation(len(y)), -(-len(y) // batch)):
            parameters = sgd_step(parameters, loss_and_gradients(parameters, x[few], y[few])[1:], rate)
    return tuple(parameters)

# %% predict
def predict(parameters, x):
    return np.argmax(scores(parameters, x), axis=-1)

# %% read_digits
def read_digits(x):
    return predict(trained, x).astype(np.int32)

# %% confusion
def confusion(labels, predicted):
    return np.bincount(10 * labels + predicted, minlength=100).reshape(10, 10)
