"""Chapter 19: the hunt. What is asked of hunt.py, whose ten functions are handed out with one mistake each.

Each is judged by the cases of the exercise whose gear it is, and scores only if it passes every one of them.
"""

from __future__ import annotations

from dataclasses import replace

from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics import activations, conv, dropout, linear, losses, norm, optim, pool

PREFIX, CHAPTER, POINTS = "repair_", "ch19", 2

#: The topics that the gears come from.
SOURCES = (losses, linear, dropout, activations, pool, norm, conv, optim)

GEARS = (
    "relu_backward",
    "linear_backward",
    "cross_entropy_backward",
    "conv2d_bias_grad",
    "conv2d_weight_grad",
    "conv2d_input_grad",
    "max_pool2d_backward",
    "batch_norm_backward",
    "dropout_backward",
    "momentum_step",
)


def _make_operation(original: Exercise) -> Operation:
    """Return the repair of a gear: the same cases, asked of the function in hunt.py."""
    name = PREFIX + original.name
    problem = replace(original.problem, name=name, call=replace(original.problem.call, function=name), whole=True)
    hints = (
        "Which parameters' gradients does this gear touch in the network of the chapter, and which does it not? Look "
        "for the run that differs from the right one exactly there.",
        "What does the run say of the mistake (chapter 19, steps 2 and 3): a factor, right numbers in wrong places, a "
        f"wrong mask, or a term that is missing? Derive the gradient once more ({original.where}), and look in the "
        "code where such a mistake can be.",
        f"If your own {original.name} of {original.topic}.py passes its check, it is right in the same cases: call "
        "both with the same small arrays, and look at where and by which factor they differ.",
    )
    exercise = Exercise(name, "hunt", CHAPTER, POINTS, "chapter 19, step 4", hints, problem)
    return Operation(name, "hunt", CHAPTER, (exercise,))


_ORIGINALS = {e.name: e for topic in SOURCES for operation in topic.OPERATIONS for e in operation.exercises}

OPERATIONS = tuple(_make_operation(_ORIGINALS[name]) for name in GEARS)
