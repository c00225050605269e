"""What several test modules share."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from commands import ROOT, run
from hypothesis import settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
COURSE = ("cnnkit", "solutions", "exercises", "tests", "nbgrader_config.py", "pyproject.toml")


@pytest.fixture(scope="module")
def course_copy(tmp_path_factory) -> Path:
    """The course in a folder of its own, so that nothing a test writes reaches the repository."""
    copy = tmp_path_factory.mktemp("course")
    for name in COURSE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copy(source, copy / name)
    return copy


@pytest.fixture(scope="session")
def html(tmp_path_factory) -> Path:
    """The book built from nothing; a warning fails the build."""
    out = tmp_path_factory.mktemp("book")
    run("jupyter-book", "build", "-W", "--keep-going", "--path-output", str(out), str(ROOT))
    return out / "_build" / "html"


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, for one module: while it is open no other event loop can run."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(html):
    """The address of the book, served on this machine."""
    handler = partial(QuietHandler, directory=html)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


# On a busy machine a single example may take long; how long says nothing about what the test asks.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
