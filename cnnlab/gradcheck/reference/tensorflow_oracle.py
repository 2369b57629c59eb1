"""Compute the right answers with TensorFlow in float64. TensorFlow is imported when the first case is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected
from cnnlab.gradcheck.reference.framework_oracle import FrameworkOracle, Pairing


def by_tensorflow(f: Callable[..., Any], *, wrt: Mapping[str, str] | None = None) -> Callable[[Case], Expected]:
    """Return an oracle that differentiates a function of TensorFlow's tensors, in float64.

    The inputs of a case come as tensors: arrays of floats in float64, other arrays in their own dtype; everything else
    is handed on as it is. A gradient that the function does not reach is 0. What it computes with NumPy on the way,
    TensorFlow does not see.

    Args:
        f: (*tensors, **options) -> a tensor, or a tuple of tensors; then dy and y of a case are tuples too, and in dy
            None stands for a tensor that nothing flows back from.
        wrt: {"dx": "x"}, every gradient's name and the input it belongs to; by default every array of floats.
            gradcheck fills in its own.

    Returns:
        (case) -> Expected, for gradcheck(..., oracle=...) or the `by_numpy` of an Oracle.

    Raises:
        MissingFramework: TensorFlow is not installed; the message says what installs it.
        TypeError: `f` is no function; later, it returned something else than tensors of the inputs' dtype.
        ValueError: Later, dy does not fit what `f` returned.

    Example:
        >>> import numpy as np
        >>> import tensorflow as tf
        >>> from cnnlab.gradcheck import by_tensorflow, gradcheck
        >>> x = np.array([1.0, -2.0, 3.0])
        >>> report = gradcheck(lambda x: x**2, lambda dy, x: x * dy, x, oracle=by_tensorflow(tf.square))
        >>> print(report.diagnosis)
        dx is exactly 1/2 times the right answer in every case.
        >>> report.judge
        'TensorFlow'"""
    return _TensorFlowOracle(f, wrt)


class _TensorFlowOracle(FrameworkOracle):
    framework: ClassVar[str] = "TensorFlow"
    module: ClassVar[str] = "tensorflow"

    def make_tensor(self, array: np.ndarray) -> Any:
        import tensorflow as tf  # pyright: ignore[reportMissingImports]

        return tf.convert_to_tensor(array)

    def pull_back(
        self, call: Callable[[dict[str, Any]], Any], tensors: dict[str, Any], leaves: list[str], pair: Pairing
    ) -> tuple[Any, Sequence[Any]]:
        import tensorflow as tf  # pyright: ignore[reportMissingImports]

        sources = [tensors[name] for name in leaves]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            y = call(tensors)
        pairs = pair(y)
        found = tape.gradient(
            [tensor for tensor, _ in pairs],
            sources,
            output_gradients=[self.make_tensor(dy) for _, dy in pairs],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        return y, [tf.convert_to_tensor(gradient) for gradient in found]  # some are slices, without their zeros

    def is_tensor(self, value: Any) -> bool:
        import tensorflow as tf  # pyright: ignore[reportMissingImports]

        return isinstance(value, (tf.Tensor, tf.Variable))
