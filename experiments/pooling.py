"""How should a ConvNet shrink its maps? Five ways on the same two tasks, with many seeds, for the chapter "pool".

    OMP_NUM_THREADS=1 python experiments/pooling.py          # ten minutes on two cores, into results/pooling.json

One network, two convolutions and a fully connected layer; only what stands behind each convolution changes (`WAYS`).
A seed fixes the split of the images, the initial weights and the order of the batches, for all ways alike: so the
ways can be compared seed by seed. Each way trains at a learning rate of its own, the one of `RATES` with the best mean
accuracy on images held out of the training part of pilot seeds, which the comparison does not use.
Trained networks then see their test images moved by 0 to 4 pixels to the right, the left, down and up.
"""

import datetime
import json
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from cnnkit import data, training
from cnnkit.networks import AvgPool2d, Conv2d, Layer, Linear, MaxPool2d, Network, ReLU
from cnnkit.provenance import machine, versions

RESULT = Path(__file__).with_name("results") / "pooling.json"
PROCESSES = 2
RATES = (0.005, 0.01, 0.02, 0.05)
PILOT_SEEDS = (100, 101)
SHIFTS = range(5)
DIRECTIONS = ((3, 1), (3, -1), (2, 1), (2, -1))  # axis of (N, C, H, W) and sign: right, left, down, up


class Corner(Layer):
    """Keeps the upper left number of each 2x2 window: behind a convolution, the same as that convolution at stride 2.

    >>> Corner().forward(np.arange(16.0).reshape(1, 1, 4, 4), None)[0, 0].tolist()
    [[0.0, 2.0], [8.0, 10.0]]
    """

    def output_shape(self, shape):
        channels, height, width = shape
        return channels, height // 2, width // 2

    def forward(self, x, engine):
        self.x = x
        return np.ascontiguousarray(x[:, :, ::2, ::2])

    def backward(self, dout, engine):
        dx = np.zeros_like(self.x)
        dx[:, :, ::2, ::2] = dout
        return dx


WAYS = {  # what follows a convolution and its rectifier with so many maps
    "max": lambda maps: [MaxPool2d(2)],
    "average": lambda maps: [AvgPool2d(2)],
    "stride": lambda maps: [Corner()],
    "convolution": lambda maps: [Conv2d(maps, maps, 2, stride=2), ReLU()],
    "none": lambda maps: [],
}
TASKS = {  # filters, filter size and padding of the two convolutions; epochs and seeds
    "digits": {"images": data.digits, "convs": ((8, 3, 1), (16, 3, 1)), "epochs": 20, "seeds": range(16)},
    "mnist5k": {"images": data.mnist5k, "convs": ((6, 5, 2), (16, 5, 0)), "epochs": 5, "seeds": range(10)},
}


def main():
    start = time.perf_counter()
    result = {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions()}
    result |= {"batch": 32, "momentum": 0.9, "rates": RATES, "pilot seeds": PILOT_SEEDS, "tasks": {}}
    with ProcessPoolExecutor(PROCESSES) as pool:
        for name in TASKS:
            result["tasks"][name] = compare(name, pool)
    result["seconds"] = round(time.perf_counter() - start)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{result['seconds']} s, written to {RESULT.name}")


def compare(name, pool):
    """All ways on one task: what they are, the rate each was given, and what each seed measured."""
    task = TASKS[name]
    train, test, shape = sizes(task)
    found = {"train": train, "test": test, "epochs": task["epochs"], "seeds": list(task["seeds"]), "ways": {}}
    for way in WAYS:
        row = {"parameters": build(task, way, shape, 0).parameter_count, "pilot": {}}
        for rate in RATES:
            row["pilot"][str(rate)] = float(np.mean(list(pool.map(partial(pilot, name, way, rate), PILOT_SEEDS))))
        row["rate"] = max(RATES, key=lambda rate: row["pilot"][str(rate)])
        runs = list(pool.map(partial(run, name, way, row["rate"]), task["seeds"]))
        row |= {measure: [r[measure] for r in runs] for measure in ("accuracy", "change")}
        found["ways"][way] = row
        mean = 100 * np.mean(row["accuracy"], axis=0)
        print(name, way, row["parameters"], row["pilot"], row["rate"], np.round(mean, 2), flush=True)
    return found


def sizes(task):
    x, y = task["images"]()
    (train, _), (test, _) = data.split(x, y, test=0.2)
    return len(train), len(test), x.shape[1:]


def build(task, way, shape, seed):
    """The network of a task with one way of shrinking, for images of `shape` (C, H, W)."""
    layers = []
    for filters, size, padding in task["convs"]:
        added = [Conv2d(shape[0], filters, size, padding=padding), ReLU(), *WAYS[way](filters)]
        for layer in added:
            shape = layer.output_shape(shape)
        layers += added
    return Network([*layers, Linear(int(np.prod(shape)), 10)], seed=seed)


def fit(task, way, x, y, rate, seed):
    network = build(task, way, x.shape[1:], seed)
    training.fit(network, x, y, task["epochs"], learning_rate=rate, seed=seed)
    return network


def pilot(name, way, rate, seed):
    """Accuracy on a fifth of the training images, which are left out of the training; 0 if the loss blows up."""
    task = TASKS[name]
    part, _ = data.split(*task["images"](), test=0.2, seed=seed)
    (x, y), held = data.split(*part, test=0.2, seed=seed)
    try:
        return training.accuracy(fit(task, way, x, y, rate, seed), *held)
    except FloatingPointError:
        return 0.0


def run(name, way, rate, seed):
    """Train once -> accuracy and change of the last maps, for each shift in pixels; means over the four directions.

    The change is |f(moved) - f(x)| / |f(x)|, f the input of the fully connected layer, mean over the test images.
    """
    task = TASKS[name]
    train, (x, y) = data.split(*task["images"](), test=0.2, seed=seed)
    network = fit(task, way, *train, rate, seed)
    found, still = {"accuracy": [], "change": []}, maps(network, x)
    for shift in SHIFTS:
        moved = [move(x, axis, sign * shift) for axis, sign in DIRECTIONS]
        found["accuracy"].append(float(np.mean([training.accuracy(network, images, y) for images in moved])))
        found["change"].append(float(np.mean([relative_change(still, maps(network, images)) for images in moved])))
    return found


def maps(network, x):
    """What the fully connected layer of the network is given: x (N, C, H, W) -> (N, D)."""
    for layer in network.layers[:-1]:
        x = layer.forward(x, network.engine)
    return x.reshape(len(x), -1)


def relative_change(still, moved):
    return float(np.mean(np.linalg.norm(moved - still, axis=1) / np.linalg.norm(still, axis=1)))


def move(x, axis, by):
    """The images moved by so many pixels; what enters is blank, what leaves is lost.

    >>> move(np.array([[[[1, 2, 3]]]]), 3, 1).tolist()
    [[[[0, 1, 2]]]]
    """
    moved = np.roll(x, by, axis)
    index = [slice(None)] * x.ndim
    index[axis] = slice(0, by) if by >= 0 else slice(by, None)
    moved[tuple(index)] = 0
    return moved


if __name__ == "__main__":
    main()
