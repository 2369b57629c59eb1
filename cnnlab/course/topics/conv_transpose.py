"""Chapter 14: transposed convolution. What is asked of conv_transpose.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import define_operation
from cnnlab.course.cases.conv import Size, two
from cnnlab.course.cases.planning import Spec
from cnnlab.course.exercise import Operation
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Gradients, Property, Rival


class Sizes(NamedTuple):
    """The sizes of a case as pairs (rows, columns), from its specification."""

    image: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    output_padding: tuple[int, int]
    dilation: tuple[int, int]


def read_sizes(spec: Spec) -> Sizes:
    """Return the sizes of a case, with the defaults of the options that it leaves out."""
    x, w = spec.shapes["x"], spec.shapes["w"]
    assert x is not None and w is not None
    defaults = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}
    return Sizes(
        (x[2], x[3]), (w[2], w[3]), *(two(spec.options.get(name, default)) for name, default in defaults.items())
    )


def _differ(name: str) -> Callable[[Spec], bool]:
    """Return a condition: whether rows and columns have different values of a size."""

    def holds(spec: Spec) -> bool:
        rows, columns = getattr(read_sizes(spec), name)
        return rows != columns

    return holds


def _is_above(name: str, least: int) -> Callable[[Spec], bool]:
    """Return a condition: whether a size is above `least` in rows or columns."""
    return lambda spec: max(getattr(read_sizes(spec), name)) > least


def _kernels_overlap(spec: Spec) -> bool:
    sizes = read_sizes(spec)
    return any(s < k and n > 1 for s, k, n in zip(sizes.stride, sizes.kernel, sizes.image, strict=True))


PROPERTIES = (
    Property("padding", "option", "padding", _is_above("padding", 0)),
    Property("stride above 1", "option", "stride", _is_above("stride", 1)),
    Property("output_padding", "option", "output_padding", _is_above("output_padding", 0)),
    Property("dilation above 1", "option", "dilation", _is_above("dilation", 1)),
    Property("groups above 1", "option", "groups", lambda spec: spec.options.get("groups", 1) > 1),
    Property(
        "different values for rows and columns",
        "option",
        "pairs",
        lambda spec: any(rows != columns for rows, columns in read_sizes(spec)[2:]),
    ),
    Property("different padding for rows and columns", "option", "padding of pairs", _differ("padding")),
    Property("different strides for rows and columns", "option", "stride of pairs", _differ("stride")),
    Property("different dilation for rows and columns", "option", "dilation of pairs", _differ("dilation")),
    Property("no bias", "option", "bias None", lambda spec: spec.shapes["b"] is None),
    Property("kernels that overlap", "accumulate", "overlap", _kernels_overlap),
    Property("an image that is not square", "geometry", "non-square image", _differ("image")),
    Property("a kernel that is not square", "geometry", "non-square kernel", _differ("kernel")),
    Property("more than one image", "reduction", "batch", lambda spec: spec.shapes["x"][0] > 1),
    Property("more than one channel", "channel", "channels", lambda spec: spec.shapes["x"][1] > 1),
    Property(
        "more than one filter",
        "channel",
        "filters",
        lambda spec: spec.shapes["w"][1] * spec.options.get("groups", 1) > 1,
    ),
    Property(
        "a kernel larger than 1×1", "geometry", "kernel larger than 1×1", lambda spec: prod(spec.shapes["w"][2:]) > 1
    ),
)


def sizes(
    image: tuple[int, int] = (3, 3),
    kernel: tuple[int, int] = (3, 3),
    *,
    n: int = 2,
    channels: int = 2,
    filters: int = 3,
    bias: bool = True,
    numbers: str = "integers",
    scale: float = 1.0,
    **options: Any,
) -> Spec:
    """A case of these sizes; its properties follow from them. filters: the channels of y."""
    groups = options.get("groups", 1)
    shapes = {
        "x": (n, channels, *image),
        "w": (channels, filters // groups, *kernel),
        "b": (filters,) if bias else None,
    }
    return Spec(shapes, options, numbers, scale)


def _output_size(x_shape, w_shape, stride: Size, padding: Size, output_padding: Size, dilation: Size) -> list[int]:
    each = zip(x_shape[2:], w_shape[2:], *map(two, (stride, padding, output_padding, dilation)), strict=True)
    return [(size - 1) * s - 2 * p + d * (k - 1) + 1 + e for size, k, s, p, e, d in each]


def reference(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """The forward by its definition, Aᵀx: the rows of A are the convolutions of images with a single 1.

    The forward that was handed out calls chapter 8's exercise; this one needs nothing but conv2d's given forward.
    """
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    output, which = _lay_out(x.shape, w.shape, **options, groups=groups)
    A = np.append(np.zeros(1, w.dtype), w)[which]
    y = (x.reshape(len(x), -1) @ A).reshape(len(x), *output)
    y = y if b is None else y + b[:, None, None]
    cache = loader.load_stub_function("conv_transpose", "ConvTranspose2dCache")
    return y, cache(x, w, b, **options, groups=groups)


def multiply_by_matrix(case: Case) -> Gradients:
    """Return the gradients by the matrix of the layer: with y = Aᵀx, dx = A dy, and dA = x dyᵀ.

    A weight stands at many places of A, and its gradient is the sum of theirs.
    """
    x, w, b = (None if a is None else np.asarray(a, np.float64) for a in case.inputs.values())
    assert x is not None and w is not None
    _, which = _lay_out(x.shape, w.shape, **case.options)
    dy = np.asarray(case.dy, np.float64)
    rows, columns = dy.reshape(len(x), -1), x.reshape(len(x), -1)
    dx = rows @ np.append(0.0, w)[which].T
    dw = np.bincount(which.reshape(-1), (columns.T @ rows).reshape(-1), w.size + 1)[1:]
    return {"dx": dx.reshape(x.shape), "dw": dw.reshape(w.shape), "db": None if b is None else dy.sum((0, 2, 3))}


def _lay_out(
    x_shape, w_shape, *, stride: Size = 1, padding: Size = 0, output_padding: Size = 0, dilation: Size = 1, groups=1
) -> tuple[tuple[int, ...], np.ndarray]:
    """Return y's shape without N, and which weight each entry of A is."""
    output = (w_shape[1] * groups, *_output_size(x_shape, w_shape, stride, padding, output_padding, dilation))
    return output, _find_weights(x_shape[2:], w_shape, output, *map(two, (stride, padding, dilation)), groups)


@lru_cache(maxsize=256)
def _find_weights(image, w_shape, output, stride, padding, dilation, groups) -> np.ndarray:
    """Return which weight each entry of A is, counted from 1, or 0 where it is none: (C·H·W, prod(output)).

    That depends on the sizes only. In an image with a single 1, a convolution meets the weights one at a time. Where
    they lie is the same for every channel and filter of a group; between groups there are none.
    """
    (channels, per_group, *kernel), (filters, *positions) = w_shape, output
    ones = np.eye(prod(positions)).reshape(-1, 1, *positions)
    numbers = np.arange(1.0, prod(kernel) + 1).reshape(1, 1, *kernel)
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    lies = loader.load_stub_function("conv", "conv2d_forward")(ones, numbers, None, **how)[0]
    lies = lies[:, :, : image[0], : image[1]].astype(np.intp)[None]  # (1, positions, 1, H, W)
    f, c = (np.arange(count).reshape(shape) for count, shape in ((filters, (-1, 1)), (channels, (1, -1))))
    first = (c * per_group + f % per_group) * prod(kernel)
    together = f // per_group == c // (channels // groups)
    first, together = (a[:, None, :, None, None] for a in (first, together))
    return np.where(together & (lies > 0), first + lies, 0).reshape(prod(output), -1).T.copy()


def _quantities(case: Case) -> dict[str, float]:
    (n, channels, *image), (_, _, *kernel) = case.inputs["x"].shape, case.inputs["w"].shape
    positions = prod(np.shape(case.dy)[2:])
    return {
        "N": n,
        "C": channels,
        "KH·KW": prod(kernel),
        "OH·OW": positions,
        "N·OH·OW": n * positions,
        "H·W": prod(image),
        "N·H·W": n * prod(image),
    }


def _turn_kernel(case: Case) -> Case:
    return replace(case, inputs={**case.inputs, "w": case.inputs["w"][:, :, ::-1, ::-1]})


def _collect_without_dilation(case: Case, right) -> np.ndarray:
    """dw from the places at which the weights would lie with dilation 1."""
    size, (kh, kw) = np.shape(case.dy), case.inputs["w"].shape[2:]
    (dh, dw), options = two(case.options.get("dilation", 1)), {**case.options, "dilation": 1}
    close = (..., slice(size[2] - (dh - 1) * (kh - 1)), slice(size[3] - (dw - 1) * (kw - 1)))
    return right(replace(case, options=options, dy=np.asarray(case.dy)[close]))


def _interleave_groups(case: Case) -> Case:
    """The case whose filters are dealt out to the groups one by one."""
    dy, groups = np.asarray(case.dy), case.options.get("groups", 1)
    return replace(case, dy=np.concatenate([dy[:, g::groups] for g in range(groups)], axis=1))


CONV_TRANSPOSE2D = define_operation(
    "conv_transpose2d",
    topic="conv_transpose",
    chapter="ch14",
    points=8,
    where="chapter 14, steps 3 and 4",
    needs="conv2d_input_grad",
    hints=(
        "The forward pass is y = Aᵀx with a convolution's matrix A. What is the transpose of Aᵀ?",
        "dx = A dy: an ordinary convolution of dy, conv2d_forward with the same options. And which pair made dw there?",
        (
            "In the convolution that A is, dy is the image and x the upstream gradient: dw = conv2d_weight_grad of x "
            "and dy. db is the sum of dy over images and positions."
        ),
    ),
    wrt={"dx": "x", "dw": "w", "db": "b"},
    base=sizes(),
    core={
        "one of everything": sizes((2, 2), (2, 2), n=1, channels=1, filters=1),
        "one image": sizes(n=1),
        "one channel": sizes(channels=1),
        "one filter": sizes(filters=1),
        "as many filters as channels": sizes(channels=3),
        "no bias": sizes(bias=False),
        "1×1 kernel": sizes(kernel=(1, 1)),
        "one cell": sizes((1, 1)),
        "wide image": sizes((2, 4)),
        "tall image": sizes((4, 2)),
        "tall kernel": sizes(kernel=(3, 2)),
        "stride 2": sizes(stride=2),
        "stride 3 with gaps": sizes(kernel=(2, 2), stride=3),
        "padding 1": sizes(padding=1),
        "padding 2": sizes((4, 4), padding=2),
        "stride 2 and padding 1": sizes(stride=2, padding=1),
        "stride 2, padding 1, nothing square": sizes((2, 4), (4, 3), stride=2, padding=1),
    },
    general={
        "a bias of zeros": replace(sizes(), draws={"b": lambda rng, shape: np.zeros(shape)}),
        "stride (2, 1)": sizes(stride=(2, 1)),
        "padding (0, 1)": sizes(padding=(0, 1)),
        "output_padding 1": sizes(stride=2, output_padding=1),
        "output_padding (0, 1)": sizes(stride=2, output_padding=(0, 1)),
        "output_padding with padding": sizes(stride=2, padding=1, output_padding=1),
        "output_padding of rows up to the dilation": sizes(
            (2, 2), (2, 2), stride=(1, 2), dilation=(3, 1), output_padding=(2, 0)
        ),
        "output_padding of columns up to the dilation": sizes(
            (2, 2), (2, 2), stride=(2, 1), dilation=(1, 3), output_padding=(0, 2)
        ),
        "dilation 2": sizes((2, 2), dilation=2),
        "dilation (1, 2)": sizes((2, 2), dilation=(1, 2)),
        "2 groups": sizes(channels=4, filters=6, groups=2),
        "a kernel for each channel": sizes(channels=3, filters=3, groups=3),
        "everything at once": sizes(
            (2, 3),
            (3, 2),
            channels=4,
            filters=2,
            stride=(3, 2),
            padding=(1, 0),
            output_padding=(1, 1),
            dilation=(1, 2),
            groups=2,
        ),
        "numbers with fractions": sizes(numbers="normals"),
    },
    linear=("x", "w", "b"),
    properties=PROPERTIES,
    quantities=_quantities,
    rivals=(
        Rival(
            "dx",
            "flip",
            "dx is what a kernel turned by 180° gives: dx = A dy is an ordinary convolution, with w as it is.",
            lambda case, right: right(_turn_kernel(case)),
        ),
        Rival(
            "dw",
            "flip",
            "dw is turned by 180°: dw[u, v] belongs to the weight that laid x[i, j] on y[s·i + u − p, s·j + v − p].",
            lambda case, right: right(case)[:, :, ::-1, ::-1],
        ),
        Rival("dw", "option", "dw leaves dilation out: it is taken for 1.", _collect_without_dilation),
        *(
            Rival(
                name,
                "option",
                f"{name} counts the filters of a group in steps of the number of groups: they lie side by side, those "
                "of group 0 first.",
                lambda case, right: right(_interleave_groups(case)),
            )
            for name in ("dx", "dw")
        ),
    ),
    reference=reference,
    formula=multiply_by_matrix,
)

OPERATIONS: tuple[Operation, ...] = (CONV_TRANSPOSE2D,)
