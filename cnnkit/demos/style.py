"""Style as Gatys et al. 2016 describe it: an image is changed until its Gram matrices are those of another image."""

import numpy as np

from .. import networks


def extractor(seed=0, maps=(32, 32, 32)):
    """A network of untrained filters that ends in maps: convolution, ReLU, 2x2 average pooling, three times over.

    (N, 3, H, W) -> (N, K, H/8, W/8)
    """
    layers, channels = [], 3
    for count in maps:
        layers += [networks.Conv2d(channels, count, 5, padding=2), networks.ReLU(), networks.AvgPool2d(2)]
        channels = count
    return networks.Network(layers, seed=seed)


def gram(maps):
    """Mean products of every two maps, (K, H, W) -> (K, K): sum over the places of F[k] * F[l], divided by H*W.

    >>> gram(np.array([[[1.0, 2.0]], [[0.0, 3.0]]]))
    array([[2.5, 3. ],
           [3. , 4.5]])
    """
    F = maps.reshape(len(maps), -1)
    return F @ F.T / F.shape[1]


def activations(network, image):
    """The image (3, H, W) itself and what follows each ReLU: a list of maps (K, H, W)."""
    out, kept = network.array(image[None]), [image]
    for layer in network.layers:
        out = layer.forward(out, network.engine)
        if isinstance(layer, networks.ReLU):
            kept.append(out[0])
    return kept


def statistics(network, image):
    """The Gram matrix of the image and of the maps behind each ReLU."""
    return [gram(maps) for maps in activations(network, image)]


def style_loss(network, image, targets):
    """How far the Gram matrices are from `targets`, and the gradient by the pixels: (3, H, W) -> float, (3, H, W).

    The loss sums, over the layers, the squared distance divided by the squared size of the target.
    """
    loss, pulls = 0.0, []
    for maps, target in zip(activations(network, image), targets, strict=True):
        difference, size = gram(maps) - target, (target**2).sum()
        loss += float((difference**2).sum() / size)
        F = maps.reshape(len(maps), -1)
        pulls.append((4 / size / F.shape[1] * difference @ F).reshape(maps.shape))
    return loss, _down(network, pulls)


def _down(network, pulls):
    """Send the gradients `pulls`, one for the image and one for each ReLU's maps, down to the pixels."""
    pulls, dout = list(pulls), None
    for layer in reversed(network.layers):
        if isinstance(layer, networks.ReLU):
            here = pulls.pop()[None]
            dout = here if dout is None else dout + here
        if dout is not None:
            dout = layer.backward(dout.astype(network.parameters[0].dtype), network.engine)
    return dout[0] + pulls.pop()


def paint(start, loss_and_gradient, steps=150, rate=0.02):
    """Change an image step by step so that a loss falls: Adam on the pixels -> image (3, H, W), losses (steps,).

    loss_and_gradient(image) -> float, (3, H, W). Adam: Kingma and Ba 2015, arXiv:1412.6980, with its usual constants.
    """
    image, losses = start.copy(), []
    m, v = np.zeros_like(image), np.zeros_like(image)
    for t in range(1, steps + 1):
        loss, g = loss_and_gradient(image)
        losses.append(loss)
        m += 0.1 * (g - m)
        v += 0.001 * (g**2 - v)
        move = (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-12)
        image = np.clip(image - rate * move, 0, 1).astype(start.dtype)
    return image, np.array(losses)
