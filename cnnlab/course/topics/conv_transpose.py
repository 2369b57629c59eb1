"""Chapter 14: transposed convolution. What is asked of conv_transpose.py."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course.backward_exercise import pair
from cnnlab.course.cases.conv import Size, two
from cnnlab.course.cases.planning import Spec
from cnnlab.course.exercise import Operation
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Property, Rival

PROPERTIES = (
    Property("padding", "option", "padding"),
    Property("stride above 1", "option", "stride"),
    Property("output_padding", "option", "output_padding"),
    Property("dilation above 1", "option", "dilation"),
    Property("groups above 1", "option", "groups"),
    Property("different values for rows and columns", "option", "pairs"),
    Property("different padding for rows and columns", "option", "padding of pairs"),
    Property("different strides for rows and columns", "option", "stride of pairs"),
    Property("different dilation for rows and columns", "option", "dilation of pairs"),
    Property("no bias", "option", "bias None"),
    Property("kernels that overlap", "accumulate", "overlap"),
    Property("an image that is not square", "geometry", "non-square image"),
    Property("a kernel that is not square", "geometry", "non-square kernel"),
    Property("more than one image", "reduction", "batch"),
    Property("more than one channel", "channel", "channels"),
    Property("more than one filter", "channel", "filters"),
    Property("a kernel larger than 1×1", "geometry", "kernel larger than 1×1"),
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
    stride, padding, dilation, extra = (
        two(options.get(k, default))
        for k, default in (("stride", 1), ("padding", 0), ("dilation", 1), ("output_padding", 0))
    )
    has = {
        "padding": max(padding) > 0,
        "stride above 1": max(stride) > 1,
        "output_padding": max(extra) > 0,
        "dilation above 1": max(dilation) > 1,
        "groups above 1": groups > 1,
        "different values for rows and columns": any(a != b for a, b in (stride, padding, dilation, extra)),
        "different padding for rows and columns": padding[0] != padding[1],
        "different strides for rows and columns": stride[0] != stride[1],
        "different dilation for rows and columns": dilation[0] != dilation[1],
        "no bias": not bias,
        "kernels that overlap": any(s < k and size > 1 for s, k, size in zip(stride, kernel, image, strict=True)),
        "an image that is not square": image[0] != image[1],
        "a kernel that is not square": kernel[0] != kernel[1],
        "more than one image": n > 1,
        "more than one channel": channels > 1,
        "more than one filter": filters > 1,
        "a kernel larger than 1×1": prod(kernel) > 1,
    }
    shapes = {
        "x": (n, channels, *image),
        "w": (channels, filters // groups, *kernel),
        "b": (filters,) if bias else None,
    }
    labels = frozenset(label for label, true in has.items() if true)
    return Spec(shapes, options, numbers, scale, has=labels)


def _output_size(x_shape, w_shape, stride: Size, padding: Size, output_padding: Size, dilation: Size) -> list[int]:
    each = zip(x_shape[2:], w_shape[2:], *map(two, (stride, padding, output_padding, dilation)), strict=True)
    return [(size - 1) * s - 2 * p + d * (k - 1) + 1 + e for size, k, s, p, e, d in each]


def reference(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """The forward by its definition, Cᵀx: the rows of C are the convolutions of images with a single 1.

    The forward that was handed out calls chapter 8's exercise; this one needs nothing but conv2d's given forward.
    """
    output = (w.shape[1] * groups, *_output_size(x.shape, w.shape, stride, padding, output_padding, dilation))
    ones = np.eye(prod(output), dtype=x.dtype).reshape(-1, *output)
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    C = loader.handed_out("conv", "conv2d_forward")(ones, w, None, **how)[0][:, :, : x.shape[2], : x.shape[3]]
    y = np.tensordot(x, C, ([1, 2, 3], [1, 2, 3])).reshape(len(x), *output)
    y = y if b is None else y + b[:, None, None]
    cache = loader.handed_out("conv_transpose", "ConvTranspose2dCache")
    return y, cache(x, w, b, stride, padding, output_padding, dilation, groups)


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


def _turned(case: Case) -> Case:
    return replace(case, inputs={**case.inputs, "w": case.inputs["w"][:, :, ::-1, ::-1]})


CONV_TRANSPOSE2D = pair(
    "conv_transpose2d",
    topic="conv_transpose",
    chapter="ch14",
    points=8,
    where="chapter 14, transposed convolution",
    hints=(
        "The forward pass is y = Cᵀx with a convolution's matrix C. What is the transpose of Cᵀ?",
        "dx = C dy: an ordinary convolution of dy, conv2d_forward with the same options. And which pair made dw there?",
        (
            "In the convolution that C is, dy is the image and x the upstream gradient: dw = conv2d_weight_grad of x "
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
        "wide kernel": sizes(kernel=(2, 3)),
        "tall kernel": sizes(kernel=(3, 2)),
        "stride 2": sizes(stride=2),
        "stride 2, kernels side by side": sizes(kernel=(2, 2), stride=2),
        "stride 3 with gaps": sizes(kernel=(2, 2), stride=3),
        "padding 1": sizes(padding=1),
        "padding 2": sizes((4, 4), padding=2),
        "stride 2 and padding 1": sizes(stride=2, padding=1),
        "stride 2, padding 1, nothing square": sizes((2, 4), (4, 3), stride=2, padding=1),
    },
    general={
        "stride (2, 1)": sizes(stride=(2, 1)),
        "padding (0, 1)": sizes(padding=(0, 1)),
        "output_padding 1": sizes(stride=2, output_padding=1),
        "output_padding (0, 1)": sizes(stride=2, output_padding=(0, 1)),
        "output_padding with padding": sizes(stride=2, padding=1, output_padding=1),
        "output_padding up to the dilation": sizes((2, 2), (2, 2), dilation=2, output_padding=1),
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
        "2 groups and stride 2": sizes(channels=4, filters=2, groups=2, stride=2),
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
        "no bias, stride 2": sizes(bias=False, stride=2),
    },
    linear=("x", "w", "b"),
    properties=PROPERTIES,
    quantities=_quantities,
    rivals=(
        Rival(
            "dx",
            "flip",
            "dx is what a kernel turned by 180° gives: dx = C dy is an ordinary convolution, with w as it is.",
            lambda case, right: right(_turned(case)),
        ),
        Rival(
            "dw",
            "flip",
            "dw is turned by 180°: dw[u, v] belongs to the weight that laid x[i, j] on y[s·i + u − p, s·j + v − p].",
            lambda case, right: right(case)[:, :, ::-1, ::-1],
        ),
    ),
    reference=reference,
)

OPERATIONS: tuple[Operation, ...] = (CONV_TRANSPOSE2D,)
