"""JupyterLab as the course opens it: quiet, offline, rooted at the repository.

start.py points JUPYTER_CONFIG_PATH at this folder. Interface extensions that are switched off stand in
labconfig/page_config.json: the news and update checks, and nbgrader's tools for instructors.
"""

import os
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary

REPOSITORY = Path(__file__).resolve().parents[2]

c = get_config()  # traitlets provides it

c.ServerApp.root_dir = str(REPOSITORY)
c.ServerApp.allow_root = True  # in a container everybody is root
c.ServerApp.answer_yes = True  # Ctrl-C ends the server; notebooks are saved as they are edited

# Learners do not use nbgrader's own pages, and they warn when there is no course to show.
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.validate_assignment": False,
}
c.Exchange.root = str(REPOSITORY / ".jupyter" / "exchange")  # should an instructor switch them on

c.LabApp.extension_manager = "readonly"  # the environment is pinned, and the list would ask the network
c.LanguageServerManager.autodetect = False  # none is installed; looking for them starts npm
# No pings: their default settings make a warning at the start, and a timeout no longer than the interval closes every
# kernel's connection before the first ping. On the learner's own machine a connection ends when either side does.
c.ServerApp.tornado_settings = {"ws_ping_interval": 0}
if os.name != "nt":  # a login shell, the default where the server has no terminal, may take .venv's programs off PATH
    c.ServerApp.terminado_settings = {"shell_command": [os.environ.get("SHELL") or "sh"]}
c.KernelManager.transport_encryption = "auto"  # otherwise every kernel begins with a warning


def sign_notebooks_without_outputs(folder: Path) -> None:
    """Mark the chapters as trusted: trust is about outputs, and a chapter as shipped has none."""
    notary = NotebookNotary()
    for path in sorted(folder.glob("*/*.ipynb")):
        try:
            notebook = nbformat.read(path, as_version=4)
        except (OSError, ValueError):  # JupyterLab reports a file that cannot be read when it is opened
            continue
        if not any(cell.get("outputs") for cell in notebook.cells):
            notary.sign(notebook)


sign_notebooks_without_outputs(REPOSITORY / "notebooks")
