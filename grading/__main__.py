"""Run the instructor's commands: python -m grading COMMAND."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.course.catalogue import NoSuchExercise
from cnnlab.errors import CnnlabError
from cnnlab.escape_text import dump_json, escape_block, escape_line
from grading import class_folder
from grading.class_config import CONFIG_FILE, check_class_settings, configure_class
from grading.describe_error import describe_os_error
from grading.errors import UsageError
from grading.worker.sandboxed.limits import MAX_TRIALS

if TYPE_CHECKING:
    from grading.report.batch_summary import Summary


#: What a command returns that was stopped with Ctrl-C, as in a shell.
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Return 0, 1 if some submissions could not be graded, 2 if nothing could be done, or 130."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (CnnlabError, NoSuchExercise) as error:
        print(escape_block(str(error)), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        resumed = options.run is _autograde
        print("Interrupted." + " The same command goes on with what is left." * resumed, file=sys.stderr)
        return INTERRUPTED
    except OSError as error:  # a full disk, a folder that cannot be written
        print(escape_line(describe_os_error(error)), file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grading", description="Release chapters and grade a class.")
    seed_help = f"file with the secret seed (default: {class_folder.find_seed_file()}, created on first use)"
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    judge = command("judge", _judge, "Judge the learner files in FOLDER, or in its work/, in an isolated worker.")
    judge.add_argument("chapter", metavar="CH", help="ch08, or its full name")
    judge.add_argument("folder", metavar="FOLDER", type=Path, help="folder with the learner files")
    judge.add_argument("--json", action="store_true", help="print JSON")
    _add_locate(judge)
    judge.add_argument("--seed-file", type=Path, help=seed_help)

    release = command(
        "release", _release, "Make nbgrader's release of a chapter, and a zip for learners who have only Python."
    )
    release.add_argument("chapter", metavar="CH", nargs="?", help="ch08, or its full name")
    release.add_argument("--all", action="store_true", help="release every chapter that has a notebook")
    release.add_argument(
        "--no-locate",
        dest="locate",
        action="store_false",
        help="leave out of the class's copy what looks for the line of a mistake",
    )
    release.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write the release to")

    command(
        "configure",
        _configure,
        "Set up a class folder, or write its configuration again, for example after the course was moved.",
    )

    export = command("export", _export, "Write the files that another machine needs.")
    export.add_argument("what", choices=["code"], help="code: the code that grades, as one zip")
    export.add_argument(
        "--out",
        type=Path,
        metavar="FILE.zip",
        help="the zip to write (default: cnnlab-VERSION-code.zip in the working directory)",
    )

    autograde = command("autograde", _autograde, "Accept, judge and grade every submission, and write the feedback.")
    autograde.add_argument("chapter", metavar="CH", help="ch08, or its full name")
    autograde.add_argument(
        "--force", action="store_true", help="judge and grade all submissions again, including those already graded"
    )
    autograde.add_argument(
        "--jobs", type=int, metavar="N", help="number of submissions judged at once (default: one per core)"
    )
    _add_locate(autograde)
    autograde.add_argument("--seed-file", type=Path, help=seed_help)

    report = command("report", _report, "Write the instructor's page and tables of a batch.")
    report.add_argument("chapter", metavar="CH", help="ch08, or its full name")
    report.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the page (default: reports/ in the folder of the class)"
    )

    copy = command(
        "copy-gradebook",
        _copy_gradebook,
        "Copy the gradebook of the class into the database that c.CourseDirectory.db_url names now. The old one stays.",
    )
    copy.add_argument(
        "--source", metavar="URL", help="gradebook to copy (default: gradebook.db in the folder of the class)"
    )

    demo = command("demo", _demo, "Grade a small class with the real commands, in a folder of its own.")
    demo.add_argument("--out", type=Path, metavar="DIR", help="a new or empty folder (default: a temporary one)")

    audit = command(
        "audit", _audit, "Judge submissions again and compare the results with the stored ones. Changes nothing."
    )
    audit.add_argument("chapter", metavar="CH", help="ch08, or its full name")
    audit.add_argument(
        "--sample", type=int, metavar="N", help="number of students to judge, chosen at random (default: all)"
    )
    audit.add_argument(
        "--seed-file", type=Path, help=f"file with the secret seed (default: {class_folder.find_seed_file()})"
    )
    return parser


def _add_locate(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--locate", action="store_true", help="look for the line of each mistake, for the instructor; no score changes"
    )
    command.add_argument(
        "--locate-trials",
        type=int,
        metavar="N",
        help=f"number of changes tried in each wrong exercise (default: {MAX_TRIALS}); means --locate",
    )


def _read_locate_trials(options: argparse.Namespace) -> int | None:
    """Return how many changes are tried in each exercise; None where lines are not looked for."""
    if options.locate_trials is None:
        return MAX_TRIALS if options.locate else None
    if options.locate_trials < 1:
        raise UsageError(f"--locate-trials is {options.locate_trials}; a whole number from 1 up is needed.")
    return options.locate_trials


def _judge(options: argparse.Namespace) -> int:
    from grading.batch.judge_files import judge_files
    from grading.batch.search_lines import search_verdict
    from grading.intake.find_learner_files import find_learner_files
    from grading.intake.learner_files import collect_learner_files
    from grading.intake.walk_submission import walk_submission

    if not options.folder.is_dir():
        raise UsageError(
            f"{options.folder} is not a folder; the folder that holds the learner's files, or their work/, is needed."
        )
    files = collect_learner_files(options.folder)
    if not files.files and not files.refused:  # a whole course, or a folder around it all
        files = find_learner_files(walk_submission(options.folder), options.chapter, None, options.folder).files
    verdict = judge_files(options.chapter, files, class_folder.read_seed(options.seed_file))
    if verdict.isolation.missing:
        print(escape_line(verdict.isolation.missing), file=sys.stderr)
    trials = _read_locate_trials(options)
    found = search_verdict(verdict, files, trials).found if trials else ()
    if options.json:
        lines = {"lines": [asdict(one) for one in found]} if trials else {}
        print(dump_json({**verdict.to_dict(), **lines}))
        return 0
    print(escape_block(str(verdict)))
    if trials:
        print("\nFor the instructor alone:", *(escape_block(one.to_text()) for one in found), sep="\n")
    return 0


def _release(options: argparse.Namespace) -> int:
    from grading.handout.release import find_assignments, release_chapters

    if bool(options.chapter) == options.all:
        raise UsageError("Name one chapter, or give --all.")
    where, names = class_folder.find_class_folder(), find_assignments(options.chapter)
    class_folder.refuse_old_class(where.folder)
    print(*configure_class(where), *release_chapters(names, where, options.out, options.locate), sep="\n")
    print("Handed out: the notebooks without outputs or answers, their figures, the stubs, and in the zip the package.")
    return 0


def _configure(options: argparse.Namespace) -> int:
    where = class_folder.find_class_folder()
    changed = configure_class(where)
    print(*changed, f"The class is in {where.folder}; in nbgrader's exchange it is called {where.course_id}.", sep="\n")
    return 0


def _export(options: argparse.Namespace) -> int:
    from grading.handout.export_code import export_code, hash_code

    path = export_code(options.out)
    print(f"{path}\ncnnlab and grading: {hash_code()}")
    return 0


def _autograde(options: argparse.Namespace) -> int:
    from grading.batch.autograde import autograde
    from grading.handout.release import find_assignments
    from grading.report import needs_person

    [assignment] = find_assignments(options.chapter)
    seed, say = (
        class_folder.read_seed(options.seed_file),
        _show_progress if sys.stderr.isatty() else lambda sentence: None,
    )
    where = class_folder.find_class_folder()
    if (where.folder / "submitted").is_dir() and not (where.folder / CONFIG_FILE).exists():
        print(*configure_class(where), sep="\n")  # a class that was not released from here
    check_class_settings(where)
    outcome = autograde(
        where, assignment, seed, options.force, options.jobs, say, locate_trials=_read_locate_trials(options)
    )
    print(outcome)
    batch, page = _write_report(assignment, None)
    print(needs_person.format_groups(batch.groups, len(batch.notes), len(batch.students)))
    print(f"The batch at a glance: {escape_line(str(page))}")
    return 0 if outcome.complete else 1


def _report(options: argparse.Namespace) -> int:
    from grading.handout.release import find_assignments

    [assignment] = find_assignments(options.chapter)
    print(_write_report(assignment, options.out)[1])
    return 0


def _write_report(assignment: str, out: Path | None) -> tuple[Summary, Path]:
    """Write the instructor's page of a batch, with its tables beside it. Return the batch and the page's path."""
    from grading.report import batch_summary, report_page, report_tables

    where = class_folder.find_class_folder()
    batch, place = batch_summary.summarise_batch(where, assignment), (out or where.report_folder(assignment)).resolve()
    report_tables.write_tables(batch, place)
    return batch, report_page.write_page(batch, where, place)


def _demo(options: argparse.Namespace) -> int:
    from tempfile import mkdtemp

    from grading.demo import run_demo

    return run_demo(options.out or Path(mkdtemp(prefix="cnnlab-demo-")))


def _copy_gradebook(options: argparse.Namespace) -> int:
    from grading.copy_gradebook import copy_gradebook

    target, rows = copy_gradebook(class_folder.find_class_folder(), options.source)
    print(f"{rows} rows copied to {target}. The gradebook that they came from is as it was.")
    return 0


def _audit(options: argparse.Namespace) -> int:
    from grading.batch.audit import audit
    from grading.handout.release import find_assignments

    if options.sample is not None and options.sample < 1:
        raise UsageError(f"--sample is {options.sample}; a whole number from 1 up is needed.")
    [assignment] = find_assignments(options.chapter)
    found = audit(
        class_folder.find_class_folder(), assignment, class_folder.read_seed(options.seed_file), options.sample
    )
    print(found)
    return 0 if found.clean else 1


def _show_progress(sentence: str) -> None:
    """Show how far a batch is, on one line that the next one replaces."""
    print(f"\r{escape_line(sentence)[:70]:<70}\r", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
