"""The book as a reader meets it: built with warnings as errors, then opened in a browser, page by page."""

import re
import tomllib
from pathlib import Path

import pytest
from commands import ROOT, run
from reader import pages

LECTURE = tomllib.loads((ROOT / "tests" / "lecture.toml").read_text())
VAGUE = re.compile(
    r"(?:an? |the )?(?:figure|plot|chart|graph|diagram|picture|image)\b(?! \w+ at the left)", re.IGNORECASE
)
OUTLINE = [
    *(f"H{n}" for n in range(1, 17)), "P1", "P2", *(f"C{n}" for n in range(1, 16)), "L1", "L2", "L3", "F1", "F2", "R1",
]  # fmt: skip


def test_every_chapter_is_in_the_table_of_contents():
    chapters = {path.stem for path in (ROOT / "book").iterdir() if path.suffix in {".ipynb", ".md"}}
    assert {Path(page).name for page in pages()} == chapters


def test_the_whole_outline_has_a_place():
    assert list(LECTURE) == OUTLINE


@pytest.mark.parametrize("item", OUTLINE)
def test_a_lecture_item_is_found_where_the_map_says(item, visit):
    place = LECTURE[item]
    page = visit(f"book/{place['chapter']}")
    heading = page.locator(f"[id='{place['anchor']}']")
    assert heading.count() == 1, f"{item}: no section #{place['anchor']} in {place['chapter']}"
    section = heading.first.evaluate("node => (node.closest('section') || node.nextElementSibling || node).innerText")
    words = " ".join(section.split())
    assert place["text"].lower() in words.lower(), f"{item}: {place['text']!r} is not in #{place['anchor']}"


@pytest.mark.parametrize("name", pages())
def test_every_figure_has_alt_text_that_says_what_it_shows(name, visit):
    texts = visit(name).eval_on_selector_all("article img", "nodes => nodes.map(n => n.alt.trim())")
    poor = [f"figure {i}: {text!r}" for i, text in enumerate(texts, 1) if len(text.split()) < 8 or VAGUE.match(text)]
    assert not poor, "\n".join(poor)
    assert len(set(texts)) == len(texts), "two figures of the page have the same words"


@pytest.mark.parametrize("name", pages())
def test_formulas_are_typeset(name, visit):
    page = visit(name)
    written = page.locator("article .math").count()
    if written:
        page.wait_for_function("() => document.querySelectorAll('article mjx-container').length > 0", timeout=20_000)
    assert page.locator("article mjx-merror, article .math .merror").count() == 0


@pytest.mark.parametrize("name", pages())
def test_links_inside_the_book_lead_somewhere(name, html):
    page = html / f"{name}.html"
    for link in re.findall(r'href="([^"#:]*)(?:#([^"]*))?"', page.read_text()):
        target = (page.parent / link[0].split("?")[0]).resolve() if link[0] else page
        assert target.exists(), f"{name}: {link[0]}"
        if link[1] and target.suffix == ".html":
            assert f'id="{link[1]}"' in target.read_text(), f"{name}: #{link[1]} is not in {target.name}"


def test_every_entry_of_the_bibliography_is_cited():
    entries = re.findall(r"^@\w+\{([^,]+),", (ROOT / "book" / "references.bib").read_text(), re.MULTILINE)
    written = "".join(path.read_text() for path in (ROOT / "book").iterdir() if path.suffix in {".ipynb", ".md"})
    cited = {key.strip() for keys in re.findall(r"\{cite:\w+\}`([^`]+)`", written) for key in keys.split(",")}
    assert len(set(entries)) == len(entries) > 50 and set(entries) - cited == set()


def test_the_checks_point_to_sections_that_exist(html):
    from cnnkit.checks.catalogue import exercises

    for exercise in exercises().values():
        for section in {exercise.section, *(mistake.section for mistake in exercise.misconceptions)}:
            page, anchor = section.split("#")
            assert f'id="{anchor}"' in (html / "book" / page).read_text(), f"{exercise.name}: {section}"


def test_the_opening_page_leads_to_every_chapter_and_names_its_assignment(visit):
    page = visit("book/index")
    links = page.eval_on_selector_all("article a", "nodes => nodes.map(n => n.getAttribute('href'))")
    for name in pages()[1:]:
        assert any(link.startswith(f"{Path(name).name}.html") for link in links), f"no link to {name}"
    text = page.locator("article").inner_text()
    for path in (ROOT / "solutions").iterdir():
        assert f"exercises/{path.name}" in text


def test_a_warning_fails_the_build(tmp_path):
    (tmp_path / "_config.yml").write_text("title: one\nonly_build_toc_files: true\n")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: one\n")
    (tmp_path / "one.md").write_text("# One\n\n{ref}`nowhere`\n")
    assert run("jupyter-book", "build", "-W", str(tmp_path), check=False).returncode != 0
