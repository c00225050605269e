# Everything right, in plain nested loops and lists.

# %% stretch
def stretch(x):
    rows = []
    for image in x:
        rows.append([number for number in image.flat])
    return np.array(rows)

# %% linear_parameters
def linear_parameters(d, m, bias=True):
    count = 0
    for neuron in range(m):
        count += d
        if bias:
            count += 1
    return count

# %% linear
def linear(x, w, b=None):
    rows = stretch(x)
    out = np.zeros((len(rows), len(w)))
    for n in range(len(rows)):
        for m in range(len(w)):
            total = 0.0 if b is None else b[m]
            for d in range(w.shape[1]):
                total += rows[n, d] * w[m, d]
            out[n, m] = total
    return out

# %% linear_backward
def linear_backward(dout, x, w):
    rows = stretch(x)
    dx, dw, db = np.zeros(rows.shape), np.zeros(w.shape), np.zeros(len(w))
    for n in range(len(rows)):
        for m in range(len(w)):
            db[m] += dout[n, m]
            for d in range(w.shape[1]):
                dx[n, d] += dout[n, m] * w[m, d]
                dw[m, d] += dout[n, m] * rows[n, d]
    return dx.reshape(x.shape), dw, db

# %% relu
def relu(x):
    out = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if x[place] > 0:
            out[place] = x[place]
    return out

# %% relu_backward
def relu_backward(dout, x):
    dx = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if x[place] > 0:
            dx[place] = dout[place]
    return dx

# %% softmax
import math


def softmax(scores):
    p = np.zeros(scores.shape)
    for n in range(len(scores)):
        top = max(scores[n])
        e = [math.exp(s - top) for s in scores[n]]
        for m in range(len(e)):
            p[n, m] = e[m] / sum(e)
    return p

# %% softmax_cross_entropy
def softmax_cross_entropy(scores, labels):
    loss = 0.0
    for n in range(len(scores)):
        top = max(scores[n])
        total = sum(math.exp(s - top) for s in scores[n])
        loss += math.log(total) + top - scores[n, labels[n]]
    return loss / len(scores)

# %% softmax_cross_entropy_backward
def softmax_cross_entropy_backward(scores, labels):
    dscores = softmax(scores)
    for n in range(len(scores)):
        dscores[n, labels[n]] -= 1
        for m in range(scores.shape[1]):
            dscores[n, m] /= len(scores)
    return dscores

# %% linear_as_conv
def linear_as_conv(x, w, b, size):
    h, wide = size if isinstance(size, tuple) else (size, size)
    N, C, H, W = x.shape
    out = np.zeros((N, len(w), H - h + 1, W - wide + 1))
    for n in range(N):
        for m in range(len(w)):
            for i in range(H - h + 1):
                for j in range(W - wide + 1):
                    total, d = b[m], 0
                    for c in range(C):
                        for p in range(h):
                            for q in range(wide):
                                total += w[m, d] * x[n, c, i + p, j + q]
                                d += 1
                    out[n, m, i, j] = total
    return out
