"""The set-up with stand-ins for venv and pip that take no time, and a way to kill it before any change of a file."""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
import warnings
from pathlib import Path
from types import ModuleType

KILLED = 9
INFO = "cnnlab-0.1.0.dist-info"
FILES = ("cnnlab.pth", f"{INFO}/METADATA", f"{INFO}/RECORD")
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def load(folder: Path, online: bool = True) -> ModuleType:
    """Return the folder's set_up_venv.py, which then starts no process. online: whether its pip finds anything."""
    spec = importlib.util.spec_from_file_location("start_in_folder", folder / "start.py")
    assert spec and spec.loader
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    venv = start.load_set_up()
    commands: list[list[str]] = []

    def run_logged(command: list[str]) -> tuple[int, str]:
        commands.append(command)
        if "venv" in command:
            make_venv(venv)
        elif not online:
            return 1, "ERROR: No matching distribution found for jupyterlab"
        elif "-e" in command:
            install(venv, command[-1])
        return 0, ""

    def version_in_venv() -> str | None:
        return "{}.{}".format(*sys.version_info) if venv.PYTHON.is_symlink() else None

    def has_every_file() -> bool:
        found = {path.name for path in venv.VENV.glob("lib/python3*/site-packages/**/*")}
        return {Path(name).name for name in FILES} <= found

    stand_ins = (run_logged, version_in_venv, has_every_file)
    vars(venv).update({function.__name__: function for function in stand_ins}, commands=commands)
    return venv


def make_venv(venv: ModuleType) -> None:
    """Make what of an environment start.py looks at: its Python, and the file that makes it one."""
    venv.PROGRAMS.mkdir()
    (venv.VENV / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).resolve().parent}\n")
    venv.PYTHON.symlink_to(Path(sys.executable).resolve())


def install(venv: ModuleType, requirement: str) -> None:
    """Install the course as pip does: its files, and last of all the list of them; what was there goes first."""
    packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(venv.VENV)}))
    kernel = venv.VENV / "share/jupyter/kernels/python3/kernel.json"
    info = packages / INFO
    info.mkdir(parents=True, exist_ok=True)
    kernel.parent.mkdir(parents=True, exist_ok=True)
    for file in (info / "RECORD", info / "METADATA", packages / "cnnlab.pth"):
        file.unlink(missing_ok=True)
    kernel.write_text('{"argv": ["python"]}')
    (packages / "cnnlab.pth").write_text("")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cnnlab\nVersion: 0.1.0\nSummary: {requirement}\n")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in FILES))


def run_until_killed(folder: Path, extras: set[str], number: int) -> bool:
    """Set the folder up in a process that ends, as if killed, just before its change of a file of that number.

    Numbers begin at 1. Returns whether the process was still at work by then.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child of a process with threads uses none of them
        child = os.fork()
    if child == 0:
        try:
            venv = load(folder)
            vars(venv)["say"] = lambda text: None
            kill_before(number)
            venv.set_up(extras, None)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, KILLED), "the set-up failed"
    return code == KILLED


def kill_before(number: int) -> None:
    """End this process just before its change of a file of that number, counted from 1."""
    seen = 0

    def count(event: str, arguments: tuple) -> None:
        nonlocal seen
        if event in CHANGES or (event == "open" and arguments[2] & WRITING):
            seen += 1
            if seen == number:
                os._exit(KILLED)

    sys.addaudithook(count)
