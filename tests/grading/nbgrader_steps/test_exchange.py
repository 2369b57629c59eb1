"""nbgrader's exchange with two sections of a course in it, and with a submission whose time the student changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from nbgrader.utils import parse_utc

from grading import class_folder
from grading.class_config import SETTINGS_FILE, configure_class
from grading.class_folder import Home
from grading.intake import accept_submission
from grading.intake.collection_record import read_collected
from tests.grading.test_class_config import CHAPTER, nbgrader

SUBMITTED = "2026-01-10 12:30:00.000000 UTC"


@pytest.fixture(scope="module")
def sections(tmp_path_factory) -> tuple[Home, Home, Path]:
    """Two classes that released a chapter into one exchange; Eve submitted to the first one. And the exchange."""
    base = tmp_path_factory.mktemp("course")
    exchange = base / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    made = [Home(base / day / "class") for day in ("monday", "tuesday")]
    for where in made:
        configure_class(where)
        with (where.folder / SETTINGS_FILE).open("a") as file:
            file.write(f"c.Exchange.root = {str(exchange)!r}\n")
        shutil.copytree(class_folder.ROOT / "notebooks" / CHAPTER, where.released(CHAPTER).parent)
        done = nbgrader(where.folder, base, "release_assignment", CHAPTER)
        assert done.returncode == 0, done.stderr
    submission = exchange / made[0].course_id / "inbound" / f"eve+{CHAPTER}+{SUBMITTED}+abc"
    shutil.copytree(made[0].released(CHAPTER).parent, submission)
    (submission / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    for where in made:
        done = nbgrader(where.folder, base, "collect", CHAPTER)
        assert done.returncode == 0, done.stderr
    return made[0], made[1], exchange


def test_two_sections_share_an_exchange_and_nothing_in_it(sections: tuple[Home, Home, Path]) -> None:
    first, second, exchange = sections
    assert {path.name for path in exchange.iterdir()} == {first.course_id, second.course_id}
    assert first.submitted("eve", CHAPTER).is_dir()
    assert not second.submitted("eve", CHAPTER).exists()


def test_the_time_in_the_exchange_counts_and_a_forged_one_is_named(sections: tuple[Home, Home, Path]) -> None:
    first, *_ = sections
    record = read_collected(first, "eve", CHAPTER)
    assert record and record.collector == "exchange"
    said = " ".join(accept_submission.accept(first, "eve", CHAPTER).sentences)
    assert "differs from the time that the collector recorded" in said
    assert "its folder in the exchange was changed at" in said  # the test made it long after the time in its name
    assert parse_utc((first.submitted("eve", CHAPTER) / "timestamp.txt").read_text()) == parse_utc(SUBMITTED)
