"""Times the convolution of cnnkit.layers.gpu against cuDNN's on the CUDA device of this machine.

    python benchmarks/gpu.py                               # all of it, into benchmarks/results/gpu-DEVICE.json
    python benchmarks/gpu.py --precision bf16              # one precision; the file keeps the others' rows
    python benchmarks/gpu.py --only vgg16                  # a look at some layers; nothing is written

Both are called as PyTorch functions on the same tensors, side by side in turns, and either is granted the memory layout
that suits it better, NCHW or channels last. `forward` is the layer's output, `both` the output and the gradients by x
and w. Each is timed twice: `called`, as a program calls it, Python included, and `device`, the work on the GPU alone,
replayed from a CUDA graph. Times are of CUDA events, over enough calls in a row to last a few milliseconds; caches are
warm. A speed of 0.8 says that cuDNN takes 0.8 times as long.

`attainable` is the roofline: a layer that does I floating-point operations for each byte that it must move can do no
more than min(matmul rate, I * copy bandwidth) of them a second; rate and bandwidth are measured here, in the same run.
"""

import argparse
import datetime
import json
import math
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from shapes import SHAPES, VGG16, at_batch, multiply_adds, output_shape, times

from cnnkit.layers import gpu

RESULTS = Path(__file__).with_name("results")
PRECISIONS = {"bf16": torch.bfloat16, "tf32": torch.float32, "fp32": torch.float32}
GOAL = 0.8  # of cuDNN's speed, in the geometric mean
SAMPLES, SAMPLE_MS = 21, 3
CLOSE = {"bf16": 2e-2, "tf32": 5e-3, "fp32": 1e-4}  # largest difference from cuDNN, relative to its largest number


def main():
    options = arguments()
    require_cuda()
    device = torch.cuda.get_device_name()
    path = RESULTS / f"gpu-{re.sub(r'[^a-z0-9]+', '-', device.lower()).strip('-')}.json"
    layers = times(SHAPES, 8) + at_batch(VGG16, options.vgg_batch)
    layers = [layer for layer in layers if options.only in layer.name]
    result = {"device": device, "versions": versions(), "roofline": {}, "rows": []}
    if not options.only:
        result = kept(path, result, options.precision)
    for precision in options.precision:
        set_precision(precision)
        result["roofline"][precision] = roof = {"bytes": copy_bandwidth(), "flops": matmul_rate(PRECISIONS[precision])}
        print(f"\n## {device}, {precision}: {roof['flops'] / 1e12:.1f} TFLOP/s, {roof['bytes'] / 1e9:.0f} GB/s\n")
        print(HEADER)
        for layer in layers:
            for what in ("forward", "both"):
                row = compare(layer, precision, what, roof)
                result["rows"].append(row)
                print(line(row), flush=True)
        if not options.only:
            write(path, result)
    print(summary(result["rows"]))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="only layers with TEXT in their name; writes nothing"
    )
    parser.add_argument("--vgg-batch", type=int, default=32, help="images in a batch of VGG16's layers (default 32)")
    return parser.parse_args()


def require_cuda():
    need = "benchmarks/gpu.py needs an Nvidia GPU of compute capability 8.0 or newer, PyTorch for CUDA and Triton"
    if not torch.cuda.is_available():
        sys.exit(f"{need}, but torch {torch.__version__} finds no CUDA device here. Nothing was measured or written.")
    x, w = torch.ones(1, 1, 3, 3, device="cuda"), torch.ones(1, 1, 3, 3, device="cuda")
    if gpu._kernels(x, w, 1, 0) is None:
        found = f"{torch.cuda.get_device_name()} has {torch.cuda.get_device_capability()}"
        sys.exit(f"{need}, but {found}, or Triton is missing. Nothing was measured or written.")


def versions():
    import triton

    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        driver = subprocess.run(query, capture_output=True, text=True, check=True).stdout.split("\n")[0].strip()
    except (OSError, subprocess.CalledProcessError):
        driver = None
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "triton": triton.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "driver": driver,
    }


def set_precision(precision):
    """The user's own settings: ours goes by that for matrix products, cuDNN by that for convolutions."""
    wanted = "tf32" if precision == "tf32" else "ieee"
    torch.backends.cuda.matmul.fp32_precision = wanted
    torch.backends.cudnn.conv.fp32_precision = wanted
    torch.backends.cudnn.benchmark = True


# ------------------------------------------------------------------------------------------- what is timed


def compare(layer, precision, what, roof):
    """One row of the table."""
    calls = {
        (who, layout): call(function, what, tensors(layer, PRECISIONS[precision], memory_format), layer)
        for who, function in (("ours", gpu.conv2d), ("cudnn", F.conv2d))
        for layout, memory_format in (("nchw", torch.contiguous_format), ("channels last", torch.channels_last))
    }
    difference = largest_difference(calls["ours", "nchw"](), calls["cudnn", "nchw"]())
    if not difference <= CLOSE[precision]:
        sys.exit(f"{layer.name}, {precision}, {what}: ours differs from cuDNN by {difference:.1e}; times mean nothing")
    row = {"layer": layer.name, "x": layer.x, "w": layer.w, "stride": layer.stride, "padding": layer.padding}
    row |= {"precision": precision, "pass": what, "difference": difference}
    for clock, timed in (("called", calls), ("device", {name: graph(run) for name, run in calls.items()})):
        measured = side_by_side(timed)
        for who in ("ours", "cudnn"):
            layout, best = min(
                ((at, t) for (w, at), t in measured.items() if w == who), key=lambda one: one[1]["median"]
            )
            row[f"{who}, {clock}"] = best | {"layout": layout}
        row[f"speed, {clock}"] = row[f"cudnn, {clock}"]["median"] / row[f"ours, {clock}"]["median"]
    return row | against_the_roof(layer, PRECISIONS[precision], what, roof, row)


def tensors(layer, dtype, memory_format):
    """x, w and the gradient of the output, drawn alike for every layout."""
    generator = torch.Generator("cuda").manual_seed(0)
    for shape in (layer.x, layer.w, output_shape(layer)):
        drawn = torch.randn(shape, generator=generator, device="cuda") / math.sqrt(math.prod(layer.w[1:]))
        yield drawn.to(dtype).contiguous(memory_format=memory_format)


def call(convolve, what, tensors, layer):
    """A function without arguments that does one pass."""
    x, w, dout = tensors
    if what == "forward":
        return lambda: (convolve(x, w, None, layer.stride, layer.padding),)
    x, w = x.requires_grad_(), w.requires_grad_()

    def forward_and_backward():
        out = convolve(x, w, None, layer.stride, layer.padding)
        return out.detach(), *torch.autograd.grad(out, (x, w), dout)

    return forward_and_backward


def largest_difference(got, want):
    """Of all outputs, relative to the largest number of each."""
    pairs = [(g.float(), w.float()) for g, w in zip(got, want, strict=True)]
    return max(((g - w).abs().max() / w.abs().max()).item() for g, w in pairs)


def graph(run):
    """The same work as a CUDA graph: replaying it costs no Python."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):  # warm up where Torch wants it, on another stream: tune, plan, allocate
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(side)
    recorded = torch.cuda.CUDAGraph()
    with torch.cuda.graph(recorded):
        run()
    return recorded.replay


# ------------------------------------------------------------------------------------------- the clock


def side_by_side(calls):
    """Seconds of each call: median and quartiles of SAMPLES, taken in turns, so that all see the same clock speeds."""
    repeats, samples = {}, {name: [] for name in calls}
    for name, run in calls.items():
        lasted(run, 3)  # warm up
        repeats[name] = max(1, min(1000, round(SAMPLE_MS / 1000 / lasted(run, 3))))
    for _ in range(SAMPLES):
        for name, run in calls.items():
            samples[name].append(lasted(run, repeats[name]))
    return {name: spread(sample) for name, sample in samples.items()}


def lasted(run, repeats):
    """Seconds a call, between CUDA events around `repeats` calls in a row."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    begin.record()
    for _ in range(repeats):
        run()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / 1000 / repeats


def spread(sample):
    low, median, high = statistics.quantiles(sample, n=4, method="inclusive")
    return {"median": median, "quartiles": [low, high]}


# ------------------------------------------------------------------------------------------- the roofline


def copy_bandwidth():
    """Bytes a second, read and written, of a copy far larger than the caches."""
    source = torch.empty(2**28, dtype=torch.float32, device="cuda")  # 1 GiB
    target = torch.empty_like(source)
    return 2 * source.nbytes / side_by_side({"copy": lambda: target.copy_(source)})["copy"]["median"]


def matmul_rate(dtype, n=8192):
    """Floating-point operations a second of Torch's product of two n x n matrices."""
    a, b = (torch.randn(n, n, device="cuda").to(dtype) for _ in range(2))
    return 2 * n**3 / side_by_side({"matmul": lambda: a @ b})["matmul"]["median"]


def work(layer, itemsize, what):
    """Floating-point operations, and the bytes that must be moved if each tensor is read or written once a product.

    forward reads x and w and writes out; the two products of the backward read dout and w for dx, dout and x for dw.

    >>> work(SHAPES[0], 4, "forward")                                # 2*24576000; 98304 + 750 + 327680 numbers
    (49152000, 1706936)
    """
    x, w, out = (math.prod(shape) for shape in (layer.x, layer.w, output_shape(layer)))
    products = 1 if what == "forward" else 3
    return 2 * multiply_adds(layer) * products, (x + w + out) * products * itemsize


def against_the_roof(layer, dtype, what, roof, row):
    flops, moved = work(layer, dtype.itemsize, what)
    attainable = min(roof["flops"], flops / moved * roof["bytes"])
    rates = {who: flops / row[f"{who}, device"]["median"] for who in ("ours", "cudnn")}
    return {
        "flops": flops,
        "intensity": flops / moved,
        "attainable": attainable,
        "share, ours": rates["ours"] / attainable,
        "share, cudnn": rates["cudnn"] / attainable,
    }


# ------------------------------------------------------------------------------------------- what is kept and shown


def kept(path, result, precisions):
    """The result with the rows of other precisions that the file has from the same device and versions."""
    old = json.loads(path.read_text()) if path.exists() else {"versions": None}
    if old["versions"] == result["versions"]:
        result["rows"] = [row for row in old["rows"] if row["precision"] not in precisions]
        result["roofline"] = old["roofline"]
    return result


def write(path, result):
    path.parent.mkdir(exist_ok=True)
    result = result | {"date": datetime.date.today().isoformat(), "summary": means(result["rows"])}
    path.write_text(json.dumps(result, indent=1) + "\n")


HEADER = """\
| layer | pass | flop/byte | cuDNN ms | ours ms | speed | speed, called | of attainable: ours | cuDNN |
|---|---|--:|--:|--:|--:|--:|--:|--:|"""


def line(row):
    def time(measured):
        low, high = (1000 * t for t in measured["quartiles"])
        return f"{1000 * measured['median']:.3f} ({low:.3f} to {high:.3f})"

    cells = [row["layer"], row["pass"], f"{row['intensity']:.0f}"]
    cells += [time(row["cudnn, device"]), time(row["ours, device"])]
    cells += [f"{row['speed, device']:.2f}", f"{row['speed, called']:.2f}"]
    cells += [f"{row['share, ours']:.0%}", f"{row['share, cudnn']:.0%}"]
    return f"| {' | '.join(cells)} |"


def means(rows):
    """Geometric means of the speeds by precision, pass and clock, over SHAPES, over VGG16 and over all."""
    found = []
    for precision in dict.fromkeys(row["precision"] for row in rows):
        for what in ("forward", "both"):
            these = [row for row in rows if (row["precision"], row["pass"]) == (precision, what)]
            vgg = [row for row in these if row["layer"].startswith("vgg16")]
            others = [row for row in these if row not in vgg]
            for group, members in (("SHAPES", others), ("VGG16", vgg), ("all", these)):
                if members:
                    mean = {f"speed, {clock}": geometric_mean(members, clock) for clock in ("device", "called")}
                    found.append({"precision": precision, "pass": what, "layers": group} | mean)
    return found


def geometric_mean(rows, clock):
    return statistics.geometric_mean(row[f"speed, {clock}"] for row in rows)


def summary(rows):
    table = [
        f"\n## Geometric mean of the speeds, cuDNN = 1; the goal is {GOAL}\n",
        "| precision | pass | layers | speed | speed, called | goal |",
        "|---|---|---|--:|--:|---|",
    ]
    for mean in means(rows):
        reached = "reached" if mean["speed, device"] >= GOAL else "missed"
        speeds = f"{mean['speed, device']:.2f} | {mean['speed, called']:.2f}"
        table.append(f"| {mean['precision']} | {mean['pass']} | {mean['layers']} | {speeds} | {reached} |")
    return "\n".join(table)


if __name__ == "__main__":
    main()
