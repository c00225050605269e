"""The marks of a class: a CSV file for the registry and a table for the terminal."""

import csv

from ..errors import CourseError
from .course import Course


def scores(course: Course) -> dict[str, dict[str, float]]:
    """Every student's score by assignment, out of the gradebook: student -> assignment -> points."""
    from nbgrader.api import Gradebook

    with Gradebook(course.db_url) as book:
        return {
            student.id: {submission.assignment.name: submission.score for submission in student.submissions}
            for student in sorted(book.students, key=lambda student: student.id)
        }


def write_csv(course: Course) -> None:
    """Write `grades.csv` in nbgrader's own format (nbgrader export)."""
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    scratch = course.grades.with_suffix(".tmp")
    with Gradebook(course.db_url) as book:
        CsvExportPlugin(to=str(scratch)).export(book)
    try:
        scratch.replace(course.grades)
    except OSError as error:
        scratch.unlink()
        raise CourseError(f"{course.grades} cannot be written ({error.strerror}): make room for it") from None


VERDICT_COLUMNS = ("student", "assignment", "verdict", "reasons", "seed")


def write_verdicts(course: Course, results: list) -> None:
    """Bring `verdicts.csv` up to date: what became of each submission, why, and the seed that repeats its run."""
    rows = {}
    if course.verdicts.exists():
        with course.verdicts.open(newline="", encoding="utf-8") as file:
            rows = {(row["student"], row["assignment"]): row for row in csv.DictReader(file)}
    for result in results:
        key = (repr(result.submission.student)[1:-1], result.submission.assignment)
        kind, seed = (result.verdict.kind, result.verdict.seed) if result.verdict else ("refused", "")
        rows[key] = dict(zip(VERDICT_COLUMNS, (*key, kind, " ".join(result.reasons), seed), strict=True))
    scratch = course.verdicts.with_suffix(".tmp")
    with scratch.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.DictWriter(file, VERDICT_COLUMNS)
        writer.writeheader()
        writer.writerows(row for _, row in sorted(rows.items()))
    scratch.replace(course.verdicts)


def table(marks: dict[str, dict[str, float]], names: list[str]) -> str:
    """Students down, assignments across; a dash where nothing was graded."""
    width = max([7, *map(len, marks)])
    head = f"{'student':<{width}}" + "".join(f"{name:>9}" for name in names) + f"{'total':>9}"
    rows = [
        f"{student:<{width}}"
        + "".join(f"{row[name]:>9g}" if name in row else f"{'-':>9}" for name in names)
        + f"{sum(row.get(name, 0) for name in names):>9g}"
        for student, row in marks.items()
    ]
    return "\n".join([head, *rows])
