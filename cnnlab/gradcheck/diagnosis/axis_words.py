"""What an axis of an array is called in a sentence."""

from __future__ import annotations

from cnnlab.gradcheck.problem import Problem


def name_axes(array: str, axes: int, problem: Problem) -> tuple[str, ...]:
    """Return a word for each axis of dy or of another array."""
    inputs = problem.oracle.wrt.values()
    if array == "dy" and axes == 4:
        return ("image", "filter" if "w" in inputs else "channel", "row", "column")
    if array == "x" and axes == 4:
        return ("image", "channel", "row", "column")
    if array == "dy" and axes == 2:
        return ("sample", "output" if "w" in inputs else "column")
    if array in ("dy", "x") and axes > 1:
        return ("sample", *(f"index along axis {axis}" for axis in range(1, axes)))
    return tuple(f"index along axis {axis}" for axis in range(axes))


def index_axis(array: str, axis: int, index: str) -> str:
    """Return "dy[:, 0]" for axis 1 and the index "0"."""
    return f"{array}[{':, ' * axis}{index}]"
