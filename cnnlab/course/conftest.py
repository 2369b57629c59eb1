"""Marks for `pytest --pyargs cnnlab.course -m ch08`, and the folder of the learner's files."""

import os
from pathlib import Path

import pytest

from cnnlab import loader
from cnnlab.course import catalogue

#: An environment variable, since pytest reads no options of a package that is named with --pyargs.
FOLDER = "CNNLAB_FOLDER"


def pytest_configure(config: pytest.Config) -> None:
    for chapter in catalogue.CHAPTERS:
        config.addinivalue_line("markers", f"{chapter}: the exercises of chapter {int(chapter[2:])}")


@pytest.fixture(scope="session")
def folder() -> Path:
    """The folder of the learner's files: the one that CNNLAB_FOLDER names, or cnnlab/ops."""
    chosen = Path(os.environ.get(FOLDER, loader.learner_folder()))
    if not chosen.is_dir():
        raise pytest.UsageError(
            f"{FOLDER} is {chosen}, which is not a folder; the folder that holds your files is needed"
        )
    return chosen
