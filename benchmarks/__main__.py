"""Measure, and print ratios with the command and the machine: python -m benchmarks NAME [--json].

A benchmark is a module of this folder with `run(arguments) -> dict`; what it measures is in its docstring. It is
imported only when it is asked for, after the number of threads has been set.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping
from importlib import import_module, metadata
from typing import Any

#: Every benchmark, with what it holds against what.
NAMES = {
    "lenet_step": "one training step of LeNet in NumPy against PyTorch",
    "conv": "one convolution, forward and backward, in NumPy against PyTorch",
    "check": "check against torch's gradcheck and the practice of centred differences: time, catches, false alarms",
    "locate": "mistakes planted in right implementations, found again by locate, by kind",
    "grading": "grading a class against plain nbgrader",
    "redraw": "the interactive pictures: milliseconds from an input to the drawn picture, and kilobytes of state",
}

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main(argv: list[str] | None = None) -> int:
    """Run one benchmark and print its results. Return 0, or 2 if the name is unknown."""
    given = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Compare speed and memory side by side, on one thread."
    )
    listed = "; ".join(f"{name}: {what}" for name, what in NAMES.items())
    parser.add_argument("name", choices=NAMES, help=listed)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options, arguments = parser.parse_known_args(given)  # the rest is the benchmark's own
    for variable in THREADS:
        os.environ[variable] = "1"  # before anything imports NumPy or PyTorch, which read it then
    found = import_module(f"benchmarks.{options.name}").run(arguments)
    result = {"command": shlex.join(["python", "-m", "benchmarks", *given]), "machine": machine(), **found}
    print(json.dumps(result, ensure_ascii=False) if options.json else format_lines(result))
    return 0


def machine() -> dict[str, Any]:
    """Describe the machine and the versions that the numbers were measured with."""
    versions = {name: metadata.version(name) for name in ("numpy", "torch") if _is_installed(name)}
    return {
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **versions,
    }


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def format_lines(result: Mapping[str, Any], indent: int = 0) -> str:
    """Return nested names and values, one line each."""
    lines = []
    for name, value in result.items():
        if isinstance(value, Mapping):
            lines += [f"{' ' * indent}{name}:", format_lines(value, indent + 2)]
        else:
            lines.append(
                f"{' ' * indent}{name}: {value:.4g}" if isinstance(value, float) else f"{' ' * indent}{name}: {value}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
