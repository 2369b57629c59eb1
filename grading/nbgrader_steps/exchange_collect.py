"""Collect from nbgrader's exchange, and record when each submission came: see collection_record.py.

Students write their submissions into the exchange themselves, and may put there what `nbgrader submit` would not. So a
link is copied as a link, and what is no regular file is not copied: nbgrader would follow it with the instructor's
rights, to the solutions or to another student's file, and the feedback would show it. And a submission that cannot be
copied stops only itself.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns

from cnnlab.escape_text import escape_line
from grading.class_files import hash_folder
from grading.class_folder import find_class_of
from grading.intake.collection_record import Collected, digest_files, write_collected
from grading.intake.timestamps import format_timestamp

#: Given a folder and names in it, which of them are not copied.
Ignore = Callable[[str, list[str]], list[str]]


class RecordingCollect(ExchangeCollect):
    """Collects as nbgrader does. The time is the one in the folder's name in the exchange, not timestamp.txt's."""

    def do_copy(self, src: str, dest: str, log=None) -> None:
        """Copy one submission, and record it. Where it cannot be copied, say so, and go on with the next."""
        source, submission = Path(src), Path(dest)
        try:
            self._copy_and_record(source, submission)
        except (OSError, RuntimeError, RecursionError) as error:
            shutil.rmtree(submission, ignore_errors=True)
            self.log.error(
                "Not collected: the submission of %s cannot be copied (%s). Look into %s.",
                escape_line(submission.parent.name),
                escape_line(str(error)),
                escape_line(str(source)),
            )

    def _copy_and_record(self, source: Path, submission: Path) -> None:
        course: Any = self.coursedir
        if source.is_symlink():
            raise RuntimeError("its folder is a link")
        if (size := self.get_size(source)) > 1000 * course.max_dir_size:
            raise RuntimeError(f"it has {size:,} bytes, and CourseDirectory.max_dir_size allows fewer")
        ignore = ignore_patterns(course.ignore, course.include, course.max_file_size, self.log)
        left_out = copy_regular_files(source, submission, ignore)
        if course.groupshared:
            for place, _, names in os.walk(submission):
                os.chmod(place, 0o2770)
                for path in (Path(place) / name for name in names):
                    if not path.is_symlink():
                        path.chmod(path.stat().st_mode & 0o777 | 0o660)
        time = self._path_to_record(str(source))["timestamp"].replace(tzinfo=UTC)
        # a student owns the folder and can set its name and every time of it but this one
        changed = datetime.fromtimestamp(max(p.lstat().st_ctime for p in (source, *source.rglob("*"))), UTC)
        notes = [f"{escape_line(name)} in the exchange was not collected: {why}" for name, why in left_out[:3]]
        if self.check_owner and (owner := name_owner(source)) != submission.parent.name:
            notes.insert(0, f"its folder in the exchange belongs to {owner}, who may have submitted it in this name")
        record = Collected(
            *("exchange", format_timestamp(time), digest_files(hash_folder(submission)), format_timestamp(changed)),
            note="; ".join(notes) or None,
        )
        write_collected(find_class_of(submission), submission.parent.name, submission.name, record)


def copy_regular_files(source: Path, target: Path, ignore: Ignore) -> list[tuple[str, str]]:
    """Copy a folder that somebody else may change meanwhile. Return what was left out, each with the reason.

    Links stay links. Everything is opened by its folder's descriptor and without following a link, so that nothing
    which is exchanged while it is copied leads elsewhere.
    """
    left_out: list[tuple[str, str]] = []
    target.mkdir(parents=True)

    def note(error: OSError) -> None:
        left_out.append((os.path.relpath(error.filename or source, source), error.strerror or "it cannot be read"))

    for place, folders, names, descriptor in os.fwalk(source, onerror=note, follow_symlinks=False):
        skipped = set(ignore(place, [*folders, *names]))
        here = target / Path(place).relative_to(source)
        folders[:] = [name for name in folders if name not in skipped]
        for name in [*folders, *names]:
            if name in skipped:
                continue
            try:
                mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
                if stat.S_ISLNK(mode):
                    (here / name).symlink_to(os.readlink(name, dir_fd=descriptor))
                elif stat.S_ISDIR(mode):
                    (here / name).mkdir()
                else:
                    _copy_file(name, descriptor, here / name)
            except OSError as error:
                left_out.append((os.path.relpath(os.path.join(place, name), source), error.strerror or str(error)))
    return left_out


def _copy_file(name: str, folder: int, target: Path) -> None:
    """Copy one regular file, with its time. Raises OSError for anything else."""
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with os.fdopen(opened, "rb") as file:
        about = os.fstat(opened)
        if not stat.S_ISREG(about.st_mode):
            raise OSError("it is no regular file")
        with target.open("xb") as copy:
            shutil.copyfileobj(file, copy)
    os.utime(target, ns=(about.st_atime_ns, about.st_mtime_ns))


def name_owner(folder: Path) -> str:
    """Return the user who owns a folder."""
    number = folder.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
