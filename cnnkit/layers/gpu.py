"""The same layers in Torch: what `fast` does in NumPy runs on any device that holds the tensors.

Nothing is borrowed from torch.nn. Torch supplies tensors, views of them and the matrix product; forward and backward
are written out here. Every layer is differentiable, by its own backward and not by tracing its forward, so a network of
these layers trains with `loss.backward()` and any optimiser; every `..._backward` is a plain function of tensors, too.
On an Nvidia GPU conv2d is computed by kernels written for it, in `triton_conv`, and its results lie channels last.

>>> import torch
>>> x, w = torch.ones(1, 3, 32, 32), torch.ones(10, 3, 5, 5, requires_grad=True)
>>> out = conv2d(x, w, padding=2)
>>> out.sum().backward()
>>> out.shape, w.grad.shape
(torch.Size([1, 10, 32, 32]), torch.Size([10, 3, 5, 5]))
"""

try:
    import torch
    from torch.autograd.function import once_differentiable
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("cnnkit.layers.gpu needs PyTorch: pip install 'cnnkit[torch]'", name="torch") from error

from .. import shapes

BLOCK_BYTES = 256 * 2**20  # of im2col columns at a time: enough work to fill a GPU, little of its memory


class _Layer(torch.autograd.Function):
    """forward(*tensors, *settings) with the gradients of the tensors from backward(dout, *tensors, *settings)."""

    @staticmethod
    def forward(ctx, forward, backward, settings, *tensors):
        ctx.written_backward, ctx.settings = backward, settings
        ctx.save_for_backward(*tensors)
        return forward(*tensors, *settings)

    @staticmethod
    @once_differentiable
    def backward(ctx, dout):
        grads = ctx.written_backward(dout, *ctx.saved_tensors, *ctx.settings)
        grads = grads if isinstance(grads, tuple) else (grads,)
        return None, None, None, *grads


def conv2d(x, w, b=None, stride=1, padding=0):
    """Slide every filter over every image; each place gives one number, a dot product plus a bias.

    x (N, C, H, W), w (K, C, FH, FW), b (K,) or None -> out (N, K, H2, W2), H2 = (H + 2*padding - FH)/stride + 1.
    Raises ValueError where shapes or devices disagree or the filter does not fit, TypeError where dtypes are not one
    float dtype.

    >>> x = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, torch.ones(1, 1, 2, 2), torch.tensor([0.5]))
    tensor([[[[ 8.5000, 12.5000],
              [20.5000, 24.5000]]]])
    """
    check_tensors(x=x, w=w, b=b)
    shapes.conv2d_shape(x.shape, w.shape, b.shape if b is not None else None, stride, padding)
    out = _Layer.apply(_correlate, _correlate_backward, (stride, padding), x, w)
    return out if b is None else out + b[:, None, None]


def conv2d_backward(dout, x, w, stride=1, padding=0):
    """Gradients of conv2d.

    dout (N, K, H2, W2), x (N, C, H, W), w (K, C, FH, FW) -> dx like x, dw like w, db (K,)

    >>> x, w = torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2)
    >>> dx, dw, db = conv2d_backward(torch.ones(1, 1, 2, 2), x, w)
    >>> dx[0, 0]                                            # how many windows each pixel is in
    tensor([[1., 2., 1.],
            [2., 4., 2.],
            [1., 2., 1.]])
    """
    check_tensors(dout=dout, x=x, w=w)
    shapes.check_upstream(dout.shape, shapes.conv2d_shape(x.shape, w.shape, None, stride, padding))
    return *_correlate_backward(dout, x, w, stride, padding), dout.sum(dim=(0, 2, 3))


# The arithmetic of conv2d without its bias, in two ways: a kernel written for it, and Torch's unfold and matmul.


def _kernels(x, w, stride, padding):
    """The module of kernels that will do this convolution, or None: unfold and matmul will."""
    # Triton's tensor-core code wants an Nvidia GPU from 2020 on (compute capability 8.0) and at most 32 bits a number;
    # torch for the CPU comes without Triton, which is therefore imported here and not above.
    if not x.is_cuda or torch.version.cuda is None or torch.cuda.get_device_capability(x.device) < (8, 0):
        return None
    try:
        from . import triton_conv
    except ImportError:
        return None
    return triton_conv if triton_conv.fits(x, w, stride, padding) else None


def _correlate(x, w, stride, padding):
    """x (N, C, H, W), w (K, C, FH, FW) -> out (N, K, H2, W2)"""
    kernels = _kernels(x, w, stride, padding)
    return (kernels.correlate if kernels else _correlate_by_matmul)(x, w, stride, padding)


def _correlate_backward(dout, x, w, stride, padding):
    """dout (N, K, H2, W2) -> dx like x, dw like w."""
    kernels = _kernels(x, w, stride, padding)
    return (kernels.correlate_backward if kernels else _correlate_backward_by_matmul)(dout, x, w, stride, padding)


def _correlate_by_matmul(x, w, stride, padding):
    """x (N, C, H, W), w (K, C, FH, FW) -> out (N, K, H2, W2): windows into columns, then one matrix product."""
    N, K, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, None, stride, padding)
    filters, out = w.reshape(K, -1), x.new_empty((N, K, H2, W2))
    for images in _blocks(N, w[0].numel() * H2 * W2 * x.element_size()):
        columns = _columns(_zero_pad(x[images], padding), w.shape[2:], stride)  # (n, C*FH*FW, H2*W2)
        out[images] = (filters @ columns).reshape(-1, K, H2, W2)
    return out


def _correlate_backward_by_matmul(dout, x, w, stride, padding):
    """dout (N, K, H2, W2) -> dx like x, dw like w.

    From product = filters @ columns follow dfilters = dproduct @ columns^T and dcolumns = filters^T @ dproduct; then
    every column is added back to the window it was copied from.
    """
    (N, K, H2, W2), (_, C, H, W), (_, _, FH, FW) = dout.shape, x.shape, w.shape
    PH, PW = shapes.pair("padding", padding, at_least=0)
    filters, dfilters, dx = w.reshape(K, -1), w.new_zeros((K, C * FH * FW)), _zeros_like(x)
    for images in _blocks(N, w[0].numel() * H2 * W2 * x.element_size()):
        xp = _zero_pad(x[images], padding)
        dproduct = dout[images].reshape(-1, K, H2 * W2)
        dfilters += (dproduct @ _columns(xp, (FH, FW), stride).transpose(1, 2)).sum(dim=0)
        dcolumns = (filters.T @ dproduct).reshape(-1, C, FH * FW, H2, W2)
        dxp = _zeros_like(xp)
        for k, dplace in enumerate(_places(dxp, (FH, FW), stride)):
            dplace += dcolumns[:, :, k]
        dx[images] = dxp[:, :, PH : PH + H, PW : PW + W]
    return dx, dfilters.reshape(w.shape)


def max_pool2d(x, size, stride=None):
    """The largest number of each window, in each activation map on its own.

    x (N, C, H, W) -> out (N, C, H2, W2), H2 = (H - size)/stride + 1; stride=None means stride=size.

    >>> max_pool2d(torch.arange(16.0).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    check_tensors(x=x)
    shapes.pool2d_shape(x.shape, size, stride)
    return _Layer.apply(_max_pool2d, max_pool2d_backward, (size, stride), x)


def _max_pool2d(x, size, stride):
    first, *others = _places(x, size, stride)
    out = first.clone()
    for place in others:
        out = torch.maximum(out, place)
    return out


def max_pool2d_backward(dout, x, size, stride=None):
    """Gradient of max_pool2d: all of it to the number that won its window, to the first in row order if several did.

    dout (N, C, H2, W2), x (N, C, H, W) -> dx like x

    >>> max_pool2d_backward(torch.tensor([[[[5.0]]]]), torch.tensor([[[[1.0, 7.0], [7.0, 2.0]]]]), 2)
    tensor([[[[0., 5.],
              [0., 0.]]]])
    """
    check_tensors(dout=dout, x=x)
    shapes.check_upstream(dout.shape, shapes.pool2d_shape(x.shape, size, stride))
    out, dx = _max_pool2d(x, size, stride), _zeros_like(x)
    unclaimed = torch.ones_like(out, dtype=torch.bool)
    for place, dplace in zip(_places(x, size, stride), _places(dx, size, stride), strict=True):
        winner = unclaimed & ((place == out) | place.isnan())  # a NaN is the largest, and equals nothing
        dplace += torch.where(winner, dout, 0)
        unclaimed &= ~winner
    return dx


def avg_pool2d(x, size, stride=None):
    """The mean of each window, in each activation map on its own.

    x (N, C, H, W) -> out (N, C, H2, W2), H2 = (H - size)/stride + 1; stride=None means stride=size.

    >>> avg_pool2d(torch.arange(16.0).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 2.5000,  4.5000],
              [10.5000, 12.5000]]]])
    """
    check_tensors(x=x)
    shapes.pool2d_shape(x.shape, size, stride)
    return _Layer.apply(_avg_pool2d, avg_pool2d_backward, (size, stride), x)


def _avg_pool2d(x, size, stride):
    places = _places(x, size, stride)
    return sum(places) / len(places)


def avg_pool2d_backward(dout, x, size, stride=None):
    """Gradient of avg_pool2d: an equal share to every number of the window.

    dout (N, C, H2, W2), x (N, C, H, W) -> dx like x

    >>> avg_pool2d_backward(torch.tensor([[[[8.0]]]]), torch.zeros(1, 1, 2, 2), 2)
    tensor([[[[2., 2.],
              [2., 2.]]]])
    """
    check_tensors(dout=dout, x=x)
    shapes.check_upstream(dout.shape, shapes.pool2d_shape(x.shape, size, stride))
    dx = _zeros_like(x)
    dplaces = _places(dx, size, stride)
    share = dout / len(dplaces)
    for dplace in dplaces:
        dplace += share
    return dx


def linear(x, w, b=None):
    """Every neuron looks at the whole input: stretch each input to D numbers, then one matrix product.

    x (N, ...), w (M, D), b (M,) or None -> out (N, M) = x w^T + b

    >>> linear(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0], [5.0, 6.0]]), torch.tensor([0.0, 0.5]))
    tensor([[11.0000, 17.5000]])
    """
    check_tensors(x=x, w=w, b=b)
    shapes.linear_shape(x.shape, w.shape, b.shape if b is not None else None)
    out = _Layer.apply(_linear, _linear_backward, (), x, w)
    return out if b is None else out + b


def _linear(x, w):
    return _stretch(x) @ w.T  # (N, D) @ (D, M)


def linear_backward(dout, x, w):
    """Gradients of linear: dx = dout w, dw = dout^T x, db the sum of dout over the samples.

    dout (N, M), x (N, ...), w (M, D) -> dx like x, dw like w, db (M,)

    >>> x, w = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0], [5.0, 6.0]])
    >>> dx, dw, db = linear_backward(torch.tensor([[1.0, 10.0]]), x, w)
    >>> dx, db
    (tensor([[53., 64.]]), tensor([ 1., 10.]))
    >>> dw
    tensor([[ 1.,  2.],
            [10., 20.]])
    """
    check_tensors(dout=dout, x=x, w=w)
    shapes.check_upstream(dout.shape, shapes.linear_shape(x.shape, w.shape))
    return *_linear_backward(dout, x, w), dout.sum(dim=0)


def _linear_backward(dout, x, w):
    return (dout @ w).reshape(x.shape), dout.T @ _stretch(x)


def relu(x):
    """max(0, x), number by number; x of any shape.

    >>> relu(torch.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    check_tensors(x=x)
    return _Layer.apply(_relu, relu_backward, (), x)


def _relu(x):
    return torch.clamp(x, min=0)


def relu_backward(dout, x):
    """Gradient of relu: it passes where x was positive and stops elsewhere, at 0 too.

    >>> relu_backward(torch.tensor([5.0, 5.0, 5.0]), torch.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 5.])
    """
    check_tensors(dout=dout, x=x)
    shapes.check_upstream(dout.shape, x.shape)
    return torch.where(x > 0, dout, 0)


def softmax_cross_entropy(scores, labels):
    """Mean over the samples of -log of the probability that softmax gives the right class.

    scores (N, M), labels (N,) whole numbers in 0..M-1 -> a tensor of one number

    >>> softmax_cross_entropy(torch.zeros(2, 10), torch.tensor([3, 7]))      # log 10
    tensor(2.3026)
    """
    check_labels(scores, labels)
    return _Layer.apply(_softmax_cross_entropy, _softmax_cross_entropy_backward, (labels,), scores)


def _softmax_cross_entropy(scores, labels):
    shifted = scores - scores.amax(dim=1, keepdim=True)  # the same probabilities, and exp cannot overflow
    right = shifted[torch.arange(len(labels), device=labels.device), labels.long()]
    return (shifted.exp().sum(dim=1).log() - right).mean()


def softmax_cross_entropy_backward(scores, labels):
    """Gradient of softmax_cross_entropy: the probabilities, less 1 at the right class, divided by N.

    scores (N, M), labels (N,) -> dscores (N, M)

    >>> softmax_cross_entropy_backward(torch.zeros(1, 4), torch.tensor([2]))
    tensor([[ 0.2500,  0.2500, -0.7500,  0.2500]])
    """
    check_labels(scores, labels)
    dscores = (scores - scores.amax(dim=1, keepdim=True)).exp()
    dscores /= dscores.sum(dim=1, keepdim=True)
    dscores[torch.arange(len(labels), device=labels.device), labels.long()] -= 1
    return dscores / len(labels)


def _softmax_cross_entropy_backward(dout, scores, labels):
    return dout * softmax_cross_entropy_backward(scores, labels)


def check_tensors(**tensors):
    """Raise TypeError unless all are tensors of one float dtype, ValueError unless all are on one device.

    >>> check_tensors(x=torch.zeros(3), w=torch.zeros(3).double())
    Traceback (most recent call last):
    TypeError: tensors should all have one float dtype, but x (3,) is float32, w (3,) is float64
    """
    given = {name: t for name, t in tensors.items() if t is not None}
    for name, t in given.items():
        if not isinstance(t, torch.Tensor):
            raise TypeError(f"{name} should be a tensor, but it is a {type(t).__name__}")
    dtypes = {t.dtype for t in given.values()}
    if len(dtypes) != 1 or not all(dtype.is_floating_point for dtype in dtypes):
        listed = ", ".join(f"{name} {tuple(t.shape)} is {str(t.dtype)[6:]}" for name, t in given.items())
        raise TypeError(f"tensors should all have one float dtype, but {listed}")
    if len({t.device for t in given.values()}) != 1:
        listed = ", ".join(f"{name} {tuple(t.shape)} is on {t.device}" for name, t in given.items())
        raise ValueError(f"tensors should all be on one device, but {listed}")


def check_labels(scores, labels):
    """Raise TypeError or ValueError unless scores are (N, M) floats and labels (N,) whole numbers in 0..M-1, N > 0.

    >>> check_labels(torch.zeros(2, 10), torch.tensor([3, 10]))
    Traceback (most recent call last):
    ValueError: labels should lie between 0 and 9 for scores of shape (2, 10), but they reach from 3 to 10
    """
    check_tensors(scores=scores)
    if not isinstance(labels, torch.Tensor) or labels.is_floating_point() or labels.dtype == torch.bool:
        found = str(labels.dtype)[6:] if isinstance(labels, torch.Tensor) else type(labels).__name__
        raise TypeError(f"labels should be a tensor of whole numbers, but they are {found}")
    shapes.check_labels_shape(scores.shape, labels.shape)
    if labels.device != scores.device:
        raise ValueError(f"labels are on {labels.device}, but scores are on {scores.device}")
    if labels.min() < 0 or labels.max() >= scores.shape[1]:
        raise ValueError(
            f"labels should lie between 0 and {scores.shape[1] - 1} for scores of shape {tuple(scores.shape)}, "
            f"but they reach from {labels.min()} to {labels.max()}"
        )


def _blocks(n, bytes_each):
    """Slices of at most BLOCK_BYTES, and of one image at least, that together cover n images."""
    step = max(1, BLOCK_BYTES // bytes_each)
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def _columns(xp, size, stride):
    """im2col: xp (n, C, HP, WP) -> (n, C*FH*FW, H2*W2), a window in each column."""
    (FH, FW), (SH, SW) = size, shapes.pair("stride", stride, at_least=1)
    windows = xp.unfold(2, FH, SH).unfold(3, FW, SW)  # (n, C, H2, W2, FH, FW), a view: nothing is copied yet
    n, C, H2, W2, _, _ = windows.shape
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(n, C * FH * FW, H2 * W2)


def _places(x, size, stride):
    """One view (N, C, H2, W2) of x for each place in the window, row by row: at place (p, q) lie the numbers
    that the windows have in their row p and column q.
    """
    FH, FW = shapes.pair("size", size, at_least=1)
    SH, SW = (FH, FW) if stride is None else shapes.pair("stride", stride, at_least=1)
    H, W = x.shape[2:]
    return [x[:, :, p : H - FH + p + 1 : SH, q : W - FW + q + 1 : SW] for p in range(FH) for q in range(FW)]


def _zero_pad(x, padding):
    """x (N, C, H, W) with a border of zeros, (N, C, H + 2*PH, W + 2*PW)."""
    PH, PW = shapes.pair("padding", padding, at_least=0)
    N, C, H, W = x.shape
    xp = x.new_zeros((N, C, H + 2 * PH, W + 2 * PW))
    xp[:, :, PH : PH + H, PW : PW + W] = x
    return xp


def _zeros_like(x):
    """Zeros to add gradients into: x's shape in memory of their own, even where x is a broadcast view."""
    return torch.zeros(x.shape, dtype=x.dtype, device=x.device)


def _stretch(x):
    """x (N, ...) as rows, (N, D)."""
    return x.reshape(len(x), x.shape[1:].numel())
