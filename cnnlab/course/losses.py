"""Losses: chapter 5, and smooth L1 of chapter 15. What is asked of losses.py."""

from __future__ import annotations

from cnnlab.course.exercise import Operation

OPERATIONS: tuple[Operation, ...] = ()
