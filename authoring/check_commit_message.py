"""Check a commit message: a title `area: verb object` of at most 72 characters, an empty line, then why.

    python -m authoring.check_commit_message FILE

pre-commit runs it on every commit once `pre-commit install` was called in a clone.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MAX_TITLE_CHARS = 72

TITLE = re.compile(r"[A-Za-z0-9_./ -]+: \S")

#: Titles that git writes itself, also while a rebase is at work.
MADE_BY_GIT = ("Merge ", "Revert ", "fixup! ", "squash! ", "amend! ")


def find_message_faults(message: str) -> list[str]:
    """Return one sentence for each fault of a commit message; comment lines are ignored."""
    lines = [line for line in message.splitlines() if not line.startswith("#")]
    title = lines[0].rstrip() if lines else ""
    if title.startswith(MADE_BY_GIT):
        return []
    faults = []
    if not TITLE.match(title):
        faults.append(f"The title is {title!r}; `area: verb object` is needed, as in `grading: sanitise answers`.")
    if len(title) > MAX_TITLE_CHARS:
        faults.append(f"The title has {len(title)} characters; at most {MAX_TITLE_CHARS} fit. Move the rest below it.")
    if title.endswith("."):
        faults.append("The title ends with a full stop; leave it out.")
    if len(lines) > 1 and lines[1].strip():
        faults.append("The second line is not empty; an empty line separates the title from the reason.")
    return faults


def main(arguments: list[str]) -> int:
    """Print the faults of the message in the named file. Return 1 if there are any, 2 for a wrong call."""
    if len(arguments) != 1:
        print("usage: python -m authoring.check_commit_message FILE", file=sys.stderr)
        return 2
    faults = find_message_faults(Path(arguments[0]).read_text(encoding="utf-8"))
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
