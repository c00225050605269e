"""What the judge costs: the same notebook under stock nbgrader and under ours, side by side.

    python tests/cost.py [REPEATS] [ASSIGNMENT ...]

Stock is nbgrader as it comes: one ipykernel, in which the student's cells, the checks and the hidden tests all run.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from commands import ROOT
from nbgrader.converters import Autograde

from cnnkit.grading.course import Course, assignments, must


def prepared(home: Path, names: list[str]):
    """A class of one, who hands in the solutions: (course, nbgrader's API with our judge, the same without it)."""
    course = Course(home)
    ours, stock = course.api(), course.api()
    for step in ("sanitize_preprocessors", "autograde_preprocessors"):
        setattr(stock.config.Autograde, step, getattr(Autograde, step).default_args[0])
    del stock.config.Autograde["exporter_class"]
    stock.config.Execute.timeout = 120
    for name in names:
        folder = course.staged / "solution" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_bytes((ROOT / "solutions" / name / f"{name}.ipynb").read_bytes())
        must("prepare", ours.generate_assignment(name, force=True, create=True))
    return course, ours, stock


def seconds(api, name: str) -> float:
    started = time.perf_counter()
    must("grade", api.autograde(name, "solution", force=True, create=True))
    return time.perf_counter() - started


def measure(names: list[str], repeats: int) -> dict[str, dict[str, float]]:
    """Seconds of each assignment, medians of alternating runs: {name: {"stock": ..., "ours": ..., "ratio": ...}}."""
    with tempfile.TemporaryDirectory(dir=ROOT) as home:
        _, ours, stock = prepared(Path(home), names)
        seconds(ours, names[0])  # imports and the list of fonts, once
        found = {}
        for name in names:
            runs = [(seconds(stock, name), seconds(ours, name)) for _ in range(repeats)]
            medians = [statistics.median(column) for column in zip(*runs, strict=True)]
            ratio = statistics.median(ours / stock for stock, ours in runs)
            found[name] = {"stock": round(medians[0], 2), "ours": round(medians[1], 2), "ratio": round(ratio, 2)}
    return found


if __name__ == "__main__":
    wanted = sys.argv[2:] or assignments()
    for name, row in measure(wanted, int(sys.argv[1]) if len(sys.argv) > 1 else 5).items():
        print(f"{name:8} stock {row['stock']:6.2f} s   ours {row['ours']:6.2f} s   ratio {row['ratio']:.2f}")
