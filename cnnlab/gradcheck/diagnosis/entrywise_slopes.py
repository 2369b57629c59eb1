"""Entry by entry: dx[k] is dy[k] times a slope; the learner's slopes are read off and compared with the right ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial, matches
from cnnlab.gradcheck.wording import write_hidden

#: Slopes that pass a gradient on as it is or with one other factor: whoever mixes those up has the wrong mask.
MAX_SLOPE_KINDS = 2


def find_entrywise_error(evidence: Evidence) -> Finding | None:
    """Find a wrong mask or a wrong slope where both gradients act entry by entry on dy."""
    trials = [t for t in evidence.failing if np.isfinite(t.numbers.got).all()]
    if not trials or not all(_has_shape_of_dy(t) for t in trials) or any(np.any(t.case.dy == 0) for t in trials):
        return None
    if not all(_acts_entrywise(t, ask) for t in trials[:3] for ask in (evidence.right, evidence.run)):
        return None
    name, own_kind = evidence.gradient, _has_known_slopes(evidence, trials)
    if not all(_is_proportional(t, evidence.run) for t in trials):
        return _describe_use_of_dy(name, trials, own_kind)
    trial = trials[0]
    theirs, right = _compute_slopes(trial, "got"), _compute_slopes(trial, "expected")
    at = np.unravel_index(int(np.argmax(np.abs(theirs - right))), right.shape)
    got, expected = write_hidden(theirs[at]), write_hidden(right[at])
    where = f"in “{trial.case.name}” it is {got} at {_format_index(at)}, where {expected} is right."
    if own_kind:
        return Finding(
            Code.MASK,
            f"{name} is dy times a slope, and each is one of the right slopes, but not its own: {where}",
            "mask",
        )
    return Finding(
        Code.FORMULA,
        f"{name} is dy times a slope, entry by entry, as it should be; the slope is wrong: {where}",
        "slope",
    )


def _has_known_slopes(evidence: Evidence, trials: list[Trial]) -> bool:
    """Whether all slopes are from the few that are right somewhere with the same options."""
    known: dict[str, np.ndarray] = {}
    for trial in evidence.trials:
        if _has_shape_of_dy(trial) and np.all(trial.case.dy):
            options = repr(sorted(trial.case.options.items()))
            slopes = np.append(known.get(options, []), _compute_slopes(trial, "expected"))
            known[options] = np.unique(np.round(slopes, 6) + 0.0)
    few = all(len(slopes) <= MAX_SLOPE_KINDS for slopes in known.values())
    return few and all(
        np.isclose(
            _compute_slopes(t, "got")[..., None],
            np.append(known[repr(sorted(t.case.options.items()))], 0.0),  # what does not pass at all has slope 0
            rtol=1e-5,
            atol=1e-6,
        )
        .any(axis=-1)
        .all()
        for t in trials
    )


def _describe_use_of_dy(name: str, trials: list[Trial], own_kind: bool) -> Finding:
    """Describe a gradient that is not proportional to dy: masked by dy itself, or dy in another power."""
    got, right, dy = (
        np.concatenate([np.ravel(a) for a in arrays])
        for arrays in (
            [t.numbers.got for t in trials],
            [t.numbers.expected for t in trials],
            [np.asarray(t.case.dy, np.float64) for t in trials],
        )
    )
    signs = [_agree(got[dy > 0], right[dy > 0]), _agree(got[dy < 0], right[dy < 0])]
    if any(signs):
        where = "above" if signs[0] else "below"
        return Finding(
            Code.MASK,
            f"{name} is right where dy is {where} 0 and wrong elsewhere: what passes must not depend on dy's own sign.",
            "masked by dy",
        )
    if own_kind:
        return Finding(
            Code.MASK,
            f"{name} is dy times one of the right slopes, chosen by dy: which entries pass depends on the input alone.",
            "masked by dy",
        )
    return Finding(
        Code.FORMULA,
        f"{name} does not become twice as large when dy does: by the chain rule every term has exactly one factor dy.",
        "not linear in dy",
    )


def _agree(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(a.size) and np.allclose(a, b, rtol=1e-5, atol=1e-9)


def _has_shape_of_dy(trial: Trial) -> bool:
    return trial.case.dy is not None and np.shape(trial.case.dy) == trial.numbers.expected.shape != ()


def _acts_entrywise(trial: Trial, ask) -> bool:
    """Whether an entry of the gradient stays what it is when every second entry of dy becomes another."""
    dy = np.array(trial.case.dy)
    if dy.size < 2:
        return True
    second = (np.arange(dy.size) % 2 == 1).reshape(dy.shape)
    before, after = ask(trial.case), ask(replace(trial.case, dy=np.where(second, 3 * dy + 1, dy).astype(dy.dtype)))
    return after is not None and before is not None and _agree(np.asarray(before)[~second], np.asarray(after)[~second])


def _is_proportional(trial: Trial, ask) -> bool:
    dy = np.asarray(trial.case.dy)
    again = ask(replace(trial.case, dy=(-2 * dy).astype(dy.dtype)))
    return again is not None and matches(again, -2 * trial.numbers.got, trial.case.tolerance)


def _compute_slopes(trial: Trial, which: str) -> np.ndarray:
    return getattr(trial.numbers, which) / np.asarray(trial.case.dy, np.float64)


def _format_index(at: tuple) -> str:
    return f"[{', '.join(str(int(k)) for k in at)}]"
