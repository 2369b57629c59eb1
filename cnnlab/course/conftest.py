"""Marks for `pytest --pyargs cnnlab.course -m ch08`, and the folder of the learner's files."""

from pathlib import Path

import pytest

from cnnlab import loader
from cnnlab.course import catalogue


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--folder", type=Path, default=None, help="of your files (default: cnnlab/ops)")


def pytest_configure(config: pytest.Config) -> None:
    for chapter in catalogue.CHAPTERS:
        config.addinivalue_line("markers", f"{chapter}: the exercises of chapter {int(chapter[2:])}")


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    """The folder of the learner's files."""
    chosen = request.config.getoption("--folder", default=None)
    if chosen and not chosen.is_dir():
        raise pytest.UsageError(f"{chosen} is not a folder; --folder takes the folder that holds your files")
    return chosen or loader.chosen()
