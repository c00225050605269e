"""The figures of the chapter in which LeNet-5 learns to read show the data they are given."""

import numpy as np
import pytest
from figures import boxes, close_figures, curves, rectangles, shown, titles, words  # noqa: F401

from cnnkit.plots import lenet as draw

DIGITS = np.random.default_rng(0).random((13, 8, 8))
NEAR = {"rtol": 0, "atol": 0.5 / 31}  # digits are drawn in 32 levels of grey


def drawn(fig):
    """The axes that show an image."""
    return [ax for ax in fig.axes if ax.images]


def test_samples_stand_in_rows_with_the_labels_of_the_first_above():
    fig = draw.samples(DIGITS, list(range(13)), columns=5)
    assert len(fig.axes) == 15 and len(drawn(fig)) == 13
    assert titles(fig) == ["0", "1", "2", "3", "4"] + [""] * 10
    assert all(np.allclose(shown(ax), digit, **NEAR) for ax, digit in zip(drawn(fig), DIGITS, strict=True))


def test_the_architecture_is_drawn_to_scale_and_says_its_sizes():
    (ax,) = draw.architecture([("image", (1, 28, 28)), ("conv", (6, 14, 14)), ("full", (120,)), ("out", (10,))]).axes
    assert words(ax) == ["1x28x28", "image", "6x14x14", "conv", "120", "full", "10", "out"]
    sheets = [box for box in boxes(ax) if box[2] == box[3]]
    assert [box[2] for box in sheets] == [28] * 2 + [14] * 7  # the last map of each is tinted once more
    tall = [box[3] for box in boxes(ax) if box[2] != box[3]]
    assert tall[0] == tall[1] > tall[2] == tall[3]
    lefts = [box[0] for box in boxes(ax)]
    assert lefts == sorted(lefts)


def test_a_connection_is_filled_where_a_filter_sees_a_map():
    (ax,) = draw.connections([(0, 1), (2,)], inputs=3).axes
    faces = {(int(x), int(y)): box.get_facecolor() for box, (x, y, *_) in zip(rectangles(ax), boxes(ax), strict=True)}
    seen = [faces[place] for place in ((0, 0), (0, 1), (1, 2))]
    assert len(faces) == 6 and len(set(seen)) == 1
    assert sum(face == seen[0] for face in faces.values()) == 3


def test_bitmaps_and_shuffled_digits_show_every_drawing():
    signs = np.sign(DIGITS[:3] - 0.5)
    assert all(np.array_equal(shown(ax), (z + 1) / 2) for ax, z in zip(draw.bitmaps(signs).axes, signs, strict=True))
    fig = draw.shuffled(DIGITS[:2], DIGITS[2:4])
    assert all(np.allclose(shown(ax), digit, **NEAR) for ax, digit in zip(fig.axes, DIGITS[:4], strict=True))
    assert [ax.get_ylabel() for ax in fig.axes[::2]] == ["in order", "shuffled"]


def test_the_curves_of_training_show_per_cent_and_the_change_of_step():
    left, right = draw.curves([2.0, 1.0, 0.5], [0.5, 0.6, 0.7], [0.4, 0.5, 0.6], np.log(10), switch=2).axes
    assert curves(left)[0] == [2, 1, 0.5] and list(left.lines[0].get_xdata()) == [1, 2, 3]
    assert curves(left)[1] == [np.log(10)] * 2
    assert curves(right)[:2] == [pytest.approx([50, 60, 70]), pytest.approx([40, 50, 60])]
    assert [line.get_label() for line in right.lines[:2]] == ["training", "held out"]
    assert left.lines[-1].get_xdata()[0] == right.lines[-1].get_xdata()[0] == 2.5


def test_a_confusion_says_each_count_in_its_cell_and_shades_the_mistakes_only():
    (ax,) = draw.confusion([[9, 2, 0], [0, 8, 1], [0, 0, 7]]).axes
    said = {text.get_position(): text.get_text() for text in ax.texts}
    assert said == {(0, 0): "9", (1, 0): "2", (1, 1): "8", (2, 1): "1", (2, 2): "7"}  # (prediction, truth)
    assert shown(ax).filled(-1).tolist() == [[-1, 2, -1], [-1, -1, 1], [-1, -1, -1]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("prediction", "truth")


@pytest.mark.parametrize("shown_of, rows", [(3, 4), (13, 2)])
def test_mistakes_say_what_was_there_and_what_was_read(shown_of, rows):
    fig = draw.mistakes(DIGITS[:shown_of], range(13), range(1, 14), columns=5, rows=rows)
    many = min(shown_of, 5 * rows)
    assert len(fig.axes) == -(-many // 5) * 5 and len(drawn(fig)) == many
    assert titles(fig)[:many] == [f"{k} → {k + 1}" for k in range(many)]
    assert all(np.allclose(shown(ax), digit, **NEAR) for ax, digit in zip(drawn(fig), DIGITS, strict=False))


def test_filters_stand_above_what_they_make_of_the_image():
    weights, maps = np.random.default_rng(1).normal(size=(2, 5, 5)), [4 * DIGITS[1], DIGITS[2] / 4]
    fig = draw.filters(weights, DIGITS[0], maps)
    _, *top, image, one, two = fig.axes
    assert titles(fig) == ["", "filter 0", "filter 1", "input", "", ""]
    assert all(np.array_equal(shown(ax), w) for ax, w in zip(top, weights, strict=True))
    assert {ax.images[0].get_clim() for ax in top} == {(-np.abs(weights).max(), np.abs(weights).max())}
    assert np.allclose(shown(image), DIGITS[0], **NEAR)
    assert all(np.allclose(shown(ax), m / m.max(), **NEAR) for ax, m in zip((one, two), maps, strict=True))


def test_shifts_are_lines_in_per_cent():
    (ax,) = draw.shifts([0, 1, 2], {"a": [0.9, 0.8, 0.7], "b": [1.0, 0.5, 0.1]}).axes
    assert curves(ax)[:2] == [pytest.approx([90, 80, 70]), pytest.approx([100, 50, 10])] and curves(ax)[2] == [10, 10]
    assert [line.get_label() for line in ax.lines[:2]] == ["a", "b"] and list(ax.lines[0].get_xdata()) == [0, 1, 2]
