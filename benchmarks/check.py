"""Compare check with torch.autograd.gradcheck, slow and fast, and with plain centred differences.

The same wrong and right backwards (those of tests/rejects) go to each: how many of the wrong ones are caught, how many
of the right ones are called wrong, and how long a reference solution takes. The others are used as is customary: on one
call with random normal numbers and the sizes of the op's plain case, with the defaults of torch, and for the practice
with a step of 1e-5 and a largest relative error of 1e-7. Exercises that are no gradients (functions, update rules) are
left out, since the others cannot judge them.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from statistics import median
from typing import Any

import numpy as np

from cnnlab import check, loader
from cnnlab.course import catalogue
from cnnlab.course.exercise import Exercise
from cnnlab.gradcheck.case import Case, generator
from cnnlab.gradcheck.reference.answer_key import build_answer_key

SOLUTIONS = Path(__file__).parents[1] / "solutions" / "ops"

#: The practice's step and threshold.
STEP, THRESHOLD = 1e-5, 1e-7


@dataclass(frozen=True)
class Subject:
    """One op in the form that the other checkers take: its given forward, and the one call that they judge.

    arguments: what the backward takes, by name.   by: the gradients' inputs, in order.
    """

    exercise: Exercise
    forward: Callable[..., Any]
    inputs: dict[str, Any]
    options: dict[str, Any]
    by: tuple[str, ...]

    def gradients(self, backward: Callable[..., Any], dy: Any, inputs: dict[str, Any], cache: Any) -> tuple[Any, ...]:
        """Return the gradients of a backward as a tuple in the order of `by`."""
        call = self.exercise.problem.call
        shapes = {f"{k}_shape": v.shape for k, v in inputs.items() if isinstance(v, np.ndarray)}
        names = {**inputs, **shapes, "dy": dy, "cache": cache}
        returned = backward(*(names[a] for a in call.arguments), **(self.options if call.options else {}))
        return tuple(returned) if isinstance(returned, (tuple, list)) else (returned,)


def subjects() -> dict[str, Subject]:
    """Return every exercise that is a gradient, with random normal numbers in the sizes of its plain case."""
    found = {}
    for exercise in catalogue.EXERCISES.values():
        oracle, call = exercise.problem.oracle, exercise.problem.call
        if not oracle.wrt or call.forward is None or oracle.reference is None:
            continue
        case = build_answer_key(oracle, 0).cases[0][0]
        by = tuple(oracle.wrt[g] for g in exercise.problem.gradients)
        found[exercise.name] = Subject(
            exercise, oracle.reference, _normal(case, set(oracle.wrt.values())), dict(case.options), by
        )
    return found


def _normal(case: Case, by: set[str]) -> dict[str, Any]:
    rng = generator(1, case.name)
    return {
        k: rng.standard_normal(v.shape) if k in by and isinstance(v, np.ndarray) else v for k, v in case.inputs.items()
    }


def ours(subject: Subject, backward: Callable[..., Any]) -> bool:
    """Return whether check accepts the backward."""
    return check(subject.exercise.name, function=backward).passed


def torch_gradcheck(subject: Subject, backward: Callable[..., Any], fast: bool) -> bool:
    """Return whether torch's gradcheck accepts the backward, wrapped as an autograd function."""
    import torch

    names = list(subject.inputs)
    given = {k: v for k, v in subject.inputs.items() if isinstance(v, np.ndarray) and k in subject.by}

    class Wrapped(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            inputs = {**subject.inputs, **{k: t.detach().numpy() for k, t in zip(given, tensors, strict=True)}}
            y, ctx.cache = subject.forward(*(inputs[n] for n in names), **subject.options)
            ctx.inputs = inputs
            return torch.as_tensor(np.asarray(y, np.float64))

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:  # type: ignore[override]
            dy = upstream[0].numpy()
            grads = subject.gradients(backward, dy[()] if dy.ndim == 0 else dy, ctx.inputs, ctx.cache)
            return tuple(torch.as_tensor(g) for g, n in zip(grads, subject.by, strict=True) if n in given)

    tensors = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in given.values()]
    return bool(torch.autograd.gradcheck(Wrapped.apply, tensors, fast_mode=fast, raise_exception=False))


def practice(subject: Subject, backward: Callable[..., Any]) -> bool:
    """Return whether the largest relative error to centred differences, for a random dy, is below the threshold."""
    y, cache = subject.forward(*subject.inputs.values(), **subject.options)
    dy = np.random.default_rng(2).standard_normal(np.shape(y))
    dy = dy if np.ndim(y) else float(dy)
    grads = subject.gradients(backward, dy, subject.inputs, cache)
    for grad, name in zip(grads, subject.by, strict=True):
        if subject.inputs[name] is None:
            continue
        numeric = _differences(subject, name, dy)
        if np.shape(grad) != numeric.shape:
            return False
        error = np.abs(grad - numeric) / np.maximum(1e-8, np.abs(grad) + np.abs(numeric))
        if not np.max(error, initial=0.0) < THRESHOLD:
            return False
    return True


def _differences(subject: Subject, name: str, dy: Any) -> np.ndarray:
    x = subject.inputs[name].copy()
    inputs, gradient = {**subject.inputs, name: x}, np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + STEP
        up = np.array(subject.forward(*inputs.values(), **subject.options)[0])
        x[index] = before - STEP
        down = np.array(subject.forward(*inputs.values(), **subject.options)[0])
        x[index] = before
        gradient[index] = np.sum((up - down) * dy) / (2 * STEP)
    return gradient


CHECKERS: dict[str, Callable[[Subject, Callable[..., Any]], bool]] = {
    "check": ours,
    "torch gradcheck": lambda s, b: torch_gradcheck(s, b, fast=False),
    "torch gradcheck, fast": lambda s, b: torch_gradcheck(s, b, fast=True),
    "centred differences, 1e-7": practice,
}


def verdict(checker: Callable[[Subject, Callable[..., Any]], bool], subject: Subject, backward: Callable) -> bool:
    """Return whether a checker passes a backward; one that raises has been caught."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return checker(subject, backward)
    except Exception:
        return False


def run(arguments: Sequence[str]) -> dict[str, Any]:
    """Run the benchmark. Arguments: --rounds of timing (default 5), --every n-th implementation (default 1)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks check")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of timing; the best one counts (default 5)")
    parser.add_argument("--every", type=int, default=1, help="use only every n-th implementation (default 1: all)")
    options = parser.parse_args(arguments)
    import torch

    torch.set_num_threads(1)
    found = subjects()
    times = _times(found, options.rounds)
    wrong, right = _implementations(found, options.every)
    caught = {name: sum(not verdict(c, found[e], b) for e, b in wrong) for name, c in CHECKERS.items()}
    alarms = {name: sum(not verdict(c, found[e], b) for e, b in right) for name, c in CHECKERS.items()}
    conv = [name for name in found if name.startswith("conv2d_")]
    usual = {name: median(times[name][e] for e in found if e not in conv) for name in CHECKERS}
    of_conv = {name: median(times[name][e] for e in conv) for name in CHECKERS}
    return {
        "ratio": {f"check over {name}": usual["check"] / usual[name] for name in CHECKERS if name != "check"},
        "ratio of conv2d's parts": {
            f"check over {name}": of_conv["check"] / of_conv[name] for name in CHECKERS if name != "check"
        },
        "milliseconds, median of the ops": usual,
        "milliseconds, median of conv2d's parts": of_conv,
        "share of wrong ones caught": {name: caught[name] / len(wrong) for name in CHECKERS},
        "right ones called wrong": alarms,
        "implementations": {"wrong": len(wrong), "right": len(right), "ops": len(found)},
        "not caught by check": [f"{e}: {b.__name__}" for e, b in wrong if verdict(ours, found[e], b)],
    }


def _implementations(found: dict[str, Subject], every: int) -> tuple[list, list]:
    import tests.rejects as rejects

    for topic in iter_modules(rejects.__path__):
        if not topic.name.startswith("test_"):
            import_module(f"tests.rejects.{topic.name}")
    wrong = [(i.exercise, i.function) for i in rejects.WRONG if i.exercise in found]
    right = [(i.exercise, i.function) for i in rejects.RIGHT if i.exercise in found]
    return wrong[::every], right[::every]


def _times(found: dict[str, Subject], rounds: int) -> dict[str, dict[str, float]]:
    """Return the processor time for a right backward in ms, the best of interleaved rounds."""
    best = {name: dict.fromkeys(found, float("inf")) for name in CHECKERS}
    room = loader.folder(SOLUTIONS)
    solutions = {e: room.load(s.exercise.topic).function(e) for e, s in found.items()}
    for _ in range(rounds + 1):  # one to warm up
        for exercise, subject in found.items():
            backward = solutions[exercise]
            assert backward is not None
            for name, checker in CHECKERS.items():
                started = time.process_time()  # one thread; whoever else uses the machine is not counted
                verdict(checker, subject, backward)
                best[name][exercise] = min(best[name][exercise], 1e3 * (time.process_time() - started))
    return best
