# %% zero_pad
def zero_pad(x, padding):
    ph, pw = pair(padding)
    out = x.new_zeros(x.shape[0], x.shape[1], x.shape[2] + 2 * ph, x.shape[3] + 2 * pw)
    out[:, :, ph:ph + x.shape[2], pw:pw + x.shape[3]] = x
    return out

# %% im2col
def im2col(x, size, stride=1):
    fh, fw = pair(size)
    sh, sw = pair(stride)
    if (x.shape[2] - fh) % sh or (x.shape[3] - fw) % sw:
        raise ValueError("window does not fit")
    windows = x.unfold(2, fh, sh).unfold(3, fw, sw)
    windows = windows.permute(0, 1, 4, 5, 2, 3)
    return windows.reshape(x.shape[0], x.shape[1] * fh * fw, windows.shape[4] * windows.shape[5])

# %% conv2d
def conv2d(x, w, b, stride=1, padding=0):
    padded = zero_pad(x, padding)
    product = w.reshape(w.shape[0], -1) @ im2col(padded, (w.shape[2], w.shape[3]), stride)
    height = (padded.shape[2] - w.shape[2]) // pair(stride)[0] + 1
    width = (padded.shape[3] - w.shape[3]) // pair(stride)[1] + 1
    return product.reshape(x.shape[0], w.shape[0], height, width) + b.reshape(1, -1, 1, 1)
