"""The gear board follows the learner's files: asked by the page, and by itself."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from cnnlab import fit, loader, nn
from cnnlab.course import passes
from cnnlab.nn import gears, step_listeners
from cnnlab.widgets import gear_board, gearboard
from cnnlab.widgets.gearboard_still import place_cogs
from tests.patience import patience
from tests.widgets.states import GEARS
from tests.widgets.test_on_a_page import PIXELS, settle, shown, swipe, widget_of  # noqa: F401 (shown is a fixture)
from tests.widgets.test_scenes import FOLDER, node

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.setattr(loader, "_chosen", [])
    monkeypatch.setattr(passes, "_passed", set())
    for stub in loader.STUBS.glob("[!_]*.py"):
        (tmp_path / stub.name).write_bytes(stub.read_bytes())
    loader.choose(tmp_path)
    return tmp_path


def states(widget):
    return {exercise: state for exercise, state, *_ in widget.rows}


def write(room):
    (room / "activations.py").write_bytes((SOLUTIONS / "activations.py").read_bytes())
    gears.look_again()


def small():
    return nn.Sequential(fc=nn.Linear(3, 2, rng=0), act=nn.ReLU())


def test_it_shows_the_board_of_the_network(room):
    widget = gear_board(small())
    assert states(widget) == {"linear_backward": gears.PYTORCH, "relu_backward": gears.PYTORCH}
    assert "linear_backward turns fc; it is PyTorch's until you write it: chapter 5, " in widget.caption


def test_it_looks_again_when_it_is_asked(room):
    widget = gear_board(small())
    write(room)
    widget._handle_custom_msg("look", [])
    assert states(widget)["relu_backward"] == gears.UNCHECKED


def test_it_checks_what_it_is_told_to_check(room):
    write(room)
    assert states(gear_board(small(), check=True))["relu_backward"] == gears.CHECKED


def test_a_file_that_cannot_be_read_just_now_leaves_it_as_it_was(room):
    widget = gear_board(small())
    (room / "activations.py").write_text("def (:", encoding="utf-8")
    gears.look_again()
    before = widget.rows
    widget._handle_custom_msg("look", [])
    assert widget.rows == before


def test_it_follows_a_file_that_is_saved(room, monkeypatch):
    monkeypatch.setattr(gearboard, "EVERY", 0.01)

    class Shown:
        comm = object()

    async def saved():
        widget, looked = Shown(), []
        task = asyncio.create_task(gearboard._follow(gearboard.weakref.ref(widget), lambda: looked.append(1)))
        await asyncio.sleep(0.05)
        assert looked == []
        write(room)
        for _ in range(int(patience(500))):
            await asyncio.sleep(0.01)
            if looked:
                break
        del widget  # a board that is gone is not followed any more
        await asyncio.wait_for(task, patience(10))
        return looked

    assert asyncio.run(saved())


def test_a_file_that_is_changed_takes_the_mark_away(room):
    write(room)
    widget = gear_board(small(), check=True)
    assert states(widget)["relu_backward"] == gears.CHECKED
    file = room / "activations.py"
    text = file.read_text(encoding="utf-8")
    assert "> 0" in text
    file.write_text(text.replace("> 0", ">= 0"), encoding="utf-8")
    assert {e: s for e, s, *_ in gearboard.rows_of(small(), (), False)}["relu_backward"] == gears.UNCHECKED


def test_it_turns_by_a_tooth_for_each_step_while_fit_runs(room, monkeypatch):
    monkeypatch.setattr(gearboard, "STEPS_EVERY", 0)
    net, x, y = small(), np.ones((8, 3)), np.array([0, 1] * 4)
    widget = gear_board(net)
    assert widget.steps == 0
    fit(net, (x, y), epochs=3, batch_size=2, progress=False)
    assert widget.steps == 12
    heard = []
    step_listeners.listen_to_steps(net, lambda: heard.append(1) is None and len(heard) < 2)
    fit(net, (x, y), epochs=1, batch_size=2, progress=False)
    assert len(heard) == 2, "a listener that has left is still called"


#: Trains of cogs, at 20 angles: how many corners lie in another cog, and how far each turns for a tooth.
MESH = """
const { train, outline, angleOf } = await import(process.argv[2]);
const inside = ([x, y], poly) => poly.reduce((odd, [a, b], k) => {
  const [c, d] = poly.at(k - 1);
  return (b > y) !== (d > y) && x < ((c - a) * (y - b)) / (d - b) + a ? !odd : odd;
}, false);
const all = [[1, 2, 2, 2, 2, 4, 1, 3, 1], [5, 1, 5], [1], [4, 4, 1, 1, 2]].map(layers => {
  const cogs = train(layers);
  let hits = 0;
  for (let t = 0; t < 1; t += 0.05) {
    const shapes = cogs.map(c => outline(c, angleOf(c, t)).map(([x, y]) => [x + c.x, y + c.y]));
    shapes.forEach((a, i) => shapes.forEach((b, j) => { if (i !== j) hits += a.filter(p => inside(p, b)).length; }));
  }
  const turns = cogs.map(c => (angleOf(c, 1) - angleOf(c, 0)) * c.teeth / (2 * Math.PI));
  return { hits, turns, cogs };
});
console.log(JSON.stringify(all));
"""


def test_cogs_mesh_without_touching_and_all_turn_against_their_neighbours():
    for train in json.loads(node(MESH, (FOLDER / "gearboard_train.js").as_uri())):
        assert train["hits"] == 0
        np.testing.assert_allclose(train["turns"], [(-1) ** k for k in range(len(train["turns"]))])
        still = place_cogs([(c["teeth"] - 8) // 4 for c in train["cogs"]])
        np.testing.assert_allclose([c[1:] for c in still], [[c["x"], c["y"], c["phase"]] for c in train["cogs"]])


def test_no_gear_is_vermillion():
    assert "RED" not in (FOLDER / "gearboard.js").read_text(encoding="utf-8")


def test_a_gear_names_its_chapter_and_the_address_of_its_file(room, monkeypatch):
    monkeypatch.chdir(room.parent)
    *_, (exercise, _, _, place, chapter, address) = gear_board(small()).rows
    assert (exercise, chapter, address) == ("relu_backward", 0, f"{room.name}/activations.py")
    assert place.startswith(f"chapter 0, {room.name}/activations.py, line ")


#: Where the page of a notebook leads with an address, on the server of JupyterLab.
PATHS = """
const { pathOnServer } = await import(process.argv[2]);
const pages = ["lab/tree/ch08/a.ipynb", "hub/lab/workspaces/w/tree/my%20course/ch08/a.ipynb?x=1", "notebooks/a.ipynb"];
console.log(JSON.stringify(pages.map(page => pathOnServer(`http://h/${page}`, "../ch08/work/a%20b.py") ?? null)));
"""


def test_an_address_becomes_a_path_on_the_server():
    found = json.loads(node(PATHS, (FOLDER / "file_link.js").as_uri()))
    assert found == ["ch08/work/a b.py", "my course/ch08/work/a b.py", None]


@pytest.mark.browser
def test_without_jupyter_it_says_the_path_of_the_chosen_gear(shown):  # noqa: F811
    page = shown(widget_of(GEARS[0]))
    settle(page)
    line = page.locator(".cnnlab-file")
    assert line.inner_text() == "work/conv.py, line 120: conv2d_input_grad, an exercise of chapter 8."
    canvas = page.locator("canvas")
    canvas.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    settle(page)
    assert line.inner_text() == "work/linear.py, line 30: linear_backward, an exercise of chapter 5."
    assert page.locator("a:visible").count() == 0


@pytest.mark.browser
def test_in_jupyter_the_line_is_a_link_and_enter_follows_it(shown):  # noqa: F811
    page = shown(widget_of(GEARS[0]))
    page.evaluate("""() => {
      document.body.insertAdjacentHTML("beforeend", '<script id="jupyter-config-data" type="text/plain"></script>');
      window.followed = [];
      document.body.addEventListener("click", event => {
        if (event.target.href) followed.push(event.target.getAttribute("href"));
        event.preventDefault();
      });
    }""")
    page.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    settle(page)
    assert page.get_by_role("link", name="Open work/pool.py").get_attribute("href") == "work/pool.py"
    page.keyboard.press("Enter")
    assert page.evaluate("followed") == ["work/pool.py"]


@pytest.mark.browser
def test_its_gears_turn_for_new_steps_and_then_stand_still(shown):  # noqa: F811
    page = shown(widget_of(GEARS[0]))
    settle(page)
    before = page.evaluate(PIXELS)
    page.wait_for_timeout(patience(200))
    assert page.evaluate(PIXELS) == before, "it turned by itself"
    page.evaluate("model.set('steps', 30)")
    page.wait_for_timeout(patience(100))
    assert page.evaluate(PIXELS) != before
    page.wait_for_timeout(patience(1000))
    end = page.evaluate(PIXELS)
    page.wait_for_timeout(patience(200))
    assert page.evaluate(PIXELS) == end


@pytest.mark.browser
def test_mouse_keyboard_and_finger_choose_a_gear(shown):  # noqa: F811
    page = shown(widget_of(GEARS[0]))
    settle(page)
    canvas = page.locator("canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    assert "max_pool2d_backward turns pool1, pool2" in settle(page)
    box, cogs = canvas.bounding_box(), place_cogs([2, 2, 3])
    left, top = min(c.x - c.radius for c in cogs) - 0.85, min(c.y - c.radius for c in cogs) - 0.85
    middle = (box["width"] - 8 * (max(c.x + c.radius for c in cogs) + 0.85 - left)) / 2
    first, _, third = ((box["x"] + middle + 8 * (c.x - left), box["y"] + 158 + 8 * (c.y - top)) for c in cogs)
    page.mouse.click(*third)
    assert "linear_backward turns fc1, fc2, fc3" in settle(page)
    assert "conv2d_input_grad turns conv1, conv2" in swipe(page, first, first)
