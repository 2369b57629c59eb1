"""Chapter 13: normalisation. What is asked of norm.py."""

from __future__ import annotations

from cnnlab.course.exercise import Operation

OPERATIONS: tuple[Operation, ...] = ()
