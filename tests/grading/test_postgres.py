"""A gradebook in PostgreSQL serves the page, the tables and the audit as one in SQLite does: with a real server."""

from __future__ import annotations

import csv
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grading import __main__ as command
from grading.class_folder import HOME_VARIABLE, ClassFolder
from grading.gradebook import read_auto_scores, read_grades
from tests.grading.conftest import CHAPTER, SOLUTION, hand_in, hand_out, set_due_date


@pytest.fixture(scope="module")
def server(needs: Callable[[str], str]) -> Iterator[str]:
    """The folder of a PostgreSQL server's socket: a cluster of its own, without a network address."""
    programs = Path(needs("initdb")).resolve().parent
    place = Path(tempfile.mkdtemp(prefix="cnnlab-pg-"))  # short: a socket's path has at most 107 bytes
    as_user = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(place, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def run(program: str, *arguments: str) -> None:
        with (place / "output").open("ab") as output:  # a pipe would stay open as long as the server runs
            done = subprocess.run(
                [programs / program, "-D", place / "data", *arguments],
                cwd=place,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **as_user,
            )
        assert done.returncode == 0, (place / "output").read_text(encoding="utf-8", errors="replace")

    try:
        run("initdb", "-A", "trust", "-U", "cnnlab", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {place} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "-w", "-t", "120", "-l", str(place / "log"), "-o", options, "start")
        try:
            yield str(place)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def make_database(server: str) -> Callable[[str], str]:
    """make_database(name): the address of a new, empty database."""
    import psycopg2

    def make(name: str) -> str:
        connection = psycopg2.connect(host=server, user="cnnlab", dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        connection.close()
        return f"postgresql+psycopg2://cnnlab@/{name}?host={server}"

    return make


def configure(where: ClassFolder, url: str) -> None:
    with (where.folder / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"\nc.CourseDirectory.db_url = {url!r}\n")


def read_report(where: ClassFolder, out: Path) -> tuple[str, list[dict[str, str]]]:
    assert command.main(["report", "ch08", "--out", str(out)]) == 0
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        return (out / "index.html").read_text(encoding="utf-8"), list(csv.DictReader(file))


@pytest.mark.slow
def test_a_class_moves_from_sqlite_and_nothing_changes(
    graded_class: ClassFolder, make_database: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    before = read_grades(graded_class, CHAPTER), read_auto_scores(graded_class, CHAPTER)
    page, scores = read_report(graded_class, tmp_path / "a" / "report")
    configure(graded_class, make_database("moved"))
    assert read_grades(graded_class, CHAPTER) == {}, "the new gradebook is empty"
    old = (graded_class.folder / "gradebook.db").read_bytes()
    assert command.main(["copy-gradebook"]) == 0
    assert "rows copied to postgresql+psycopg2://cnnlab@/moved" in capsys.readouterr().out
    assert (graded_class.folder / "gradebook.db").read_bytes() == old
    (graded_class.folder / "gradebook.db").unlink()

    assert (read_grades(graded_class, CHAPTER), read_auto_scores(graded_class, CHAPTER)) == before
    assert read_report(graded_class, tmp_path / "b" / "report") == (page, scores)
    [ada] = [row for row in scores if row["student"] == "ada"]
    assert (ada["gradebook"], ada["late days"], ada["penalty"], ada["to mark by hand"]) == ("0", "1.88", "14", "2")
    assert "6 written answers wait" in page and "1 came late" in page

    capsys.readouterr()
    assert command.main(["audit", "ch08"]) == 0
    assert "were not compared" not in capsys.readouterr().out
    set_due_date(graded_class, "2026-01-13 12:00:00 UTC")
    assert command.main(["autograde", "ch08"]) == 0
    assert "ada: the due date moved: in time now, penalty 14 before, 0 now" in capsys.readouterr().out
    assert read_grades(graded_class, CHAPTER)["ada"].score == 14


def test_nothing_is_copied_over_a_gradebook_that_is_used(
    graded_class: ClassFolder, make_database: Callable[[str], str], capsys: pytest.CaptureFixture
) -> None:
    assert command.main(["copy-gradebook"]) == 2
    assert "set c.CourseDirectory.db_url to the new one" in capsys.readouterr().err
    configure(graded_class, make_database("used"))
    assert command.main(["copy-gradebook"]) == 0
    assert command.main(["copy-gradebook"]) == 2
    assert "is not empty: name an empty database" in capsys.readouterr().err
    assert command.main(["copy-gradebook", "--source", f"sqlite:///{graded_class.folder / 'none.db'}"]) == 2
    assert "There is no gradebook to copy" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_one_sentence_without_the_password(
    graded_class: ClassFolder, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    configure(graded_class, f"postgresql+psycopg2://cnnlab:secret@/none?host={tmp_path}")
    assert command.main(["report", "ch08"]) == 2
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) == 1
    assert "cannot be used" in printed and "secret" not in printed


@pytest.mark.slow
def test_a_new_class_is_graded_in_postgres_from_the_beginning(
    make_database: Callable[[str], str], graded_once: tuple[Path, str], tmp_path: Path, monkeypatch, capsys
) -> None:
    base, _ = graded_once
    where = ClassFolder(tmp_path / "class")
    monkeypatch.setenv(HOME_VARIABLE, str(where.folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(base / "data"))
    where.folder.mkdir()
    (where.folder / "nbgrader_config.py").write_text("c = get_config()\n")
    configure(where, make_database("new_class"))
    hand_out(where)
    hand_in(where, "ada", SOLUTION)
    assert command.main(["autograde", "ch08"]) == 0
    assert "1 graded, 0 not" in capsys.readouterr().out
    assert not list(where.folder.glob("*.db"))
    _, [ada] = read_report(where, tmp_path / "report")
    assert (ada["gradebook"], ada["gradebook of"], ada["to mark by hand"]) == ("14", "24", "2")
    assert command.main(["audit", "ch08"]) == 0
    assert "were not compared" not in capsys.readouterr().out
