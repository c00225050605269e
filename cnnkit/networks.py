"""Networks as lists of layers: LeNet-5 as published in 1998 and as it is built today.

A layer is a small object with `forward` and `backward` that calls the functions of an engine: `cnnkit.layers.naive`,
`fast` or `gpu`. A network is a list of layers and an engine. Parameters and gradients are lists of arrays
in one order; on the `gpu` engine they are tensors, and everything else reads the same.

>>> network = lenet5(seed=0)
>>> scores = network.forward(np.zeros((2, 1, 28, 28), np.float32))
>>> scores.shape, network.parameter_count
((2, 10), 61706)
"""

import copy
import importlib
import math
from dataclasses import dataclass, field

import numpy as np

from . import shapes

ENGINES = ("naive", "fast", "gpu")


def engine_module(engine):
    """The module of an engine given by its name, "naive", "fast" or "gpu".

    Anything else is passed through: a module, or an object of your own with the same functions as attributes.
    """
    if not isinstance(engine, str):
        return engine
    if engine not in ENGINES:
        raise ValueError(f"there is no engine {engine!r}: choose one of {', '.join(ENGINES)}")
    return importlib.import_module(f"cnnkit.layers.{engine}")


def he(generator, shape, fan_in):
    """Normal with variance 2/fan_in: keeps the size of signals through ReLUs. He et al. 2015, 10.1109/ICCV.2015.123."""
    return generator.normal(0, math.sqrt(2 / fan_in), shape)


def uniform1998(generator, shape, fan_in):
    """Uniform between -2.4/fan_in and 2.4/fan_in, as in LeCun et al. 1998, appendix A."""
    return generator.uniform(-2.4 / fan_in, 2.4 / fan_in, shape)


# ------------------------------------------------------------------------------------------- layers


@dataclass(eq=False)
class Layer:
    """What all layers share. `forward` keeps the layer's input in `x`; `backward` uses it and fills `gradients`.

    Sizes are those of one image, without the N: (C, H, W), or (M,) behind a fully connected layer.
    """

    name: str = field(default="", kw_only=True)
    parameters: list = field(default_factory=list, init=False, repr=False)
    gradients: list = field(default_factory=list, init=False, repr=False)
    x: object = field(default=None, init=False, repr=False)

    parameter_shapes = ()  # the last one is the bias
    fan_in = 1  # how many numbers one output number is a weighted sum of

    @property
    def parameter_count(self) -> int:
        return sum(math.prod(shape) for shape in self.parameter_shapes)

    def initialise(self, generator, draw, dtype):
        """Draw the weights by draw(generator, shape, fan_in); biases start at zero."""
        *weights, biases = self.parameter_shapes or [None]
        self.parameters = [draw(generator, shape, self.fan_in).astype(dtype) for shape in weights]
        if biases is not None:
            self.parameters.append(np.zeros(biases, dtype))
        self.gradients = [np.zeros_like(p) for p in self.parameters]

    def output_shape(self, shape):
        """Size of the output for an input of size `shape`."""
        return tuple(shape)

    def multiply_adds(self, shape) -> int:
        """Multiplications, each with its addition, for one image; biases, plain pooling and activations are free."""
        return 0

    def connections(self, shape) -> int:
        """Connections as LeCun et al. count them: every weight or bias, once for each output number it works on."""
        return 0

    def forward(self, x, engine):
        raise NotImplementedError

    def backward(self, dout, engine):
        raise NotImplementedError

    def backward_parameters(self, dout, engine):
        """Fill `gradients` only: in the first layer of a network nobody asks for the gradient by the input."""
        self.backward(dout, engine)


@dataclass(eq=False)
class Conv2d(Layer):
    """`filters` filters of size x size over `channels` channels; weights (K, C, F, F), biases (K,)."""

    channels: int
    filters: int
    size: int
    stride: int = 1
    padding: int = 0

    @property
    def parameter_shapes(self):
        return (self.filters, self.channels, self.size, self.size), (self.filters,)

    @property
    def fan_in(self):
        return self.channels * self.size**2

    def output_shape(self, shape):
        return shapes.conv_output_shape(shape, self.filters, self.size, self.stride, self.padding)

    def multiply_adds(self, shape):
        return shapes.conv_multiply_adds(shape, self.filters, self.size, self.stride, self.padding)

    def connections(self, shape):
        _, height, width = self.output_shape(shape)
        return self.parameter_count * height * width

    def forward(self, x, engine):
        self.x = x
        return engine.conv2d(x, self._filters(), self.parameters[1], stride=self.stride, padding=self.padding)

    def backward(self, dout, engine):
        dx, *gradients = self._backward_by(engine.conv2d_backward, dout)
        self.gradients = self._trained(*gradients)
        return dx

    def backward_parameters(self, dout, engine):
        if not hasattr(engine, "conv2d_backward_parameters"):
            return super().backward_parameters(dout, engine)
        self.gradients = self._trained(*self._backward_by(engine.conv2d_backward_parameters, dout))

    def _backward_by(self, function, dout):
        return function(dout, self.x, self._filters(), stride=self.stride, padding=self.padding)

    def _filters(self):
        """What the engine convolves with, (K, C, F, F)."""
        return self.parameters[0]

    def _trained(self, dw, db):
        """The gradients of the parameters, from those of the filters and biases."""
        return [dw, db]

    def __str__(self):
        stride = f", stride {self.stride}" if self.stride != 1 else ""
        padding = f", padding {self.padding}" if self.padding else ""
        return f"conv {self.filters} @ {self.size}x{self.size}{stride}{padding}"


@dataclass(eq=False)
class SparseConv2d(Conv2d):
    """A convolution in which filter k sees only the input maps in table[k].

    Weights (pairs in the table, F, F), biases (K,). It runs as an ordinary convolution whose other weights are 0.
    """

    table: tuple = ()

    def __post_init__(self):
        if len(self.table) != self.filters or not all(0 <= c < self.channels for row in self.table for c in row):
            raise ValueError(f"the table needs a row of maps 0..{self.channels - 1} for each of {self.filters} filters")

    @property
    def pairs(self):
        """The connected pairs as two lists: filters, and the input maps they see."""
        return tuple(zip(*((k, c) for k, row in enumerate(self.table) for c in row), strict=True))

    @property
    def parameter_shapes(self):
        return (len(self.pairs[0]), self.size, self.size), (self.filters,)

    def initialise(self, generator, draw, dtype):
        filters, _ = self.pairs
        window = self.size, self.size
        weights = [draw(generator, window, len(self.table[k]) * self.size**2) for k in filters]
        self.parameters = [np.array(weights, dtype), np.zeros(self.filters, dtype)]
        self.gradients = [np.zeros_like(p) for p in self.parameters]

    def multiply_adds(self, shape):
        _, height, width = self.output_shape(shape)
        return len(self.pairs[0]) * self.size**2 * height * width

    def _filters(self):
        weights = self.parameters[0]
        dense = like(weights, np.zeros((self.filters, self.channels, self.size, self.size)))
        dense[self.pairs] = weights
        return dense

    def _trained(self, dw, db):
        return [dw[self.pairs], db]

    def __str__(self):
        return f"{super().__str__()}, {len(self.pairs[0])} of {self.filters * self.channels} pairs"


@dataclass(eq=False)
class Linear(Layer):
    """Fully connected: `outputs` neurons that each see all `inputs` numbers; weights (M, D), biases (M,)."""

    inputs: int
    outputs: int

    @property
    def parameter_shapes(self):
        return (self.outputs, self.inputs), (self.outputs,)

    @property
    def fan_in(self):
        return self.inputs

    def output_shape(self, shape):
        if math.prod(shape) != self.inputs:
            raise ValueError(f"an input of size {tuple(shape)} is {math.prod(shape)} numbers, not {self.inputs}")
        return (self.outputs,)

    def multiply_adds(self, shape):
        return self.inputs * self.outputs

    def connections(self, shape):
        return self.parameter_count

    def forward(self, x, engine):
        self.x = x
        return engine.linear(x, *self.parameters)

    def backward(self, dout, engine):
        dx, *self.gradients = engine.linear_backward(dout, self.x, self.parameters[0])
        return dx

    def __str__(self):
        return f"linear {self.inputs} -> {self.outputs}"


@dataclass(eq=False)
class MaxPool2d(Layer):
    """The largest number of each window; windows lie side by side unless `stride` says otherwise."""

    size: int
    stride: int | None = None

    def output_shape(self, shape):
        return shapes.pool_output_shape(shape, self.size, self.stride)

    def forward(self, x, engine):
        self.x = x
        return engine.max_pool2d(x, self.size, stride=self.stride)

    def backward(self, dout, engine):
        return engine.max_pool2d_backward(dout, self.x, self.size, stride=self.stride)

    def __str__(self):
        return f"max pool {self.size}x{self.size}" + (f", stride {self.stride}" if self.stride else "")


@dataclass(eq=False)
class AvgPool2d(MaxPool2d):
    """The mean of each window."""

    def forward(self, x, engine):
        self.x = x
        return engine.avg_pool2d(x, self.size, stride=self.stride)

    def backward(self, dout, engine):
        return engine.avg_pool2d_backward(dout, self.x, self.size, stride=self.stride)

    def __str__(self):
        return super().__str__().replace("max", "average", 1)


@dataclass(eq=False)
class Subsample(Layer):
    """The trainable subsampling of 1998: the sum of each size x size window, times a coefficient, plus a bias.

    One coefficient and one bias a map: out[c] = coefficients[c] * (sum of the window) + biases[c].
    """

    channels: int
    size: int = 2

    @property
    def parameter_shapes(self):
        return (self.channels,), (self.channels,)

    @property
    def fan_in(self):
        return self.size**2

    def output_shape(self, shape):
        return shapes.pool_output_shape(shape, self.size)

    def multiply_adds(self, shape):
        return math.prod(self.output_shape(shape))

    def connections(self, shape):
        return math.prod(self.output_shape(shape)) * (self.size**2 + 1)

    def forward(self, x, engine):
        coefficients, biases = self.parameters
        self.x = x
        self.sums = engine.avg_pool2d(x, self.size) * self.size**2  # (N, C, H/2, W/2)
        return self.sums * coefficients[:, None, None] + biases[:, None, None]

    def backward(self, dout, engine):
        coefficients, _ = self.parameters
        self.gradients = [(dout * self.sums).sum((0, 2, 3)), dout.sum((0, 2, 3))]
        dsums = dout * coefficients[:, None, None]
        return engine.avg_pool2d_backward(dsums * self.size**2, self.x, self.size)

    def __str__(self):
        return f"subsample {self.size}x{self.size}, trainable"


@dataclass(eq=False)
class ReLU(Layer):
    """max(0, x), number by number."""

    def forward(self, x, engine):
        self.x = x
        return engine.relu(x)

    def backward(self, dout, engine):
        return engine.relu_backward(dout, self.x)

    def __str__(self):
        return "relu"


@dataclass(eq=False)
class ScaledTanh(Layer):
    """1.7159 tanh(2x/3), the squashing function of 1998, which sends 1 to 1 and -1 to -1 (LeCun et al., appendix A)."""

    height: float = 1.7159
    slope: float = 2 / 3

    def forward(self, x, engine):
        self.x = x
        self.tanh = np.tanh(x * self.slope) if isinstance(x, np.ndarray) else (x * self.slope).tanh()
        return self.tanh * self.height

    def backward(self, dout, engine):
        return dout * (1 - self.tanh**2) * (self.height * self.slope)

    def __str__(self):
        return "scaled tanh"


@dataclass(eq=False)
class RadialBasis(Layer):
    """The output layer of 1998: how far x is from the code word of each class, out[i] = -sum_j (x_j - codes[i, j])^2.

    x (N, D) -> out (N, M), `codes` (M, D) of -1 and 1, not trained. The paper's units give the squared distance itself,
    where the smallest wins; the minus sign turns that into scores, where the largest does.
    """

    codes: np.ndarray = field(repr=False)

    def output_shape(self, shape):
        if tuple(shape) != self.codes.shape[1:]:
            raise ValueError(f"an input of size {tuple(shape)} cannot be compared with codes of {self.codes.shape[1]}")
        return (len(self.codes),)

    def multiply_adds(self, shape):
        return self.codes.size

    def connections(self, shape):
        return self.codes.size

    def forward(self, x, engine):
        self.x = x
        return -(self._differences() ** 2).sum(2)

    def backward(self, dout, engine):
        return (-2 * dout[:, :, None] * self._differences()).sum(1)

    def _differences(self):
        return self.x[:, None, :] - like(self.x, self.codes)  # (N, M, D)

    def __str__(self):
        return f"distance to {len(self.codes)} fixed codes"


def like(array, values):
    """NumPy `values` as whatever `array` is: same dtype, and a tensor on the same device if it is one."""
    if isinstance(array, np.ndarray):
        return values.astype(array.dtype)
    import torch

    return torch.as_tensor(values, dtype=array.dtype, device=array.device)


# ------------------------------------------------------------------------------------------ network


class Network:
    """Layers one after the other, on one engine.

    layers  the list
    engine  "naive", "fast" or "gpu" (or such a module)
    seed    of the initial weights; dtype float32 or float64
    draw    how weights start: draw(generator, shape, fan_in)

    >>> network = Network([Conv2d(1, 2, 3), ReLU(), Linear(8, 3)], seed=1)
    >>> network.forward(np.ones((5, 1, 4, 4), np.float32)).shape
    (5, 3)
    >>> [p.shape for p in network.parameters]
    [(2, 1, 3, 3), (2,), (3, 8), (3,)]
    """

    def __init__(self, layers, engine="fast", seed=0, dtype=np.float32, draw=he):
        if np.dtype(dtype) not in (np.float32, np.float64):
            raise ValueError(f"a network computes in float32 or float64, not {np.dtype(dtype)}")
        self.layers, self.engine, self.device = list(layers), engine_module("fast"), None
        generator = np.random.default_rng(seed)
        for layer in self.layers:
            layer.initialise(generator, draw, dtype)
        self._move(engine, None)

    @property
    def parameters(self) -> list:
        """All trainable arrays, layer by layer."""
        return [p for layer in self.layers for p in layer.parameters]

    @property
    def gradients(self) -> list:
        """Their gradients after `backward`, in the order of `parameters`."""
        return [g for layer in self.layers for g in layer.gradients]

    @property
    def parameter_count(self) -> int:
        return sum(layer.parameter_count for layer in self.layers)

    def forward(self, x):
        """Run x (N, C, H, W) through all layers -> scores (N, M), an array or a tensor as the engine has it."""
        x = self.array(x)
        for layer in self.layers:
            x = layer.forward(x, self.engine)
        return x

    def backward(self, dout, by_input=True):
        """Send dout (N, M) back through all layers: fills `gradients` and returns the gradient by the last input.

        by_input=False returns None and spares the first layer that gradient.
        """
        for layer in reversed(self.layers):
            if layer is self.layers[0] and not by_input:
                return layer.backward_parameters(dout, self.engine)
            dout = layer.backward(dout, self.engine)
        return dout

    def loss(self, x, labels):
        """Mean softmax cross-entropy of x (N, C, H, W) with labels (N,), and the scores (N, M); fills `gradients`."""
        scores, labels = self.forward(x), self.labels(labels)
        loss = self.engine.softmax_cross_entropy(scores, labels)
        self.backward(self.engine.softmax_cross_entropy_backward(scores, labels), by_input=False)
        return float(loss), scores

    def scores(self, x, batch_size=250) -> np.ndarray:
        """The scores (N, M) of x (N, C, H, W) as a NumPy array, computed batch by batch, whatever the engine."""
        parts = [self.forward(x[start : start + batch_size]) for start in range(0, len(x), batch_size)]
        return np.concatenate([p if isinstance(p, np.ndarray) else p.detach().cpu().numpy() for p in parts])

    def array(self, x):
        """x as the engine takes it: an array or tensor of the network's dtype, on its device."""
        if self.device is None:
            return np.asarray(x, dtype=self._dtype())
        import torch

        return torch.as_tensor(x, dtype=self._dtype(), device=self.device)

    def labels(self, y):
        """Labels (N,) as the engine takes them."""
        if self.device is None:
            return np.asarray(y)
        import torch

        return torch.as_tensor(y, device=self.device)

    def on(self, engine, device=None) -> "Network":
        """A copy of this network with the same parameters on another engine; `device` is a Torch device, for "gpu".

        >>> network = lenet5(seed=0)
        >>> x = np.ones((1, 1, 28, 28), np.float32)
        >>> bool(np.allclose(network.forward(x), network.on("naive").forward(x), atol=1e-4))
        True
        """
        other = copy.copy(self)
        other.layers = [copy.copy(layer) for layer in self.layers]
        other._move(engine, device)
        return other

    def _move(self, engine, device):
        arrays = [[_to_numpy(p) for p in layer.parameters] for layer in self.layers]
        self.engine = engine_module(engine)
        self.device = None
        if getattr(self.engine, "__name__", "") == "cnnkit.layers.gpu":
            import torch

            self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        elif device is not None:
            raise ValueError(f"device={device!r} goes with the engine 'gpu' only; NumPy runs on the processor")
        for layer, values in zip(self.layers, arrays, strict=True):
            layer.x = None
            layer.parameters = [self._own(v) for v in values]
            layer.gradients = [p * 0 for p in layer.parameters]

    def _own(self, values):
        if self.device is None:
            return values.copy()
        import torch

        return torch.tensor(values, device=self.device)

    def _dtype(self):
        parameters = self.parameters
        return parameters[0].dtype if parameters else None

    def __repr__(self):
        return f"Network({len(self.layers)} layers, {self.parameter_count:,} parameters)"


def _to_numpy(p) -> np.ndarray:
    return p if isinstance(p, np.ndarray) else p.detach().cpu().numpy()


# ------------------------------------------------------------------------------------------- tables


def table(network, input_shape) -> list[tuple]:
    """One row a layer: (name or position, what it is, output size, parameters, multiply-adds, connections).

    network  a Network or a list of layers, whose arrays need not exist; input_shape  (C, H, W) of one image

    >>> for row in table([Conv2d(3, 10, 5, padding=2), MaxPool2d(2)], (3, 32, 32)):
    ...     print(row)
    ('1', 'conv 10 @ 5x5, padding 2', (10, 32, 32), 760, 768000, 778240)
    ('2', 'max pool 2x2', (10, 16, 16), 0, 0, 0)
    """
    rows, shape = [], tuple(input_shape)
    for i, layer in enumerate(getattr(network, "layers", network), start=1):
        counts = layer.parameter_count, layer.multiply_adds(shape), layer.connections(shape)
        shape = layer.output_shape(shape)
        rows.append((layer.name or str(i), str(layer), shape, *counts))
    return rows


def summary(network, input_shape) -> None:
    """Print the table of a network: each layer's output size, parameters and multiply-adds for one image, and the sums.

    >>> summary([Conv2d(3, 10, 5, padding=2), ReLU(), MaxPool2d(2)], (3, 32, 32))
       layer                         output  parameters  multiply-adds
       input                        3x32x32
    1  conv 10 @ 5x5, padding 2    10x32x32         760        768,000
    2  relu                        10x32x32           0              0
    3  max pool 2x2                10x16x16           0              0
       total                                        760        768,000
    """
    rows = table(network, input_shape)
    first, second = (max(len(row[i]) for row in rows) for i in (0, 1))
    line = f"{{:{first}}}  {{:{second}}}  {{:>10}}  {{:>10}}  {{:>13}}"
    print(line.format("", "layer", "output", "parameters", "multiply-adds"))
    print(line.format("", "input", _size(input_shape), "", "").rstrip())
    for name, what, shape, parameters, multiply_adds, _ in rows:
        print(line.format(name, what, _size(shape), f"{parameters:,}", f"{multiply_adds:,}"))
    print(line.format("", "total", "", f"{sum(r[3] for r in rows):,}", f"{sum(r[4] for r in rows):,}"))


def _size(shape) -> str:
    return "x".join(str(n) for n in shape)


# ------------------------------------------------------------------------------------------- lenet-5


def lenet5(engine="fast", seed=0, dtype=np.float32) -> Network:
    """LeNet-5 as it is built today: dense C3, max pooling, ReLU, softmax; 28x28 input; 61,706 parameters.

    x (N, 1, 28, 28), values 0..1 -> scores (N, 10). After LeCun et al. 1998, 10.1109/5.726791.
    """
    layers = [
        Conv2d(1, 6, 5, padding=2),  # (6, 28, 28)
        ReLU(),
        MaxPool2d(2),  # (6, 14, 14)
        Conv2d(6, 16, 5),  # (16, 10, 10)
        ReLU(),
        MaxPool2d(2),  # (16, 5, 5)
        Linear(400, 120),
        ReLU(),
        Linear(120, 84),
        ReLU(),
        Linear(84, 10),
    ]
    return Network(layers, engine, seed, dtype)


# Which of the 6 maps of S2 each of the 16 maps of C3 sees: LeCun et al. 1998, table I.
C3_TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),  # three neighbours, in a ring
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),  # four neighbours, in a ring
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),  # two pairs apart
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip


def lenet5_1998(engine="fast", seed=0, dtype=np.float32) -> Network:
    """LeNet-5 as published: 32x32 input, trainable subsampling, sparse C3, fixed code words; 60,000 parameters.

    x (N, 1, 32, 32) as `as_in_1998` makes it -> scores (N, 10), minus the squared distance to each class's bitmap.
    LeCun, Bottou, Bengio and Haffner 1998, 10.1109/5.726791, section II-B; 340,908 connections.

    Two things differ from the paper. The ten 7x12 bitmaps are our own drawings: the paper shows its own only as a
    picture. And trained with softmax cross-entropy on the scores, the loss is the paper's equation 9 with its constant
    j, the energy of a rubbish class, at infinity.
    """
    layers = [
        Conv2d(1, 6, 5, name="C1"),  # (6, 28, 28)
        ScaledTanh(),
        Subsample(6, name="S2"),  # (6, 14, 14)
        ScaledTanh(),
        SparseConv2d(6, 16, 5, table=C3_TABLE, name="C3"),  # (16, 10, 10)
        ScaledTanh(),
        Subsample(16, name="S4"),  # (16, 5, 5)
        ScaledTanh(),
        Conv2d(16, 120, 5, name="C5"),  # (120, 1, 1)
        ScaledTanh(),
        Linear(120, 84, name="F6"),
        ScaledTanh(),
        RadialBasis(digit_bitmaps().reshape(10, 84), name="out"),
    ]
    return Network(layers, engine, seed, dtype, draw=uniform1998)


def as_in_1998(x: np.ndarray) -> np.ndarray:
    """28x28 digits in 0..1 as LeNet-5 got them in 1998: in the middle of 32x32, paper at -0.1 and ink at 1.175.

    x (N, 1, 28, 28) -> (N, 1, 32, 32), same dtype. The paper says that this makes the mean roughly 0 and the variance
    roughly 1; on the digits of `data.mnist5k` the mean is 0.03 and the variance 0.12.

    >>> as_in_1998(np.zeros((1, 1, 28, 28), np.float32))[0, 0, 0, 0]
    np.float32(-0.1)
    """
    if x.ndim != 4 or x.shape[1:] != (1, 28, 28):
        raise ValueError(f"x should have shape (N, 1, 28, 28), but it has {x.shape}")
    return np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2))) * x.dtype.type(1.275) - x.dtype.type(0.1)


_DRAWINGS = """
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
..###..  ...#...  ..###..  ..###..  .....#.  .######  ...##..  #######  ..###..  ..###..
.#...#.  ..##...  .#...#.  .#...#.  ....##.  .#.....  ..#....  ......#  .#...#.  .#...#.
#.....#  .#.#...  #.....#  ......#  ...#.#.  .#.....  .#.....  .....#.  #.....#  #.....#
#.....#  ...#...  ......#  ......#  ..#..#.  .#.....  #......  .....#.  .#...#.  #.....#
#.....#  ...#...  .....#.  ...##..  .#...#.  .####..  #.###..  ....#..  ..###..  .#...##
#.....#  ...#...  ....#..  .....#.  #....#.  .....#.  ##...#.  ....#..  .#...#.  ..###.#
#.....#  ...#...  ...#...  ......#  #######  ......#  #.....#  ...#...  #.....#  ......#
#.....#  ...#...  ..#....  ......#  .....#.  ......#  #.....#  ...#...  #.....#  .....#.
.#...#.  ...#...  .#.....  .#...#.  .....#.  .#...#.  .#...#.  ..#....  .#...#.  ....#..
..###..  .#####.  #######  ..###..  .....#.  ..###..  ..###..  ..#....  ..###..  .##....
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
"""


def digit_bitmaps() -> np.ndarray:
    """The ten digits drawn in 7x12 pixels, ink 1 and paper -1: the code words of `lenet5_1998`, (10, 12, 7).

    >>> print("\\n".join("".join(" #"[int(p > 0)] for p in row).rstrip() for row in digit_bitmaps()[4][1:6]))
         #
        ##
       # #
      #  #
     #   #
    """
    lines = [line.split() for line in _DRAWINGS.split("\n") if line]  # 12 rows of 10 digits
    return np.array([[[1 if p == "#" else -1 for p in row[d]] for row in lines] for d in range(10)])
