"""Read nbgrader's gradebook through nbgrader's own interface, wherever the class's configuration puts it.

The gradebook is SQLite or PostgreSQL: `c.CourseDirectory.db_url` decides, and nothing here names a file but nbgrader's
default. Everything else of the project that needs the gradebook asks this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grading.class_config import SETTINGS_FILE
from grading.class_folder import ROOT, ClassFolder
from grading.describe_error import describe_database_reason
from grading.errors import GradebookUnavailable

if TYPE_CHECKING:
    from nbgrader.api import Gradebook, SubmittedAssignment
    from traitlets.config import Config

#: nbgrader's name of its configuration files, without the ending.
CONFIGURATION = "nbgrader_config"

SECONDS_PER_DAY = 86400


@dataclass(frozen=True)
class Grade:
    """A student in the gradebook.

    score: with what is marked by hand, after the penalty.   penalty: points.   late: days, 0 in time.
    unmarked_cells: written answers that wait for a person.   formgrader_id: of the submission's page in Formgrader.
    """

    score: float
    max_score: float
    penalty: float = 0.0
    late: float = 0.0
    unmarked_cells: int = 0
    formgrader_id: str | None = None

    @property
    def score_before_penalty(self) -> float:
        """Return the score without the late penalty."""
        return self.score + self.penalty


def load_configuration(home: ClassFolder) -> Config:
    """Return nbgrader's configuration of a class, from the files that nbgrader reads when it is started there."""
    from jupyter_core.paths import jupyter_config_path
    from traitlets.config import Application

    # the class's own file counts most; what nbgrader finds in the user's and the system's folders counts least
    folders = dict.fromkeys([str(home.folder), str(ROOT / "grading"), *jupyter_config_path()])
    application = Application()
    try:
        application.load_config_file(CONFIGURATION, path=list(folders))
    except (Exception, SystemExit) as error:
        raise GradebookUnavailable(f"nbgrader's configuration of {home.folder} cannot be read: {error}") from error
    return application.config


def find_database_url(home: ClassFolder) -> str:
    """Return the SQLAlchemy address of the class's gradebook: the configured one, or nbgrader's default."""
    files = (
        home.folder / f"{CONFIGURATION}.py",
        home.folder / SETTINGS_FILE,
        ROOT / "grading" / f"{CONFIGURATION}.py",
    )
    return _find_database_url(home, tuple(map(_read_change_time, files)))


@lru_cache(maxsize=8)
def _find_database_url(home: ClassFolder, files: tuple[int, ...]) -> str:
    """Find the address. files: when the configuration files changed, so that a changed one is read again."""
    configured = load_configuration(home).CourseDirectory.get("db_url")
    return str(configured) if configured else f"sqlite:///{home.folder / 'gradebook.db'}"


def database_exists(url: str) -> bool:
    """Return whether there is a database to open. A SQLite file that is missing would be made by opening it."""
    path = sqlite_path(url)
    return path is None or path.is_file()


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite database, None for a database of another kind."""
    from sqlalchemy.engine import make_url

    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


@contextmanager
def open_gradebook(home: ClassFolder) -> Iterator[Gradebook | None]:
    """Open the class's gradebook; None where none was made yet. Raises GradebookUnavailable.

    Errors that occur while it is open are raised as GradebookUnavailable, too.
    """
    from nbgrader.api import Gradebook

    url = find_database_url(home)
    if not database_exists(url):
        yield None
        return
    with name_database_errors(url), Gradebook(url, home.course_id) as gradebook:
        yield gradebook


@contextmanager
def name_database_errors(url: str) -> Iterator[None]:
    """Raise a database's errors as GradebookUnavailable."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, ImportError) as error:
        raise GradebookUnavailable(describe_database_error(error, url)) from error


def describe_database_error(error: Exception, url: str) -> str:
    """Return one sentence: which gradebook, what is wrong, what to do."""
    from sqlalchemy.engine import make_url

    shown = make_url(url).render_as_string(hide_password=True)
    reason = " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".?")
    if isinstance(error, ImportError):
        return f"The gradebook {shown} needs a driver: {reason}. Install this project's extra `postgres`."
    known = describe_database_reason(reason)
    advice = "See that it is there and that c.CourseDirectory.db_url names it, then run the same command again."
    return f"{known} ({shown})" if known else f"The gradebook {shown} cannot be used: {reason}. {advice}"


def read_grades(home: ClassFolder, assignment: str) -> dict[str, Grade]:
    """Return the grades of an assignment, by student; empty if there is no gradebook yet."""
    with open_gradebook(home) as gradebook:
        return {str(s.student_id): _read_grade(s) for s in find_submissions(gradebook, assignment)}


def read_auto_scores(home: ClassFolder, assignment: str) -> dict[tuple[str, str], float | None]:
    """Return nbgrader's automatic score of every cell, by student and grade_id."""
    with open_gradebook(home) as gradebook:
        return {
            (str(submission.student_id), grade.name): grade.auto_score
            for submission in find_submissions(gradebook, assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def find_submissions(gradebook: Gradebook | None, assignment: str) -> list[SubmittedAssignment]:
    """Return the submissions of an assignment; none where the gradebook does not know it."""
    from nbgrader.api import MissingEntry

    try:
        return gradebook.assignment_submissions(assignment) if gradebook else []
    except MissingEntry:
        return []


def _read_grade(submission: Any) -> Grade:
    penalty = float(submission.late_submission_penalty or 0)
    notebooks = list(submission.notebooks)
    return Grade(
        max(0.0, float(submission.score or 0) - penalty),
        float(submission.max_score or 0),
        penalty,
        submission.total_seconds_late / SECONDS_PER_DAY,
        sum(bool(grade.needs_manual_grade) for notebook in notebooks for grade in notebook.grades),
        str(notebooks[0].id) if notebooks else None,
    )


def _read_change_time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
