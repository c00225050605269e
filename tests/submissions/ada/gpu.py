# %% zero_pad
def zero_pad(x, padding):
    top, left = pair(padding)
    images, channels, height, width = x.shape
    framed = x.new_zeros((images, channels, height + 2 * top, width + 2 * left))
    for i in range(height):
        for j in range(width):
            framed[:, :, top + i, left + j] = x[:, :, i, j]
    return framed

# %% im2col
def im2col(x, size, stride=1):
    FH, FW = pair(size)
    SH, SW = pair(stride)
    if (x.shape[2] - FH) % SH != 0 or (x.shape[3] - FW) % SW != 0:
        raise ValueError("the windows do not fit")
    columns = []
    for i in range(0, x.shape[2] - FH + 1, SH):
        for j in range(0, x.shape[3] - FW + 1, SW):
            columns.append(x[:, :, i:i + FH, j:j + FW].flatten(start_dim=1))
    return torch.stack(columns, dim=2)

# %% conv2d
def conv2d(x, w, b, stride=1, padding=0):
    # the definition, a place and a filter at a time, for all images together
    FH, FW = w.shape[2:]
    SH, SW = pair(stride)
    x = zero_pad(x, padding)
    if (x.shape[2] - FH) % SH or (x.shape[3] - FW) % SW:
        raise ValueError("the filter does not fit")
    H2 = (x.shape[2] - FH) // SH + 1
    W2 = (x.shape[3] - FW) // SW + 1
    out = x.new_zeros((x.shape[0], w.shape[0], H2, W2))
    for k in range(w.shape[0]):
        for i in range(H2):
            for j in range(W2):
                window = x[:, :, i * SH:i * SH + FH, j * SW:j * SW + FW]
                out[:, k, i, j] = (window * w[k]).sum(dim=(1, 2, 3)) + b[k]
    return out

# %% col2im
def col2im(columns, shape, size, stride=1):
    FH, FW = pair(size)
    SH, SW = pair(stride)
    image = columns.new_zeros(tuple(shape))
    number = 0
    for i in range(0, shape[2] - FH + 1, SH):
        for j in range(0, shape[3] - FW + 1, SW):
            window = columns[:, :, number].reshape(shape[0], shape[1], FH, FW)
            image[:, :, i:i + FH, j:j + FW] += window
            number += 1
    return image

# %% conv2d_backward
def conv2d_backward(dout, x, w, stride=1, padding=0):
    SH, SW = pair(stride)
    PH, PW = pair(padding)
    FH, FW = w.shape[2:]
    xp = zero_pad(x, padding)
    dxp = torch.zeros_like(xp)
    dw = torch.zeros_like(w)
    db = w.new_zeros(w.shape[0])
    for n in range(dout.shape[0]):
        for k in range(dout.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    rows, cols = slice(i * SH, i * SH + FH), slice(j * SW, j * SW + FW)
                    dxp[n, :, rows, cols] += dout[n, k, i, j] * w[k]
                    dw[k] += dout[n, k, i, j] * xp[n, :, rows, cols]
                    db[k] += dout[n, k, i, j]
    return dxp[:, :, PH:PH + x.shape[2], PW:PW + x.shape[3]], dw, db

# %% max_pool2d
def max_pool2d(x, size, stride=None):
    FH, FW = pair(size)
    SH, SW = (FH, FW) if stride is None else pair(stride)
    if (x.shape[2] - FH) % SH or (x.shape[3] - FW) % SW:
        raise ValueError("the windows do not fit")
    rows = []
    for i in range(0, x.shape[2] - FH + 1, SH):
        row = []
        for j in range(0, x.shape[3] - FW + 1, SW):
            row.append(x[:, :, i:i + FH, j:j + FW].amax(dim=(2, 3)))
        rows.append(torch.stack(row, dim=2))
    return torch.stack(rows, dim=2)

# %% train_step
def train_step(x, labels, w, b, v, c, rate):
    old = [p.detach().clone() for p in (w, b, v, c)]
    for p in old:
        p.requires_grad = True
    maps = conv2d(x, old[0], old[1], padding=1)
    maps = torch.where(maps > 0, maps, torch.zeros_like(maps))
    scores = max_pool2d(maps, 2).flatten(start_dim=1) @ old[2].T + old[3]
    loss = 0
    for n in range(len(x)):
        probabilities = torch.exp(scores[n] - scores[n].max())
        probabilities = probabilities / probabilities.sum()
        loss = loss - torch.log(probabilities[labels[n]]) / len(x)
    gradients = torch.autograd.grad(loss, old)
    new = []
    for p, g in zip(old, gradients):
        new.append((p - rate * g).detach())
    return loss.item(), new[0], new[1], new[2], new[3]
