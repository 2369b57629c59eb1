"""Measure sides in turn within one run, so that a busy machine slows all of them alike."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]

#: Seconds for which one side runs without a break; far above the clock's resolution, far below the machine's moods.
STRETCH = 0.05

Side = Callable[[], object]


def time_interleaved(sides: Mapping[str, Side], rounds: int = 15, stretch: float = STRETCH) -> dict[str, list[float]]:
    """Return the seconds of one call of each side, by round. In every round the sides run one after the other.

    A side is called as often in a row as fills the stretch. The order turns from round to round. The clock is the
    processor's: all sides run on one thread, and what else the machine does must not count.
    """
    often = {name: _how_often(side, stretch) for name, side in sides.items()}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    enabled = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                started = time.process_time()
                for _ in range(often[name]):
                    sides[name]()
                seconds[name].append((time.process_time() - started) / often[name])
    finally:
        if enabled:
            gc.enable()
    return seconds


def _how_often(side: Side, stretch: float) -> int:
    side()  # what is made once is made here
    started, calls = time.process_time(), 0
    while time.process_time() - started < stretch:
        side()
        calls += 1
    return max(1, calls)


def ratio(seconds: Mapping[str, Sequence[float]], side: str, base: str) -> float:
    """Return the time of a side divided by that of `base`: the median of the ratios of all rounds."""
    return median(a / b for a, b in zip(seconds[side], seconds[base], strict=True))


def round_to_3_digits(value: float) -> float:
    """Round to three digits, the accuracy of a measurement."""
    return float(f"{value:.3g}")


def peak_memory(module: str, *arguments: str) -> float | None:
    """Return the megabytes by which a new process grows while it runs module.alone(*arguments), or None if unknown.

    alone() returns a function: what it imports and makes before is not counted, what the function needs is.
    """
    if not Path("/proc/self/clear_refs").exists():
        return None
    code = (
        f"import sys\nfrom {module} import alone\nfrom benchmarks.measure import resident\n"
        "run = alone(*sys.argv[1:])\n"
        "open('/proc/self/clear_refs', 'w').write('5')\n"  # the peak counts from here
        "before = resident('VmRSS')\nrun()\nprint(resident('VmHWM') - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return round_to_3_digits(float(done.stdout) / 1024)


def resident(field: str) -> int:
    """Return a line of this process's status, in kB: VmRSS is the present memory, VmHWM the peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
