"""The file that keeps what has passed: small, beside the learner's files, and never a reason for anything to fail.

One exercise is one line of it, so that a file which was cut off or scribbled in still gives back its other lines. It
is written anew under another name and then put in its place, by one process at a time. It proves nothing to anyone:
grading does not read it, and a pass counts only for the very source that it was noted for.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NAME = ".cnnlab-progress.json"
LOCK = ".cnnlab-progress.lock"

#: How long a lock is waited for, and after how long one is taken to be left over from a crash, in seconds. It is held
#: for some milliseconds; a busy machine may make seconds of them.
LOCK_TIMEOUT_SECONDS, STALE_LOCK_SECONDS = 15.0, 10.0

LINE = re.compile(r'^\s*"(\w+)": (\{.*\}),?\s*$')
MAX_FILE_BYTES = 1_000_000


@dataclass(frozen=True)
class Entry:
    """An exercise that passed its core.

    source: SHA-256 of its file and of what that imports.
    score: of every case, or None where only the core was judged.
    when: ISO 8601, local time.   course: the version of cnnlab that judged.
    """

    source: str
    score: float | None
    when: str
    course: str


@dataclass(frozen=True)
class Progress:
    """The content of the file.

    broken: why not all of it could be read, or "".   aside: names of broken files that were put aside.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    broken: str = ""
    aside: tuple[str, ...] = ()


def load(folder: Path) -> Progress:
    """Read the file of a folder of learner files, as far as it can be read; nothing where there is none."""
    path = folder / NAME
    try:
        if not path.exists():
            return Progress()
        if not path.is_file():
            return Progress(broken="it is no regular file")
        if path.stat().st_size > MAX_FILE_BYTES:
            return Progress(broken=f"it has more than {MAX_FILE_BYTES:,} bytes")
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        return Progress(broken=error.strerror or type(error).__name__)
    try:
        found = json.loads(text)
        said, aside, broken = dict(found["passed"]), [str(name) for name in found.get("aside", [])], ""
    except (ValueError, TypeError, KeyError, RecursionError):
        said, aside, broken = _salvage_entries(text), [], "it is not what cnnlab writes"
    entries = {name: entry for name, value in said.items() if (entry := _parse_entry(value))}
    if len(entries) < len(said):
        broken = broken or "some of its lines are not what cnnlab writes"
    return Progress(entries, broken, tuple(aside))


def keep(folder: Path, exercise: str, entry: Entry) -> str:
    """Note that an exercise passed, whatever else is noted at the same time; "" or why it could not be kept."""
    return _update(folder, {exercise: entry})


def mend(folder: Path) -> str:
    """Put a broken file aside and keep what could be read of it; "" or why it could not be done."""
    return _update(folder, {})


def _update(folder: Path, entries: Mapping[str, Entry]) -> str:
    path, new = folder / NAME, folder / f"{NAME}.{os.getpid()}.tmp"
    try:
        with _hold_lock(folder):
            before = load(folder)
            aside = [*before.aside, *([_put_aside(path)] if before.broken else [])]
            passed = {**before.entries, **entries}
            try:
                _write(new, passed, aside)
                _replace_file(new, path)
            finally:
                new.unlink(missing_ok=True)
    except OSError as error:
        return f"progress cannot be kept in {NAME}: {error.strerror or error}"
    return ""


def _salvage_entries(text: str) -> dict[str, Any]:
    """Return the entries of a broken file whose lines are whole."""
    found: dict[str, Any] = {}
    for match in filter(None, map(LINE.match, text.splitlines())):
        with suppress(ValueError, RecursionError):
            found[match[1]] = json.loads(match[2])
    return found


def _parse_entry(value: Any) -> Entry | None:
    """Return a value of the file as an entry, or None if it is none."""
    try:
        entry = Entry(value["source"], value["score"], value["when"], value["course"])
    except (TypeError, KeyError):
        return None
    words = all(isinstance(w, str) for w in (entry.source, entry.when, entry.course))
    number = isinstance(entry.score, (int, float)) and not isinstance(entry.score, bool) and 0 <= entry.score <= 1
    return entry if words and (number or entry.score is None) else None


def _write(path: Path, passed: Mapping[str, Entry], aside: list[str]) -> None:
    lines = [f"{json.dumps(name)}: {json.dumps(asdict(passed[name]))}" for name in sorted(passed)]
    text = f'{{"version": 1, "aside": {json.dumps(aside)}, "passed": {{\n' + ",\n".join(lines) + "\n}}\n"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _replace_file(new: Path, path: Path) -> None:
    for attempt in range(10):
        try:
            return os.replace(new, path)
        except PermissionError:  # on Windows, while another process reads it
            if attempt == 9:
                raise
            time.sleep(0.02)
    return None


def _put_aside(path: Path) -> str:
    """Keep a broken file under a name of its own, and return the name."""
    number = 1
    while (kept := path.with_name(f"{NAME}.broken-{number}.bak")).exists():
        number += 1
    os.replace(path, kept)
    return kept.name


@contextmanager
def _hold_lock(folder: Path) -> Iterator[None]:
    """Let one process at a time in. Raise OSError if nothing can be written or the lock does not come free."""
    path, until = folder / LOCK, time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except (FileExistsError, PermissionError) as error:
            if isinstance(error, PermissionError) and not path.exists():
                raise
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > STALE_LOCK_SECONDS:
                    path.unlink()
            if time.monotonic() > until:
                raise OSError(f"{LOCK} is in the way; delete it if no other check is running") from None
            time.sleep(0.01)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
