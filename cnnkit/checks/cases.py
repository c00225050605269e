"""Drawing the cases of a check: arrays of honest numbers and windows that fit.

>>> rng = np.random.default_rng(0)
>>> view = window(rng, stride=(2, 2), padding=(0, 0))
>>> [(f + s * (o - 1)) == n for n, f, s, o in zip(view.input, view.size, view.stride, view.output)]
[True, True]
"""

from dataclasses import dataclass

import numpy as np

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """A filter, or a pooling window, and an input that it fits; every field is a (height, width) pair."""

    input: Pair
    size: Pair
    stride: Pair
    padding: Pair
    output: Pair

    @property
    def settings(self) -> dict:
        """stride and padding as keyword arguments of a convolution, an int where both numbers are the same."""
        return {"stride": plain(self.stride), "padding": plain(self.padding)}


def window(rng, *, size: Pair = (1, 4), stride: Pair = (1, 3), padding: Pair = (0, 2), output: Pair = (1, 4),
           square: bool = False) -> Window:  # fmt: skip
    """Draw a window and an input that it fits exactly: each range is (smallest, largest), both included.

    The input follows from the rest, n = f + s (o - 1) - 2p on each axis, so that no drawn case fails to fit.
    Height and width differ wherever the ranges allow it; square=True gives the window one size, the strides one
    value and the paddings one value instead. A padding stays below the window's size: no window lies in zeros only.
    """
    for _ in range(10_000):
        f, s = _two(rng, size, square), _two(rng, stride, square)
        p, o = _two(rng, padding, square), _two(rng, output)
        n = tuple(f[a] + s[a] * (o[a] - 1) - 2 * p[a] for a in (0, 1))
        fits = min(n) >= 1 and all(p[a] < max(f[a], padding[0] + 1) for a in (0, 1))
        if fits and (n[0] != n[1] or _fixed(size, stride, padding, output)):
            return Window(n, f, s, p, o)
    raise ValueError(f"no window fits: size {size}, stride {stride}, padding {padding}, output {output}")


def exact(size, stride=1, padding=0, output=3) -> Window:
    """The window with exactly these settings, each an int or a (height, width) pair, on the input it fits.

    >>> exact(3, stride=2).input, exact((2, 3), padding=(0, 1), output=(2, 4)).input
    ((7, 7), (3, 4))
    """
    f, s, p, o = (value if isinstance(value, tuple) else (value, value) for value in (size, stride, padding, output))
    return Window(tuple(f[a] + s[a] * (o[a] - 1) - 2 * p[a] for a in (0, 1)), f, s, p, o)


def plain(pair: Pair) -> int | Pair:
    """A pair of equal numbers as that number, as a caller would write it: (2, 2) -> 2, (2, 1) -> (2, 1)."""
    return int(pair[0]) if pair[0] == pair[1] else (int(pair[0]), int(pair[1]))


def normal(rng, *shape: int, dtype=np.float64) -> np.ndarray:
    """Normally distributed numbers, negative ones among them: every digit counts."""
    return rng.standard_normal(shape).astype(dtype)


def whole(rng, *shape: int, low: int = -4, high: int = 5, dtype=np.float64) -> np.ndarray:
    """Whole numbers low..high as floats: easy to follow by hand, and their sums are exact in float32 too."""
    return rng.integers(low, high, shape, endpoint=True).astype(dtype)


def quarters(rng, *shape: int, dtype=np.float64) -> np.ndarray:
    """Multiples of 1/4 between -4 and 4: exact in float32 too, but lost in an integer array."""
    return (rng.integers(-16, 16, shape, endpoint=True) / 4).astype(dtype)


def distinct(rng, *shape: int, dtype=np.float64) -> np.ndarray:
    """Numbers of which no two are alike, shuffled around 0: the largest of any window is one number only."""
    count = int(np.prod(shape))
    return ((rng.permutation(count) - count // 2) / 4).astype(dtype).reshape(shape)


def _two(rng, bounds: Pair, square: bool = False) -> Pair:
    low, high = bounds
    first = int(rng.integers(low, high, endpoint=True))
    return (first, first if square else int(rng.integers(low, high, endpoint=True)))


def _fixed(*bounds: Pair) -> bool:
    return all(low == high for low, high in bounds)
