# Complete, with mistakes that people make.

# %% conv_output_size
def conv_output_size(n, f, stride=1, padding=0):
    return (n + 2 * padding - f) // stride + 1

# %% conv_output_shape
def conv_output_shape(shape, k, f, stride=1, padding=0):
    C, H, W = shape
    f, stride, padding = pair(f), pair(stride), pair(padding)
    H2 = conv_output_size(H, f[0], stride[0], padding[0])
    W2 = conv_output_size(W, f[1], stride[1], padding[1])
    return k, W2, H2

# %% conv_parameters
def conv_parameters(c, k, f, bias=True):
    f = pair(f)
    return (f[0] * f[1] * c) * k

# %% zero_pad
def zero_pad(x, padding):
    ph, pw = pair(padding)
    N, C, H, W = x.shape
    out = np.zeros((N, C, H + 2 * ph, W + 2 * pw))
    for i in range(H):
        for j in range(W):
            out[:, :, i + ph, j + pw] = x[:, :, i, j]
    return out

# %% conv2d
def conv2d(x, w, b, stride=1, padding=0):
    N, C, H, W = x.shape
    K, _, FH, FW = w.shape
    (SH, SW), (PH, PW) = pair(stride), pair(padding)
    H2 = (H + 2 * PH - FH) // SH + 1
    W2 = (W + 2 * PW - FW) // SW + 1
    xp = zero_pad(x, padding)
    out = np.zeros((N, K, H2, W2))
    for n in range(N):
        for k in range(K):
            for c in range(C):
                for i in range(H2):
                    for j in range(W2):
                        window = xp[n, c, i * SH : i * SH + FH, j * SW : j * SW + FW]
                        out[n, k, i, j] += np.sum(window * w[k, c]) + b[k]
    return out

# %% conv2d_backward
def conv2d_backward(dout, x, w, stride=1, padding=0):
    N, K, H2, W2 = dout.shape
    FH, FW = w.shape[2:]
    (SH, SW), (PH, PW) = pair(stride), pair(padding)
    xp = zero_pad(x, padding)
    dxp = np.zeros(xp.shape)
    db = np.sum(dout, axis=(0, 2, 3))
    for n in range(N):
        dw = np.zeros(w.shape)
        for k in range(K):
            for i in range(H2):
                for j in range(W2):
                    window = xp[n, :, i * SH : i * SH + FH, j * SW : j * SW + FW]
                    dw[k] += dout[n, k, i, j] * window
                    dxp[n, :, i * SH : i * SH + FH, j * SW : j * SW + FW] += dout[n, k, i, j] * w[k]
    dx = dxp[:, :, PH : PH + x.shape[2], PW : PW + x.shape[3]]
    return dx, dw, db
