"""The race of chapter 12: its paths are those of the reference solutions."""

import json

import numpy as np
import pytest

from cnnlab.widgets.race import FAR, RATES, RULES, SURFACES, Race, height, slope
from tests.solutions.agreement import SOLUTIONS
from tests.widgets.test_scenes import FOLDER, node

#: The function of each rule, and the options that torch's default does not give it.
STEPS = {
    "gradient descent": ("sgd_step", {}),
    "momentum": ("momentum_step", {"momentum": 0.9}),
    "AdaGrad": ("adagrad_step", {}),
    "RMSProp": ("rmsprop_step", {}),
    "Adam": ("adam_step", {}),
}

FOLLOW = """
const { follow } = await import(process.argv[2]);
const s = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(s.data.rules.map(rule => follow(rule, s))));
"""


def walk(rule, scene):
    """The path by the solution of the exercise, step by step."""
    name, options = STEPS[rule]
    step, state = SOLUTIONS.load("optim").function(name), None
    path = [np.array([scene.x / 100, scene.y / 100])]
    for _ in range(scene.steps):
        grad = np.array(slope(scene.surface, *path[-1]))
        param, state = step(path[-1], grad, state, lr=RATES[scene.rate], **options)
        path.append(param)
    return np.array(path)


@pytest.mark.parametrize("surface", SURFACES)
def test_the_paths_on_the_page_end_where_the_solutions_do(surface):
    scene = Race(surface, rate=5, steps=60).settle()
    drawn = json.loads(
        node(FOLLOW, (FOLDER / "race.js").as_uri(), given=json.dumps({**scene.state(), "data": scene.data()}))
    )
    assert [[list(point) for point in path] for path in scene.paths().values()] == drawn
    for rule, path in zip(RULES, drawn, strict=True):
        np.testing.assert_allclose(path, walk(rule, scene), rtol=1e-9, atol=1e-12, err_msg=rule)


#: The pieces of contour lines of two surfaces: a plane, and one cell of a saddle, which a line crosses twice.
TRACE = """
const { traceContours } = await import(process.argv[2]);
const place = (i, j) => [i / 4, j / 3], corner = (i, j) => [2 * i - 1, 2 * j - 1];
console.log(JSON.stringify([
  traceContours((x, y) => x + 2 * y, [0.35, 1.9], place, 4, 3), traceContours((x, y) => x * y, [0.1], corner, 1, 1),
]));
"""


def test_contour_lines_run_where_the_height_is_theirs():
    plane, (saddle,) = json.loads(node(TRACE, (FOLDER / "contours.js").as_uri()))
    for level, pieces in zip((0.35, 1.9), plane, strict=True):
        ends = np.array(pieces)
        np.testing.assert_allclose(ends[..., 0] + 2 * ends[..., 1], level)
        assert len({tuple(np.round(end, 9)) for end in ends.reshape(-1, 2)}) == len(pieces) + 1, "it has a gap"
    assert len(saddle) == 2


@pytest.mark.parametrize("surface", SURFACES)
def test_the_slope_is_the_gradient_of_the_height(surface):
    x, y, h = 0.7, -0.4, 1e-6
    dx = (height(surface, x + h, y) - height(surface, x - h, y)) / (2 * h)
    dy = (height(surface, x, y + h) - height(surface, x, y - h)) / (2 * h)
    np.testing.assert_allclose(slope(surface, x, y), (dx, dy), rtol=1e-7)


def test_a_path_that_leaves_ends_there():
    path = Race("valley", rate=len(RATES) - 1, steps=300).paths()["gradient descent"]
    assert len(path) < 20 and max(map(abs, path[-1])) >= FAR
