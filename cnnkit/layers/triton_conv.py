"""Convolution as one matrix product whose left matrix is never stored: Triton kernels for `cnnkit.layers.gpu`.

`gpu` and `fast` copy every window into a row of a matrix, im2col, and multiply it by the filters:

    out (M, K) = windows (M, R) @ filters^T (R, K),      M = N*H2*W2 output places,  R = FH*FW*C numbers in a window

The matrix of windows holds every pixel up to FH*FW times. Here it exists one tile at a time and only on the chip: a
program computes which pixels its tile would hold and reads them from the image. This is *implicit GEMM*. Row m of the
matrix is an output place, column r a place in the window, and both are numbers in mixed base:

    m = (n*H2 + i)*W2 + j        r = (p*FW + q)*C + c        windows[m, r] = x[n, i*SH + p - PH, j*SW + q - PW, c]

or 0 where that pixel lies in the padding. Images are channels last, (N, H, W, C), and filters (K, FH, FW, C), so that
neighbours in r are neighbours in memory. The address of windows[m, r] is then a number of the row plus a number of the
column, and only whether the pixel exists has to be asked for each pair.

The gradients are matrix products of the same kind. By the filters, dfilters = dout^T @ windows. By the image, each
pixel gathers from the output places whose window covers it; `_grad_input_kernel` says which.

A program's three tile sizes are not part of the mathematics. Triton times a few on the first call with new sizes and
keeps the fastest. After that the same call does the same sums in the same order: nothing is added atomically.

Sources of the idea: Chetlur et al. 2014, "cuDNN: Efficient Primitives for Deep Learning", arXiv:1410.0759, section 3;
the tiled product is that of Triton's tutorial "Matrix Multiplication".
"""

import math
import os

import torch
import triton
import triton.language as tl

from .. import shapes

DTYPES = (torch.float16, torch.bfloat16, torch.float32)  # all are summed in float32
MOST = 2**31 - 2**10  # rows are numbered in 32 bits, the last tile's surplus ones included; addresses have 64
LEAST_SHARE = 256  # rows that a program of _grad_filters_kernel adds up at least

# What may be tried: rows, columns and depth of a tile's product, warps that share it, tiles of the loop in flight. True
# float32, which runs without tensor cores, has the tiles of depth 16; everything else has the others.
TILES = [
    (256, 128, 64, 8, 3),
    (128, 256, 64, 8, 3),
    (128, 128, 64, 8, 3),
    (128, 128, 32, 4, 4),
    (128, 64, 64, 4, 3),
    (64, 64, 32, 4, 4),
    (128, 32, 32, 4, 4),
    (64, 16, 64, 4, 3),
    (128, 16, 32, 4, 3),
    (128, 64, 16, 8, 2),
    (64, 64, 16, 4, 2),
    (128, 16, 16, 4, 2),
]
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"  # on the CPU, for tests: one tile size, nothing to time


def _tuned(first, columns, depth):
    """Let Triton choose among TILES, whose three sizes the kernel calls by these names."""
    tiles = [(32, 16, 32, 4, 1)] if INTERPRETED else TILES
    configs = [
        triton.Config({first: a, columns: b, depth: c}, num_warps=warps, num_stages=stages)
        for a, b, c, warps, stages in tiles
    ]

    def worth_trying(configs, named, **more):
        """Those that fit the sizes, the arithmetic and the chip's shared memory, which holds both factors."""
        given = {**named, **more}
        width = max(16, triton.next_power_of_2(given[columns[-1]]))  # BLOCK_K is at most K, BLOCK_C at most C
        device = torch.cuda.get_device_properties(given["image"].device)
        kept = []
        for config in configs:
            a, b, c = (config.kwargs[name] for name in (first, columns, depth))
            shared = (a + b) * c * given["image"].element_size() * config.num_stages
            fits = b <= width and shared <= device.shared_memory_per_block_optin
            if fits and (c == 16) == (given["PRECISION"] == "ieee"):
                kept.append(config)
        multiply_adds = math.prod(given[size] for size in ("SIZE", "K", "C", "FH", "FW"))
        return kept if multiply_adds > 2**22 else kept[-1:]  # so little is done before tiles could matter

    key = ["SIZE", "K", "C", "FH", "FW", "SH", "SW", "PRECISION"]
    prune = {"early_config_prune": worth_trying}
    return triton.autotune(configs, key=key, prune_configs_by=prune, cache_results=True)


# Sizes that change from call to call are plain arguments and leave the compiled kernel as it is; those marked
# tl.constexpr belong to the layer, and a kernel is compiled for each: dividing by a known number is cheap.
_jit = triton.jit(do_not_specialize=["N", "H", "W", "H2", "W2", "SIZE", "SHARE"])


@triton.jit
def _three(index, B, C):
    """a, b, c of index = (a*B + b)*C + c."""
    return index // (B * C), index // C % B, index % C


@triton.jit
def _windows(
    image, m, r, end, H, W, H2, W2,
    C: tl.constexpr, FH: tl.constexpr, FW: tl.constexpr,
    SH: tl.constexpr, SW: tl.constexpr, PH: tl.constexpr, PW: tl.constexpr,
):  # fmt: skip
    """The tile windows[m, r] of the im2col matrix, read from the image; 0 in the padding and from row `end` on."""
    n, i, j = _three(m, H2, W2)  # (BLOCK_M,) each: image n, output place (i, j)
    p, q, c = _three(r, FW, C)  # (BLOCK_R,) each: place (p, q) in the window, channel c
    top = tl.where(m < end, i * SH - PH, H)  # where the window begins; rows too many get one below the image
    left = j * SW - PW
    rows = image + ((n.to(tl.int64) * H + top) * W + left) * C  # address of the window's first number
    columns = (p * W + q) * C + c  # and how far from it the others lie
    h = top[:, None] + p[None, :]  # (BLOCK_M, BLOCK_R)
    w = left[:, None] + q[None, :]
    exists = (h >= 0) & (h < H) & (w >= 0) & (w < W) & (p < FH)[None, :]  # p = FH and more: columns too many
    return tl.load(rows[:, None] + columns[None, :], mask=exists, other=0.0)


@_tuned("BLOCK_M", "BLOCK_K", "BLOCK_R")
@_jit
def _forward_kernel(
    image, filters, out, N, H, W, H2, W2, SIZE, K,
    C: tl.constexpr, FH: tl.constexpr, FW: tl.constexpr,
    SH: tl.constexpr, SW: tl.constexpr, PH: tl.constexpr, PW: tl.constexpr,
    PRECISION: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_K: tl.constexpr, BLOCK_R: tl.constexpr,
):  # fmt: skip
    """out (M, K) = windows (M, R) @ filters^T (R, K); each program makes one (BLOCK_M, BLOCK_K) tile of out."""
    M, R = N * H2 * W2, FH * FW * C
    tiles_k = tl.cdiv(K, BLOCK_K)
    # Programs run roughly in order of their number, so that the tiles of the same windows are made side by side.
    m = tl.program_id(0) // tiles_k * BLOCK_M + tl.arange(0, BLOCK_M)
    k = tl.program_id(0) % tiles_k * BLOCK_K + tl.arange(0, BLOCK_K)
    total = tl.zeros((BLOCK_M, BLOCK_K), tl.float32)
    for start in range(0, R, BLOCK_R):
        r = start + tl.arange(0, BLOCK_R)
        window = _windows(image, m, r, M, H, W, H2, W2, C, FH, FW, SH, SW, PH, PW)  # (BLOCK_M, BLOCK_R)
        exists = (r < R)[:, None] & (k < K)[None, :]
        column = tl.load(filters + k[None, :] * R + r[:, None], mask=exists, other=0.0)  # (BLOCK_R, BLOCK_K)
        total = tl.dot(window, column, total, input_precision=PRECISION)
    places = out + m.to(tl.int64)[:, None] * K + k[None, :]  # (BLOCK_M, BLOCK_K)
    tl.store(places, total.to(out.dtype.element_ty), mask=(m < M)[:, None] & (k < K)[None, :])


@_tuned("BLOCK_M", "BLOCK_C", "BLOCK_R")
@_jit
def _grad_input_kernel(
    image, filters, dx, N, H, W, H2, W2, SIZE, C,
    K: tl.constexpr, FH: tl.constexpr, FW: tl.constexpr,
    SH: tl.constexpr, SW: tl.constexpr, PH: tl.constexpr, PW: tl.constexpr,
    PRECISION: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_C: tl.constexpr, BLOCK_R: tl.constexpr,
):  # fmt: skip
    """dx[n, h, w, c] = sum of dout[n, i, j, k] * filters[k, p, q, c] over h + PH = i*SH + p and w + PW = j*SW + q.

    `image` is dout (N, H2, W2, K). Only every SH-th p takes part: a, a + SH, a + 2*SH, ..., with a = (h + PH) % SH. So
    pixels are sorted into SH*SW phases (a, b); those of one phase meet the same part of the filter, at stride 1:

        p = a + u*SH,  i = (h + PH)//SH - u,  u = 0, 1, ...        q = b + v*SW,  j = (w + PW)//SW - v

    One product for each phase: its rows are pixels, its columns r = (u*UW + v)*K + k. Nothing is multiplied by a 0 that
    the stride put there, and a phase that no window covers gets 0 from a sum of nothing.
    """
    tile, phase, tile_c = _three(tl.program_id(0), SH * SW, tl.cdiv(C, BLOCK_C))
    a, b = phase // SW, phase % SW
    m, c = tile * BLOCK_M + tl.arange(0, BLOCK_M), tile_c * BLOCK_C + tl.arange(0, BLOCK_C)
    n, h, w = _three(m, tl.cdiv(H, SH), tl.cdiv(W, SW))  # (BLOCK_M,) each: the phase's pixels, every SH-th row ...
    h = h * SH + (a + PH * (SH - 1)) % SH  # ... from the first one for which (h + PH) % SH is a
    w = w * SW + (b + PW * (SW - 1)) % SW
    pixel = (n < N) & (h < H) & (w < W)
    i = tl.where(pixel, (h + PH) // SH, -1)  # the last window row with this pixel; none for rows too many
    j = (w + PW) // SW
    rows = image + ((n.to(tl.int64) * H2 + i) * W2 + j) * K
    UH, UW = tl.cdiv(FH - a, SH), tl.cdiv(FW - b, SW)  # the phase's part of the filter, possibly 0
    total = tl.zeros((BLOCK_M, BLOCK_C), tl.float32)
    for start in range(0, UH * UW * K, BLOCK_R):
        u, v, k = _three(start + tl.arange(0, BLOCK_R), UW, K)  # (BLOCK_R,) each
        up, across = i[:, None] - u[None, :], j[:, None] - v[None, :]  # (BLOCK_M, BLOCK_R)
        exists = (up >= 0) & (up < H2) & (across >= 0) & (across < W2) & (u < UH)[None, :]
        dout = tl.load(rows[:, None] + (k - (u * W2 + v) * K)[None, :], mask=exists, other=0.0)
        taps = filters + ((k * FH + a + u * SH) * FW + b + v * SW)[:, None] * C + c[None, :]  # (BLOCK_R, BLOCK_C)
        column = tl.load(taps, mask=(u < UH)[:, None] & (c < C)[None, :], other=0.0)
        total = tl.dot(dout, column, total, input_precision=PRECISION)
    places = dx + ((n.to(tl.int64) * H + h) * W + w)[:, None] * C + c[None, :]  # (BLOCK_M, BLOCK_C)
    tl.store(places, total.to(dx.dtype.element_ty), mask=pixel[:, None] & (c < C)[None, :])


@_tuned("BLOCK_R", "BLOCK_K", "BLOCK_M")
@_jit
def _grad_filters_kernel(
    image, dout, parts, N, H, W, H2, W2, SIZE, SHARE, K,
    C: tl.constexpr, FH: tl.constexpr, FW: tl.constexpr,
    SH: tl.constexpr, SW: tl.constexpr, PH: tl.constexpr, PW: tl.constexpr,
    PRECISION: tl.constexpr, BLOCK_R: tl.constexpr, BLOCK_K: tl.constexpr, BLOCK_M: tl.constexpr,
):  # fmt: skip
    """parts[s] (K, R) = dout^T (K, M) @ windows (M, R), summed over the s-th SHARE of the M rows only.

    The result is small and the sum long: were each tile one program, most of the chip would idle. So the rows are
    shared out, and the caller adds the parts up, always in the same order.
    """
    M, R = N * H2 * W2, FH * FW * C
    tiles_r = tl.cdiv(R, BLOCK_R)
    k = tl.program_id(0) // tiles_r * BLOCK_K + tl.arange(0, BLOCK_K)
    r = tl.program_id(0) % tiles_r * BLOCK_R + tl.arange(0, BLOCK_R)
    part = tl.program_id(1)
    end = tl.minimum(part * SHARE + SHARE, M)
    total = tl.zeros((BLOCK_K, BLOCK_R), tl.float32)
    for start in range(part * SHARE, end, BLOCK_M):
        m = start + tl.arange(0, BLOCK_M)
        window = _windows(image, m, r, end, H, W, H2, W2, C, FH, FW, SH, SW, PH, PW)  # (BLOCK_M, BLOCK_R)
        exists = (k < K)[:, None] & (m < end)[None, :]
        row = tl.load(dout + m.to(tl.int64)[None, :] * K + k[:, None], mask=exists, other=0.0)  # (BLOCK_K, BLOCK_M)
        total = tl.dot(row, window, total, input_precision=PRECISION)
    places = parts + (part * K + k).to(tl.int64)[:, None] * R + r[None, :]  # (BLOCK_K, BLOCK_R)
    tl.store(places, total, mask=(k < K)[:, None] & (r < R)[None, :])


def fits(x, w, stride, padding):
    """Whether the kernels can do this convolution: a dtype of theirs, and no more rows and numbers than they count.

    >>> fits(torch.ones(1, 3, 8, 8), torch.ones(4, 3, 3, 3), 1, 0), fits(torch.ones(1).double(), torch.ones(1), 1, 0)
    (True, False)
    """
    if x.dtype not in DTYPES or w.numel() > MOST:
        return False
    N, K, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, None, stride, padding)
    return max(N * H2 * W2, x[:, 0].numel(), x[0:1].numel(), w.shape[2] * W2 * K) <= MOST


def correlate(x, w, stride, padding):
    """x (N, C, H, W), w (K, C, FH, FW) -> out (N, K, H2, W2), channels last in memory."""
    N, K, H2, W2 = shapes.conv2d_shape(x.shape, w.shape, None, stride, padding)
    image, filters, out = _channels_last(x), _channels_last(w), x.new_empty((N, H2, W2, K))

    def programs(tile):
        return (triton.cdiv(N * H2 * W2, tile["BLOCK_M"]) * triton.cdiv(K, tile["BLOCK_K"]),)

    _launch(_forward_kernel, programs, image, filters, out, **_numbers(x, w, stride, padding, C=image.shape[3]))
    return out.permute(0, 3, 1, 2)


def correlate_backward(dout, x, w, stride, padding):
    """dout (N, K, H2, W2) -> dx like x, dw like w, channels last in memory."""
    dout = dout.permute(0, 2, 3, 1).contiguous()  # (N, H2, W2, K)
    return _grad_input(dout, x, w, stride, padding), _grad_filters(dout, x, w, stride, padding)


def _grad_input(dout, x, w, stride, padding):
    (N, C, H, W), (SH, SW) = x.shape, shapes.pair("stride", stride, at_least=1)
    filters, dx = w.permute(0, 2, 3, 1).contiguous(), x.new_empty((N, H, W, C))
    pixels = N * triton.cdiv(H, SH) * triton.cdiv(W, SW)  # of one phase

    def programs(tile):
        return (triton.cdiv(pixels, tile["BLOCK_M"]) * SH * SW * triton.cdiv(C, tile["BLOCK_C"]),)

    _launch(_grad_input_kernel, programs, dout, filters, dx, **_numbers(x, w, stride, padding, C))
    return dx.permute(0, 3, 1, 2)


def _grad_filters(dout, x, w, stride, padding):
    (N, H2, W2, K), (_, C, FH, FW), image = dout.shape, w.shape, _channels_last(x)
    M, R = N * H2 * W2, FH * FW * image.shape[3]
    share = _share(M, triton.cdiv(R, 128) * triton.cdiv(K, 64), x.device)
    parts = x.new_empty((triton.cdiv(M, share), K, FH, FW, image.shape[3]), dtype=torch.float32)

    def programs(tile):
        return triton.cdiv(R, tile["BLOCK_R"]) * triton.cdiv(K, tile["BLOCK_K"]), len(parts)

    numbers = _numbers(x, w, stride, padding, C=image.shape[3])
    _launch(_grad_filters_kernel, programs, image, dout, parts, SHARE=share, **numbers)
    return parts.sum(dim=0)[..., :C].to(w.dtype).permute(0, 3, 1, 2)


def _share(rows, tiles, device):
    """How many of the rows each program of _grad_filters_kernel adds up: four programs a processor, if rows suffice.

    >>> _share(rows=100_000, tiles=2, device=torch.device("cpu"))        # one processor: 2 tiles, each in 2 parts
    50176
    """
    processors = torch.cuda.get_device_properties(device).multi_processor_count if device.type == "cuda" else 1
    parts = max(1, 4 * processors // tiles)
    return max(LEAST_SHARE, triton.cdiv(triton.cdiv(rows, parts), LEAST_SHARE) * LEAST_SHARE)


def _launch(kernel, programs, image, *tensors, **numbers):
    if len(image):  # no images, no programs: an output then has no numbers either, or is a sum of no parts
        with torch.cuda.device_of(image):  # Triton runs on the current device, which need not be the tensors' own
            kernel[programs](image, *tensors, **numbers)


def _numbers(x, w, stride, padding, C):
    """The kernels' arguments that are no tensors; C counts the channels as they lie in memory."""
    (N, K, H2, W2), (H, W) = shapes.conv2d_shape(x.shape, w.shape, None, stride, padding), x.shape[2:]
    (SH, SW), (PH, PW) = shapes.pair("stride", stride, at_least=1), shapes.pair("padding", padding, at_least=0)
    size = triton.next_power_of_2(N * H2 * W2)  # a batch of nearly the same size keeps the tiles that were chosen
    # Torch's own setting for products of float32. Half precision has one way only, and this is not asked.
    tensor_cores = x.dtype != torch.float32 or torch.backends.cuda.matmul.fp32_precision == "tf32"
    return dict(
        N=N, H=H, W=W, H2=H2, W2=W2, SIZE=size, K=K, C=C, FH=w.shape[2], FW=w.shape[3], SH=SH, SW=SW, PH=PH, PW=PW,
        PRECISION="tf32" if tensor_cores else "ieee",
    )  # fmt: skip


def _channels_last(t):
    """(A, C, H, W) -> (A, H, W, C) without gaps; a copy, unless it lies so already.

    An odd C, other than 1, gets a channel of zeros: numbers in half precision reach the chip two at a time.

    >>> _channels_last(torch.ones(2, 6, 5, 5)).shape, _channels_last(torch.ones(2, 3, 5, 5)).shape
    (torch.Size([2, 5, 5, 6]), torch.Size([2, 5, 5, 4]))
    """
    A, C, H, W = t.shape
    if C == 1 or C % 2 == 0:
        return t.permute(0, 2, 3, 1).contiguous()
    even = t.new_zeros((A, H, W, C + 1))
    even[..., :C] = t.permute(0, 2, 3, 1)
    return even
