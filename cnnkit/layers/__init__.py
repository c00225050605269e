"""The layers of a ConvNet: one signature, three engines.

naive  the definition: loops that read like the formula
fast   the same in vectorised NumPy
gpu    the same in Torch, on any device; import it by name, `from cnnkit.layers import gpu`, for it imports torch

Arrays are NCHW: x (N, C, H, W), w (K, C, FH, FW), b (K,). `stride`, `padding` and `size` are an int or a
(height, width) pair. A backward function takes the gradient of the loss by the layer's output, `dout`, and the layer's
inputs, and returns the gradients by those inputs. float32 stays float32, float64 stays float64; no input is modified.

>>> import numpy as np
>>> from cnnkit.layers import fast, naive
>>> x, w = np.ones((1, 3, 32, 32)), np.ones((10, 3, 5, 5))
>>> naive.conv2d(x, w, padding=2).shape
(1, 10, 32, 32)
>>> bool(np.allclose(naive.conv2d(x, w, padding=2), fast.conv2d(x, w, padding=2)))
True
"""

from . import fast, naive

__all__ = ["fast", "naive"]
