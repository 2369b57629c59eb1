"""Find out when a submission came: read nbgrader's timestamp.txt, and say whether the student could have written it.

nbgrader's own parse_utc reads "2026-01-10 07:30:00 -05:00" as 07:30 UTC, and "+0100" as 100 seconds. The time that is
read here is written so that parse_utc reads it right.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dateutil import parser, tz

if TYPE_CHECKING:
    from grading.intake.collection_record import Collected

TIMESTAMP_FILE = "timestamp.txt"
MAX_TIMESTAMP_BYTES = 200

#: How much later than its time stamp a folder in the exchange may last have been changed: clocks differ.
MAX_CLOCK_DIFFERENCE = timedelta(minutes=10)

#: The name of a time zone at the end of a time.
ZONE = re.compile(r" ([A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*)$")


def parse_timestamp(text: str, default_zone: str = "UTC") -> datetime:
    """Return a time in UTC. Raises ValueError for text that is not a time, or has an unknown time zone.

    Args:
        text: a date with a four-digit year, a time, and an offset or a time zone's name: "2026-01-10 07:30:00 -05:00",
            "2026-01-10T07:30Z", "2026-01-10 07:30:00 Europe/Berlin".
        default_zone: the time zone of a text that names none; "" is this computer's.
    """
    text = text.strip()
    if not re.search(r"\d{4}", text):
        raise ValueError(f"{text!r} is no time: the year is missing")
    zone, named = default_zone, ZONE.search(text)
    if named and named[1].upper() not in ("AM", "PM"):
        zone, text = named[1], text[: named.start()]
    try:
        found = parser.parse(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=time_zone(zone))
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is no time that can be converted to UTC") from None


def time_zone(name: str):
    """Return a time zone by its name, such as UTC, EST or Europe/Berlin. Raises ValueError."""
    if not name:
        return tz.tzlocal()
    found = tz.UTC if name.upper() in ("UTC", "GMT", "Z") else tz.gettz(name)
    if found is None:
        raise ValueError(f"{name} is no time zone that is known here; Europe/Berlin is one")
    return found


def format_timestamp(time: datetime) -> str:
    """Return a time as nbgrader's exchange writes it, in UTC."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ") + " UTC"


def take_timestamp(source: Path, built: Path, collected: Collected | None) -> list[str]:
    """Write the time at which a submission came into the rebuilt one. Return sentences that a person must read.

    Args:
        source: the submission as it came.
        built: the rebuilt submission.
        collected: what the collector recorded of exactly this submission, or None where nothing did: then whoever
            handed the folder in could have written its timestamp.txt.
    """
    text = read_timestamp_file(source)
    if collected is not None:
        return _take_collected(text, built, collected)
    if text is None:
        return []
    try:
        time = parse_timestamp(text)
    except ValueError:
        return [f"{TIMESTAMP_FILE} holds no time; the submission counts as in time"]
    _write(built, text, time)
    return [
        f"{TIMESTAMP_FILE} came with the submission and the student could have written it: no collector recorded when "
        f"it came. It counts as of {format_timestamp(time)}"
    ]


def read_timestamp_file(folder: Path) -> str | None:
    """Return the text of a submission's timestamp.txt, or None if it is missing, large or not a regular file."""
    path = folder / TIMESTAMP_FILE
    if not path.is_file() or path.is_symlink() or path.stat().st_size > MAX_TIMESTAMP_BYTES:
        return None
    return path.read_text(encoding="utf-8", errors="replace").strip()


def _take_collected(text: str | None, built: Path, collected: Collected) -> list[str]:
    """Take the collector's time, whatever the submission's own file says."""
    if collected.time is None:
        return [collected.note] if collected.note else []
    time = parse_timestamp(collected.time)
    _write(built, text or "", time)
    found = [collected.note] if collected.note else []
    try:
        same = text is None or parse_timestamp(text) == time
    except ValueError:
        same = False
    if not same:
        found.append(
            f"{TIMESTAMP_FILE} in the submission differs from the time that the collector recorded, "
            f"{format_timestamp(time)}, which counts"
        )
    if collected.changed and (late := parse_timestamp(collected.changed)) - time > MAX_CLOCK_DIFFERENCE:
        found.append(
            f"its folder in the exchange was changed at {format_timestamp(late)}, after the time at which it says it "
            f"was submitted, {format_timestamp(time)}"
        )
    return found


def _write(built: Path, text: str, time: datetime) -> None:
    """Write timestamp.txt: as it came where nbgrader reads it right, else in UTC."""
    from nbgrader.utils import parse_utc

    try:
        right = parse_utc(text) == time.replace(tzinfo=None)
    except (ValueError, OverflowError, TypeError):
        right = False
    (built / TIMESTAMP_FILE).write_text(text if right else format_timestamp(time), encoding="utf-8")
