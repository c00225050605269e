"""Colours for every reader: words and marks stand out from their ground, and colour-blind eyes tell them apart.

Contrast is that of WCAG 2, Success Criteria 1.4.3 (words, 4.5) and 1.4.11 (marks, 3). Colour blindness is simulated
with the matrices of Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color
vision deficiency", IEEE Transactions on Visualization and Computer Graphics 15(6), table 1, severity 1.0; differences
of colours are CIEDE2000.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import re
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from commands import ROOT
from figures import plt
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.text import Text
from skimage.color import deltaE_ciede2000, rgb2lab

import cnnkit.plots
from cnnkit.plots import backward, conv, everywhere, fast, fc, history, index, lenet, pool, preview, style, trust

SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# A difference of about 1 is the least that is seen between two large areas side by side. A thin line and its place in
# the legend are small and far from each other: ten times as much.
APART = 10

# ---------------------------------------------------------------- a figure of every drawing function

RNG = np.random.default_rng(0)
GRID = np.array([[3, 1, 0, 2], [2, 6, 4, 2], [1, 0, 5, 7], [8, 3, 1, 3]])
SIGNED = RNG.normal(size=(6, 5, 5))
DIGITS = RNG.random((10, 28, 28))
PHOTO = RNG.random((3, 24, 36))
TEN = np.arange(10)
NAMES = np.array(list("abcdefghi")).reshape(3, 3)
WAYS = {name: RNG.random(6) for name in ("max", "average", "stride", "convolution", "none")}
COUNTS = np.diag(np.full(10, 97)) + (RNG.random((10, 10)) > 0.8)
LINKS = [[1, 2, -1], [3, 1, 2]]


def interval(values):
    return np.mean(values), np.std(values)


def events():
    """The events of the time line, as the chapter has them."""
    cells = json.loads((ROOT / "book" / "history.ipynb").read_text())["cells"]
    source = next(s for s in ("".join(c["source"]) for c in cells) if "draw.timeline" in s)
    names = dict(zip(("rule", "form", "scale"), history.KINDS, strict=True))
    listed = next(node.value for node in ast.parse(source).body if ast.unparse(node).startswith("events"))
    return eval(compile(ast.Expression(listed), "events", "eval"), names)


EXAMPLES = {
    backward.chain: lambda f: f([("conv", "dw, db"), ("pool", ""), ("loss", "")]),
    backward.wires: lambda f: f([("a", LINKS, [1, 2, -3], [4, 5], [6, 7, 0], [8, 9])]),
    backward.through: lambda f: f(4, 3, (1, 1), NAMES),
    backward.spread: lambda f: f(GRID[:2, :2], np.kron(GRID[:2, :2], [[1, 0], [0, 0]]), np.eye(6), 2),
    backward.matrix: lambda f: f(np.arange(-9, 9).reshape(3, 6), np.eye(6)),
    backward.reached: lambda f: f(DIGITS[0], SIGNED[0]),
    backward.v_shape: lambda f: f([0.1, 0.01], {"a": [1, 2], "b": [3, 4], "c": [5, 6]}),
    backward.kept: lambda f: f(["conv", "relu"], [784, 4704]),
    conv.shuffled: lambda f: f(PHOTO, PHOTO),
    conv.volume: lambda f: f(RNG.random((3, 9, 9)), window=(2, 2), size=3, maps=RNG.normal(size=(6, 7, 7))),
    conv.dot_product: lambda f: f(RNG.random((3, 5, 5)), SIGNED[:3].round(), 0.5),
    conv.sliding: lambda f: f(RNG.random((3, 9, 9)), SIGNED[0], 5, [(0, 0), (2, 3)]),
    conv.maps: lambda f: f(PHOTO, SIGNED, ["image", *"abcdef"], columns=4),
    conv.windows: lambda f: f(7, 3, range(0, 7, 3)),
    conv.readings: lambda f: f([GRID, GRID], ["a", "b"]),
    conv.padding: lambda f: f(GRID, 1, 3, GRID),
    conv.centred: lambda f: f((3, 5), (1, 2)),
    conv.fitting: lambda f: f([5, 6], [0, 1], [[1, None], [2, None]], "title"),
    conv.matrix_product: lambda f: f(
        RNG.random((20, 75)), RNG.normal(size=(75, 6)), RNG.normal(size=(20, 6)), range(9)),
    conv.flipped: lambda f: f([np.eye(3), np.arange(9).reshape(3, 3)], ["a", "b"]),
    conv.bills: lambda f: f([(1e6, 2e9, 2**20), (3e6, 4e9, 2**21)]),
    everywhere.neighbours: lambda f: f(
        DIGITS[:1], {"a": DIGITS[None, :2], "b": DIGITS[None, 2:4]}, ["a", "b"],
        {"a": np.array([[True, False]]), "b": np.array([[True, True]])}),
    everywhere.answers: lambda f: f(
        PHOTO, {"cup": (2, 3, 5, 6), "saucer": (4, 6, 9, 9)}, RNG.integers(0, 3, (24, 36)), PHOTO, {"head": (4, 5)}),
    everywhere.captions: lambda f: f([PHOTO] * 2, [list("abc"), list("def")], ["none", "minor", "related"]),
    everywhere.gram: lambda f: f(PHOTO, PHOTO, np.array([[1.0, 0.6, 0.4], [0.6, 0.5, 0.3], [0.4, 0.3, 0.1]])),
    everywhere.detections: lambda f: f(
        np.zeros((1, 60, 60)), [[(5, 5, 20, 20), (30, 30, 20, 20)]], [[3, 5]], [[True, False]]),
    everywhere.masks: lambda f: f(
        DIGITS[:2], RNG.integers(0, 11, (2, 28, 28)), RNG.integers(0, 11, (2, 28, 28)), list("0123456789")),
    everywhere.poses: lambda f: f(DIGITS[:4], 28 * RNG.random((4, 10, 2)), 28 * RNG.random((4, 10, 2))),
    everywhere.looking: lambda f: f(DIGITS[:3], RNG.normal(size=(3, 28, 28)), RNG.random((3, 22, 22)), [2, 4, 5]),
    everywhere.dreams: lambda f: f({"no prior": DIGITS, "prior": DIGITS}, range(10)),
    everywhere.styled: lambda f: f({"a": PHOTO, "b": PHOTO}, {"noise": [3, 2, 1], "photograph": [3, 1, 0.5]}),
    everywhere.games: lambda f: f([np.eye(9)[:, None].repeat(9, 1), np.ones((3, 9, 9))], [True, False]),
    fast.ladder: lambda f: f({"loops": {"seconds": 2e-1}, "torch": {"seconds": 3e-5}}),
    fast.roofline: lambda f: f(
        {name: (2.0 + 5 * i, 10.0 ** (7 + i / 2)) for i, name in enumerate("abcdefg")},
        {"flops": 1e11, "memory": 2e10, "cache": 9e10}),
    fast.columns: lambda f: f(GRID, 3),
    fast.lowering: lambda f: f(GRID, 3),
    fast.others: lambda f: f({
        "a": {"ways": {"fft": {"seconds": 3}, "lowered rows": {"seconds": 1}}},
        "b": {"ways": {w: {"seconds": 2} for w in ("fft", "winograd", "lowered rows")}}}),
    fc.reach: lambda f: f({"part": np.eye(8) > 0, "all": np.ones((8, 8), bool)}),
    fc.stretch: lambda f: f(np.arange(12).reshape(3, 2, 2)),
    fc.product: lambda f: f(10, 3072),
    fc.templates: lambda f: f(RNG.normal(size=(10, 8, 8)), range(10)),
    fc.shuffled: lambda f: f(DIGITS[0], DIGITS[1]),
    fc.shares: lambda f: f([("one", 25, 75), ("other", 99, 1)]),
    fc.per_layer: lambda f: f([("conv1", 1e6, 7e6), ("fc2", 5e6, 2e6)]),
    fc.page: lambda f: f(np.zeros((60, 60)), RNG.normal(size=(10, 9, 9)), {(0, 4 * k): k for k in range(5)}),
    fc.sliding: lambda f: f(np.zeros((28, 84)), RNG.normal(size=(10, 57)), {"score of 3": 3, "score of 7": 7}),
    fc.rectifier: lambda f: f(np.arange(-2, 3.0), [0, 0, 0, 1, 2.0], [0, 0, 0, 1, 1.0]),
    fc.softmax_steps: lambda f: f([2, 1, -1], [7.39, 2.72, 0.37], [0.71, 0.26, 0.04], ["cat", "ship", "frog"]),
    history.timeline: lambda f: f(events()),
    history.shuffled_digits: lambda f: f(DIGITS[:3], DIGITS[3:6], [4, 5, 6]),
    history.network_picture: lambda f: f(
        [("in", (1, 32, 32)), ("C1", (6, 28, 28)), ("out", (10, 1, 1))], ["convolution", "full"]),
    history.adaline: lambda f: f(
        RNG.normal(size=(20, 2)), np.repeat([-1.0, 1.0], 10), [0.3, -1.2, 0.8],
        {"fixed": [2.0, 1.0], "shrinking": [2.0, 0.5]}, 0.4),
    history.meter: lambda f: f(np.ones((2, 4, 4)), [59.6, -20.0], [60.0, 60.0], ["hit", "miss"]),
    history.mirror_symmetry: lambda f: f(np.array([500.0, 2000.0, np.inf]), np.array([[1, 2, 4, -4, -2, -1]] * 2)),
    history.sharing: lambda f: f({"all": 4_821_600, "own": 122_304, "shared": 156}),
    history.pca: lambda f: f(RNG.normal(size=(10, 2)), TEN, np.linspace(0.2, 1, 20)),
    history.costs: lambda f: f(["conv", "fc"], [1, 3], [9, 1]),
    history.madaline_plane: lambda f: f(
        np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]]), np.array([-1, 1, 1, -1]),
        np.array([[0.5, 1, 1], [0.5, -1, -1]])),
    history.solved_by: lambda f: f(
        {"a": RNG.uniform(100, 900, 9), "b": RNG.uniform(100, 900, 9)}, (558, "published")),
    history.letter_shapes: lambda f: f(np.zeros((8, 3, 3))),
    history.receptive_fields: lambda f: f(9 * SIGNED[:4, :3, :3] / 2, list("abcd")),
    history.error_by_epoch: lambda f: f(
        {n: [RNG.uniform(2, 9, 6), RNG.uniform(2, 9, 6)] for n in "abc"}, "error (%)", {"published": 1.0}),
    history.codes: lambda f: f({"a": RNG.normal(size=(10, 2)), "b": RNG.normal(size=(10, 2))}, TEN),
    history.three_costs: lambda f: f({"A": [("conv1", 1, 9, 9), ("fc", 5, 1, 1)], "B": [("conv1", 1, 9, 9)]}),
    index.network: lambda f: f([("image", DIGITS[:1]), ("maps", DIGITS[:6])], np.array([0.1, 0.7, 0.2])),
    lenet.samples: lambda f: f(DIGITS, TEN),
    lenet.architecture: lambda f: f([("input", (1, 28, 28)), ("conv", (6, 28, 28)), ("linear", (120,))]),
    lenet.connections: lambda f: f([(0, 1), (1, 2)], 3),
    lenet.bitmaps: lambda f: f(np.sign(SIGNED)),
    lenet.curves: lambda f: f([0.8, 0.2, 0.1], [0.8, 0.9, 0.95], [0.8, 0.9, 0.94], np.log(10), 2),
    lenet.confusion: lambda f: f(COUNTS),
    lenet.mistakes: lambda f: f(DIGITS[:2], [3, 4], [8, 9]),
    lenet.filters: lambda f: f(SIGNED, DIGITS[0], DIGITS[:6]),
    lenet.shifts: lambda f: f([-1, 0, 1], {"LeNet-5": [0.3, 0.9, 0.3], "linear": [0.2, 0.8, 0.2]}),
    lenet.shuffled: lambda f: f(DIGITS[:4], DIGITS[4:8]),
    pool.shrinking: lambda f: f([32, 28, 24]),
    pool.designs: lambda f: f({"never": [1e6, 2e6], "twice": [3e6, 4e6]}),
    pool.thumbnails: lambda f: f(list(DIGITS[:3]), ["94 %", "95 %", "92 %"]),
    pool.maps: lambda f: f(PHOTO, DIGITS[:3], DIGITS[3:6], list("abc")),
    pool.windows: lambda f: f(GRID, {"max": np.array([[6, 4], [8, 7]])}),
    pool.overlap: lambda f: f(RNG.integers(0, 9, (5, 5)), np.array([[9, 9], [8, 7]])),
    pool.shift: lambda f: f(range(3), {n: RNG.random(3) for n in "abcde"}),
    pool.backward: lambda f: f(GRID, np.full((2, 2), 10), {"winner": np.eye(4), "shares": np.ones((4, 4))}),
    pool.ways: lambda f: f({"one": WAYS, "two": WAYS}, interval),
    pool.shifted: lambda f: f(range(2), {name: [values, values / 2] for name, values in WAYS.items()}, interval),
    preview.stack: lambda f: f(PHOTO, [SIGNED, np.arange(7.0)], ["image", "conv", "7"]),
    preview.filters: lambda f: f(SIGNED[:, None]),
    preview.patches: lambda f: f([DIGITS[None, :4], DIGITS[None, 4:8]], ["a", "b"]),
    preview.optima: lambda f: f([SIGNED[None, :2]], [DIGITS[None, :3, :5, :5]], ["conv"]),
    preview.scores: lambda f: f(SIGNED, list("abcdef")),
    preview.purity: lambda f: f([RNG.random(9) for _ in range(5)], list("abcde"), 0.17),
    preview.receptive: lambda f: f(DIGITS[0], [np.pad(np.ones((5, 5)), ((9, 14), (9, 14)))] * 2, [5, 5], ["a", "b"]),
    preview.effective: lambda f: f(RNG.random((16, 16)), [5, 10, 20], [11, 21, 41], [7, 11, 15]),
    trust.boundary: lambda f: f(),
    trust.costs: lambda f: f({"conv": {"stock": 2.6, "ours": 1.7}, "fc": {"stock": 1.9, "ours": 1.2}}),
}  # fmt: skip
HELPERS = {conv.picture, conv.signed, fast.duration, fast.outline, fast.bracket, index.trained, index.stages}


def named(function):
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


each_figure = pytest.mark.parametrize("draw", EXAMPLES, ids=named)


@cache
def drawn(draw):
    with plt.rc_context({"figure.max_open_warning": 0}):
        return EXAMPLES[draw](draw)


@pytest.fixture(autouse=True, scope="module")
def close_figures():
    yield
    drawn.cache_clear()
    plt.close("all")


def test_every_drawing_function_has_an_example():
    modules = [importlib.import_module(f"cnnkit.plots.{m.name}") for m in pkgutil.iter_modules(cnnkit.plots.__path__)]
    public = {f for m in modules if m is not style for name, f in vars(m).items()
              if inspect.isfunction(f) and f.__module__ == m.__name__ and not name.startswith("_")}  # fmt: skip
    assert public == set(EXAMPLES) | HELPERS


# ---------------------------------------------------------------- contrast


DIM = float(re.search(r"brightness\(([0-9.]+)\)", (ROOT / "book" / "_static" / "custom.css").read_text())[1])


def contrast(a, b):
    """The contrast of two colours of a figure, on a light page or on a dark one, which dims it: the lower."""
    return np.minimum(ratio(a, b), ratio(DIM * np.asarray(a), DIM * np.asarray(b)))


def ratio(a, b):
    one, other = style.luminance(a), style.luminance(b)
    light, dark = np.maximum(one, other), np.minimum(one, other)
    return (light + 0.05) / (dark + 0.05)


def words(fig):
    """Every word of a figure that was painted, with its box: ticks in view, titles, legends, labels."""
    renderer = fig.canvas.get_renderer()
    legends = [*fig.legends, *filter(None, (ax.get_legend() for ax in fig.axes))]
    shown = [*fig.texts, *(text for legend in legends for text in legend.get_texts())]
    for ax in fig.axes:
        shown += [*ax.texts, ax.title]
        for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
            low, high = sorted(axis.get_view_interval())
            shown += [axis.label, *(tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high)]
    visible = (text for text in shown if text.get_text().strip() and text.get_visible())
    return [(text, text.get_window_extent(renderer)) for text in visible]


def ground(fig):
    """What stands behind the words: the figure painted with letters that cannot be seen."""
    fig.canvas.draw()  # the layout settles
    texts = [(t, t.get_color()) for t in fig.findobj(Text)]
    for text, _ in texts:
        text.set_color((0, 0, 0, 0))
    fig.canvas.draw()
    painted = np.asarray(fig.canvas.buffer_rgba())[::-1, :, :3] / 255  # row 0 below, as in window coordinates
    for text, colour in texts:
        text.set_color(colour)
    return painted


def faint_words(fig):
    behind = ground(fig)
    for text, box in words(fig):
        patch = behind[max(int(box.y0), 0) : int(box.y1) + 1, max(int(box.x0), 0) : int(box.x1) + 1].reshape(-1, 3)
        *rgb, alpha = to_rgba(text.get_color(), text.get_alpha())
        letters = alpha * np.array(rgb) + (1 - alpha) * patch
        # A thin line may cross a word; a tenth of its ground is left out.
        least = float(np.quantile(contrast(letters, patch), 0.1))
        if least < 4.5:
            yield text.get_text(), to_hex(rgb), round(least, 2)


@each_figure
def test_words_can_be_read(draw):
    assert list(faint_words(drawn(draw))) == []


def neutral(rgb):
    """Greys are guides and frames; they carry no meaning of their own."""
    return np.ptp(rgb[:3]) < 0.03


def on_white(rgba):
    """(colour, how solid it is); a colour that is let through is paler on white."""
    *rgb, alpha = to_rgba(rgba)
    return alpha * np.array(rgb) + 1 - alpha, alpha


@each_figure
def test_words_do_not_lie_on_each_other_and_are_large_enough_at_the_width_of_a_page(draw):
    fig = drawn(draw)
    fig.canvas.draw()
    found = [(text.get_text(), text.get_fontsize(), box.shrunk(1, 0.9)) for text, box in words(fig)]
    assert [(a, b) for (a, _, one), (b, _, two) in combinations(found, 2) if one.overlaps(two)] == []
    shrunk = min(1, 700 / fig.bbox.width) * fig.dpi / 72  # 700 pixels for the text column of a page
    assert [said for said, size, _ in found if size * shrunk < 9.5] == []


TINTS = [tint.lower() for tint in style.TINTS]


def marks(fig, pictures=False):
    """(artist, its colours, the code it has besides colour): lines, dots, and areas.

    Axes that show a picture are left out, unless `pictures`: a mark on a picture has a halo or a word beside it.
    """
    for ax in (ax for ax in fig.axes if pictures or not ax.images):
        for line in ax.lines:
            style, marker = line.get_linestyle(), line.get_marker()
            kinds = [line.get_color()] * (style != "None") + [line.get_markerfacecolor()] * (marker != "None")
            kinds += [line.get_markeredgecolor()] * (marker != "None")
            yield line, [to_rgba(c, line.get_alpha()) for c in kinds if to_rgba(c)[3]], (style, marker)
        for patch in ax.patches:
            kinds = [patch.get_facecolor()] * patch.get_fill() + [patch.get_edgecolor()] * (patch.get_linewidth() > 0)
            yield patch, kinds, ("area" if patch.get_fill() else "frame", patch.get_linestyle(), patch.get_hatch())
        for dots in (c for c in ax.collections if isinstance(c, PathCollection)):
            yield dots, list(dots.get_facecolor()), ("dots", dots.get_paths()[0].vertices.tobytes())


@each_figure
def test_lines_dots_and_bars_stand_out(draw):
    faint = []
    for artist, colours, code in marks(drawn(draw)):
        seen = [on_white(colour) for colour in colours]
        if all(neutral(rgb) or alpha <= 0.5 or to_hex(rgb) in TINTS for rgb, alpha in seen):
            continue  # a guide, or an area behind numbers or within an outline of its own
        best = max(float(contrast(rgb, np.ones(3))) for rgb, _ in seen)
        if best < 3:
            faint.append((type(artist).__name__, code, [to_hex(rgb) for rgb, _ in seen], round(best, 2)))
    assert faint == []


# ---------------------------------------------------------------- colour-blind eyes


def seen_by(rgb, sight):
    """An sRGB colour (..., 3) as such eyes see it; the matrices act on linear light."""
    rgb = np.asarray(rgb, float)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(SIGHT[sight]), 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def apart(a, b):
    """The difference of two colours (CIEDE2000) for those who see it least, and who they are."""
    both = {sight: rgb2lab(seen_by([[a], [b]], sight)) for sight in SIGHT}
    return min((float(deltaE_ciede2000(*lab)[0]), sight) for sight, lab in both.items())


def alike(fig):
    """Pairs of colours in one figure that somebody cannot tell apart, and that nothing but colour tells apart."""
    codes = {}
    for _, colours, code in marks(fig, pictures=True):
        for rgb in (on_white(colour)[0] for colour in colours):
            if not neutral(rgb):
                codes.setdefault(to_hex(rgb), set()).add(code)
    for a, b in combinations(codes, 2):
        difference, sight = apart(to_rgba(a)[:3], to_rgba(b)[:3])
        if difference < APART and codes[a] & codes[b]:
            yield a, b, round(difference, 1), sight, sorted(map(str, codes[a] & codes[b]))


@each_figure
def test_colours_of_one_figure_can_be_told_apart(draw):
    assert list(alike(drawn(draw))) == []


def test_the_diverging_map_has_two_ends_that_everyone_tells_apart_and_grows_lighter_towards_its_middle():
    shades = plt.get_cmap(style.DIVERGING)(np.linspace(0, 1, 257))[None, :, :3]
    for sight in SIGHT:
        lab = rgb2lab(seen_by(shades, sight))[0]
        assert deltaE_ciede2000(lab[:100], lab[:-101:-1]).min() > APART, sight
        below, above = lab[:129, 0], lab[:127:-1, 0]
        assert np.diff(below).min() > -0.05 and np.diff(above).min() > -0.05, sight
        assert lab[128, 0] > 96 and max(below[0], above[0]) < 40, sight


def test_the_tints_are_told_apart_by_everyone_and_black_reads_on_them():
    assert min(apart(to_rgba(a)[:3], to_rgba(b)[:3])[0] for a, b in combinations(style.TINTS, 2)) > 11
    assert min(contrast(to_rgba(tint)[:3], np.zeros(3)) for tint in style.TINTS) > 4.5


def test_the_ten_colours_stand_out_and_are_told_apart_by_everyone():
    assert len(set(style.TEN)) == 10 and min(contrast(to_rgba(c)[:3], np.ones(3)) for c in style.TEN) >= 3
    assert min(apart(to_rgba(a)[:3], to_rgba(b)[:3])[0] for a, b in combinations(style.TEN, 2)) > 15


def test_the_simulated_eyes_are_what_they_should_be():
    red, green, blue, grey = (1.0, 0, 0), (0, 0.6, 0), (0, 0, 1.0), (0.5, 0.5, 0.5)
    for sight in SIGHT:
        assert np.allclose(seen_by(grey, sight), grey, atol=0.01), sight
    hue = {sight: rgb2lab(seen_by([[red, green, blue, (0, 0.5, 0.5)]], sight))[0] for sight in SIGHT}
    # Red from green: a matter of a* for normal eyes, of hardly any for the red-green blind.
    assert hue["normal"][0, 1] - hue["normal"][1, 1] > 100
    assert all(abs(hue[s][0, 1] - hue[s][1, 1]) < 25 for s in ("protanopia", "deuteranopia"))


# ---------------------------------------------------------------- the time line


def test_the_labels_of_the_time_line_stand_clear_of_each_other_and_within_the_figure():
    fig = drawn(history.timeline)
    fig.canvas.draw()
    (ax,) = fig.axes
    labels = [(text.get_text(), box) for text, box in words(fig)]
    assert len(labels) == len(events()) + len(history.KINDS) + len(ax.get_xticks())
    for said, box in labels:
        assert fig.bbox.x0 <= box.x0 and box.x1 <= fig.bbox.x1 and fig.bbox.y0 <= box.y0 and box.y1 <= fig.bbox.y1, said
    assert [(a, b) for (a, one), (b, two) in combinations(labels, 2) if one.overlaps(two)] == []
    # Nor does a stem or a dot run through a word; the lanes do not either.
    lines = [line.get_window_extent(fig.canvas.get_renderer()) for line in ax.lines]
    assert [said for said, box in labels for line in lines if box.overlaps(line)] == []


def test_the_time_line_has_a_lane_a_kind_and_every_dot_lies_on_its_lane():
    (ax,) = drawn(history.timeline).axes
    lanes = {line.get_color(): line.get_ydata()[0] for line in ax.lines if np.ptp(line.get_xdata()) > 50}
    assert len(lanes) == len(history.KINDS) == len(set(lanes.values()))
    dots = {line.get_xdata()[0]: line for line in ax.lines if len(line.get_xdata()) == 1}
    for year, _, kind, *_ in events():
        colour, marker = history.KINDS[kind]
        assert dots[year].get_marker() == marker and dots[year].get_ydata()[0] == lanes[colour]
