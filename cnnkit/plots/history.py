"""Figures of the chapter on the history of ConvNets."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .style import BLUE, DIVERGING, GREEN, ORANGE, RED, SKY, TEN, figure, ink, mark

KINDS = {  # what a step of the history added: colour and marker, so that neither is needed alone
    "a rule to learn by": (BLUE, "o"),
    "an architecture": (mark(ORANGE), "s"),
    "depth and scale": (GREEN, "^"),
}


def timeline(events):
    """The way from 1960 to 2012, a lane for each kind of step; events is a list of (year, label, kind, side).

    A label hangs above its lane where side is positive, below where it is negative, and begins at its year.
    """
    fig, ax = figure(7.4, 4.6)
    lanes = dict(zip(KINDS, (2, 1, 0), strict=True))
    for name, lane in lanes.items():
        colour, marker = KINDS[name]
        ax.axhspan(lane - 0.4, lane + 0.4, fc="0.96", lw=0, zorder=0)
        ax.plot((1958, 2023), (lane, lane), color=colour, lw=2, zorder=1)
        for year, label, kind, side in events:
            if kind == name:
                end, top = (lane + 0.37, lane + 0.37) if side > 0 else (lane - 0.37, lane - 0.04)
                ax.plot((year, year), (lane, end), color=colour, lw=1.2, zorder=1)
                ax.plot(year, lane, marker, color=colour, ms=10, mec="white", mew=1.2, zorder=3)
                ax.text(year + 0.7, top, f"{year}\n{label}", fontsize=9, linespacing=1.05, va="top")
    ax.set(xlim=(1958, 2023), ylim=(-0.45, 2.6), xticks=range(1960, 2021, 10))
    ax.set_yticks([lane + 0.5 for lane in lanes.values()], list(lanes), ha="left", weight="bold", fontsize=10)
    ax.tick_params(axis="y", length=0, pad=-2)
    ax.spines["left"].set_visible(False)
    return fig


def shuffled_digits(images, scrambled, labels):
    """Digits above, the same digits with their pixels dealt out in another order below; both (N, H, W)."""
    fig, axes = figure(6.4, 2.5, rows=2, columns=len(images))
    for column, (image, mixed, label) in enumerate(zip(images, scrambled, labels, strict=True)):
        for ax, picture in zip(axes[:, column], (image, mixed), strict=True):
            ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
        axes[0, column].set_title(str(label))
    axes[0, 0].set_ylabel("as written")
    axes[1, 0].set_ylabel("shuffled")
    return fig


def network_picture(volumes, steps):
    """A ConvNet as its volumes, in order; volumes is a list of (name, (C, H, W)), steps names what lies between two.

    A volume with H = W = 1 is drawn as a column of neurons. Sides are drawn to scale, the number of maps is not.
    """
    fig, ax = figure(7.8, 2.5)
    x, scale, ends = 0.0, 1 / 32, []
    for name, (c, h, w) in volumes:
        flat = h == w == 1
        sheets = 1 if flat else min(c, 6)
        height, width = (0.35 + c / 150, 0.11) if flat else (h * scale, w * scale)
        for sheet in range(sheets):
            left, low = x + 0.06 * sheet, -height / 2 + 0.05 * (sheets - 1) / 2 - 0.05 * sheet
            ax.add_patch(plt.Rectangle((left, low), width, height, fc="white", ec=GREEN if flat else BLUE, lw=1.1))
        middle, right = x + (width + 0.06 * (sheets - 1)) / 2, x + width + 0.06 * (sheets - 1)
        ax.text(middle, 0.82, f"{name}\n{c}" + ("" if flat else f"@{h}x{w}"), ha="center", va="bottom", fontsize=8.5)
        ends.append((x, right))
        x = right + (0.8 if flat else 0.58)
    for (_, right), (left, _), step in zip(ends[:-1], ends[1:], steps, strict=True):
        ax.annotate("", (left - 0.04, 0), (right + 0.04, 0), arrowprops={"arrowstyle": "->", "color": "0.35"})
        ax.text((left + right) / 2, -0.78, step, ha="center", va="top", fontsize=8, color="0.25")
    ax.set(xlim=(-0.2, x - 0.4), ylim=(-1.2, 1.25), aspect="equal")
    ax.axis("off")
    return fig


def adaline(features, targets, w, errors, best):
    """An Adaline's decision line w[0] + w[1] x1 + w[2] x2 = 0 among its examples, and its mean squared error by epoch.

    `errors` maps a name to the errors after each epoch; `best` is the error of the least-squares answer.
    """
    fig, (left, right) = figure(7.4, 3.4, columns=2)
    for target, colour, marker, name in ((-1, BLUE, "o", "zeros"), (1, mark(ORANGE), "^", "ones")):
        mine = targets == target
        left.plot(*features[mine].T, marker, color=colour, ms=4.5, mew=0, label=name)
    across = np.array([features[:, 0].min(), features[:, 0].max()])
    left.plot(across, -(w[0] + w[1] * across) / w[2], color="k", lw=2, label="w·x = 0")
    margin = 0.4
    left.set(ylim=(features[:, 1].min() - margin, features[:, 1].max() + margin))
    left.set(xlabel="ink in the middle columns", ylabel="ink beside the middle", title="the line it learns")
    left.legend(frameon=False, fontsize=9, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.18), columnspacing=1)
    for (name, curve), colour, style in zip(errors.items(), (RED, GREEN), (":", "-"), strict=False):
        right.plot(range(1, len(curve) + 1), curve, style, color=colour, lw=1.8, label=name)
    right.axhline(best, color="k", ls="--", lw=1.2, label="least squares")
    right.set(xlabel="epoch", ylabel="mean squared error", title="the error it makes")
    right.legend(frameon=False, fontsize=9)
    return fig


def meter(patterns, readings, targets, titles, span=60):
    """Patterns of switches (N, 4, 4), each above the meter that one Adaline moves; a triangle marks the target."""
    fig, axes = figure(7.2, 2.2, rows=2, columns=len(patterns), height_ratios=(2.2, 1))
    fig.get_layout_engine().set(hspace=0, h_pad=0.01)
    for column, (pattern, reading, target, title) in enumerate(zip(patterns, readings, targets, titles, strict=True)):
        top, low = axes[:, column]
        top.imshow(pattern, cmap="Blues", vmin=-1, vmax=1.6)
        top.set(xticks=np.arange(0.5, 3.5), yticks=np.arange(0.5, 3.5), xticklabels=[], yticklabels=[], title=title)
        top.grid(color="white", lw=1.5)
        top.tick_params(length=0)
        wrong = abs(reading - target) > span / 4
        low.plot([-1.5 * span, 1.5 * span], [0, 0], color="0.75", lw=3)
        low.plot(target, 0.55, "v", color="0.3", ms=7)
        low.plot(reading, 0, "X" if wrong else "o", color=RED if wrong else GREEN, ms=9)
        low.text(reading, -0.45, f"{round(float(reading)):+d}", ha="center", va="top", fontsize=10)
        low.set(xlim=(-1.7 * span, 1.7 * span), ylim=(-1.7, 1.2))
        low.axis("off")
    return fig


def mirror_symmetry(sweeps, weights):
    """Left: how many starts had solved it after how many sweeps. Right: the weights into two hidden units (2, 6).

    sweeps (S,) has one number a start, infinite where it never did.
    """
    fig, (left, right) = figure(7.4, 3.1, columns=2)
    done = np.sort(sweeps[np.isfinite(sweeps)])
    left.step([100, *done, 30_000], [0, *range(1, len(done) + 1), len(done)], where="post", color=BLUE, lw=2)
    left.axhline(len(sweeps), color="0.6", lw=1)
    left.text(110, len(sweeps) + 0.6, f"all {len(sweeps)} starts", fontsize=9, color="0.35")
    left.axvline(1425, color=RED, ls="--", lw=1.3)
    left.text(1300, 0.62 * len(sweeps), "1,425\n(published)", fontsize=9, ha="right", color=ink(RED))
    left.set(xscale="log", xlim=(100, 30_000), ylim=(0, 1.12 * len(sweeps)))
    left.set(xlabel="sweeps (log scale)", ylabel="starts that have solved it")
    left.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    left.set_title("how long it took")
    for unit, (row, colour) in enumerate(zip(weights, (BLUE, mark(ORANGE)), strict=True)):
        right.bar(np.arange(6) + 0.4 * unit - 0.2, row, width=0.38, color=colour, label=f"hidden unit {unit + 1}")
    right.axhline(0, color="k", lw=0.8)
    right.axvline(2.5, color="0.5", ls=":", lw=1.2)
    low, high = right.get_ylim()
    right.set(xticks=range(6), xticklabels=range(1, 7), xlabel="input", ylabel="weight")
    right.set_ylim(low, high + 0.3 * (high - low))
    right.legend(frameon=False, fontsize=9, ncols=2, loc="upper center", columnspacing=1, handlelength=1.2)
    right.set_title("what one of them learnt")
    return fig


def sharing(counts):
    """Parameters of one layer built three ways, on a log scale; counts is a dictionary of name to number."""
    fig, ax = figure(7.0, 2.2)
    names = list(counts)[::-1]
    ax.barh(names, [counts[n] for n in names], color=[mark(c) for c in (SKY, ORANGE, BLUE)][: len(names)], height=0.6)
    for row, name in enumerate(names):
        ax.text(counts[name] * 1.25, row, f"{counts[name]:,}", va="center", fontsize=10)
    ax.set(xscale="log", xlim=(50, max(counts.values()) * 20), xlabel="parameters (log scale)")
    ax.tick_params(axis="y", length=0)
    return fig


def pca(codes, labels, shares):
    """Left: two numbers for each digit (N, 2), its label as its mark. Right: the share of variance k numbers keep."""
    fig, (left, right) = figure(7.4, 3.3, columns=2, width_ratios=(1.25, 1))
    _digits(left, codes, labels, 42)
    left.set(xlabel="first number", ylabel="second number", title="a digit in two numbers", xticks=[], yticks=[])
    kept = np.arange(1, len(shares) + 1)
    right.plot(kept, 100 * shares, color=BLUE, lw=2)
    right.plot(2, 100 * shares[1], "o", color=RED, ms=8)
    right.annotate("two numbers", (2, 100 * shares[1]), (12, 100 * shares[1] - 8), fontsize=9, color=ink(RED))
    right.set(xlabel="numbers in the code", ylabel="variance kept (%)", ylim=(0, 102), title="and in more")
    return fig


def _digits(ax, points, labels, area):
    """Every point (N, 2) as the digit that its label is, in the colour of that digit."""
    for digit, colour in enumerate(TEN):
        ax.scatter(*points[labels == digit].T, s=area, marker=f"${digit}$", color=ink(colour), lw=0.3)


def costs(names, parameters, multiply_adds):
    """Each layer's share of the parameters and of the multiply-adds, side by side."""
    fig, ax = figure(7.2, 3.0)
    at, half = np.arange(len(names)), 0.38
    shares = [100 * np.asarray(c) / sum(c) for c in (parameters, multiply_adds)]
    ax.bar(at - half / 2, shares[0], width=half, color=BLUE, label="parameters")
    ax.bar(at + half / 2, shares[1], width=half, color=mark(ORANGE), hatch="//", ec="white", label="multiply-adds")
    ax.set(xticks=at, xticklabels=names, ylabel="share (%)")
    ax.legend(frameon=False)
    return fig


def madaline_plane(points, targets, weights):
    """The four points (P, 2) of XOR with the lines on which each Adaline's sum is zero; weights (A, 3), bias first."""
    fig, ax = figure(3.7, 3.5)
    at = np.linspace(-2, 2, 121)
    x, y = np.meshgrid(at, at)
    sums = weights @ np.stack([np.ones(x.size), x.ravel(), y.ravel()])
    ax.contourf(x, y, (sums > 0).any(axis=0).reshape(x.shape), levels=[-0.5, 0.5, 1.5], colors=["#e4eef6", "#fdf3dd"])
    for row, colour, style in zip(sums, (BLUE, RED), ("-", "--"), strict=False):
        ax.contour(x, y, row.reshape(x.shape), levels=[0], colors=[colour], linestyles=style, linewidths=2)
    for target, colour, marker, name in ((1, ORANGE, "^", "should be yes"), (-1, BLUE, "o", "should be no")):
        ax.plot(*points[targets == target].T, marker, color=colour, ms=11, mec="k", label=name)
    ax.set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xlabel="first input", ylabel="second input")
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), columnspacing=1)
    return fig


def solved_by(runs, published=None, unit="sweeps"):
    """How many starts had solved a task after so many sweeps; runs maps a name to counts (S,), infinite if never.

    `published` is (sweeps, words), marked by a dashed line.
    """
    fig, ax = figure(6.4, 3.0)
    ended = np.concatenate([s[np.isfinite(s)] for s in runs.values()])
    low, high = 0.6 * ended.min(), 2.2 * ended.max()
    for (name, sweeps), colour, style in zip(runs.items(), (BLUE, mark(ORANGE), GREEN), ("-", "--", ":"), strict=False):
        done = np.sort(sweeps[np.isfinite(sweeps)])
        heights = 100 * np.r_[0, np.arange(1, len(done) + 1), len(done)] / len(sweeps)
        ax.step([low, *done, high], heights, style, where="post", color=colour, lw=2, label=name)
    if published:
        ax.axvline(published[0], color=RED, ls="-.", lw=1.3)
        ax.text(published[0] * 1.08, 8, f"{published[0]:,}\n{published[1]}", fontsize=9, color=ink(RED))
    ax.set(xscale="log", xlim=(low, high), ylim=(0, 106), xlabel=f"{unit} (log scale)", ylabel="starts solved (%)")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    ax.legend(frameon=False, fontsize=9, ncols=len(runs), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return fig


def letter_shapes(images):
    """T and C in their rotations, (8, 3, 3), in two rows of four."""
    fig, axes = figure(4.4, 2.3, rows=2, columns=4)
    for ax, image in zip(axes.flat, images, strict=True):
        ax.imshow(image, cmap="Blues", vmin=-0.3, vmax=1.5)
        ax.set(xticks=np.arange(0.5, 2.5), yticks=np.arange(0.5, 2.5), xticklabels=[], yticklabels=[])
        ax.grid(color="white", lw=1.5)
        ax.tick_params(length=0)
    axes[0, 0].set_ylabel("T", rotation=0, fontsize=14, labelpad=14, va="center")
    axes[1, 0].set_ylabel("C", rotation=0, fontsize=14, labelpad=14, va="center")
    return fig


def receptive_fields(fields, titles):
    """Learnt receptive fields, each (3, 3), side by side: orange above zero, purple below, the numbers written in."""
    fig, axes = figure(1.85 * len(fields), 2.3, columns=len(fields), squeeze=False)
    for ax, field, title in zip(axes[0], fields, titles, strict=True):
        largest = np.abs(field).max()
        ax.imshow(field, cmap=DIVERGING, vmin=-2 * largest, vmax=2 * largest)
        for (row, column), value in np.ndenumerate(field):
            text = f"{value:.1f}".replace("-", "−")
            ax.text(column, row, text, ha="center", va="center", fontsize=10)
        ax.set(xticks=[], yticks=[])
        ax.set_title(title, fontsize=10)
    return fig


def error_by_epoch(curves, ylabel, levels=None, first=1, top=None):
    """Thin lines for single starts, a thick one for their mean; curves maps a name to (starts, epochs).

    `levels` maps a name to an error that is drawn as a horizontal line; `first` is the number of the
    first epoch, 0 where the error before training is there too; `top` is where the axis ends.
    """
    fig, ax = figure(6.4, 3.1)
    styles = zip((BLUE, mark(ORANGE), GREEN), ("-", "--", "-."), ("o", "s", "^"), strict=True)
    for (name, runs), (colour, style, marker) in zip(curves.items(), styles, strict=False):
        runs = np.asarray(runs)
        epochs = np.arange(first, first + runs.shape[1])
        ax.plot(epochs, runs.T, style, color=colour, lw=0.7, alpha=0.45)
        ax.plot(epochs, runs.mean(axis=0), style, color=colour, lw=2.2, marker=marker, ms=4, label=name)
    for name, level in (levels or {}).items():
        ax.axhline(level, color="0.35", lw=1.2, ls=":")
        at = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
        ax.annotate(fill(name, 14), (1, level), (4, 0), fontsize=9, color="0.3", **at)
    ax.set(xlabel="epoch", ylabel=ylabel, ylim=(0, top))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False, fontsize=9, loc="upper right", bbox_to_anchor=(1, 0.7))
    return fig


def codes(panels, labels):
    """Images squeezed into two numbers in several ways, side by side; panels maps a name to (N, 2), labels is (N,)."""
    fig, axes = figure(2.6 * len(panels), 2.9, columns=len(panels))
    for ax, (name, points) in zip(axes, panels.items(), strict=True):
        _digits(ax, points, labels, 30)
        ax.set(xticks=[], yticks=[])
        ax.set_title(name, fontsize=11)
    return fig


def three_costs(networks):
    """Where the parameters, the multiply-adds and the activations are, layer by layer; networks maps a name to rows.

    A row is (name, parameters, multiply-adds, activations); bars are shares of the network's own sum.
    """
    many = max(len(rows) for rows in networks.values())
    fig, axes = figure(7.6, 0.34 * many + 1.2, columns=len(networks))
    for ax, (name, rows) in zip(axes, networks.items(), strict=True):
        names, *counts = zip(*rows, strict=True)
        at = np.arange(len(names))
        kinds = (("parameters", BLUE, ""), ("multiply-adds", mark(ORANGE), "//"), ("activations", GREEN, ".."))
        for offset, values, (kind, colour, hatch) in zip((-0.27, 0, 0.27), counts, kinds, strict=True):
            share = 100 * np.asarray(values) / sum(values)
            ax.barh(at + offset, share, height=0.25, color=colour, hatch=hatch, ec="white", lw=0.3, label=kind)
        ax.set(yticks=at, yticklabels=names, ylim=(len(names) - 0.4, -0.6), xlabel="share (%)", title=name)
        ax.tick_params(axis="y", length=0, labelsize=9)
    bars = axes[0].get_legend_handles_labels()
    fig.legend(*bars, frameon=False, fontsize=10, ncols=3, loc="outside lower center")
    return fig
