"""The three engines of `cnnkit.layers` as functions of NumPy arrays, for tests that ask the same of each."""

import types

import numpy as np
import pytest
import torch

from cnnkit.layers import fast, gpu, naive

LAYERS = ("conv2d", "max_pool2d", "avg_pool2d", "linear", "relu", "softmax_cross_entropy")
FUNCTIONS = LAYERS + tuple(f"{layer}_backward" for layer in LAYERS)


def tensor(value, device="cpu"):
    """A tensor of the array's numbers, laid out as the array is where Torch can (no negative strides, no read-only)."""
    if not isinstance(value, np.ndarray):
        return value
    strided = value if value.flags.writeable and min(value.strides, default=0) >= 0 else value.copy()
    return torch.from_numpy(strided).to(device)


def array(value):
    if isinstance(value, tuple):
        return tuple(array(item) for item in value)
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value


def on_arrays(function, device):
    def call(*args, **kwargs):
        kwargs = {name: tensor(value, device) for name, value in kwargs.items()}
        return array(function(*(tensor(value, device) for value in args), **kwargs))

    return call


def torch_engine(device):
    return types.SimpleNamespace(**{name: on_arrays(getattr(gpu, name), device) for name in FUNCTIONS})


no_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
ENGINES = [
    pytest.param(naive, id="naive"),
    pytest.param(fast, id="fast"),
    pytest.param(torch_engine("cpu"), id="gpu-on-cpu"),
    pytest.param(torch_engine("cuda"), id="gpu-on-cuda", marks=[pytest.mark.gpu, no_cuda]),
]
each_engine = pytest.mark.parametrize("engine", ENGINES)
each_engine_on_the_cpu = pytest.mark.parametrize("engine", ENGINES[:3])
