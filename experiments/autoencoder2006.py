"""Deep autoencoders and PCA on real digits, into experiments/results/autoencoder2006.json.

    python experiments/autoencoder2006.py          # about half an hour with OMP_NUM_THREADS=1

The sizes of 2006 (784-1000-500-250-code), 4,000 digits to learn from and 1,000 held out, three starts for each code:
layer by layer with restricted Boltzmann machines as in 2006; the same logistic units from small random weights;
rectified units with today's random weights. What follows the start is the same for all three.
"""

import datetime
import json
import time
from pathlib import Path

import numpy as np

from cnnkit import data
from cnnkit.historic import autoencoder as ae
from cnnkit.networks import ReLU, he
from cnnkit.provenance import machine, versions

RESULT = Path(__file__).with_name("results") / "autoencoder2006.json"
CODES, SEEDS = (2, 30), 5
EPOCHS, PRETRAINING, BATCH, RATE = 15, 10, 100, 1e-3
STARTS = {  # units, how weights start, epochs of pretraining for each layer
    "Boltzmann machines": (ae.Sigmoid, ae.small, PRETRAINING),
    "small random weights": (ae.Sigmoid, ae.small, 0),
    "rectified units": (ReLU, he, 0),
}
DRAWN = 500  # held-out digits whose two numbers are kept for the figure


def main():
    start = time.perf_counter()
    (x, _), (held_out, labels) = data.split(*data.mnist5k(), seed=0)
    x, held_out = x.reshape(len(x), -1), held_out.reshape(len(held_out), -1)
    result = {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions()}
    result |= {"digits": {"train": len(x), "held out": len(held_out)}, "sizes": ae.SIZES, "seeds": list(range(SEEDS))}
    result |= {"epochs": EPOCHS, "pretraining": PRETRAINING, "batch": BATCH, "rate": RATE}
    result["mean image"] = ae.squared_error(held_out, x.mean(axis=0))
    result |= {"pca": {}, "autoencoder": {}, "codes": {"labels": labels[:DRAWN].tolist()}}
    for code in CODES:
        mean, directions = ae.principal_components(x, code)
        codes = (held_out - mean) @ directions.T
        result["pca"][code] = ae.squared_error(held_out, mean + codes @ directions)
        keep(result, "PCA", code, codes)
        for name, how in STARTS.items():
            for seed in range(SEEDS):
                errors, network = learn(x, held_out, code, *how, seed)
                print(
                    f"{code:2} {name}, seed {seed}: {errors[-1]:.2f} ({time.perf_counter() - start:.0f} s)", flush=True
                )
                result["autoencoder"].setdefault(name, {}).setdefault(str(code), []).append(errors)
                if seed == 0:
                    keep(result, name, code, ae.encode(network, held_out))
    RESULT.write_text(json.dumps(result, indent=None, separators=(",", ":")) + "\n")
    print(f"{time.perf_counter() - start:.0f} s, written to {RESULT.name}")


def learn(x, held_out, code, unit, draw, pretraining, seed):
    """Held-out squared error before the first epoch and after each, and the network."""
    network = ae.autoencoder(code, unit, draw, seed=seed)
    if pretraining:
        ae.pretrain(network, x, pretraining, BATCH, seed)
    errors = [ae.squared_error(held_out, network.forward(held_out))]
    for _ in ae.epochs(network, x, EPOCHS, BATCH, RATE, seed):
        errors.append(ae.squared_error(held_out, network.forward(held_out)))
    return [round(e, 3) for e in errors], network


def keep(result, name, code, codes):
    """The codes of two numbers, for the figure."""
    if code == 2:
        result["codes"][name] = np.round(codes[:DRAWN].astype(float), 2).tolist()


if __name__ == "__main__":
    main()
