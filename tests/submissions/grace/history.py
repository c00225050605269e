# %% linear_scores
def linear_scores(W, x):
    return np.einsum("md,nd->nm", W, x)

# %% two_layer
def two_layer(W1, W2, x):
    net = x @ W1.T
    return (net * (net > 0)) @ W2.T

# %% adaline_step
def adaline_step(w, x, target, rate):
    return w - rate * (np.dot(w, x) - target) * x

# %% adaline_fit
def adaline_fit(w, x, targets, rate, epochs):
    w = w.copy()
    for n in np.tile(np.arange(len(x)), epochs):
        w += rate * (targets[n] - x[n] @ w) * x[n]
    return w

# %% sigmoid
def sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))

# %% unit_gradient
def unit_gradient(x, o, target):
    error, slope = o - target, o - o**2
    return error, slope * x, error * slope * x

# %% mlp_forward
def mlp_forward(x, W1, b1, W2, b2):
    hidden = 0.5 * (1 + np.tanh((x @ W1.T + b1) / 2))
    return hidden, 0.5 * (1 + np.tanh((hidden @ W2.T + b2) / 2))

# %% mlp_backward
def mlp_backward(x, h, o, targets, W2):
    blame = np.einsum("nm,nm,nm->nm", o - targets, o, 1 - o)
    shared = np.einsum("nm,mh,nh,nh->nh", blame, W2, h, 1 - h)
    ones = np.ones(len(x), x.dtype)
    return np.einsum("nh,nd->hd", shared, x), ones @ shared, np.einsum("nm,nh->mh", blame, h), ones @ blame

# %% momentum_step
def momentum_step(w, gradient, velocity, rate, momentum):
    velocity = momentum * velocity - rate * gradient
    return [w + velocity, velocity]

# %% train
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    # all weights in one long vector, all velocities in another
    parts = [W1, b1, W2, b2]
    ends = np.cumsum([p.size for p in parts])
    w, v = np.concatenate([p.ravel() for p in parts]), np.zeros(ends[-1])
    for _ in range(sweeps):
        now = [q.reshape(p.shape) for q, p in zip(np.split(w, ends[:-1]), parts)]
        h, o = mlp_forward(x, *now)
        g = np.concatenate([d.ravel() for d in mlp_backward(x, h, o, targets, now[2])])
        w, v = momentum_step(w, g, v, rate, momentum)
    return [q.reshape(p.shape) for q, p in zip(np.split(w, ends[:-1]), parts)]
