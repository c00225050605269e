# %% linear_scores
def linear_scores(W, x):
    samples, scores = x.shape[0], W.shape[0]
    out = np.zeros((samples, scores), dtype=x.dtype)
    for n in range(samples):
        for m in range(scores):
            for d in range(x.shape[1]):
                out[n, m] += W[m, d] * x[n, d]
    return out

# %% two_layer
def two_layer(W1, W2, x):
    out = np.zeros((x.shape[0], W2.shape[0]), dtype=x.dtype)
    for n in range(x.shape[0]):
        hidden = []
        for row in W1:
            net = sum(row[d] * x[n, d] for d in range(x.shape[1]))
            hidden.append(net if net > 0 else 0.0)
        for m in range(W2.shape[0]):
            out[n, m] = sum(W2[m, k] * hidden[k] for k in range(len(hidden)))
    return out

# %% adaline_step
def adaline_step(w, x, target, rate):
    total = 0.0
    for d in range(len(w)):
        total += w[d] * x[d]
    new = w.copy()
    for d in range(len(w)):
        new[d] = w[d] + rate * (target - total) * x[d]
    return new

# %% adaline_fit
def adaline_fit(w, x, targets, rate, epochs):
    for epoch in range(epochs):
        for n in range(len(targets)):
            w = adaline_step(w, x[n], targets[n], rate)
    return w

# %% sigmoid
def sigmoid(z):
    # an overflow warning for large negative z, but the value is right
    return 1.0 / (1.0 + np.exp(-z))

# %% unit_gradient
def unit_gradient(x, o, target):
    dE_do = o - target
    do_dw = np.zeros(len(x))
    for d in range(len(x)):
        do_dw[d] = o * (1 - o) * x[d]
    dE_dw = np.zeros(len(x))
    for d in range(len(x)):
        dE_dw[d] = dE_do * do_dw[d]
    return dE_do, do_dw, dE_dw

# %% mlp_forward
def mlp_forward(x, W1, b1, W2, b2):
    h = np.zeros((len(x), len(b1)))
    o = np.zeros((len(x), len(b2)))
    for n in range(len(x)):
        for k in range(len(b1)):
            h[n, k] = sigmoid(np.dot(W1[k], x[n]) + b1[k])
        for m in range(len(b2)):
            o[n, m] = sigmoid(np.dot(W2[m], h[n]) + b2[m])
    return h, o

# %% mlp_backward
def mlp_backward(x, h, o, targets, W2):
    dW1, db1 = np.zeros((h.shape[1], x.shape[1])), np.zeros(h.shape[1])
    dW2, db2 = np.zeros(W2.shape), np.zeros(W2.shape[0])
    for n in range(len(x)):
        for m in range(W2.shape[0]):
            delta = (o[n, m] - targets[n, m]) * o[n, m] * (1 - o[n, m])
            dW2[m] += delta * h[n]
            db2[m] += delta
            for k in range(h.shape[1]):
                blame = delta * W2[m, k] * h[n, k] * (1 - h[n, k])
                dW1[k] += blame * x[n]
                db1[k] += blame
    return dW1, db1, dW2, db2

# %% momentum_step
def momentum_step(w, gradient, velocity, rate, momentum):
    change = -rate * gradient + momentum * velocity
    return w + change, change

# %% train
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    vW1, vb1, vW2, vb2 = 0 * W1, 0 * b1, 0 * W2, 0 * b2
    for sweep in range(sweeps):
        h, o = mlp_forward(x, W1, b1, W2, b2)
        dW1, db1, dW2, db2 = mlp_backward(x, h, o, targets, W2)
        W1, vW1 = momentum_step(W1, dW1, vW1, rate, momentum)
        b1, vb1 = momentum_step(b1, db1, vb1, rate, momentum)
        W2, vW2 = momentum_step(W2, dW2, vW2, rate, momentum)
        b2, vb2 = momentum_step(b2, db2, vb2, rate, momentum)
    return W1, b1, W2, b2
