"""For the exercises done in Torch: arrays in, arrays out around a function of tensors."""

import numpy as np

from .values import Unfit, brief_type


def on_arrays(function):
    """`function`, which takes and returns tensors, as a function of arrays, on the best device at hand."""
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def to_tensor(value):
        if isinstance(value, np.ndarray):
            return torch.from_numpy(value).to(device)
        if type(value) in (list, tuple):
            return type(value)(to_tensor(item) for item in value)
        if type(value) is dict:
            return {key: to_tensor(item) for key, item in value.items()}
        return value

    def to_array(value, name="the result"):
        if type(value) in (torch.Tensor, torch.nn.Parameter):
            return _array(value, name)
        if type(value) is np.ndarray:
            raise Unfit(f"{name} should be a tensor, but it is {brief_type(type(value))}")
        if type(value) in (list, tuple):
            return type(value)(to_array(item, f"{name}[{i}]") for i, item in enumerate(value))
        if type(value) is dict:
            return {key: to_array(item, f"{name}[{key!r}]") for key, item in value.items()}
        return value

    def wrapped(*args, **kwargs):
        return to_array(function(*to_tensor(args), **to_tensor(kwargs)))

    return wrapped


def _array(tensor, name):
    try:
        return tensor.detach().cpu().resolve_conj().resolve_neg().numpy()
    except (TypeError, RuntimeError) as error:  # bfloat16 and sparse tensors have no NumPy twin
        raise Unfit(f"{name} is a tensor that NumPy cannot read: dtype {tensor.dtype}, {tensor.layout}") from error
