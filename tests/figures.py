"""What the tests of the figures share: drawing without a window, figures closed after each test, and what is drawn."""

import matplotlib
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def words(ax, colour=None):
    """The texts in an axes, in the order of drawing; those of one colour if it is given."""
    return [text.get_text() for text in ax.texts if colour in (None, text.get_color()) and text.get_text()]


def texts(fig):
    """All texts in the axes of a figure."""
    return {text for ax in fig.axes for text in words(ax)}


def titles(fig):
    return [ax.get_title() for ax in fig.axes]


def rectangles(ax):
    return [patch for patch in ax.patches if isinstance(patch, plt.Rectangle)]


def boxes(ax):
    """The rectangles of an axes as (x, y, width, height)."""
    return [(*box.get_xy(), box.get_width(), box.get_height()) for box in rectangles(ax)]


def filled(ax):
    """The corners, at the smallest x and y, of the coloured rectangles."""
    return {box.get_xy() for box in rectangles(ax) if box.get_fill()}


def shown(ax):
    """The numbers of the only image in an axes."""
    (image,) = ax.images
    return image.get_array()


def heights(ax):
    """The bars' heights."""
    return [bar.get_height() for bar in ax.patches]


def widths(ax):
    """The bars' widths."""
    return [bar.get_width() for bar in ax.patches]


def curves(ax):
    """Each line's numbers along y."""
    return [list(line.get_ydata()) for line in ax.lines]
