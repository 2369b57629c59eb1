"""How long tests wait. Every time limit of a test goes through `patience`, so that a busy machine turns no test red.

A limit ends what hangs; how fast something is, no test asserts. Speed is measured in benchmarks/, side by side.
"""

from __future__ import annotations

import os

#: The name of the environment variable with a factor that replaces the measured one.
VARIABLE = "CNNLAB_TEST_PATIENCE"

#: The factor on an idle machine, and the largest.
IDLE_FACTOR, LARGEST_FACTOR = 2.0, 30.0


def patience(seconds: float) -> float:
    """Return the time limit of what takes an idle machine `seconds` at most, stretched for one as busy as this."""
    return seconds * patience_factor()


def patience_factor() -> float:
    """Return the factor of the environment, or one that grows with the number of processes that want a core."""
    given = os.environ.get(VARIABLE)
    if given:
        return float(given)
    if not hasattr(os, "getloadavg"):  # Windows
        return 4 * IDLE_FACTOR
    return min(LARGEST_FACTOR, IDLE_FACTOR * (1 + os.getloadavg()[0] / (os.cpu_count() or 1)))
