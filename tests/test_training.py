"""The training loop: it learns, it repeats itself, it refuses nonsense, and its bar stays out of the way."""

import os
import pty
import re
import subprocess
import sys
import termios

import nbformat
import numpy as np
import pytest

from cnnkit import data, networks, progress, training
from cnnkit.networks import Conv2d, Linear, MaxPool2d, Network, ReLU


def corners(n=60, seed=0):
    """4x4 images with a bright 2x2 square in one of the four corners, a little noise, and which corner it is."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 4, n)
    x = generator.normal(0, 0.1, (n, 1, 4, 4)).astype(np.float32)
    for image, label in zip(x, y, strict=True):
        row, column = 2 * (label // 2), 2 * (label % 2)
        image[0, row : row + 2, column : column + 2] += 1
    return x, y


def small(seed=0, engine="fast"):
    return Network([Conv2d(1, 4, 3, padding=1), ReLU(), MaxPool2d(2), Linear(16, 4)], engine, seed)


# --------------------------------------------------------------------------------------------- learns


@pytest.mark.parametrize("engine", ["fast", "gpu"])
def test_learns_which_corner_is_bright(engine):
    if engine == "gpu":
        pytest.importorskip("torch")
    network = small(engine=engine)
    history = training.fit(network, *corners(), epochs=20, batch_size=10, learning_rate=0.1)
    assert history.loss[-1] < 0.1 < history.loss[0]
    assert history.accuracy[-1] == 1.0
    assert training.accuracy(network, *corners(seed=1)) == 1.0


def test_both_engines_take_the_same_steps():
    pytest.importorskip("torch")
    runs = [
        training.fit(small(engine=engine), *corners(), epochs=3, learning_rate=0.02, validation=corners(seed=1))
        for engine in ("fast", "gpu")
    ]
    np.testing.assert_allclose(runs[0].loss, runs[1].loss, rtol=1e-4)
    assert runs[0].validation_accuracy == runs[1].validation_accuracy


def test_lenet5_1998_learns_digits():
    (x, y), (x_test, y_test) = data.split(*data.mnist5k(), test=0.2, seed=0)
    x, x_test = networks.as_in_1998(x), networks.as_in_1998(x_test)
    network = networks.lenet5_1998(seed=0)
    training.fit(network, x[:1500], y[:1500], epochs=3, batch_size=20, learning_rate=0.002)
    assert training.accuracy(network, x_test[:300], y_test[:300]) > 0.75


def test_one_step_is_the_formula():
    """v = momentum*v - learning_rate*gradient; p = p + v, twice, by hand on one weight and one bias a class."""
    network = Network([Linear(1, 2)], dtype=np.float64)
    x, y = np.array([[2.0]]), np.array([1])
    p = [a.copy() for a in network.parameters]
    v = [np.zeros_like(a) for a in p]
    velocities = [np.zeros_like(a) for a in p]
    for _ in range(2):
        training.step(network, x, y, velocities, learning_rate=0.3, momentum=0.5)
        scores = x @ p[0].T + p[1]
        dscores = np.exp(scores) / np.exp(scores).sum() - [[0, 1]]
        for a, b, gradient in zip(p, v, [dscores.T @ x, dscores[0]], strict=True):
            b[...] = 0.5 * b - 0.3 * gradient
            a += b
    for mine, theirs in zip(p, network.parameters, strict=True):
        np.testing.assert_allclose(theirs, mine)


def test_history_has_a_number_an_epoch():
    history = training.fit(small(), *corners(), epochs=3, validation=corners(seed=1))
    assert len(history.loss) == len(history.accuracy) == len(history.validation_accuracy) == 3
    assert training.fit(small(), *corners(), epochs=2).validation_accuracy == []
    assert all(isinstance(value, float) for value in history.loss + history.accuracy)


def test_loss_is_the_mean_over_images_even_when_the_last_batch_is_short():
    x, y = corners(7)
    network = small()
    scores = network.scores(x)
    want = network.engine.softmax_cross_entropy(scores, y)
    history = training.fit(network, x, y, epochs=1, batch_size=3, learning_rate=1e-12)
    assert history.loss[0] == pytest.approx(want, rel=1e-5)
    assert history.accuracy[0] == np.mean(scores.argmax(1) == y)


def test_every_image_is_visited_once_an_epoch(monkeypatch):
    x, y = corners(23)
    x[:, 0, 0, 0] = np.arange(23)
    seen, step = [], training.step

    def watched(network, x, *rest):
        seen.append(x[:, 0, 0, 0].tolist())
        return step(network, x, *rest)

    monkeypatch.setattr(training, "step", watched)
    training.fit(small(), x, y, epochs=2, batch_size=5, learning_rate=1e-6)
    assert [len(batch) for batch in seen] == [5, 5, 5, 5, 3] * 2
    first, second = sum(seen[:5], []), sum(seen[5:], [])
    assert sorted(first) == sorted(second) == list(range(23))
    assert first != second and first != sorted(first)


# ----------------------------------------------------------------------------------------- repeatable


def test_same_seed_same_run():
    def run(seed):
        network = small()
        history = training.fit(network, *corners(), epochs=3, seed=seed)
        return history, network.parameters

    (first, p), (again, q), (other, _) = run(0), run(0), run(1)
    assert first == again and first != other
    for a, b in zip(p, q, strict=True):
        np.testing.assert_array_equal(a, b)


def test_training_leaves_its_images_and_the_global_generator_alone():
    x, y = corners()
    before, state = x.copy(), np.random.get_state()[1].copy()
    training.fit(small(), x, y, epochs=1)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_small_products_stay_on_one_thread(monkeypatch):
    """So that many threads do not wait for each other, and the number of cores does not decide the result."""
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def blas_threads():
        return {pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"}

    during, step = [], training.step

    def watched(*arguments):
        during.append(blas_threads())
        return step(*arguments)

    monkeypatch.setattr(training, "step", watched)
    with threadpoolctl.threadpool_limits(2):
        training.fit(small(), *corners(), epochs=1)
        assert blas_threads() == {2}
        training.fit(small(), *corners(), epochs=1, threads=None)
    assert during[0] == {1} and during[-1] == {2}


# ------------------------------------------------------------------------------------------- counting


class Fixed:
    """A network whose scores are what it was given."""

    def __init__(self, scores):
        self._scores = np.array(scores, float)

    def scores(self, x):
        return self._scores


def test_counting():
    network = Fixed([[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
    x, y = np.zeros((5, 1, 1, 1)), np.array([0, 1, 2, 2, 2])
    assert training.predict(network, x).tolist() == [0, 1, 1, 2, 0]
    assert training.accuracy(network, x, y) == 0.6
    assert training.confusion(network, x, y).tolist() == [[1, 0, 0], [0, 1, 0], [1, 1, 1]]
    assert training.confusion(network, x, y, classes=4).sum() == 5
    with pytest.raises(ValueError, match="classes=2 is too few for the label 2"):
        training.confusion(network, x, y, classes=2)


# ------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    "change, says",
    [
        ({"epochs": 0}, "epochs should be at least 1, but it is 0"),
        ({"epochs": 2.5}, "epochs should be a whole number, but it is 2.5"),
        ({"batch_size": -1}, "batch_size should be at least 1"),
        ({"threads": 0}, "threads should be at least 1, but it is 0"),
        ({"learning_rate": 0}, "learning_rate should be a positive number, but it is 0"),
        ({"learning_rate": float("nan")}, "learning_rate should be a positive number"),
        ({"learning_rate": "fast"}, "learning_rate should be a positive number, but it is 'fast'"),
        ({"momentum": 1}, "momentum should be at least 0 and less than 1, but it is 1"),
        ({"y": np.zeros(5, int)}, r"\(60, 1, 4, 4\).*\(5,\)"),
        ({"y": np.zeros((60, 1), int)}, r"y has shape \(60, 1\)"),
        ({"y": np.zeros(60)}, "whole numbers, but y has dtype float64"),
        ({"y": np.full(60, -1)}, "count from 0, but y has the label -1"),
        ({"y": np.full(60, 4)}, "knows the classes 0 to 3, but y has the label 4"),
        ({"x": np.zeros((0, 1, 4, 4)), "y": np.zeros(0, int)}, "nothing to learn from"),
        ({"x": np.zeros((60, 2, 4, 4), np.float32)}, "2 channels"),
        ({"validation": (np.zeros((2, 1, 4, 4)), np.zeros(3, int))}, r"\(2, 1, 4, 4\).*\(3,\)"),
    ],
)
def test_nonsense_is_refused_before_anything_moves(change, says):
    x, y = corners()
    network = small()
    before = [p.copy() for p in network.parameters]
    with pytest.raises(ValueError, match=says):
        training.fit(network, **{"x": x, "y": y, **change})
    for p, q in zip(network.parameters, before, strict=True):
        np.testing.assert_array_equal(p, q)


@pytest.mark.filterwarnings("error")
def test_a_run_that_blows_up_says_so():
    network = Network([Linear(16, 16), Linear(16, 4)])
    with pytest.raises(FloatingPointError, match="in epoch 1: the steps are too long, try a learning rate below 1e"):
        training.fit(network, *corners(), learning_rate=1e25)


# -------------------------------------------------------------------------------------------- the bar

RUN = (
    "import numpy as np; from cnnkit import training; from cnnkit.networks import Linear, Network;"
    "training.fit(Network([Linear(4, 2)]), np.ones((40, 4)), np.zeros(40, int), epochs=30, batch_size=1);"
    "print('done')"
)


def environment(**changes):
    kept = {k: v for k, v in os.environ.items() if k not in ("CI", "TQDM_DISABLE", "CNNKIT_PROGRESS")}
    return {**kept, "TERM": "xterm", "COLUMNS": "80", "OMP_NUM_THREADS": "1", **changes}


def on_a_terminal(**changes) -> str:
    """What RUN shows when its output is a terminal."""
    main, sub = pty.openpty()
    termios.tcsetwinsize(sub, (24, 80))
    process = subprocess.Popen([sys.executable, "-c", RUN], stdout=sub, stderr=sub, env=environment(**changes))
    os.close(sub)
    shown = b""
    try:
        while piece := os.read(main, 4096):
            shown += piece
    except OSError:  # how a terminal says that nobody is at the other end any more
        pass
    os.close(main)
    assert process.wait() == 0
    return shown.decode()


def test_a_terminal_gets_a_bar_that_leaves_nothing_behind():
    pytest.importorskip("tqdm")
    shown = on_a_terminal()
    assert "training" in shown and "images" in shown
    assert re.sub(r"[^\r\n]*\r(?!\n)", "", shown).strip() == "done"  # each \r lets the next text overwrite


@pytest.mark.parametrize("name, value", [("TQDM_DISABLE", "1"), ("CI", "true"), ("CNNKIT_PROGRESS", "0")])
def test_the_environment_silences_the_bar(name, value):
    assert on_a_terminal(**{name: value}).strip() == "done"


def test_no_bar_into_a_file():
    process = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, env=environment())
    assert (process.stdout, process.stderr) == ("done\n", "")


def test_no_bar_without_tqdm(monkeypatch):
    monkeypatch.setattr(progress, "_in_live_notebook", lambda: False)
    monkeypatch.setattr(sys, "stderr", type("Terminal", (), {"isatty": lambda self: True})())
    for name in ("CI", "TQDM_DISABLE", "CNNKIT_PROGRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert isinstance(progress.bar(3, "x"), progress.Silent)
    monkeypatch.delitem(sys.modules, "tqdm")
    assert progress._kind() is not None


@pytest.mark.parametrize("keyboard, outputs", [(False, 1), (True, 2)])
def test_a_notebook_run_by_a_program_stores_no_bar(monkeypatch, keyboard, outputs):
    """nbclient tells the kernel that nobody can type; where somebody can, as in an editor, the bar's widget appears."""
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipywidgets")
    for name in ("CI", "TQDM_DISABLE", "CNNKIT_PROGRESS"):
        monkeypatch.delenv(name, raising=False)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(RUN)])
    client = nbclient.NotebookClient(notebook, timeout=60)
    with client.setup_kernel():
        client.kc.allow_stdin = keyboard
        client.execute_cell(notebook.cells[0], 0)
    found = notebook.cells[0].outputs
    assert len(found) == outputs
    assert found[-1].name == "stdout" and found[-1].text == "done\n"
    assert not any(o.output_type == "stream" and o.name == "stderr" for o in found)


def test_core_needs_no_tqdm():
    code = "import sys; from cnnkit import training; print('tqdm' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
