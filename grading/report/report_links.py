"""Make the links of the instructor's page: to a submission's folder, its feedback, and its page in Formgrader."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from cnnlab.escape_text import escape_html
from grading.class_folder import ClassFolder

#: Where JupyterLab is served when it is started in the class folder and no other server runs.
USUAL_SERVER = "http://localhost:8888/"


def link_file(path: Path, place: Path, text: str, kind: str = "") -> str:
    """Return a link relative to the page's folder, or the text alone if there is no such path."""
    if not path.exists():
        return f"<span{kind}>{text}</span>" if kind else ""
    target = quote(os.fsencode(os.path.relpath(path, place)))  # bytes: a name may be no text
    return f'<a{kind} href="{escape_html(target)}">{text}</a>'


def find_folder(home: ClassFolder, student: str, assignment: str) -> Path:
    """Return the folder of a submission as it came."""
    original = home.original_folder(student, assignment)
    return original if original.is_dir() else home.submission_folder(student, assignment)


def find_formgrader(home: ClassFolder) -> str:
    """Return the address of Formgrader: of the JupyterLab that runs in the class folder, or the usual one."""
    from jupyter_server.serverapp import list_running_servers

    try:
        servers = [s for s in list_running_servers() if Path(s.get("root_dir", "")) == home.folder]
    except (OSError, ValueError):
        servers = []
    return f"{servers[0]['url'] if servers else USUAL_SERVER}formgrader/"


def link_formgrader(formgrader: str, submission_id: str) -> str:
    """Return a link to a submission's page in Formgrader."""
    return f'<a href="{escape_html(formgrader)}submissions/{quote(submission_id)}/">Formgrader</a>'
