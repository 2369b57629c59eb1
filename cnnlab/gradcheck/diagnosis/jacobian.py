"""Which entries of dy each entry of a gradient takes in, and with what factors: read off with unit vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.axis_words import name_first_axis, write_plural
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial
from cnnlab.gradcheck.wording import write_hidden

#: A case is read off when its dy and its gradient have no more entries than this together.
MAX_READ_ENTRIES = 120

#: The share of the cases that fail when the formula is wrong, and not only where something is special.
MIN_FAILING_SHARE = 0.5

#: What is left of a sum of factors by rounding.
ZERO_RTOL = 1e-6


@dataclass(frozen=True)
class Jacobians:
    """The learner's and the right one for one case: gradient's entries by dy's entries, flattened."""

    trial: Trial
    theirs: np.ndarray
    right: np.ndarray

    def describe_place(self, number: int) -> tuple[str, str]:
        """Return the two entries that an entry of the matrices joins, in words: of the gradient, and of dy."""
        row, column = divmod(int(number), self.right.shape[1])
        shapes = (self.trial.numbers.expected.shape, np.shape(self.trial.case.dy))
        found = (tuple(map(int, np.unravel_index(k, shape))) for k, shape in zip((row, column), shapes, strict=True))
        first, second = (f"[{', '.join(map(str, index))}]" if index else "" for index in found)
        return first, second


def find_wrong_jacobian(evidence: Evidence) -> Finding | None:
    """Find what differs in the Jacobian of a gradient that is wrong in nearly every case."""
    if len(evidence.failing) < MIN_FAILING_SHARE * len(evidence.trials):
        return None
    small = sorted((t for t in evidence.failing if _is_readable(t)), key=lambda t: -min(t.case.size, MAX_READ_ENTRIES))
    trial = next(iter(small), None)
    if trial is None:
        return None
    theirs, right = _read_jacobian(trial, evidence.run), _read_jacobian(trial, evidence.right)
    if right is None or theirs is None:
        return None
    return (
        _describe_jacobian(evidence, Jacobians(trial, theirs, right))
        if _is_linear_in_dy(trial, theirs)
        else _describe_nonlinear(evidence)
    )


def _describe_jacobian(evidence: Evidence, j: Jacobians) -> Finding | None:
    name = evidence.gradient
    used, needed = (np.abs(m) > ZERO_RTOL * (np.abs(j.right).max() or 1.0) for m in (j.theirs, j.right))
    extra, missing = used & ~needed, needed & ~used
    strangers = _mark_other_samples(evidence, j)
    where = f"in “{j.trial.case.name}”"
    if strangers is not None and (extra & strangers).any():
        one = name_first_axis("dy", np.ndim(j.trial.case.dy), evidence.problem)
        entry, of_dy = j.describe_place(int(np.argmax(extra & strangers)))
        return Finding(
            Code.REDUCTION,
            f"{name}{entry} takes in dy{of_dy}, which belongs to another {one} ({where}): something is summed over "
            f"the {write_plural(one)} as well.",
            f"another {one}",
        )
    if not np.ndim(j.trial.case.dy):
        return _describe_loss_gradient(name, j, where)
    if evidence.is_data_gradient and _has_same_factors(j):
        entry, of_dy = j.describe_place(int(np.argmax(extra if extra.any() else missing)))
        text = (
            f"dy{of_dy} goes to the wrong entries of {name}: {name}{entry} is given it ({where})."
            if extra.any()
            else f"{name}{entry} is not given dy{of_dy}, which belongs to it ({where})."
        )
        return Finding(Code.MASK, text, "wrong entries")
    unused = needed.any(axis=0) & ~used.any(axis=0)
    rest = [m[:, ~unused] for m in (j.theirs, j.right)]
    if unused.any() and not unused.all() and np.allclose(*rest, rtol=1e-5, atol=1e-7):
        of_dy = _index_entries(np.reshape(unused, np.shape(j.trial.case.dy)))
        text = f"{name} takes in nothing of dy{of_dy} ({where}), and the rest of dy as it should."
        return Finding(Code.REDUCTION, text, "not all of dy")
    if extra.any() and not missing.any():
        entry, of_dy = j.describe_place(int(np.argmax(extra)))
        text = f"{name}{entry} takes in dy{of_dy} ({where}), which it has nothing to do with."
        return Finding(Code.FORMULA, text, "too many entries of dy")
    if missing.any():
        entry, of_dy = j.describe_place(int(np.argmax(missing)))
        text = f"{name}{entry} takes in nothing of dy{of_dy} ({where}), although y{of_dy} depends on {name[1:]}{entry}."
        return Finding(Code.FORMULA, text, "entries of dy that are missing")
    at = int(np.argmax(np.abs(j.theirs - j.right)))
    entry, of_dy = j.describe_place(at)
    given, wanted = (write_hidden(m.ravel()[at]) for m in (j.theirs, j.right))
    return Finding(
        Code.FORMULA,
        f"{name} takes in the right entries of dy, with wrong factors: {where} {name}{entry} has "
        f"{given} times dy{of_dy}, and {wanted} times is right.",
        "other factors",
    )


def _index_entries(chosen: np.ndarray) -> str:
    """Return "[:, :, :, 3]" for all entries of a column, and the index of the first for what is no slice."""
    parts = []
    for axis, size in enumerate(chosen.shape):
        other = tuple(k for k in range(chosen.ndim) if k != axis)
        used = np.flatnonzero(chosen.any(axis=other))
        whole = used.size == size and size > 1
        parts.append((":", slice(None)) if whole else (str(used[0]), int(used[0])) if used.size == 1 else None)
    if all(parts):
        box = np.zeros_like(chosen)
        box[tuple(p[1] for p in parts if p)] = True
        if np.array_equal(box, chosen):
            return f"[{', '.join(p[0] for p in parts if p)}]"
    first = np.unravel_index(int(np.argmax(chosen)), chosen.shape)
    return f"[{', '.join(str(int(k)) for k in first)}]"


def _has_same_factors(j: Jacobians) -> bool:
    """Whether dy is handed out whole, or not at all, in both: a choice of entries, and the learner's is another one."""
    factors = np.unique(np.round(j.right, 9))
    few = len(factors) == 2 and 0 in factors
    return few and bool(np.isclose(j.theirs[..., None], factors).any(axis=-1).all())


def _describe_loss_gradient(name: str, j: Jacobians, where: str) -> Finding:
    """Describe the gradient of a loss: one factor for each of its entries."""
    at = int(np.argmax(np.abs(j.theirs - j.right)))
    entry, _ = j.describe_place(at)
    theirs, right = write_hidden(j.theirs.ravel()[at]), write_hidden(j.right.ravel()[at])
    return Finding(
        Code.FORMULA,
        f"{name} is dy times a slope, as it should be; the slope is wrong: {where} it is {theirs} at {entry}, where "
        f"{right} is right.",
        "another slope",
    )


def _describe_nonlinear(evidence: Evidence) -> Finding:
    return Finding(
        Code.FORMULA,
        f"{evidence.gradient} is no sum of multiples of dy: by the chain rule every term has exactly one factor dy.",
        "not linear in dy",
    )


def _is_readable(trial: Trial) -> bool:
    finite = np.isfinite(trial.numbers.got).all() and np.isfinite(trial.numbers.expected).all()
    dy = trial.case.dy
    if dy is None or np.asarray(dy).dtype != np.float64:
        return False
    one_column = np.ndim(dy) == 0  # a loss is asked once
    return bool(finite and (one_column or np.size(dy) + trial.numbers.expected.size <= MAX_READ_ENTRIES))


def _read_jacobian(trial: Trial, ask) -> np.ndarray | None:
    """Read the Jacobian column by column; None where a unit vector as dy changes the kind of answer."""
    dy = np.asarray(trial.case.dy)
    columns = []
    for index in np.ndindex(dy.shape):
        unit = np.zeros_like(dy)
        unit[index] = 1.0
        column = ask(replace(trial.case, dy=unit[()]))
        if column is None or column.shape != trial.numbers.expected.shape or not np.isfinite(column).all():
            return None
        columns.append(np.asarray(column, np.float64).ravel())
    return np.stack(columns, axis=1)


def _is_linear_in_dy(trial: Trial, theirs: np.ndarray) -> bool:
    got = trial.numbers.got.ravel()
    size = max(np.abs(got).max(initial=0.0), 1e-6 * trial.numbers.scale)
    return np.allclose(theirs @ np.ravel(trial.case.dy), got, rtol=1e-5, atol=1e-5 * size)


def _mark_other_samples(evidence: Evidence, j: Jacobians) -> np.ndarray | None:
    """Mark the pairs of entries of different samples; None where the gradient has no samples of its own."""
    shape, of_dy = j.trial.numbers.expected.shape, np.shape(j.trial.case.dy)
    if not shape or not of_dy or shape[0] != of_dy[0] or not evidence.is_data_gradient:
        return None
    problem, of_input = evidence.problem, evidence.problem.oracle.wrt[evidence.gradient]
    if name_first_axis("dy", len(of_dy), problem) != name_first_axis(of_input, len(shape), problem):
        return None  # boxes and images are not the same, though there may be as many of both
    rows = np.repeat(np.arange(shape[0]), int(np.prod(shape[1:])))
    columns = np.repeat(np.arange(of_dy[0]), int(np.prod(of_dy[1:])))
    apart = rows[:, None] != columns[None, :]
    return apart if not (apart & (np.abs(j.right) > 0)).any() else None
