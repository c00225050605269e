"""A picture for the feedback: a student's result on a public case, the wrong numbers marked, the right ones unsaid."""

import io
from dataclasses import dataclass

import numpy as np

from ..checks.compare import wrong_places
from ..checks.run import Examination
from ..checks.verdict import dtype_of, right_answer

MOST = 12  # rows and columns drawn


@dataclass(frozen=True)
class Picture:
    png: bytes
    says: str  # what it shows, for readers who do not see it


def picture(examined: Examination) -> Picture | None:
    """The first public case whose result has the right shape and wrong numbers in it, drawn; None without one."""
    for failed in examined.outcomes:
        if failed.complaint and failed.case is not None and examined.asked.judge is None:
            for name, want, got in _results(examined, failed):
                plane = _wrong_plane(want, got, failed.case)
                if plane:
                    return _drawn(name, examined.asked.call(failed.case), *plane)
    return None


def _results(examined, failed):
    """The arrays of the answer beside the right ones: (name, want, got), of the part that the group is about."""
    right, answer = right_answer(examined.asked, failed.case), examined.trial.answer(failed.case)
    if right.error or answer.error or answer.unfit or answer.stopped:
        return
    parts = examined.asked.parts
    if not parts:
        yield "result", right.value, answer.value
    elif isinstance(answer.value, (tuple, list)) and len(answer.value) == len(parts):
        for i, name in enumerate(parts):
            if failed.group.part in (None, i):
                yield name, right.value[i], answer.value[i]


def _wrong_plane(want, got, case):
    """(the numbers of the first plane with wrong ones, where they are wrong, the plane's index)."""
    if not all(isinstance(a, np.ndarray) and a.dtype.kind in "buif" for a in (want, got)):
        return None
    if want.shape != got.shape or want.ndim < 2 or not want.size:
        return None
    wrong, _ = wrong_places(want.astype(np.float64), got.astype(np.float64), case.terms, dtype_of(case))
    if not wrong.any():
        return None
    index = tuple(int(i) for i in np.argwhere(wrong)[0][:-2])
    return got[index][:MOST, :MOST], wrong[index][:MOST, :MOST], index


def _drawn(name, call, values, wrong, index) -> Picture:
    from matplotlib.figure import Figure

    from ..plots import style

    height, width = values.shape
    figure = Figure(figsize=(max(3.2, 0.62 * width), 0.45 * height + 0.6), layout="constrained")
    ax = figure.add_subplot()
    places = [tuple(place) for place in np.argwhere(wrong)]
    style.number_grid(ax, values, highlight=places, fmt="{:.3g}")
    for row, column in places:  # not by colour alone
        ax.plot(column + 0.12, row + 0.18, marker="x", color=style.BLACK, markersize=4)
    where = f"{name}{list(index)}" if index else name
    ax.set_title(f"your {where}: what is wrong is marked", fontsize=9)
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=90)
    told = f"{call}: your {where} as a grid of {height} by {width} numbers, {len(places)} of them marked as wrong"
    return Picture(written.getvalue(), told)
