"""nbgrader's exchange with two sections of a course in it, and with a submission whose time the student changed."""

from __future__ import annotations

import getpass
import os
import shutil
from pathlib import Path

import pytest
from nbgrader.utils import parse_utc

from grading import class_folder
from grading.class_config import SETTINGS_FILE, configure_class
from grading.class_folder import ClassFolder
from grading.intake import accept_submission
from grading.intake.collection_record import read_collected
from grading.nbgrader_steps.exchange_collect import copy_regular_files
from tests.grading.test_class_config import CHAPTER, nbgrader

SUBMITTED = "2026-01-10 12:30:00.000000 UTC"


#: What lies outside every submission, and what no student may come to see.
SECRET = "def conv2d_bias_grad(dy): return 'the solution'\n"


def write_hostile(inbound: Path, base: Path) -> None:
    """Write into the exchange what `nbgrader submit` would not: links and pipes, and a link as a submission."""
    (base / "conv.py").write_text(SECRET)
    (base / "solutions").mkdir()
    (base / "solutions" / "unfold.py").write_text(SECRET)
    mallory = inbound / f"mallory+{CHAPTER}+{SUBMITTED}+abc"
    (mallory / "work").mkdir(parents=True)
    (mallory / "work" / "conv.py").symlink_to(base / "conv.py")
    (mallory / "work" / "pool.py").write_text("x = 1\n")
    (mallory / "more").symlink_to(base / "solutions")
    (mallory / "round").symlink_to(mallory)
    (mallory / "nowhere").symlink_to(mallory / "missing")
    (mallory / "zero.ipynb").symlink_to("/dev/zero")
    os.mkfifo(mallory / "pipe.txt")
    (inbound / f"adam+{CHAPTER}+{SUBMITTED}+abc").symlink_to(base / "solutions")


@pytest.fixture(scope="module")
def sections(tmp_path_factory) -> tuple[ClassFolder, ClassFolder, Path]:
    """Two classes that released a chapter into one exchange; Eve submitted to the first one. And the exchange."""
    base = tmp_path_factory.mktemp("course")
    exchange = base / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    made = [ClassFolder(base / day / "class") for day in ("monday", "tuesday")]
    for where in made:
        configure_class(where)
        with (where.folder / SETTINGS_FILE).open("a") as file:
            file.write(f"c.Exchange.root = {str(exchange)!r}\n")
        shutil.copytree(class_folder.ROOT / "notebooks" / CHAPTER, where.released_notebook(CHAPTER).parent)
        done = nbgrader(where.folder, base, "release_assignment", CHAPTER)
        assert done.returncode == 0, done.stderr
    submission = exchange / made[0].course_id / "inbound" / f"eve+{CHAPTER}+{SUBMITTED}+abc"
    shutil.copytree(made[0].released_notebook(CHAPTER).parent, submission)
    (submission / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    write_hostile(exchange / made[0].course_id / "inbound", base)
    for where in made:
        done = nbgrader(where.folder, base, "collect", CHAPTER)
        assert done.returncode == 0, done.stderr
    return made[0], made[1], exchange


@pytest.mark.slow
def test_two_sections_share_an_exchange_and_nothing_in_it(sections: tuple[ClassFolder, ClassFolder, Path]) -> None:
    first, second, exchange = sections
    assert {path.name for path in exchange.iterdir()} == {first.course_id, second.course_id}
    assert first.submission_folder("eve", CHAPTER).is_dir()
    assert not second.submission_folder("eve", CHAPTER).exists()


def test_the_time_in_the_exchange_counts_and_a_forged_one_is_named(
    sections: tuple[ClassFolder, ClassFolder, Path],
) -> None:
    first, *_ = sections
    record = read_collected(first, "eve", CHAPTER)
    assert record and record.collector == "exchange"
    said = " ".join(accept_submission.accept_submission(first, "eve", CHAPTER).sentences)
    assert "differs from the time that the collector recorded" in said
    assert "its folder in the exchange was changed at" in said  # the test made it long after the time in its name
    assert parse_utc((first.submission_folder("eve", CHAPTER) / "timestamp.txt").read_text()) == parse_utc(SUBMITTED)


def test_links_in_the_exchange_are_not_followed_and_pipes_are_named(
    sections: tuple[ClassFolder, ClassFolder, Path],
) -> None:
    first, *_ = sections
    record = accept_submission.accept_submission(first, "mallory", CHAPTER)
    said = " ".join(record.needs_person)
    assert "work/conv.py is a link" in said
    assert "pipe.txt in the exchange was not collected: it is no regular file" in said
    assert (first.submission_folder("mallory", CHAPTER) / "work" / "pool.py").read_text() == "x = 1\n"
    everything = [p for p in first.folder.rglob("*") if p.is_file() and not p.is_symlink()]
    assert not [p for p in everything if SECRET.encode() in p.read_bytes()]


def test_a_submission_that_cannot_be_copied_stops_no_other(sections: tuple[ClassFolder, ClassFolder, Path]) -> None:
    """Adam's comes first, and is a link to a folder that is not his."""
    first, *_ = sections
    assert not first.submission_folder("adam", CHAPTER).exists()
    assert first.submission_folder("eve", CHAPTER).is_dir()


def test_a_folder_in_the_exchange_of_another_owner_is_named(sections: tuple[ClassFolder, ClassFolder, Path]) -> None:
    first, *_ = sections
    owner = getpass.getuser() if os.getuid() else "root"
    assert f"its folder in the exchange belongs to {owner}" in " ".join(
        accept_submission.accept_submission(first, "eve", CHAPTER).sentences
    )


def test_a_file_that_becomes_a_link_while_it_is_copied_is_not_followed(tmp_path) -> None:
    """The names are read first, and the student exchanges the file then."""
    (tmp_path / "conv.py").write_text(SECRET)
    work = tmp_path / "inbound" / "work"
    work.mkdir(parents=True)
    (work / "conv.py").write_text("x = 1\n")

    def exchange(place: str, names: list[str]) -> list[str]:
        if Path(place) == work:
            (work / "conv.py").unlink()
            (work / "conv.py").symlink_to(tmp_path / "conv.py")
        return []

    copy_regular_files(tmp_path / "inbound", tmp_path / "copy", exchange)
    assert (tmp_path / "copy" / "work" / "conv.py").is_symlink()
