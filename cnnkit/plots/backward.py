"""Figures of the chapter on gradients: numbers that went forward in black, gradients that come back in vermilion."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLUE, DIVERGING, GREEN, ORANGE, RED, SKY, figure, ink, mark, number_grid

FORWARD, BACK = "0.15", ink(RED)
# One colour a weight: wires of one colour carry the same number.
WIRES = tuple(map(mark, (BLUE, ORANGE, GREEN)))


# ---------------------------------------------------------------- the chain of layers


def chain(layers):
    """A network as boxes; numbers go right above, gradients left below. `layers` is a list of (name, what it keeps)."""
    fig, ax = figure(8.4, 2.2)
    step = 2.0
    for i, (name, parameters) in enumerate(layers):
        left = i * step
        ax.add_patch(plt.Rectangle((left, 0), 1.1, 1, fc=SKY, alpha=0.35, ec="0.3", lw=1))
        ax.text(left + 0.55, 0.5, name, ha="center", va="center", fontsize=11)
        _arrow(ax, (left - 0.85, 0.72), (left - 0.05, 0.72), FORWARD, "x" if i == 0 else "out", 0.12)
        _arrow(ax, (left - 0.05, 0.28), (left - 0.85, 0.28), BACK, "dx" if i == 0 else "dout", -0.14)
        if parameters:
            _arrow(ax, (left + 0.55, -0.05), (left + 0.55, -0.6), BACK)
            ax.text(left + 0.55, -0.66, parameters, ha="center", va="top", color=BACK, fontsize=11)
    end = len(layers) * step
    _arrow(ax, (end - 0.85, 0.72), (end - 0.25, 0.72), FORWARD)
    ax.text(end - 0.2, 0.72, "L", va="center", fontsize=12)
    _arrow(ax, (end - 0.25, 0.28), (end - 0.85, 0.28), BACK)
    ax.text(end - 0.2, 0.28, "1", va="center", fontsize=12, color=BACK)
    ax.set(xlim=(-1, end + 0.1), ylim=(-1.05, 1.15))
    ax.axis("off")
    return fig


def _arrow(ax, start, end, colour, text="", lift=0.0):
    ax.annotate(
        "", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.3, "shrinkA": 0, "shrinkB": 0}
    )
    if text:
        middle = (start[0] + end[0]) / 2
        side = "bottom" if lift > 0 else "top"
        ax.text(middle, start[1] + lift / 2, text, ha="center", va=side, color=colour, fontsize=10)


# ---------------------------------------------------------------- wires


def wires(panels, height=3.0):
    """Small layers as wires from inputs (left) to outputs (right), with numbers in black and gradients in vermilion.

    A panel is (title, links, x, out, dx, dout). links (OUT, IN) of whole numbers: 0 no wire, k a wire in the k-th
    colour, -1 a wire that carries nothing.
    """
    fig, axes = figure(8.4, height, columns=len(panels), squeeze=False)
    for ax, (title, links, x, out, dx, dout) in zip(axes[0], panels, strict=True):
        outputs, inputs = np.shape(links)
        tallest = max(inputs, outputs)
        rows = [_heights(inputs, tallest), _heights(outputs, tallest)]
        for (m, d), kind in np.ndenumerate(links):
            if kind:
                look = {"color": WIRES[kind - 1], "lw": 2.2} if kind > 0 else {"color": "0.7", "lw": 1.1, "ls": ":"}
                ax.plot((0, 1), (rows[0][d], rows[1][m]), zorder=1, **look)
        for at, ys, values, gradients, side in ((0, rows[0], x, dx, -1), (1, rows[1], out, dout, 1)):
            for y, value, gradient in zip(ys, values, gradients, strict=True):
                ax.plot(at, y, "o", ms=20, mfc="white", mec="0.4", zorder=2)
                ax.text(at, y, _short(value), ha="center", va="center", fontsize=10, color=FORWARD, zorder=3)
                place = {"ha": "right" if side < 0 else "left", "va": "center"}
                ax.text(at + 0.2 * side, y, _short(gradient), color=BACK, fontsize=11, zorder=3, **place)
        ax.set(xlim=(-0.55, 1.55), ylim=(-0.5, tallest - 0.5), title=title)
        ax.title.set_fontsize(11)
        ax.axis("off")
    return fig


def _heights(count, tallest):
    """Places from top to bottom, one apart, centred beside a column of `tallest`."""
    return np.arange(count)[::-1] + (tallest - count) / 2


def _short(value):
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


# ---------------------------------------------------------------- convolution


def through(n, f, pixel, names):
    """The windows of an FxF filter on an NxN input that read `pixel`, and through which weight; at the end the filter
    as the pixel meets it. `names` (F, F) are the weights' names."""
    spots = [(i, j) for i, j in np.ndindex(n - f + 1, n - f + 1) if 0 <= pixel[0] - i < f and 0 <= pixel[1] - j < f]
    fig, axes = figure(8.6, 2.0, columns=len(spots) + 1, width_ratios=[n] * len(spots) + [n - 0.6])
    met = np.full((n - f + 1, n - f + 1), "", object)
    for ax, (i, j) in zip(axes, spots, strict=False):
        met[i, j] = names[pixel[0] - i][pixel[1] - j]
        number_grid(ax, np.zeros((n, n)), f"output ({i}, {j})", fmt="")
        ax.add_patch(plt.Rectangle((j, i), f, f, fc=SKY, alpha=0.4, lw=0, zorder=0))
        ax.add_patch(plt.Rectangle((j, i), f, f, fill=False, ec=BLUE, lw=2))
        for p, q in np.ndindex(f, f):
            here = (i + p, j + q) == tuple(pixel)
            look = {"color": BACK, "weight": "bold", "fontsize": 12} if here else {"color": "0.25", "fontsize": 9}
            ax.text(j + q + 0.5, i + p + 0.5, names[p][q], ha="center", va="center", **look)
        ax.add_patch(plt.Rectangle(pixel[::-1], 1, 1, fc="white", lw=0, zorder=0.5))
        ax.add_patch(plt.Rectangle(pixel[::-1], 1, 1, fill=False, ec=BACK, lw=2.4))
    number_grid(axes[-1], np.zeros(met.shape), "what it meets", fmt="")
    for (i, j), name in np.ndenumerate(met):
        axes[-1].text(j + 0.5, i + 0.5, name, ha="center", va="center", color=BACK, weight="bold", fontsize=12)
    for ax in axes:
        ax.title.set_fontsize(11)
    return fig


def spread(dout, spread_out, padded, f):
    """dout, the same numbers with zeros between them, and those in a frame of zeros with the filter's first window."""
    sizes = [len(dout), len(spread_out), len(padded)]
    fig, axes = figure(8.4, 3.4, columns=3, width_ratios=[max(size, 3.6) for size in sizes])
    titles = ("dout", "spread out", "in a frame of zeros")
    for ax, values, title in zip(axes, (dout, spread_out, padded), titles, strict=True):
        filled = [tuple(spot) for spot in np.argwhere(values)]
        number_grid(ax, values, f"{title}: {len(values)}×{len(values)}", filled, ORANGE)
    axes[2].add_patch(plt.Rectangle((0, 0), f, f, fill=False, ec=BLUE, lw=3))
    return fig


def matrix(tiny, large):
    """A convolution's matrix: `tiny` with its numbers in, `large` as signed colours, nothing where it is zero."""
    fig, axes = figure(8.4, 3.5, columns=2, width_ratios=[1.55, 1])
    height, width = tiny.shape
    limit = np.abs(tiny).max()
    for ax, values in zip(axes, (tiny, large), strict=True):
        ax.imshow(values, cmap=DIVERGING, vmin=-2 * limit, vmax=2 * limit, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
        ax.set_title(f"{values.shape[0]} outputs × {values.shape[1]} pixels", fontsize=11)
    for (row, column), value in np.ndenumerate(tiny):
        text = _short(value) if value else "·"
        axes[0].text(column, row, text, ha="center", va="center", fontsize=9, color="black" if value else "0.4")
    axes[0].set(xticks=np.arange(0, width, 4) - 0.5, xticklabels=[])
    axes[0].set_xlabel("pixels 0 to 15, row by row", fontsize=10)
    axes[0].vlines(np.arange(4, width, 4) - 0.5, -0.5, height - 0.5, color="0.6", lw=0.8)
    return fig


# ---------------------------------------------------------------- gradients that are missing


def reached(before, gradient):
    """A map (H, W) in grey, and the gradient (H, W) that arrives at each of its numbers: orange +, purple -."""
    fig, axes = figure(6.0, 2.9, columns=2)
    limit = np.abs(gradient).max()
    axes[0].imshow(before, interpolation="nearest", cmap="gray")
    axes[1].imshow(gradient, cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
    for ax, title in zip(axes, ("activation map, rectified", "the gradient that arrives in front"), strict=True):
        ax.set_title(title, fontsize=11)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    return fig


# ---------------------------------------------------------------- checking and memory


def v_shape(steps, curves):
    """Error of a numerical gradient by step size; `curves` maps a name to one error a step."""
    fig, ax = figure(7.2, 3.6)
    for (name, errors), colour, marker in zip(curves.items(), (RED, BLUE, GREEN), "os^", strict=False):
        ax.loglog(steps, errors, color=colour, marker=marker, ms=4, label=name)
    ax.set(xlabel="step h", ylabel="largest relative error")
    ax.invert_xaxis()
    ax.grid(True, which="major", color="0.9", lw=0.8)
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return fig


def kept(names, counts):
    """How many numbers each layer keeps for the way back: a bar a layer, first layer on top."""
    fig, ax = figure(7.2, 0.26 * len(names) + 0.8)
    places = np.arange(len(names))[::-1]
    ax.barh(places, counts, color=[BLUE if "relu" not in name else SKY for name in names], height=0.75, ec=BLUE)
    for place, count in zip(places, counts, strict=True):
        ax.text(count, place, f" {count:,}", va="center", fontsize=9)
    ax.set(yticks=places, yticklabels=names, xlabel="numbers kept, one image", xlim=(0, 1.12 * max(counts)))
    return fig
