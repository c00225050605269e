"""What the layers refuse, and the sentence each refusal comes with: the same from every engine."""

import numpy as np
import pytest
import torch
from engines import each_engine_on_the_cpu

from cnnkit.layers import fast, gpu, naive


def zeros(*shape, dtype=np.float64):
    return np.zeros(shape, dtype)


REFUSED = {
    "the filter does not fit": (
        lambda e: e.conv2d(zeros(1, 1, 7, 7), zeros(1, 1, 3, 3), stride=3),
        ValueError,
        "(7 + 2*0 - 3)/3 + 1 = 2.33 is not a whole number: "
        "a 3x3 filter does not fit a 7x7 input at stride 3, padding 0",
    ),
    "the filter does not fit, backward": (
        lambda e: e.conv2d_backward(zeros(1, 1, 2, 2), zeros(1, 1, 7, 7), zeros(1, 1, 3, 3), stride=3),
        ValueError,
        "a 3x3 filter does not fit a 7x7 input at stride 3, padding 0",
    ),
    "the filter is larger than the image": (
        lambda e: e.conv2d(zeros(1, 1, 2, 4), zeros(1, 1, 3, 3)),
        ValueError,
        "(2 + 2*0 - 3)/1 + 1 = 0 is less than 1: a 3x3 filter does not fit a 2x4 input",
    ),
    "the pool does not fit": (
        lambda e: e.max_pool2d(zeros(1, 1, 7, 7), 2),
        ValueError,
        "(7 + 2*0 - 2)/2 + 1 = 3.5 is not a whole number: a 2x2 window does not fit a 7x7 input",
    ),
    "the average pool does not fit": (
        lambda e: e.avg_pool2d(zeros(1, 1, 8, 9), 2),
        ValueError,
        "(9 + 2*0 - 2)/2 + 1 = 4.5 is not a whole number: a 2x2 window does not fit a 8x9 input",
    ),
    "channels disagree": (
        lambda e: e.conv2d(zeros(2, 3, 8, 8), zeros(6, 4, 5, 5)),
        ValueError,
        "x of shape (2, 3, 8, 8) has 3 channels, but each filter in w of shape (6, 4, 5, 5) has 4",
    ),
    "one image instead of a batch": (
        lambda e: e.conv2d(zeros(3, 8, 8), zeros(6, 3, 5, 5)),
        ValueError,
        "x should have shape (N, C, H, W), 4 axes, but it has shape (3, 8, 8)",
    ),
    "one filter instead of several": (
        lambda e: e.conv2d(zeros(1, 3, 8, 8), zeros(3, 5, 5)),
        ValueError,
        "w should have shape (K, C, FH, FW), 4 axes, but it has shape (3, 5, 5)",
    ),
    "pooling one image": (
        lambda e: e.max_pool2d(zeros(3, 8, 8), 2),
        ValueError,
        "x should have shape (N, C, H, W), 4 axes, but it has shape (3, 8, 8)",
    ),
    "a bias for each channel": (
        lambda e: e.conv2d(zeros(1, 3, 8, 8), zeros(6, 3, 5, 5), zeros(3)),
        ValueError,
        "b should have shape (6,), one bias for each filter in w of shape (6, 3, 5, 5), but has (3,)",
    ),
    "upstream gradient of another shape": (
        lambda e: e.conv2d_backward(zeros(1, 6, 8, 8), zeros(1, 3, 8, 8), zeros(6, 3, 5, 5)),
        ValueError,
        "dout should have the shape of the layer's output, (1, 6, 4, 4), but it has (1, 6, 8, 8)",
    ),
    "upstream gradient of another shape, pool": (
        lambda e: e.max_pool2d_backward(zeros(1, 6, 8, 8), zeros(1, 6, 8, 8), 2),
        ValueError,
        "dout should have the shape of the layer's output, (1, 6, 4, 4), but it has (1, 6, 8, 8)",
    ),
    "upstream gradient of another shape, average pool": (
        lambda e: e.avg_pool2d_backward(zeros(1, 6, 8, 8), zeros(1, 6, 8, 8), 2),
        ValueError,
        "(1, 6, 4, 4), but it has (1, 6, 8, 8)",
    ),
    "upstream gradient of another shape, linear": (
        lambda e: e.linear_backward(zeros(2, 4), zeros(2, 3), zeros(5, 3)),
        ValueError,
        "(2, 5), but it has (2, 4)",
    ),
    "upstream gradient of another shape, relu": (
        lambda e: e.relu_backward(zeros(3), zeros(2, 3)),
        ValueError,
        "(2, 3), but it has (3,)",
    ),
    "rows of another length": (
        lambda e: e.linear(zeros(2, 3, 4, 4), zeros(10, 47)),
        ValueError,
        "x of shape (2, 3, 4, 4) stretches to 2 rows of 48, but w of shape (10, 47) takes rows of 47",
    ),
    "linear on a vector": (
        lambda e: e.linear(zeros(48), zeros(10, 48)),
        ValueError,
        "x should have shape (N, ...), a row for each of N inputs, but it has shape (48,)",
    ),
    "linear with a bias of another length": (
        lambda e: e.linear(zeros(2, 48), zeros(10, 48), zeros(48)),
        ValueError,
        "b should have shape (10,), one bias for each row of w of shape (10, 48), but has (48,)",
    ),
    "mixed dtypes": (
        lambda e: e.conv2d(zeros(1, 3, 8, 8, dtype=np.float32), zeros(6, 3, 5, 5)),
        TypeError,
        "x (1, 3, 8, 8) is float32, w (6, 3, 5, 5) is float64",
    ),
    "whole numbers": (
        lambda e: e.max_pool2d(zeros(1, 1, 8, 8, dtype=np.int64), 2),
        TypeError,
        "x (1, 1, 8, 8) is int64",
    ),
    "bytes of an image": (lambda e: e.relu(zeros(3, dtype=np.uint8)), TypeError, "x (3,) is uint8"),
    "a list": (lambda e: e.relu([1.0, 2.0]), TypeError, "but it is a list"),
    "a stride of nought": (
        lambda e: e.conv2d(zeros(1, 1, 7, 7), zeros(1, 1, 3, 3), stride=0),
        ValueError,
        "stride should be at least 1, but it is 0",
    ),
    "half a pixel of padding": (
        lambda e: e.conv2d(zeros(1, 1, 7, 7), zeros(1, 1, 3, 3), padding=0.5),
        TypeError,
        "padding should be a whole number, but it is 0.5",
    ),
    "three strides": (
        lambda e: e.max_pool2d(zeros(1, 1, 8, 8), 2, (1, 1, 1)),
        ValueError,
        "stride should be a whole number or a (height, width) pair, but it is (1, 1, 1)",
    ),
    "an image of no height": (
        lambda e: e.max_pool2d(zeros(1, 1, 0, 8), 2),
        ValueError,
        "H should be at least 1, but it is 0",
    ),
    "labels out of range": (
        lambda e: e.softmax_cross_entropy(zeros(2, 10), np.array([0, 10])),
        ValueError,
        "labels should lie between 0 and 9 for scores of shape (2, 10), but they reach from 0 to 10",
    ),
    "a negative label": (
        lambda e: e.softmax_cross_entropy_backward(zeros(2, 10), np.array([-1, 3])),
        ValueError,
        "but they reach from -1 to 3",
    ),
    "labels as one-hot rows": (
        lambda e: e.softmax_cross_entropy(zeros(2, 10), np.zeros((2, 10), np.int64)),
        ValueError,
        "labels should have shape (2,), one for each row of scores of shape (2, 10), but they have (2, 10)",
    ),
    "labels as floats": (
        lambda e: e.softmax_cross_entropy(zeros(2, 10), zeros(2)),
        TypeError,
        "of whole numbers, but they are float64",
    ),
    "a mean over nothing": (
        lambda e: e.softmax_cross_entropy(zeros(0, 10), np.zeros(0, np.int64)),
        ValueError,
        "scores of shape (0, 10) are empty: the mean loss over no samples is not defined",
    ),
}


@each_engine_on_the_cpu
@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_both_shapes_and_the_arithmetic(engine, what):
    function, kind, says = REFUSED[what]
    with pytest.raises(kind) as error:
        function(engine)
    assert says in str(error.value)


@pytest.mark.parametrize("engine", [naive, fast], ids=["naive", "fast"])
@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.complex128, ">f4", object])
def test_numpy_engines_take_two_float_dtypes(engine, dtype):
    with pytest.raises(TypeError, match="should all be float32 or all float64"):
        engine.relu(np.zeros(3, dtype))


@pytest.mark.parametrize("engine", [naive, fast], ids=["naive", "fast"])
@pytest.mark.parametrize("kind", ["MaskedArray", "matrix"])
def test_arrays_with_rules_of_their_own_are_refused(engine, kind):
    """A mask would be ignored by one engine and not by the other; rows of a matrix are matrices."""
    x = np.ma.masked_array(np.zeros((2, 2)), mask=np.eye(2)) if kind == "MaskedArray" else np.asmatrix(np.zeros((2, 2)))
    with pytest.raises(TypeError, match=f"x should be a NumPy array, but it is a {kind}"):
        engine.linear(x, np.zeros((3, 2)))


@pytest.mark.parametrize("engine", [naive, fast], ids=["naive", "fast"])
def test_tensors_go_to_the_gpu_engine(engine):
    with pytest.raises(TypeError, match="x should be a NumPy array, but it is a Tensor"):
        engine.relu(torch.zeros(3))


def test_tensors_on_two_devices_are_refused_by_name():
    """The meta device stands in for a second one."""
    with pytest.raises(ValueError, match=r"x \(1, 1, 3, 3\) is on cpu, w \(1, 1, 3, 3\) is on meta"):
        gpu.conv2d(torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3, device="meta"))
    with pytest.raises(ValueError, match="labels are on meta, but scores are on cpu"):
        gpu.softmax_cross_entropy(torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64, device="meta"))
