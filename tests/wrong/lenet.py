# Wrong answers to the assignment `lenet`, one mistake each, in the styles of many students.
# ruff: noqa

# %% lenet.im2col: the channels are strung together without turning the axes
# named: The array has the right size, but its numbers are in the
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    h, w = H - fh + 1, W - fw + 1
    pieces = np.zeros((N, C, fh, fw, h, w))
    for a in range(fh):
        for b in range(fw):
            pieces[:, :, a, b] = x[:, :, a : a + h, b : b + w]
    return pieces.reshape(N, h * w, C * fh * fw)

# %% lenet.im2col: windows are columns, not rows
# named: Rows and columns are swapped: each window is asked for as a
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    columns = []
    for i in range(H - fh + 1):
        for j in range(W - fw + 1):
            columns.append(x[:, :, i : i + fh, j : j + fw].reshape(N, -1))
    return np.stack(columns, axis=-1)

# %% lenet.im2col: the places run column by column
# named: The windows come column by column. Row after row of places
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    return np.array(
        [[img[:, i : i + fh, j : j + fw].ravel() for j in range(W - fw + 1) for i in range(H - fh + 1)] for img in x]
    )

# %% lenet.im2col: channels innermost
# named: The channels vary fastest in a row. A filter is stretched
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    v = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), axis=(2, 3))  # N C h w fh fw
    return v.transpose(0, 2, 3, 4, 5, 1).reshape(N, (H - fh + 1) * (W - fw + 1), -1)

# %% lenet.im2col: the last row and column of places are missing
# named: The last window of each row and column is left out: there
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    out = np.zeros((N, (H - fh) * (W - fw), C * fh * fw))
    for n in range(N):
        r = 0
        for i in range(H - fh):
            for j in range(W - fw):
                out[n, r] = x[n, :, i : i + fh, j : j + fw].flatten()
                r += 1
    return out

# %% lenet.im2col: images are not kept apart
# named: The rows of all images stand in one matrix. Each image is
def im2col(x, fh, fw):
    rows = []
    for image in x:
        for top in range(image.shape[1] - fh + 1):
            for left in range(image.shape[2] - fw + 1):
                rows.append(image[:, top : top + fh, left : left + fw].reshape(-1))
    return np.vstack(rows)

# %% lenet.im2col: a window is read column by column
# named: The numbers inside a window come column by column; a filter
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    H2, W2 = H - fh + 1, W - fw + 1
    parts = [x[:, :, p : p + H2, q : q + W2] for q in range(fw) for p in range(fh)]
    block = np.stack(parts, axis=2)  # N C fh*fw H2 W2
    return block.reshape(N, C * fh * fw, H2 * W2).swapaxes(1, 2)

# %% lenet.conv2d: the product is reshaped without turning it
# named: The product of windows and filters has the filters on its
def conv2d(x, w, b):
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    v = np.lib.stride_tricks.sliding_window_view(x, (FH, FW), axis=(2, 3))
    rows = v.transpose(0, 2, 3, 1, 4, 5).reshape(N, -1, C * FH * FW)
    product = rows @ w.reshape(K, -1).T + b
    return product.reshape(N, K, H - FH + 1, W - FW + 1)

# %% lenet.conv2d: bias is left out
# named: The bias is left out.
def conv2d(x, w, b):
    h, v = x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
    out = 0
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            out = out + np.tensordot(w[:, :, p, q], x[:, :, p : p + h, q : q + v], axes=(1, 1))
    return np.moveaxis(out, 0, 1)

# %% lenet.conv2d: filter turned by half a turn
# named: The filter is turned by 180 degrees: that is convolution as
def conv2d(x, w, b):
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    out = np.zeros((N, K, H - FH + 1, W - FW + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for p in range(FH):
                for q in range(FW):
                    out[:, :, i, j] += x[:, :, i + FH - 1 - p, j + FW - 1 - q] @ w[:, :, p, q].T
    return out + b[:, None, None]

# %% lenet.conv2d: one bias for all
# named: Every map gets the sum of all biases. Each filter has its own.
def conv2d(x, w, b):
    K = w.shape[0]
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    out = np.einsum("nchwpq,kcpq->nkhw", v, w)
    for k in range(K):
        out[:, k] += b.sum()
    return out

# %% lenet.conv2d_backward: the scatter overwrites
# named: Where windows overlap, the last one overwrites the
def conv2d_backward(dout, x, w):
    N, K, H2, W2 = dout.shape
    _, C, FH, FW = w.shape
    v = np.lib.stride_tricks.sliding_window_view(x, (FH, FW), axis=(2, 3))
    dw = np.einsum("nkij,ncijpq->kcpq", dout, v)
    dr = np.einsum("nkij,kcpq->ncijpq", dout, w)
    dx = np.zeros(x.shape)
    for p in range(FH):
        for q in range(FW):
            dx[:, :, p : p + H2, q : q + W2] = dr[..., p, q]
    return dx, dw, dout.sum((0, 2, 3))

# %% lenet.conv2d_backward: dw of the last image only
# named: Only the last image of the batch counts: each image's
def conv2d_backward(dout, x, w):
    N, K, H2, W2 = dout.shape
    _, C, FH, FW = w.shape
    dx, db = np.zeros(x.shape), np.zeros(K)
    for n in range(N):
        dw = np.zeros(w.shape)
        for i in range(H2):
            for j in range(W2):
                g = dout[n, :, i, j]
                dw += g[:, None, None, None] * x[n, :, i : i + FH, j : j + FW]
                dx[n, :, i : i + FH, j : j + FW] += np.tensordot(g, w, 1)
                db += g
    return dx, dw, db

# %% lenet.conv2d_backward: dout is reshaped straight to places and filters
# named: dout is (N, K, H2, W2), and reshape alone mixes its maps
def conv2d_backward(dout, x, w):
    N, K, H2, W2 = dout.shape
    _, C, FH, FW = w.shape
    rows = np.lib.stride_tricks.sliding_window_view(x, (FH, FW), axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5)
    rows = rows.reshape(N, H2 * W2, -1)
    dO = dout.reshape(N, H2 * W2, K)
    dw = (dO.transpose(0, 2, 1) @ rows).sum(0).reshape(w.shape)
    dR = (dO @ w.reshape(K, -1)).reshape(N, H2, W2, C, FH, FW)
    dx = np.zeros(x.shape)
    for p in range(FH):
        for q in range(FW):
            dx[:, :, p : p + H2, q : q + W2] += dR[:, :, :, :, p, q].transpose(0, 3, 1, 2)
    return dx, dw, dout.sum(axis=(0, 2, 3))

# %% lenet.conv2d_backward: the mean once more
# named: The gradient is divided by the number of images. That
def conv2d_backward(dout, x, w):
    N = len(x)
    h, v = dout.shape[2:]
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            dw[:, :, p, q] = np.tensordot(dout, x[:, :, p : p + h, q : q + v], axes=((0, 2, 3), (0, 2, 3)))
            dx[:, :, p : p + h, q : q + v] += np.tensordot(dout, w[:, :, p, q], axes=(1, 0)).transpose(0, 3, 1, 2)
    return dx, dw / N, dout.sum((0, 2, 3)) / N

# %% lenet.conv2d_backward: filters are flipped for dx although they lie as they are
# named: Each pixel gets back the weights of the opposite corner of
def conv2d_backward(dout, x, w):
    FH, FW = w.shape[2:]
    far = np.pad(dout, ((0, 0), (0, 0), (FH - 1, FH - 1), (FW - 1, FW - 1)))
    view = np.lib.stride_tricks.sliding_window_view(far, (FH, FW), axis=(2, 3))
    dx = np.einsum("nkijpq,kcpq->ncij", view, w)
    inner = np.lib.stride_tricks.sliding_window_view(x, dout.shape[2:], axis=(2, 3))
    dw = np.einsum("ncpqij,nkij->kcpq", inner, dout)
    return dx, dw, dout.sum((0, 2, 3))

# %% lenet.max_pool2d: begins at 0
# named: The comparison begins at 0, so a window of negative numbers
def max_pool2d(x, size):
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // size, W // size))
    for i in range(H):
        for j in range(W):
            out[:, :, i // size, j // size] = np.maximum(out[:, :, i // size, j // size], x[:, :, i, j])
    return out

# %% lenet.max_pool2d: windows that overlap
# named: The windows overlap: they move by one pixel. Here the next
def max_pool2d(x, size):
    N, C, H, W = x.shape
    v = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return v.max(axis=(-1, -2))

# %% lenet.max_pool2d: the axes of the reshape the other way round
# named: The numbers of a window do not lie side by side: in the
def max_pool2d(x, size):
    N, C, H, W = x.shape
    return x.reshape(N, C, size, H // size, size, W // size).max(axis=(2, 4))

# %% lenet.max_pool2d: average
# named: This is the mean of each window; its largest number is asked for.
def max_pool2d(x, size):
    total = 0
    for a in range(size):
        for b in range(size):
            total = total + x[:, :, a::size, b::size]
    return total / size**2

# %% lenet.max_pool2d_backward: everybody in the window gets it
# named: Every number of the window gets the whole gradient; only
def max_pool2d_backward(dout, x, size):
    return dout.repeat(size, axis=2).repeat(size, axis=3)

# %% lenet.max_pool2d_backward: a mask without the gradient
# named: The upstream gradient dout is ignored, as if every number
def max_pool2d_backward(dout, x, size):
    N, C, H, W = x.shape
    blocks = x.reshape(N, C, H // size, size, W // size, size)
    mask = blocks == blocks.max(axis=(3, 5), keepdims=True)
    return mask.astype(x.dtype).reshape(x.shape)

# %% lenet.max_pool2d_backward: the winner of the whole map
# named: The place of the largest number inside of its window is
def max_pool2d_backward(dout, x, size):
    dx = np.zeros(x.shape)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i * size : (i + 1) * size, j * size : (j + 1) * size]
                    a, b = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, a, b] += dout[n, c, i, j]
    return dx

# %% lenet.max_pool2d_backward: shared out over the window
# named: The gradient is shared equally by the whole window. That is
def max_pool2d_backward(dout, x, size):
    dx = np.zeros(x.shape)
    for a in range(size):
        for b in range(size):
            dx[:, :, a::size, b::size] = dout / (size * size)
    return dx

# %% lenet.linear: bias left out
# named: The bias is left out.
def linear(x, w, b):
    flat = np.reshape(x, (len(x), -1))
    return flat.dot(w.T)

# %% lenet.linear: stretched in Fortran's order
# named: The images are stretched column by column; row by row is
def linear(x, w, b):
    rows = [image.flatten("F") for image in x]
    return np.stack(rows) @ w.T + b

# %% lenet.linear: not stretched
# named: Images are not stretched: only an x of two axes works.
def linear(x, w, b):
    return x @ w.T + b

# %% lenet.linear_backward: dx stays flat
# named: dx comes back stretched; it should have the shape that x had.
def linear_backward(dout, x, w):
    flat = x.reshape(len(x), -1)
    dx = dout.dot(w)
    dw = dout.T.dot(flat)
    db = dout.sum(axis=0)
    return dx, dw, db

# %% lenet.linear_backward: dw lies on its side
# named: Rows and columns of dw are swapped: it has the shape of w.
def linear_backward(dout, x, w):
    flat = x.reshape(x.shape[0], -1)
    return (dout @ w).reshape(x.shape), flat.T @ dout, np.einsum("nm->m", dout)

# %% lenet.linear_backward: db is averaged
# named: The gradient is divided by the number of images. That
def linear_backward(dout, x, w):
    n = dout.shape[0]
    dw = sum(np.outer(dout[i], x[i].ravel()) for i in range(n))
    return np.matmul(dout, w).reshape(x.shape), dw, np.mean(dout, 0)

# %% lenet.linear_backward: db over the wrong axis
# named: db is summed over the wrong axes: each bias touches all the
def linear_backward(dout, x, w):
    dw = np.einsum("nm,nd->md", dout, x.reshape(len(x), -1))
    return np.einsum("nm,md->nd", dout, w).reshape(x.shape), dw, dout.sum(axis=1)

# %% lenet.relu: the absolute value
# named: Negative numbers become positive, as with abs(). They
def relu(x):
    return np.where(x < 0, -x, x)

# %% lenet.relu: leaky
# named: Negative numbers keep a hundredth of themselves: that is
def relu(x):
    return np.maximum(0.01 * x, x)

# %% lenet.relu: written into the input
# named: Nothing comes back: the result has to be returned, and x
def relu(x):
    x[x < 0] = 0

# %% lenet.relu_backward: the mask from dout
# named: What passes is decided by the sign of the gradient; the
def relu_backward(dout, x):
    dx = dout.copy()
    dx[dout <= 0] = 0
    return dx

# %% lenet.relu_backward: the mask is forgotten
# named: All of the gradient passes. Where x was negative, nothing reaches it.
def relu_backward(dout, x):
    return dout * 1.0

# %% lenet.relu_backward: relu applied to the gradient times x
# named: The gradient is multiplied by the output. The slope of a
def relu_backward(dout, x):
    return dout * np.maximum(x, 0)

# %% lenet.relu_backward: only the slope
# named: The upstream gradient dout is ignored, as if every number
def relu_backward(dout, x):
    return (x > 0).astype(float)

# %% lenet.softmax_cross_entropy: overflows
# named: exp of a large score overflows. Subtract the largest score
def softmax_cross_entropy(scores, labels):
    total = 0.0
    for s, y in zip(scores, labels):
        p = np.exp(s) / np.exp(s).sum()
        total -= np.log(p[y])
    return total / len(labels)

# %% lenet.softmax_cross_entropy: the sum
# named: The losses of the images are added up; their mean is asked for.
def softmax_cross_entropy(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(labels)), labels].sum()

# %% lenet.softmax_cross_entropy: log of 0
# named: Where the right class has no chance, its probability is
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - np.max(scores, axis=1)[:, None])
    p = e / e.sum(1)[:, None]
    return np.mean(-np.log(p[range(len(p)), labels]))

# %% lenet.softmax_cross_entropy: probabilities over the images
# named: The softmax runs over the images; the probabilities of one
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(axis=0)
    logp = z - np.log(np.exp(z).sum(axis=0))
    return -np.mean([logp[i, y] for i, y in enumerate(labels)])

# %% lenet.softmax_cross_entropy: decadic logarithm
# named: The logarithm has base 10; the natural one is meant.
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    losses = np.log10(np.exp(z).sum(1)) - z[np.arange(len(z)), labels] / np.log(10)
    return losses.mean()

# %% lenet.softmax_cross_entropy: the minus is missing
# named: The sign is turned round: a loss is never negative.
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log(np.sum(np.exp(z), 1, keepdims=True))
    return np.take_along_axis(logp, labels[:, None], 1).mean()

# %% lenet.softmax_cross_entropy: the best class instead of the right one
# named: The class with the largest score is taken for the right
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    best = logp.argmax(1)
    return -logp[np.arange(len(z)), best].mean()

# %% lenet.softmax_cross_entropy_backward: no 1/N
# named: The gradient is not divided by the number of images, but
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    p[np.arange(len(p)), labels] -= 1
    return p

# %% lenet.softmax_cross_entropy_backward: the probabilities only
# named: These are the probabilities alone; the 1 of the right class
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True) / len(labels)

# %% lenet.softmax_cross_entropy_backward: whole columns lose 1
# named: The 1 is subtracted in every row from the columns of all
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    p[:, labels] -= 1
    return p / scores.shape[0]

# %% lenet.softmax_cross_entropy_backward: uphill
# named: The sign is turned round: raising the right score lowers
def softmax_cross_entropy_backward(scores, labels):
    hot = np.eye(scores.shape[1])[labels]
    e = np.exp(scores - scores.max(1, keepdims=True))
    return (hot - e / e.sum(1, keepdims=True)) / len(scores)

# %% lenet.softmax_cross_entropy_backward: mean over all numbers
# named: The gradient is divided by the number of classes as well.
def softmax_cross_entropy_backward(scores, labels):
    one_hot = np.zeros(scores.shape)
    one_hot[np.arange(len(labels)), labels] = 1
    e = np.exp(scores - scores.max(1, keepdims=True))
    return (e / e.sum(1, keepdims=True) - one_hot) / scores.size

# %% lenet.layer_shapes: the pooling is left out of the list
# named: The shapes between convolution and pooling are missing from
def layer_shapes(shape, weights):
    c, h, w = shape
    found = []
    for layer in weights:
        if len(layer) == 4:
            k, _, fh, fw = layer
            h, w = (h - fh + 1) // 2, (w - fw + 1) // 2
            found.append((k, h, w))
        else:
            found.append((layer[0],))
    return found

# %% lenet.layer_shapes: a linear layer is named by its inputs
# named: A fully connected layer is listed with the number of its
def layer_shapes(shape, weights):
    shapes = []
    for s in weights:
        if len(s) == 2:
            shape = (s[1],)
            shapes.append(shape)
        else:
            shape = (s[0], shape[1] - s[2] + 1, shape[2] - s[3] + 1)
            shapes.append(shape)
            shape = (s[0], shape[1] // 2, shape[2] // 2)
            shapes.append(shape)
    return shapes

# %% lenet.layer_shapes: one too few places
# named: A convolution leaves N - F + 1 places on each axis; the + 1
def layer_shapes(shape, weights):
    _, h, w = shape
    out = []
    for size in weights:
        if len(size) == 4:
            h -= size[2]
            w -= size[3]
            out += [(size[0], h, w)]
            h, w = h // 2, w // 2
            out += [(size[0], h, w)]
        else:
            out += [(size[0],)]
    return out

# %% lenet.layer_shapes: the pooling does not carry on
# named: The next convolution goes on with the shape before the pooling.
def layer_shapes(shape, weights):
    now = tuple(shape)
    out = []
    for w in weights:
        if len(w) == 4:
            now = (w[0], now[1] - w[2] + 1, now[2] - w[3] + 1)
            out.append(now)
            out.append((w[0], now[1] // 2, now[2] // 2))
        else:
            now = (w[0],)
            out.append(now)
    return out

# %% lenet.count_parameters: weights only
# named: The biases are left out: each filter and each unit has one.
def count_parameters(weights):
    return [int(np.prod(shape)) for shape in weights]

# %% lenet.count_parameters: the sum
# named: The counts are added up; a list is asked for, with a number
def count_parameters(weights):
    total = 0
    for shape in weights:
        n = 1
        for s in shape:
            n *= s
        total += n + shape[0]
    return total

# %% lenet.count_parameters: a bias for every input
# named: The biases are counted by the inputs; each output has one.
def count_parameters(weights):
    import math

    return [math.prod(s) + s[1] for s in weights]

# %% lenet.count_parameters: one bias per layer
# named: Each layer is given a single bias; there is one for each
def count_parameters(weights):
    from functools import reduce

    return [reduce(lambda a, b: a * b, s, 1) + 1 for s in weights]

# %% lenet.initialise: variance for spread
# named: nothing
def initialise(shapes, seed):
    rng = np.random.default_rng(seed)
    out = []
    for s in shapes:
        fan = np.prod(s[1:])
        out.append((rng.normal(size=s) * 2 / fan).astype("float32"))
        out.append(np.zeros(s[0], "float32"))
    return out

# %% lenet.initialise: always the same seed
# named: nothing
def initialise(shapes, seed):
    params = []
    for s in shapes:
        rng = np.random.default_rng(seed)
        fan_in = int(np.prod(s)) // s[0]
        params += [rng.normal(0, np.sqrt(2 / fan_in), s).astype(np.float32), np.zeros(s[0], np.float32)]
    return params

# %% lenet.initialise: fan out
# named: nothing
def initialise(shapes, seed):
    rng = np.random.default_rng(seed)
    for s in shapes:
        pass
    pairs = ((rng.standard_normal(s) * np.sqrt(2 / s[0]), np.zeros(s[0])) for s in shapes)
    return [a.astype(np.float32) for two in pairs for a in two]

# %% lenet.initialise: between 0 and 1
# named: nothing
def initialise(shapes, seed):
    rng = np.random.default_rng(seed)
    p = []
    for s in shapes:
        std = (2 / np.prod(s[1:])) ** 0.5
        p.append((std * rng.random(s)).astype(np.float32))
        p.append(np.zeros(s[0], dtype=np.float32))
    return p

# %% lenet.scores: a relu behind the last layer
# named: The scores go through a ReLU as well. They are the answer,
def _conv(x, w, b):
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.tensordot(v, w, ((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2) + b[:, None, None]

def _pool(x):
    return np.maximum(
        np.maximum(x[:, :, ::2, ::2], x[:, :, 1::2, ::2]), np.maximum(x[:, :, ::2, 1::2], x[:, :, 1::2, 1::2])
    )

def scores(parameters, x):
    for number in range(5):
        w, b = parameters[2 * number : 2 * number + 2]
        if number < 2:
            x = _pool(np.maximum(_conv(x, w, b), 0))
        else:
            x = np.maximum(x.reshape(len(x), -1) @ w.T + b, 0)
    return x

# %% lenet.scores: no relu between the linear layers
# named: The ReLUs between the fully connected layers are missing.
def conv(x, w, b):
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None]

def pool(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))

def scores(parameters, x):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    x = pool(np.maximum(conv(x, w1, b1), 0))
    x = pool(np.maximum(conv(x, w2, b2), 0)).reshape(len(x), -1)
    x = x @ w3.T + b3
    x = x @ w4.T + b4
    return x @ w5.T + b5

# %% lenet.scores: probabilities
# named: What comes back are probabilities: the softmax belongs to
def scores(parameters, x):
    def conv(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        return np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None]

    def pool(x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))

    relu = lambda a: a * (a > 0)
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    x = pool(relu(conv(x, w1, b1)))
    x = pool(relu(conv(x, w2, b2))).reshape(len(x), -1)
    x = relu(x @ w3.T + b3)
    x = relu(x @ w4.T + b4)
    z = x @ w5.T + b5
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)

# %% lenet.scores: the biases of the convolutions are left out
# named: The biases of the convolutions are left out.
def scores(parameters, x):
    def conv(x, w):
        h, v = x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
        return sum(
            np.einsum("nchw,kc->nkhw", x[:, :, p : p + h, q : q + v], w[:, :, p, q])
            for p, q in np.ndindex(*w.shape[2:])
        )

    def pool(x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))

    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    x = pool(np.maximum(conv(x, w1), 0))
    x = pool(np.maximum(conv(x, w2), 0)).reshape(len(x), -1)
    x = np.maximum(x @ w3.T + b3, 0)
    x = np.maximum(x @ w4.T + b4, 0)
    return x @ w5.T + b5

# %% lenet.scores: no relu behind the convolutions
# named: The ReLUs after the convolutions are missing.
def scores(parameters, x):
    def conv(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        return np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None]

    def pool(x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))

    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    x = pool(conv(x, w1, b1))
    x = pool(conv(x, w2, b2)).reshape(len(x), -1)
    x = np.maximum(x @ w3.T + b3, 0)
    x = np.maximum(x @ w4.T + b4, 0)
    return x @ w5.T + b5

# %% lenet.loss_and_gradients: the relu between the linear layers is forgotten on the way back
# named: On the way back the ReLUs between the fully connected
def cf(x, w, b):
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None]

def cb(d, x, w):
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    dx = np.zeros(x.shape)
    h, u = d.shape[2:]
    for p, q in np.ndindex(*w.shape[2:]):
        dx[:, :, p : p + h, q : q + u] += np.einsum("nkhw,kc->nchw", d, w[:, :, p, q])
    return dx, np.einsum("nkhw,nchwpq->kcpq", d, v), d.sum((0, 2, 3))

def pf(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))

def pb(d, x):
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h // 2, w // 2, 4)
    hot = np.eye(4)[blocks.argmax(-1)] * d[..., None]
    return hot.reshape(n, c, h // 2, w // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)

def loss_and_gradients(parameters, x, y):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters
    c1 = cf(x, w1, b1)
    r1 = np.maximum(c1, 0)
    p1 = pf(r1)
    c2 = cf(p1, w2, b2)
    r2 = np.maximum(c2, 0)
    p2 = pf(r2)
    flat = p2.reshape(len(x), -1)
    l3 = flat @ w3.T + b3
    r3 = np.maximum(l3, 0)
    l4 = r3 @ w4.T + b4
    r4 = np.maximum(l4, 0)
    s = r4 @ w5.T + b5
    z = s - s.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    loss = -logp[np.arange(len(y)), y].mean()
    ds = (np.exp(logp) - np.eye(s.shape[1])[y]) / len(y)
    dw5, db5, dr4 = ds.T @ r4, ds.sum(0), ds @ w5
    dl4 = dr4
    dw4, db4, dr3 = dl4.T @ r3, dl4.sum(0), dl4 @ w4
    dl3 = dr3
    dw3, db3, dflat = dl3.T @ flat, dl3.sum(0), dl3 @ w3
    dr2 = pb(dflat.reshape(p2.shape), r2)
    dp1, dw2, db2 = cb(dr2 * (c2 > 0), p1, w2)
    dr1 = pb(dp1, r1)
    _, dw1, db1 = cb(dr1 * (c1 > 0), x, w1)
    return loss, dw1, db1, dw2, db2, dw3, db3, dw4, db4, dw5, db5

# %% lenet.loss_and_gradients: the gradients come in the order of the way back
# named: The gradients come back in the order of the way back, last
def cf(x, w, b):
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None]

def cb(d, x, w):
    v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
    dx = np.zeros(x.shape)
    h, u = d.shape[2:]
    for p, q in np.ndindex(*w.shape[2:]):
        dx[:, :, p : p + h, q : q + u] += np.einsum("nkhw,kc->nchw", d, w[:, :, p, q])
    return dx, np.einsum("nkhw,nchwpq->kcpq", d, v), d.sum((0, 2, 3))

def pf(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))

def pb(d, x):
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, c, h // 2, w // 2, 4)
    hot = np.eye(4)[blocks.argmax(-1)] * d[..., None]
    return hot.reshape(n, c, h // 2, w // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)

def loss_and_gradients(parameters, x, y):
    layers = list(zip(parameters[::2], parameters[1::2]))
    kept = []
    a = x
    for i, (w, b) in enumerate(layers):
        if i < 2:
            z = cf(a, w, b)
            kept.append((a, z))
            a = pf(np.maximum(z, 0))
        else:
            a = a.reshape(len(a), -1)
            z = a @ w.T + b
            kept.append((a, z))
            a = np.maximum(z, 0)
    s = kept[-1][1]
    top = s.max(1)
    logsum = top + np.log(np.exp(s - top[:, None]).sum(1))
    loss = float(np.mean(logsum - s[np.arange(len(y)), y]))
    d = np.exp(s - logsum[:, None])
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    grads = []
    for i in (4, 3, 2, 1, 0):
        w, b = layers[i]
        a, z = kept[i]
        if i >= 2:
            if i < 4:
                d = d * (z > 0)
            grads += [d.T @ a, d.sum(0)]
            d = d @ w
        else:
            r = np.maximum(z, 0)
            d = pb(d.reshape(r.shape[0], r.shape[1], r.shape[2] // 2, r.shape[3] // 2), r) * (z > 0)
            d, dw, db = cb(d, a, w)
            grads += [dw, db]
    return (loss, *grads)

# %% lenet.sgd_step: uphill
# named: The step goes up the gradient; the loss falls against it.
def sgd_step(parameters, gradients, rate):
    return [p + rate * g for p, g in zip(parameters, gradients)]

# %% lenet.sgd_step: the rate is left out
# named: The learning rate is left out.
def sgd_step(parameters, gradients, rate):
    new = []
    for i in range(len(parameters)):
        new.append(parameters[i] - gradients[i])
    return new

# %% lenet.sgd_step: in place, nothing returned
# named: Nothing comes back: a list of new arrays is asked for, and
def sgd_step(parameters, gradients, rate):
    for p, g in zip(parameters, gradients):
        p -= rate * g

# %% lenet.sgd_step: only the steps
# named: What comes back are the changes; the new parameters are asked for.
def sgd_step(parameters, gradients, rate):
    return [-rate * g for g in gradients]

# %% lenet.sgd_step: shrinks
# named: Every array shrinks as well: the step is rate times the
def sgd_step(parameters, gradients, rate):
    return [p * (1 - rate) - rate * g for p, g in zip(parameters, gradients)]

# %% lenet.predict: over the images
# named: The largest score is sought over the images instead of over
def predict(parameters, x):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters

    def block(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        y = np.maximum(np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None], 0)
        n, c, h, u = y.shape
        return y.reshape(n, c, h // 2, 2, u // 2, 2).max((3, 5))

    a = block(block(x, w1, b1), w2, b2).reshape(len(x), -1)
    a = np.maximum(a @ w3.T + b3, 0)
    a = np.maximum(a @ w4.T + b4, 0)
    return np.argmax(a @ w5.T + b5, axis=0)

# %% lenet.predict: the largest score itself
# named: What comes back are the largest scores; the place of the
def predict(parameters, x):
    def block(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        y = np.maximum(np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None], 0)
        n, c, h, u = y.shape
        return y.reshape(n, c, h // 2, 2, u // 2, 2).max((3, 5))

    a = block(x, *parameters[0:2])
    a = block(a, *parameters[2:4]).reshape(len(x), -1)
    a = np.maximum(a @ parameters[4].T + parameters[5], 0)
    a = np.maximum(a @ parameters[6].T + parameters[7], 0)
    return (a @ parameters[8].T + parameters[9]).max(axis=1)

# %% lenet.predict: one label for all
# named: The largest score is sought among all images at once; each
def predict(parameters, x):
    def block(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        y = np.maximum(np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None], 0)
        n, c, h, u = y.shape
        return y.reshape(n, c, h // 2, 2, u // 2, 2).max((3, 5))

    a = block(x, *parameters[0:2])
    a = block(a, *parameters[2:4]).reshape(len(x), -1)
    a = np.maximum(a @ parameters[4].T + parameters[5], 0)
    a = np.maximum(a @ parameters[6].T + parameters[7], 0)
    return np.argmax(a @ parameters[8].T + parameters[9])

# %% lenet.confusion: rows and columns swapped
# named: Rows and columns are swapped: the row is the true digit,
def confusion(labels, predicted):
    table = np.zeros((10, 10), int)
    for truth, read in zip(labels, predicted):
        table[read, truth] += 1
    return table

# %% lenet.confusion: repeated pairs are counted once
# named: Each pair is counted once at most. `+= 1` with arrays as
def confusion(labels, predicted):
    table = np.zeros((10, 10), dtype=int)
    table[labels, predicted] += 1
    return table

# %% lenet.confusion: as large as the labels that occur
# named: The table ends with the largest label that occurs. It has
def confusion(labels, predicted):
    classes = max(labels.max(), predicted.max()) + 1
    table = np.zeros((classes, classes), int)
    np.add.at(table, (labels, predicted), 1)
    return table

# %% lenet.confusion: shares instead of counts
# named: These are shares; counts are asked for.
def confusion(labels, predicted):
    table = np.bincount(10 * labels + predicted, minlength=100).reshape(10, 10)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)

# %% lenet.confusion: the right ones are left out
# named: The digits that were read rightly are left out of the counts.
def confusion(labels, predicted):
    table = np.zeros((10, 10), int)
    for truth, read in zip(labels.tolist(), predicted.tolist()):
        if truth != read:
            table[truth][read] += 1
    return table

# %% lenet.train: each step begins again at the start
# named: nothing
def forward(P, x):
    keep = []
    a = x
    for i in range(5):
        w, b = P[2 * i], P[2 * i + 1]
        if i < 2:
            v = np.lib.stride_tricks.sliding_window_view(a, w.shape[2:], axis=(2, 3))
            z = (np.tensordot(v, w, ((1, 4, 5), (1, 2, 3))) + b).transpose(0, 3, 1, 2)
            r = np.maximum(z, 0)
            n, k, h, u = r.shape
            blocks = r.reshape(n, k, h // 2, 2, u // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, k, h // 2, u // 2, 4)
            keep.append((a, v, z, blocks.argmax(-1)))
            a = blocks.max(-1)
        else:
            keep.append((a.shape, a.reshape(len(a), -1)))
            z = keep[-1][1] @ w.T + b
            keep[-1] += (z,)
            a = np.maximum(z, 0)
    return z, keep

def gradients(P, x, y):
    s, keep = forward(P, x)
    e = np.exp(s - s.max(1, keepdims=True))
    d = e / e.sum(1, keepdims=True)
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    out = []
    for i in (4, 3, 2, 1, 0):
        w = P[2 * i]
        if i > 1:
            shape, a, z = keep[i]
            if i < 4:
                d = d * (z > 0)
            out = [d.T @ a, d.sum(0)] + out
            d = (d @ w).reshape(shape)
        else:
            a, v, z, best = keep[i]
            n, k, h, u = z.shape
            spread = np.zeros((n, k, h // 2, u // 2, 4), d.dtype)
            np.put_along_axis(spread, best[..., None], d[..., None], -1)
            dz = spread.reshape(n, k, h // 2, u // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(z.shape) * (z > 0)
            out = [np.tensordot(dz, v, ((0, 2, 3), (0, 2, 3))), dz.sum((0, 2, 3))] + out
            if i == 1:
                d = np.zeros(a.shape, dz.dtype)
                for p, q in np.ndindex(*w.shape[2:]):
                    d[:, :, p : p + h, q : q + u] += np.tensordot(dz, w[:, :, p, q], (1, 0)).transpose(0, 3, 1, 2)
    return out

def train(parameters, x, y, rate, batch, epochs, seed):
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch):
            here = order[start : start + batch]
            new = [p - rate * g for p, g in zip(parameters, gradients(parameters, x[here], y[here]))]
    return new

# %% lenet.train: the labels are not put into the order of the images
# named: nothing
def conv_layer(a, w, b):
    v = np.lib.stride_tricks.sliding_window_view(a, w.shape[2:], axis=(2, 3))
    return v, (np.tensordot(v, w, ((1, 4, 5), (1, 2, 3))) + b).transpose(0, 3, 1, 2)

def pool_layer(r):
    n, k, h, u = r.shape
    blocks = r.reshape(n, k, h // 2, 2, u // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, k, h // 2, u // 2, 4)
    return blocks.argmax(-1), blocks.max(-1)

def unpool(best, d, shape):
    n, k, h, u = shape
    spread = (np.arange(4) == best[..., None]) * d[..., None]
    return spread.reshape(n, k, h // 2, u // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(shape)

def step(P, x, y, rate):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = P
    v1, c1 = conv_layer(x, w1, b1)
    m1, p1 = pool_layer(np.maximum(c1, 0))
    v2, c2 = conv_layer(p1, w2, b2)
    m2, p2 = pool_layer(np.maximum(c2, 0))
    f = p2.reshape(len(x), -1)
    l3 = f @ w3.T + b3
    h3 = np.maximum(l3, 0)
    l4 = h3 @ w4.T + b4
    h4 = np.maximum(l4, 0)
    s = h4 @ w5.T + b5
    e = np.exp(s - s.max(1, keepdims=True))
    d5 = (e / e.sum(1, keepdims=True) - np.eye(10, dtype=e.dtype)[y]) / len(y)
    d4 = d5 @ w5 * (l4 > 0)
    d3 = d4 @ w4 * (l3 > 0)
    d2 = unpool(m2, (d3 @ w3).reshape(p2.shape), c2.shape) * (c2 > 0)
    dp1 = np.zeros(p1.shape, d2.dtype)
    for p, q in np.ndindex(*w2.shape[2:]):
        dp1[:, :, p : p + c2.shape[2], q : q + c2.shape[3]] += np.einsum("nkhw,kc->nchw", d2, w2[:, :, p, q])
    d1 = unpool(m1, dp1, c1.shape) * (c1 > 0)
    g = [np.tensordot(d1, v1, ((0, 2, 3), (0, 2, 3))), d1.sum((0, 2, 3)), np.tensordot(d2, v2, ((0, 2, 3), (0, 2, 3)))]
    g += [d2.sum((0, 2, 3)), d3.T @ f, d3.sum(0), d4.T @ h3, d4.sum(0), d5.T @ h4, d5.sum(0)]
    return [p - rate * q for p, q in zip(P, g)]

def train(parameters, x, y, rate, batch, epochs, seed):
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        mixed = rng.permutation(x)
        for k in range(0, len(y), batch):
            parameters = step(parameters, mixed[k : k + batch], y[k : k + batch], rate)
    return parameters

# %% lenet.read_digits: always the same
# named: nothing
def read_digits(x):
    return np.full(len(x), 1)

# %% lenet.read_digits: only the first image is read
# named: nothing
def read_digits(x):
    darkest = x.reshape(len(x), -1).sum(1)
    return int(darkest[0]) % 10

# %% lenet.im2col: as many columns of places as rows
# named: nothing
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    side = H - fh + 1
    return np.stack(
        [x[:, :, i : i + fh, j : j + fw].reshape(N, -1) for i in range(side) for j in range(min(side, W - fw + 1))], axis=1
    )

# %% lenet.im2col: fh rows of the image at a time, windows side by side in width only
# named: nothing
def im2col(x, fh, fw):
    N, C, H, W = x.shape
    out = []
    for i in range(H - fh + 1):
        for j in range(0, W - fw + 1, fw):
            out.append(x[:, :, i : i + fh, j : j + fw].reshape(N, C * fh * fw))
    return np.swapaxes(np.array(out), 0, 1)

# %% lenet.conv2d: filters stretched the wrong way
# named: The filters are stretched into columns by a reshape, which
def conv2d(x, w, b):
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    v = np.lib.stride_tricks.sliding_window_view(x, (FH, FW), axis=(2, 3))
    rows = v.transpose(0, 2, 3, 1, 4, 5).reshape(N, -1, C * FH * FW)
    out = rows @ w.reshape(C * FH * FW, K) + b
    return out.transpose(0, 2, 1).reshape(N, K, H - FH + 1, W - FW + 1)

# %% lenet.conv2d_backward: dw reshaped without turning
# named: dw is found as columns, and a reshape makes its shape right
def conv2d_backward(dout, x, w):
    N, K, H2, W2 = dout.shape
    _, C, FH, FW = w.shape
    rows = np.lib.stride_tricks.sliding_window_view(x, (FH, FW), axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5)
    rows = rows.reshape(N * H2 * W2, -1)
    dO = dout.transpose(0, 2, 3, 1).reshape(-1, K)
    dw = (rows.T @ dO).reshape(w.shape)
    dR = (dO @ w.reshape(K, -1)).reshape(N, H2, W2, C, FH, FW)
    dx = np.zeros(x.shape)
    for i in range(H2):
        for j in range(W2):
            dx[:, :, i : i + FH, j : j + FW] += dR[:, i, j]
    return dx, dw, dout.sum((0, 2, 3))

# %% lenet.max_pool2d: the places of the largest
# named: What comes back is the place of the largest number in its
def max_pool2d(x, size):
    N, C, H, W = x.shape
    b = x.reshape(N, C, H // size, size, W // size, size).transpose(0, 1, 2, 4, 3, 5)
    return b.reshape(N, C, H // size, W // size, -1).argmax(-1)

# %% lenet.max_pool2d_backward: the largest of each row of a window
# named: nothing
def max_pool2d_backward(dout, x, size):
    N, C, H, W = x.shape
    b = x.reshape(N, C, H, W // size, size)
    mask = b == b.max(-1, keepdims=True)
    return (mask * np.repeat(dout, size, axis=2)[..., None]).reshape(x.shape)

# %% lenet.linear: a relu behind it
# named: Negative scores have become 0, as in a ReLU; that is a
def linear(x, w, b):
    return np.maximum(x.reshape(len(x), -1) @ w.T + b, 0)

# %% lenet.linear_backward: w is turned on the way to dx
# named: dx is found with images as columns, and a reshape makes its
def linear_backward(dout, x, w):
    flat = x.reshape(len(x), -1)
    dx = (w.T @ dout.T).reshape(x.shape)
    return dx, dout.T @ flat, dout.sum(0)

# %% lenet.relu: also cut at 1
# named: Numbers above 1 are cut off as well; positive numbers stay
def relu(x):
    return np.clip(x, 0, 1)

# %% lenet.softmax_cross_entropy: all classes count
# named: Every class adds its logarithm; the loss of an image is
def softmax_cross_entropy(scores, labels):
    z = scores - scores.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return -logp.sum(axis=1).mean()

# %% lenet.softmax_cross_entropy: one largest for the whole batch, then a small number for safety
# named: nothing
def softmax_cross_entropy(scores, labels):
    e = np.exp(scores - scores.max())
    p = e / (e.sum(1, keepdims=True) + 1e-12)
    return -np.mean(np.log(p[np.arange(len(p)), labels] + 1e-12))

# %% lenet.softmax_cross_entropy_backward: the slope of a sigmoid
# named: This is p(1 - p), the slope of a probability by its own
def softmax_cross_entropy_backward(scores, labels):
    e = np.exp(scores - scores.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return p * (1 - p) / len(labels)

# %% lenet.layer_shapes: the pooling halves the channels too
# named: The pooling halves the number of maps as well; each map is
def layer_shapes(shape, weights):
    out = []
    for w in weights:
        if len(w) == 4:
            shape = (w[0], shape[1] - w[2] + 1, shape[2] - w[3] + 1)
            out.append(shape)
            shape = tuple(s // 2 for s in shape)
        else:
            shape = (w[0],)
        out.append(shape)
    return out

# %% lenet.count_parameters: pooling layers have an entry
# named: The list has entries for layers without weights. One is
def count_parameters(weights):
    counts = []
    for s in weights:
        counts.append(int(np.prod(s)) + s[0])
        if len(s) == 4:
            counts.append(0)
    return counts

# %% lenet.scores: tanh, as in 1998
# named: Each ReLU is a tanh. LeNet-5 of 1998 had something like it;
def scores(parameters, x):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters

    def block(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        y = np.tanh(np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None])
        n, c, h, u = y.shape
        return y.reshape(n, c, h // 2, 2, u // 2, 2).max((3, 5))

    a = block(block(x, w1, b1), w2, b2).reshape(len(x), -1)
    a = np.tanh(a @ w3.T + b3)
    a = np.tanh(a @ w4.T + b4)
    return a @ w5.T + b5

# %% lenet.scores: the relu before the last layer is forgotten
# named: The ReLU before the last layer is missing: the last two
def scores(parameters, x):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters

    def block(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        y = np.maximum(np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None], 0)
        n, c, h, u = y.shape
        return y.reshape(n, c, h // 2, 2, u // 2, 2).max((3, 5))

    a = block(block(x, w1, b1), w2, b2).reshape(len(x), -1)
    a = np.maximum(a @ w3.T + b3, 0)
    a = a @ w4.T + b4
    return a @ w5.T + b5

# %% lenet.sgd_step: gradients of length one
# named: Each gradient is brought to length 1 first: its size is lost.
def sgd_step(parameters, gradients, rate):
    return [p - rate * g / np.linalg.norm(g) for p, g in zip(parameters, gradients)]

# %% lenet.confusion: digits begin at 1
# named: The digits are counted as if they began at 1: everything
def confusion(labels, predicted):
    table = np.zeros((10, 10), int)
    for a, b in zip(labels, predicted):
        table[a - 1, b - 1] += 1
    return table

# %% lenet.predict: a one-hot row for each image
# named: What comes back is a row for each image, with a 1 at its
def predict(parameters, x):
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5 = parameters

    def block(x, w, b):
        v = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))
        y = np.maximum(np.einsum("nchwpq,kcpq->nkhw", v, w) + b[:, None, None], 0)
        n, c, h, u = y.shape
        return y.reshape(n, c, h // 2, 2, u // 2, 2).max((3, 5))

    a = block(block(x, w1, b1), w2, b2).reshape(len(x), -1)
    a = np.maximum(a @ w3.T + b3, 0)
    a = np.maximum(a @ w4.T + b4, 0)
    s = a @ w5.T + b5
    return (s == s.max(axis=1, keepdims=True)).astype(int)
