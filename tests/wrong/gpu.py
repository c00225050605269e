# %% gpu.zero_pad: only below and to the right
# named: Only the bottom and the right get a border; it goes all around the image.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    out = x.new_zeros((N, C, H + ph, W + pw))
    out[:, :, :H, :W] = x
    return out


# %% gpu.zero_pad: large enough, but the image stands in the corner
# named: The zeros go to the bottom and the right only; half of them belong above and to the left.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    out = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    out[:, :, :H, :W] = x
    return out


# %% gpu.zero_pad: height and width of the border mixed up
# named: Height and width are swapped in the padding: a pair is (height, width).
def zero_pad(x, padding):
    a, b = pair(padding)
    left = torch.zeros(*x.shape[:3], a, dtype=x.dtype, device=x.device)
    x = torch.cat([left, x, left], dim=3)
    top = torch.zeros(*x.shape[:2], b, x.shape[3], dtype=x.dtype, device=x.device)
    return torch.cat([top, x, top], dim=2)


# %% gpu.zero_pad: ones instead of zeros
# named: The border is not zero; start from zeros (x.new_zeros), for new_empty holds whatever was in memory.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    out = x.new_ones(N, C, H + 2 * ph, W + 2 * pw)
    out[:, :, ph : ph + H, pw : pw + W] = x
    return out


# %% gpu.zero_pad: always 32-bit
# named: The result has passed through float32: torch.zeros makes float32 on the CPU whatever x is.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    out = torch.zeros(N, C, H + 2 * ph, W + 2 * pw).to(x.device)
    out[:, :, ph : ph + H, pw : pw + W] = x
    return out


# %% gpu.zero_pad: a slice that ends at minus the padding
# named: nothing
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    out = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    out[:, :, ph:-ph, pw:-pw] = x
    return out


# %% gpu.zero_pad: half of the border on each side
# named: Each axis grows by the padding, half of it at either end; it grows by the padding at either end.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    out = x.new_zeros(N, C, H + ph, W + pw)
    top, left = ph // 2, pw // 2
    out[:, :, top : top + H, left : left + W] = x
    return out


# %% gpu.zero_pad: the edge goes on
# named: The border repeats the pixels at the edge; it should be zeros.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    H, W = x.shape[2:]
    rows = torch.arange(-ph, H + ph, device=x.device).clamp(0, H - 1)
    cols = torch.arange(-pw, W + pw, device=x.device).clamp(0, W - 1)
    return x[:, :, rows][:, :, :, cols]


# %% gpu.zero_pad: the first number of a pair for both sides
# named: Height and width get the same padding; a pair holds one for each.
def zero_pad(x, padding):
    p = padding if isinstance(padding, int) else padding[0]
    N, C, H, W = x.shape
    out = x.new_zeros(N, C, H + 2 * p, W + 2 * p)
    for i in range(H):
        for j in range(W):
            out[:, :, i + p, j + p] = x[:, :, i, j]
    return out


# %% gpu.im2col: reshape without permute
# named: The axes are not moved before the reshape: unfold leaves (N, C, H2, W2, FH, FW), but a column needs
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    windows = x.unfold(2, fh, sh).unfold(3, fw, sw)
    return windows.reshape(N, C * fh * fw, -1)


# %% gpu.im2col: channels last in a column
# named: A column holds its window with the channels last; the filters have them first (C, FH, FW).
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    windows = x.unfold(2, fh, sh).unfold(3, fw, sw)
    return windows.permute(0, 4, 5, 1, 2, 3).reshape(N, fh * fw * C, -1)


# %% gpu.im2col: windows as rows
# named: The windows lie in the rows; they should be the columns, (N, C*FH*FW, H2*W2).
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    rows = []
    for i in range(0, H - fh + 1, sh):
        for j in range(0, W - fw + 1, sw):
            rows.append(x[:, :, i : i + fh, j : j + fw].reshape(N, -1))
    return torch.stack(rows, dim=1)


# %% gpu.im2col: stride forgotten
# named: The stride is ignored: the window always moves by 1.
def im2col(x, size, stride=1):
    fh, fw = pair(size)
    N, C, H, W = x.shape
    if fh > H or fw > W:
        raise ValueError("too large")
    cols = [x[:, :, i : i + fh, j : j + fw].flatten(1) for i in range(H - fh + 1) for j in range(W - fw + 1)]
    return torch.stack(cols, 2)


# %% gpu.im2col: stride not used in the start of a window
# named: There are as many windows as the stride asks for, but they lie one pixel apart; window i begins at
def im2col(x, size, stride=1):
    fh, fw = pair(size)
    sh, sw = pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    out = x.new_zeros(N, C * fh * fw, H2 * W2)
    k = 0
    for i in range(H2):
        for j in range(W2):
            out[:, :, k] = x[:, :, i : i + fh, j : j + fw].reshape(N, -1)
            k += 1
    return out


# %% gpu.im2col: places column by column
# named: The columns follow each other down the image; go along its rows first.
def im2col(x, size, stride=1):
    fh, fw = pair(size)
    sh, sw = pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError
    cols = []
    for j in range(0, W - fw + 1, sw):
        for i in range(0, H - fh + 1, sh):
            cols.append(x[:, :, i : i + fh, j : j + fw].reshape(N, -1))
    return torch.stack(cols, dim=2)


# %% gpu.im2col: a window column by column
# named: A column holds its window column by column; go along its rows, as the filters do.
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    return x.unfold(2, fh, sh).unfold(3, fw, sw).permute(0, 1, 5, 4, 2, 3).flatten(4).flatten(1, 3)


# %% gpu.im2col: the last window is missed
# named: The last places are missed, at the lower or the right end: there are (n - size)/stride + 1 on an
def im2col(x, size, stride=1):
    fh, fw = pair(size)
    sh, sw = pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("windows do not fit")
    cols = []
    for i in range(0, H - fh, sh):
        for j in range(0, W - fw, sw):
            cols.append(x[:, :, i : i + fh, j : j + fw].reshape(N, -1))
    return torch.stack(cols, dim=2) if cols else x.new_zeros(N, C * fh * fw, 0)


# %% gpu.im2col: no error when it does not fit
# named: Where the window does not fit, pixels are dropped, as Torch does; here that is an error, raise
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    windows = x.unfold(2, fh, sh).unfold(3, fw, sw)
    N, C, H2, W2 = windows.shape[:4]
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, H2 * W2)


# %% gpu.im2col: assert instead of ValueError
# named: nothing
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    assert fh <= H and fw <= W and (H - fh) % sh == 0 and (W - fw) % sw == 0
    windows = x.unfold(2, fh, sh).unfold(3, fw, sw)
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1)


# %% gpu.im2col: stride pair the wrong way round
# named: Height and width are swapped in the stride: a pair is (height, width).
def im2col(x, size, stride=1):
    fh, fw = pair(size)
    sw, sh = pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("windows do not fit")
    return x.unfold(2, fh, sh).unfold(3, fw, sw).permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1)


# %% gpu.im2col: size pair the wrong way round
# named: Height and width are swapped in the size: a pair is (height, width).
def im2col(x, size, stride=1):
    fw, fh = pair(size)
    sh, sw = pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("windows do not fit")
    cols = []
    for i in range(0, H - fh + 1, sh):
        for j in range(0, W - fw + 1, sw):
            cols.append(x[:, :, i : i + fh, j : j + fw].reshape(N, -1))
    return torch.stack(cols, dim=2)


# %% gpu.im2col: all images side by side in one matrix
# named: The images of the batch are laid side by side in one matrix; here each keeps its own, (N, C*FH*FW,
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    windows = x.unfold(2, fh, sh).unfold(3, fw, sw)  # N C H2 W2 fh fw
    return windows.permute(1, 4, 5, 0, 2, 3).reshape(C * fh * fw, -1)


# %% gpu.im2col: the window back to front
# named: A column holds its window back to front; begin at its upper left corner.
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    windows = x.unfold(2, fh, sh).unfold(3, fw, sw).flip(4, 5)
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1)


# %% gpu.im2col: a buffer of 32 bits
# named: The result has passed through float32: torch.zeros makes float32 on the CPU whatever x is.
def im2col(x, size, stride=1):
    fh, fw = pair(size)
    sh, sw = pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % sh or (W - fw) % sw:
        raise ValueError
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    out = torch.zeros(N, C * fh * fw, H2 * W2, device=x.device)
    for k in range(H2 * W2):
        i, j = k // W2 * sh, k % W2 * sw
        out[:, :, k] = x[:, :, i : i + fh, j : j + fw].reshape(N, -1)
    return out


# %% gpu.im2col: steps of both axes with the stride of the height
# named: The stride of the height is used for the width, too; a pair holds one for each.
def im2col(x, size, stride=1):
    fh, fw = pair(size)
    s = pair(stride)[0]
    N, C, H, W = x.shape
    if fh > H or fw > W or (H - fh) % s or (W - fw) % s:
        raise ValueError
    return x.unfold(2, fh, s).unfold(3, fw, s).permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1)


# %% gpu.im2col: checks the height only
# named: Pixels that are left over are noticed on one axis only; height and width both have to fit.
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if fh > H or (H - fh) % sh != 0:
        raise ValueError("does not fit")
    return x.unfold(2, fh, sh).unfold(3, fw, sw).permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1)


# %% gpu.conv2d: the filter is flipped both ways
# named: The filter is flipped; here it is not: cross-correlation, as in every deep-learning library.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    if H + 2 * ph < fh or W + 2 * pw < fw or (H + 2 * ph - fh) % sh or (W + 2 * pw - fw) % sw:
        raise ValueError("does not fit")
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    return torch.einsum("nchwij,kcij->nkhw", win, w.flip(2, 3)) + b.view(1, -1, 1, 1)


# %% gpu.conv2d: the filter is mirrored left to right
# named: The filter is mirrored on one axis; here it is laid on the image as it is.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if H + 2 * ph < fh or W + 2 * pw < fw or (H + 2 * ph - fh) % sh or (W + 2 * pw - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    H2, W2 = (H + 2 * ph - fh) // sh + 1, (W + 2 * pw - fw) // sw + 1
    out = x.new_zeros(N, K, H2, W2)
    for i in range(H2):
        for j in range(W2):
            for k in range(K):
                s = 0
                for p in range(fh):
                    for q in range(fw):
                        s = s + (big[:, :, i * sh + p, j * sw + q] * w[k, :, p, fw - 1 - q]).sum(1)
                out[:, k, i, j] = s + b[k]
    return out


# %% gpu.conv2d: no bias
# named: The bias is left out.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    cols = win.permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1)
    return (w.reshape(K, -1) @ cols).reshape(N, K, win.shape[2], win.shape[3])


# %% gpu.conv2d: a bias for each place
# named: The bias runs along the places instead of the filters: shapes are matched from the right.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    cols = win.permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1)
    return (w.reshape(K, -1) @ cols + b).reshape(N, K, win.shape[2], win.shape[3])


# %% gpu.conv2d: the bias once for each channel
# named: The bias is added once a channel; a filter has one bias, added once.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    out = 0
    for c in range(C):
        win = big[:, c].unfold(1, fh, sh).unfold(2, fw, sw)
        out = out + torch.einsum("nhwij,kij->nkhw", win, w[:, c]) + b[:, None, None]
    return out


# %% gpu.conv2d: stride ignored
# named: The stride is ignored: the window always moves by 1.
def conv2d(x, w, b, stride=1, padding=0):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if H + 2 * ph < fh or W + 2 * pw < fw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    out = x.new_zeros(N, K, H + 2 * ph - fh + 1, W + 2 * pw - fw + 1)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            patch = big[:, :, i : i + fh, j : j + fw].reshape(N, -1)
            out[:, :, i, j] = patch @ w.reshape(K, -1).T + b
    return out


# %% gpu.conv2d: padding ignored
# named: The padding is ignored.
def conv2d(x, w, b, stride=1, padding=0):
    sh, sw = pair(stride)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if H < fh or W < fw or (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    win = x.unfold(2, fh, sh).unfold(3, fw, sw)
    return torch.tensordot(win, w, dims=([1, 4, 5], [1, 2, 3])).permute(0, 3, 1, 2) + b[None, :, None, None]


# %% gpu.conv2d: padded on the far sides only
# named: The zeros go to the bottom and the right only; half of them belong above and to the left.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, :H, :W] = x
    Hp, Wp = big.shape[2:]
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    return torch.einsum("nchwij,kcij->nkhw", win, w) + b[:, None, None]


# %% gpu.conv2d: the first channel only
# named: Only the first channel goes into the output; a filter goes through the full depth.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    out = x.new_zeros(N, K, (Hp - fh) // sh + 1, (Wp - fw) // sw + 1)
    for n in range(N):
        for k in range(K):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    patch = big[n, 0, i * sh : i * sh + fh, j * sw : j * sw + fw]
                    out[n, k, i, j] = (patch * w[k, 0]).sum() + b[k]
    return out


# %% gpu.conv2d: filters made columns by reshape
# named: The filters are cut into (C*FH*FW, K) by a reshape, which mixes them: make them rows, (K, C*FH*FW),
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    rows = win.permute(0, 2, 3, 1, 4, 5).reshape(N, -1, C * fh * fw)
    out = rows @ w.reshape(C * fh * fw, K) + b
    return out.transpose(1, 2).reshape(N, K, win.shape[2], win.shape[3])


# %% gpu.conv2d: no error when it does not fit
# named: Where the window does not fit, pixels are dropped, as Torch does; here that is an error, raise
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    H2 = (big.shape[2] - fh) // sh + 1
    W2 = (big.shape[3] - fw) // sw + 1
    out = x.new_zeros(N, K, max(H2, 0), max(W2, 0))
    for i in range(H2):
        for j in range(W2):
            patch = big[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw].flatten(1)
            out[:, :, i, j] = patch @ w.flatten(1).T + b
    return out


# %% gpu.conv2d: mean instead of sum
# named: The products of a window are averaged; they are added up.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    out = x.new_zeros(N, K, (Hp - fh) // sh + 1, (Wp - fw) // sw + 1)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            for k in range(K):
                patch = big[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw]
                out[:, k, i, j] = (patch * w[k]).mean(dim=(1, 2, 3)) + b[k]
    return out


# %% gpu.conv2d: columns channel last, filters channel first
# named: The windows are stretched with their channels last, the filters with theirs first: each weight
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    cols = win.permute(0, 4, 5, 1, 2, 3).reshape(N, fh * fw * C, -1)
    return (w.reshape(K, -1) @ cols + b[:, None]).reshape(N, K, *win.shape[2:4])


# %% gpu.conv2d: windows reshaped without permute
# named: The axes are not moved before the reshape: unfold leaves (N, C, H2, W2, FH, FW), but a column needs
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    out = w.reshape(K, -1) @ win.reshape(N, C * fh * fw, -1) + b[:, None]
    return out.reshape(N, K, win.shape[2], win.shape[3])


# %% gpu.conv2d: filters in the last axis of the answer
# named: The filters come last in the output, (N, H2, W2, K); they come second, (N, K, H2, W2).
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    return torch.tensordot(win, w, dims=([1, 4, 5], [1, 2, 3])) + b


# %% gpu.conv2d: the map is cut W2 x H2
# named: Height and width of the output are swapped: it is (N, K, H2, W2).
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    out = w.reshape(K, -1) @ win.permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1) + b[:, None]
    return out.reshape(N, K, win.shape[3], win.shape[2])


# %% gpu.conv2d: the first bias for all filters
# named: The bias of the first filter is added to the maps of all; each filter has a bias of its own.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    return torch.einsum("nchwij,kcij->nkhw", win, w) + b[0]


# %% gpu.conv2d: stride pair the wrong way round
# named: Height and width are swapped in the stride: a pair is (height, width).
def conv2d(x, w, b, stride=1, padding=0):
    (sw, sh), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    return torch.einsum("nchwij,kcij->nkhw", win, w) + b[:, None, None]


# %% gpu.conv2d: padding pair the wrong way round
# named: Height and width are swapped in the padding: a pair is (height, width).
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (pw, ph) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    return torch.einsum("nchwij,kcij->nkhw", win, w) + b[:, None, None]


# %% gpu.conv2d: output made with 32 bits
# named: The result has passed through float32: torch.zeros makes float32 on the CPU whatever x is.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if Hp < fh or Wp < fw or (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = torch.zeros(N, C, Hp, Wp, device=x.device)
    big[:, :, ph : ph + H, pw : pw + W] = x
    out = torch.zeros(N, K, (Hp - fh) // sh + 1, (Wp - fw) // sw + 1, device=x.device)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            patch = big[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw].flatten(1)
            out[:, :, i, j] = patch @ w.flatten(1).T.float() + b.float()
    return out


# %% gpu.col2im: the last window overwrites
# named: Where windows overlap, the last one overwrites the others; add with +=, into an image of zeros.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    image = columns.new_zeros(N, C, H, W)
    k = 0
    for i in range(0, H - fh + 1, sh):
        for j in range(0, W - fw + 1, sw):
            image[:, :, i : i + fh, j : j + fw] = columns[:, :, k].reshape(N, C, fh, fw)
            k += 1
    return image


# %% gpu.col2im: overwritten a place of the window at a time
# named: Where windows overlap, the last one overwrites the others; add with +=, into an image of zeros.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    maps = columns.reshape(N, C, fh, fw, H2, W2)
    image = columns.new_zeros(N, C, H, W)
    for p in range(fh):
        for q in range(fw):
            image[:, :, p : p + sh * (H2 - 1) + 1 : sh, q : q + sw * (W2 - 1) + 1 : sw] = maps[:, :, p, q]
    return image


# %% gpu.col2im: the mean where windows overlap
# named: Where windows overlap, their numbers are averaged; they add up.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    image, count = columns.new_zeros(N, C, H, W), columns.new_zeros(N, C, H, W)
    for k in range(H2 * W2):
        i, j = sh * (k // W2), sw * (k % W2)
        image[:, :, i : i + fh, j : j + fw] += columns[:, :, k].view(N, C, fh, fw)
        count[:, :, i : i + fh, j : j + fw] += 1
    return image / count.clamp(min=1)


# %% gpu.col2im: stride ignored
# named: The windows are put back one pixel apart; move by the stride.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    image = columns.new_zeros(shape)
    for i in range(H2):
        for j in range(W2):
            image[:, :, i : i + fh, j : j + fw] += columns[:, :, i * W2 + j].reshape(N, C, fh, fw)
    return image


# %% gpu.col2im: places column by column
# named: The columns are put back down the image; im2col went along its rows.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    image = columns.new_zeros(shape)
    k = 0
    for j in range(0, W - fw + 1, sw):
        for i in range(0, H - fh + 1, sh):
            image[:, :, i : i + fh, j : j + fw] += columns[:, :, k].reshape(N, C, fh, fw)
            k += 1
    return image


# %% gpu.col2im: channels last in a column
# named: A column is read with the channels last; im2col wrote them first (C, FH, FW).
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    maps = columns.reshape(N, fh, fw, C, H2, W2)
    image = columns.new_zeros(shape)
    for p in range(fh):
        for q in range(fw):
            image[:, :, p : p + sh * H2 : sh, q : q + sw * W2 : sw][:, :, :H2, :W2] += maps[:, p, q]
    return image


# %% gpu.col2im: reshape of the columns only
# named: The columns are read as (N, C, H2, W2, FH, FW); im2col wrote them as (N, C, FH, FW, H2, W2).
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    windows = columns.reshape(N, C, H2, W2, fh, fw)
    image = columns.new_zeros(shape)
    for i in range(H2):
        for j in range(W2):
            image[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += windows[:, :, i, j]
    return image


# %% gpu.col2im: stride pair the wrong way round
# named: Height and width are swapped in the stride: a pair is (height, width).
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    out = columns.new_zeros(N, C, H + fh + sw * H2, W + fw + sh * W2)
    for i in range(H2):
        for j in range(W2):
            out[:, :, i * sw : i * sw + fh, j * sh : j * sh + fw] += columns[:, :, i * W2 + j].reshape(N, C, fh, fw)
    return out[:, :, :H, :W]


# %% gpu.col2im: the last row and column of places is missed
# named: The last places are missed, at the lower or the right end: there are (n - size)/stride + 1 on an
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    maps = columns.reshape(N, C, fh, fw, H2, W2)
    image = columns.new_zeros(shape)
    for i in range(H2 - 1):
        for j in range(W2 - 1):
            image[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += maps[..., i, j]
    return image


# %% gpu.col2im: an image of 32 bits
# named: The result has passed through float32: torch.zeros makes float32 on the CPU whatever x is.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    maps = columns.reshape(N, C, fh, fw, H2, W2)
    image = torch.zeros(shape, device=columns.device)
    for p in range(fh):
        for q in range(fw):
            image[:, :, p : p + sh * (H2 - 1) + 1 : sh, q : q + sw * (W2 - 1) + 1 : sw] += maps[:, :, p, q]
    return image


# %% gpu.col2im: the window back to front
# named: The windows are put back turned by half a turn; begin at their upper left corner.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    image = columns.new_zeros(shape)
    for k in range(H2 * W2):
        i, j = sh * (k // W2), sw * (k % W2)
        image[:, :, i : i + fh, j : j + fw] += columns[:, :, k].reshape(N, C, fh, fw).flip(2, 3)
    return image


# %% gpu.conv2d_backward: dw is the mean over the images
# named: dw is averaged over the images; it is a sum, for dout knows already how the loss was averaged.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win) / N
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: dw of the last image
# named: dw comes from the last image only; every image adds to it.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    dx = torch.zeros_like(big)
    for n in range(N):
        dw = torch.zeros_like(w)
        for k in range(K):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = (n, slice(None), slice(i * sh, i * sh + fh), slice(j * sw, j * sw + fw))
                    dw[k] += dout[n, k, i, j] * big[window]
                    dx[window] += dout[n, k, i, j] * w[k]
    db = dout.sum(3).sum(2).sum(0)
    return dx[:, :, ph : ph + H, pw : pw + W], dw, db


# %% gpu.conv2d_backward: db not summed over the images
# named: db is kept image by image, (N, K); all images share the biases, so sum over them.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(2, 3))


# %% gpu.conv2d_backward: db counts the places
# named: db counts the places and does not look at dout; it is the sum of dout over them.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    db = torch.ones_like(dout).sum(dim=(0, 2, 3))
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, db


# %% gpu.conv2d_backward: db is a mean
# named: db is a mean over images and places; the bias is added at every one of them, so its gradients add
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    db = dout.mean(dim=(0, 2, 3))
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, db


# %% gpu.conv2d_backward: one number for all biases
# named: db sums over the filters, too; each filter has a bias of its own.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum()


# %% gpu.conv2d_backward: the border stays on
# named: dx still has the border; cut off what zero_pad added.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig, dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: the border is cut off at one corner
# named: dx is cut out of the upper left corner of the padded gradient; the border lies on all sides.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, :H, :W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: windows overwritten in dx
# named: Where windows overlap, the last one overwrites the others in dx; a pixel collects from all its
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] = torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: dout forgotten
# named: The upstream gradient dout is ignored, as if it were 1 everywhere.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    dw, db, dbig = torch.zeros_like(w), w.new_zeros(K), torch.zeros_like(big)
    for n in range(N):
        for k in range(K):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dw[k] += big[n, :, i * sh : i * sh + fh, j * sw : j * sw + fw]
                    dbig[n, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += w[k]
                    db[k] += 1
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, db


# %% gpu.conv2d_backward: dw first
# named: The three gradients come back in another order: dx, dw, db.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dw, dout.sum(dim=(0, 2, 3)), dbig[:, :, ph : ph + H, pw : pw + W]


# %% gpu.conv2d_backward: dx with the filter turned round
# named: The filters are flipped in dx; the gradient goes back by the same weight that the pixel came in by.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    turned = w.flip(2, 3)
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            step = torch.einsum("nk,kcij->ncij", dout[:, :, i, j], turned)
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += step
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: dx sends back through one filter only
# named: dx goes back through one filter only; a pixel collects from all of them.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    for k in range(K):
        dbig = torch.zeros_like(big)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                step = dout[:, k, i, j].view(N, 1, 1, 1) * w[k]
                dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += step
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: padding put on the wrong corner for dw
# named: dw is taken with the zeros at one corner of x; they lie all around it, as in the forward.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, :H, :W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, win)
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: stride ignored in all windows
# named: There are as many windows as the stride asks for, but they lie one pixel apart; window i begins at
def conv2d_backward(dout, x, w, stride=1, padding=0):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    H2, W2 = dout.shape[2:]
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    dw, dbig = torch.zeros_like(w), torch.zeros_like(big)
    for i in range(H2):
        for j in range(W2):
            dw += torch.einsum("nk,ncij->kcij", dout[:, :, i, j], big[:, :, i : i + fh, j : j + fw])
            dbig[:, :, i : i + fh, j : j + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.max_pool2d: the maximum starts at zero
# named: The maximum is never below 0; windows of negative numbers have a negative maximum.
def max_pool2d(x, size, stride=None):
    ph, pw = pair(size)
    sh, sw = pair(size if stride is None else stride)
    N, C, H, W = x.shape
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    H2, W2 = (H - ph) // sh + 1, (W - pw) // sw + 1
    out = x.new_zeros(N, C, H2, W2)
    for p in range(ph):
        for q in range(pw):
            out = torch.maximum(out, x[:, :, p : p + sh * (H2 - 1) + 1 : sh, q : q + sw * (W2 - 1) + 1 : sw])
    return out


# %% gpu.max_pool2d: average
# named: The windows are averaged; their maximum is asked for.
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    H, W = x.shape[2:]
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    return x.unfold(2, ph, sh).unfold(3, pw, sw).mean(dim=(-1, -2))


# %% gpu.max_pool2d: stride one when none is given
# named: A stride of None is taken for stride 1; it stands for a stride equal to the size.
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or 1)
    H, W = x.shape[2:]
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    return x.unfold(2, ph, sh).unfold(3, pw, sw).amax(dim=(4, 5))


# %% gpu.max_pool2d: maximum over the channels too
# named: The maximum is taken over all channels at once; each activation map is pooled on its own.
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    N, C, H, W = x.shape
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    win = x.unfold(2, ph, sh).unfold(3, pw, sw)
    cols = win.permute(0, 1, 4, 5, 2, 3).reshape(N, C * ph * pw, -1)
    return cols.amax(dim=1).reshape(N, 1, win.shape[2], win.shape[3])


# %% gpu.max_pool2d: maximum over the channels, repeated for each of them
# named: The maximum is taken over all channels at once; each activation map is pooled on its own.
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    N, C, H, W = x.shape
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    H2, W2 = (H - ph) // sh + 1, (W - pw) // sw + 1
    out = x.new_zeros(N, C, H2, W2)
    for n in range(N):
        for c in range(C):
            for i in range(H2):
                for j in range(W2):
                    out[n, c, i, j] = x[n, :, i * sh : i * sh + ph, j * sw : j * sw + pw].max()
    return out


# %% gpu.max_pool2d: stride argument ignored
# named: nothing
def max_pool2d(x, size, stride=None):
    ph, pw = pair(size)
    N, C, H, W = x.shape
    if H % ph or W % pw:
        raise ValueError("windows do not fit")
    return x.reshape(N, C, H // ph, ph, W // pw, pw).amax(dim=5).amax(dim=3)


# %% gpu.max_pool2d: last pixels dropped without an error
# named: Where the window does not fit, pixels are dropped, as Torch does; here that is an error, raise
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    return x.unfold(2, ph, sh).unfold(3, pw, sw).amax(dim=(4, 5))


# %% gpu.max_pool2d: values and indices from torch.max
# named: Two tensors come back, the maxima and their places, as torch.max(dim=...) gives them; only the
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    N, C, H, W = x.shape
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    win = x.unfold(2, ph, sh).unfold(3, pw, sw).flatten(4)
    return tuple(win.max(dim=4))


# %% gpu.max_pool2d: the place of the maximum
# named: The result is the place of the maximum in its window; the maximum itself is asked for.
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    N, C, H, W = x.shape
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    return x.unfold(2, ph, sh).unfold(3, pw, sw).flatten(4).argmax(dim=4)


# %% gpu.max_pool2d: smallest number
# named: The smallest number of each window is taken; the largest is asked for.
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    H, W = x.shape[2:]
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    return -(-x).unfold(2, ph, sh).unfold(3, pw, sw).amax(5).amax(4)


# %% gpu.max_pool2d: largest size, sign forgotten
# named: The signs are dropped before the maximum is taken; -3 is smaller than 1.
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    H, W = x.shape[2:]
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    return x.abs().unfold(2, ph, sh).unfold(3, pw, sw).amax(dim=(4, 5))


# %% gpu.max_pool2d: window pair the wrong way round
# named: nothing
def max_pool2d(x, size, stride=None):
    pw, ph = pair(size)
    sh, sw = pair(stride) if stride is not None else (ph, pw)
    N, C, H, W = x.shape
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    return x.unfold(2, ph, sh).unfold(3, pw, sw).amax(dim=(4, 5))


# %% gpu.max_pool2d: channels and windows mixed by a reshape
# named: The axes are not moved before the reshape: the numbers of a window have to lie side by side before
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    N, C, H, W = x.shape
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    win = x.unfold(2, ph, sh).unfold(3, pw, sw)
    H2, W2 = win.shape[2:4]
    cols = win.reshape(N * C, ph * pw, H2 * W2)
    return cols.amax(dim=1).reshape(N, C, H2, W2)


# %% gpu.train_step: the sum of the losses instead of the mean
# named: The loss is a sum over the images; it is their mean.
def train_step(x, labels, w, b, v, c, rate):
    w, b, v, c = (p.clone().requires_grad_() for p in (w, b, v, c))
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.clamp(min=0).unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.reshape(N, -1) @ v.T + c
    loss = (scores.logsumexp(dim=1) - scores[torch.arange(N), labels]).sum()
    loss.backward()
    with torch.no_grad():
        return loss, *(p - rate * p.grad for p in (w, b, v, c))


# %% gpu.train_step: no relu
# named: ReLU is missing between convolution and pooling.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = -(scores.log_softmax(dim=1)[torch.arange(N), labels]).mean()
    grads = torch.autograd.grad(loss, params)
    return loss.detach(), *[(p - rate * g).detach() for p, g in zip(params, grads)]


# %% gpu.train_step: up the gradient
# named: The step goes uphill: the gradient points to a larger loss, so subtract it.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = -(scores.log_softmax(dim=1)[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        new = [p + rate * p.grad for p in params]
    return loss, *new


# %% gpu.train_step: the loss after the step
# named: The loss is measured after the step; the one before it is asked for.
def train_step(x, labels, w, b, v, c, rate):
    def cost(w, b, v, c):
        N, C, H, W = x.shape
        big = x.new_zeros(N, C, H + 2, W + 2)
        big[:, :, 1:-1, 1:-1] = x
        maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
        pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
        scores = pooled.flatten(1) @ v.T + c
        return (scores.logsumexp(1) - scores.gather(1, labels.view(-1, 1).long())[:, 0]).mean()

    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    cost(*params).backward()
    with torch.no_grad():
        new = [p - rate * p.grad for p in params]
        return cost(*new), *new


# %% gpu.train_step: the filters do not learn
# named: The filters w stay as they were; they learn, too. | The biases b stay as they were; they learn, too.
def train_step(x, labels, w, b, v, c, rate):
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5)).flatten(1)
    v, c = v.clone().requires_grad_(), c.clone().requires_grad_()
    scores = pooled @ v.T + c
    loss = (scores.logsumexp(1) - scores[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return loss, w, b, v - rate * v.grad, c - rate * c.grad


# %% gpu.train_step: the rate left out
# named: The rate is left out: the step is rate times the gradient.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = -(scores.log_softmax(dim=1)[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(p - p.grad for p in params))


# %% gpu.train_step: exp overflows
# named: exp of a large score is infinite, and infinity over infinity is not a number.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    e = scores.exp()
    p = e / e.sum(1, keepdim=True)
    loss = -p[torch.arange(N), labels].log().mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(q - rate * q.grad for q in params))


# %% gpu.train_step: average pooling
# named: The windows are averaged; max pooling takes their largest number.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).mean(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = -(scores.log_softmax(dim=1)[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(q - rate * q.grad for q in params))


# %% gpu.train_step: softmax over the images
# named: Softmax runs along the images; it turns the scores of one image into probabilities, so dim=1.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = -(scores.log_softmax(dim=0)[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(q - rate * q.grad for q in params))


# %% gpu.train_step: no minus in the loss
# named: The loss has the wrong sign: it is minus the logarithm of a probability.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = scores.log_softmax(dim=1)[torch.arange(N), labels].mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(q - rate * q.grad for q in params))


# %% gpu.train_step: the biases stay
# named: The biases b stay as they were; they learn, too. | The biases c stay as they were; they learn, too.
def train_step(x, labels, w, b, v, c, rate):
    w, v = w.clone().requires_grad_(), v.clone().requires_grad_()
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = -(scores.log_softmax(dim=1)[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return loss, w - rate * w.grad, b, v - rate * v.grad, c


# %% gpu.train_step: only the parameters come back
# named: nothing
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = -(scores.log_softmax(dim=1)[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return tuple(q - rate * q.grad for q in params)


# %% gpu.train_step: the gradients come back
# named: The gradients come back; the parameters after the step are asked for.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = -(scores.log_softmax(dim=1)[torch.arange(N), labels]).mean()
    return loss, *torch.autograd.grad(loss, params)


# %% gpu.train_step: two layers, each stepped before the next gradient is taken
# named: nothing
def train_step(x, labels, w, b, v, c, rate):
    def cost(w, b, v, c):
        N, C, H, W = x.shape
        big = x.new_zeros(N, C, H + 2, W + 2)
        big[:, :, 1:-1, 1:-1] = x
        maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
        pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
        scores = pooled.flatten(1) @ v.T + c
        return (scores.logsumexp(1) - scores[torch.arange(N), labels]).mean()

    params = [w, b, v, c]
    first = cost(*params)
    for i in range(4):
        p = params[i].clone().requires_grad_()
        cost(*params[:i], p, *params[i + 1 :]).backward()
        params[i] = (p - rate * p.grad).detach()
    return first, *params


# %% gpu.max_pool2d: the pair that torch.max gives
# named: Two tensors come back
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(stride or size)
    N, C, H, W = x.shape
    if ph > H or pw > W or (H - ph) % sh or (W - pw) % sw:
        raise ValueError("windows do not fit")
    return x.unfold(2, ph, sh).unfold(3, pw, sw).flatten(4).max(dim=4)


# %% gpu.im2col: only too large windows are refused
# named: Where the window does not fit, pixels are dropped, as Torch does; here that is an error, raise
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if fh > H or fw > W:
        raise ValueError("the window is larger than the image")
    windows = x.unfold(2, fh, sh).unfold(3, fw, sw)
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(N, C * fh * fw, -1)


# %% gpu.zero_pad: only rows are added
# named: Only the height grows; the width gets its border, too.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    rows = x.new_zeros(x.shape[0], x.shape[1], ph, x.shape[3])
    return torch.cat([rows, x, rows], dim=2)


# %% gpu.zero_pad: the image in the lower right corner
# named: The zeros go to the top and the left only; half of them belong below and to the right.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    out = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    out[:, :, 2 * ph :, 2 * pw :] = x
    return out


# %% gpu.zero_pad: the rim goes inward, over the image
# named: The zeros are written over the edge of the image; they go around it, and the image grows.
def zero_pad(x, padding):
    ph, pw = pair(padding)
    H, W = x.shape[2:]
    out = x.clone()
    out[:, :, :ph] = 0
    out[:, :, H - ph :] = 0
    out[:, :, :, :pw] = 0
    out[:, :, :, W - pw :] = 0
    return out


# %% gpu.im2col: the stride inside the window
# named: nothing
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    cols = []
    for i in range(H2):
        for j in range(W2):
            rows = (i + sh * torch.arange(fh)).clamp(max=H - 1)
            cs = (j + sw * torch.arange(fw)).clamp(max=W - 1)
            cols.append(x[:, :, rows][:, :, :, cs].reshape(N, -1))
    return torch.stack(cols, 2)


# %% gpu.im2col: channels kept as an axis
# named: The channels keep an axis of their own, (N, C, FH*FW, H2*W2); a column goes through all of them.
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    win = x.unfold(2, fh, sh).unfold(3, fw, sw)
    return win.permute(0, 1, 4, 5, 2, 3).reshape(N, C, fh * fw, -1)


# %% gpu.im2col: square windows only
# named: The height of the window is used for its width, too; a pair holds one for each.
def im2col(x, size, stride=1):
    f = size if isinstance(size, int) else size[0]
    sh, sw = pair(stride)
    N, C, H, W = x.shape
    if (H - f) % sh or (W - f) % sw:
        raise ValueError("does not fit")
    win = x.unfold(2, f, sh).unfold(3, f, sw)
    return win.permute(0, 1, 4, 5, 2, 3).reshape(N, C * f * f, -1)


# %% gpu.im2col: one place too few is counted
# named: The last places are missed, at the lower or the right end: there are (n - size)/stride + 1 on an
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    H2, W2 = (H - fh) // sh, (W - fw) // sw
    out = x.new_zeros(N, C * fh * fw, H2 * W2)
    for i in range(H2):
        for j in range(W2):
            out[:, :, i * W2 + j] = x[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw].flatten(1)
    return out


# %% gpu.im2col: rows, then channels, then columns of a window
# named: The numbers of a window follow each other in another order than channel, row, column.
def im2col(x, size, stride=1):
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    N, C, H, W = x.shape
    if (H - fh) % sh or (W - fw) % sw:
        raise ValueError("does not fit")
    win = x.unfold(2, fh, sh).unfold(3, fw, sw)
    return win.permute(0, 4, 1, 5, 2, 3).reshape(N, C * fh * fw, -1)


# %% gpu.conv2d: the first filter for all maps
# named: Every map is made with the first filter.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    maps = [torch.einsum("nchwij,cij->nhw", win, w[0]) + b[k] for k in range(K)]
    return torch.stack(maps, 1)


# %% gpu.conv2d: maps first, images second
# named: The filters come first in the output, (K, N, H2, W2); the images do, (N, K, H2, W2).
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    win = big.unfold(2, fh, sh).unfold(3, fw, sw)
    return torch.einsum("nchwij,kcij->knhw", win, w) + b[:, None, None, None]


# %% gpu.conv2d: the first image's windows for the whole batch
# named: Every map is made of the first image.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    out = x.new_zeros(N, K, (Hp - fh) // sh + 1, (Wp - fw) // sw + 1)
    for n in range(N):
        for k in range(K):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    patch = big[0, :, i * sh : i * sh + fh, j * sw : j * sw + fw]
                    out[n, k, i, j] = torch.sum(patch * w[k]) + b[k]
    return out


# %% gpu.conv2d: the last channel overwrites the others
# named: Only the last channel goes into the output; the products of all channels add up.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    for c in range(C):
        out = torch.einsum("nhwij,kij->nkhw", big[:, c].unfold(1, fh, sh).unfold(2, fw, sw), w[:, c])
    return out + b[:, None, None]


# %% gpu.conv2d: zeros around the output instead of the input
# named: nothing
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    if (H + 2 * ph - fh) % sh or (W + 2 * pw - fw) % sw:
        raise ValueError("does not fit")
    win = x.unfold(2, fh, sh).unfold(3, fw, sw)
    inner = torch.einsum("nchwij,kcij->nkhw", win, w) + b[:, None, None]
    out = x.new_zeros(N, K, (H + 2 * ph - fh) // sh + 1, (W + 2 * pw - fw) // sw + 1)
    top, left = (out.shape[2] - inner.shape[2]) // 2, (out.shape[3] - inner.shape[3]) // 2
    out[:, :, top : top + inner.shape[2], left : left + inner.shape[3]] = inner
    return out


# %% gpu.conv2d: upside down
# named: The filter is mirrored on one axis; here it is laid on the image as it is.
def conv2d(x, w, b, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    Hp, Wp = H + 2 * ph, W + 2 * pw
    if (Hp - fh) % sh or (Wp - fw) % sw:
        raise ValueError("does not fit")
    big = x.new_zeros(N, C, Hp, Wp)
    big[:, :, ph : ph + H, pw : pw + W] = x
    out = b.view(1, -1, 1, 1).expand(N, K, (Hp - fh) // sh + 1, (Wp - fw) // sw + 1).clone()
    for p in range(fh):
        for q in range(fw):
            piece = big[:, :, p : p + sh * (out.shape[2] - 1) + 1 : sh, q : q + sw * (out.shape[3] - 1) + 1 : sw]
            out += torch.einsum("nchw,kc->nkhw", piece, w[:, :, fh - 1 - p, q])
    return out


# %% gpu.col2im: divided by the size of the window
# named: The numbers are divided by the size of the window; they add up as they are.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    image = columns.new_zeros(shape)
    for k in range(H2 * W2):
        i, j = sh * (k // W2), sw * (k % W2)
        image[:, :, i : i + fh, j : j + fw] += columns[:, :, k].reshape(N, C, fh, fw) / (fh * fw)
    return image


# %% gpu.col2im: the image begins at one
# named: The image is not zero before the numbers are added to it.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    image = columns.new_ones(shape)
    for k in range(H2 * W2):
        i, j = sh * (k // W2), sw * (k % W2)
        image[:, :, i : i + fh, j : j + fw] += columns[:, :, k].reshape(N, C, fh, fw)
    return image


# %% gpu.col2im: all images get the columns of the first
# named: Every image is put together from the columns of the first.
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    image = columns.new_zeros(shape)
    for k in range(H2 * W2):
        i, j = sh * (k // W2), sw * (k % W2)
        image[:, :, i : i + fh, j : j + fw] += columns[0, :, k].reshape(C, fh, fw)
    return image


# %% gpu.col2im: the number of columns of places taken for that of rows
# named: The windows are counted with the number of rows of places; window k lies in row k // W2, column k %
def col2im(columns, shape, size, stride=1):
    N, C, H, W = shape
    (fh, fw), (sh, sw) = pair(size), pair(stride)
    H2, W2 = (H - fh) // sh + 1, (W - fw) // sw + 1
    image = columns.new_zeros(shape)
    for k in range(H2 * W2):
        i, j = sh * (k // H2), sw * (k % H2)
        spot = image[:, :, i : i + fh, j : j + fw]
        spot += columns[:, :, k].reshape(N, C, fh, fw)[:, :, : spot.shape[2], : spot.shape[3]]
    return image


# %% gpu.conv2d_backward: dx averaged over the images, too
# named: dx is divided by the number of images; dout knows already how the loss was averaged. | dw is averaged over the images; it is a sum, for dout knows already how the loss was averaged. | db is averaged over the images; it is a sum.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    dout = dout / N
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    dw = torch.einsum("nkhw,nchwij->kcij", dout, big.unfold(2, fh, sh).unfold(3, fw, sw))
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: dw only where the input is positive
# named: nothing
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x.clamp(min=0)
    dw = torch.einsum("nkhw,nchwij->kcij", dout, big.unfold(2, fh, sh).unfold(3, fw, sw))
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: the border of the height cut off the width
# named: Height and width are swapped where the border is cut off dx: a pair is (height, width).
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    dw = torch.einsum("nkhw,nchwij->kcij", dout, big.unfold(2, fh, sh).unfold(3, fw, sw))
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dbig[:, :, i * sh : i * sh + fh, j * sw : j * sw + fw] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, pw : pw + H, ph : ph + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.conv2d_backward: dw overwritten place by place
# named: dw comes from one place only; the filter was used at every place, and all of them add to it.
def conv2d_backward(dout, x, w, stride=1, padding=0):
    (sh, sw), (ph, pw) = pair(stride), pair(padding)
    N, C, H, W = x.shape
    K, _, fh, fw = w.shape
    big = x.new_zeros(N, C, H + 2 * ph, W + 2 * pw)
    big[:, :, ph : ph + H, pw : pw + W] = x
    dbig = torch.zeros_like(big)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            window = (slice(None), slice(None), slice(i * sh, i * sh + fh), slice(j * sw, j * sw + fw))
            dw = torch.einsum("nk,ncij->kcij", dout[:, :, i, j], big[window])
            dbig[window] += torch.einsum("nk,kcij->ncij", dout[:, :, i, j], w)
    return dbig[:, :, ph : ph + H, pw : pw + W], dw, dout.sum(dim=(0, 2, 3))


# %% gpu.max_pool2d: along the rows only
# named: The maximum is taken along one axis only; a window has a height and a width.
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(size if stride is None else stride)
    H, W = x.shape[2:]
    if (H - ph) % sh or (W - pw) % sw:
        raise ValueError("does not fit")
    return x.unfold(3, pw, sw).amax(dim=4)


# %% gpu.max_pool2d: size and stride in each other's place
# named: Size and stride are swapped.
def max_pool2d(x, size, stride=None):
    (sh, sw), (ph, pw) = pair(size), pair(size if stride is None else stride)
    H, W = x.shape[2:]
    if (H - ph) % sh or (W - pw) % sw:
        raise ValueError("does not fit")
    return x.unfold(2, ph, sh).unfold(3, pw, sw).amax(dim=(4, 5))


# %% gpu.max_pool2d: median
# named: nothing
def max_pool2d(x, size, stride=None):
    (ph, pw), (sh, sw) = pair(size), pair(size if stride is None else stride)
    H, W = x.shape[2:]
    if (H - ph) % sh or (W - pw) % sw:
        raise ValueError("does not fit")
    return x.unfold(2, ph, sh).unfold(3, pw, sw).flatten(4).median(dim=4).values


# %% gpu.train_step: no ReLU, but after the linear layer
# named: ReLU stands after the linear layer; it stands between convolution and pooling.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = (pooled.flatten(1) @ v.T + c).relu()
    loss = (scores.logsumexp(1) - scores[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(p - rate * p.grad for p in params))


# %% gpu.train_step: sigmoid in place of ReLU
# named: A sigmoid stands between convolution and pooling; ReLU does.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.sigmoid().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = (scores.logsumexp(1) - scores[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(p - rate * p.grad for p in params))


# %% gpu.train_step: softmax twice
# named: Softmax is taken twice: the scores go into the loss as they are.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = (pooled.flatten(1) @ v.T + c).softmax(1)
    loss = (scores.logsumexp(1) - scores[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(p - rate * p.grad for p in params))


# %% gpu.train_step: linear layer without its biases
# named: The linear layer is without its biases c.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v)]
    w, b, v = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T
    loss = (scores.logsumexp(1) - scores[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(p - rate * p.grad for p in params), c)


# %% gpu.train_step: maps flattened with the channels last
# named: The maps of an image are stretched with the channels last; v expects them first, map after map.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nhwk", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b
    pooled = maps.relu().unfold(1, 2, 2).unfold(2, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    loss = (scores.logsumexp(1) - scores[torch.arange(N), labels]).mean()
    loss.backward()
    with torch.no_grad():
        return (loss, *(p - rate * p.grad for p in params))


# %% gpu.train_step: all four with the sum of the gradients, rate divided by N in the biases
# named: The step goes along the gradient of the sum of the losses; the loss is their mean.
def train_step(x, labels, w, b, v, c, rate):
    params = [p.clone().requires_grad_() for p in (w, b, v, c)]
    w, b, v, c = params
    N, C, H, W = x.shape
    big = x.new_zeros(N, C, H + 2, W + 2)
    big[:, :, 1:-1, 1:-1] = x
    maps = torch.einsum("nchwij,kcij->nkhw", big.unfold(2, 3, 1).unfold(3, 3, 1), w) + b[:, None, None]
    pooled = maps.relu().unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
    scores = pooled.flatten(1) @ v.T + c
    losses = scores.logsumexp(1) - scores[torch.arange(N), labels]
    losses.sum().backward()
    with torch.no_grad():
        return (losses.mean(), *(p - rate * p.grad for p in params))
