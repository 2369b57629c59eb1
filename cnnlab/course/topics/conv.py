"""Chapter 8: convolution. What is asked of conv.py."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from cnnlab import loader
from cnnlab.course.cases.conv import PROPERTIES, plan, two
from cnnlab.course.exercise import Exercise, Operation
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Oracle, Problem, Rival
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.runner.calls import Call


def quantities(case: Case) -> dict[str, float]:
    """Sizes that a wrong constant factor may equal."""
    (n, channels, *image), (filters, _, *kernel) = (case.inputs["x"].shape, case.inputs["w"].shape)
    positions = prod(np.shape(case.dy)[2:])
    return {
        "N": n,
        "OH·OW": positions,
        "N·OH·OW": n * positions,
        "KH·KW": prod(kernel),
        "C": channels,
        "F": filters,
        "H·W": prod(image),
        "stride": two(case.options.get("stride", 1))[0],
    }


def _change_case(case: Case, **changed) -> Case:
    """A case with other inputs or another dy."""
    inputs = {**case.inputs, **{k: v for k, v in changed.items() if k != "dy"}}
    return replace(case, inputs=inputs, dy=changed.get("dy", case.dy))


def _turn_kernel(a: np.ndarray) -> np.ndarray:
    return a[:, :, ::-1, ::-1]


def _leave_padding(case: Case, right):
    """The top left corner of the padded gradient: what is left when padding is not cropped but the tail is."""
    x, (ph, pw) = case.inputs["x"], two(case.options.get("padding", 0))
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    return right(replace(_change_case(case, x=padded), options={**case.options, "padding": 0}))[
        ..., : x.shape[2], : x.shape[3]
    ]


OPTION_DEFAULTS = (("stride", 1), ("dilation", 1))


def _use_options(gradient: str, change):
    """What other values of options give for the same dy: a padded image that is as large as its windows reach.

    change: (stride, dilation) -> those that are used, each a pair (rows, columns).
    """

    def compute(case: Case, right):
        given = tuple(two(case.options.get(option, default)) for option, default in OPTION_DEFAULTS)
        if change(*given) == given:
            return None
        options = {**case.options, **dict(zip(("stride", "dilation"), change(*given), strict=True)), "padding": 0}
        x, (ph, pw) = case.inputs["x"], two(case.options.get("padding", 0))
        stride, dilation = (two(options.get(k, default)) for k, default in OPTION_DEFAULTS)
        sizes = zip(case.inputs["w"].shape[2:], np.shape(case.dy)[2:], stride, dilation, strict=True)
        rows, columns = (s * (o - 1) + d * (k - 1) + 1 for k, o, s, d in sizes)
        padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        reached = np.zeros((*x.shape[:2], rows, columns), x.dtype)
        h, w = min(rows, padded.shape[2]), min(columns, padded.shape[3])
        reached[:, :, :h, :w] = padded[:, :, :h, :w]
        found = right(replace(_change_case(case, x=reached), options=options))
        if gradient == "dw":
            return found
        dx = np.zeros(padded.shape)
        dx[:, :, :h, :w] = found[:, :, :h, :w]
        return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]

    return compute


def _keep_window(case: Case, right):
    """dw where every dy meets the first window of x."""
    x, w, groups = case.inputs["x"], case.inputs["w"], case.options.get("groups", 1)
    (dh, dw), (ph, pw) = (two(case.options.get(k, d)) for k, d in (("dilation", 1), ("padding", 0)))
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows, columns = (d * (k - 1) + 1 for d, k in zip((dh, dw), w.shape[2:], strict=True))
    window = padded[:, :, :rows:dh, :columns:dw]
    window = window.reshape(len(x), groups, -1, *w.shape[2:])
    total = case.dy.sum(axis=(2, 3)).reshape(len(x), groups, -1)
    return np.einsum("ngf,ngcuv->gfcuv", total, window).reshape(w.shape)


def _make_option_rivals(gradient: str) -> tuple[Rival, ...]:
    """What becomes of a gradient where an option is not used, or that of the rows is used for both."""
    changes = (
        ("{0} is what a {1} of 1 gives: {1} is not used.", lambda pair: (1, 1)),
        ("{0} uses the {1} of the rows for the columns too.", lambda pair: (pair[0], pair[0])),
        ("{0} uses the {1} of the columns for the rows too.", lambda pair: (pair[1], pair[1])),
        (
            "{0} uses the {1} of the rows for the columns, and that of the columns for the rows.",
            lambda pair: pair[::-1],
        ),
    )
    return tuple(
        Rival(gradient, "option", text.format(gradient, option), _use_options(gradient, _change_one(option, change)))
        for option in ("stride", "dilation")
        for text, change in changes
    )


def _change_one(option: str, change):
    """Return a change of the stride, or of the dilation, alone."""
    if option == "stride":
        return lambda stride, dilation: (change(stride), dilation)
    return lambda stride, dilation: (stride, change(dilation))


RIVALS = (
    *_make_option_rivals("dx"),
    *_make_option_rivals("dw"),
    Rival(
        "dx",
        "option",
        "dx has the stride in the place of the dilation, and the dilation in that of the stride: dy[i, j] · w[u, v] "
        "belongs to x[s·i + d·u − p, s·j + d·v − p].",
        _use_options("dx", lambda stride, dilation: (dilation, stride)),
    ),
    Rival(
        "dw",
        "option",
        "dw has the stride in the place of the dilation, and the dilation in that of the stride: w[u, v] met "
        "x[s·i + d·u − p, s·j + d·v − p]. A correlation of x with dy moves by d from one weight to the next, and by s "
        "from one dy to the next: its stride is d, and its dilation s.",
        _use_options("dw", lambda stride, dilation: (dilation, stride)),
    ),
    Rival(
        "dw",
        "formula",
        "dw multiplies every dy[n, f, i, j] by the first window of x: the window moves with i and j.",
        _keep_window,
    ),
    Rival(
        "dx",
        "flip",
        "dx is what a scatter with a turned kernel gives, and so does a gather with one that is not turned. If you "
        "scatter, adding dy · w to the cells of each window, use w as it is; if you gather, correlating the padded dy "
        "with the kernel, turn it by 180°: w[:, :, ::-1, ::-1].",
        lambda case, right: right(_change_case(case, w=_turn_kernel(case.inputs["w"]))),
    ),
    Rival(
        "dx",
        "option",
        "dx is cut from the corner of the padded gradient: the first p rows and columns belong to the padding, and the "
        "image begins after them.",
        _leave_padding,
    ),
    Rival(
        "dw",
        "flip",
        "dw is turned by 180°: dw[u, v] belongs to the weight w[u, v] that met x[s·i + u − p, s·j + v − p]; nothing is "
        "turned in a correlation of x with dy.",
        lambda case, right: _turn_kernel(right(case)),
    ),
)


def _reference(*inputs, **options):
    return loader.load_stub_function("conv", "conv2d_forward")(*inputs, **options)


WRT = {"dx": "x", "dw": "w", "db": "b"}

ORACLE = Oracle(
    plan,
    WRT,
    _reference,
    pytorch.VJP(pytorch.functional("conv2d"), WRT),
    linear=frozenset(("x", "w", "b")),
    properties=PROPERTIES,
    quantities=quantities,
)


def _problem(function: str, arguments: str, *gradients: str, options: bool = False) -> Problem:
    """The same cases for the pair and for each part; only the call and the gradients that come back differ."""
    call = Call("conv2d_forward", function, tuple(arguments.split()), options)
    return Problem(function, call, gradients, ORACLE, tuple(r for r in RIVALS if r.gradient in gradients))


BIAS = Exercise(
    op="conv2d",
    topic="conv",
    chapter="ch08",
    points=2,
    where="chapter 8, step 2",
    hints=(
        "In how many output cells does b[f] appear, and with what factor?",
        "b[f] is added to every cell of filter f's output, in every image, with the factor 1. Over what must you sum?",
        "db[f] is the sum of dy[n, f, i, j] over n, i and j: one call of sum with three axes.",
    ),
    problem=_problem("conv2d_bias_grad", "dy", "db"),
)

WEIGHT = Exercise(
    op="conv2d",
    topic="conv",
    chapter="ch08",
    points=6,
    where="chapter 8, step 3",
    hints=(
        "Fix one weight w[f, c, u, v]. Which cells of x did it meet, and in which output cells did the products land?",
        (
            "For each (u, v) the cells it met are the strided slice that the forward pass multiplies with: the same "
            "loop over taps gives dw[:, :, u, v]."
        ),
        (
            "dw[:, :, u, v] is dy, as a matrix of filters by positions, times the slice, as a matrix of positions by "
            "channels, summed over the images."
        ),
    ),
    problem=_problem("conv2d_weight_grad", "dy x w_shape", "dw", options=True),
)

INPUT = Exercise(
    op="conv2d",
    topic="conv",
    chapter="ch08",
    points=6,
    where="chapter 8, steps 4 to 8",
    hints=(
        (
            "Fix one cell of x. Which output cells used it, and through which weight each? Read the forward's formula "
            "from right to left."
        ),
        (
            "Begin with zeros of the padded image's shape. For each (u, v), what must be added to the strided slice "
            "that the forward pass read there?"
        ),
        (
            "Add w[:, :, u, v], transposed, times dy to that slice; += and not =, since windows overlap. Cut the "
            "padding off at the end."
        ),
    ),
    problem=_problem("conv2d_input_grad", "dy w x_shape", "dx", options=True),
)

OPERATIONS = (
    Operation(
        "conv2d",
        "conv",
        "ch08",
        exercises=(BIAS, WEIGHT, INPUT),
        pair=_problem("conv2d_backward", "dy cache", "dx", "dw", "db"),
    ),
)
