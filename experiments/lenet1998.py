"""LeNet-5 as published and as it is built today, on the same real digits, into experiments/results/lenet1998.json.

    python experiments/lenet1998.py                # about seven minutes with OMP_NUM_THREADS=1

The step size of each network is chosen on 800 of the 4,000 training digits; the 1,000 test digits are looked at once,
by the networks trained on all 4,000.
"""

import datetime
import json
import time
from pathlib import Path

import numpy as np

from cnnkit import data, networks, training
from cnnkit.provenance import machine, versions

RESULT = Path(__file__).with_name("results") / "lenet1998.json"
SEEDS = 8
SCHEDULE = ((1, 12), (1 / 5, 4))  # (factor of the step size, epochs)
BATCH = 32
NETWORKS = {  # how it is built, what it is shown, the step sizes to choose from
    "1998": (networks.lenet5_1998, networks.as_in_1998, (0.0005, 0.001, 0.002, 0.004, 0.008)),
    "today": (networks.lenet5, lambda x: x, (0.0025, 0.005, 0.01, 0.02, 0.04)),
}


def main():
    start = time.perf_counter()
    train, test = data.split(*data.mnist5k(), seed=0)
    part, chosen_on = data.split(*train, seed=1)
    result = {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions()}
    result |= {"digits": {"train": len(train[1]), "test": len(test[1]), "chosen on": len(chosen_on[1])}}
    result |= {"seeds": list(range(SEEDS)), "schedule": SCHEDULE, "batch": BATCH, "networks": {}}
    for name, (build, show, rates) in NETWORKS.items():
        tried = {rate: run(build, show, part, chosen_on, rate, seed=0)["accuracy"] for rate in rates}
        best = max(tried, key=tried.get)
        runs = [run(build, show, train, test, best, seed) for seed in range(SEEDS)]
        errors = [100 * (1 - r["accuracy"]) for r in runs]
        print(f"{name}: step {best}, {np.mean(errors):.2f} % wrong, {np.std(errors, ddof=1):.2f} between seeds")
        result["networks"][name] = {
            "parameters": build().parameter_count,
            "tried": [{"step size": rate, "accuracy": accuracy} for rate, accuracy in tried.items()],
            "step size": best,
            "test error, per cent": errors,
            "training error, per cent": [100 * (1 - r["training accuracy"]) for r in runs],
            "after each epoch, per cent": [100 * (1 - np.array(r["curve"])) for r in runs],
        }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1, default=lambda a: a.round(3).tolist()) + "\n")
    print(f"{time.perf_counter() - start:.0f} s, written to {RESULT.name}")


def run(build, show, train, test, rate, seed):
    """Train one network -> its accuracy on test and on train at the end, and on test after each epoch (the curve)."""
    network, curve = build(seed=seed), []
    shown, held_out = (show(train[0]), train[1]), (show(test[0]), test[1])
    for factor, epochs in SCHEDULE:
        history = training.fit(
            network, *shown, epochs, BATCH, learning_rate=rate * factor, seed=seed, validation=held_out
        )
        curve += history.validation_accuracy
    return {
        "accuracy": curve[-1],
        "training accuracy": training.accuracy(network, *shown),
        "curve": curve,
    }


if __name__ == "__main__":
    main()
