"""JupyterLab with the course's settings on a folder of notebooks, and Chromium to drive it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.patience import patience

ROOT = Path(__file__).parents[2]
TOKEN = "test"

#: A server of a test must neither reach out nor ask.
CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

#: JupyterLab's own idle mark shows before the kernel is attached; these promises do not.
READY = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.revealed;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
}"""

RUN_ALL = """async () => {
    await window.jupyterapp.commands.execute('notebook:run-all-cells');
    const cells = [...window.jupyterapp.shell.currentWidget.content.widgets];
    return cells.filter(c => c.model.type === 'code').map(c => c.model.executionCount);
}"""


@contextmanager
def jupyterlab(folder: Path, home: Path, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """A server whose files are in `folder`; its URL. Everything that it writes lands in `home`.

    more: environment variables that differ, such as an instructor's JUPYTER_CONFIG_PATH.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_PATH": str(ROOT / "config" / "jupyter"),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        **{name: str(home / name) for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")},
        **(more or {}),
    }
    options = (f"--port={port}", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}")
    quiet = ("--no-browser", "--allow-root", "--LabApp.expose_app_in_browser=True", "--ServerApp.port_retries=0")
    log = (home / "server.log").open("w+", encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options, *quiet], env=environment, cwd=folder, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, server, home / "server.log")
        yield url
    finally:
        server.terminate()
        server.wait(patience(20))
        log.close()


def _wait(url: str, server: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + patience(60)
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api?token={TOKEN}", timeout=patience(5)):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')}")


def run_chapter(page, url: str, chapter: str) -> list[dict]:
    """Open a chapter and run all of it; the kind and the HTML of every output."""
    path = f"{chapter}/{chapter}.ipynb"  # in a workspace of its own, or the tabs of an earlier test come back
    page.goto(f"{url}/lab/workspaces/{chapter}/tree/{path}?token={TOKEN}")
    page.wait_for_function("path => window.jupyterapp?.shell?.currentWidget?.context?.path === path", arg=path)
    page.evaluate(READY)
    counts = page.evaluate(RUN_ALL)
    assert counts and all(counts), "some cells were not run"
    # cells far below are drawn when they come into view; the model holds every output
    return page.evaluate("""() => [...window.jupyterapp.shell.currentWidget.content.widgets]
        .filter(c => c.model.type === 'code')
        .flatMap(c => c.model.sharedModel.getOutputs())
        .map(o => ({kind: o.output_type, html: [].concat(o.data?.['text/html'] ?? '').join('')}))""")


def cell_where(page, condition: str, argument) -> int:
    """The number of the first cell for which a condition on its model `m` and on `argument` holds, or -1."""
    return page.evaluate(
        f"""argument => window.jupyterapp.shell.currentWidget.content.widgets
        .findIndex(c => (m => {condition})(c.model))""",
        argument,
    )


def show_cell(page, index: int):
    """Bring a cell into view and return it."""
    for _ in range(2):  # what comes into view on the way there may grow, and push the cell out again
        page.evaluate("async i => await window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')", index)
        page.wait_for_timeout(patience(150))
    return page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')
