"""A browser page that keeps what went wrong on it, and classrooms for it to open."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from tests.browser.jupyter import CHROMIUM, ROOT, jupyterlab
from tests.patience import patience


@pytest.fixture
def page(chromium):
    """A page; what its console and its scripts complained of is in .complaints."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=[*CHROMIUM])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(patience(60_000))
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        browser.close()


class School:
    """A folder of chapters, and JupyterLab on it. url: its address."""

    def __init__(self, folder: Path, url: str):
        self.folder, self.url = folder, url

    def chapter(self, name: str) -> str:
        """Bring a chapter in, with the reference's files in its work/; the server's address."""
        if not (self.folder / name).exists():
            shutil.copytree(ROOT / "notebooks" / name, self.folder / name, ignore=shutil.ignore_patterns("work"))
            (self.folder / name / "work").mkdir()
            for file in (ROOT / "solutions" / "ops").glob("[!_]*.py"):
                shutil.copy(file, self.folder / name / "work")
        return self.url

    def notebook(self, name: str, *sources: str) -> str:
        """Bring a notebook in that has these cells; the server's address."""
        (self.folder / name).mkdir()
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        nbformat.write(notebook, self.folder / name / f"{name}.ipynb")
        return self.url


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """One JupyterLab for all tests of a file."""
    folder = tmp_path_factory.mktemp("school")
    with jupyterlab(folder, tmp_path_factory.mktemp("home")) as url:
        yield School(folder, url)
