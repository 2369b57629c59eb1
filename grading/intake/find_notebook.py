"""Choose the notebook of a submission that counts, and read its answers.

The rule: the one that answers most questions; among equals the one with the chapter's own name, then the nearest. A
person is asked to look where another notebook of the chapter holds a different answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from cnnlab.escape_text import escape_line
from grading.intake.cut_notebook import ReleasedNotebook, join_words
from grading.intake.match_answers import MatchedAnswers, match_answers
from grading.intake.notebook_cells import UnreadableNotebook
from grading.intake.read_notebook import read_notebook
from grading.intake.walk_submission import Walk
from grading.worker.sandboxed.limits import MAX_SUBMISSION_NOTEBOOKS

LOST = "its written answers are lost, and its code is judged"


@dataclass(frozen=True)
class FoundNotebook:
    """The notebook that counts, and its answers.

    path: relative to the submission's folder, or None.   read: every notebook of the chapter that was looked at.
    """

    path: PurePosixPath | None
    answers: MatchedAnswers
    read: tuple[PurePosixPath, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    path: PurePosixPath
    match: MatchedAnswers
    problems: tuple[str, ...]


def find_notebook(walk: Walk, assignment: str, released: ReleasedNotebook) -> FoundNotebook:
    """Find the notebook of a submission, and match its answers."""
    usual = f"{assignment}.ipynb"
    unread = [p for p in walk.others if p.suffix == ".ipynb" and not p.name.startswith("._")]
    ours = (p for p in walk.notebooks if not _is_other_chapter(walk, p, assignment))
    paths = sorted(ours, key=lambda p: (p.name != usual, len(p.parts), p))
    candidates: list[_Candidate] = []
    broken = [f"{escape_line(p.as_posix())} is a link or no regular file" for p in unread]
    for path in paths[:MAX_SUBMISSION_NOTEBOOKS]:
        try:
            found = read_notebook(walk.root / path)
        except UnreadableNotebook as error:
            broken.append(escape_line(str(error)))
            continue
        name = escape_line(path.as_posix())
        problems = tuple(f"{name} was not read whole: {sentence}" for sentence in found.problems)
        candidates.append(_Candidate(path, match_answers(found.cells, released), problems))
    chapter = [c for c in candidates if _is_chapter(c.match, released) or c.path.name == usual] or candidates
    if not chapter:
        lost = [f"{sentence}; {LOST}" for sentence in broken[:3]]
        odd = () if lost else ("there is no notebook; its code is judged",)
        blank = tuple(released.answers.values())
        return FoundNotebook(None, MatchedAnswers(blank=blank, odd=odd, needs_person=tuple(lost)), ())
    chosen = max(chapter, key=lambda c: len(c.match.answers))  # the first of equals
    name = escape_line(chosen.path.as_posix())
    odd = list(chosen.match.odd)
    if chosen.path.name != usual:
        others = f", since it answers more than {usual}" if any(c.path.name == usual for c in chapter) else ""
        odd.append(f"the notebook has another name, {name}; it was taken{others}")
    elif sum(c.path.name == usual for c in chapter) > 1:
        odd.append(f"of the notebooks with the usual name, {name} was taken")
    needs_person = [*chosen.problems, *chosen.match.needs_person]
    needs_person += [s for other in chapter if other is not chosen for s in _compare(chosen, other)]
    if chosen.match.blank:
        aside = [c for c in candidates if c not in chapter and c.match.needs_person]
        needs_person += [
            f"{escape_line(c.path.as_posix())} is not this chapter's notebook, and holds text, while "
            f"{' and '.join(chosen.match.blank[:3])} has no answer"
            for c in aside
        ]
        needs_person += [f"{sentence}; answers in it are lost" for sentence in broken[:3]]
    if len(paths) > MAX_SUBMISSION_NOTEBOOKS:
        needs_person.append(f"it holds {len(paths)} notebooks, and only {MAX_SUBMISSION_NOTEBOOKS} were read")
    match = replace(chosen.match, odd=tuple(odd), needs_person=tuple(dict.fromkeys(needs_person)))
    return FoundNotebook(chosen.path, match, tuple(c.path for c in chapter))


def _compare(chosen: _Candidate, other: _Candidate) -> list[str]:
    """Return a sentence where another notebook holds an answer that the chosen one does not hold."""
    taken = {grade_id: join_words(text) for grade_id, text in chosen.match.answers.items()}
    differ = [g for g, text in other.match.answers.items() if join_words(text) not in taken.get(g, "")]
    loose = bool(other.match.needs_person)
    if not differ and not loose:
        return []
    what = f"another answer to {' and '.join(differ[:3])}" if differ else "text without a certain place"
    there, here = (escape_line(c.path.as_posix()) for c in (other, chosen))
    return [f"{there} holds {what}; {here} was taken, since it answers {_reason(chosen, other)}"]


def _reason(chosen: _Candidate, other: _Candidate) -> str:
    return "more questions" if len(chosen.match.answers) > len(other.match.answers) else "as many and comes first"


def _is_other_chapter(walk: Walk, path: PurePosixPath, assignment: str) -> bool:
    """Tell whether a notebook is another chapter of a course that was handed in as a whole."""
    return walk.is_in_course(path) and "notebooks" in path.parts and assignment not in path.parts


def _is_chapter(match: MatchedAnswers, released: ReleasedNotebook) -> bool:
    """Tell whether a notebook is this chapter's: it answers a question, or holds a tenth of what was handed out."""
    return bool(match.answers) or match.anchors >= 0.1 * len(released.cells)
