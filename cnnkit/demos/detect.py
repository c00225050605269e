"""Detection: a classifier of single digits slid over a canvas, its boxes thinned out, its finds counted."""

import numpy as np

from .. import networks, training
from . import scenes

BOX, MARGIN, STEP = 20, 4, 4  # side of a box; from the window's corner to the box's; pixels from window to window
NOTHING = 10  # the class "no digit here"


def lenet11(lenet, seed=0):
    """LeNet with an eleventh score for "no digit here": a new network that starts from the weights of `lenet`."""
    network = networks.lenet5(seed=seed)
    network.layers[-1] = networks.Linear(84, 11)
    network.layers[-1].initialise(np.random.default_rng(seed), networks.he, np.float32)
    for own, given in zip(network.parameters, lenet.parameters, strict=True):
        own[: len(given)] = given
    return network


def windows_of(images, labels, count, seed=0):
    """Windows (count, 1, 28, 28) out of canvases, with classes (count,): half on digits, half on what is between them.

    A window counts as a digit's when it is off by at most 2 pixels down and 2 across, as nothing when it is off by at
    least 5 in one of them; what lies between is not used.
    """
    generator, crops, classes = np.random.default_rng(seed), [], []
    while len(crops) < count:
        picture, places, digits = scenes.canvas(images, labels, generator)
        for place, digit in zip(places, digits, strict=True):
            row, column = np.clip(place + generator.integers(-2, 3, 2), 0, 92 - 28)
            crops.append(picture[:, row : row + 28, column : column + 28])
            classes.append(digit)
            row, column = generator.integers(0, 92 - 28, 2, endpoint=True)
            if (np.abs(places - (row, column)).max(axis=1) >= 5).all():
                crops.append(picture[:, row : row + 28, column : column + 28])
                classes.append(NOTHING)
    return np.array(crops[:count]), np.array(classes[:count])


def convolutional(network):
    """The same network with each fully connected layer as a convolution: it takes canvases of any fitting size.

    The first one, 400 -> 120, becomes 120 filters of 5x5 over 16 maps, the others filters of 1x1.
    """
    layers, shape = [], (1, scenes.DIGIT, scenes.DIGIT)
    for layer in network.layers:
        new = layer
        if isinstance(layer, networks.Linear):
            channels, size = (shape[0], shape[1]) if len(shape) == 3 else (shape[0], 1)
            new = networks.Conv2d(channels, layer.outputs, size)
        layers.append(new)
        shape = layer.output_shape(shape)
    made = networks.Network([type(new)(**settings(new)) for new in layers])
    for new, given in zip(made.parameters, network.parameters, strict=True):
        new[...] = given.reshape(new.shape)
    return made


def settings(layer):
    """The arguments that a layer was made with."""
    return {name: getattr(layer, name) for name, f in layer.__dataclass_fields__.items() if f.init}


def boxes(scores, threshold):
    """Windows that say "a digit" with more than `threshold` probability: score maps (M, H, W) of one canvas ->
    boxes (n, 4) as x, y, width, height; classes (n,); probabilities (n,), the surest first."""
    e = np.exp(scores - scores.max(axis=0))
    probability = (e / e.sum(axis=0))[:NOTHING]  # of the ten digits
    best = probability.max(axis=0)
    rows, columns = np.nonzero(best > threshold)
    order = np.argsort(-best[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    corners = np.stack([columns, rows], axis=1) * STEP + MARGIN
    found = np.concatenate([corners, np.full_like(corners, BOX)], axis=1)
    return found, probability.argmax(axis=0)[rows, columns], best[rows, columns]


def iou(a, b):
    """Intersection over union of boxes (x, y, width, height): a (n, 4), b (m, 4) -> (n, m).

    >>> iou(np.array([[0, 0, 2, 2]]), np.array([[0, 0, 2, 2], [1, 0, 2, 2], [5, 5, 2, 2]])).round(2)
    array([[1.  , 0.33, 0.  ]])
    """
    a, b = np.asarray(a, float)[:, None], np.asarray(b, float)[None]
    low = np.maximum(a[..., :2], b[..., :2])
    high = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    return shared / (a[..., 2:].prod(axis=-1) + b[..., 2:].prod(axis=-1) - shared)


def suppress(found, limit=0.3):
    """Non-maximum suppression: of boxes (n, 4), surest first, keep each that overlaps no kept one by more than `limit`.

    >>> suppress(np.array([[0, 0, 20, 20], [4, 0, 20, 20], [40, 0, 20, 20]]))
    [0, 2]
    """
    overlap, kept = iou(found, found), []
    for i in range(len(found)):
        if (overlap[i, kept] <= limit).all():
            kept.append(i)
    return kept


def detect(network, picture, threshold=0.9):
    """Boxes (n, 4), classes (n,) and probabilities (n,) of the digits on one canvas (1, H, W)."""
    found, classes, sure = boxes(network.forward(picture[None])[0], threshold)
    kept = suppress(found)
    return found[kept], classes[kept], sure[kept]


def truth_boxes(places):
    """The true boxes (n, 4) of digits whose 28x28 images have their corners at places (n, 2), (row, column)."""
    return np.concatenate([places[:, ::-1] + MARGIN, np.full_like(places, BOX)], axis=1)


def hits(found, classes, true, true_classes, least=0.5):
    """Which boxes are right, (n,) of bool: right class, IoU at least `least`, and the true box not taken already."""
    overlap, free = iou(found, true), np.ones(len(true), bool)
    right = np.zeros(len(found), bool)
    for i in range(len(found)):  # the surest chooses first
        fits = free & (true_classes == classes[i]) & (overlap[i] >= least)
        if fits.any():
            free[np.argmax(np.where(fits, overlap[i], -1))] = False
            right[i] = True
    return right


def precision_recall(network, canvases, threshold=0.9):
    """Over canvases, a list of (picture, places, classes): right finds a find, right finds a digit that was there."""
    right = found = there = 0
    for picture, places, digits in canvases:
        guessed, classes, _ = detect(network, picture, threshold)
        right += hits(guessed, classes, truth_boxes(places), digits).sum()
        found, there = found + len(guessed), there + len(digits)
    return right / max(found, 1), right / there


def train(lenet, images, labels, windows=4000, seed=0):
    """The eleven-class network, trained on windows out of canvases made of (images, labels)."""
    network = lenet11(lenet)
    x, y = windows_of(images, labels, windows, seed)
    training.fit(network, x, y, epochs=2, learning_rate=0.01, seed=seed)
    training.fit(network, x, y, epochs=1, learning_rate=0.002, seed=seed + 1)
    return network
