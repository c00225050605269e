"""Segmentation: a class for every pixel, from deep maps made large again and set beside the image itself.

That a classifier's layers can be kept and run as convolutions is due to Long, Shelhamer and Darrell 2015,
10.1109/CVPR.2015.7298965.
"""

from dataclasses import dataclass, field

import numpy as np

from .. import networks, training
from ..layers import fast
from . import scenes
from .descent import descend

CLASSES = 11  # paper, and the ten digits
COARSE = 4  # how many times smaller than the image the deep maps are


@dataclass(eq=False)
class BesideInput(networks.Layer):
    """Runs `layers`, enlarges their maps to the size of the input by repeating each number, and appends the input.

    x (N, C, H, W) -> (N, K + C, H, W), where the layers make (N, K, H/COARSE, W/COARSE). The deep maps know what is
    there, the image knows exactly where; the next layer sees both.
    """

    layers: list = field(default_factory=list)

    def initialise(self, generator, draw, dtype):
        for layer in self.layers:
            layer.initialise(generator, draw, dtype)
        self.parameters = [p for layer in self.layers for p in layer.parameters]
        self.gradients = [g for layer in self.layers for g in layer.gradients]

    @property
    def parameter_count(self):
        return sum(layer.parameter_count for layer in self.layers)

    def forward(self, x, engine):
        self.x, maps, own = x, x, iter(self.parameters)
        for layer in self.layers:
            layer.parameters = [next(own) for _ in layer.parameters]  # the network may have replaced its arrays
            maps = layer.forward(maps, engine)
        return np.concatenate([maps.repeat(COARSE, axis=2).repeat(COARSE, axis=3), x], axis=1)

    def backward(self, dout, engine):
        channels = self.x.shape[1]
        dmaps, dx = dout[:, :-channels], dout[:, -channels:]
        dmaps = engine.avg_pool2d(np.ascontiguousarray(dmaps), COARSE) * dout.dtype.type(COARSE**2)
        for layer in reversed(self.layers):
            dmaps = layer.backward(dmaps, engine)
        self.gradients = [g for layer in self.layers for g in layer.gradients]
        return dmaps + dx


@dataclass(eq=False)
class PixelByPixel(networks.Layer):
    """Lays the scores of all pixels under each other: (N, K, H, W) -> (N*H*W, K), as the softmax loss wants them."""

    def forward(self, x, engine):
        self.x = x
        return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).reshape(-1, x.shape[1])

    def backward(self, dout, engine):
        N, K, H, W = self.x.shape
        return np.ascontiguousarray(dout.reshape(N, H, W, K).transpose(0, 3, 1, 2))


def network(lenet, seed=0):
    """LeNet's convolutions and its first fully connected layer, that is a convolution too, and 11 scores a pixel.

    The three start from the weights of `lenet`; with padding 2 the maps get smaller by pooling only.
    """
    deep = [
        networks.Conv2d(1, 6, 5, padding=2),
        networks.ReLU(),
        networks.MaxPool2d(2),
        networks.Conv2d(6, 16, 5, padding=2),
        networks.ReLU(),
        networks.MaxPool2d(2),
        networks.Conv2d(16, 120, 5, padding=2),
        networks.ReLU(),
        networks.Conv2d(120, 24, 3, padding=1),
        networks.ReLU(),
    ]
    layers = [BesideInput(deep), networks.Conv2d(25, 16, 1), networks.ReLU(), networks.Conv2d(16, CLASSES, 1)]
    made = networks.Network([*layers, PixelByPixel()], seed=seed)
    for own, given in zip(made.parameters[:6], lenet.parameters[:6], strict=True):
        own[...] = given.reshape(own.shape)
    return made


def canvases(images, labels, count, seed=0):
    """Canvases (count, 1, 56, 56) of three digits, and the class of each pixel (count, 56, 56)."""
    generator = np.random.default_rng(seed)
    made = [scenes.labelled_canvas(images, labels, generator) for _ in range(count)]
    return tuple(np.array(part) for part in zip(*made, strict=True))


def weighted_gradient(scores, classes, ink=8.0):
    """The gradient of the softmax loss by scores (P, K), where a pixel of ink counts `ink` times as much as paper.

    Nine pixels in ten are paper. Weighted alike, they drown the others, and "all paper" is where learning stops.
    """
    weights = np.where(classes > 0, ink, 1.0)
    weights *= len(classes) / weights.sum()
    return fast.softmax_cross_entropy_backward(scores, classes) * weights[:, None].astype(scores.dtype)


def train(lenet, images, labels, count=600, epochs=4, batch=5, rate=0.03, seed=0):
    """A network taught on `count` canvases of the given digits, in small steps along the weighted gradient."""
    taught, generator = network(lenet, seed), np.random.default_rng(seed)
    x, classes = canvases(images, labels, count, seed)
    velocities = [p * 0 for p in taught.parameters]
    with training.limited_threads(1):
        for epoch in range(epochs):
            rate_now = rate if epoch < epochs - 1 else rate / 5
            for rows in generator.permutation(count).reshape(-1, batch):
                taught.backward(weighted_gradient(taught.forward(x[rows]), classes[rows].ravel()))
                descend(taught, velocities, rate_now)
    return taught


def predict(taught, x):
    """The class of every pixel: x (N, 1, H, W) -> (N, H, W)."""
    parts = [taught.forward(x[i : i + 20]).argmax(axis=1) for i in range(0, len(x), 20)]
    return np.concatenate(parts).reshape(len(x), *x.shape[2:])


def mean_iou(guess, truth, classes=CLASSES):
    """Intersection over union of the pixels of each class, averaged over the classes that occur in either.

    >>> round(mean_iou(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])), 3)  # paper 2/3, the other 1/2
    0.583
    """
    shared = [np.sum((guess == c) & (truth == c)) for c in range(classes)]
    covered = [np.sum((guess == c) | (truth == c)) for c in range(classes)]
    return float(np.mean([s / c for s, c in zip(shared, covered, strict=True) if c]))
