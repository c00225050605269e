"""Networks: the published tables, gradients, and the same numbers on every engine."""

import io
import math
import platform
import subprocess
import sys
from contextlib import redirect_stdout
from types import SimpleNamespace

import numpy as np
import pytest

from cnnkit import data, networks, shapes
from cnnkit.layers import fast, naive
from cnnkit.networks import (
    C3_TABLE,
    AvgPool2d,
    Conv2d,
    Linear,
    MaxPool2d,
    Network,
    RadialBasis,
    ReLU,
    ScaledTanh,
    SparseConv2d,
    Subsample,
)


def images(shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def rows(network, shape):
    """The rows of a table that have a name or parameters: {name: (output size, parameters, connections)}."""
    return {name: (size, count, links) for name, _, size, count, _, links in networks.table(network, shape)}


# ------------------------------------------------------------------------------------- the two tables


def test_lenet5_1998_is_the_published_network():
    """LeCun et al. 1998, section II-B, layer by layer."""
    published = {
        "C1": ((6, 28, 28), 156, 122_304),
        "S2": ((6, 14, 14), 12, 5_880),
        "C3": ((16, 10, 10), 1_516, 151_600),
        "S4": ((16, 5, 5), 32, 2_000),
        "C5": ((120, 1, 1), 48_120, 48_120),
        "F6": ((84,), 10_164, 10_164),
        "out": ((10,), 0, 840),
    }
    network = networks.lenet5_1998()
    found = rows(network, (1, 32, 32))
    assert {name: found[name] for name in published} == published
    assert all(count == links == 0 for name, (_, count, links) in found.items() if name not in published)
    assert network.parameter_count == sum(p.size for p in network.parameters) == 60_000
    assert sum(links for _, _, links in found.values()) == 340_908


def test_c3_table_has_the_papers_structure():
    """Every contiguous triple and quadruple (in a ring), three more quadruples, and one filter that sees all."""
    ring = [tuple(sorted((start + i) % 6 for i in range(n))) for n in (3, 4) for start in range(6)]
    assert sorted(C3_TABLE[:12]) == sorted(ring)
    assert all(len(row) == 4 and row not in ring for row in C3_TABLE[12:15])
    assert C3_TABLE[15] == (0, 1, 2, 3, 4, 5)
    assert len(set(C3_TABLE)) == 16 and sum(map(len, C3_TABLE)) == 60
    # every map of S2 goes to ten of the sixteen
    assert [sum(c in row for row in C3_TABLE) for c in range(6)] == [10] * 6


def test_modern_lenet5():
    network = networks.lenet5()
    assert network.parameter_count == sum(p.size for p in network.parameters) == 61_706
    table = networks.table(network, (1, 28, 28))
    assert [row[2] for row in table if row[3]] == [(6, 28, 28), (16, 10, 10), (120,), (84,), (10,)]
    assert [row[3] for row in table if row[3]] == [156, 2_416, 48_120, 10_164, 850]
    assert sum(row[4] for row in table) == 416_520
    assert table[0][4] == shapes.conv_multiply_adds((1, 28, 28), 6, 5, padding=2) == 117_600


def test_modern_lenet5_is_what_torch_computes():
    torch = pytest.importorskip("torch")
    network = networks.lenet5(seed=3)
    nn = torch.nn
    theirs = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    with torch.no_grad():
        for p, q in zip(theirs.parameters(), network.parameters, strict=True):
            p.copy_(torch.from_numpy(q))
    x, y = images((4, 1, 28, 28), dtype=np.float32), np.array([0, 3, 9, 3])
    loss, scores = network.loss(x, y)
    want = theirs(torch.from_numpy(x))
    want_loss = nn.functional.cross_entropy(want, torch.from_numpy(y))
    want_loss.backward()
    np.testing.assert_allclose(scores, want.detach().numpy(), atol=1e-4)
    assert loss == pytest.approx(want_loss.item(), abs=1e-5)
    for p, dp in zip(theirs.parameters(), network.gradients, strict=True):
        np.testing.assert_allclose(dp, p.grad.numpy(), atol=1e-4)


def test_summary_prints_the_table():
    out = io.StringIO()
    with redirect_stdout(out):
        networks.summary(networks.lenet5_1998(), (1, 32, 32))
    lines = out.getvalue().splitlines()
    assert lines[2].split() == ["C1", "conv", "6", "@", "5x5", "6x28x28", "156", "117,600"]
    assert lines[-1].split() == ["total", "60,000", "328,096"]
    assert len({len(line) for line in lines if line.endswith(tuple("0123456789")) and "input" not in line}) == 1
    assert not any(line != line.rstrip() for line in lines)
    assert max(map(len, lines)) <= 79


def test_a_table_needs_no_arrays():
    """VGG's first fully connected layer: over a hundred million weights, counted and not made."""
    layers = [MaxPool2d(2), Linear(512 * 7 * 7, 4096)]
    assert networks.table(layers, (512, 14, 14))[1][2:5] == ((4096,), 102_764_544, 102_760_448)


def test_a_table_of_layers_that_do_not_fit_says_so():
    with pytest.raises(ValueError, match="is not a whole number"):
        networks.table([Conv2d(1, 2, 3, stride=3)], (1, 7, 7))
    with pytest.raises(ValueError, match=r"\(16, 5, 5\) is 400 numbers, not 256"):
        networks.table([Linear(256, 10)], (16, 5, 5))


# ----------------------------------------------------------------------------------------- gradients


def numeric_gradient(f, array, places, h=1e-5):
    """Central differences of f() by array[places]."""
    found = []
    for place in places:
        kept = array[place]
        array[place] = kept + h
        above = f()
        array[place] = kept - h
        below = f()
        array[place] = kept
        found.append((above - below) / (2 * h))
    return np.array(found)


def check_gradients(network, x, y, at_most=25):
    """Compare backward with central differences: by up to `at_most` numbers of every parameter, and by the input."""
    network.loss(x, y)
    scores, engine = network.forward(x), network.engine
    dx = network.backward(engine.softmax_cross_entropy_backward(scores, y))
    analytic = [*(g.copy() for g in network.gradients), dx.copy()]
    assert [g.shape for g in analytic] == [*(p.shape for p in network.parameters), x.shape]
    generator = np.random.default_rng(5)
    for array, gradient in zip([*network.parameters, x], analytic, strict=True):
        flat = generator.permutation(array.size)[:at_most]
        places = [np.unravel_index(i, array.shape) for i in flat]
        numeric = numeric_gradient(lambda: network.engine.softmax_cross_entropy(network.forward(x), y), array, places)
        np.testing.assert_allclose([gradient[p] for p in places], numeric, rtol=1e-5, atol=1e-8)


SMALL = {  # the side of the input, which has two channels, and the layers
    "conv": (7, [Conv2d(2, 3, 3, stride=2, padding=1), ReLU(), Linear(3 * 4 * 4, 4)]),
    "max pool": (6, [Conv2d(2, 3, 3), MaxPool2d(2), Linear(3 * 2 * 2, 4)]),
    "overlapping max pool": (7, [MaxPool2d(3, stride=2), Linear(2 * 3 * 3, 4)]),
    "average pool": (7, [Conv2d(2, 3, 3), AvgPool2d(3, stride=1), Linear(3 * 3 * 3, 4)]),
    "subsample": (7, [Conv2d(2, 3, 2), Subsample(3), ScaledTanh(), Linear(3 * 3 * 3, 4)]),
    "sparse conv": (7, [SparseConv2d(2, 3, 3, padding=1, stride=2, table=((0,), (1,), (0, 1))), Linear(48, 4)]),
    "radial basis": (7, [Linear(2 * 49, 6), ScaledTanh(), RadialBasis(np.sign(images((4, 6), 1)))]),
}


@pytest.mark.parametrize("name", SMALL)
def test_gradients_of_every_layer(name):
    side, layers = SMALL[name]
    network = Network(layers, dtype=np.float64, seed=2)
    for p in network.parameters:  # biases too, away from zero
        p += 0.1
    check_gradients(network, images((3, 2, side, side)), np.array([0, 3, 1]))


def test_gradients_of_lenet5():
    check_gradients(networks.lenet5(dtype=np.float64), images((2, 1, 28, 28)), np.array([4, 9]), at_most=8)


def test_gradients_of_lenet5_1998():
    check_gradients(networks.lenet5_1998(dtype=np.float64), images((2, 1, 32, 32)), np.array([4, 9]), at_most=8)


# ------------------------------------------------------------------------------ the layers of 1998


@pytest.mark.parametrize("engine", ["naive", "fast"])
@pytest.mark.parametrize(
    "first",
    [
        Conv2d(3, 4, 3, stride=2, padding=1),
        Conv2d(3, 4, 1),
        SparseConv2d(3, 3, 3, table=((0,), (1, 2), (0, 1, 2))),
        Linear(75, 6),
    ],
    ids=str,
)
def test_loss_leaves_the_gradients_that_backward_leaves(first, engine):
    """It spares the first layer the gradient by the images, and no parameter anything."""
    sizes = first.output_shape((3, 5, 5))
    network = Network([first, ScaledTanh(), Linear(math.prod(sizes), 3)], seed=1, dtype=np.float64, engine=engine)
    x, y = np.random.default_rng(0).normal(size=(4, 3, 5, 5)), np.array([0, 1, 2, 1])
    network.loss(x, y)
    spared = network.gradients
    dx = network.backward(network.engine.softmax_cross_entropy_backward(network.forward(x), y))
    assert dx.shape == x.shape
    for got, want in zip(spared, network.gradients, strict=True):
        assert np.abs(want).max() > 0
        np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library decides what memory it keeps")
def test_training_does_not_give_its_memory_back_at_every_step():
    """A page fault every 4 KiB would cost LeNet-5 a sixth of its speed."""
    program = """
import resource, numpy as np
from cnnkit import networks
network, x, y = networks.lenet5(seed=0), np.ones((32, 1, 28, 28), np.float32), np.arange(32) % 10
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10): network.loss(x, y)
before = faults()
for _ in range(50): network.loss(x, y)
print((faults() - before) / 50)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(ran.stdout) < 30


def test_subsample_by_hand():
    layer = Subsample(1)
    layer.parameters = [np.array([0.5]), np.array([-1.0])]
    x = np.array([[[[1.0, 2.0, 0.0, 0.0], [3.0, 4.0, 0.0, 8.0]]]])
    np.testing.assert_allclose(layer.forward(x, fast), [[[[0.5 * 10 - 1, 0.5 * 8 - 1]]]])


def test_scaled_tanh_keeps_one_at_one():
    squash = ScaledTanh()
    np.testing.assert_allclose(squash.forward(np.array([-1.0, 0.0, 1.0]), fast), [-1, 0, 1], atol=1e-4)
    assert squash.forward(np.array([100.0]), fast)[0] == pytest.approx(1.7159)


def test_radial_basis_by_hand():
    layer = RadialBasis(np.array([[1.0, -1.0], [1.0, 1.0]]))
    np.testing.assert_allclose(layer.forward(np.array([[1.0, -1.0], [0.0, 0.5]]), fast), [[0, -4], [-3.25, -1.25]])


def test_sparse_conv_sees_only_its_table():
    layer = SparseConv2d(3, 2, 3, table=((0,), (1, 2)))
    Network([layer], dtype=np.float64, seed=1)
    x = images((1, 3, 5, 5))
    before = layer.forward(x, fast)
    x[:, 0] += 1
    after = layer.forward(x, fast)
    assert (before[:, 0] != after[:, 0]).all() and (before[:, 1] == after[:, 1]).all()


def test_sparse_conv_with_a_full_table_is_a_convolution():
    sparse = SparseConv2d(2, 3, 3, table=((0, 1),) * 3)
    Network([sparse], dtype=np.float64, seed=1)
    x = images((2, 2, 5, 5))
    want = fast.conv2d(x, sparse.parameters[0].reshape(3, 2, 3, 3), sparse.parameters[1])
    np.testing.assert_allclose(sparse.forward(x, fast), want)


@pytest.mark.parametrize("table", [((0,),), ((0,), (3,)), ()])
def test_sparse_conv_refuses_a_table_that_does_not_fit(table):
    with pytest.raises(ValueError, match="a row of maps 0..2 for each of 2 filters"):
        SparseConv2d(3, 2, 3, table=table)


def test_initial_weights_of_1998_keep_to_their_range():
    c1, s2, c3 = (networks.lenet5_1998(seed=s).layers[i].parameters[0] for s, i in ((0, 0), (0, 2), (0, 4)))
    assert 0.9 * 2.4 / 25 < np.abs(c1).max() <= 2.4 / 25
    assert np.abs(s2).max() <= 2.4 / 4
    filters = np.array([k for k, row in enumerate(C3_TABLE) for _ in row])
    for k, row in enumerate(C3_TABLE):
        assert np.abs(c3[filters == k]).max() <= 2.4 / (25 * len(row))


def test_bitmaps_are_ten_different_drawings():
    bitmaps = networks.digit_bitmaps()
    assert bitmaps.shape == (10, 12, 7) and set(np.unique(bitmaps)) == {-1, 1}
    codes = bitmaps.reshape(10, 84)
    apart = (codes[:, None] != codes[None]).sum(axis=2)
    assert apart[~np.eye(10, dtype=bool)].min() >= 8


def test_input_of_1998():
    x, _ = data.mnist5k()
    x = networks.as_in_1998(x)
    assert x.shape == (5000, 1, 32, 32) and x.dtype == np.float32
    assert x.min() == pytest.approx(-0.1) and x.max() == pytest.approx(1.175)
    assert x.mean() == pytest.approx(0.03, abs=0.005) and x.var() == pytest.approx(0.12, abs=0.005)  # its docstring
    with pytest.raises(ValueError, match=r"\(N, 1, 28, 28\).*\(2, 28, 28\)"):
        networks.as_in_1998(np.zeros((2, 28, 28)))


# ------------------------------------------------------------------------------------------- engines


def test_naive_and_fast_agree():
    x, y = images((2, 1, 28, 28)), np.array([1, 8])
    on_fast = networks.lenet5(dtype=np.float64, seed=4)
    on_naive = on_fast.on("naive")
    assert on_naive.engine is naive
    assert on_fast.loss(x, y)[0] == pytest.approx(on_naive.loss(x, y)[0], rel=1e-12)
    for a, b in zip(on_fast.gradients, on_naive.gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("build, shape", [(networks.lenet5, (3, 1, 28, 28)), (networks.lenet5_1998, (3, 1, 32, 32))])
def test_torch_agrees(build, shape):
    torch = pytest.importorskip("torch")
    x, y = images(shape), np.array([1, 8, 8])
    ours = build(dtype=np.float64, seed=4)
    theirs = ours.on("gpu", device="cpu")
    loss, scores = ours.loss(x, y)
    their_loss, their_scores = theirs.loss(x, y)
    assert isinstance(their_scores, torch.Tensor) and their_scores.dtype == torch.float64
    assert loss == pytest.approx(their_loss, rel=1e-10)
    np.testing.assert_allclose(scores, their_scores.detach().numpy(), rtol=1e-9, atol=1e-10)
    for a, b in zip(ours.gradients, theirs.gradients, strict=True):
        np.testing.assert_allclose(a, b.detach().numpy(), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours.scores(x), theirs.scores(x))
    np.testing.assert_array_equal(ours.parameters[0], theirs.on("fast").parameters[0])


@pytest.mark.gpu
def test_cuda_agrees():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    x, y = images((3, 1, 28, 28)), np.array([1, 8, 8])
    ours = networks.lenet5(dtype=np.float64, seed=4)
    theirs = ours.on("gpu", device="cuda")
    assert ours.loss(x, y)[0] == pytest.approx(theirs.loss(x, y)[0], rel=1e-8)
    for a, b in zip(ours.gradients, theirs.gradients, strict=True):
        np.testing.assert_allclose(a, b.cpu().numpy(), rtol=1e-6, atol=1e-9)


def test_an_engine_of_your_own():
    """Anything with the functions as attributes serves: the layers a student wrote, for one."""
    calls = []

    def linear(x, w, b):
        calls.append(x.shape)
        return fast.linear(x, w, b)

    network = Network([Linear(4, 2)], engine=SimpleNamespace(linear=linear))
    network.forward(np.ones((3, 4)))
    assert calls == [(3, 4)]


def test_on_makes_an_independent_copy():
    network = networks.lenet5()
    other = network.on("fast")
    x = images((1, 1, 28, 28), dtype=np.float32)
    before = network.scores(x)
    for p in other.parameters:
        p += 1
    other.loss(x, np.array([0]))
    np.testing.assert_array_equal(network.scores(x), before)
    assert all((g == 0).all() for g in network.gradients)


def test_scores_by_batches_are_the_scores():
    network, x = networks.lenet5(), images((7, 1, 28, 28), dtype=np.float32)
    np.testing.assert_allclose(network.scores(x, batch_size=3), network.scores(x), atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(dtype):
    network = networks.lenet5_1998(dtype=dtype)
    _, scores = network.loss(images((2, 1, 32, 32)), np.array([0, 1]))
    assert scores.dtype == dtype
    assert {p.dtype for p in network.parameters} == {g.dtype for g in network.gradients} == {np.dtype(dtype)}


def test_seeds():
    a, b, c = (networks.lenet5(seed=s).parameters[0] for s in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


def test_bad_engines_and_devices():
    with pytest.raises(ValueError, match="no engine 'cuda': choose one of naive, fast, gpu"):
        networks.lenet5(engine="cuda")
    with pytest.raises(ValueError, match="goes with the engine 'gpu' only"):
        networks.lenet5().on("fast", device="cpu")
    with pytest.raises(ValueError, match="float32 or float64, not int32"):
        networks.lenet5(dtype=np.int32)


def test_torch_is_imported_only_when_asked():
    code = "import sys; from cnnkit import networks as n; n.lenet5_1998(); print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
