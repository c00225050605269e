"""The stored results that chapters read are those of the scripts as they stand, with date, machine and versions."""

import json

import autoencoder2006
import lenet1998
import lenet_half
import numpy as np

from cnnkit import networks
from cnnkit.historic import autoencoder as ae


def test_the_stored_autoencoders_are_those_of_the_script():
    stored = json.loads(autoencoder2006.RESULT.read_text())
    script = autoencoder2006
    about = {"epochs": script.EPOCHS, "pretraining": script.PRETRAINING, "batch": script.BATCH, "rate": script.RATE}
    about |= {"sizes": list(ae.SIZES), "seeds": list(range(script.SEEDS))}
    assert {name: stored[name] for name in about} == about
    assert list(stored["autoencoder"]) == list(script.STARTS) and {"date", "machine", "versions"} <= set(stored)
    for runs in stored["autoencoder"].values():
        assert list(runs) == list(stored["pca"]) == list(map(str, script.CODES))
        assert {np.shape(errors) for errors in runs.values()} == {(script.SEEDS, script.EPOCHS + 1)}


def test_the_stored_lenets_are_those_of_the_script():
    stored = json.loads(lenet1998.RESULT.read_text())
    assert (stored["batch"], stored["seeds"]) == (lenet1998.BATCH, list(range(lenet1998.SEEDS)))
    assert stored["schedule"] == [list(part) for part in lenet1998.SCHEDULE]
    assert stored["networks"].keys() == lenet1998.NETWORKS.keys() and {"date", "machine", "versions"} <= set(stored)
    for name, (build, _, rates) in lenet1998.NETWORKS.items():
        found = stored["networks"][name]
        assert found["parameters"] == build().parameter_count
        tried = {row["step size"]: row["accuracy"] for row in found["tried"]}
        assert tuple(tried) == rates and tried[found["step size"]] == max(tried.values())
        errors, curves = found["test error, per cent"], np.array(found["after each epoch, per cent"])
        assert np.shape(errors) == (lenet1998.SEEDS,) and np.allclose(errors, curves[:, -1], atol=1e-6)


def test_the_stored_halves_are_those_of_the_script():
    stored = json.loads(lenet_half.RESULTS.read_text())
    assert stored["seeds"] == list(lenet_half.SEEDS) and {"date", "machine", "versions"} <= set(stored)
    assert list(stored["variants"]) == list(lenet_half.VARIANTS)
    for name, sizes in lenet_half.VARIANTS.items():
        found = stored["variants"][name]
        assert found["parameters"] == lenet_half.variant(*sizes, seed=0).parameter_count
        assert len(found["misread"]) == len(lenet_half.SEEDS) and 0 < max(found["misread"]) < stored["held out"] / 10


def test_the_network_that_is_halved_is_the_lenet_of_the_chapter():
    x = np.random.default_rng(0).random((2, 1, 28, 28), np.float32)
    ours = lenet_half.variant(*lenet_half.VARIANTS["as it is"], seed=3)
    assert np.array_equal(ours.forward(x), networks.lenet5(seed=3).forward(x))
