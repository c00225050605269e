"""Two experiments of Rumelhart, Hinton and Williams 1986 (Parallel Distributed Processing, vol. 1, chapter 8).

XOR, with and without connections that lead from the inputs straight to the output, and T-C: a T is told from a C by one
receptive field of 3x3 weights that is used at every place. Many starts are trained side by side, one a seed.
"""

import numpy as np

XOR_INPUTS = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])  # the last is 1 and carries the bias
XOR_TARGETS = np.array([0.0, 1, 1, 0])
ONES = XOR_INPUTS[:, 2:]  # an output unit that sees, besides the hidden units, its bias only

LETTERS = {
    "T": np.array([[1.0, 1, 1], [0, 1, 0], [0, 1, 0]]),
    "C": np.array([[1.0, 1, 0], [1, 0, 0], [1, 1, 0]]),
}


def sigmoid(z):
    """The logistic function, 1 / (1 + exp(-z))."""
    return 1 / (1 + np.exp(-z))


def descend(slope, weights, solved, epsilon, alpha, limit):
    """Gradient descent with momentum for S networks at once -> weights (S, ...), sweeps (S,), infinite if unsolved.

    slope(weights) -> outputs (S, P), dE/dw like weights; solved(outputs) -> (S,) bool. After a sweep through all
    patterns v = alpha*v - epsilon*dE/dw and w = w + v; a network that has solved its task is left as it is.

    >>> w, sweeps = descend(lambda w: (w, w), np.array([[4.0]]), lambda o: abs(o[:, 0]) < 1, 0.5, 0.0, 10)
    >>> w.tolist(), sweeps.tolist()
    ([[0.5]], [3.0])
    """
    w, v = weights.copy(), np.zeros_like(weights)
    sweeps, going = np.full(len(w), np.inf), np.arange(len(w))
    for n in range(limit):
        outputs, gradient = slope(w[going])
        done = solved(outputs)
        sweeps[going[done]] = n
        going, gradient = going[~done], gradient[~done]
        if not len(going):
            break
        v[going] = alpha * v[going] - epsilon * gradient
        w[going] += v[going]
    return w, sweeps


# ---------------------------------------------------------------------------------------------- XOR


def one_hidden_layer(inputs, direct, targets, hidden):
    """The function w (S, M) -> outputs (S, P), dE/dw (S, M) of S networks with one row of `hidden` logistic units.

    inputs   (P, D) what the hidden units see, a column of ones among it
    direct   (P, B) what the output unit sees beside the hidden units: ones for its bias, or the inputs themselves
    targets  (P,); the error of one network is E = 1/2 sum (o - t)^2
    A row of w holds hidden*D weights, unit by unit, then the output's hidden + B.

    >>> slope = one_hidden_layer(XOR_INPUTS, ONES, XOR_TARGETS, hidden=2)
    >>> outputs, gradient = slope(np.zeros((5, 9)))
    >>> outputs.shape, gradient.shape, float(outputs[0, 0])
    ((5, 4), (5, 9), 0.5)
    """
    D = inputs.shape[1]

    def slope(w):
        W1, w2 = w[:, : hidden * D].reshape(-1, hidden, D), w[:, None, hidden * D :]
        h = sigmoid(inputs @ W1.swapaxes(1, 2))  # (S, P, hidden)
        H = np.concatenate([h, np.broadcast_to(direct, (len(w), *direct.shape))], axis=2)  # (S, P, hidden + B)
        o = sigmoid((H * w2).sum(axis=2))  # (S, P)
        dz2 = ((o - targets) * o * (1 - o))[:, :, None]
        dz1 = dz2 * w2[:, :, :hidden] * h * (1 - h)
        dW1 = dz1.swapaxes(1, 2) @ inputs  # (S, hidden, D)
        return o, np.c_[dW1.reshape(len(w), -1), (dz2 * H).sum(axis=1)]

    return slope


def learn_xor(hidden, direct, seeds, epsilon=0.5, alpha=0.9, spread=0.5, limit=10_000):
    """XOR from len(seeds) starts, weights uniform in (-spread, spread) -> weights (S, M), sweeps (S,).

    Solved is a network whose four answers are all on the right side of one half; sweeps is infinite where that did not
    happen within `limit`. Source: PDP chapter 8, which reports 558 sweeps for one hidden unit with direct connections.

    >>> weights, sweeps = learn_xor(1, XOR_INPUTS, seeds=range(3))
    >>> weights.shape, bool(np.isfinite(sweeps).all())
    ((3, 7), True)
    """
    count = hidden * XOR_INPUTS.shape[1] + hidden + direct.shape[1]
    starts = np.array([np.random.default_rng(seed).uniform(-spread, spread, count) for seed in seeds])

    def solved(outputs):
        return ((outputs > 0.5) == (XOR_TARGETS > 0.5)).all(axis=1)

    slope = one_hidden_layer(XOR_INPUTS, direct, XOR_TARGETS, hidden)
    return descend(slope, starts, solved, epsilon, alpha, limit)


# ---------------------------------------------------------------------------------------------- T-C


def shapes_of_t_and_c():
    """T and C in four rotations each, 3x3 -> (8, 3, 3), targets (8,): 1 for a T, 0 for a C.

    >>> images, targets = shapes_of_t_and_c()
    >>> images.sum(axis=(1, 2)).tolist()
    [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]
    """
    turned = [np.rot90(LETTERS[name], quarter) for name in "TC" for quarter in range(4)]
    return np.array(turned), np.repeat([1.0, 0.0], 4)


def windows(images):
    """Every 3x3 window that touches an image (N, H, W), and a one for the bias -> (N, (H+2)(W+2), 10).

    >>> windows(np.ones((8, 3, 3))).shape
    (8, 25, 10)
    """
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    found = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2)).reshape(len(images), -1, 9)
    return np.concatenate([found, np.ones_like(found[:, :, :1])], axis=2)


def shared_field(seen, targets):
    """The function w (S, 12) -> outputs (S, N), dE/dw (S, 12) of networks with one shared 3x3 receptive field.

    seen (N, P, 10) from `windows`; targets (N,). A row of w: nine weights and a bias, used at all P places alike, the
    one weight with which the output unit sums up the P hidden units, and its bias.
    """

    (N, P, _), rows = seen.shape, seen.reshape(-1, 10)

    def slope(w):
        h = sigmoid(w[:, :10] @ rows.T).reshape(-1, N, P)  # (S, N, P), the shared field at every place
        total = h.sum(axis=2)  # (S, N)
        o = sigmoid(w[:, 10:11] * total + w[:, 11:])
        dz = (o - targets) * o * (1 - o)  # (S, N)
        dh = dz[:, :, None] * w[:, 10, None, None] * h * (1 - h)
        dfield = dh.reshape(len(w), -1) @ rows  # (S, 10); one weight, many places: its gradients add up
        return o, np.c_[dfield, (dz * total).sum(axis=1), dz.sum(axis=1)]

    return slope


def learn_t_c(seeds, epsilon=0.03, alpha=0.9, spread=1.0, limit=10_000):
    """Learn T (1) from C (0) from len(seeds) starts -> weights (S, 12), sweeps (S,); rows as in `shared_field`.

    Solved is a network whose eight answers are all within 0.1 of the target.

    >>> weights, sweeps = learn_t_c(seeds=[0, 1], limit=2)
    >>> weights.shape, sweeps.tolist()
    ((2, 12), [inf, inf])
    """
    images, targets = shapes_of_t_and_c()
    starts = np.array([np.random.default_rng(seed).uniform(-spread, spread, 12) for seed in seeds])

    def solved(outputs):
        return (np.abs(outputs - targets) < 0.1).all(axis=1)

    return descend(shared_field(windows(images), targets), starts, solved, epsilon, alpha, limit)


def lines():
    """The eight lines of three cells in a 3x3 field, rows, columns and diagonals, each a mask (3, 3)."""
    cells = np.arange(9).reshape(3, 3)
    found = [*cells, *cells.T, np.diag(cells), np.diag(cells[:, ::-1])]
    return [np.isin(cells, line) for line in found]


def kind_of(field):
    """What a receptive field (3, 3) detects, in the words of the PDP chapter, told from the signs of its weights.

    "compactness"          all nine of one sign: it notices that there is anything (or nothing) in its window
    "centre and surround"  the centre of one sign, the eight around it of the other
    "bar"                  a row, column or diagonal of one sign, the other six of the other
    "something else"       any other pattern
    A weight below a tenth of the largest counts as zero: it may lie around a bar or a centre, but not be part of one.

    >>> kind_of(np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])), kind_of(np.eye(3) - 0.5)
    ('centre and surround', 'bar')
    """
    signs = np.where(np.abs(field) < 0.1 * np.abs(field).max(), 0, np.sign(field))
    centre = np.arange(9).reshape(3, 3) == 4
    kinds = [("compactness", np.ones((3, 3), bool)), ("centre and surround", centre)]
    for kind, mask in kinds + [("bar", line) for line in lines()]:
        inside, outside = signs[mask], signs[~mask]
        if inside[0] != 0 and (inside == inside[0]).all() and (outside * inside[0] <= 0).all():
            return kind
    return "something else"
