"""Run nbgrader with this course's configuration, in separate processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Self

from grading.class_folder import HOME_VARIABLE, ROOT, ClassFolder


def run_nbgrader(
    home: ClassFolder, *arguments: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `nbgrader ARGUMENTS` for a class; its output is text. variables: of the environment, besides."""
    home.folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        env={**make_environment(home), **(variables or {})},
        cwd=home.folder,  # nbgrader puts the working directory on sys.path
        capture_output=True,
        text=True,
        check=False,
    )


def make_environment(home: ClassFolder) -> dict[str, str]:
    """Return the environment in which nbgrader finds our configuration and the class."""
    # nbgrader's own commands know no --config; this is where they look first, wherever they are started
    path = [str(ROOT / "grading"), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {**os.environ, HOME_VARIABLE: str(home.folder), "JUPYTER_CONFIG_PATH": os.pathsep.join(path)}


class Converter:
    """A process of convert_students.py, started when first needed. A context manager; not for two threads at once.

    lock: a file descriptor that the process shares, so that it counts as part of the batch until it has ended.
    """

    def __init__(self, home: ClassFolder, step: str, assignment: str, lock: int):
        self._home, self._arguments, self._lock = home, (step, assignment), lock
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception) -> None:
        if self._process:
            self._process.communicate()
        self._process = None

    def convert(self, student: str) -> str | None:
        """Run the step on one submission. Return why it failed, or None. A process that died is started again."""
        return self._ask(student) if self._alive() else self._ask(student, again=False)

    def _ask(self, student: str, again: bool = True) -> str | None:
        process = self._alive() or self._start()
        assert process.stdin and process.stdout
        try:
            print(json.dumps(student), file=process.stdin, flush=True)
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        if answer:
            return json.loads(answer)[1]
        code = process.wait()
        return self._ask(student, again=False) if again else f"nbgrader's process ended (exit code {code})"

    def _alive(self) -> subprocess.Popen[str] | None:
        return self._process if self._process and self._process.poll() is None else None

    def _start(self) -> subprocess.Popen[str]:
        with open(self._home.folder / ".nbgrader.log", "a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "grading.nbgrader_steps.convert_students", *self._arguments],
                env={**make_environment(self._home), "PYTHONPATH": str(ROOT)},
                cwd=self._home.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                pass_fds=(self._lock,),
            )
        return self._process
