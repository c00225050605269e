"""Every backward against the slope of its forward, measured by central differences in float64."""

import numpy as np
import pytest
import torch
from engines import each_engine

from cnnkit.layers import gpu


def numerical_gradient(f, a, dout, h=1e-6):
    """d sum(f(a) * dout) / da, one number at a time."""
    grad = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += h
        down[index] -= h
        grad[index] = np.sum((f(up) - f(down)) * dout) / (2 * h)
    return grad


def apart(rng, shape):
    """Numbers at least 0.01 from each other and from 0, so that a small step changes no maximum and no sign."""
    n = int(np.prod(shape))
    return ((rng.permutation(n) - n / 2 + 0.25) / 10).reshape(shape)


CONVOLUTIONS = [
    pytest.param((2, 3, 5, 6), (2, 3, 3, 2), 1, 0, id="rectangular"),
    pytest.param((1, 2, 7, 5), (3, 2, 3, 3), 2, 1, id="strided-padded"),
    pytest.param((2, 1, 4, 5), (2, 1, 2, 3), (2, 1), (1, 2), id="pairs"),
    pytest.param((1, 1, 7, 4), (1, 1, 1, 1), 3, 0, id="stride-beyond-filter"),
    pytest.param((1, 2, 1, 1), (2, 2, 1, 1), 1, 0, id="one-sized"),
]


@each_engine
@pytest.mark.parametrize(("x_shape", "w_shape", "stride", "padding"), CONVOLUTIONS)
def test_conv2d(engine, x_shape, w_shape, stride, padding):
    rng = np.random.default_rng(1)
    x, w, b = rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[0])
    dout = rng.normal(size=engine.conv2d(x, w, b, stride, padding).shape)
    dx, dw, db = engine.conv2d_backward(dout, x, w, stride, padding)
    forward = engine.conv2d
    np.testing.assert_allclose(dx, numerical_gradient(lambda a: forward(a, w, b, stride, padding), x, dout), atol=1e-7)
    np.testing.assert_allclose(dw, numerical_gradient(lambda a: forward(x, a, b, stride, padding), w, dout), atol=1e-7)
    np.testing.assert_allclose(db, numerical_gradient(lambda a: forward(x, w, a, stride, padding), b, dout), atol=1e-7)


@each_engine
@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize(
    ("shape", "size", "stride"),
    [
        pytest.param((2, 2, 4, 6), 2, None, id="side-by-side"),
        pytest.param((1, 2, 5, 7), 3, 2, id="overlapping"),
        pytest.param((1, 1, 4, 7), (2, 1), (2, 3), id="pairs-apart"),
        pytest.param((1, 2, 3, 4), (3, 4), 1, id="whole-map"),
    ],
)
def test_pooling(engine, kind, shape, size, stride):
    rng = np.random.default_rng(2)
    forward, backward = getattr(engine, f"{kind}_pool2d"), getattr(engine, f"{kind}_pool2d_backward")
    x = apart(rng, shape)
    dout = rng.normal(size=forward(x, size, stride).shape)
    want = numerical_gradient(lambda a: forward(a, size, stride), x, dout)
    np.testing.assert_allclose(backward(dout, x, size, stride), want, atol=1e-7)


@each_engine
@pytest.mark.parametrize("x_shape", [(3, 4), (2, 3, 2, 2)])
def test_linear(engine, x_shape):
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=x_shape), rng.normal(size=(5, int(np.prod(x_shape[1:])))), rng.normal(size=5)
    dout = rng.normal(size=(x_shape[0], 5))
    dx, dw, db = engine.linear_backward(dout, x, w)
    np.testing.assert_allclose(dx, numerical_gradient(lambda a: engine.linear(a, w, b), x, dout), atol=1e-7)
    np.testing.assert_allclose(dw, numerical_gradient(lambda a: engine.linear(x, a, b), w, dout), atol=1e-7)
    np.testing.assert_allclose(db, numerical_gradient(lambda a: engine.linear(x, w, a), b, dout), atol=1e-7)


@each_engine
def test_relu(engine):
    rng = np.random.default_rng(4)
    x = apart(rng, (2, 3, 4))
    dout = rng.normal(size=x.shape)
    np.testing.assert_allclose(engine.relu_backward(dout, x), numerical_gradient(engine.relu, x, dout), atol=1e-7)


@each_engine
def test_softmax_cross_entropy(engine):
    rng = np.random.default_rng(5)
    scores, labels = rng.normal(size=(4, 6)) * 3, np.array([0, 5, 2, 2])
    want = numerical_gradient(lambda a: engine.softmax_cross_entropy(a, labels), scores, 1.0)
    np.testing.assert_allclose(engine.softmax_cross_entropy_backward(scores, labels), want, atol=1e-8)


def doubles(*shapes, seed=6):
    rng = np.random.default_rng(seed)
    return [torch.from_numpy(apart(rng, s)).requires_grad_() for s in shapes]


def test_torch_finds_the_gpu_layers_differentiable():
    """Autograd reaches the backward written out in gpu.py, and its gradients pass Torch's own check."""
    check = torch.autograd.gradcheck
    x, w, b = doubles((2, 2, 5, 7), (3, 2, 3, 3), (3,))
    assert check(lambda *t: gpu.conv2d(*t, stride=2, padding=1), (x, w, b))
    assert check(lambda x, w: gpu.conv2d(x, w, padding=(0, 1)), (x, w))
    assert check(lambda x: gpu.max_pool2d(x, 3, (1, 2)), (x,))
    assert check(lambda x: gpu.avg_pool2d(x, (1, 3), (2, 2)), (x,))
    assert check(gpu.relu, (x,))
    x, w, b = doubles((3, 2, 4), (5, 8), (5,))
    assert check(gpu.linear, (x, w, b))
    assert check(gpu.linear, (x, w))
    (scores,) = doubles((4, 6))
    assert check(lambda s: gpu.softmax_cross_entropy(s, torch.tensor([0, 5, 2, 2])), (scores,))


def test_autograd_uses_the_backward_written_out():
    """At a tie autograd of `amax` would share the gradient out; ours gives it to the first."""
    x = torch.ones(1, 1, 2, 2, requires_grad=True)
    gpu.max_pool2d(x, 2).sum().backward()
    assert x.grad.flatten().tolist() == [1, 0, 0, 0]
    assert type(gpu.conv2d(x, torch.ones(1, 1, 2, 2)).grad_fn).__name__ == "_LayerBackward"


def test_a_network_of_gpu_layers_trains():
    """Tell horizontal from vertical stripes: a convolution, a pool and a linear layer under Torch's own optimiser."""
    rng = np.random.default_rng(7)
    x = rng.normal(scale=0.3, size=(64, 1, 8, 8))
    labels = np.arange(64) % 2
    x[labels == 0, :, ::2] += 1
    x[labels == 1, :, :, ::2] += 1
    x, labels = torch.from_numpy(x).float(), torch.from_numpy(labels)
    w1, w2 = (torch.from_numpy(rng.normal(scale=0.2, size=s)).float() for s in [(4, 1, 3, 3), (2, 36)])
    parameters = [t.requires_grad_() for t in (w1, torch.zeros(4), w2, torch.zeros(2))]
    optimiser, losses = torch.optim.SGD(parameters, lr=0.2), []
    for _ in range(30):
        hidden = gpu.max_pool2d(gpu.relu(gpu.conv2d(x, *parameters[:2])), 2)
        loss = gpu.softmax_cross_entropy(gpu.linear(hidden, *parameters[2:]), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] > 0.5
    assert losses[-1] < 0.05


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_half_precision(dtype):
    """The Torch engine takes what the device offers; NumPy's two engines take float32 and float64 only."""
    x, w = torch.ones(1, 2, 4, 4, dtype=dtype), torch.ones(3, 2, 3, 3, dtype=dtype)
    out = gpu.conv2d(x, w, padding=1)
    assert out.dtype == dtype
    assert out[0, 0, 1, 1] == 18
    assert all(t.dtype == dtype for t in gpu.conv2d_backward(out, x, w, padding=1))
