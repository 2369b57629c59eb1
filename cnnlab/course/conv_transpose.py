"""Chapter 14: transposed convolution. What is asked of conv_transpose.py."""

from __future__ import annotations

from cnnlab.course.exercise import Operation

OPERATIONS: tuple[Operation, ...] = ()
