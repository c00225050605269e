# Half done: the way back through both kinds of pooling, and average pooling, are as released.

# %% pool_output_size
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    if n < size:
        raise ValueError("the window is larger than the input")
    if (n - size) % stride != 0:
        raise ValueError("the window does not fit")
    return (n - size) // stride + 1

# %% sizes_after
def sizes_after(n, layers):
    result = [n]
    for f, s in layers:
        n = pool_output_size(n, f, s)
        result.append(n)
    return result

# %% max_pool2d
def max_pool2d(x, size, stride=None):
    # a pair still goes wrong
    if stride is None:
        stride = size
    N, C, H, W = x.shape
    H2 = pool_output_size(H, size, stride)
    W2 = pool_output_size(W, size, stride)
    out = np.zeros((N, C, H2, W2))
    for i in range(H2):
        for j in range(W2):
            patch = x[:, :, i * stride : i * stride + size, j * stride : j * stride + size]
            out[:, :, i, j] = np.amax(patch, axis=(2, 3))
    return out
