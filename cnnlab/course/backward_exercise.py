"""Define an op whose exercise is its whole backward: the forward is given, and one function is to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

import numpy as np

from cnnlab import loader
from cnnlab.course.cases.planning import FLOAT32, LAYOUT, Spec, plan
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Freedom, Gradients, Oracle, Problem, Property, Rival, Sum
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.runner.calls import Call


def sizes_of_dy(case: Case) -> Mapping[str, float]:
    """Return what every op can count: the samples, and the entries of a sample and of all."""
    shape = np.shape(case.dy)
    samples, entries = (shape[0] if shape else 1), prod(shape)
    return {
        "N": samples,
        "the number of entries of a sample": entries / max(samples, 1),
        "the number of entries": entries,
    }


def define_operation(
    name: str,
    *,
    topic: str,
    chapter: str,
    points: int,
    where: str,
    hints: tuple[str, str, str],
    wrt: Mapping[str, str],
    base: Spec,
    core: Mapping[str, Spec],
    general: Mapping[str, Spec],
    torch_forward: Callable | None = None,
    linear: tuple[str, ...] = (),
    properties: tuple[Property, ...] = (),
    quantities: Callable[[Case], Mapping[str, float]] = sizes_of_dy,
    freedom: Callable[[Case], Mapping[str, Freedom]] = lambda case: {},
    rivals: tuple[Rival, ...] = (),
    sums: tuple[Sum, ...] = (),
    may_view: bool = False,
    tolerance: float | None = None,
    reference: Callable | None = None,
    at_points: Callable | None = None,
    axes: Mapping[str, str] = {},
    formula: Callable[[Case], Gradients] | None = None,
    optional: bool = False,
    formerly: str = "",
    needs: str = "",
) -> Operation:
    """Return the op `name`, with the one exercise `name`_backward.

    torch_forward: (*tensors, **options) -> tensor, where it is not simply torch.nn.functional's of this name.
    reference: the forward, where the one that was handed out calls an exercise.   axes: as in Oracle, the words of an
    array in one string.   optional: whether a learner may leave it out; it is worth 0 points then.   formerly, needs:
    as in Exercise.   The rest as in Spec, Oracle, Problem.
    """

    def run_handed_out_forward(*inputs, **options):
        return loader.load_stub_function(topic, f"{name}_forward")(*inputs, **options)

    reference = reference or run_handed_out_forward
    properties = (*properties, FLOAT32, LAYOUT)
    oracle = Oracle(
        plan(reference, base, core, general, tolerance, properties),
        wrt,
        reference,
        pytorch.VJP(torch_forward or pytorch.functional(name), wrt),
        frozenset(linear),
        properties,
        quantities,
        freedom,
        at_points=at_points,
        axes={array: tuple(words.split()) for array, words in axes.items()},
        formula=formula,
    )
    problem = Problem(
        f"{name}_backward", Call(f"{name}_forward", f"{name}_backward"), tuple(wrt), oracle, rivals, may_view, sums=sums
    )
    exercise = Exercise(
        name, topic, chapter, points, where, hints, problem, optional=optional, formerly=formerly, needs=needs
    )
    return Operation(name, topic, chapter, (exercise,), problem)
