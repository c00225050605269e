# Wrong answers to the assignment `conv`, one mistake each, in the styles of many students.
# ruff: noqa

# %% conv_output_size: a true division
# named: The size is right, but a float. A size counts places: use
def conv_output_size(n, f, stride=1, padding=0):
    way = n + 2 * padding - f
    if way < 0 or way % stride != 0:
        raise ValueError("the filter does not fit")
    return way / stride + 1

# %% conv_output_size: rounded down, only too large a filter is refused
# named: Where the filter does not fit, the size is rounded down. In
def conv_output_size(n, f, stride=1, padding=0):
    count = 0
    corner = 0
    while corner + f <= n + 2 * padding:
        count += 1
        corner += stride
    if count == 0:
        raise ValueError
    return count

# %% conv_output_size: steps are counted, not places
# named: The 1 at the end of the formula is missing: a filter that
def conv_output_size(n, f, stride=1, padding=0):
    q, r = divmod(n - f + padding * 2, stride)
    if q < 0 or r:
        raise ValueError(f"{f} does not fit into {n}")
    return q

# %% conv_output_size: padding added once
# named: The padding is counted once. It goes on both sides of the input.
def conv_output_size(n, f, stride=1, padding=0):
    total = n + padding
    if total < f or (total - f) % stride:
        raise ValueError("no fit")
    return (total - f) // stride + 1

# %% conv_output_size: a large filter is not refused
# named: A filter larger than the padded input is let through. It
def conv_output_size(n, f, stride=1, padding=0):
    travel = n + 2 * padding - f
    if travel % stride:
        raise ValueError("left over")
    return int(travel // stride + 1)

# %% conv_output_size: gives None where nothing fits
# named: Where the filter does not fit, the function comes back
def conv_output_size(n, f, stride=1, padding=0):
    size, rest = divmod(n + 2 * padding - f, stride)
    if rest == 0 and size >= 0:
        return size + 1
    print("does not fit!")

# %% conv_output_size: padding added behind the division
# named: The padding is added to the number of places. It is the
def conv_output_size(n, f, stride=1, padding=0):
    if n + 2 * padding < f or (n + 2 * padding - f) % stride:
        raise ValueError("The filter does not fit.")
    places = (n - f) // stride + 1
    return places + 2 * padding

# %% conv_output_size: one is added before the division
# named: The 1 is added before the division. It counts the first
def conv_output_size(n, f, stride=1, padding=0):
    room = n + 2 * padding - f
    if room < 0 or room % stride > 0:
        raise ValueError("cannot")
    return (room + 1) // stride

# %% conv_output_size: the refusal is an assertion
# named: A filter that does not fit is refused, but with an error of
def conv_output_size(n, f, stride=1, padding=0):
    span = n + 2 * padding - f
    assert span >= 0, "filter too large"
    assert span % stride == 0, "steps left over"
    return span // stride + 1

# %% conv_output_shape: H and W come out swapped
# named: Height and width have changed places.
def conv_output_shape(shape, k, f, stride=1, padding=0):
    def along(n, size, s, p):
        way = n + 2 * p - size
        if way < 0 or way % s:
            raise ValueError
        return way // s + 1

    f, stride, padding = map(pair, (f, stride, padding))
    _, H, W = shape
    return (k, along(W, f[1], stride[1], padding[1]), along(H, f[0], stride[0], padding[0]))

# %% conv_output_shape: the pairs are read as (x, y)
# named: A pair is read as (width, height). It is (height, width),
def conv_output_shape(shape, k, f, stride=1, padding=0):
    c, h, w = shape
    fx, fy = pair(f)
    sx, sy = pair(stride)
    px, py = pair(padding)
    dy, dx = h + 2 * py - fy, w + 2 * px - fx
    if dy < 0 or dx < 0 or dy % sy or dx % sx:
        raise ValueError("does not fit")
    return k, dy // sy + 1, dx // sx + 1

# %% conv_output_shape: the channels stay
# named: The output has as many maps as the input has channels. One
def conv_output_shape(shape, k, f, stride=1, padding=0):
    result = list(shape)
    for axis in (0, 1):
        way = shape[axis + 1] + 2 * pair(padding)[axis] - pair(f)[axis]
        step = pair(stride)[axis]
        if way < 0 or way % step:
            raise ValueError("bad size")
        result[axis + 1] = way // step + 1
    return tuple(result)

# %% conv_output_shape: one map per filter and channel
# named: Every filter gives a map for each channel here. A filter
def conv_output_shape(shape, k, f, stride=1, padding=0):
    C, *sides = shape
    new = []
    for n, a, s, p in zip(sides, pair(f), pair(stride), pair(padding)):
        if (n + 2 * p - a) % s or a > n + 2 * p:
            raise ValueError(n)
        new.append((n + 2 * p - a) // s + 1)
    return (C * k, new[0], new[1])

# %% conv_output_shape: everything as if square
# named: The first number of a pair is used for height and width.
def conv_output_shape(shape, k, f, stride=1, padding=0):
    c, h, w = shape
    f, s, p = pair(f)[0], pair(stride)[0], pair(padding)[0]
    for n in (h, w):
        if n + 2 * p < f or (n + 2 * p - f) % s != 0:
            raise ValueError("does not fit")
    return k, (h + 2 * p - f) // s + 1, (w + 2 * p - f) // s + 1

# %% conv_output_shape: channels last
# named: The maps come last, as in the lecture's 32x32x10. In this
def conv_output_shape(shape, k, f, stride=1, padding=0):
    (fh, fw), (sh, sw), (ph, pw) = pair(f), pair(stride), pair(padding)
    H, W = shape[1] + 2 * ph - fh, shape[2] + 2 * pw - fw
    if H < 0 or W < 0 or H % sh or W % sw:
        raise ValueError("does not fit")
    return H // sh + 1, W // sw + 1, k

# %% conv_output_shape: the sheet's shape read as (H, W, C)
# named: The shape is read as (H, W, C). In this course the channels
def conv_output_shape(shape, k, f, stride=1, padding=0):
    height, width, _ = shape
    fh, fw = pair(f)
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    rest_h = height + ph + ph - fh
    rest_w = width + pw + pw - fw
    if min(rest_h, rest_w) < 0 or rest_h % sh or rest_w % sw:
        raise ValueError
    return k, rest_h // sh + 1, rest_w // sw + 1

# %% conv_output_shape: stride is not passed on
# named: The stride is left out of the shape.
def conv_output_shape(shape, k, f, stride=1, padding=0):
    def size(n, f, stride=1, padding=0):
        left = n + 2 * padding - f
        if left < 0 or left % stride:
            raise ValueError("does not fit")
        return left // stride + 1

    f, p = pair(f), pair(padding)
    return k, size(shape[1], f[0], padding=p[0]), size(shape[2], f[1], padding=p[1])

# %% conv_parameters: one bias for the whole layer
# named: One bias is counted for the whole layer. Each filter has its own.
def conv_parameters(c, k, f, bias=True):
    fh, fw = pair(f)
    return fh * fw * c * k + (1 if bias else 0)

# %% conv_parameters: a bias per channel of each filter
# named: A bias is counted for each channel of each filter. A filter
def conv_parameters(c, k, f, bias=True):
    a, b = pair(f)
    one_filter = c * (a * b + int(bias))
    return k * one_filter

# %% conv_parameters: the depth is forgotten
# named: The depth of the filters is not counted: a filter extends
def conv_parameters(c, k, f, bias=True):
    numbers = np.prod(pair(f)) + bias
    return int(k * numbers)

# %% conv_parameters: a pair crashes
# named: A pair (height, width) is not taken: the function stops
def conv_parameters(c, k, f, bias=True):
    n = c * f**2
    if bias:
        n += 1
    return n * k

# %% conv_parameters: bias is added whatever is asked
# named: The biases are counted although bias=False says that there are none.
def conv_parameters(c, k, f, bias=True):
    weights = 1
    for factor in (c, k, *pair(f)):
        weights *= factor
    biases = k
    return weights + biases

# %% conv_parameters: one filter only
# named: One filter is counted; the layer has K of them.
def conv_parameters(c, k, f, bias=True):
    h, w = pair(f)
    per_filter = h * w * c
    if bias is True:
        per_filter = per_filter + 1
    return per_filter

# %% conv_parameters: a bias per input channel
# named: The biases are counted one for each channel of the input.
def conv_parameters(c, k, f, bias=True):
    w = np.zeros((k, c) + tuple(pair(f)))
    b = np.zeros(c)
    return w.size + b.size if bias else w.size

# %% zero_pad: below and on the right only
# named: The zeros are on one side only. A border goes all around
def zero_pad(x, padding):
    ph, pw = pair(padding)
    return np.pad(x, [(0, 0), (0, 0), (0, ph), (0, pw)])

# %% zero_pad: every axis is padded
# named: The batch and the channels are padded, too: empty images
def zero_pad(x, padding):
    if isinstance(padding, int):
        return np.pad(x, padding)
    ph, pw = padding
    return np.pad(x, ((ph, ph), (pw, pw), (ph, ph), (pw, pw)))

# %% zero_pad: height and width changed places
# named: A pair is read as (width, height). It is (height, width),
def zero_pad(x, padding):
    px, py = pair(padding)
    n, c, h, w = x.shape
    canvas = np.zeros((n, c, h + 2 * py, w + 2 * px))
    canvas[:, :, py : py + h, px : px + w] = x
    return canvas

# %% zero_pad: minus zero
# named: Where the padding is 0, a slice like [p:-p] holds nothing:
def zero_pad(x, padding):
    a, b = pair(padding)
    N, C, H, W = x.shape
    big = np.zeros((N, C, H + 2 * a, W + 2 * b))
    big[:, :, a:-a, b:-b] = x
    return big

# %% zero_pad: integers
# named: The result is stored in whole numbers, and the fractions
def zero_pad(x, padding):
    a, b = pair(padding)
    N, C, H, W = x.shape
    big = np.zeros((N, C, H + 2 * a, W + 2 * b), dtype=int)
    for i in range(H):
        for j in range(W):
            big[:, :, i + a, j + b] = x[:, :, i, j]
    return big

# %% zero_pad: the rim is repeated
# named: The border repeats the image's edge. Zero-padding puts zeros there.
def zero_pad(x, padding):
    a, b = pair(padding)
    return np.pad(x, ((0, 0), (0, 0), (a, a), (b, b)), mode="edge")

# %% zero_pad: the image is written into the corner
# named: The zeros are on one side only. A border goes all around
def zero_pad(x, padding):
    (up, left), (n, c, h, w) = pair(padding), x.shape
    y = np.zeros((n, c, h + 2 * up, w + 2 * left))
    y[..., :h, :w] = x
    return y

# %% zero_pad: every other image and channel is lost
# named: Only the first channel of the first image is in the result.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    n, c, h, w = x.shape
    y = np.zeros((n, c, h + 2 * ph, w + 2 * pw))
    y[0, 0, ph : ph + h, pw : pw + w] = x[0, 0]
    return y

# %% conv2d: true convolution
# named: The filter is flipped. That is convolution as
def conv2d(x, w, b, stride=1, padding=0):
    (s1, s2), (p1, p2) = pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (p1, p1), (p2, p2)))
    w = np.flip(w, (2, 3))
    FH, FW = w.shape[-2:]
    h, v = x.shape[2] - FH, x.shape[3] - FW
    if h < 0 or v < 0 or h % s1 or v % s2:
        raise ValueError("filter does not fit")
    win = np.lib.stride_tricks.sliding_window_view(x, (FH, FW), axis=(2, 3))[:, :, ::s1, ::s2]
    return np.tensordot(win, w, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2) + b[None, :, None, None]

# %% conv2d: bias in the innermost loop over channels
# named: The bias is added once for each channel, C times in all. It
def conv2d(x, w, b, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    if (H + 2 * ph - FH) % sh or (W + 2 * pw - FW) % sw or FH > H + 2 * ph or FW > W + 2 * pw:
        raise ValueError("does not fit")
    H2, W2 = (H + 2 * ph - FH) // sh + 1, (W + 2 * pw - FW) // sw + 1
    xp = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    xp[:, :, ph : ph + H, pw : pw + W] = x
    out = np.zeros((N, K, H2, W2))
    for n in range(N):
        for k in range(K):
            for i in range(H2):
                for j in range(W2):
                    for c in range(C):
                        patch = xp[n, c, i * sh : i * sh + FH, j * sw : j * sw + FW]
                        out[n, k, i, j] += (patch * w[k, c]).sum() + b[k]
    return out

# %% conv2d: the window moves by one, the size is right
# named: The output has the size that the stride asks for, but the
def conv2d(x, w, b, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    K, C, FH, FW = w.shape
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N = len(x)
    way_h, way_w = x.shape[2] - FH, x.shape[3] - FW
    if way_h < 0 or way_w < 0 or way_h % sh or way_w % sw:
        raise ValueError("does not fit")
    y = np.empty((N, K, way_h // sh + 1, way_w // sw + 1))
    for n, k, i, j in np.ndindex(y.shape):
        y[n, k, i, j] = np.sum(x[n, :, i : i + FH, j : j + FW] * w[k]) + b[k]
    return y

# %% conv2d: stride is never read
# named: The stride is ignored: the filter stops at every pixel.
def conv2d(x, w, b, stride=1, padding=0):
    p = pair(padding)
    s = pair(stride)
    x = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    fh, fw = w.shape[2], w.shape[3]
    if x.shape[2] < fh or x.shape[3] < fw or (x.shape[2] - fh) % s[0] or (x.shape[3] - fw) % s[1]:
        raise ValueError("does not fit")
    h, v = x.shape[2] - fh + 1, x.shape[3] - fw + 1
    out = sum(
        np.einsum("nchw,kc->nkhw", x[:, :, a : a + h, q : q + v], w[:, :, a, q]) for a in range(fh) for q in range(fw)
    )
    return out + b.reshape(1, -1, 1, 1)

# %% conv2d: padding is never used
# named: The padding is ignored.
def conv2d(x, w, b, stride=1, padding=0):
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    SH, SW = pair(stride)
    if (H - FH) < 0 or (W - FW) < 0 or (H - FH) % SH or (W - FW) % SW:
        raise ValueError("does not fit")
    out = np.zeros((N, K, (H - FH) // SH + 1, (W - FW) // SW + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, None, :, i * SH : i * SH + FH, j * SW : j * SW + FW]
            out[:, :, i, j] = (window * w).sum(axis=(2, 3, 4)) + b
    return out

# %% conv2d: channels overwrite each other
# named: The channels are not summed: each overwrites the one before
def conv2d(x, w, b, stride=1, padding=0):
    (SH, SW), (PH, PW) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, C, FH, FW = w.shape
    Hp, Wp = H + 2 * PH, W + 2 * PW
    if FH > Hp or FW > Wp or (Hp - FH) % SH or (Wp - FW) % SW:
        raise ValueError()
    img = np.zeros((N, C, Hp, Wp))
    img[:, :, PH : Hp - PH, PW : Wp - PW] = x
    out = np.zeros((N, K, (Hp - FH) // SH + 1, (Wp - FW) // SW + 1))
    for n in range(N):
        for k in range(K):
            for c in range(C):
                for i in range(out.shape[2]):
                    for j in range(out.shape[3]):
                        total = 0
                        for p in range(FH):
                            for q in range(FW):
                                total += img[n, c, SH * i + p, SW * j + q] * w[k, c, p, q]
                        out[n, k, i, j] = total + b[k]
    return out

# %% conv2d: the maps come last
# named: The maps come last in the result. In this course, as in
def conv2d(x, w, b, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    K, C, FH, FW = w.shape
    if xp.shape[2] < FH or xp.shape[3] < FW or (xp.shape[2] - FH) % sh or (xp.shape[3] - FW) % sw:
        raise ValueError("size")
    rows = range(0, xp.shape[2] - FH + 1, sh)
    cols = range(0, xp.shape[3] - FW + 1, sw)
    return np.array(
        [[[[np.sum(img[:, r : r + FH, c : c + FW] * w[k]) + b[k] for k in range(K)] for c in cols] for r in rows] for img in xp]
    )

# %% conv2d: the result keeps the dtype int of an empty canvas
# named: The result is stored in whole numbers, and the fractions
def conv2d(x, w, b, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    K, C, FH, FW = w.shape
    canvas = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    wayh, wayw = canvas.shape[2] - FH, canvas.shape[3] - FW
    if wayh < 0 or wayw < 0 or wayh % sh or wayw % sw:
        raise ValueError("does not fit")
    res = np.zeros((len(x), K, wayh // sh + 1, wayw // sw + 1), dtype=np.int64)
    for n in range(len(x)):
        for k in range(K):
            for r in range(0, wayh + 1, sh):
                for c in range(0, wayw + 1, sw):
                    res[n, k, r // sh, c // sw] = np.vdot(canvas[n, :, r : r + FH, c : c + FW], w[k]) + b[k]
    return res

# %% conv2d: places and maps are shuffled by a reshape
# named: The numbers are right, but not in their places: a reshape
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    K, C, fh, fw = w.shape
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, _, H, W = x.shape
    if H < fh or W < fw or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    oh, ow = (H - fh) // sh + 1, (W - fw) // sw + 1
    n, c, h, v = x.strides
    cols = np.lib.stride_tricks.as_strided(x, (N, oh, ow, C, fh, fw), (n, h * sh, v * sw, c, h, v))
    flat = cols.reshape(N * oh * ow, -1) @ w.reshape(K, -1).T + b
    return flat.reshape(N, K, oh, ow)

# %% conv2d: leaves the loop after the first number
# named: Only the first numbers are computed, the rest are still 0.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    K, _, fh, fw = w.shape
    if x.shape[2] < fh or x.shape[3] < fw or (x.shape[2] - fh) % sh or (x.shape[3] - fw) % sw:
        raise ValueError("does not fit")
    out = np.zeros((x.shape[0], K, (x.shape[2] - fh) // sh + 1, (x.shape[3] - fw) // sw + 1))
    for n in range(out.shape[0]):
        for k in range(out.shape[1]):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, k, i, j] = np.sum(x[n, :, i * sh : i * sh + fh, j * sw : j * sw + fw] * w[k]) + b[k]
                return out

# %% conv2d: sizes are rounded down
# named: Where the filter does not fit, the last rows or columns are
def conv2d(x, w, b, stride=1, padding=0):
    ph, pw = pair(padding)
    sh, sw = pair(stride)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    if w.shape[2] > x.shape[2] or w.shape[3] > x.shape[3]:
        raise ValueError("filter is larger than the image")
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    v = v[:, :, ::sh, ::sw]
    return np.einsum("ncyxij,kcij->nkyx", v, w) + b[:, np.newaxis, np.newaxis]

# %% conv2d: the mean of the products
# named: The products are averaged over the window. A dot product
def conv2d(x, w, b, stride=1, padding=0):
    ph, pw = pair(padding)
    sh, sw = pair(stride)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    K, C, a, d = w.shape
    if x.shape[2] < a or x.shape[3] < d or (x.shape[2] - a) % sh or (x.shape[3] - d) % sw:
        raise ValueError("does not fit")
    out = np.zeros((len(x), K, (x.shape[2] - a) // sh + 1, (x.shape[3] - d) // sw + 1))
    for index in np.ndindex(*out.shape):
        n, k, i, j = index
        out[index] = np.mean(x[n, :, i * sh : i * sh + a, j * sw : j * sw + d] * w[k]) + b[k]
    return out

# %% conv2d: a relu behind it
# named: Negative results have become 0, as in a ReLU. A convolution
def conv2d(x, w, b, stride=1, padding=0):
    ph, pw = pair(padding)
    sh, sw = pair(stride)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    K, C, a, d = w.shape
    if x.shape[2] < a or x.shape[3] < d or (x.shape[2] - a) % sh or (x.shape[3] - d) % sw:
        raise ValueError("does not fit")
    v = np.lib.stride_tricks.sliding_window_view(x, (a, d), axis=(2, 3))[:, :, ::sh, ::sw]
    z = np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None]
    z[z < 0] = 0
    return z

# %% conv2d: height's stride on both axes
# named: The first number of the stride is used for height and width.
def conv2d(x, w, b, stride=1, padding=0):
    s = pair(stride)[0]
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    K, C, FH, FW = w.shape
    H, W = H + 2 * ph, W + 2 * pw
    for n, f, st in ((H, FH, pair(stride)[0]), (W, FW, pair(stride)[1])):
        if n < f or (n - f) % st:
            raise ValueError("does not fit")
    padded = np.zeros((N, C, H, W))
    padded[:, :, ph : H - ph, pw : W - pw] = x
    out = np.zeros((N, K, (H - FH) // s + 1, (W - FW) // s + 1))
    for n in range(N):
        for k in range(K):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, k, i, j] = np.sum(padded[n, :, i * s : i * s + FH, j * s : j * s + FW] * w[k]) + b[k]
    return out

# %% conv2d: bias forgotten
# named: The bias is forgotten: each number is a dot product plus
def conv2d(x, w, b, stride=1, padding=0):
    ph, pw = pair(padding)
    sh, sw = pair(stride)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    K, C, fh, fw = w.shape
    if x.shape[2] < fh or x.shape[3] < fw or (x.shape[2] - fh) % sh or (x.shape[3] - fw) % sw:
        raise ValueError("does not fit")
    flat_filters = w.reshape(K, C * fh * fw)
    rows = []
    for top in range(0, x.shape[2] - fh + 1, sh):
        row = []
        for left in range(0, x.shape[3] - fw + 1, sw):
            flat = x[:, :, top : top + fh, left : left + fw].reshape(len(x), -1)
            row.append(flat.dot(flat_filters.T))
        rows.append(row)
    return np.array(rows).transpose(2, 3, 0, 1)

# %% conv2d: matrix product instead of the dot product
# named: Window and filter are multiplied as matrices, rows by
def conv2d(x, w, b, stride=1, padding=0):
    ph, pw = pair(padding)
    sh, sw = pair(stride)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    K, C, fh, fw = w.shape
    if x.shape[2] < fh or x.shape[3] < fw or (x.shape[2] - fh) % sh or (x.shape[3] - fw) % sw:
        raise ValueError("does not fit")
    out = np.zeros((len(x), K, (x.shape[2] - fh) // sh + 1, (x.shape[3] - fw) // sw + 1))
    for n, k, i, j in np.ndindex(*out.shape):
        for c in range(C):
            out[n, k, i, j] += np.sum(x[n, c, i * sh : i * sh + fh, j * sw : j * sw + fw] @ w[k, c].T)
        out[n, k, i, j] += b[k]
    return out

# %% conv2d_backward: dw starts anew with every image
# named: dw is overwritten where it should be added up: only the
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp = np.zeros(xp.shape)
    fh, fw = w.shape[2:]
    for n in range(len(x)):
        dw = np.zeros(w.shape)
        for k in range(w.shape[0]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    here = np.s_[n, :, i * sh : i * sh + fh, j * sw : j * sw + fw]
                    dw[k] += dout[n, k, i, j] * xp[here]
                    dxp[here] += dout[n, k, i, j] * w[k]
    return dxp[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, dout.sum(axis=(0, 2, 3))

# %% conv2d_backward: overlapping windows overwrite each other in dx
# named: dx is overwritten where it should be added up: a pixel lies
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    big[:, :, ph : ph + H, pw : pw + W] = x
    dbig, dw = np.zeros_like(big), np.zeros(w.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            win = big[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw]
            g = dout[:, :, i, j]
            dw += np.tensordot(g, win, axes=(0, 0))
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] = np.tensordot(g, w, axes=(1, 0))
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum((0, 2, 3))

# %% conv2d_backward: the border stays on dx
# named: dx still has its border: it should have the shape of x.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dx, dw = np.zeros(xp.shape), np.zeros(w.shape)
    h2, w2 = dout.shape[2:]
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            sl = (slice(None), slice(None), slice(p, p + sh * h2, sh), slice(q, q + sw * w2, sw))
            dw[:, :, p, q] = np.einsum("nkij,ncij->kc", dout, xp[sl])
            dx[sl] += np.einsum("nkij,kc->ncij", dout, w[:, :, p, q])
    db = dout.sum(axis=0).sum(axis=1).sum(axis=1)
    return dx, dw, db

# %% conv2d_backward: dx is cut at the wrong end
# named: dx has the shape of x, but the border was cut off at the
def conv2d_backward(dout, x, w, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dx, dw, db = np.zeros(xp.shape), np.zeros(w.shape), np.zeros(len(w))
    N, K, h2, w2 = dout.shape
    for n in range(N):
        for k in range(K):
            for i in range(h2):
                for j in range(w2):
                    g = dout[n, k, i, j]
                    t, l = i * sh, j * sw
                    dx[n, :, t : t + w.shape[2], l : l + w.shape[3]] += g * w[k]
                    dw[k] += g * xp[n, :, t : t + w.shape[2], l : l + w.shape[3]]
                    db[k] += g
    return dx[:, :, : x.shape[2], : x.shape[3]], dw, db

# %% conv2d_backward: db is a mean
# named: db is averaged over images and places. It is the sum of
def conv2d_backward(dout, x, w, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    FH, FW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(xp, (FH, FW), axis=(2, 3))[:, :, ::sh, ::sw]
    dw = np.einsum("ncijpq,nkij->kcpq", windows, dout)
    dx = np.zeros(xp.shape)
    for n, k, i, j in np.ndindex(*dout.shape):
        dx[n, :, i * sh : i * sh + FH, j * sw : j * sw + FW] += dout[n, k, i, j] * w[k]
    db = dout.mean(axis=(0, 2, 3))
    return dx[:, :, ph : dx.shape[2] - ph, pw : dx.shape[3] - pw], dw, db

# %% conv2d_backward: upstream left out of dw
# named: The upstream gradient dout is ignored, as if every number
def conv2d_backward(dout, x, w, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    K, C, FH, FW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp, dw, db = np.zeros(xp.shape), np.zeros(w.shape), np.zeros(K)
    for n in range(N):
        for k in range(K):
            db[k] += dout[n, k].sum()
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    win = (n, slice(None), slice(i * sh, i * sh + FH), slice(j * sw, j * sw + FW))
                    dw[k] += xp[win]
                    dxp[win] += w[k] * dout[n, k, i, j]
    return dxp[:, :, ph : ph + H, pw : pw + W], dw, db

# %% conv2d_backward: the filter is turned on the way back
# named: The filter is flipped on the way back to dx: each pixel
def conv2d_backward(dout, x, w, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    turned = w[:, :, ::-1, ::-1]
    dx, dw = np.zeros(xp.shape), np.zeros(w.shape)
    FH, FW = w.shape[2:]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            up = dout[:, :, i, j][:, :, None, None, None]  # (N, K, 1, 1, 1)
            top, left = i * sh, j * sw
            dx[:, :, top : top + FH, left : left + FW] += (up * turned[None]).sum(1)
            dw += (up * xp[:, None, :, top : top + FH, left : left + FW]).sum(0)
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, np.einsum("nkij->k", dout)

# %% conv2d_backward: dw divided by the number of images
# named: The gradient is divided by N. The mean is taken in the
def conv2d_backward(dout, x, w, stride=1, padding=0):
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, K, H2, W2 = dout.shape
    _, C, FH, FW = w.shape
    cols = np.stack(
        [xp[:, :, i * sh : i * sh + FH, j * sw : j * sw + FW].reshape(N, -1) for i in range(H2) for j in range(W2)], 1
    )
    d = dout.reshape(N, K, -1)
    dw = (d @ cols).mean(axis=0).reshape(w.shape)
    dcols = d.transpose(0, 2, 1) @ w.reshape(K, -1)
    dx = np.zeros(xp.shape)
    for place in range(H2 * W2):
        i, j = divmod(place, W2)
        dx[:, :, i * sh : i * sh + FH, j * sw : j * sw + FW] += dcols[:, place].reshape(N, C, FH, FW)
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, d.sum((0, 2))

# %% conv2d_backward: the windows move by one on the way back
# named: The stride is ignored: the windows of the backward pass lie
def conv2d_backward(dout, x, w, stride=1, padding=0):
    ph, pw = pair(padding)
    FH, FW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dx, dw, db = np.zeros(xp.shape), np.zeros(w.shape), np.zeros(w.shape[0])
    for n, k, i, j in np.ndindex(*dout.shape):
        g = dout[n, k, i, j]
        dx[n, :, i : i + FH, j : j + FW] += g * w[k]
        dw[k] += g * xp[n, :, i : i + FH, j : j + FW]
        db[k] += g
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, db

# %% conv2d_backward: gradients in another order
# named: The gradients come in another order: it is dx, dw, db.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    FH, FW = w.shape[2:]
    dx, dw, db = np.zeros(xp.shape), np.zeros(w.shape), dout.sum((0, 2, 3))
    for n, k, i, j in np.ndindex(*dout.shape):
        a, c = i * sh, j * sw
        dx[n, :, a : a + FH, c : c + FW] += dout[n, k, i, j] * w[k]
        dw[k] += dout[n, k, i, j] * xp[n, :, a : a + FH, c : c + FW]
    return dw, db, dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]

# %% conv2d_backward: the gradients are added onto the image itself
# named: The gradients are added onto the image. dx begins at zeros;
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    FH, FW = w.shape[2:]
    dx = xp.copy()
    dw, db = np.zeros(w.shape), dout.sum((0, 2, 3))
    for n, k, i, j in np.ndindex(*dout.shape):
        a, c = i * sh, j * sw
        dw[k] += dout[n, k, i, j] * xp[n, :, a : a + FH, c : c + FW]
        dx[n, :, a : a + FH, c : c + FW] += dout[n, k, i, j] * w[k]
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, db

# %% conv2d_backward: padding forgotten for dw
# named: dw is computed on an image in the corner of its border, not
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    dx = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    dw = np.zeros(w.shape)
    for n, k, i, j in np.ndindex(*dout.shape):
        for c in range(C):
            for p in range(FH):
                for q in range(FW):
                    r, s = i * sh + p, j * sw + q
                    if r < H and s < W:
                        dw[k, c, p, q] += dout[n, k, i, j] * x[n, c, r, s]
                    dx[n, c, r, s] += dout[n, k, i, j] * w[k, c, p, q]
    return dx[:, :, ph : ph + H, pw : pw + W], dw, dout.sum((0, 2, 3))

# %% conv2d_backward: db is not summed over the images
# named: db is summed over the wrong axes: each bias touches all
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    FH, FW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dx, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for n, k, i, j in np.ndindex(*dout.shape):
        a, c = i * sh, j * sw
        dw[k] += dout[n, k, i, j] * xp[n, :, a : a + FH, c : c + FW]
        dx[n, :, a : a + FH, c : c + FW] += dout[n, k, i, j] * w[k]
    db = dout.sum(axis=(2, 3))
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, db

# %% conv2d_backward: dx of the last filter only
# named: dx is overwritten where it should be added up: every filter
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    FH, FW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dw, db = np.zeros(w.shape), np.zeros(len(w))
    for k in range(len(w)):
        dx = np.zeros(xp.shape)
        for n in range(len(x)):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    a, c = i * sh, j * sw
                    dw[k] += dout[n, k, i, j] * xp[n, :, a : a + FH, c : c + FW]
                    dx[n, :, a : a + FH, c : c + FW] += dout[n, k, i, j] * w[k]
                    db[k] += dout[n, k, i, j]
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, db

# %% conv_output_size: rounded to the nearest
# named: Where the filter does not fit, the size is rounded to the
def conv_output_size(n, f, stride=1, padding=0):
    return round((n - f + 2 * padding) / stride) + 1

# %% conv_output_size: a filter as large as the input is refused
# named: nothing
def conv_output_size(n, f, stride=1, padding=0):
    full = n + 2 * padding
    if f >= full:
        raise ValueError("filter too large")
    if (full - f) % stride != 0:
        raise ValueError("left over")
    return (full - f) // stride + 1

# %% conv_output_shape: only the stride is turned round
# named: The pair of the stride is read as (width, height). It is
def conv_output_shape(shape, k, f, stride=1, padding=0):
    c, h, w = shape
    fh, fw = pair(f)
    sw, sh = pair(stride)
    ph, pw = pair(padding)
    a, b = h + 2 * ph - fh, w + 2 * pw - fw
    if a < 0 or b < 0 or a % sh or b % sw:
        raise ValueError("does not fit")
    return k, a // sh + 1, b // sw + 1

# %% conv_output_shape: the depth is treated like a third side
# named: The channels are still in the shape, beside the maps. A
def conv_output_shape(shape, k, f, stride=1, padding=0):
    fh, fw = pair(f)
    sh, sw = pair(stride)
    ph, pw = pair(padding)
    dims = []
    for n, g, s, p in ((shape[1], fh, sh, ph), (shape[2], fw, sw, pw)):
        if n + 2 * p - g < 0 or (n + 2 * p - g) % s:
            raise ValueError
        dims.append((n + 2 * p - g) // s + 1)
    return (k, shape[0], dims[0], dims[1])

# %% conv_parameters: sides added instead of multiplied
# named: The sides of the filter are added. Its weights fill an
def conv_parameters(c, k, f, bias=True):
    a, b = pair(f)
    return k * (c * (a + b) + (1 if bias else 0))

# %% zero_pad: mirrored
# named: The border is filled with numbers of the image, mirrored or
def zero_pad(x, padding):
    ph, pw = pair(padding)
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), "symmetric")

# %% zero_pad: the end of the image is cut off
# named: The end of the image is cut off, below and on the right.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    y = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    for i in range(ph, H):
        for j in range(pw, W):
            y[:, :, i, j] = x[:, :, i - ph, j - pw]
    return y

# %% zero_pad: axes of length one are dropped
# named: The axes of length 1 are gone. One image of one channel is
def zero_pad(x, padding):
    ph, pw = pair(padding)
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))).squeeze()

# %% conv2d: last row and column of places are never visited
# named: The last row and the last column of the output are still 0:
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    K, _, fh, fw = w.shape
    if x.shape[2] < fh or x.shape[3] < fw or (x.shape[2] - fh) % sh or (x.shape[3] - fw) % sw:
        raise ValueError("does not fit")
    out = np.zeros((len(x), K, (x.shape[2] - fh) // sh + 1, (x.shape[3] - fw) // sw + 1))
    for i in range(out.shape[2] - 1):
        for j in range(out.shape[3] - 1):
            for k in range(K):
                out[:, k, i, j] = (x[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] * w[k]).sum((1, 2, 3)) + b[k]
    return out

# %% conv2d: last row and column of the filter are left out
# named: The last row and the last column of the filter are left out
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if H < fh or W < fw or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    out = np.zeros((N, K, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for n, k, i, j in np.ndindex(*out.shape):
        s = b[k]
        for c in range(C):
            for p in range(fh - 1):
                for q in range(fw - 1):
                    s += x[n, c, i * sh + p, j * sw + q] * w[k, c, p, q]
        out[n, k, i, j] = s
    return out

# %% conv2d: the sum goes on from filter to filter
# named: The sum is not begun anew with each filter: it goes on from
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if H < fh or W < fw or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    out = np.zeros((N, K, (H - fh) // sh + 1, (W - fw) // sw + 1))
    for n in range(N):
        for i in range(out.shape[2]):
            for j in range(out.shape[3]):
                total = 0
                for k in range(K):
                    total += (x[n, :, i * sh : i * sh + fh, j * sw : j * sw + fw] * w[k]).sum()
                    out[n, k, i, j] = total + b[k]
    return out

# %% conv2d: the stride spreads the filter
# named: The stride spreads the filter over the image and does not
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if H < fh or W < fw or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    out = np.zeros((N, K, (H - fh) // sh + 1, (W - fw) // sw + 1)) + b[:, None, None]
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for p in range(fh):
                for q in range(fw):
                    if i + p * sh < H and j + q * sw < W:
                        out[:, :, i, j] += x[:, :, i + p * sh, j + q * sw] @ w[:, :, p, q].T
    return out

# %% conv2d: bias before and after
# named: The bias is added twice.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if H < fh or W < fw or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    out = np.zeros((N, K, (H - fh) // sh + 1, (W - fw) // sw + 1)) + b[:, None, None]
    for i, j in np.ndindex(*out.shape[2:]):
        out[:, :, i, j] += np.tensordot(x[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw], w, ((1, 2, 3), (1, 2, 3))) + b
    return out

# %% conv2d: width's padding, height's stride
# named: nothing
def conv2d(x, w, b, stride=1, padding=0):
    sh, sw = pair(stride)
    p = max(pair(padding))
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if H < fh or W < fw or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    v = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))[:, :, ::sh, ::sw]
    return np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None]

# %% conv2d_backward: db inside of the loops over the filter
# named: db counts every place several times: once for each weight
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dx, dw, db = np.zeros(xp.shape), np.zeros(w.shape), np.zeros(len(w))
    for n, k, i, j in np.ndindex(*dout.shape):
        for c, p, q in np.ndindex(*w.shape[1:]):
            dx[n, c, i * sh + p, j * sw + q] += dout[n, k, i, j] * w[k, c, p, q]
            dw[k, c, p, q] += dout[n, k, i, j] * xp[n, c, i * sh + p, j * sw + q]
            db[k] += dout[n, k, i, j]
    return dx[:, :, ph : ph + H, pw : pw + W], dw, db

# %% conv2d_backward: dx without the channels of the filter
# named: Every channel of dx comes from the filter's first channel.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    H, W = x.shape[2:]
    FH, FW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dx, dw = np.zeros(xp.shape), np.zeros(w.shape)
    for n, k, i, j in np.ndindex(*dout.shape):
        a, c = i * sh, j * sw
        dw[k] += dout[n, k, i, j] * xp[n, :, a : a + FH, c : c + FW]
        dx[n, :, a : a + FH, c : c + FW] += dout[n, k, i, j] * w[k, 0]
    return dx[:, :, ph : ph + H, pw : pw + W], dw, dout.sum((0, 2, 3))

# %% conv2d_backward: dw and dx are averages over the places
# named: The gradient is averaged over the places of the map. What
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    H, W = x.shape[2:]
    FH, FW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    v = np.lib.stride_tricks.sliding_window_view(xp, (FH, FW), axis=(2, 3))[:, :, ::sh, ::sw]
    dw = np.einsum("ncijpq,nkij->kcpq", v, dout) / (dout.shape[2] * dout.shape[3])
    dx = np.zeros(xp.shape)
    for i, j in np.ndindex(*dout.shape[2:]):
        dx[:, :, i * sh : i * sh + FH, j * sw : j * sw + FW] += np.tensordot(dout[:, :, i, j], w, 1)
    return dx[:, :, ph : ph + H, pw : pw + W], dw, dout.sum((0, 2, 3))

# %% conv2d_backward: dx without its border handling: image not padded at all
# named: dx has the shape of x, but the border was cut off at the | dw is computed on an image in the corner of its border, not
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), _ = pair(stride), pair(padding)
    FH, FW = w.shape[2:]
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for n, k, i, j in np.ndindex(*dout.shape):
        for c, p, q in np.ndindex(*w.shape[1:]):
            r, s = i * sh + p, j * sw + q
            if r < x.shape[2] and s < x.shape[3]:
                dx[n, c, r, s] += dout[n, k, i, j] * w[k, c, p, q]
                dw[k, c, p, q] += dout[n, k, i, j] * x[n, c, r, s]
        db[k] += dout[n, k, i, j]
    return dx, dw, db
