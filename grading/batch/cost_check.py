"""Find out whether a right backward costs as much as differencing would: time one larger case on the judge's side.

A backward costs about as much as its forward. One that differences its forward, or probes it with a unit vector for
each entry, costs one forward for each entry, however the calls are hidden from a profiler: under another name, written
anew, with complex steps, or all unit vectors in one batch. So each exercise whose core cases are right is asked one
more case, with so many entries that as many forwards take far longer than the limit of a case. Written as plain loops,
the same backward takes a fraction of it.

What it takes is compared with the forward, timed just before and just after on the same machine, and not with a number
of seconds: a machine that is slow, or busy, slows both. Whoever takes too much is asked again, and the smaller counts.
No point depends on this: whoever gives no right answer in time, or takes too much twice, is named for a person to look
at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from math import log2, prod
from typing import Protocol

import numpy as np

from cnnlab.gradcheck.case import Case, generator
from cnnlab.gradcheck.compare import compare
from cnnlab.gradcheck.problem import Expected, Oracle, Problem
from cnnlab.gradcheck.reference import answer_key, pytorch
from cnnlab.gradcheck.runner.answer import Answer

#: Seconds that one forward for each entry takes: what a single differencing backward would need. A case asks for three.
DIFFERENCING_SECONDS = 4.0

#: The share of the time of one forward for each entry above which a person looks. Measured on a busy machine, right
#: ones take 0.17 at most (plain loops in Python, a whole Jacobian), and those that difference 2 to 5.
LARGEST_SHARE = 0.5

#: Entries of the largest gradient, and numbers in all inputs: what is worth asking, and what crosses the wire quickly.
MIN_ENTRIES, MAX_ENTRIES, MAX_NUMBERS = 4_000, 200_000, 1_000_000

#: Seconds of a forward with which the search for a larger case goes on; a few milliseconds are enough.
MAX_FORWARD_SECONDS = 0.02

#: Seconds of the forward of the plain case: above that no larger one is worth its time.
MAX_PLAIN_SECONDS = 0.005

#: Relative to the largest entry; a right answer computed in float32 inside, over sums of this size, stays below it.
TOLERANCE = 1e-3

#: Entries up to which the matrix from a layer's inputs to its outputs costs nothing worth avoiding.
SMALL_MATRIX = 1 << 24

#: A group of equal sizes in the plain case has at most so many axes; more would be too many ways to choose from.
MAX_AXES = 7

#: An axis: an input's name and the number of the axis.
Axis = tuple[str, int]


class Worker(Protocol):
    """A subject whose processor time the judge can read."""

    def run(self, case: Case) -> Answer: ...
    def processor_seconds(self) -> float | None: ...


@dataclass(frozen=True)
class LargerCase:
    """A case in which differencing is slow. entries: of its largest gradient.   forward_seconds: of one forward."""

    case: Case
    expected: Expected
    entries: int
    forward_seconds: float


def find_suspicion(problem: Problem, worker: Worker) -> str | None:
    """Return one sentence on why a person should look at the exercise's points, or None.

    The worker is asked one case, at most twice. Exercises without a forward, or of which no case is large enough, are
    not asked.
    """
    larger = draw_larger_case(problem.oracle, problem.gradients)
    if larger is None:
        return None
    asked = f"Asked a larger case, with {larger.entries:,} entries"
    found = _measure(problem.oracle, worker, larger)
    if found.share > LARGEST_SHARE:
        found = _measure(problem.oracle, worker, larger)  # whatever held it up may be over
    error = found.answer.error
    if error is None and not _is_right(found.answer, larger, problem):
        return f"{asked}, it gave another answer than the right one; read whether it knows the cases it is graded by."
    if error is None and found.share <= LARGEST_SHARE:
        return None
    compared = f"where its forward takes {found.forward_seconds * 1000:.2g} ms"
    if error is not None and error.kind != "timeout":
        return f"{asked}, {compared}, it gave no answer. Read whether it differences a forward."
    how_long = f"took {found.seconds:.1f} s" if error is None else "did not end in time"
    return (
        f"{asked}, it {how_long}, {compared}: that is what calling a forward once for each entry costs. Read whether "
        "it differences a forward, or is only slow."
    )


@dataclass(frozen=True)
class _Measured:
    """An answer, the processor seconds it took, those of one forward beside it, and its share of one for each entry."""

    answer: Answer
    seconds: float
    forward_seconds: float
    share: float


def _measure(oracle: Oracle, worker: Worker, larger: LargerCase) -> _Measured:
    """Ask the larger case, and time its forward before and after; the slower of the two counts."""
    earlier = _time_forward(oracle, larger.case)
    answer, seconds = _time_answer(worker, larger.case)
    forward = max(earlier, _time_forward(oracle, larger.case))
    return _Measured(answer, seconds, forward, seconds / (larger.entries * forward))


def _time_answer(worker: Worker, case: Case) -> tuple[Answer, float]:
    """Return a worker's answer and the processor seconds it took, or those on the clock where nobody counts them."""
    before, started = worker.processor_seconds(), time.monotonic()
    answer = worker.run(case)
    after, waited = worker.processor_seconds(), time.monotonic() - started
    return answer, waited if before is None or after is None else after - before


def _is_right(answer: Answer, larger: LargerCase, problem: Problem) -> bool:
    given = answer.grads if isinstance(answer.grads, tuple) else (answer.grads,)
    if len(given) != len(problem.gradients):
        return False
    for name, got in zip(problem.gradients, given, strict=True):
        right = larger.expected.grads[name]
        if right is None:
            continue
        if not isinstance(got, np.ndarray) or got.shape != right.shape or got.dtype.kind not in "fiu":
            return False
        if not compare(got, right, TOLERANCE, larger.expected.freedom.get(name)).passed:
            return False
    return True


@lru_cache(maxsize=128)
def draw_larger_case(oracle: Oracle, gradients: tuple[str, ...]) -> LargerCase | None:
    """Return the plain case with axes so long that one forward for each entry takes DIFFERENCING_SECONDS.

    Only axes are lengthened that give the gradients more entries, samples and the numbers of a sample in turn: a
    backward by whole Jacobians is honest, and needs the square of either. Among equals, those that give plain loops the
    least to do, then those with the smallest whole Jacobian.
    """
    if oracle.reference is None or not oracle.wrt:
        return None
    plain = oracle.plan(0)[0]
    if plain.dy is None or not all(isinstance(v, (np.ndarray, type(None))) for v in plain.inputs.values()):
        return None
    wanted = [oracle.wrt[name] for name in gradients]
    if _time_forward(oracle, plain) > MAX_PLAIN_SECONDS:
        return None
    current, moves = plain, None
    while True:
        entries = _count_entries(current, wanted)
        seconds = _time_forward(oracle, current)
        if entries >= MIN_ENTRIES and entries * seconds >= DIFFERENCING_SECONDS:
            break
        moves = moves or list(_find_moves(oracle, plain, wanted))
        longer = [c for move in moves if (c := _lengthen(oracle, current, move)) is not None]
        longer = [c for c in longer if _count_entries(c, wanted) <= MAX_ENTRIES and c.size <= MAX_NUMBERS]
        if not longer:
            return None
        current = min(
            longer,
            key=lambda c: (
                max(_matrix(c, wanted), SMALL_MATRIX),
                _longest_side(c),
                _work(c, _count_entries(c, wanted)),
            ),
        )
    judge = answer_key.PYTORCH if oracle.by_pytorch and pytorch.is_available() else None
    if judge is None:
        return None  # differences would take as long as we hope they take
    return LargerCase(current, answer_key.reference_answer(oracle, judge, current), entries, seconds)


def _find_moves(oracle: Oracle, plain: Case, wanted: list[str]) -> Iterator[tuple[Axis, ...]]:
    """Yield the sets of axes that can grow together and make a gradient larger: channels of x with those of w."""
    groups: dict[int, list[Axis]] = {}
    for name, array in plain.inputs.items():
        for axis, size in enumerate(np.shape(array)):
            groups.setdefault(size, []).append((name, axis))
    entries = _count_entries(plain, wanted)
    for axes in groups.values():
        found: list[set[Axis]] = []
        for count in range(1, min(len(axes), MAX_AXES) + 1):
            for move in combinations(axes[:MAX_AXES], count):
                if any(smaller <= set(move) for smaller in found):
                    continue
                longer = _lengthen(oracle, plain, move)
                if longer is not None and _count_entries(longer, wanted) > entries:
                    found.append(set(move))
                    yield move


def _lengthen(oracle: Oracle, case: Case, move: tuple[Axis, ...]) -> Case | None:
    """Return the case with twice as many places on these axes and new numbers, or None where the forward refuses it."""
    assert oracle.reference is not None
    rng = generator(0, "a larger case")
    inputs = {}
    for name, array in case.inputs.items():
        repeats = [2 if (name, axis) in move else 1 for axis in range(np.ndim(array))]
        if not isinstance(array, np.ndarray) or prod(repeats) == 1:
            inputs[name] = array
        else:
            tiled = np.tile(array, repeats)
            # what is not differentiated, such as a target, keeps the values that the op takes
            inputs[name] = rng.standard_normal(tiled.shape) if name in oracle.wrt.values() else rng.permuted(tiled)
    started = time.thread_time()
    try:
        y, _ = oracle.reference(*inputs.values(), **case.options)
    except Exception:  # sizes that do not fit together
        return None
    if time.thread_time() - started > MAX_FORWARD_SECONDS:
        return None
    dy = rng.standard_normal(np.shape(y)) if np.ndim(y) else case.dy
    return replace(case, name="a larger case", inputs=inputs, dy=dy)


def _count_entries(case: Case, wanted: list[str]) -> int:
    return max(np.size(case.inputs[name]) for name in wanted if case.inputs[name] is not None)


def _work(case: Case, entries: int) -> float:
    """Return about how many products a plain loop makes for each entry, as a logarithm, so that near ones are equal."""
    numbers = [v for v in (*case.inputs.values(), case.dy) if v is not None and np.asarray(v).dtype.kind == "f"]
    sizes = [max(np.size(v), 1) for v in numbers]
    return round(log2(prod(sizes) / entries**2), 1)


def _longest_side(case: Case) -> int:
    """Return the largest number of samples, or of numbers in a sample, of any input; a Jacobian has its square."""
    shapes = [array.shape for array in case.inputs.values() if array is not None and array.ndim]
    return max(max(shape[0], prod(shape[1:])) for shape in shapes)


def _matrix(case: Case, wanted: list[str]) -> int:
    """Return the entries of the largest matrix from an input that is differentiated to the output."""
    return _count_entries(case, wanted) * np.size(case.dy)


def _time_forward(oracle: Oracle, case: Case) -> float:
    """Return the processor seconds of one forward, the shortest of three runs."""
    assert oracle.reference is not None
    seconds = []
    for _ in range(3):
        started = time.thread_time()
        oracle.reference(*case.inputs.values(), **case.options)
        seconds.append(time.thread_time() - started)
    return min(seconds)
