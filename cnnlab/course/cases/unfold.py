"""The cases of the window functions: those of conv2d that their options allow, with the same properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnlab.course.cases import conv
from cnnlab.course.cases.conv import Shape
from cnnlab.course.cases.planning import labels_of
from cnnlab.gradcheck.case import (
    CORE,
    GENERAL,
    ROUNDED,
    TRANSFORMED,
    Case,
    Stage,
    generator,
    integers,
    integers_with_zeros,
    normals,
)
from cnnlab.gradcheck.problem import Property

#: Return whether a shape has no dilation and no groups, which conv2d_loops does not take.
LOOP_PROPERTIES = conv.leave_out("dilation above 1", "groups above 1", "different dilation for rows and columns")

#: Windows know nothing of filters, bias and groups.
WINDOW_PROPERTIES = conv.leave_out("no bias", "groups above 1", "more than one filter")

#: What the functions are asked beside the cases of conv2d.
MORE: dict[str, Shape] = {
    "1×1 image": Shape(image=(1, 1), kernel=(1, 1)),
    "1×1 image, padded": Shape(image=(1, 1), kernel=(2, 2), padding=1),
}

Draw = Callable[[Shape, Callable[..., np.ndarray]], tuple[dict[str, Any], dict[str, Any]]]


def plan(
    draw: Draw, fits: Callable[[Shape], bool], properties: tuple[Property, ...]
) -> Callable[[int], tuple[Case, ...]]:
    """Return a function seed -> cases.

    draw: (shape, numbers) -> inputs, options; numbers(size) draws an array.   fits: whether a shape can be asked.
    """
    tables: tuple[tuple[Stage, Mapping[str, Shape]], ...] = (
        (CORE, conv.CORE_CASES),
        (GENERAL, conv.GENERAL_CASES | MORE),
    )

    def cases(seed: int) -> tuple[Case, ...]:
        return tuple(
            build(name, stage, shape, draw, seed, properties)
            for stage, table in tables
            for name, shape in table.items()
            if fits(shape)
        )

    return cases


def build(name: str, stage: Stage, shape: Shape, draw: Draw, seed: int, properties: tuple[Property, ...] = ()) -> Case:
    """Draw one case of a shape."""
    rng = generator(seed, name)
    kind = {"fractions": normals, "zeros": integers_with_zeros}.get(shape.numbers, integers)
    scale = {"large": 2.0**40, "tiny": 2.0**-40}.get(shape.numbers, 1.0)

    def numbers(size: tuple[int, ...], scale: float = scale) -> np.ndarray:
        return (scale * kind(rng, size)).astype(shape.dtype)

    inputs, options = draw(shape, numbers)
    has = labels_of(shape, properties)
    return Case(
        name,
        stage,
        inputs,
        options,
        varies=has ^ labels_of(Shape(), properties),
        has=has,
        layout=shape.layout,
        tolerance=ROUNDED if shape.numbers == "fractions" else TRANSFORMED,
    )


def image(shape: Shape) -> tuple[int, int, int, int]:
    """Return the shape of x."""
    return shape.images, shape.channels, *shape.image


def loops(shape: Shape, numbers) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what conv2d_loops is called with."""
    w = numbers((shape.filters, shape.channels, *shape.kernel), scale=1.0)  # else b would be all that is seen
    b = numbers((shape.filters,)) if shape.bias else None
    options = {} if shape.defaults else {"stride": shape.stride, "padding": shape.padding}
    return {"x": numbers(image(shape)), "w": w, "b": b}, options


def windows(shape: Shape, numbers) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what im2col is called with."""
    return {"x": numbers(image(shape))}, _window_options(shape)


def columns(shape: Shape, numbers) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what col2im is called with."""
    (n, channels, *_), (kh, kw), (oh, ow) = image(shape), shape.kernel, conv.output_size(shape)
    return {"cols": numbers((n, channels * kh * kw, oh * ow))}, {"output_size": shape.image, **_window_options(shape)}


def _window_options(shape: Shape) -> dict[str, Any]:
    sizes = {} if shape.defaults else {"stride": shape.stride, "padding": shape.padding, "dilation": shape.dilation}
    return {"kernel_size": shape.kernel, **sizes}


def no_options_of_windows(shape: Shape) -> bool:
    """Return whether a shape has no dilation and no groups, which conv2d_loops does not take."""
    return shape.dilation == 1 and shape.groups == 1


def one_of_each(shape: Shape) -> bool:
    """Keep one of several cases that differ only in filters, bias and groups, which windows do not depend on."""
    plain = shape.groups == 1 and shape.bias and shape.filters == Shape().filters
    return plain or shape == conv.CORE_CASES["2×2 kernel on 3×3, one of everything"]
