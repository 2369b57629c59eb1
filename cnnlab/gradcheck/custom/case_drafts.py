"""Draft cases from a user's inputs: the same call with one property changed at a time.

The inputs are all that is known of the op, so whatever it may refuse (one sample, a narrower image, zeros) is only
proposed here; gradcheck leaves out, and counts, what the forward does not take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import CORE, GENERAL, ROUNDED, Case, Stage, generator, normals
from cnnlab.gradcheck.problem import Property

#: Relative errors of float32 arithmetic on numbers of any kind; the other cases keep to ROUNDED.
FLOAT32_ROUNDED = 1e-4

BATCH = Property("more than one sample", "reduction", "batch")
LAYOUT = Property("arrays that are not in row order", "geometry", "memory layout")
#: What can be said of the cases that fail, whatever the op. A code of "" says it in words and makes no diagnosis of it.
PROPERTIES = (
    BATCH,
    LAYOUT,
    Property("float32", "dtype", "float32"),
    Property("the last axis cut", "", ""),
    Property("zeros among the numbers", "", ""),
    Property("larger numbers", "", ""),
    Property("smaller numbers", "", ""),
)
#: The cases whose numbers are of another size than the caller's, for which the forward may not be made.
OTHER_SIZES = frozenset({"larger numbers", "smaller numbers"})


@dataclass(frozen=True)
class Draft:
    """A case without its upstream gradient, whose shape is known only after the forward has run.

    upstream: (generator, shape) -> dy.   planned: proposed here, and not asked for by the caller.
    samples: what y.shape[0] must be for the case to be what its name says, or None.
    """

    case: Case
    upstream: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray] = normals
    planned: bool = True
    samples: int | None = None


def draw_one_entry(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw dy with one non-zero entry: any misplaced gradient shows."""
    dy = np.zeros(shape)
    if dy.size:
        dy.reshape(-1)[rng.integers(dy.size)] = 1.0 + rng.random()
    return dy


def draft_cases(first: Case, wrt: Sequence[str], y_shape: tuple[int, ...], seed: int) -> list[Draft]:
    """Propose the given case first, then cases that differ from it in one thing each."""
    batched = _count_samples(first, wrt) > 1
    first = replace(first, has=frozenset({BATCH.label} if batched else ()))

    def case(
        name: str, stage: Stage, change: Callable[[np.random.Generator, np.ndarray], Any], label: str = ""
    ) -> Draft:
        rng = generator(seed, name)
        inputs = {k: change(rng, v) if k in wrt and v is not None else v for k, v in first.inputs.items()}
        has = first.has | ({label} if label else set())
        return Draft(replace(first, name=name, stage=stage, inputs=inputs, has=has, varies=has ^ first.has))

    def draft_change(name: str, **changed: Any) -> Draft:
        label = LAYOUT.label if changed.get("layout") in ("strided", "fortran") else ""
        draft = case(name, GENERAL, lambda rng, v: v, label)
        return replace(draft, case=replace(draft.case, **changed))

    drafts = [
        Draft(first, planned=False),
        replace(case("another upstream gradient", CORE, lambda rng, v: v), planned=False),
        replace(case("one entry of dy, the others 0", CORE, lambda rng, v: v), upstream=draw_one_entry, planned=False),
        case("the same numbers in another order", CORE, _shuffle),
        case("numbers moved a little", CORE, _move_slightly),
        *_draft_smaller_cases(first, wrt, y_shape),
        case("zeros among the numbers", GENERAL, _zero_some_entries, "zeros among the numbers"),
        case("64 times as large", GENERAL, lambda rng, v: 64 * v, "larger numbers"),
        case("256 times smaller", GENERAL, lambda rng, v: v / 256, "smaller numbers"),
        draft_change("read-only arrays", layout="read-only"),
    ]
    if any(isinstance(v, np.ndarray) and v.ndim for v in first.inputs.values()):
        drafts += [draft_change("arrays with gaps in memory", layout="strided")]
    if any(isinstance(v, np.ndarray) and v.ndim > 1 for v in first.inputs.values()):
        drafts += [draft_change("arrays in column order", layout="fortran")]
    if first.precision == 8:
        draft = case("float32", GENERAL, lambda rng, v: v, "float32")
        inputs = {k: _narrow_to_float32(v) for k, v in draft.case.inputs.items()}
        drafts += [replace(draft, case=replace(draft.case, inputs=inputs, tolerance=FLOAT32_ROUNDED))]
    return drafts


def cases_from_user(cases: Any, names: Sequence[str], options: Mapping[str, Any]) -> list[Draft]:
    """Read the caller's cases: Case objects, or a mapping from a name to its inputs, with options as a last dict.

    What an option is, where it differs from the first case's, becomes a property that can separate the failing cases.
    Raises TypeError or ValueError for anything else.
    """
    drafts = [Draft(case, planned=False) for case in _parse_cases(cases, names, options)]
    if not drafts:
        raise ValueError("cases is empty; give at least one, or None for cases planned around the inputs")
    usual = drafts[0].case.options
    return [_label_draft(d, usual, drafts[0].case) for d in drafts]


def option_properties(drafts: Sequence[Draft]) -> tuple[Property, ...]:
    """Make one property for every value of an option that some case has and the first has not."""
    usual = drafts[0].case.options
    pairs = {label: key for d in drafts for key, label in _find_changed_options(usual, d.case.options)}
    return tuple(Property(label, "option", key) for label, key in pairs.items())


def _parse_cases(cases: Any, names: Sequence[str], options: Mapping[str, Any]) -> Iterator[Case]:
    if isinstance(cases, Mapping):
        for name, given in cases.items():
            if not isinstance(given, tuple):
                raise TypeError(
                    f"the case {name!r} is a {type(given).__name__}; a tuple of the forward's inputs is needed"
                )
            own = given[-1] if given and isinstance(given[-1], Mapping) else {}
            inputs = given[:-1] if given and isinstance(given[-1], Mapping) else given
            if len(inputs) != len(names):
                raise ValueError(
                    f"the case {name!r} has {len(inputs)} inputs; {len(names)} are needed: {', '.join(names)}"
                )
            yield Case(str(name), CORE, dict(zip(names, inputs, strict=True)), {**options, **own}, tolerance=ROUNDED)
        return
    for case in cases:
        if not isinstance(case, Case):
            raise TypeError(
                f"cases holds a {type(case).__name__}; a Case is needed, or a mapping such as "
                "{'stride 2': (x, w, {'stride': 2})}"
            )
        if tuple(case.inputs) != tuple(names):
            raise ValueError(
                f"the case {case.name!r} has the inputs {', '.join(case.inputs)}; {', '.join(names)} are needed"
            )
        yield replace(case, options={**options, **case.options})


def _label_draft(draft: Draft, usual: Mapping[str, Any], first: Case) -> Draft:
    labels = {label for _, label in _find_changed_options(usual, draft.case.options)}
    has = draft.case.has | labels
    varies = draft.case.varies or has ^ first.has
    return replace(draft, case=replace(draft.case, has=has, varies=frozenset(varies)))


def _find_changed_options(usual: Mapping[str, Any], options: Mapping[str, Any]) -> list[tuple[str, str]]:
    keys = [k for k in {**usual, **options} if repr(usual.get(k)) != repr(options.get(k))]
    return [(k, f"{k}={options[k]!r}" if k in options else f"{k} left out") for k in keys]


def _count_samples(case: Case, wrt: Sequence[str]) -> int:
    value = case.inputs[wrt[0]]
    return len(value) if isinstance(value, np.ndarray) and value.ndim > 1 else 0


def _draft_smaller_cases(first: Case, wrt: Sequence[str], y_shape: tuple[int, ...]) -> Iterator[Draft]:
    """Propose one sample alone, and the last axis cut by one: of the first input, or of all of that size.

    Labels and masks, which are not differentiated, keep their last axis: a label cut off is none. A scalar y does not
    show whether labels of all samples are closed over; one sample is proposed only where something is cut with it.
    """
    n, main = _count_samples(first, wrt), first.inputs[wrt[0]]
    if n > 1 and (not y_shape or y_shape[0] == n):
        cuts = [("one sample", slice(0, 1)), ("the last sample alone", slice(-1, None))]
        for name, (who, inputs) in [(name, cut) for name, kept in cuts for cut in _cut_axis(first, wrt[0], 0, kept)]:
            beside = sum(inputs[k] is not v for k, v in first.inputs.items()) > 1
            if y_shape or (who == "all" and beside):  # a scalar y does not tell whether one input was stretched
                case = replace(first, name=name, inputs=inputs, has=frozenset(), varies=frozenset({BATCH.label}))
                yield Draft(case, samples=1 if y_shape else None)
    if isinstance(main, np.ndarray) and main.ndim and main.shape[-1] > 2:
        label = "the last axis cut"
        for who, inputs in _cut_axis(first, wrt[0], -1, slice(0, -1), wrt):
            if y_shape or who == "all":
                has = first.has | {label}
                yield Draft(
                    replace(first, name=label, stage=GENERAL, inputs=inputs, has=has, varies=frozenset({label}))
                )


def _cut_axis(
    first: Case, main: str, axis: int, kept: slice, among: Sequence[str] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the inputs with an axis of the main one cut, then of all of that size. among: which may be cut."""
    size = first.inputs[main].shape[axis]

    def cut(value: Any) -> Any:
        index = [slice(None)] * value.ndim
        index[axis] = kept
        return value[tuple(index)].copy()

    yield "one", {**first.inputs, main: cut(first.inputs[main])}
    arrays = {k: v for k, v in first.inputs.items() if isinstance(v, np.ndarray) and v.ndim}
    alike = [k for k, v in arrays.items() if v.shape[axis] == size and (among is None or k in among)]
    yield "all", {k: cut(v) if k in alike else v for k, v in first.inputs.items()}


def _shuffle(rng: np.random.Generator, value: np.ndarray) -> np.ndarray:
    return rng.permutation(value.reshape(-1)).reshape(value.shape)


def _move_slightly(rng: np.random.Generator, value: np.ndarray) -> np.ndarray:
    """Move numbers away from kinks and ties, where zeros and whole numbers lie, but stay in the domain."""
    size = float(np.abs(value).max(initial=0.0)) or 1.0
    return (value + 0.05 * size * rng.random(value.shape)).astype(value.dtype)


def _zero_some_entries(rng: np.random.Generator, value: np.ndarray) -> np.ndarray:
    return value * rng.integers(0, 2, value.shape).astype(value.dtype)


def _narrow_to_float32(value: Any) -> Any:
    """Return the value with every array of floats in it as float32."""
    if isinstance(value, dict):
        return {key: _narrow_to_float32(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
        return type(value)(_narrow_to_float32(item) for item in value)
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
