"""Open JupyterLab with the course's settings at the first chapter; a running one is used again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cnnlab.command_line import STARTED_AS, start_command

ROOT = Path(__file__).resolve().parents[1]

#: How long a server may take to say that it is there.
ANSWER_SECONDS = 10

RUNNING = """JupyterLab is already running for this folder:
    {address}
To end it, choose Shut Down in its File menu, or press Ctrl-C in the terminal where it was started."""


def settings() -> dict[str, str]:
    """Return the variables with which JupyterLab finds the course's settings and stores its own; none without them."""
    shipped = ROOT / "config" / "jupyter"
    if not shipped.is_dir():
        return {}
    own = ROOT / ".jupyter"
    return {
        "JUPYTER_CONFIG_PATH": str(shipped),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }


def environment() -> dict[str, str]:
    """Return the environment of JupyterLab, in whose terminals `cnnlab` can be typed."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    inherited = {name: value for name, value in os.environ.items() if name != STARTED_AS}
    return {**inherited, "PATH": programs, **settings()}


def find_first_chapter() -> Path | None:
    """Return the notebook of the first existing chapter."""
    return next(iter(sorted(ROOT.glob("notebooks/ch*/ch*.ipynb"))), None)


def find_first_page() -> str:
    """Return the path of the first existing chapter in JupyterLab's address."""
    notebook = find_first_chapter()
    return f"lab/tree/{notebook.relative_to(ROOT).as_posix()}" if notebook else "lab"


def find_learner_file(notebook: Path) -> Path | None:
    """Return the file that a chapter's learner writes in first, where the chapter has one."""
    from cnnlab.course import catalogue

    chapter = notebook.stem.partition("_")[0]
    if chapter not in catalogue.CHAPTERS:
        return None
    work = notebook.parent / "work"
    folder = work if work.is_dir() else ROOT / "cnnlab" / "ops"
    file = folder / f"{catalogue.chapter(chapter)[0].topic}.py"
    return file if file.is_file() else None


def lay_out_first_start() -> None:
    """Let JupyterLab's first start show the first chapter with the learner's file beside it.

    JupyterLab keeps what is open in a file of its own; where that exists already, it is the learner's and stays.
    """
    notebook, folder = find_first_chapter(), settings().get("JUPYTER_CONFIG_DIR")
    file = find_learner_file(notebook) if notebook else None
    if notebook is None or file is None or folder is None:
        return
    workspaces = Path(folder) / "lab" / "workspaces"
    if any(workspaces.glob("*.jupyterlab-workspace")):
        return
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    arrangement = arrange_side_by_side(*(path.relative_to(ROOT).as_posix() for path in (notebook, file)))
    try:
        WorkspacesManager(str(workspaces)).save("default", json.dumps(arrangement))
    except OSError:  # JupyterLab opens the chapter alone, and says what is wrong with the folder
        return


def arrange_side_by_side(notebook: str, file: str) -> dict[str, Any]:
    """Return what JupyterLab stores of its windows, with a notebook on the left and a text file on the right."""
    widgets = (f"notebook:{notebook}", f"editor:{file}")
    tabs = [{"type": "tab-area", "currentIndex": 0, "widgets": [widget]} for widget in widgets]
    dock = {"type": "split-area", "orientation": "horizontal", "sizes": [0.6, 0.4], "children": tabs}
    side = {"visible": True, "collapsed": True}
    return {
        "data": {
            "layout-restorer:data": {
                "main": {"dock": dock, "current": widgets[0]},
                "down": {"size": 0, "widgets": []},
                "left": {**side, "current": "filebrowser", "widgets": ["filebrowser", "running-sessions"]},
                "right": {**side, "widgets": []},
                "relativeSizes": [0, 1, 0],
                "top": {"simpleVisibility": True},
            },
            widgets[0]: {"data": {"path": notebook, "factory": "Notebook"}},
            widgets[1]: {"data": {"path": file, "factory": "Editor"}},
        },
        "metadata": {"id": "default"},
    }


def find_running_server() -> dict[str, Any] | None:
    """Return url, token, pid and more of the JupyterLab that runs for this folder, or None if none runs.

    A server has a file while it runs. If it was killed, the file stays, and its process number may by now belong to
    another program. So the server is asked, too.
    """
    from jupyter_server.serverapp import list_running_servers

    folder = settings().get("JUPYTER_RUNTIME_DIR")
    if folder is None:
        return None
    try:
        found = list(list_running_servers(folder))
    except OSError:  # another process is deleting what is listed here
        return None
    return next((server for server in found if is_ours(server) and answers(server)), None)


def is_ours(server: dict[str, Any]) -> bool:
    """Return whether a server serves this folder: the course may have been copied with another server's file."""
    return Path(server.get("root_dir", "")).resolve() == ROOT


def answers(server: dict[str, Any]) -> bool:
    """Return whether a server answers at its address, with its token and its process number."""
    request = urllib.request.Request(
        f"{server['url']}api/status", headers={"Authorization": f"token {server.get('token', '')}"}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=ANSWER_SECONDS) as reply:
            return "kernels" in json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code in (401, 403) and not server.get("token")  # a server with a password
    except (OSError, ValueError):
        return False


def has_browser() -> bool:
    """Return whether there is a browser to open; if there is none, print what to do."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        print("No browser was found here; open the address that JupyterLab prints.", file=sys.stderr)
        return False
    return True


def open_running(server: dict[str, Any], browser: bool) -> int:
    """Print the address of the running server, open it, and return 0."""
    token = f"?token={server['token']}" if server.get("token") else ""
    address = f"{server['url']}{find_first_page()}{token}"
    print(RUNNING.format(address=address))
    if browser and has_browser():
        webbrowser.open(address)
    return 0


def main(browser: bool = True) -> int:
    """Run JupyterLab until it is closed, or open the running one. Return the exit code, 2 if it is not installed.

    Args:
        browser: Whether to open a browser, too.
    """
    if find_spec("jupyterlab") is None:
        print(f"cnnlab lab: JupyterLab is not installed here; {start_command()} installs it", file=sys.stderr)
        return 2
    running = find_running_server()
    if running is not None:
        return open_running(running, browser)
    lay_out_first_start()
    options = [f"--LabApp.default_url=/{find_first_page()}"]
    if not (browser and has_browser()):
        options.append("--no-browser")
    return run_until_closed([sys.executable, "-P", "-m", "jupyterlab", *options])


def run_until_closed(command: list[str]) -> int:
    """Replace this process by a program if the system can; otherwise wait for it and return its exit code."""
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(command[0], command, environment())
    process = subprocess.Popen(command, env=environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # Ctrl-C reaches the server too, which ends in its own time
            continue
