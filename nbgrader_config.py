"""The repository root is an nbgrader course: all of nbgrader's commands and its formgrader work from here."""

from pathlib import Path

from nbgrader.converters import Autograde, GenerateFeedback

from cnnkit.grading import preprocessors

c = get_config()  # noqa: F821  (given by nbgrader)

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "cnn"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# Student code runs in a sandbox and the grade cells beside it: cnnkit/grading/judge.py. What it may use:
c.JudgeNotebook.libraries = {"gpu": ["torch"]}  # beside NumPy and Matplotlib
c.JudgeNotebook.cell_seconds = 120  # a cell, or all calls of one check; `lenet` trains a network
c.JudgeNotebook.submission_seconds = 600

c.Autograde.exporter_class = preprocessors.ForgivingExporter
c.Autograde.sanitize_preprocessors = preprocessors.sanitizing(Autograde.sanitize_preprocessors.default_args[0])
c.Autograde.autograde_preprocessors = preprocessors.grading(Autograde.autograde_preprocessors.default_args[0])
# Feedback pages and the formgrader show what students wrote, without the scripts in it.
c.HTMLExporter.filters = {"markdown2html": preprocessors.safe_markdown}
c.GenerateFeedback.preprocessors = preprocessors.feedback(GenerateFeedback.preprocessors.default_args[0])
