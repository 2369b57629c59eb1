"""Which terms each entry of a gradient is made of: the products dy[k] · ∂y[k]/∂x[p], read off the forward."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cnnlab.gradcheck.diagnosis.evidence import Evidence, Trial
from cnnlab.gradcheck.reference.products import Products

#: A case is taken apart where its dy has no more entries, and its gradient, than this times each other.
MAX_TERMS = 15_000

#: How many failing cases a way of adding up is searched in, before it is tried on the others.
SEARCHED_CASES = 4

#: Seconds of processor time for taking cases apart; a slow forward is asked for a few only.
MAX_SECONDS = 1.0

#: The step for a forward that is not linear: a power of two, so that what is piecewise linear has no rounding.
STEP = 2.0**-13


@dataclass(frozen=True, eq=False)
class Terms:
    """One case taken apart.

    jacobian: the derivative of each entry of y (columns) with respect to each entry of the input (rows).
    of_data: whether it is the gradient with respect to the data.
    """

    trial: Trial
    jacobian: np.ndarray
    of_data: bool = True

    @cached_property
    def dy(self) -> np.ndarray:
        return np.asarray(self.trial.case.dy, np.float64)

    @cached_property
    def products(self) -> np.ndarray:
        """Return each term, (entries of the gradient, entries of dy)."""
        return self.jacobian * self.dy.ravel()

    @cached_property
    def reach(self) -> np.ndarray:
        """Return which entries of dy reach which of the gradient; of a parameter, what padding hides of them too."""
        reached = self.jacobian != 0
        return reached if self.of_data else self._complete(reached)

    def _complete(self, reached: np.ndarray) -> np.ndarray:
        """Return all entries of dy that agree with those that reach an entry in the axes where these agree."""
        found = np.ones_like(reached)
        for index in self.coordinates:
            low = np.where(reached, index, self.dy.size).min(axis=1, keepdims=True)
            high = np.where(reached, index, -1).max(axis=1, keepdims=True)
            fixed = (low == high).all() and np.unique(index).size > 1
            found &= (index == low) if fixed else True
        return found

    @property
    def shape(self) -> tuple[int, ...]:
        return self.trial.numbers.expected.shape

    def combine(self, dy: np.ndarray) -> np.ndarray:
        """Return the right gradient for another dy."""
        return (self.jacobian @ np.asarray(dy, np.float64).ravel()).reshape(self.shape)

    @cached_property
    def coordinates(self) -> np.ndarray:
        """Return the index of each entry of dy, (axes, entries)."""
        return np.indices(self.dy.shape).reshape(self.dy.ndim, -1)


def take_apart(evidence: Evidence, trials: tuple[Trial, ...]) -> Iterator[Terms]:
    """Yield the trials that are small enough, taken apart; none where there is no forward to read."""
    oracle = evidence.problem.oracle
    name = oracle.wrt.get(evidence.gradient)
    if oracle.reference is None or name is None:
        return
    for trial in trials:
        dy, expected = trial.case.dy, trial.numbers.expected
        if dy is None or not np.ndim(dy) or np.size(dy) * expected.size > MAX_TERMS or not np.isfinite(expected).all():
            continue
        others = [v for k, v in trial.case.inputs.items() if k != name and isinstance(v, np.ndarray)]
        if any(np.any(a == 0) for a in others if a.dtype.kind == "f"):
            continue  # a term of 0 leaves no trace
        if evidence.memory.get("seconds", 0.0) > MAX_SECONDS:
            return
        started = time.thread_time()
        jacobian = _read_jacobian(oracle, trial, name)
        evidence.memory["seconds"] = evidence.memory.get("seconds", 0.0) + time.thread_time() - started
        terms = Terms(trial, jacobian, evidence.is_data_gradient)
        if np.allclose(terms.combine(terms.dy).ravel(), expected.ravel(), rtol=1e-5, atol=1e-6 * trial.numbers.scale):
            yield terms


def _read_jacobian(oracle, trial: Trial, name: str) -> np.ndarray:
    products = Products(oracle.reference, replace(trial.case, dy=np.ones(np.shape(trial.case.dy))), name)
    x = products.x
    largest = float(np.abs(x).max(initial=0.0)) or 1.0
    unit = 2.0 ** np.round(np.log2(largest))
    if name in oracle.linear:
        columns = products(unit * np.eye(x.size).reshape(-1, *x.shape)) - products(np.zeros((1, *x.shape)))
        return columns / unit
    step = STEP * min(unit, 1.0)
    entries = np.arange(x.size)
    ends = (products.evaluate_moved(entries, np.full(x.size, sign * step)) for sign in (1, -1))
    ahead, behind = ends
    slopes = (ahead - behind) / (2 * step)
    return np.where(np.abs(slopes) > 1e-9 * max(np.abs(slopes).max(initial=0.0), 1e-300), slopes, 0.0)
