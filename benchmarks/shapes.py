"""The convolutions that the benchmarks time, as (name, shape of x, shape of w, stride, padding).

SHAPES  eight layers of the kinds that the lecture meets, from ten filters on CIFAR to a 1x1
VGG16   the 13 convolutions of VGG16, Simonyan and Zisserman 2014, arXiv:1409.1556

x is (N, C, H, W), w is (K, C, FH, FW). A device that needs more work to fill takes more images: `at_batch`, `times`.

>>> name, x, w, stride, padding = SHAPES[0]
>>> name, x, w, padding
('lecture', (32, 3, 32, 32), (10, 3, 5, 5), 2)
>>> multiply_adds(SHAPES[0])                                    # 32 images of 32*32*10 dot products of 75
24576000
>>> times(SHAPES, 8)[0].x, at_batch(VGG16, 32)[0].x
((256, 3, 32, 32), (32, 3, 224, 224))
"""

from typing import NamedTuple

from cnnkit import shapes


class Convolution(NamedTuple):
    name: str
    x: tuple  # (N, C, H, W)
    w: tuple  # (K, C, FH, FW)
    stride: int
    padding: int


SHAPES = [
    Convolution("lecture", (32, 3, 32, 32), (10, 3, 5, 5), 1, 2),
    Convolution("cifar 3x3", (64, 32, 32, 32), (64, 32, 3, 3), 1, 1),
    Convolution("imagenet 3x3", (16, 64, 56, 56), (128, 64, 3, 3), 1, 1),
    Convolution("alexnet conv1", (16, 3, 227, 227), (96, 3, 11, 11), 4, 0),
    Convolution("lenet conv1", (128, 1, 28, 28), (6, 1, 5, 5), 1, 2),
    Convolution("lenet conv2", (128, 6, 14, 14), (16, 6, 5, 5), 1, 0),
    Convolution("deep 3x3", (8, 256, 14, 14), (256, 256, 3, 3), 1, 1),
    Convolution("1x1", (32, 64, 28, 28), (64, 64, 1, 1), 1, 0),
]

VGG16 = [
    Convolution(f"vgg16 conv{stage}_{i}", (1, c, size, size), (k, c, 3, 3), 1, 1)
    for stage, size, channels in [
        (1, 224, (3, 64, 64)),
        (2, 112, (64, 128, 128)),
        (3, 56, (128, 256, 256, 256)),
        (4, 28, (256, 512, 512, 512)),
        (5, 14, (512, 512, 512, 512)),
    ]
    for i, (c, k) in enumerate(zip(channels, channels[1:], strict=False), start=1)
]


def times(convolutions, factor):
    """The same convolutions over `factor` times as many images."""
    return [c._replace(x=(c.x[0] * factor, *c.x[1:])) for c in convolutions]


def at_batch(convolutions, n):
    """The same convolutions over n images."""
    return [c._replace(x=(n, *c.x[1:])) for c in convolutions]


def output_shape(convolution):
    """(N, K, H2, W2)."""
    _, x, w, stride, padding = convolution
    return shapes.conv2d_shape(x, w, None, stride, padding)


def multiply_adds(convolution):
    """Of the forward pass over the whole batch: N*H2*W2*K dot products of C*FH*FW terms."""
    _, x, w, stride, padding = convolution
    return x[0] * shapes.conv_multiply_adds(x[1:], w[0], w[2:], stride, padding)
