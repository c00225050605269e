# Everything right, vectorised.

# %% stretch
def stretch(x):
    return np.ascontiguousarray(x).reshape(len(x), int(np.prod(x.shape[1:])))

# %% linear_parameters
def linear_parameters(d, m, bias=True):
    return m * (d + bool(bias))

# %% linear
def linear(x, w, b=None):
    return np.einsum("nd,md->nm", stretch(x), w) + (0 if b is None else b)

# %% linear_backward
def linear_backward(dout, x, w):
    dx = np.tensordot(dout, w.reshape(-1, *x.shape[1:]), axes=1)
    dw = np.einsum("nm,nd->md", dout, stretch(x))
    return dx, dw, np.add.reduce(dout)

# %% relu
def relu(x):
    return (x + np.abs(x)) / 2

# %% relu_backward
def relu_backward(dout, x):
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx

# %% softmax
def log_softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def softmax(scores):
    return np.exp(log_softmax(scores))

# %% softmax_cross_entropy
def softmax_cross_entropy(scores, labels):
    return -np.take_along_axis(log_softmax(scores), labels[:, None], axis=1).mean()

# %% softmax_cross_entropy_backward
def softmax_cross_entropy_backward(scores, labels):
    return (softmax(scores) - np.eye(scores.shape[1])[labels]) / len(scores)

# %% linear_as_conv
def linear_as_conv(x, w, b, size):
    h, wide = (size, size) if np.isscalar(size) else size
    views = np.lib.stride_tricks.sliding_window_view(x, (h, wide), axis=(2, 3))
    out = np.tensordot(views, w.reshape(len(w), x.shape[1], h, wide), axes=([1, 4, 5], [1, 2, 3]))
    return (out + b).transpose(0, 3, 1, 2)
