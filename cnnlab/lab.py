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
    """Return where JupyterLab finds the course's settings and leaves its own; empty for a copy without them."""
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


def find_first_page() -> str:
    """Return the path, in JupyterLab's address, of the first chapter there is."""
    chapters = sorted(ROOT.glob("notebooks/ch*/ch*.ipynb"))
    return f"lab/tree/{chapters[0].relative_to(ROOT).as_posix()}" if chapters else "lab"


def find_running_server() -> dict[str, Any] | None:
    """Return what the JupyterLab that runs for this folder says of itself: url, token, pid and more; None without one.

    A server leaves a file while it runs. One that was killed leaves it for good, and its process number may by now be
    another program's: so the server is asked, too.
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
    """Return whether a server's files are this folder; the course may have been copied with what a server left."""
    return Path(server.get("root_dir", "")).resolve() == ROOT


def answers(server: dict[str, Any]) -> bool:
    """Return whether a server answers at its address, to its own token, with its own process number."""
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
    """Return whether there is a browser to open, and say what to do where there is none."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        print("No browser was found here; open the address that JupyterLab prints.", file=sys.stderr)
        return False
    return True


def open_running(server: dict[str, Any], browser: bool) -> int:
    """Print the address of the server that runs, and open it; 0."""
    token = f"?token={server['token']}" if server.get("token") else ""
    address = f"{server['url']}{find_first_page()}{token}"
    print(RUNNING.format(address=address))
    if browser and has_browser():
        webbrowser.open(address)
    return 0


def main(browser: bool = True) -> int:
    """Run JupyterLab until it is closed, or open the one that runs; the exit code, 2 where it is not installed.

    Args:
        browser: Whether to open a browser, too.
    """
    if find_spec("jupyterlab") is None:
        print(f"cnnlab lab: JupyterLab is not installed here; {start_command()} installs it", file=sys.stderr)
        return 2
    running = find_running_server()
    if running is not None:
        return open_running(running, browser)
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
