"""Measure how good the checker is: `python -m authoring.mutant_table` prints the catch table of docs/checker.md.

    --write        put it into the page        --survivors    list the mutants that pass, and stop
    NAMES          only these exercises; with --write, the page keeps the rows of the others

It counts mutants of every solution, one operator, constant, argument or statement at a time, and the wrong
implementations of tests/rejects/, each with the codes that are right for it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from authoring.equivalent_mutants import EQUIVALENT
from authoring.mutants import agrees_widely, is_caught, mutants
from cnnlab import check
from cnnlab.course.catalogue import EXERCISES

PAGE = Path(__file__).parents[1] / "docs" / "checker.md"
BEGIN, END = "<!-- the table begins -->\n", "<!-- the table ends -->\n"

HEAD = (
    "| exercise | mutants | caught | equivalent | survivors | written | caught | right code | none | wrong code |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)


def count_mutants(name: str) -> tuple[Counter, list[str]]:
    """Return how many mutants of an exercise there are of each kind, and the survivors by their keys."""
    counts, survivors = Counter(), []
    for mutant in mutants(EXERCISES[name]):
        counts["mutants"] += 1
        if is_caught(mutant):
            counts["caught"] += 1
        elif mutant.key in EQUIVALENT.get(name, {}) and agrees_widely(mutant):
            counts["equivalent"] += 1
        else:
            counts["survivors"] += 1
            survivors.append(mutant.key)
    return counts, survivors


def count_rejects(names: list[str]) -> dict[str, Counter]:
    """Count, by exercise, the hand-written wrong implementations and their diagnoses."""
    import tests.rejects as rejects

    for topic in iter_modules(rejects.__path__):
        if not topic.name.startswith("test_"):
            import_module(f"tests.rejects.{topic.name}")
    found = {name: Counter() for name in names}
    for one in rejects.WRONG:
        if one.exercise in found:
            report, counts = check(one.exercise, function=one.function), found[one.exercise]
            counts["written"] += 1
            counts["found"] += not report.passed
            code = report.diagnosis_code
            counts["none" if code is None else "right" if code in one.codes else "wrong"] += not report.passed
    return found


def table(names: list[str]) -> str:
    """Return the whole table, as Markdown."""
    written = count_rejects(names)
    rows, total = [], Counter()
    for name in names:
        counts = count_mutants(name)[0] + written[name]
        total += counts
        rows.append(_row(f"`{name}`", counts))
    return HEAD + "".join(rows) + _row("all", total)


def merge_tables(old: str, new: str, names: list[str]) -> str:
    """Return the rows of both tables in the order of names, the new row where both have one, and their sum."""
    rows = _read_rows(old) | _read_rows(new)
    kept = [name for name in names if name in rows]
    total = Counter()
    for name in kept:
        total.update(rows[name])
    return HEAD + "".join(_row(f"`{name}`", rows[name]) for name in kept) + _row("all", total)


def _read_rows(text: str) -> dict[str, Counter]:
    """Return the counts of a table's rows by exercise."""
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            rows[cells[0].strip("`")] = Counter(dict(zip(COLUMNS, map(int, cells[1:]), strict=True)))
    return rows


COLUMNS = ("mutants", "caught", "equivalent", "survivors", "written", "found", "right", "none", "wrong")


def _row(name: str, counts: Counter) -> str:
    return f"| {name} | {' | '.join(str(counts[c]) for c in COLUMNS)} |\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m authoring.mutant_table", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("names", nargs="*", choices=[[], *EXERCISES], metavar="NAMES")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--survivors", action="store_true")
    options = parser.parse_args(arguments)
    names = options.names or list(EXERCISES)
    if options.survivors:
        left = [f"{name}: {key}" for name in names for key in count_mutants(name)[1]]
        print("\n".join(left) or "no survivor")
        return 1 if left else 0
    text = table(names)
    print(text, end="")
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, old, after = page.split(BEGIN)[0], page.split(BEGIN)[1].split(END)[0], page.split(END)[1]
        text = merge_tables(old, text, list(EXERCISES)) if options.names else text
        PAGE.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
