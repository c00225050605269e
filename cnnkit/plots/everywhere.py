"""Figures of the chapter on what ConvNets are used for."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap, to_rgb

from .style import BLUE, DIVERGING, GREEN, ORANGE, RED, SKY, TEN, figure, ink, mark


def neighbours(queries, rows, names, right):
    """Each query (28, 28) with what was found: rows[name] is (Q, k, 28, 28), right[name] (Q, k) says which belong."""
    many = rows[names[0]].shape[1]
    widths = [1, *([0.25] + [1] * many) * len(names)]  # a gap before each group
    high = 0.72 * len(queries) + 0.35
    fig, axes = figure(7.4, high, rows=len(queries), columns=len(widths), squeeze=False, width_ratios=widths)
    for gap in axes[:, np.array(widths) < 1].flat:
        gap.remove()
    axes = axes[:, np.array(widths) == 1]
    for i, query in enumerate(queries):
        panels = [query] + [rows[name][i, j] for name in names for j in range(many)]
        good = [None] + [right[name][i, j] for name in names for j in range(many)]
        for ax, panel, ok in zip(axes[i], panels, good, strict=True):
            ax.imshow(panel, cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            colour, width = ("k", 2) if ok is None else (GREEN, 2) if ok else (RED, 3)
            for spine in ax.spines.values():
                spine.set(visible=True, color=colour, lw=width, ls="-" if ok in (None, True) else "--")
    axes[0, 0].set_title("query", fontsize=10)
    for n, name in enumerate(names):
        axes[0, 1 + n * many + many // 2].set_title(f"nearest by {name}", fontsize=10)
    return fig


def answers(photo, boxes, regions, portrait, points):
    """Four forms of answer, drawn by hand: one label, boxes {name: (x, y, w, h)}, a label for every pixel, keypoints.

    photo and portrait are (3, H, W); regions (H, W) holds a whole number for each pixel, points {name: (x, y)}.
    """
    fig, axes = figure(7.4, 5.6, rows=2, columns=2)
    titles = ("one label", "boxes and labels", "a label for every pixel", "keypoints")
    pictures = (photo, photo, photo, portrait)
    for ax, title, picture in zip(axes.flat, titles, pictures, strict=True):
        ax.imshow(picture.transpose(1, 2, 0))
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    label = {"bbox": {"boxstyle": "round", "fc": "white", "ec": "none", "alpha": 0.9}, "fontsize": 10}
    axes[0, 0].text(20, 40, "espresso", va="center", **label)
    for (name, (x, y, w, h)), colour in zip(boxes.items(), (SKY, ORANGE, GREEN), strict=False):
        axes[0, 1].add_patch(plt.Rectangle((x, y), w, h, fill=False, ec=colour, lw=3))
        axes[0, 1].text(x + w + 8, y + 8, name, va="top", **label)
    overlay = np.zeros((*regions.shape, 4))
    for value, colour in enumerate((ORANGE, BLUE, GREEN)):
        overlay[regions == value] = (*to_rgb(colour), 0.62)
    axes[1, 0].imshow(overlay)
    for name, (px, py) in points.items():
        axes[1, 1].plot(px, py, "o", ms=8, color=ORANGE, mec="white", mew=1.5)
        axes[1, 1].annotate(name, (px, py), (8, 4), textcoords="offset points", **{**label, "fontsize": 9})
    return fig


def captions(photos, lines, grades):
    """Photographs (3, H, W) side by side, their tops cut 3 to 2, each above a caption for every grade."""
    fig, axes = figure(7.4, 3.5, rows=2, columns=len(photos), height_ratios=(1, 1))
    for column, (photo, said) in enumerate(zip(photos, lines, strict=True)):
        axes[0, column].imshow(photo[:, : photo.shape[2] * 2 // 3].transpose(1, 2, 0))
        axes[0, column].axis("off")
        axes[1, column].axis("off")
        for row, (grade, line, colour) in enumerate(zip(grades, said, map(ink, (GREEN, BLUE, RED)), strict=True)):
            top = 1.0 - 0.36 * row
            axes[1, column].text(0.0, top, grade, fontsize=9, weight="bold", color=colour, va="top")
            axes[1, column].text(0.0, top - 0.11, line, fontsize=9, va="top")
    return fig


def gram(photo, scrambled, matrix):
    """A photograph (3, H, W), the same cut up and dealt out again, and the Gram matrix (3, 3) that both have."""
    fig, axes = figure(7.4, 2.5, columns=3, width_ratios=(1.5, 1.5, 1))
    for ax, picture, title in zip(axes, (photo, scrambled), ("photograph", "the same pixels, moved"), strict=False):
        ax.imshow(picture.transpose(1, 2, 0))
        ax.set_title(title, fontsize=11)
        ax.axis("off")
    axes[2].imshow(matrix, cmap="Blues", vmin=0, vmax=1.8 * matrix.max())
    for (i, j), value in np.ndenumerate(matrix):
        axes[2].text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=10)
    colours = ("red", "green", "blue")
    axes[2].set(xticks=range(3), xticklabels=colours, yticks=range(3), yticklabels=colours)
    axes[2].set_title("Gram matrix of both", fontsize=11)
    axes[2].tick_params(length=0, labelsize=9)
    for spine in axes[2].spines.values():
        spine.set_visible(False)
    return fig


# ---------------------------------------------------------------------------------- what networks here give


def _bare(ax, image, **settings):
    """One image without axes: (H, W) with ink dark on white, or (H, W, 3) in colour."""
    ax.imshow(image, **({"cmap": "gray_r", "vmin": 0, "vmax": 1} | settings))
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, color="0.75", lw=0.8)


def detections(pictures, found, labels, right):
    """Canvases (H, W) with boxes (n, 4) and labels; right[i] tells the right ones, solid green, from the dashed red."""
    fig, axes = figure(7.4, 2.75, columns=len(pictures), squeeze=False)
    for ax, picture, boxes, names, good in zip(axes[0], pictures, found, labels, right, strict=True):
        _bare(ax, picture)
        for (x, y, w, h), name, ok in zip(boxes, names, good, strict=True):
            colour, line = (ink(GREEN), "-") if ok else (ink(RED), "--")
            ax.add_patch(plt.Rectangle((x - 0.5, y - 0.5), w, h, fill=False, ec=colour, lw=2, ls=line))
            paper = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none"}
            ax.text(x, y - 2, str(name), color=colour, fontsize=11, weight="bold", va="bottom", bbox=paper)
    return fig


def masks(pictures, guesses, truths, names):
    """Canvases (H, W) above the guessed and the true class of each pixel (H, W): 0 is paper, 1 + i is names[i]."""
    colours = ("white", *TEN[: len(names)])
    paint = ListedColormap(colours)
    fig, axes = figure(7.4, 4.6, rows=3, columns=len(pictures), squeeze=False)
    for column in axes.T:
        i = list(axes.T[:, 0]).index(column[0])
        _bare(column[0], pictures[i])
        for ax, classes in zip(column[1:], (guesses[i], truths[i]), strict=True):
            _bare(ax, classes, cmap=paint, vmin=-0.5, vmax=len(names) + 0.5)
    for ax, name in zip(axes[:, 0], ("canvas", "network", "truth"), strict=True):
        ax.set_ylabel(name, fontsize=11)
    marks = [plt.Line2D([], [], marker="s", ls="", ms=8, color=c) for c in colours[1:]]
    fig.legend(marks, names, loc="outside lower center", ncols=len(names), frameon=False, fontsize=10, handletextpad=0)
    return fig


LIMBS = ((0, 1), (2, 3), (4, 5), (1, 6), (6, 7), (1, 8), (8, 9))  # pairs of joints; arms start at the neck, not a joint


def poses(images, guesses, truths):
    """Stick figures (H, W) with the guessed joints (J, 2) as orange dots on lines and the true ones as blue crosses."""
    fig, axes = figure(7.4, 3.4, rows=2, columns=-(-len(images) // 2))
    for ax, image, guess, truth in zip(axes.flat, images, guesses, truths, strict=False):
        _bare(ax, 0.45 * image)
        for pair in LIMBS:
            ax.plot(*guess[list(pair)].T, color=mark(ORANGE), lw=1.5)
        ax.plot(*guess.T, "o", color=mark(ORANGE), ms=6, mec="white", label="network")
        ax.plot(*truth.T, "x", color=BLUE, ms=6, mew=1.8, label="truth")
        ax.set(xlim=(-1, image.shape[1]), ylim=(image.shape[0], -1))
    fig.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return fig


def looking(images, gradients, drops, labels):
    """For each digit (H, W): the digit, the gradient of its class's score (H, W), and what covering a patch costs."""
    fig, axes = figure(7.4, 4.7, rows=3, columns=len(images))
    limit = np.abs(gradients).max()
    for column, label in enumerate(labels):
        top, middle, bottom = axes[:, column]
        _bare(top, images[column])
        top.set_title(f"score of {label}", fontsize=11)
        _bare(middle, gradients[column], cmap=DIVERGING, vmin=-limit, vmax=limit)
        middle.contour(images[column], [0.5], colors="0.4", linewidths=0.7)
        edge = (images[column].shape[0] - drops[column].shape[0]) / 2
        inside = (edge - 0.5, edge - 0.5 + drops[column].shape[1], edge - 0.5 + drops[column].shape[0], edge - 0.5)
        _bare(bottom, drops[column], cmap="Oranges", vmin=0, vmax=1, extent=inside)
        bottom.contour(images[column], [0.5], colors="0.4", linewidths=0.7)
        bottom.set(xlim=top.get_xlim(), ylim=top.get_ylim())
    for ax, name in zip(axes[:, 0], ("digit", "gradient", "cost of a\ncovered patch"), strict=True):
        ax.set_ylabel(name, fontsize=10)
    return fig


def dreams(rows, titles):
    """Rows of images (H, W): rows maps the name of a row to its images; titles stand above the columns."""
    fig, axes = figure(7.6, 0.86 * len(rows) + 0.3, rows=len(rows), columns=len(titles), squeeze=False)
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        line[0].set_ylabel(name, fontsize=10)
        for ax, image in zip(line, images, strict=True):
            _bare(ax, np.round(image * 31) / 31)
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(str(title), fontsize=11)
    return fig


def styled(pictures, losses):
    """Pictures {title: (3, H, W)} side by side; below them {name: losses (steps,)} on a log scale."""
    fig = plt.figure(figsize=(7.4, 4.6), layout="constrained")
    top, bottom = fig.subfigures(2, 1, height_ratios=(1.05, 1))
    for ax, (title, picture) in zip(top.subplots(1, len(pictures)), pictures.items(), strict=True):
        _bare(ax, picture.transpose(1, 2, 0), cmap=None)
        ax.set_title(title, fontsize=10)
    ax = bottom.subplots()
    for (name, values), colour, line in zip(losses.items(), (BLUE, mark(ORANGE)), ("-", "--"), strict=True):
        ax.plot(np.arange(1, len(values) + 1), values, line, color=colour, lw=2, label=name)
    ax.set(yscale="log", xlabel="step", ylabel="distance of the\nGram matrices")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return fig


def games(played, outcomes):
    """Games of catch side by side, each given by its screens (T, H, W): the way of the ball and that of the paddle."""
    fig, axes = figure(7.4, 2.2, columns=len(played))
    for ax, screens, won in zip(axes, played, outcomes, strict=True):
        height = screens.shape[1]
        ball = [np.argwhere(screen[: height - 1])[0] for screen in screens[:-1]]
        paddle = [np.flatnonzero(screen[-1])[0] for screen in screens[:-1]]
        _bare(ax, np.zeros(screens.shape[1:]))
        ax.plot(*np.array(ball).T[::-1], "o-", color=BLUE, ms=4, lw=1)
        ax.plot(paddle, np.full(len(paddle), height - 1), "-", color=mark(ORANGE), lw=2)
        for column in np.flatnonzero(screens[-1][-1]):
            ax.plot(column, height - 1, "s", color=mark(ORANGE), ms=8)
        ax.set_title("caught" if won else "missed", fontsize=10, color=ink(GREEN if won else RED))
    return fig
