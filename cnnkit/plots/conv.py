"""Figures of the chapter on the convolution layer."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patheffects import Normal, Stroke
from matplotlib.transforms import Affine2D

from .style import BLUE, DIVERGING, GREEN, ORANGE, PINK, RED, SKY, TINTS, figure, mark, number_grid

FILTER_COLOURS = (BLUE, GREEN, ORANGE, RED, SKY, PINK)
PLANES = np.array([(1.0, 0.42, 0.38), (0.42, 0.92, 0.5), (0.45, 0.62, 1.0)])  # red, green and blue planes
HALO = [Stroke(linewidth=2.8, foreground="white"), Normal()]
SLANT = np.array([0.50, 0.30])  # one pixel along a plane's width, as (right, up)


def picture(image):
    """(3,H,W) or (H,W) in [0,1] -> what imshow wants."""
    image = np.clip(np.asarray(image, dtype=float), 0, 1)
    return image.transpose(1, 2, 0) if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def signed(values, limit=None):
    """Numbers of both signs -> RGB, white at zero, symmetric about it, in 25 steps (which keeps the files small)."""
    limit = limit or max(float(np.abs(values).max()), 1e-12)
    steps = np.round(12 * np.asarray(values, dtype=float) / limit) / 12
    return plt.get_cmap(DIVERGING)(0.5 + 0.5 * steps)[..., :3]


# ---------------------------------------------------------------- why not a vector


def shuffled(image, scrambled):
    """A picture beside the same pixels in another order: one vector's worth of numbers each."""
    fig, axes = figure(6.4, 3.3, columns=2)
    for ax, shown, title in zip(axes, (image, scrambled), ("in order", "the same pixels, shuffled"), strict=True):
        ax.imshow(picture(shown), interpolation="nearest")
        ax.set_title(title)
        ax.axis("off")
    return fig


# ---------------------------------------------------------------- volumes


def volume(x, window=None, size=5, maps=None, shown=None):
    """The input volume x (C,H,W) as planes; a filter's window at (row, column) through all of them; the maps (K,H2,W2).

    `shown` is how many of the maps are drawn (all when None); each filter has its colour.
    """
    maps = np.zeros((0, 1, 1)) if maps is None else np.asarray(maps)[:shown]
    channels, height, width = x.shape
    gap, right = 4.6, 4.6 * (channels - 1) + SLANT[0] * width
    left, map_gap = right + 15, 4.6 if len(maps) > 2 else 7.0
    bounds = (-4, (left + map_gap * (len(maps) - 1) + SLANT[0] * maps.shape[2] if len(maps) else right) + 3)
    low, high = -height - 4.5, SLANT[1] * width + 1
    inches = 0.076
    fig, ax = figure((bounds[1] - bounds[0]) * inches, (high - low) * inches)
    _planes(ax, [_tinted(plane, i) for i, plane in enumerate(x)], 0.0, gap)
    _dimensions(ax, 0.0, gap, channels, height, width)
    if window is not None:
        _box(ax, window, size, gap, channels)
    if len(maps):
        drop = (height - maps.shape[1]) / 2
        _planes(ax, [signed(m) for m in maps], left, map_gap, drop, FILTER_COLOURS)
        _dimensions(ax, left, map_gap, *maps.shape, drop)
        if window is not None:
            _rays(ax, window, size, gap * (channels - 1), left, map_gap, drop, len(maps))
    ax.set(xlim=bounds, ylim=(low, high), aspect="equal")
    ax.axis("off")
    return fig


def _tinted(plane, i):
    return np.clip(plane, 0, 1)[..., None] ** 0.7 * PLANES[i % 3]  # 0.7 lifts the shadows


def _at(row, column, left, drop=0.0):
    """Where pixel corner (row, column) of the plane at `left` lands."""
    return left + SLANT[0] * column, SLANT[1] * column - row - drop


def _quad(top, start, rows, columns, left, drop=0.0):
    corners = [(top, start), (top, start + columns), (top + rows, start + columns), (top + rows, start)]
    return [_at(r, c, left, drop) for r, c in corners]


def _planes(ax, faces, left, gap, drop=0.0, edges=None):
    for i, face in enumerate(faces):
        height, width = face.shape[:2]
        place = Affine2D([[SLANT[0], 0, left + i * gap], [SLANT[1], -1, -drop], [0, 0, 1]])
        depth = {"zorder": 1 + i / 10}
        extent = (0, width, height, 0)
        ax.imshow(face, extent=extent, transform=place + ax.transData, interpolation="nearest", **depth)
        colour = edges[i % len(edges)] if edges else "0.25"
        outline = _quad(0, 0, height, width, left + i * gap, drop)
        ax.add_patch(plt.Polygon(outline, fill=False, ec=colour, lw=1.6 if edges else 0.9, **depth))


def _dimensions(ax, left, gap, depth, height, width, drop=0.0):
    """The three sizes along the three edges of a stack of planes."""
    x, y = _at(height / 2, 0, left, drop)
    ax.text(x - 1.0, y, str(height), ha="right", va="center", fontsize=11)
    last = left + gap * (depth - 1)
    x, y = _at(height, width / 2, last, drop)
    ax.text(x + 1.2, y - 0.8, str(width), ha="left", va="top", fontsize=11)
    y = _at(height, 0, left, drop)[1] - 1.2
    if depth > 1:
        ax.annotate("", (last, y), (left, y), arrowprops={"arrowstyle": "<->", "lw": 0.8, "color": "0.3"})
    ax.text((left + last) / 2, y - 0.8, str(depth), ha="center", va="top", fontsize=11)


def _box(ax, window, size, gap, channels):
    row, column = window
    quads = [_quad(row, column, size, size, i * gap) for i in range(channels)]
    for i, quad in enumerate(quads):
        front = i == channels - 1
        face = (1, 1, 1, 0.35 if front else 0)
        ax.add_patch(plt.Polygon(quad, fc=face, ec="black", lw=1.3, path_effects=HALO, zorder=3))
    for corner in range(4):
        ax.plot(*zip(quads[0][corner], quads[-1][corner], strict=True), color="black", lw=1.1, path_effects=HALO)


def _rays(ax, window, size, last, left, map_gap, drop, count):
    """From the window's four corners to the one number each filter makes of it."""
    row, column = window
    quad = _quad(row, column, size, size, last)
    for k in range(count):
        colour = FILTER_COLOURS[k % len(FILTER_COLOURS)]
        target = _at(row + 0.5, column + 0.5, left + k * map_gap, drop)
        if k == 0:
            for corner in quad:
                ax.plot(*zip(corner, target, strict=True), color="0.2", lw=0.8, path_effects=HALO, zorder=4)
        ax.plot(*target, "o", ms=6, mfc=colour, mec="white", mew=1.2, zorder=5)


# ---------------------------------------------------------------- one number


def dot_product(patch, weights, bias):
    """The products of one output number, channel by channel: patch (C,F,F), weights (C,F,F) -> grids and their sums."""
    channels = len(patch)
    fig, axes = figure(7.6, 1.5 * channels, channels, 3)
    for c, name in enumerate(("red", "green", "blue")[:channels]):
        products = patch[c] * weights[c]
        _small_grid(axes[c, 0], patch[c], f"{name} pixels", _tinted(patch[c], c), "{:.2f}", "auto")
        _small_grid(axes[c, 1], weights[c], f"{name} weights", signed(weights[c], 4), "{:g}", "auto")
        title = f"products, sum {_minus(products.sum(), '.2f')}"
        _small_grid(axes[c, 2], products, title, signed(products, 4), "{:.2f}", "auto")
        for ax, sign in ((axes[c, 0], "×"), (axes[c, 1], "=")):
            ax.text(1.055, 0.5, sign, transform=ax.transAxes, ha="center", va="center", fontsize=17)
    total = (patch * weights).sum()
    sums = " + ".join(_bracket(s) for s in (patch * weights).sum(axis=(1, 2)))
    fig.supxlabel(f"{sums} + bias {_bracket(bias)} = {_minus(total + bias, '.2f')}", fontsize=13)
    return fig


def _minus(value, spec="g"):
    return f"{value:{spec}}".replace("-", "\N{MINUS SIGN}")


def _bracket(value):
    return f"({_minus(value, '.2f')})" if value < 0 else _minus(value, ".2f")


def _small_grid(ax, values, title, faces, fmt, aspect="equal"):
    height, width = values.shape
    ax.imshow(faces, extent=(0, width, height, 0), interpolation="nearest", alpha=0.45)
    for (r, c), value in np.ndenumerate(values):
        text = (fmt.format(value) if value else "0").replace("-", "\N{MINUS SIGN}")
        ax.text(c + 0.5, r + 0.5, text, ha="center", va="center", fontsize=8)
    ax.add_collection(LineCollection(_lines(height, width), color="0.4", lw=0.6))
    ax.set_title(title, fontsize=11)
    ax.set(xlim=(-0.05, width + 0.05), ylim=(height + 0.05, -0.05), aspect=aspect)
    ax.axis("off")


def _lines(height, width, left=0.0, top=0.0):
    rows = [[(left, top + r), (left + width, top + r)] for r in range(height + 1)]
    columns = [[(left + c, top), (left + c, top + height)] for c in range(width + 1)]
    return rows + columns


# ---------------------------------------------------------------- sliding


def sliding(image, out, size, moments):
    """The window over the picture at each of the `moments` (row, column), and the map out (H2,W2) filled so far."""
    fig, axes = figure(8.2, 4.3, 2, len(moments))
    faces = signed(out)
    order = np.arange(out.size).reshape(out.shape)
    for (row, column), top, bottom in zip(moments, axes[0], axes[1], strict=True):
        top.imshow(picture(image), interpolation="nearest", extent=(0, image.shape[-1], image.shape[-2], 0))
        for colour, lw in (("white", 4), (BLUE, 2)):
            top.add_patch(plt.Rectangle((column, row), size, size, fill=False, ec=colour, lw=lw))
        top.set_title(f"output row {row}, column {column}", fontsize=10)
        done = (order <= order[row, column])[..., None]
        bottom.imshow(np.where(done, faces, 0.88), interpolation="nearest", extent=(0, out.shape[1], out.shape[0], 0))
        for colour, lw in (("white", 3), (BLUE, 1.6)):
            bottom.add_patch(plt.Rectangle((column - 0.3, row - 0.3), 1.6, 1.6, fill=False, ec=colour, lw=lw))
        value = _minus(out[row, column], ".2f")
        bottom.set_title(f"this number: {value}", fontsize=10)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    return fig


def maps(image, outs, titles, columns=3):
    """A picture and the maps that filters make of it, orange +, purple -; a map's largest 0.5 % saturate."""
    shown = [picture(image)] + [signed(out, float(np.percentile(np.abs(out), 99.5))) for out in outs]
    rows = -(-len(shown) // columns)
    ratio = shown[0].shape[0] / shown[0].shape[1]
    fig, axes = figure(7.2, (7.2 / columns * ratio + 0.35) * rows, rows, columns, squeeze=False)
    edges = ("0.4",) + FILTER_COLOURS
    for i, ax in enumerate(axes.flat):
        ax.set(xticks=[], yticks=[])
        if i >= len(shown):
            ax.axis("off")
            continue
        ax.imshow(shown[i], interpolation="nearest")
        ax.set_title(titles[i], fontsize=11)
        ax.spines[:].set(visible=True, color=edges[i % len(edges)], linewidth=2 if i else 0.8)
    return fig


# ---------------------------------------------------------------- spatial sizes


def windows(n, f, starts):
    """Every position of an FxF window on an NxN grid, laid out as the output is; what sticks out is red and crossed."""
    overhang = max(0, max(starts) + f - n)
    step = n + overhang + 1.6
    count = len(starts)
    side = min(6.2, 1.65 * count + 0.5)
    fig, ax = figure(side, side)
    grid = []
    for i, row in enumerate(starts):
        for j, column in enumerate(starts):
            left, top = j * step, i * step
            fits = row + f <= n and column + f <= n
            ax.add_patch(plt.Rectangle((left, top), n, n, fc="0.96", lw=0))
            colour = BLUE if fits else RED
            face = plt.Rectangle((left + column, top + row), f, f, fc=colour, alpha=0.9, lw=0)
            ax.add_patch(face)
            grid += _lines(n, n, left, top)
            if not fits:
                ends = [(left + column, top + row), (left + column + f, top + row + f)]
                ax.plot(*zip(*ends, strict=True), color="white", lw=1.4)
                ends = [(left + column + f, top + row), (left + column, top + row + f)]
                ax.plot(*zip(*ends, strict=True), color="white", lw=1.4)
    ax.add_collection(LineCollection(grid, color="0.55", lw=0.5, zorder=1.5))
    ax.set(xlim=(-0.3, count * step - 1.3), ylim=(count * step - 1.3, -0.3), aspect="equal")
    ax.axis("off")
    return fig


def readings(counts, titles):
    """For each pixel, how many windows read it: a list of (H,W) arrays of counts; pixels that none reads are red."""
    counts = [np.asarray(c) for c in counts]
    fig, axes = figure(3.1 * len(counts), 3.4, columns=len(counts), squeeze=False)
    for ax, count, title in zip(axes[0], counts, titles, strict=True):
        number_grid(ax, count, title, [tuple(p) for p in np.argwhere(count == 0)], RED)
    return fig


def padding(x, pad, f, out):
    """x (H,W) inside its frame of zeros with the first FxF window outlined, and the output with the number it gives."""
    framed = np.pad(x, pad)
    inside = np.pad(np.ones(x.shape, bool), pad)
    fig, axes = figure(8.2, 4.3, columns=2, width_ratios=[framed.shape[1], out.shape[1]])
    title = f"input {x.shape[0]}×{x.shape[1]}, framed by {pad} pixel of zeros" + ("s" if pad > 1 else "")
    number_grid(axes[0], framed, title, [tuple(p) for p in np.argwhere(~inside)], SKY)
    number_grid(axes[1], out, f"output {out.shape[0]}×{out.shape[1]}", [(0, 0)], ORANGE)
    axes[0].add_patch(plt.Rectangle((0, 0), f, f, fill=False, ec=mark(ORANGE), lw=3.5))
    axes[0].add_patch(plt.Rectangle((pad, pad), x.shape[1], x.shape[0], fill=False, ec="black", lw=2))
    return fig


def centred(sizes, pads, n=7):
    """The FxF window centred on the corner pixel of an NxN image: it needs (F-1)/2 pixels beyond the border."""
    fig, axes = figure(8.2, 3.2, columns=len(sizes))
    reach = max(pads)
    for ax, f, pad in zip(axes, sizes, pads, strict=True):
        ax.add_patch(plt.Rectangle((-pad, -pad), n + 2 * pad, n + 2 * pad, fc=SKY, alpha=0.4, lw=0))
        ax.add_patch(plt.Rectangle((0, 0), n, n, fc="white", lw=0))
        ax.add_collection(LineCollection(_lines(n + 2 * pad, n + 2 * pad, -pad, -pad), color="0.6", lw=0.5))
        ax.add_patch(plt.Rectangle((0, 0), n, n, fill=False, ec="black", lw=1.6))
        ax.add_patch(plt.Rectangle((-pad, -pad), f, f, fc=ORANGE, alpha=0.4, lw=0))
        ax.add_patch(plt.Rectangle((-pad, -pad), f, f, fill=False, ec=mark(ORANGE), lw=2.4))
        ax.plot(0.5, 0.5, "o", color="black", ms=5)
        ax.set_title(f"F = {f}: pad {pad}")
        ax.set(xlim=(-reach - 0.2, n + reach + 0.2), ylim=(n + reach + 0.2, -reach - 0.2), aspect="equal")
        ax.axis("off")
    return fig


def fitting(sizes, pads, outs, title):
    """Which input sizes and paddings fit: outs[row][column] is the output size, or None where there is none."""
    fig, ax = figure(7.6, 0.42 * len(pads) + 1.2)
    for i, pad in enumerate(pads):
        for j, _ in enumerate(sizes):
            out = outs[i][j]
            face = TINTS[1] if out is None else TINTS[2]
            ax.add_patch(plt.Rectangle((j - 0.5, i - 0.5), 1, 1, ec="white", lw=2, fc=face))
            ax.text(j, i, "–" if out is None else str(out), ha="center", va="center")
        assert len(outs[i]) == len(sizes), pad
    ax.set(xlim=(-0.5, len(sizes) - 0.5), ylim=(len(pads) - 0.5, -0.5), title=title)
    ax.set_xticks(range(len(sizes)), [str(n) for n in sizes])
    ax.set_yticks(range(len(pads)), [f"P = {p}" for p in pads])
    ax.set_xlabel("input size N")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return fig


# ---------------------------------------------------------------- the vectorised line


def matrix_product(columns, weights, out, some):
    """Windows as rows (P,D) times filters as columns (D,K) give a row of outputs a window (P,K); `some` rows shown."""
    fig, axes = figure(7.6, 3.3, columns=3, width_ratios=[75, 24, 20])
    tints = np.repeat(PLANES, columns.shape[1] // 3, axis=0)
    shown = (columns[some, :, None] ** 0.7 * tints, signed(weights), signed(out[some]))
    names = ("windows", "filters", "outputs")
    for ax, face, values, name in zip(axes, shown, (columns, weights, out), names, strict=True):
        ax.imshow(face, aspect="auto", interpolation="nearest")
        rows, cols = values.shape
        ax.set_title(f"{name}: {rows} × {cols}", fontsize=11)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    axes[0].set(xlabel="75 numbers: red, green, blue", ylabel=f"{len(shown[0])} of {len(columns)} windows")
    for edge in (25, 50):
        axes[0].axvline(edge - 0.5, color="white", lw=1.5)
    axes[1].set_xlabel("a column a filter")
    axes[2].set_xlabel("a column a map")
    for ax, sign in ((axes[1], "×"), (axes[2], "=")):
        ax.text(-0.11, 0.5, sign, transform=ax.transAxes, ha="center", va="center", fontsize=16)
    return fig


# ---------------------------------------------------------------- cross-correlation


def flipped(panels, titles):
    """Small signed grids side by side, numbers in the cells: an impulse, a filter, and what two operations make."""
    fig, axes = figure(7.6, 2.5, columns=len(panels))
    for ax, values, title in zip(axes, panels, titles, strict=True):
        _small_grid(ax, np.asarray(values, float), title, signed(values, 9), "{:g}")
    return fig


# ---------------------------------------------------------------- cost


def bills(rows):
    """Three charts over the layers of a network: `rows` has (parameters, multiply-adds, bytes of output) of each."""
    fig, axes = figure(8.2, 2.5, columns=3)
    scales = (
        ("parameters, millions", 1e6, GREEN),
        ("multiply-adds, billions", 1e9, BLUE),
        ("output, MiB", 2**20, ORANGE),
    )
    places = range(1, len(rows) + 1)
    for ax, column, (title, unit, colour) in zip(axes, zip(*rows, strict=True), scales, strict=True):
        ax.bar(places, [value / unit for value in column], color=mark(colour))
        ax.set(xlabel="layer", xticks=places[::3])
        ax.set_title(title, fontsize=11)
    return fig
