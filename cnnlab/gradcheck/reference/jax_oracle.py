"""Compute the right answers with JAX in float64. JAX is imported when the first case is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected
from cnnlab.gradcheck.reference.framework_oracle import FrameworkOracle, Pairing


def by_jax(f: Callable[..., Any], *, wrt: Mapping[str, str] | None = None) -> Callable[[Case], Expected]:
    """Return an oracle that differentiates a function of JAX's arrays, in float64.

    JAX computes in float32 unless it is told otherwise. It is told so for the time of a case only: your own setting
    (`jax_enable_x64`) does not change. The inputs of a case come as JAX's arrays: floats in float64, others in their
    own dtype; everything else is handed on as it is. A gradient that the function does not reach is 0.

    Args:
        f: (*arrays, **options) -> an array of JAX's, or a tuple of them; then dy and y of a case are tuples too, and in
            dy None stands for an array that nothing flows back from. It may be compiled, with jax.jit.
        wrt: {"dx": "x"}, every gradient's name and the input it belongs to; by default every array of floats.
            gradcheck fills in its own.

    Returns:
        (case) -> Expected, for gradcheck(..., oracle=...) or the `by_numpy` of an Oracle.

    Raises:
        MissingFramework: JAX is not installed; the message says what installs it.
        TypeError: `f` is no function; later, it returned something else than arrays of the inputs' dtype.
        ValueError: Later, dy does not fit what `f` returned.

    Example:
        >>> import jax.numpy as jnp
        >>> import numpy as np
        >>> from cnnlab.gradcheck import by_jax, gradcheck
        >>> x = np.array([1.0, -2.0, 3.0])
        >>> report = gradcheck(lambda x: x**2, lambda dy, x: x * dy, x, oracle=by_jax(jnp.square))
        >>> print(report.diagnosis)
        dx is exactly 1/2 times the right answer in every case.
        >>> report.judge
        'JAX'"""
    return _JaxOracle(f, wrt)


class _JaxOracle(FrameworkOracle):
    framework: ClassVar[str] = "JAX"
    module: ClassVar[str] = "jax"

    def allow_float64(self) -> AbstractContextManager[Any]:
        import jax  # pyright: ignore[reportMissingImports]

        return jax.enable_x64(True)

    def make_tensor(self, array: np.ndarray) -> Any:
        import jax  # pyright: ignore[reportMissingImports]

        return jax.numpy.asarray(array)

    def pull_back(
        self, call: Callable[[dict[str, Any]], Any], tensors: dict[str, Any], leaves: list[str], pair: Pairing
    ) -> tuple[Any, Sequence[Any]]:
        import jax  # pyright: ignore[reportMissingImports]

        upstream: list[np.ndarray] = []

        def call_on_leaves(*floats: Any) -> tuple[list[Any], Any]:
            y = call(tensors | dict(zip(leaves, floats, strict=True)))
            pairs = pair(y)
            upstream[:] = [dy for _, dy in pairs]
            return [output for output, _ in pairs], y

        _, pull, y = jax.vjp(call_on_leaves, *(tensors[name] for name in leaves), has_aux=True)
        return y, pull([self.make_tensor(dy) for dy in upstream])

    def is_tensor(self, value: Any) -> bool:
        import jax  # pyright: ignore[reportMissingImports]

        return isinstance(value, jax.Array)
