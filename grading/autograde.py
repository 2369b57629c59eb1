"""Grading every submission of an assignment: intake, nbgrader autograde, nbgrader generate_feedback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grading import intake
from grading.commands import nbgrader
from grading.home import Home
from grading.intake import NotAccepted
from grading.release import reason


@dataclass(frozen=True)
class Outcome:
    """What a batch came to. odd: sentences by student.   failed: why a submission could not be graded, by student."""

    assignment: str
    graded: tuple[str, ...]
    odd: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not self.failed

    def __str__(self) -> str:
        lines = [f"{self.assignment}: {len(self.graded)} graded, {len(self.failed)} not"]
        lines += [f"  not graded: {student}: {why}" for student, why in self.failed.items()]
        lines += [f"  {student}: {sentence}" for student, odd in self.odd.items() for sentence in odd]
        return "\n".join(lines)


def autograde(home: Home, assignment: str, force: bool = False) -> Outcome:
    """Grade what is in submitted/ and was not graded yet. One submission's trouble is never another's.

    force: grade again what was graded already.   Raises NotAccepted where there is nothing to grade.
    """
    students = intake.waiting(home, assignment)
    if not students:
        raise NotAccepted(f"There are no submissions of {assignment} in {home.folder / 'submitted'}.")
    failed, odd = {}, {}
    for student in students:
        try:
            record = intake.accept(home, student, assignment)
            odd |= {student: record.odd} if record.odd else {}
        except (NotAccepted, OSError) as error:
            failed[student] = str(error)
    options = ("--force",) if force else ()
    done = nbgrader(home, "autograde", assignment, *options)
    told = nbgrader(home, "generate_feedback", assignment, "--force")
    graded = tuple(
        s for s in students if (home.folder / "autograded" / s / assignment / f"{assignment}.ipynb").is_file()
    )
    for student in students:
        if student not in graded and student not in failed:
            failed[student] = f"nbgrader failed, see {home.folder / '.nbgrader.log'}:\n{reason(done.stderr)}"
        elif student in graded and not (home.folder / "feedback" / student / assignment).is_dir():
            failed[student] = f"graded, but without feedback:\n{reason(told.stderr)}"
    return Outcome(assignment, graded, odd, failed)
