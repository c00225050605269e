"""The figures of the chapter on speed and of the page on trust show the data they are given."""

import numpy as np
import pytest
from figures import boxes, close_figures, filled, heights, texts, titles, widths, words  # noqa: F401

from cnnkit.plots import fast, trust


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_the_ladder_has_a_bar_a_rung_from_top_to_bottom_with_its_time():
    (ax,) = fast.ladder({"loops": {"seconds": 2.0}, "numpy": {"seconds": 0.03}, "torch": {"seconds": 4e-6}}).axes
    assert widths(ax) == [2.0, 0.03, 4e-6] and words(ax) == ["2 s", "30 ms", "4 µs"]
    assert ax.get_xscale() == "log" and labels(ax.yaxis) == ["loops", "numpy", "torch"] and ax.yaxis_inverted()
    low, high = ax.get_xlim()
    ticks = ax.get_xticks()
    assert low < 4e-6 and high > 2 and labels(ax.xaxis) == [fast.duration(tick) for tick in ticks]
    assert np.allclose(ticks[1:] / ticks[:-1], 10)


def test_a_duration_has_three_digits_and_the_unit_that_suits_it():
    assert [fast.duration(s) for s in (0.9995, 0.99, 2e-7)] == ["1 s", "990 ms", "0.2 µs"]


def test_the_roof_rises_with_the_intensity_up_to_the_ridge():
    points, roof = {"a": (1.0, 2e9), "b": (64.0, 3e10)}, {"flops": 1e11, "memory": 1e10, "cache": 1e11}
    (ax,) = fast.roofline(points, roof).axes
    memory, cache, ridge, *dots = ax.lines
    x, y = memory.get_data()
    assert np.allclose(y, np.minimum(1e11, 1e10 * x)) and (cache.get_ydata() >= y).all()
    assert ridge.get_xdata()[0] == 10 and x.min() < 1 and x.max() > 64
    assert [tuple(dot.get_xydata()[0]) for dot in dots] == list(points.values())
    assert [dot.get_label() for dot in dots] == ["1 a", "2 b"] and {"1", "2"} <= texts(ax.figure)


def test_columns_stand_for_windows_in_the_order_of_the_output():
    image = np.arange(12).reshape(3, 4)
    left, right = fast.columns(image, 2).axes
    assert words(left) == [str(n) for n in range(12)]
    table = np.array(words(right), int).reshape(4, 6)
    assert table.T.tolist()[:2] == [[0, 1, 4, 5], [1, 2, 5, 6]] and table[:, 5].tolist() == [6, 7, 10, 11]
    assert [ax.get_title() for ax in (left, right)] == ["image 3×4", "im2col 4×6: a window a column"]
    marked = [np.round(boxes(ax)[-2:]).astype(int).tolist() for ax in (left, right)]
    assert marked == [[[0, 0, 2, 2], [1, 0, 2, 2]], [[0, 0, 1, 4], [1, 0, 1, 4]]]


def test_lowering_lays_each_row_out_once_a_column_of_the_filter():
    left, right = fast.lowering(np.arange(12).reshape(3, 4), 2).axes
    rows = np.array(words(right)[: 6 * 3], int).reshape(6, 3)
    assert rows[:2].tolist() == [[0, 1, 2], [1, 2, 3]] and rows[4:].tolist() == [[8, 9, 10], [9, 10, 11]]
    assert right.get_title() == "every row laid out 2 times: 6×3"
    assert {(0, 0), (0, 1), (0, 2)} == filled(left) and {(0, 0), (0, 2), (0, 4)} == filled(right)
    spans = [(min(line.get_ydata()), max(line.get_ydata())) for line in right.lines]
    assert spans == [pytest.approx((0.1, 3.9)), pytest.approx((2.1, 5.9))]  # an output row reads two rows, laid out
    assert words(right)[18:] == ["windows of output row 0", "windows of output row 1"]


def test_other_ways_are_bars_beside_the_lowered_rows():
    seconds = {"fft": 3.0, "winograd": 0.5, "lowered rows": 1.0}
    ways = {name: {"seconds": value} for name, value in seconds.items()}
    (ax,) = fast.others({"5x5": {"ways": {n: ways[n] for n in ("fft", "lowered rows")}}, "3x3": {"ways": ways}}).axes
    assert heights(ax) == [3, 3, 0.5] and words(ax) == ["3", "3", "0.5"]
    assert [round(x + w / 2, 6) for x, _, w, _ in boxes(ax)] == [-0.2, 0.8, 1.2]
    assert ax.get_yscale() == "log" and labels(ax.xaxis) == ["5x5", "3x3"]


def test_the_boundary_has_everything_on_its_side():
    (ax,) = trust.boundary().axes
    (left, _, wide, _), (right, *_) = boxes(ax)
    sides = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert all(left < sides[thing] < left + wide for thing in (*trust.SANDBOX, "sandbox"))
    assert all(right < sides[thing] < right + wide for thing in (*trust.JUDGE, "judge"))
    assert left + wide < sides["name, arguments"] == sides["plain value, or error"] < right


def test_the_costs_are_two_bars_an_assignment():
    fig = trust.costs({"conv": {"stock": 1.0, "ours": 2.0}, "pool": {"stock": 3.0, "ours": 4.0}})
    assert heights(fig.axes[0]) == [1, 3, 2, 4] and labels(fig.axes[0].xaxis) == ["conv", "pool"]
    assert [round(x + w / 2, 6) for x, _, w, _ in boxes(fig.axes[0])] == [-0.2, 0.8, 0.2, 1.2]
    assert titles(fig) == [""] and [t.get_text() for t in fig.axes[0].get_legend().get_texts()] == ["stock", "ours"]
