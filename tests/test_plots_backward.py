"""The figures of the chapter on gradients draw what their data says."""

import numpy as np
import pytest
from figures import close_figures, curves, filled, rectangles, shown, titles, widths, words  # noqa: F401
from matplotlib.colors import to_rgba

from cnnkit.plots import backward


def test_the_chain_has_a_box_a_layer_and_as_many_gradients_as_arrays():
    (ax,) = backward.chain([("conv", "dw, db"), ("pool", ""), ("loss", "")]).axes
    assert len(rectangles(ax)) == 3
    said = words(ax)
    assert said.count("out") == said.count("dout") == 2 and said.count("dw, db") == 1
    assert said.count("x") == said.count("dx") == said.count("L") == said.count("1") == 1


def test_wires_join_what_is_linked_and_show_both_numbers():
    links = [[1, 0, -1], [0, 2, 0]]
    (ax,) = backward.wires([("a", links, [1, 2, -3], [4, 5], [6, 7, 0], [8, 9])]).axes
    wires = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert [tuple(map(float, line.get_ydata())) for line in wires] == [(2, 1.5), (0, 1.5), (1, 0.5)]
    assert [line.get_color() for line in wires] == [backward.WIRES[0], "0.7", backward.WIRES[1]]
    assert words(ax, backward.FORWARD) == ["1", "2", "−3", "4", "5"]
    assert words(ax, backward.BACK) == ["6", "7", "0", "8", "9"]


@pytest.mark.parametrize("n", [5, 7])  # all windows of an image of 5x5 read its middle, not those of one of 7x7
def test_a_pixel_meets_the_turned_filter(n):
    names = np.array(list("abcdefghi")).reshape(3, 3)
    fig = backward.through(n, 3, (n // 2, n // 2), names)
    assert len(fig.axes) == 9 + 1
    assert words(fig.axes[-1], backward.BACK) == list("ihgfedcba")
    assert [words(ax, backward.BACK) for ax in fig.axes[:-1]] == [[name] for name in "ihgfedcba"]


def test_a_pixel_in_the_corner_is_in_one_window():
    fig = backward.through(4, 3, (0, 0), np.array(list("abcdefghi")).reshape(3, 3))
    assert words(fig.axes[-1], backward.BACK) == ["a"]


def test_spread_numbers_are_filled_and_zeros_are_not():
    dout = np.array([[1.0, 2.0], [3.0, 4.0]])
    wide = np.zeros((3, 3))
    wide[::2, ::2] = dout
    fig = backward.spread(dout, wide, np.pad(wide, 1), 2)
    for ax, offset in zip(fig.axes[1:], (0, 1), strict=True):
        assert filled(ax) == {(column + offset, row + offset) for row in (0, 2) for column in (0, 2)}
    assert "5×5" in fig.axes[2].get_title()


def test_the_matrix_shows_its_numbers_and_leaves_the_zeros_out():
    tiny = np.array([[1.0, 0, -2, 0], [0, 1, 0, -2]])
    fig = backward.matrix(tiny, np.eye(6))
    assert words(fig.axes[0]) == ["1", "·", "−2", "·", "·", "1", "·", "−2"]
    assert np.array_equal(shown(fig.axes[1]), np.eye(6))
    assert titles(fig) == ["2 outputs × 4 pixels", "6 outputs × 6 pixels"]


def test_a_gradient_is_white_where_none_arrives():
    gradient = np.zeros((4, 4))
    gradient[1, 2] = -3
    ax = backward.reached(np.ones((4, 4)), gradient).axes[1]
    assert np.array_equal(shown(ax), gradient)
    none, some = ax.images[0].to_rgba([0.0, -3.0])[:, :3]
    assert min(none) > 0.95 > min(some)


def test_the_curves_and_bars_have_the_values_given():
    (ax,) = backward.v_shape([1e-1, 1e-2], {"a": [1, 2], "b": [3, 4]}).axes
    assert curves(ax) == [[1, 2], [3, 4]]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    (ax,) = backward.kept(["conv", "relu"], [784, 4704]).axes
    assert widths(ax) == [784, 4704]
    assert words(ax) == [" 784", " 4,704"]
    assert ax.patches[1].get_facecolor() == to_rgba(backward.SKY)
