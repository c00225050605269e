# %% stretch: the whole batch in one row
# named: The whole batch becomes one row
def stretch(x):
    return x.flatten()


# %% stretch: channels last
# named: The channels are moved last before stretching
def stretch(x):
    if x.ndim == 4:
        x = x.transpose(0, 2, 3, 1)
    return x.reshape(len(x), -1)


# %% stretch: columns first, Fortran's order
# named: The numbers are stretched in Fortran's order
def stretch(x):
    return np.array([image.flatten(order="F") for image in x])


# %% stretch: reshape of the whole batch in Fortran's order
# named: The numbers are stretched in Fortran's order
def stretch(x):
    return np.reshape(x, (x.shape[0], -1), order="F")


# %% stretch: images become columns
# named: The inputs lie in columns
def stretch(x):
    n = x.shape[0]
    return x.reshape(n, -1).T


# %% stretch: N and D the wrong way round, by reshape
# named: The result was reshaped to (D
def stretch(x):
    n = x.shape[0]
    return x.reshape(-1, n)


# %% stretch: only the last two axes
# named: Only the last two axes are stretched
def stretch(x):
    if x.ndim < 3:
        return x
    return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])


# %% stretch: one row
# named: The whole batch becomes one row
def stretch(x):
    return np.reshape(x, (1, -1))


# %% linear_parameters: the bias counted once
# named: There is one bias for the whole layer
def linear_parameters(d, m, bias=True):
    if bias:
        return d * m + 1
    return d * m


# %% linear_parameters: a bias for each input
# named: There is a bias for every input
def linear_parameters(d, m, bias=True):
    count = d * m
    if bias:
        count += d
    return count


# %% linear_parameters: bias=False not looked at
# named: The biases are counted even where bias=False says that there are none.
def linear_parameters(d, m, bias=True):
    return (d + 1) * m


# %% linear_parameters: no bias at all
# named: The biases are forgotten: each neuron has one.
def linear_parameters(d, m, bias=True):
    return d * m


# %% linear_parameters: bias the wrong way round
# named: bias is read the wrong way round
def linear_parameters(d, m, bias=True):
    weights = m * d
    return weights if bias else weights + m


# %% linear_parameters: added, not multiplied
# named: Inputs and outputs are added
def linear_parameters(d, m, bias=True):
    return d + m + (m if bias else 0)


# %% linear_parameters: a float
# named: This is a float; a count is a whole number, an int.
def linear_parameters(d, m, bias=True):
    return float(np.prod([d, m]) + m * bias)


# %% linear_parameters: two biases
# named: A bias is counted for every input as well
def linear_parameters(d, m, bias=True):
    return (d + bias) * (m + bias)


# %% linear: w reshaped, not turned
# named: w was reshaped to (D
def linear(x, w, b=None):
    rows = x.reshape(x.shape[0], -1)
    out = rows @ w.reshape(rows.shape[1], -1)
    if b is not None:
        out = out + b
    return out


# %% linear: the bias is forgotten
# named: The bias is left out.
def linear(x, w, b=None):
    N = x.shape[0]
    flat = x.reshape(N, -1)
    return np.dot(flat, w.T)


# %% linear: the bias goes in once a product
# named: The bias is added once for every input number
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    out = np.zeros((len(rows), len(w)))
    for n in range(len(rows)):
        for m in range(len(w)):
            for d in range(rows.shape[1]):
                out[n, m] += rows[n, d] * w[m, d]
                if b is not None:
                    out[n, m] += b[m]
    return out


# %% linear: only the last product stays
# named: Only the last product of each sum is left
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    M, D = w.shape
    out = np.zeros((len(x), M))
    for n in range(len(x)):
        for m in range(M):
            for d in range(D):
                out[n, m] = rows[n, d] * w[m, d]
            if b is not None:
                out[n, m] += b[m]
    return out


# %% linear: the result is (M, N)
# named: The result is (M
def linear(x, w, b=None):
    X = x.reshape(x.shape[0], -1)
    out = w @ X.T
    if b is not None:
        out += b[:, None]
    return out


# %% linear: stretched channels last
# named: The channels are moved last before stretching
def linear(x, w, b=None):
    rows = np.moveaxis(x, 1, -1).reshape(len(x), -1)
    out = np.einsum("nd,md->nm", rows, w)
    return out if b is None else out + b


# %% linear: a relu at the end
# named: Negative results are cut off at 0
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    s = rows @ w.T
    if b is not None:
        s = s + b
    return np.maximum(s, 0)


# %% linear: the bias subtracted
# named: The bias is subtracted.
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    s = rows @ w.T
    if b is not None:
        s = s - b
    return s


# %% linear: the sum over all images
# named: The sum so far is kept from one result to the next
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    out = np.zeros((len(x), len(w)))
    for m in range(len(w)):
        total = 0 if b is None else b[m]
        for n in range(len(x)):
            total += (rows[n] * w[m]).sum()
            out[n, m] = total
    return out


# %% linear: stretched in Fortran's order
# named: The numbers are stretched in Fortran's order
def linear(x, w, b=None):
    rows = np.stack([im.ravel("F") for im in x])
    out = rows.dot(w.T)
    if b is not None:
        out += b
    return out


# %% linear: b=None not handled
# named: nothing
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    return rows @ w.T + b


# %% linear: only the first image counts
# named: Every image has got the results of the first one.
def linear(x, w, b=None):
    out = np.zeros((x.shape[0], w.shape[0]))
    v = x[0].reshape(-1)
    for n in range(x.shape[0]):
        for m in range(w.shape[0]):
            out[n, m] = np.sum(v * w[m])
            if b is not None:
                out[n, m] += b[m]
    return out


# %% linear: an integer array for the result
# named: The results lose their digits after the point
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    out = np.zeros((len(x), len(w)), dtype=int)
    for n in range(len(x)):
        for m in range(len(w)):
            out[n, m] = rows[n] @ w[m] + (0 if b is None else b[m])
    return out


# %% linear_backward: dx stays stretched
# named: dx has the shape of the stretched rows
def linear_backward(dout, x, w):
    rows = x.reshape(x.shape[0], -1)
    dx = dout @ w
    dw = dout.T @ rows
    db = dout.sum(axis=0)
    return dx, dw, db


# %% linear_backward: db over the wrong axis
# named: db is summed over the neurons
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dx = (dout @ w).reshape(x.shape)
    dw = dout.T @ rows
    return dx, dw, dout.sum(axis=1)


# %% linear_backward: dw and db are means
# named: dw is divided by N | db is divided by N
def linear_backward(dout, x, w):
    N = len(x)
    rows = x.reshape(N, -1)
    dx = dout.dot(w).reshape(x.shape)
    dw = dout.T.dot(rows) / N
    db = dout.mean(axis=0)
    return dx, dw, db


# %% linear_backward: everything divided by N
# named: dx, dw and db are divided by N, but the mean over the batch 
def linear_backward(dout, x, w):
    N = x.shape[0]
    flat = x.reshape(N, -1)
    dx = (dout @ w).reshape(x.shape) / N
    dw = (dout.T @ flat) / N
    db = np.sum(dout, axis=0) / N
    return dx, dw, db


# %% linear_backward: dw overwritten by each image
# named: dw is overwritten by each image and keeps the last one's
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dx = np.zeros(rows.shape)
    dw = np.zeros(w.shape)
    db = np.zeros(len(w))
    for n in range(len(x)):
        for m in range(len(w)):
            dx[n] += dout[n, m] * w[m]
            dw[m] = dout[n, m] * rows[n]
            db[m] += dout[n, m]
    return dx.reshape(x.shape), dw, db


# %% linear_backward: dx overwritten by each neuron
# named: dx is overwritten by each neuron and keeps the last one's
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dx = np.zeros(rows.shape)
    dw = np.zeros(w.shape)
    for n in range(len(x)):
        for m in range(len(w)):
            dx[n] = dout[n, m] * w[m]
            dw[m] += dout[n, m] * rows[n]
    return dx.reshape(x.shape), dw, dout.sum(0)


# %% linear_backward: dw turned
# named: dw is transposed: it should have w's shape, (M, D).
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    return (dout @ w).reshape(x.shape), rows.T @ dout, dout.sum(0)


# %% linear_backward: dw reshaped into w's shape rather than turned
# named: dw was reshaped to w's shape where a transpose is needed
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    return (dout @ w).reshape(x.shape), (rows.T @ dout).reshape(w.shape), dout.sum(0)


# %% linear_backward: db is ones
# named: db is 1 everywhere
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dx = (dout @ w).reshape(x.shape)
    dw = dout.T @ rows
    db = np.ones(w.shape[0])
    return dx, dw, db


# %% linear_backward: db is dout itself
# named: db is not summed over the batch
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    return (dout @ w).reshape(x.shape), dout.T @ rows, dout


# %% linear_backward: dx is w alone, the upstream gradient is left out
# named: dx ignores the upstream gradient
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dx = np.ones_like(dout) @ w
    return dx.reshape(x.shape), dout.T @ rows, dout.sum(axis=0)


# %% linear_backward: another order, dw first
# named: The gradients come back in another order than dx, dw, db.
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dw = dout.T @ rows
    db = dout.sum(axis=0)
    dx = (dout @ w).reshape(x.shape)
    return dw, dx, db


# %% linear_backward: db missing
# named: nothing
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    return (dout @ w).reshape(x.shape), dout.T @ rows


# %% linear_backward: only the last image counts for db
# named: db is overwritten by each image and keeps the last one's
def linear_backward(dout, x, w):
    N = x.shape[0]
    rows = x.reshape(N, -1)
    dx = (dout @ w).reshape(x.shape)
    dw = dout.T @ rows
    db = np.zeros(w.shape[0])
    for n in range(N):
        db = dout[n]
    return dx, dw, db


# %% linear_backward: dw with the upstream gradient left out
# named: dw ignores the upstream gradient
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dw = np.zeros_like(w)
    for n in range(len(x)):
        for m in range(len(w)):
            dw[m] += rows[n]
    return (dout @ w).reshape(x.shape), dw, dout.sum(axis=0)


# %% relu: the absolute value
# named: This is the absolute value
def relu(x):
    return np.where(x < 0, -x, x)


# %% relu: a mask of ones
# named: This is 1 where x is positive
def relu(x):
    return (x > 0).astype(float)


# %% relu: a leak
# named: Negative numbers still come through a little
def relu(x):
    return np.where(x > 0, x, 0.01 * x)


# %% relu: the negative half
# named: Negative numbers pass and positive ones do not
def relu(x):
    return np.minimum(x, 0)


# %% relu: the largest of the whole array
# named: This is the largest number along the first axis
def relu(x):
    return np.max(x, 0)


# %% relu: the negative numbers dropped
# named: Negative numbers are left out
def relu(x):
    return x[x > 0]


# %% relu: python's max of the first
# named: This is one number for the whole array
def relu(x):
    return max(0, x.max())


# %% relu: sigmoid
# named: This is the sigmoid.
def relu(x):
    return 1 / (1 + np.exp(-x))


# %% relu_backward: relu of the gradient
# named: The mask is taken from dout
def relu_backward(dout, x):
    return np.maximum(dout, 0)


# %% relu_backward: 1 at x = 0
# named: At exactly 0 the gradient passes
def relu_backward(dout, x):
    dx = np.array(dout)
    dx[x < 0] = 0
    return dx


# %% relu_backward: the mask alone
# named: The upstream gradient dout is ignored
def relu_backward(dout, x):
    return 1.0 * (x > 0)


# %% relu_backward: multiplied by x
# named: The gradient is multiplied by x
def relu_backward(dout, x):
    return dout * np.maximum(x, 0)


# %% relu_backward: gate by dout and x both
# named: The gradient passes only where x and dout are both positive
def relu_backward(dout, x):
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        if x[index] > 0 and dout[index] > 0:
            out[index] = dout[index]
    return out


# %% relu_backward: the mask forgotten
# named: The gradient passes everywhere
def relu_backward(dout, x):
    return dout


# %% relu_backward: a half at 0
# named: At exactly 0 half of the gradient passes
def relu_backward(dout, x):
    return dout * (np.sign(x) + 1) / 2


# %% relu_backward: the gate the wrong way round
# named: The gradient passes where x was negative and stops where it was positive
def relu_backward(dout, x):
    g = dout.copy()
    g[x > 0] = 0
    return g


# %% relu_backward: the arguments swapped
# named: dout and x have changed places
def relu_backward(dout, x):
    return np.where(dout > 0, x, 0)


# %% relu_backward: the sign of x
# named: The gradient changes sign where x was negative
def relu_backward(dout, x):
    return dout * np.sign(x)


# %% softmax: no shift, overflow
# named: exp overflows at scores like 1000
def softmax(scores):
    e = np.exp(scores)
    return e / e.sum(axis=1, keepdims=True)


# %% softmax: the sum over the whole batch
# named: The probabilities of the whole batch add up to 1
def softmax(scores):
    s = scores - scores.max(axis=1, keepdims=True)
    e = np.exp(s)
    return e / np.sum(e)


# %% softmax: over the images
# named: The probabilities of a class add up to 1 over the images
def softmax(scores):
    s = scores - scores.max(axis=0)
    e = np.exp(s)
    return e / e.sum(axis=0)


# %% softmax: one shift for the whole batch
# named: The largest score of the whole batch is subtracted
def softmax(scores):
    e = np.exp(scores - np.max(scores))
    return e / e.sum(axis=1, keepdims=True)


# %% softmax: the scores divided by their sum, no exponential
# named: The scores are divided by their sum without exp
def softmax(scores):
    return scores / scores.sum(axis=1, keepdims=True)


# %% softmax: the largest is 1, the others 0
# named: The largest class gets 1 and the others 0
def softmax(scores):
    p = np.zeros_like(scores)
    for n in range(len(scores)):
        p[n, np.argmax(scores[n])] = 1
    return p


# %% softmax: the shift subtracted after the exponential
# named: The largest is subtracted after exp
def softmax(scores):
    e = np.exp(scores) - np.exp(scores).max(axis=1, keepdims=True)
    return e / e.sum(axis=1, keepdims=True)


# %% softmax: the logarithm of it
# named: These are the logarithms of the probabilities.
def softmax(scores):
    s = scores - scores.max(axis=1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))


# %% softmax: shifted exponentials over unshifted
# named: The shift is made on one side of the fraction only
def softmax(scores):
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.exp(shifted) / np.exp(scores).sum(axis=1, keepdims=True)


# %% softmax: shift by the mean
# named: Another score than the row's largest is subtracted
def softmax(scores):
    e = np.exp(scores - scores.mean(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% softmax: never divided
# named: The exps are not divided by their sum
def softmax(scores):
    return np.exp(scores - scores.max(axis=1, keepdims=True))


# %% softmax: base 2
# named: The base is 2; e is meant, np.exp.
def softmax(scores):
    s = scores - scores.max(axis=1, keepdims=True)
    p = 2.0 ** s
    return p / p.sum(axis=1, keepdims=True)


# %% softmax: scores capped so that nothing overflows
# named: The scores are cut off at a bound before exp
def softmax(scores):
    e = np.exp(np.clip(scores, -500, 500))
    return e / e.sum(axis=1, keepdims=True)


# %% softmax: the sign of the shift
# named: The sign of the exponent is turned round
def softmax(scores):
    m = scores.max(axis=1, keepdims=True)
    e = np.exp(m - scores)
    return e / e.sum(axis=1, keepdims=True)


# %% softmax_cross_entropy: the sum, not the mean
# named: The losses of the images are added up
def softmax_cross_entropy(scores, labels):
    s = scores - scores.max(axis=1, keepdims=True)
    loss = 0.0
    for n in range(len(labels)):
        loss += np.log(np.exp(s[n]).sum()) - s[n, labels[n]]
    return loss


# %% softmax_cross_entropy: log of 0
# named: Where the right class has no chance
def softmax_cross_entropy(scores, labels):
    s = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(labels)), labels]).mean()


# %% softmax_cross_entropy: 1e-12 in the logarithm
# named: A small number is added to the probability
def softmax_cross_entropy(scores, labels):
    s = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    right = p[np.arange(len(labels)), labels]
    return np.mean(-np.log(right + 1e-12))


# %% softmax_cross_entropy: another small number in the logarithm
# named: A small number is added to the probability
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    total = 0
    for row, y in zip(p, labels):
        total -= np.log(max(row[y], 1e-15))
    return total / len(labels)


# %% softmax_cross_entropy: no minus
# named: The minus sign is missing
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return logp[range(len(labels)), labels].mean()


# %% softmax_cross_entropy: log to base 10
# named: The logarithm is to the base 10
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log10(np.exp(z).sum(1, keepdims=True))
    return -logp[range(len(labels)), labels].mean()


# %% softmax_cross_entropy: base 2, bits
# named: The logarithm is to the base 2
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return -logp[range(len(labels)), labels].mean() / np.log(2)


# %% softmax_cross_entropy: columns instead of one number per row
# named: In every row the classes of all labels are taken
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(logp[:, labels])


# %% softmax_cross_entropy: the mean over all M*N
# named: The mean runs over images and classes
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    onehot = np.eye(scores.shape[1])[labels]
    return -np.mean(onehot * logp)


# %% softmax_cross_entropy: a loss for each image
# named: This is one loss for each image
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]


# %% softmax_cross_entropy: only the shifted sum, unshifted score
# named: The scores are shifted in one of the two terms only
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(axis=1, keepdims=True)
    lse = np.log(np.exp(z).sum(axis=1))
    return np.mean(lse - scores[np.arange(len(z)), labels])


# %% softmax_cross_entropy: 1 - p
# named: The logarithm is missing: this is 1
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.mean(1 - p[np.arange(len(labels)), labels])


# %% softmax_cross_entropy: no shift
# named: exp overflows at scores like 1000
def softmax_cross_entropy(scores, labels):
    N = len(scores)
    lse = np.log(np.sum(np.exp(scores), axis=1))
    return (lse - scores[np.arange(N), labels]).sum() / N


# %% softmax_cross_entropy: one shift for the whole batch
# named: The largest score of the whole batch is subtracted; of
def softmax_cross_entropy(scores, labels):
    N = len(scores)
    z = scores - scores.max()
    lse = np.log(np.sum(np.exp(z), axis=1))
    return (lse - z[np.arange(N), labels]).sum() / N


# %% softmax_cross_entropy: scores taken for probabilities
# named: The scores are taken for probabilities: softmax is missing.
def softmax_cross_entropy(scores, labels):
    picked = scores[np.arange(len(labels)), labels]
    return -np.log(picked).mean()


# %% softmax_cross_entropy: divided by the classes
# named: The sum of the losses is divided by the number of classes
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]
    return losses.sum() / scores.shape[1]


# %% softmax_cross_entropy: returns in the loop after the first image
# named: Only the first image is counted,
def softmax_cross_entropy(scores, labels):
    total = 0
    for n in range(len(labels)):
        s = scores[n] - scores[n].max()
        total += np.log(np.exp(s).sum()) - s[labels[n]]
        return total / len(labels)


# %% softmax_cross_entropy_backward: not divided by N
# named: This is not divided by N
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p


# %% softmax_cross_entropy_backward: divided by M
# named: This is divided by the number of classes
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / scores.shape[1]


# %% softmax_cross_entropy_backward: whole columns
# named: The 1 is subtracted from the columns of all labels in every row
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[:, labels] -= 1
    return p / len(labels)


# %% softmax_cross_entropy_backward: p alone
# named: The 1 of the right class is not subtracted
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) / len(scores)


# %% softmax_cross_entropy_backward: truth minus p
# named: The sign is wrong
def softmax_cross_entropy_backward(scores, labels):
    N, M = scores.shape
    out = np.zeros((N, M))
    for n in range(N):
        e = np.exp(scores[n] - scores[n].max())
        p = e / e.sum()
        for m in range(M):
            out[n, m] = ((1 if m == labels[n] else 0) - p[m]) / N
    return out


# %% softmax_cross_entropy_backward: the division before the 1 goes off
# named: Only the probabilities are divided by N
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p = p / len(scores)
    p[np.arange(len(labels)), labels] -= 1
    return p


# %% softmax_cross_entropy_backward: overflow
# named: exp overflows at scores like 1000
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores)
    p = e / e.sum(axis=1, keepdims=True)
    onehot = np.zeros(scores.shape)
    for n, y in enumerate(labels):
        onehot[n, y] = 1
    return (p - onehot) / len(labels)


# %% softmax_cross_entropy_backward: the right class only
# named: The gradient stops at the right class
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    d = np.zeros_like(p)
    rows = np.arange(len(labels))
    d[rows, labels] = (p[rows, labels] - 1) / len(labels)
    return d


# %% softmax_cross_entropy_backward: one shift for the whole batch
# named: The largest score of the whole batch is subtracted
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max())
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


# %% softmax_cross_entropy_backward: divided by N twice
# named: This is divided by N twice.
def softmax_cross_entropy_backward(scores, labels):
    N = len(labels)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    onehot = np.eye(scores.shape[1])[labels]
    d = (p - onehot) / N
    return d / N


# %% softmax_cross_entropy_backward: normalised over the batch
# named: The probabilities of the whole batch add up to 1
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum()
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)


# %% softmax_cross_entropy_backward: the derivative of -log p without the softmax
# named: This is the gradient by the probabilities
def softmax_cross_entropy_backward(scores, labels):
    N, M = scores.shape
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    d = np.zeros((N, M))
    for n in range(N):
        d[n, labels[n]] = -1 / p[n, labels[n]] / N
    return d


# %% softmax_cross_entropy_backward: scores instead of p
# named: The scores stand where the probabilities should
def softmax_cross_entropy_backward(scores, labels):
    d = scores.copy()
    d[np.arange(len(labels)), labels] -= 1
    return d / len(labels)


# %% linear_as_conv: the filter is flipped
# named: The filters are turned by 180 degrees
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    M = len(w)
    f = w.reshape(M, C, h, ww)[:, :, ::-1, ::-1]
    out = np.zeros((N, M, H - h + 1, W - ww + 1))
    for i in range(H - h + 1):
        for j in range(W - ww + 1):
            out[:, :, i, j] = np.einsum("ncab,mcab->nm", x[:, :, i:i + h, j:j + ww], f) + b
    return out


# %% linear_as_conv: no bias
# named: The bias is left out.
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    out = np.zeros((N, len(w), H - h + 1, W - ww + 1))
    for i in range(H - h + 1):
        for j in range(W - ww + 1):
            rows = x[:, :, i:i + h, j:j + ww].reshape(N, -1)
            out[:, :, i, j] = rows @ w.T
    return out


# %% linear_as_conv: folded channels last
# named: The rows of w are read with the channels last
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    f = w.reshape(len(w), h, ww, C)
    out = np.zeros((N, len(w), H - h + 1, W - ww + 1))
    for i in range(H - h + 1):
        for j in range(W - ww + 1):
            out[:, :, i, j] = np.einsum("ncab,mabc->nm", x[:, :, i:i + h, j:j + ww], f) + b
    return out


# %% linear_as_conv: the bias once a channel
# named: The bias is added once for every channel
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    M = w.shape[0]
    f = w.reshape(M, C, h, ww)
    out = np.zeros((N, M, H - h + 1, W - ww + 1))
    for n in range(N):
        for m in range(M):
            for c in range(C):
                for i in range(H - h + 1):
                    for j in range(W - ww + 1):
                        out[n, m, i, j] += (x[n, c, i:i + h, j:j + ww] * f[m, c]).sum() + b[m]
    return out


# %% linear_as_conv: height and width swapped
# named: Height and width are swapped in the size
def linear_as_conv(x, w, b, size):
    ww, h = pair(size)
    N, C, H, W = x.shape
    out = np.zeros((N, len(w), H - h + 1, W - ww + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            rows = x[:, :, i:i + h, j:j + ww].reshape(N, -1)
            out[:, :, i, j] = rows @ w.T + b
    return out


# %% linear_as_conv: one place too few in each direction
# named: The last row and the last column of windows are missing
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    out = np.zeros((N, len(w), H - h, W - ww))
    for i in range(H - h):
        for j in range(W - ww):
            rows = x[:, :, i:i + h, j:j + ww].reshape(N, -1)
            out[:, :, i, j] = rows @ w.T + b
    return out


# %% linear_as_conv: windows side by side
# named: The windows lie side by side; they should move by 1.
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    P, Q = H // h, W // ww
    out = np.zeros((N, len(w), P, Q))
    for i in range(P):
        for j in range(Q):
            rows = x[:, :, i * h:i * h + h, j * ww:j * ww + ww].reshape(N, -1)
            out[:, :, i, j] = rows @ w.T + b
    return out


# %% linear_as_conv: the last place is never visited
# named: The last row and the last column of windows are never visited and stay 0.
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    out = np.zeros((N, len(w), H - h + 1, W - ww + 1))
    for i in range(H - h):
        for j in range(W - ww):
            rows = x[:, :, i:i + h, j:j + ww].reshape(N, -1)
            out[:, :, i, j] = rows @ w.T + b
    return out


# %% linear_as_conv: the first channel only
# named: Only the first channel is counted
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    f = w.reshape(-1, C, h, ww)
    M = f.shape[0]
    out = np.zeros((N, M, H - h + 1, W - ww + 1))
    for i in range(H - h + 1):
        for j in range(W - ww + 1):
            for m in range(M):
                out[:, m, i, j] = (x[:, 0, i:i + h, j:j + ww] * f[m, 0]).sum(axis=(1, 2)) + b[m]
    return out


# %% linear_as_conv: places last
# named: The neurons stand on the last axis of the result
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (h, ww), axis=(2, 3))
    cols = windows.transpose(0, 2, 3, 1, 4, 5).reshape(N, H - h + 1, W - ww + 1, -1)
    return cols @ w.T + b


# %% linear_as_conv: places last, reshaped
# named: The result was reshaped where its axes have to be moved
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (h, ww), axis=(2, 3))
    cols = windows.transpose(0, 2, 3, 1, 4, 5).reshape(N, H - h + 1, W - ww + 1, -1)
    return (cols @ w.T + b).reshape(N, len(w), H - h + 1, W - ww + 1)


# %% linear_as_conv: the layer's w reshaped, not turned
# named: w was reshaped to (D
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    M = len(w)
    out = np.zeros((N, M, H - h + 1, W - ww + 1))
    for i in range(H - h + 1):
        for j in range(W - ww + 1):
            row = x[:, :, i:i + h, j:j + ww].reshape(N, -1)
            out[:, :, i, j] = row @ w.reshape(-1, M) + b
    return out


# %% linear_as_conv: filters turned on their side
# named: The rows of w are read with height and width swapped
def linear_as_conv(x, w, b, size):
    h, ww = pair(size)
    N, C, H, W = x.shape
    M = len(w)
    f = w.reshape(M, C, ww, h).transpose(0, 1, 3, 2)
    out = np.zeros((N, M, H - h + 1, W - ww + 1))
    for i in range(H - h + 1):
        for j in range(W - ww + 1):
            out[:, :, i, j] = np.tensordot(x[:, :, i:i + h, j:j + ww], f, axes=((1, 2, 3), (1, 2, 3))) + b
    return out


# %% stretch: the mean of each image's channels
# named: Only the last two axes are stretched
def stretch(x):
    return x.reshape(x.shape[0], x.shape[1], -1)


# %% stretch: D taken as fixed
# named: nothing
def stretch(x):
    return x.reshape(-1, x.shape[1] * x.shape[2] * x.shape[3])


# %% stretch: reversed axes
# named: nothing
def stretch(x):
    return x.T.reshape(len(x), -1)


# %% stretch: squeeze takes the batch away
# named: An axis of length 1 was squeezed away
def stretch(x):
    return np.squeeze(x.reshape(len(x), -1))


# %% linear_parameters: a bias for each input and the batch
# named: There is a bias for every input
def linear_parameters(d, m, bias=True):
    return d * (m + 1) if bias else d * m


# %% linear_parameters: only the biases
# named: The weights are missing
def linear_parameters(d, m, bias=True):
    return m if bias else 0


# %% linear_parameters: precedence
# named: The biases are counted even where bias=False says that there are none.
def linear_parameters(d, m, bias=True):
    return d * m + m if bias is not None else d * m


# %% linear: multiplies number by number and forgets to sum
# named: The products are not summed
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    out = rows[:, None, :] * w[None]
    return out if b is None else out + b[None, :, None]


# %% linear: the bias only where it is asked for by truth
# named: nothing
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    out = rows @ w.T
    if b:
        out = out + b
    return out


# %% linear: the bias overwrites
# named: The bias overwrites the sum; it is added to it.
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    out = np.zeros((len(x), len(w)))
    for n in range(len(x)):
        for m in range(len(w)):
            out[n, m] = np.dot(rows[n], w[m])
            if b is not None:
                out[n, m] = b[m]
    return out


# %% linear: the first bias for all
# named: All neurons got the bias of the first one
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    out = rows @ w.T
    return out if b is None else out + b[0]


# %% linear: loop over d one short
# named: The last number of every input is left out.
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    N, D = rows.shape
    out = np.zeros((N, len(w)))
    for n in range(N):
        for m in range(len(w)):
            s = 0 if b is None else b[m]
            for d in range(D - 1):
                s += rows[n, d] * w[m, d]
            out[n, m] = s
    return out


# %% linear: w added
# named: Numbers and weights are added
def linear(x, w, b=None):
    rows = x.reshape(len(x), -1)
    out = (rows[:, None] + w[None]).sum(-1)
    return out if b is None else out + b


# %% linear: a volume's channels apart
# named: nothing
def linear(x, w, b=None):
    out = x @ w.T
    return out if b is None else out + b


# %% linear_backward: db keeps adding over both
# named: db is summed over batch and neurons
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    return (dout @ w).reshape(x.shape), dout.T @ rows, np.array([dout.sum()] * dout.shape[1])


# %% linear_backward: dx with w from the wrong side
# named: dx uses a reshaped w where w itself is needed
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dx = (dout @ w.reshape(w.shape[1], w.shape[0]).T).reshape(x.shape)
    return dx, dout.T @ rows, dout.sum(0)


# %% linear_backward: dw from w instead of x
# named: dw is multiplied by the weights
def linear_backward(dout, x, w):
    dw = dout.sum(0)[:, None] * w
    return (dout @ w).reshape(x.shape), dw, dout.sum(0)


# %% linear_backward: dx times x
# named: dx is multiplied by x; the slope by x is the weight alone.
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dx = ((dout @ w) * rows).reshape(x.shape)
    return dx, dout.T @ rows, dout.sum(0)


# %% linear_backward: returns a dictionary
# named: nothing
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    return {"dx": (dout @ w).reshape(x.shape), "dw": dout.T @ rows, "db": dout.sum(0)}


# %% linear_backward: averages for db alone
# named: db is divided by N
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    return (dout @ w).reshape(x.shape), dout.T @ rows, dout.mean(0)


# %% linear_backward: dx summed over the batch
# named: dx is summed over the batch; each image has its own.
def linear_backward(dout, x, w):
    rows = x.reshape(len(x), -1)
    dx = np.zeros(rows.shape)
    for n in range(len(x)):
        for m in range(len(w)):
            dx += dout[n, m] * w[m]
    return dx.reshape(x.shape), dout.T @ rows, dout.sum(0)


# %% linear_backward: db times the bias-row's count
# named: db is added once for every input number
def linear_backward(dout, x, w):
    N, M = dout.shape
    rows = x.reshape(N, -1)
    dw, db = np.zeros(w.shape), np.zeros(M)
    for n in range(N):
        for m in range(M):
            for d in range(rows.shape[1]):
                dw[m, d] += dout[n, m] * rows[n, d]
                db[m] += dout[n, m]
    return (dout @ w).reshape(x.shape), dw, db


# %% relu: a threshold of 1
# named: Numbers between 0 and 1 become 0, too; the threshold is 0.
def relu(x):
    return np.where(x > 1, x, 0)


# %% relu: the loop changes only the first row
# named: Nothing is cut off: negative numbers should become 0.
def relu(x):
    out = x.copy()
    for i in range(len(out)):
        if np.all(out[i] < 0):
            out[i] = 0
    return out


# %% relu: ReLU6
# named: Large numbers are cut off as well; ReLU has no ceiling.
def relu(x):
    return np.clip(x, 0, 6)


# %% relu: softplus
# named: This is the softplus
def relu(x):
    return np.log(1 + np.exp(x))


# %% relu: tanh
# named: This is the hyperbolic tangent.
def relu(x):
    return np.tanh(x)


# %% relu_backward: slope of the sigmoid
# named: This is the slope of the sigmoid; that of ReLU is 1 or 0.
def relu_backward(dout, x):
    s = 1 / (1 + np.exp(-x))
    return dout * s * (1 - s)


# %% relu_backward: relu of both multiplied
# named: This is ReLU of dout times x
def relu_backward(dout, x):
    return np.maximum(dout * x, 0)


# %% relu_backward: a sum where a product stands
# named: The mask is added to the gradient; it is multiplied with it.
def relu_backward(dout, x):
    return dout + (x > 0)


# %% relu_backward: gate by the product
# named: The gradient passes where dout and x have the same sign
def relu_backward(dout, x):
    return np.where(dout * x > 0, dout, 0)


# %% softmax: the smallest is subtracted
# named: Another score than the row's largest is subtracted
def softmax(scores):
    e = np.exp(scores - scores.min(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% softmax: the row is divided by its largest first
# named: The scores are divided by the row's largest
def softmax(scores):
    e = np.exp(scores / scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% softmax: the length of the row, not its sum
# named: The exps are divided by the length of the row
def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / np.linalg.norm(e, axis=1, keepdims=True)


# %% softmax: the mean of the exps
# named: The exps are divided by their mean, not by their sum.
def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.mean(axis=1, keepdims=True)


# %% softmax: broadcasting along the wrong axis, no keepdims
# named: A number for each row is spread over the columns
def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


# %% softmax: shift with the maxima along the wrong axis
# named: The largest score of each class is subtracted
def softmax(scores):
    e = np.exp(scores - scores.max(axis=0))
    return e / e.sum(axis=1, keepdims=True)


# %% softmax: applied twice
# named: Softmax is applied twice.
def softmax(scores):
    for _ in range(2):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores = e / e.sum(axis=1, keepdims=True)
    return scores


# %% softmax: a small number in the denominator and no shift
# named: A small number is added to the sum of the exps
def softmax(scores):
    e = np.exp(scores)
    return e / (e.sum(axis=1, keepdims=True) + 1e-8)


# %% softmax_cross_entropy: the label's probability of the wrong row order
# named: The label of the first image is used for all of them
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    loss = 0
    for n in range(len(labels)):
        loss -= np.log(p[n, labels[0]])
    return loss / len(labels)


# %% softmax_cross_entropy: softmax twice
# named: Softmax is applied twice.
def softmax_cross_entropy(scores, labels):
    for _ in range(2):
        e = np.exp(scores - scores.max(1, keepdims=True))
        scores = e / e.sum(1, keepdims=True)
    return -np.mean(np.log(scores[np.arange(len(labels)), labels]))


# %% softmax_cross_entropy: binary cross-entropy of all classes
# named: This is the binary cross-entropy of every class
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    y = np.eye(scores.shape[1])[labels]
    return -np.mean(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1))


# %% softmax_cross_entropy: squared error
# named: This is the squared distance to the labels
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    y = np.eye(scores.shape[1])[labels]
    return np.mean(np.sum((p - y) ** 2, axis=1))


# %% softmax_cross_entropy: p clipped
# named: A small number is added to the probability
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = np.clip(e / e.sum(1, keepdims=True), 1e-12, 1 - 1e-12)
    return -np.log(p[np.arange(len(labels)), labels]).mean()


# %% softmax_cross_entropy: the entropy of p, the labels unused
# named: This is the entropy of the probabilities
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return -np.mean((np.exp(logp) * logp).sum(1))


# %% softmax_cross_entropy: one-hot times log p, nan from 0 times inf
# named: The logarithm of every class is taken
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    y = np.eye(scores.shape[1])[labels]
    return -np.sum(y * np.log(p)) / len(labels)


# %% softmax_cross_entropy: the loss of a batch is the largest
# named: This is the largest loss; the mean is asked for.
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    losses = np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), labels]
    return losses.max()


# %% softmax_cross_entropy_backward: the labels subtracted as numbers in a column
# named: The label's number is subtracted
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return (p - labels.reshape(-1, 1)) / len(labels)


# %% softmax_cross_entropy_backward: 1/N subtracted, then divided by N
# named: The 1 is divided by N twice
def softmax_cross_entropy_backward(scores, labels):
    N = len(labels)
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    p[np.arange(N), labels] -= 1 / N
    return p / N


# %% softmax_cross_entropy_backward: p (1 - p), as for a sigmoid
# named: This is p (1 - p), the slope of a sigmoid.
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return p * (1 - p) / len(labels)


# %% softmax_cross_entropy_backward: the right class set to -1
# named: At the right class there is -1 instead of the probability minus 1.
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    p[np.arange(len(labels)), labels] = -1
    return p / len(labels)


# %% softmax_cross_entropy_backward: the chain with the diagonal of the Jacobian only
# named: The gradient stops at the right class
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    y = np.eye(scores.shape[1])[labels]
    return -y * (1 - p) / len(labels)


# %% softmax_cross_entropy_backward: returns in the loop
# named: Only the first image gets a gradient
def softmax_cross_entropy_backward(scores, labels):
    d = np.zeros(scores.shape)
    for n in range(len(labels)):
        e = np.exp(scores[n] - scores[n].max())
        d[n] = e / e.sum()
        d[n, labels[n]] -= 1
        return d / len(labels)


# %% softmax_cross_entropy_backward: one too far, labels counted from 1
# named: The labels are counted from 1; they start from 0.
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    p[np.arange(len(labels)), labels - 1] -= 1
    return p / len(labels)


# %% linear_as_conv: padded so that the size stays
# named: The input is padded; the windows lie inside it.
def linear_as_conv(x, w, b, size):
    h, k = pair(size)
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (h // 2, h // 2), (k // 2, k // 2)))
    out = np.zeros((N, len(w), xp.shape[2] - h + 1, xp.shape[3] - k + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = xp[:, :, i:i + h, j:j + k].reshape(N, -1) @ w.T + b
    return out


# %% linear_as_conv: the window stretched in Fortran's order
# named: Windows and rows of w do not go in the same order
def linear_as_conv(x, w, b, size):
    h, k = pair(size)
    N, C, H, W = x.shape
    out = np.zeros((N, len(w), H - h + 1, W - k + 1))
    for n in range(N):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[n, :, i, j] = w @ x[n, :, i:i + h, j:j + k].flatten("F") + b
    return out


# %% linear_as_conv: overwritten by each channel
# named: Only the last channel is counted
def linear_as_conv(x, w, b, size):
    h, k = pair(size)
    N, C, H, W = x.shape
    f = w.reshape(-1, C, h, k)
    out = np.zeros((N, len(w), H - h + 1, W - k + 1))
    for c in range(C):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[:, :, i, j] = np.tensordot(x[:, c, i:i + h, j:j + k], f[:, c], axes=((1, 2), (1, 2))) + b
    return out


# %% linear_as_conv: output rows and columns swapped
# named: Height and width of the result are swapped.
def linear_as_conv(x, w, b, size):
    h, k = pair(size)
    N, C, H, W = x.shape
    out = np.zeros((N, len(w), W - k + 1, H - h + 1))
    for i in range(H - h + 1):
        for j in range(W - k + 1):
            out[:, :, j, i] = x[:, :, i:i + h, j:j + k].reshape(N, -1) @ w.T + b
    return out


# %% linear_as_conv: M first
# named: Images and neurons are swapped in the result
def linear_as_conv(x, w, b, size):
    h, k = pair(size)
    N, C, H, W = x.shape
    out = np.zeros((len(w), N, H - h + 1, W - k + 1))
    for i in range(H - h + 1):
        for j in range(W - k + 1):
            out[:, :, i, j] = w @ x[:, :, i:i + h, j:j + k].reshape(N, -1).T + b[:, None]
    return out
