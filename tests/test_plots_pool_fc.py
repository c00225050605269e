"""The figures of the opening page, pooling and full connection show the data they are given."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

matplotlib.use("Agg")

from cnnkit.plots import fc, index, pool  # noqa: E402

GRID = np.array([[3, 1, 0, 2], [2, 6, 4, 2], [1, 0, 5, 7], [8, 3, 1, 3]])


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def words(ax):
    return [text.get_text() for text in ax.texts]


def filled(ax):
    """The lower left corners of the coloured rectangles."""
    return {patch.get_xy() for patch in ax.patches if isinstance(patch, plt.Rectangle) and patch.get_fill()}


def test_windows_shows_every_number_and_colours_every_window():
    fig = pool.windows(GRID, {"max": np.array([[6, 4], [8, 7]])})
    left, right = fig.axes
    assert words(left) == [str(value) for value in GRID.ravel()] and words(right) == ["6", "4", "8", "7"]
    assert filled(left) == {(0, 0), (2, 0), (0, 2), (2, 2)}


def test_overlap_circles_the_maximum_of_each_window():
    x = np.zeros((5, 5))
    x[1, 2], x[3, 1], x[4, 3] = 9, 8, 7
    fig = pool.overlap(x, np.array([[9, 9], [8, 7]]))
    circles = [patch.center for ax in fig.axes for patch in ax.patches if isinstance(patch, plt.Circle)]
    assert circles == [(2.5, 1.5), (2.5, 1.5), (1.5, 3.5), (3.5, 4.5)]


def test_backward_fills_where_a_gradient_arrived():
    dx = np.zeros((4, 4))
    dx[1, 1] = dx[3, 0] = 10
    fig = pool.backward(GRID, np.full((2, 2), 10), {"winner": dx})
    assert filled(fig.axes[2]) == {(1, 1), (0, 3)}


def test_shrinking_draws_to_scale():
    (ax,) = pool.shrinking([32, 28, 24]).axes
    assert [patch.get_width() for patch in ax.patches] == [32, 28, 24]


def test_designs_and_shift_show_a_series_a_name():
    (bars,) = pool.designs({"a": [1e6, 2e6], "b": [3e6, 4e6]}).axes
    assert [patch.get_height() for patch in bars.patches] == [1, 2, 3, 4]
    (lines,) = pool.shift(range(3), {"a": [0, 1, 2], "b": [0, 3, 4]}).axes
    assert [list(line.get_ydata()) for line in lines.lines] == [[0, 1, 2], [0, 3, 4]]


def test_stretch_lines_the_numbers_up_in_the_order_of_reshape():
    x = np.arange(12).reshape(3, 2, 2)
    _, row = fc.stretch(x).axes
    assert words(row)[:24:2] == [str(value) for value in x.reshape(-1)]


def test_shares_add_up_to_a_hundred_and_name_the_fully_connected_part():
    (ax,) = fc.shares([("net", 1, 3), ("other", 99, 1)]).axes
    assert words(ax) == ["75.0 %", "1.0 %"]
    assert [bar.get_width() for bar in ax.patches] == [25, 75, 99, 1]


def test_reach_colours_what_is_seen():
    mask = np.zeros((8, 8), bool)
    mask[2:5, 1:4] = True
    ax, _ = fc.reach({"a": mask, "b": ~mask}).axes
    assert np.array_equal(ax.images[0].get_array(), mask)


def test_a_network_picture_tiles_the_maps_and_marks_the_winner():
    maps = np.arange(6 * 4.0).reshape(6, 2, 2)
    fig = index.network([("image", maps[:1]), ("maps", maps)], np.array([0.1, 0.7, 0.2]))
    tiled = np.asarray(fig.axes[1].images[0].get_array().filled(np.nan))
    assert np.array_equal(tiled[:2, :2], maps[0]) and np.array_equal(tiled[-2:, -2:], maps[5])
    colours = [bar.get_facecolor() for bar in fig.axes[2].patches]
    assert colours[0] == colours[2] != colours[1]


def test_ways_shows_a_dot_a_seed_and_shifted_a_line_a_way():
    found = {name: [i, i + 2.0] for i, name in enumerate(("a", "b", "c", "d", "e"))}
    (left, _) = pool.ways({"one": found, "two": found}, lambda values: (np.mean(values), 1.0)).axes
    dots = [line for line in left.lines if line.get_marker() == "o"]
    assert [list(line.get_ydata()) for line in dots] == list(found.values())
    rows = {name: [values, [v + 1 for v in values]] for name, values in found.items()}
    (ax,) = pool.shifted(range(2), rows, lambda values: (np.mean(values), 1.0)).axes
    assert [list(line.get_ydata()) for line in ax.lines] == [[i + 1, i + 2] for i in range(5)]


def test_per_layer_draws_both_columns_in_millions():
    parameters, work = fc.per_layer([("conv1", 1e6, 7e6), ("fc2", 5e6, 2e6)]).axes
    assert [bar.get_height() for bar in parameters.patches] == [1, 5]
    assert [bar.get_height() for bar in work.patches] == [7, 2]
    assert parameters.patches[0].get_facecolor() != parameters.patches[1].get_facecolor()


def test_page_frames_each_window_and_rings_its_place_among_the_scores():
    scores = np.zeros((3, 5, 5))
    scores[2, 1, 3] = 4
    canvas, other = fc.page(np.zeros((20, 20)), scores, {(4, 12): 2}, step=4, side=4).axes
    assert canvas.patches[0].get_xy() == (12, 4)
    assert other.patches[0].center == (3, 1) and np.array_equal(other.images[0].get_array(), scores[2])
