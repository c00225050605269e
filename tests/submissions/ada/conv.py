# All right, in loops, each index by its name.

# %% conv_output_size
def conv_output_size(n, f, stride=1, padding=0):
    size = 0
    corner = -padding
    while corner + f <= n + padding:
        size += 1
        end = corner + f
        corner += stride
    if size == 0 or end != n + padding:
        raise ValueError("the filter does not fit")
    return size

# %% conv_output_shape
def conv_output_shape(shape, k, f, stride=1, padding=0):
    result = [k]
    for side in (0, 1):
        numbers = [value if isinstance(value, int) else value[side] for value in (f, stride, padding)]
        result.append(conv_output_size(shape[1 + side], *numbers))
    return result

# %% conv_parameters
def conv_parameters(c, k, f, bias=True):
    height, width = pair(f)
    count = 0
    for _ in range(k):
        count += height * width * c
        if bias:
            count += 1
    return count

# %% zero_pad
def zero_pad(x, padding):
    PH, PW = pair(padding)
    N, C, H, W = x.shape
    result = np.zeros((N, C, H + PH + PH, W + PW + PW))
    for n in range(N):
        for c in range(C):
            for i in range(H):
                for j in range(W):
                    result[n, c, i + PH, j + PW] = x[n, c, i, j]
    return result

# %% conv2d
def conv2d(x, w, b, stride=1, padding=0):
    SH, SW = pair(stride)
    N, C, H, W = x.shape
    K, C, FH, FW = w.shape
    K, H2, W2 = conv_output_shape((C, H, W), K, (FH, FW), stride, padding)
    x = zero_pad(x, padding)
    out = np.zeros((N, K, H2, W2))
    for n in range(N):
        for k in range(K):
            for i in range(H2):
                for j in range(W2):
                    total = b[k]
                    for c in range(C):
                        for p in range(FH):
                            for q in range(FW):
                                total += x[n, c, i * SH + p, j * SW + q] * w[k, c, p, q]
                    out[n, k, i, j] = total
    return out

# %% conv2d_backward
def conv2d_backward(dout, x, w, stride=1, padding=0):
    SH, SW = pair(stride)
    PH, PW = pair(padding)
    N, C, H, W = x.shape
    K, C, FH, FW = w.shape
    N, K, H2, W2 = dout.shape
    dx, dw, db = np.zeros((N, C, H, W)), np.zeros((K, C, FH, FW)), np.zeros(K)
    for n in range(N):
        for k in range(K):
            for i in range(H2):
                for j in range(W2):
                    db[k] += dout[n, k, i, j]
                    for c in range(C):
                        for p in range(FH):
                            for q in range(FW):
                                row, column = i * SH + p - PH, j * SW + q - PW
                                if 0 <= row < H and 0 <= column < W:  # the border holds zeros
                                    dw[k, c, p, q] += dout[n, k, i, j] * x[n, c, row, column]
                                    dx[n, c, row, column] += dout[n, k, i, j] * w[k, c, p, q]
    return dx, dw, db
