"""The sizes of a case of an op about which nothing is known, by the words for them."""

from __future__ import annotations

import numpy as np

from cnnlab.gradcheck.case import Case


def list_sizes(case: Case, main: str) -> dict[str, float]:
    """Return the sizes that a wrong constant factor may equal. main: the input whose first axis is that of samples."""
    shape, of_y = np.shape(case.inputs[main]), np.shape(case.dy)
    n, y_size = float(shape[0]) if shape else 1.0, float(np.prod(of_y))
    own = {f"{main}.shape[{axis}]": float(size) for axis, size in enumerate(shape) if axis}
    of_a_channel = {"y.size/y.shape[1]": y_size / of_y[1]} if len(of_y) > 1 and of_y[1] else {}
    positions = {"y[0, 0].size": float(np.prod(of_y[2:]))} if len(of_y) > 2 else {}
    of_a_sample = {"y[0].size": y_size / n} if n else {}
    return {
        "N": n,
        **own,
        "y.size": y_size,
        **of_a_channel,
        **of_a_sample,
        **positions,
        f"{main}.size": float(np.prod(shape)),
    }


def has_samples(case: Case, main: str) -> bool:
    """Return whether the first axis of an input may be that of samples: y has one of the same length."""
    shape, of_y = np.shape(case.inputs[main]), np.shape(case.dy)
    return bool(shape and of_y and shape[0] == of_y[0])
