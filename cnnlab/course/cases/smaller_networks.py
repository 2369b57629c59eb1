"""Smaller networks and windows of chapter 1, to show the smallest one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnnlab.course.cases.conv import two
from cnnlab.course.cases.shapes import Layers
from cnnlab.gradcheck.case import Case

#: An image has at least one row; options that are left out are the plainest.
USUAL = {"stride": 1, "padding": 0, "dilation": 1}


def propose_smaller_windows(case: Case) -> Iterator[Case]:
    """Yield the case of conv_output_size with fewer options, a smaller kernel, or a smaller image that it fits."""
    size, kernel = case.inputs["size"], case.inputs["kernel_size"]
    found = [replace(case, options={k: v for k, v in case.options.items() if k != name}) for name in case.options]
    for name, value in case.options.items():
        if not isinstance(value, bool):
            found += [replace(case, options={**case.options, name: n}) for n in _list_smaller(value, USUAL[name] + 1)]
    inputs = [(size, smaller) for smaller in _list_smaller(kernel, 1)]
    rows, columns = size
    inputs += [((n, n), kernel) for n in range(1, min(rows, columns) + 1)] if rows != columns else []
    inputs += [((n, n), kernel) for n in range(1, rows)] if rows == columns else []
    inputs += [((n, columns), kernel) for n in range(1, rows)] + [((rows, n), kernel) for n in range(1, columns)]
    found += [replace(case, inputs={"size": s, "kernel_size": k}) for s, k in inputs]
    yield from filter(_fits_window, found)


def _list_smaller(value: int | tuple[int, int], least: int) -> list[int | tuple[int, int]]:
    if isinstance(value, int):
        return list(range(least, min(value, least + 2)))
    smaller = (min(value[0], least + 1), min(value[1], least + 1))
    return [*dict.fromkeys(value), *([smaller] if smaller != value else [])]


def _fits_window(case: Case) -> bool:
    padding, dilation = (two(case.options.get(name, USUAL[name])) for name in ("padding", "dilation"))
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, two(case.inputs["kernel_size"]), strict=True)]
    return all(n + 2 * p >= r for n, p, r in zip(case.inputs["size"], padding, reach, strict=True))


def propose_smaller_networks(case: Case) -> Iterator[Case]:
    """Yield the case with fewer layers, the first or the last ones, without an option, or with smaller numbers."""
    layers: Layers = case.inputs["layers"]
    for count in range(1, len(layers)):
        yield _change_layers(case, layers[:count])
        yield _change_layers(case, layers[-count:])
    for i, (kind, options) in enumerate(layers):
        if not options:
            yield _change_layers(case, [*layers[:i], *layers[i + 1 :]])
        for name in options:
            if name in ("stride", "padding", "dilation", "groups", "bias"):
                fewer = {k: v for k, v in options.items() if k != name}
                yield _change_layers(case, [*layers[:i], (kind, fewer), *layers[i + 1 :]])
    numbers = sorted({n for _, options in layers for v in options.values() for n in _list_numbers(v)}, reverse=True)
    for number in numbers:
        for smaller in range(1, min(number, 4)):
            changed = [(kind, {k: _put(v, number, smaller) for k, v in options.items()}) for kind, options in layers]
            if all(_divides(options) for _, options in changed):
                yield _change_layers(case, changed)


def _change_layers(case: Case, layers: Layers) -> Case:
    return replace(case, inputs={"layers": layers})


def _list_numbers(value: Any) -> tuple[int, ...]:
    if isinstance(value, bool) or not isinstance(value, (int, tuple)):
        return ()
    return (value,) if isinstance(value, int) else value


def _put(value: Any, number: int, smaller: int) -> Any:
    """Return a number or a pair with `smaller` in place of `number`; equal numbers stay equal, so layers still fit."""
    if isinstance(value, tuple):
        return tuple(smaller if n == number else n for n in value)
    return smaller if value == number and not isinstance(value, bool) else value


def _divides(options: dict[str, Any]) -> bool:
    groups = options.get("groups", 1)
    return all(options.get(name, groups) % groups == 0 for name in ("in_channels", "out_channels"))
