"""Smaller comparisons of two networks' gradients (chapter 11), to show the smallest one that fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from cnnlab.gradcheck.case import Case

Named = Mapping[str, np.ndarray | None]

#: Numbers whose lengths are whole: 5 and 10, and their difference is as long as 5.
PLAIN = {"ours": (3.0, 4.0), "theirs": (6.0, 8.0)}


def propose_smaller_comparisons(case: Case) -> Iterator[Case]:
    """Yield the case of compare_gradients with fewer names, shorter arrays, and plain numbers."""
    ours, theirs = case.inputs["ours"], case.inputs["theirs"]
    names = list(dict.fromkeys((*theirs, *ours)))
    kept_names = [[name] for name in names] + [[n for n in names if n != name] for name in names]
    for kept in kept_names if len(names) > 1 else ():
        yield _change_inputs(case, *({n: v for n, v in side.items() if n in kept} for side in (ours, theirs)))
    for count in (1, 2):
        if any(v is not None and v.size > count for v in (*ours.values(), *theirs.values())):
            yield _change_inputs(case, *(_cut_arrays(side, count) for side in (ours, theirs)))
    if all(v is None or (v.ndim == 1 and v.size <= 2) for v in (*ours.values(), *theirs.values())):
        plain = [{n: _make_plain(v, PLAIN[which]) for n, v in case.inputs[which].items()} for which in PLAIN]
        yield replace(_change_inputs(case, *plain), layout="plain")


def _change_inputs(case: Case, ours: Named, theirs: Named) -> Case:
    return replace(case, inputs={"ours": dict(ours), "theirs": dict(theirs)})


def _cut_arrays(side: Named, count: int) -> Named:
    return {name: None if v is None else v.reshape(-1)[:count] for name, v in side.items()}


def _make_plain(value: np.ndarray | None, numbers: tuple[float, ...]) -> np.ndarray | None:
    return None if value is None else np.array(numbers[: value.size])
