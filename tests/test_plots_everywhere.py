"""The figures of the chapter "ConvNets everywhere" draw what they are given."""

import numpy as np
import pytest
from figures import boxes, close_figures, curves, rectangles, shown, texts, titles, words  # noqa: F401
from matplotlib.colors import to_rgba_array

from cnnkit.demos import play, scenes
from cnnkit.plots import everywhere as draw


def test_neighbours_frame_right_and_wrong_finds_in_different_line_styles():
    images = np.zeros((1, 2, 28, 28))
    fig = draw.neighbours(
        np.zeros((1, 28, 28)), {"a": images, "b": images}, ["a", "b"],
        {"a": np.array([[True, False]]), "b": np.array([[True, True]])},
    )  # fmt: skip
    styles = [ax.spines["left"].get_linestyle() for ax in fig.axes]
    assert styles == ["-", "-", "--", "-", "-"]


def test_the_photograph_figures_show_every_panel():
    photo = np.full((3, 20, 30), 0.5)
    fig = draw.answers(photo, {"cup": (2, 3, 5, 6)}, np.zeros((20, 30), dtype=int), photo, {"head": (4, 5)})
    assert titles(fig) == ["one label", "boxes and labels", "a label for every pixel", "keypoints"]
    assert boxes(fig.axes[1]) == [(2, 3, 5, 6)]
    fig = draw.captions([photo] * 2, [["a", "b", "c"], ["d", "e", "f"]], ["none", "minor", "related"])
    assert {"a", "b", "c", "d", "e", "f", "none", "minor", "related"} <= texts(fig)
    fig = draw.gram(photo, photo, np.array([[1.0, 0.5, 0.25]] * 3))
    assert sorted(texts(fig)) == ["0.25", "0.50", "1.00"]


def test_regions_are_painted_one_colour_a_class_and_keypoints_stand_where_they_are_given():
    regions = np.array([[0, 0, 1], [2, 1, 1]])
    fig = draw.answers(np.ones((3, 2, 3)), {}, regions, np.ones((3, 9, 9)), {"head": (4, 5), "chin": (6, 7)})
    painted = fig.axes[2].images[1].get_array()
    assert [len(np.unique(painted[regions == value], axis=0)) for value in range(3)] == [1, 1, 1]
    assert len(np.unique(painted.reshape(-1, 4), axis=0)) == 3
    assert [(*line.get_xdata(), *line.get_ydata()) for line in fig.axes[3].lines] == [(4, 5), (6, 7)]
    assert words(fig.axes[3]) == ["head", "chin"]


def test_a_detection_is_a_box_and_its_class_and_a_wrong_one_is_dashed():
    pictures, found = [np.zeros((30, 40)), np.ones((30, 40))], [np.array([[4, 6, 20, 18], [10, 2, 8, 9]]), []]
    full, empty = draw.detections(pictures, found, [[3, 5], []], [[True, False], []]).axes
    assert boxes(full) == [(3.5, 5.5, 20, 18), (9.5, 1.5, 8, 9)]  # a pixel's middle is a whole number
    assert [box.get_linestyle() for box in rectangles(full)] == ["-", "--"]
    assert [(text.get_text(), *text.get_position()) for text in full.texts] == [("3", 4, 4), ("5", 10, 0)]
    assert boxes(empty) == words(empty) == [] and np.array_equal(shown(empty), pictures[1])


def test_masks_stand_under_their_canvases_and_each_class_has_the_colour_of_its_mark():
    pictures, guesses, truths = np.random.default_rng(0).integers(0, 3, (3, 2, 5, 5))
    fig = draw.masks(pictures, guesses, truths, ["a", "b"])
    assert all(np.array_equal(shown(ax), z) for ax, z in zip(fig.axes, [*pictures, *guesses, *truths], strict=True))
    assert [ax.get_ylabel() for ax in fig.axes[::2]] == ["canvas", "network", "truth"]
    paint = [ax.images[0].to_rgba(np.arange(3)) for ax in fig.axes[2:]]
    assert len(np.unique(paint[0], axis=0)) == 3 and np.ptp(paint, axis=0).max() == 0
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    assert np.allclose(to_rgba_array([mark.get_color() for mark in legend.get_lines()]), paint[0][1:])


def test_a_pose_joins_what_is_one_limb_and_tells_the_network_from_the_truth():
    guesses, truths = np.random.default_rng(0).random((2, 3, 10, 2))
    first, *_, last = draw.poses(np.zeros((3, 32, 32)), guesses, truths).axes[:3]
    *limbs, guess, truth = first.lines
    joined = {frozenset(scenes.JOINTS[i] for i in joints_of(limb, guesses[0])) for limb in limbs}
    sides = [(f"{side} {end}", f"{side} {joint}") for side in ("left", "right") for end, joint in
             (("hand", "elbow"), ("foot", "knee"))]  # fmt: skip
    assert joined == set(map(frozenset, [*sides, ("head", "hip"), ("hip", "left knee"), ("hip", "right knee")]))
    assert np.array_equal(guess.get_xydata(), guesses[0]) and np.array_equal(truth.get_xydata(), truths[0])
    assert guess.get_marker() != truth.get_marker() and guess.get_label() == "network" and truth.get_label() == "truth"
    assert np.array_equal(last.lines[-1].get_xydata(), truths[2])


def joints_of(line, joints):
    """The indices of the joints at the ends of a line."""
    return [np.flatnonzero((joints == end).all(axis=1)).item() for end in line.get_xydata()]


def test_what_a_score_depends_on_lies_where_the_digit_is():
    images, gradients = np.random.default_rng(0).random((2, 2, 8, 8))
    gradients[1] *= -3
    drops = np.random.default_rng(1).random((2, 6, 6))  # of patches of 3x3: the middle of the first is pixel (1, 1)
    fig = draw.looking(images, gradients, drops, [4, 7])
    assert titles(fig)[:2] == ["score of 4", "score of 7"]
    for ax, values in zip(fig.axes, [*images, *gradients, *drops], strict=True):
        assert np.array_equal(shown(ax), values)
    limits = {ax.images[0].get_clim() for ax in fig.axes[2:4]}
    assert limits == {(gradients.min(), -gradients.min())}  # one scale for all, white at zero
    assert [list(ax.collections[0].levels) for ax in fig.axes[2:]] == [[0.5]] * 4
    assert fig.axes[4].images[0].get_extent() == [0.5, 6.5, 6.5, 0.5] and fig.axes[4].get_xlim() == (-0.5, 7.5)


def test_dreams_are_rows_with_their_names_under_the_titles_of_the_columns():
    rows = {"a": np.random.default_rng(0).random((3, 4, 4)), "b": np.zeros((3, 4, 4))}
    fig = draw.dreams(rows, [7, 8, 9])
    assert titles(fig) == ["7", "8", "9", "", "", ""]
    assert [fig.axes[i].get_ylabel() for i in (0, 3)] == ["a", "b"]
    for ax, image in zip(fig.axes, [*rows["a"], *rows["b"]], strict=True):
        assert np.allclose(shown(ax), image, atol=0.5 / 31)  # 32 levels of grey


def test_styled_pictures_stand_above_the_way_their_distance_fell():
    pictures = {"one": np.random.default_rng(0).random((3, 4, 5)), "two": np.zeros((3, 4, 5))}
    *tops, ax = draw.styled(pictures, {"fast": [9.0, 1.0], "slow": [9.0, 8.0, 7.0]}).axes
    assert [top.get_title() for top in tops] == ["one", "two"]
    assert all(np.array_equal(shown(top), z.transpose(1, 2, 0)) for top, z in zip(tops, pictures.values(), strict=True))
    assert curves(ax) == [[9, 1], [9, 8, 7]] and list(ax.lines[1].get_xdata()) == [1, 2, 3]
    assert ax.get_yscale() == "log" and [line.get_label() for line in ax.lines] == ["fast", "slow"]


@pytest.mark.parametrize("ends, lie", [(7, [7]), (4, [4, 7])], ids=["caught", "missed"])
def test_a_game_shows_the_way_of_the_ball_and_where_the_paddle_was_at_its_end(ends, lie):
    states = [play.State(row, 2 * row % 9, 2, min(row, ends)) for row in range(11)]
    landed = play.State(11, 7, 2, ends)
    screens = np.array([play.frame(state) for state in [*states, landed]])
    other = np.array([play.frame(state) for state in [*states[:3], landed]])
    ax, _ = draw.games([screens, other], [ends == 7, True]).axes
    ball, paddle, *last = ax.lines
    assert ball.get_xydata().tolist() == [[state.column, state.row] for state in states]
    assert paddle.get_xydata().tolist() == [[state.paddle, 11] for state in states]
    assert [line.get_xdata()[0] for line in last] == lie
    assert ax.get_title() == ("caught" if ends == 7 else "missed")
