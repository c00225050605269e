"""Half the filters, or half the neurons: what each costs LeNet-5 on the 1,000 held-out digits of the chapter.

    python experiments/lenet_half.py        (some five minutes on one core)

Trains every variant with ten seeds as the chapter on LeNet-5 does, and writes results/lenet_half.json: the number of
misread digits of each run.
"""

import datetime
import json
from pathlib import Path

from cnnkit import data, networks, provenance, training

VARIANTS = {"as it is": (16, 120), "8 filters": (8, 120), "60 neurons": (16, 60)}
SEEDS = range(10)
RESULTS = Path(__file__).parent / "results" / "lenet_half.json"


def variant(filters, neurons, seed):
    """LeNet-5 with `filters` in its second convolution and `neurons` in its first fully connected layer."""
    layers = [
        networks.Conv2d(1, 6, 5, padding=2), networks.ReLU(), networks.MaxPool2d(2),
        networks.Conv2d(6, filters, 5), networks.ReLU(), networks.MaxPool2d(2),
        networks.Linear(filters * 25, neurons), networks.ReLU(),
        networks.Linear(neurons, 84), networks.ReLU(), networks.Linear(84, 10),
    ]  # fmt: skip
    return networks.Network(layers, seed=seed)


def misread(network, train, test, seed):
    """Train on `train` = (x, y) in the chapter's two stretches -> how many of `test` are read wrongly."""
    training.fit(network, *train, epochs=6, learning_rate=0.01, seed=seed)
    training.fit(network, *train, epochs=2, learning_rate=0.001, seed=seed + 1)
    return int((training.predict(network, test[0]) != test[1]).sum())


if __name__ == "__main__":
    train, test = data.split(*data.mnist5k(), test=0.2, seed=0)
    found = {}
    for name, (filters, neurons) in VARIANTS.items():
        networks_of = [variant(filters, neurons, seed) for seed in SEEDS]
        found[name] = {
            "parameters": networks_of[0].parameter_count,
            "misread": [misread(network, train, test, seed) for network, seed in zip(networks_of, SEEDS, strict=True)],
        }
        print(name, found[name])
    about = {
        "date": str(datetime.date.today()),
        "seeds": list(SEEDS),
        "training": len(train[0]),
        "held out": len(test[0]),
    }
    about |= {"machine": provenance.machine(), "versions": provenance.versions()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"variants": found, **about}, indent=1) + "\n")
    print(RESULTS, "written")
