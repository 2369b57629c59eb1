"""Every picture is moved by mouse, keys and finger, without a kernel, and shows the numbers that NumPy computes.

One page each, in a column of 800 pixels and then in a narrow one, where nothing may be cut.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import cnnlab.widgets
from cnnlab.widgets.explorer import ConvExplorer
from cnnlab.widgets.landscape import FILE
from cnnlab.widgets.lossslice import RATES as SLICE_RATES
from cnnlab.widgets.race import RATES as RACE_RATES
from cnnlab.widgets.roi import RoiExplorer
from cnnlab.widgets.scene import Scene, number
from cnnlab.widgets.sixsteps import SixSteps
from cnnlab.widgets.skip import SkipExplorer, load_numbers
from cnnlab.widgets.symptoms import FILE as RUNS_FILE
from cnnlab.widgets.turnover import UPSTREAM
from cnnlab.widgets.upsampling import two
from tests.solutions.agreement import solution
from tests.widgets.page import SPOT
from tests.widgets.states import BATCHES, GEARS, STATES
from tests.widgets.test_batchnorm import batch_numbers
from tests.widgets.test_errata import errors
from tests.widgets.test_on_a_page import settle, shown, widget_of  # noqa: F401 (shown is a fixture)
from tests.widgets.test_scenes import node

pytestmark = pytest.mark.browser

GAN = solution("gan")
RESAMPLE = solution("resample")

DETECTION = solution("detection")


def convolve(s: ConvExplorer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y, the padded dx and dw of a state, from its own numbers."""
    data, start = s.data(), (5 - s.kernel) // 2
    x = np.pad(np.array(data["x"])[: s.input, : s.input], s.padding)
    w = np.array(data["w"])[start : start + s.kernel, start : start + s.kernel]
    span = s.dilation * (s.kernel - 1) + 1
    windows = sliding_window_view(x, (span, span))[:: s.stride, :: s.stride, :: s.dilation, :: s.dilation]
    dy = np.array(data["dy"])[: len(windows), : len(windows)]
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(dy.shape):
        rows, columns = (slice(s.stride * k, s.stride * k + span, s.dilation) for k in (i, j))
        dx[rows, columns] += dy[i, j] * w
    return np.einsum("ijuv,uv->ij", windows, w), dx, np.einsum("ijuv,ij->uv", windows, dy)


def conv_numbers(s: Any) -> list[str]:
    y, dx, dw = convolve(s)
    value = {"x": dx, "w": dw, "y": y}[s.grid][
        s.row + (s.padding if s.grid == "x" else 0), s.column + (s.padding if s.grid == "x" else 0)
    ]
    shown_value = f"{value:.0f}" if s.grid == "w" else f"{value / 100:.2f}"
    return [f"= {shown_value}: ".replace("-", "−"), f"/{s.stride}⌋ + 1 = {len(y)}."]


def ledger_numbers(s: Any) -> list[str]:
    rows, layers = np.array([s.row, s.row]), [(5, 1), (2, 2), (5, 1), (2, 2)][: s.layer]
    for kernel, stride in reversed(layers):
        rows = rows * stride + np.array([0, kernel - 1])
    shapes = [(), (6, 1, 5, 5), (), (16, 6, 5, 5), ()]
    parameters = int(np.prod(shapes[s.layer]) + shapes[s.layer][0]) if shapes[s.layer] else 0
    return [f"{parameters:,} parameters" if parameters else "no parameters", f"rows {rows[0]} to {rows[1]}"]


def graph_numbers(s: Any) -> list[str]:
    x, w, b = 2.0, 1.5, -1.0

    def loss(x, w, b):
        return ((x * w + b) * x) ** 2

    h = 1e-6
    dx = (loss(x + h, w, b) - loss(x - h, w, b)) / (2 * h)
    q = (x * w + b) * x
    dw = (loss(x, w + h, b) - loss(x, w - h, b)) / (2 * h)
    return {11: [f"dx = 16 + 24 = {dx:.0f}."], 12: [f"dw = {dw:.0f} so far."], 3: [f"q = s × x = {q:.0f}."]}[s.step]


def curve_numbers(s: Any) -> list[str]:
    h = 10.0 ** (s.position / 4 - 16)
    found = (np.exp(1 + h) - np.exp(1 - h)) / (h + h)
    return [f"h = {number(h)}", f"is {number(found, 8)}", f"error {number(abs(found - np.e) / np.e)}"]


def window_numbers(s: Any) -> list[str]:
    x, w = np.array(s.data()["x"])[: s.input, : s.input], np.array(s.data()["w"])[: s.kernel, : s.kernel]
    y = np.einsum("ijuv,uv->ij", sliding_window_view(x, w.shape)[:: s.stride, :: s.stride], w)
    return [f"= {y.ravel()[s.step]}.".replace("-", "−"), f"All {y.size} outputs", f"({w.size}×{y.size})"]


def pool_numbers(s: Any) -> list[str]:
    x, dy = np.array(s.data()["x"]), np.array(s.data()["dy"])
    windows = sliding_window_view(x, (s.kernel, s.kernel))[:: s.stride, :: s.stride]
    dx = np.zeros(x.shape)
    for i, j in np.ndindex(windows.shape[:2]):
        u, v = np.unravel_index(windows[i, j].argmax(), windows.shape[2:])
        dx[s.stride * i + u, s.stride * j + v] += dy[i, j]
    if s.grid == "y":
        return [f"y[{s.row}, {s.column}] = {windows[s.row, s.column].max()} "]
    return [f"x[{s.row}, {s.column}] = {x[s.row, s.column]} ", f"= {dx[s.row, s.column]:.0f}."]


def slope_numbers(s: Any) -> list[str]:
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    z, gradient = s.tenths / 10, 1.0
    value, slope = sigmoid(z), sigmoid(z) * (1 - sigmoid(z))
    for _ in range(10):
        gradient *= sigmoid(z) * (1 - sigmoid(z)) * s.weight / 10
        z = sigmoid(z) * s.weight / 10
    return [f"value is {number(value)}", f"slope {number(slope)}", f"arrives as {number(gradient, 2)}"]


def softmax_numbers(s: Any) -> list[str]:
    z = np.array(s.logits)
    p = np.exp(z) / np.exp(z).sum()
    dz = (np.diag(p) - np.outer(p, p)) @ np.where(np.arange(4) == s.target, -1 / p, 0)
    return [f"L = −ln p{s.target} = {number(-np.log(p[s.target]))}", f"= {number(dz[s.row])}. In letters"]


def training_numbers(s: Any) -> list[str]:
    data = s.data()
    step = data["courses"][s.rate][s.step]
    w, b, v = np.array(step["parameters"]).reshape(3, -1)
    loss = np.mean((np.tanh(np.array(data["x"])[:, None] * w + b) @ v - data["target"]) ** 2)
    return {3: [f"is {number(loss)}."], 4: [f"largest {number(np.abs(step['gradients']).max())}"]}.get(
        s.phase, [f"after {s.step} updates"]
    )


def gear_numbers(s: Any) -> list[str]:
    states, counts = np.unique([row[1] for row in s.rows], return_counts=True)
    return [f"{n} {state}" for state, n in zip(states, counts, strict=True)]


def turned_numbers(s: Any) -> list[str]:
    k, m, (row, column) = s.kernel, s.output, divmod(s.place, s.input)
    w, dx = np.arange(1, k * k + 1).reshape(k, k), np.zeros((s.input, s.input), int)
    for i, j in np.ndindex(m, m):
        dx[i : i + k, j : j + k] += UPSTREAM[i][j] * w
    return [f"dx[{row}, {column}]", f" = {dx[row, column]}.".replace("-", "−")]


def repair_numbers(s: Any) -> list[str]:
    repaired = [s.data()["pieces"][name].index(getattr(s, name)) for name in ("slope", "rule", "batch")]
    found = errors()["".join(map(str, repaired))]
    return [f"{name} {number(e, 2)}" for name, e in zip(("dw1", "db1", "dw2", "db2"), found, strict=True) if e > 1e-8]


def race_numbers(s: Any) -> list[str]:
    point, lr = np.array([s.x, s.y]) / 100, RACE_RATES[s.rate]
    curvature = np.array([1.0, 25.0])
    end = point * (1 - lr * curvature) ** s.steps  # what gradient descent does in a valley
    start = f"from ({number(point[0])}, {number(point[1])})"
    return [start, f"gradient descent {number(curvature @ end**2 / 2, 2)}", f"rate {number(lr)}"]


def fake_numbers(s: Any) -> list[str]:
    """The score by the solution of chapter 16, and its gradient by the backward pass given there."""
    flat = np.array(s.data()[s.training]["d"][s.moment]) / 1000
    d = (flat[:128].reshape(64, 2), flat[128:192], flat[192:256].reshape(1, 64), flat[256:])
    a, cache = GAN.two_layers_forward(np.array([[s.x, s.y]]) / 100, d)
    (right, up), score = GAN.two_layers_backward(np.ones((1, 1)), cache)[0][0].tolist(), a.item()
    push = math.hypot(right, up) / (1 + math.exp(score))
    return [f"score is {number(score)}", f"({number(right)}, {number(up)})", f"length {number(push)} by G's loss"]


def upsampled_numbers(s: Any) -> list[str]:
    x, dy = (np.array(s.data()[name], float) for name in ("x", "dy"))
    options = {"size": 8, "mode": s.mode} | (
        {"align_corners": s.align_corners == "True"} if s.mode == "bilinear" else {}
    )
    y, cache = RESAMPLE.interpolate_forward(x[None, None], **options)
    dx = RESAMPLE.interpolate_backward(dy[None, None], cache)
    value = {"x": dx, "y": y}[s.grid][0, 0, s.row, s.column]
    return [f"= {two(value)}.", f"dy[{s.row}, {s.column}] = {dy[s.row, s.column]:.0f}".replace("-", "−")][
        : 2 if s.grid == "y" else 1
    ]


def skip_numbers(s: Any) -> list[str]:
    stored = load_numbers()
    total = stored["coarse"][s.image] / 100 + s.share / 10 * stored["skip"][s.image] / 100
    pred, wanted = total.argmax(axis=0), stored["masks"][s.image]
    pairs = [(np.sum((pred == k) & (wanted == k)), np.sum((pred == k) | (wanted == k))) for k in range(4)]
    iou = np.mean([both / either for both, either in pairs if either])
    logits = " ".join(f"{v:.2f}" for v in stored["coarse"][s.image, :, s.row, s.column] / 100).replace("-", "−")
    return [f"mean IoU {iou:.2f}", f"{np.sum(pred != wanted)} of 1024", f"coarse {logits};"]


def unrolled_numbers(s: Any) -> list[str]:
    w, y, inputs = s.weight / 10, [0.0], np.array(s.x[: s.times]) / 100 * (s.inputs == "drawn")
    for x in inputs:
        y.append(np.tanh(x + w * y[-1]))
    slopes = 1 - np.array(y[1:]) ** 2
    reach = np.cumprod([1, *(w * slopes[:0:-1])])[::-1]  # from the last time back to each
    dw = np.sum(reach * slopes * y[:-1])
    g = [number(v) for v in (reach[s.time], reach[0])]
    return [f"Its gradient is {g[0]}:", f" and {g[1]} at time 0.", f"dw = {number(dw)},"]


def roi_numbers(s: Any) -> list[str]:
    x, dy = (np.array(s.data()[name], float) for name in ("x", "dy"))
    box = np.array([[0, s.left, s.top, s.left + 4 * s.wide, s.top + 4 * s.high]]) / 8
    name, more = ("roi_align", {"sampling_ratio": 1}) if s.kind == "align" else ("roi_max_pool", {})
    y, cache = (getattr(DETECTION, f"{name}_forward"))(x[None, None], box, output_size=2, **more)
    dx = getattr(DETECTION, f"{name}_backward")(dy[None, None], cache)[0, 0]
    read = (
        f"/64 = {number(float(y[0, 0, s.row, s.column]), 7)}." if more else f"] = {y[0, 0, s.row, s.column]:.0f}, gets"
    )
    return [read, f"dx has {np.count_nonzero(dx)} cells", f"adds up to {dx.sum():.0f}."]


def slice_numbers(s: Any) -> list[str]:
    with np.load(FILE) as file:
        name, reach = {"with shortcuts": "shortcuts"}.get(s.network, "plain"), float(file["reach"])
        f, fx, fy = (file[f"{name}.{part}"].astype(float) for part in ("loss", "slope1", "slope2"))
    gap = 2 * reach / (len(f) - 1)
    fxy = (np.gradient(fx, gap, axis=1) + np.gradient(fy, gap, axis=0)) / 2
    hermite = np.array([[2, 1, -2, 1], [-3, -2, 3, -1], [0, 1, 0, 0], [1, 0, 0, 0]])

    def read(point):
        place = (np.asarray(point) + reach) / gap
        (i, j), (u, v) = (corner := np.floor(place).astype(int)), place - np.floor(place)
        assert (corner >= 0).all()
        across, up = (np.array([t**3, t**2, t, 1]) @ hermite for t in (u, v))
        slopes = (np.array([3 * t**2, 2 * t, 1, 0]) @ hermite / gap for t in (u, v))
        corners = np.zeros((4, 4))
        for p, q in product((0, 1), (0, 1)):
            at = i + p, j + q
            corners[2 * p : 2 * p + 2, 2 * q : 2 * q + 2] = [
                [f[at], fy[at] * gap],
                [fx[at] * gap, fxy[at] * gap**2],
            ]
        along_x, along_y = slopes
        return across @ corners @ up, np.array([along_x @ corners @ up, across @ corners @ along_y])

    point, rate = np.array([s.x, s.y]) / 100, SLICE_RATES[s.rate]
    loss, slope = read(point)
    promised, after = loss - rate * slope @ slope, read(point - rate * slope)[0]
    words = f"straight line promises {number(promised)}; the step ends at {number(after)}, which is "
    return [f"loss {number(loss)}, slope {number(np.linalg.norm(slope))}.", f"rate {number(rate)} the", words]


def hunt_numbers(s: Any) -> list[str]:
    with np.load(RUNS_FILE) as file:
        own, right = (file[f"{name}.norms"][s.parameter, s.step] for name in (s.run, "right"))
        losses = [file[f"{name}.losses"][file["steps"][s.step]] for name in (s.run, "right")]
        moves = [
            np.linalg.norm(file[f"{name}.filters"][s.filter] - file["first.filters"][s.filter])
            for name in (s.run, "right")
        ]
    lengths = f"length {number(float(own))}, right run {number(float(right))};"
    moved = f"moved by {number(float(moves[0]))}, right run {number(float(moves[1]))};"
    return [lengths, moved, *(number(float(f"{loss:.5g}")) for loss in losses)]


@dataclass(frozen=True)
class Moves:
    """The first state; what a click, a key and a tap are to bring about; and NumPy's numbers for a state."""

    scene: Scene
    click: dict[str, Any]
    key: str
    tap: dict[str, Any]
    numbers: Any


def start(kind: str, **state: Any) -> Any:
    return type(STATES[kind][0])(**state)


MOVES = {
    "ConvExplorer": Moves(
        start("ConvExplorer", direction="backward"),
        {"grid": "x", "row": 1, "column": 2},
        "ArrowDown",
        {"grid": "w", "row": 0, "column": 2},
        conv_numbers,
    ),
    "ShapeLedger": Moves(
        start("ShapeLedger"), {"layer": 2, "row": 4}, "ArrowDown", {"layer": 2, "row": 9, "column": 9}, ledger_numbers
    ),
    "GraphStepper": Moves(start("GraphStepper", step=10), {"step": 11}, "ArrowRight", {"step": 3}, graph_numbers),
    "UCurve": Moves(start("UCurve"), {"position": 30}, "ArrowRight", {"position": 50}, curve_numbers),
    "WindowStepper": Moves(start("WindowStepper"), {"step": 2}, "ArrowDown", {"step": 7}, window_numbers),
    "PoolExplorer": Moves(
        start("PoolExplorer", kernel=3, stride=1, padding=0),
        {"grid": "x", "row": 3, "column": 1},
        "ArrowRight",
        {"grid": "y", "row": 1, "column": 1},
        pool_numbers,
    ),
    "ActivationCurves": Moves(start("ActivationCurves"), {"tenths": -20}, "ArrowDown", {"tenths": 20}, slope_numbers),
    "SoftmaxJacobian": Moves(start("SoftmaxJacobian"), {"row": 2}, "ArrowRight", {"row": 3}, softmax_numbers),
    "SixSteps": Moves(SixSteps(step=2), {"phase": 3}, "ArrowRight", {"step": 60}, training_numbers),
    "GearBoard": Moves(GEARS[0], {"gear": 1}, "ArrowDown", {"gear": 0}, gear_numbers),
    "ConvolutionTurnsOver": Moves(
        start("ConvolutionTurnsOver"), {"place": 6}, "ArrowRight", {"place": 18}, turned_numbers
    ),
    "FormulaRepairs": Moves(
        start("FormulaRepairs"),
        {"slope": "δ² = da² ⊙ σ′(z²)"},
        "ArrowRight",
        {"batch": "sum over the batch"},
        repair_numbers,
    ),
    "BatchNormExplorer": Moves(
        BATCHES[1], {"sample": 2, "hand": "x"}, "ArrowUp", {"sample": 4, "hand": "dy"}, batch_numbers
    ),
    "GanField": Moves(
        start("GanField", moment=12), {"x": -150, "y": 20}, "ArrowDown", {"x": 210, "y": -55}, fake_numbers
    ),
    "UpsamplingExplorer": Moves(
        start("UpsamplingExplorer"),
        {"grid": "y", "row": 1, "column": 4},
        "ArrowDown",
        {"grid": "x", "row": 2, "column": 0},
        upsampled_numbers,
    ),
    "SkipExplorer": Moves(SkipExplorer(share=0), {"row": 20, "column": 9}, " ", {"row": 5, "column": 18}, skip_numbers),
    "UnrolledNetwork": Moves(start("UnrolledNetwork"), {"time": 4}, "ArrowUp", {"time": 2}, unrolled_numbers),
    "RoiExplorer": Moves(RoiExplorer(kind="align"), {"row": 1, "column": 0}, "ArrowRight", {"left": 20}, roi_numbers),
    "LossSlice": Moves(start("LossSlice"), {"x": 10, "y": -22}, "ArrowUp", {"x": -14, "y": 36}, slice_numbers),
    "HuntBoard": Moves(start("HuntBoard"), {"parameter": 2}, "ArrowRight", {"filter": 4}, hunt_numbers),
    "Race": Moves(start("Race"), {"x": -100}, "ArrowDown", {"x": 200}, race_numbers),
}


def state_on(page: Any, scene: Scene) -> Any:
    """The scene with the state that the page has."""
    names = [name for name in scene.state() if name != "rows"]
    values = page.evaluate("names => Object.fromEntries(names.map(n => [n, model.get(n)]))", names)
    return type(scene)(**{**scene.state(), **values}).settle()


@pytest.mark.parametrize("kind", MOVES)
def test_it_shows_the_numbers_of_numpy(shown, kind):  # noqa: F811
    moves = MOVES[kind]
    page = shown(widget_of(moves.scene), has_touch=True)
    page.evaluate("() => { model.save_changes = () => { throw new Error('there is no kernel'); }; }")

    def compare(wanted):
        caption, state = settle(page), state_on(page, moves.scene)
        assert {name: getattr(state, name) for name in wanted} == wanted
        assert caption == state.caption()
        found = moves.numbers(state)
        assert [n for n in found if n not in caption] == []
        return found

    page.mouse.click(*page.evaluate(SPOT, moves.click))
    found = compare(moves.click)
    page.keyboard.press(moves.key)
    found += compare({})
    page.touchscreen.tap(*page.evaluate(SPOT, moves.tap))
    found += compare(moves.tap)
    assert len(found) >= 3

    page.set_viewport_size({"width": 600, "height": 700})
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 600
    assert page.evaluate("(s => s.scrollWidth - s.clientWidth)(document.querySelector('.cnnlab-stage'))") <= 0


#: Prints every number in the three grids, for each state.
GRIDS = """
const { outputs, valueAt } = await import(process.argv[2]);
const states = JSON.parse(await new Response(process.stdin).text());
const square = (n, cell) => Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => cell(i, j)));
console.log(JSON.stringify(states.map(s => {
  const sizes = { x: s.input + 2 * s.padding, w: s.kernel, y: outputs(s) }, first = { x: s.padding, w: 0, y: 0 };
  return Object.keys(sizes).map(g => square(sizes[g], (i, j) => valueAt(s, g, i - first[g], j - first[g])[0]));
})));
"""


def test_every_cell_of_the_convolution_is_numpys():
    states = [ConvExplorer(6, 3, 2, 1, 1), ConvExplorer(9, 5, 1, 3, 1), ConvExplorer(7, 2, 3, 0, 2)]
    states = [replace(s, direction=d, grid=g) for s in states for d, g in product(("forward", "backward"), "xwy")]
    module = (Path(cnnlab.widgets.__file__).parent / "explorer_sums.js").as_uri()
    given = json.dumps([{**s.state(), "data": s.data()} for s in states])
    for state, (x, w, y) in zip(states, json.loads(node(GRIDS, module, given=given)), strict=True):
        found, dx, dw = convolve(state)
        if state.direction == "forward":
            assert y == found.tolist()
        elif state.grid == "w":
            assert w == dw.tolist()
        else:
            assert x == dx.tolist()
