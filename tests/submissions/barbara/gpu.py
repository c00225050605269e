# %% zero_pad
def zero_pad(x, padding):
    PH, PW = pair(padding)
    N, C, H, W = x.shape
    # a pair read as (width, height)
    out = x.new_zeros(N, C, H + 2 * PW, W + 2 * PH)
    out[:, :, PW:PW + H, PH:PH + W] = x
    return out

# %% im2col
def im2col(x, size, stride=1):
    (FH, FW), (SH, SW) = pair(size), pair(stride)
    # unfold drops the pixels that are left over
    windows = x.unfold(2, FH, SH).unfold(3, FW, SW)
    N, C, H2, W2, _, _ = windows.shape
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(N, C * FH * FW, H2 * W2)

# %% conv2d
def conv2d(x, w, b, stride=1, padding=0):
    K, C, FH, FW = w.shape
    xp = zero_pad(x, padding)
    columns = im2col(xp, (FH, FW), stride)
    out = w.reshape(K, -1) @ columns + b[:, None]
    return out.reshape(x.shape[0], K, (xp.shape[2] - FH) // pair(stride)[0] + 1, -1)

# %% col2im
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (FH, FW), (SH, SW) = pair(size), pair(stride)
    H2, W2 = (H - FH) // SH + 1, (W - FW) // SW + 1
    x = columns.new_zeros(N, C, H, W)
    for i in range(H2):
        for j in range(W2):
            window = columns[:, :, i * W2 + j].reshape(N, C, FH, FW)
            x[:, :, i * SH:i * SH + FH, j * SW:j * SW + FW] = window
    return x

# %% conv2d_backward
def conv2d_backward(dout, x, w, stride=1, padding=0):
    N, K = dout.shape[:2]
    PH, PW = pair(padding)
    xp = x.new_zeros(N, x.shape[1], x.shape[2] + 2 * PH, x.shape[3] + 2 * PW)
    xp[:, :, PH:PH + x.shape[2], PW:PW + x.shape[3]] = x
    up = dout.reshape(N, K, -1)
    columns = im2col(xp, w.shape[2:], stride)
    # averages over the batch, "so that it does not depend on its size"
    dw = (up @ columns.transpose(1, 2)).mean(dim=0).reshape(w.shape)
    dxp = col2im(w.reshape(K, -1).T @ up, xp.shape, w.shape[2:], stride)
    dx = dxp[:, :, PH:PH + x.shape[2], PW:PW + x.shape[3]]
    return dx, dw, dout.sum(dim=(0, 2, 3))

# %% max_pool2d
def max_pool2d(x, size, stride=None):
    FH, FW = pair(size)
    SH, SW = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    # the columns go through all channels
    out = im2col(x, (FH, FW), (SH, SW)).amax(dim=1)
    return out.reshape(N, 1, (H - FH) // SH + 1, (W - FW) // SW + 1)

# %% train_step
def train_step(x, labels, w, b, v, c, rate):
    w, b, v, c = parameters = [p.clone().requires_grad_() for p in (w, b, v, c)]
    maps = torch.relu(torch.conv2d(x, w, b, padding=1))
    hidden = maps.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = hidden.reshape(len(x), -1) @ v.T + c
    # a sum over the batch, not its mean
    loss = -torch.log_softmax(scores, dim=1)[torch.arange(len(x)), labels].sum()
    loss.backward()
    with torch.no_grad():
        return (loss, *[p - rate * p.grad for p in parameters])
