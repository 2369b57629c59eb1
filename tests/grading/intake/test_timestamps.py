"""When a submission came: every way of writing it, and what a student could have written is said to be so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.utils import parse_utc

from grading.intake.collection_record import Collected
from grading.intake.timestamps import TIMESTAMP_FILE, parse_timestamp, take_timestamp

HALF_PAST_TWELVE = datetime(2026, 1, 10, 12, 30, tzinfo=UTC)

#: One moment, as the exchange, people and systems write it.
WRITTEN = (
    "2026-01-10 12:30:00 UTC",
    "2026-01-10 12:30:00.000000 UTC",
    "2026-01-10 12:30:00",
    "2026-01-10T12:30:00Z",
    "2026-01-10 07:30:00 -05:00",
    "2026-01-10 07:30:00 -0500",
    "2026-01-10 07:30:00-05:00",
    "2026-01-10T07:30:00-05:00",
    "2026-01-10 13:30:00 +0100",
    "2026-01-10 18:00 +05:30",
    "2026-01-10 07:30:00 EST",
    "2026-01-10 07:30:00 America/New_York",
    "2026-01-10 13:30:00 CET",
    "2026-01-10 13:30:00 Europe/Berlin",
    "Jan 10, 2026 12:30 PM",
    "Sat, 10 Jan 2026 07:30:00 -0500",
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_time_is_read_right(text: str) -> None:
    assert parse_timestamp(text) == HALF_PAST_TWELVE


@pytest.mark.parametrize("text", WRITTEN)
def test_nbgrader_reads_what_is_written_for_it_right(text: str, tmp_path: Path) -> None:
    source, built = submission(tmp_path, text)
    take_timestamp(source, built, None)
    assert parse_utc((built / TIMESTAMP_FILE).read_text()) == HALF_PAST_TWELVE.replace(tzinfo=None)


def test_in_summer_a_zone_has_another_offset() -> None:
    assert parse_timestamp("2026-07-10 14:30:00 Europe/Berlin") == datetime(2026, 7, 10, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "soon",
            "12",
            "Friday",
            "2026-13-45 00:00:00 UTC",
            "9999-12-31 23:00:00 -05:00",
            "2026-01-10 12:00 Nowhere",
        ),
        *("2026-01-10 12:00 /etc/passwd", "2026-01-10 12:00 ../../etc/localtime", "\x00" * 20),
    ],
)
def test_what_is_no_time_is_none(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_timestamp(text)
    source, built = submission(tmp_path, text)
    assert take_timestamp(source, built, None) == ["timestamp.txt holds no time; the submission counts as in time"]
    assert not (built / TIMESTAMP_FILE).exists()


def submission(place: Path, text: str | None) -> tuple[Path, Path]:
    """Return a submission's folder with that timestamp.txt, and a folder for the rebuilt one."""
    source, built = place / "source", place / "built"
    source.mkdir()
    built.mkdir()
    if text is not None:
        (source / TIMESTAMP_FILE).write_text(text)
    return source, built


def exchange(time: str, changed: str) -> Collected:
    return Collected("exchange", time, "", changed)


def test_a_time_that_only_the_student_can_have_written_is_said_to_be_so(tmp_path: Path) -> None:
    source, built = submission(tmp_path, "2026-01-01 00:00:00 UTC")
    [sentence] = take_timestamp(source, built, None)
    assert "the student could have written it" in sentence and "2026-01-01 00:00:00 UTC" in sentence
    assert (built / TIMESTAMP_FILE).read_text() == "2026-01-01 00:00:00 UTC"


def test_the_collectors_time_counts_and_nothing_is_said(tmp_path: Path) -> None:
    source, built = submission(tmp_path, "2026-01-10 12:30:00.123456 UTC")
    record = exchange("2026-01-10 12:30:00.123456 UTC", "2026-01-10 12:30:01 UTC")
    assert take_timestamp(source, built, record) == []
    assert (built / TIMESTAMP_FILE).read_text() == "2026-01-10 12:30:00.123456 UTC"


def test_a_time_that_was_changed_in_the_exchange_does_not_count(tmp_path: Path) -> None:
    source, built = submission(tmp_path, "2026-01-01 00:00:00 UTC")
    [sentence] = take_timestamp(source, built, exchange("2026-01-10 12:30:00 UTC", "2026-01-10 12:30:01 UTC"))
    assert "differs from the time that the collector recorded" in sentence
    assert parse_utc((built / TIMESTAMP_FILE).read_text()) == HALF_PAST_TWELVE.replace(tzinfo=None)


def test_a_folder_that_was_changed_in_the_exchange_after_its_time_is_named(tmp_path: Path) -> None:
    source, built = submission(tmp_path, "2026-01-10 12:30:00 UTC")
    [sentence] = take_timestamp(source, built, exchange("2026-01-10 12:30:00 UTC", "2026-01-12 09:00:00 UTC"))
    assert "was changed at 2026-01-12 09:00:00 UTC" in sentence


def test_a_collected_submission_without_a_time_has_the_collectors_note(tmp_path: Path) -> None:
    source, built = submission(tmp_path, None)
    assert take_timestamp(source, built, Collected("zip_collect", None, "")) == []
    assert take_timestamp(source, built, Collected("zip_collect", None, "", note="It is late")) == ["It is late"]
    assert not (built / TIMESTAMP_FILE).exists()


def test_without_a_timestamp_there_is_nothing_to_say(tmp_path: Path) -> None:
    source, built = submission(tmp_path, None)
    assert take_timestamp(source, built, None) == []
