# %% pool_output_size: forgets the + 1
# named: The + 1 is missing
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    if size > n:
        raise ValueError("window too large")
    if (n - size) % stride != 0:
        raise ValueError("does not fit")
    return (n - size) // stride


# %% pool_output_size: a true division, so a float
# named: The division is / and gives a float
def pool_output_size(n, size, stride=None):
    step = stride if stride is not None else size
    out = (n - size) / step + 1
    if out < 1 or out != round(out):
        raise ValueError(f"{n}, {size}, {step}: no whole number")
    return out


# %% pool_output_size: drops the last pixels instead of refusing
# named: Where the window does not fit, the size is rounded down
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    return (n - size) // stride + 1


# %% pool_output_size: counts by walking, a last window that sticks out never starts
# named: Where the window does not fit, the size is rounded down
def pool_output_size(n, size, stride=None):
    stride = stride or size
    places = 0
    start = 0
    while start + size <= n:
        places += 1
        start += stride
    return places


# %% pool_output_size: stride None taken for 1
# named: A stride of None is taken for stride 1
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = 1
    if n < size or (n - size) % stride:
        raise ValueError
    return (n - size) // stride + 1


# %% pool_output_size: rounds up, as ceil_mode does
# named: Where the window does not fit, the size is rounded up
def pool_output_size(n, size, stride=None):
    import math
    if stride is None:
        stride = size
    return int(math.ceil((n - size) / stride)) + 1


# %% pool_output_size: n / stride, the size has no part
# named: The size of the window is left out
def pool_output_size(n, size, stride=None):
    if not stride:
        stride = size
    if size > n:
        raise ValueError("the window is larger than the input")
    if n % stride != 0:
        raise ValueError("not a whole number")
    return n // stride


# %% pool_output_size: returns None where it does not fit
# named: Where the window does not fit, None comes back
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    rest = n - size
    if rest >= 0 and rest % stride == 0:
        return rest // stride + 1


# %% pool_output_size: only the rest is looked at, a window larger than n gets through
# named: A window larger than the input is let through
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    q, r = divmod(n - size, stride)
    if r:
        raise ValueError(f"{r} pixels are left over")
    return q + 1


# %% pool_output_size: the stride given by the caller is ignored
# named: The stride is ignored: the window moves
def pool_output_size(n, size, stride=None):
    stride = size
    if size > n or (n - size) % stride != 0:
        raise ValueError("no fit")
    return (n - size) // stride + 1


# %% sizes_after: the input's size is left out
# named: The list begins with the size after the first layer
def sizes_after(n, layers):
    sizes = []
    for size, stride in layers:
        if size > n or (n - size) % stride:
            raise ValueError("layer does not fit")
        n = (n - size) // stride + 1
        sizes.append(n)
    return sizes


# %% sizes_after: every layer is given the first n
# named: Each layer is applied to the first n
def sizes_after(n, layers):
    out = [n]
    for f, s in layers:
        if f > n or (n - f) % s != 0:
            raise ValueError()
        out.append((n - f) // s + 1)
    return out


# %% sizes_after: only the last size comes back
# named: Only the last size comes back
def sizes_after(n, layers):
    for size, stride in layers:
        if size > n or (n - size) % stride:
            raise ValueError(f"{size} over {n} at stride {stride}")
        n = (n - size) // stride + 1
    return n


# %% sizes_after: size and stride swapped
# named: Size and stride are swapped
def sizes_after(n, layers):
    sizes = [n]
    for stride, size in layers:
        last = sizes[-1]
        if last < size or (last - size) % stride != 0:
            raise ValueError("does not fit")
        sizes.append((last - size) // stride + 1)
    return sizes


# %% sizes_after: layers that do not fit are rounded down
# named: Where a layer does not fit, the size is rounded down
def sizes_after(n, layers):
    result = [n]
    for k in range(len(layers)):
        size = layers[k][0]
        stride = layers[k][1]
        result.append(int((result[k] - size) / stride + 1))
    return result


# %% sizes_after: returns inside the loop
# named: Only the first layer is counted
def sizes_after(n, layers):
    sizes = [n]
    for size, stride in layers:
        if size > sizes[-1] or (sizes[-1] - size) % stride:
            raise ValueError("no")
        sizes.append((sizes[-1] - size) // stride + 1)
        return sizes
    return sizes


# %% sizes_after: recursion that forgets the input of the last step
# named: The last size is missing
def sizes_after(n, layers):
    if not layers:
        return []
    (size, stride), rest = layers[0], layers[1:]
    if size > n or (n - size) % stride:
        raise ValueError("a layer does not fit")
    return [n] + sizes_after((n - size) // stride + 1, rest)


# %% max_pool2d: the running maximum starts from 0
# named: The search for the largest number starts from 0
def max_pool2d(x, size, stride=None):
    if stride is None:
        stride = size
    fh, fw = pair(size)
    sh, sw = pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    H2 = (H - fh) // sh + 1
    W2 = (W - fw) // sw + 1
    out = np.zeros((N, C, H2, W2))
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    best = 0
                    for a in range(fh):
                        for b in range(fw):
                            value = x[n, c, i * sh + a, j * sw + b]
                            if value > best:
                                best = value
                    out[n, c, i, j] = best
    return out


# %% max_pool2d: the stride is ignored, windows start at every pixel
# named: Window i starts at i; it should start at i * stride.
def max_pool2d(x, size, stride=None):
    h, w = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if (H - h) % sh != 0 or (W - w) % sw != 0 or h > H or w > W:
        raise ValueError("the windows do not fit")
    rows = (H - h) // sh + 1
    cols = (W - w) // sw + 1
    out = np.empty((N, C, rows, cols), x.dtype)
    for i in range(rows):
        for j in range(cols):
            out[:, :, i, j] = x[:, :, i:i + h, j:j + w].max(axis=(2, 3))
    return out


# %% max_pool2d: always steps by the window
# named: The stride is ignored: the windows always lie side by side.
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError
    H2, W2 = (H - fh) // fh + 1, (W - fw) // fw + 1
    out = np.zeros((N, C, H2, W2))
    for i in range(H2):
        for j in range(W2):
            window = x[:, :, i * fh:(i + 1) * fh, j * fw:(j + 1) * fw]
            out[:, :, i, j] = np.max(window, axis=(2, 3))
    return out


# %% max_pool2d: height and width of the pair swapped
# named: Height and width are swapped: a pair is (height, width).
def max_pool2d(x, size, stride=None):
    kw, kh = pair(size)
    sw, sh = pair(stride) if stride is not None else (kw, kh)
    batch, channels, height, width = x.shape
    if kh > height or kw > width or (height - kh) % sh or (width - kw) % sw:
        raise ValueError("window does not fit")
    out = np.zeros((batch, channels, (height - kh) // sh + 1, (width - kw) // sw + 1))
    for r in range(out.shape[2]):
        for q in range(out.shape[3]):
            out[..., r, q] = x[..., r * sh:r * sh + kh, q * sw:q * sw + kw].max((-1, -2))
    return out


# %% max_pool2d: the maximum is taken over the channels as well
# named: The pooling goes across the channels
def max_pool2d(x, size, stride=None):
    h, w = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if h > H or w > W or (H - h) % sh or (W - w) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - h) // sh + 1, (W - w) // sw + 1))
    for n in range(N):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[n, :, i, j] = x[n, :, i * sh:i * sh + h, j * sw:j * sw + w].max()
    return out


# %% max_pool2d: the minimum
# named: This is the smallest number of each window.
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    H, W = x.shape[2:]
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    views = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))
    return views[:, :, ::sh, ::sw].min(axis=(4, 5))


# %% max_pool2d: the largest in absolute value
# named: Signs are ignored
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    H, W = x.shape[2:]
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    return np.lib.stride_tricks.sliding_window_view(np.abs(x), (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw].max(axis=(4, 5))


# %% max_pool2d: an integer array for the result
# named: The numbers lose their digits after the point
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    out = np.zeros((N, C, H2, W2), dtype=int)
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    out[n, c, i, j] = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw].max()
    return out


# %% max_pool2d: the window is one short in each direction
# named: The windows end one row and one column early
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.full((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1), -np.inf)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for a in range(fh - 1):
                for b in range(fw - 1):
                    out[:, :, i, j] = np.maximum(out[:, :, i, j], x[:, :, i * sh + a, j * sw + b])
    return out


# %% max_pool2d: one size and one stride for both directions, the first of each pair
# named: Of a pair only the height is used
def max_pool2d(x, size, stride=None):
    f = size[0] if isinstance(size, tuple) else size
    if stride is None:
        s = f
    else:
        s = stride[0] if isinstance(stride, tuple) else stride
    N, C, H, W = x.shape
    if f > H or f > W or (H - f) % s or (W - f) % s:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - f) // s + 1, (W - f) // s + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * s:i * s + f, j * s:j * s + f].max(axis=(2, 3))
    return out


# %% max_pool2d: windows that do not fit are left out without a word
# named: Where the window does not fit, pixels are dropped
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = (fh, fw) if stride is None else pair(stride)
    N, C, H, W = x.shape
    H2 = (H - fh) // sh + 1
    W2 = (W - fw) // sw + 1
    out = np.zeros((N, C, H2, W2))
    for i in range(H2):
        for j in range(W2):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].max(axis=(2, 3))
    return out


# %% max_pool2d: stride None taken for 1
# named: A stride of None is taken for stride 1
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(stride or 1)
    if x.shape[2] < fh or x.shape[3] < fw or (x.shape[2] - fh) % sh or (x.shape[3] - fw) % sw:
        raise ValueError("no fit")
    out = -np.inf
    H2 = (x.shape[2] - fh) // sh + 1
    W2 = (x.shape[3] - fw) // sw + 1
    for a in range(fh):
        for b in range(fw):
            out = np.maximum(out, x[:, :, a:a + sh * (H2 - 1) + 1:sh, b:b + sw * (W2 - 1) + 1:sw])
    return out


# %% max_pool2d: only the first image of the batch
# named: Every image has got the result of the first one.
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    out = np.zeros((N, C, H2, W2))
    for c in range(C):
        for i in range(H2):
            for j in range(W2):
                out[:, c, i, j] = x[0, c, i * sh:i * sh + fh, j * sw:j * sw + fw].max()
    return out


# %% max_pool2d: returns after the first image
# named: Only the first image is pooled
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    out = np.zeros((N, C, H2, W2))
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    out[n, c, i, j] = np.max(x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw])
        return out


# %% max_pool2d: the average
# named: This is the average of each window
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].mean(axis=(2, 3))
    return out


# %% max_pool2d: rows of the window reduced, columns forgotten
# named: Only the first column of each window is looked at
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            column = x[:, :, i * sh:i * sh + fh, j * sw]
            out[:, :, i, j] = column.max(axis=2)
    return out


# %% max_pool2d_backward: a tie shares the gradient among all maxima, each gets the whole
# named: A tie gives the gradient to every maximum
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros_like(x)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    part = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
                    mask = part == part.max()
                    dx[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw] += mask * dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: a tie divides the gradient
# named: A tie splits the gradient
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, cols = slice(i * sh, i * sh + fh), slice(j * sw, j * sw + fw)
            win = x[:, :, rows, cols]
            m = (win == win.max(axis=(2, 3), keepdims=True)).astype(float)
            m /= m.sum(axis=(2, 3), keepdims=True)
            dx[:, :, rows, cols] += m * dout[:, :, i, j][:, :, None, None]
    return dx


# %% max_pool2d_backward: >= sends a tie to the last maximum
# named: A tie gives the gradient to the last maximum
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    best, where = -np.inf, None
                    for r in range(i * sh, i * sh + fh):
                        for q in range(j * sw, j * sw + fw):
                            if x[n, c, r, q] >= best:
                                best, where = x[n, c, r, q], (r, q)
                    dx[n, c, where[0], where[1]] += dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: overlapping windows overwrite each other
# named: Overlapping windows overwrite each other's gradient
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    k = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw].argmax()
                    r, q = divmod(int(k), fw)
                    dx[n, c, i * sh + r, j * sw + q] = dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: fancy indexing with +=, which adds once only
# named: Overlapping windows overwrite each other's gradient
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H2, W2 = dout.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw]
    flat = windows.reshape(N, C, H2, W2, -1).argmax(-1)
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(x.shape)
    dx[n, c, i * sh + flat // fw, j * sw + flat % fw] += dout
    return dx


# %% max_pool2d_backward: the upstream gradient is left out
# named: The upstream gradient dout is ignored
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    w = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
                    a, b = np.unravel_index(w.argmax(), w.shape)
                    dx[n, c, i * sh + a, j * sw + b] += 1
    return dx


# %% max_pool2d_backward: the place in the window is taken for a place in x
# named: A place in the window is used as a place in the image
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros_like(x)
    for n in range(dout.shape[0]):
        for c in range(dout.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
                    row, col = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, row, col] += dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: row and column of the winner swapped
# named: Row and column of the maximum are swapped.
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for n in range(dout.shape[0]):
        for c in range(dout.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
                    k = window.argmax()
                    dx[n, c, i * sh + k % fw, j * sw + k // fw] += dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: always steps by the window
# named: The stride is ignored: the windows always lie side by side.
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    part = x[n, c, i * fh:i * fh + fh, j * fw:j * fw + fw]
                    if part.size == 0:
                        continue
                    a, b = np.unravel_index(part.argmax(), part.shape)
                    dx[n, c, i * fh + a, j * fw + b] += dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: the gradient is shared out as for an average
# named: The gradient is spread evenly over the window
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += dout[:, :, i:i + 1, j:j + 1] / (fh * fw)
    return dx


# %% max_pool2d_backward: the whole window gets the gradient
# named: Every pixel of a window gets the whole gradient
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += dout[:, :, i:i + 1, j:j + 1]
    return dx


# %% max_pool2d_backward: multiplied by the maximum
# named: The gradient is multiplied by the maximum
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    w = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
                    a, b = np.unravel_index(w.argmax(), w.shape)
                    dx[n, c, i * sh + a, j * sw + b] += w.max() * dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: compares the whole x with the enlarged output, ties and all, side by side only
# named: nothing
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    N, C, H, W = x.shape
    blocks = x.reshape(N, C, H // fh, fh, W // fw, fw)
    out = blocks.max(axis=(3, 5))
    big = out.repeat(fh, axis=2).repeat(fw, axis=3)
    dbig = dout.repeat(fh, axis=2).repeat(fw, axis=3)
    return (x == big) * dbig


# %% max_pool2d_backward: sizes of the pair swapped
# named: Height and width are swapped: a pair is (height, width).
def max_pool2d_backward(dout, x, size, stride=None):
    fw, fh = pair(size)
    sw, sh = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    part = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
                    a, b = np.unravel_index(part.argmax(), part.shape)
                    dx[n, c, i * sh + a, j * sw + b] += dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: a window won by any channel is won by the first
# named: The place of the first channel's maximum is used for all channels
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for i in range(H2):
            for j in range(W2):
                k = x[n, 0, i * sh:i * sh + fh, j * sw:j * sw + fw].argmax()
                dx[n, :, i * sh + k // fw, j * sw + k % fw] += dout[n, :, i, j]
    return dx


# %% avg_pool2d: the sum, not divided
# named: The sum of each window is not divided by the number of its pixels.
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].sum(axis=(2, 3))
    return out


# %% avg_pool2d: divided by the height only
# named: The sum is divided by the height of the window only
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            total = 0
            for a in range(fh):
                for b in range(fw):
                    total = total + x[:, :, i * sh + a, j * sw + b]
            out[:, :, i, j] = total / fh
    return out


# %% avg_pool2d: divided by the height squared
# named: The sum is divided by the height of the window squared
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    H, W = x.shape[2:]
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    v = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw]
    return np.einsum("ncijab->ncij", v) / fh ** 2


# %% avg_pool2d: an integer division
# named: The averages are rounded down to whole numbers
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].sum(axis=(2, 3)) // (fh * fw)
    return out


# %% avg_pool2d: the mean over the channels as well
# named: The pooling goes across the channels
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for n in range(N):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                out[n, :, i, j] = np.mean(x[n, :, i * sh:i * sh + fh, j * sw:j * sw + fw])
    return out


# %% avg_pool2d: the running sum is not set back for the next window
# named: The sum so far is kept from one window to the next
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for n in range(N):
        for c in range(C):
            total = 0
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    for a in range(fh):
                        for b in range(fw):
                            total += x[n, c, i * sh + a, j * sw + b]
                    out[n, c, i, j] = total / (fh * fw)
    return out


# %% avg_pool2d: the max, copied from above
# named: This is the largest number of each window
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].max(axis=(2, 3))
    return out


# %% avg_pool2d: divided by the stride's area
# named: The sum is divided by the product of the strides
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].sum(axis=(2, 3)) / (sh * sw)
    return out


# %% avg_pool2d: strides of the pair swapped
# named: Height and width are swapped in the stride
def avg_pool2d(x, size, stride=None):
    if stride is None:
        stride = size
    fh, fw = pair(size)
    sw, sh = pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].mean(axis=(2, 3))
    return out


# %% avg_pool2d_backward: not divided by the size of the window
# named: The gradient is not divided by the number of pixels in the window.
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += dout[:, :, i, j, None, None]
    return dx


# %% avg_pool2d_backward: overlapping windows overwrite each other
# named: Overlapping windows overwrite each other's gradient
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    dx[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw] = dout[n, c, i, j] / (fh * fw)
    return dx


# %% avg_pool2d_backward: multiplied by x
# named: The gradient is multiplied by the pixels
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            part = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw]
            dx[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += part * dout[:, :, i, j, None, None] / (fh * fw)
    return dx


# %% avg_pool2d_backward: the upstream gradient is left out
# named: The upstream gradient dout is ignored
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += 1 / (fh * fw)
    return dx


# %% avg_pool2d_backward: only the largest gets the gradient, copied from the maximum
# named: The gradient goes to the largest pixel
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    N, C, H2, W2 = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    w = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
                    a, b = np.unravel_index(w.argmax(), w.shape)
                    dx[n, c, i * sh + a, j * sw + b] += dout[n, c, i, j]
    return dx


# %% avg_pool2d_backward: enlarged by repeating, as if side by side
# named: Each gradient is repeated over a block of its own
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    return np.repeat(np.repeat(dout, fh, axis=2), fw, axis=3) / (fh * fw)


# %% avg_pool2d_backward: the last row and column of each window get nothing
# named: The windows end one row and one column early
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            for a in range(fh - 1):
                for b in range(fw - 1):
                    dx[:, :, i * sh + a, j * sw + b] += dout[:, :, i, j] / (fh * fw)
    return dx


# %% avg_pool2d_backward: an overlap is divided by how many windows share it
# named: Where windows overlap, the average of their shares is taken
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx, count = np.zeros(x.shape), np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += dout[:, :, i:i + 1, j:j + 1] / (fh * fw)
            count[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += 1
    return dx / np.maximum(count, 1)


# %% avg_pool2d_backward: divided by the height squared
# named: The gradient is divided by the height of the window squared
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += dout[:, :, i:i + 1, j:j + 1] / fh ** 2
    return dx


# %% pool_output_size: the padding formula remembered with a half window
# named: There is a 1 too many
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    if size > n or (n - size) % stride:
        raise ValueError("does not fit")
    return (n - size + 1) // stride + 1


# %% pool_output_size: the error is printed
# named: Where the window does not fit, None
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    if size > n or (n - size) % stride:
        print("ValueError")
        return
    return (n - size) // stride + 1


# %% pool_output_size: returns 0 where it does not fit
# named: Where the window does not fit, 0
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    if size > n or (n - size) % stride:
        return 0
    return (n - size) // stride + 1


# %% pool_output_size: an assert where an error is asked for
# named: Where the window does not fit, an
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    assert size <= n and (n - size) % stride == 0
    return (n - size) // stride + 1


# %% pool_output_size: refuses a window as large as the input
# named: nothing
def pool_output_size(n, size, stride=None):
    if stride is None:
        stride = size
    if size >= n or (n - size) % stride:
        raise ValueError("too large")
    return (n - size) // stride + 1


# %% pool_output_size: range of the wrong end
# named: The starts are counted up to n
def pool_output_size(n, size, stride=None):
    stride = size if stride is None else stride
    if size > n or (n - size) % stride:
        raise ValueError("no fit")
    return len(range(0, n, stride))


# %% sizes_after: the layers' list is used up from the end
# named: The layers are gone through from the last to the first.
def sizes_after(n, layers):
    todo = list(layers)
    sizes = [n]
    while todo:
        size, stride = todo.pop()
        if size > sizes[-1] or (sizes[-1] - size) % stride:
            raise ValueError("no fit")
        sizes.append((sizes[-1] - size) // stride + 1)
    return sizes


# %% sizes_after: + 1 forgotten
# named: The + 1 is missing
def sizes_after(n, layers):
    sizes = [n]
    for size, stride in layers:
        rest = n - size
        if rest < 0 or rest % stride:
            raise ValueError("no fit")
        n = rest // stride
        sizes.append(n)
    return sizes


# %% sizes_after: floats
# named: nothing
def sizes_after(n, layers):
    sizes = [n]
    for size, stride in layers:
        n = (n - size) / stride + 1
        if n < 1 or n % 1:
            raise ValueError("no fit")
        sizes.append(n)
    return sizes


# %% sizes_after: stops without a word at a layer that does not fit
# named: Where a layer does not fit, the list
def sizes_after(n, layers):
    sizes = [n]
    for size, stride in layers:
        if size > n or (n - size) % stride:
            break
        n = (n - size) // stride + 1
        sizes.append(n)
    return sizes


# %% max_pool2d: zeros padded at the end so that it fits
# named: Where the window does not fit, a last
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    H2 = -(-(H - fh) // sh) + 1
    W2 = -(-(W - fw) // sw) + 1
    big = np.zeros((N, C, (H2 - 1) * sh + fh, (W2 - 1) * sw + fw))
    big[:, :, :H, :W] = x
    out = np.zeros((N, C, H2, W2))
    for i in range(H2):
        for j in range(W2):
            out[:, :, i, j] = big[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].max(axis=(2, 3))
    return out


# %% max_pool2d: reshape into blocks without moving the axes
# named: The map is cut into blocks by reshape alone
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    if (sh, sw) != (fh, fw):
        out = np.zeros((N, C, H2, W2))
        for i in range(H2):
            for j in range(W2):
                out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].max(axis=(2, 3))
        return out
    return x.reshape(N, C, H2, W2, fh, fw).max(axis=(4, 5))


# %% max_pool2d: best starts from 0 once a channel and is never set back
# named: The largest number so far is kept from one window to the next
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for n in range(N):
        for c in range(C):
            best = -1e9
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    for a in range(fh):
                        for b in range(fw):
                            best = max(best, x[n, c, i * sh + a, j * sw + b])
                    out[n, c, i, j] = best
    return out


# %% max_pool2d: the last number looked at instead of the largest
# named: Only the last number of each window is left
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for a in range(fh):
                for b in range(fw):
                    out[:, :, i, j] = x[:, :, i * sh + a, j * sw + b]
    return out


# %% max_pool2d: axis of the max, rows of the last axis only, then the first
# named: Images and channels are pooled together
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].max(axis=(0, 1)).max()
    return out


# %% max_pool2d: argmax returned
# named: This is the place of the largest number in its window
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    v = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw]
    return v.reshape(*v.shape[:4], -1).argmax(-1)


# %% max_pool2d: channels last assumed
# named: nothing
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, H, W, C = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, (H - fh) // sh + 1, (W - fw) // sw + 1, C))
    for i in range(out.shape[1]):
        for j in range(out.shape[2]):
            out[:, i, j] = x[:, i * sh:i * sh + fh, j * sw:j * sw + fw].max(axis=(1, 2))
    return out


# %% max_pool2d: square maps taken for granted, W2 from H
# named: The columns are counted from the height
def max_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    H2 = (H - fh) // sh + 1
    out = np.zeros((N, C, H2, H2))
    for i in range(H2):
        for j in range(H2):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].max(axis=(2, 3))
    return out


# %% max_pool2d_backward: x is spoilt on the way so that a winner wins once
# named: A number that has won is taken out of the windows after it
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    x = x.copy()
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        part = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
        a, b = np.unravel_index(part.argmax(), part.shape)
        dx[n, c, i * sh + a, j * sw + b] += dout[n, c, i, j]
        part[a, b] = -np.inf
    return dx


# %% max_pool2d_backward: compares with the values of the output anywhere in the map
# named: The maximum is looked for by its value in the whole map
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        best = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw].max()
        r, q = np.argwhere(x[n, c] == best)[0]
        dx[n, c, r, q] += dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: the winner is looked for in dout
# named: Every pixel gets the gradient times itself
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw] += x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw] * dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: the winner's place lacks the stride
# named: A window's place is taken for i
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        part = x[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw]
        a, b = np.unravel_index(part.argmax(), part.shape)
        dx[n, c, i + a, j + b] += dout[n, c, i, j]
    return dx


# %% max_pool2d_backward: the gradient has the shape of dout
# named: The gradient has the shape of dout
def max_pool2d_backward(dout, x, size, stride=None):
    return dout.copy()


# %% max_pool2d_backward: a search from 0
# named: The search for the largest number starts from 0
def max_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        best, r, q = 0, i * sh, j * sw
        for a in range(fh):
            for b in range(fw):
                if x[n, c, i * sh + a, j * sw + b] > best:
                    best, r, q = x[n, c, i * sh + a, j * sw + b], i * sh + a, j * sw + b
        dx[n, c, r, q] += dout[n, c, i, j]
    return dx


# %% avg_pool2d: the mean of the row means' maximum
# named: nothing
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].mean(axis=3).max(axis=2)
    return out


# %% avg_pool2d: precedence, divided by the height and multiplied by the width
# named: The sum is divided by the height and then multiplied by the width
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].sum(axis=(2, 3)) / fh * fw
    return out


# %% avg_pool2d: divided by the sum of height and width
# named: The sum is divided by height + width
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    out = np.zeros((N, C, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw].sum((2, 3)) / (fh + fw)
    return out


# %% avg_pool2d: always four
# named: The sum is divided by 4, whatever the size of the window.
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    v = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw]
    return v.sum((4, 5)) / 4


# %% avg_pool2d: the median
# named: This is the median of each window; the average is asked for.
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    v = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw]
    return np.median(v, axis=(4, 5))


# %% avg_pool2d: only full pixels count, zeros left out of the mean
# named: nothing
def avg_pool2d(x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("no fit")
    v = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw]
    return v.sum((4, 5)) / np.maximum((v != 0).sum((4, 5)), 1)


# %% avg_pool2d_backward: dout of the whole map averaged
# named: nothing
def avg_pool2d_backward(dout, x, size, stride=None):
    dx = np.zeros(x.shape)
    dx += dout.mean(axis=(2, 3), keepdims=True)
    return dx


# %% avg_pool2d_backward: steps by the window
# named: The stride is ignored: the windows always lie side by side.
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * fh:(i + 1) * fh, j * fw:(j + 1) * fw] += dout[:, :, i:i + 1, j:j + 1] / fh / fw
    return dx


# %% avg_pool2d_backward: an integer array
# named: The gradients lose their digits after the point
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape, dtype=int)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            for a in range(fh):
                for b in range(fw):
                    dx[:, :, i * sh + a, j * sw + b] = dx[:, :, i * sh + a, j * sw + b] + dout[:, :, i, j] / (fh * fw)
    return dx


# %% avg_pool2d_backward: divided by the size of dout
# named: The gradient is divided by the number of windows
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i * sh:i * sh + fh, j * sw:j * sw + fw] += dout[:, :, i:i + 1, j:j + 1] / (dout.shape[2] * dout.shape[3])
    return dx


# %% avg_pool2d_backward: dx shaped like x, filled from channel 0 of dout
# named: All channels get the upstream gradient of the first one
def avg_pool2d_backward(dout, x, size, stride=None):
    fh, fw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    dx = np.zeros(x.shape)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dx[n, c, i * sh:i * sh + fh, j * sw:j * sw + fw] += dout[n, 0, i, j] / (fh * fw)
    return dx
