"""What every figure of the book shares: colours, sizes, and the drawing of a grid of numbers."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

# Okabe and Ito's palette (2008): eight colours that colour-blind readers tell apart.
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, RED, PINK = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
# For signed numbers: orange above zero, purple below, white at zero; the two ends stay apart for colour-blind readers.
DIVERGING = "PuOr_r"
COLOURS = (BLUE, ORANGE, GREEN, RED, SKY, PINK, YELLOW, BLACK)

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
