# Everything right, vectorised over the windows.

# %% pool_output_size
def pool_output_size(n, size, stride=None):
    steps, rest = divmod(n - size, stride or size)
    if steps < 0 or rest:
        raise ValueError(f"{n} pixels have no place for windows of {size} at stride {stride or size}")
    return steps + 1

# %% sizes_after
def sizes_after(n, layers):
    from itertools import accumulate

    return list(accumulate(layers, lambda n, layer: pool_output_size(n, *layer), initial=n))

# %% max_pool2d
def windows(x, size, stride):
    """A view (N, C, H2, W2, h, w) of x: every window without a copy."""
    (h, w), (down, right) = pair(size), pair(size if stride is None else stride)
    pool_output_size(x.shape[2], h, down), pool_output_size(x.shape[3], w, right)
    return np.lib.stride_tricks.sliding_window_view(x, (h, w), (2, 3))[:, :, ::down, ::right]


def max_pool2d(x, size, stride=None):
    return windows(x, size, stride).max(axis=(-2, -1))

# %% max_pool2d_backward
def max_pool2d_backward(dout, x, size, stride=None):
    views = windows(x, size, stride)
    places = windows(np.arange(x.size).reshape(x.shape), size, stride).reshape(*dout.shape, -1)
    winners = views.reshape(*dout.shape, -1).argmax(axis=-1)[..., None]
    at = np.take_along_axis(places, winners, axis=-1)
    return np.bincount(at.ravel(), dout.ravel(), x.size).reshape(x.shape).astype(x.dtype)

# %% avg_pool2d
def avg_pool2d(x, size, stride=None):
    return windows(x, size, stride).mean(axis=(-2, -1))

# %% avg_pool2d_backward
def avg_pool2d_backward(dout, x, size, stride=None):
    (h, w), (down, right) = pair(size), pair(size if stride is None else stride)
    rows, columns = dout.shape[2:]
    dx = np.zeros_like(x)
    for p in range(h):
        for q in range(w):
            dx[:, :, p : p + down * (rows - 1) + 1 : down, q : q + right * (columns - 1) + 1 : right] += dout
    return dx / (h * w)
