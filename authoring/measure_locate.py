"""Measure how good `locate` is on mistakes that nobody planted: those written blind (tests/blind), and tests/rejects.

python -m authoring.measure_locate first           the first half of the blind ones, on which the kinds may be tuned
python -m authoring.measure_locate second          the second half, which is for reporting
python -m authoring.measure_locate later           the exercises of chapters 12 to 18, to which nothing was tuned
python -m authoring.measure_locate rejects --share 12   every 12th of tests/rejects; their lines are not known
python -m authoring.measure_locate second --json   the same as JSON
python -m authoring.measure_locate first ch08      only names that hold these words

*Strict* counts the first line shown if its author marked it, or if the change is the author's own correction word for
word. *Lenient* also counts a line of the same statement; the line before or after a statement that is missing; the
second of two places shown; and the lines of EITHER, which were read one by one: there another line mends the mistake as
naturally as the marked one.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from pkgutil import iter_modules

from cnnlab import locate
from cnnlab.gradcheck.diagnosis.locate import search
from cnnlab.gradcheck.diagnosis.locate.located import Located
from tests.blind.implementations import read_all

#: The authors' words for a kind of mistake, and the family that it is counted in; the first that fits counts.
FAMILIES = (
    ("accumulation (= for +=)", ("+=", "buffered", "accumulator", "last sample", "first sample", "first position")),
    ("memory (dtype, copies)", ("dtype", "mutation", "aliasing", "memory", "shared state", "state kept", "precision")),
    ("factor or term", ("factor", "term", "mean for sum", "sign", "n factor", "wrong value", "missing step")),
    ("axis or shape", ("axis", "axes", "transpose", "shape", "broadcasting")),
    ("index, slice, padding", ("index", "slice", "crop", "padding", "off-by-one", "bound", "flip", "alignment")),
    ("order or exchange", ("order", "exchanged")),
    ("condition or mask", ("mask", "branch", "condition", "error", "special case", "break", "none handling", "tie")),
    ("option", ("option", "default", "argument", "dilation")),
    ("another function", ("data structure", "list", "reproducible", "not the same", "distribution", "norm")),
    ("formula", ("",)),
)

#: Lines that mend a mistake as naturally as the marked one, with the reason.
EITHER: dict[str, tuple[int, ...]] = {
    "first/062_ch05_flatten_backward_channels_last": (5,),  # without the special case that holds the marked line
    "first/136_ch11_compare_gradients_order_of_ours": (14,),  # the loop over a list that is in the wrong order
    "second/018_ch02_topological_order_children_as_sets": (6,),  # parents counted once, as they are kept
    "third/012_ch12_adam_step_count_after_the_step": (6,),  # the count begins at 1, where it is raised after its use
    "second/094_ch08_conv2d_bias_grad_reshape_without_swap": (6,),  # the sum over three axes, without the reshape
}


@dataclass(frozen=True)
class Outcome:
    """What became of one wrong implementation. lines: the marked ones.   found: the lines shown, the first in front."""

    name: str
    family: str
    words: str
    lines: tuple[int, ...]
    passes: bool
    found: tuple[int, ...]
    proved: bool
    strict: bool
    lenient: bool
    tried: int
    seconds: float
    change: str


#: The folders of tests/blind that are measured together.
FOLDERS = {"first": ("first",), "second": ("second",), "later": ("third", "fourth", "fifth")}


def list_blind(corpus: str) -> list[str]:
    """Return the names of the wrong implementations of one corpus."""
    return [i.name for i in read_all() if not i.right and i.path.parent.name in FOLDERS[corpus]]


def list_rejects(share: int) -> list[str]:
    """Return the places of every share-th wrong implementation of tests/rejects."""
    return [str(k) for k in range(0, len(_read_rejects()), share)]


def _read_rejects() -> list:
    import tests.rejects as rejects

    for topic in sorted(m.name for m in iter_modules(rejects.__path__)):
        if not topic.startswith("test_"):
            import_module(f"tests.rejects.{topic}")
    return rejects.WRONG


def measure_blind(name: str, seconds: float) -> Outcome:
    """Search one blind implementation."""
    one = next(i for i in read_all() if i.name == name)
    found, passes, spent = _search(one.exercise, one.load(), seconds)
    lines = tuple(place.line for place in _list_places(found))
    near = {*one.lines, *EITHER.get(name, ())}
    near |= _list_statement_lines(one.path.read_text(encoding="utf-8"), one.lines)
    fixed = _read_fixed(one.path)
    if len(fixed.splitlines()) > len(one.lines):  # a statement is missing: it may go in before or behind
        near |= {n + d for n in one.lines for d in (-1, 1)}
    corrected = found is not None and found.after.strip() == fixed.strip() != ""
    strict = corrected or (bool(lines) and lines[0] in one.lines)
    lenient = strict or (bool(lines) and (lines[0] in near or any(n in one.lines for n in lines)))
    return _describe(
        name, name_family(one.kind), f"{one.kind}: {one.cause}", one.lines, found, passes, spent, strict, lenient
    )


def measure_reject(place: str, seconds: float) -> Outcome:
    """Search one of tests/rejects."""
    one = _read_rejects()[int(place)]
    found, passes, spent = _search(one.exercise, one.function, seconds)
    topic = one.function.__module__.rpartition(".")[2].removeprefix("students_")
    return _describe(str(one), topic, ", ".join(map(str, one.codes)), (), found, passes, spent, False, False)


def describe_lost_blind(name: str) -> Outcome:
    """Describe a search that ended its process."""
    one = next(i for i in read_all() if i.name == name)
    return _describe(name, name_family(one.kind), f"{one.kind}: {one.cause}", one.lines, None, False, 0.0, False, False)


def describe_lost_reject(place: str) -> Outcome:
    """Describe a search that ended its process."""
    one = _read_rejects()[int(place)]
    topic = one.function.__module__.rpartition(".")[2].removeprefix("students_")
    return _describe(str(one), topic, ", ".join(map(str, one.codes)), (), None, False, 0.0, False, False)


def _search(exercise: str, function: Callable, seconds: float) -> tuple[Located | None, bool, float]:
    search.CLOCK_FACTOR = 1000  # on a machine that is busy with other work the clock says nothing
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their arithmetic is their own
        try:
            found = locate(exercise, function=function, seconds=seconds, torch=False)
        except ValueError:
            return None, True, 0.0
    return found, False, time.process_time() - started


def _list_places(found: Located | None) -> list[Located]:
    places = []
    while found is not None:
        places.append(found)
        found = found.then
    return places


def _describe(name, family, words, lines, found, passes, spent, strict, lenient) -> Outcome:
    places = _list_places(found)
    change = "\n".join(f"- {p.before}\n+ {p.after}" for p in places)
    return Outcome(
        name=name,
        family=family,
        words=words,
        lines=tuple(lines),
        passes=passes,
        found=tuple(p.line for p in places),
        proved=bool(places) and places[0].all,
        strict=strict,
        lenient=lenient,
        tried=places[0].tried if places else 0,
        seconds=places[0].seconds if places else spent,
        change=change,
    )


def _read_fixed(path: Path) -> str:
    manifests = sorted(path.parent.glob("manifest*.json"))
    entries = [entry for m in manifests for entry in json.loads(m.read_text(encoding="utf-8"))]
    fixed = next(e for e in entries if e["file"] == path.name).get("fixed", "")
    return "\n".join(fixed) if isinstance(fixed, list) else fixed


def _list_statement_lines(source: str, lines: Sequence[int]) -> set[int]:
    """Return the lines of the statements that hold these lines, and of the `if` that such a one is all of."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            own = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            found |= own if own & set(lines) else set()
        elif isinstance(node, ast.If) and len(node.body) == 1 and node.body[0].lineno in lines:
            found.add(node.lineno)
    return found


def name_family(kind: str) -> str:
    """Return the family of an author's word for a kind of mistake."""
    return next(family for family, words in FAMILIES if any(word in kind.lower() for word in words))


def run_all(
    measure: Callable[[str], Outcome], describe_lost: Callable[[str], Outcome], names: Sequence[str], jobs: int
) -> Iterator[Outcome]:
    """Yield every outcome in order.

    describe_lost: name -> the outcome where a change crashed compiled code, which ends the process that tried it.
    """
    rest, together = list(names), jobs
    while rest:
        with ProcessPoolExecutor(together, mp_context=get_context("spawn")) as pool:
            try:
                for outcome in pool.map(measure, rest if together == jobs else rest[:1]):
                    yield outcome
                    rest.pop(0)
                together = jobs
            except BrokenProcessPool:
                if together == 1:
                    yield describe_lost(rest.pop(0))
                together = jobs if together == 1 else 1  # which of several it was shows when it is alone


def write_table(outcomes: Sequence[Outcome], with_lines: bool) -> str:
    """Return the numbers by family as a table in Markdown."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        groups[one.family].append(one)
    rows = ["| mistake | searched | proved | right line: strict | lenient | median s | p90 s |", "|" + "---|" * 7]
    for family, group in [*sorted(groups.items()), ("all", list(outcomes))]:
        proved = [o for o in group if o.proved]
        times = sorted(o.seconds for o in proved)
        lines = (sum(o.strict for o in proved), sum(o.lenient for o in proved)) if with_lines else ("–", "–")
        median = f"{statistics.median(times):.2f}" if times else "–"
        p90 = f"{times[int(0.9 * (len(times) - 1))]:.2f}" if times else "–"
        rows.append(f"| {family} | {len(group)} | {len(proved)} | {lines[0]} | {lines[1]} | {median} | {p90} |")
    return "\n".join(rows)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m authoring.measure_locate", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("corpus", choices=(*FOLDERS, "rejects"))
    parser.add_argument("words", nargs="*", help="only implementations whose names hold all of these words")
    parser.add_argument("--seconds", type=float, default=5.0, help="processor time for each search (default 5)")
    parser.add_argument("--share", type=int, default=12, help="of tests/rejects, every so-many-th (default 12)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    blind = options.corpus != "rejects"
    names = list_blind(options.corpus) if blind else list_rejects(options.share)
    names = [n for n in names if all(word in n for word in options.words)]
    measure = partial(measure_blind if blind else measure_reject, seconds=options.seconds)
    outcomes = list(run_all(measure, describe_lost_blind if blind else describe_lost_reject, names, options.jobs))
    if options.json:
        print(json.dumps([asdict(o) for o in outcomes], indent=1, ensure_ascii=False))
        return 0
    searched = [o for o in outcomes if not o.passes]
    for one in searched:
        if one.proved and blind and not one.strict:
            kind = "DEFENSIBLE LINE" if one.lenient else "WRONG LINE"
            print(f"{kind} {one.name}: {one.found}, marked {one.lines}\n  {one.words}\n{one.change}")
    for one in sorted(searched, key=lambda o: o.family):
        if not one.proved:
            print(f"NOT FOUND [{one.family}] {one.name}\n  {one.words}")
    print(f"{len(outcomes) - len(searched)} pass the check and are not searched\n")
    print(write_table(searched, blind))
    return 0


if __name__ == "__main__":
    sys.exit(main())
