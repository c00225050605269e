"""The arithmetic against counting: place a filter, step by step, and see where it ends up."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnkit import shapes


def test_the_numbers_of_the_lecture():
    assert shapes.conv_output_size(7, 3) == 5
    assert shapes.conv_output_size(7, 3, stride=2) == 3
    assert shapes.conv_output_size(7, 3, padding=1) == 7
    assert shapes.conv_output_shape((3, 32, 32), 1, 5) == (1, 28, 28)
    assert shapes.conv_output_shape((3, 32, 32), 6, 5) == (6, 28, 28)
    assert shapes.conv_output_shape((3, 32, 32), 10, 5, 1, 2) == (10, 32, 32)
    assert shapes.conv_parameters(3, 10, 5) == 760
    assert [shapes.same_padding(f) for f in (3, 5, 7)] == [1, 2, 3]
    assert shapes.linear_parameters(3072, 10, bias=False) == 10 * 3072


def test_the_filter_that_does_not_fit_shows_the_formula_with_its_numbers():
    with pytest.raises(ValueError) as error:
        shapes.conv_output_size(7, 3, stride=3)
    assert str(error.value) == (
        "(7 + 2*0 - 3)/3 + 1 = 2.33 is not a whole number: a 3x3 filter does not fit a 7x7 input at stride 3, padding 0"
    )


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 7), st.integers(0, 5))
def test_output_size_counts_the_places_a_filter_takes(n, f, stride, padding):
    places = [start for start in range(0, n + 2 * padding, stride) if start + f <= n + 2 * padding]
    if not places:
        with pytest.raises(ValueError, match="is less than 1"):
            shapes.conv_output_size(n, f, stride, padding, strict=False)
        return
    assert shapes.conv_output_size(n, f, stride, padding, strict=False) == len(places)
    if places[-1] + f == n + 2 * padding:
        assert shapes.conv_output_size(n, f, stride, padding) == len(places)
    else:
        with pytest.raises(ValueError, match="is not a whole number"):
            shapes.conv_output_size(n, f, stride, padding)


@given(
    st.tuples(st.integers(1, 4), st.integers(5, 20), st.integers(5, 20)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_rounding_down_is_what_torch_does(shape, f, stride, padding):
    x, w = torch.zeros(1, *shape), torch.zeros(2, shape[0], *f)
    out = torch.nn.functional.conv2d(x, w, stride=stride, padding=padding)
    assert shapes.conv_output_shape(shape, 2, f, stride, padding, strict=False) == tuple(out.shape[1:])
    pooled = torch.nn.functional.max_pool2d(x, f, stride)
    assert shapes.pool_output_shape(shape, f, stride, strict=False) == tuple(pooled.shape[1:])


@given(st.integers(1, 30), st.integers(0, 6))
def test_same_padding_keeps_the_size(n, half):
    f = 2 * half + 1
    assert shapes.conv_output_size(n, f, padding=shapes.same_padding(f)) == n


@pytest.mark.parametrize("bias", [True, False])
def test_parameters_are_those_torch_counts(bias):
    conv = torch.nn.Conv2d(3, 7, (5, 2), bias=bias)
    assert shapes.conv_parameters(3, 7, (5, 2), bias) == sum(p.numel() for p in conv.parameters())
    linear = torch.nn.Linear(48, 9, bias=bias)
    assert shapes.linear_parameters(48, 9, bias) == sum(p.numel() for p in linear.parameters())


def test_multiply_adds_of_a_published_network():
    """AlexNet's first layer: 55*55*96 dot products of 11*11*3 terms."""
    assert shapes.conv_multiply_adds((3, 227, 227), 96, 11, stride=4) == 55 * 55 * 96 * 11 * 11 * 3


VGG16 = [(3, 1)] * 2 + [(2, 2)] + [(3, 1)] * 2 + [(2, 2)] + ([(3, 1)] * 3 + [(2, 2)]) * 3


def test_receptive_field_of_published_networks():
    alexnet = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
    assert shapes.receptive_field(alexnet) == (195, 32)
    assert shapes.receptive_field(VGG16) == (212, 32)
    assert shapes.receptive_field([]) == (1, 1)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=4))
def test_receptive_field_is_the_support_of_a_gradient(layers):
    """Average by each layer in one dimension; the pixels the first output depends on are the receptive field."""
    size, jump = shapes.receptive_field(layers)
    x = torch.zeros(1, 1, size + jump, dtype=torch.float64, requires_grad=True)
    out = x
    for f, stride in layers:
        out = torch.nn.functional.avg_pool1d(out, f, stride)
    first, second = (np.flatnonzero(torch.autograd.grad(out[0, 0, i], x, retain_graph=True)[0]) for i in (0, 1))
    assert first[-1] - first[0] + 1 == size
    assert second[0] - first[0] == jump


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: shapes.conv_output_size(0, 3), ValueError, "n should be at least 1, but it is 0"),
        (lambda: shapes.conv_output_size(7, 3, stride=0), ValueError, "stride should be at least 1, but it is 0"),
        (lambda: shapes.conv_output_size(7, 3, padding=-1), ValueError, "padding should be at least 0, but it is -1"),
        (
            lambda: shapes.conv_output_size(7, 3, padding=0.5),
            TypeError,
            "padding should be a whole number, but it is 0.5",
        ),
        (lambda: shapes.conv_output_size(7, True), TypeError, "f should be a whole number, but it is True"),
        (lambda: shapes.conv_output_size(7, (3, 3)), TypeError, "f should be a whole number, but it is (3, 3)"),
        (
            lambda: shapes.conv_output_size(2, 5, padding=1),
            ValueError,
            "(2 + 2*1 - 5)/1 + 1 = 0 is less than 1: a 5x5 filter does not fit a 2x2 input at stride 1, padding 1",
        ),
        (
            lambda: shapes.conv_output_shape((3, 8, 8), 2, (2, 3), (1, 3), (0, 1)),
            ValueError,
            "(8 + 2*1 - 3)/3 + 1 = 3.33 is not a whole number: "
            "a 2x3 filter does not fit a 8x8 input at stride (1, 3), padding (0, 1)",
        ),
        (
            lambda: shapes.pool_output_shape((3, 7, 7), 2),
            ValueError,
            "(7 + 2*0 - 2)/2 + 1 = 3.5 is not a whole number: "
            "a 2x2 window does not fit a 7x7 input at stride 2, padding 0",
        ),
        (lambda: shapes.conv_output_shape((32, 32), 2, 3), ValueError, "has shape (C, H, W), three numbers"),
        (lambda: shapes.conv_output_shape((3, 8, 8), 2, (3, 3, 3)), ValueError, "(height, width) pair"),
        (lambda: shapes.same_padding(4), ValueError, "(4 - 1)/2 = 1.5 is not a whole number"),
        (lambda: shapes.receptive_field([(3, 0)]), ValueError, "stride should be at least 1, but it is 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_arithmetic(call, error, says):
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_numpy_whole_numbers_count_as_whole_numbers():
    size = shapes.conv_output_size(np.int64(7), np.int32(3))
    assert size == 5
    assert type(size) is int
