"""Chapter 12: annealing. What is asked of the learning rates in optim.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.course.cases.optim import plan_schedule_cases
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected, Oracle, Problem, Property, Rival
from cnnlab.gradcheck.runner.calls import FunctionCall

#: The names that torch.optim.lr_scheduler writes in another way.
TORCH_NAMES = {"t_max": "T_max"}


def schedule(
    name: str,
    torch_name: str,
    formula: Callable[..., float],
    *,
    points: int,
    hints: tuple[str, str, str],
    steps: Mapping[str, int],
    options: Mapping[str, Mapping[str, Any]],
    wrong: Mapping[str, Callable[..., float]],
) -> Operation:
    """The learning rate `name`, a function of the step. formula, wrong: (step, base_lr, **options) -> the rate."""

    def run_in_pytorch(case: Case) -> Expected:
        import torch

        optimizer = torch.optim.SGD([torch.zeros(1)], lr=case.options["base_lr"])
        options = {TORCH_NAMES.get(k, k): v for k, v in case.options.items() if k != "base_lr"}
        scheduler = getattr(torch.optim.lr_scheduler, torch_name)(optimizer, **options)
        for _ in range(case.inputs["step"]):
            optimizer.step()
            scheduler.step()
        return Expected(None, {"lr": _round_rate(optimizer.param_groups[0]["lr"])})

    def value(case: Case, of: Callable[..., float]) -> np.ndarray:
        return _round_rate(of(case.inputs["step"], **case.options))

    oracle = Oracle(
        plan_schedule_cases(steps, options),
        by_pytorch=run_in_pytorch,
        by_numpy=lambda case: Expected(None, {"lr": value(case, formula)}),
        properties=tuple(Property(what, "option", what) for what in list(options)[1:])
        + tuple(Property(f"{when}", "geometry", when) for when in steps),
    )
    rivals = tuple(
        Rival("lr", "formula", sentence, lambda case, right, of=of: value(case, of)) for sentence, of in wrong.items()
    )
    problem = Problem(name, FunctionCall(name, ("step",), options=True), ("lr",), oracle, rivals)
    where = "chapter 12, annealing"
    return Operation(name, "optim", "ch12", (Exercise(name, "optim", "ch12", points, where, hints, problem),))


STEP_LR = schedule(
    "step_lr",
    "StepLR",
    lambda step, base_lr, step_size, gamma=0.1: base_lr * np.prod([gamma] * len(range(step_size, step + 1, step_size))),
    points=1,
    hints=(
        "The rate stays for step_size steps, then falls to gamma of itself. How many stairs are behind us?",
        "The number of whole stairs is step divided by step_size, rounded down.",
        "base_lr * gamma ** (step // step_size).",
    ),
    steps={"at step 0": 0, "on the first stair": 3, "before a stair ends": 4, "on a new stair": 5, "far on": 23},
    options={
        "stairs of 5": {"step_size": 5},
        "another gamma": {"step_size": 5, "gamma": 0.5},
        "stairs of 2": {"step_size": 2},
    },
    wrong={
        "The rate falls smoothly: step / step_size is not rounded down.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma ** (step / step_size)
        ),
        "The rate falls one step late.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma ** (max(step - 1, 0) // step_size)
        ),
        "The rate falls one step early.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma ** ((step + 1) // step_size)
        ),
        "step / step_size is rounded to the nearest: only whole stairs count, so it is rounded down, //.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma ** round(step / step_size)
        ),
        "step / step_size is rounded up: only whole stairs count, so it is rounded down, //.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma ** -(-step // step_size)
        ),
        "The rate is gamma times the number of stairs: each stair multiplies by gamma, so it is a power.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma * (step // step_size)
        ),
        "The rate has fallen once on the first stair already: before step_size steps no stair is behind us.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma ** (step // step_size + 1)
        ),
        "The power is the place on the stair, step % step_size: it is the number of stairs, step // step_size.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma ** (step % step_size)
        ),
        "The rate falls in every step: it falls once in step_size steps.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma**step
        ),
        "base_lr is missing: the rate begins with it.": (
            lambda step, base_lr, step_size, gamma=0.1: gamma ** (step // step_size)
        ),
        "The rate falls only once: it falls again after each step_size steps.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr * gamma ** min(step // step_size, 1)
        ),
        "The rate is divided by gamma: it is multiplied by it.": (
            lambda step, base_lr, step_size, gamma=0.1: base_lr / gamma ** (step // step_size)
        ),
    },
)

EXPONENTIAL_LR = schedule(
    "exponential_lr",
    "ExponentialLR",
    lambda step, base_lr, gamma: base_lr * np.prod([gamma] * step),
    points=1,
    hints=(
        "Every step multiplies the rate by gamma. How often has that happened at `step`?",
        "step times: gamma · gamma · … · gamma.",
        "base_lr * gamma ** step.",
    ),
    steps={"at step 0": 0, "at step 1": 1, "at step 2": 2, "far on": 17},
    options={"gamma 0.9": {"gamma": 0.9}, "gamma 1": {"gamma": 1.0}},
    wrong={
        "The rate is e to the minus gamma · step: each step multiplies by gamma itself.": (
            lambda step, base_lr, gamma: base_lr * np.exp(-gamma * step)
        ),
        "The rate has fallen once at step 0 already.": lambda step, base_lr, gamma: base_lr * gamma ** (step + 1),
        "The rate falls one step late: at step 1 it has fallen once.": (
            lambda step, base_lr, gamma: base_lr * gamma ** max(step - 1, 0)
        ),
        "The rate is gamma times step: every step multiplies by gamma, so it is a power.": (
            lambda step, base_lr, gamma: base_lr * gamma * step
        ),
        "The rate is multiplied by 1 − gamma: every step multiplies by gamma itself.": (
            lambda step, base_lr, gamma: base_lr * (1 - gamma) ** step
        ),
        "base and exponent are exchanged: it is gammaˢᵗᵉᵖ.": lambda step, base_lr, gamma: (
            base_lr * float(step) ** gamma
        ),
        "The power holds base_lr too: only gamma is raised to it.": (
            lambda step, base_lr, gamma: (base_lr * gamma) ** step
        ),
        "The rate falls by the same amount in every step: every step multiplies by gamma, so it is a power.": (
            lambda step, base_lr, gamma: base_lr * (1 - (1 - gamma) * step)
        ),
        "The rate falls only once: every step multiplies by gamma.": (
            lambda step, base_lr, gamma: base_lr * gamma ** min(step, 1)
        ),
        "base_lr is missing: the rate begins with it.": lambda step, base_lr, gamma: gamma**step,
    },
)

COSINE_LR = schedule(
    "cosine_lr",
    "CosineAnnealingLR",
    lambda step, base_lr, t_max, eta_min=0.0: (
        eta_min + (base_lr - eta_min) * abs(np.exp(1j * np.pi * step / t_max) + 1) ** 2 / 4
    ),
    points=2,
    hints=(
        "Half a wave of the cosine goes from 1 to −1. What must be done to it to go from base_lr to eta_min?",
        "(1 + cos(π · step / t_max)) / 2 goes from 1 to 0.",
        "eta_min + (base_lr − eta_min) · (1 + cos(π · step / t_max)) / 2.",
    ),
    steps={"at step 0": 0, "at step 1": 1, "half way": 10, "near the end": 19, "at the end": 20, "after the end": 33},
    options={"eta_min 0": {"t_max": 20}, "eta_min 0.02": {"t_max": 20, "eta_min": 0.02}, "t_max 7": {"t_max": 7}},
    wrong={
        "A whole wave goes by in t_max steps: the cosine's argument is π · step / t_max.": (
            lambda step, base_lr, t_max, eta_min=0.0: (
                eta_min + (base_lr - eta_min) * (1 + np.cos(2 * np.pi * step / t_max)) / 2
            )
        ),
        "The wave has the height base_lr: it goes from base_lr down to eta_min, so its height is base_lr − eta_min.": (
            lambda step, base_lr, t_max, eta_min=0.0: eta_min + base_lr * (1 + np.cos(np.pi * step / t_max)) / 2
        ),
        "The half is missing: 1 + cos goes from 2 to 0, so it is halved.": (
            lambda step, base_lr, t_max, eta_min=0.0: eta_min + (base_lr - eta_min) * (1 + np.cos(np.pi * step / t_max))
        ),
        "The angle is in degrees, 180 · step / t_max: the cosine takes radians, π · step / t_max.": (
            lambda step, base_lr, t_max, eta_min=0.0: (
                eta_min + (base_lr - eta_min) * (1 + np.cos(180 * step / t_max)) / 2
            )
        ),
        "π is missing: the cosine's argument is π · step / t_max.": (
            lambda step, base_lr, t_max, eta_min=0.0: eta_min + (base_lr - eta_min) * (1 + np.cos(step / t_max)) / 2
        ),
        "The wave goes upwards, from eta_min to base_lr: 1 + cos begins at its height, 1 − cos at 0.": (
            lambda step, base_lr, t_max, eta_min=0.0: (
                eta_min + (base_lr - eta_min) * (1 - np.cos(np.pi * step / t_max)) / 2
            )
        ),
        "After t_max steps the rate stays: here the wave goes on, and rises again.": (
            lambda step, base_lr, t_max, eta_min=0.0: (
                eta_min + (base_lr - eta_min) * (1 + np.cos(np.pi * min(step, t_max) / t_max)) / 2
            )
        ),
        "After t_max steps the wave begins anew: here it goes on, and rises again.": (
            lambda step, base_lr, t_max, eta_min=0.0: (
                eta_min + (base_lr - eta_min) * (1 + np.cos(np.pi * (step % t_max) / t_max)) / 2
            )
        ),
        "The cosine itself goes from 1 to −1: it is moved up by 1 and halved, to go from 1 to 0.": (
            lambda step, base_lr, t_max, eta_min=0.0: eta_min + (base_lr - eta_min) * np.cos(np.pi * step / t_max)
        ),
        "eta_min is a floor: the wave itself ends at eta_min, so its height is base_lr − eta_min.": (
            lambda step, base_lr, t_max, eta_min=0.0: max(eta_min, base_lr * (1 + np.cos(np.pi * step / t_max)) / 2)
        ),
        "The sine stands for the cosine.": (
            lambda step, base_lr, t_max, eta_min=0.0: (
                eta_min + (base_lr - eta_min) * (1 + np.sin(np.pi * step / t_max)) / 2
            )
        ),
        "eta_min is not added: the wave ends at eta_min, and not at 0.": (
            lambda step, base_lr, t_max, eta_min=0.0: (base_lr - eta_min) * (1 + np.cos(np.pi * step / t_max)) / 2
        ),
        "The wave ends one step early: at step t_max it is at its lowest.": (
            lambda step, base_lr, t_max, eta_min=0.0: (
                eta_min + (base_lr - eta_min) * (1 + np.cos(np.pi * step / (t_max - 1))) / 2
            )
        ),
        "The wave is one step ahead: at step 0 the rate is base_lr.": (
            lambda step, base_lr, t_max, eta_min=0.0: (
                eta_min + (base_lr - eta_min) * (1 + np.cos(np.pi * (step + 1) / t_max)) / 2
            )
        ),
        "The rate falls in a straight line: annealing follows half a wave of the cosine.": (
            lambda step, base_lr, t_max, eta_min=0.0: eta_min + (base_lr - eta_min) * (1 - step / t_max)
        ),
        "This is a quarter of a wave, cos(π/2 · step / t_max): annealing takes half a wave, moved to 0 and 1.": (
            lambda step, base_lr, t_max, eta_min=0.0: eta_min + (base_lr - eta_min) * np.cos(np.pi / 2 * step / t_max)
        ),
    },
)


def _round_rate(rate: float) -> np.ndarray:
    """A rate, or 0 for one that is nothing but rounding: at the end of half a wave the last bits tell nothing."""
    return np.array(float(rate) if abs(rate) > 1e-15 else 0.0)


OPERATIONS = (STEP_LR, EXPONENTIAL_LR, COSINE_LR)
