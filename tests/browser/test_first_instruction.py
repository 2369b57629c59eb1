"""Links to learner files lead somewhere: that under the first cell, and that of a gear of the gear board."""

import shutil

import pytest

from tests.browser.jupyter import READY, ROOT, TOKEN

pytestmark = pytest.mark.browser

OPEN = "path => window.jupyterapp?.shell?.currentWidget?.context?.path === path"

RUN_FIRST = """async () => {
    const { commands, shell } = window.jupyterapp;
    const cells = shell.currentWidget.content;
    cells.activeCellIndex = cells.widgets.findIndex(c => c.model.sharedModel.source.includes('cnnlab.use('));
    await commands.execute('notebook:run-cell');
}"""


def test_the_link_under_the_first_cell_opens_the_file(page, school):
    name = "ch00_start_here"
    notebook, file = f"{name}/{name}.ipynb", f"{name}/work/first.py"
    page.goto(f"{school.chapter(name)}/lab/workspaces/{name}/tree/{notebook}?token={TOKEN}")
    page.wait_for_function(OPEN, arg=notebook)
    page.evaluate(READY)
    page.evaluate(RUN_FIRST)
    page.locator(".jp-OutputArea a", has_text="first.py").click()
    page.wait_for_function(OPEN, arg=file)
    assert "square_backward" in page.locator(".cm-content:visible", has_text="square_backward").inner_text()


BOARD = """import cnnlab
cnnlab.use("work")
from cnnlab import nn
from cnnlab.widgets import gear_board
gear_board(nn.Sequential(fc=nn.Linear(3, 2), act=nn.ReLU()))"""


@pytest.mark.slow  # tests/widgets/test_gear_board.py follows the link on a page without JupyterLab
def test_the_link_of_a_gear_opens_its_file_in_the_same_lab(page, school):
    name = "board"
    url, notebook = school.notebook(name, BOARD), f"{name}/{name}.ipynb"
    (school.folder / name / "work").mkdir()
    for file in (ROOT / "solutions" / "ops").glob("[!_]*.py"):
        shutil.copy(file, school.folder / name / "work")
    page.goto(f"{url}/lab/workspaces/{name}/tree/{notebook}?token={TOKEN}")
    page.wait_for_function(OPEN, arg=notebook)
    page.evaluate(READY)
    page.evaluate(RUN_FIRST)
    canvas = page.locator("canvas.cnnlab-canvas")
    canvas.focus()
    page.get_by_role("link", name="Open work/linear.py").click()
    page.wait_for_function(OPEN, arg=f"{name}/work/linear.py")
    page.evaluate("path => window.jupyterapp.commands.execute('docmanager:open', { path })", notebook)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("link", name="Open work/activations.py").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function(OPEN, arg=f"{name}/work/activations.py")
    assert len(page.context.pages) == 1
