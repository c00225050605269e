"""The comparison of ways to shrink: its script, its stored result, and the explorable of the chapter on pooling."""

import importlib.util
import itertools
import json
import re
import shutil

import numpy as np
import pytest
from commands import ROOT

from cnnkit.layers import naive

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EXPLORER = (ROOT / "book" / "_static" / "pool-explorer.html").read_text()
MAPS = np.array(json.loads(re.search(r"MAPS = (\[.*?\n  \]);", EXPLORER, re.DOTALL)[1]), dtype=float)


@pytest.fixture(scope="module")
def pooling():
    spec = importlib.util.spec_from_file_location("pooling", ROOT / "experiments" / "pooling.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stored_result_is_that_of_the_script(pooling):
    stored = json.loads(pooling.RESULT.read_text())
    assert {"date", "machine", "versions"} <= set(stored) and stored["tasks"].keys() == pooling.TASKS.keys()
    assert (stored["rates"], stored["pilot seeds"]) == (list(pooling.RATES), list(pooling.PILOT_SEEDS))
    for name, task in pooling.TASKS.items():
        found, (train, test, shape) = stored["tasks"][name], pooling.sizes(task)
        assert (found["train"], found["test"], found["epochs"]) == (train, test, task["epochs"])
        assert found["seeds"] == list(task["seeds"]) and list(found["ways"]) == list(pooling.WAYS)
        for way, row in found["ways"].items():
            assert row["parameters"] == pooling.build(task, way, shape, 0).parameter_count
            assert list(row["pilot"]) == list(map(str, pooling.RATES))
            assert row["pilot"][str(row["rate"])] == max(row["pilot"].values())
            assert np.shape(row["accuracy"]) == np.shape(row["change"]) == (len(task["seeds"]), len(pooling.SHIFTS))


def test_keeping_a_corner_is_a_stride_of_two_forward_and_backward(pooling):
    x, dout = np.random.default_rng(0).normal(size=(2, 3, 6, 4)), np.random.default_rng(1).normal(size=(2, 3, 3, 2))
    layer, one = pooling.Corner(), np.eye(3)[:, :, None, None]
    padded = np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1)))[:, :, :5, :3]
    assert np.array_equal(layer.forward(x, naive), naive.conv2d(padded, one, stride=2))
    assert np.isclose((layer.backward(dout, naive) * x).sum(), (dout * layer.forward(x, naive)).sum())


@pytest.mark.parametrize(("axis", "by"), [(3, 2), (3, -2), (2, 1), (2, -1), (2, 0)])
def test_moving_brings_in_blanks_and_loses_what_leaves(pooling, axis, by):
    x = np.arange(1.0, 17.0).reshape(1, 1, 4, 4)
    moved = pooling.move(x, axis, by)
    assert (moved == 0).sum() == 4 * abs(by)
    kept = np.take(x, range(max(0, -by), 4 - max(0, by)), axis)
    assert np.array_equal(np.take(moved, range(max(0, by), 4 - max(0, -by)), axis), kept)


def test_two_networks_of_one_seed_start_alike(pooling):
    task = pooling.TASKS["digits"]
    first, second = (pooling.build(task, way, (1, 8, 8), 3) for way in ("max", "average"))
    assert all(np.array_equal(a, b) for a, b in zip(first.parameters, second.parameters, strict=True))


def test_the_maps_are_what_the_last_layer_is_given(pooling):
    network = pooling.build(pooling.TASKS["digits"], "max", (1, 8, 8), 0)
    x = np.random.default_rng(0).random((5, 1, 8, 8), np.float32)
    weights, biases = network.layers[-1].parameters
    assert np.allclose(pooling.maps(network, x) @ weights.T + biases, network.forward(x), atol=1e-5)


def test_a_change_is_measured_by_the_size_of_what_stood_still(pooling):
    still, moved = np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([[3.0, 4.0], [0.0, 8.0]])
    assert pooling.relative_change(still, moved) == (0 + 3) / 2


def test_a_rate_is_chosen_without_the_test_images_and_one_that_blows_up_counts_nothing(pooling, monkeypatch):
    numbers, held = np.arange(100.0), []
    monkeypatch.setitem(pooling.TASKS, "made", {"images": lambda: (numbers, np.arange(100) % 2)})
    monkeypatch.setattr(pooling, "fit", lambda task, way, x, y, rate, seed: x)
    monkeypatch.setattr(pooling.training, "accuracy", lambda trained, x, y: held.append((trained, x)) or 0.5)
    assert pooling.pilot("made", "max", 0.1, seed=3) == 0.5
    trained, tried = map(set, held[0])
    _, (test, _) = pooling.data.split(*pooling.TASKS["made"]["images"](), test=0.2, seed=3)
    assert (len(trained), len(tried)) == (64, 16) and not trained & tried and not (trained | tried) & set(test)

    def blow_up(*given):
        raise FloatingPointError

    monkeypatch.setattr(pooling, "fit", blow_up)
    assert pooling.pilot("made", "max", 0.1, seed=3) == 0


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium")
def test_the_explorable_pools_as_cnnkit_does_and_obeys_the_keyboard():
    from playwright.sync_api import sync_playwright

    cases = list(itertools.product(("0", "1"), ("max", "average"), ("2", "3"), ("1", "2", "3")))
    script = """cases => cases.map(values => {
        const root = document.getElementById("pool-explorer");
        ["map", "kind", "size", "stride"].forEach((name, i) => {
            const input = root.querySelector(`input[name=pool-${name}][value="${values[i]}"]`);
            input.checked = true;
            input.dispatchEvent(new Event("change"));
        });
        return [...root.querySelectorAll("svg text")].map(node => node.textContent);
    })"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page, troubles = browser.new_page(), []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.set_content(EXPLORER)
        page.locator("#pool-explorer .next").focus()
        for _ in range(3):
            page.keyboard.press("Enter")
        ended = page.locator("#pool-explorer .count").inner_text(), page.evaluate("document.activeElement.className")
        drawn = page.evaluate(script, cases)
        browser.close()
    assert troubles == [] and ended == ("window 4 of 4", "back")
    for case, words in zip(cases, drawn, strict=True):
        out, dx = pooled(*case)
        assert shown(words, "output") == pytest.approx(out.ravel().tolist(), abs=0.006), case
        assert shown(words, "gradient") == pytest.approx(dx.ravel().tolist(), abs=0.006), case


def shown(words, title):
    """The numbers of a grid: what follows its title, up to the next one."""
    following = words[words.index(title) + 1 :]
    return [float(word) for word in itertools.takewhile(lambda word: not word.isalpha(), following)]


def pooled(which, kind, size, stride):
    """Output and gradient (for ones above) of one of the explorable's maps, what does not fit left out."""
    size, stride = int(size), int(stride)
    reach = (5 - size) // stride * stride + size
    x = MAPS[int(which)][None, None, :reach, :reach]
    forward, backward = {
        "max": (naive.max_pool2d, naive.max_pool2d_backward),
        "average": (naive.avg_pool2d, naive.avg_pool2d_backward),
    }[kind]
    out = forward(x, size, stride)
    dx = backward(np.ones_like(out), x, size, stride)[0, 0]
    return out[0, 0], np.pad(dx, (0, 5 - reach))
