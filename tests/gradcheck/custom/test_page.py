"""The pages on gradcheck: every block of code runs, in the order of its page, and prints what the page says."""

import linecache
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"```(python|text)\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(("page", "kinds"), [("gradcheck.md", {"python", "text"}), ("gradcheck_forms.md", {"python"})])
def test_the_page_does_what_it_says(page, kinds, capsys, monkeypatch, time_to_shrink):
    monkeypatch.setenv("COLUMNS", "80")
    names: dict = {}
    printed, seen = "", set()
    for match in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
        kind, block = match.groups()
        seen.add(kind)
        if kind == "python":
            file = f"<{page}, character {match.start()}>"
            linecache.cache[file] = (len(block), None, block.splitlines(keepends=True), file)
            exec(compile(block, file, "exec"), names)
            printed = capsys.readouterr().out
        else:
            missing = [line for line in block.splitlines() if line.strip() not in printed]
            assert missing == [], printed
    assert seen == kinds
