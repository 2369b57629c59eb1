"""The files that make a folder a class: nbgrader_config.py, class.json, and the instructor's class_settings.py.

nbgrader reads nbgrader_config.py from the working directory. Without one it uses its own defaults, under which
students' code runs in a kernel as the instructor. So every class folder gets one that loads the course's configuration.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from traitlets.config import Config

from grading.class_folder import CLASS_FILE, COURSE_ID_0_1_0, ROOT, SOURCE_VARIABLE, ClassFolder
from grading.errors import NotConfigured

#: nbgrader's file, and the one in which an instructor's own settings are.
CONFIG_FILE, SETTINGS_FILE = "nbgrader_config.py", "class_settings.py"

#: The judging step as nbgrader names it in settings, and the name that it had in version 0.1.0.
JUDGE = "grading.nbgrader_steps.judge_preprocessor.Judge"
JUDGE_0_1_0 = "grading.preprocessor.Judge"

#: How the file that is written here begins and ends.
FIRST_LINE = '"""nbgrader\'s configuration of this class, written by `python -m grading`. Do not edit it.'
DIGEST_LINE = "# SHA-256 of the lines above: "

CONFIG = (
    FIRST_LINE
    + """

It loads the course's configuration: students' code is then judged in an isolated worker, and no kernel is started for
it. Your own settings go into class_settings.py beside this file; it is read last, and nothing overwrites it.
\"""

import os
from pathlib import Path

COURSE = Path({course!r})
CLASS = Path(__file__).resolve().parent

os.environ["CNNLAB_GRADING_HOME"] = str(CLASS)
{source}configuration = COURSE / "grading" / "nbgrader_config.py"
try:
    configuration.read_bytes()
    load_subconfig(str(configuration))  # noqa: F821
except Exception as error:
    # nbgrader would only log the error, and run students' code in a kernel
    raise SystemExit(
        f"{{__file__}}: the course's configuration {{configuration}} cannot be loaded ({{error}}). If the course's "
        f"folder has moved, run there: CNNLAB_GRADING_HOME={{CLASS}} python -m grading configure"
    ) from error
"""
)

SETTINGS = '''"""This class's own settings for nbgrader, read after the course's. Nothing overwrites this file."""

c = get_config()
'''


def configure_class(home: ClassFolder) -> list[str]:
    """Make a folder a class, or bring its configuration up to date. Return one sentence for each change.

    Raises NotConfigured where an instructor's own lines would be lost.
    """
    changed = []
    home.folder.mkdir(parents=True, exist_ok=True)
    if not (home.folder / CLASS_FILE).exists():
        old = any((home.folder / name).exists() for name in ("gradebook.db", "release", "submitted"))
        name = COURSE_ID_0_1_0 if old else make_course_id(home.folder)
        text = json.dumps({"course_id": name}, ensure_ascii=False, indent=1) + "\n"
        (home.folder / CLASS_FILE).write_text(text, encoding="utf-8")
        changed.append(f"In nbgrader's exchange this class is called {name}.")
    config, settings = home.folder / CONFIG_FILE, home.folder / SETTINGS_FILE
    if config.exists() and not _is_unchanged(config):
        if _read(config).startswith(FIRST_LINE):
            raise NotConfigured(f"{config} was edited: move your lines to {settings}, remove {config}, and try again.")
        if settings.exists():
            raise NotConfigured(
                f"{config} is not the course's, and would be overwritten: move what you need from it to {settings}, "
                f"remove {config}, and try again."
            )
        config.rename(settings)
        changed.append(f"Your settings in {config} are now in {settings}.")
    if not settings.exists():
        settings.write_text(SETTINGS, encoding="utf-8")
    text = make_config_text()
    if not config.exists() or _read(config) != text:
        config.write_text(text, encoding="utf-8")
        changed.append(f"nbgrader is configured for this class in {config}.")
    return changed


def make_config_text(course: Path = ROOT) -> str:
    """Return the nbgrader_config.py of a class. course: the folder of the course's source."""
    named = os.environ.get(SOURCE_VARIABLE)
    source = f"os.environ.setdefault({SOURCE_VARIABLE!r}, {str(Path(named).resolve())!r})\n" if named else ""
    text = CONFIG.format(course=str(course), source=source)
    return f"{text}{DIGEST_LINE}{hashlib.sha256(text.encode()).hexdigest()}\n"


def _is_unchanged(config: Path) -> bool:
    """Return whether a file is as this module wrote it, for this course or another one."""
    text, _, digest = _read(config).rpartition(DIGEST_LINE)
    return bool(text) and digest.strip() == hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def make_course_id(folder: Path) -> str:
    """Return a name for a new class that no other class has: two sections may share one exchange."""
    word = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "class"
    return f"cnnlab-{word}-{secrets.token_hex(2)}"


def apply_class_settings(c: Any, folder: Path) -> None:
    """Apply an instructor's own settings to nbgrader's configuration object. Raises ValueError.

    A mistake in them must end the program: nbgrader would go on without the course's settings.
    """
    path = folder / SETTINGS_FILE
    if path.is_file():
        try:
            names = {"__file__": str(path), "get_config": lambda: c, "c": c}
            exec(compile(path.read_bytes(), str(path), "exec"), names)
        except Exception as error:
            raise ValueError(f"{path} has a mistake: {type(error).__name__}: {error}") from error
    steps = c.Autograde.autograde_preprocessors
    c.Autograde.autograde_preprocessors = [JUDGE if step == JUDGE_0_1_0 else step for step in steps]
    steps = [getattr(step, "__name__", str(step).rpartition(".")[2]) for step in c.Autograde.autograde_preprocessors]
    if "Judge" not in steps or "Execute" in steps:
        raise ValueError(
            f"{path} sets Autograde.autograde_preprocessors to {', '.join(steps)}, and students' code would run in a "
            f"kernel as you: keep {JUDGE} and leave out Execute"
        )


def check_class_settings(home: ClassFolder) -> None:
    """Raise NotConfigured where an instructor's settings would stop nbgrader in the middle of a batch."""
    c = Config()
    c.Autograde.autograde_preprocessors = [JUDGE]
    try:
        apply_class_settings(c, home.folder)
    except ValueError as error:
        raise NotConfigured(f"{error}.") from None
