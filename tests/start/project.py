"""A small project of its own for the tests of start.py, whose packages are a few lines each.

Everything is real but the packages: Python, venv, pip, the processes, the files.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import start
from tests.patience import patience
from tests.start.tiny_backend import make_wheel

ROOT = Path(start.__file__).parent

set_up_venv = start.load_set_up()

#: How long one run may take on a machine that does much else.
RUN_SECONDS = 60

# Each stand-in prints what it was started with.
TELL = """
import json, os, sys
shown = ("JUPYTER_CONFIG_PATH", "JUPYTER_CONFIG_DIR", "CNNLAB_COMMAND", "OMP_NUM_THREADS", "PYTHONSAFEPATH")
print(json.dumps({"name": __name__, "arguments": sys.argv[1:], "cwd": os.getcwd(), "python": sys.executable,
                  "environment": {name: os.environ.get(name) for name in shown}}))
sys.exit(7 if "fail" in sys.argv else 0)
"""
KERNEL = {"argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3"}
PYPROJECT = """
[build-system]
requires = []
build-backend = "tiny_backend"
backend-path = ["."]
[project]
name = "cnnlab"
dynamic = ["version", "dependencies", "optional-dependencies"]
"""


def copy_start(folder: Path) -> None:
    """Copy start.py and the file that does its set-up."""
    shutil.copy(ROOT / "start.py", folder)
    (folder / "config").mkdir()
    shutil.copy(start.SET_UP, folder / "config")


class Project:
    """A folder with start.py, the few files that it reads, and a package index beside it."""

    def __init__(self, folder: Path):
        self.first: Run  # what a fixture's own run of start.py ended with
        self.folder = folder / "a course"
        self.index = folder / "index"
        self.index.mkdir(parents=True)
        (self.folder / "cnnlab").mkdir(parents=True)
        self.write("cnnlab/__init__.py", "")
        self.write("cnnlab/__main__.py", TELL)
        self.write("pyproject.toml", PYPROJECT)
        self.write("constraints.txt", "jupyterlab==1.0\ntorch==2.13.0\n")
        (self.folder / "tests").mkdir()
        copy_start(self.folder)
        shutil.copy(ROOT / "tests" / "start" / "tiny_backend.py", self.folder)
        kernel = "ipykernel-1.0.data/data/share/jupyter/kernels/python3/kernel.json"
        self.offer("ipykernel", "1.0", {"ipykernel.py": "", kernel: json.dumps(KERNEL)})
        self.offer("jupyterlab", "1.0", {"jupyterlab.py": TELL})
        self.offer("jupyterlab", "2.0", {"jupyterlab.py": "raise SystemExit('not what constraints.txt says')"})
        self.offer("pytest", "1.0", {"pytest.py": TELL})

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def offer(self, name: str, version: str, files: dict[str, str]) -> None:
        make_wheel(self.index, name, version, files)

    def popen(
        self, *arguments: str, cwd: Path | None = None, stderr: int = subprocess.PIPE, **variables: str
    ) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "CNNLAB_"))}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.index.as_uri(), "PIP_CONFIG_FILE": os.devnull}
        with interruptible():
            return subprocess.Popen(
                [sys.executable, str(self.folder / "start.py"), *arguments],
                cwd=cwd or self.folder,
                env={**kept, **pip, **variables},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,  # with its children it can be interrupted as a terminal does
            )

    def run(self, *arguments: str, cwd: Path | None = None, **variables: str) -> Run:
        return finish(self.popen(*arguments, cwd=cwd, **variables))

    @property
    def record(self) -> dict[str, object]:
        return json.loads((self.folder / ".venv" / "cnnlab.json").read_text(encoding="utf-8"))


class Run:
    """What a run of start.py ended with."""

    def __init__(self, code: int, out: str, err: str):
        self.code, self.out, self.err = code, out, err

    @property
    def told(self) -> dict:
        """What the stand-in that was handed over to printed: the whole of stdout."""
        assert self.out, self.err
        return json.loads(self.out)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let processes that are started here be interrupted, even where the tests run in the background of a script.

    A shell starts those with SIGINT ignored, and a process hands that on to all that it starts.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def finish(process: subprocess.Popen[str]) -> Run:
    """Wait for a run of start.py, and end it with all that it started where it takes too long."""
    try:
        out, err = process.communicate(timeout=patience(RUN_SECONDS))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"start.py was not done after {RUN_SECONDS} s:\n{out}\n{err}") from None
    return Run(process.returncode, out, err)
