"""Pose: a network whose last layer is not scores but coordinates, two for each joint of a stick figure."""

import numpy as np

from .. import networks, training
from . import scenes
from .descent import descend

SIDE = 32


def figures(count, seed=0):
    """Random stick figures: images (count, 1, 32, 32) and joints (count, 10, 2) as (x, y) in pixels."""
    generator = np.random.default_rng(seed)
    made = [scenes.stick_figure(generator, SIDE) for _ in range(count)]
    return tuple(np.array(part) for part in zip(*made, strict=True))


def network(seed=0):
    """Two convolutions and two fully connected layers: an image (1, 32, 32) -> 20 numbers."""
    layers = [
        networks.Conv2d(1, 8, 5, padding=2),
        networks.ReLU(),
        networks.MaxPool2d(2),
        networks.Conv2d(8, 16, 5, padding=2),
        networks.ReLU(),
        networks.MaxPool2d(2),
        networks.Linear(16 * 8 * 8, 96),
        networks.ReLU(),
        networks.Linear(96, 2 * len(scenes.JOINTS)),
    ]
    return networks.Network(layers, seed=seed)


def squared_error(guess, target):
    """Mean over the batch of half the squared distance, and its gradient by the guess: (N, M), (N, M) -> float, (N, M).

    >>> squared_error(np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]]))
    (2.5, array([[1., 2.]]))
    """
    difference = guess - target
    return float((difference**2).sum() / 2 / len(guess)), difference / len(guess)


def train(x, joints, epochs=8, batch=20, rate=0.02, seed=0):
    """A network taught to give, for each joint, how far it is from its mean place: the network and the mean pose.

    Its targets are (joints - mean) / 5, so that they are numbers of a size near 1.
    """
    taught, mean = network(seed), joints.mean(axis=0)
    target = ((joints - mean) / 5).reshape(len(joints), -1)
    generator, velocities = np.random.default_rng(seed), [p * 0 for p in taught.parameters]
    with training.limited_threads(1):
        for epoch in range(epochs):
            rate_now = rate if epoch < epochs - 2 else rate / 5
            for rows in generator.permutation(len(x)).reshape(-1, batch):
                _, dguess = squared_error(taught.forward(x[rows]), target[rows])
                taught.backward(dguess)
                descend(taught, velocities, rate_now)
    return taught, mean


def predict(taught, mean, x):
    """Joints (N, 10, 2) in pixels for images x (N, 1, 32, 32)."""
    return mean + 5 * taught.scores(x).reshape(len(x), -1, 2)


def distances(guess, truth):
    """How far each joint is from where it should be, in pixels: (N, J, 2), (N, J, 2) -> (N, J)."""
    return np.linalg.norm(guess - truth, axis=-1)
