"""The figures of the history chapter draw what they are given: bars as long as the numbers, marks at the data."""

import numpy as np
from figures import close_figures, heights, texts, titles, widths  # noqa: F401

from cnnkit.plots import history as draw


def test_the_timeline_marks_each_event_at_its_year():
    kinds = list(draw.KINDS)
    fig = draw.timeline([(1960, "first", kinds[0], 1.0), (2012, "last", kinds[2], -1.0)])
    marked = {line.get_xdata()[0] for line in fig.axes[0].lines if len(line.get_xdata()) == 1}
    assert marked == {1960, 2012}
    assert texts(fig) == {"1960\nfirst", "2012\nlast"}


def test_the_network_picture_draws_maps_to_scale_and_names_each_volume():
    fig = draw.network_picture([("in", (1, 32, 32)), ("C1", (6, 28, 28)), ("out", (10, 1, 1))], ["convolution", "full"])
    sides = [round(patch.get_width() * 32) for patch in fig.axes[0].patches]
    assert sides[:7] == [32] + [28] * 6
    assert {"in\n1@32x32", "C1\n6@28x28", "out\n10", "convolution", "full"} <= texts(fig)


def test_adaline_draws_the_line_where_the_sum_is_zero():
    rng = np.random.default_rng(0)
    features, targets = rng.standard_normal((20, 2)), np.repeat([-1.0, 1.0], 10)
    w = np.array([0.3, -1.2, 0.8])
    fig = draw.adaline(features, targets, w, {"fixed": [2.0, 1.0], "shrinking": [2.0, 0.5]}, 0.4)
    x, y = fig.axes[0].lines[-1].get_data()
    assert np.allclose(w[0] + w[1] * x + w[2] * y, 0)
    assert sum(len(line.get_xdata()) for line in fig.axes[0].lines[:2]) == 20


def test_the_meter_tells_a_hit_from_a_miss_without_colour():
    fig = draw.meter(np.ones((2, 4, 4)), [59.6, -20.0], [60.0, 60.0], ["hit", "miss"])
    markers = [[line.get_marker() for line in ax.lines] for ax in fig.axes[2:]]
    assert "o" in markers[0] and "X" not in markers[0]
    assert "X" in markers[1] and "o" not in markers[1]
    assert {"+60", "-20"} <= texts(fig)


def test_mirror_symmetry_counts_only_the_starts_that_ended():
    fig = draw.mirror_symmetry(np.array([500.0, 2000.0, np.inf]), np.array([[1, 2, 4, -4, -2, -1]] * 2))
    assert fig.axes[0].lines[0].get_ydata().max() == 2
    assert heights(fig.axes[1]) == [1, 2, 4, -4, -2, -1] * 2


def test_bars_are_as_long_as_the_numbers():
    fig = draw.sharing({"all": 4_821_600, "own": 122_304, "shared": 156})
    assert sorted(widths(fig.axes[0])) == [156, 122_304, 4_821_600]
    assert texts(fig) == {"156", "122,304", "4,821,600"}
    fig = draw.costs(["conv", "fc"], [1, 3], [9, 1])
    assert heights(fig.axes[0]) == [25, 75, 90, 10]


def test_the_codes_and_the_shuffled_digits_show_every_panel():
    fig = draw.pca(np.zeros((10, 2)), np.arange(10), np.array([0.2, 0.3, 1.0]))
    assert list(fig.axes[1].lines[0].get_ydata()) == [20, 30, 100]
    fig = draw.shuffled_digits(np.zeros((3, 8, 8)), np.ones((3, 8, 8)), [4, 5, 6])
    assert titles(fig)[:3] == ["4", "5", "6"]
