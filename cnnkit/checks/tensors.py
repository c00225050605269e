"""For the exercises done in Torch: arrays in, arrays out around a function of tensors."""

import numpy as np


def on_arrays(function):
    """`function`, which takes and returns tensors, as a function of arrays, on the best device at hand."""
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def to_tensor(value):
        if isinstance(value, np.ndarray):
            return torch.from_numpy(value).to(device)
        if isinstance(value, (list, tuple)):
            return type(value)(to_tensor(item) for item in value)
        return value

    def to_array(value):
        if isinstance(value, torch.Tensor):
            return value.detach().cpu().numpy()
        if isinstance(value, (list, tuple)):
            return type(value)(to_array(item) for item in value)
        return value

    def wrapped(*args, **kwargs):
        kwargs = {name: to_tensor(value) for name, value in kwargs.items()}
        return to_array(function(*to_tensor(args), **kwargs))

    return wrapped
