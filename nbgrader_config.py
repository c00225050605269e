"""The repository root is an nbgrader course: all of nbgrader's commands and its formgrader work from here."""

from pathlib import Path

from nbgrader.converters import Autograde, GenerateFeedback

from cnnkit.grading import preprocessors

c = get_config()  # noqa: F821  (given by nbgrader)

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "cnn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# A deleted test cell comes back; its absence would otherwise lower the marks that can be reached.
c.OverwriteCells.add_missing_cells = True

# Seconds a cell may take; `lenet` trains a network.
c.Execute.timeout = 120
# ipykernel warns of its open ports once a kernel; the boundary is drawn elsewhere, and the terminal is for the marks.
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR", "--HistoryManager.hist_file=:memory:"]

c.Autograde.sanitize_preprocessors = preprocessors.restoring(Autograde.sanitize_preprocessors.default_args[0])
c.Autograde.autograde_preprocessors = preprocessors.after_execution(Autograde.autograde_preprocessors.default_args[0])
c.GenerateFeedback.preprocessors = preprocessors.before_feedback(GenerateFeedback.preprocessors.default_args[0])
