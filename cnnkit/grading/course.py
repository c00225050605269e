"""An nbgrader course directory: where its folders are, and nbgrader's own steps called on it."""

import logging
import os
import re
import sys
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import CourseError
from ..notebooks import KERNEL_ENVIRONMENT, ROOT


def assignments() -> list[str]:
    """The names of the assignments: the folders of `solutions/` that hold a notebook of their own name."""
    return sorted(path.stem for path in (ROOT / "solutions").glob("*/*.ipynb") if path.stem == path.parent.name)


def known_assignment(name: str) -> str:
    """`name`, if it is an assignment; CourseError lists those there are."""
    if name not in assignments():
        raise CourseError(f"there is no assignment {name!r} in solutions/; there are: {', '.join(assignments())}")
    return name


@dataclass(frozen=True)
class Course:
    """The repository as an nbgrader course.

    home  the folder, within the repository, where submissions, marks and feedback lie: the root itself, unless a class
          is kept apart from it, as the sample class is
    sandbox  False runs student code with the rights of whoever grades
    limits   what differs from the limits in `nbgrader_config.py`, see `limits.Limits`
    """

    home: Path = ROOT
    sandbox: bool = True
    limits: dict = field(default_factory=dict)

    @property
    def submitted(self) -> Path:
        return self.home / "submitted"

    @property
    def staged(self) -> Path:
        """The submissions as they are given to nbgrader, see `batch.stage`."""
        return self.home / "_build" / "staged"

    @property
    def autograded(self) -> Path:
        return self.home / "autograded"

    @property
    def feedback(self) -> Path:
        return self.home / "feedback"

    @property
    def release(self) -> Path:
        """Where nbgrader puts the student versions it makes; `release.update` brings them to `exercises/`."""
        return self.home / "_build" / "release"

    @property
    def grades(self) -> Path:
        return self.home / "grades.csv"

    @property
    def verdicts(self) -> Path:
        return self.home / "verdicts.csv"

    @property
    def db_url(self) -> str:
        return f"sqlite:///{self.home / 'gradebook.db'}"

    def api(self):
        """nbgrader's API on this course, set up by `nbgrader_config.py` and silent on the terminal."""
        from nbgrader.apps import NbGraderAPI
        from traitlets.config import PyFileConfigLoader

        # nbgrader calls the program `alembic`, which lies beside this Python whether or not its venv is activated.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        os.environ.update(KERNEL_ENVIRONMENT)
        self.home.mkdir(parents=True, exist_ok=True)
        config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
        for step in ("autograded", "feedback", "release"):
            config.CourseDirectory[f"{step}_directory"] = os.path.relpath(getattr(self, step), ROOT)
        config.CourseDirectory.submitted_directory = os.path.relpath(self.staged, ROOT)
        config.JudgeNotebook.update({"sandbox": self.sandbox, **self.limits})
        config.CourseDirectory.db_url = self.db_url
        _silence()
        return NbGraderAPI(config=config)


def must(step: str, result: dict) -> None:
    """Raise CourseError with nbgrader's last complaint when one of its steps failed."""
    if not result["success"]:
        raise CourseError(f"nbgrader could not {step}: {complaint(result)}")


def complaint(result: dict) -> str:
    """The line of nbgrader's log that says what went wrong: its last exception, else its last error."""
    lines = f"{result.get('log', '')}\n{result.get('error', '')}".splitlines()
    raised = [line for line in lines if re.match(r"\s*[\w.]*(Error|Exception|Missing\w*)\b(?!.*traceback)", line)]
    logged = [line for line in lines if line.startswith("[ERROR]")]
    return (raised or logged or ["it gave no reason"])[-1].removeprefix("[ERROR]").strip()


def _silence() -> None:
    """Keep nbgrader's log (its results carry it) and SQLAlchemy's advice to nbgrader's authors out of the terminal."""
    from sqlalchemy.exc import SAWarning
    from traitlets import log

    warnings.simplefilter("ignore", SAWarning)
    log.get_logger().addHandler(logging.NullHandler())
    log.get_logger().propagate = False
