"""Grade a small class with the real commands, in its own folder: release, submissions, autograde, export, report.

What each student hands in is made from the reference solution by one change; nothing of the instructor's own class, its
gradebook or its seed is touched.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grading import class_folder
from grading.class_config import SETTINGS_FILE
from grading.class_files import hash_folder
from grading.class_folder import ClassFolder
from grading.errors import CommandFailed, MissingFiles, TargetExists
from grading.intake.collection_record import Collected, digest_files, write_collected
from grading.intake.learner_files import WORK
from grading.report import batch_summary, report_tables
from grading.run_nbgrader import make_environment

CHAPTER = "ch08_convolution_backward"

#: When the demo's chapter is due, and when the students hand in.
DUE, IN_TIME, LATE = "2026-01-10 12:00:00 UTC", "2026-01-09 18:30:00 UTC", "2026-01-12 09:00:00 UTC"

#: An instructor's own settings, in the folder of the class: how late penalties are set.
SETTINGS = '''"""This class's own settings for nbgrader, read after the course's. Nothing overwrites this file."""

from nbgrader.plugins import LateSubmissionPlugin


class OnePointADay(LateSubmissionPlugin):
    """Takes a point for each day that has begun."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return -(-total_seconds_late // 86400)


c = get_config()
c.AssignLatePenalties.plugin_class = OnePointADay
'''


@dataclass(frozen=True)
class Student:
    """Who hands in what. change: of conv.py as in the solution, to what is handed in.   does: to the folder.

    A change to nothing leaves every file as it was handed out. time: when it is handed in.
    """

    name: str
    about: str
    change: Callable[[str], str] = lambda solution: solution
    does: Callable[[Path], None] = lambda folder: None
    time: str = IN_TIME


def replace_function(function: str, body: str) -> Callable[[str], str]:
    """Return a change that renames the function `right` and puts another in its place."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return lambda text: f"{text}\n\nright = {function}\n\n\ndef {function}(*args, **options):\n{lines}"


def run_when_loaded(lines: str) -> Callable[[str], str]:
    """Return a change that executes the lines when the file is loaded."""
    return lambda text: text.replace("import numpy as np\n", f"import numpy as np\n{lines}\n", 1)


def rotate_kernel(text: str) -> str:
    """Rotate a kernel where the scatter form needs none."""
    return text.replace("by_tap[..., u, v, :, :]", "by_tap[..., -1 - u, -1 - v, :, :]")


def break_notebook_off(folder: Path) -> None:
    """Cut a notebook short, as an interrupted upload does."""
    path = folder / f"{CHAPTER}.ipynb"
    path.write_bytes(path.read_bytes()[:5000])


def add_stray_module(folder: Path) -> None:
    (folder / "numpy.py").write_text("raise SystemExit")


#: Writes something that is not a reply to every file descriptor.
FORGED = """import os
for number in range(3, 64):
    try:
        os.write(number, bytes([0, 0, 0, 2, 0, 0, 0, 0]) + b"{}")
    except OSError:
        pass"""

CLASS = (
    Student("ada", "everything right"),
    Student(
        "ben",
        "right for the chapter, not for dilation",
        replace_function(
            "conv2d_input_grad",
            "if options.get('dilation', 1) not in (1, (1, 1)):\n    raise ValueError('dilation')\n"
            "return right(*args, **options)",
        ),
    ),
    Student(
        "chen",
        "dw divided by N",
        replace_function("conv2d_weight_grad", "return right(*args, **options) / len(args[0])"),
    ),
    Student(
        "dara",
        "dw divided by N",
        replace_function("conv2d_weight_grad", "return right(*args, **options) / len(args[0])"),
    ),
    Student("ebba", "a wrong sign", replace_function("conv2d_weight_grad", "return -right(*args, **options)")),
    Student("farid", "a kernel turned by 180 degrees", rotate_kernel),
    Student(
        "grete",
        "one sample of the batch in db",
        replace_function("conv2d_bias_grad", "return args[0][0].sum(axis=(1, 2))"),
    ),
    Student("hana", "nothing written", lambda text: ""),
    Student("ivo", "everything right, two days late", time=LATE),
    Student("jun", "everything right, in a notebook that broke off", does=break_notebook_off),
    Student("kofi", "a syntax error", lambda text: text + "\ndef f(:\n"),
    Student(
        "Людмила",
        "everything right, numpy.py beside it",
        does=add_stray_module,
    ),
    Student("mallory", "hostile: ends the worker", run_when_loaded("import os; os._exit(0)")),
    Student("niko", "hostile: starts processes", run_when_loaded("import os\nwhile True: os.fork()")),
    Student("oscar", "hostile: forges replies", run_when_loaded(FORGED)),
    Student(
        "peggy",
        "hostile: calls out over the network",
        run_when_loaded("import socket; socket.create_connection(('192.0.2.1', 80), 3)"),
    ),
)


def run_demo(out: Path, say: Callable[[str], None] = print) -> int:
    """Run the demo in a folder that is empty or missing. Return 0 if every command did what it should.

    Raises TargetExists where the folder has something in it, MissingFiles where the solutions are not there.
    """
    if out.exists() and any(out.iterdir()):
        raise TargetExists(f"{out} is not empty: name another folder with --out.")
    solution = class_folder.ROOT / "solutions" / "ops"
    if not solution.is_dir():
        raise MissingFiles(f"{solution} is missing: the class of the demo is made from it.")
    out.mkdir(parents=True, exist_ok=True)
    where = ClassFolder((out / "class").resolve())
    where.folder.mkdir()
    (where.folder / SETTINGS_FILE).write_text(SETTINGS, encoding="utf-8")
    run_command(say, where, "grading", "release", "ch08", "--out", str((out / "handout").resolve()))
    run_command(say, where, "nbgrader", "db", "assignment", "add", CHAPTER, f"--duedate={DUE}")
    hand_in(where, out / "handout" / CHAPTER, solution)
    say(f"\n{len(CLASS)} students hand in: copied to {where.folder / 'submitted'}")
    code = run_command(say, where, "grading", "autograde", "ch08")
    exported = where.folder / "grades.csv"
    run_command(say, where, "nbgrader", "export", f"--to={exported}")
    batch = batch_summary.summarise_batch(where, CHAPTER)
    say(f"\nThe gradebook, {exported}:\n")
    say(report_tables.show_gradebook(batch))
    say(f"\nThe instructor's page: {where.report_folder(CHAPTER) / 'index.html'}")
    say(f"Feedback for students: {where.folder / 'feedback'}")
    return code


def run_command(say: Callable[[str], None], where: ClassFolder, *command: str) -> int:
    """Print a command, run it on the demo's class and seed, and print its output. Raises CommandFailed."""
    say(f"\n$ {shlex.join(('python', '-m', *command))}")
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={
            **make_environment(where),
            "XDG_DATA_HOME": str(where.folder.parent / "data"),
            "PYTHONPATH": str(class_folder.ROOT),
        },
        cwd=where.folder,  # where nbgrader finds the settings of a class
        capture_output=True,
        text=True,
        check=False,
    )
    say(done.stdout.rstrip() or "(done)")
    if done.returncode not in (0, 1):
        raise CommandFailed(f"`{' '.join(command)}` ended with {done.returncode}:\n{done.stderr.strip()[-2000:]}")
    return done.returncode


def hand_in(where: ClassFolder, handout: Path, solution: Path) -> None:
    """Put each student's submission where nbgrader's collect would, with the time at which it came."""
    for student in CLASS:
        folder = where.submission_folder(student.name, CHAPTER)
        shutil.copytree(handout, folder)
        written = student.change((solution / "conv.py").read_text(encoding="utf-8"))
        if written:
            shutil.copy(solution / "unfold.py", folder / WORK)
            (folder / WORK / "conv.py").write_text(written, encoding="utf-8")
        student.does(folder)
        record = Collected("demo", student.time, digest_files(hash_folder(folder)))
        write_collected(where, student.name, CHAPTER, record)
