"""Figures of the chapter in which LeNet-5 learns to read digits."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLUE, DIVERGING, GREEN, ORANGE, RED, figure, ink, mark

LEVELS = 32  # grey levels of a drawn digit; keeps the stored files small


def _digit(ax, image, ink="gray_r"):
    """One image (H, W) with values 0..1, ink dark on white, no axes."""
    coarse = np.round(np.asarray(image, dtype=float) * (LEVELS - 1)) / (LEVELS - 1)
    ax.imshow(coarse, cmap=ink, vmin=0, vmax=1, interpolation="nearest")
    _frame(ax)


def _frame(ax):
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color="0.75", lw=0.8)


def samples(images, labels, columns=10):
    """A sheet of digits (N, H, W), `columns` a row, the label of each first one of a column above it."""
    rows = -(-len(images) // columns)
    fig, axes = figure(8.0, 0.82 * rows + 0.3, rows, columns, squeeze=False)
    for i, ax in enumerate(axes.flat):
        ax.axis("off")
        if i < len(images):
            ax.axis("on")
            _digit(ax, images[i])
            if i < columns:
                ax.set_title(str(labels[i]), fontsize=11)
    return fig


def architecture(stages):
    """The volumes of a network from left to right, drawn to scale: stages is a list of (caption, output size).

    A size (C, H, W) becomes a fan of C squares, a size (M,) a column that is the longer the larger M is.
    """
    fig, ax = figure(9.0, 2.9)
    left = 0.0
    for i, (caption, shape) in enumerate(stages):
        width = _volume(ax, left, shape) if len(shape) == 3 else _column(ax, left, shape[0])
        middle = left + width / 2
        ax.text(middle, -32, "x".join(map(str, shape)), ha="center", va="top", fontsize=10)
        ax.text(middle, 31, caption, ha="center", va="bottom", fontsize=10)
        left += width
        if i + 1 < len(stages):
            ax.annotate("", (left + 9, 0), (left + 2, 0), arrowprops={"arrowstyle": "->", "color": "0.35", "lw": 1})
        left += 11
    ax.set(xlim=(-3, left - 5), ylim=(-40, 39), aspect="equal")
    ax.axis("off")
    return fig


def _volume(ax, left, shape):
    """A fan of squares whose middle lies at height 0; returns how wide it is."""
    channels, height, width = shape
    step = 2.2
    for c in range(channels):
        x, y = left + c * step, -height / 2 + (channels / 2 - c) * 0.9
        ax.add_patch(plt.Rectangle((x, y), width, height, fc="white", ec=BLUE, lw=1, zorder=1 + c / 100))
        if c == channels - 1:
            ax.add_patch(plt.Rectangle((x, y), width, height, fc=BLUE, alpha=0.18, lw=0, zorder=2))
    return (channels - 1) * step + width


def _column(ax, left, numbers):
    """A column of cells, the longer the more numbers it stands for; returns how wide it is."""
    tall, wide, margin, cells = 12 + 0.36 * numbers, 3.2, 3.0, 10
    ax.add_patch(plt.Rectangle((left + margin, -tall / 2), wide, tall, fc=ORANGE, alpha=0.35, lw=0))
    ax.add_patch(plt.Rectangle((left + margin, -tall / 2), wide, tall, fill=False, ec=mark(ORANGE), lw=1.2))
    for k in range(1, cells):
        y = -tall / 2 + k * tall / cells
        ax.plot((left + margin, left + margin + wide), (y, y), color=mark(ORANGE), lw=0.6)
    return wide + 2 * margin


def connections(table, inputs):
    """Which input maps (rows) each filter (columns) sees: table[k] is the tuple of the maps of filter k."""
    fig, ax = figure(7.0, 2.7)
    for k, row in enumerate(table):
        for c in range(inputs):
            face = BLUE if c in row else "white"
            ax.add_patch(plt.Rectangle((k + 0.06, c + 0.06), 0.88, 0.88, fc=face, ec="0.7", lw=0.8))
    ax.set(xlim=(-0.1, len(table) + 0.1), ylim=(inputs + 0.1, -0.1), aspect="equal")
    ax.set(xticks=np.arange(len(table)) + 0.5, yticks=np.arange(inputs) + 0.5)
    ax.set(xticklabels=range(len(table)), yticklabels=range(inputs), xlabel="map of C3", ylabel="map of S2")
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return fig


def bitmaps(drawings):
    """Small drawings (N, H, W) of -1 and 1 in a row, ink dark."""
    fig, axes = figure(8.0, 1.5, 1, len(drawings))
    fig.get_layout_engine().set(wspace=0.1)
    for ax, drawing in zip(axes, drawings, strict=True):
        _digit(ax, (drawing + 1) / 2)
        ax.set(xticks=np.arange(0.5, drawing.shape[1] - 1), yticks=np.arange(0.5, drawing.shape[0] - 1))
        ax.grid(color="0.85", lw=0.5)
        ax.tick_params(length=0, labelbottom=False, labelleft=False)
    return fig


def curves(loss, train, held_out, chance, switch):
    """Loss a training epoch (left), accuracy on training and held-out digits (right); smaller steps after `switch`."""
    fig, (left, right) = figure(8.0, 3.1, 1, 2)
    epochs = np.arange(1, len(loss) + 1)
    left.plot(epochs, loss, "o-", color=BLUE)
    left.axhline(chance, color="0.4", ls="--", lw=1)
    left.text(epochs[0], chance, "guessing: log 10", ha="left", va="bottom", fontsize=10, color="0.3")
    left.set(xlabel="epoch", ylabel="mean loss", ylim=(0, chance * 1.15), title="loss on the training digits")
    right.plot(epochs, 100 * np.array(train), "o-", color=BLUE, label="training")
    right.plot(epochs, 100 * np.array(held_out), "s-", color=mark(ORANGE), label="held out")
    right.set(xlabel="epoch", ylabel="right (%)", title="accuracy")
    right.legend(frameon=False, loc="lower right")
    for ax in (left, right):
        ax.set_xticks(epochs)
        ax.axvline(switch + 0.5, color=GREEN, lw=1, ls=":")
    note = "from here, steps\nten times smaller"
    left.text(switch + 0.4, 0.5 * chance, note, ha="right", fontsize=10, color=ink(GREEN))
    return fig


def confusion(counts):
    """The confusion matrix as a grid: row = truth, column = prediction; mistakes shaded by how frequent they are."""
    counts = np.asarray(counts)
    classes = len(counts)
    wrong = counts * (1 - np.eye(classes, dtype=int))
    fig, ax = figure(5.4, 4.6)
    ax.imshow(np.ma.masked_equal(wrong, 0), cmap="Oranges", vmin=0, vmax=max(1.6 * wrong.max(), 1))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            grey = "0.38" if row == column else "black"
            ax.text(column, row, str(count), ha="center", va="center", fontsize=10, color=grey)
    ax.set(xticks=range(classes), yticks=range(classes), xlabel="prediction", ylabel="truth")
    ax.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="0.88", lw=0.8)
    ax.tick_params(which="both", length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return fig


def mistakes(images, truths, predictions, columns=10, rows=4):
    """The misread digits (N, H, W), at most rows x columns of them, each with "truth → prediction" above it."""
    shown = min(len(images), rows * columns)
    rows = max(1, -(-shown // columns))
    fig, axes = figure(8.4, 1.12 * rows, rows, columns, squeeze=False)
    for i, ax in enumerate(axes.flat):
        if i >= shown:
            ax.axis("off")
            continue
        _digit(ax, images[i])
        ax.set_title(f"{truths[i]} → {predictions[i]}", fontsize=11, color=ink(RED))
    return fig


def filters(weights, image, maps):
    """The filters (K, F, F) in a row, each above the map (H, W) it makes of the image, which stands on the left.

    All filters share one colour scale; each map has its own, black at zero.
    """
    count = len(weights)
    fig, axes = figure(8.4, 2.9, 2, count + 1)
    axes[0, 0].axis("off")
    _digit(axes[1, 0], image)
    axes[1, 0].set_title("input", fontsize=10)
    limit = np.abs(weights).max()
    for k in range(count):
        axes[0, k + 1].imshow(weights[k], cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
        axes[0, k + 1].set_title(f"filter {k}", fontsize=10)
        _frame(axes[0, k + 1])
        _digit(axes[1, k + 1], maps[k] / max(maps[k].max(), 1e-12), "magma")
    return fig


def shifts(pixels, accuracies):
    """Accuracy against how far the digits were moved; `accuracies` maps a name to the list of accuracies (0..1)."""
    fig, ax = figure(6.6, 3.2)
    for (name, values), colour, marker in zip(accuracies.items(), (BLUE, mark(ORANGE)), "os", strict=True):
        ax.plot(pixels, 100 * np.array(values), marker=marker, color=colour, label=name)
    ax.axhline(10, color="0.4", ls="--", lw=1)
    ax.text(0, 9, "guessing", ha="center", va="top", fontsize=10, color="0.3")
    ax.set(xlabel="moved to the right by (pixels)", ylabel="right (%)", ylim=(0, 103), xticks=pixels)
    ax.legend(frameon=False, loc="upper right")
    return fig


def shuffled(images, scrambled):
    """Digits (N, H, W) in the upper row, the same digits with their pixels moved to other places below."""
    fig, axes = figure(8.0, 2.0, 2, len(images))
    for column, pair in enumerate(zip(images, scrambled, strict=True)):
        for ax, image in zip(axes[:, column], pair, strict=True):
            _digit(ax, image)
    axes[0, 0].set_ylabel("in order", fontsize=10)
    axes[1, 0].set_ylabel("shuffled", fontsize=10)
    return fig
