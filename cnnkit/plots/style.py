"""What every figure of the book shares: colours, sizes, and the drawing of a grid of numbers."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_hex, to_rgb


def contrast(colour, ground="white"):
    """The contrast of two colours as WCAG 2 defines it, from 1 (none) to 21 (black on white).

    >>> round(contrast("black")), round(contrast("#E69F00"), 2)
    (21, 2.25)
    """
    dark, light = sorted(float(luminance(to_rgb(c))) for c in (colour, ground))
    return (light + 0.05) / (dark + 0.05)


def luminance(rgb):
    """The relative luminance of WCAG 2, from 0 to 1: rgb (..., 3) from 0 to 1 -> (...)."""
    rgb = np.asarray(rgb, float)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def ink(colour, ratio=5):
    """A colour for words: `colour`, darkened just as far as needed. WCAG 2 asks for a contrast of 4.5.

    A contrast of 5 on white leaves 4.5 where a dark page dims the figure (book/_static/custom.css).

    >>> ink("#0072B2"), round(contrast(ink("#D55E00")), 1)
    ('#0072b2', 5.0)
    """
    rgb = np.array(to_rgb(colour))
    shades = (to_hex(rgb * part) for part in np.linspace(1, 0, 256))
    return next(shade for shade in shades if contrast(shade) >= ratio)


def mark(colour):
    """A colour for lines, dots and bars on white, for which WCAG 2 asks 3; in the same way."""
    return ink(colour, ratio=3.2)


# Okabe and Ito's palette (2008): eight colours that colour-blind readers tell apart. As they stand they are for areas
# with an outline or numbers in them; what stands alone on white is drawn with ink() and mark(), which WCAG 2 asks for.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PINK = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
# For signed numbers: orange above zero, purple below, white at zero; the two ends stay apart for colour-blind readers.
DIVERGING = "PuOr_r"
# For lines, dots and bars, in this order.
COLOURS = tuple(map(mark, (BLUE, ORANGE, GREEN, RED, SKY, PINK, BLACK)))
# Areas behind numbers, sky, orange, green and pink: as pale as leaves every pair 11 apart (CIEDE2000), colour-blind
# eyes included.
TINTS = ("#91CEF1", "#F2CF80", "#40B696", "#F2DEE9")
# For ten classes, found by a search: marks with a contrast of 3 on a light page and on a dark one, every pair 15 apart.
TEN = (
    "#223399", "#EE1177", "#779900", "#7711FF", "#007766", "#666600", "#7484F5", "#333311", "#998899", "#552244",
)  # fmt: skip

RC = {
    "figure.dpi": 100,
    "savefig.facecolor": "white",
    "figure.facecolor": "white",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": plt.cycler(color=COLOURS),
    "image.cmap": "gray",
}


def figure(width: float = 7.0, height: float = 3.0, rows: int = 1, columns: int = 1, **kwargs):
    """A figure in the book's style, width x height in inches -> (figure, axes)."""
    with plt.rc_context(RC):
        made = plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **kwargs)
        interactive = plt.isinteractive()
    # A notebook's backend becomes interactive when its first figure loads it; leaving rc_context would undo that,
    # and no later figure would be shown.
    matplotlib.interactive(interactive)
    return made


def number_grid(ax, values, title="", highlight=(), colour=ORANGE, fmt="{:g}"):
    """Draw a 2-D array as a grid of cells with their numbers; `highlight` is a list of (row, column) to fill."""
    values = np.asarray(values)
    height, width = values.shape
    for row, column in highlight:
        ax.add_patch(plt.Rectangle((column, row), 1, 1, color=colour, alpha=0.45, lw=0))
    for (row, column), value in np.ndenumerate(values):
        ax.add_patch(plt.Rectangle((column, row), 1, 1, fill=False, ec="0.35", lw=0.8))
        ax.text(column + 0.5, row + 0.5, fmt.format(value), ha="center", va="center", fontsize=10)
    ax.set(xlim=(-0.05, width + 0.05), ylim=(height + 0.05, -0.05), aspect="equal", title=title)
    ax.axis("off")
