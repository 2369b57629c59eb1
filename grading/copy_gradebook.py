"""Copy a class's gradebook into another database, such as from SQLite to PostgreSQL: every table, row by row."""

from __future__ import annotations

from typing import Any

from grading import gradebook
from grading.class_folder import ClassFolder
from grading.errors import GradebookUnavailable, NotConfigured, TargetExists

#: Tables that nbgrader fills by itself when it makes a gradebook; their rows there are replaced.
MADE_BY_ITSELF = ("course",)


def copy_gradebook(home: ClassFolder, source: str | None = None) -> tuple[str, int]:
    """Copy a gradebook into the one that the class's configuration names now. The source is only read.

    source: its SQLAlchemy address; by default that of nbgrader's default file in the class folder.
    Returns the target's address without its password, and the number of rows. All is copied or nothing.
    Raises GradebookUnavailable where there is nothing to copy or a database cannot be used, NotConfigured where no
    other gradebook is configured, TargetExists where the target has something in it.
    """
    from sqlalchemy.engine import make_url

    source, target = source or f"sqlite:///{home.folder / 'gradebook.db'}", gradebook.find_database_url(home)
    shown = make_url(target).render_as_string(hide_password=True)
    if not gradebook.database_exists(source):
        raise GradebookUnavailable(f"There is no gradebook to copy: {gradebook.sqlite_path(source)} is missing.")
    if make_url(source) == make_url(target):
        raise NotConfigured(
            f"The class's gradebook is {shown} itself: set c.CourseDirectory.db_url to the new one in "
            f"{home.folder}/class_settings.py first."
        )
    with gradebook.name_database_errors(source):
        rows = _read_rows(source, home.course_id)
    with gradebook.name_database_errors(target):
        _write_rows(target, home.course_id, shown, rows)
    return shown, sum(map(len, rows.values()))


def _read_rows(url: str, course_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table of nbgrader; tables that others refer to come first."""
    from nbgrader.api import Base, Gradebook

    with Gradebook(url, course_id) as book:
        return {
            t.name: [dict(row._mapping) for row in book.db.execute(t.select())] for t in Base.metadata.sorted_tables
        }


def _write_rows(url: str, course_id: str, shown: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    from nbgrader.api import Base, Gradebook
    from sqlalchemy import func, select

    with Gradebook(url, course_id) as book:  # makes the tables where there are none
        tables = Base.metadata.sorted_tables
        count = {t.name: book.db.execute(select(func.count()).select_from(t)).scalar() for t in tables}
        filled = [name for name, number in count.items() if number and name not in MADE_BY_ITSELF]
        if filled:
            raise TargetExists(f"The gradebook {shown} is not empty: name an empty database as db_url.")
        for table in tables:
            book.db.execute(table.delete())
            if rows[table.name]:
                book.db.execute(table.insert(), rows[table.name])
        book.db.commit()
