"""Figures of the chapter that previews a whole ConvNet."""

import matplotlib.pyplot as plt
import numpy as np

from .conv import picture, signed
from .style import BLUE, ORANGE, figure, mark


def stack(image, stages, labels, line=10):
    """A picture and what each stage makes of it, to scale: maps (C,H,W), `line` of them side by side, or vectors (M,).

    Orange is positive, purple negative, white zero, on a scale of its own. One label a stage, the picture's first.
    """
    pieces, y = [(picture(image), 0.0, 0.0, labels[0])], image.shape[-2] + 6.0
    for stage, label in zip(stages, labels[1:], strict=True):
        stage = np.asarray(stage)
        faces = signed(stage, float(np.percentile(np.abs(stage), 99.5)) or None)
        if stage.ndim == 1:
            cell = max(1, 80 // len(stage))
            pieces.append((faces[None].repeat(5, axis=0).repeat(cell, axis=1), 0.0, y, label))
            y += 5 + 6
            continue
        _, height, width = stage.shape
        for i, face in enumerate(faces):
            place = (i % line) * (width + 2), y + (i // line) * (height + 2)
            pieces.append((face, *place, label if i == 0 else ""))
        y += -(-len(stage) // line) * (height + 2) + 4
    right = max(x + face.shape[1] for face, x, _, _ in pieces)
    margin = 0.28 * right
    fig, ax = figure(7.6, 7.6 * y / (right + margin))
    for face, x, top, label in pieces:
        height, width = face.shape[:2]
        ax.imshow(face, extent=(x, x + width, top + height, top), interpolation="nearest")
        ax.add_patch(plt.Rectangle((x, top), width, height, fill=False, ec="0.45", lw=0.5))
        ax.text(-4, top + height / 2, label, ha="right", va="center", fontsize=10)
    ax.set(xlim=(-margin, right + 1), ylim=(y - 4, -1), aspect="equal")
    ax.axis("off")
    return fig


def filters(weights):
    """First-layer filters (K,1,F,F) side by side on one scale: orange adds, purple subtracts."""
    fig, axes = figure(7.6, 1.6, columns=len(weights))
    limit = float(np.abs(weights).max())
    for k, ax in enumerate(axes):
        ax.imshow(signed(weights[k, 0], limit), interpolation="nearest")
        ax.set_title(f"filter {k}", fontsize=10)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color="0.45")
    return fig


def patches(blocks, titles):
    """For each block (units, patches, h, w): a row a unit, the image patches that excite it most, strongest first."""
    return _pages([_montage(np.asarray(block)) for block in blocks], titles)


def _pages(pages, titles):
    """Montages side by side, all of one height."""
    widths = [page.shape[1] / page.shape[0] for page in pages]
    fig, axes = figure(8.4, 8.4 / sum(widths) + 0.25, columns=len(pages), width_ratios=widths)
    for ax, page, title in zip(np.atleast_1d(axes), pages, titles, strict=True):
        ax.imshow(page, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        ax.set_title(title, fontsize=10.5)
        ax.axis("off")
    return fig


def optima(found, favourites, titles):
    """For each layer a block, a row a unit: what gradient ascent found, in colour, and beside it what excites it most.

    found       for each layer the pictures (units, starts, h, w); orange is positive, purple negative, white zero
    favourites  for each layer the image patches (units, patches, h, w), values 0..1
    """
    pages = []
    for made, real in zip(found, favourites, strict=True):
        made, real = np.asarray(made), np.asarray(real)
        limits = np.abs(made).max(axis=(-2, -1), keepdims=True)
        left = np.stack([_montage(signed(made / limits, 1.0)[..., c]) for c in range(3)], axis=-1)
        right = _montage(real)[..., None].repeat(3, axis=-1)
        gap = np.ones((len(left), max(2, made.shape[-1] // 3), 3))
        pages.append(np.concatenate([left, gap, right], axis=1))
    return _pages(pages, titles)


def scores(images, labels):
    """Pictures (M,h,w) in a row, orange positive, purple negative, a caption over each."""
    fig, axes = figure(8.2, 1.35, columns=len(images))
    for ax, image, label in zip(axes, images, labels, strict=True):
        ax.imshow(signed(image, float(np.abs(image).max())), interpolation="nearest")
        ax.set_title(label, fontsize=10)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color="0.45")
    return fig


def _montage(block):
    """(units, patches, h, w) -> one image, with lines between the patches and wider ones between the units."""
    units, count, h, w = block.shape
    gap = 1 + h // 8
    page = np.ones((units * (h + gap) - gap, count * (w + 1) - 1))
    for i in range(units):
        for j in range(count):
            page[i * (h + gap) : i * (h + gap) + h, j * (w + 1) : j * (w + 1) + w] = block[i, j]
    return page


def purity(values, names, chance):
    """For each layer, how pure its units' favourite images are: values is a list of arrays, a share for each unit."""
    fig, ax = figure(7.0, 2.9)
    rng = np.random.default_rng(0)
    for i, shares in enumerate(values):
        ax.plot(i + rng.uniform(-0.16, 0.16, len(shares)), shares, "o", ms=4, mfc="none", mec=BLUE, mew=0.7)
        ax.plot([i - 0.3, i + 0.3], [np.mean(shares)] * 2, color="black", lw=2)
    ax.axhline(chance, color="0.5", lw=1, ls="--")
    ax.text(len(values) - 0.55, chance + 0.02, "chance", ha="right", color="0.35", fontsize=10)
    ax.set_xticks(range(len(names)), names)
    ax.set(ylim=(0, 1.04), xlim=(-0.5, len(values) - 0.5), ylabel="share of one class\namong the favourites")
    return fig


def receptive(image, supports, sizes, names):
    """Where a unit of each layer looks: |gradient| by pixel (H,W) in orange over the picture; the formula's square."""
    fig, axes = figure(8.2, 2.4, columns=len(supports))
    for ax, support, size, name in zip(axes, supports, sizes, names, strict=True):
        strength = (support / support.max()) ** 0.5
        base = 1 - 0.35 * np.repeat(np.asarray(image)[..., None], 3, axis=2)
        orange = np.array([0.90, 0.62, 0.0])
        ax.imshow(base * (1 - strength[..., None]) + orange * strength[..., None], interpolation="nearest")
        rows, columns = (np.flatnonzero(support.any(axis=axis)) for axis in (1, 0))
        if size <= min(support.shape):
            corner = columns[0] - 0.5, rows[0] - 0.5
            ax.add_patch(plt.Rectangle(corner, size, size, fill=False, ec=BLUE, lw=2))
        ax.set_title(f"{name}\n{size}×{size}", fontsize=10)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color="0.45")
    return fig


def effective(weight, layers, sees, holds):
    """How the gradient lies in the field: weight (F,F) as a map and by column; and how field and weight grow.

    layers  numbers of 3x3 layers; sees, holds: for each, pixels across of the field and of its part with 95 %
    """
    fig, (ax, by_column, growth) = figure(8.4, 2.7, columns=3, width_ratios=(1, 1.15, 1.45))
    size = len(weight)
    ax.imshow(weight, cmap="Oranges", interpolation="nearest", vmin=0)
    ax.add_patch(plt.Rectangle((size / 4 - 0.5,) * 2, size / 2, size / 2, fill=False, ec=BLUE, lw=2))
    ax.set(xticks=[], yticks=[])
    ax.set_title(f"gradient in the\nfield of {size}×{size}", fontsize=10)
    share = 100 * weight.sum(axis=0) / weight.sum()
    middle = np.abs(np.arange(size) - (size - 1) / 2) < size / 4
    by_column.bar(range(1, size + 1), share, color=np.where(middle, BLUE, mark(ORANGE)))
    by_column.axhline(100 / size, color="0.35", lw=1, ls="--")
    by_column.set(xticks=(1, size // 2, size), xlabel="column of the field", ylabel="% of the gradient")
    growth.plot(layers, sees, "o-", color=mark(ORANGE))
    growth.plot(layers, holds, "s-", color=BLUE)
    growth.text(layers[-2] - 2, sees[-2] + 3, "field", ha="right", va="bottom", fontsize=10)
    growth.text(layers[-1], holds[-1] + 5, "95 % of the weight", ha="right", va="bottom", fontsize=10)
    growth.set(xlabel="3×3 layers", ylabel="pixels across", xticks=layers)
    return fig
