"""The repository as a whole: its environment files agree, its commands answer, its imports stay light."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
import yaml
from commands import ROOT, run
from packaging.requirements import Requirement

from cnnkit.cli import main

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = {
    requirement.name.lower().replace("_", "-"): requirement
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if line.strip() and not line.startswith("#")
    for requirement in [Requirement(line.split("#")[0])]
}


def asked_for():
    """Every requirement of pyproject.toml, extras included, our own extras left out."""
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    found = [Requirement(text) for group in groups for text in group]
    return [requirement for requirement in found if requirement.name != "cnnkit"]


@pytest.mark.parametrize("wanted", asked_for(), ids=str)
def test_the_lock_pins_what_the_project_asks_for(wanted):
    pinned = LOCK[wanted.name.lower()]
    (pin,) = pinned.specifier
    assert pin.operator == "==" and wanted.specifier.contains(pin.version, prereleases=True)


def test_the_lock_pins_releases_not_folders_of_one_machine():
    assert [name for name, pinned in LOCK.items() if pinned.url or not pinned.specifier] == []


def test_this_environment_is_the_locked_one():
    for name, pinned in LOCK.items():
        assert pinned.specifier.contains(version(name).split("+")[0], prereleases=True), f"{name} {version(name)}"


def test_environment_yml_is_the_same_environment():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, _, nested = environment["dependencies"]
    assert python == "python=" + PROJECT["requires-python"].removeprefix(">=")
    assert nested["pip"] == ["-r requirements.lock", "-e ."]


def test_the_core_stays_small():
    assert [Requirement(text).name for text in PROJECT["dependencies"]] == ["numpy", "matplotlib", "threadpoolctl"]


def test_importing_cnnkit_imports_neither_torch_nor_matplotlib():
    script = (
        "import sys, cnnkit, cnnkit.shapes, cnnkit.layers.fast, cnnkit.checks; "
        "print(*{'torch', 'matplotlib', 'nbgrader'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == ""


def test_the_layers_import_nothing_above_them():
    for path in (ROOT / "cnnkit" / "layers").glob("*.py"):
        assert not re.search(r"checks|grading|networks|training", path.read_text()), path.name


def test_every_command_that_the_documents_name_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = set(re.findall(r"^    ([a-z]+)\b", run("cnnkit", "--help").stdout, re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text()
        assert {"test"} <= set(re.findall(r"\bmake ([a-z]+) *(?:$|#|`)", text, re.MULTILINE)) <= targets
        assert set(re.findall(r"(?:`|bin/)cnnkit ([a-z]+)", text)) <= commands


def test_make_test_runs_every_kind_of_test():
    """Take a line out of it, and nobody would ever see what it found."""
    rule = (ROOT / "Makefile").read_text().split("\ntest: setup lint")[1].split("\n\n")[0]
    called = re.findall(r"^\t\$\(BIN\)/python -m pytest -n 2 --dist loadfile (.+)$", rule, re.MULTILINE)
    assert called == [
        "tests",
        "--doctest-modules cnnkit benchmarks experiments",
        "--nbval --nbval-cell-timeout 120 --nbval-sanitize-with tests/nbval.cfg book",
        "--nbval-lax --nbval-cell-timeout 120 solutions",
    ]


def test_ci_runs_the_readmes_test_command():
    assert "make test" in (ROOT / "README.md").read_text()
    assert "make test" in (ROOT / ".ci" / "run").read_text().splitlines()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["grade", "nosuch"], "there is no assignment 'nosuch'"),
        (["grade", "--class-dir", "nowhere"], "put the submissions there"),
        (["notebooks", "nosuch.ipynb"], "there is no notebook nosuch.ipynb"),
        (["data", "imagenet"], "no set to download is called 'imagenet'"),
    ],
)
def test_bad_input_is_one_sentence_and_a_non_zero_exit(command, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("cnnkit: ") and says in printed and printed.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_one_sentence(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader.apps", None)
    assert main(["exercises", "--check"]) == 1
    assert capsys.readouterr().err.startswith("cnnkit: this needs the package nbgrader.apps")


def test_no_notebooks_are_not_taken_for_good_ones(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("cnnkit.notebooks.ROOT", tmp_path)
    assert main(["notebooks", "--check"]) == 1
    assert "there are no notebooks" in capsys.readouterr().err
