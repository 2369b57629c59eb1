"""docs/gradcheck.md: every block of code runs, in the order of the page, and prints what the page says."""

import linecache
import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "gradcheck.md"
BLOCK = re.compile(r"```(python|text)\n(.*?)```", re.DOTALL)


def test_the_page_does_what_it_says(capsys, monkeypatch, time_to_shrink):
    monkeypatch.setenv("COLUMNS", "80")
    names: dict = {}
    printed, seen = "", set()
    for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        kind, block = match.groups()
        seen.add(kind)
        if kind == "python":
            file = f"<gradcheck.md, character {match.start()}>"
            linecache.cache[file] = (len(block), None, block.splitlines(keepends=True), file)
            exec(compile(block, file, "exec"), names)
            printed = capsys.readouterr().out
        else:
            missing = [line for line in block.splitlines() if line.strip() not in printed]
            assert missing == [], printed
    assert seen == {"python", "text"}
