"""The figures of the chapter "ConvNets everywhere" draw what they are given."""

import numpy as np
from figures import close_figures, texts  # noqa: F401

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
    assert [ax.get_title() for ax in fig.axes] == [
        "one label", "boxes and labels", "a label for every pixel", "keypoints"]  # fmt: skip
    box = fig.axes[1].patches[0]
    assert (*box.get_xy(), box.get_width(), box.get_height()) == (2, 3, 5, 6)
    fig = draw.captions([photo] * 2, [["a", "b", "c"], ["d", "e", "f"]], ["none", "minor", "related"])
    assert {"a", "b", "c", "d", "e", "f", "none", "minor", "related"} <= texts(fig)
    fig = draw.gram(photo, photo, np.array([[1.0, 0.5, 0.25]] * 3))
    assert sorted(texts(fig)) == ["0.25", "0.50", "1.00"]
