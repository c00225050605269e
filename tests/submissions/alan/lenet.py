# %% im2col
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    rows = []
    for i in range(H - fh + 1):
        for j in range(W - fw + 1):
            rows.append(x[:, :, i:i + fh, j:j + fw].reshape(N, -1))
    return np.stack(rows, axis=1)

# %% conv2d
def conv2d(x, w, b):
    N, C, H, W = x.shape
    K, C, FH, FW = w.shape
    out = np.zeros((N, K, H - FH + 1, W - FW + 1), x.dtype)
    for i in range(H - FH + 1):
        for j in range(W - FW + 1):
            for k in range(K):
                out[:, k, i, j] = np.sum(x[:, :, i:i + FH, j:j + FW] * w[k], axis=(1, 2, 3)) + b[k]
    return out

# %% max_pool2d
def max_pool2d(x, size):
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // size, W // size), x.dtype)
    for i in range(H // size):
        for j in range(W // size):
            out[:, :, i, j] = x[:, :, size * i:size * i + size, size * j:size * j + size].max(axis=(2, 3))
    return out

# %% linear
def linear(x, w, b):
    return x.reshape(len(x), -1) @ w.T + b

# %% relu
def relu(x):
    return np.where(x > 0, x, 0)

# %% softmax_cross_entropy
def softmax_cross_entropy(scores, labels):
    s = scores - scores.max(axis=1, keepdims=True)
    totals = np.exp(s).sum(axis=1)
    return np.mean([np.log(totals[n]) - s[n, labels[n]] for n in range(len(labels))])

# %% layer_shapes
def layer_shapes(shape, weights):
    out = []
    for w in weights:
        if len(w) == 4:
            shape = (w[0], shape[1] - w[2] + 1, shape[2] - w[3] + 1)
            out.append(shape)
            shape = (w[0], shape[1] // 2, shape[2] // 2)
            out.append(shape)
        else:
            out.append((w[0],))
    return out

# %% count_parameters
def count_parameters(weights):
    return [w[0] * w[1] * w[2] * w[3] + w[0] if len(w) == 4 else w[0] * w[1] + w[0] for w in weights]

# %% scores
def scores(parameters, x):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    x = max_pool2d(relu(conv2d(x, w1, b1)), 2)
    x = max_pool2d(relu(conv2d(x, w2, b2)), 2)
    x = relu(linear(x, w3, b3))
    x = relu(linear(x, w4, b4))
    return linear(x, w5, b5)
