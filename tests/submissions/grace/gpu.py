# %% zero_pad
def zero_pad(x, padding):
    PH, PW = pair(padding)
    x = torch.cat([x.new_zeros(*x.shape[:2], PH, x.shape[3]), x, x.new_zeros(*x.shape[:2], PH, x.shape[3])], dim=2)
    side = x.new_zeros(*x.shape[:3], PW)
    return torch.cat([side, x, side], dim=3)

# %% im2col
def im2col(x, size, stride=1):
    (FH, FW), (SH, SW) = pair(size), pair(stride)
    N, C, H, W = x.shape
    H2, restH = divmod(H - FH, SH)
    W2, restW = divmod(W - FW, SW)
    if restH or restW:
        raise ValueError(f"a {FH}x{FW} window does not fit {H}x{W} at stride {stride}")
    x = x.contiguous()
    n, c, h, w = x.stride()
    windows = x.as_strided((N, C, FH, FW, H2 + 1, W2 + 1), (n, c, h, w, h * SH, w * SW))
    return windows.flatten(4).flatten(1, 3)

# %% conv2d
def conv2d(x, w, b, stride=1, padding=0):
    padded = zero_pad(x, padding)
    columns = im2col(padded, tuple(w.shape[2:]), stride)
    out = torch.einsum("kd,ndp->nkp", w.flatten(1), columns) + b.view(1, -1, 1)
    return out.unflatten(2, ((padded.shape[2] - w.shape[2]) // pair(stride)[0] + 1, -1))

# %% col2im
def col2im(columns, shape, size, stride=1):
    # the pixel each number of a column was copied from, found by sending the pixels' own numbers through im2col
    N, C, H, W = shape
    pixels = torch.arange(C * H * W, device=columns.device).double().reshape(1, C, H, W)
    source = im2col(pixels, size, stride).long().flatten()
    out = columns.new_zeros(N, C * H * W)
    return out.index_add_(1, source, columns.flatten(1)).reshape(N, C, H, W)

# %% conv2d_backward
def conv2d_backward(dout, x, w, stride=1, padding=0):
    PH, PW = pair(padding)
    xp = zero_pad(x, padding)
    columns = im2col(xp, tuple(w.shape[2:]), stride)
    up = dout.flatten(2)
    dw = torch.einsum("nkp,ndp->kd", up, columns).view_as(w)
    dxp = col2im(torch.einsum("kd,nkp->ndp", w.flatten(1), up), xp.shape, tuple(w.shape[2:]), stride)
    return dxp.narrow(2, PH, x.shape[2]).narrow(3, PW, x.shape[3]), dw, up.sum((0, 2))

# %% max_pool2d
def max_pool2d(x, size, stride=None):
    size = pair(size)
    stride = size if stride is None else pair(stride)
    if any((n - f) % s for n, f, s in zip(x.shape[2:], size, stride)):
        raise ValueError("does not fit")
    return x.unfold(2, size[0], stride[0]).unfold(3, size[1], stride[1]).flatten(4).max(dim=4).values

# %% train_step
def train_step(x, labels, w, b, v, c, rate):
    # all gradients by hand
    maps = conv2d(x, w, b, padding=1)
    hidden = maps.relu()
    columns = im2col(hidden.flatten(0, 1).unsqueeze(1), 2, 2)
    pooled, winner = columns.max(dim=1)
    rows = pooled.reshape(len(x), -1)
    scores = rows @ v.T + c
    p = torch.softmax(scores, dim=1)
    right = torch.eye(len(c), dtype=x.dtype, device=x.device)[labels]
    loss = -(p * right).sum(1).log().mean()
    dscores = (p - right) / len(x)
    dpooled = (dscores @ v).reshape_as(pooled)
    dcolumns = torch.zeros_like(columns).scatter_(1, winner.unsqueeze(1), dpooled.unsqueeze(1))
    dhidden = col2im(dcolumns, (len(pooled), 1, *hidden.shape[2:]), 2, 2).reshape_as(hidden)
    _, dw, db = conv2d_backward(dhidden * (maps > 0), x, w, padding=1)
    return loss, w - rate * dw, b - rate * db, v - rate * dscores.T @ rows, c - rate * dscores.sum(0)
