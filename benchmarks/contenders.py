"""What the CPU benchmark lets compete: each function builds the inputs of a case and returns the call to be timed.

A case says `layer` (a function of `cnnkit.layers`), `passes` ("forward", or "both" with the gradients) and `settings`,
shapes and numbers. A contender returns None for a case it does not compete in. The call returns its results.
"""

from functools import partial

import numpy as np
from shapes import Convolution, multiply_adds

from cnnkit import data, networks, shapes, training
from cnnkit.layers import fast as fast_layers
from cnnkit.layers import naive as naive_layers

NAIVE_AT_MOST = 40e6  # multiply-adds: seconds of loops
EPOCH = {"epochs": 1, "batch_size": 32, "learning_rate": 0.05, "momentum": 0.9, "seed": 0}


def fast(layer, passes, settings):
    """cnnkit.layers.fast."""
    return lenet_in_numpy() if layer == "lenet5" else _of_engine(fast_layers, layer, passes, settings)


def naive(layer, passes, settings):
    """cnnkit.layers.naive, where it takes seconds and not minutes."""
    if layer != "conv2d" or passes != "forward" or multiply_adds(Convolution("", **settings)) > NAIVE_AT_MOST:
        return None
    return _of_engine(naive_layers, layer, passes, settings)


def im2col(layer, passes, settings):
    """Convolution over the columns of the whole batch at once, fetched through index arrays as CS231n's code does."""
    if layer != "conv2d":
        return None
    x, w, b, dout = inputs(layer, settings)
    stride, padding = settings["stride"], settings["padding"]
    if passes == "forward":
        return lambda: _im2col_forward(x, w, b, stride, padding)[0]
    return lambda: (_im2col_forward(x, w, b, stride, padding)[0], *_im2col_backward(dout, x, w, stride, padding))


def pytorch(layer, passes, settings):
    """torch.nn.functional on the same numbers, and its autograd."""
    import torch

    if layer == "lenet5":
        return lenet_in_torch()
    *arrays, dout = (torch.from_numpy(a) for a in inputs(layer, settings))
    call = _torch_layer(layer, settings)
    if passes == "forward":

        def forward():
            with torch.no_grad():
                return call(*arrays).numpy()

        return forward

    def both():
        leaves = [a.detach().requires_grad_() for a in arrays]
        out = call(*leaves)
        out.backward(dout)
        return out.detach().numpy(), *(leaf.grad.numpy() for leaf in leaves)

    return both


def inputs(layer, settings):
    """Float32 inputs of a layer, x first, and the gradient by its output last; the same for every contender."""
    rng = np.random.default_rng(0)
    x = settings["x"]
    if layer == "conv2d":
        drawn = [x, settings["w"], settings["w"][:1]]
        out = shapes.conv2d_shape(x, settings["w"], None, settings["stride"], settings["padding"])
    elif layer == "linear":
        drawn = [x, settings["w"], settings["w"][:1]]
        out = (x[0], settings["w"][0])
    else:
        drawn, out = [x], shapes.pool2d_shape(x, settings["size"], settings["stride"])
    return [rng.standard_normal(shape, np.float32) for shape in (*drawn, out)]


def _of_engine(engine, layer, passes, settings):
    *arrays, dout = inputs(layer, settings)
    options = {name: value for name, value in settings.items() if name not in ("x", "w")}
    forward = partial(getattr(engine, layer), *arrays, **options)
    without_bias = arrays[:2]
    backward = partial(getattr(engine, f"{layer}_backward"), dout, *without_bias, **options)
    if passes == "forward":
        return forward

    def both():
        out, gradients = forward(), backward()
        return out, *(gradients if isinstance(gradients, tuple) else (gradients,))

    return both


def _torch_layer(layer, settings):
    from torch.nn import functional as F

    if layer == "conv2d":
        return partial(F.conv2d, stride=settings["stride"], padding=settings["padding"])
    if layer == "linear":
        return F.linear
    return partial(getattr(F, layer), kernel_size=settings["size"], stride=settings["stride"])


def _im2col_indices(x, w, stride, padding):
    """The padded x, and index arrays (C*FH*FW, H2*W2) of channel, row and column of every number of every window."""
    _, _, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, None, stride, padding)
    c, p, q = (axis.reshape(-1, 1) for axis in np.indices(w.shape[1:]))
    i, j = (axis.reshape(1, -1) for axis in np.indices((H2, W2)))
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    return xp, (c, i * stride + p, j * stride + q)


def _im2col_forward(x, w, b, stride, padding):
    N, K, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, b.shape, stride, padding)
    xp, places = _im2col_indices(x, w, stride, padding)
    columns = xp[(slice(None), *places)].transpose(1, 2, 0).reshape(len(places[0]), -1)  # (C*FH*FW, H2*W2*N)
    out = w.reshape(K, -1) @ columns + b[:, None]
    return out.reshape(K, H2, W2, N).transpose(3, 0, 1, 2), columns


def _im2col_backward(dout, x, w, stride, padding):
    K, (N, _, H, W) = len(w), x.shape
    _, columns = _im2col_forward(x, w, np.zeros(K, x.dtype), stride, padding)
    xp, places = _im2col_indices(x, w, stride, padding)
    dproduct = dout.transpose(1, 2, 3, 0).reshape(K, -1)
    dcolumns = (w.reshape(K, -1).T @ dproduct).reshape(len(places[0]), -1, N).transpose(2, 0, 1)
    dxp = np.zeros_like(xp)
    np.add.at(dxp, (slice(None), *places), dcolumns)
    dx = dxp[:, :, padding : padding + H, padding : padding + W]
    return dx, (dproduct @ columns.T).reshape(w.shape), dout.sum(axis=(0, 2, 3))


def _digits(dtype):
    return [(x.astype(dtype), y) for x, y in data.split(*data.mnist5k())]


def lenet_in_numpy(dtype=np.float32):
    """One epoch of LeNet-5 on 4,000 digits with `cnnkit`; the call returns the accuracy on the other 1,000."""
    (x, y), held_out = _digits(dtype)

    def epoch():
        network = networks.lenet5(seed=0, dtype=dtype)
        training.fit(network, x, y, **EPOCH, threads=None)
        return training.accuracy(network, *held_out)

    return epoch


def lenet_in_torch(dtype=np.float32):
    """The same epoch with torch.nn: the same first weights, the same batches, the same rule."""
    import torch
    from torch import nn

    (x, y), (x_test, y_test) = ([torch.from_numpy(a) for a in part] for part in _digits(dtype))

    def epoch():
        pool = partial(nn.MaxPool2d, 2)
        features = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), pool(), nn.Conv2d(6, 16, 5), nn.ReLU(), pool()]
        classifier = [nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
        network = nn.Sequential(*features, nn.Flatten(), *classifier).to(x.dtype)
        with torch.no_grad():
            for p, start in zip(network.parameters(), networks.lenet5(seed=0, dtype=dtype).parameters, strict=True):
                p.copy_(torch.from_numpy(start))
        optimiser = torch.optim.SGD(network.parameters(), EPOCH["learning_rate"], EPOCH["momentum"])
        order = np.random.default_rng(EPOCH["seed"]).permutation(len(x))
        for start in range(0, len(x), EPOCH["batch_size"]):
            batch = torch.from_numpy(order[start : start + EPOCH["batch_size"]])
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(x[batch]), y[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            return float((network(x_test).argmax(1) == y_test).float().mean())

    return epoch
