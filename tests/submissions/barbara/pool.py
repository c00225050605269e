# Complete, with mistakes that people make.

# %% pool_output_size
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    return (n - size) // stride + 1

# %% sizes_after
def sizes_after(n, layers):
    sizes = [n]
    for size, stride in layers:
        sizes.append((sizes[-1] - size) // stride + 1)
    return sizes

# %% max_pool2d
def max_pool2d(x, size, stride=None):
    size = pair(size)
    stride = size if stride is None else pair(stride)
    N, C, H, W = x.shape
    H2 = pool_output_size(H, size[0], stride[0])
    W2 = pool_output_size(W, size[1], stride[1])
    out = np.zeros((N, C, H2, W2))
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    for p in range(size[0]):
                        for q in range(size[1]):
                            value = x[n, c, i * stride[0] + p, j * stride[1] + q]
                            if value > out[n, c, i, j]:
                                out[n, c, i, j] = value
    return out

# %% max_pool2d_backward
def max_pool2d_backward(dout, x, size, stride=None):
    size = pair(size)
    stride = size if stride is None else pair(stride)
    dx = np.zeros_like(x)
    N, C, H2, W2 = dout.shape
    for i in range(H2):
        for j in range(W2):
            top, left = i * stride[0], j * stride[1]
            window = x[:, :, top : top + size[0], left : left + size[1]]
            mask = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, top : top + size[0], left : left + size[1]] += mask * dout[:, :, i, j][:, :, None, None]
    return dx

# %% avg_pool2d
def avg_pool2d(x, size, stride=None):
    size = pair(size)
    stride = size if stride is None else pair(stride)
    N, C, H, W = x.shape
    H2 = pool_output_size(H, size[0], stride[0])
    W2 = pool_output_size(W, size[1], stride[1])
    out = np.zeros((N, C, H2, W2))
    for i in range(H2):
        for j in range(W2):
            top, left = i * stride[0], j * stride[1]
            out[:, :, i, j] = x[:, :, top : top + size[0], left : left + size[1]].mean(axis=(2, 3))
    return out

# %% avg_pool2d_backward
def avg_pool2d_backward(dout, x, size, stride=None):
    size = pair(size)
    stride = size if stride is None else pair(stride)
    dx = np.zeros_like(x)
    N, C, H2, W2 = dout.shape
    for i in range(H2):
        for j in range(W2):
            top, left = i * stride[0], j * stride[1]
            dx[:, :, top : top + size[0], left : left + size[1]] += dout[:, :, i, j][:, :, None, None]
    return dx
