"""The gears of the course's LeNet, and which of them the learner has written and checked."""

from __future__ import annotations

from pathlib import Path

from cnnlab.course import catalogue, passes
from cnnlab.gradcheck.exercise_place import GearTrain

#: In the order of the way back, from the loss to the step that changes the parameters.
LENET_GEARS = (
    "cross_entropy_backward",
    "linear_backward",
    "relu_backward",
    "flatten_backward",
    "max_pool2d_backward",
    "conv2d_input_grad",
    "conv2d_weight_grad",
    "conv2d_bias_grad",
    "sgd_step",
)


def find_gear_train(names: tuple[str, ...], folder: Path) -> GearTrain | None:
    """Return the train of gears, or None where none of these exercises is a gear of LeNet.

    names: of the exercises that a check is about.   folder: of the learner's files.
    """
    new = frozenset(names) & frozenset(LENET_GEARS)
    if not new:
        return None
    exercises = map(catalogue.exercise, LENET_GEARS)
    mine = frozenset(e.name for e in exercises if passes.has_passed(e.name, folder, e.topic))
    return GearTrain(LENET_GEARS, mine, new)
