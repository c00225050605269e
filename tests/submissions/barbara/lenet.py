# %% im2col
def im2col(x, fh, fw):
    # places and windows in the wrong order: reshape without transpose
    N, C, H, W = x.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))
    return windows.reshape(N, (H - fh + 1) * (W - fw + 1), C * fh * fw)

# %% conv2d
def conv2d(x, w, b):
    # the bias is forgotten
    out = np.zeros((len(x), len(w), x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1), x.dtype)
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            part = x[:, :, p:p + out.shape[2], q:q + out.shape[3]]
            out += np.einsum("ncij,kc->nkij", part, w[:, :, p, q])
    return out

# %% conv2d_backward
def conv2d_backward(dout, x, w):
    # dx: the filters are not turned round
    FH, FW = w.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(x, (FH, FW), axis=(2, 3))
    dw = np.tensordot(dout, windows, axes=((0, 2, 3), (0, 2, 3)))
    dx = np.zeros_like(x)
    for p in range(FH):
        for q in range(FW):
            part = np.einsum("nkij,kc->ncij", dout, w[:, :, FH - 1 - p, FW - 1 - q])
            dx[:, :, p:p + dout.shape[2], q:q + dout.shape[3]] += part
    return dx, dw, dout.sum(axis=(0, 2, 3))

# %% max_pool2d
def max_pool2d(x, size):
    # begins at 0, so negative windows are lost
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // size, W // size), x.dtype)
    for p in range(size):
        for q in range(size):
            out = np.maximum(out, x[:, :, p::size, q::size])
    return out

# %% max_pool2d_backward
def max_pool2d_backward(dout, x, size):
    # shared by the whole window
    return np.repeat(np.repeat(dout, size, axis=2), size, axis=3) / (size * size)

# %% linear
def linear(x, w, b):
    return np.einsum("nd,md->nm", x.reshape(len(x), -1), w, optimize=True) + b

# %% linear_backward
def linear_backward(dout, x, w):
    # divided by the number of images, which the loss has done already
    rows = x.reshape(len(x), -1)
    return (dout @ w).reshape(x.shape), dout.T @ rows / len(x), dout.sum(axis=0) / len(x)

# %% relu
def relu(x):
    return x.clip(min=0)

# %% relu_backward
def relu_backward(dout, x):
    # the gradient's sign instead of the input's
    return np.maximum(dout, 0)

# %% softmax_cross_entropy
def softmax_cross_entropy(scores, labels):
    # overflows
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean()

# %% softmax_cross_entropy_backward
def softmax_cross_entropy_backward(scores, labels):
    # not divided by the number of images
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p

# %% layer_shapes
def layer_shapes(shape, weights):
    # the pooling is forgotten
    found = []
    for w in weights:
        shape = (w[0], shape[1] - w[2] + 1, shape[2] - w[3] + 1) if len(w) == 4 else (w[0],)
        found.append(shape)
    return found

# %% count_parameters
def count_parameters(weights):
    # no biases
    return [int(np.prod(w)) for w in weights]

# %% initialise
def initialise(shapes, seed):
    # without the square root
    rng = np.random.default_rng(seed)
    parameters = []
    for s in shapes:
        parameters += [(rng.standard_normal(s) * 2 / np.prod(s[1:])).astype(np.float32), np.zeros(s[0], np.float32)]
    return parameters

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
    # rows and columns swapped
    counts = np.zeros((10, 10), int)
    for label, read in zip(labels, predicted):
        counts[read, label] += 1
    return counts
