"""What an axis of an array is called in a sentence, and whether an array holds images."""

from __future__ import annotations

from cnnlab.gradcheck.problem import Problem


def name_axes(array: str, axes: int, problem: Problem) -> tuple[str, ...]:
    """Return a word for each axis of dy or of an input: those that the oracle gives, or the usual ones."""
    known = problem.oracle.axes.get(array, ())
    if len(known) == axes:
        return known
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


def name_first_axis(array: str, axes: int, problem: Problem) -> str:
    """Return the word for what lies along axis 0: "sample", or the oracle's own, as for boxes or nodes."""
    known = problem.oracle.axes.get(array, ())
    return known[0] if len(known) == axes and known[0] != "image" else "sample"


def write_plural(word: str) -> str:
    """Return "rows" for "row", and "indices along axis 1" for "index along axis 1"."""
    return word.replace("index", "indices", 1) if word.startswith("index ") else f"{word}s"


def holds_images(array: str, axes: int, problem: Problem) -> bool:
    """Return whether the last two of an array's axes are rows and columns; of an unknown array with four, they are."""
    known = problem.oracle.axes.get(array)
    return axes >= 4 if known is None else known[-2:] == ("row", "column")


def index_axis(array: str, axis: int, index: str) -> str:
    """Return "dy[:, 0]" for axis 1 and the index "0"."""
    return f"{array}[{':, ' * axis}{index}]"
