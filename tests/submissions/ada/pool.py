# Everything right, in plain nested loops and lists.

# %% pool_output_size
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    places = 0
    start = 0
    while start + size <= n:
        places += 1
        last = start + size
        start += stride
    if places == 0 or last != n:
        raise ValueError("a window of " + str(size) + " does not fit " + str(n))
    return places

# %% sizes_after
def sizes_after(n, layers):
    if not layers:
        return [n]
    (size, stride), *rest = layers
    return [n] + sizes_after(pool_output_size(n, size, stride), rest)

# %% max_pool2d
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = (fh, fw) if stride is None else pair(stride)
    images, channels, height, width = x.shape
    rows = pool_output_size(height, fh, sh)
    columns = pool_output_size(width, fw, sw)
    out = np.zeros((images, channels, rows, columns))
    for n in range(images):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    best = x[n, c, i * sh, j * sw]
                    for p in range(fh):
                        for q in range(fw):
                            if x[n, c, i * sh + p, j * sw + q] > best:
                                best = x[n, c, i * sh + p, j * sw + q]
                    out[n, c, i, j] = best
    return out

# %% max_pool2d_backward
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = (fh, fw) if stride is None else pair(stride)
    images, channels, rows, columns = dout.shape
    dx = np.zeros(x.shape)
    for n in range(images):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    where = (n, c, i * sh, j * sw)
                    for p in range(fh):
                        for q in range(fw):
                            here = (n, c, i * sh + p, j * sw + q)
                            if x[here] > x[where]:
                                where = here
                    dx[where] += dout[n, c, i, j]
    return dx

# %% avg_pool2d
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = (fh, fw) if stride is None else pair(stride)
    images, channels, height, width = x.shape
    rows = pool_output_size(height, fh, sh)
    columns = pool_output_size(width, fw, sw)
    out = np.zeros((images, channels, rows, columns))
    for n in range(images):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    total = 0.0
                    for p in range(fh):
                        for q in range(fw):
                            total += x[n, c, i * sh + p, j * sw + q]
                    out[n, c, i, j] = total / (fh * fw)
    return out

# %% avg_pool2d_backward
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = (fh, fw) if stride is None else pair(stride)
    images, channels, rows, columns = dout.shape
    dx = np.zeros(x.shape)
    for n in range(images):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    for p in range(fh):
                        for q in range(fw):
                            dx[n, c, i * sh + p, j * sw + q] += dout[n, c, i, j] / (fh * fw)
    return dx
