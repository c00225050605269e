"""Figures of the chapter on making the convolution fast: what is copied, how long it takes, and why."""

import matplotlib.pyplot as plt
import numpy as np

from . import style

MARKERS = "osD^vP*"


def ladder(rungs):
    """rungs: name -> {"seconds": of one image}: a bar each, on a logarithmic axis, its time beside it."""
    fig, ax = style.figure(7.6, 0.45 * len(rungs) + 0.9)
    seconds = [row["seconds"] for row in rungs.values()]
    ax.barh(range(len(rungs)), seconds, color=[style.mark(style.SKY) if n == "torch" else style.BLUE for n in rungs])
    for place, value in enumerate(seconds):
        ax.text(value * 1.15, place, duration(value), va="center", fontsize=10)
    ax.set(xscale="log", yticks=range(len(rungs)), xlabel="time of one image (each line: ten times as long)")
    ax.set_yticklabels(list(rungs))
    ax.set_xlim(min(seconds) / 3, max(seconds) * 9)
    ticks = [10.0**n for n in range(-7, 4) if min(seconds) / 3 < 10.0**n < max(seconds) * 9]
    ax.set_xticks(ticks, [duration(tick) for tick in ticks])
    ax.minorticks_off()
    ax.grid(axis="x", color="0.88")
    ax.set_axisbelow(True)
    ax.invert_yaxis()
    return fig


def duration(seconds):
    """Three digits and a unit.

    >>> duration(0.00123), duration(12.3), duration(1e-6)
    ('1.23 ms', '12.3 s', '1 µs')
    """
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.999 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def roofline(points, roof):
    """points: name -> (operations a byte, operations a second); roof: "flops", "memory" and "cache" a second."""
    fig, ax = style.figure(7.6, 4.8)
    intensities = [intensity for intensity, _ in points.values()]
    left, right = min(0.25, min(intensities) / 2), max(intensities) * 12
    low = min(rate for _, rate in points.values()) / 4
    x = np.geomspace(left, right, 200)
    for name, key, line in (("main memory", "memory", "-"), ("cache", "cache", "--")):
        ax.plot(x, np.minimum(roof["flops"], roof[key] * x), line, color=style.BLACK, lw=1.8, label=f"roof, {name}")
    ridge = roof["flops"] / roof["memory"]
    ax.axvline(ridge, color="0.6", lw=0.9, ls=":")
    ax.text(ridge / 1.15, low * 1.5, "memory-bound", ha="right", color="0.35", fontsize=10)
    ax.text(ridge * 1.15, low * 1.5, "compute-bound", ha="left", color="0.35", fontsize=10)
    for number, (name, (intensity, rate)) in enumerate(points.items(), start=1):
        marker, colour = MARKERS[(number - 1) % 7], style.COLOURS[(number - 1) % 6]
        label = f"{number} {name}"
        size = 12 if marker in "P*" else 9
        ax.plot(intensity, rate, marker, color=colour, ms=size, mec="white", mew=0.7, label=label, zorder=3)
        earlier = np.array(list(points.values())[: number - 1]).reshape(-1, 2)
        hit = np.any(np.abs(np.log10(earlier / (intensity, rate))).max(axis=1) < 0.15)
        place = (-4, -20) if hit else (-17, -4) if number % 2 else (9, -4)
        ax.annotate(str(number), (intensity, rate), place, textcoords="offset points")
    ax.set(xscale="log", yscale="log", xlim=(left, right), ylim=(low, roof["flops"] * 3))
    ax.set(xlabel="intensity: operations a byte of main-memory traffic", ylabel="operations a second")
    fig.legend(loc="outside right center", frameon=False, fontsize=10)
    return fig


def columns(image, f):
    """image (H, W) of numbered pixels, an f x f filter: the image, and the im2col matrix, a window a column."""
    height, width = image.shape
    windows = [(i, j) for i in range(height - f + 1) for j in range(width - f + 1)]
    matrix = np.stack([image[i : i + f, j : j + f].reshape(-1) for i, j in windows], axis=1)
    fig, axes = style.figure(7.8, 2.9, columns=2, gridspec_kw={"width_ratios": [1, 1.7]})
    style.number_grid(axes[0], image, f"image {height}×{width}")
    style.number_grid(axes[1], matrix, f"im2col {matrix.shape[0]}×{matrix.shape[1]}: a window a column")
    for number, (i, j) in enumerate(windows[:2]):
        inset = 0.06 + 0.1 * number
        outline(axes[0], (i, j), (f, f), style.COLOURS[number + 1], inset)
        outline(axes[1], (0, number), (f * f, 1), style.COLOURS[number + 1], 0.06)
    return fig


def lowering(image, f):
    """image (H, W) of numbered pixels, an f x f filter: every row laid out f times, and each output's stretch."""
    height, width = image.shape
    across = width - f + 1
    rows = np.stack([image[i, q : q + across] for i in range(height) for q in range(f)])
    fig, axes = style.figure(7.8, 3.6, columns=2, gridspec_kw={"width_ratios": [1, 1.5]})
    style.number_grid(axes[0], image, f"image {height}×{width}")
    style.number_grid(axes[1], rows, f"every row laid out {f} times: {rows.shape[0]}×{across}")
    for row in range(height):
        look = {"color": style.TINTS[row % len(style.TINTS)], "lw": 0, "zorder": 0}
        axes[0].add_patch(plt.Rectangle((0, row), width, 1, **look))
        axes[1].add_patch(plt.Rectangle((0, row * f), across, f, **look))
    for i in range(height - f + 1):
        bracket(axes[1], across + 0.4 + 0.5 * i, i * f, (i + f) * f, f"windows of output row {i}")
    axes[1].set_xlim(-0.05, across + 0.5 * (height - f + 1) + 4.2)
    return fig


def outline(ax, corner, size, colour, inset):
    (row, column), (height, width) = corner, size
    place, width, height = (column + inset, row + inset), width - 2 * inset, height - 2 * inset
    ax.add_patch(plt.Rectangle(place, width, height, fill=False, ec=colour, lw=2.5))


def bracket(ax, x, top, bottom, text):
    """A square bracket right of the rows top..bottom, its arms to the left; the text beside its first row."""
    ax.plot([x - 0.2, x, x, x - 0.2], [top + 0.1, top + 0.1, bottom - 0.1, bottom - 0.1], color=style.BLACK, lw=1.5)
    ax.text(x + 0.2, top + 0.5, text, va="center", fontsize=10)


def others(measured):
    """measured: layer -> {"ways": {name: {"seconds"}}}: time relative to the lowered rows' on each layer."""
    fig, ax = style.figure(7.2, 3.2)
    orange = style.mark(style.ORANGE)
    for way, shift, colour, hatch in (("fft", -0.2, orange, "//"), ("winograd", 0.2, style.GREEN, None)):
        for place, row in enumerate(measured.values()):
            if way in row["ways"]:
                ratio = row["ways"][way]["seconds"] / row["ways"]["lowered rows"]["seconds"]
                label = way if place == (0 if way == "fft" else 1) else None
                ax.bar(place + shift, ratio, 0.38, color=colour, hatch=hatch, ec="white", label=label)
                at = {"xytext": (0, 3), "textcoords": "offset points", "ha": "center", "fontsize": 10}
                ax.annotate(f"{ratio:.2g}", (place + shift, ratio), **at)
    ax.axhline(1, color=style.BLACK, lw=1.2)
    ax.set(yscale="log", xticks=range(len(measured)), ylabel="time, fast = 1", ylim=(0.05, 30))
    ax.set_xticklabels(list(measured))
    ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    ax.minorticks_off()
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0)
    return fig
