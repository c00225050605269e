"""Madaline Rule I: several Adalines in front of a fixed gate learn together, by the least disturbance.

Devised in Widrow's group at Stanford in the early 1960s; described by Widrow and Lehr 1990, Proceedings of the IEEE
78(9):1415-1442, 10.1109/5.58323. All inputs and answers are +1 or -1; the first input is always 1, for the bias.
"""

import numpy as np


def at_least(k):
    """The fixed gate that says +1 if k or more of its inputs do: k = 1 is OR; k = (A + 1)/2 is the majority of A.

    A gate takes sums (..., A), those of A Adalines, and gives answers (...) of +1 or -1; `gate.k` is its k.

    >>> gate = at_least(1)
    >>> gate(np.array([[-0.2, 0.1], [-0.2, -0.1]])).tolist()
    [1.0, -1.0]
    """

    def gate(sums):
        return np.where((sums > 0).sum(axis=-1) >= k, 1.0, -1.0)

    gate.k = k
    return gate


def to_blame(sums, wanted, k):
    """Which of A Adalines to turn round so that "at least k" says `wanted`: as few as do, those nearest to zero.

    sums (A,) are what they say before their sign; wanted is +1 or -1. Returns their indices, none if nothing is wrong.

    >>> to_blame(np.array([-0.9, -0.1, -0.4]), 1.0, k=2).tolist()       # two must turn: the two least sure
    [1, 2]
    >>> to_blame(np.array([0.3, -0.1, 0.2]), -1.0, k=1).tolist()        # both that say yes must turn
    [2, 0]
    """
    yes = int((sums > 0).sum())
    missing = k - yes if wanted > 0 else yes - (k - 1)  # how many must turn
    against = np.flatnonzero((sums > 0) != (wanted > 0))
    return against[np.argsort(np.abs(sums[against]))][: max(missing, 0)]


def learn(x, targets, adalines, gate, seed=0, mu=0.5, epochs=500):
    """Madaline Rule I, one pattern at a time in random order -> weights (A, D), wrong answers after each epoch.

    x        (P, D) of +1 and -1, the first column 1; targets (P,) of +1 and -1
    gate     from `at_least`
    mu       the share of its error that an Adaline to blame makes good: w = w + mu * (wanted - w.x) x / |x|^2
    Stops when no answer is wrong. An Adaline that is not to blame stays as it is: the least disturbance.

    >>> x = np.array([[1.0, -1, -1], [1, -1, 1], [1, 1, -1], [1, 1, 1]])
    >>> weights, wrong = learn(x, np.array([-1.0, 1, 1, -1]), adalines=2, gate=at_least(1))
    >>> gate_says = at_least(1)(x @ weights.T)
    >>> gate_says.tolist(), wrong[-1]
    ([-1.0, 1.0, 1.0, -1.0], 0)
    """
    rng = np.random.default_rng(seed)
    w, wrong = rng.uniform(-0.5, 0.5, (adalines, x.shape[1])), []
    for _ in range(epochs):
        for p in rng.permutation(len(x)):
            sums = w @ x[p]
            for a in to_blame(sums, targets[p], gate.k):
                w[a] += mu * (targets[p] - sums[a]) * x[p] / (x[p] @ x[p])
        wrong.append(int((gate(x @ w.T) != targets).sum()))
        if wrong[-1] == 0:
            break
    return w, wrong
