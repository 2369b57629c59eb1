"""Write docs/codes.md from the table of diagnosis codes.

`python -m authoring.build_codes` writes it; with `--check` it only compares.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cnnlab.gradcheck.codes import VIOLATIONS, Code

PAGE = Path(__file__).parents[1] / "docs" / "codes.md"

HEAD = """\
# Diagnosis codes

<!-- written by `python -m authoring.build_codes` from cnnlab/gradcheck/codes.py -->

A report that fails names a code for each cause, in `report.causes` and in its JSON; `report.diagnosis_code` is that of
the first cause. Of causes that explain as many cases, the one that comes first in this table is first. A code marked
"0 points" scores 0 even where the numbers are right.

A [rival](gradcheck.md), a wrong formula to recognise, takes one of these codes too.

| code | what it means | score |
|---|---|---|
"""


def build_page() -> str:
    """Return the text of docs/codes.md."""
    rows = (f"| `{code}` | {code.meaning} | {'0 points' if code in VIOLATIONS else ''} |\n" for code in Code)
    return HEAD + "".join(rows)


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or with --check say whether it is current; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m authoring.build_codes", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is out of date")
    if not parser.parse_args(arguments).check:
        PAGE.write_text(build_page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == build_page():
        return 0
    print("docs/codes.md is out of date; `python -m authoring.build_codes` writes it anew", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
