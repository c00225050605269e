"""The picture on the opening page: a trained network, from the digit to the answer.

`python -m cnnkit.plots.index` draws it again for the README, into book/_static/readme.png.
"""

import numpy as np
from matplotlib.patches import ConnectionPatch

from cnnkit.plots.style import BLUE, ORANGE, figure, mark


def network(volumes, probabilities):
    """What a network makes of one image, stage by stage.

    volumes        list of (title, maps (C,H,W)), the image first
    probabilities  of the classes 0, 1, 2, ...; drawn as bars at the end, the largest in orange
    """
    columns = [_shape(len(maps))[1] for _, maps in volumes]
    widths = [1.6 if len(maps) == 1 else 0.75 * n for n, (_, maps) in zip(columns, volumes, strict=True)]
    fig, axes = figure(9.6, 3.1, 1, len(volumes) + 1, gridspec_kw={"width_ratios": [*widths, 1.6]})
    fig.get_layout_engine().set(wspace=0.16)
    for ax, (title, maps) in zip(axes, volumes, strict=False):
        ax.imshow(_mosaic(maps), cmap="gray", vmin=0, vmax=np.percentile(maps, 99.5), interpolation="nearest")
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    for left, right in zip(axes[:-1], axes[1:], strict=True):
        ends = {"coordsA": "axes fraction", "coordsB": "axes fraction", "axesA": left, "axesB": right}
        fig.add_artist(ConnectionPatch((1.03, 0.5), (-0.05, 0.5), arrowstyle="->", color="0.3", **ends))
    _answer(axes[-1], probabilities)
    return fig


def _answer(ax, probabilities):
    best = int(np.argmax(probabilities))
    colours = [mark(ORANGE) if m == best else BLUE for m in range(len(probabilities))]
    ax.barh(range(len(probabilities)), probabilities, color=colours)
    ax.set(yticks=range(len(probabilities)), xlim=(0, 1), xticks=[0, 1])
    ax.set_title("fully connected\n10 probabilities", fontsize=10)
    ax.invert_yaxis()


def _shape(count):
    """Rows and columns of the mosaic: 6 maps stand 3 by 2, 16 maps 4 by 4."""
    columns = int(np.sqrt(count))
    return -(-count // columns), columns


def _mosaic(maps):
    """Maps (C,H,W) tiled on one canvas; the gaps between them are NaN, which is drawn as nothing."""
    rows, columns = _shape(len(maps))
    _, height, width = maps.shape
    gap = max(1, height // 9)
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for c, values in enumerate(maps):
        top, left = (c // columns) * (height + gap), (c % columns) * (width + gap)
        canvas[top : top + height, left : left + width] = values
    return canvas


def trained(epochs=3, seed=0):
    """LeNet-5 trained on 4,000 of the shipped digits, and the other 1,000: network, (x, y)."""
    from cnnkit import data, networks, training

    (x, y), test = data.split(*data.mnist5k())
    lenet = networks.lenet5(seed=seed)
    training.fit(lenet, x, y, epochs=epochs, learning_rate=0.02)
    return lenet, test


def stages(lenet, image):
    """Run one image (1,1,28,28) through LeNet-5: the volumes for `network`, and the ten probabilities."""
    kept, x = {}, image
    for name, layer in enumerate(lenet.layers):
        x = layer.forward(x, lenet.engine)
        kept[name] = x[0]
    titles = {1: "convolution", 2: "pooling", 4: "convolution", 5: "pooling"}
    volumes = [("image\n28x28", image[0])]
    volumes += [(f"{titles[i]}\n{'x'.join(map(str, kept[i].shape))}", kept[i]) for i in titles]
    powers = np.exp(x[0] - x[0].max())
    return volumes, powers / powers.sum()


if __name__ == "__main__":
    from pathlib import Path

    lenet, (x, y) = trained()
    spot = int(np.flatnonzero(y == 5)[0])
    path = Path(__file__).resolve().parents[2] / "book" / "_static" / "readme.png"
    network(*stages(lenet, x[[spot]])).savefig(path, dpi=160)
    print(path)
