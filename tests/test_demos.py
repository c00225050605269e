"""The demonstrations of the chapter "everywhere": made scenes are what they say, gradients agree with differences."""

from types import SimpleNamespace

import numpy as np
import pytest

from cnnkit import networks
from cnnkit.demos import descent, detect, pixels, play, pose, scenes, segment, style


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


# ------------------------------------------------------------------------------------------ made scenes


def dot():
    """One image of a digit that is a dot at (5, 5), where no scrap of clutter is cut out."""
    image = np.zeros((1, 1, 28, 28), np.float32)
    image[0, 0, 5, 5] = 1
    return image, np.array([7])


def test_clutter_spoils_no_digit():
    ragged = np.zeros((1, 1, 28, 28))
    ragged[:, :, 4:24, 4:24] = square = np.random.default_rng(0).uniform(scenes.INK, 1, (20, 20))
    picture, places, _ = scenes.canvas(ragged, np.array([7]), np.random.default_rng(0), clutter=60)
    assert picture.sum() > 5 * square.sum() + 1
    for row, column in places:
        assert np.array_equal(picture[0, row + 4 : row + 24, column + 4 : column + 24], square)


def test_the_digits_of_a_labelled_canvas_keep_apart_and_the_darker_one_owns_a_pixel():
    for seed in range(5):
        picture, classes = scenes.labelled_canvas(*dot(), np.random.default_rng(seed))
        spots = np.argwhere(picture[0])
        gaps = np.abs(spots[:, None] - spots[None]).max(axis=2)
        assert len(spots) == 3 and gaps[np.triu_indices(3, 1)].min() >= 18 and np.array_equal(classes, 8 * picture[0])
        pale_and_dark = np.full((2, 1, 28, 28), [[[[0.5]]], [[[0.9]]]])
        picture, classes = scenes.labelled_canvas(pale_and_dark, np.array([2, 6]), np.random.default_rng(seed))
        assert np.array_equal(np.array([0, 3, 7])[np.searchsorted([0, 0.5, 0.9], picture[0])], classes)


def test_a_stick_figure_stands_upright_on_its_joints_and_its_left_is_thin():
    images, joints = pose.figures(200)
    at = dict(zip(scenes.JOINTS, joints.swapaxes(0, 1), strict=True))  # name -> (200, 2)
    assert (at["head"][:, 1] < at["hip"][:, 1]).all()
    assert (at["left foot"][:, 0] < at["right foot"][:, 0]).mean() > 0.7
    assert all(ink_at(images, places, 0).min() > 0 for places in at.values())
    assert ink_at(images, at["left elbow"], 2).mean() < 0.75 * ink_at(images, at["right elbow"], 2).mean()


def ink_at(images, places, reach):
    """The ink of the pixels around a place (x, y) in each image, up to `reach` away, where all lie inside."""
    near = np.round(places).astype(int)
    inside = ((near >= reach) & (near < 32 - reach)).all(axis=1)
    return np.array([image[0, y - reach : y + reach + 1, x - reach : x + reach + 1].sum()
                     for image, (x, y) in zip(images[inside], near[inside], strict=True)])  # fmt: skip


# ------------------------------------------------------------------------------------------ detection


def test_eleven_classes_start_from_the_weights_of_ten():
    lenet = networks.lenet5(seed=1)
    eleven = detect.lenet11(lenet)
    assert eleven.forward(np.zeros((1, 1, 28, 28), np.float32)).shape == (1, 11)
    for own, given in zip(eleven.parameters, lenet.parameters, strict=True):
        assert np.array_equal(own[: len(given)], given)


def test_windows_to_learn_from_are_near_a_digit_or_far_from_all():
    windows, classes = detect.windows_of(*dot(), 300)
    assert windows.shape == (300, 1, 28, 28) and set(classes) == {7, detect.NOTHING}
    assert 0.3 < (classes == detect.NOTHING).mean() < 0.6
    assert windows[classes == 7, 0, 3:8, 3:8].any(axis=(1, 2)).all()  # off by two pixels at most
    assert not windows[classes == detect.NOTHING, 0, 1:10, 1:10].any()  # off by five at least


def says(*finds):
    """A network that finds in windows at (row, column) a class, surely or less so, and "nothing" in all others."""
    maps = np.zeros((1, 11, 17, 17))
    maps[0, detect.NOTHING] = 9
    for digit, row, column, sure in finds:
        maps[0, digit, row, column] = 9 + sure
    return SimpleNamespace(forward=lambda picture: maps)


def test_boxes_come_surest_first_with_their_places_in_pixels():
    found, classes, sure = detect.detect(says((2, 1, 5, 4), (3, 8, 0, 6)), np.zeros((1, 92, 92)), threshold=0.5)
    assert found.tolist() == [[4, 36, 20, 20], [24, 8, 20, 20]] and classes.tolist() == [3, 2]
    assert np.allclose(sure, 1 / (1 + np.exp([-6, -4]) * (1 + 9 * np.exp(-9))), rtol=1e-6)


def test_precision_is_a_share_of_the_finds_and_recall_one_of_the_digits():
    network = says((1, 0, 0, 8), (2, 10, 0, 7), (3, 0, 10, 6))
    truth = np.zeros((1, 92, 92)), np.array([[1, 1], [40, 0], [60, 60], [60, 30]]), np.array([1, 0, 5, 6])
    assert detect.precision_recall(network, [truth]) == (1 / 3, 1 / 4)  # the second find has the wrong class


# ------------------------------------------------------------------------------------------ pixels


def test_covering_a_pixel_costs_what_the_score_loses_by_it():
    network = SimpleNamespace(scores=lambda x: np.stack([9 * x[:, 0, 2, 4], 0 * x[:, 0, 2, 4]], axis=1))
    fall = pixels.occlusion(network, np.ones((1, 8, 9)), 0, size=3)
    covers = np.zeros((6, 7), bool)
    covers[0:3, 2:5] = True
    assert fall.shape == (6, 7) and np.allclose(fall[covers], 1 / (1 + np.exp(-9)) - 0.5) and (fall[~covers] == 0).all()


def test_a_dream_makes_its_unit_more_active_and_the_prior_makes_it_smooth_and_pale():
    network = networks.Network([networks.Conv2d(1, 3, 3), networks.ReLU(), networks.Linear(108, 4)], seed=0)
    start = np.random.default_rng(0).random((2, 1, 8, 8), np.float32)
    free, tame = (
        pixels.dream(network, start, [1, 3], steps=20, **prior) for prior in ({}, {"smooth": 1.0, "ink": 0.5})
    )
    before, after = (pixels.gradient(network, images, [1, 3])[0] for images in (start, free))
    assert (after > before).all() and free.min() == 0 and free.max() == 1
    assert (pixels.roughness(tame) < pixels.roughness(free)).all() and tame.mean() < free.mean()
    less = pixels.dream(network, start, [1, 3], steps=20, smooth=1.0)
    assert tame.mean() < less.mean() and (pixels.roughness(less) < pixels.roughness(free)).all()


# ------------------------------------------------------------------------------------------ play


def test_a_player_sees_the_older_screen_first_and_wins_where_ball_and_paddle_meet():
    seen = []
    for seed in range(20):
        screens, won = play.game(lambda frames: seen.append(frames) or 0, np.random.default_rng(seed))
        assert [np.flatnonzero(screen.any(axis=1))[0] for screen in screens] == list(range(12))
        assert won == (screens[-1].sum() == 1)
    rows = np.array([[np.flatnonzero(frame.any(axis=1))[0] for frame in frames] for frames in seen])
    assert len(rows) == 200 and (rows[:, 1] == rows[:, 0] + 1).all()


def test_a_lesson_is_the_planned_move_and_now_and_then_another_one_is_made():
    screens, moves = play.lessons(40)
    before, now = screens[:, 0], screens[:, 1]
    disobeyed = []
    for i, (first, second, taught) in enumerate(zip(before, now, moves, strict=True)):
        (row, column), paddle = np.argwhere(first)[0], np.flatnonzero(second[-1])[0]
        states = [play.fall(play.State(row, column, velocity, paddle)) for velocity in range(-3, 4)]
        plans = {play.plan(state) for state in states if state.column == np.argwhere(second)[0, 1]}
        assert taught - 1 in plans
        if i + 1 < len(now) and np.array_equal(before[i + 1], second):
            disobeyed.append(np.flatnonzero(now[i + 1, -1])[0] - paddle - (taught - 1))
    assert {-2, -1, 0, 1, 2} <= set(disobeyed) and 0.1 < np.mean(np.array(disobeyed) != 0) < 0.35


# ------------------------------------------------------------------------------------------ segmentation, pose, style


def test_the_way_back_past_the_deep_maps_agrees_with_a_difference():
    deep = [networks.Conv2d(1, 2, 3, padding=1), networks.ReLU(), networks.AvgPool2d(4)]
    layers = [segment.BesideInput(deep), networks.Conv2d(3, 4, 1), segment.PixelByPixel()]
    network, generator = networks.Network(layers, seed=0, dtype=np.float64), np.random.default_rng(0)
    x, dout = generator.random((2, 1, 8, 4)), generator.standard_normal((64, 4))
    assert network.forward(x).shape == dout.shape
    slopes = [network.backward(dout), *network.gradients]
    for values, slope in zip([x, *network.parameters], slopes, strict=True):
        step = 1e-6 * generator.standard_normal(values.shape)
        change = moved(network, x, values, step) - moved(network, x, values, -step)
        assert (change * dout).sum() / 2 == pytest.approx((slope * step).sum(), rel=1e-5)


def moved(network, x, values, step):
    """What the network gives while one array, x or of its parameters, is a step away from where it is."""
    values += step
    out = network.forward(x)
    values -= step
    return out


def test_a_step_goes_down_and_remembers_the_last_one():
    network = SimpleNamespace(parameters=[np.array([1.0])], gradients=[np.array([2.0])])
    velocities = [np.zeros(1)]
    for place in (0.8, 0.8 - 0.9 * 0.2 - 0.2):
        descent.descend(network, velocities, rate=0.1)
        assert np.allclose(network.parameters[0], place)


def test_a_pose_that_is_learnt_is_predicted_in_pixels():
    x, joints = pose.figures(20)
    taught, mean = pose.train(x, joints, epochs=60)
    off = pose.distances(pose.predict(taught, mean, x), joints).mean()
    assert off < 0.15 * pose.distances(mean, joints).mean()


def test_painting_lowers_the_loss_and_stays_within_what_can_be_shown():
    start, target = np.full((2, 1, 1, 2), 0.5)
    target[..., 1] = 3
    image, losses = style.paint(start, lambda image: (((image - target) ** 2).sum(), 2 * (image - target)), steps=60)
    assert (np.diff(losses) <= 0).all() and image.tolist() == [[[0.5, 1.0]]]
    once, _ = style.paint(start, lambda image: (0.0, 1e-3 * np.ones_like(image)), steps=1, rate=0.02)
    assert np.allclose(once, 0.48)  # the first step of Adam, however small the gradient
