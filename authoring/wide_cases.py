"""Draw many cases of random sizes and options for every op; an equivalent mutant must agree with the op in all of them.

They are drawn without the exercise's plan and share none of its shapes, so that they may find what the planned cases
overlook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.course.cases import conv, pool, roi, unfold
from cnnlab.course.cases import losses as loss_cases
from cnnlab.course.cases.planning import Spec, build
from cnnlab.course.exercise import Exercise
from cnnlab.course.topics import (
    attention,
    conv_transpose,
    dropout,
    graph,
    grid_loss,
    linear,
    losses,
    norm,
    penalty,
    recurrent,
    resample,
    residual,
)
from cnnlab.gradcheck.case import CORE, Case, generator

#: How many cases are drawn for one exercise.
MANY = 60

Draw = Callable[[np.random.Generator], Spec]


def _size(rng: np.random.Generator, low: int = 1, high: int = 4) -> int:
    return int(rng.integers(low, high + 1))


def _pair(rng: np.random.Generator, low: int, high: int):
    """Return an int, or a pair of ints."""
    rows, columns = _size(rng, low, high), _size(rng, low, high)
    return rows if rng.random() < 0.4 else (rows, columns)


def _shape(rng: np.random.Generator, least: int = 1, most: int = 4) -> tuple[int, ...]:
    return tuple(_size(rng) for _ in range(_size(rng, least, most)))


def _reduction(rng: np.random.Generator) -> str:
    return str(rng.choice(["mean", "sum", "none"]))


def _activation(name: str) -> Draw:
    def draw(rng):
        shape = _shape(rng)
        if name == "softmax":
            return Spec({"x": shape}, {"dim": int(rng.integers(-len(shape), len(shape)))}, "normals")
        return Spec({"x": shape}, {"negative_slope": float(rng.random())} if name == "leaky_relu" else {}, "normals")

    return draw


def _entries(first: str, more: Callable = lambda rng: {}) -> Draw:
    return lambda rng: loss_cases.entries(first, _shape(rng), _reduction(rng), **more(rng))


def _classes(rng):
    positions = (_size(rng), _size(rng)) if rng.random() < 0.5 else ()
    return loss_cases.classes((_size(rng), _size(rng, 1, 5), *positions), _reduction(rng))


def _pooling(kind: str) -> Draw:
    def draw(rng):
        kernel = _pair(rng, 1, 4)
        rows, columns = conv.two(kernel)
        dilation = _pair(rng, 1, 2) if kind == "max" else 1
        reach = [d * (k - 1) + 1 for d, k in zip(conv.two(dilation), (rows, columns), strict=True)]
        image = tuple(r + _size(rng, 0, 5) for r in reach)
        padding = (_size(rng, 0, rows // 2), _size(rng, 0, columns // 2))
        options = {"padding": padding, "ceil_mode": bool(rng.integers(2))}
        options |= {"stride": _pair(rng, 1, 3)} if rng.random() < 0.7 else {}
        options |= {"dilation": dilation} if kind == "max" else {"count_include_pad": bool(rng.integers(2))}
        return pool.images((image[0], image[1]), kernel, n=_size(rng, 1, 3), channels=_size(rng, 1, 3), **options)

    return draw


def _adaptive(rng):
    return pool.adaptive((_size(rng, 1, 8), _size(rng, 1, 8)), (_size(rng, 1, 6), _size(rng, 1, 6)), n=_size(rng, 1, 2))


def _group(rng):
    groups = _size(rng, 1, 3)
    positions = tuple(_size(rng, 2, 4) for _ in range(_size(rng, 0, 2)))
    return norm.group((_size(rng, 1, 3), groups * _size(rng, 2, 3), *positions), groups, float(rng.choice([1e-5, 0.3])))


def _layer(rng):
    shape = tuple(_size(rng, 2, 4) for _ in range(_size(rng, 2, 4)))
    return norm.layer(shape, _size(rng, 1, len(shape) - 1), float(rng.choice([1e-5, 0.3])))


def _batch(rng):
    positions = tuple(_size(rng, 2, 3) for _ in range(_size(rng, 0, 2)))
    return norm.batch((_size(rng, 3, 5), _size(rng, 1, 4), *positions), float(rng.choice([1e-5, 0.3])))


def draw_transposed_conv(rng):
    groups, stride, dilation = _size(rng, 1, 2), _size(rng, 1, 3), _size(rng, 1, 2)
    kernel = (_size(rng, 1, 3), _size(rng, 1, 3))
    extra = _size(rng, 0, max(stride, dilation) - 1)
    image, padding = (_size(rng, 2, 4), _size(rng, 2, 4)), _size(rng, 0, 1) if min(kernel) > 1 else 0
    how: dict[str, Any] = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "output_padding": extra,
        "groups": groups,
    }
    return conv_transpose.sizes(image, kernel, n=_size(rng, 1, 2), channels=2 * groups, filters=3 * groups, **how)


def draw_resampling(rng):
    image = (_size(rng, 1, 5), _size(rng, 1, 5))
    how: dict[str, Any] = {"mode": str(rng.choice(["nearest", "bilinear"]))}
    if how["mode"] == "bilinear":
        how["align_corners"] = [None, True, False][_size(rng, 0, 2)]
    if rng.integers(2):
        how["size"] = (_size(rng, 1, 9), _size(rng, 1, 9))
    else:
        how["scale_factor"] = (float(rng.uniform(1, 3)), float(rng.uniform(1, 3)))
    return resample.specify(image, n=_size(rng, 1, 2), channels=_size(rng, 1, 2), **how)


def _roi(specify: Callable, **draw_more: Callable) -> Draw:
    def draw(rng):
        n, image = _size(rng, 1, 3), (_size(rng, 1, 6), _size(rng, 1, 6))
        boxes = []
        for _ in range(_size(rng, 0, 4)):
            low = rng.uniform(-3, 7, 2)
            boxes.append((float(rng.integers(n)), *low.tolist(), *(low + rng.uniform(-1, 6, 2)).tolist()))
        how: dict[str, Any] = {"spatial_scale": float(rng.choice([0.25, 0.5, 1.0, 2.0]))}
        how |= {name: choose(rng) for name, choose in draw_more.items()}
        return specify(tuple(boxes), _pair(rng, 1, 4), image=image, n=n, channels=_size(rng, 1, 3), **how)

    return draw


def draw_grid(rng):
    return grid_loss.specify(
        _size(rng, 1, 3),
        _size(rng, 1, 4),
        (_size(rng, 1, 4), _size(rng, 1, 4)),
        draw_mask=lambda rng, size: rng.integers(0, 2, size),
        coord_weight=float(rng.uniform(0, 6)),
        noobj_weight=float(rng.uniform(0, 2)),
    )


DRAWS: dict[str, Draw] = {
    **{name: _activation(name) for name in ("relu", "leaky_relu", "sigmoid", "tanh", "softmax")},
    "linear": lambda rng: linear.shapes(_shape(rng, 1, 3), _size(rng), _size(rng), bool(rng.integers(4))),
    "flatten": lambda rng: Spec({"x": _shape(rng, 2, 5)}),
    "cross_entropy": _classes,
    "mse_loss": _entries("pred"),
    "binary_cross_entropy_with_logits": _entries("logits", lambda rng: {"draws": losses.entry_losses.CHANCES}),
    "smooth_l1_loss": _entries("pred", lambda rng: {"options": {"beta": float(rng.choice([0.0, 0.4, 1.0, 2.0]))}}),
    "max_pool2d": _pooling("max"),
    "avg_pool2d": _pooling("avg"),
    "adaptive_avg_pool2d": _adaptive,
    "batch_norm": _batch,
    "layer_norm": _layer,
    "group_norm": _group,
    "dropout": lambda rng: dropout.specify_dropout(_shape(rng), float(rng.choice([0.1, 0.3, 0.7])), _size(rng, 0, 999)),
    "l1_penalty": lambda rng: penalty.weights(_shape(rng), float(rng.random())),
    "l2_penalty": lambda rng: penalty.weights(_shape(rng), float(rng.random())),
    "conv_transpose2d": draw_transposed_conv,
    "interpolate": draw_resampling,
    "roi_max_pool": _roi(roi.specify_pooling),
    "roi_align": _roi(
        roi.specify_sampling,
        aligned=lambda rng: bool(rng.integers(2)),
        sampling_ratio=lambda rng: int(rng.choice([-1, 1, 2, 3])),
    ),
    "yolo_loss": draw_grid,
    "residual_block": lambda rng: residual.specify(
        _size(rng), _size(rng), _size(rng, 1, 6), numbers="normals", draws={}
    ),
    "rnn": lambda rng: recurrent.specify(_size(rng), _size(rng, 1, 6), _size(rng), _size(rng)),
    "gcn": lambda rng: graph.specify(_size(rng, 1, 6), _size(rng), _size(rng)),
    "attention": lambda rng: attention.specify(*(_size(rng) for _ in range(6)), is_causal=bool(rng.integers(2))),
    "gelu": lambda rng: Spec({"x": _shape(rng)}, {"approximate": "tanh"} if rng.random() < 0.5 else {}, "normals"),
}


def _convolution(rng: np.random.Generator) -> conv.Shape:
    groups, kernel, dilation = _size(rng, 1, 3), (_size(rng), _size(rng)), _pair(rng, 1, 3)
    reach = [d * (k - 1) + 1 for d, k in zip(conv.two(dilation), kernel, strict=True)]
    padding = _pair(rng, 0, 3)
    room = [max(1, r - 2 * p) + _size(rng, 0, 5) for r, p in zip(reach, conv.two(padding), strict=True)]
    return conv.Shape(
        _size(rng, 1, 3),
        groups * _size(rng, 1, 2),
        groups * _size(rng, 1, 3),
        (room[0], room[1]),
        kernel,
        True,
        _pair(rng, 1, 4),
        padding,
        dilation,
        groups,
    )


def plan(exercise: Exercise) -> Callable[[int], tuple[Case, ...]]:
    """Return seed -> MANY random cases; for an exercise without a spec, the planned cases with many seeds."""
    oracle, op = exercise.problem.oracle, exercise.op

    def cases(seed: int) -> tuple[Case, ...]:
        rng = generator(seed, f"wide {exercise.name}")
        if op in DRAWS:
            specs = [DRAWS[op](rng) for _ in range(MANY)]
            built = [build(oracle.reference, f"random {k}", CORE, s, seed) for k, s in enumerate(specs)]
            return tuple(replace(c, tolerance=max(c.tolerance, 1e-7)) for c in built)
        if op in WINDOWS:
            return tuple(_windows(op, _convolution(rng), f"random {k}", seed) for k in range(MANY))
        return tuple(case for more in range(1, 6) for case in oracle.plan(seed + 1000 * more))

    return cases


WINDOWS = {"conv2d": None, "conv2d_loops": unfold.loops, "im2col": unfold.windows, "col2im": unfold.columns}


def _windows(op: str, shape: conv.Shape, name: str, seed: int) -> Case:
    if op == "conv2d":
        return conv.build(name, CORE, shape, seed)
    if op == "conv2d_loops":
        room = tuple(r + 6 for r in shape.image)
        shape = replace(shape, dilation=1, groups=1, image=(room[0], room[1]))
    return unfold.build(name, CORE, shape, WINDOWS[op], seed)
