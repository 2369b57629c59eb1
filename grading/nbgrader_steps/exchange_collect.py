"""nbgrader's collect from its exchange, which also records when each submission came: see collection_record.py."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect

from grading.class_folder import home_of
from grading.intake.collection_record import Collected, digest_files, write_collected
from grading.intake.rebuild_submission import hashes
from grading.intake.timestamps import format_timestamp


class RecordingCollect(ExchangeCollect):
    """Collects as nbgrader does. The time is the one in the folder's name in the exchange, not timestamp.txt's."""

    def do_copy(self, src: str, dest: str, log=None) -> None:
        """Copy one submission, and record it."""
        super().do_copy(src, dest, log)
        submission = Path(dest)
        time = self._path_to_record(src)["timestamp"].replace(tzinfo=UTC)
        # a student owns the folder and can set its name and every time of it but this one
        changed = datetime.fromtimestamp(max(p.lstat().st_ctime for p in (Path(src), *Path(src).rglob("*"))), UTC)
        record = Collected(
            "exchange", format_timestamp(time), digest_files(hashes(submission)), format_timestamp(changed)
        )
        write_collected(home_of(submission), submission.parent.name, submission.name, record)
