"""What the chapters say beside their cells: their numbers are computed or quoted, their sums are right.

And the cells that vouch for it: none is excused from nbval, none asserts what is always true, none rolls dice.
"""

import ast
import re
import tomllib
from functools import cache

import pytest
from commands import ROOT

from cnnkit import notebooks

CHAPTERS = [path.stem for path in notebooks.chapters()]
PAGES = sorted(path.stem for path in (ROOT / "book").iterdir() if path.suffix in {".ipynb", ".md"})
QUOTED = tomllib.loads((ROOT / "tests" / "quoted.toml").read_text())
# Numbers that say something exactly: of three digits or more, with a decimal point, or in per cent. Not years.
NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d{3,}|\d+(?= ?%))(?![\w]|\.\d)")
YEAR = re.compile(r"19[4-9]\d|20[0-2]\d")
UNSAID = re.compile(r"\{cite:\w+\}`[^`]*`|\]\([^)]*\)|https?://\S+|^\([\w-]+\)=|^:label:.*|^`{3,}.*\}", re.MULTILINE)
TAGS = {"hide-input", "hide-cell", "figure-varies"}
DICE = {"random", "secrets", "uuid", "time", "datetime"}


@cache
def chapter(name):
    return notebooks.read(ROOT / "book" / f"{name}.ipynb")


@cache
def code(name) -> list[tuple[str, ast.Module]]:
    """The code cells of a chapter: (id, syntax tree)."""
    cells = [cell for cell in chapter(name).cells if cell.cell_type == "code"]
    return [(cell.id, ast.parse(re.sub(r"^[%!].*$", "pass", cell.source, flags=re.MULTILINE))) for cell in cells]


def prose(name) -> list[tuple[str, str]]:
    """What a page says outside its code: (id of the cell, text), alternative texts included."""
    if (path := ROOT / "book" / f"{name}.md").exists():
        return [(path.name, plain(path.read_text()))]
    said = []
    for cell in chapter(name).cells:
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        said.append((cell.id, plain(cell.source if cell.cell_type == "markdown" else alt)))
    return said


def plain(text: str) -> str:
    """Without citations, addresses and labels; the comma of thousands and the per cent sign as outside formulas."""
    text = UNSAID.sub(" ", text)
    return text.replace("{,}", ",").replace("\\,", " ").replace("\\%", "%").replace("per cent", "%")


def computed(name) -> set[str]:
    """Every number in the code of a chapter, in what it printed, and in the sums of its prose, which are tested too."""
    texts = [f"{left} {right}" for _, text in prose(name) for left, right, _ in sums(text) if checked(left, right)]
    for cell in chapter(name).cells:
        if cell.cell_type == "code":
            texts.append(re.sub(r"(?<=\d)_(?=\d)", "", cell.source))
            for output in cell.outputs:
                texts.append(output.get("text", ""))
                texts += [data for kind, data in output.get("data", {}).items() if kind.startswith("text/")]
    known = set(re.findall(r"\d+(?:\.\d+)?", "\n".join(texts).replace(",", "")))
    return known | {f"{100 * float(number):.4g}" for number in known if number.startswith("0.")}  # 0.88 is 88 %


def numbers(name) -> list[tuple[str, str, str]]:
    """The numbers that the prose of a chapter gives exactly: (number, cell, the words around it)."""
    found = []
    for place, text in prose(name):
        for match in NUMBER.finditer(text):
            if not YEAR.fullmatch(match[0]):
                around = " ".join(text[max(0, match.start() - 40) : match.end() + 30].split())
                found.append((match[0].replace(",", ""), place, around))
    return found


def sums(text: str) -> list[tuple[str, str, str]]:
    """The sums written out with numbers alone, "(5 - 2)/2 + 1 = 2.5": (left, right, what stands there)."""
    text = re.sub(r"^\s*\d+\.\s", " ", text, flags=re.MULTILINE)  # the number of an item in a list
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
    for written, means in WRITTEN.items():
        text = text.replace(written, means)
    text = re.sub(r"\^\{?(\d+)\}?", r"**\1", text)
    found = []
    for match in re.finditer("=", text):
        left = re.search(r"[\d.+\-*/() ]*$", text[: match.start()])
        right = re.match(r"[\d.+\-*/() ]*", text[match.end() :])
        before, after = text[: left.start()], text[match.end() + right.end() :]
        # A letter or sign right beside the figures belongs to the sum ("2x"), a word after a space does not.
        ends = [] if left[0][:1].isspace() else [before[-1:]]
        ends += [] if right[0][-1:].isspace() else [after[:1]]
        if any(JOINED.match(end) for end in ends):
            continue
        found.append((balanced(left[0]), balanced(right[0]), text[left.start() : match.end() + right.end()]))
    return found


JOINED = re.compile(r"[A-Za-z_\\{}\[\]^|&']")
WRITTEN = {
    **dict.fromkeys(("\\cdot", "\\times", "·", "×"), "*"),
    "−": "-",
    "²": "**2",
    "\\left": "",
    "\\right": "",
    "\n": " ",
}


def balanced(run: str) -> str:
    """A run of figures and signs less what belongs to the sentence around it: a full stop, a bracket of the words."""
    run = run.strip().rstrip(".").strip()
    while run.count("(") > run.count(")") and run.startswith("("):
        run = run[1:].strip()
    while run.count(")") > run.count("(") and run.endswith(")"):
        run = run[:-1].strip().rstrip(".")
    return run


def value(run: str) -> float | None:
    """What a run of figures and signs comes to; None when it is no sum."""
    if not re.search(r"\d", run) or re.search(r"\d\s+\d", run) or re.match(r"[*/+.-]", run):
        return None
    try:
        return eval(re.sub(r"(?<=[\d)])\s*\(", "*(", run), {"__builtins__": {}})  # figures, signs and brackets only
    except (SyntaxError, TypeError, ZeroDivisionError):
        return None


def checked(left: str, right: str) -> bool:
    """Whether both sides can be worked out and there is something to work out."""
    return None not in (value(left), value(right)) and re.search(r"\d\D*[-+*/]", left + right) is not None


def wrong_sums(text: str) -> list[str]:
    wrong = []
    for left, right, words in sums(text):
        if not checked(left, right):
            continue
        one, other = value(left), value(right)
        digits = len(right.partition(".")[2]) if re.fullmatch(r"-?\d+\.\d+", right) else None
        near = 1e-9 * max(1, abs(one)) if digits is None else 0.501 * 10**-digits
        if abs(one - other) > near:
            wrong.append(" ".join(words.split()))
    return wrong


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_number_in_the_prose_is_computed_in_its_chapter_or_quoted(name):
    known = computed(name) | set(QUOTED.get(name, {}))
    lost = [f"cell {place}: {number} in '{around}'" for number, place, around in numbers(name) if number not in known]
    assert not lost, "\n".join(["no cell computes, and tests/quoted.toml does not have,", *lost])


def test_what_is_quoted_stands_there_with_its_source():
    assert set(QUOTED) <= set(CHAPTERS)
    for name, quoted in QUOTED.items():
        gone = set(quoted) - {number for number, *_ in numbers(name)}
        assert not gone, f"{name} no longer says {gone}: strike it from tests/quoted.toml"
        assert all(len(source) > 3 for source in quoted.values())


@pytest.mark.parametrize("name", PAGES)
def test_a_sum_in_the_prose_comes_out_right(name):
    wrong = [f"{place}: {words}" for place, text in prose(name) for words in wrong_sums(text)]
    assert not wrong, "\n".join(["wrong sums", *wrong])


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("$(5 - 2)/2 + 1 = 2.5$: no.", True), ("(3 · 4 = 12.)", True), ("$(256 + 1) \\cdot 120 = 30{,}840$", True),
        ("$\\frac{7 - 3}{2} + 1 = 3$", True), ("2/3 = 0.67", True), ("$x = 3$ and $2x + 1 = 8$", True),
        ("$(5 - 2)/2 + 1 = 3$", False), ("(3 · 4 = 13.)", False), ("$1 + 1 = 2 \\cdot 1 = 3$", False),
        ("2/3 = 0.66", False), ("5² = 24", False), ("$(150 + 1) \\cdot 8 = 1280$", False),
    ],
)  # fmt: skip
def test_a_wrong_sum_is_seen_and_a_right_one_is_none(text, right):
    assert (wrong_sums(plain(text)) == []) == right


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_cell_is_excused_from_being_compared(name):
    for cell in chapter(name).cells:
        assert set(cell.metadata.get("tags", ())) <= TAGS, f"cell {cell.id}: {cell.metadata.tags}"
        assert "NBVAL_" not in cell.source.upper(), f"cell {cell.id}: its output would not be compared"


def test_no_output_is_rewritten_before_it_is_compared():
    assert (ROOT / "tests" / "nbval.cfg").read_text().strip() == ""


@pytest.mark.parametrize("name", CHAPTERS)
def test_an_assert_of_a_chapter_can_fail(name):
    found = [f"cell {place}: {ast.unparse(node)}" for place, tree in code(name) for node in idle(tree)]
    assert found == []


def idle(tree) -> list:
    """The asserts that cannot fail, or whose failing nobody would see."""
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    tries = [node for node in ast.walk(tree) if isinstance(node, ast.Try)]
    caught = {inner for node in tries for part in node.body for inner in ast.walk(part)}
    return [node for node in asserts if always(node.test) or node in caught]


def always(test) -> bool:
    """Whether a condition holds whatever was computed: a constant, a tuple, `x == x`, `True or ...`."""
    if isinstance(test, ast.BoolOp):
        return (any if isinstance(test.op, ast.Or) else all)(always(part) for part in test.values)
    if isinstance(test, ast.Compare):
        sides = [ast.dump(side) for side in (test.left, *test.comparators)]
        return len(set(sides)) == 1 or not computes(test)
    return isinstance(test, ast.Tuple) or not computes(test)


def computes(test) -> bool:
    """Whether a condition looks at something computed, or works out a sum of the prose: `60 / 256 < 0.25`."""
    return any(isinstance(node, ast.Name | ast.BinOp) for node in ast.walk(test))


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_rolls_no_dice_and_looks_at_no_clock(name):
    found = [f"cell {place}: {ast.unparse(node)}" for place, tree in code(name) for node in dice(tree)]
    assert found == []


def dice(tree) -> list:
    """Where a syntax tree asks for chance or for the time: other figures on each run, even where nothing is printed."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            found += [node] * bool(DICE & {name.split(".")[0] for name in names})
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            unseeded = called.endswith("default_rng") and not (node.args or node.keywords)
            old = re.match(r"(?:np|numpy)\.random\.(?!default_rng)|torch\.rand|__import__$", called)
            found += [node] * bool(unseeded or old)
    return found


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("assert True", idle), ("assert (1 == 2, 'never')", idle), ("assert x == x", idle), ("assert 1 or x > 3", idle),
        ("try:\n    assert x\nexcept Exception:\n    pass", idle), ("assert 3 < 4", idle),
        ("rng = np.random.default_rng()", dice), ("x = np.random.rand(3)", dice), ("import time", dice),
        ("from random import random", dice), ("__import__('random').random()", dice),
    ],
)  # fmt: skip
def test_an_idle_assert_and_a_throw_of_dice_are_seen(cell, seen):
    assert len(seen(ast.parse(cell))) == 1
    assert seen(ast.parse("assert x == 3 and f(1) > 2\nrng = np.random.default_rng(0)\nx = rng.random(3)")) == []
