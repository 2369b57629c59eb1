"""Cases: the calls that a subject is checked with."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from cnnlab.gradcheck.runner.snapshot import Layout, walk_arrays

#: What the chapter derived, and the rest.
Stage = Literal["core", "general"]
CORE: Stage = "core"
GENERAL: Stage = "general"

#: Small integers in float64: sums and products of them are exact in any order, and in float32 too, so that a right
#: answer is exact however it is written. What is left is the rounding of transforms (an FFT's is near 1e-13).
EXACT = 1e-9

#: The same for arrays, where a transform may have been computed in float32 (an FFT's error is near 1e-7), inside a
#: float64 answer or because the input is float32. A small number added somewhere shows in the cases of tiny numbers.
TRANSFORMED = 5e-7

#: Numbers with a fraction: a right answer computed in float32 inside differs by about 1e-6 of the largest entry.
ROUNDED = 2e-5


@dataclass(frozen=True)
class Case:
    """One call that is judged.

    Where the forward was called to draw dy, its result is kept as y; a changed copy has none.

    Attributes:
        name: What is special about it ("stride 2").
        stage: "core" for what the chapter derived, or "general".
        inputs: The forward's positional arguments by name, in order.
        options: The forward's keyword arguments.
        dy: The upstream gradient, of y's shape; drawn at random, since ones would hide a transposed or permuted answer.
        varies: The properties that it has and the base case has not.
        has: All its properties.
        layout: How its arrays lie in memory.
        tolerance: The largest error that is right, relative to the largest expected entry.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import Case
        >>> Case("two entries", "core", {"x": np.array([1.0, 2.0])}, dy=np.array([3.0, -1.0])).size
        2"""

    name: str
    stage: Stage
    inputs: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    dy: Any = None
    varies: frozenset[str] = frozenset()
    has: frozenset[str] = frozenset()
    layout: Layout = "plain"
    tolerance: float = EXACT
    y: Any = field(init=False, default=None, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Count the numbers that go in; the smallest failing case is the one to show."""
        return sum(array.size for array in self.arrays)

    @cached_property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return every array that goes in, those inside tuples too."""
        return tuple(array for _, array in walk_arrays(tuple(self.inputs.values())))

    @cached_property
    def precision(self) -> int:
        """Return the bytes of the widest floating-point number that goes in; 0 where there is none."""
        return max((a.itemsize for a in self.arrays if a.dtype.kind == "f"), default=0)

    def note_forward(self, y: Any) -> Case:
        """Note what the forward gives for the case.

        Args:
            y: That, as it came back.

        Returns:
            The case itself."""
        object.__setattr__(self, "y", y)
        return self


def generator(seed: int, name: str) -> np.random.Generator:
    """Return random numbers of a case's own, so that adding a case changes no other."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def integers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw integers from -9 to 9 without 0, as float64 (see EXACT)."""
    return (rng.integers(1, 10, shape) * rng.choice([-1, 1], shape)).astype(np.float64)


def integers_with_zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw integers of which half are 0, so that a backward that divides by its input fails (see EXACT)."""
    return integers(rng, shape) * rng.integers(0, 2, shape)


def normals(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw normally distributed numbers (see ROUNDED)."""
    return rng.standard_normal(shape)
