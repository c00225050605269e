"""The book for every reader: without a network, with the keyboard alone, with a screen reader, in the dark."""

import re
from functools import cache
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from commands import ROOT
from reader import opened, pages, served

OTHER_PAGES = ["search", "genindex"]
EXPLORABLES = sorted(f"_static/{path.name}" for path in (ROOT / "book" / "_static").glob("*.html"))
NO_QUESTIONS = {"book/index", "book/further-reading", "book/formulas"}
LEAST_QUESTIONS = 5
# What a browser fetches by itself: (elements, attribute). A link that a reader may follow is not among them.
FETCHED = [
    ("script, img, iframe, embed, video, audio, source, track, input", "src"), ("img, source", "srcset"),
    ("object", "data"), ("video", "poster"), ("image, use", "href"), ("image, use", "xlink:href"),
]  # fmt: skip
FETCHED_LINKS = {"stylesheet", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon", "manifest"}
OUTSIDE = re.compile(r"^\s*(?:[a-z]+:)?//", re.IGNORECASE)
IN_STYLES = re.compile(r"(?:url\(\s*|@import\s+)[\"']?\s*((?:[a-z]+:)?//[^\"')\s]+)", re.IGNORECASE)
IN_SCRIPTS = re.compile(
    r"[\"'`]((?:https?:)?//[^\"'`\s]*\.(?:m?js|css|json|wasm|woff2?|ttf|png|jpe?g|svg)(?:\?[^\"'`]*)?)[\"'`]"
    r"|(?:fetch|importScripts|import|WebSocket)\(\s*[\"'`]((?:https?:|wss?:)?//[^\"'`]+)"
)
# Addresses outside that stand in a script and are never asked for, each with the reason.
NEVER_ASKED_FOR = {
    "https://cdn.jsdelivr.net/npm/wicked-good-xpath@1.3.0/dist/wgxpath.install.js":
        "MathJax's speech, for browsers without XPath; none of today's lacks it",
}  # fmt: skip
# Rules of axe-core that the book breaks knowingly, each with the reason. Empty, and better so.
EXCEPTED_RULES: dict[str, str] = {}
# One span of each kind in code is enough to judge its colours; ten thousand take axe a quarter of a minute.
THIN_CODE = """() => {
    const seen = new Set();
    document.querySelectorAll(".highlight pre span").forEach(span => {
        const kind = span.className + "|" + span.closest(".highlight").parentNode.className;
        if (seen.has(kind)) { span.replaceWith(...span.childNodes); } else { seen.add(kind); }
    });
}"""

# What a phone cannot show: what ends right of the screen, in no box that scrolls. What only a screen
# reader reads may, and so may the drawer with the contents of the page, which slides in.
STICKS_OUT = """root => [...root.querySelectorAll("*")].filter(node => {
    const box = node.getBoundingClientRect();
    if (!box.width || box.right <= window.innerWidth + 1) { return false; }
    if (node.closest("mjx-assistive-mml, .bd-sidebar-secondary")) { return false; }
    for (let up = node.parentElement; up; up = up.parentElement) {
        if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) { return false; }
    }
    return true;
}).map(node => `${node.outerHTML.slice(0, 60)} ends at ${Math.round(node.getBoundingClientRect().right)}`)"""


def outside(page: str) -> list[str]:
    """The addresses outside the book that a browser would fetch to show this HTML."""
    soup = BeautifulSoup(page, "html.parser")
    found = [node[name] for tags, name in FETCHED for node in soup.select(tags) if node.has_attr(name)]
    found += [link["href"] for link in soup.select("link[href]") if FETCHED_LINKS & set(link.get("rel", []))]
    found = [address for address in found if OUTSIDE.match(address)]
    for node in soup.select("[style]"):
        found += IN_STYLES.findall(node["style"])
    for node in soup.select("style"):
        found += IN_STYLES.findall(node.get_text())
    for node in soup.select("script:not([src])"):
        found += asked_by_script(node.get_text())
    return found


def asked_by_script(text: str) -> list[str]:
    """The addresses of files outside the book that stand in a script."""
    found = {one or other for one, other in IN_SCRIPTS.findall(text)}
    return sorted(found - set(NEVER_ASKED_FOR))


@pytest.mark.parametrize("name", [*pages(), *OTHER_PAGES, *EXPLORABLES])
def test_a_page_opens_without_errors_and_asks_nothing_of_the_network(name, visit):
    page = visit(name.removesuffix(".html"))
    assert page.troubles == []
    if name not in EXPLORABLES:
        assert page.title()


@pytest.mark.parametrize("name", ["conv", "pool"])
def test_a_control_of_an_explorable_does_its_work_without_errors_and_without_the_network(name, browser, site):
    """Every button is pressed and every slider drawn to both ends: what a script does only then is seen, too."""
    context = browser.new_context()
    page = opened(context, site, f"book/{name}.html")
    tried = page.evaluate(
        """name => {
            const root = document.getElementById(`${name}-explorer`);
            const controls = [...root.querySelectorAll("button, input")];
            for (const control of controls) {
                control.click();
                for (const end of control.type === "range" ? [control.min, control.max] : []) {
                    control.value = end;
                    control.dispatchEvent(new Event("input", { bubbles: true }));
                }
            }
            return controls.length;
        }""",
        name,
    )
    page.settle()
    assert tried > 5 and page.troubles == []
    context.close()


def test_the_search_finds_a_chapter_without_a_network(browser, site):
    context = browser.new_context()
    page = opened(context, site, "search.html?q=pooling")
    page.wait_for_selector("#search-results a[href*='book/pool.html']")
    assert page.troubles == []
    context.close()


def test_the_book_is_read_from_a_folder_without_a_server(browser, html):
    page = browser.new_page()
    page.goto((html / "book" / "conv.html").as_uri())
    page.wait_for_selector("article mjx-container")
    page.goto((html / "search.html").as_uri() + "?q=stride")
    page.wait_for_selector("#search-results li a[href*='conv.html']")
    page.close()


def test_nothing_in_the_built_book_lies_outside_it(html):
    found = {}
    for path in html.rglob("*"):
        if path.suffix == ".html":
            found[path] = outside(path.read_text())
        elif path.suffix == ".css":
            found[path] = IN_STYLES.findall(path.read_text())
        elif path.suffix in {".js", ".mjs"}:
            found[path] = asked_by_script(path.read_text())
    assert len(found) > 50
    assert {str(path.relative_to(html)): asked for path, asked in found.items() if asked} == {}


CDN = "https://cdn.example.org/tool.js"


@pytest.mark.parametrize(
    ("added", "asks"),
    [
        (f'<script src="{CDN}"></script>', True),
        ('<link rel="stylesheet" href="//cdn.example.org/a.css">', True),
        ("<style>p { background: url(https://cdn.example.org/a.png) }</style><p>seen</p>", True),
        (f'<details><summary>s</summary><img loading="lazy" alt="late" src="{CDN}.png"></details>', True),
        (f'<script>import("{CDN}");</script>', True),
        (f'<script>setTimeout(() => fetch("{CDN}"), 50);</script>', True),
        (f'<p><a href="{CDN}">a reference</a></p>', False),
    ],
)
def test_a_page_that_would_ask_the_network_is_caught_twice(added, asks, browser, tmp_path):
    filler = "<p style='height: 3000px'>far down</p>"
    page = (
        f"<!DOCTYPE html><html lang=en><link rel=icon href='data:,'><title>t</title><body>{filler}{added}</body></html>"
    )
    (tmp_path / "page.html").write_text(page)
    assert bool(outside(page)) == asks
    context = browser.new_context()
    with served(tmp_path) as site:
        assert bool(opened(context, site, "page.html").troubles) == asks
    context.close()


@pytest.mark.parametrize("name", pages())
def test_the_notebook_of_a_page_can_be_downloaded(name, html):
    links = soup(html, name).select("a[download], .btn-download-source-button")
    targets = [(html / "book" / link["href"]).resolve() for link in links if link.get("href")]
    assert targets and all(target.is_file() for target in targets)
    if (ROOT / f"{name}.ipynb").exists():
        assert any(target.suffix == ".ipynb" for target in targets)


@cache
def soup(html: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((html / f"{name}.html").read_text(), "html.parser")


@pytest.mark.parametrize("name", pages())
def test_headings_are_in_order(name, html):
    headings = soup(html, name).select("main :is(h1, h2, h3, h4, h5, h6)")
    levels = [int(heading.name[1]) for heading in headings if not heading.find_parent(class_="onlyprint")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), levels


@pytest.mark.parametrize("name", [*pages(), *OTHER_PAGES])
def test_a_page_says_its_language(name, html):
    assert soup(html, name).html["lang"] == "en"


@pytest.mark.parametrize("name", pages())
def test_every_picture_says_what_it_shows(name, visit):
    silent = visit(name).eval_on_selector_all(
        "article svg, article canvas, article iframe, article object",
        """nodes => nodes.filter(node => !node.closest("[aria-hidden=true], button, mjx-container")
            && !(node.getAttribute("aria-label") || node.getAttribute("title") || node.querySelector("title")))
            .map(node => node.outerHTML.slice(0, 120))""",
    )
    assert silent == []


@pytest.mark.parametrize("name", pages())
def test_a_link_says_where_it_leads(name, html):
    vague = {"", "#", "here", "click here", "link", "this", "this link", "more", "read more"}
    links = soup(html, name).select("article a[href]:not(.headerlink)")
    links = [link for link in links if not link.find_parent(class_="citation")]  # there the address is what is told
    said = [" ".join(link.get_text().split()).lower() for link in links if not link.select("img[alt]")]
    assert [text for text in said if text in vague or text.startswith("http")] == []


@pytest.mark.parametrize("name", pages())
def test_a_table_has_header_cells(name, html):
    for table in soup(html, name).select("article table"):
        assert table.select("th"), str(table)[:300]


def test_code_that_scrolls_is_reached_by_the_keyboard(browser, site):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = opened(context, site, "book/conv.html")
    page.set_viewport_size({"width": 500, "height": 900})  # narrower code scrolls, at once
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    stops = page.evaluate(
        "[...document.querySelectorAll('article pre')]"
        ".filter(code => code.scrollWidth > code.clientWidth).map(code => code.tabIndex)"
    )
    context.close()
    assert len(stops) > 5 and set(stops) == {0}


@pytest.mark.parametrize("name", pages())
def test_what_is_folded_opens_and_closes_by_keyboard(name, visit):
    page = visit(name)
    page.evaluate("document.querySelectorAll('article details').forEach(box => { box.open = false; })")
    for folded in page.query_selector_all("article details"):
        # Boxes inside a closed one cannot be reached, and need not be.
        folded.evaluate("box => { for (let up = box.parentElement; up; up = up.parentElement) up.open = true; }")
        title = folded.query_selector("summary")
        title.focus()
        assert title.evaluate("node => node === document.activeElement && node.tabIndex >= 0")
        states = []
        for key in ("Enter", "Space"):
            page.keyboard.press(key)
            states.append(folded.evaluate("box => box.open"))
        assert states == [True, False], folded.inner_text()[:100]
    for button in page.query_selector_all("article .toggle-button"):
        before = button.get_attribute("aria-expanded")
        button.focus()
        assert button.evaluate("node => node === document.activeElement")
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") != before
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") == before


@pytest.mark.parametrize("name", sorted(set(pages()) - NO_QUESTIONS))
def test_a_chapter_asks_before_it_tells(name, html):
    boxes = [
        box
        for box in soup(html, name).select("article .admonition")
        if (title := box.select_one(".admonition-title")) and title.get_text().strip().startswith("Predict")
    ]
    assert len(boxes) >= LEAST_QUESTIONS, f"{len(boxes)} questions to predict, fewer than {LEAST_QUESTIONS}"
    for box in boxes:
        answers = box.select("details:not([open]) .sd-summary-content")
        question = " ".join(box.get_text().split())[:100]
        assert len(answers) == 1 and len(answers[0].get_text().split()) >= 5, f"no folded answer to: {question}"


@pytest.mark.parametrize("name", pages())
def test_an_exercise_has_one_solution_and_it_is_folded(name, html):
    exercises = [box["id"] for box in soup(html, name).select("article div.exercise")]
    solutions = soup(html, name).select("article div.solution")
    solved = [box.select_one(".admonition-title a[href]")["href"].removeprefix("#") for box in solutions]
    assert sorted(solved) == sorted(exercises), f"without a solution: {set(exercises) - set(solved)}"
    for exercise, box in zip(solved, solutions, strict=True):
        assert "dropdown" in box["class"] and "toggle-shown" not in box["class"], f"{exercise}: its solution is open"
        assert len(box.get_text().split()) >= 10, f"{exercise}: its solution is empty"


@pytest.fixture(scope="module")
def phone(browser):
    """Open a page on a screen 390 pixels wide."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield lambda site, address: opened(context, site, address)
    context.close()


def cut_off(page, root: str) -> list[str]:
    """What of the element `root` a narrow screen cuts off, and a line more if the page scrolls sideways."""
    width, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    found = page.locator(root).evaluate(STICKS_OUT)
    return [*found, *([f"the page is {width} pixels wide"] if width > screen else [])]


@pytest.mark.parametrize("name", [*pages(), *OTHER_PAGES, *EXPLORABLES])
def test_a_phone_shows_a_page_whole(name, site, phone):
    page = phone(site, name if name in EXPLORABLES else f"{name}.html")
    found = cut_off(page, "body" if name in EXPLORABLES else "main")
    page.close()
    assert found == []


def test_a_table_of_output_keeps_its_columns_on_a_phone(site, phone):
    page = phone(site, "book/history.html")
    table = page.locator(".cell_output pre", has_text="quantity").last
    lines = table.inner_text().strip().split("\n")
    height = table.evaluate("pre => pre.clientHeight / parseFloat(getComputedStyle(pre).lineHeight)")
    assert len(lines) > 10 and height < len(lines) + 3
    page.close()


@pytest.mark.parametrize(
    ("added", "fits"),
    [
        ("<p>short</p>", True),
        ("<p style='width: 500px'>wide</p>", False),
        ("<div style='overflow: hidden'><p style='width: 500px'>cut</p></div>", False),
        ("<div style='overflow: auto'><p style='width: 500px'>scrolls in its box</p></div>", True),
    ],
)
def test_what_a_phone_cuts_off_is_seen(added, fits, phone, tmp_path):
    page = f"<!DOCTYPE html><html lang=en><link rel=icon href='data:,'><title>t</title><main>{added}</main></html>"
    (tmp_path / "page.html").write_text(page)
    with served(tmp_path) as site:
        page = phone(site, "page.html")
        assert (cut_off(page, "main") == []) == fits
        page.close()


@pytest.fixture(scope="module", params=["light", "dark"])
def shown(request, browser, site):
    """Open a page in the light or in the dark, ready for axe."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme=request.param)

    def show(name):
        page = opened(context, site, f"{name}.html")
        assert page.evaluate("document.documentElement.dataset.theme") == request.param
        page.evaluate(THIN_CODE)
        return page

    show.scheme = request.param
    yield show
    context.close()


@pytest.mark.parametrize("name", [*pages(), *OTHER_PAGES])
def test_axe_finds_no_barrier(name, shown):
    # The structure is the same in the dark; only the colours are looked at again.
    options = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in EXCEPTED_RULES}}
    if shown.scheme == "dark":
        options["runOnly"] = ["color-contrast"]
    page = shown(name)
    found = Axe().run(page, context={"exclude": ["mjx-container"]}, options=options)
    page.close()
    assert found.violations_count == 0, found.generate_report()


def test_axe_sees_a_barrier(shown):
    page = shown("genindex")
    page.locator("main").evaluate("main => { main.innerHTML += '<p style=\"color: #777\">grey on <b>grey</b></p>'; }")
    page.locator("main p").last.evaluate("text => { text.style.background = '#888'; }")
    assert "color-contrast" in Axe().run(page).generate_snapshot()
    page.close()
