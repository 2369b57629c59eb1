"""Chapter 8 as a learner sees it: opened in JupyterLab in a real browser, and every cell run."""

import shutil

import pytest

from tests.browser.jupyter import ROOT, cell_where, jupyterlab, run_chapter, show_cell

CHAPTER = "ch08_convolution_backward"
SOLUTION = (ROOT / "solutions" / "ops" / "conv.py").read_text(encoding="utf-8")
TURNED = SOLUTION.replace("by_tap[..., u, v, :, :]", "by_tap[..., -1 - u, -1 - v, :, :]")

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


def graded(page, exercise):
    """Bring an exercise's graded cell into view and return it."""
    return show_cell(page, cell_where(page, "m.getMetadata('cnnlab')?.exercise === argument", exercise))


@pytest.mark.slow  # test_chapters.py opens the chapter each time, and its points are counted without a browser
def test_the_solution_passes(page, classroom):
    with jupyterlab(*classroom(SOLUTION)) as url:
        outputs = run_chapter(page, url, CHAPTER)
        assert not [o for o in outputs if o["kind"] == "error"]
        for exercise in ("conv2d_bias_grad", "conv2d_weight_grad", "conv2d_input_grad"):
            cell = graded(page, exercise)
            cell.locator(".cnnlab-report").wait_for()
            assert "right in all" in cell.locator(".cnnlab-report > div").first.inner_text()
            assert "wrong" not in cell.inner_text()
        assert page.complaints == []


def test_a_wrong_file_fails_with_its_error_map(page, classroom):
    with jupyterlab(*classroom(TURNED)) as url:
        run_chapter(page, url, CHAPTER)
        cell = graded(page, "conv2d_input_grad")
        report = cell.locator(".cnnlab-report")
        report.wait_for()
        text = report.inner_text()
        assert "is wrong" in text
        assert "a turned kernel" in text
        drawing = report.locator("table.cr-map")
        assert drawing.get_attribute("aria-label").startswith("Error map of dx: All 36 cells are wrong")
        box = drawing.bounding_box()
        assert box["width"] > 50 and box["height"] > 50

        cell.get_by_role("button", name="Where is it?").click()
        place = cell.get_by_text("Proved:")
        place.wait_for()
        line = next(k for k, text in enumerate(TURNED.splitlines(), 1) if "-1 - u" in text)
        assert f"line {line}" in cell.locator(".cnnlab-report").inner_text()
        assert "all 50 cases pass" in place.inner_text()
        assert "by_tap[..., u, v, :, :]" not in cell.inner_text(), "the change is shown before it is asked for"
        assert page.complaints == []
