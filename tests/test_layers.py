"""The three engines compute what Torch's own functions compute, on odd shapes and odd memory layouts."""

import subprocess
import sys
from unittest import mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from engines import FUNCTIONS, each_engine
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit.layers import fast, gpu, lowering, naive

few = settings(max_examples=60, deadline=None)
DTYPES = st.sampled_from([np.float32, np.float64])
PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))


def as_is(a):
    return a


def every_other(a):
    """The same numbers, read with gaps from a larger array."""
    larger = np.full([2 * n for n in a.shape], 99, a.dtype)
    view = larger[(slice(None, None, 2),) * a.ndim]
    view[...] = a
    return view


def reversed_in_memory(a):
    """The same numbers with negative strides on every axis."""
    return np.ascontiguousarray(np.flip(a))[(slice(None, None, -1),) * a.ndim]


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


LAYOUTS = st.sampled_from([as_is, every_other, reversed_in_memory, read_only, np.asfortranarray])


@st.composite
def integers_as_floats(draw, *shape_strategies):
    """Small whole numbers as floats: sums of their products are exact in either dtype, and ties are frequent."""
    dtype, layout, seed = draw(DTYPES), draw(LAYOUTS), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    return [layout(rng.integers(-3, 4, shape).astype(dtype)) for shape in shape_strategies]


@st.composite
def convolutions(draw):
    """x, w, b, dout, stride, padding: rectangular, padded, one-sized, strides beyond the filter, empty batches."""
    (FH, FW), stride, (H2, W2) = draw(PAIRS), draw(st.tuples(*[st.integers(1, 4)] * 2)), draw(PAIRS)
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    H, W = (H2 - 1) * stride[0] + FH - 2 * padding[0], (W2 - 1) * stride[1] + FW - 2 * padding[1]
    padding = (padding[0] if H > 0 else 0, padding[1] if W > 0 else 0)
    H, W = (H2 - 1) * stride[0] + FH - 2 * padding[0], (W2 - 1) * stride[1] + FW - 2 * padding[1]
    N, C, K = draw(st.integers(0, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    arrays = draw(integers_as_floats((N, C, H, W), (K, C, FH, FW), (K,), (N, K, H2, W2)))
    return *arrays, stride, padding


@st.composite
def poolings(draw):
    """x, dout, size, stride: windows side by side, apart and overlapping, with many ties."""
    size, (H2, W2) = draw(PAIRS), draw(PAIRS)
    stride = draw(st.none() | st.tuples(st.integers(1, 4), st.integers(1, 4)))
    (SH, SW), (FH, FW) = stride or size, size
    N, C = draw(st.integers(0, 3)), draw(st.integers(1, 3))
    x, dout = draw(integers_as_floats((N, C, (H2 - 1) * SH + FH, (W2 - 1) * SW + FW), (N, C, H2, W2)))
    return x, dout, size, stride


@st.composite
def linears(draw):
    rest, M, N = (
        draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)),
        draw(st.integers(1, 4)),
        draw(st.integers(0, 3)),
    )
    return draw(integers_as_floats((N, *rest), (M, int(np.prod(rest))), (M,), (N, M)))


def tensors(*arrays):
    return [torch.from_numpy(a.copy(order="C")).requires_grad_() for a in arrays]


def gradients(out, dout, inputs):
    out.backward(torch.from_numpy(dout.copy(order="C")))
    return tuple(t.grad.numpy() for t in inputs)


def assert_same(got, want):
    """Bit for bit, shapes and dtypes included."""
    got, want = (a if isinstance(a, tuple) else (a,) for a in (got, want))
    assert len(got) == len(want)
    for g, w in zip(got, want, strict=True):
        assert g.dtype == w.dtype
        np.testing.assert_array_equal(g, w, strict=True)


def call(function, *arrays, **settings_):
    """function(*arrays) after which the arrays are what they were."""
    before = [a.copy() for a in arrays]
    out = function(*arrays, **settings_)
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b, err_msg="an input was modified")
    for returned in out if isinstance(out, tuple) else (out,):
        assert not any(np.shares_memory(returned, a) for a in arrays), "the result is an input's memory"
    return out


@each_engine
@few
@given(case=convolutions(), block=st.sampled_from([1, 2000, 4 * 2**20]))
def test_conv2d_and_its_gradients(engine, case, block):
    x, w, b, dout, stride, padding = case
    tx, tw, tb = tensors(x, w, b)
    want = F.conv2d(tx, tw, tb, stride, padding)
    with mock.patch.object(lowering, "BAND_BYTES", block), mock.patch.object(gpu, "BLOCK_BYTES", block):
        out = call(engine.conv2d, x, w, b, stride=stride, padding=padding)
        grads = call(engine.conv2d_backward, dout, x, w, stride=stride, padding=padding)
        without = call(engine.conv2d, x, w, stride=stride, padding=padding)
    assert_same(out, want.detach().numpy())
    assert_same(without, F.conv2d(tx, tw, None, stride, padding).detach().numpy())
    assert_same(grads, gradients(want, dout, (tx, tw, tb)))


@each_engine
@few
@given(case=poolings())
def test_max_pool2d_and_its_gradient(engine, case):
    x, dout, size, stride = case
    (tx,) = tensors(x)
    assert_same(call(engine.max_pool2d, x, size=size, stride=stride), F.max_pool2d(tx, size, stride).detach().numpy())
    dx = call(engine.max_pool2d_backward, dout, x, size=size, stride=stride)
    assert_same(dx, gradients(F.max_pool2d(tx, size, stride), dout, (tx,)))


@each_engine
@few
@given(case=poolings())
def test_avg_pool2d_and_its_gradient(engine, case):
    x, dout, size, stride = case
    (tx,) = tensors(x)
    out = call(engine.avg_pool2d, x, size=size, stride=stride)
    dx = call(engine.avg_pool2d_backward, dout, x, size=size, stride=stride)
    assert out.dtype == dx.dtype == x.dtype
    want = F.avg_pool2d(tx, size, stride)
    np.testing.assert_allclose(out, want.detach().numpy(), atol=1e-5)
    np.testing.assert_allclose(dx, gradients(want, dout, (tx,))[0], atol=1e-5)


@each_engine
@few
@given(case=linears())
def test_linear_and_its_gradients(engine, case):
    x, w, b, dout = case
    tx, tw, tb = tensors(x, w, b)
    want = F.linear(tx.reshape(len(tx), tw.shape[1]), tw, tb)
    assert_same(call(engine.linear, x, w, b), want.detach().numpy())
    assert_same(call(engine.linear, x, w), F.linear(tx.reshape(len(tx), tw.shape[1]), tw).detach().numpy())
    assert_same(call(engine.linear_backward, dout, x, w), gradients(want, dout, (tx, tw, tb)))


@each_engine
@few
@given(arrays=st.lists(st.integers(0, 4), min_size=1, max_size=4).flatmap(lambda s: integers_as_floats(s, s)))
def test_relu_and_its_gradient(engine, arrays):
    x, dout = arrays
    (tx,) = tensors(x)
    assert_same(call(engine.relu, x), F.relu(tx).detach().numpy())
    assert_same(call(engine.relu_backward, dout, x), gradients(F.relu(tx), dout, (tx,)))


@each_engine
@few
@given(
    arrays=st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(lambda s: integers_as_floats(s, s[:1])),
    scale=st.sampled_from([1, 1000]),
    kind=st.sampled_from([np.int64, np.int32, np.uint8]),
)
def test_softmax_cross_entropy_and_its_gradient(engine, arrays, scale, kind):
    """With scores in the thousands exp would overflow, were the largest not taken off first."""
    scores, labels = arrays[0] * scale, (np.abs(arrays[1]) % arrays[0].shape[1]).astype(kind)
    (ts,) = tensors(scores)
    loss = F.cross_entropy(ts, torch.from_numpy(labels.astype(np.int64)))
    got = call(engine.softmax_cross_entropy, scores, labels)
    assert got.dtype == scores.dtype
    assert got.shape == ()
    np.testing.assert_allclose(got, loss.item(), rtol=1e-5, atol=1e-6)
    dscores = call(engine.softmax_cross_entropy_backward, scores, labels)
    assert dscores.dtype == scores.dtype
    loss.backward()
    np.testing.assert_allclose(dscores, ts.grad.numpy(), atol=1e-6)


@each_engine
def test_an_int_means_the_same_for_height_and_width(engine):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 3, 9, 9)), rng.normal(size=(4, 3, 3, 3))
    assert_same(engine.conv2d(x, w, stride=2, padding=1), engine.conv2d(x, w, stride=(2, 2), padding=[1, 1]))
    assert_same(engine.max_pool2d(x, 3, 2), engine.max_pool2d(x, (3, 3), (2, 2)))
    assert_same(engine.avg_pool2d(x, 3), engine.avg_pool2d(x, (3, 3), (3, 3)))


@each_engine
def test_the_layers_of_the_lecture(engine):
    """32x32x3, ten 5x5 filters, pad 2; then 2x2 pooling; then ten neurons that see all of it."""
    rng = np.random.default_rng(0)
    x, w, b = (rng.normal(size=s).astype(np.float32) for s in [(1, 3, 32, 32), (10, 3, 5, 5), (10,)])
    out = engine.conv2d(x, w, b, padding=2)
    assert out.shape == (1, 10, 32, 32)
    np.testing.assert_allclose(out[0, 7, 0, 0], np.sum(x[0, :, :3, :3] * w[7, :, 2:, 2:]) + b[7], rtol=1e-4)
    pooled = engine.max_pool2d(out, 2)
    assert pooled.shape == (1, 10, 16, 16)
    assert engine.linear(pooled, rng.normal(size=(10, 2560)).astype(np.float32)).shape == (1, 10)


@each_engine
def test_a_layer_hands_on_what_is_not_a_number(engine):
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, 1, 1] = np.nan
    for out in (engine.max_pool2d(x, 2), engine.avg_pool2d(x, 2), engine.conv2d(x, np.ones((1, 1, 2, 2)), stride=2)):
        assert np.isnan(out[0, 0]).tolist() == [[True, False], [False, False]]
    assert np.isnan(engine.relu(x)).sum() == 1


@each_engine
def test_windows_of_minus_infinity_have_a_first_winner(engine):
    """A pool that starts from 0, or from the smallest float, fails here."""
    x = np.full((1, 1, 2, 2), -np.inf)
    assert engine.max_pool2d(x, 2).item() == -np.inf
    assert engine.max_pool2d_backward(np.ones((1, 1, 1, 1)), x, 2).ravel().tolist() == [1, 0, 0, 0]


def test_fast_makes_no_columns_of_the_whole_batch():
    """Scratch stays bounded, whatever the batch: input + output + one block."""
    import tracemalloc

    x, w = np.zeros((256, 8, 32, 32), np.float32), np.zeros((8, 8, 3, 3), np.float32)
    columns_of_the_batch = 9 * x.nbytes  # 75 MB
    tracemalloc.start()
    fast.conv2d(x, w, padding=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes + 4 * lowering.BAND_BYTES < columns_of_the_batch / 2


@pytest.mark.parametrize("module", [naive, fast, gpu], ids=lambda m: m.__name__.rsplit(".")[-1])
def test_the_engines_have_the_same_functions_and_signatures(module):
    import inspect

    for name in FUNCTIONS:
        assert inspect.signature(getattr(module, name)) == inspect.signature(getattr(naive, name)), name


@pytest.mark.parametrize("module", [naive, fast, gpu], ids=lambda m: m.__name__.rsplit(".")[-1])
def test_the_examples_in_the_docstrings(module):
    import doctest

    result = doctest.testmod(module)
    assert result.attempted >= len(FUNCTIONS)
    assert result.failed == 0


@pytest.mark.parametrize(
    "statement", ["import cnnkit", "import cnnkit.layers", "from cnnkit.layers import naive, fast"]
)
def test_importing_costs_neither_torch_nor_matplotlib(statement):
    code = f"import sys; {statement}; print(sorted({{'torch', 'matplotlib'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_naive_imports_nothing_but_numpy_and_shapes():
    import ast
    import inspect

    imports = [n for n in ast.walk(ast.parse(inspect.getsource(naive))) if isinstance(n, (ast.Import, ast.ImportFrom))]
    assert sorted(alias.name for node in imports for alias in node.names) == ["numpy", "shapes"]


def test_without_torch_the_gpu_engine_says_what_to_install():
    code = "import sys; sys.modules['torch'] = None\nfrom cnnkit.layers import gpu"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "cnnkit.layers.gpu needs PyTorch: pip install 'cnnkit[torch]'" in done.stderr
