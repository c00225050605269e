# All right, without loops over numbers.

# %% conv_output_size
def conv_output_size(n, f, stride=1, padding=0):
    steps, rest = divmod(n + 2 * padding - f, stride)
    if rest or steps < 0:
        raise ValueError(f"({n} + 2*{padding} - {f})/{stride} + 1 is not a size")
    return steps + 1

# %% conv_output_shape
def conv_output_shape(shape, k, f, stride=1, padding=0):
    return (k, *map(conv_output_size, shape[1:], pair(f), pair(stride), pair(padding)))

# %% conv_parameters
def conv_parameters(c, k, f, bias=True):
    return int(np.prod([k, c, *pair(f)])) + k * bias

# %% zero_pad
def zero_pad(x, padding):
    (PH, PW) = pair(padding)
    return np.pad(x, [(0, 0), (0, 0), (PH, PH), (PW, PW)])

# %% conv2d
def windows(x, size, stride, padding):
    """(N, C, H2, W2, FH, FW), a view of the padded images."""
    SH, SW = pair(stride)
    view = np.lib.stride_tricks.sliding_window_view(zero_pad(x, padding), size, axis=(2, 3))
    return view[:, :, ::SH, ::SW]


def conv2d(x, w, b, stride=1, padding=0):
    conv_output_shape(x.shape[1:], len(w), w.shape[2:], stride, padding)  # or ValueError
    out = np.tensordot(windows(x, w.shape[2:], stride, padding), w, axes=((1, 4, 5), (1, 2, 3)))
    return np.moveaxis(out + b, 3, 1)

# %% conv2d_backward
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (FH, FW), (SH, SW), (PH, PW) = w.shape[2:], pair(stride), pair(padding)
    (H, W), (H2, W2) = x.shape[2:], dout.shape[2:]
    dw = np.einsum("nkij,ncijpq->kcpq", dout, windows(x, (FH, FW), stride, padding))
    dpadded = np.zeros((*x.shape[:2], H + 2 * PH, W + 2 * PW), x.dtype)
    for p, q in np.ndindex(FH, FW):
        share = np.einsum("nkij,kc->ncij", dout, w[:, :, p, q])
        dpadded[:, :, p : p + SH * H2 : SH, q : q + SW * W2 : SW] += share
    return dpadded[:, :, PH : PH + H, PW : PW + W], dw, dout.sum((0, 2, 3))
