"""Chapter 19: a layer of one's own. What is asked of own_layer.py, where even the forward is the learner's."""

from __future__ import annotations

from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.own_layer.judge import judge_own_layer
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.gradcheck.problem import Oracle
from cnnlab.gradcheck.runner.calls import Call

VERSIONS = ("own_layer_wrong_1", "own_layer_wrong_2", "own_layer_wrong_3")

OWN_LAYER = Exercise(
    op="own_layer",
    topic="own_layer",
    chapter="ch19",
    points=4,
    where="chapter 19, project 2",
    hints=(
        "In which ways does each input reach y? Write them down, one line for each use; its gradient is a sum with as "
        "many terms.",
        "Check one input alone: take a case with a single sample and small numbers, compute its gradient by hand, and "
        "print what own_layer_backward gives. An input that every sample shares gets a sum over the samples.",
        "For a wrong version, leave out one term of a sum, forget one factor, or average where you should add up. It "
        "is right where that term is 0 or that factor 1; a case with several samples and no special numbers rejects "
        "it.",
    ),
    problem=OwnLayerProblem(
        "own_layer_backward",
        Call("own_layer_forward", "own_layer_backward"),
        ("gradients", *VERSIONS),
        Oracle(lambda seed: ()),
        cases="own_layer_cases",
        versions=VERSIONS,
        judge_with=judge_own_layer,
    ),
)

OPERATIONS = (Operation("own_layer", "own_layer", "ch19", (OWN_LAYER,)),)
