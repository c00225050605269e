"""The Triton kernels: interpreted on the CPU, compiled for two GPUs, and run on a GPU where there is one."""

import importlib.util
import subprocess
import sys
import types
from unittest import mock

import interpreted
import pytest
import torch
import torch.nn.functional as F
from commands import run
from engines import no_cuda
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkit import layers, shapes
from cnnkit.layers import gpu

needs_triton = pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton is not installed")


def on_cuda(test):
    return pytest.mark.gpu(no_cuda(needs_triton(test)))


CASES = {
    "rectangular": ((2, 3, 9, 8), (5, 3, 3, 2), 1, 0),
    "padded": ((2, 3, 6, 5), (4, 3, 3, 3), 1, 1),
    "padded more than the filter": ((1, 2, 3, 3), (2, 2, 2, 2), 1, 3),
    "pairs": ((2, 4, 9, 7), (5, 4, 3, 2), (2, 1), (1, 2)),
    "1x1": ((2, 18, 5, 5), (17, 18, 1, 1), 1, 0),
    "stride beyond the filter": ((1, 2, 9, 12), (3, 2, 1, 2), (4, 3), (0, 1)),
    "stride beyond the image": ((3, 2, 3, 2), (2, 2, 3, 2), 5, 0),
    "a filter that strides do not divide": ((1, 3, 19, 19), (6, 3, 11, 11), 4, 0),
    "many channels": ((1, 70, 5, 6), (37, 70, 3, 3), 1, 1),
    "one channel": ((2, 1, 12, 12), (6, 1, 5, 5), 1, 2),
    "one of everything": ((1, 1, 1, 1), (1, 1, 1, 1), 1, 0),
    "a row": ((2, 2, 1, 40), (3, 2, 1, 5), 1, (0, 2)),
    "no images": ((0, 3, 5, 5), (4, 3, 3, 3), 1, 1),
    "no images, strided": ((0, 2, 5, 7), (4, 2, 3, 3), 2, 0),
}


@pytest.fixture(scope="module")
def interpreter():
    """Call a function of `interpreted` in the process that interprets kernels."""
    with interpreted.pool() as pool:
        yield lambda function, *args: pool.submit(function, *args).result(timeout=120)


@needs_triton
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_forward_and_gradients(interpreter, case, dtype):
    assert interpreter(interpreted.wrong, *case, dtype) == {}


@needs_triton
@pytest.mark.parametrize("layout", interpreted.LAYOUTS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_layout_in_memory(interpreter, layout, channels):
    case = (2, channels, 7, 5), (3, channels, 3, 3), 2, 1
    assert interpreter(interpreted.wrong, *case, "float32", layout) == {}


@st.composite
def convolutions(draw):
    small, batch = st.integers(1, 4), st.integers(0, 3)
    FH, FW, SH, SW, H2, W2 = (draw(small) for _ in range(6))
    PH, PW = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    H, W = (H2 - 1) * SH + FH - 2 * PH, (W2 - 1) * SW + FW - 2 * PW
    PH, H = (PH, H) if H > 0 else (0, H + 2 * PH)
    PW, W = (PW, W) if W > 0 else (0, W + 2 * PW)
    C, K = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    return (draw(batch), C, H, W), (K, C, FH, FW), (SH, SW), (PH, PW)


@needs_triton
@settings(max_examples=40, deadline=None)
@given(case=convolutions(), layout=st.sampled_from(interpreted.LAYOUTS))
def test_drawn_convolutions(interpreter, case, layout):
    assert interpreter(interpreted.wrong, *case, "float32", layout) == {}


@needs_triton
def test_the_gpu_engine_with_its_kernels(interpreter):
    """Bias, autograd and kernels together compute what unfold and matmul compute."""
    x, w, _ = interpreted.case((2, 3, 6, 5), (4, 3, 3, 2), 1, 1, "float32", interpreted.as_is)
    leaves = [t.requires_grad_() for t in (x, w, torch.arange(4.0))]
    out = gpu.conv2d(*leaves, padding=1)
    (out * out).sum().backward()
    assert interpreter(interpreted.through_autograd) == [out.tolist(), *(leaf.grad.tolist() for leaf in leaves)]


@needs_triton
def test_the_same_call_gives_the_same_bits(interpreter):
    assert interpreter(interpreted.twice_the_same)


@needs_triton
def test_what_is_not_a_number_stays_in_its_windows(interpreter):
    """Also where a tile reaches beyond the window, and 0 times what lies there would be no number."""
    assert interpreter(interpreted.not_a_number, 1, 1) == [[True, False], [False, False]]
    assert interpreter(interpreted.not_a_number, 2, 1) == [[False, False], [True, False]]


@needs_triton
def test_without_images_nothing_is_launched():
    """No interpreter here, and these tensors are not on a GPU: a launch would fail."""
    from cnnkit.layers import triton_conv

    x, w = torch.ones(0, 3, 5, 5), torch.ones(4, 3, 3, 3)
    assert triton_conv.correlate(x, w, 1, 0).shape == (0, 4, 3, 3)
    dx, dw = triton_conv.correlate_backward(torch.ones(0, 4, 3, 3), x, w, 1, 0)
    assert dx.shape == x.shape
    assert torch.equal(dw, torch.zeros(4, 3, 3, 3))


def cuda_tensor(**more):
    """What _kernels asks of a tensor, without a GPU to put it on."""
    return types.SimpleNamespace(is_cuda=True, device=torch.device("cuda", 0), **more)


@pytest.mark.parametrize(
    ("capability", "version"), [((7, 5), "13.0"), ((9, 4), None)], ids=["an older GPU", "not Nvidia's"]
)
def test_other_gpus_unfold(capability, version):
    with (
        mock.patch("torch.cuda.get_device_capability", lambda _: capability),
        mock.patch("torch.version.cuda", version),
    ):
        assert gpu._kernels(cuda_tensor(), None, 1, 0) is None


def test_without_triton_a_gpu_unfolds(monkeypatch):
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda _: (9, 0))
    monkeypatch.setattr("torch.version.cuda", "13.0")
    monkeypatch.setitem(sys.modules, "triton", None)
    monkeypatch.delitem(sys.modules, "cnnkit.layers.triton_conv", raising=False)  # as if never imported
    monkeypatch.delattr(layers, "triton_conv", raising=False)
    assert gpu._kernels(cuda_tensor(), None, 1, 0) is None


def test_on_the_cpu_triton_is_not_imported():
    code = (
        "import sys; sys.modules['triton'] = None; import torch; from cnnkit.layers import gpu\n"
        "print(gpu.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2)).sum().item())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "16.0"


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU to measure is here")
def test_without_a_gpu_the_benchmark_says_what_it_needs_and_writes_nothing():
    done = run("python", "benchmarks/gpu.py", check=False)
    assert done.returncode == 1
    assert "needs an Nvidia GPU of compute capability 8.0 or newer" in done.stderr
    assert "finds no CUDA device here" in done.stderr
    assert done.stdout == ""


@needs_triton
def test_what_the_kernels_are_not_for():
    from cnnkit.layers import triton_conv

    x, w = torch.ones(1, 3, 8, 8), torch.ones(4, 3, 3, 3)
    assert triton_conv.fits(x.bfloat16(), w.bfloat16(), 1, 0)
    assert not triton_conv.fits(x.double(), w.double(), 1, 0)
    huge = torch.ones(1, dtype=torch.float16).expand(2**15, 1, 2**8, 2**8)  # 2**31 pixels in two bytes of memory
    assert not triton_conv.fits(huge, w[:, :1].half(), 1, 1)
    tall = torch.ones(1).expand(1, 1, 4000, 1000), torch.ones(1).expand(1024, 1, 4000, 1)
    assert not triton_conv.fits(*tall, 1, 0)  # dout under such a filter would be 4000 rows of 1000*1024 numbers


@pytest.fixture
def matmul_precision():
    """Set Torch's precision of float32 products, for one test."""
    before = torch.backends.cuda.matmul.fp32_precision
    yield lambda wanted: setattr(torch.backends.cuda.matmul, "fp32_precision", wanted)
    torch.backends.cuda.matmul.fp32_precision = before


@needs_triton
@pytest.mark.parametrize("wanted", ["ieee", "tf32"])
def test_float32_is_multiplied_as_the_user_set(wanted, matmul_precision):
    from cnnkit.layers import triton_conv

    matmul_precision(wanted)
    x, w = torch.ones(1, 3, 8, 8), torch.ones(4, 3, 3, 3)
    assert triton_conv._numbers(x, w, 1, 0, C=4)["PRECISION"] == wanted


@needs_triton
@pytest.mark.parametrize("shared", [99, 163, 227], ids=lambda kib: f"{kib}KiB")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    "case", [((1, 1, 3, 3), (1, 1, 3, 3)), ((32, 3, 32, 32), (10, 3, 5, 5)), ((32, 256, 9, 9), (512, 256, 3, 3))]
)
def test_tiles_are_tried_only_where_they_fit(case, dtype, shared, matmul_precision):
    """Some always remain; the shared memory suffices; no tile is wider than the product; true float32 has its own."""
    from cnnkit.layers import triton_conv

    x, w = (torch.ones(shape, dtype=dtype) for shape in case)
    device = types.SimpleNamespace(shared_memory_per_block_optin=shared * 1024)
    for kernel in (triton_conv._forward_kernel, triton_conv._grad_input_kernel, triton_conv._grad_filters_kernel):
        for precision in ("ieee", "tf32"):
            matmul_precision(precision)
            numbers = triton_conv._numbers(x, w, 1, 0, C=w.shape[1])
            with mock.patch("torch.cuda.get_device_properties", lambda _: device):
                tried = kernel.early_config_prune(kernel.configs, {"image": x}, **numbers)
            assert tried
            shallow = dtype == torch.float32 and precision == "ieee"
            for config in tried:
                first, columns, depth = config.kwargs.values()
                assert columns <= max(16, 2 * (numbers["C"] if "BLOCK_C" in config.kwargs else numbers["K"]))
                assert (first + columns) * depth * x.element_size() * config.num_stages <= shared * 1024
                assert (depth == 16) == shallow


def compiled(kernel, dtype, tile, capability):
    """The kernel compiled for a GPU that need not be here."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    sizes, (warps, stages) = dict(zip(kernel.configs[0].kwargs, tile[:3], strict=True)), tile[3:]
    known = dict(C=64, K=64, FH=3, FW=3, SH=2, SW=2, PH=1, PW=1, **sizes)
    known["PRECISION"] = "ieee" if tile[2] == 16 else "tf32"
    pointers = dict.fromkeys(("image", "filters", "dout", "out", "dx"), f"*{dtype}") | {"parts": "*fp32"}
    parameters = {p.name: p for p in kernel.fn.params}
    constants = {name: known[name] for name, p in parameters.items() if p.is_constexpr}
    signature = {name: "constexpr" if name in constants else pointers.get(name, "i32") for name in parameters}
    aligned = {(i,): [["tt.divisibility", 16]] for i, name in enumerate(parameters) if name in pointers}
    source = ASTSource(kernel.fn, signature, constants, aligned)
    target, options = GPUTarget("cuda", capability, 32), {"num_warps": warps, "num_stages": stages}
    return triton.compile(source, target=target, options=options)


@needs_triton
@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize("dtype", ["bf16", "fp32"])
@pytest.mark.parametrize("name", ["_forward_kernel", "_grad_input_kernel", "_grad_filters_kernel"])
def test_the_kernels_compile_to_tensor_core_code(name, dtype, capability, monkeypatch, tmp_path):
    """With copies that fly while the tensor cores multiply, and within the shared memory of a small GPU."""
    from cnnkit.layers import triton_conv

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    done = compiled(getattr(triton_conv, name), dtype, (64, 64, 32, 4, 4), capability)
    assert done.metadata.shared <= 99 * 1024
    assert ("wgmma.mma_async" if capability == 90 else "mma.sync") in done.asm["ptx"]
    assert "cp.async" in done.asm["ptx"]


# ---------------------------------------------------------------------------------------------- on a CUDA device


REAL = {
    "lecture": ((32, 3, 32, 32), (10, 3, 5, 5), 1, 2),
    "alexnet": ((4, 3, 227, 227), (96, 3, 11, 11), 4, 0),
    "lenet": ((128, 6, 14, 14), (16, 6, 5, 5), 1, 0),
    "vgg": ((4, 256, 28, 28), (512, 256, 3, 3), 1, 1),
    "1x1": ((32, 64, 28, 28), (64, 64, 1, 1), 1, 0),
    "resnet": ((8, 64, 57, 57), (128, 64, 3, 3), 2, 1),
}


def on_the_gpu(case, dtype, layout=interpreted.as_is):
    x, w, dout = interpreted.case(*case, dtype, layout, device="cuda")
    assert gpu._kernels(x, w, *case[2:]) is not None
    x, w = x.requires_grad_(), w.requires_grad_()
    out = gpu.conv2d(x, w, None, *case[2:])
    return out, *torch.autograd.grad(out, (x, w), dout)


def assert_as_in_float64(got, case, dtype, layout):
    x, w, dout = (t.double() for t in interpreted.case(*case, dtype, layout, device="cuda"))
    x, w = x.requires_grad_(), w.requires_grad_()
    want = F.conv2d(x, w, None, *case[2:])
    for mine, right in zip(got, (want, *torch.autograd.grad(want, (x, w), dout)), strict=True):
        assert torch.equal(mine, right.to(mine.dtype))


each_layer = pytest.mark.parametrize("case", REAL.values(), ids=REAL.keys())


@on_cuda
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("case", [*CASES.values(), *REAL.values()], ids=[*CASES, *REAL])
@pytest.mark.parametrize("layout", interpreted.LAYOUTS[:2])
def test_on_cuda_forward_and_gradients(case, dtype, layout):
    """Whole numbers: every sum is exact, so the answer is float64's, rounded once; and again the same."""
    got = on_the_gpu(case, dtype, layout)
    assert_as_in_float64(got, case, dtype, layout)
    for first, second in zip(got, on_the_gpu(case, dtype, layout), strict=True):
        assert torch.equal(first, second)


@on_cuda
@each_layer
def test_on_cuda_in_tensor_float32(case, matmul_precision):
    matmul_precision("tf32")
    assert_as_in_float64(on_the_gpu(case, "float32"), case, "float32", interpreted.as_is)


@on_cuda
@each_layer
@pytest.mark.parametrize(("dtype", "close"), [("float32", 1e-5), ("float16", 2e-3), ("bfloat16", 1e-2)])
def test_on_cuda_close_to_float64(case, dtype, close):
    """Where numbers are not whole, the error stays within the dtype's rounding, relative to the largest."""
    x_shape, w_shape, stride, padding = case
    generator = torch.Generator("cuda").manual_seed(1)
    x, w, dout = (
        torch.randn(shape, generator=generator, device="cuda").to(getattr(torch, dtype))
        for shape in (x_shape, w_shape, shapes.conv2d_shape(x_shape, w_shape, None, stride, padding))
    )
    got = gpu.conv2d(x, w, None, stride, padding), *gpu.conv2d_backward(dout, x, w, stride, padding)[:2]
    x, w = (t.double().requires_grad_() for t in (x, w))
    want = F.conv2d(x, w, None, stride, padding)
    for mine, right in zip(got, (want, *torch.autograd.grad(want, (x, w), dout.double())), strict=True):
        assert (mine.double() - right).abs().max() <= close * right.abs().max()


@on_cuda
def test_on_cuda_float64_unfolds_and_passes_the_gradient_check():
    x, w = (torch.randn(s, dtype=torch.float64, device="cuda").requires_grad_() for s in [(2, 2, 5, 7), (3, 2, 3, 3)])
    assert gpu._kernels(x, w, 2, 1) is None
    assert torch.autograd.gradcheck(lambda x, w: gpu.conv2d(x, w, stride=2, padding=1), (x, w))


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, no_cuda])])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_network_trains(dtype, device):
    """Horizontal or vertical stripes, by a convolution, a pool and a linear layer; in half precision, too."""
    generator = torch.Generator().manual_seed(7)
    labels = torch.arange(64) % 2
    x, w1, w2 = (torch.randn(s, generator=generator) * 0.2 for s in [(64, 1, 8, 8), (4, 1, 3, 3), (2, 36)])
    x[labels == 0, :, ::2] += 1
    x[labels == 1, :, :, ::2] += 1
    x, labels, losses = x.to(device, dtype), labels.to(device), []
    parameters = [w.to(device, dtype).requires_grad_() for w in (w1, w2)]
    optimiser = torch.optim.SGD(parameters, lr=0.2)
    for _ in range(40):
        hidden = gpu.max_pool2d(gpu.relu(gpu.conv2d(x, parameters[0])), 2)
        loss = gpu.softmax_cross_entropy(gpu.linear(hidden, parameters[1]).float(), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[0] > 0.5
    assert losses[-1] < 0.1
