"""What we add to nbgrader's own steps; `nbgrader_config.py` puts them in place.

A separate module, because it imports nbgrader, which a student's kernel need not have.
"""

from nbgrader.preprocessors import ClearHiddenTests, Execute, NbGraderPreprocessor, OverwriteCells
from traitlets import List


class RestoreCells(OverwriteCells):
    """OverwriteCells, but a cell of the assignment that the student copied or renamed counts as their own.

    nbgrader takes the name from such a cell, and stops with a KeyError at the next look for it.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if not cell.metadata.get("nbgrader", {}).get("grade_id"):
            cell.metadata.pop("nbgrader", None)
        return cell, resources

    def add_missing_grade_cells(self, nb, resources):
        try:
            return super().add_missing_grade_cells(nb, resources)
        except KeyError as name:
            raise ValueError(f"the cell {name} is missing, and the check below it: put both back") from None


class IgnoreStderr(NbGraderPreprocessor):
    """Take stderr out of the outputs: nbgrader gives no marks to a cell that wrote there, even a mere warning."""

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
        return cell, resources


class HideHiddenTests(ClearHiddenTests):
    """Take the hidden tests out of the feedback: what they print stays, how they are written does not."""

    enforce_metadata = False
    display_data_priority = List().tag(config=True)  # unused; nbgrader sets it for every feedback step


def restoring(steps: list) -> list:
    """nbgrader's steps before the notebook is run, with RestoreCells in the place of OverwriteCells."""
    return [RestoreCells if step is OverwriteCells else step for step in steps]


def after_execution(steps: list) -> list:
    """nbgrader's autograde steps with stderr dropped as soon as the notebook has run."""
    at = steps.index(Execute) + 1
    return [*steps[:at], IgnoreStderr, *steps[at:]]


def before_feedback(steps: list) -> list:
    """nbgrader's feedback steps with the hidden tests taken out first."""
    return [HideHiddenTests, *steps]
