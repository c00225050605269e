# %% gpu.zero_pad: matrices of zeros and ones from both sides
def zero_pad(x, padding):
    ph, pw = pair(padding)
    H, W = x.shape[-2:]
    down = x.new_zeros(H + 2 * ph, H)
    across = x.new_zeros(W, W + 2 * pw)
    for i in range(H):
        down[i + ph, i] = 1
    for j in range(W):
        across[j, j + pw] = 1
    return down @ x @ across


# %% gpu.zero_pad: cat on four sides
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    side = x.new_zeros(N, C, H, pw)
    x = torch.cat((side, x, side), -1)
    lid = torch.zeros_like(x[:, :, :1]).expand(-1, -1, ph, -1)
    return torch.cat((lid, x, lid), 2)


# %% gpu.im2col: as_strided, non-contiguous
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    x = x.contiguous()
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError(f"{size} does not fit {H}x{W}")
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    a, b, c, d = x.stride()
    windows = torch.as_strided(x, (N, H2, W2, C, fh, fw), (a, sh * c, sw * d, b, c, d))
    return windows.reshape(N, H2 * W2, C * fh * fw).transpose(1, 2)


# %% gpu.im2col: index tensors, take from the flattened image
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    down, rest_h = divmod(H - fh, sh)
    across, rest_w = divmod(W - fw, sw)
    if rest_h or rest_w or down < 0 or across < 0:
        raise ValueError
    ar = lambda n: torch.arange(n, device=x.device)
    rows = ar(fh)[:, None] + sh * ar(down + 1)[None]
    cols = ar(fw)[:, None] + sw * ar(across + 1)[None]
    index = (rows[:, None, :, None] * W + cols[None, :, None, :]).reshape(fh * fw, -1)
    flat = x.reshape(N, C, H * W)
    return flat[:, :, index].reshape(N, C * fh * fw, -1)


# %% gpu.im2col: a generator of columns, prints
def im2col(x, size, stride=1):
    def places():
        (fh, fw), (sh, sw) = pair(size), pair(stride)
        for top in range(0, x.shape[2] - fh + 1, sh):
            for left in range(0, x.shape[3] - fw + 1, sw):
                yield x[..., top : top + fh, left : left + fw].flatten(1)

    print(tuple(x.shape))
    for n, f, s in zip(x.shape[2:], pair(size), pair(stride)):
        if n < f or (n - f) % s != 0:
            raise ValueError("window does not fit")
    return torch.stack([*places()], dim=-1)


# %% gpu.conv2d: FFT
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp).double()
    big[:, :, ph : ph + H, pw : pw + W] = x
    X = torch.fft.rfft2(big)
    F = torch.fft.rfft2(w.double(), s=(Hp, Wp)).conj()
    full = torch.fft.irfft2(torch.einsum("ncij,kcij->nkij", X, F), s=(Hp, Wp))
    out = full[:, :, : Hp - fh + 1 : sh, : Wp - fw + 1 : sw] + b.double().view(1, K, 1, 1)
    return out.to(x.dtype)


# %% gpu.conv2d: shifted images, a place of the filter at a time
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    H2, W2 = (Hp - fh) // sh + 1, (Wp - fw) // sw + 1
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W].copy_(x)
    out = b.view(1, K, 1, 1).repeat(N, 1, H2, W2)
    for i in range(fh):
        for j in range(fw):
            piece = big[:, :, i : i + sh * (H2 - 1) + 1 : sh, j : j + sw * (W2 - 1) + 1 : sw]
            out += torch.tensordot(piece, w[:, :, i, j], dims=([1], [1])).movedim(-1, 1)
    return out


# %% gpu.conv2d: a class with __call__, filters last and back, gradients still attached
class Conv:
    def __init__(self, w, b):
        self.rows, self.b, self.shape = w.flatten(1), b, w.shape

    def __call__(self, x, stride, padding):
        (sh, sw), (ph, pw) = pair(stride), pair(padding)
        N, C, H, W = x.shape
        fh, fw = self.shape[2:]
        if (H + 2 * ph - fh) % sh or (W + 2 * pw - fw) % sw:
            raise ValueError("does not fit")
        big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
        big[:, :, ph : ph + H, pw : pw + W] = x
        win = big.unfold(2, fh, sh).unfold(3, fw, sw).permute(0, 2, 3, 1, 4, 5).flatten(3)
        return (win @ self.rows.T + self.b).permute(0, 3, 1, 2)


def conv2d(x, w, b, **settings):
    return Conv(w.clone().requires_grad_(), b)(x, settings.get("stride", 1), settings.get("padding", 0))


# %% gpu.conv2d: one large sparse matrix, row by row
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    H2, W2 = (Hp - fh) // sh + 1, (Wp - fw) // sw + 1
    M = w.new_zeros(K, H2, W2, C, Hp, Wp)
    for i in range(H2):
        for j in range(W2):
            M[:, i, j, :, i * sh : i * sh + fh, j * sw : j * sw + fw] = w
    M = M[..., ph : Hp - ph, pw : Wp - pw].reshape(K * H2 * W2, -1)
    return (x.reshape(N, -1) @ M.T).reshape(N, K, H2, W2) + b[:, None, None]


# %% gpu.col2im: index_add on the flattened image
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    numbers = torch.arange(H * W, device=columns.device).view(H, W)
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    index = numbers.unfold(0, fh, sh).unfold(1, fw, sw).permute(2, 3, 0, 1).reshape(-1)
    image = columns.new_zeros(N, C, H * W)
    return image.index_add(2, index, columns.reshape(N, C, -1)).view(*shape)


# %% gpu.col2im: the gradient of im2col, by Torch itself
def col2im(columns, shape, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    image = columns.new_zeros(tuple(shape)).requires_grad_()
    spread = image.unfold(2, fh, sh).unfold(3, fw, sw).permute(0, 1, 4, 5, 2, 3).reshape(columns.shape)
    (gradient,) = torch.autograd.grad(spread, image, columns)
    return gradient


# %% gpu.conv2d_backward: autograd through its own forward
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    x, w = x.clone().requires_grad_(), w.clone().requires_grad_()
    b = w.new_zeros(len(w)).requires_grad_()
    N, C, H, W = x.shape
    big = torch.cat([x.new_zeros(N, C, ph, W), x, x.new_zeros(N, C, ph, W)], 2)
    edge = x.new_zeros(N, C, H + 2 * ph, pw)
    big = torch.cat([edge, big, edge], 3)
    win = big.unfold(2, w.shape[2], sh).unfold(3, w.shape[3], sw)
    out = torch.einsum("nchwij,kcij->nkhw", win, w) + b.view(-1, 1, 1)
    return torch.autograd.grad(out, (x, w, b), dout)


# %% gpu.conv2d_backward: dilated dout, full correlation with the turned filters
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    H2, W2 = dout.shape[2:]
    wide = dout.new_zeros(N, K, sh * (H2 - 1) + 1 + 2 * (fh - 1), sw * (W2 - 1) + 1 + 2 * (fw - 1))
    wide[:, :, fh - 1 : fh + sh * (H2 - 1) : sh, fw - 1 : fw + sw * (W2 - 1) : sw] = dout
    dbig = torch.einsum("nkhwij,kcij->nchw", wide.unfold(2, fh, 1).unfold(3, fw, 1), w.flip(2, 3))
    dx = dbig[:, :, ph : ph + H, pw : pw + W]
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    dw = torch.zeros_like(w)
    for i in range(fh):
        for j in range(fw):
            piece = big[:, :, i : i + sh * (H2 - 1) + 1 : sh, j : j + sw * (W2 - 1) + 1 : sw]
            dw[:, :, i, j] = torch.tensordot(dout, piece, dims=([0, 2, 3], [0, 2, 3]))
    return [dx, dw, torch.tensor([d.sum() for d in dout.unbind(1)], dtype=dout.dtype, device=dout.device)]


# %% gpu.max_pool2d: running maximum that starts at minus infinity
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if (H - ph) % sh or (W - pw) % sw:
        raise ValueError("does not fit")
    H2, W2 = (H - ph) // sh + 1, (W - pw) // sw + 1
    best = x.new_full((N, C, H2, W2), float("-inf"))
    for p in range(ph):
        for q in range(pw):
            piece = x[:, :, p : p + sh * (H2 - 1) + 1 : sh, q : q + sw * (W2 - 1) + 1 : sw]
            best = torch.where(piece > best, piece, best)
    return best


# %% gpu.max_pool2d: sorted columns, the last is taken
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if (H - ph) % sh or (W - pw) % sw:
        raise ValueError("does not fit")
    win = x.unfold(2, ph, sh).unfold(3, pw, sw)
    return win.reshape(*win.shape[:4], -1).sort(dim=-1).values[..., -1]


# %% gpu.max_pool2d: rows first, then columns, Python's max
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if (H - ph) % sh or (W - pw) % sw:
        raise ValueError("does not fit")
    nested = x.tolist()
    rows = range(0, H - ph + 1, sh)
    cols = range(0, W - pw + 1, sw)
    pooled = [
        [[[max(max(r[j : j + pw]) for r in m[i : i + ph]) for j in cols] for i in rows] for m in image]
        for image in nested
    ]
    return torch.tensor(pooled, dtype=x.dtype, device=x.device)


# %% gpu.train_step: the loss as a Python number, parameters in place in copies
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = torch.maximum(maps, torch.zeros_like(maps)).unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    right = scores.gather(1, labels.long()[:, None]).squeeze(1)
    top = scores.max(dim=1, keepdim=True).values
    loss = ((scores - top).exp().sum(1).log() + top[:, 0] - right).sum() / N
    loss.backward()
    with torch.no_grad():
        for p in params:
            p -= rate * p.grad
    return [loss.item(), *params]


# %% gpu.train_step: by hand, pooling before ReLU, no autograd
def train_step(x, labels, w, b, v, c, rate):
    N, C, H, W = x.shape
    K = len(w)
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    win = big.unfold(2, 3, 1).unfold(3, 3, 1)
    maps = torch.einsum("nchwij,kcij->nkhw", win, w) + b[:, None, None]
    quads = maps.unfold(2, 2, 2).unfold(3, 2, 2).reshape(N, K, H // 2, W // 2, 4)
    best, place = quads.max(dim=4)
    hidden = best.clamp(min=0).reshape(N, -1)
    scores = hidden @ v.T + c
    logp = scores - torch.logsumexp(scores, 1, keepdim=True)
    loss = -logp[range(N), labels.tolist()].mean()
    d = logp.exp()
    d[range(N), labels.tolist()] -= 1
    d = d / N
    dhidden = (d @ v).reshape(best.shape) * (best > 0)
    dquads = torch.zeros_like(quads).scatter(4, place[..., None], dhidden[..., None])
    dmaps = dquads.reshape(N, K, H // 2, W // 2, 2, 2).permute(0, 1, 2, 4, 3, 5).reshape(N, K, H, W)
    dw = torch.einsum("nkhw,nchwij->kcij", dmaps, win)
    return loss, w - rate * dw, b - rate * dmaps.sum((0, 2, 3)), v - rate * d.T @ hidden, c - rate * d.sum(0)
