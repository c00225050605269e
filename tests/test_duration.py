"""A chapter that takes too long to run fails, by name; one that waits, or is made to wait, does not."""

import re
import shutil

import nbformat
import pytest
from commands import ROOT, run

pytestmark = pytest.mark.slow
WORK = "import time\nwhile time.process_time() < 3: pass\n"
CHAPTERS = {
    "slow": WORK,
    "delegates": f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {WORK!r}], check=True);",
    "employs": f"""import subprocess, sys
worker = subprocess.Popen([sys.executable, '-c', {WORK + "print(flush=True); input()"!r}], stdin=-1, stdout=-1)
worker.stdout.readline();""",
    "waits": "import time\ntime.sleep(3)",
    "quick": "1 + 1;",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What nbval says, run as in `make test`, of five chapters of two cells each and a limit of 2.5 seconds."""
    folder = tmp_path_factory.mktemp("chapters")
    shutil.copy(ROOT / "conftest.py", folder)
    for name, source in CHAPTERS.items():
        cells = [nbformat.v4.new_code_cell(source, id="a"), nbformat.v4.new_code_cell("pass", id="b")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
    settings = ["-n", "2", "--dist", "loadfile", "--nbval", "--nbval-current-env", "-o", "chapter_seconds=2.5"]
    done = run("python", "-m", "pytest", *settings, str(folder), course=folder, check=False)
    assert done.returncode == 1, done.stdout
    return done.stdout


def test_chapters_that_compute_for_too_long_are_named_with_their_seconds_and_the_limit(said):
    sentence = r"(\w+)\.ipynb runs too long: (\d+) s by the clock, (\d+) s of computing; a chapter has 2\.5 s"
    found = {name: (int(clock), int(computed)) for name, clock, computed in re.findall(sentence, said)}
    assert found.keys() == {"slow", "delegates", "employs"}, said
    assert min(map(min, found.values())) >= 3


def test_the_cells_pass_and_the_three_slow_chapters_are_errors(said):
    assert "10 passed, 3 errors" in said
