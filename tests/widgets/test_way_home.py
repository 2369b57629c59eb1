"""The way home: the page computes what NumPy and the solutions compute, and shows no sum that is wrong."""

import json
import re

import numpy as np
import pytest

from cnnlab.widgets import trained_lenet, way_home
from cnnlab.widgets.trained_lenet import GEARS
from cnnlab.widgets.wayhome import WAY, WayHome
from solutions.ops import activations, conv, linear, losses, pool
from tests.widgets.test_scenes import FOLDER, node

SPOILED = [(gear, layer) for gear, layers in GEARS.items() for layer in layers]

#: Runs a function of the page on states, which arrive with the weights once.
ASK = """
const [network, route, panel, strip] = await Promise.all(process.argv.slice(2).map(file => import(file)));
const { data, states } = JSON.parse(await new Response(process.stdin).text());
const ask = FUNCTION;
console.log(JSON.stringify(states.map(s => { s = { ...s, data }; return ask(s, network.runOf(s)); })));
"""


def ask(function, scenes):
    files = [(FOLDER / f"wayhome_{part}.js").as_uri() for part in ("network", "route", "panel", "strip")]
    given = json.dumps({"data": scenes[0].data(), "states": [s.settle().state() for s in scenes]})
    return json.loads(node(ASK.replace("FUNCTION", function), *files, given=given))


def by_solutions(x, label, w):
    """Return values and gradients by the reference solutions."""
    values, caches, a = {"x": x[None, None]}, {}, x[None, None]
    for k in "12":
        values[f"conv{k}"], caches[f"conv{k}"] = conv.conv2d_forward(a, w[f"conv{k}.weight"], w[f"conv{k}.bias"])
        values[f"relu{k}"], caches[f"relu{k}"] = activations.relu_forward(values[f"conv{k}"])
        a, caches[f"pool{k}"] = pool.max_pool2d_forward(values[f"relu{k}"], kernel_size=2)
        values[f"pool{k}"] = a
    a, caches["flatten"] = linear.flatten_forward(a)
    for k, relu in (("1", "relu3"), ("2", "relu4")):
        values[f"fc{k}"], caches[f"fc{k}"] = linear.linear_forward(a, w[f"fc{k}.weight"], w[f"fc{k}.bias"])
        values[relu], caches[relu] = activations.relu_forward(values[f"fc{k}"])
        a = values[relu]
    values["logits"], caches["fc3"] = linear.linear_forward(a, w["fc3.weight"], w["fc3.bias"])
    values["loss"], cache = losses.cross_entropy_forward(values["logits"], np.array([label]))
    g = {"logits": losses.cross_entropy_backward(1.0, cache)}
    d = linear.linear_backward(g["logits"], caches["fc3"])[0]
    for k, relu in (("2", "relu4"), ("1", "relu3")):
        g[f"fc{k}"] = activations.relu_backward(d, caches[relu])
        d = linear.linear_backward(g[f"fc{k}"], caches[f"fc{k}"])[0]
    d = linear.flatten_backward(d, caches["flatten"])
    for k, before in (("2", "pool1"), ("1", "x")):
        g[f"pool{k}"] = d
        d = pool.max_pool2d_backward(d, caches[f"pool{k}"])
        g[f"conv{k}"] = activations.relu_backward(d, caches[f"relu{k}"])
        d, _, g[f"conv{k}.bias"] = conv.conv2d_backward(g[f"conv{k}"], caches[f"conv{k}"])
        g[before] = d
    return values, g


@pytest.mark.parametrize("digit", [0, 7])
def test_numpy_computes_what_the_solutions_do(digit):
    stored = trained_lenet.load()
    w, x, label = stored.weights(), stored.image(digit), int(stored.labels[digit])
    assert sum(v.size for v in w.values()) == 61_706
    found = trained_lenet.run_forward(x, w)
    values, g = by_solutions(x, label, w)
    for name, value in trained_lenet.run_backward(found, label, w).items():
        if name in g:
            np.testing.assert_allclose(value, g[name].reshape(value.shape), rtol=1e-9, atol=1e-13, err_msg=name)
    np.testing.assert_allclose(found["logits"], values["logits"][0], rtol=1e-10)
    assert trained_lenet.find_loss(x, label, w) == pytest.approx(float(values["loss"]), rel=1e-10)


def test_the_page_computes_what_numpy_does_with_every_spoiled_gear():
    scenes = [WayHome(k % 14, gear=gear, layer=layer, spoiled=1) for k, (gear, layer) in enumerate(SPOILED)]
    plain = "Object.fromEntries(network.WAY.map(n => [n, [...run.g[n]]]))"
    pages = ask(f"(s, run) => ({{ ...{plain}, bias: run.bias, counts: run.counts, loss: run.loss }})", scenes)
    for scene, page in zip(scenes, pages, strict=True):
        _, right, shown = scene.runs()
        for name in WAY:
            np.testing.assert_allclose(page[name], shown[name].ravel(), rtol=1e-9, atol=1e-13, err_msg=name)
            assert page["counts"][name] == trained_lenet.find_wrong(shown[name], right[name]).sum()
        for layer in ("conv1", "conv2"):
            np.testing.assert_allclose(page["bias"][layer], shown[f"{layer}.bias"], rtol=1e-9, atol=1e-13)
        assert page["loss"] == pytest.approx(scene.try_brighter()[0], rel=1e-10)


#: layer -> the first gradient, on the way from the loss, that its gear computes
FIRST = {"conv1": "x", "conv2": "pool1", "relu1": "conv1", "relu2": "conv2", "relu3": "fc1", "relu4": "fc2"}


@pytest.mark.parametrize(("gear", "layer"), SPOILED)
def test_a_spoiled_gear_floods_what_lies_to_its_left_and_nothing_else(gear, layer):
    for digit in (0, 2):
        _, right, shown = WayHome(digit, gear=gear, layer=layer, spoiled=1).runs()
        wrong = [name for name in WAY if trained_lenet.find_wrong(shown[name], right[name]).any()]
        flooded = WAY[WAY.index(FIRST[layer]) :]
        assert wrong == ([] if gear == "mean for sum" else list(flooded))


def numbers(text):
    """Return the numbers of a text, each with its decimals."""
    found = re.findall(r"−?\d+(?:\.\d+)?", text)
    return [float(n.replace("−", "-")) for n in found]


CELLS = [
    WayHome(digit, row, column, k, gear, layer, spoiled)
    for k, (digit, row, column) in enumerate((d, r, c) for d in (0, 2, 9) for r in (0, 9, 17, 31) for c in (3, 14, 20))
    for k in (k % 6,)
    for gear, layer, spoiled in (("= for +=", "conv1", 0), (*SPOILED[k], 1))
]


def test_no_sum_and_no_product_that_is_shown_is_wrong():
    pages = ask(
        "(s, run) => { const made = panel.panelOf(s, run); "
        "return [made.steps[3][2], made.steps[5][2], strip.stripOf(s, run, made)]; }",
        CELLS,
    )
    sums = 0
    for scene, (conv2, conv1, strip) in zip(CELLS, pages, strict=True):
        for product in re.findall(r"(\S+) · (\S+) = <b[^>]*>([^<]+)", conv2 + conv1):
            a, b, shown = (numbers(n)[-1] for n in product)
            places = len(product[2].partition(".")[2])
            assert round(a * b, places) == pytest.approx(shown, abs=10**-12), scene
        if "together" in conv2:
            parts, _, whole = re.sub(r"<br>got.*", "", conv2).partition("together")
            shown = [numbers(n)[0] for n in re.findall(r"<b class=\"wh-g\">([^<]+)", parts)]
            assert sum(shown) == pytest.approx(numbers(whole)[0], abs=1e-12), scene
        cells = re.findall(r'<span class="wh-dy[^"]*">([^<]+)</span>', strip.partition("<small>conv1’s")[2])
        total = re.search(r"add(?:s)? up to (?!about)(\S+?)<", strip)
        if total:
            places = len(total[1].partition(".")[2])
            assert f"{sum(numbers(n)[0] for n in cells):.{places}f}".replace("-", "−") == total[1], scene
            sums += 1
        rows = re.findall(r"map \d</th><td>([^<]+)", strip)
        whole = re.search(r"all</th><td>([^<]+)", strip)[1]
        assert sum(numbers(n)[0] for n in rows) == pytest.approx(numbers(whole)[0], abs=1e-12), scene
    assert sums > 20


def test_the_panel_has_the_numbers_of_the_maps():
    scenes = [WayHome(2, 16, 14), WayHome(2, 16, 14, gear="kernel turned", layer="conv2", spoiled=1)]
    pages = ask("(s, run) => { const m = panel.panelOf(s, run); return [m.at, m.steps[4][2], m.home.said]; }", scenes)
    for scene, (at, window, home) in zip(scenes, pages, strict=True):
        values, right, shown = scene.runs()
        (gets,) = numbers(re.search(r'wh-won">\S+ won<small>gets ([^<]+)', window)[1])
        assert gets == pytest.approx(shown["pool1"][scene.map, at["i"] // 2, at["j"] // 2], abs=5e-4)
        assert numbers(window)[0] == pytest.approx(
            values["relu1"][scene.map, at["i"] // 2 * 2, at["j"] // 2 * 2], abs=5e-4
        )
        assert f"{right['x'][0, 16, 14]:.4f}".replace("-", "−") in home
        assert f"{shown['x'][0, 16, 14]:.4f}".replace("-", "−") in home


def test_a_cell_without_a_way_home_says_where_it_ended():
    scenes = [WayHome(digit, row, column) for digit in (0, 4) for row in range(0, 32, 3) for column in (0, 16, 31)]
    dead = 0
    for scene, home in zip(scenes, ask("(s, run) => panel.panelOf(s, run).home.said", scenes), strict=True):
        right = scene.runs()[1]
        nothing = right["x"][0, scene.row, scene.column] == 0
        assert home.startswith("No way home") == nothing
        if nothing:
            dead += 1
            assert f"step {scene.find_dead_end(right)}, " in home
    assert dead > 2


def test_the_state_is_small():
    assert len(json.dumps(WayHome().data())) < 300_000
    assert way_home(gear="no mask").layer == "relu1"
