"""The gradient by the pixels: what a score depends on, and images that a network dreams."""

import numpy as np


def gradient(network, images, units, depth=None):
    """For each image, the activation of one unit behind the first `depth` layers, and its gradient by the pixels.

    images (N, C, H, W); units, one an image: a class if depth is None (all layers), else an index such as
    (map, row, column) -> activations (N,), gradients (N, C, H, W)
    """
    out, layers = network.array(images), network.layers[:depth]
    for layer in layers:
        out = layer.forward(out, network.engine)
    dout = np.zeros_like(out)
    for i, unit in enumerate(units):
        dout[i][unit] = 1
    activations = (out * dout).reshape(len(out), -1).sum(axis=1)
    for layer in reversed(layers):
        dout = layer.backward(dout, network.engine)
    return activations, dout


def occlusion(network, image, label, size=7):
    """How much the probability of `label` falls when a size x size patch is painted over with paper, at each place.

    image (1, H, W) -> (H2, W2) with H2 = H - size + 1: the places of the patch at stride 1
    """
    _, height, width = image.shape
    rows, columns = height - size + 1, width - size + 1
    covered = np.repeat(image[None], rows * columns, axis=0)
    for i, one in enumerate(covered):
        row, column = divmod(i, columns)
        one[:, row : row + size, column : column + size] = 0
    before = probabilities(network.scores(image[None]))[0, label]
    return (before - probabilities(network.scores(covered))[:, label]).reshape(rows, columns)


def probabilities(scores):
    """Softmax of each row: (N, M) -> (N, M)."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def erase(images, importance, count):
    """Each image with its `count` most important pixels set to paper: (N, C, H, W) twice -> (N, C, H, W).

    >>> erase(np.ones((1, 1, 1, 3)), np.array([[[[2.0, 9.0, 4.0]]]]), 2)
    array([[[[1., 0., 0.]]]])
    """
    out = images.reshape(len(images), -1).copy()
    order = np.argsort(-importance.reshape(len(images), -1), axis=1, kind="stable")
    np.put_along_axis(out, order[:, :count], 0, axis=1)
    return out.reshape(images.shape)


def roughness(images):
    """Mean squared difference of neighbouring pixels, down and across: (N, C, H, W) -> (N,).

    >>> roughness(np.array([[[[0.0, 1.0], [0.0, 1.0]]]]))
    array([0.5])
    """
    down, across = np.diff(images, axis=2), np.diff(images, axis=3)
    return ((down**2).mean(axis=(1, 2, 3)) + (across**2).mean(axis=(1, 2, 3))) / 2


def pull_together(images):
    """For each pixel the sum of the differences to its neighbours, (N, C, H, W) alike: the gradient of half the summed
    squared differences. A step against it smooths.

    >>> pull_together(np.array([[[[0.0, 3.0, 0.0]]]]))
    array([[[[-3.,  6., -3.]]]])
    """
    out = np.zeros_like(images)
    for axis in (2, 3):
        step = np.diff(images, axis=axis)
        before, after = [(0, 0)] * 4, [(0, 0)] * 4
        before[axis], after[axis] = (1, 0), (0, 1)
        out += np.pad(step, before) - np.pad(step, after)
    return out


def dream(network, images, units, depth=None, steps=150, rate=0.05, smooth=0.0, ink=0.0):
    """Change images so that their units grow more active: gradient ascent on the pixels, which stay in 0..1.

    Arguments as for `gradient`; every step goes the same distance, however large the gradient.
    smooth  how hard neighbouring pixels pull each other together; ink  how hard each pixel is pulled towards paper
    """
    for _ in range(steps):
        _, g = gradient(network, images, units, depth)
        g /= np.sqrt((g**2).mean(axis=(1, 2, 3), keepdims=True)) + 1e-8
        g -= smooth * pull_together(images) + ink
        images = np.clip(images + rate * g, 0, 1).astype(g.dtype)
    return images
