"""Put small distinct numbers into a case, so that it can be reckoned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case

#: The largest number that is put in.
LARGEST = 9


def propose_small_numbers(case: Case) -> Iterator[Case]:
    """Propose the case with other numbers, the plainest first: nothing where all of them are small and distinct."""
    wanted = [name for name, value in case.inputs.items() if _is_array(value) and not are_plain(value)]
    dy_wanted = (_is_array(case.dy) or isinstance(case.dy, float)) and not are_plain(case.dy)
    if not (wanted or dy_wanted):
        return
    for seed in range(3):
        yield _redraw(case, np.random.default_rng(seed), wanted, dy_wanted)
    yield _redraw(case, np.random.default_rng(0), wanted, dy_wanted, positive=True)
    yield _redraw(case, np.random.default_rng(0), wanted, dy_wanted, unit=0.5)
    if dy_wanted and wanted:
        yield _redraw(case, np.random.default_rng(0), [], True)
        yield _redraw(case, np.random.default_rng(0), wanted, False)
    if len(wanted) > 1:
        for name in wanted:
            yield _redraw(case, np.random.default_rng(0), [name], False)


def _is_array(value: Any) -> bool:
    """Return whether this is an array of numbers with a fraction."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0


def are_plain(array: Any) -> bool:
    """Return whether all entries are small whole numbers other than 0, and, where there are enough, distinct."""
    entries = np.ravel(array)
    if not (np.all(np.abs(entries) <= LARGEST) and np.all(entries == np.round(entries)) and np.all(entries != 0)):
        return False
    return entries.size > 2 * LARGEST or np.unique(entries).size == entries.size


def _redraw(
    case: Case, rng: np.random.Generator, names: list[str], dy: bool, positive: bool = False, unit: float = 1.0
) -> Case:
    """Return the case with new numbers in some inputs. unit: what the numbers are multiples of."""

    def draw(numbers: Any) -> Any:
        drawn = (unit * draw_small(rng, np.shape(numbers), positive)).astype(np.asarray(numbers).dtype)
        return drawn if isinstance(numbers, np.ndarray) else drawn[()]

    inputs = {name: draw(value) if name in names else value for name, value in case.inputs.items()}
    return replace(case, inputs=inputs, dy=draw(case.dy) if dy else case.dy)


def draw_small(rng: np.random.Generator, shape: tuple[int, ...], positive: bool = False) -> np.ndarray:
    """Draw whole numbers from -9 to 9 without 0: no two alike where there are enough, nor of one size if possible."""
    count = int(np.prod(shape))
    signs = np.ones(count) if positive else rng.choice([-1.0, 1.0], count)
    if count <= LARGEST:
        numbers = signs * rng.permutation(np.arange(1, LARGEST + 1))[:count]
    elif count <= 2 * LARGEST and not positive:
        everything = [n for n in range(-LARGEST, LARGEST + 1) if n]
        numbers = rng.permutation(everything)[:count].astype(float)
    else:
        numbers = signs * rng.integers(1, LARGEST + 1, count)
    return numbers.reshape(shape)
