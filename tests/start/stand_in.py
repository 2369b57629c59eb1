"""start.py with stand-ins for venv and pip that take no time, and a way to kill it just before any change of a file.

    python -m tests.start.stand_in FOLDER NUMBER [EXTRA ...]

sets the folder up with these extras and ends at once, as a kill does, before the change of that number.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

KILLED = 9
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def load(folder: Path, online: bool = True) -> ModuleType:
    """Return the folder's start.py, in which nothing is downloaded. online: whether its pip finds anything."""
    spec = importlib.util.spec_from_file_location("start_in_folder", folder / "start.py")
    assert spec and spec.loader
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    vars(start)["commands"] = commands = []

    def run_logged(command: list[str]) -> tuple[int, str]:
        commands.append(command)
        if "venv" in command:
            make_venv(start)
        elif not online:
            return 1, "ERROR: No matching distribution found for jupyterlab"
        elif "-e" in command:
            install(start, command[-1])
        return 0, ""

    vars(start)["run_logged"] = run_logged
    return start


def make_venv(start: ModuleType) -> None:
    """Make what of an environment start.py looks at: its Python, and the file that makes it one."""
    start.PROGRAMS.mkdir()
    (start.VENV / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).resolve().parent}\n")
    start.PYTHON.symlink_to(Path(sys.executable).resolve())


def install(start: ModuleType, requirement: str) -> None:
    """Install the course as pip does: its files, and last of all the list of them; what was there goes first."""
    packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(start.VENV)}))
    kernel = start.VENV / "share/jupyter/kernels/python3/kernel.json"
    info = packages / "cnnlab-0.1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    kernel.parent.mkdir(parents=True, exist_ok=True)
    for file in (info / "RECORD", info / "METADATA", packages / "cnnlab.pth"):
        file.unlink(missing_ok=True)
    kernel.write_text('{"argv": ["python"]}')
    (packages / "cnnlab.pth").write_text("")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cnnlab\nVersion: 0.1.0\nSummary: {requirement}\n")
    (info / "RECORD").write_text("cnnlab.pth,,\ncnnlab-0.1.0.dist-info/METADATA,,\ncnnlab-0.1.0.dist-info/RECORD,,\n")


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


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    loaded = load(Path(sys.argv[1]))
    kill_before(int(sys.argv[2]))
    loaded.set_up(set(sys.argv[3:]), None)
