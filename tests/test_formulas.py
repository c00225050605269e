"""The formula sheet: its numbers are those of cnnkit, and a browser prints it on one page of A4."""

import math
import re
from functools import partial

import numpy as np
import pytest
from commands import ROOT

from cnnkit import networks, shapes, training
from cnnkit.historic.backprop1986 import ONES, XOR_INPUTS, XOR_TARGETS, one_hidden_layer, sigmoid
from cnnkit.layers import naive

SHEET = (ROOT / "book" / "formulas.md").read_text()
WORDS = {"one": 1}
COUNT = re.compile(r"\d{1,3}(?:,\d{3})+|\d{3,}")


def table(section: str) -> list[list[str]]:
    """The cells of the table in a section, row by row, without its head."""
    text = SHEET.split(f"(formulas-{section})=")[1].split("\n(formulas-")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


def volume(text: str) -> tuple[int, ...]:
    """'32×32×3', as the lecture writes volumes -> (3, 32, 32)."""
    width, height, depth = (int(n) for n in text.split("×"))
    return depth, height, width


def written(shape) -> str:
    depth, height, width = shape
    return f"{width}×{height}×{depth}"


def layer(cells):
    """A row of worked numbers -> (input volume, number of filters, their side, stride, padding)."""
    number, _, side = cells[1].partition(" of ") if " of " in cells[1] else cells[1].partition(" ")
    return volume(cells[0]), WORDS.get(number) or int(number), int(side.split("×")[0]), int(cells[2]), int(cells[3])


WORKED = table("lecture")
CONVOLUTIONS = [cells for cells in WORKED if not cells[1].startswith("pool") and "neurons" not in cells[1]]


def test_the_lectures_five_examples_are_on_the_sheet():
    assert [cells[4] for cells in WORKED[:4]] == ["5×5×1", "3×3×1", "2.33: does not fit", "7×7×1"]
    assert ["32×32×3", "10 of 5×5", "1", "2", "32×32×10", "760"] in WORKED


@pytest.mark.parametrize("cells", CONVOLUTIONS, ids=" ".join)
def test_a_worked_convolution_is_what_shapes_says(cells):
    x, k, f, stride, padding = layer(cells)
    if "does not fit" in cells[4]:
        with pytest.raises(ValueError, match=f"= {cells[4].split(':')[0]} is not a whole number"):
            shapes.conv_output_shape(x, k, f, stride, padding)
        return
    assert cells[4] == written(shapes.conv_output_shape(x, k, f, stride, padding))
    assert cells[5] == f"{shapes.conv_parameters(x[0], k, f):,}"


def test_the_worked_pooling_and_full_connection_are_what_shapes_says():
    (pool,) = [cells for cells in WORKED if cells[1].startswith("pool")]
    assert (
        pool[4] == written(shapes.pool_output_shape(volume(pool[0]), int(pool[1][5]), int(pool[2]))) and pool[5] == "0"
    )
    (full,) = [cells for cells in WORKED if "neurons" in cells[1]]
    inputs, neurons = int(full[0].replace(",", "")), int(full[1].split()[0])
    assert inputs == 32 * 32 * 3 and full[4] == str(neurons)
    assert full[5] == f"{shapes.linear_parameters(inputs, neurons):,}"
    work = shapes.conv_multiply_adds((3, 32, 32), 10, 5, padding=2)
    assert f"The layer with 760: {work:,} multiply-adds" in SHEET


def test_the_typical_settings_do_what_they_promise():
    for f, stride, padding, effect in table("settings"):
        if effect.startswith("keeps the size"):
            assert shapes.conv_output_size(32, int(f), int(stride), int(padding)) == 32
        else:
            assert effect.startswith("halves") and shapes.conv_output_size(33, int(f), int(stride), 2) == 17


def value_of(formula, **letters):
    """A formula of the sheet with numbers for its letters; a product is written as one writes it by hand."""
    terms = re.sub(r"\\frac\{(.*?)\}\{(.*?)\}", r"((\1)/(\2))", formula.strip("$"))
    terms = terms.replace(r"\,", " ").replace(r"\cdot", " ").replace("^2", "**2")
    terms = re.sub(r"(?<=[A-Za-z0-9)])\s*(?=[A-Za-z(])", "*", terms)
    return eval(terms, {"__builtins__": {}}, letters)  # its own page, and nothing within reach


def test_the_formulas_of_sizes_are_those_of_shapes():
    (height, width), (same,) = re.findall(r"[HW]_2 = (.*?\+ 1)", SHEET), re.findall(r"\$P = (.*?)\$, \$F\$ odd", SHEET)
    for size, f, stride, padding in (7, 3, 2, 0), (8, 5, 3, 3), (32, 5, 1, 2):
        want = shapes.conv_output_size(size, f, stride, padding)
        assert value_of(height, H=size, F=f, S=stride, P=padding) == want
        assert value_of(width, W=size, F=f, S=stride, P=padding) == want
    assert [value_of(same, F=f) for f in (1, 3, 7)] == [shapes.same_padding(f) for f in (1, 3, 7)]


def test_the_receptive_field_is_that_of_shapes():
    grow, jump = re.search(r"\$r \\leftarrow (.*?)\$, then \$j \\leftarrow (.*?)\$", SHEET).groups()
    layers, r, j = [(5, 1), (2, 2), (3, 3), (3, 1)], 1, 1
    for f, stride in layers:
        r, j = value_of(grow, r=r, j=j, F=f), value_of(jump, j=j, S=stride)
    assert (r, j) == shapes.receptive_field(layers)


def test_the_formulas_of_costs_are_those_of_shapes():
    (conv, pool, full), value = table("counts"), partial(value_of, F=3, C=4, K=5, H_2=6, W_2=8, D=7, M=9)
    assert value(conv[1]) == shapes.conv_parameters(4, 5, 3) and value(full[1]) == shapes.linear_parameters(7, 9)
    assert value(conv[2]) == shapes.conv_multiply_adds((4, 8, 10), 5, 3) and value(full[2]) == 7 * 9
    assert value(conv[3]) == math.prod(shapes.conv_output_shape((4, 8, 10), 5, 3)) and value(full[3]) == 9
    assert value(pool[3]) == math.prod(shapes.pool_output_shape((4, 12, 16), 2)) and pool[1:3] == ["0", "0"]


def counted(convolutions, linears):
    """Rows of the networks' table from its layers: convolutions (input, K, F, S, P), linears (D, M)."""
    conv = sum(shapes.conv_parameters(x[0], k, f) for x, k, f, *_ in convolutions)
    full = sum(shapes.linear_parameters(*pair) for pair in linears)
    work = sum(shapes.conv_multiply_adds(*call) for call in convolutions) + sum(d * m for d, m in linears)
    share = f"{100 * full / (conv + full):.1f} %"
    return [str(len(convolutions)), str(len(linears)), f"{conv + full:,}", share, f"{work:,}"]


def lenet():
    convolutions = [((1, 28, 28), 6, 5, 1, 2), ((6, 14, 14), 16, 5, 1, 0)]
    return convolutions, [(16 * 5 * 5, 120), (120, 84), (84, 10)], [(5, 1), (2, 2), (5, 1), (2, 2)]


def alexnet():
    convolutions = [
        ((3, 227, 227), 96, 11, 4, 0), ((48, 27, 27), 256, 5, 1, 2), ((256, 13, 13), 384, 3, 1, 1),
        ((192, 13, 13), 384, 3, 1, 1), ((192, 13, 13), 256, 3, 1, 1),
    ]  # fmt: skip
    seen = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
    return convolutions, [(256 * 6 * 6, 4096), (4096, 4096), (4096, 1000)], seen


def vgg16():
    convolutions, seen, c, side = [], [], 3, 224
    for k, repeats in (64, 2), (128, 2), (256, 3), (512, 3), (512, 3):
        for _ in range(repeats):
            convolutions.append(((c, side, side), k, 3, 1, 1))
            c = k
        seen += [(3, 1)] * repeats + [(2, 2)]
        side //= 2
    return convolutions, [(c * side * side, 4096), (4096, 4096), (4096, 1000)], seen


@pytest.mark.parametrize("column, network", [(1, lenet), (2, alexnet), (3, vgg16)], ids=["LeNet", "AlexNet", "VGG"])
def test_the_networks_are_counted_right(column, network):
    convolutions, linears, seen = network()
    names = ["convolutions", "fully connected", "parameters", "fully connected share", "multiply-adds"]
    want = dict(zip(names, counted(convolutions, linears), strict=True))
    want["input"] = written(convolutions[0][0])
    want["field, last pooling"] = str(shapes.receptive_field(seen)[0])
    assert {cells[0]: cells[column] for cells in table("networks")} == want


def test_every_count_on_the_sheet_has_been_computed():
    """No count of three digits or more stands on the sheet that these tests do not know."""
    published = networks.lenet5_1998()
    rows = networks.table(published, (1, 32, 32))
    known = {f"{published.parameter_count:,}", f"{sum(row[5] for row in rows):,}"}
    known |= {f"{shapes.conv_multiply_adds((3, 32, 32), 10, 5, padding=2):,}", "128", "512"}
    known |= {
        count for section in ("lecture", "networks") for row in table(section) for count in COUNT.findall(" ".join(row))
    }
    years = {"1960", "1986", "1998"}
    sheet = re.sub(r"\d+\.\d+", "", SHEET)
    assert set(COUNT.findall(sheet)) - years == known
    assert f"{math.log(10):.3f}" in SHEET and f"5·5·3 = {5 * 5 * 3} values" in SHEET


# ---------------------------------------------------------------- forward, backward, learning


rng = np.random.default_rng(0)


def convolution():
    """out, dw, dx and db by the sums of the sheet, at stride 2, with x padded already."""
    (N, C, K, F, S), side = (2, 3, 2, 3, 2), 3
    x, w, b = rng.normal(size=(N, C, 7, 7)), rng.normal(size=(K, C, F, F)), rng.normal(size=K)
    dout, out = rng.normal(size=(N, K, side, side)), np.zeros((N, K, side, side))
    dw, dx = np.zeros_like(w), np.zeros_like(x)
    for n, k, i, j in np.ndindex(out.shape):
        out[n, k, i, j] = b[k]
        for c, p, q in np.ndindex(C, F, F):
            out[n, k, i, j] += w[k, c, p, q] * x[n, c, i * S + p, j * S + q]
            dw[k, c, p, q] += dout[n, k, i, j] * x[n, c, i * S + p, j * S + q]
            dx[n, c, i * S + p, j * S + q] += dout[n, k, i, j] * w[k, c, p, q]
    return [out, dx, dw, dout.sum((0, 2, 3))], [naive.conv2d(x, w, b, S), *naive.conv2d_backward(dout, x, w, S)]


def averages():
    dout, x = rng.normal(size=(1, 2, 3, 3)), rng.normal(size=(1, 2, 6, 6))
    return [dout.repeat(2, 2).repeat(2, 3) / 2**2], [naive.avg_pool2d_backward(dout, x, 2)]


def linear():
    x, w, b, dout = (rng.normal(size=shape) for shape in ((4, 3), (2, 3), 2, (4, 2)))
    return [x @ w.T + b, dout @ w, dout.T @ x, dout.sum(0)], [naive.linear(x, w, b), *naive.linear_backward(dout, x, w)]


def relu():
    x, dout = rng.normal(size=(2, 5, 4))
    return [np.maximum(0, x), dout * (x > 0)], [naive.relu(x), naive.relu_backward(dout, x)]


def softmax():
    s, r = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])
    p, y = np.exp(s) / np.exp(s).sum(1, keepdims=True), np.eye(3)[r]
    loss = -np.log(p[np.arange(5), r]).sum() / 5
    return [loss, (p - y) / 5], [naive.softmax_cross_entropy(s, r), naive.softmax_cross_entropy_backward(s, r)]


def momentum():
    network, (x, y) = networks.Network([networks.Linear(4, 3)], seed=0), (np.eye(4, dtype=np.float32), [0, 1, 2, 0])
    w, v = network.parameters[0].copy(), [np.full_like(p, 0.1) for p in network.parameters]
    training.step(network, x, np.array(y), v, 0.5, 0.9)
    want = 0.9 * np.float32(0.1) - 0.5 * network.gradients[0]
    return [want, w + want], [v[0], network.parameters[0]]


WORKED_OUT = {  # what stands on the sheet, in the order in which its function works it out
    convolution: [
        r"\mathrm{out}_{nkij} &= b_k + \textstyle\sum_{cpq} w_{kcpq}\, x_{n,c,iS+p,jS+q} \\",
        r"dw_{kcpq} &= \textstyle\sum_{nij} d\mathrm{out}_{nkij}\, x_{n,c,iS+p,jS+q} \\",
        r"dx_{n,c,iS+p,jS+q} &\mathrel{+}= \textstyle\sum_k d\mathrm{out}_{nkij}\, w_{kcpq} \qquad",
        r"db_k = \textstyle\sum_{nij} d\mathrm{out}_{nkij}",
    ],
    averages: ["| mean of the window | $1/F^2$ of `dout` to each |"],
    linear: [
        r"$\mathrm{out} = x w^{\mathsf T} + b$ | $dx = d\mathrm{out}\, w$, $dw = d\mathrm{out}^{\mathsf T} x$, "
        r"$db = \sum_n d\mathrm{out}_n$ |"
    ],
    relu: [r"$\max(0, x)$ | $d\mathrm{out}\,[x > 0]$ |"],
    softmax: [
        r"$p_k = e^{s_k} / \sum_j e^{s_j}$, after $s_k \leftarrow s_k - \max_j s_j$ |",
        r"$L = -\frac1N \sum_n \log p_{n,r_n}$ | $ds = (p - y)/N$, $y_{nk} = [k = r_n]$ |",
    ],
    momentum: [r"$\;v \leftarrow \alpha v - \eta\, dw$, $\;w \leftarrow w + v$."],
}


@pytest.mark.parametrize("compute", WORKED_OUT, ids=lambda compute: compute.__name__)
def test_a_formula_of_the_sheet_gives_what_cnnkit_gives(compute):
    """The formula stands on the sheet as it is worked out here: who changes the one sees this fail, and the other."""
    assert [formula for formula in WORKED_OUT[compute] if formula not in SHEET] == [], "the sheet says otherwise"
    for ours, theirs in zip(*compute(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_the_rules_of_1960_and_1986_give_what_they_promise():
    assert r"$\;w \leftarrow w + \mu\,(d - w \cdot x)\,x$, with $\mu < 2/|x|^2$" in SHEET
    x, w, d = np.array([1.0, 2, 2]), np.array([0.5, 0, 1]), 1.0
    errors = [abs(d - (w + mu * (d - w @ x) * x) @ x) for mu in (0.1 / 9, 1.9 / 9, 2.1 / 9)]
    assert max(errors[:2]) < abs(d - w @ x) < errors[2]
    for formula in (
        r"$o_j = \sigma(\sum_i w_{ji} o_i)$, $E = \frac12 \sum_j (t_j - o_j)^2$",
        r"\frac{\partial E}{\partial o_j} &= -(t_j - o_j) \;\text{ (output)}, \quad",
        r"\quad \sum_k \frac{\partial E}{\partial o_k}\, o_k(1 - o_k)\, w_{kj} \;\text{ (hidden)}",
        r"\frac{\partial E}{\partial w_{ji}} &= \frac{\partial E}{\partial o_j}\, o_j(1 - o_j)\, o_i",
    ):
        assert formula in SHEET, formula
    w = rng.normal(size=(1, 9))
    outputs, slopes = one_hidden_layer(XOR_INPUTS, ONES, XOR_TARGETS, hidden=2)(w)
    inner, outer = w[0, :6].reshape(2, 3), w[0, 6:]
    h = np.c_[sigmoid(XOR_INPUTS @ inner.T), ONES]
    assert np.allclose(outputs[0], o := sigmoid(h @ outer))
    by_o = -(XOR_TARGETS - o)
    by_h = (by_o * o * (1 - o))[:, None] * outer[:2]
    by_inner = (by_h * h[:, :2] * (1 - h[:, :2])).T @ XOR_INPUTS
    assert np.allclose(slopes[0], [*by_inner.ravel(), *(by_o * o * (1 - o)) @ h])


# ---------------------------------------------------------------- on paper


@pytest.fixture(scope="module")
def page(browser, site):
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(f"{site}/book/formulas.html", wait_until="load")
    page.wait_for_function("() => document.querySelectorAll('article mjx-container').length > 40", timeout=20_000)
    return page


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("margin", ["0mm", "10mm"])
def test_it_prints_on_one_page_of_a4(page, theme, margin):
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    margins = dict.fromkeys(("top", "right", "bottom", "left"), margin)
    assert pages_in(page.pdf(format="A4", margin=margins)) == 1


def test_another_page_does_not_print_on_one_page(browser, site):
    other = browser.new_page()
    other.goto(f"{site}/book/pool.html", wait_until="load")
    assert pages_in(other.pdf(format="A4")) > 3
    other.close()


def test_what_is_printed_can_be_read(page):
    """At least 7.5 pt (10 px), two columns, nothing but the sheet, no formula beyond its column, black on white."""
    page.set_viewport_size({"width": 726, "height": 1062})  # A4 less its margins, in CSS pixels
    page.emulate_media(media="print")
    page.evaluate("() => { document.documentElement.dataset.theme = 'dark' }")
    smallest = """() => Math.min(...[...document.querySelectorAll('#formula-sheet :is(p, td, th, a, code, h1, h2)')]
        .filter(n => n.offsetWidth).map(n => parseFloat(getComputedStyle(n).fontSize)))"""
    assert page.evaluate(smallest) >= 10
    tops = "names => names.map(n => document.querySelector(n).getBoundingClientRect())"
    first, middle = page.evaluate(tops, ["#formula-sheet section:first-of-type", "#formula-sheet section:last-of-type"])
    assert middle["left"] > first["right"] and max(first["right"], middle["right"]) <= 727
    beyond = """() => { const right = node => node.getBoundingClientRect().right;
        return [...document.querySelectorAll('#formula-sheet :is(mjx-math, table)')]
            .filter(node => right(node) > right(node.closest('section')) + 1).map(node => node.outerHTML) }"""
    assert page.evaluate(beyond) == []
    for hidden in (
        ".bd-header",
        ".bd-sidebar-primary",
        ".bd-header-article",
        ".prev-next-footer",
        ".bd-footer-content",
    ):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator("#formula-sheet h1").is_visible()
    ink = """() => [...document.querySelectorAll('#formula-sheet :is(tr, th, td, p)')].filter(n => n.offsetWidth)
        .map(n => getComputedStyle(n)).map(look => look.color + ' on ' + look.backgroundColor)"""
    assert set(page.evaluate(ink)) == {"rgb(0, 0, 0) on rgba(0, 0, 0, 0)"}
