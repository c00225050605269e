"""The figures of conv and preview draw what their data says; the explorable computes what cnnkit computes."""

import re
import shutil
from pathlib import Path

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.colors import to_rgba  # noqa: E402

from cnnkit import shapes  # noqa: E402
from cnnkit.plots import conv, preview  # noqa: E402
from cnnkit.plots.style import BLUE, RED  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EXPLORER = Path(__file__).parents[1] / "book" / "_static" / "conv-explorer.html"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def patches_of(fig, colour):
    patches = fig.axes[0].patches
    return [p for p in patches if isinstance(p, plt.Rectangle) and p.get_facecolor()[:3] == to_rgba(colour)[:3]]


def texts(fig):
    return [t.get_text() for ax in fig.axes for t in ax.texts]


@pytest.mark.parametrize("stride, fitting, hanging", [(1, 25, 0), (2, 9, 0), (3, 4, 5)])
def test_windows_show_every_place_and_mark_what_hangs_over(stride, fitting, hanging):
    fig = conv.windows(7, 3, range(0, 7 if stride == 3 else 5, stride))
    assert len(patches_of(fig, BLUE)) == fitting
    assert len(patches_of(fig, RED)) == hanging


def test_signed_colours_are_white_at_zero_and_tell_the_signs_apart():
    red, green, blue = conv.signed(np.array([-1.0, 0.0, 1.0])).T
    assert min(red[1], green[1], blue[1]) > 0.95
    assert blue[0] > red[0] and red[2] > blue[2]  # purple below zero, orange above


def test_the_dot_product_adds_up_in_the_figure():
    patch = np.full((3, 2, 2), 0.5)
    weights = np.stack([np.full((2, 2), v) for v in (1.0, -1.0, 2.0)])
    fig = conv.dot_product(patch, weights, bias=0.25)
    titles = [ax.get_title() for ax in fig.axes]
    assert [t.split()[-1] for t in titles if "sum" in t] == ["2.00", "−2.00", "4.00"]
    assert fig.get_supxlabel() == "2.00 + (−2.00) + 4.00 + bias 0.25 = 4.25"


def test_a_volume_has_a_plane_for_each_channel_and_each_map():
    x, maps = np.random.default_rng(0).random((3, 8, 6)), np.ones((4, 6, 4))
    fig = conv.volume(x, window=(1, 1), size=3, maps=maps)
    assert len(fig.axes[0].images) == 3 + 4
    assert {"8", "6", "3", "4"} <= set(texts(fig))
    assert len(conv.volume(x, maps=maps, shown=2).axes[0].images) == 3 + 2


def test_the_padding_figure_frames_the_input_with_zeros():
    x = np.full((3, 3), 7.0)
    fig = conv.padding(x, 1, 3, np.full((3, 3), 5.0))
    framed = [t.get_text() for t in fig.axes[0].texts]
    assert framed.count("0") == 25 - 9 and framed.count("7") == 9
    assert [t.get_text() for t in fig.axes[1].texts] == ["5"] * 9


def test_the_table_of_what_fits_has_a_dash_where_nothing_does():
    fig = conv.fitting([5, 6], [0, 1], [[1, None], [2, None]], "title")
    assert texts(fig) == ["1", "–", "2", "–"]


def test_sliding_fills_the_map_up_to_the_moment():
    out = np.ones((4, 4))
    fig = conv.sliding(np.zeros((3, 6, 6)), out, 3, [(0, 0), (1, 1), (3, 3)])
    filled = [(ax.images[0].get_array() != 0.88).any(axis=-1).sum() for ax in fig.axes[3:]]
    assert filled == [1, 6, 16]


def test_a_stack_has_every_map_and_every_label():
    stages = [np.ones((3, 6, 6)), np.ones((5, 4, 4)), np.arange(7.0)]
    fig = preview.stack(np.zeros((8, 8)), stages, ["image", "a", "b", "c"], line=4)
    assert len(fig.axes[0].images) == 1 + 3 + 5 + 1
    assert [t for t in texts(fig) if t] == ["image", "a", "b", "c"]


def test_the_receptive_square_stands_where_the_gradient_does():
    support = np.zeros((9, 9))
    support[2:7, 3:8] = 1
    square = preview.receptive(np.zeros((9, 9)), [support, support], [5, 12], ["a", "b"]).axes[0].patches[0]
    assert square.get_xy() == (2.5, 1.5) and square.get_width() == 5


def test_optima_stand_left_of_the_favourites_in_colour():
    found, liked = np.zeros((2, 2, 4, 4)), np.full((2, 3, 4, 4), 0.75)
    found[:, 0, 0, 0], found[:, 1, 0, 0] = 3, -3  # a start that ends orange, one that ends purple
    page = preview.optima([found], [liked], ["conv"]).axes[0].images[0].get_array()
    orange, purple, grey = page[0, 0], page[0, 5], page[0, -1]
    assert orange[0] > orange[2] and purple[2] > purple[1] and np.ptp(grey) == 0 and grey[0] == 0.75
    assert page.shape[1] == (4 * 2 + 1) + 2 + (4 * 3 + 2)


def test_the_scores_have_a_caption_each():
    fig = preview.scores(np.ones((3, 4, 4)), ["a", "b", "c"])
    assert [ax.get_title() for ax in fig.axes] == ["a", "b", "c"]


def test_the_effective_field_adds_up_and_marks_the_middle():
    weight = np.outer([1, 2, 2, 1], [1, 3, 3, 1])
    square, bars, growth = preview.effective(weight, [1, 2], [3, 5], [3, 4]).axes
    assert square.patches[0].get_xy() == (0.5, 0.5) and square.patches[0].get_width() == 2
    assert [round(bar.get_height(), 1) for bar in bars.patches] == [12.5, 37.5, 37.5, 12.5]
    assert [bar.get_facecolor() == to_rgba(BLUE) for bar in bars.patches] == [False, True, True, False]
    assert [list(line.get_ydata()) for line in growth.lines] == [[3, 5], [3, 4]]


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium")
def test_the_explorable_computes_what_cnnkit_computes():
    from playwright.sync_api import sync_playwright

    cases = [(n, f, s, p) for n in (1, 4, 7, 8, 12) for f in (1, 2, 3, 5, 7) for s in (1, 2, 3, 4) for p in (0, 1, 3)]
    script = """cases => cases.map(values => {
        const root = document.getElementById("conv-explorer");
        ["n", "f", "s", "p"].forEach((name, i) => { root.querySelector(`[name=${name}]`).value = values[i]; });
        root.querySelector("[name=p]").dispatchEvent(new Event("input"));
        return root.querySelector(".says").textContent;
    })"""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page, troubles = browser.new_page(), []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.set_content(EXPLORER.read_text())
        said = page.evaluate(script, cases)
        browser.close()
    assert troubles == []
    for (n, f, s, p), text in zip(cases, said, strict=True):
        assert text.startswith(f"({n} + 2·{p} − {f})/{s} + 1 = "), text
        assert ("does not fit" in text) == (not fits(n, f, s, p)), text
        shown = re.search(r"output is (\d+)×", text)
        if f > n + 2 * p:
            assert shown is None
            continue
        size = shapes.conv_output_size(n, f, s, p, strict=False)
        assert int(shown[1]) == size, text
        covered = {i * s + q - p for i in range(size) for q in range(f)} & set(range(n))
        unread = n * n - len(covered) ** 2
        assert (f"never read: {unread} of" in text) if unread else ("Every pixel is read" in text), text


def fits(*case):
    try:
        return bool(shapes.conv_output_size(*case))
    except ValueError:
        return False


def test_bills_draws_a_bar_a_layer_in_each_of_three_charts():
    axes = conv.bills([(1e6, 2e9, 2**20), (3e6, 4e9, 2**21)]).axes
    assert [[bar.get_height() for bar in ax.patches] for ax in axes] == [[1, 3], [2, 4], [1, 2]]
