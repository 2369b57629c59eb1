"""Chapter 9: pooling. What is asked of pool.py."""

from __future__ import annotations

from cnnlab.course.exercise import Operation

OPERATIONS: tuple[Operation, ...] = ()
