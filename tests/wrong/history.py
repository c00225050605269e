# %% linear_scores: samples in the columns of the answer
# named: The scores come out one sample a column.
def linear_scores(W, x):
    return np.dot(W, x.T)


# %% linear_scores: loops that store a row for each score
# named: The scores come out one sample a column.
def linear_scores(W, x):
    M, D = W.shape
    N = x.shape[0]
    result = np.zeros((M, N))
    for m in range(M):
        for n in range(N):
            for d in range(D):
                result[m, n] += W[m, d] * x[n, d]
    return result


# %% linear_scores: a bend that was not asked for
# named: The scores are pushed through max(0, ...).
def linear_scores(W, x):
    s = np.einsum("md,nd->nm", W, x)
    s[s < 0] = 0
    return s


# %% linear_scores: the samples are summed away
# named: The scores of all samples are added up.
def linear_scores(W, x):
    return np.einsum("md,nd->m", W, x)


# %% linear_scores: whole numbers only
# named: What stands after the point is lost: the numbers are kept in an array of whole numbers.
def linear_scores(W, x):
    out = np.zeros((len(x), len(W)), dtype=int)
    for i, sample in enumerate(x):
        for j, weights in enumerate(W):
            out[i, j] = sum(a * b for a, b in zip(weights, sample))
    return out


# %% linear_scores: the last input is never reached
# named: The last input is left out of every sum.
def linear_scores(W, x):
    n_samples, n_inputs = x.shape
    scores = np.zeros((n_samples, W.shape[0]))
    for n in range(n_samples):
        for m in range(W.shape[0]):
            total = 0.0
            for d in range(n_inputs - 1):
                total += W[m, d] * x[n, d]
            scores[n, m] = total
    return scores


# %% linear_scores: return inside the loop over samples
# named: The first sample has its scores, all others have 0.
def linear_scores(W, x):
    N, M = x.shape[0], W.shape[0]
    scores = np.zeros((N, M))
    for n in range(N):
        for m in range(M):
            scores[n, m] = W[m] @ x[n]
        return scores


# %% linear_scores: = instead of +=
# named: Only the last product of each sum is left, as if every one replaced the one before.
def linear_scores(W, x):
    scores = np.zeros((x.shape[0], W.shape[0]))
    for n in range(x.shape[0]):
        for m in range(W.shape[0]):
            for d in range(x.shape[1]):
                scores[n, m] = W[m, d] * x[n, d]
    return scores


# %% linear_scores: the sum is not started again
# named: Each score goes on from the sum of the score before.
def linear_scores(W, x):
    rows = []
    s = 0
    for sample in x:
        row = []
        for weights in W:
            for d in range(len(sample)):
                s += weights[d] * sample[d]
            row.append(s)
        rows.append(row)
    return np.array(rows)


# %% linear_scores: nothing transposed
# named: The samples are multiplied by W as it stands.
def linear_scores(W, x):
    return x @ W


# %% two_layer: no bend at all
# named: The max(0, ...) between the two layers is missing.
def two_layer(W1, W2, x):
    def dense(a, weights):
        return np.array([[np.sum(row * unit) for unit in weights] for row in a])

    return dense(dense(x, W1), W2)


# %% two_layer: np.max with 0 as the axis
# named: The largest hidden value of all samples is taken, unit by unit: the 0 in np.max(z, 0) is an axis.
def two_layer(W1, W2, x):
    hidden = np.max(x @ W1.T, 0)
    return hidden @ W2.T


# %% two_layer: bend on the scores too
# named: The max(0, ...) is applied to the scores as well.
def two_layer(W1, W2, x):
    relu = lambda a: a * (a > 0)
    return relu(relu(x @ W1.T) @ W2.T)


# %% two_layer: on or off instead of the number
# named: A hidden unit gives 1 or 0.
def two_layer(W1, W2, x):
    net = x @ W1.T
    hidden = np.where(net > 0, 1.0, 0.0)
    return hidden @ W2.T


# %% two_layer: sign forgotten instead of cut
# named: Negative hidden values become positive, as with abs().
def two_layer(W1, W2, x):
    hidden = np.dot(x, W1.T)
    for i in range(hidden.shape[0]):
        for j in range(hidden.shape[1]):
            if hidden[i, j] < 0:
                hidden[i, j] = -hidden[i, j]
    return np.dot(hidden, W2.T)


# %% two_layer: a sample a column
# named: The scores come out one sample a column.
def two_layer(W1, W2, x):
    h = W1 @ x.T
    h[h < 0] = 0
    return W2 @ h


# %% two_layer: sigmoid in the middle
# named: The hidden layer uses a sigmoid.
def two_layer(W1, W2, x):
    z = x @ W1.transpose()
    a = np.exp(z) / (np.exp(z) + 1)
    return a @ W2.transpose()


# %% two_layer: a small slope is left for negative numbers
# named: Negative hidden values are made smaller.
def two_layer(W1, W2, x):
    z = x @ W1.T
    return np.where(z > 0, z, 0.01 * z) @ W2.T


# %% two_layer: rounded to whole numbers in between
# named: What stands after the point is lost: the numbers are kept in an array of whole numbers.
def two_layer(W1, W2, x):
    N = x.shape[0]
    hidden = np.zeros((N, W1.shape[0]), dtype=int)
    for n in range(N):
        for k in range(W1.shape[0]):
            hidden[n, k] = max(0, W1[k] @ x[n])
    return hidden @ W2.T


# %% two_layer: the bend on the products, before the sum
# named: The max(0, ...) is applied to each product of a hidden unit, before they are added up.
def two_layer(W1, W2, x):
    N = len(x)
    out = np.zeros((N, len(W2)))
    for n in range(N):
        h = [sum(max(0, W1[i][d] * x[n][d]) for d in range(len(x[n]))) for i in range(len(W1))]
        for m in range(len(W2)):
            out[n, m] = sum(W2[m][i] * h[i] for i in range(len(h)))
    return out


# %% adaline_step: the perceptron's error, of the lamp
# named: This is the perceptron rule: the output is cut to +1 or -1 before the error is taken.
def adaline_step(w, x, target, rate):
    lamp = 1 if sum(wi * xi for wi, xi in zip(w, x)) >= 0 else -1
    return w + rate * (target - lamp) * x


# %% adaline_step: output minus target
# named: The sign of the update is turned round: the weights move away from the target, and the error grows.
def adaline_step(w, x, target, rate):
    error = np.dot(w, x) - target
    delta = rate * error * x
    return w + delta


# %% adaline_step: w x without the sum
# named: Each weight has an error of its own, taken from its product w_d x_d alone.
def adaline_step(w, x, target, rate):
    o = w * x
    return w + rate * (target - o) * x


# %% adaline_step: error recomputed after each knob
# named: The error is taken anew after each weight has moved.
def adaline_step(w, x, target, rate):
    new = np.array(w, dtype=float)
    for d in range(len(x)):
        new[d] = new[d] + rate * (target - np.dot(new, x)) * x[d]
    return new


# %% adaline_step: the input left out
# named: The error is not multiplied by the input x: every weight moves by the same amount, whatever its
def adaline_step(w, x, target, rate):
    meter = float(w @ x)
    err = target - meter
    return np.array([knob + rate * err for knob in w])


# %% adaline_step: the rate left out
# named: The learning rate is left out of the step.
def adaline_step(w, x, target, rate):
    return w + (target - w.dot(x)) * x


# %% adaline_step: only the change comes back
# named: What comes back is the change of the weights; the new weights are asked for.
def adaline_step(w, x, target, rate):
    err = target - np.sum(w * x)
    step = np.zeros(len(w))
    for i in range(len(w)):
        step[i] = rate * err * x[i]
    return step


# %% adaline_step: leaves the weights alone when the sign is right
# named: Where the sum has the right sign, the weights are left alone.
def adaline_step(w, x, target, rate):
    o = w @ x
    if np.sign(o) == np.sign(target):
        return w
    return w + rate * (target - o) * x


# %% adaline_step: the derivative of the square without the half
# named: The step is twice as long as asked.
def adaline_step(w, x, target, rate):
    grad = -2 * (target - w @ x) * x
    return w - rate * grad


# %% adaline_step: divided by the length of the input
# named: The step is divided by x.x.
def adaline_step(w, x, target, rate):
    return w + rate * (target - w @ x) * x / (x @ x)


# %% adaline_step: a sigmoid on the sum
# named: The output is pushed through a sigmoid before the error is taken.
def adaline_step(w, x, target, rate):
    o = 1 / (1 + np.exp(-np.dot(w, x)))
    return w + rate * (target - o) * x


# %% adaline_step: the last knob is not turned
# named: The last weight never moves.
def adaline_step(w, x, target, rate):
    o = 0.0
    for d in range(len(x)):
        o += w[d] * x[d]
    out = w.copy()
    for d in range(len(x) - 1):
        out[d] += rate * (target - o) * x[d]
    return out


# %% adaline_step: mean instead of sum
# named: The products are averaged.
def adaline_step(w, x, target, rate):
    return w + rate * (target - np.mean(w * x)) * x


# %% adaline_fit: all samples against the same weights, once a pass
# named: The weights wait until the end of the pass: all errors are taken with the same weights and added up.
def adaline_fit(w, x, targets, rate, epochs):
    w = w.copy()
    for _ in range(epochs):
        errors = targets - x @ w
        w = w + rate * errors @ x
    return w


# %% adaline_fit: the mean step over all samples
# named: The weights wait until the end of the pass, and the corrections are averaged.
def adaline_fit(w, x, targets, rate, epochs):
    for epoch in range(epochs):
        steps = []
        for xi, ti in zip(x, targets):
            steps.append(rate * (ti - w @ xi) * xi)
        w = w + np.mean(steps, axis=0)
    return w


# %% adaline_fit: returns after the first pass
# named: The weights end where one pass over the data leaves them.
def adaline_fit(w, x, targets, rate, epochs):
    for e in range(epochs):
        for n in range(len(x)):
            w = w + rate * (targets[n] - np.dot(w, x[n])) * x[n]
        return w


# %% adaline_fit: every pass begins at the start again
# named: The weights end where one pass over the data leaves them.
def adaline_fit(w, x, targets, rate, epochs):
    for e in range(epochs):
        weights = w.copy()
        for n in range(x.shape[0]):
            err = targets[n] - weights @ x[n]
            weights += rate * err * x[n]
    return weights


# %% adaline_fit: starts from zero whatever w was
# named: The weights given are ignored: the first pass begins at zero.
def adaline_fit(w, x, targets, rate, epochs):
    weights = np.zeros(x.shape[1])
    for e in range(epochs):
        for sample, t in zip(x, targets):
            weights = weights + rate * (t - weights.dot(sample)) * sample
    return weights


# %% adaline_fit: each sample epochs times in a row
# named: Each sample is shown `epochs` times in a row.
def adaline_fit(w, x, targets, rate, epochs):
    def step(w, x, t):
        return w + rate * (t - np.inner(w, x)) * x

    for i in range(len(targets)):
        for _ in range(epochs):
            w = step(w, x[i], targets[i])
    return w


# %% adaline_fit: one pass too many
# named: One pass too many is made.
def adaline_fit(w, x, targets, rate, epochs):
    epoch = 0
    while epoch <= epochs:
        for k in range(len(x)):
            w = w + rate * (targets[k] - w @ x[k]) * x[k]
        epoch += 1
    return w


# %% adaline_fit: the new weights are thrown away
# named: The weights come back as they were given.
def adaline_fit(w, x, targets, rate, epochs):
    def adaline_step(w, x, target, rate):
        return w + rate * (target - w @ x) * x

    for _ in range(epochs):
        for xi, ti in zip(x, targets):
            adaline_step(w, xi, ti, rate)
    return w


# %% adaline_fit: the last sample is never shown
# named: The last sample of every pass is left out.
def adaline_fit(w, x, targets, rate, epochs):
    for _ in range(epochs):
        for n in range(len(x) - 1):
            w = w + rate * (targets[n] - w @ x[n]) * x[n]
    return w


# %% adaline_fit: the sign of the error turned round
# named: The sign of the update is turned round: the weights move away from the target, and the error grows.
def adaline_fit(w, x, targets, rate, epochs):
    for _ in range(epochs):
        for n in range(len(x)):
            o = sum(w * x[n])
            w = w - rate * (targets[n] - o) * x[n]
    return w


# %% adaline_fit: shuffled
# named: nothing
def adaline_fit(w, x, targets, rate, epochs):
    rng = np.random.default_rng(0)
    for _ in range(epochs):
        for i in rng.permutation(len(x)):
            w = w + rate * (targets[i] - w @ x[i]) * x[i]
    return w


# %% adaline_fit: the last sample first
# named: The samples are gone through from the last to the first.
def adaline_fit(w, x, targets, rate, epochs):
    for _ in range(epochs):
        for xi, ti in reversed(list(zip(x, targets))):
            w = w + rate * (ti - xi @ w) * xi
    return w


# %% adaline_fit: the first target for all samples
# named: The target of the first sample is used for all of them.
def adaline_fit(w, x, targets, rate, epochs):
    for _ in range(epochs):
        for i, sample in enumerate(x):
            w = w + rate * (targets[0] - w @ sample) * sample
    return w


# %% adaline_fit: learns only from samples on the wrong side
# named: Where the sum has the right sign, the weights are left alone.
def adaline_fit(w, x, targets, rate, epochs):
    for _ in range(epochs):
        for i in range(len(x)):
            o = w @ x[i]
            if o * targets[i] <= 0:
                w = w + rate * (targets[i] - o) * x[i]
    return w


# %% sigmoid: exp(z) without the minus
# named: The sign of z is turned round: a large positive z should give a number near 1.
def sigmoid(z):
    return np.power(1 + np.exp(z), -1)


# %% sigmoid: overflow to nan
# named: For large z numerator and denominator both overflow, and infinity over infinity is not a number.
def sigmoid(z):
    e = np.exp(z)
    return e / (e + 1)


# %% sigmoid: missing parentheses
# named: 1 / 1 + exp(-z) divides before it adds: the sum below the line needs parentheses.
def sigmoid(z):
    return 1 / 1 + np.exp(-z)


# %% sigmoid: tanh
# named: This is tanh, which runs from -1 to 1.
def sigmoid(z):
    a, b = np.exp(z), np.exp(-z)
    with np.errstate(all="ignore"):
        return np.where(np.abs(z) > 300, np.sign(z), (a - b) / (a + b))


# %% sigmoid: the slope
# named: This is the slope of the sigmoid; the sigmoid itself is asked for.
def sigmoid(z):
    s = 1 / (1 + np.exp(-z))
    return s - s**2


# %% sigmoid: two branches, one of them wrong
# named: The sign of z is lost: a negative z should give a number below 1/2.
def sigmoid(z):
    e = np.exp(-np.abs(z))
    return 1 / (1 + e)


# %% sigmoid: cut off at 10
# named: nothing
def sigmoid(z):
    z = np.clip(z, -10, 10)
    return 1 / (1 + np.exp(-z))


# %% sigmoid: divided by the sum, as softmax
# named: The numbers are divided by a sum over the others, which is softmax.
def sigmoid(z):
    e = np.exp(z - z.max())
    return e / e.sum()


# %% sigmoid: rounded to on and off
# named: The result is on or off.
def sigmoid(z):
    s = 1 / (1 + np.exp(-z))
    return (s > 0.5).astype(float)


# %% sigmoid: loop over the first axis only
# named: nothing
def sigmoid(z):
    import math

    return np.array([1 / (1 + math.exp(-v)) for v in z])


# %% unit_gradient: no input in do/dw
# named: The input x is missing: this is the derivative by the net input w.x, one number, and each weight
def unit_gradient(x, o, target):
    dE_do = o - target
    do_dw = o * (1 - o)
    return dE_do, do_dw, dE_do * do_dw


# %% unit_gradient: no slope anywhere
# named: The slope of the sigmoid is missing: o reacts to its net input by o(1 - o), not by 1.
def unit_gradient(x, o, target):
    a = o - target
    b = np.array(x, dtype=float)
    c = np.zeros(len(x))
    for i in range(len(x)):
        c[i] = a * b[i]
    return a, b, c


# %% unit_gradient: the sigmoid of o once more
# named: The sigmoid is taken twice: o is already its output, and the slope is o(1 - o) with that o.
def unit_gradient(x, o, target):
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    slope = sigmoid(o) * (1 - sigmoid(o))
    first = o - target
    second = slope * x
    return first, second, first * second


# %% unit_gradient: target minus o
# named: The sign of the error is turned round: E grows with o where o lies above the target.
def unit_gradient(x, o, target):
    err = target - o
    do_dw = o * (1 - o) * x
    return err, do_dw, err * do_dw


# %% unit_gradient: the error itself, not its derivative
# named: dE/do is the error E itself; its derivative is asked for.
def unit_gradient(x, o, target):
    dE_do = 0.5 * (o - target) ** 2
    do_dw = o * (1 - o) * x
    dE_dw = dE_do * do_dw
    return dE_do, do_dw, dE_dw


# %% unit_gradient: twice the error
# named: A factor 2 is left over: the 1/2 in front of the square is there to cancel it.
def unit_gradient(x, o, target):
    dE_do = 2 * (o - target)
    do_dw = (o - o * o) * x
    return dE_do, do_dw, dE_do * do_dw


# %% unit_gradient: the slope of tanh
# named: This is the slope of tanh, 1 - o^2.
def unit_gradient(x, o, target):
    e = o - target
    s = 1 - o**2
    return e, s * x, e * s * x


# %% unit_gradient: the input twice in the product
# named: The input x goes in twice in the product: do/dw contains it already.
def unit_gradient(x, o, target):
    dE_do = o - target
    do_dw = o * (1 - o) * x
    return dE_do, do_dw, dE_do * do_dw * x


# %% unit_gradient: results in the order in which they were needed last
# named: The three results come back in another order: dE/do, do/dw, dE/dw.
def unit_gradient(x, o, target):
    dE_do = o - target
    do_dw = o * (1 - o) * x
    return dE_do * do_dw, do_dw, dE_do


# %% unit_gradient: half of the slope
# named: A part of the slope is missing: it is a product of two, o and 1 - o.
def unit_gradient(x, o, target):
    d = o - target
    w = (1 - o) * x
    return d, w, d * w


# %% unit_gradient: the slope from the inputs
# named: The slope is taken at the inputs, x(1 - x).
def unit_gradient(x, o, target):
    d = o - target
    w = x * (1 - x)
    return d, w, d * w


# %% unit_gradient: the step, not the gradient
# named: The sign of the product is turned round.
def unit_gradient(x, o, target):
    dE_do = o - target
    do_dw = o * (1 - o) * x
    return dE_do, do_dw, -dE_do * do_dw


# %% unit_gradient: the product is summed
# named: The product is added up over the inputs.
def unit_gradient(x, o, target):
    dE_do = o - target
    do_dw = o * (1 - o) * x
    return dE_do, do_dw, np.sum(dE_do * do_dw)


# %% mlp_forward: first bias forgotten
# named: The biases of the hidden units are left out.
def mlp_forward(x, W1, b1, W2, b2):
    s = lambda z: 1 / (1 + np.exp(-z))
    h = s(x @ W1.T)
    return h, s(h @ W2.T + b2)


# %% mlp_forward: outputs without sigmoid
# named: The output units have no sigmoid.
def mlp_forward(x, W1, b1, W2, b2):
    N, H, M = len(x), len(W1), len(W2)
    h, o = np.zeros((N, H)), np.zeros((N, M))
    for n in range(N):
        for j in range(H):
            h[n, j] = 1 / (1 + np.exp(-(b1[j] + sum(W1[j] * x[n]))))
        for m in range(M):
            o[n, m] = b2[m] + sum(W2[m] * h[n])
    return h, o


# %% mlp_forward: relu in the hidden layer
# named: The hidden units use max(0, ...).
def mlp_forward(x, W1, b1, W2, b2):
    h = np.clip(x @ W1.T + b1, 0, None)
    o = 1 / (1 + np.exp(-(h @ W2.T + b2)))
    return h, o


# %% mlp_forward: outputs first
# named: The two results come back in the wrong order: the hidden outputs first, then the outputs.
def mlp_forward(x, W1, b1, W2, b2):
    def layer(inp, W, b):
        return 1 / (1 + np.exp(-(np.matmul(inp, W.T) + b)))

    h = layer(x, W1, b1)
    return layer(h, W2, b2), h


# %% mlp_forward: biases after the sigmoid
# named: The biases are added after the sigmoid.
def mlp_forward(x, W1, b1, W2, b2):
    sig = lambda z: 1 / (1 + np.exp(-z))
    h = sig(x @ W1.T) + b1
    o = sig(h @ W2.T) + b2
    return h, o


# %% mlp_forward: only the outputs come back
# named: nothing
def mlp_forward(x, W1, b1, W2, b2):
    sig = lambda z: 1 / (1 + np.exp(-z))
    return sig(sig(x @ W1.T + b1) @ W2.T + b2)


# %% mlp_forward: the bias for every input
# named: A bias is added once for every input of its unit.
def mlp_forward(x, W1, b1, W2, b2):
    def layer(a, W, b):
        out = np.zeros((len(a), len(W)))
        for n in range(len(a)):
            for u in range(len(W)):
                net = 0
                for d in range(a.shape[1]):
                    net += W[u, d] * a[n, d] + b[u]
                out[n, u] = 1 / (1 + np.exp(-net))
        return out

    h = layer(x, W1, b1)
    return h, layer(h, W2, b2)


# %% mlp_forward: net inputs returned as h, but the sigmoid used
# named: What comes back as h are the net inputs; the sigmoid of them is asked for.
def mlp_forward(x, W1, b1, W2, b2):
    h = x @ W1.T + b1
    o = 1 / (1 + np.exp(-(1 / (1 + np.exp(-h)) @ W2.T + b2)))
    return h, o


# %% mlp_forward: a sample a column
# named: The outputs are one sample a column.
def mlp_forward(x, W1, b1, W2, b2):
    sig = lambda z: 1 / (1 + np.exp(-z))
    h = sig(W1 @ x.T + b1[:, None])
    o = sig(W2 @ h + b2[:, None])
    return h, o


# %% mlp_forward: tanh in the hidden layer
# named: The hidden units use tanh, which runs from -1 to 1.
def mlp_forward(x, W1, b1, W2, b2):
    h = np.tanh(x @ W1.T + b1)
    o = 1 / (1 + np.exp(-(h @ W2.T + b2)))
    return h, o


# %% mlp_forward: softmax at the outputs
# named: The outputs of a sample are divided by their sum, as in softmax.
def mlp_forward(x, W1, b1, W2, b2):
    h = 1 / (1 + np.exp(-(x @ W1.T + b1)))
    scores = np.exp(h @ W2.T + b2)
    return h, scores / scores.sum(axis=1, keepdims=True)


# %% mlp_backward: averaged over the samples
# named: Gradients are divided by the number of samples.
def mlp_backward(x, h, o, targets, W2):
    N = len(x)
    delta2 = (o - targets) * o * (1 - o) / N
    delta1 = delta2 @ W2 * h * (1 - h)
    return delta1.T @ x, delta1.sum(0), delta2.T @ h, delta2.sum(0)


# %% mlp_backward: no slope in the hidden layer
# named: The slope of the hidden units, h(1 - h), is missing.
def mlp_backward(x, h, o, targets, W2):
    d2 = (o - targets) * o * (1 - o)
    d1 = d2 @ W2
    dW1 = np.einsum("nh,nd->hd", d1, x)
    dW2 = np.einsum("nm,nh->mh", d2, h)
    return dW1, d1.sum(axis=0), dW2, d2.sum(axis=0)


# %% mlp_backward: no slope at the outputs
# named: The slope of the output units, o(1 - o), is missing.
def mlp_backward(x, h, o, targets, W2):
    d2 = o - targets
    d1 = (d2 @ W2) * (h - h * h)
    return d1.T @ x, np.sum(d1, 0), d2.T @ h, np.sum(d2, 0)


# %% mlp_backward: the last sample overwrites the others
# named: Only the last sample counts: each sample's gradient overwrites the one before.
def mlp_backward(x, h, o, targets, W2):
    for n in range(len(x)):
        delta2 = (o[n] - targets[n]) * o[n] * (1 - o[n])
        delta1 = (W2.T @ delta2) * h[n] * (1 - h[n])
        dW2 = np.outer(delta2, h[n])
        db2 = delta2
        dW1 = np.outer(delta1, x[n])
        db1 = delta1
    return dW1, db1, dW2, db2


# %% mlp_backward: biases not summed over the samples
# named: The gradients of the biases are kept sample by sample.
def mlp_backward(x, h, o, targets, W2):
    delta2 = (o - targets) * o * (1 - o)
    delta1 = (delta2 @ W2) * h * (1 - h)
    return delta1.T @ x, delta1, delta2.T @ h, delta2


# %% mlp_backward: target minus output
# named: The sign of the error is turned round: this is minus the gradient, and a step against it goes
def mlp_backward(x, h, o, targets, W2):
    delta2 = (targets - o) * o * (1 - o)
    delta1 = (delta2 @ W2) * h * (1 - h)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ h, delta2.sum(axis=0)


# %% mlp_backward: the raw error goes back to the hidden layer
# named: The error goes back to the hidden units without the slope of the output units.
def mlp_backward(x, h, o, targets, W2):
    err = o - targets
    delta2 = err * o * (1 - o)
    delta1 = (err @ W2) * h * (1 - h)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ h, delta2.sum(axis=0)


# %% mlp_backward: the output layer's gradients first
# named: The layers come back in the wrong order: first dW1, db1 of the hidden layer, then dW2, db2.
def mlp_backward(x, h, o, targets, W2):
    delta2 = (o - targets) * o * (1 - o)
    dW2, db2 = delta2.T @ h, delta2.sum(axis=0)
    delta1 = (delta2 @ W2) * h * (1 - h)
    dW1, db1 = delta1.T @ x, delta1.sum(axis=0)
    return dW2, db2, dW1, db1


# %% mlp_backward: weight gradients lie on their side
# named: Rows and columns are swapped: a gradient has the shape of its weights.
def mlp_backward(x, h, o, targets, W2):
    delta2 = (o - targets) * o * (1 - o)
    delta1 = (delta2 @ W2) * h * (1 - h)
    return x.T @ delta1, delta1.sum(axis=0), h.T @ delta2, delta2.sum(axis=0)


# %% mlp_backward: a factor 2
# named: A factor 2 is left over: the 1/2 in front of the squares is there to cancel it.
def mlp_backward(x, h, o, targets, W2):
    N, M = o.shape
    H, D = h.shape[1], x.shape[1]
    dW1, db1, dW2, db2 = np.zeros((H, D)), np.zeros(H), np.zeros((M, H)), np.zeros(M)
    for n in range(N):
        d2 = 2 * (o[n] - targets[n]) * o[n] * (1 - o[n])
        d1 = np.array([sum(W2[m, j] * d2[m] for m in range(M)) * h[n, j] * (1 - h[n, j]) for j in range(H)])
        dW2 += np.outer(d2, h[n])
        db2 += d2
        dW1 += np.outer(d1, x[n])
        db1 += d1
    return dW1, db1, dW2, db2


# %% mlp_backward: only the first output sends its blame back
# named: Only one output sends its blame back to the hidden units; they get their share of every output's.
def mlp_backward(x, h, o, targets, W2):
    delta2 = (o - targets) * o * (1 - o)
    delta1 = np.outer(delta2[:, 0], W2[0]) * h * (1 - h)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ h, delta2.sum(axis=0)


# %% mlp_backward: the last output overwrites the blame of the others
# named: Only one output sends its blame back to the hidden units; they get their share of every output's.
def mlp_backward(x, h, o, targets, W2):
    N, M = o.shape
    H, D = h.shape[1], x.shape[1]
    dW1, db1, dW2, db2 = np.zeros((H, D)), np.zeros(H), np.zeros((M, H)), np.zeros(M)
    for n in range(N):
        delta2 = (o[n] - targets[n]) * o[n] * (1 - o[n])
        for j in range(H):
            for m in range(M):
                blame = delta2[m] * W2[m, j]
            delta1 = blame * h[n, j] * (1 - h[n, j])
            dW1[j] += delta1 * x[n]
            db1[j] += delta1
        dW2 += np.outer(delta2, h[n])
        db2 += delta2
    return dW1, db1, dW2, db2


# %% mlp_backward: hidden slope of a relu
# named: The slope of the hidden units, h(1 - h), is missing.
def mlp_backward(x, h, o, targets, W2):
    delta2 = (o - targets) * o * (1 - o)
    delta1 = (delta2 @ W2) * (h > 0)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ h, delta2.sum(axis=0)


# %% mlp_backward: hidden slope of a tanh
# named: The slope of the hidden units is that of tanh, 1 - h^2.
def mlp_backward(x, h, o, targets, W2):
    delta2 = (o - targets) * o * (1 - o)
    delta1 = (delta2 @ W2) * (1 - h**2)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ h, delta2.sum(axis=0)


# %% mlp_backward: sigmoid of o and h again
# named: The slopes are taken of sigmoid(o) and sigmoid(h), but o and h are already a sigmoid's outputs.
def mlp_backward(x, h, o, targets, W2):
    def dsig(z):
        s = 1 / (1 + np.exp(-z))
        return s * (1 - s)

    delta2 = (o - targets) * dsig(o)
    delta1 = (delta2 @ W2) * dsig(h)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ h, delta2.sum(axis=0)


# %% mlp_backward: biases over all units in one number
# named: The gradients of the biases are added up over the units, too.
def mlp_backward(x, h, o, targets, W2):
    delta2 = (o - targets) * o * (1 - o)
    delta1 = (delta2 @ W2) * h * (1 - h)
    return delta1.T @ x, np.sum(delta1), delta2.T @ h, np.sum(delta2)


# %% mlp_backward: weights are added up, biases overwritten
# named: Only the last sample counts: each sample's gradient overwrites the one before.
def mlp_backward(x, h, o, targets, W2):
    dW1, dW2 = np.zeros((h.shape[1], x.shape[1])), np.zeros(W2.shape)
    for n in range(len(x)):
        delta2 = (o[n] - targets[n]) * o[n] * (1 - o[n])
        delta1 = (W2.T @ delta2) * h[n] * (1 - h[n])
        dW2 += np.outer(delta2, h[n])
        db2 = delta2
        dW1 += np.outer(delta1, x[n])
        db1 = delta1
    return dW1, db1, dW2, db2


# %% momentum_step: the rate outside, as in PyTorch
# named: The velocity holds gradients, and the rate comes in only when the weights move (PyTorch's
def momentum_step(w, gradient, velocity, rate, momentum):
    velocity = momentum * velocity + gradient
    return w - rate * velocity, velocity


# %% momentum_step: the velocity of before moves the weights
# named: The weights move by the velocity before this step; the new velocity is what they move by.
def momentum_step(w, gradient, velocity, rate, momentum):
    new_w = w + velocity
    new_v = momentum * velocity - rate * gradient
    return new_w, new_v


# %% momentum_step: no momentum
# named: The momentum is left out: the change before has no say.
def momentum_step(w, gradient, velocity, rate, momentum):
    v = -rate * gradient
    return w + v, v


# %% momentum_step: velocity points up the hill and is subtracted
# named: The velocity points up the gradient and is subtracted from the weights.
def momentum_step(w, gradient, velocity, rate, momentum):
    v = momentum * velocity + rate * gradient
    return w - v, v


# %% momentum_step: uphill
# named: The step goes up the gradient.
def momentum_step(w, gradient, velocity, rate, momentum):
    v = rate * gradient + momentum * velocity
    return w + v, v


# %% momentum_step: velocity first
# named: The two results come back in the wrong order: the weights first, then the velocity.
def momentum_step(w, gradient, velocity, rate, momentum):
    velocity = -rate * gradient + momentum * velocity
    w = w + velocity
    return velocity, w


# %% momentum_step: only the weights
# named: nothing
def momentum_step(w, gradient, velocity, rate, momentum):
    velocity = -rate * gradient + momentum * velocity
    return w + velocity


# %% momentum_step: the rate on both terms
# named: The rate stands before the old velocity, too.
def momentum_step(w, gradient, velocity, rate, momentum):
    v = rate * (momentum * velocity - gradient)
    return w + v, v


# %% momentum_step: a running average
# named: The gradient is multiplied by 1 - momentum as well: that is a running average, another rule.
def momentum_step(w, gradient, velocity, rate, momentum):
    v = momentum * velocity + (1 - momentum) * (-rate * gradient)
    return w + v, v


# %% momentum_step: looks ahead, as Nesterov
# named: The weights look ahead, as in Nesterov's rule: they move by the new velocity times momentum and the
def momentum_step(w, gradient, velocity, rate, momentum):
    v = momentum * velocity - rate * gradient
    return w + momentum * v - rate * gradient, v


# %% momentum_step: the old velocity is handed back
# named: The old velocity comes back; the new one is asked for.
def momentum_step(w, gradient, velocity, rate, momentum):
    change = momentum * velocity - rate * gradient
    return w + change, velocity


# %% momentum_step: momentum on the weights
# named: The momentum is multiplied by the weights; it belongs to the velocity.
def momentum_step(w, gradient, velocity, rate, momentum):
    v = -rate * gradient + momentum * w
    return w + v, v


# %% momentum_step: momentum twice
# named: The new velocity is multiplied by the momentum once more when the weights move.
def momentum_step(w, gradient, velocity, rate, momentum):
    v = -rate * gradient + momentum * velocity
    return w + momentum * v, v


# %% train: one sweep only, the return stands in the loop
# named: These are the weights after one sweep.
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    v = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for _ in range(sweeps):
        h = sig(x @ W1.T + b1)
        o = sig(h @ W2.T + b2)
        d2 = (o - targets) * o * (1 - o)
        d1 = d2 @ W2 * h * (1 - h)
        g = [d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)]
        v = [momentum * vi - rate * gi for vi, gi in zip(v, g)]
        W1, b1, W2, b2 = (p + vi for p, vi in zip((W1, b1, W2, b2), v))
        return W1, b1, W2, b2


# %% train: the new weights do not leave the loop over the four arrays
# named: nothing
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    v = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for _ in range(sweeps):
        h = sig(x @ W1.T + b1)
        o = sig(h @ W2.T + b2)
        d2 = (o - targets) * o * (1 - o)
        d1 = d2 @ W2 * h * (1 - h)
        g = [d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)]
        for i, p in enumerate((W1, b1, W2, b2)):
            v[i] = momentum * v[i] - rate * g[i]
            p = p + v[i]
    return W1, b1, W2, b2


# %% train: uphill
# named: The steps lead up the gradient, and the error grows from sweep to sweep.
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    v = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for _ in range(sweeps):
        h = sig(x @ W1.T + b1)
        o = sig(h @ W2.T + b2)
        d2 = (targets - o) * o * (1 - o)
        d1 = d2 @ W2 * h * (1 - h)
        g = [d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)]
        v = [momentum * vi - rate * gi for vi, gi in zip(v, g)]
        W1, b1, W2, b2 = (p + vi for p, vi in zip((W1, b1, W2, b2), v))
    return W1, b1, W2, b2


# %% train: the hidden layer does not learn
# named: The hidden layer stays as it was at the start: W1 and b1 learn, too.
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    vW, vb = np.zeros_like(W2), np.zeros_like(b2)
    for _ in range(sweeps):
        h = sig(x @ W1.T + b1)
        o = sig(h @ W2.T + b2)
        d2 = (o - targets) * o * (1 - o)
        vW = momentum * vW - rate * d2.T @ h
        vb = momentum * vb - rate * d2.sum(0)
        W2, b2 = W2 + vW, b2 + vb
    return W1, b1, W2, b2


# %% train: layers come back in the order of the way back
# named: The two layers come back in the wrong order: W1, b1, then W2, b2.
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    v = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for _ in range(sweeps):
        h = sig(x @ W1.T + b1)
        o = sig(h @ W2.T + b2)
        d2 = (o - targets) * o * (1 - o)
        d1 = d2 @ W2 * h * (1 - h)
        g = [d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)]
        v = [momentum * vi - rate * gi for vi, gi in zip(v, g)]
        W1, b1, W2, b2 = (p + vi for p, vi in zip((W1, b1, W2, b2), v))
    return W2, b2, W1, b1


# %% train: starts from weights of its own, all zero
# named: The weights given are ignored: the training begins at zero.
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    W1, b1, W2, b2 = np.zeros_like(W1), np.zeros_like(b1), np.zeros_like(W2), np.zeros_like(b2)
    v = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for _ in range(sweeps):
        h = sig(x @ W1.T + b1)
        o = sig(h @ W2.T + b2)
        d2 = (o - targets) * o * (1 - o)
        d1 = d2 @ W2 * h * (1 - h)
        g = [d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)]
        v = [momentum * vi - rate * gi for vi, gi in zip(v, g)]
        W1, b1, W2, b2 = (p + vi for p, vi in zip((W1, b1, W2, b2), v))
    return W1, b1, W2, b2


# %% train: the hidden layer is moved the wrong way, and no unit has a slope
# named: nothing
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    v = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for _ in range(sweeps):
        h = sig(x @ W1.T + b1)
        o = sig(h @ W2.T + b2)
        d2 = o - targets
        d1 = -d2 @ W2
        g = [d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)]
        v = [momentum * vi - rate * gi for vi, gi in zip(v, g)]
        W1, b1, W2, b2 = (p + vi for p, vi in zip((W1, b1, W2, b2), v))
    return W1, b1, W2, b2


# %% linear_scores: the class with the largest score comes back
# named: The number of the largest score comes back; the scores themselves are asked for.
def linear_scores(W, x):
    best = []
    for sample in x:
        s = [float(np.dot(row, sample)) for row in W]
        best.append(s.index(max(s)))
    return np.array(best)


# %% linear_scores: only the first sample is scored
# named: Only the first sample is scored.
def linear_scores(W, x):
    sample = x[0]
    return np.array([[sum(W[m, d] * sample[d] for d in range(len(sample))) for m in range(len(W))]])


# %% linear_scores: averaged over the inputs
# named: The products are averaged over the inputs; they are added up.
def linear_scores(W, x):
    return np.mean(x[:, np.newaxis, :] * W[np.newaxis, :, :], axis=2)


# %% linear_scores: squares, as for a distance
# named: nothing
def linear_scores(W, x):
    out = np.zeros((len(x), len(W)))
    for n, s in enumerate(x):
        for m, row in enumerate(W):
            out[n, m] = np.sqrt(np.sum((row - s) ** 2))
    return out


# %% two_layer: the bend on the first weights
# named: The max(0, ...) is applied to the weights W1 instead of to W1 x.
def two_layer(W1, W2, x):
    return x @ np.maximum(0, W1).T @ W2.T


# %% two_layer: hidden values and scores come back
# named: The hidden values come back beside the scores; only the scores are asked for.
def two_layer(W1, W2, x):
    hidden = np.maximum(0, x @ W1.T)
    return hidden, hidden @ W2.T


# %% two_layer: cut off at one
# named: nothing
def two_layer(W1, W2, x):
    hidden = x @ W1.T
    hidden[hidden < 1] = 0
    return hidden @ W2.T


# %% two_layer: the first sample's hidden values for all
# named: Every row is computed from the first sample.
def two_layer(W1, W2, x):
    scores = np.zeros((len(x), len(W2)))
    for n in range(len(x)):
        h = np.maximum(0, W1 @ x[0])
        scores[n] = W2 @ h
    return scores


# %% adaline_step: divided by the number of inputs
# named: The step is divided by the number of inputs; the rate alone sets its length.
def adaline_step(w, x, target, rate):
    D = len(x)
    return w + rate * (target - w @ x) * x / D


# %% adaline_step: the lamp is 1 or 0
# named: The output is cut to 1 or 0 before the error is taken.
def adaline_step(w, x, target, rate):
    lamp = 1.0 if np.dot(w, x) > 0 else 0.0
    return w + rate * (target - lamp) * x


# %% adaline_step: minus from the derivative and minus from downhill
# named: The sign of the update is turned round: the weights move away from the target, and the error grows.
def adaline_step(w, x, target, rate):
    derivative = (target - w @ x) * x
    return w - rate * derivative


# %% adaline_step: the error comes back, too
# named: The error comes back beside the weights; only the weights are asked for.
def adaline_step(w, x, target, rate):
    err = target - w @ x
    return w + rate * err * x, err


# %% adaline_step: the weights are scaled down
# named: nothing
def adaline_step(w, x, target, rate):
    new = w + rate * (target - w @ x) * x
    return new / np.linalg.norm(new)


# %% adaline_fit: each sample starts from the weights of the beginning
# named: Only the step on the last sample is left, made from the weights given.
def adaline_fit(w, x, targets, rate, epochs):
    start = w
    for e in range(epochs):
        for n in range(len(x)):
            new = start + rate * (targets[n] - start @ x[n]) * x[n]
    return new


# %% adaline_fit: the rate is halved after every pass
# named: nothing
def adaline_fit(w, x, targets, rate, epochs):
    for e in range(epochs):
        for xi, ti in zip(x, targets):
            w = w + rate * (ti - w @ xi) * xi
        rate = rate / 2
    return w


# %% adaline_fit: the weights after every pass
# named: The weights after every pass come back; those after the last one are asked for.
def adaline_fit(w, x, targets, rate, epochs):
    history = []
    for e in range(epochs):
        for xi, ti in zip(x, targets):
            w = w + rate * (ti - w @ xi) * xi
        history.append(w)
    return np.array(history)


# %% adaline_fit: the return after the first sample
# named: The loop over the samples ends after the first one.
def adaline_fit(w, x, targets, rate, epochs):
    for _ in range(epochs):
        for xi, ti in zip(x, targets):
            w = w + rate * (ti - w @ xi) * xi
            return w


# %% sigmoid: base 10
# named: A power of another number than e is taken.
def sigmoid(z):
    return 1 / (1 + 10.0 ** (-z))


# %% sigmoid: z / (1 + |z|), put between 0 and 1
# named: nothing
def sigmoid(z):
    return 0.5 + 0.5 * z / (1 + np.abs(z))


# %% sigmoid: half of tanh, the argument not halved
# named: z goes in twice as large as it is.
def sigmoid(z):
    return (1 + np.tanh(z)) / 2


# %% sigmoid: relu
# named: This is max(0, z), another bend.
def sigmoid(z):
    return np.where(z > 0, z, 0)


# %% sigmoid: rounded to two digits
# named: nothing
def sigmoid(z):
    return np.round(1 / (1 + np.exp(-z)), 2)


# %% unit_gradient: the slope already in the first factor
# named: dE/do contains the slope of the sigmoid already.
def unit_gradient(x, o, target):
    dE_do = (o - target) * o * (1 - o)
    do_dw = o * (1 - o) * x
    return dE_do, do_dw, dE_do * do_dw


# %% unit_gradient: the inputs by themselves, the product right
# named: The slope of the sigmoid is missing: o reacts to its net input by o(1 - o), not by 1.
def unit_gradient(x, o, target):
    dE_do = o - target
    do_dw = x
    return dE_do, do_dw, dE_do * o * (1 - o) * x


# %% unit_gradient: the product as a column
# named: The product is a matrix.
def unit_gradient(x, o, target):
    dE_do = o - target
    do_dw = o * (1 - o) * x
    return dE_do, do_dw, np.outer(do_dw, dE_do)


# %% mlp_forward: the hidden units are on or off
# named: The hidden units are on or off.
def mlp_forward(x, W1, b1, W2, b2):
    h = (x @ W1.T + b1 > 0).astype(float)
    return h, 1 / (1 + np.exp(-(h @ W2.T + b2)))


# %% mlp_forward: exp of plus the net input
# named: The sign of the net input is turned round: a large one should give a number near 1.
def mlp_forward(x, W1, b1, W2, b2):
    def s(z):
        return 1 / (1 + np.exp(z))

    h = s(x @ W1.T + b1)
    return h, s(h @ W2.T + b2)


# %% mlp_forward: the second bias forgotten, in loops
# named: The biases of the output units are left out.
def mlp_forward(x, W1, b1, W2, b2):
    hs, os = [], []
    for s in x:
        h = [1 / (1 + np.exp(-(sum(a * b for a, b in zip(row, s)) + bias))) for row, bias in zip(W1, b1)]
        o = [1 / (1 + np.exp(-sum(a * b for a, b in zip(row, h)))) for row in W2]
        hs.append(h)
        os.append(o)
    return np.array(hs), np.array(os)


# %% mlp_forward: the hidden outputs are rescaled to add up to one
# named: The hidden outputs of a sample are divided by their sum, as in softmax.
def mlp_forward(x, W1, b1, W2, b2):
    e = np.exp(x @ W1.T + b1)
    h = e / e.sum(axis=1, keepdims=True)
    return h, 1 / (1 + np.exp(-(h @ W2.T + b2)))


# %% mlp_backward: averaged over the outputs
# named: The error is divided by the number of outputs.
def mlp_backward(x, h, o, targets, W2):
    d2 = (o - targets) / o.shape[1] * o * (1 - o)
    d1 = d2 @ W2 * h * (1 - h)
    return d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)


# %% mlp_backward: the hidden slope is h alone
# named: A part of the slope of the hidden units is missing: it is a product of two, h and 1 - h.
def mlp_backward(x, h, o, targets, W2):
    d2 = (o - targets) * o * (1 - o)
    d1 = d2 @ W2 * h
    return d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)


# %% mlp_backward: the biases get the mean
# named: Gradients are divided by the number of samples.
def mlp_backward(x, h, o, targets, W2):
    d2 = (o - targets) * o * (1 - o)
    d1 = d2 @ W2 * h * (1 - h)
    return d1.T @ x, d1.mean(0), d2.T @ h, d2.mean(0)


# %% mlp_backward: the slope of the output units goes in twice
# named: The slope of the output units goes into the hidden layer's gradients twice; delta2 contains it
def mlp_backward(x, h, o, targets, W2):
    slope = o * (1 - o)
    d2 = (o - targets) * slope
    d1 = (d2 * slope) @ W2 * h * (1 - h)
    return d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)


# %% mlp_backward: only the hidden layer divided by N
# named: Gradients are divided by the number of samples.
def mlp_backward(x, h, o, targets, W2):
    d2 = (o - targets) * o * (1 - o)
    d1 = d2 @ W2 * h * (1 - h) / len(x)
    return d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)


# %% momentum_step: the rate once more when the weights move
# named: The new velocity is multiplied by the rate once more when the weights move.
def momentum_step(w, gradient, velocity, rate, momentum):
    velocity = momentum * velocity - rate * gradient
    return w + rate * velocity, velocity


# %% momentum_step: one minus the momentum on the old velocity
# named: The old velocity is multiplied by 1 - momentum; the momentum itself is what is kept of it.
def momentum_step(w, gradient, velocity, rate, momentum):
    velocity = (1 - momentum) * velocity - rate * gradient
    return w + velocity, velocity


# %% momentum_step: the gradient without the rate, subtracted
# named: The learning rate is left out of the step.
def momentum_step(w, gradient, velocity, rate, momentum):
    v = momentum * velocity - gradient
    return w + v, v


# %% train: the gradient of the start is used in all sweeps
# named: The gradients of the first sweep are used in all others; they change with the weights.
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    h = sig(x @ W1.T + b1)
    o = sig(h @ W2.T + b2)
    d2 = (o - targets) * o * (1 - o)
    d1 = d2 @ W2 * h * (1 - h)
    g = [d1.T @ x, d1.sum(0), d2.T @ h, d2.sum(0)]
    p, v = [W1, b1, W2, b2], [0, 0, 0, 0]
    for _ in range(sweeps):
        for i in range(4):
            v[i] = momentum * v[i] - rate * g[i]
            p[i] = p[i] + v[i]
    return tuple(p)


# %% train: the biases are not moved
# named: The biases stay as they were at the start: b1 and b2 learn, too.
def train(x, targets, W1, b1, W2, b2, rate, momentum, sweeps):
    sig = lambda z: 1 / (1 + np.exp(-z))
    vA, vB = np.zeros_like(W1), np.zeros_like(W2)
    for _ in range(sweeps):
        h = sig(x @ W1.T + b1)
        o = sig(h @ W2.T + b2)
        d2 = (o - targets) * o * (1 - o)
        d1 = d2 @ W2 * h * (1 - h)
        vA = momentum * vA - rate * d1.T @ x
        vB = momentum * vB - rate * d2.T @ h
        W1, W2 = W1 + vA, W2 + vB
    return W1, b1, W2, b2
