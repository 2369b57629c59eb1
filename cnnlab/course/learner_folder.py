"""Choose the folder of learner files, and take functions from it or from what was handed out."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import quote

from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.errors import UnusableFile
from cnnlab.sourcefile import parse, read


def use(folder: str | Path = "work") -> None:
    """Take learner files from `folder`, or where there is no such folder, from cnnlab/ops, and show which.

    In a chapter's notebook, the chapter's files are shown as links that open them.

    Args:
        folder: A path; a relative one starts at Python's current folder, which for a notebook is its own.

    Example:
        >>> from cnnlab import use
        >>> use("no-such-folder")
        Your files: ... (there is no folder no-such-folder here)
    """
    wanted = Path(folder)
    if wanted.is_dir():
        loader.choose(wanted)
        line = f"Your files: {show_path(wanted.resolve())}"
    else:
        loader.choose(loader.DEFAULT_FOLDER)
        line = f"Your files: {show_path(loader.DEFAULT_FOLDER)} (there is no folder {folder} here)"
    links = link_chapter_files(Path.cwd())
    if links and _runs_in_notebook():
        from IPython.display import display

        display({"text/plain": line, "text/markdown": f"{line}\n\nOpen {links}"}, raw=True)
    else:
        print(line)


def link_chapter_files(notebook_folder: Path) -> str:
    """Return Markdown links to a chapter's learner files, relative to its notebook; "" for any other notebook."""
    chapter = notebook_folder.name.partition("_")[0]
    topics = dict.fromkeys(e.topic for e in catalogue.EXERCISES.values() if e.chapter == chapter)
    links = []
    for file in (loader.learner_folder() / f"{topic}.py" for topic in topics):
        address = link_file(file, notebook_folder)
        if address:
            links.append(f"[{file.name}]({address})")
    return ", ".join(links)


def link_file(file: Path | str, notebook_folder: Path | None = None) -> str:
    """Return the address of a file, relative to a notebook's folder, by default the current one; "" for none."""
    try:
        return quote(Path(os.path.relpath(file, (notebook_folder or Path.cwd()).resolve())).as_posix())
    except (ValueError, OSError):  # on Windows, another drive; or the folder where Python was started is gone
        return ""


def _runs_in_notebook() -> bool:
    """Return whether this code runs in a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and hasattr(shell, "kernel")


def show_path(path: Path | str) -> str:
    """Return a path as one would type it here: relative if it is inside the folder where Python was started."""
    try:
        whole, here = Path(path).resolve(), Path.cwd().resolve()
    except OSError:  # the folder where Python was started is gone
        return str(path)
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)


def mine(name: str) -> Callable:
    """Return the learner's own function, from the file as it is now.

    Args:
        name: The name of a function in a learner file, such as "relu_backward".

    Returns:
        The function; one that is not written yet raises NotImplementedError when it is called.

    Raises:
        LookupError: No learner file of the course has a function of that name.
        ImportError: The file cannot be read or executed.
        AttributeError: The learner's file does not have the function any more.

    Example:
        >>> from cnnlab import mine
        >>> mine("relu_backward").__name__
        'relu_backward'
    """
    loaded = loader.folder().load(_find_topic(name))
    if loaded.reading.fault:
        raise UnusableFile(loaded.reading.fault)
    function = loaded.function(name)
    if function is None:
        raise AttributeError(f"{show_path(loaded.reading.file)} has no function {name}")
    return function


def given(name: str) -> Callable:
    """Return a function as it was handed out, whatever the learner's file holds.

    Args:
        name: The name of a function in a learner file, such as "relu_forward".

    Returns:
        The function; an exercise among them raises NotImplementedError when it is called.

    Raises:
        LookupError: No learner file of the course has a function of that name.

    Example:
        >>> import numpy as np
        >>> from cnnlab import given
        >>> y, cache = given("relu_forward")(np.array([-1.0, 2.0]))
        >>> print(y)
        [0. 2.]
    """
    return loader.load_stub_function(_find_topic(name), name)


def _find_topic(name: str) -> str:
    for path in sorted(loader.STUBS.glob("*.py")):
        if name in _list_functions(path):
            return path.stem
    raise catalogue.NoSuchExercise(f"no learner file has a function {name!r}")


@cache
def _list_functions(path: Path) -> frozenset[str]:
    """Return the functions that a file which was handed out defines."""
    tree = parse(read(path))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
