"""Convolution as matrix products, without the copy of every window that im2col makes.

Neighbouring windows overlap. From left to right the overlap costs FW copies: each image row is laid out FW times, once
for each column of the filter. From top to bottom it costs nothing: the windows of an output row lie in FH laid-out
rows, which are one stretch of memory, and the next output row's windows in the stretch that begins SH rows later.

    lowered     (rows * FW*C, n*W2)     the rows of a band of a group of n images, each laid out FW times
    windows[i]  (FH*FW*C, n*W2)         lowered[i*SH * FW*C :][: FH*FW*C], the windows of output row i, not copied

Several groups are laid out behind each other, so that one call of NumPy serves them all.

Source: Cho & Brand 2017, "MEC: Memory-efficient Convolution for Deep Neural Network", arXiv:1706.06873.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .. import shapes
from .threads import slices

COLUMNS = 384  # wanted in a product: with far fewer, BLAS is busier arranging the filters than multiplying
BAND_BYTES = 4 * 2**20  # of lowered rows, or of their product, at a time, or one row of windows of one image if larger


class Band(NamedTuple):
    """Some output rows of some images: views, made before there are numbers in them.

    lowered     (groups, rows * FW*C, n*W2), the image rows below, each laid out FW times: after lower()
    windows     (output rows, groups, FH*FW*C, n*W2), the same memory
    places      (output rows, groups, K, n, W2), the memory of the output, in the order of its windows
    """

    images: slice
    rows: slice
    copies: list
    lowered: np.ndarray
    windows: np.ndarray
    places: np.ndarray

    def lower(self):
        """Lay the rows out."""
        for target, source in self.copies:
            np.copyto(target, source)


class Lowering:
    """The windows of x (N, C, H, W) under filters of shape (K, C, FH, FW), a band of output rows at a time."""

    def __init__(self, x, w_shape, stride, padding):
        _, self.C, self.H, self.W = x.shape
        self.K, _, self.FH, self.FW = w_shape
        self.SH, self.SW = shapes.pair("stride", stride, at_least=1)
        self.PH, self.PW = shapes.pair("padding", padding, at_least=0)
        self.H2 = (self.H + 2 * self.PH - self.FH) // self.SH + 1
        self.W2 = (self.W + 2 * self.PW - self.FW) // self.SW + 1
        self.x = x
        self.few_images = len(x) <= self.H2 and len(x) * self.W2 < COLUMNS  # one product holds them all

    def bands(self, images, rows, out, scratch):
        """Yields Bands that together cover some output rows of some images; their `places` are in out (N, K, H2, W2),
        which may be its gradient. They share memory: use each before asking for the next.
        """
        n, groups, height = self._band_size(images)
        for block in self._blocks(images, n, groups):
            for band in slices(rows, height):
                yield self._band(block, band, n, out, scratch)

    def _band(self, images, rows, n, out, scratch):
        copies, padded = self._padded(images, rows, scratch)
        stretches = self._stretches(padded, n)
        lowered = scratch("lowered", stretches.shape, stretches.dtype)
        copies.append(runs(lowered, stretches))
        lowered = lowered.reshape(len(lowered), -1, lowered.shape[4] * self.W2)
        windows = self._windows(lowered)
        return Band(images, rows, copies, lowered, windows, self._output_rows(out, images, rows, windows))

    def _windows(self, lowered):
        groups, rows, columns = lowered.shape
        step, size = self.SH * self.FW * self.C, self.FH * self.FW * self.C
        SG, SR, S1 = lowered.strides
        shape = (rows - size) // step + 1, groups, size, columns
        # as_strided does the same, but takes three times as long; memory with gaps, as in `_stretches`, needs it.
        return np.ndarray(shape, lowered.dtype, lowered, strides=(step * SR, SG, SR, S1))

    def _output_rows(self, out, images, rows, windows):
        height, groups, _, columns = windows.shape
        part = out[images, :, rows].reshape(groups, columns // self.W2, out.shape[1], height, self.W2)
        return part.transpose(3, 0, 2, 1, 4)

    def add_windows(self, dwindows, dlowered, rows):
        """The way back from the windows of some output rows to the lowered rows: add each number to its place.

        dwindows (output rows, groups, FH*FW*C, n*W2), dlowered like lowered, rows a slice of the output rows
        """
        places, size = self._windows(dlowered)[rows], self.FW * self.C
        for p in slices(slice(0, self.FH * size), size):  # one filter row at a time, for the windows overlap
            places[:, :, p] += dwindows[:, :, p]

    def add_back(self, dlowered, dx, band, scratch):
        """The way back from lowered rows to dx (N, C, H, W): add each of the FW copies of a pixel to the pixel."""
        inside, outside = self._same_rows(band.rows)
        dpadded = self._room(band.images, band.rows, scratch)
        dpadded[...] = 0
        dplaces = self._stretches(dpadded, dlowered.shape[2] // self.W2)
        dlowered = dlowered.reshape(dplaces.shape)
        for q in range(self.FW):  # one copy at a time, for the copies overlap
            dplaces[:, :, q] += dlowered[:, :, q]
        dx[band.images, :, outside] += dpadded[:, :, inside, self.PW : self.PW + self.W]

    def _band_size(self, images):
        """How many images make a group, how many groups and how many output rows to take at a time."""
        # Of one image: a lowered row, or if that is more, the part of the product that comes with it.
        row_bytes = max(self.FW * self.C, -(-self.K // self.SH)) * self.W2 * self.x.itemsize
        all_images = max(1, images.stop - images.start)
        n = _group_size(all_images, min(BAND_BYTES // (row_bytes * self.FH), -(-COLUMNS // self.W2)))
        groups = BAND_BYTES // (row_bytes * n * (self.H + 2 * self.PH))
        height = (BAND_BYTES // (row_bytes * n) - self.FH) // self.SH + 1
        return n, max(1, min(all_images // n, groups)), max(1, min(self.H2, height))

    def _blocks(self, images, n, groups):
        """Slices of whole groups of n images that together cover the images; the last group may be smaller."""
        whole = images.start + (images.stop - images.start) // n * n
        return slices(slice(images.start, whole), n * groups) + slices(slice(whole, images.stop), n)

    def _padded(self, images, rows, scratch):
        """The pixels under some output rows of some images, zeros around them where there is padding: the copies that
        make them, and a view of them.
        """
        inside, outside = self._same_rows(rows)
        pixels = self.x[images, :, outside]
        if self.PH == self.PW == 0:
            return [], pixels
        padded = self._room(images, rows, scratch)
        return [(padded, 0), (padded[:, :, inside, self.PW : self.PW + self.W], pixels)], padded

    def _room(self, images, rows, scratch):
        """Scratch (n, C, rows, W + 2*PW), a place for each pixel, padding included, under some output rows."""
        height = (rows.stop - rows.start - 1) * self.SH + self.FH
        return scratch("padded", (images.stop - images.start, self.C, height, self.W + 2 * self.PW), self.x.dtype)

    def _same_rows(self, rows):
        """Two slices that mean the same pixels: of the padded rows under some output rows, and of the image's rows."""
        first = rows.start * self.SH - self.PH
        beyond = (rows.stop - 1) * self.SH + self.FH - self.PH
        top = min(max(first, 0), self.H)
        bottom = max(min(beyond, self.H), top)
        return slice(top - first, bottom - first), slice(top, bottom)

    def _stretches(self, padded, n):
        """padded (images, C, rows, W + 2*PW) -> (groups, rows, FW, C, n, W2): what each filter column meets, a view."""
        images, C, rows, _ = padded.shape
        n = min(n, images)
        SN, SC, SR, S1 = padded.strides
        return as_strided(padded, (images // n, rows, self.FW, C, n, self.W2), (n * SN, SR, S1, SC, SN, self.SW * S1))


@cache
def _group_size(images, wanted):
    """About as many images as wanted: a number that divides them all if one is near, or else groups alike in size.

    Groups of one size go through one call of NumPy, which buys an eighth of LeNet's first layer.
    """
    near = range(max(1, wanted // 2), min(images, 5 * wanted // 4) + 1)
    fitting = [n for n in near if images % n == 0]
    if fitting:
        return min(fitting, key=lambda n: abs(n - wanted))
    return -(-images // -(-images // max(1, min(images, wanted))))


def runs(target, source):
    """Views for np.copyto(target, source) with each run along the last axis as one item: half the time where runs are
    short. Where the numbers of a run do not lie side by side, the two as they are.
    """
    if any(a.strides[-1] != a.itemsize for a in (target, source)):
        return target, source
    run = f"V{source.shape[-1] * source.itemsize}"
    return target.view(run), source.view(run)
