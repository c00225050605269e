"""For the exercises done in Torch: arrays in, arrays out around a function of tensors, without Torch's own layers."""

import contextlib
import ctypes
import re
import warnings
import weakref

import numpy as np

from .values import Unfit, brief_type

LAYERS = re.compile(r"(conv|pool|im2col|col2im)(?!ert)")
NAMESPACES = ("aten", "mkldnn", "mkldnn_prepacked", "quantized", "onednn")
BACKENDS = ("CPU", "CUDA", "MkldnnCPU", "QuantizedCPU", "CompositeExplicitAutograd")


@contextlib.contextmanager
def without_layers():
    """Within this, Torch's own convolution, pooling, fold and unfold raise RuntimeError: the student writes them.

    Their kernels are replaced in Torch's dispatcher, which every way to them passes (functional, modules, torch.ops,
    scripts, gradients).
    """
    replaced = _replaced()
    try:
        yield
    finally:
        for library in replaced:
            library._destroy()


def switch_layers_off_for_good() -> None:
    """The same for the rest of this process, with no handle left in Python by which to undo it."""
    for library in _replaced():
        for waiting in list(weakref.finalize._registry):
            if waiting.alive and waiting.peek()[0] is library:
                waiting.detach()
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(library.m))
        library.m = None
    _forget_decompositions()


def _forget_decompositions() -> None:
    """Torch has some of its layers once more, written in Python for its compiler."""
    from torch import _decomp

    for table in _decomp.global_decomposition_table.values():
        for operation in [operation for operation in table if LAYERS.search(str(operation))]:
            del table[operation]
    for name in filter(LAYERS.search, vars(_decomp.decompositions)):
        setattr(_decomp.decompositions, name, _refuse)


def _replaced() -> list:
    """The registrations that put a refusal in the place of Torch's layers."""
    import torch

    libraries = [torch.library.Library(namespace, "IMPL") for namespace in NAMESPACES]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Torch warns of kernels that are replaced
        for library in libraries:
            _replace(library, torch)
    return libraries


def _replace(library, torch):
    schemas = [s for s in torch._C._jit_get_all_schemas() if s.name.startswith(f"{library.ns}::")]
    for schema in schemas:
        if not LAYERS.search(schema.name) or "weight" in schema.name:
            continue
        name = f"{schema.name}.{schema.overload_name}".rstrip(".")
        for backend in BACKENDS:
            if backend == "CPU" or torch._C._dispatch_has_kernel_for_dispatch_key(name, backend):
                library.impl(name.split("::")[1], _refuse, backend, allow_override=True)


def _refuse(*_, **__):
    raise RuntimeError("Torch's own layers are switched off here: this one is for you to write, of views and products")


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
        if type(value).__module__ == "torch.return_types":  # what max and sort give: a tuple of their own kind
            value = tuple(value)
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
