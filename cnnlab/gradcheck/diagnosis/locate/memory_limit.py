"""Limit the memory of trials: a single changed operator can ask for gigabytes. The system refuses them, on Linux."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

#: Memory that trials may take beyond what the process has when they begin.
EXTRA_MEMORY_BYTES = 2**30


@contextlib.contextmanager
def limit_memory() -> Iterator[None]:
    """Let what asks for too much in the block get a MemoryError; other systems than Linux set no limit."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as pages:
            now = int(pages.read().split()[0]) * resource.getpagesize()
        before = resource.getrlimit(resource.RLIMIT_AS)
        allowed = [now + EXTRA_MEMORY_BYTES, *(limit for limit in before if limit != resource.RLIM_INFINITY)]
        resource.setrlimit(resource.RLIMIT_AS, (min(allowed), before[1]))
    except (ImportError, OSError, ValueError):
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
