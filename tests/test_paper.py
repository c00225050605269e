"""The book on paper: one PDF with every chapter, its bookmarks, its links and its formulas."""

import re
import unicodedata
from functools import cache

import pytest
from bs4 import BeautifulSoup
from commands import run
from pypdf import PdfReader
from reader import CHROMIUM, pages

from cnnkit import paper
from cnnkit.cli import main

FEWEST_PAGES = 100
A4 = (595, 842)
TEX = re.compile(r"\\(?:frac|mathbf|sum|text|left|begin|cdot|times|partial|lfloor|operatorname)\b")


@pytest.fixture(scope="module")
def printed(html, tmp_path_factory) -> PdfReader:
    """The whole book, printed by the command that `make pdf` calls."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    said = run("cnnkit", "pdf", "--book", str(html), "--to", str(target)).stdout
    reader = PdfReader(target)
    assert said == f"{target}: {len(reader.pages)} pages\n"
    return reader


@pytest.fixture(scope="module")
def text(printed) -> list[str]:
    """What stands on each page."""
    return [unicodedata.normalize("NFKC", page.extract_text()) for page in printed.pages]


@cache
def page_of(html, name):
    return BeautifulSoup((html / f"{name}.html").read_text(), "html.parser")


def title(html, name) -> str:
    """The title of a chapter, with its number, as its page has it."""
    heading = page_of(html, name).select_one("article h1")
    heading = BeautifulSoup(str(heading), "html.parser")
    heading.select_one(".headerlink").decompose()
    return heading.get_text().strip()


def chapters(printed) -> list:
    """The bookmarks of the first level."""
    return [mark for mark in printed.outline if not isinstance(mark, list)]


def test_every_chapter_is_a_bookmark_in_the_order_of_the_contents(printed, html):
    assert [mark.title for mark in chapters(printed)] == [title(html, name) for name in pages()]
    starts = [printed.get_destination_page_number(mark) for mark in chapters(printed)]
    assert starts == sorted(set(starts)) and starts[0] > 1
    assert sum(map(len, (marks for marks in printed.outline if isinstance(marks, list)))) > 50


def test_the_formula_sheet_is_one_page(printed, html):
    starts = {mark.title: printed.get_destination_page_number(mark) for mark in chapters(printed)}
    after = min(page for page in starts.values() if page > starts[title(html, "book/formulas")])
    assert after - starts[title(html, "book/formulas")] == 1


def test_a_bookmark_leads_to_the_page_with_its_heading(printed, text):
    marks = [m for entry in printed.outline for m in (entry if isinstance(entry, list) else [entry])]
    for mark in marks:
        page = text[printed.get_destination_page_number(mark)]
        assert squeezed(mark.title) in squeezed(page), mark.title


def squeezed(words: str) -> str:
    """The letters and figures alone: extraction breaks lines."""
    return re.sub(r"[^a-z0-9]", "", words.lower())


def test_the_contents_name_the_pages_on_which_chapters_begin(printed, text):
    contents = "\n".join(text[1 : printed.get_destination_page_number(chapters(printed)[0])])
    assert contents.startswith("2\nContents") and paper.UNKNOWN not in contents
    for mark in chapters(printed):
        number = printed.get_destination_page_number(mark) + 1
        assert re.search(rf"{re.escape(mark.title)}\s*{number}\b", contents), f"{mark.title} ... {number}"


def test_pages_are_numbered_and_of_one_size(printed, text):
    assert len(printed.pages) > FEWEST_PAGES
    for number, (page, words) in enumerate(zip(printed.pages, text, strict=True), start=1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == A4
        assert number == 1 or re.search(rf"(^|\n)\s*{number}\s*(\n|$)", words), f"no number on page {number}"


def test_it_begins_with_a_title_page_and_says_whose_it_is(printed, text):
    assert text[0].split("\n")[0] == printed.metadata.title == "Convolutional neural networks"
    assert printed.metadata.author in text[0] and "CC BY 4.0" in text[0]


def test_formulas_are_typeset(printed, text):
    for number, words in enumerate(text, start=1):
        assert not TEX.search(words) and "Math input error" not in words and "\\(" not in words, f"page {number}"
    fonts = {str(font) for page in printed.pages for font in names_of_fonts(page)}
    assert any("MathJax" in font or "MJX" in font for font in fonts), fonts


def names_of_fonts(page):
    fonts = [font.get_object() for font in (page["/Resources"].get("/Font") or {}).values()]
    return [font.get("/BaseFont") or font.get("/FontDescriptor", {}).get("/FontName") for font in fonts]


def test_links_inside_lead_to_pages_and_links_outside_to_the_web(printed):
    inside, outside = links(printed)
    assert len(inside) > 300 and len(outside) > 30
    assert {place for place in inside if place not in printed.named_destinations} == set()
    assert [address for address in outside if not address.startswith(("https://", "http://", "mailto:"))] == []
    assert [address for address in outside if "book.invalid" in address or "localhost" in address] == []


def links(printed):
    inside, outside = [], []
    for page in printed.pages:
        for note in page.get("/Annots") or []:
            note = note.get_object()
            if "/Dest" in note:
                inside.append(str(note["/Dest"]))
            elif "/A" in note:
                outside.append(str(note["/A"].get("/URI", "")))
    return inside, outside


def test_every_answer_is_printed_at_the_end_of_its_chapter(printed, text, html):
    whole = "\n".join(text)
    folded = sum(len(page_of(html, name).select("article :is(details.sd-dropdown, div.solution)")) for name in pages())
    assert len(re.findall(r"Answer \d+: page \d+", whole)) == folded > 40
    assert len(re.findall(r"\(asked\s+on\s+page\s+\d+\)", whole)) == folded
    assert "Show code cell" not in whole and "Hide code cell" not in whole


def test_every_paragraph_is_printed(printed, text, html):
    """Its longest piece of plain words; formulas and code come out of a PDF in another order.

    What only a reader on the screen needs stands in a container `on-screen`.
    """
    whole, lost = squeezed("".join(text)), []
    for name in pages():
        for paragraph in page_of(html, name).select("article :is(p, li):not(.says, .on-screen p)"):
            pieces = [
                squeezed(unicodedata.normalize("NFKC", piece))
                for piece in paragraph.find_all(string=True, recursive=False)
            ]
            longest = max(pieces, key=len, default="")
            if len(longest) > 30 and longest[:60] not in whole:
                lost.append(f"{name}: {' '.join(paragraph.get_text().split())[:80]}")
    assert not lost, "\n".join(lost)


def test_every_figure_is_printed_whole(html, browser, printed):
    """No picture, line of code or table is wider or longer than the page, and none is missing."""
    pictures = sum(len(page_of(html, name).select("article img")) for name in pages())
    drawn = sum(len(list(page["/Resources"].get("/XObject") or {})) for page in printed.pages)
    assert drawn >= pictures > 60
    page = opened_for_print(html, browser)
    clipped = page.eval_on_selector_all(
        "img, pre, table, mjx-container, svg",
        """nodes => nodes.filter(node => !node.closest("summary, mjx-assistive-mml")).filter(node => {
            const box = node.getBoundingClientRect();
            return box.right > document.documentElement.clientWidth + 1 || node.scrollWidth > node.clientWidth + 2
                && node.tagName === "PRE" || node.tagName === "IMG" && (box.height > 815 || !node.naturalWidth);
        }).map(node => node.outerHTML.slice(0, 150))""",
    )
    assert clipped == []


def opened_for_print(html, browser):
    """The joined document in a window as wide as the printed column."""
    page = browser.new_page(viewport={"width": 658, "height": 1000})
    page.emulate_media(media="print")
    document = paper.join(html, *paper.settings())
    page.route("**/*", lambda route: paper.answer(route, document, html, []))
    page.goto(paper.ORIGIN, wait_until="load")
    page.evaluate("() => MathJax.startup.promise")
    return page


def test_what_the_pages_ask_for_and_is_not_there_is_told(html, tmp_path, capsys, monkeypatch):
    assert main(["pdf", "--book", str(tmp_path)]) == 1
    assert "build the book first, with `make book`" in capsys.readouterr().err
    monkeypatch.setattr(paper.shutil, "which", lambda name: None)
    assert main(["pdf", "--book", str(html), "--to", str(tmp_path / "a.pdf")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("cnnkit: no browser to print with: install Chromium") and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
