"""What we add to nbgrader's own steps; `nbgrader_config.py` puts them in place.

A separate module, because it imports nbgrader, which a student's kernel need not have.
"""

from nbgrader.preprocessors import ClearHiddenTests, Execute, NbGraderPreprocessor


class IgnoreStderr(NbGraderPreprocessor):
    """Take stderr out of the outputs: nbgrader gives no marks to a cell that wrote there, even a mere warning."""

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
        return cell, resources


class HideHiddenTests(ClearHiddenTests):
    """Take the hidden tests out of the feedback: what they print stays, how they are written does not."""

    enforce_metadata = False


def after_execution(steps: list) -> list:
    """nbgrader's autograde steps with stderr dropped as soon as the notebook has run."""
    at = steps.index(Execute) + 1
    return [*steps[:at], IgnoreStderr, *steps[at:]]


def before_feedback(steps: list) -> list:
    """nbgrader's feedback steps with the hidden tests taken out first."""
    return [HideHiddenTests, *steps]
