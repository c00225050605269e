"""The book built, served on this machine and opened in a browser: what the tests of its pages share."""

import re
import shutil
import threading
import time
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from commands import ROOT, run

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
COMPLAINT = re.compile(r"\b(?:WARNING|ERROR|CRITICAL|[A-Za-z]+Error):")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Everything a reader may come to: from the bottom of the page to the inside of the last folded box.
UNFOLD = """async () => {
    document.querySelectorAll("details").forEach(box => { box.open = true; });
    document.querySelectorAll(".toggle-button-hidden").forEach(button => button.click());
    for (let y = 0; y < document.body.scrollHeight; y += window.innerHeight) {
        window.scrollTo(0, y);
        await new Promise(resolve => setTimeout(resolve, 10));
    }
}"""


def pages() -> list[str]:
    """The pages of the book by their path in the table of contents, "book/conv"."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]


@pytest.fixture(scope="session")
def html(tmp_path_factory) -> Path:
    """The book built from nothing; a warning fails the build, and with it every test of a page."""
    out = tmp_path_factory.mktemp("book")
    done = run("jupyter-book", "build", "-W", "--keep-going", "--path-output", str(out), str(ROOT), check=False)
    if done.returncode:
        pytest.fail(f"the book does not build:\n{complaints(done.stdout + done.stderr)}", pytrace=False)
    return out / "_build" / "html"


def complaints(log: str) -> str:
    """The warnings and errors in what Sphinx said, without the folder of the files; or else its end."""
    lines = [COLOURS.sub("", line).replace(f"{ROOT}/", "") for line in log.splitlines()]
    return "\n".join(line for line in lines if COMPLAINT.search(line)) or "\n".join(lines[-20:])


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(html):
    """The address of the book, served on this machine."""
    with served(html) as address:
        yield address


class served:
    """Serve a folder while the block runs; gives its address."""

    def __init__(self, folder: Path):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder))

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def opened(context, site: str, address: str):
    """A page of `site` with every box unfolded and scrolled to its end; what went wrong is in `page.troubles`."""
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(f"error: {error}"))
    page.on("console", lambda m: page.troubles.append(f"console: {m.text}") if m.type == "error" else None)
    page.on("requestfailed", lambda request: page.troubles.append(f"failed: {request.url}"))
    asked, loading = [], set()
    page.on("request", lambda request: (asked.append(request.url), loading.add(request)))
    page.on("requestfinished", lambda request: loading.discard(request))
    page.on("requestfailed", lambda request: loading.discard(request))
    page.on("response", lambda r: page.troubles.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.route(lambda url: not url.startswith((site, "data:")), lambda route: route.abort())
    page.goto(f"{site}/{address}", wait_until="load")
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.evaluate(UNFOLD)
    page.settle = lambda: settle(page, asked, loading)
    page.settle()
    return page


def settle(page, asked: list, loading: set, quiet: float = 0.5, most: float = 30):
    """Wait until a page has asked for nothing for half a second. Chromium's own "networkidle" sometimes never comes."""
    start = since = time.monotonic()
    number = len(asked)
    while time.monotonic() - since < quiet:
        page.wait_for_timeout(50)
        if loading or len(asked) > number:
            since, number = time.monotonic(), len(asked)
        if time.monotonic() - start > most:
            pytest.fail(f"after {most} s {page.url} still loads {[request.url for request in loading] or asked[-5:]}")


@pytest.fixture(scope="module")
def visit(browser, site):
    """Open a page of the book, once, by its path ("book/conv")."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    yield cache(lambda name: opened(context, site, f"{name}.html"))
    context.close()
