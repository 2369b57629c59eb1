"""Chapters 7 and 8: windows as columns. What is asked of unfold.py."""

from __future__ import annotations

from cnnlab.course.exercise import Operation

OPERATIONS: tuple[Operation, ...] = ()
