"""Not everything was added up: only one sample, or only one position."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.axis_words import holds_images, name_first_axis
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial
from cnnlab.gradcheck.wording import explain_index

#: What was kept of axis 0 of dy, and the words for it.
_KEPT_SAMPLES = (
    ((slice(0, 1),), "the first {one}"),
    ((slice(-1, None),), "the last {one}"),
    ((slice(0, -1),), "all but the last {one}"),
    ((slice(1, None),), "all but the first {one}"),
)

#: What was kept of the images of dy.
_KEPT_PLACES = (
    ((..., slice(0, 1), slice(0, 1)), "the first position of each image"),
    ((..., slice(0, 1), slice(None)), "the first row of each image"),
    ((..., slice(None), slice(0, 1)), "the first column of each image"),
)

#: Words for what lies along axis 0 of an array of which nothing more is known.
_OF_ANY_ARRAY = ("row", "index along axis 0")


def find_partial_sum(evidence: Evidence) -> Finding | None:
    """Find the gradient that the right backward gives for one sample or position of dy alone."""
    axes = min(np.ndim(t.case.dy) for t in evidence.trials)
    if axes < 2:
        return None
    one = name_first_axis("dy", axes, evidence.problem)
    words_for_one = "sample of the batch" if one == "sample" else f"{one} of dy" if one in _OF_ANY_ARRAY else one
    places = _KEPT_PLACES if holds_images("dy", axes, evidence.problem) else ()
    for index, words in (*((i, w.format(one=words_for_one)) for i, w in _KEPT_SAMPLES), *places):

        def formula(trial: Trial, index=index):
            kept = np.zeros_like(trial.case.dy)
            place = _find_samples(trial, index)
            kept[place] = trial.case.dy[place]
            return evidence.right(replace(trial.case, dy=kept))

        if evidence.matches_formula(formula):
            sentence = f"{evidence.gradient} counts only {words}; what is shared collects from all of them."
            if words.startswith("the last") and _has_index_array(evidence):
                sentence += f" {explain_index(evidence.gradient)}"
            return Finding(Code.REDUCTION, sentence, words)
    return None


def _has_index_array(evidence: Evidence) -> bool:
    """Whether an input holds whole numbers, by which entries may be picked several times."""
    inputs = evidence.trials[0].case.inputs.values()
    return any(isinstance(v, np.ndarray) and v.ndim > 0 and v.dtype.kind in "iu" for v in inputs)


def _count_from_front(evidence: Evidence, axes: tuple[int, ...]) -> list[str]:
    """Return the numbers of axes from the front, where all cases have as many."""
    counts = {t.numbers.expected.ndim for t in evidence.trials}
    return [str(axis + min(counts)) if len(counts) == 1 else str(axis).replace("-", "−") for axis in axes]


def _find_samples(trial: Trial, index: tuple) -> tuple:
    """Return the index of the samples, which lie along all axes but the last where a matrix w multiplied them."""
    of_matrix = np.ndim(trial.case.inputs.get("w", 0.0)) == 2
    return index * (np.ndim(trial.case.dy) - 1) if of_matrix and len(index) == 1 else index


def find_excess_sum(evidence: Evidence) -> Finding | None:
    """Find the right gradient summed or averaged over axes of its own as well."""
    if any(t.numbers.expected.ndim == 0 for t in evidence.trials):
        return None
    axes = range(-min(t.numbers.expected.ndim for t in evidence.trials), 0)
    choices = [None, *(c for count in range(1, len(axes) + 1) for c in combinations(axes, count))]
    for chosen in choices:
        for verb, reduce in (("summed", np.sum), ("averaged", np.mean)):

            def formula(trial: Trial, chosen=chosen, reduce=reduce):
                expected = trial.numbers.expected
                return np.broadcast_to(reduce(expected, axis=chosen, keepdims=True), expected.shape)

            if evidence.matches_formula(formula):
                axes_found = [] if chosen is None else _count_from_front(evidence, chosen)
                which = "all its own axes" if chosen is None else f"its own axis {' and '.join(axes_found)}"
                return Finding(
                    Code.REDUCTION,
                    f"{evidence.gradient} is {verb} over {which} as well: the numbers along it are all the same.",
                    "summed over the wrong axes",
                )
    return None
