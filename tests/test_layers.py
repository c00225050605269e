"""The three engines compute what Torch's own functions compute, on odd shapes and odd memory layouts."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

import numpy as np
import pytest
import threadpoolctl
import torch
import torch.nn.functional as F
from engines import FUNCTIONS, each_engine
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import SHAPES, Convolution, output_shape

from cnnkit.layers import fast, gpu, lowering, naive, threads

few = settings(max_examples=60, deadline=None)
DTYPES = st.sampled_from([np.float32, np.float64])
COUNTS = st.sampled_from([1, 2, 3])  # of threads that `fast` may use
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


@contextlib.contextmanager
def threads_for_everything(count):
    """Inside the block `fast` shares every batch out over `count` threads, however small it is."""
    with mock.patch.multiple(threads, WORTHWHILE=1, allowed=lambda: count):
        yield


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
@given(
    case=convolutions(), block=st.sampled_from([1, 500, 4 * 2**20]), columns=st.sampled_from([1, 4, 384]), count=COUNTS
)
def test_conv2d_and_its_gradients(engine, case, block, columns, count):
    x, w, b, dout, stride, padding = case
    tx, tw, tb = tensors(x, w, b)
    want = F.conv2d(tx, tw, tb, stride, padding)
    with (
        mock.patch.multiple(lowering, BAND_BYTES=block, COLUMNS=columns),
        mock.patch.object(gpu, "BLOCK_BYTES", block),
        mock.patch.object(fast, "ROWS_BYTES", block),
        threads_for_everything(count),
    ):
        out = call(engine.conv2d, x, w, b, stride=stride, padding=padding)
        grads = call(engine.conv2d_backward, dout, x, w, stride=stride, padding=padding)
        without = call(engine.conv2d, x, w, stride=stride, padding=padding)
        if engine is fast:
            parameters = call(fast.conv2d_backward_parameters, dout, x, w, stride=stride, padding=padding)
            assert_same(parameters, grads[1:])
    assert_same(out, want.detach().numpy())
    assert_same(without, F.conv2d(tx, tw, None, stride, padding).detach().numpy())
    assert_same(grads, gradients(want, dout, (tx, tw, tb)))


@each_engine
@few
@given(case=poolings(), block=st.sampled_from([1, 2**20]), count=COUNTS)
def test_max_pool2d_and_its_gradient(engine, case, block, count):
    x, dout, size, stride = case
    (tx,) = tensors(x)
    with mock.patch.object(fast, "BLOCK_BYTES", block), threads_for_everything(count):
        out = call(engine.max_pool2d, x, size=size, stride=stride)
        dx = call(engine.max_pool2d_backward, dout, x, size=size, stride=stride)
    assert_same(out, F.max_pool2d(tx, size, stride).detach().numpy())
    assert_same(dx, gradients(F.max_pool2d(tx, size, stride), dout, (tx,)))


@each_engine
@few
@given(case=poolings(), block=st.sampled_from([1, 2**20]), count=COUNTS)
def test_avg_pool2d_and_its_gradient(engine, case, block, count):
    x, dout, size, stride = case
    (tx,) = tensors(x)
    with mock.patch.object(fast, "BLOCK_BYTES", block), threads_for_everything(count):
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
def test_relu_stops_a_gradient_that_is_not_finite(engine):
    stopped = engine.relu_backward(np.array([np.inf, -np.inf, np.nan, np.inf]), np.array([-1.0, 0.0, -1.0, 1.0]))
    assert stopped.tolist() == [0, 0, 0, np.inf]


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
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (1, (0, 2)), (2, 0), ((1, 2), 0)])
def test_a_1x1_filter(engine, stride, padding):
    """Without padding, at stride 1, the windows are the pixels: there may be a short cut, which holds only there."""
    rng = np.random.default_rng(0)
    x, w, b = (rng.integers(-3, 4, shape).astype(np.float64) for shape in [(2, 3, 5, 7), (4, 3, 1, 1), (4,)])
    tx, tw, tb = tensors(x, w, b)
    want = F.conv2d(tx, tw, tb, stride, padding)
    dout = rng.integers(-3, 4, want.shape).astype(np.float64)
    assert_same(engine.conv2d(x, w, b, stride, padding), want.detach().numpy())
    wanted = gradients(want, dout, (tx, tw, tb))
    assert_same(engine.conv2d_backward(dout, x, w, stride, padding), wanted)
    assert_same(engine.conv2d_backward(dout, np.asfortranarray(x), w, stride, padding), wanted)


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


@each_engine
@pytest.mark.parametrize("where", [(0, 0), (0, 1), (1, 1)])
def test_not_a_number_wins_its_window(engine, where):
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, *where] = np.nan
    want = np.zeros((2, 4))
    want[where] = 1
    want[0, 2] = 2  # the other window's first
    assert_same(engine.max_pool2d_backward(np.array([[[[1.0, 2.0]]]]), x, 2)[0, 0], want)


SCRATCH = 64 * 2**20  # bytes that `fast` may use beside its inputs and outputs, whatever the batch
WHOLE_MAPS = Convolution("one window an image", (200, 512, 14, 14), (4, 512, 14, 14), 1, 0)
MANY_FILTERS = Convolution("a thousand filters on one channel", (8, 1, 60, 60), (1024, 1, 3, 3), 1, 1)
VGG16_WIDEST = Convolution("vgg16 conv1_2", (2, 64, 224, 224), (64, 64, 3, 3), 1, 1)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("layer", [*SHAPES, VGG16_WIDEST, WHOLE_MAPS, MANY_FILTERS], ids=lambda c: c.name)
def test_scratch_of_fast_is_bounded(layer, count, monkeypatch):
    """Results and scratch are all that is allocated, scratch that a thread keeps from call to call included."""
    x, w = np.zeros(layer.x, np.float32), np.zeros(layer.w, np.float32)
    dout = np.zeros(output_shape(layer), np.float32)
    with threads_for_everything(count):
        monkeypatch.setattr(threads, "_kept", threads._Kept())
        forward = peak_bytes(lambda: fast.conv2d(x, w, w[:, 0, 0, 0], layer.stride, layer.padding))
        monkeypatch.setattr(threads, "_kept", threads._Kept())
        backward = peak_bytes(lambda: fast.conv2d_backward(dout, x, w, layer.stride, layer.padding))
    assert dout.nbytes < forward < dout.nbytes + SCRATCH
    assert x.nbytes + w.nbytes < backward < x.nbytes + w.nbytes + SCRATCH


def peak_bytes(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_batch_is_shared_out_over_threads():
    with threads_for_everything(3):
        seen = threads.in_threads(lambda images: (images, threading.get_ident()), 7, operations=3)
    assert [images for images, _ in seen] == [slice(0, 2), slice(2, 4), slice(4, 7)]
    assert threads.in_threads(lambda images: images, 7, operations=1) == [slice(0, 7)]  # too little to share
    assert threads.in_threads(lambda images: images, 0, operations=10**12) == [slice(0, 0)]


@pytest.mark.parametrize(
    "images, size, shared", [(1, (22, 22), 20), (19, (22, 22), 20), (30, (22, 22), 30), (9, (3, 3), 9)]
)
def test_threads_share_out_the_rows_where_images_are_few(images, size, shared):
    """Where there are more rows than images, and all images together have fewer than COLUMNS columns of outputs."""
    x, w = np.ones((images, 2, *size)), np.ones((3, 2, 3, 3))
    with mock.patch.object(fast, "in_threads", wraps=threads.in_threads) as in_threads:
        fast.conv2d(x, w)
    assert in_threads.call_args.args[1] == shared


@pytest.mark.parametrize(
    "images, wanted, size",
    [(64, 14, 16), (64, 39, 32), (128, 39, 32), (9, 14, 9), (61, 14, 13), (61, 39, 31), (1, 39, 1), (7, 0, 1)],
)
def test_groups_are_alike_in_size(images, wanted, size):
    assert lowering._group_size(images, wanted) == size


def test_each_thread_computes_with_a_single_blas_thread_and_the_count_returns():
    before = threads.allowed()
    with threadpoolctl.threadpool_limits(2), mock.patch.object(threads, "WORTHWHILE", 1):
        assert threads.in_threads(lambda images: threads.allowed(), 2, operations=2) == [1, 1]
        assert threads.allowed() == 2
    assert threads.allowed() == before


def test_another_python_thread_may_set_blas_and_leaves_it_to_the_next():
    """threadpoolctl obeys one Python thread at a time: the first that sets OpenBLAS, until it says that it has done."""
    blas_threads = threads.allowed
    with threads_for_everything(2), ThreadPoolExecutor(1) as pool:
        assert pool.submit(threads.in_threads, lambda images: blas_threads(), 2, 2).result() == [1, 1]
        for count in (1, 2):
            with threadpoolctl.threadpool_limits(count):
                assert blas_threads() == count


class OneSetting:
    """BLAS with one number of threads for the whole process."""

    num_threads = 2

    @property
    def lib_controllers(self):
        return [self]

    @contextlib.contextmanager
    def limit(self, limits):
        before, self.num_threads = self.num_threads, limits
        yield
        self.num_threads = before


def test_calls_that_overlap_leave_blas_its_threads():
    """The first one in is the first one out, and the second one found what the first had set."""
    entered, leave = threading.Event(), threading.Event()

    def wait(images):
        entered.set()
        leave.wait(10)

    with mock.patch.object(threads, "_BLAS", OneSetting()), ThreadPoolExecutor(1) as pool:
        first = pool.submit(threads.in_threads, wait, 1, operations=0)
        entered.wait(10)
        assert threads.allowed() == 1
        threads.in_threads(lambda images: (leave.set(), first.result(10)), 1, operations=0)
        assert threads.allowed() == 2


def test_an_error_leaves_blas_its_threads():
    with threadpoolctl.threadpool_limits(2):
        with pytest.raises(ZeroDivisionError):
            threads.in_threads(lambda images: 1 // 0, 1, operations=0)
        assert threads.allowed() == 2


def test_an_error_in_a_thread_reaches_the_caller():
    def work(images):
        if images.start:
            raise ArithmeticError("the second half")

    with threads_for_everything(2), pytest.raises(ArithmeticError, match="the second half"):
        threads.in_threads(work, 2, operations=2)


def test_a_forked_process_makes_threads_of_its_own():
    with threads_for_everything(2):
        threads.in_threads(lambda images: None, 2, operations=2)
        child = os.fork()
        if not child:
            os._exit(len(threads.in_threads(lambda images: None, 2, operations=2)))
        for _ in range(100):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            time.sleep(0.1)
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    assert ended and os.waitstatus_to_exitcode(status) == 2


def test_scratch_is_kept_and_grows():
    scratch = threads.Scratch()
    first = scratch("rows", (2, 3), np.float32)
    assert (first.shape, first.dtype) == ((2, 3), np.float32)
    assert np.shares_memory(first, scratch("rows", (3,), np.float64))
    larger = scratch("rows", (100,), np.float64)
    assert not np.shares_memory(first, larger)
    assert np.shares_memory(larger, scratch("rows", (2, 3), np.float32))
    assert not np.shares_memory(larger, scratch("columns", (2, 3), np.float32))


def prepared_parts(images, scratch):
    """Three parts: the thread that prepares each, and scratch."""
    for _ in range(3):
        yield threading.get_ident(), scratch("of this test", (4,), np.float32)


def parts_with_thread(parts):
    return [(*part, threading.get_ident()) for part in parts]


def test_the_caller_prepares_the_first_part_of_each_share():
    with threads_for_everything(2):
        shares = threads.in_threads(parts_with_thread, 2, 2, prepared_parts)
    here = threading.get_ident()
    (mine, other) = ([[preparing, working] for preparing, _, working in share] for share in shares)
    assert mine == [[here, here]] * 3
    there = other[0][1]
    assert there != here and other == [[here, there], [there, there], [there, there]]


def test_scratch_is_of_one_share_of_one_caller():
    def memory():
        with threads_for_everything(2):
            return [share[0][1] for share in threads.in_threads(parts_with_thread, 2, 2, prepared_parts)]

    with ThreadPoolExecutor(1) as pool:
        (mine, other), again, elsewhere = memory(), memory(), pool.submit(memory).result()
    assert np.shares_memory(mine, again[0]) and np.shares_memory(other, again[1])
    assert not any(np.shares_memory(a, b) for a in (mine, *elsewhere) for b in (other, *elsewhere) if a is not b)


def test_a_call_within_a_call_has_scratch_of_its_own():
    """As from a signal handler, which Python runs between two steps of whatever is at work."""

    def outer(parts):
        ((inner, *_),) = threads.in_threads(parts_with_thread, 1, 0, prepared_parts)
        return [next(parts)[1], inner[1]]

    ((mine, inner),) = threads.in_threads(outer, 1, 0, prepared_parts)
    assert not np.shares_memory(mine, inner)


def test_scratch_is_given_up_where_others_may_still_be_at_work_in_it():
    """As when a reader interrupts a notebook: what another thread writes later must not be in the next result."""
    here, leave, memory_there = threading.get_ident(), threading.Event(), []

    def interrupted(parts):
        if threading.get_ident() == here:
            raise KeyboardInterrupt
        memory_there.append(next(parts)[1])
        leave.wait(10)

    with threads_for_everything(2):
        with pytest.raises(KeyboardInterrupt):
            threads.in_threads(interrupted, 2, 2, prepared_parts)
        leave.set()
        shares = threads.in_threads(parts_with_thread, 2, 2, prepared_parts)
    assert not any(np.shares_memory(memory_there[0], part[1]) for share in shares for part in share)


def test_threads_that_wait_keep_no_array_alive():
    array = np.ones(3)
    gone = weakref.ref(array)
    with threads_for_everything(2):
        threads.in_threads(lambda images, array=array: array.sum(), 2, 2)
    del array
    for _ in range(100):
        if gone() is None:
            break
        time.sleep(0.01)
    assert gone() is None


def test_importing_asks_for_nothing_that_windows_lacks():
    code = "import os; del os.register_at_fork, os.fork; from cnnkit.layers import fast"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("module", [naive, fast, gpu], ids=lambda m: m.__name__.rsplit(".")[-1])
def test_the_engines_have_the_same_functions_and_signatures(module):
    import inspect

    for name in FUNCTIONS:
        assert inspect.signature(getattr(module, name)) == inspect.signature(getattr(naive, name)), name


@pytest.mark.parametrize("module", [naive, fast, gpu], ids=lambda m: m.__name__.rsplit(".")[-1])
def test_every_function_shows_an_example(module):
    assert [name for name in FUNCTIONS if ">>>" not in getattr(module, name).__doc__] == []


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
