"""Chapter 0: the first gradient. What is asked of first.py."""

from __future__ import annotations

from cnnlab.course.exercise import Operation

OPERATIONS: tuple[Operation, ...] = ()
