"""An instructor's nbgrader in a real browser: Formgrader with the reports, and a mark given by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading import class_folder
from grading.batch import verdict_store
from grading.class_folder import ClassFolder
from tests.browser.jupyter import ROOT, TOKEN, jupyterlab
from tests.patience import patience

CHAPTER = "ch00_start_here"
WRONG = "\n\nright = square_backward\n\n\ndef square_backward(*args):\n    return -right(*args)\n"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of one, graded with a wrong sign; its folder is the instructor's JupyterLab."""
    base = tmp_path_factory.mktemp("course")
    where = ClassFolder(base / "class")
    inside = {class_folder.HOME_VARIABLE: str(where.folder), "XDG_DATA_HOME": str(base / "data")}
    inside |= {"JUPYTER_CONFIG_PATH": str(ROOT / "grading")}

    def grading(*arguments: str) -> None:
        command = [sys.executable, "-m", "grading", *arguments]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **inside}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    grading("release", "ch00", "--out", str(base / "handout"))
    submission = where.submission_folder("ada", CHAPTER)
    shutil.copytree(base / "handout" / CHAPTER, submission)
    source = (ROOT / "solutions" / "ops" / "first.py").read_text(encoding="utf-8")
    (submission / "work" / "first.py").write_text(source + WRONG, encoding="utf-8")
    grading("autograde", "ch00")
    (base / "home").mkdir()
    with jupyterlab(where.folder, base / "home", inside) as url:
        yield where, url


def written(where: ClassFolder):
    """The written answers of the one submission: (the mark by hand, whether it waits)."""
    with Gradebook(f"sqlite:///{where.folder / 'gradebook.db'}") as gradebook:
        [notebook] = gradebook.find_submission(CHAPTER, "ada").notebooks
        return [(g.manual_score, g.needs_manual_grade) for g in notebook.grades if g.cell.cell_type == "markdown"]


def test_formgrader_shows_the_report_and_takes_a_mark_by_hand(page, graded) -> None:
    where, url = graded
    page.goto(f"{url}/formgrader?token={TOKEN}")  # the first page brings the cookie that the others' tables need
    page.get_by_text("Manage Students").wait_for()
    page.goto(f"{url}/formgrader/gradebook/{CHAPTER}/{CHAPTER}")
    page.get_by_role("link", name="Submission #1").click()
    report = page.locator(".cnnlab-report").first
    report.wait_for()
    assert "square_backward" in report.inner_text()
    assert "is wrong" in report.inner_text() and "wrong sign" in report.inner_text()
    assert "return -right(*args)" in page.content()
    assert page.locator("input#square_backward").get_attribute("placeholder") == "0"
    by_hand = page.locator("input.score[id^=ch00-]").first
    by_hand.fill("1")
    by_hand.press("Tab")
    page.wait_for_timeout(patience(2000))
    page.screenshot(path=str(where.folder.parent / "formgrader.png"), full_page=True)
    assert (1.0, False) in written(where)


def test_the_class_is_in_a_folder_of_its_own(graded) -> None:
    assert not Path(graded[0].folder).is_relative_to(ROOT)


def test_the_autograde_button_of_a_new_terminal_judges_and_runs_nothing(page, graded) -> None:
    """JupyterLab was started in the class folder, and neither of the two variables is set."""
    where, _ = graded
    marker = where.folder.parent / "ran-unsandboxed"
    submission = where.submission_folder("eve", CHAPTER)
    shutil.copytree(where.released_notebook(CHAPTER).parent, submission)
    path = submission / "work" / "first.py"
    path.write_text(path.read_text(encoding="utf-8") + f"\nopen({str(marker)!r}, 'w').write('ran')\n", encoding="utf-8")
    (where.folder.parent / "new").mkdir()
    more = {
        "JUPYTER_CONFIG_PATH": "",
        class_folder.HOME_VARIABLE: "",
        "XDG_DATA_HOME": str(where.folder.parent / "data"),
    }
    with jupyterlab(where.folder, where.folder.parent / "new", more) as url:
        page.goto(f"{url}/formgrader?token={TOKEN}")
        page.get_by_text("Manage Students").wait_for()
        page.goto(f"{url}/formgrader/manage_submissions/{CHAPTER}")
        row = page.locator("tr", has=page.get_by_text("eve", exact=True))
        row.locator(".autograde a").click()
        page.get_by_text("Successfully autograded").wait_for()
        page.screenshot(path=str(where.folder.parent / "autograded.png"))
    assert not marker.exists()
    assert verdict_store.read_verdict(where, "eve", CHAPTER)
