# %% linear_scores
def linear_scores(W, x):
    return np.array([W @ sample for sample in x])

# %% two_layer
def two_layer(W1, W2, x):
    hidden = np.array([W1 @ sample for sample in x])
    hidden[hidden < 0] = 0
    return np.array([W2 @ h for h in hidden])

# %% adaline_step
def adaline_step(w, x, target, rate):
    error = target - np.sum(w * x)
    return w + rate * error * x

# %% adaline_fit
def adaline_fit(w, x, targets, rate, epochs):
    for _ in range(epochs):
        for i in range(len(x)):
            w = adaline_step(w, x[i], targets[i], rate)
    return w

# %% sigmoid
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
