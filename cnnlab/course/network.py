"""Chapter 10: a whole network. What is asked of network.py."""

from __future__ import annotations

from cnnlab.course.exercise import Operation

OPERATIONS: tuple[Operation, ...] = ()
