"""Times the rungs of the chapter "fast" on this machine's CPU, into benchmarks/results/ladder.json.

    python benchmarks/ladder.py                    # three to four minutes; best when nothing else runs

Every rung has a process of its own with one thread, and they take turns (`side_by_side`). Seconds are for one image:
a call's, divided by the images it did; slow rungs do fewer images, the slowest of all is called once. Each rung's
result is compared with `fast` in double precision before any is timed.
"""

import datetime
import functools
import json
import sys
import time
from pathlib import Path

import numpy as np
import rungs
from shapes import SHAPES, Convolution, multiply_adds
from side_by_side import Contenders, Timing

from cnnkit.layers import fast
from cnnkit.provenance import machine, versions

RESULT = Path(__file__).with_name("results") / "ladder.json"
LAYERS = {c.name: c for c in SHAPES}
ON_THE_LADDER = ["lecture", "imagenet 3x3"]
FEWER = {  # images in a call, where not the whole batch
    "lecture": {"six loops": 1, "one sum a window": 4},
    "imagenet 3x3": {"six loops": 1, "one sum a window": 1, "view": 2},
}
ONCE = ("imagenet 3x3", "six loops")  # takes a minute: called a single time, so that it has no quartiles
LARGE = Convolution("31x31", (8, 16, 64, 64), (16, 16, 31, 31), 1, 15)
FEWER_MULTIPLICATIONS = [LAYERS[n] for n in ("lecture", "cifar 3x3", "imagenet 3x3", "deep 3x3")] + [LARGE]
N_MATMUL, MEMORY_BYTES, CACHE_BYTES = 2048, 2**28, 2**17  # the copied array, too large for any cache or small enough
CLOSE = 1e-4  # largest difference from double precision, relative to the largest number


def main():
    start = time.perf_counter()
    result = {"date": datetime.date.today().isoformat(), "machine": machine(), "versions": versions()}
    result |= {"roof": roof(), "layers": {}, "threads": {}, "others": {}}
    for name in ON_THE_LADDER:
        result["layers"][name] = ladder(LAYERS[name])
    result["threads"] = threads(ON_THE_LADDER)
    with Contenders({"lowered rows": ("ladder", "lowered rows"), **contenders(rungs.OTHERS)}, threads=1) as contest:
        for convolution in FEWER_MULTIPLICATIONS:
            result["others"][convolution.name] = others(contest, convolution)
    again = roof()  # minutes later: the better of the two
    result["roof"] = {name: max(value, again[name]) for name, value in result["roof"].items()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{time.perf_counter() - start:.0f} s, written to {RESULT.name}")


# ------------------------------------------------------------------------------------------- what is timed


def __getattr__(name):
    """`side_by_side` asks this module for a contender by name: the rung of that name, with its inputs made."""
    rung = (rungs.LADDER | rungs.OTHERS).get(name)
    if rung is None:
        raise AttributeError(name)
    return functools.partial(call, rung)


def call(rung, convolution, fewer):
    """A function without arguments that does one pass over the images that the rung is given."""
    name = names(rung)
    convolution = Convolution(*convolution)
    x, w, b = tensors(convolution, fewer.get(name))
    if name == "winograd" and (w.shape[2:] != (3, 3) or convolution.stride != 1):
        return None
    return lambda: rung(x, w, b, convolution.stride, convolution.padding)


def names(rung):
    return next(name for name, function in (rungs.LADDER | rungs.OTHERS).items() if function is rung)


def contenders(ladder):
    return {name: ("ladder", name) for name in ladder}


def tensors(convolution, images=None, dtype=np.float32):
    """x of so many images, w and b, the same numbers on every call; results are about as large as the pixels."""
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(shape, np.float32) for shape in (convolution.x, convolution.w))
    w /= np.float32(np.sqrt(w[0].size))
    b = rng.standard_normal(len(w), np.float32)
    return tuple(a.astype(dtype) for a in (x[:images], w, b))


def matmul():
    a = np.ones((N_MATMUL, N_MATMUL), np.float32)
    out = np.empty_like(a)
    return lambda: np.matmul(a, a, out=out)


def copy_memory():
    return copy(MEMORY_BYTES)


def copy_cache():
    return copy(CACHE_BYTES)


def copy(nbytes):
    a, times = np.ones(nbytes // 4, np.float32), MEMORY_BYTES // nbytes
    out = np.empty_like(a)

    def copies():
        for _ in range(times):
            np.copyto(out, a)

    return copies


# ------------------------------------------------------------------------------------------- the measurements


def roof():
    """What the machine does at best, one thread: operations of a large matrix product, bytes of a plain copy.

    The better quartile, for what disturbs a measurement lowers a roof, and nothing raises it.
    """
    with Contenders({n: ("ladder", n) for n in ("matmul", "copy_memory", "copy_cache")}, threads=1) as contest:
        timed = contest.time({})
    both = 2 * MEMORY_BYTES  # read and written
    found = {
        "flops": 2 * N_MATMUL**3 / timed["matmul"].low,
        "memory": both / timed["copy_memory"].low,
        "cache": both / timed["copy_cache"].low,
    }
    print({name: f"{value:.3g}" for name, value in found.items()}, flush=True)
    return found | {"n": N_MATMUL, "memory copied": MEMORY_BYTES, "cache copied": CACHE_BYTES}


def ladder(convolution):
    """The rungs on one layer: seconds an image with quartiles, bytes an image by formula."""
    name, fewer = convolution.name, FEWER[convolution.name]
    check(convolution, rungs.LADDER, fewer)
    timed = {}
    slow = [rung for rung in rungs.LADDER if rung in fewer and (name, rung) != ONCE]
    quick = [rung for rung in rungs.LADDER if rung not in fewer]
    for group, rounds in ((slow, 2), (quick, 9)):
        with Contenders(contenders(group), threads=1) as contest:
            timed |= contest.time({"convolution": convolution, "fewer": fewer}, rounds=rounds)
    if name == ONCE[0]:
        timed[ONCE[1]] = once(call(rungs.LADDER[ONCE[1]], convolution, fewer))
    images = convolution.x[0]
    found = {"x": convolution.x, "w": convolution.w, "stride": convolution.stride, "padding": convolution.padding}
    found |= {"multiply-adds": multiply_adds(convolution) // images, "rungs": {}}
    for rung in rungs.LADDER:
        batch, touched = fewer.get(rung, images), rungs.touched(rung, convolution)
        row = per_image(timed[rung], batch) | {"batch": batch, "calls": "one" if (name, rung) == ONCE else "many"}
        row |= {"touched": touched and 4 * touched / images, "moved": 4 * rungs.moved(rung, convolution) / images}
        found["rungs"][rung] = row
        print(
            f"{name:14} {rung:18} {row['seconds']:.3g} s an image ({row['low']:.3g} to {row['high']:.3g})", flush=True
        )
    return found


def threads(layers, most=2):
    """`fast` and torch with one thread and with two, seconds an image."""
    found = {name: {} for name in layers}
    for n in range(1, most + 1):
        with Contenders(contenders(["lowered rows", "torch"]), threads=n) as contest:
            for name in layers:
                timed = contest.time({"convolution": LAYERS[name], "fewer": {}})
                found[name][str(n)] = {rung: per_image(t, LAYERS[name].x[0]) for rung, t in timed.items()}
                print(name, n, {rung: f"{t.seconds:.3g}" for rung, t in timed.items()}, flush=True)
    return found


def others(contest, convolution):
    """`fast` beside the ways with fewer multiplications: seconds an image, and the error of single precision."""
    timed = contest.time({"convolution": convolution, "fewer": {}}, rounds=5)
    ways = {name: function for name, function in (rungs.LADDER | rungs.OTHERS).items() if name in timed}
    errors = check(convolution, ways, {})
    found = {"x": convolution.x, "w": convolution.w, "stride": convolution.stride, "padding": convolution.padding}
    rows = {name: per_image(t, convolution.x[0]) | {"error": errors[name]} for name, t in timed.items()}
    for name, row in rows.items():
        print(f"{convolution.name:14} {name:14} {row['seconds']:.3g} s an image, error {row['error']:.1e}", flush=True)
    return found | {"ways": rows}


def check(convolution, ways, fewer):
    """The largest difference of each from `fast` in double precision, relative to its largest number."""
    x, w, b = tensors(convolution, dtype=np.float64)
    right = fast.conv2d(x, w, b, convolution.stride, convolution.padding)
    errors = {}
    for name, function in ways.items():
        if (convolution.name, name) != ONCE:
            out = call(function, convolution, fewer)()
            errors[name] = float(np.abs(out - right[: len(out)]).max() / np.abs(right).max())
            if not errors[name] < CLOSE:
                sys.exit(
                    f"{name} differs from fast by {errors[name]:.1e} on {convolution.name}; its time means nothing"
                )
    return errors


def once(function):
    before = time.perf_counter()
    function()
    return Timing(*[time.perf_counter() - before] * 3)


def per_image(timing, images):
    return {name: seconds / images for name, seconds in timing._asdict().items()}


if __name__ == "__main__":
    main()
