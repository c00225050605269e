# Half done: the convolution and its gradients are left as released.

# %% conv_output_size
def conv_output_size(n, f, stride=1, padding=0):
    size = (n + 2 * padding - f) / stride + 1
    if size < 1 or size != int(size):
        raise ValueError("does not fit")
    return int(size)

# %% conv_output_shape
def conv_output_shape(shape, k, f, stride=1, padding=0):
    C, H, W = shape
    f, stride, padding = pair(f), pair(stride), pair(padding)
    return (
        k,
        conv_output_size(H, f[0], stride[0], padding[0]),
        conv_output_size(W, f[1], stride[1], padding[1]),
    )

# %% conv_parameters
def conv_parameters(c, k, f, bias=True):
    f = pair(f)
    one_filter = f[0] * f[1] * c
    if bias:
        one_filter += 1
    return k * one_filter

# %% zero_pad
def zero_pad(x, padding):
    ph, pw = pair(padding)
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="constant")
