"""Wheels small enough to make on the fly, and a build backend that needs nothing downloaded.

The tests of start.py import `make_wheel`; a copy of this file in their small project is its build backend.
"""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str], metadata: str = "") -> str:
    """Write NAME-VERSION-py3-none-any.whl with these files to `folder`; its file name."""
    info = f"{name}-{version}.dist-info"
    parts = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in [*parts, f"{info}/RECORD"])
    file_name = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / file_name, "w") as wheel:
        for path, text in {**parts, f"{info}/RECORD": record}.items():
            wheel.writestr(path, text)
    return file_name


def build_editable(wheel_directory: str, config_settings=None, metadata_directory=None) -> str:
    """The hook that `pip install -e` calls: cnnlab as a path to this folder, with the extras that start.py asks for.

    A file called `slow` in the folder holds it up, for a test to interrupt; then it says "held".
    """
    if Path("slow").exists():
        Path("slow").write_text("held", encoding="utf-8")
        time.sleep(60)
    extras = {"lab": ["ipykernel", "jupyterlab"], "grading": [], "dev": ["pytest"]}
    lines = [f"Provides-Extra: {extra}\n" for extra in extras]
    lines += [f"Requires-Dist: {name}; extra == '{extra}'\n" for extra in extras for name in extras[extra]]
    files = {"cnnlab.pth": os.getcwd() + "\n"}
    return make_wheel(Path(wheel_directory), "cnnlab", "0.1.0", files, "".join(lines))
