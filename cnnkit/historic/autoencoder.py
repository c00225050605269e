"""Deep autoencoders as in Hinton and Salakhutdinov 2006, Science 313:504-507, 10.1126/science.1127647, beside PCA.

An encoder squeezes an image into a code of a few numbers, a decoder of the same sizes in reverse rebuilds it. The sizes
are theirs (784-1000-500-250-code); how it starts and how it learns is the caller's choice.
"""

import numpy as np

from cnnkit.networks import Layer, Linear, Network, ReLU

SIZES = (784, 1000, 500, 250)  # the encoder of 2006, without its code


def logistic(z):
    """1 / (1 + exp(-z)), written so that a large negative z does not overflow."""
    return 0.5 * (1 + np.tanh(0.5 * z))


class Sigmoid(Layer):
    """1 / (1 + exp(-x)), element by element: the unit of 2006."""

    def forward(self, x, engine):
        self.y = logistic(x)
        return self.y

    def backward(self, dout, engine):
        return dout * self.y * (1 - self.y)

    def __str__(self):
        return "sigmoid"


def small(generator, shape, fan_in):
    """Normal with standard deviation 0.01, whatever the size of the layer."""
    return generator.normal(0, 0.01, shape)


def autoencoder(code, unit=ReLU, draw=None, sizes=SIZES, seed=0):
    """An encoder and a decoder in one Network: hidden layers of `unit`, a linear code, a logistic output.

    code   how many numbers an image is squeezed into
    draw   how weights start; None is `networks.he`
    x (N, D) with values 0..1 -> its reconstruction (N, D), D = sizes[0]

    >>> network = autoencoder(2, sizes=(16, 8))
    >>> network.forward(np.zeros((5, 16), np.float32)).shape, len(network.layers)
    ((5, 16), 7)
    """
    layers = []
    for d, m in zip(sizes, sizes[1:], strict=False):
        layers += [Linear(d, m), unit()]
    layers.append(Linear(sizes[-1], code, name="code"))
    for d, m in zip((code, *sizes[::-1]), sizes[::-1], strict=False):
        layers += [Linear(d, m), unit()]
    layers[-1] = Sigmoid()
    return Network(layers, seed=seed, **({"draw": draw} if draw else {}))


def encode(network, x):
    """The codes (N, code) of images x (N, D): a forward pass that stops behind the layer named "code"."""
    for layer in network.layers:
        x = layer.forward(x, network.engine)
        if layer.name == "code":
            return x
    raise ValueError("this network has no layer named 'code'")


def squared_error(x, rebuilt):
    """Mean over images of the squared differences, summed over pixels: the measure of 2006.

    >>> squared_error(np.zeros((2, 3)), np.ones((2, 3)))
    3.0
    """
    return float(((x - rebuilt) ** 2).sum(axis=1).mean())


def epochs(network, x, count, batch=100, rate=1e-3, seed=0):
    """Train in place, handing over after each epoch: yields the squared error on the epoch's own batches.

    Adam (Kingma and Ba 2015, arXiv:1412.6980) on the cross-entropy between x (N, D) and its reconstruction; each epoch
    visits all images once in a new order. The gradient of the cross-entropy by what goes into the logistic output is
    (rebuilt - x), so the way back starts below that last layer.

    >>> network, x = autoencoder(1, sizes=(4, 3)), np.eye(4, dtype=np.float32)
    >>> first, *_, last = epochs(network, x, 300, batch=4, rate=0.02)
    >>> last < first
    True
    """
    rng, step = np.random.default_rng(seed), 0
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in network.parameters]
    for _ in range(count):
        seen, order = 0.0, rng.permutation(len(x))
        for start in range(0, len(x), batch):
            shown, step = x[order[start : start + batch]], step + 1
            rebuilt = network.forward(shown)
            seen += squared_error(shown, rebuilt) * len(shown)
            dz = (rebuilt - shown) / len(shown)
            for layer in reversed(network.layers[:-1]):
                dz = layer.backward(dz, network.engine)
            adam(network, moments, step, rate)
        yield seen / len(x)


def pretrain(network, x, epochs, batch=100, seed=0):
    """The start of 2006: each layer of the encoder in turn as a restricted Boltzmann machine; the decoder mirrors it.

    Changes the weights of a network from `autoencoder(..., unit=Sigmoid)` in place; labels are not needed.
    """
    rng, linear = np.random.default_rng(seed), [layer for layer in network.layers if layer.parameters]
    half, seen = len(linear) // 2, x
    for coder, decoder in zip(linear[:half], linear[: half - 1 : -1], strict=True):
        binary = coder.name != "code"  # the code of 2006 is linear: its hidden units are Gaussian
        W, visible, hidden = boltzmann_machine(seen, len(coder.parameters[1]), epochs, binary, batch, rng)
        coder.parameters[:] = W, hidden
        decoder.parameters[:] = np.ascontiguousarray(W.T), visible
        z = seen @ W.T + hidden
        seen = logistic(z) if binary else z


def boltzmann_machine(v, units, epochs, binary, batch, rng):
    """Contrastive divergence, one step (CD-1), on v (N, D) in 0..1 -> W (units, D), visible (D,), hidden (units,).

    Compares what the data make the hidden units do with what their own reconstruction makes them do. Step 0.1 (0.001
    for Gaussian hidden units), momentum 0.5 and then 0.9, weight decay 0.0002, as the paper's supplement has it.
    """
    D, rate = v.shape[1], 0.1 if binary else 0.001
    parameters = [rng.normal(0, 0.1, (units, D)), np.zeros(D), np.zeros(units)]
    parameters = [p.astype(v.dtype) for p in parameters]
    steps = [np.zeros_like(p) for p in parameters]
    for epoch in range(epochs):
        momentum, order = (0.5 if epoch < 5 else 0.9), rng.permutation(len(v))
        for start in range(0, len(v), batch):
            change = divergence(v[order[start : start + batch]], *parameters, binary, rng)
            for p, s, c in zip(parameters, steps, change, strict=True):
                s *= momentum
                s += rate * (c - 0.0002 * p if p.ndim == 2 else c)
                p += s
    return parameters


def divergence(v, W, visible, hidden, binary, rng):
    """The three steps uphill of CD-1 for a batch v (B, D): data minus reconstruction, mean over the batch."""

    def up(v):
        z = v @ W.T + hidden
        return logistic(z) if binary else z

    h = up(v)
    noise = rng.random(h.shape, v.dtype) if binary else rng.standard_normal(h.shape, v.dtype)
    sample = (noise < h).astype(v.dtype) if binary else h + noise
    again = logistic(sample @ W + visible)
    echo = up(again)
    return (h.T @ v - echo.T @ again) / len(v), (v - again).mean(axis=0), (h - echo).mean(axis=0)


def adam(network, moments, step, rate, b1=0.9, b2=0.999, tiny=1e-8):
    """One step of Adam, in place; moments holds two arrays a parameter, step counts from 1."""
    for p, g, (m, v) in zip(network.parameters, network.gradients, moments, strict=True):
        m += (1 - b1) * (g - m)
        v += (1 - b2) * (g * g - v)
        p -= rate * (m / (1 - b1**step)) / (np.sqrt(v / (1 - b2**step)) + tiny)


def principal_components(x, k):
    """PCA of x (N, D): mean (D,) and the k directions (k, D) along which x varies most, orthonormal.

    >>> mean, directions = principal_components(np.array([[0.0, 0], [2, 2]]), 1)
    >>> mean.tolist(), np.abs(directions).round(3).tolist()
    ([1.0, 1.0], [[0.707, 0.707]])
    """
    mean = x.mean(axis=0)
    _, _, directions = np.linalg.svd(x - mean, full_matrices=False)
    return mean, directions[:k]
