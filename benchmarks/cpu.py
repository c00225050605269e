"""Times the layers of cnnkit.layers.fast beside PyTorch's CPU kernels, in turns, on 1 and on 2 threads.

    make bench                              all of it, into benchmarks/results/cpu.json and cpu.png (some six minutes)
    python benchmarks/cpu.py --check        a quick run that warns where a stored ratio has grown by more than 25 %

A ratio is our time over PyTorch's: below 1 we are faster. Both times are medians of one run; the quartiles stand
beside them in the file. Nothing else should run on the machine meanwhile.
"""

import argparse
import datetime
import json
import math
import os
import sys
from pathlib import Path

import contenders
import numpy as np
from shapes import SHAPES
from side_by_side import Contenders

from cnnkit.provenance import machine, versions

STORED = Path(__file__).with_name("results") / "cpu.json"
GROWN = 1.25  # a ratio this many times the stored one is worth a warning
COMPETING = ("fast", "pytorch", "im2col", "naive")


def pool(layer, x, size, stride):
    return f"{layer} {size}x{size}", layer, {"x": x, "size": size, "stride": stride}


CONVOLUTIONS = [(c.name, "conv2d", dict(x=c.x, w=c.w, stride=c.stride, padding=c.padding)) for c in SHAPES]
POOLS = [
    pool(layer, x, size, stride)
    for layer in ("max_pool2d", "avg_pool2d")
    for x, size, stride in [((64, 32, 32, 32), 2, 2), ((16, 96, 55, 55), 3, 2)]
]
LINEARS = [
    (f"linear {d} to {m}", "linear", {"x": (n, d), "w": (m, d)})
    for n, d, m in [(64, 3072, 10), (128, 400, 120), (32, 9216, 4096)]
]
GROUPS = {"conv2d": CONVOLUTIONS, "pooling": POOLS, "linear": LINEARS}


def main():
    options = arguments()
    if options.check:
        return check()
    result = {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions(), "rows": []}
    for threads in options.threads:
        print(f"\n## {threads} thread{'s' * (threads > 1)}\n")
        result["rows"] += measure(threads, COMPETING if threads == 1 else COMPETING[:2], rounds=5, seconds=0.25)
    result["lenet5"] = [lenet(threads) for threads in options.threads]
    result["means"] = means(result["rows"])
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(json.dumps(result, indent=1) + "\n")
    draw(result, STORED.with_suffix(".png"))
    print(f"\nwritten: {STORED} and {STORED.with_suffix('.png')}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="a quick run against the stored ratios; writes nothing")
    parser.add_argument("--threads", type=int, nargs="+", help="thread counts (default: 1 2)")
    options = parser.parse_args()
    if options.check and options.threads:
        parser.error("--check compares one thread, whose ratios are steady; leave out --threads")
    options.threads = options.threads or [1, 2]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if not all(1 <= threads <= cores for threads in options.threads):
        parser.error(f"--threads should lie between 1 and {cores}, the cores of this machine: {options.threads}")
    return options


def measure(threads, competing, rounds, seconds, groups=GROUPS):
    """One row a case and pass: the Timing of each contender, and ours over PyTorch's."""
    rows = []
    with Contenders({name: ("contenders", name) for name in competing}, threads) as running:
        for group, cases in groups.items():
            for name, layer, settings in cases:
                for passes in ("forward", "both"):
                    timed = running.time({"layer": layer, "passes": passes, "settings": settings}, rounds, seconds)
                    rows.append({"group": group, "name": name, "passes": passes, "threads": threads, **settings})
                    rows[-1]["times"] = {who: timing._asdict() for who, timing in timed.items()}
                    rows[-1]["ratio"] = timed["fast"].seconds / timed["pytorch"].seconds
                    print(line(rows[-1]), flush=True)
    return rows


def line(row):
    times = (f"{who} {t['seconds'] * 1e3:9.2f} ms" for who, t in row["times"].items())
    return f"{row['name']:16} {row['passes']:8} ratio {row['ratio']:5.2f}   {'   '.join(times)}"


def lenet(threads):
    """One epoch of LeNet-5 on each engine, and the accuracy after one in float64: in float32, where the sums are added
    up in another order, the last digits of the weights decide about one test digit in a hundred.
    """
    case = {"layer": "lenet5", "passes": "both", "settings": {}}
    with Contenders({name: ("contenders", name) for name in ("fast", "pytorch")}, threads) as running:
        timed = running.time(case, rounds=3, seconds=0)
    makers = {"fast": contenders.lenet_in_numpy, "pytorch": contenders.lenet_in_torch}
    accuracy = {who: float(make(np.float64)()) for who, make in makers.items()}
    ratio = timed["fast"].seconds / timed["pytorch"].seconds
    print(f"LeNet-5, one epoch: {timed['fast'].seconds:.2f} s / {timed['pytorch'].seconds:.2f} s = {ratio:.2f}")
    times = {who: timing._asdict() for who, timing in timed.items()}
    return {"threads": threads, "times": times, "ratio": ratio, "accuracy": accuracy}


def means(rows):
    """The geometric mean and the worst of the ratios of each group, pass and thread count."""
    found = []
    for group, passes, threads in dict.fromkeys((r["group"], r["passes"], r["threads"]) for r in rows):
        ratios = [r["ratio"] for r in rows if (r["group"], r["passes"], r["threads"]) == (group, passes, threads)]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        found.append({"group": group, "passes": passes, "threads": threads, "mean": mean, "worst": max(ratios)})
        print(f"{group:8} {passes:8} {threads} thread(s): geometric mean {mean:.2f}, worst {max(ratios):.2f}")
    return found


def check():
    """Warn, in the words of GitHub's CI, where we have become slower beside PyTorch than we were; never fail."""
    if not STORED.exists():
        sys.exit(f"there is no {STORED} to compare with: `make bench` writes it")
    rows = json.loads(STORED.read_text())["rows"]
    stored = {(row["name"], row["passes"]): row["ratio"] for row in rows if row["threads"] == 1}
    looked = measure(1, ("fast", "pytorch"), rounds=3, seconds=0.05)
    doubtful = {row["name"] for row in looked if regressions(row, stored)}
    if not doubtful:
        return print("no layer is slower beside PyTorch's than it was")
    print("\nonce more, for longer:")
    groups = {group: [case for case in cases if case[0] in doubtful] for group, cases in GROUPS.items()}
    for row in measure(1, ("fast", "pytorch"), rounds=9, seconds=0.3, groups=groups):
        print("".join(regressions(row, stored)), end="")


def regressions(row, stored):
    """One warning, or none, for a row and the stored ratios by (name, passes)."""
    before = stored.get((row["name"], row["passes"]))
    if before is None or row["ratio"] <= before * GROWN:
        return []
    what = f"{row['name']}, {row['passes']}"
    return [f"::warning title=slower::{what}: {row['ratio']:.2f} of PyTorch's time, stored is {before:.2f}\n"]


def draw(result, path):
    """A dot for each ratio, by group, pass and threads, with lines at the goals."""
    from cnnkit.plots import style

    groups = [m for m in result["means"]]
    fig, ax = style.figure(7, 0.32 * len(groups) + 1.2)
    for y, mean in enumerate(reversed(groups)):
        own = [r["ratio"] for r in result["rows"] if all(r[k] == mean[k] for k in ("group", "passes", "threads"))]
        ax.plot(own, [y] * len(own), "o", color=style.SKY, alpha=0.7)
        ax.plot(mean["mean"], y, "|", color=style.BLACK, ms=14, mew=2.5)
    ax.axvline(1, color=style.ORANGE, lw=1.5)
    ax.set(xscale="log", xlabel="our time / PyTorch's time (dots: layers, bar: geometric mean)")
    ax.set_xticks([0.25, 0.5, 1, 2], ["1/4", "1/2", "1", "2"])
    ax.set_yticks(range(len(groups)), [f"{m['group']}, {m['passes']}, {m['threads']}T" for m in reversed(groups)])
    fig.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
