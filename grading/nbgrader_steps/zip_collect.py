"""Collect the downloads of learning management systems: the two plugins of nbgrader's zip_collect.

SafeExtractor extracts each archive on its own: one that is damaged or hostile stops only itself. LmsFileNames decides
whose each file is. Both say what was not collected; nbgrader would stop, or be silent.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sys
from collections import defaultdict
from datetime import UTC, datetime
from hashlib import sha256 as new_sha256
from pathlib import Path, PurePosixPath
from typing import Any

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from traitlets import Dict, Unicode, default

from cnnlab.escape_text import escape_line
from grading.class_files import hash_file
from grading.class_folder import ClassFolder
from grading.intake.accept_submission import MARKUP
from grading.intake.collection_record import Collected, digest_files, read_collected, write_collected
from grading.intake.learner_files import WORK
from grading.intake.lms_names import Owner, clean_name, find_owners, tell_apart
from grading.intake.safe_extract import CLUTTER, OTHER_ARCHIVES, NotExtracted, archive_stem, extract_archive
from grading.intake.timestamps import TIMESTAMP_FILE, format_timestamp, parse_timestamp

#: Systems whose number of a student is the same in every assignment.
LASTING_NUMBERS = ("Canvas", "Brightspace")

LATE = (
    "Canvas marks it as late and says no time; it counts as in time until timestamp.txt in submitted/ holds the time "
    "at which it came"
)


class SafeExtractor(ExtractorPlugin):
    """Extracts every archive that can be extracted, and names the others."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.left_out: list[str] = []

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Extract the archives below a folder, and copy its other files."""
        source, target = Path(archive_path), Path(extracted_path)
        for folder, _, names in sorted(os.walk(source)):
            for path in (Path(folder) / name for name in sorted(names)):
                inside = path.relative_to(source)
                place, stem = target / inside.parent, archive_stem(path.name)
                place.mkdir(parents=True, exist_ok=True)
                try:
                    if stem is None:
                        shutil.copy(path, place / path.name)
                    else:
                        self.left_out += [f"{inside}: {why}" for why in extract_archive(path, place / stem)]
                except (NotExtracted, OSError) as error:
                    self.left_out.append(f"{inside}: {error}")


class LmsFileNames(FileNameCollectorPlugin):
    """Collects notebooks and learner files, each for the student that its path names."""

    time_zone = Unicode(
        "", help="The time zone of times in file names, such as Europe/Berlin; by default this computer's."
    ).tag(config=True)

    student_ids = Dict(
        help="Student ids by what the learning management system writes: a name, or its number of the student."
    ).tag(config=True)

    @default("valid_ext")
    def _valid_ext_default(self) -> list[str]:
        return [".ipynb", ".py"]

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self._plan: dict[str, dict] | None = None
        self._left_out: list[str] = []

    def collect(self, submitted_file: str) -> dict | None:
        """Return student_id, file_id and timestamp of a file, or None for one that is not collected."""
        if self._plan is None:
            self._plan = self._make_plan()
            atexit.register(self._print_summary)  # after whatever nbgrader has to report
        return self._plan.get(os.path.abspath(submitted_file))

    def _make_plan(self) -> dict[str, dict]:
        """Decide about every file at once: two attempts, or two students of one name, need all of them."""
        app: Any = self.parent  # nbgrader's ZipCollectApp
        self._left_out += map(escape_line, getattr(app.extractor_plugin_inst, "left_out", []))
        root, assignment = Path(app._format_collect_path(app.extracted_directory)), app.coursedir.assignment_id
        home = ClassFolder(Path(app.coursedir.root))
        paths = [p.relative_to(root) for p in sorted(root.rglob("*")) if p.is_file()]
        files = [PurePosixPath(p.as_posix()) for p in paths if not set(CLUTTER) & set(p.parts)]
        owners = self._read_owners(root, files, f"{assignment}.ipynb", home, assignment)
        plan: dict[str, dict] = {}
        for student, found in sorted(owners.items()):
            plan |= self._plan_student(home, root, student, assignment, found)
        for sentence in self._left_out:
            self.log.info("Not collected: %s", sentence)
        return plan

    def _read_owners(
        self, root: Path, files: list[PurePosixPath], notebook: str, home: ClassFolder, assignment: str
    ) -> dict[str, dict[PurePosixPath, Owner]]:
        """Return the files of every student, by student id."""
        if self.named_regexp:
            found = {f: owner for f in files if (owner := self._match_own_regexp(root, f))}
            unknown = {f: "named_regexp does not match its path" for f in files if f not in found}
        else:
            read = find_owners(files, notebook)
            found, unknown = tell_apart(read.of, known_numbers(home, assignment)), read.unknown
        wanted = {f: why for f, why in unknown.items() if f.suffix in (*self.valid_ext, *OTHER_ARCHIVES)}
        self._left_out += [f"{escape_line(str(f))}: {why}" for f, why in wanted.items()]
        owners: dict[str, dict[PurePosixPath, Owner]] = defaultdict(dict)
        for path, owner in found.items():
            own = self.student_ids.get(owner.number or "") or self.student_ids.get(owner.student)
            student = own or (clean_name(owner.student) if owner.system else owner.student)
            if is_student_id(student):
                owners[student][path] = owner
            else:
                self._left_out.append(f"{escape_line(str(path))}: {escape_line(student)!r} cannot be a student's id")
        return owners

    def _match_own_regexp(self, root: Path, path: PurePosixPath) -> Owner | None:
        """Return the owner by the instructor's own named_regexp, which nbgrader matches with the absolute path."""
        found = re.match(self.named_regexp, str(root / path))
        about = found.groupdict() if found else {}
        if not about.get("student_id") or not about.get("file_id"):
            return None
        file = PurePosixPath(os.path.splitext(about["file_id"])[0] + path.suffix)
        if file.is_absolute() or ".." in file.parts:
            return None
        return Owner(about["student_id"], file, time=about.get("timestamp"))

    def _plan_student(
        self, home: ClassFolder, root: Path, student: str, assignment: str, found: dict[PurePosixPath, Owner]
    ) -> dict[str, dict]:
        """Decide which files of a student are collected, and record when they came."""
        times = {path: self._read_time(owner.time) for path, owner in found.items()}
        time = max((t for t in times.values() if t), default=None)
        chosen: dict[PurePosixPath, PurePosixPath] = {}
        for path in sorted(found, key=lambda p: (found[p].again, p)):
            if path.suffix not in self.valid_ext:
                continue
            if times[path] != time:
                self._left_out.append(
                    f"{escape_line(str(path))}: a later attempt of {escape_line(student)} was collected"
                )
                continue
            if other := chosen.get(found[path].path):
                self._left_out.append(f"{escape_line(str(other))}: {escape_line(path.name)} took its place")
            chosen[found[path].path] = path
        self._left_out += [f"{escape_line(str(p))}: it is no .zip or .tar.gz" for p in found if _is_other_archive(p)]
        if not chosen:
            kinds = ", ".join(sorted({p.suffix or p.name for p in found}))
            self._left_out.append(f"{escape_line(student)}: no {' or '.join(self.valid_ext)} came, only {kinds}")
            return {}
        inside = strip_common_folder(chosen)
        hashes = {target.as_posix(): hash_file(root / path) for target, path in inside.items()}
        naive = time.astimezone(UTC).replace(tzinfo=None) if time else None
        if naive:
            hashes[TIMESTAMP_FILE] = new_sha256(naive.isoformat(" ").encode()).hexdigest()  # as nbgrader writes it
        first = next(iter(found.values()))
        late = LATE if any(o.late for o in found.values()) and not time else None
        number = first.number if first.system in LASTING_NUMBERS else None
        written = format_timestamp(time) if time else None
        record = Collected("zip_collect", written, digest_files(hashes), number=number, note=late)
        write_collected(home, student, assignment, record)
        return {
            os.path.abspath(root / path): {"student_id": student, "file_id": target.as_posix(), "timestamp": naive}
            for target, path in inside.items()
        }

    def _read_time(self, text: str | None) -> datetime | None:
        """Return the time that a file name holds, in UTC."""
        if not text:
            return None
        dashes = re.fullmatch(r"(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)(?:-(\d\d))?", text)
        text = f"{dashes[1]} {dashes[2]}:{dashes[3]}:{dashes[4] or '00'}" if dashes else text
        text = re.sub(r" (\d{1,2})(\d\d) ?([AP]M)$", r" \1:\2 \3", text)
        try:
            return parse_timestamp(text, self.time_zone)
        except ValueError as error:
            self._left_out.append(f"the time {escape_line(text)}: {error}; it counts as in time")
            return None

    def _print_summary(self) -> None:
        students = {about["student_id"] for about in (self._plan or {}).values()}
        print(f"Found {len(self._plan or {})} files of {len(students)} students.", file=sys.stderr)
        lines = [f"{len(self._left_out)} not collected:", *self._left_out] if self._left_out else []
        print(*lines, sep="\n  ", end="\n" if lines else "", file=sys.stderr)


def known_numbers(home: ClassFolder, assignment: str) -> dict[str, str]:
    """Return the lasting numbers of students who handed in other assignments, by student id."""
    found = {}
    for path in sorted(home.folder.glob("intake/*/*/collected.json")):
        student, other = path.parts[-3], path.parts[-2]
        record = read_collected(home, student, other)
        if record and record.number and other != assignment:
            found[student] = record.number
    return found


def strip_common_folder(chosen: dict[PurePosixPath, PurePosixPath]) -> dict[PurePosixPath, PurePosixPath]:
    """Return the files by their path without the folder around all of them. A work/ of learner files alone stays."""
    while True:
        tops = {target.parts[0] for target in chosen}
        if len(tops) != 1 or any(len(target.parts) == 1 for target in chosen):
            return chosen
        if tops == {WORK} and all(len(target.parts) == 2 and target.suffix == ".py" for target in chosen):
            return chosen
        chosen = {PurePosixPath(*target.parts[1:]): path for target, path in chosen.items()}


def is_student_id(text: str) -> bool:
    """Return whether a text can be the name of a student's folder."""
    return bool(text) and text.isprintable() and not text.startswith((".", "-")) and not {"/", "+", *MARKUP} & set(text)


def _is_other_archive(path: PurePosixPath) -> bool:
    return path.suffix.lower() in OTHER_ARCHIVES
