"""Chapter 3's hunt: five wrong backward passes, and which of them a learner's cases expose.

The layer is numeric.py's scaled_max, y[n] = max over d of x[n, d] * s[d].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Freedom, Requirement
from cnnlab.gradcheck.runner.answer import Value
from cnnlab.gradcheck.wording import count, write_shape, write_size

#: How much a hunter may bring: what must be chosen shows what was understood.
MAX_CASES, MAX_NUMBERS = 6, 60

#: Beyond this, products overflow and a right backward pass fails too.
MAX_MAGNITUDE = 1e100

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Prey:
    """One case of a learner's, and what follows from it. dy may be given as it came."""

    x: np.ndarray
    s: np.ndarray
    dy: np.ndarray

    @property
    def products(self) -> np.ndarray:
        return self.x * self.s

    @property
    def winners(self) -> np.ndarray:
        """Where a row's largest product is reached, (N, D)."""
        return self.products == self.products.max(axis=1, keepdims=True)


Gradients = tuple[np.ndarray, np.ndarray]


def _send_gradient(case: Prey, shares: np.ndarray, dy: np.ndarray) -> Gradients:
    """dx and ds when each row sends its dy to columns by these shares, (N, D)."""
    return dy[:, None] * shares * case.s, (dy[:, None] * shares * case.x).sum(axis=0)


def _first(products: np.ndarray) -> np.ndarray:
    """Shares: all of it to the first largest column of each row."""
    return (np.arange(products.shape[1]) == products.argmax(axis=1)[:, None]).astype(float)


def compute_right(case: Prey) -> Gradients:
    """A right backward pass."""
    return _send_gradient(case, _first(case.products), case.dy)


def _average_dy(case: Prey) -> Gradients:
    return _send_gradient(case, _first(case.products), np.full_like(case.dy, case.dy.mean()))


def _overwrite_ds(case: Prey) -> Gradients:
    dx, ds = compute_right(case)
    for row, winner in enumerate(case.products.argmax(axis=1)):
        ds[winner] = case.dy[row] * case.x[row, winner]
    return dx, ds


def _send_to_every_tie(case: Prey) -> Gradients:
    return _send_gradient(case, case.winners.astype(float), case.dy)


def _look_up_in_x(case: Prey) -> Gradients:
    return _send_gradient(case, _first(case.x), case.dy)


def _search_from_zero(case: Prey) -> Gradients:
    return _send_gradient(case, _first(case.products) * (case.products > 0), case.dy)


@dataclass(frozen=True)
class Mistake:
    """A planted wrong backward pass. words: what it does, named once it is exposed."""

    backward: Callable[[Prey], Gradients]
    words: str


#: By the letters under which a learner knows them.
MISTAKES: Mapping[str, Mistake] = {
    "mistake A": Mistake(_average_dy, "every entry of dy is exchanged for the mean of dy"),
    "mistake B": Mistake(_overwrite_ds, "ds is overwritten where it should be added to"),
    "mistake C": Mistake(_send_to_every_tie, "each of several equal winners gets the whole gradient"),
    "mistake D": Mistake(_look_up_in_x, "the winner is looked up among x instead of the products"),
    "mistake E": Mistake(_search_from_zero, "the search for the largest product begins at 0"),
}


def could_be_right(case: Prey, gradients: Gradients) -> bool:
    """Whether some right backward pass gives these: in a tie the gradient may be shared out in any way.

    dx tells how much of a row's dy each winner got; ds must tell the same.
    """
    dx, ds = gradients
    sent = case.dy[:, None] * case.s
    known = sent != 0  # where dy is 0 nothing is sent, whatever the shares
    shares = np.divide(dx, sent, out=np.zeros_like(dx), where=known)
    shares = np.where(known.any(axis=1)[:, None], shares, _first(case.products))
    inside = np.all(shares >= -TOLERANCE) and np.all(np.abs(shares[~case.winners]) <= TOLERANCE)
    whole = np.allclose(shares.sum(axis=1), 1, rtol=0, atol=TOLERANCE)
    size = float(np.abs(case.x * case.dy[:, None]).sum()) or 1.0
    told = np.allclose(_send_gradient(case, shares, case.dy)[1], ds, rtol=0, atol=TOLERANCE * size)
    return bool(inside and whole and told and np.all(dx[~known] == 0))


def find_exposed(cases: tuple[Prey, ...]) -> dict[str, Value]:
    """For each mistake 1 where some case exposes it, else 0."""
    found = {n: any(not could_be_right(c, m.backward(c)) for c in cases) for n, m in MISTAKES.items()}
    return {name: np.array(float(is_exposed)) for name, is_exposed in found.items()}


def read(returned: Value | tuple[Value, ...]) -> Mapping[str, Value] | str:
    """What a learner's cases expose, or in a sentence why they are no cases."""
    needed = "a list of cases (x, s, dy) is needed, with arrays in them"
    if not isinstance(returned, tuple) or not returned:
        return f"hunt_cases returned no cases; {needed}."
    if len(returned) % 3:
        return f"hunt_cases returned {count(len(returned), 'value')} in all, which are no cases of three; {needed}."
    if len(returned) > 3 * MAX_CASES:
        return f"hunt_cases returned {len(returned) // 3} cases; at most {MAX_CASES} are looked at. Choose them."
    cases = []
    for number, first in enumerate(range(0, len(returned), 3), start=1):
        fault = _fault(*returned[first : first + 3])
        if fault:
            return f"Case {number} of hunt_cases: {fault}."
        cases.append(Prey(*(np.asarray(v, np.float64) for v in returned[first : first + 3])))
    return find_exposed(tuple(cases))


def _fault(x: Value, s: Value, dy: Value) -> str | None:
    """Why three values are no case, or None."""
    for name, value, axes in (("x", x, 2), ("s", s, 1), ("dy", dy, 1)):
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
            return f"{name} is not an array of numbers"
        if value.ndim != axes:
            return (
                f"{name} has shape {write_shape(value.shape)}; {axes} {'axis is' if axes == 1 else 'axes are'} needed"
            )
    assert isinstance(x, np.ndarray) and isinstance(s, np.ndarray) and isinstance(dy, np.ndarray)
    if 0 in x.shape:
        return f"x has shape {write_shape(x.shape)}; at least one row and one column are needed"
    if s.shape != x.shape[1:]:
        return f"s has shape {write_shape(s.shape)}; {write_shape(x.shape[1:])} is needed, a scale for each column of x"
    if dy.shape != x.shape[:1]:
        return f"dy has shape {write_shape(dy.shape)}; {write_shape(x.shape[:1])} is needed, a number for each row of x"
    if x.size + s.size + dy.size > MAX_NUMBERS:
        return f"it has {write_size(x.size + s.size + dy.size)} numbers; at most {MAX_NUMBERS} are looked at"
    with np.errstate(all="ignore"):
        sizes = [np.abs(v.astype(float)).max() for v in (x, s, dy)]
    if not max(sizes) <= MAX_MAGNITUDE:
        return "it holds a number that is infinite, none, or so large that a right backward pass fails as well"
    if not s.all():
        return "s holds a 0, with which nobody can tell who won"
    return None


def list_expected(case: Case) -> Requirement:
    """1 for every mistake; what is short of it is said in words, so the number itself is free."""
    exposed, either = np.array(1.0), Freedom(np.array(0.0), np.array(1.0))
    return Requirement(None, dict.fromkeys(MISTAKES, exposed), dict.fromkeys(MISTAKES, either), find_unmet=find_hidden)


def find_hidden(values: Mapping[str, np.ndarray]) -> dict[str, str]:
    """What is to be said where mistakes were not exposed: how many, and which ones were. The others stay a riddle."""
    hidden = [name for name, value in values.items() if value == 0]
    exposed = [name for name in values if name not in hidden]
    sentence = f"Your cases expose {len(exposed)} of {len(values)} planted mistakes."
    if exposed:
        told = [f"in {name.removeprefix('mistake ')} {MISTAKES[name].words}" for name in exposed]
        sentence += f" Exposed: {'; '.join(told)}."
    return dict.fromkeys(hidden, sentence)
