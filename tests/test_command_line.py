"""Messages name commands that can be typed where they are read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import command_line, lab
from cnnlab.command_line import command_for

ROOT = Path(__file__).parents[1]


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is on PATH, without a program yet."""
    monkeypatch.delenv(command_line.STARTED_AS, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install_program(folder: Path) -> None:
    program = folder / ("cnnlab.exe" if os.name == "nt" else "cnnlab")
    program.touch()
    program.chmod(0o755)


def test_with_cnnlab_on_path_its_name_is_typed(on_path: Path) -> None:
    install_program(on_path)
    assert command_for("hint", "conv2d") == "cnnlab hint conv2d"


def test_without_it_start_py_is_the_way_in(on_path: Path) -> None:
    assert command_for("hint", "conv2d") == f"{command_line.PYTHON} start.py hint conv2d"


def test_without_start_py_python_runs_the_package(on_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "ROOT", on_path)
    assert command_for() == f"{command_line.PYTHON} -m cnnlab"


def test_started_by_start_py_it_is_typed_again_as_it_was(on_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_program(on_path)  # start.py puts it on the PATH of what it starts, which is not the learner's
    monkeypatch.setenv(command_line.STARTED_AS, "python3 ../start.py")
    assert command_for("status") == "python3 ../start.py status"


def test_in_jupyterlab_cnnlab_is_typed_whatever_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(command_line.STARTED_AS, "python3 start.py")
    code = "from cnnlab.command_line import command_for; print(command_for('hint', 'NAME'))"
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, env=lab.environment(), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert out == "cnnlab hint NAME\n"


@pytest.mark.parametrize("words", [["hint", "conv2d_bias_grad"], ["solution", "conv2d"], ["check"], ["status", "-x"]])
def test_the_terminal_names_no_command_that_is_not_there(words: list[str]) -> None:
    """Whatever is printed, usage included, begins a command as the learner began it."""
    environment = {**os.environ, command_line.STARTED_AS: "python3 start.py"}
    command = [sys.executable, "-m", "cnnlab", *words]
    run = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    shown = run.stdout + run.stderr
    assert shown
    for name in ("check", "hint", "reset", "status", "solution"):
        assert f"cnnlab {name} " not in shown
