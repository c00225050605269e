"""nbval compares the figures: a stored one that the cell does not draw is named, one that differs by a hair is not."""

import re
import shutil

import nbformat
import pytest
from commands import ROOT, run

from cnnkit import notebooks

pytestmark = pytest.mark.slow
DRAW = """import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(3, 2), dpi=80)
ax.plot([0, 1, 2], [0, {height}, 1], color="{colour}", linewidth=4)
ax.axis((0, 2, -6, 6));"""
AS_STORED = {"height": 2, "colour": "#0072B2"}
NOW = {
    "same": {},
    "rounded": {"height": 2.0001},
    "recoloured": {"colour": "#D55E00"},
    "redrawn": {"height": -5},
    "resized": {},
    "learnt": {"colour": "#D55E00"},
}
TOLD = {
    "recoloured": r"the colour \(0\.84, 0\.37, 0\.0\) is missing in the one that is stored",
    "redrawn": r"\d+% of the ink is elsewhere",
    "resized": r"\d+x\d+ pixels, stored are \d+x\d+",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What nbval says of six chapters whose stored figure was drawn by the same cell, or by another."""
    folder = tmp_path_factory.mktemp("figures")
    shutil.copy(ROOT / "conftest.py", folder)
    for name, changed in NOW.items():
        path, cell = folder / f"{name}.ipynb", nbformat.v4.new_code_cell(DRAW.format(**AS_STORED), id="a")
        notebook = nbformat.v4.new_notebook(cells=[cell])
        notebooks.execute(notebook, path)
        cell.source = DRAW.format(**AS_STORED | changed)
        if name == "learnt":
            cell.metadata.tags = ["figure-varies"]
        if name == "resized":
            cell.source = cell.source.replace("(3, 2)", "(4, 2)")
            cell.outputs[0].data["text/plain"] = "<Figure size 320x160 with 1 Axes>"
        nbformat.write(notebook, path)
    return run("python", "-m", "pytest", "--nbval", "--nbval-current-env", str(folder), course=folder, check=False)


def test_a_stored_figure_that_the_cell_does_not_draw_is_named(said):
    assert "3 failed, 3 passed" in said.stdout, said.stdout
    for name, told in TOLD.items():
        part = said.stdout.split(f"{name}.ipynb::Cell 0 _")[1].split(".ipynb::Cell 0 _")[0]
        assert re.search(f"the stored figure 1 is not what the cell draws: {told}", part), part
