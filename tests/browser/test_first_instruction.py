"""The first thing that a learner is asked to do leads somewhere: the link to the chapter's file opens it."""

import pytest

from tests.browser.jupyter import READY, TOKEN

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
