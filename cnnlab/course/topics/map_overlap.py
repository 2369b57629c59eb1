"""Chapter 14: mean intersection over union of maps of classes. What is asked of mean_iou in detection.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnnlab.course.cases.boxes import MAP_PROPERTIES, plan_map_cases
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, ExpectedError, Oracle, Problem, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall

# PyTorch counts pairs of classes in one table; NumPy's side collects the cells of every class in sets.


def _expect(average: Callable[[Case], float]) -> Callable[[Case], Expected]:
    """Return the mean, or the promise of the docstring's ValueError where there is no class to take it over."""

    def expect(case: Case) -> Expected:
        pred, target, classes = case.inputs["pred"], case.inputs["target"], case.inputs["classes"]
        if pred.shape != target.shape or any(m.size and not 0 <= m.min() <= m.max() < classes for m in (pred, target)):
            raise ValueError(f"pred and target need classes from 0 to {classes - 1}, in arrays of one shape")
        if not pred.size:
            return ExpectedError.promise("mean", why="no cell has a class, so that there is nothing to average")
        return Expected(None, {"mean": np.array(float(average(case)))})

    return expect


def _average_by_table(case: Case) -> float:
    import torch

    k = case.inputs["classes"]
    pred, target = (torch.tensor(case.inputs[name].astype(np.int64).ravel()) for name in ("pred", "target"))
    table = torch.bincount(k * target + pred, minlength=k * k).reshape(k, k)
    union = table.sum(0) + table.sum(1) - table.diag()
    return float((table.diag()[union > 0].double() / union[union > 0]).mean())


def _average_by_sets(case: Case) -> float:
    found = []
    for k in range(case.inputs["classes"]):
        said, there = (set(np.flatnonzero(case.inputs[name] == k)) for name in ("pred", "target"))
        if said | there:
            found.append(len(said & there) / len(said | there))
    return sum(found) / len(found)


class _Counts(NamedTuple):
    """For each class how many cells have it in both maps, in the prediction, and in the target."""

    both: np.ndarray
    said: np.ndarray
    there: np.ndarray

    @property
    def either(self) -> np.ndarray:
        return self.said + self.there - self.both


def _count(pred: np.ndarray, target: np.ndarray, classes: int) -> _Counts:
    masks = [(pred == k, target == k) for k in range(classes)]
    return _Counts(
        *(np.array([np.sum(m) for m in each]) for each in zip(*((p & t, p, t) for p, t in masks), strict=True))
    )


def _use_counts(formula: Callable[[_Counts], float | np.floating]):
    """A wrong formula of the counts of each class."""

    def compute(case: Case, right) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.array(float(formula(_count(**case.inputs))))

    return compute


def _average_images(case: Case, right) -> np.ndarray:
    """The mean over the images of each image's mean."""
    pred, target, classes = case.inputs.values()
    each = [_count(p, t, classes) for p, t in zip(pred, target, strict=True)]
    return np.array(np.mean([np.mean((c.both / np.maximum(c.either, 1))[c.either > 0]) for c in each]))


def _number_pairs_in_own_type(first: str, second: str):
    """The mean from a table of pairs, classes * first + second, which overflow in the type of the maps."""

    def compute(case: Case, right) -> np.ndarray | None:
        k, kind = case.inputs["classes"], case.inputs["pred"].dtype
        if not case.inputs["pred"].size:
            return None
        pairs = (k * case.inputs[first].astype(np.int64) + case.inputs[second]).astype(kind)
        table = np.bincount(pairs.ravel(), minlength=k * k).reshape(k, k)
        counts = _Counts(np.diag(table), table.sum(axis=0), table.sum(axis=1))
        return np.array(_average(counts, counts.either, counts.either))

    return compute


def _average(counts: _Counts, over: np.ndarray, of: np.ndarray, absent: float | None = None) -> float:
    """Return the mean of both / over, of the classes that there are in `of`; the others count as `absent`."""
    there = of > 0
    ratio = counts.both[there] / np.maximum(over[there], 1)
    return float(np.mean(ratio)) if absent is None else float((ratio.sum() + absent * np.sum(~there)) / len(of))


RIVALS = tuple(
    Rival("mean", code, sentence, compute)
    for code, sentence, compute in (
        (
            "reduction",
            "mean_iou takes the mean over the images of each image's mean: the cells of a class are counted over the "
            "whole batch first.",
            _average_images,
        ),
        (
            "formula",
            "mean_iou counts a class that is in neither map as 0: such a class is left out of the mean.",
            _use_counts(lambda c: _average(c, c.either, c.either, 0.0)),
        ),
        (
            "formula",
            "mean_iou counts a class that is in neither map as 1: such a class is left out of the mean.",
            _use_counts(lambda c: _average(c, c.either, c.either, 1.0)),
        ),
        (
            "formula",
            "mean_iou is the share of cells that are right, the accuracy: it is computed for each class, and then "
            "averaged.",
            _use_counts(lambda c: c.both.sum() / c.there.sum()),
        ),
        (
            "formula",
            "mean_iou is the mean over the classes of the share of the target's cells that are found: cells that only "
            "the prediction has belong to the union too.",
            _use_counts(lambda c: _average(c, c.there, c.there)),
        ),
        (
            "formula",
            "mean_iou divides by the cells of the target, and takes 0 for a class that only the prediction has: cells "
            "that only the prediction has belong to the union too.",
            _use_counts(lambda c: _average(c, c.there, c.either)),
        ),
        (
            "formula",
            "mean_iou divides by the cells of the prediction: cells that only the target has belong to the union too.",
            _use_counts(lambda c: _average(c, c.said, c.said)),
        ),
        (
            "formula",
            "mean_iou divides by the cells of the prediction, and takes 0 for a class that only the target has: cells "
            "that only the target has belong to the union too.",
            _use_counts(lambda c: _average(c, c.said, c.either)),
        ),
        (
            "formula",
            "mean_iou is the mean Dice coefficient, twice the intersection over the sum of both counts.",
            _use_counts(lambda c: 2 * _average(c, c.said + c.there, c.either)),
        ),
        (
            "formula",
            "mean_iou divides by the sum of both counts: the union holds the intersection once, so it is taken off.",
            _use_counts(lambda c: _average(c, c.said + c.there, c.either)),
        ),
        (
            "formula",
            "mean_iou divides the sum of the intersections by the sum of the unions: each class has its own ratio, and "
            "the mean is over the ratios.",
            _use_counts(lambda c: c.both.sum() / c.either.sum()),
        ),
        (
            "formula",
            "mean_iou leaves out a class that the prediction has and the target has not: its union has cells, and its "
            "ratio is 0.",
            _use_counts(lambda c: _average(c, c.either, c.there)),
        ),
        (
            "formula",
            "mean_iou leaves out a class that the target has and the prediction has not: its union has cells, and its "
            "ratio is 0.",
            _use_counts(lambda c: _average(c, c.either, c.said)),
        ),
        (
            "formula",
            "mean_iou leaves out a class without a right cell: its ratio is 0, and it counts.",
            _use_counts(lambda c: _average(c, c.either, c.both)),
        ),
        (
            "formula",
            "mean_iou leaves out a class without a right cell: its ratio is 0, and it counts.",
            _use_counts(lambda c: _average(c, c.either, c.both) if c.both.any() else 0.0),
        ),
        (
            "formula",
            "mean_iou leaves out class 0: the background is a class as the others are.",
            _use_counts(lambda c: _average(_Counts(*(n[1:] for n in c)), c.either[1:], c.either[1:])),
        ),
        (
            "formula",
            "mean_iou leaves out the last class: the classes are 0 to classes − 1.",
            _use_counts(lambda c: _average(_Counts(*(n[:-1] for n in c)), c.either[:-1], c.either[:-1])),
        ),
        (
            "formula",
            "mean_iou weighs each class by its cells in the target: every class counts alike.",
            _use_counts(lambda c: float(np.sum(c.there * c.both / np.maximum(c.either, 1)) / c.there.sum())),
        ),
        *(
            (
                "dtype",
                "mean_iou multiplies class numbers by classes in the maps' own type, and uint8 holds no number above "
                "255: convert them with astype(int) first.",
                _number_pairs_in_own_type(first, second),
            )
            for first, second in (("target", "pred"), ("pred", "target"))
        ),
    )
)

MEAN_IOU = Operation(
    "mean_iou",
    "detection",
    "ch14",
    (
        Exercise(
            op="mean_iou",
            topic="detection",
            chapter="ch14",
            points=2,
            where="chapter 14, step 2",
            hints=(
                "Take one class. Which cells does the prediction give it, which the target? How many are in both, and "
                "how many in at least one of the two?",
                "For each class from 0 to classes − 1, count both over the whole batch and divide. A class that is in "
                "neither map has nothing to divide by, and is left out.",
                "(pred == k) & (target == k) and (pred == k) | (target == k), each summed over everything. Collect the "
                "ratios in a list; raise the ValueError where it stays empty, and else return its mean as a float.",
            ),
            problem=Problem(
                "mean_iou",
                FunctionCall("mean_iou", ("pred", "target", "classes")),
                ("mean",),
                Oracle(
                    plan_map_cases,
                    by_pytorch=_expect(_average_by_table),
                    by_numpy=_expect(_average_by_sets),
                    properties=MAP_PROPERTIES,
                ),
                RIVALS,
            ),
        ),
    ),
)
