"""Figures of the chapter on fully connected layers."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from .style import BLUE, DIVERGING, GREEN, ORANGE, RED, SKY, TINTS, figure, mark

# The three channels of a small drawn image: colours told apart by everyone, so not red, green and blue.
CHANNELS = (TINTS[1], TINTS[0], TINTS[3])


def reach(seen):
    """For each neuron in `seen` (title -> boolean `(H,W)`), the input pixels it depends on, wired to the neuron."""
    fig, axes = figure(8.0, 3.3, 1, len(seen))
    for ax, (title, mask) in zip(axes, seen.items(), strict=True):
        height, width = mask.shape
        ax.imshow(mask, cmap=ListedColormap(["#f4f4f4", SKY]), vmin=0, vmax=1, extent=(0, width, height, 0))
        ax.add_patch(plt.Rectangle((0, 0), width, height, fill=False, ec="0.3"))
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        neuron = (width * 1.3, height / 2)
        for row in (rows[0], rows[-1] + 1):
            ax.plot([columns[-1] + 1, neuron[0]], [row, neuron[1]], color=BLUE, lw=1)
            ax.plot([columns[0], neuron[0]], [row, neuron[1]], color=BLUE, lw=0.6, alpha=0.5)
        ax.add_patch(plt.Circle(neuron, width * 0.045, color=mark(ORANGE), zorder=3))
        ax.set(xlim=(-1, width * 1.4), ylim=(height + 1, -1), aspect="equal")
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    return fig


def stretch(x):
    """A small image `x (C,H,W)`, one grid a channel, over the row of C*H*W numbers it is stretched to."""
    channels, height, width = x.shape
    fig, axes = figure(7.6, 3.0, 2, 1, gridspec_kw={"height_ratios": [height + 0.6, 1.9]})
    top, flat = axes
    length, gap = x.size, (x.size - channels * width) / (channels + 1)
    for c in range(channels):
        left = gap + c * (width + gap)
        for (row, column), value in np.ndenumerate(x[c]):
            _cell(top, left + column, row, value, CHANNELS[c])
        top.text(left + width / 2, -0.25, f"channel {c}", ha="center", va="bottom")
    for i, value in enumerate(x.ravel()):
        _cell(flat, i, 0, value, CHANNELS[i // (height * width)])
        flat.text(i + 0.5, 1.2, f"{i}", ha="center", va="top", fontsize=9, color="0.35")
    flat.text(-0.2, 1.2, "index", ha="right", va="top", fontsize=9, color="0.35")
    top.set(xlim=(-1.2, length + 0.1), ylim=(height + 0.1, -0.8), aspect="equal")
    flat.set(xlim=(-1.2, length + 0.1), ylim=(1.8, -0.1), aspect="equal")
    for ax in axes:
        ax.axis("off")
    return fig


def _cell(ax, left, top, value, colour):
    ax.add_patch(plt.Rectangle((left, top), 1, 1, facecolor=colour, lw=0))
    ax.add_patch(plt.Rectangle((left, top), 1, 1, fill=False, ec="0.35", lw=0.8))
    ax.text(left + 0.5, top + 0.5, f"{value:g}", ha="center", va="center", fontsize=11)


def product(outputs, inputs):
    """The matrix picture of a fully connected layer: W (outputs x inputs) times x plus b gives the scores."""
    fig, ax = figure(7.6, 3.2)
    wide, tall, side = 16.0, 10.0, 1.1
    at = {"W": (0.0, wide, outputs * 0.42), "x": (wide + 1.2, side, tall)}
    at["b"] = (wide + 1.2 + side + 2.2, side, outputs * 0.42)
    at["s"] = (at["b"][0] + side + 2.2, side, outputs * 0.42)
    names = {"W": f"$W$: {outputs} x {inputs}", "x": f"$x$: {inputs} x 1"}
    names |= {"b": f"$b$: {outputs}", "s": f"{outputs} scores"}
    for (key, (left, width, height)), colour in zip(at.items(), (TINTS[0], TINTS[1], TINTS[3], TINTS[2]), strict=True):
        ax.add_patch(plt.Rectangle((left, -height / 2), width, height, facecolor=colour, ec="0.3"))
        ax.text(left + width / 2, -height / 2 - 0.35, names[key], ha="center", va="bottom")
    step = outputs * 0.42 / outputs
    for key in "Ws":  # row 3 of W makes score 3
        left, width, height = at[key]
        ax.add_patch(plt.Rectangle((left, -height / 2 + 3 * step), width, step, facecolor=BLUE, lw=0))
    note = "one row: the weights of one neuron, one for every input value"
    ax.text(wide / 2, outputs * 0.21 + 0.4, note, ha="center", va="top")
    for sign, key in (("+", "b"), ("=", "s")):
        ax.text(at[key][0] - 1.1, 0, sign, ha="center", va="center", fontsize=15)
    ax.set(xlim=(-0.5, at["s"][0] + side + 1.8), ylim=(tall / 2 + 0.5, -tall / 2 - 1.6))
    ax.axis("off")
    return fig


def templates(w, titles):
    """The rows of a weight matrix as images `(M,H,W)`: orange adds to the score, purple takes away, white is zero."""
    columns = 5
    fig, axes = figure(7.4, 3.4, -(-len(w) // columns), columns)
    limit = np.abs(w).max()
    for ax, image, title in zip(axes.flat, w, titles, strict=True):
        shown = ax.imshow(image, cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    bar = fig.colorbar(shown, ax=axes, shrink=0.8, ticks=[-limit, 0, limit])
    bar.ax.set_yticklabels(["against", "0", "for"])
    return fig


def shuffled(image, mixed):
    """An image and the same pixels in another order, side by side."""
    fig, axes = figure(4.4, 2.3, 1, 2)
    for ax, values, title in zip(axes, (image, mixed), ("as written", "shuffled"), strict=True):
        ax.imshow(values, cmap="gray", interpolation="nearest")
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    return fig


def shares(rows):
    """Where parameters and multiply-adds sit: `rows` is a list of (label, in convolutions, in fully connected)."""
    fig, ax = figure(7.4, 0.45 * len(rows) + 1.0)
    for i, (_, conv, full) in enumerate(rows):
        share = 100 * full / (conv + full)
        ax.barh(i, 100 - share, color=mark(SKY), label="convolutional" if i == 0 else None)
        ax.barh(i, share, left=100 - share, color=mark(ORANGE), label="fully connected" if i == 0 else None)
        inside = share > 20
        ax.text(99 if inside else 98.5 - share, i, f"{share:.1f} %", ha="right", va="center", fontsize=10)
    ax.set(yticks=range(len(rows)), yticklabels=[label for label, *_ in rows], xlim=(0, 100))
    ax.set(xlabel="% of the network's total; the number is the fully connected share")
    ax.invert_yaxis()
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0)
    return fig


def per_layer(rows):
    """Two bar charts over the layers of a network: `rows` has (name, parameters, multiply-adds) of each."""
    fig, axes = figure(8.0, 2.8, 1, 2)
    names = [name for name, *_ in rows]
    colours = [mark(ORANGE if name.startswith("fc") else SKY) for name in names]
    for ax, i, title in zip(axes, (1, 2), ("parameters, millions", "multiply-adds, millions"), strict=True):
        bars = ax.bar(names, [row[i] / 1e6 for row in rows], color=colours)
        ax.bar_label(bars, fmt="%.1f" if i == 1 else "%.0f", padding=1, fontsize=9)
        ax.set_title(title, fontsize=11)
        ax.margins(y=0.12)
        ax.set_xticks(range(len(names)), [f"{name[:-1]}\n{name[-1]}" for name in names], fontsize=9)
    return fig


def page(canvas, scores, found, step=4, side=28):
    """A canvas with the windows in `found` ((top, left) -> class) and, for each of their classes, its map of scores.

    canvas (H,W), scores (M,H2,W2) of the windows at multiples of `step`; a ring marks the place of the window.
    """
    fig, axes = figure(8.4, 2.0, 1, 1 + len(found), gridspec_kw={"width_ratios": [1.5] + [1] * len(found)})
    axes[0].imshow(canvas, cmap="gray", extent=(0, canvas.shape[1], canvas.shape[0], 0), interpolation="nearest")
    limit = np.abs(scores).max()
    for ax, ((top, left), name) in zip(axes[1:], found.items(), strict=True):
        axes[0].add_patch(plt.Rectangle((left, top), side, side, fill=False, ec=ORANGE, lw=2))
        ax.imshow(scores[name], cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
        ax.add_patch(plt.Circle((left / step, top / step), 1.3, fill=False, ec="black", lw=1.5))
        ax.set_title(f"score of {name}", fontsize=10)
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    return fig


def sliding(canvas, scores, picked):
    """A wide canvas and, under each position of the window, the score of every class in `picked` (class -> row)."""
    height, width = canvas.shape
    tall = 6.0 * height / width  # inches: the canvas keeps its proportions on an axis about six inches wide
    fig, axes = figure(7.6, tall + 2.4, 2, 1, gridspec_kw={"height_ratios": [tall, 2.0]}, sharex=True)
    top, bottom = axes
    top.imshow(canvas, cmap="gray", extent=(0, width, height, 0), interpolation="nearest", aspect="auto")
    top.add_patch(plt.Rectangle((0.4, 0.4), height - 0.8, height - 0.8, fill=False, ec=ORANGE, lw=2))
    top.axis("off")
    for (name, row), colour, line in zip(picked.items(), (BLUE, RED, GREEN), ("-", "--", ":"), strict=False):
        bottom.plot(np.arange(scores.shape[1]) + height / 2, scores[row], line, color=colour, label=name)
    bottom.set(xlim=(0, width), xlabel="centre of the window (column of the canvas)", ylabel="score")
    bottom.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return fig


def rectifier(x, y, slope):
    """The rectifier `y` and its slope over `x`, side by side."""
    fig, axes = figure(6.4, 2.4, 1, 2)
    titles, colours = ("max(0, x)", "its slope"), (BLUE, mark(ORANGE))
    for ax, values, title, colour in zip(axes, (y, slope), titles, colours, strict=True):
        ax.axhline(0, color="0.8", lw=0.8)
        ax.axvline(0, color="0.8", lw=0.8)
        jump = np.where(np.abs(np.diff(values, prepend=values[0])) > 0.5, np.nan, values)
        ax.plot(x, jump, color=colour, lw=2)
        ax.set(title=title, xlabel="x")
    return fig


def softmax_steps(scores, powers, probabilities, names):
    """Scores, their exponentials and the probabilities, three bar charts from left to right."""
    fig, axes = figure(7.6, 2.5, 1, 3)
    steps = ((scores, "scores"), (powers, "exp(score)"), (probabilities, "divided by their sum"))
    for ax, (values, title), colour in zip(axes, steps, (BLUE, mark(ORANGE), GREEN), strict=True):
        bars = ax.bar(names, values, color=colour)
        ax.bar_label(bars, fmt="%.2f", padding=2, fontsize=10)
        ax.axhline(0, color="0.3", lw=0.8)
        ax.margins(y=0.2)
        ax.set(title=title, yticks=[])
        ax.spines["left"].set_visible(False)
    return fig
