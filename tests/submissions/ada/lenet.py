# %% im2col
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    H2, W2 = H - fh + 1, W - fw + 1
    rows = np.empty((N, H2, W2, C, fh, fw), dtype=x.dtype)
    for p in range(fh):
        for q in range(fw):
            rows[:, :, :, :, p, q] = x[:, :, p:p + H2, q:q + W2].transpose(0, 2, 3, 1)
    return rows.reshape(N, H2 * W2, -1)

# %% conv2d
def conv2d(x, w, b):
    K, C, FH, FW = w.shape
    H2, W2 = x.shape[2] - FH + 1, x.shape[3] - FW + 1
    out = np.zeros((len(x), K, H2, W2), dtype=x.dtype)
    windows = im2col(x, FH, FW)
    for n in range(len(x)):
        maps = w.reshape(K, -1) @ windows[n].T
        for k in range(K):
            out[n, k] = maps[k].reshape(H2, W2) + b[k]
    return out

# %% conv2d_backward
def conv2d_backward(dout, x, w):
    K, C, FH, FW = w.shape
    H2, W2 = dout.shape[2], dout.shape[3]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros(K, dtype=w.dtype)
    for p in range(FH):
        for q in range(FW):
            part = x[:, :, p:p + H2, q:q + W2]
            dw[:, :, p, q] = np.tensordot(dout, part, axes=([0, 2, 3], [0, 2, 3]))
            dx[:, :, p:p + H2, q:q + W2] += np.tensordot(dout, w[:, :, p, q], axes=(1, 0)).transpose(0, 3, 1, 2)
    for k in range(K):
        db[k] = dout[:, k].sum()
    return dx, dw, db

# %% max_pool2d
def max_pool2d(x, size):
    out = x[:, :, ::size, ::size]
    for p in range(size):
        for q in range(size):
            out = np.maximum(out, x[:, :, p::size, q::size])
    return out

# %% max_pool2d_backward
def max_pool2d_backward(dout, x, size):
    best = max_pool2d(x, size)
    dx = np.zeros_like(x)
    taken = np.zeros(dout.shape, dtype=bool)
    for p in range(size):
        for q in range(size):
            wins = (x[:, :, p::size, q::size] == best) & ~taken
            dx[:, :, p::size, q::size] = dout * wins
            taken = taken | wins
    return dx

# %% linear
def linear(x, w, b):
    x = x.reshape(x.shape[0], -1)
    out = np.zeros((x.shape[0], w.shape[0]), dtype=x.dtype)
    for m in range(w.shape[0]):
        out[:, m] = x @ w[m] + b[m]
    return out

# %% linear_backward
def linear_backward(dout, x, w):
    flat = x.reshape(x.shape[0], -1)
    dx, dw, db = np.zeros_like(flat), np.zeros_like(w), np.zeros(w.shape[0], dtype=w.dtype)
    for n in range(len(flat)):
        dx[n] = dout[n] @ w
        dw += np.outer(dout[n], flat[n])
        db += dout[n]
    return dx.reshape(x.shape), dw, db

# %% relu
def relu(x):
    out = x.copy()
    out[out < 0] = 0
    return out

# %% relu_backward
def relu_backward(dout, x):
    dx = dout.copy()
    dx[x <= 0] = 0
    return dx

# %% softmax_cross_entropy
def softmax_cross_entropy(scores, labels):
    total = 0.0
    for n in range(len(labels)):
        s = scores[n] - max(scores[n])
        total += np.log(np.sum(np.exp(s))) - s[labels[n]]
    return total / len(labels)

# %% softmax_cross_entropy_backward
def softmax_cross_entropy_backward(scores, labels):
    dscores = np.zeros_like(scores)
    for n in range(len(labels)):
        e = np.exp(scores[n] - max(scores[n]))
        dscores[n] = e / e.sum()
        dscores[n, labels[n]] -= 1
    return dscores / len(labels)

# %% layer_shapes
def layer_shapes(shape, weights):
    C, H, W = shape
    result = []
    for w in weights:
        if len(w) == 2:
            result.append((w[0],))
            continue
        C, H, W = w[0], H - w[2] + 1, W - w[3] + 1
        result.append((C, H, W))
        H, W = H // 2, W // 2
        result.append((C, H, W))
    return result

# %% count_parameters
def count_parameters(weights):
    counts = []
    for w in weights:
        if len(w) == 4:
            K, C, FH, FW = w
            counts.append((C * FH * FW + 1) * K)
        else:
            M, D = w
            counts.append((D + 1) * M)
    return counts

# %% initialise
def initialise(shapes, seed):
    rng = np.random.default_rng(seed)
    parameters = []
    for shape in shapes:
        fan_in = 1
        for n in shape[1:]:
            fan_in *= n
        w = rng.standard_normal(shape) * (2 / fan_in) ** 0.5
        parameters.append(w.astype("float32"))
        parameters.append(np.zeros(shape[0], dtype="float32"))
    return parameters

# %% scores
def scores(parameters, x):
    for layer in range(5):
        w, b = parameters[2 * layer], parameters[2 * layer + 1]
        if w.ndim == 4:
            x = relu(max_pool2d(conv2d(x, w, b), 2))
        elif layer < 4:
            x = relu(linear(x, w, b))
        else:
            x = linear(x, w, b)
    return x

# %% loss_and_gradients
def loss_and_gradients(parameters, x, y):
    # relu after the pooling: the same numbers, and a quarter of the work
    inputs, maps, pooled = [], [], []
    for layer in range(5):
        w, b = parameters[2 * layer], parameters[2 * layer + 1]
        inputs.append(x)
        if w.ndim == 4:
            maps.append(conv2d(x, w, b))
            pooled.append(max_pool2d(maps[-1], 2))
        else:
            maps.append(None)
            pooled.append(linear(x, w, b))
        x = relu(pooled[-1]) if layer < 4 else pooled[-1]
    loss = softmax_cross_entropy(x, y)
    d = softmax_cross_entropy_backward(x, y)
    gradients = []
    for layer in (4, 3, 2, 1, 0):
        w = parameters[2 * layer]
        if layer < 4:
            d = relu_backward(d, pooled[layer])
        if w.ndim == 4:
            d = max_pool2d_backward(d, maps[layer], 2)
            d, dw, db = conv2d_backward(d, inputs[layer], w)
        else:
            d, dw, db = linear_backward(d, inputs[layer], w)
        gradients = [dw, db] + gradients
    return [loss] + gradients

# %% sgd_step
def sgd_step(parameters, gradients, rate):
    new = []
    for i in range(len(parameters)):
        new.append(parameters[i] - rate * gradients[i])
    return new

# %% train
def train(parameters, x, y, rate, batch, epochs, seed):
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = np.arange(len(y))
        rng.shuffle(order)
        for i in range(0, len(y), batch):
            few = order[i:i + batch]
            results = loss_and_gradients(parameters, x[few], y[few])
            parameters = sgd_step(parameters, results[1:], rate)
    return parameters

# %% predict
def predict(parameters, x):
    s = scores(parameters, x)
    labels = []
    for row in s:
        labels.append(int(np.argmax(row)))
    return labels

# %% read_digits
def read_digits(x):
    return np.array(predict(trained, x))

# %% confusion
def confusion(labels, predicted):
    counts = [[0] * 10 for _ in range(10)]
    for n in range(len(labels)):
        counts[labels[n]][predicted[n]] += 1
    return np.array(counts)
