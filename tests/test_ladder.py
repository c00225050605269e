"""The rungs of the chapter "fast": all compute the same, the page shows them as they are timed, figures are stored."""

import ast
import json

import numpy as np
import pytest
import rungs
import torch
from commands import ROOT
from shapes import SHAPES, Convolution

from cnnkit import notebooks

STORED = ROOT / "benchmarks" / "results" / "ladder.json"
EVERY = rungs.LADDER | rungs.OTHERS


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("f, stride, padding", [((3, 2), (2, 1), (1, 0)), ((3, 3), 1, (2, 1)), ((3, 3), 1, 0)], ids=str)
def test_a_rung_computes_what_torch_computes(name, f, stride, padding):
    if name == "winograd" and f != (3, 3):
        pytest.skip("Winograd's F(2x2, 3x3) knows no other filter")
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(3, 2, 7, 8)), rng.normal(size=(4, 2, *f)), rng.normal(size=4)
    want = torch.nn.functional.conv2d(*map(torch.from_numpy, (x, w, b)), stride, padding).numpy()
    got = EVERY[name](x, w, b, stride, padding)
    assert got.dtype == x.dtype
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)


def test_blocks_cover_a_batch_that_they_do_not_divide(monkeypatch):
    rng = np.random.default_rng(4)
    x, w, b = rng.normal(size=(5, 2, 6, 6)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)
    monkeypatch.setattr(rungs, "BLOCK_BYTES", 2 * 18 * 16 * 8)  # two images
    np.testing.assert_allclose(rungs.blocked(x, w, b), rungs.im2col(x, w, b), rtol=0, atol=1e-12)


def test_winograd_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match="at stride 1"):
        rungs.winograd(np.ones((1, 1, 7, 7)), np.ones((1, 1, 3, 3)), np.ones(1), stride=2)


@pytest.mark.parametrize("convolution", [Convolution("small", (2, 3, 7, 9), (4, 3, 3, 5), 2, 1), SHAPES[0]], ids=str)
def test_the_sizes_in_the_formulas_are_those_of_the_arrays(convolution):
    x, w = np.ones(convolution.x), np.ones(convolution.w)
    xp, step, out = rungs.prepare(x, w, convolution.stride, convolution.padding)
    windows = rungs.all_windows(xp, w, step)
    rows = rungs.fast.Lowering(x, w.shape, convolution.stride, convolution.padding)
    laid_out = len(x) * xp.shape[2] * rows.C * rows.FW * rows.W2
    assert rungs.sizes(convolution) == (x.size, xp.size, w.size, out.size, windows.size, laid_out)


def test_the_page_shows_the_rungs_that_were_timed():
    shown = {f.name: f for cell in notebooks.read(ROOT / "book" / "fast.ipynb").cells for f in functions(cell)}
    timed = {f.name: f for f in ast.walk(ast.parse((ROOT / "benchmarks" / "rungs.py").read_text())) if is_function(f)}
    for name in ("six_loops", "view", "im2col", "blocked"):
        assert code(shown[name]) == code(timed[name]), f"{name} in book/fast.ipynb is not {name} in benchmarks/rungs.py"


def functions(cell):
    return [f for f in ast.walk(ast.parse(cell.source)) if is_function(f)] if cell.cell_type == "code" else []


def is_function(node):
    return isinstance(node, ast.FunctionDef)


def code(function):
    """A function without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return [ast.dump(statement) for statement in body]


def test_the_stored_figures_are_what_the_chapter_reads():
    stored = json.loads(STORED.read_text())
    assert stored["machine"]["cores"] and set(stored["versions"]) == {"python", "numpy", "torch", "blas"}
    assert stored["roof"]["flops"] > 1e9 and stored["roof"]["cache"] > stored["roof"]["memory"] > 1e8
    assert set(stored["layers"]) == set(stored["threads"]) == {"lecture", "imagenet 3x3"}
    for layer in stored["layers"].values():
        assert list(layer["rungs"]) == list(rungs.LADDER)
        for row in layer["rungs"].values():
            assert 0 < row["low"] <= row["seconds"] <= row["high"] and row["batch"] >= 1 and row["moved"] > 0
    ways = {name: set(other["ways"]) for name, other in stored["others"].items()}
    assert ways["imagenet 3x3"] == {"lowered rows", "fft", "winograd"} and ways["31x31"] == {"lowered rows", "fft"}
    assert all(way["error"] < 1e-4 for other in stored["others"].values() for way in other["ways"].values())
