"""Runs the Triton kernels on the CPU, by Triton's interpreter, in a process of its own.

Triton decides when a kernel is defined whether it will be interpreted or compiled. So the process must know before it
first imports Triton, and the process that runs the tests should not be touched: `pool()` starts another.
"""

import contextlib
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from unittest import mock


def pool():
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _interpret)


def _interpret():
    os.environ["TRITON_INTERPRET"] = "1"
    import torch
    from triton.runtime import interpreter

    from cnnkit.layers import triton_conv

    assert isinstance(triton_conv._forward_kernel.fn, interpreter.InterpretedFunction)
    torch.set_num_threads(1)
    triton_conv.LEAST_SHARE = 48  # so that small cases, too, are shared out, and no share is a whole number of tiles

    # Triton 3.7.1 interprets a product of bfloat16 as one of the whole numbers that have the same bits.
    def create_dot(self, a, b, *rest, as_written=interpreter.InterpreterBuilder.create_dot):
        a, b = (self.cast_impl(t, interpreter.tl.float32) if t.dtype == interpreter.tl.bfloat16 else t for t in (a, b))
        return as_written(self, a, b, *rest)

    interpreter.InterpreterBuilder.create_dot = create_dot


def as_is(t):
    return t


def channels_last(t):
    return t.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


def every_other(t):
    """The same numbers, read with gaps from a larger tensor."""
    larger = t.new_full([2 * n for n in t.shape], 99)
    larger[tuple(slice(None, None, 2) for _ in t.shape)] = t
    return larger[tuple(slice(None, None, 2) for _ in t.shape)]


LAYOUTS = (as_is, channels_last, every_other)


def case(x_shape, w_shape, stride, padding, dtype, layout, device="cpu", seed=0):
    """x, w, dout of small whole numbers, so that every sum is exact in every dtype."""
    import torch

    from cnnkit import shapes

    generator, out_shape = (
        torch.Generator().manual_seed(seed),
        shapes.conv2d_shape(x_shape, w_shape, None, stride, padding),
    )
    limit = 3 if dtype == "float32" else 1
    for shape in (x_shape, w_shape, out_shape):
        numbers = torch.randint(-limit, limit + 1, shape, generator=generator)
        yield layout(numbers.to(device, getattr(torch, dtype)))


def wrong(x_shape, w_shape, stride, padding, dtype="float32", layout=as_is):
    """What differs from Torch: for out, dx and dw shape, dtype and how many numbers are not the same to the bit."""
    import torch.nn.functional as F

    from cnnkit.layers import triton_conv

    x, w, dout = case(x_shape, w_shape, stride, padding, dtype, layout)
    before = [t.clone() for t in (x, w, dout)]
    tx, tw = (t.float().requires_grad_() for t in (x, w))
    want = F.conv2d(tx, tw, None, stride, padding)
    want.backward(dout.float())
    got = triton_conv.correlate(x, w, stride, padding), *triton_conv.correlate_backward(dout, x, w, stride, padding)
    assert all((t == b).all() for t, b in zip((x, w, dout), before, strict=True)), "an input was modified"
    found = {}
    for name, mine, right in zip(("out", "dx", "dw"), got, (want, tx.grad, tw.grad), strict=True):
        if mine.shape != right.shape or mine.dtype != x.dtype:
            found[name] = f"{tuple(mine.shape)} {mine.dtype}"
        elif different := int((mine.float() != right).sum()):
            found[name] = f"{different} of {mine.numel()} numbers"
    return found


@contextlib.contextmanager
def always_kernels():
    from cnnkit.layers import gpu, triton_conv

    with mock.patch.object(gpu, "_kernels", lambda *_: triton_conv):
        yield


def through_autograd():
    """Out and gradients of gpu.conv2d, as lists: bias, autograd and the kernels together."""
    import torch

    from cnnkit.layers import gpu

    x, w, _ = case((2, 3, 6, 5), (4, 3, 3, 2), 1, 1, "float32", as_is)
    leaves = [t.requires_grad_() for t in (x, w, torch.arange(4.0))]
    with always_kernels():
        out = gpu.conv2d(*leaves, padding=1)
        (out * out).sum().backward()
    return [t.tolist() for t in (out.detach(), *(leaf.grad for leaf in leaves))]


def twice_the_same():
    """Whether two calls agree to the bit where the order of a sum would show."""
    import torch

    from cnnkit.layers import triton_conv

    x, w, dout = torch.randn(2, 3, 16, 16), torch.randn(5, 3, 3, 3), torch.randn(2, 5, 14, 14)
    first, second = (triton_conv.correlate_backward(dout, x, w, 1, 0) for _ in range(2))
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def not_a_number(row, column):
    """Where out is NaN when one pixel of a 4x4 image is, under a 2x2 filter at stride 2."""
    import torch

    from cnnkit.layers import triton_conv

    x = torch.zeros(1, 1, 4, 4)
    x[0, 0, row, column] = torch.nan
    return triton_conv.correlate(x, torch.ones(1, 1, 2, 2), 2, 0)[0, 0].isnan().tolist()
