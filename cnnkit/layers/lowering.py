"""Convolution as matrix products, without the copy of every window that im2col makes.

Neighbouring windows overlap. From left to right the overlap costs FW copies: each image row is laid out FW times, once
for each column of the filter. From top to bottom it costs nothing: the windows of an output row lie in FH laid-out
rows, which are one stretch of memory, and the next output row's windows in the stretch that begins SH rows later.

    lowered     (rows * C*FW, images*W2)     the rows of a band of several images, each laid out FW times
    windows[i]  (FH*C*FW, images*W2)         lowered[i*SH * C*FW :][: FH*C*FW], the windows of output row i, not copied

Source: Cho & Brand 2017, "MEC: Memory-efficient Convolution for Deep Neural Network", arXiv:1706.06873.
"""

from numpy.lib.stride_tricks import as_strided

from .. import shapes
from .threads import scratch, slices

COLUMNS = 384  # of one product, at least: with fewer, BLAS is busier arranging the filters than multiplying
BAND_BYTES = 4 * 2**20  # of lowered rows at a time: they stay in the cache, and scratch stays small whatever the batch


class Lowering:
    """The windows of x (N, C, H, W) under filters of shape (K, C, FH, FW), a band of output rows at a time."""

    def __init__(self, x, w_shape, stride, padding):
        _, self.C, self.H, self.W = x.shape
        _, _, self.FH, self.FW = w_shape
        self.SH, self.SW = shapes.pair("stride", stride, at_least=1)
        self.PH, self.PW = shapes.pair("padding", padding, at_least=0)
        self.H2 = (self.H + 2 * self.PH - self.FH) // self.SH + 1
        self.W2 = (self.W + 2 * self.PW - self.FW) // self.SW + 1
        self.x = x

    def lower(self, images):
        """Yields (images, output rows, lowered rows) for bands that together cover a slice of the images.

        The lowered rows (rows * C*FW, images*W2) lie in one buffer: use them before asking for the next.
        """
        n, height = self._band_size(images)
        for block in slices(images, n):
            for band in slices(slice(0, self.H2), height):
                stretches = self._stretches(self._padded(block, band))  # a view: nothing is copied yet
                lowered = scratch("lowered", stretches.shape, stretches.dtype)
                lowered[...] = stretches
                yield block, band, lowered.reshape(-1, lowered.shape[3] * self.W2)

    def windows(self, lowered):
        """lowered (rows * C*FW, columns) -> the windows of each output row, (output rows, FH*C*FW, columns), a view."""
        step, size = self.SH * self.C * self.FW, self.FH * self.C * self.FW
        shape = ((len(lowered) - size) // step + 1, size, lowered.shape[1])
        return as_strided(lowered, shape, (step * lowered.strides[0], *lowered.strides))

    def add_back(self, dlowered, dx, block, band):
        """The way back from lowered rows to dx (N, C, H, W): add each of the FW copies of a pixel to the pixel."""
        dpadded = self._zeros(block, band)
        dplaces = self._stretches(dpadded)
        dlowered = dlowered.reshape(dplaces.shape)
        for q in range(self.FW):  # one copy at a time, for the copies overlap
            dplaces[:, :, q] += dlowered[:, :, q]
        inside, outside = self._same_rows(band)
        dx[block, :, outside] += dpadded[:, :, inside, self.PW : self.PW + self.W]

    def _band_size(self, images):
        """How many images and how many output rows to take at a time."""
        row_bytes = self.C * self.FW * self.W2 * self.x.itemsize  # of one lowered row of one image
        most = min(images.stop - images.start, BAND_BYTES // (row_bytes * self.FH))
        n = max(1, min(most, -(-COLUMNS // self.W2)))
        height = (BAND_BYTES // (row_bytes * n) - self.FH) // self.SH + 1
        return n, max(1, min(self.H2, height))

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

    def _stretches(self, padded):
        """padded (n, C, rows, W + 2*PW) -> (rows, C, FW, n, W2): what each column of a filter meets, a view."""
        n, C, rows, _ = padded.shape
        SN, SC, SR, S1 = padded.strides
        return as_strided(padded, (rows, C, self.FW, n, self.W2), (SR, SC, S1, SN, self.SW * S1))
