"""Figures of the page on trust: the boundary, and what the judge costs."""

import matplotlib.pyplot as plt

from . import style

SANDBOX = ("the student's notebook", "NumPy, Matplotlib,\nthe images", "copies, one a check", "scratch memory")
JUDGE = ("the grade cells", "public and hidden cases", "reference layers,\nknown mistakes", "gradebook, solutions")


def boundary():
    """The two sides, what is on each, and the one thing that passes."""
    fig, ax = style.figure(8, 3.2)
    for left, title, things, colour in ((0, "sandbox", SANDBOX, style.ORANGE), (6.4, "judge", JUDGE, style.BLUE)):
        ax.add_patch(plt.Rectangle((left, 0), 3.6, 4.3, fill=False, ec=style.mark(colour), lw=2))
        ax.text(left + 1.8, 4.45, title, ha="center", va="bottom", weight="bold", color=style.BLACK)
        for row, thing in enumerate(things):
            ax.text(left + 1.8, 3.75 - 1.05 * row, thing, ha="center", va="center")
    for y, start, end, text in ((2.9, 6.3, 3.7, "name, arguments"), (1.5, 3.7, 6.3, "plain value, or error")):
        ax.annotate("", (end, y), (start, y), arrowprops={"arrowstyle": "->", "lw": 1.5})
        ax.text(5, y + 0.12, text, ha="center", va="bottom", fontsize=10)
    ax.set(xlim=(-0.1, 10.1), ylim=(-0.1, 5.1))
    ax.axis("off")
    return fig


def costs(cost):
    """cost: assignment -> {"stock": seconds, "ours": seconds}: two bars for each."""
    fig, ax = style.figure(7, 2.8)
    places = range(len(cost))
    for shift, key, colour, hatch in ((-0.2, "stock", style.mark(style.SKY), "//"), (0.2, "ours", style.BLUE, None)):
        bars = [row[key] for row in cost.values()]
        ax.bar([p + shift for p in places], bars, 0.38, color=colour, hatch=hatch, label=key, ec="white")
    ax.set(xticks=list(places), ylabel="seconds a notebook")
    ax.set_xticklabels(list(cost))
    ax.legend(frameon=False)
    return fig
