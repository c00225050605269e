"""Images made to order, so that the right answers are known: canvases of digits, and stick figures."""

import numpy as np

DIGIT = 28  # side of a digit's image; the ink is in the middle 20
INK = 0.3  # a pixel at least this dark belongs to the digit
JOINTS = (
    "head", "hip", "left elbow", "left hand", "right elbow", "right hand",
    "left knee", "left foot", "right knee", "right foot",
)  # fmt: skip


def canvas(images, labels, generator, side=92, digits=5, clutter=6):
    """A canvas with some digits on it, apart from each other, and scraps of others as clutter.

    images (N, 1, 28, 28), labels (N,) -> canvas (1, side, side), places (digits, 2) and classes (digits,); a place
    is the (row, column) of the upper left corner of a digit's 28x28 image. Two corners differ by at least 20.

    >>> picture, places, classes = canvas(np.ones((3, 1, 28, 28)), np.arange(3), np.random.default_rng(0), digits=2)
    >>> picture.shape, places.shape, classes.shape
    ((1, 92, 92), (2, 2), (2,))
    """
    out = np.zeros((side, side), images.dtype)
    places = apart(generator, digits, side - DIGIT)
    chosen = generator.integers(len(images), size=digits)
    for (row, column), image in zip(places, images[chosen, 0], strict=True):
        under = out[row : row + DIGIT, column : column + DIGIT]
        np.maximum(under, image, out=under)
    for _ in range(clutter):
        row, column = generator.integers(0, side - 9, 2)
        around = out[max(row - 4, 0) : row + 13, max(column - 4, 0) : column + 13]
        if around.max() < INK:  # on empty paper only, so that no digit is spoilt
            out[row : row + 9, column : column + 9] = scrap(images, generator)
    return out[None], places, labels[chosen]


def apart(generator, count, room, distance=20):
    """`count` places (row, column) in 0..room, no two closer than `distance` in both directions -> (count, 2)."""
    while True:  # start afresh when the places so far leave no room for another
        places = np.zeros((0, 2), int)
        for new in generator.integers(0, room + 1, (200, 2)):
            if not len(places) or (np.abs(places - new).max(axis=1) >= distance).all():
                places = np.vstack([places, new])
            if len(places) == count:
                return places


def scrap(images, generator, side=9):
    """A piece (side, side) out of the middle of some digit: a stroke that is no digit."""
    image = images[generator.integers(len(images)), 0]
    row, column = generator.integers(8, DIGIT - 8 - side, 2, endpoint=True)
    return image[row : row + side, column : column + side]


def labelled_canvas(images, labels, generator, side=56, digits=3):
    """A canvas and the class of each pixel: 0 for paper, 1 + d for the ink of a digit d.

    -> canvas (1, side, side), classes (side, side) of whole numbers 0..10

    >>> picture, classes = labelled_canvas(np.ones((1, 1, 28, 28)), np.array([7]), np.random.default_rng(0), digits=1)
    >>> np.unique(classes).tolist(), int((classes == 8).sum())
    ([0, 8], 784)
    """
    out, classes = np.zeros((side, side), images.dtype), np.zeros((side, side), int)
    for row, column in apart(generator, digits, side - DIGIT, distance=18):
        i = generator.integers(len(images))
        here = np.s_[row : row + DIGIT, column : column + DIGIT]
        ink = (images[i, 0] > INK) & (images[i, 0] > out[here])
        out[here] = np.maximum(out[here], images[i, 0])
        classes[here][ink] = 1 + labels[i]
    return out[None], classes


# ------------------------------------------------------------------------------------ stick figures


def stick_figure(generator, side=32):
    """A stick figure with random limbs -> image (1, side, side) float32 in 0..1, joints (10, 2) as (x, y) in pixels.

    The joints come in the order of JOINTS. Limbs that lead to a joint on the left of the image are drawn thin, the
    others thick: else nobody could tell a left hand from a right one when the arms cross.
    """
    size = generator.uniform(0.75, 1.0) * side / 32
    hip = side / 2 + generator.uniform(-2.5, 2.5, 2) * side / 32
    neck = hip + size * 7.5 * towards(generator.normal(0, 0.15) + np.pi)
    joints = [neck + size * 3.5 * towards(generator.normal(0, 0.3) + np.pi), hip]
    limbs = [(neck, hip, 0.8), (neck, joints[0], 0.8)]
    for start, length, spread in ((neck, 5.5, 1.3), (hip, 6, 0.5)):
        for sign, width in ((-1, 0.4), (1, 1.2)):  # towards the left, then the right of the image
            upper = sign * spread + generator.normal(0, 0.5)
            middle = start + size * length * towards(upper)
            end = middle + size * length * towards(upper + generator.normal(0, 0.6))
            limbs += [(start, middle, width), (middle, end, width)]
            joints += [middle, end]
    image = np.max([line(*limb, side) for limb in limbs], axis=0)
    image = np.maximum(image, line(joints[0], joints[0], 2.2 * size, side))
    return image[None].astype(np.float32), np.array(joints, np.float32)


def towards(angle):
    """The unit vector (x, y) at `angle` from straight down, positive to the right, in an image whose y grows downwards.

    >>> towards(0.0).round(3).tolist(), towards(np.pi / 2).round(3).tolist()
    ([0.0, 1.0], [1.0, 0.0])
    """
    return np.array([np.sin(angle), np.cos(angle)])


def line(start, end, radius, side):
    """A stroke from `start` to `end`, both (x, y), `radius` wide to each side -> (side, side) in 0..1, edges soft."""
    (x0, y0), (dx, dy) = start, np.subtract(end, start)
    x, y = np.arange(side)[None] - x0, np.arange(side)[:, None] - y0
    share = np.clip((x * dx + y * dy) / max(dx**2 + dy**2, 1e-9), 0, 1)  # how far along the nearest point lies
    return np.clip(radius + 0.5 - np.hypot(x - share * dx, y - share * dy), 0, 1)
