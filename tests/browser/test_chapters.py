"""Every chapter in JupyterLab: it runs without a complaint, and its interactive picture follows keyboard and mouse."""

import re
import shutil

import pytest

import cnnlab.widgets
from authoring.build_notebooks import CHAPTERS, NOTEBOOKS
from tests.browser.jupyter import ROOT, cell_where, run_chapter, show_cell
from tests.patience import patience

pytestmark = pytest.mark.browser

ALWAYS = ("ch08_convolution_backward",)
NAMES = sorted(path.stem for path in CHAPTERS.glob("*.md"))
PICTURE = re.compile(rf"^({'|'.join(cnnlab.widgets.__all__)})\(", re.MULTILINE)

ACTIVE = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def marked(name):
    return pytest.param(name, marks=[] if name in ALWAYS else pytest.mark.slow)


def look(page, cell):
    """What is to be seen now: the caption, and the picture's pixels."""
    page.evaluate(DRAWN)
    pixels = cell.locator("canvas.cnnlab-canvas").evaluate("canvas => canvas.toDataURL()")
    return cell.locator(".cnnlab-caption").inner_text(), pixels


def picture(page):
    """The cell of the chapter's first interactive picture, in view, or None."""
    index = cell_where(
        page, "m.type === 'code' && new RegExp(argument, 'm').test(m.sharedModel.source)", PICTURE.pattern
    )
    if index < 0:
        return None
    cell = show_cell(page, index)
    cell.locator("canvas.cnnlab-canvas").wait_for()
    return cell


def moved_by_keyboard(page, cell):
    """Press all four arrows: the picture changes, and neither the notebook's cell nor the focus moves."""
    canvas = cell.locator("canvas.cnnlab-canvas")
    canvas.focus()
    at, seen = page.evaluate(ACTIVE), {look(page, cell)}
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        seen.add(look(page, cell))
    assert len(seen) > 1
    assert page.evaluate(ACTIVE) == at
    assert canvas.evaluate("canvas => canvas === document.activeElement")


def moved_by_mouse(page, cell):
    """Click here and there on the picture until it changes."""
    canvas, before = cell.locator("canvas.cnnlab-canvas"), look(page, cell)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for x, y in ((0.1, 0.3), (0.2, 0.5), (0.06, 0.7), (0.3, 0.2), (0.9, 0.4), (0.75, 0.3)):
        canvas.click(position={"x": x * box["width"], "y": y * box["height"]})
        if look(page, cell) != before:
            return
    raise AssertionError("no click changed the picture")


@pytest.mark.parametrize("chapter", [marked(name) for name in NAMES])
def test_a_chapter_runs_and_its_picture_moves(page, school, chapter):
    outputs = run_chapter(page, school.chapter(chapter), chapter)
    assert not [o for o in outputs if o["kind"] == "error"]
    cell = picture(page)
    text = (CHAPTERS / f"{chapter}.md").read_text(encoding="utf-8")
    assert (cell is None) == (PICTURE.search(text) is None)
    if cell:
        moved_by_keyboard(page, cell)
        moved_by_mouse(page, cell)
    assert page.complaints == []


def test_every_chapter_is_here():
    assert sorted(folder.name for folder in NOTEBOOKS.glob("ch*_*")) == NAMES
    assert set(ALWAYS) <= set(NAMES)


def test_sliders_a_dark_theme_and_a_kernel_that_is_gone(page, school):
    """JupyterLab would take arrow keys for its own: a slider moves by them, and the notebook stays where it is."""
    asked = "from cnnlab.widgets import conv_explorer", "conv_explorer()", "print('below')"
    run_chapter(page, school.notebook("widget", *asked), "widget")
    cell = picture(page)
    slider = cell.locator("input[type=range]").first
    slider.focus()
    at, before = page.evaluate(ACTIVE), slider.input_value()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    look(page, cell)
    assert int(slider.input_value()) == int(before) + 1
    assert page.evaluate(ACTIVE) == at

    ink = "cell => getComputedStyle(cell.querySelector('.cnnlab-widget')).color"
    light, seen = cell.evaluate(ink), look(page, cell)
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    page.wait_for_timeout(patience(250))
    assert cell.evaluate(ink) != light
    assert look(page, cell)[1] != seen[1], "the picture kept the colours of the light theme"

    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    moved_by_keyboard(page, cell)


@pytest.mark.slow
def test_the_gear_board_follows_a_file_that_is_saved(page, school):
    sources = (
        "import cnnlab; cnnlab.use('work')",
        "from cnnlab import nn; from cnnlab.widgets import gear_board",
        "gear_board(nn.lenet())",
    )
    url = school.notebook("board", *sources)
    work = school.folder / "board" / "work"
    work.mkdir()
    for file in (ROOT / "cnnlab" / "course" / "stubs").glob("[!_]*.py"):
        shutil.copy(file, work)
    run_chapter(page, url, "board")
    cell = picture(page)
    before = look(page, cell)
    assert "7 PyTorch's" in before[0]
    shutil.copy(ROOT / "solutions" / "ops" / "activations.py", work)
    cell.locator(".cnnlab-caption", has_text="1 yours, unchecked").wait_for()
    assert look(page, cell) != before
    moved_by_keyboard(page, cell)
    assert page.complaints == []
