"""The figures of conv and preview draw what their data says; the explorable computes what cnnkit computes."""

import re
import shutil

import numpy as np
import pytest
from commands import ROOT
from figures import boxes, close_figures, curves, filled, heights, rectangles, shown, texts, titles, words  # noqa: F401
from matplotlib.colors import to_rgba

from cnnkit import shapes
from cnnkit.plots import conv, preview
from cnnkit.plots.style import BLUE, RED

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EXPLORER = ROOT / "book" / "_static" / "conv-explorer.html"


def patches_of(fig, colour):
    return [box for box in rectangles(fig.axes[0]) if box.get_facecolor()[:3] == to_rgba(colour)[:3]]


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
    assert [t.split()[-1] for t in titles(fig) if "sum" in t] == ["2.00", "−2.00", "4.00"]
    assert fig.get_supxlabel() == "2.00 + (−2.00) + 4.00 + bias 0.25 = 4.25"


def test_a_volume_has_a_plane_for_each_channel_and_each_map():
    x, maps = np.random.default_rng(0).random((3, 8, 6)), np.ones((4, 6, 4))
    fig = conv.volume(x, window=(1, 1), size=3, maps=maps)
    assert len(fig.axes[0].images) == 3 + 4
    assert {"8", "6", "3", "4"} <= texts(fig)
    assert len(conv.volume(x, maps=maps, shown=2).axes[0].images) == 3 + 2


def test_the_padding_figure_frames_the_input_with_zeros():
    x = np.full((3, 3), 7.0)
    fig = conv.padding(x, 1, 3, np.full((3, 3), 5.0))
    framed = words(fig.axes[0])
    assert framed.count("0") == 25 - 9 and framed.count("7") == 9
    assert words(fig.axes[1]) == ["5"] * 9


def test_the_table_of_what_fits_has_a_dash_where_nothing_does():
    fig = conv.fitting([5, 6], [0, 1], [[1, None], [2, None]], "title")
    assert words(fig.axes[0]) == ["1", "–", "2", "–"]


def test_sliding_fills_the_map_up_to_the_moment():
    out = np.ones((4, 4))
    fig = conv.sliding(np.zeros((3, 6, 6)), out, 3, [(0, 0), (1, 1), (3, 3)])
    assert [(shown(ax) != 0.88).any(axis=-1).sum() for ax in fig.axes[3:]] == [1, 6, 16]


def test_a_stack_has_every_map_and_every_label():
    stages = [np.ones((3, 6, 6)), np.ones((5, 4, 4)), np.arange(7.0)]
    fig = preview.stack(np.zeros((8, 8)), stages, ["image", "a", "b", "c"], line=4)
    assert len(fig.axes[0].images) == 1 + 3 + 5 + 1
    assert words(fig.axes[0]) == ["image", "a", "b", "c"]


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
    assert titles(fig) == ["a", "b", "c"]


def test_the_effective_field_adds_up_and_marks_the_middle():
    weight = np.outer([1, 2, 2, 1], [1, 3, 3, 1])
    square, bars, growth = preview.effective(weight, [1, 2], [3, 5], [3, 4]).axes
    assert square.patches[0].get_xy() == (0.5, 0.5) and square.patches[0].get_width() == 2
    assert [round(bar.get_height(), 1) for bar in bars.patches] == [12.5, 37.5, 37.5, 12.5]
    assert [bar.get_facecolor() == to_rgba(BLUE) for bar in bars.patches] == [False, True, True, False]
    assert curves(growth) == [[3, 5], [3, 4]]


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
        size_shown = re.search(r"output is (\d+)×", text)
        if f > n + 2 * p:
            assert size_shown is None
            continue
        size = shapes.conv_output_size(n, f, s, p, strict=False)
        assert int(size_shown[1]) == size, text
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
    assert [heights(ax) for ax in axes] == [[1, 3], [2, 4], [1, 2]]


def test_pixels_in_order_stand_left_of_the_same_shuffled():
    image, scrambled = np.random.default_rng(0).random((2, 3, 4, 5))
    fig = conv.shuffled(image, scrambled)
    assert np.array_equal(shown(fig.axes[0]), image.transpose(1, 2, 0))
    assert np.array_equal(shown(fig.axes[1]), scrambled.transpose(1, 2, 0))
    assert titles(fig) == ["in order", "the same pixels, shuffled"]


def test_a_picture_is_cut_to_what_can_be_shown_and_grey_has_three_equal_channels():
    assert conv.picture([[-0.5, 0.25], [1, 2]]).tolist() == [[[0] * 3, [0.25] * 3], [[1] * 3] * 2]
    assert conv.picture(np.zeros((3, 4, 5))).shape == (4, 5, 3)


def test_maps_stand_behind_their_picture_with_a_title_each():
    outs = np.random.default_rng(0).normal(size=(3, 6, 6))
    fig = conv.maps(np.full((3, 8, 8), 0.5), outs, ["picture", "a", "b", "c"], columns=3)
    assert titles(fig) == ["picture", "a", "b", "c", "", ""] and not fig.axes[5].images
    assert np.array_equal(shown(fig.axes[0]), np.full((8, 8, 3), 0.5))
    for ax, out in zip(fig.axes[1:], outs, strict=False):
        assert np.array_equal(shown(ax), conv.signed(out, np.percentile(np.abs(out), 99.5)))


def test_pixels_that_no_window_reads_are_filled():
    fig = conv.readings([[[1, 2, 0], [1, 1, 0]], [[3]]], ["a", "b"])
    assert filled(fig.axes[0]) == {(2, 0), (2, 1)} and filled(fig.axes[1]) == set()
    assert words(fig.axes[0]) == ["1", "2", "0", "1", "1", "0"] and titles(fig) == ["a", "b"]


def test_the_centred_window_reaches_over_the_border_by_the_padding():
    fig = conv.centred([1, 3, 5], [0, 1, 2], n=7)
    for ax, f, pad in zip(fig.axes, (1, 3, 5), (0, 1, 2), strict=True):
        assert boxes(ax)[0] == (-pad, -pad, 7 + 2 * pad, 7 + 2 * pad)
        assert boxes(ax)[-1] == (-pad, -pad, f, f) and ax.get_title() == f"F = {f}: pad {pad}"
        assert ax.lines[0].get_xydata().tolist() == [[0.5, 0.5]]  # in the middle of the window


def test_the_matrix_product_shows_the_chosen_windows_and_their_outputs():
    columns, weights = np.random.default_rng(0).random((20, 75)), np.random.default_rng(1).normal(size=(75, 4))
    columns[8] = 0  # a dark window
    out, some = columns @ weights, [3, 8, 11]
    fig = conv.matrix_product(columns, weights, out, some)
    assert titles(fig) == ["windows: 20 × 75", "filters: 75 × 4", "outputs: 20 × 4"]
    assert [shown(ax).shape for ax in fig.axes] == [(3, 75, 3), (75, 4, 3), (3, 4, 3)]
    assert [row.any() for row in shown(fig.axes[0])] == [True, False, True]
    assert np.array_equal(shown(fig.axes[1]), conv.signed(weights))
    assert np.array_equal(shown(fig.axes[2]), conv.signed(out[some]))
    assert fig.axes[0].get_ylabel() == "3 of 20 windows"


def test_flipped_writes_the_numbers_of_every_panel_and_a_zero_without_a_sign():
    fig = conv.flipped([[[1, -2], [-0.0, 3]], [[4]]], ["a", "b"])
    assert words(fig.axes[0]) == ["1", "−2", "0", "3"] and words(fig.axes[1]) == ["4"] and titles(fig) == ["a", "b"]


def test_filters_share_one_scale():
    weights = np.random.default_rng(0).normal(size=(4, 1, 5, 5))
    fig = preview.filters(weights)
    assert titles(fig) == ["filter 0", "filter 1", "filter 2", "filter 3"]
    assert all(np.array_equal(shown(ax), f) for ax, f in zip(fig.axes, conv.signed(weights)[:, 0], strict=True))


def test_patches_stand_in_rows_a_row_a_unit():
    block = np.random.default_rng(0).random((3, 4, 8, 8))  # three units with four patches each
    fig = preview.patches([block, block[:1]], ["a", "b"])
    page = shown(fig.axes[0])
    assert page.shape == (3 * 8 + 2 * 2, 4 * 8 + 3) and titles(fig) == ["a", "b"]
    assert np.array_equal(page[10:18, 27:35], block[1, 3]) and (page[8:10] == 1).all()


def test_purity_is_a_dot_a_unit_and_a_line_at_their_mean():
    (ax,) = preview.purity([np.array([0.2, 0.4]), np.array([0.5, 1.0, 0.9])], ["a", "b"], 0.1).axes
    assert curves(ax)[:4] == [[0.2, 0.4], pytest.approx([0.3] * 2), [0.5, 1.0, 0.9], pytest.approx([0.8] * 2)]
    places = [line.get_xdata() for line in ax.lines[:4:2]]
    assert [np.round(at).tolist() for at in places] == [[0, 0], [1, 1, 1]]
    assert curves(ax)[4] == [0.1, 0.1] and [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]
