"""Compare our autograde with plain nbgrader, which runs every submission's notebook in a kernel.

Submissions of chapter 8 go through both, in rounds that take turns: `grading autograde` (intake, isolated judge,
gradebook, feedback; one worker per core, each on one thread) and nbgrader's `autograde` with its own Execute, then
`generate_feedback`. Both are timed as commands, including the start of Python, in wall-clock and processor seconds; a
busy machine changes the latter less. nbgrader grades only the first submissions of a round, since its time grows evenly
with their number; ours grades all of them, since a batch starts only once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from grading import class_folder, demo
from grading.batch import batch_progress, judge_submission
from grading.batch.autograde import count_cores
from grading.class_folder import ClassFolder
from grading.intake import accept_submission
from grading.run_nbgrader import Converter, make_environment
from grading.worker.isolation import find_isolation

CHAPTER = demo.CHAPTER

#: Plain nbgrader: nothing of ours but where things are. A notebook of the course takes longer than its 30 s on a busy
#: machine, and a kernel that is killed for that would make it look faster than it is.
PLAIN = """c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = {source!r}
c.ExecutePreprocessor.timeout = 600
"""

#: Of the demo's class, those whose notebook ends: in plain nbgrader a hostile one takes the machine or the score.
HONEST = ("ada", "ben", "chen", "ebba", "farid", "grete", "hana", "ivo")


class Seconds(NamedTuple):
    """Wall-clock and processor seconds of a command, including all processes that it started."""

    clock: float
    processor: float


def run(arguments: list[str]) -> dict[str, Any]:
    """Grade --rounds of --students; nbgrader grades --plain of them. ratio: our throughput / plain nbgrader's."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks grading")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--students", type=int, default=24, help="students in each round (default 24)")
    parser.add_argument("--plain", type=int, default=4, help="how many of them plain nbgrader grades too (default 4)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="cnnlab-benchmark-") as scratch:
        ours, plain = ClassFolder(Path(scratch, "ours")), ClassFolder(Path(scratch, "plain"))
        os.environ["XDG_DATA_HOME"] = str(Path(scratch, "data"))  # a seed of its own, for this process too
        for where in (ours, plain):
            where.folder.mkdir()
        source = str(class_folder.ROOT / "notebooks")
        settings = PLAIN.format(root=str(plain.folder), source=source)
        (plain.folder / "nbgrader_config.py").write_text(settings, encoding="utf-8")
        time_command(ours, "grading", "release", "ch08", "--out", str(Path(scratch, "handout")))
        time_command(plain, "nbgrader", "generate_assignment", CHAPTER)
        took: dict[str, list[Seconds]] = {"ours": [], "plain": []}
        for number in range(options.rounds):
            hand_in(ours, Path(scratch, "handout", CHAPTER), number, options.students)
            hand_in(plain, Path(scratch, "handout", CHAPTER), number, options.plain)
            took["ours"].append(time_command(ours, "grading", "autograde", "ch08"))
            # by name, or nbgrader would go through those of the rounds before
            mine = f"--student=r{number}*"
            first = time_command(plain, "nbgrader", "autograde", CHAPTER, mine)
            second = time_command(plain, "nbgrader", "generate_feedback", CHAPTER, mine)
            took["plain"].append(Seconds(first.clock + second.clock, first.processor + second.processor))
        stages = time_stages(ours)
        graded = len(list(plain.folder.glob(f"feedback/*/{CHAPTER}/*.html")))
    each = {"ours": options.students, "plain": options.plain}
    clock = {side: median(s.clock for s in rounds) / each[side] for side, rounds in took.items()}
    processor = {side: median(s.processor for s in rounds) / each[side] for side, rounds in took.items()}
    return {
        "ratio": {
            "throughput over plain nbgrader": clock["plain"] / clock["ours"],
            "processor seconds of plain nbgrader over ours": processor["plain"] / processor["ours"],
        },
        "isolation": {"ours": find_isolation().kind, "plain": "none"},
        "cores": count_cores(),
        "threads of each worker": 1,
        "submissions": {"ours": options.rounds * options.students, "plain": graded},
        "seconds a submission": clock,
        "processor seconds a submission": processor,
        "seconds of a submission by stage": stages,
    }


def hand_in(where: ClassFolder, handout: Path, number: int, students: int) -> None:
    """Copy the submissions of a round, in the same order on both sides."""
    for k in range(students):
        student = next(s for s in demo.CLASS if s.name == HONEST[k % len(HONEST)])
        folder = where.submission_folder(f"r{number}-{k}-{student.name}", CHAPTER)
        shutil.copytree(handout, folder)
        written = student.change((class_folder.ROOT / "solutions" / "ops" / "conv.py").read_text(encoding="utf-8"))
        if written:
            shutil.copy(class_folder.ROOT / "solutions" / "ops" / "unfold.py", folder / "work")
            (folder / "work" / "conv.py").write_text(written, encoding="utf-8")


def time_command(where: ClassFolder, module: str, *arguments: str) -> Seconds:
    """Run a command in a class folder, and return the time it took. Raises RuntimeError if it fails."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    inside = {
        **make_environment(where),
        "PYTHONPATH": str(class_folder.ROOT),
        "PATH": programs,
    }  # nbgrader calls alembic by name
    if where.folder.name == "plain":
        inside = {k: v for k, v in inside.items() if k not in (class_folder.HOME_VARIABLE, "JUPYTER_CONFIG_PATH")}
    started, before = perf_counter(), child_cpu_seconds()
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=where.folder, env=inside, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return Seconds(perf_counter() - started, child_cpu_seconds() - before)


def child_cpu_seconds() -> float:
    """Return the processor seconds of all finished child processes."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def time_stages(where: ClassFolder) -> dict[str, float]:
    """Return the median seconds of each of our steps, for one submission at a time, after start-up."""
    students = accept_submission.list_students(where, CHAPTER)[:4]
    took: dict[str, list[float]] = {"intake": [], "judge": [], "autograde": [], "generate_feedback": []}
    seed = class_folder.read_seed()
    with batch_progress.lock_class_folder(where) as lock:
        converters = {s: Converter(where, s, CHAPTER, lock) for s in ("autograde", "generate_feedback")}
        for student in students:
            shutil.rmtree(where.submission_folder(student, CHAPTER))
            where.record_file(student, CHAPTER).unlink()  # so that intake has something to do
            steps = {
                "intake": lambda s=student: accept_submission.accept_submission(where, s, CHAPTER),
                "judge": lambda s=student: judge_submission.judge_submission(
                    where.submission_folder(s, CHAPTER), s, CHAPTER, seed, again=True
                ),
                **{step: lambda s=student, c=made: c.convert(s) for step, made in converters.items()},
            }
            for step, do in steps.items():
                started = perf_counter()
                do()
                took[step].append(perf_counter() - started)
        for made in converters.values():
            made.__exit__(None, None, None)
    return {step: median(seconds[1:]) for step, seconds in took.items()}
