"""The book on paper: the built pages joined into one, and printed by a browser into a PDF.

The pages are those that a reader opens, after the build: numbers of sections, citations and formulas are the same.
What a page folds away is moved: an answer printed under its question is read before the question.
"""

import html
import logging
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup

from .errors import CourseError
from .notebooks import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No server stands behind this name; every request is answered from the folder of the book, or fails.
ORIGIN = "http://book.invalid"
UNKNOWN = "000"  # holds the place of a page number until the first printing has shown it
MOST_PRINTINGS = 4
PRINTED = {"prefer_css_page_size": True, "print_background": True, "tagged": True}


def write(built: Path, target: Path) -> int:
    """Print the book built in `built` (the folder of html pages) to `target`, a PDF; return its number of pages.

    CourseError when the book is not built, a page of it is missing, or there is no browser to print with.
    """
    document, chromium = join(built, *settings()), browser()
    target.parent.mkdir(parents=True, exist_ok=True)
    return _print(document, built, target, chromium)


def settings() -> tuple[dict, dict]:
    """The table of contents and the settings of the book."""
    return tuple(yaml.safe_load((ROOT / name).read_text()) for name in ("_toc.yml", "_config.yml"))


def browser() -> str:
    """The path of a Chromium or Chrome on this machine."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise CourseError(
        f"no browser to print with: install Chromium (apt-get install chromium); looked for {', '.join(BROWSERS)}"
    )


def join(built: Path, contents: dict, about: dict) -> str:
    """The whole book as one HTML document: title page, contents, and the chapters in the order of `contents`."""
    parts = [(None, [contents["root"]])]
    parts += [(part["caption"], [entry["file"] for entry in part["chapters"]]) for part in contents["parts"]]
    names = [name for _, chapters in parts for name in chapters]
    chapters = {name: chapter(built, name, names) for name in names}
    styles = _opened(built / f"{names[0]}.html").select("link[rel=stylesheet]")
    head = "".join(f'<link rel="stylesheet" href="{_absolute(names[0], link["href"])}">' for link in styles)
    head += '<link rel="stylesheet" href="/_static/paper.css">' + "".join(_running_head(c) for c in chapters.values())
    title = html.escape(about["title"])
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8">'
        f"<title>{title}</title>{head}{_mathjax()}</head><body>"
        f'<div class="paper-title"><p class="title">{title}</p><p class="author">{html.escape(about["author"])}</p>'
        f'<p class="rights">{html.escape(about["html"]["extra_footer"])}</p></div>'
        f"{_contents(parts, chapters)}{''.join(map(str, chapters.values()))}</body></html>"
    )


def chapter(built: Path, name: str, names: list[str]):
    """The article of one page, made ready to stand beside the others: its `id` is the chapter's."""
    page = _opened(built / f"{name}.html")
    article = page.select_one("article.bd-article")
    article["id"], article["class"] = _stem(name), ["bd-article", "paper-chapter"]
    article["style"] = f"page: {_stem(name)}"
    for unwanted in article.select("a.headerlink, button, .headerbtn"):
        if not unwanted.find_parent(class_="text_html"):
            unwanted.decompose()
    for node in article.select("[id]"):
        if not node.find_parent(class_="text_html"):  # the scripts of a moving picture look for its own ids
            node["id"] = f"{_stem(name)}--{node['id']}"
    _anchor_headings(article)
    for node in article.select("[src]"):
        node["src"] = _absolute(name, node["src"])
    for link in article.select("a[href]"):
        _relink(link, name, names)
    for folded in article.select("details"):
        folded["open"] = ""
    _move_answers(page, article, _stem(name))
    return article


def _anchor_headings(article):
    """Move the names of a section into its heading, which may go to the page after the one where its section begins."""
    for section in article.select("section[id]"):
        heading = section.find(["h1", "h2", "h3", "h4"], recursive=False)
        if heading is None:
            continue
        heading["id"] = section["id"]
        del section["id"]
        for label in heading.find_previous_siblings("span"):
            heading.insert(0, label.extract())


def _move_answers(page, article, stem):
    """Put each folded answer and solution at the end of its chapter, and the number of its page where it stood."""
    end = page.new_tag("section")
    for number, folded in enumerate(article.select("details.sd-dropdown, div.solution"), start=1):
        question, answer = f"{stem}--question-{number}", f"{stem}--answer-{number}"
        is_solution = folded.name == "div"
        label = folded.select_one(".admonition-title" if is_solution else ".sd-summary-text")
        asked = "" if is_solution or label.get_text() in ("Answer", "Reveal") else f"<b>{label.decode_contents()}</b> "
        pointer = f'<p class="paper-pointer" id="{question}">{asked}Answer {number}: {_page_of(answer)}</p>'
        title = f"Answer {number}" + (f", {label.get_text().lower()}" if is_solution else "")
        label.find_parent(["summary", "p"]).extract() if not is_solution else label.extract()
        body = folded.decode_contents()
        folded.replace_with(BeautifulSoup(pointer, "html.parser"))
        block = f'<div class="paper-answer" id="{answer}"><p class="paper-answer-title">{html.escape(title)} '
        end.append(BeautifulSoup(f"{block}(asked on {_page_of(question)})</p>{body}</div>", "html.parser"))
    if end.contents:
        end.insert(0, BeautifulSoup(f'<h2 id="{stem}--answers">Answers</h2>', "html.parser"))
        article.select_one("section").append(end)


def _contents(parts, chapters):
    """The table of contents with the numbers of pages, two levels deep."""
    rows = []
    for caption, names in parts:
        rows += [f'<p class="paper-part">{html.escape(caption)}</p>'] if caption else []
        for name in names:
            for heading in chapters[name].select("h1, h2"):
                place = heading["id"]
                text = f'<a href="#{place}">{html.escape(heading.get_text())}</a>'
                rows.append(f'<p class="paper-{heading.name}">{text}<span></span>{_number_of(place)}</p>')
    return f'<nav class="paper-contents"><h1>Contents</h1>{"".join(rows)}</nav>'


def _running_head(article):
    """The title of a chapter at the top of each of its pages."""
    title = article.h1.get_text().replace("\\", "").replace('"', "'")
    return f'<style>@page {article["id"]} {{ @top-right {{ content: "{title}" }} }}</style>'


def _relink(link, name, names):
    """Make a link to another page of the book one inside the document; leave one that leads outside."""
    parts = urlsplit(link["href"])
    if parts.scheme or parts.netloc:
        return
    aim = _absolute(name, unquote(parts.path)).removeprefix("/").removesuffix(".html") if parts.path else name
    if aim in names:
        link["href"] = f"#{_stem(aim)}--{unquote(parts.fragment)}" if parts.fragment else f"#{_stem(aim)}"
    else:  # a download: nothing that paper could open
        del link["href"]


def _absolute(name, address):
    """The address of a file of the book, seen from the page `name`, as one from the folder of the book."""
    if address.startswith("data:"):
        return address
    folder = [*Path(name).parts[:-1]]
    for step in address.split("/"):
        if step == "..":
            folder.pop()
        elif step != ".":
            folder.append(step)
    return "/" + "/".join(folder)


def _stem(name):
    return Path(name).name


def _page_of(place):
    return f'<a href="#{place}">page {_number_of(place)}</a>'


def _number_of(place):
    return f'<span class="paper-number" data-of="{place}">{UNKNOWN}</span>'


def _opened(path):
    if not path.exists():
        raise CourseError(f"there is no page {path}: build the book first, with `make book`")
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def _mathjax():
    return (
        '<script>window.MathJax = {options: {processHtmlClass: "tex2jax_process|mathjax_process|math|output_area"}};'
        '</script><script defer src="/_static/mathjax/tex-chtml.js"></script>'
    )


def _print(document, built, target, executable):
    """Print until the page numbers written in the document are those of the pages; return the number of pages."""
    from playwright.sync_api import sync_playwright

    lost = []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = running.new_page()
        page.route("**/*", lambda route: answer(route, document, built, lost))
        page.goto(f"{ORIGIN}/", wait_until="load")
        page.evaluate("async () => { await MathJax.startup.promise; await document.fonts.ready; }")
        _number(page, target)
        headings = page.eval_on_selector_all(
            ".paper-contents a", "links => links.map(a => [a.hash.slice(1), a.textContent, a.parentNode.className])"
        )
        about = {"/Title": page.title(), "/Author": page.text_content(".paper-title .author")}
        running.close()
    if lost:
        raise CourseError(f"the book asks for what is not in {built}: {', '.join(sorted(set(lost))[:5])}")
    return _finish(target, headings, about)


def _number(page, target):
    """Print, write the page numbers that this shows into the document, and print again until they stay."""
    written = None
    for _ in range(MOST_PRINTINGS):
        page.pdf(path=target, **PRINTED)
        numbers = _places(target)
        if numbers == written:
            return
        page.eval_on_selector_all(
            ".paper-number",
            "(nodes, numbers) => nodes.forEach(n => { n.textContent = numbers[n.dataset.of] ?? '?'; })",
            numbers,
        )
        written = numbers
    raise CourseError(f"the page numbers still change after {MOST_PRINTINGS} printings")


def _places(target):
    """The number of the page of every place that something in the PDF links to."""
    from pypdf import PdfReader

    reader = PdfReader(target)
    places = reader.named_destinations.items()
    return {name.removeprefix("/"): reader.get_destination_page_number(place) + 1 for name, place in places}


def _finish(target, headings, about):
    """Give the PDF its bookmarks (Chromium's own repeat a heading that was moved to the next page) and its title."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import Fit

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of a count in Chromium's files
    reader = PdfReader(target)
    writer = PdfWriter(clone_from=reader)
    above = None
    for place, text, level in headings:
        aim = reader.named_destinations[f"/{place}"]
        number, fit = reader.get_destination_page_number(aim), Fit.xyz(left=0, top=aim.top, zoom=0)
        parent = above if level == "paper-h2" else None
        mark = writer.add_outline_item(text, number, parent, fit=fit, is_open=False)
        above = above if parent else mark
    writer.page_mode = "/UseOutlines"
    writer.add_metadata(about)
    writer.write(target)
    return len(writer.pages)


def answer(route, document: str, built: Path, lost: list) -> None:
    """Answer a request of the joined page from the folder of the book; note in `lost` what is not there."""
    address = urlsplit(route.request.url)
    path = built / unquote(address.path).lstrip("/")
    if f"{address.scheme}://{address.netloc}" == ORIGIN and address.path == "/":
        return route.fulfill(body=document, content_type="text/html; charset=utf-8")
    if f"{address.scheme}://{address.netloc}" == ORIGIN and path.is_file():
        return route.fulfill(path=path)
    lost.append(route.request.url)
    return route.abort()
