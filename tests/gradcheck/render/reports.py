"""Reports of every kind, as a learner gets them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from cnnlab import check
from cnnlab.course import catalogue
from cnnlab.gradcheck.exercise_place import GearTrain
from cnnlab.gradcheck.report import Report
from cnnlab.loader import STUBS
from tests.rejects import conv

SOLUTIONS = Path(__file__).parents[3] / "solutions" / "ops"


def raise_error(dy):
    raise ValueError("operands could not be broadcast together with shapes (2,3) (4,)")


def double_weights(dy, cache):
    from solutions.ops.linear import linear_backward

    dx, dw, db = linear_backward(dy, cache)
    return dx, 2 * dw, db


MAKERS = {
    "conv": lambda: check("conv2d_input_grad", function=conv.kernel_turned_in_the_scatter_form, torch=False),
    "linear": lambda: check("linear_backward", function=double_weights, torch=False),
    "graph": lambda: check("topological_order", function=lambda nodes: list(range(len(nodes)))),
    "layers": lambda: check("count_parameters", function=lambda layers: 7),
    "number": lambda: check("conv_output_size", function=lambda size, kernel_size, **options: 3),
    "several values": lambda: check("receptive_field", function=lambda layers: (1, 1, 1)),
    "raises": lambda: check("conv2d_bias_grad", function=raise_error, torch=False),
    "NaN": lambda: check("conv2d_bias_grad", function=lambda dy: np.nan * dy.sum((0, 2, 3)), torch=False),
    "shape": lambda: check("conv2d_weight_grad", function=lambda *a, **o: np.zeros((1, 2)), torch=False),
    "core": lambda: check("conv2d_input_grad", function=conv.dilation_ignored, torch=False),
    "core asked for": lambda: check(
        "conv2d_bias_grad", function=lambda dy: dy.sum((0, 2, 3)), stage="core", torch=False
    ),
    "unwritten": lambda: check("conv2d_weight_grad", folder=STUBS),
    "right": lambda: check("cross_entropy_backward", folder=SOLUTIONS, torch=False),
    "no gear": lambda: check("sigmoid_backward", folder=SOLUTIONS, torch=False),
    "chapter": lambda: check("ch05", folder=SOLUTIONS, torch=False),
    "unwritten chapter": lambda: check("ch08", folder=STUBS),
    "public": lambda: make_report("conv").public(),
}

WRONG = ("conv", "linear", "graph", "layers", "number", "several values", "raises", "NaN", "shape", "core", "public")
PASSES = ("right", "no gear")


@cache
def make_report(name: str) -> Report:
    """Return the report of a name in MAKERS; each is made once."""
    return MAKERS[name]()


def name_a_train() -> GearTrain:
    """Return a train of which two gears are the learner's."""
    names = tuple(e.name for e in list(catalogue.EXERCISES.values())[:5])
    return GearTrain(names, frozenset(names[:2]), frozenset(names[1:2]))
