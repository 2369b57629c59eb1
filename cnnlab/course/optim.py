"""Chapters 10 and 12: optimisers and learning rates. What is asked of optim.py."""

from __future__ import annotations

from cnnlab.course.exercise import Operation

OPERATIONS: tuple[Operation, ...] = ()
