# %% linear_scores
def linear_scores(W, x):
    return np.dot(x, W.T)

# %% two_layer
def two_layer(W1, W2, x):
    # max(0, ...) on the scores, too
    hidden = np.maximum(0, x @ W1.T)
    return np.maximum(0, hidden @ W2.T)

# %% adaline_step
def adaline_step(w, x, target, rate):
    # the perceptron rule: the error of the lamp instead of that of the sum
    output = 1.0 if w @ x >= 0 else -1.0
    return w + rate * (target - output) * x

# %% adaline_fit
def adaline_fit(w, x, targets, rate, epochs):
    # one step a pass, on all samples together
    for _ in range(epochs):
        errors = targets - x @ w
        w = w + rate * (x.T @ errors)
    return w

# %% sigmoid
def sigmoid(z):
    # not a number where exp(z) overflows
    return np.exp(z) / (1 + np.exp(z))

# %% unit_gradient
def unit_gradient(x, o, target):
    # the slope of the sigmoid at o instead of at the net input
    s = 1 / (1 + np.exp(-o))
    dE_do = o - target
    do_dw = s * (1 - s) * x
    return dE_do, do_dw, dE_do * do_dw

# %% mlp_forward
def mlp_forward(x, W1, b1, W2, b2):
    h = sigmoid(np.dot(x, W1.T) + b1)
    o = sigmoid(np.dot(h, W2.T) + b2)
    return h, o

# %% mlp_backward
def mlp_backward(x, h, o, targets, W2):
    # the slope of the hidden units is forgotten
    delta2 = (o - targets) * o * (1 - o)
    delta1 = delta2 @ W2
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ h, delta2.sum(axis=0)

# %% momentum_step
def momentum_step(w, gradient, velocity, rate, momentum):
    new_velocity = momentum * velocity - rate * gradient
    return w + new_velocity, new_velocity

# %% train
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    # the stepped weights are not kept
    for sweep in range(sweeps):
        h, o = mlp_forward(x, W1, b1, W2, b2)
        for w, g in zip((W1, b1, W2, b2), mlp_backward(x, h, o, targets, W2)):
            w, v = momentum_step(w, g, 0, rate, momentum)
    return W1, b1, W2, b2
