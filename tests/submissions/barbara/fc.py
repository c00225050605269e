# Complete, with mistakes that people make.

# %% stretch
def stretch(x):
    return x.reshape(len(x), -1)

# %% linear_parameters
def linear_parameters(d, m, bias=True):
    return d * m

# %% linear
def linear(x, w, b=None):
    out = stretch(x) @ w.T
    if b is not None:
        out = out + b
    return out

# %% linear_backward
def linear_backward(dout, x, w):
    dx = (dout @ w).reshape(x.shape)
    dw = dout.T @ stretch(x)
    db = dout.mean(axis=0)
    return dx, dw, db

# %% relu
def relu(x):
    return np.maximum(0, x)

# %% relu_backward
def relu_backward(dout, x):
    dx = dout.copy()
    dx[dout < 0] = 0
    return dx

# %% softmax
def softmax(scores):
    e = np.exp(scores)
    return e / e.sum(axis=1, keepdims=True)

# %% softmax_cross_entropy
def softmax_cross_entropy(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean()

# %% softmax_cross_entropy_backward
def softmax_cross_entropy_backward(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p

# %% linear_as_conv
def linear_as_conv(x, w, b, size):
    h, wide = (size, size) if isinstance(size, int) else size
    N, C, H, W = x.shape
    filters = w.reshape(len(w), C, wide, h).swapaxes(2, 3)
    out = np.zeros((N, len(w), H - h + 1, W - wide + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = np.tensordot(x[:, :, i : i + h, j : j + wide], filters, axes=([1, 2, 3], [1, 2, 3])) + b
    return out
