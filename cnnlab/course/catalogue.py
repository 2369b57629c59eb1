"""Every operation and exercise by name. A new topic is a file in topics/ and an entry of TOPICS."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from cnnlab.course.exercise import Exercise, Operation
from cnnlab.course.topics import (
    activations,
    attention,
    bridge,
    conv,
    conv_transpose,
    detection,
    dropout,
    first,
    gan,
    graph,
    grid_loss,
    hunt,
    limits,
    linear,
    losses,
    network,
    norm,
    numeric,
    optim,
    own_layer,
    penalty,
    pool,
    recurrent,
    resample,
    residual,
    scalar_graph,
    shapes,
    unfold,
)
from cnnlab.errors import CnnlabError, WrongType

#: The topics, in the order of the course; OPERATIONS, EXERCISES and CHAPTERS are computed from them.
TOPICS = (
    *(first, shapes, scalar_graph, numeric, activations, linear, losses, conv, unfold, pool, network, bridge),
    *(optim, penalty, dropout, norm, conv_transpose, resample, detection, grid_loss, gan, residual, limits),
    *(recurrent, graph, attention, hunt, own_layer),
)

OPERATIONS: tuple[Operation, ...] = tuple(operation for topic in TOPICS for operation in topic.OPERATIONS)

EXERCISES: dict[str, Exercise] = {e.name: e for operation in OPERATIONS for e in operation.exercises}

CHAPTERS: tuple[str, ...] = tuple(sorted({e.chapter for e in EXERCISES.values() if not e.optional}))


class NoSuchExercise(CnnlabError, LookupError):
    """A name that is not in the catalogue; the message lists similar names."""


def exercise(name: str) -> Exercise:
    """Return the exercise of a function's name."""
    if name in EXERCISES:
        return EXERCISES[name]
    raise NoSuchExercise(_describe_unknown_name(name, list(EXERCISES)))


def operation(name: str) -> Operation:
    """Return the op of that name."""
    found = next((o for o in OPERATIONS if o.name == name), None)
    if found:
        return found
    raise NoSuchExercise(_describe_unknown_name(name, [o.name for o in OPERATIONS]))


def chapter(name: str) -> tuple[Exercise, ...]:
    """Return the exercises that a chapter asks for, by its number ("ch08") or full name ("ch08_convolution_backward").

    Optional exercises are not among them, so that a learner who leaves them out passes the chapter.
    """
    number = str(name).partition("_")[0]
    if number in CHAPTERS:
        return tuple(e for e in EXERCISES.values() if e.chapter == number and not e.optional)
    raise NoSuchExercise(_describe_unknown_name(name, list(CHAPTERS)))


def list_graded_exercises(name: str, grade_ids: Collection[str] | None = None) -> tuple[Exercise, ...]:
    """Return the exercises of a chapter that the grading worker judges: not those that a person marks.

    grade_ids: the graded cells of the notebook that was released, which an older version may have made; then only the
    exercises that it asks for are returned, also those that another chapter asks for now.
    """
    now = tuple(e for e in chapter(name) if not e.by_hand)
    if grade_ids is None:
        return now
    number = str(name).partition("_")[0]
    moved = [e for e in EXERCISES.values() if e.formerly == number and not e.by_hand]
    return tuple(e for e in (*now, *moved) if e.grade_id in grade_ids)


def find(what: str) -> tuple[Exercise, ...]:
    """Return the exercises that a name stands for: a function's, an op's, a topic's or a chapter's."""
    if not isinstance(what, str):
        raise WrongType(
            f"what to check is {what!r}; a name is needed, such as 'conv2d_weight_grad', 'conv2d' or 'ch08'"
        )
    if what in EXERCISES:
        return (EXERCISES[what],)
    for found in (o.exercises for o in OPERATIONS if o.name == what):
        return found
    if what.partition("_")[0] in CHAPTERS:
        return chapter(what)
    by_topic = tuple(e for e in EXERCISES.values() if e.topic == what)
    if by_topic:
        return tuple(e for e in by_topic if not e.optional) or by_topic
    raise NoSuchExercise(_describe_unknown_name(what, [*EXERCISES, *(o.name for o in OPERATIONS), *CHAPTERS]))


def _describe_unknown_name(name: str, names: list[str]) -> str:
    known = list(dict.fromkeys(names))  # an op of one function has the function's name
    near = get_close_matches(str(name), known, n=3, cutoff=0.5)
    listed = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    return f"the course has no {name!r}; {listed}"
