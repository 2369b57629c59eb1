"""python -m grading: the instructor's commands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from cnnlab.course.catalogue import NoSuchExercise
from cnnlab.gradcheck.reference.answer_key import JudgesDisagree
from grading import home
from grading.intake import NotAccepted
from grading.process import Unavailable


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Returns 0, 1 where some submissions could not be graded, 2 where nothing could be done."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (NoSuchExercise, NotAccepted, Unavailable, JudgesDisagree, home.BadSeed, _Usage) as error:
        print(error, file=sys.stderr)
        return 2


class _Usage(ValueError):
    """An argument that cannot be worked with: what was found, what is needed."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grading", description="Grading a class.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    judge = command("judge", _judge, "Judge the learner files in FOLDER, or in its work/, in an isolated worker.")
    judge.add_argument("chapter", metavar="CH", help="ch08, or its full name")
    judge.add_argument("folder", metavar="FOLDER", type=Path)
    judge.add_argument("--json", action="store_true", help="print JSON")
    judge.add_argument("--seed-file", type=Path, help=f"by default {home.seed_file()}, made on first use")

    release = command(
        "release", _release, "Make nbgrader's release of a chapter, and a zip of it for learners, in DIR."
    )
    release.add_argument("chapter", metavar="CH", nargs="?", help="ch08, or its full name")
    release.add_argument("--all", action="store_true", help="every chapter that has a notebook")
    release.add_argument("--out", type=Path, required=True, metavar="DIR")

    autograde = command("autograde", _autograde, "Intake, nbgrader autograde and feedback of every submission.")
    autograde.add_argument("chapter", metavar="CH", help="ch08, or its full name")
    autograde.add_argument("--force", action="store_true", help="judge and grade again what was graded already")
    autograde.add_argument("--jobs", type=int, metavar="N", help="submissions judged at once; by default one a core")
    autograde.add_argument("--seed-file", type=Path, help=f"by default {home.seed_file()}, made on first use")

    report = command("report", _report, "The instructor's page and tables of what a batch came to.")
    report.add_argument("chapter", metavar="CH", help="ch08, or its full name")
    report.add_argument("--out", type=Path, metavar="DIR", help="by default reports/ in the folder of the class")

    demo = command("demo", _demo, "A small class through the real commands, in a folder of its own.")
    demo.add_argument("--out", type=Path, metavar="DIR", help="an empty folder; by default a temporary one")

    audit = command("audit", _audit, "Judge submissions again and compare with what is stored. Changes nothing.")
    audit.add_argument("chapter", metavar="CH", help="ch08, or its full name")
    audit.add_argument("--sample", type=int, metavar="N", help="that many, drawn at random; by default everyone")
    audit.add_argument("--seed-file", type=Path, help=f"by default {home.seed_file()}")
    return parser


def _judge(options: argparse.Namespace) -> int:
    from grading.judge import judge
    from grading.learner_files import collect

    if not options.folder.is_dir():
        raise _Usage(
            f"{options.folder} is not a folder; the folder that holds the learner's files, or their work/, is needed."
        )
    verdict = judge(options.chapter, collect(options.folder), home.seed(options.seed_file))
    if verdict.isolation.missing:
        print(verdict.isolation.missing, file=sys.stderr)
    print(json.dumps(verdict.to_dict(), ensure_ascii=False, allow_nan=False) if options.json else verdict)
    return 0


def _release(options: argparse.Namespace) -> int:
    from grading.release import assignments, release

    if bool(options.chapter) == options.all:
        raise _Usage("Name one chapter, or give --all.")
    print(*release(assignments(options.chapter), home.here(), options.out), sep="\n")
    print("The proof holds: no solution, answer, hidden number, marking scheme or instructor's note is in them.")
    return 0


def _autograde(options: argparse.Namespace) -> int:
    from grading.autograde import autograde
    from grading.release import assignments

    [assignment] = assignments(options.chapter)
    seed, say = home.seed(options.seed_file), _say if sys.stderr.isatty() else lambda sentence: None
    outcome = autograde(home.here(), assignment, seed, options.force, options.jobs, say)
    print(outcome)
    print(f"The batch at a glance: {_written(assignment, None)}")
    return 0 if outcome.complete else 1


def _report(options: argparse.Namespace) -> int:
    from grading.release import assignments

    [assignment] = assignments(options.chapter)
    print(_written(assignment, options.out))
    return 0


def _written(assignment: str, out: Path | None) -> Path:
    """The instructor's page of a batch, newly written, with its tables beside it."""
    from grading import page, summary, tables

    where = home.here()
    batch, place = summary.summarise(where, assignment), (out or where.report(assignment)).resolve()
    tables.write(batch, place)
    return page.write(batch, where, place)


def _demo(options: argparse.Namespace) -> int:
    from tempfile import mkdtemp

    from grading.demo import demo

    return demo(options.out or Path(mkdtemp(prefix="cnnlab-demo-")))


def _audit(options: argparse.Namespace) -> int:
    from grading.audit import audit
    from grading.release import assignments

    if options.sample is not None and options.sample < 1:
        raise _Usage(f"--sample is {options.sample}; a whole number from 1 up is needed.")
    [assignment] = assignments(options.chapter)
    found = audit(home.here(), assignment, home.seed(options.seed_file), options.sample)
    print(found)
    return 0 if found.clean else 1


def _say(sentence: str) -> None:
    """How far it is, on one line that the next one takes."""
    print(f"\r{sentence[:70]:<70}\r", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
