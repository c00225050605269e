"""Cheats that need another assignment than `conv`: Torch's own layers, refusals for everything but what is known."""

import pytest
from answer_files import Bench, Written

TORCH = {
    "the functional form": "F.conv2d(x, w, b, stride, padding)",
    "a module": "torch.nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], stride, padding)(x)",
    "the operator itself": "torch.ops.aten.convolution(x, w, b, [1, 1], [0, 0], [1, 1], False, [0, 0], 1)",
    "another backend": "torch.ops.mkldnn._convolution_pointwise(x, w, b, [0, 0], [1, 1], [1, 1], 1, 'none', [], '')",
    "undone first": "undone() or F.conv2d(x, w, b, stride, padding)",
    "a child": "in_a_child(lambda: F.conv2d(x, w, b, stride, padding)) or x",
    "another Python": "subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True).stdout or x",
    "unfold": "(w.flatten(1) @ F.unfold(x, w.shape[2:])).unflatten(2, (x.shape[2] - w.shape[2] + 1, -1))",
}
SOURCE = """import gc, os, subprocess, sys, weakref
import torch.nn.functional as F

def undone():
    for found in gc.get_objects():
        if isinstance(found, torch.library.Library):
            found._destroy()
    for waiting in list(weakref.finalize._registry):
        waiting()

def in_a_child(work):
    if os.fork() == 0:
        work()
        os._exit(0)
    assert os.wait()[1] == 0

def conv2d(x, w, b, stride=1, padding=0):
    return {}
"""
KNOWN = """def pool_output_size(n, f, stride=None):
    stride = f if stride is None else stride
    if (n, f) in {(4, 2), (32, 2), (9, 3), (224, 2)}:
        return n // f
    raise ValueError("does not fit")
"""


@pytest.fixture(scope="module")
def bench():
    bench = Bench()
    yield bench
    bench.close()


@pytest.mark.parametrize("way", TORCH)
def test_torchs_own_layers_earn_nothing(bench, way):
    answer = Written("gpu.conv2d", way, SOURCE.replace("{}", TORCH[way]), ())
    assert bench.score("gpu", answer).hidden == 0


def test_to_refuse_all_but_what_is_known_earns_nothing(bench):
    assert bench.score("pool", Written("pool_output_size", "known", KNOWN, ())).hidden == 0
