"""Convolution as matrix products, without the copy of every window that im2col makes.

Neighbouring windows overlap. From left to right the overlap costs FW copies: each image row is laid out FW times, once
for each column of the filter. From top to bottom it costs nothing: the windows of an output row lie in FH laid-out
rows, which are one stretch of memory, and the next output row's windows in the stretch that begins SH rows later.

    lowered     (rows * FW*C, n*W2)     the rows of a band of a group of n images, each laid out FW times
    windows[i]  (FH*FW*C, n*W2)         lowered[i*SH * FW*C :][: FH*FW*C], the windows of output row i, not copied

Several groups are laid out behind each other, so that one call of NumPy serves them all.

Source: Cho & Brand 2017, "MEC: Memory-efficient Convolution for Deep Neural Network", arXiv:1706.06873.
"""

from numpy.lib.stride_tricks import as_strided

from .. import shapes
from .threads import scratch, slices

COLUMNS = 384  # of one product, at least: with fewer, BLAS is busier arranging the filters than multiplying
BAND_BYTES = 4 * 2**20  # of lowered rows, or of their product, at a time: scratch stays small, and in the cache


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

    def lower(self, images):
        """Yields (images, output rows, lowered rows) for bands that together cover a slice of the images.

        The lowered rows (groups, rows * FW*C, n*W2) lie in one buffer: use them before asking for the next.
        """
        n, groups, height = self._band_size(images)
        for block in self._blocks(images, n, groups):
            for band in slices(slice(0, self.H2), height):
                stretches = self._stretches(self._padded(block, band), n)  # a view: nothing is copied yet
                lowered = scratch("lowered", stretches.shape, stretches.dtype)
                copy_runs(lowered, stretches)
                yield block, band, lowered.reshape(len(lowered), -1, lowered.shape[4] * self.W2)

    def windows(self, lowered):
        """lowered -> the windows of each output row, (output rows, groups, FH*FW*C, n*W2), a view."""
        groups, rows, columns = lowered.shape
        step, size = self.SH * self.FW * self.C, self.FH * self.FW * self.C
        SG, SR, S1 = lowered.strides
        return as_strided(lowered, ((rows - size) // step + 1, groups, size, columns), (step * SR, SG, SR, S1))

    def output_rows(self, out, block, band, windows):
        """A part of out (N, K, H2, W2) in the order of its windows, (output rows, groups, K, n, W2), a view."""
        rows, groups, _, columns = windows.shape
        part = out[block, :, band].reshape(groups, columns // self.W2, out.shape[1], rows, self.W2)
        return part.transpose(3, 0, 2, 1, 4)

    def add_windows(self, dwindows, dlowered, rows):
        """The way back from the windows of some output rows to the lowered rows: add each number to its place.

        dwindows (output rows, groups, FH*FW*C, n*W2), dlowered like lowered, rows a slice of the output rows
        """
        places, size = self.windows(dlowered)[rows], self.FW * self.C
        for p in slices(slice(0, self.FH * size), size):  # one filter row at a time, for the windows overlap
            places[:, :, p] += dwindows[:, :, p]

    def add_back(self, dlowered, dx, block, band):
        """The way back from lowered rows to dx (N, C, H, W): add each of the FW copies of a pixel to the pixel."""
        dpadded = self._zeros(block, band)
        dplaces = self._stretches(dpadded, dlowered.shape[2] // self.W2)
        dlowered = dlowered.reshape(dplaces.shape)
        for q in range(self.FW):  # one copy at a time, for the copies overlap
            dplaces[:, :, q] += dlowered[:, :, q]
        inside, outside = self._same_rows(band)
        dx[block, :, outside] += dpadded[:, :, inside, self.PW : self.PW + self.W]

    def _band_size(self, images):
        """How many images make a group, how many groups and how many output rows to take at a time."""
        # Of one image: a lowered row, or if that is more, the part of the product that comes with it.
        row_bytes = max(self.FW * self.C, -(-self.K // self.SH)) * self.W2 * self.x.itemsize
        all_images = max(1, images.stop - images.start)
        n = max(1, min(all_images, BAND_BYTES // (row_bytes * self.FH), -(-COLUMNS // self.W2)))
        n = -(-all_images // -(-all_images // n))  # no more groups than with this n, but alike in size
        groups = BAND_BYTES // (row_bytes * n * (self.H + 2 * self.PH))
        height = (BAND_BYTES // (row_bytes * n) - self.FH) // self.SH + 1
        return n, max(1, min(all_images // n, groups)), max(1, min(self.H2, height))

    def _blocks(self, images, n, groups):
        """Slices of whole groups of n images that together cover the images; the last group may be smaller."""
        whole = images.start + (images.stop - images.start) // n * n
        return slices(slice(images.start, whole), n * groups) + slices(slice(whole, images.stop), n)

    def _padded(self, block, band):
        """The pixels under some output rows of some images, zeros around them where there is padding."""
        inside, outside = self._same_rows(band)
        if self.PH == self.PW == 0:
            return self.x[block, :, outside]
        padded = self._zeros(block, band)
        padded[:, :, inside, self.PW : self.PW + self.W] = self.x[block, :, outside]
        return padded

    def _zeros(self, block, band):
        """Zeros (n, C, rows, W + 2*PW), a place for each pixel, padding included, under some output rows."""
        rows = (band.stop - band.start - 1) * self.SH + self.FH
        zeros = scratch("padded", (block.stop - block.start, self.C, rows, self.W + 2 * self.PW), self.x.dtype)
        zeros[...] = 0
        return zeros

    def _same_rows(self, band):
        """Two slices that mean the same pixels: of the padded rows under some output rows, and of the image's rows."""
        first = band.start * self.SH - self.PH
        beyond = (band.stop - 1) * self.SH + self.FH - self.PH
        top = min(max(first, 0), self.H)
        bottom = max(min(beyond, self.H), top)
        return slice(top - first, bottom - first), slice(top, bottom)

    def _stretches(self, padded, n):
        """padded (images, C, rows, W + 2*PW) -> (groups, rows, FW, C, n, W2): what each filter column meets, a view."""
        images, C, rows, _ = padded.shape
        n = min(n, images)
        SN, SC, SR, S1 = padded.strides
        return as_strided(padded, (images // n, rows, self.FW, C, n, self.W2), (n * SN, SR, S1, SC, SN, self.SW * S1))


def copy_runs(target, source):
    """target[...] = source, each run along the last axis in one piece: half the time where runs are short."""
    if all(a.strides[-1] == a.itemsize for a in (target, source)):
        run = f"V{source.shape[-1] * source.itemsize}"
        target, source = target.view(run), source.view(run)
    target[...] = source
