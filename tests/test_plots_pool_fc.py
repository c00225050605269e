"""What all figures share, and those of the opening page, pooling and full connection, show what they are given."""

import matplotlib.pyplot as plt
import numpy as np
from figures import boxes, close_figures, curves, filled, heights, shown, texts, titles, widths, words  # noqa: F401

from cnnkit import networks
from cnnkit.plots import fc, index, pool, style

GRID = np.array([[3, 1, 0, 2], [2, 6, 4, 2], [1, 0, 5, 7], [8, 3, 1, 3]])


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
    assert widths(ax) == [32, 28, 24]


def test_designs_and_shift_show_a_series_a_name():
    (bars,) = pool.designs({"a": [1e6, 2e6], "b": [3e6, 4e6]}).axes
    assert heights(bars) == [1, 2, 3, 4]
    (lines,) = pool.shift(range(3), {"a": [0, 1, 2], "b": [0, 3, 4]}).axes
    assert curves(lines) == [[0, 1, 2], [0, 3, 4]]


def test_stretch_lines_the_numbers_up_in_the_order_of_reshape():
    x = np.arange(12).reshape(3, 2, 2)
    _, row = fc.stretch(x).axes
    assert words(row)[:24:2] == [str(value) for value in x.reshape(-1)]


def test_shares_add_up_to_a_hundred_and_name_the_fully_connected_part():
    (ax,) = fc.shares([("net", 1, 3), ("other", 99, 1)]).axes
    assert words(ax) == ["75.0 %", "1.0 %"]
    assert widths(ax) == [25, 75, 99, 1]


def test_reach_colours_what_is_seen():
    mask = np.zeros((8, 8), bool)
    mask[2:5, 1:4] = True
    ax, _ = fc.reach({"a": mask, "b": ~mask}).axes
    assert np.array_equal(shown(ax), mask)


def test_a_network_picture_tiles_the_maps_and_marks_the_winner():
    maps = np.arange(6 * 4.0).reshape(6, 2, 2)
    fig = index.network([("image", maps[:1]), ("maps", maps)], np.array([0.1, 0.7, 0.2]))
    tiled = np.asarray(shown(fig.axes[1]).filled(np.nan))
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
    assert curves(ax) == [[i + 1, i + 2] for i in range(5)]


def test_per_layer_draws_both_columns_in_millions():
    parameters, work = fc.per_layer([("conv1", 1e6, 7e6), ("fc2", 5e6, 2e6)]).axes
    assert heights(parameters) == [1, 5]
    assert heights(work) == [7, 2]
    assert parameters.patches[0].get_facecolor() != parameters.patches[1].get_facecolor()


def test_page_frames_each_window_and_rings_its_place_among_the_scores():
    scores = np.zeros((3, 5, 5))
    scores[2, 1, 3] = 4
    canvas, other = fc.page(np.zeros((20, 20)), scores, {(4, 12): 2}, step=4, side=4).axes
    assert canvas.patches[0].get_xy() == (12, 4)
    assert other.patches[0].center == (3, 1) and np.array_equal(shown(other), scores[2])


def test_a_grid_writes_each_number_into_its_cell_and_fills_those_asked_for():
    fig, ax = style.figure(3, 2)
    style.number_grid(ax, [[1, 2.5, -3], [4, 5, 6]], "name", [(1, 2)])
    places = {text.get_text(): text.get_position() for text in ax.texts}
    assert places["2.5"] == (1.5, 0.5) and places["4"] == (0.5, 1.5) and len(places) == 6
    assert filled(ax) == {(2, 1)} and boxes(ax).count((2, 1, 1, 1)) == 2
    assert ax.get_title() == "name" and fig.get_size_inches().tolist() == [3, 2]


def test_a_figure_does_not_change_the_settings_of_other_figures():
    with plt.rc_context({"axes.spines.top": True, "font.size": 3}):
        before, interactive = dict(plt.rcParams), plt.isinteractive()
        _, axes = style.figure(4, 2, rows=2, columns=3)
        assert dict(plt.rcParams) == before and plt.isinteractive() == interactive
    assert axes.shape == (2, 3) and not axes[0, 0].spines["top"].get_visible()


def test_thumbnails_and_maps_show_their_pictures_on_one_scale():
    images = [np.full((4, 4), 0.5), np.full((2, 2), 1.0)]
    fig = pool.thumbnails(images, ["a", "b"])
    assert titles(fig) == ["4x4", "2x2"] and texts(fig) == {"a", "b"}
    assert [ax.images[0].get_clim() for ax in fig.axes] == [(0, 0.5)] * 2
    before = np.random.default_rng(0).random((2, 8, 6))
    after = before[:, ::2, ::2]
    fig = pool.maps(np.ones((3, 8, 6)), before, after, ["one", "two"])
    assert titles(fig)[:3] == ["photograph", "one", "two"] and "above: 8x6\n\nthe same\npooled: 4x3" in texts(fig)
    for k in range(2):
        high, low = fig.axes[1 + k], fig.axes[4 + k]
        assert np.array_equal(shown(high), before[k]) and np.array_equal(shown(low), after[k])
        assert high.images[0].get_clim() == low.images[0].get_clim()


def test_the_product_has_a_matrix_a_row_a_neuron_and_marks_row_and_score_alike():
    (ax,) = fc.product(10, 3072).axes
    assert {"$W$: 10 x 3072", "$x$: 3072 x 1", "$b$: 10", "10 scores", "+", "="} <= set(words(ax))
    (w, x, b, scores), (row, score) = boxes(ax)[:4], boxes(ax)[4:]
    assert w[3] == b[3] == scores[3] and w[2] > x[2] == b[2] == scores[2]
    assert row[:1] + row[2:3] == w[:1] + w[2:3] and score[:1] + score[2:3] == scores[:1] + scores[2:3]
    assert row[1] == score[1] and row[3] == score[3] == w[3] / 10


def test_templates_share_one_scale_that_is_white_at_zero():
    w = np.random.default_rng(0).normal(size=(10, 4, 4))
    w[3, 1, 2] = 9
    fig = fc.templates(w, list("0123456789"))
    assert titles(fig)[:10] == list("0123456789")
    assert all(np.array_equal(shown(ax), row) for ax, row in zip(fig.axes[:10], w, strict=True))
    assert {ax.images[0].get_clim() for ax in fig.axes[:10]} == {(-9, 9)}
    assert [label.get_text() for label in fig.axes[10].get_yticklabels()] == ["against", "0", "for"]


def test_an_image_stands_left_of_its_pixels_in_another_order():
    image, mixed = np.random.default_rng(0).random((2, 4, 4))
    fig = fc.shuffled(image, mixed)
    assert np.array_equal(shown(fig.axes[0]), image) and np.array_equal(shown(fig.axes[1]), mixed)
    assert titles(fig) == ["as written", "shuffled"]


def test_a_score_stands_under_the_middle_of_its_window():
    canvas, scores = np.zeros((28, 60)), np.random.default_rng(0).random((10, 33))
    top, bottom = fc.sliding(canvas, scores, {"three": 3, "five": 5}).axes
    assert boxes(top) == [(0.4, 0.4, 27.2, 27.2)]
    assert curves(bottom) == [list(scores[3]), list(scores[5])]
    assert list(bottom.lines[0].get_xdata()) == list(range(14, 47)) and bottom.get_xlim() == (0, 60)
    assert [line.get_label() for line in bottom.lines] == ["three", "five"]


def test_the_slope_of_the_rectifier_jumps_without_a_line_between():
    x = np.array([-2.0, -1, 1, 2])
    left, right = fc.rectifier(x, np.maximum(x, 0) / 4, (x > 0) * 1.0).axes
    assert curves(left)[-1] == [0, 0, 0.25, 0.5]
    (slope,) = [line.get_ydata() for line in right.lines if len(line.get_ydata()) == 4]
    assert np.array_equal(slope, [0, 0, np.nan, 1], equal_nan=True)


def test_the_steps_of_softmax_are_bars_with_their_numbers():
    scores = np.array([-1.0, 0, 2])
    powers = np.exp(scores)
    fig = fc.softmax_steps(scores, powers, powers / powers.sum(), ["a", "b", "c"])
    assert titles(fig) == ["scores", "exp(score)", "divided by their sum"]
    assert [heights(ax) for ax in fig.axes] == [list(scores), list(powers), list(powers / powers.sum())]
    assert words(fig.axes[0]) == ["-1.00", "0.00", "2.00"] and sum(heights(fig.axes[2])) == 1


def test_the_stages_of_lenet_are_what_its_layers_make():
    lenet, image = networks.lenet5(seed=0), np.random.default_rng(0).random((1, 1, 28, 28), np.float32)
    volumes, probabilities = index.stages(lenet, image)
    said = ["image\n28x28", "convolution\n6x28x28", "pooling\n6x14x14", "convolution\n16x10x10", "pooling\n16x5x5"]
    assert [title for title, _ in volumes] == said and np.array_equal(volumes[0][1], image[0])
    assert min(maps.min() for _, maps in volumes) >= 0  # behind the rectifier
    scores = lenet.forward(image)[0]
    assert np.allclose(np.log(probabilities / probabilities[0]), scores - scores[0], atol=1e-4)
    assert np.isclose(probabilities.sum(), 1)
