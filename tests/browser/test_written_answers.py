"""Hostile and ordinary written answers where instructor and student read them: Formgrader, feedback, JupyterLab."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grading import class_folder
from grading.class_folder import ClassFolder
from grading.intake.sanitise_answer import sanitise_answer
from tests.browser.jupyter import READY, ROOT, TOKEN, jupyterlab
from tests.grading.answer_vectors import ORDINARY, VECTORS
from tests.patience import patience

CHAPTER = "ch00_start_here"
ANSWERS = "div.tex2jax_ignore"

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: What must not be in an answer, wherever it is shown.
FORBIDDEN = """answers => answers.flatMap(answer => [...answer.querySelectorAll('*')]).flatMap(element => [
    ...[...element.attributes].filter(a => /^on/i.test(a.name) || /url\\(/i.test(a.value)).map(a => a.name),
    ...(/^(script|img|image|iframe|object|embed|link|meta|base|form|input|button|video|audio|template|animate|use)$/i
        .test(element.tagName) ? [element.tagName] : []),
    ...(element.matches('mjx-container a, mjx-container [href], .MathJax a') ? ['a formula with a link'] : []),
    ...(element.hasAttribute('href') && !/^https?:/.test(element.getAttribute('href')) ? [element.outerHTML] : []),
])"""


def submit(where: ClassFolder, handout: Path, student: str, answer: str | None) -> None:
    """Hand in the chapter as released, with one answer in its first answer cell."""
    folder = where.submission_folder(student, CHAPTER)
    shutil.copytree(handout, folder)
    path = folder / f"{CHAPTER}.ipynb"
    if answer is not None:
        edit_answer(path, answer)


def edit_answer(path: Path, source: str) -> None:
    """Write a notebook's first answer cell."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    cells[0]["source"] = source
    path.chmod(0o644)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class: `blank` left everything as released, `ordinary` wrote an answer, `hostile` all vectors in one cell."""
    base = tmp_path_factory.mktemp("course")
    where = ClassFolder(base / "class")
    inside = {class_folder.HOME_VARIABLE: str(where.folder), "XDG_DATA_HOME": str(base / "data")}
    inside |= {"JUPYTER_CONFIG_PATH": str(ROOT / "grading")}

    def run(*arguments: str) -> None:
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **inside}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    run("grading", "release", "ch00", "--out", str(base / "handout"))
    submit(where, base / "handout" / CHAPTER, "blank", None)
    submit(where, base / "handout" / CHAPTER, "ordinary", ORDINARY)
    submit(where, base / "handout" / CHAPTER, "hostile", VECTORS["link_decimal"])
    run("grading", "autograde", "ch00")
    # one cell takes one answer; here it takes what intake makes of each
    everything = "\n\n".join(sanitise_answer(answer).source for answer in VECTORS.values())
    edit_answer(where.folder / "autograded" / "hostile" / CHAPTER / f"{CHAPTER}.ipynb", everything)
    command = (sys.executable, "-m", "nbgrader", "generate_feedback", CHAPTER, "--force")
    config = f"--config={ROOT / 'grading' / 'nbgrader_config.py'}"
    done = subprocess.run([*command, config], cwd=ROOT, env={**os.environ, **inside}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (base / "home").mkdir()
    with jupyterlab(where.folder, base / "home", inside) as url:
        yield where, url


class Watch:
    """A page that may reach its own server only; what scripts, dialogs, requests and navigations there were."""

    def __init__(self, page, own: str):
        self.page, self.own = page, own
        self.ran: list[str] = []
        self.foreign: set[str] = set()
        self.asked: set[str] = set()
        page.context.route("**/*", self._route)
        page.on("dialog", self._refuse_dialog)
        page.expose_function("alert", lambda *words: self.ran.append(str(words)))

    def _refuse_dialog(self, dialog) -> None:
        if dialog.type == "beforeunload":  # JupyterLab's own, when the test goes to the next page
            return dialog.accept()
        self.ran.append(dialog.message)
        return dialog.dismiss()

    def _route(self, route) -> None:
        address = route.request.url
        if address.startswith((self.own, "data:font", "blob:" + self.own)):
            self.asked.add(re.sub(r"[0-9a-f]{32}|\?.*", "", address))
            return route.continue_()
        self.foreign.add(address)
        return route.abort()

    def check_links(self) -> None:
        """Click on every link of the answers: each opens a page of its own that runs nothing here."""
        links = self.page.locator(f"{ANSWERS} a")
        assert links.count() > 5
        before = self.page.url
        for index in range(links.count()):
            with self.page.context.expect_page() as opened:
                links.nth(index).evaluate("link => link.click()")
            opened.value.close()
        assert self.page.url == before
        assert self.ran == []


def open_formgrader(page, url: str, where: ClassFolder, student: str) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{where.folder / 'gradebook.db'}") as gradebook:
        [notebook] = gradebook.find_submission(CHAPTER, student).notebooks
        address = f"{url}/formgrader/submissions/{notebook.id}"
    page.goto(f"{url}/formgrader?token={TOKEN}", wait_until="domcontentloaded")
    page.goto(address, wait_until="domcontentloaded")
    page.locator("input.score").first.wait_for()
    page.wait_for_timeout(patience(1500))


def open_feedback(page, url: str, where: ClassFolder, student: str) -> None:
    path = where.folder / "feedback" / student / CHAPTER / f"{CHAPTER}.html"  # from the disk, where no server helps
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    page.get_by_text("Student's answer").first.wait_for()
    page.wait_for_timeout(patience(500))


def open_jupyterlab(page, url: str, where: ClassFolder, student: str) -> None:
    path = f"autograded/{student}/{CHAPTER}/{CHAPTER}.ipynb"
    page.goto(f"{url}/lab/workspaces/{student}/tree/{path}?token={TOKEN}")
    page.wait_for_function("path => window.jupyterapp?.shell?.currentWidget?.context?.path === path", arg=path)
    page.evaluate(READY)
    if student != "blank":
        index = page.evaluate("""() => window.jupyterapp.shell.currentWidget.content.widgets
            .findIndex(cell => cell.model.sharedModel.source.includes('tex2jax_ignore'))""")
        page.evaluate("i => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')", index)
        page.locator(f"{ANSWERS} mjx-container").first.wait_for()
        page.wait_for_timeout(patience(3000))


PLACES = {"formgrader": open_formgrader, "feedback": open_feedback, "jupyterlab": open_jupyterlab}


def own_address(place: str, url: str, where: ClassFolder) -> str:
    """Return what every address begins with that a page may ask for."""
    return (where.folder / "feedback").as_uri() if place == "feedback" else url


@pytest.mark.parametrize("place", PLACES)
def test_hostile_answers_run_and_load_nothing(page, graded, place) -> None:
    where, url = graded
    watch = Watch(page, own_address(place, url, where))
    PLACES[place](page, url, where, "blank")
    usual, asked = set(watch.foreign), set(watch.asked)
    watch.foreign.clear()
    watch.asked.clear()
    PLACES[place](page, url, where, "hostile")
    answers = page.locator(ANSWERS)
    assert answers.count() == len(VECTORS)
    assert answers.evaluate_all(FORBIDDEN) == []
    assert watch.ran == []
    assert watch.foreign <= usual
    if place != "jupyterlab":  # which saves and lists as it goes
        assert {path for path in watch.asked - asked if "/logout" in path or "/grade/" in path} == set()
    page.screenshot(path=str(where.folder.parent / f"{place}_hostile.png"))
    watch.check_links()


@pytest.mark.parametrize("place", PLACES)
def test_an_ordinary_answer_looks_right(page, graded, place) -> None:
    where, url = graded
    Watch(page, own_address(place, url, where))
    PLACES[place](page, url, where, "ordinary")
    answer = page.locator(ANSWERS)
    assert answer.count() == 1
    text = answer.inner_text()
    assert "a<b && c>d" in text and "costs $5 and $6 at most" in text and "потому что" in text
    assert 'if a<b:\n    y[i, j] += x[i*s + u] * w["k"]  # comment\n\n    return x**2' in text
    assert answer.locator("strong").inner_text() == "overlap"
    assert answer.locator("table tr").count() == 3
    assert answer.locator("a").first.get_attribute("href") == "https://arxiv.org/abs/1603.07285"
    if place == "jupyterlab":
        assert answer.locator("mjx-container").count() == 6
        assert answer.locator("mjx-merror").count() == 0
    answer.screenshot(path=str(where.folder.parent / f"{place}_ordinary.png"))
