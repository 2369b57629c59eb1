"""Run the command line: cnnlab check, locate, status, hint, reset, solution, doctor, demo, lab."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
from math import ceil
from pathlib import Path

from cnnlab import doctor, lab, loader
from cnnlab.command_line import command_for
from cnnlab.course import catalogue, reset
from cnnlab.course.check import check
from cnnlab.course.learner_folder import show_path
from cnnlab.errors import CnnlabError
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.render.location import NOT_FOUND
from cnnlab.gradcheck.render.text import to_text
from cnnlab.gradcheck.render.text.verdict_line import one_line
from cnnlab.gradcheck.wording import count_part
from cnnlab.left_out import NO_LOCATE, has_locate
from cnnlab.output import answer_stream, keep_answers_apart
from cnnlab.terminal import has_colour

SOLUTIONS = Path(__file__).parent.parent / "solutions" / "ops"

PASSED, FAILED, USAGE = 0, 1, 2


class Refused(CnnlabError):
    """A command cannot be carried out; the message says why, and what to do instead."""


def main(argv: list[str] | None = None, own_process: bool = False) -> int:
    """Run one command and return 0 when all is well, 1 when a check failed, 2 when it could not be carried out.

    An exception that is neither a CnnlabError nor an OSError is a bug of the course, and is not caught.

    own_process: whether the process ends after it, so that standard output may be reserved for the answer.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ✓ shows ? and goes on
    options = _parser().parse_args(argv)
    if own_process:
        keep_answers_apart()
    try:
        return options.run(options)
    except CnnlabError as error:
        print(f"cnnlab {options.command}: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:  # the disk is full, or a file may not be read or written
        print(f"cnnlab {options.command}: {_describe_os_error(error)}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return FAILED


def _describe_os_error(error: OSError) -> str:
    """Return one sentence on what the operating system refused, and for which file."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=command_for(), description="Check the backward passes that you write.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        sub.set_defaults(run=run)
        return sub

    sub = command("check", run_check, "check your files and report what is wrong")
    sub.add_argument("what", nargs="*", metavar="WHAT", help="a function, an op or a chapter, such as conv2d or ch08")
    sub.add_argument(
        "--all", action="store_true", help="check every exercise except the optional ones; print one line per exercise"
    )
    sub.add_argument("--stage", choices=["core"], help="check the core cases only")
    _where(sub)
    sub.add_argument("--seed", type=int, default=0, help="seed for the random numbers (default 0)")
    judges = sub.add_mutually_exclusive_group()
    judges.add_argument("--torch", action="store_true", help="ask PyTorch as well as finite differences")
    judges.add_argument("--no-torch", action="store_true", help="use finite differences only, without PyTorch")
    sub.add_argument("--json", action="store_true", help="print the reports as JSON")

    if has_locate():
        sub = command(
            "locate", run_locate, "find the line of a mistake: try changes of your code until every case passes"
        )
        sub.add_argument("name", metavar="NAME", help="a function or an op, such as conv2d_input_grad or conv2d")
        sub.add_argument("--show", action="store_true", help="show the change too, which is most of the solution")
        sub.add_argument("--seconds", type=float, default=10.0, help="seconds of processor time to search (default 10)")
        _where(sub, solutions=False)
    else:  # not listed, and says why it is not there
        sub = commands.add_parser("locate", add_help=False, prefix_chars="\0")
        sub.add_argument("ignored", nargs="*")
        sub.set_defaults(run=refuse_locate)

    sub = command("status", run_status, "show your progress in chapters, exercises and gears, and the next step")
    sub.add_argument("--all", action="store_true", help="list every function, not only the chapters")
    _where(sub)

    sub = command("hint", run_hint, "give a hint")
    sub.add_argument("name", metavar="NAME", help="name of an exercise")
    sub.add_argument(
        "--level", type=int, choices=(1, 2, 3), default=1, help="from 1 (a nudge) to 3 (nearly the answer); default 1"
    )

    sub = command("reset", run_reset, "restore a function or a file as it was handed out, and keep a backup")
    sub.add_argument("name", metavar="NAME", help="an exercise, to reset that function only, or a file, such as conv")
    _where(sub, solutions=False)

    sub = command("solution", run_solution, "print the reference solution, if it is installed")
    sub.add_argument("name", metavar="NAME", help="name of an exercise")

    sub = command(
        "demo", run_demo, "train LeNet on handwritten digits, with your gradients where you have written them"
    )
    sub.add_argument("--epochs", type=int, default=12, help="passes through the images (default 12)")
    sub.add_argument("--seed", type=int, default=0, help="seed for the initial parameters and the batches (default 0)")
    _where(sub)

    command("doctor", lambda _: doctor.main(), "check the installation")
    sub = command("lab", lambda options: lab.main(not options.no_browser), "open JupyterLab with the course's settings")
    sub.add_argument("--no-browser", action="store_true", help="only print JupyterLab's address")
    return parser


def _where(sub: argparse.ArgumentParser, solutions: bool = True) -> None:
    place = sub.add_mutually_exclusive_group()
    place.add_argument("--folder", type=Path, help="folder with your files (default: cnnlab/ops)")
    if solutions:
        place.add_argument("--solutions", action="store_true", help="use the reference solutions instead of your files")


def _folder(options: argparse.Namespace) -> Path:
    """Return the folder of learner files that the options name."""
    if getattr(options, "solutions", False):
        if not SOLUTIONS.is_dir():
            raise Refused("this copy of the course does not contain the solutions")
        return SOLUTIONS
    if options.folder is None:
        return loader.DEFAULT_FOLDER
    if not options.folder.is_dir():
        raise Refused(f"{options.folder} is not a folder; give --folder the folder with your files")
    return options.folder


def run_check(options: argparse.Namespace) -> int:
    """Check the exercises and print the reports; return 1 unless all passed."""
    if bool(options.what) == options.all:
        raise Refused("name what to check, such as conv2d or ch08, or give --all")
    names = [e.name for e in catalogue.EXERCISES.values() if not e.optional] if options.all else options.what
    found = {name: catalogue.find(name) for name in names}  # an unknown name is refused before anything runs
    both = options.torch or (options.all and options.solutions and pytorch.is_available())
    torch = False if options.no_torch else True if both else None
    how = {"stage": options.stage, "seed": options.seed, "folder": _folder(options), "torch": torch}
    with contextlib.redirect_stdout(sys.stderr):  # what a learner's code prints is not part of the answer
        reports = [check(name, **how) for name in found]
    answers = answer_stream()
    colour = has_colour(answers)
    parts = [part for report in reports for part in (report.parts or (report,))]
    passed = sum(part.passed for part in parts)
    if options.json:
        counts = {"passed": passed, "failed": len(parts) - passed}
        result = {**counts, "reports": [part.to_dict() for part in parts]}
        print(json.dumps(result, ensure_ascii=True, allow_nan=False), file=answers)
    elif options.all:
        for part in parts:
            print(one_line(part, colour), file=answers)
        print(f"{count_part(passed, len(parts), 'exercise')} passed", file=answers)
    else:
        print(*(to_text(report, colour) for report in reports), sep="\n\n", file=answers)
    return PASSED if passed == len(parts) else FAILED


def run_locate(options: argparse.Namespace) -> int:
    """Print the line of a mistake and what was proved of it; return 1 if no line was found."""
    from cnnlab.course.locate_line import locate

    found = locate(options.name, seconds=options.seconds, folder=_folder(options))
    print(found.to_text(options.show) if found else NOT_FOUND, file=answer_stream())
    if found and not options.show:
        place = ["--folder", str(options.folder)] if options.folder else []
        command = command_for("locate", options.name, *place, "--show")
        print(f"The change is most of the solution; to see it: {command}", file=answer_stream())
    return PASSED if found else FAILED


def refuse_locate(options: argparse.Namespace) -> int:
    """Say that this copy of the course cannot look for a line."""
    raise Refused(NO_LOCATE)


def run_status(options: argparse.Namespace) -> int:
    """Print the learner's progress; always return 0."""
    from cnnlab.progress import status

    answers = answer_stream()
    print(status(_folder(options)).to_text(every=options.all, colour=has_colour(answers)), file=answers)
    return PASSED


def run_hint(options: argparse.Namespace) -> int:
    """Print one hint, and the command for the next one."""
    exercise = catalogue.exercise(options.name)
    print(f"{exercise.name}, hint {options.level} of 3 ({exercise.where}):")
    print(exercise.hints[options.level - 1])
    if options.level < 3:
        print(f"\nFor the next hint: {command_for('hint', exercise.name, '--level', str(options.level + 1))}")
    return PASSED


def run_reset(options: argparse.Namespace) -> int:
    """Restore a function or a file as it was handed out."""
    done = reset.reset(options.name, _folder(options))
    print(f"{done.what} in {show_path(done.file)} is restored as it was handed out.")
    if done.backup:
        print(f"Your earlier version is in {show_path(done.backup)}")
    return PASSED


def run_demo(options: argparse.Namespace) -> int:
    """Train LeNet on handwritten digits and print its accuracy; return 1 if the training stopped early."""
    from cnnlab import data, nn
    from cnnlab.train import fit

    loader.choose(_folder(options))
    digits, net = data.digits(), nn.lenet(seed=options.seed)
    print(f"{digits.name}: {len(digits.train)} images for training, {len(digits.test)} for the test.")
    loss, sgd = nn.CrossEntropyLoss(), nn.SGD(lr=0.03, momentum=0.9)
    print(net.gears(loss, sgd, check=True).to_text(has_colour(sys.stdout)), flush=True)
    steps = options.epochs * ceil(len(digits.train) / 32)
    history = fit(
        net,
        digits.train,
        test=digits.test,
        epochs=options.epochs,
        batch_size=32,
        loss=loss,
        optimizer=sgd,
        schedule=lambda step: 0.03 * (1 - step / steps),  # falls to 0 along a straight line
        seed=options.seed,
    )
    print(history)
    if history.epochs:
        print(f"LeNet reads {history.test_accuracy:.1%} of the test images, after {history.seconds:.0f} s of training.")
    return FAILED if history.stopped else PASSED


def run_solution(options: argparse.Namespace) -> int:
    """Print the source of one function of the reference solution."""
    exercise = catalogue.exercise(options.name)
    path = SOLUTIONS / f"{exercise.topic}.py"
    if not path.is_file():
        hint = command_for("hint", exercise.name, "--level", "3")
        raise Refused(f"this copy of the course does not contain the solutions. `{hint}` helps most")
    print(reset.function_source(path.read_text(encoding="utf-8"), exercise.name))
    return PASSED


if __name__ == "__main__":
    sys.exit(main())
