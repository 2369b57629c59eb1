"""Chapter 8 as a learner sees it: opened in JupyterLab in a real browser, and every cell run."""

import shutil

import pytest

from tests.browser.jupyter import CHROMIUM, READY, ROOT, RUN_ALL, TOKEN, jupyterlab

CHAPTER = "ch08_convolution_backward"
SOLUTION = (ROOT / "solutions" / "ops" / "conv.py").read_text(encoding="utf-8")
TURNED = SOLUTION.replace("w_split[..., u, v].swapaxes(1, 2)", "w_split[..., -1 - u, -1 - v].swapaxes(1, 2)")

pytestmark = pytest.mark.browser


@pytest.fixture
def classroom(tmp_path):
    """A folder with the chapter in it, and a writer for its work/conv.py."""
    shutil.copytree(ROOT / "notebooks" / CHAPTER, tmp_path / "lab" / CHAPTER)
    work = tmp_path / "lab" / CHAPTER / "work"
    work.mkdir()
    (tmp_path / "home").mkdir()

    def write(text):
        (work / "conv.py").write_text(text, encoding="utf-8")
        return tmp_path / "lab", tmp_path / "home"

    return write


@pytest.fixture
def page(chromium):
    """A browser page that keeps what went wrong on it, in .complaints."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=[*CHROMIUM])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(120_000)
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        browser.close()


def run_chapter(page, url):
    """Open the chapter, run all of it, and return the text of its reports."""
    page.goto(f"{url}/lab/tree/{CHAPTER}/{CHAPTER}.ipynb?token={TOKEN}")
    page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.context !== undefined")
    page.evaluate(READY)
    counts = page.evaluate(RUN_ALL)
    assert counts and all(counts), "some cells were not run"
    # cells far below are drawn when they come into view; the model holds every output
    return page.evaluate("""() => [...window.jupyterapp.shell.currentWidget.content.widgets]
        .filter(c => c.model.type === 'code')
        .flatMap(c => c.model.sharedModel.getOutputs())
        .map(o => ({kind: o.output_type, html: [].concat(o.data?.['text/html'] ?? '').join('')}))""")


def graded(page, exercise):
    """Bring an exercise's graded cell into view and return it."""
    index = page.evaluate(
        """exercise => window.jupyterapp.shell.currentWidget.content.widgets
        .findIndex(c => c.model.getMetadata('cnnlab')?.exercise === exercise)""",
        exercise,
    )
    page.evaluate("async i => await window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')", index)
    return page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')


def test_the_solution_passes(page, classroom):
    with jupyterlab(*classroom(SOLUTION)) as url:
        outputs = run_chapter(page, url)
        assert not [o for o in outputs if o["kind"] == "error"]
        for exercise in ("conv2d_bias_grad", "conv2d_weight_grad", "conv2d_input_grad"):
            cell = graded(page, exercise)
            cell.locator(".cnnlab-report").wait_for()
            assert "pass" in cell.locator(".cnnlab-report > div").first.inner_text()
            assert "FAIL" not in cell.inner_text()
        assert page.complaints == []


def test_a_wrong_file_fails_with_its_error_map(page, classroom):
    with jupyterlab(*classroom(TURNED)) as url:
        run_chapter(page, url)
        cell = graded(page, "conv2d_input_grad")
        report = cell.locator(".cnnlab-report")
        report.wait_for()
        text = report.inner_text()
        assert "FAIL" in text
        assert "kernel turned by 180°" in text
        picture = report.locator("svg[role=img]")
        assert picture.get_attribute("aria-label").startswith("Error map of dx, 6 by 6: ")
        box = picture.bounding_box()
        assert box["width"] > 50 and box["height"] > 50
        assert page.complaints == []
