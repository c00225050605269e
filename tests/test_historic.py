"""The historic works: rules that do what the papers say, slopes that agree with nudging, experiments that solve."""

from types import SimpleNamespace

import numpy as np
import pytest
from figures import close_figures, titles, widths, words  # noqa: F401

from cnnkit.historic import autoencoder as ae
from cnnkit.historic import backprop1986 as pdp
from cnnkit.historic import madaline
from cnnkit.layers import fast
from cnnkit.plots import history as draw

# ------------------------------------------------------------------------------------------ madaline


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("wanted", [-1.0, 1.0])
def test_rule_one_turns_the_fewest_adalines_that_make_the_answer_right(k, wanted):
    rng, gate = np.random.default_rng(k), madaline.at_least(k)
    for sums in rng.standard_normal((50, 3)):
        blamed = madaline.to_blame(sums, wanted, k)
        turned = sums.copy()
        turned[blamed] *= -1
        assert gate(turned) == wanted
        if len(blamed):
            turned[blamed[-1]] *= -1  # one fewer is too few
            assert gate(turned) != wanted
            kept = np.setdiff1d(np.flatnonzero((sums > 0) != (wanted > 0)), blamed)
            assert (np.abs(sums[kept]) >= np.abs(sums[blamed]).max()).all()


def test_nobody_is_to_blame_for_a_right_answer():
    assert madaline.to_blame(np.array([0.5, 0.2, -0.1]), 1.0, k=1).tolist() == []


@pytest.mark.parametrize(("adalines", "k", "bits"), [(2, 1, 2), (3, 2, 3)])
def test_a_madaline_learns_parity_behind_or_and_behind_the_majority(adalines, k, bits):
    signs = 2.0 * ((np.arange(2**bits)[:, None] >> np.arange(bits)) & 1) - 1
    x, targets = np.c_[np.ones(len(signs)), signs], signs.prod(axis=1) * (-1) ** (bits + 1)
    gate = madaline.at_least(k)
    for seed in range(10):
        w, wrong = madaline.learn(x, targets, adalines, gate, seed)
        assert wrong[-1] == 0 and np.array_equal(gate(x @ w.T), targets)


@pytest.mark.parametrize("seed", range(5))
def test_an_adaline_to_blame_makes_all_of_its_error_good_with_mu_one_and_another_stays(seed):
    x = np.array([[1.0, -1, 1, 1]])
    start = np.random.default_rng(seed).uniform(-0.5, 0.5, (1, 4))
    for target in (-1.0, 1.0):
        w, _ = madaline.learn(x, np.array([target]), 1, madaline.at_least(1), seed, mu=1.0, epochs=1)
        right = (start @ x[0] > 0) == (target > 0)
        assert np.allclose(w @ x[0], start @ x[0] if right else target)


# -------------------------------------------------------------------------------------- back-propagation


def test_momentum_adds_a_share_of_the_last_step():
    w, _ = pdp.descend(lambda w: (w, np.ones_like(w)), np.zeros((1, 1)), lambda o: o[:, 0] < -9, 1.0, 0.5, 3)
    assert w.item() == -1 - 1.5 - 1.75


def nudged(slope, w, targets, size=1e-6):
    """dE/dw by central differences, for one network w (1, M)."""
    found = np.zeros_like(w)
    for m in range(w.shape[1]):
        for sign in (1, -1):
            moved = w.copy()
            moved[0, m] += sign * size
            found[0, m] += sign * 0.5 * ((slope(moved)[0] - targets) ** 2).sum() / (2 * size)
    return found


@pytest.mark.parametrize(("hidden", "direct", "count"), [(2, pdp.ONES, 9), (1, pdp.XOR_INPUTS, 7), (3, pdp.ONES, 13)])
def test_the_slopes_of_xor_agree_with_nudging(hidden, direct, count):
    slope = pdp.one_hidden_layer(pdp.XOR_INPUTS, direct, pdp.XOR_TARGETS, hidden)
    w = np.random.default_rng(hidden).normal(size=(1, count))
    assert np.allclose(slope(w)[1], nudged(slope, w, pdp.XOR_TARGETS), atol=1e-8)


def test_the_slopes_of_the_shared_field_agree_with_nudging():
    images, targets = pdp.shapes_of_t_and_c()
    slope = pdp.shared_field(pdp.windows(images), targets)
    w = np.random.default_rng(0).normal(size=(1, 12))
    w[0, 11] = -6  # near the middle of the output's curve
    assert np.allclose(slope(w)[1], nudged(slope, w, targets), atol=1e-7)


def test_networks_trained_side_by_side_are_those_trained_alone():
    together, sweeps = pdp.learn_xor(2, pdp.ONES, seeds=[3, 4], limit=300)
    alone, one = pdp.learn_xor(2, pdp.ONES, seeds=[4], limit=300)
    assert np.allclose(together[1], alone[0]) and sweeps[1] == one[0]


def test_xor_is_solved_with_direct_connections_and_never_by_one_hidden_unit_alone():
    weights, sweeps = pdp.learn_xor(1, pdp.XOR_INPUTS, seeds=range(10))
    slope = pdp.one_hidden_layer(pdp.XOR_INPUTS, pdp.XOR_INPUTS, pdp.XOR_TARGETS, 1)
    assert np.isfinite(sweeps).all() and (np.round(slope(weights)[0]) == pdp.XOR_TARGETS).all()
    assert np.isinf(pdp.learn_xor(1, pdp.ONES, seeds=range(5), limit=2_000)[1]).all()


def test_the_shared_field_is_our_convolution():
    images, targets = pdp.shapes_of_t_and_c()
    w = np.random.default_rng(1).normal(size=(1, 12))
    field = w[0, :9].reshape(1, 1, 3, 3)
    total = pdp.sigmoid(fast.conv2d(images[:, None], field, w[0, 9:10], padding=2)).sum(axis=(1, 2, 3))
    expected = pdp.sigmoid(w[0, 10] * total + w[0, 11])
    assert np.allclose(pdp.shared_field(pdp.windows(images), targets)(w)[0][0], expected)


def test_a_solved_t_c_is_within_a_tenth_of_every_target():
    weights, sweeps = pdp.learn_t_c(seeds=range(4), limit=20_000)
    images, targets = pdp.shapes_of_t_and_c()
    outputs, _ = pdp.shared_field(pdp.windows(images), targets)(weights[np.isfinite(sweeps)])
    assert len(outputs) >= 2 and 0.05 < np.abs(outputs - targets).max() < 0.1


def test_a_t_touches_one_window_more_than_a_c():
    images, targets = pdp.shapes_of_t_and_c()
    touched = (pdp.windows(images)[:, :, :9].sum(axis=2) > 0).sum(axis=1)
    assert np.array_equal(touched, np.where(targets == 1, 21, 20))


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ([[-6, -5, -6], [-5, -3, -5], [-6, -5, -6]], "compactness"),
        ([[3, 4, 1], [4, -9, 4], [1, 4, 3]], "centre and surround"),
        ([[-1, 5, -2], [-3, 4, -3], [-2, 5, -1]], "bar"),
        ([[5, -1, -2], [-3, 4, -3], [-2, -1, 5]], "bar"),
        ([[0.5, -0.2, 7.0], [-0.6, 0.1, 7.5], [0.2, 0, 7.2]], "bar"),  # weights near zero are no part of a pattern
        ([[3, 4, -5], [-9, 10, 4], [3, 4, -5]], "something else"),
    ],
)
def test_detectors_are_named_by_their_signs(field, kind):
    assert pdp.kind_of(np.array(field)) == kind == pdp.kind_of(-np.rot90(np.array(field)))


# ------------------------------------------------------------------------------------------ autoencoder


def patterns(n=64, d=16, seed=0):
    """n blends of two patterns of d pixels, float32."""
    rng = np.random.default_rng(seed)
    return (rng.random((n, 2)) @ rng.random((2, d)) / 2).astype(np.float32)


def test_pca_is_the_best_that_a_linear_code_can_do():
    x = patterns() + np.random.default_rng(1).normal(0, 0.05, (64, 16)).astype(np.float32)
    mean, directions = ae.principal_components(x, 2)
    assert np.allclose(directions @ directions.T, np.eye(2), atol=1e-5)
    left = ae.squared_error(x, mean + (x - mean) @ directions.T @ directions)
    spread = np.linalg.svd(x - mean, compute_uv=False)
    assert np.isclose(left, (spread[2:] ** 2).sum() / len(x), rtol=1e-4)


def test_the_way_back_of_an_autoencoder_agrees_with_nudging():
    network, x = ae.autoencoder(2, unit=ae.Sigmoid, sizes=(6, 5), seed=3), patterns(4, 6).astype(np.float64)
    for layer in network.layers:
        layer.parameters = [p.astype(np.float64) for p in layer.parameters]

    def entropy():
        out = network.forward(x)
        return -(x * np.log(out) + (1 - x) * np.log(1 - out)).sum()

    dz = network.forward(x) - x
    for layer in reversed(network.layers[:-1]):
        dz = layer.backward(dz, network.engine)
    for p, g in zip(network.parameters, network.gradients, strict=True):
        place = tuple(n // 2 for n in p.shape)
        before, up_and_down = p[place], []
        for size in (1e-5, -1e-5):
            p[place] = before + size
            up_and_down.append(entropy())
        p[place] = before
        assert np.isclose(g[place], (up_and_down[0] - up_and_down[1]) / 2e-5, atol=1e-6)


def test_the_code_is_where_the_encoder_ends():
    network, x = ae.autoencoder(3, sizes=(16, 8)), patterns(5)
    code = ae.encode(network, x)
    rest = code
    for layer in network.layers[[layer.name for layer in network.layers].index("code") + 1 :]:
        rest = layer.forward(rest, network.engine)
    assert code.shape == (5, 3) and np.allclose(rest, network.forward(x))


def test_pretraining_helps_and_the_decoder_starts_as_the_encoder_mirrored():
    x = patterns(200)
    network = ae.autoencoder(2, ae.Sigmoid, ae.small, sizes=(16, 12))
    before = ae.squared_error(x, network.forward(x))
    ae.pretrain(network, x, 20, batch=20)
    linear = [layer for layer in network.layers if layer.parameters]
    for coder, decoder in zip(linear[:2], linear[:1:-1], strict=True):
        assert np.array_equal(coder.parameters[0], decoder.parameters[0].T)
    assert ae.squared_error(x, network.forward(x)) < before


def test_the_hidden_units_are_binary_but_for_those_of_the_code(monkeypatch):
    asked, machine = [], ae.boltzmann_machine
    monkeypatch.setattr(ae, "boltzmann_machine", lambda *given: asked.append(given[1:4]) or machine(*given))
    ae.pretrain(ae.autoencoder(2, ae.Sigmoid, ae.small, sizes=(16, 12)), patterns(), 3)
    assert asked == [(12, 3, True), (2, 3, False)]


def test_a_boltzmann_machine_learns_how_often_each_pixel_is_on():
    rng = np.random.default_rng(0)
    often = np.array([0.9, 0.1, 0.5, 0.8], np.float32)
    v = (rng.random((2000, 4)) < often).astype(np.float32)
    W, visible, hidden = ae.boltzmann_machine(v, 3, 10, True, 100, rng)
    again = ae.logistic(ae.logistic(v @ W.T + hidden) @ W + visible)
    assert W.shape == (3, 4) and np.allclose(again.mean(axis=0), often, atol=0.1)


def test_the_decoder_of_a_layer_starts_from_the_visible_biases():
    network = ae.autoencoder(2, ae.Sigmoid, ae.small, sizes=(16,))
    ae.pretrain(network, np.full((100, 16), 0.9, np.float32), 5)
    assert (network.layers[-2].parameters[1] > 0).all()


def test_the_first_steps_of_adam_are_as_long_as_the_rate():
    network = SimpleNamespace(parameters=[np.zeros(2)], gradients=[np.array([1e-3, -50.0])])
    moments = [(np.zeros(2), np.zeros(2))]
    for step in (1, 2):
        ae.adam(network, moments, step, rate=0.1)
        assert np.allclose(network.parameters[0], [-0.1 * step, 0.1 * step], rtol=1e-4)


# ------------------------------------------------------------------------------------------ the figures


def test_the_share_of_solved_starts_ends_below_all_where_some_never_ended():
    ax = draw.solved_by({"a": np.array([10.0, 20, np.inf, np.inf])}, (15, "published")).axes[0]
    assert ax.lines[0].get_ydata().max() == 50 and ax.lines[1].get_xdata()[0] == 15


def test_an_adaline_is_drawn_where_its_sum_is_zero():
    points, targets = np.array([[-1.0, -1], [1, 1]]), np.array([-1, 1])
    ax = draw.madaline_plane(points, targets, np.array([[0.5, 1.0, 0.0]])).axes[0]
    line = ax.collections[-1].get_paths()[0].vertices
    assert np.allclose(line[:, 0], -0.5)


def test_the_figures_show_what_they_are_given():
    fields = draw.receptive_fields([np.arange(9.0).reshape(3, 3) - 4], ["bar"])
    assert words(fields.axes[0])[:2] == ["−4.0", "−3.0"]
    assert len(draw.letter_shapes(pdp.shapes_of_t_and_c()[0]).axes) == 8
    ax = draw.error_by_epoch({"a": [[4, 2], [2, 0]]}, "error", {"level": 3}, first=0).axes[0]
    assert ax.lines[2].get_ydata().tolist() == [3, 1] and ax.lines[2].get_xdata().tolist() == [0, 1]
    panels = draw.codes({"a": np.zeros((10, 2)), "b": np.ones((10, 2))}, np.arange(10))
    assert titles(panels) == ["a", "b"]
    rows = [("conv", 1, 3, 1), ("fc", 3, 1, 1)]
    assert widths(draw.three_costs({"a": rows, "b": rows}).axes[0]) == [25, 75, 75, 25, 50, 50]
