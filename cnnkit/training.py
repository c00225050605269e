"""Training: stochastic gradient descent with momentum, and the counting of what a network gets right."""

import math
import operator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from . import progress


@dataclass
class History:
    """What a training run went through, a number an epoch.

    loss, accuracy       mean over the epoch's batches, each measured just before its own update
    validation_accuracy  share of the validation images right after the epoch; empty without validation images
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)


def fit(
    network,
    x,
    y,
    epochs=5,
    batch_size=32,
    learning_rate=0.05,
    momentum=0.9,
    seed=0,
    validation=None,
    threads=1,
) -> History:
    """Train a network in place by stochastic gradient descent with momentum, and return its history.

    network         `networks.Network`, on any engine
    x, y            images (N, C, H, W) and labels (N,), whole numbers from 0
    validation      (x, y) to measure the accuracy on after every epoch, or None
    threads         how many processor threads one matrix product may use, see `limited_threads`
    Each epoch visits all images once in a new random order; the same seed gives the same run on the same machine.
    After a batch, every parameter p with velocity v: v = momentum*v - learning_rate*gradient; p = p + v.
    Raises ValueError where the input makes no sense, FloatingPointError when the loss is no longer a number.

    >>> from cnnkit.networks import Linear, Network
    >>> x = np.array([[[[-1.0]]], [[[1.0]]]], np.float32)
    >>> history = fit(Network([Linear(1, 2)]), x, np.array([0, 1]), epochs=20, learning_rate=0.5)
    >>> history.accuracy[-1]
    1.0
    """
    x, y = _images_and_labels(x, y)
    epochs, batch_size = _at_least_one("epochs", epochs), _at_least_one("batch_size", batch_size)
    if not (isinstance(learning_rate, (int, float)) and 0 < learning_rate < math.inf):
        raise ValueError(f"learning_rate should be a positive number, but it is {learning_rate!r}")
    if not (isinstance(momentum, (int, float)) and 0 <= momentum < 1):
        raise ValueError(f"momentum should be at least 0 and less than 1, but it is {momentum!r}")
    if threads is not None:
        threads = _at_least_one("threads", threads)
    if validation is not None:
        validation = _images_and_labels(*validation)
    classes = network.scores(x[:1]).shape[1]
    if y.max() >= classes:
        raise ValueError(f"the network knows the classes 0 to {classes - 1}, but y has the label {y.max()}")

    generator = np.random.default_rng(seed)
    velocities = [p * 0 for p in network.parameters]
    history = History()
    bar = progress.bar(epochs * len(x), "training", unit=" images")
    try:
        with limited_threads(threads):
            for epoch in range(1, epochs + 1):
                order = generator.permutation(len(x))
                batches = [order[start : start + batch_size] for start in range(0, len(x), batch_size)]
                loss, right = _epoch(network, x, y, batches, velocities, learning_rate, momentum, bar)
                if not math.isfinite(loss):
                    raise FloatingPointError(
                        f"the loss is {loss} in epoch {epoch}: the steps are too long, "
                        f"try a learning rate below {learning_rate}"
                    )
                history.loss.append(loss)
                history.accuracy.append(right)
                if validation is not None:
                    history.validation_accuracy.append(accuracy(network, *validation))
                bar.set_postfix_str(f"epoch {epoch}/{epochs}, loss {loss:.3f}")
    finally:
        bar.close()
    return history


def _epoch(network, x, y, batches, velocities, learning_rate, momentum, bar):
    """One step a batch -> mean loss and accuracy over all of them; stops at a loss that is no number."""
    losses, right = 0.0, 0
    for batch in batches:
        loss, scores = step(network, x[batch], y[batch], velocities, learning_rate, momentum)
        losses += loss * len(batch)
        right += int((scores.argmax(1) == network.labels(y[batch])).sum())
        bar.update(len(batch))
        if not math.isfinite(loss):
            break
    return losses / len(x), right / len(x)


def step(network, x, y, velocities, learning_rate, momentum):
    """One update from one batch; `velocities` (one array a parameter) and the parameters change in place.

    Returns the loss and the scores (N, M) before the update.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # a run that blows up is reported by its loss
        loss, scores = network.loss(x, y)
    for parameter, gradient, velocity in zip(network.parameters, network.gradients, velocities, strict=True):
        velocity *= momentum
        velocity -= learning_rate * gradient
        parameter += velocity
    return loss, scores


@contextmanager
def limited_threads(count):
    """Inside the block, a matrix product uses at most `count` processor threads; None changes nothing.

    NumPy starts a thread for every core it sees. In a network as small as LeNet-5 they wait for each other longer
    than they work, many times longer on a busy machine, and the last bits of a sum depend on their number.

    >>> with limited_threads(1):
    ...     print(np.ones((2, 3)) @ np.ones(3))
    [3. 3.]
    """
    with threadpool_limits(count):
        yield


def predict(network, x) -> np.ndarray:
    """The class with the highest score for each image: x (N, C, H, W) -> (N,) int64."""
    return network.scores(x).argmax(axis=1)


def accuracy(network, x, y) -> float:
    """The share of images x (N, C, H, W) whose predicted class is the label in y (N,), from 0 to 1."""
    x, y = _images_and_labels(x, y)
    return float(np.mean(predict(network, x) == y))


def confusion(network, x, y, classes=None) -> np.ndarray:
    """How often an image of class i was taken for class j: counts (classes, classes), row = truth, column = prediction.

    classes=None takes as many as the network has scores.

    >>> from types import SimpleNamespace
    >>> fixed = SimpleNamespace(scores=lambda x: np.array([[1, 0], [1, 0], [0, 1]]))
    >>> confusion(fixed, np.zeros((3, 1, 1, 1)), np.array([0, 1, 1]))
    array([[1, 0],
           [1, 1]])
    """
    x, y = _images_and_labels(x, y)
    scores = network.scores(x)
    classes = scores.shape[1] if classes is None else _at_least_one("classes", classes)
    predicted = scores.argmax(axis=1)
    if max(y.max(), predicted.max()) >= classes:
        raise ValueError(f"classes={classes} is too few for the label {max(y.max(), predicted.max())}")
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (y, predicted), 1)
    return counts


def _images_and_labels(x, y):
    x, y = np.asarray(x), np.asarray(y)
    if y.ndim != 1 or x.ndim < 2 or len(x) != len(y):
        raise ValueError(f"one label an image is needed: x has shape {x.shape}, y has shape {y.shape}")
    if not len(x):
        raise ValueError(f"there is nothing to learn from: x has shape {x.shape}")
    if y.dtype.kind not in "iu":
        raise ValueError(f"labels are whole numbers, but y has dtype {y.dtype}")
    if y.min() < 0:
        raise ValueError(f"labels count from 0, but y has the label {y.min()}")
    return x, y


def _at_least_one(name, value) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} should be a whole number, but it is {value!r}") from None
    if number < 1:
        raise ValueError(f"{name} should be at least 1, but it is {number}")
    return number
