"""The demonstrations of the chapter "everywhere": made scenes are what they say, gradients agree with differences."""

import doctest

import numpy as np
import pytest

from cnnkit import networks
from cnnkit.demos import detect, pixels, play, pose, scenes, segment, style


@pytest.mark.parametrize("module", [detect, pixels, play, pose, scenes, segment, style], ids=lambda m: m.__name__)
def test_the_examples_run(module):
    tried = doctest.testmod(module)
    assert tried.failed == 0 and tried.attempted > 0


@pytest.fixture
def digits():
    images = np.zeros((3, 1, 28, 28), np.float32)
    images[:, :, 4:24, 4:24] = 1
    return images, np.array([3, 5, 7])


def test_digits_on_a_canvas_lie_where_it_says(digits):
    picture, places, classes = scenes.canvas(*digits, np.random.default_rng(0), clutter=0)
    assert picture.shape == (1, 92, 92) and len(places) == len(classes) == 5
    for row, column in places:
        assert (picture[0, row + 4 : row + 24, column + 4 : column + 24] == 1).all()
    assert picture.sum() == 5 * 400


def test_a_stroke_is_dark_on_its_line_and_pale_away_from_it():
    stroke = scenes.line((2, 5), (12, 5), 0.5, 16)
    assert (stroke[5, 2:13] == 1).all() and stroke[8].max() == 0


def test_the_convolutional_network_says_of_a_window_what_the_network_says():
    network = networks.lenet5(seed=1)
    picture = np.zeros((1, 1, 36, 40), np.float32)
    picture[0, 0, 4:32, 8:36] = digit = np.random.default_rng(0).random((28, 28), np.float32)
    maps = detect.convolutional(network).forward(picture)
    assert maps.shape == (1, 10, 3, 4)
    assert np.allclose(maps[0, :, 1, 2], network.forward(digit[None, None])[0], rtol=1e-3, atol=1e-3)


def test_a_true_box_is_claimed_once():
    true, box = np.array([[0, 0, 20, 20]]), [0, 0, 20, 20]
    right = detect.hits(np.array([box, box, [40, 0, 20, 20]]), np.array([3, 3, 3]), true, np.array([3]))
    assert right.tolist() == [True, False, False]
    assert detect.suppress(np.array([box, [4, 0, 20, 20], [40, 0, 20, 20]])) == [0, 2]
    assert detect.iou(true, [[10, 0, 20, 20]])[0, 0] == pytest.approx(1 / 3)


def test_the_gradient_by_the_pixels_agrees_with_a_difference():
    network = networks.Network(
        [networks.Conv2d(1, 2, 3), networks.ReLU(), networks.Linear(72, 4)], seed=2, dtype=np.float64
    )
    images = np.random.default_rng(1).random((2, 1, 8, 8))
    _, g = pixels.gradient(network, images, [1, 3])
    step = 1e-6 * np.random.default_rng(2).standard_normal(images.shape)
    change = (network.forward(images + step) - network.forward(images - step))[[0, 1], [1, 3]] / 2
    assert np.allclose(change, (g * step).sum(axis=(1, 2, 3)), rtol=1e-5)


def test_the_style_gradient_agrees_with_a_difference():
    network = networks.Network(style.extractor(maps=(3, 4)).layers, seed=3, dtype=np.float64)
    image, other = np.random.default_rng(4).random((2, 3, 8, 8))
    targets = style.statistics(network, other)
    step = 1e-6 * np.random.default_rng(5).standard_normal(image.shape)
    _, g = style.style_loss(network, image, targets)
    change = style.style_loss(network, image + step, targets)[0] - style.style_loss(network, image - step, targets)[0]
    assert change / 2 == pytest.approx((g * step).sum(), rel=1e-4)


def test_maps_beside_the_input_keep_it_and_learn():
    network = segment.network(networks.lenet5(seed=0))
    x = np.random.default_rng(0).random((1, 1, 16, 16), np.float32)
    beside = network.layers[0].forward(x, network.engine)
    assert beside.shape == (1, 25, 16, 16) and np.array_equal(beside[:, -1:], x)
    before = network.layers[0].forward(x, network.engine).copy()
    network.parameters[0][...] = 0  # the first filters of the deep part
    assert not np.allclose(network.layers[0].forward(x, network.engine), before)


def test_mean_iou_and_the_weight_of_ink():
    assert segment.mean_iou(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])) == pytest.approx((2 / 3 + 1 / 2) / 2)
    g = segment.weighted_gradient(np.zeros((2, 11), np.float32), np.array([0, 4]), ink=8.0)
    assert np.abs(g[1]).sum() == pytest.approx(8 * np.abs(g[0]).sum(), rel=1e-5)


def test_the_planner_catches_every_ball_it_can_reach():
    generator = np.random.default_rng(0)
    for _ in range(50):
        state = play.start(generator)._replace(paddle=5)
        while state.row < play.SIDE - 1:
            state = play.move(state, play.plan(state))
        assert state.column == state.paddle


def test_joints_are_inside_and_distances_in_pixels():
    images, joints = pose.figures(5)
    assert images.shape == (5, 1, 32, 32) and joints.shape == (5, 10, 2)
    assert np.allclose(pose.distances(joints + [3, 4], joints), 5, atol=1e-4)
