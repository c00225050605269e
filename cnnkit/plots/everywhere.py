"""Figures of the chapter on what ConvNets are used for."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb

from .style import BLUE, GREEN, ORANGE, RED, SKY, figure


def neighbours(queries, rows, names, right):
    """Each query (28, 28) with what was found: rows[name] is (Q, k, 28, 28), right[name] (Q, k) says which belong."""
    many = rows[names[0]].shape[1]
    fig, axes = figure(7.4, 0.72 * len(queries) + 0.35, rows=len(queries), columns=1 + 2 * many, squeeze=False)
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
        for row, (grade, line, colour) in enumerate(zip(grades, said, (GREEN, BLUE, RED), strict=True)):
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
    axes[2].imshow(matrix, cmap="cividis", vmin=0, vmax=matrix.max())
    for (i, j), value in np.ndenumerate(matrix):
        colour = "white" if value < 0.6 * matrix.max() else "black"
        axes[2].text(j, i, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=10)
    colours = ("red", "green", "blue")
    axes[2].set(xticks=range(3), xticklabels=colours, yticks=range(3), yticklabels=colours)
    axes[2].set_title("Gram matrix of both", fontsize=11)
    axes[2].tick_params(length=0, labelsize=9)
    for spine in axes[2].spines.values():
        spine.set_visible(False)
    return fig
