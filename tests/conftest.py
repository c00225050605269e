"""What several test modules share."""

import shutil
from pathlib import Path

import pytest
from commands import ROOT
from hypothesis import settings
from reader import browser, html, site, visit  # noqa: F401

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


# On a busy machine a single example may take long; how long says nothing about what the test asks.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
