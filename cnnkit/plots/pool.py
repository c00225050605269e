"""Figures of the chapter on pooling."""

import matplotlib.pyplot as plt
import numpy as np

from cnnkit.plots.style import BLACK, BLUE, GREEN, ORANGE, RED, TINTS, figure, mark, number_grid


def shrinking(sizes):
    """Squares drawn to scale, side by side, one for each size in `sizes`; the side length stands above each."""
    fig, ax = figure(8.0, 2.4)
    left, gap, tallest = 0.0, 7.0, max(sizes)
    for depth, size in enumerate(sizes):
        bottom = (tallest - size) / 2
        ax.add_patch(plt.Rectangle((left, bottom), size, size, facecolor=TINTS[0], edgecolor=BLUE, lw=1.2))
        ax.text(left + size / 2, bottom + size + 1.2, f"{size}", ha="center", va="bottom", fontsize=11)
        ax.text(left + size / 2, -2.2, "input" if depth == 0 else f"{depth}", ha="center", va="top", fontsize=10)
        if depth + 1 < len(sizes):
            arrow = {"arrowstyle": "->", "color": "0.3"}
            ax.annotate("", (left + size + gap - 1, tallest / 2), (left + size + 1, tallest / 2), arrowprops=arrow)
        left += size + gap
    ax.set(xlim=(-2, left - gap + 2), ylim=(-6.5, tallest + 6), aspect="equal")
    ax.axis("off")
    return fig


def designs(costs):
    """Multiply-adds of each layer, one group of bars a design; `costs` maps a design's name to its list of counts."""
    fig, ax = figure(7.0, 3.0)
    width = 0.8 / len(costs)
    for i, (name, values) in enumerate(costs.items()):
        at = np.arange(len(values)) + (i - (len(costs) - 1) / 2) * width
        ax.bar(at, np.array(values) / 1e6, width, label=name, color=(BLUE, mark(ORANGE), GREEN)[i])
    ax.set(ylabel="multiply-adds (millions)", xticks=np.arange(len(values)))
    ax.set_xticklabels([f"conv {i + 1}" for i in range(len(values))])
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=len(costs), borderaxespad=0)
    return fig


def thumbnails(images, captions):
    """The same picture at falling sizes, every one blown up to the same width, a caption under each."""
    fig, axes = figure(8.0, 2.1, 1, len(images))
    for ax, image, caption in zip(axes, images, captions, strict=True):
        ax.imshow(image, cmap="gray", vmin=0, vmax=images[0].max(), interpolation="nearest")
        ax.set_title(f"{image.shape[0]}x{image.shape[1]}", fontsize=11)
        ax.text(0.5, -0.06, caption, transform=ax.transAxes, ha="center", va="top", fontsize=10)
        ax.axis("off")
    return fig


def maps(photo, before, after, names):
    """A photograph `(3,H,W)` on the left; on its right the maps `(C,H,W)` and, under each, the same map pooled."""
    fig, axes = figure(8.4, 2.9, 2, len(names) + 1)
    for ax in axes.flat:
        ax.axis("off")
    axes[0, 0].imshow(photo.transpose(1, 2, 0))
    axes[0, 0].set_title("photograph", fontsize=11)
    for column, name in enumerate(names, start=1):
        top = np.percentile(before[column - 1], 99.5)
        for row, stack in enumerate((before, after)):
            axes[row, column].imshow(stack[column - 1], cmap="gray", vmin=0, vmax=top, interpolation="nearest")
        axes[0, column].set_title(name, fontsize=11)
    size, small = ("x".join(map(str, stack.shape[1:])) for stack in (before, after))
    axes[1, 0].text(0.95, 0.95, f"above: {size}\n\nthe same\npooled: {small}", ha="right", va="top")
    return fig


def windows(x, outputs, size=2, stride=2):
    """Grid `x` with its pooling windows in colours; beside it one small grid for each named result in `outputs`."""
    first = next(iter(outputs.values()))
    columns = 1 + len(outputs)
    ratios = [x.shape[1]] + [max(out.shape[1], 2.6) for out in outputs.values()]
    fig, axes = figure(2.4 + 1.9 * len(outputs), 2.6, 1, columns, gridspec_kw={"width_ratios": ratios})
    number_grid(axes[0], x, title=f"input {x.shape[0]}x{x.shape[1]}")
    for index, (row, column) in enumerate(np.ndindex(first.shape)):
        _fill(axes[0], row * stride, column * stride, size, index)
    for ax, (name, out) in zip(axes[1:], outputs.items(), strict=True):
        number_grid(ax, out, title=name)
        for index, (row, column) in enumerate(np.ndindex(out.shape)):
            _fill(ax, row, column, 1, index)
    return fig


def _fill(ax, row, column, side, window):
    """Behind the numbers of a grid, a square in the colour of a window, given by its number; neighbours differ."""
    colour = TINTS[window % len(TINTS)]
    ax.add_patch(plt.Rectangle((column, row), side, side, color=colour, lw=0, zorder=0))


def overlap(x, out, size=3, stride=2):
    """Grid `x` once for each window of an overlapping pool; the maximum of each window is circled, `out` at the end."""
    spots = list(np.ndindex(out.shape))
    fig, axes = figure(8.4, 2.1, 1, len(spots) + 1, gridspec_kw={"width_ratios": [x.shape[1]] * len(spots) + [3]})
    for index, (ax, (row, column)) in enumerate(zip(axes, spots, strict=False)):
        number_grid(ax, x, title=f"window ({row}, {column})")
        top, left = row * stride, column * stride
        _fill(ax, top, left, size, index)
        patch = x[top : top + size, left : left + size]
        r, c = np.unravel_index(patch.argmax(), patch.shape)
        ax.add_patch(plt.Circle((left + c + 0.5, top + r + 0.5), 0.42, fill=False, ec=BLACK, lw=2))
    number_grid(axes[-1], out, title="output")
    for index, (row, column) in enumerate(spots):
        _fill(axes[-1], row, column, 1, index)
    return fig


def shift(shifts, changes):
    """How much a representation changes (in %) when the input moves; `changes` maps a name to one value a shift."""
    fig, ax = figure(7.0, 3.2)
    looks = zip((BLACK, BLUE, mark(ORANGE), GREEN, RED), "os^Dv", strict=True)
    for (name, values), (colour, marker) in zip(changes.items(), looks, strict=False):
        ax.plot(shifts, values, color=colour, marker=marker, label=name)
    ax.set(xlabel="shift to the right (pixels)", ylabel="change (% of the norm)", xticks=shifts)
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return fig


def backward(x, dout, routes, size=2, stride=2):
    """Input, gradient arriving from above, and where each rule in `routes` (name -> dx) sends it; non-zeros filled."""
    columns = 2 + len(routes)
    ratios = [x.shape[1], max(dout.shape[1], 2.6)] + [x.shape[1]] * len(routes)
    fig, axes = figure(8.2, 2.4, 1, columns, gridspec_kw={"width_ratios": ratios})
    number_grid(axes[0], x, title="input $x$")
    number_grid(axes[1], dout, title="gradient above")
    for index, (row, column) in enumerate(np.ndindex(dout.shape)):
        _fill(axes[0], row * stride, column * stride, size, index)
        _fill(axes[1], row, column, 1, index)
    for ax, (name, dx) in zip(axes[2:], routes.items(), strict=True):
        number_grid(ax, dx, title=name)
        for row, column in zip(*np.nonzero(dx), strict=True):
            _fill(ax, row, column, 1, (row // stride) * dout.shape[1] + column // stride)
    return fig


# Colour and marker of the ways of shrinking, in the order of the comparison.
WAYS = ((BLUE, "o"), (mark(ORANGE), "s"), (GREEN, "^"), (RED, "D"), (BLACK, "v"))


def ways(panels, interval):
    """A dot a seed, and the mean with its interval, for each way of shrinking; one panel a task.

    panels: title -> {way: one value a seed}; interval(values) -> mean, half the width
    """
    fig, axes = figure(8.2, 3.1, 1, len(panels))
    for ax, (title, found) in zip(axes, panels.items(), strict=True):
        for place, values in enumerate(found.values()):
            mean, half = interval(values)
            spread = place - 0.16 + 0.1 * np.linspace(-1, 1, len(values))
            ax.plot(spread, values, "o", mfc="none", mec=BLUE, ms=4, mew=0.9)
            ax.errorbar(place + 0.16, mean, half, fmt="_", color=BLACK, ms=13, mew=2, lw=2, capsize=4)
        ax.set_xticks(range(len(found)), list(found), fontsize=9)
        ax.set_title(title, fontsize=11)
    return fig


def shifted(shifts, found, interval):
    """Accuracy against the shift of the test images: a line a way of shrinking, with a band for the interval.

    found: way -> for each of `shifts` the accuracies of all seeds, in per cent
    """
    fig, ax = figure(7.4, 3.2)
    for (name, rows), (colour, marker) in zip(found.items(), WAYS, strict=True):
        means, halves = np.array([interval(values) for values in rows]).T
        ax.plot(shifts, means, color=colour, marker=marker, ms=5, label=name)
        ax.fill_between(shifts, means - halves, means + halves, color=colour, alpha=0.2, lw=0)
    ax.set(
        xlabel="shift (pixels, mean over four directions)", ylabel="test images read (%)", xticks=shifts, ylim=(0, 100)
    )
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return fig
