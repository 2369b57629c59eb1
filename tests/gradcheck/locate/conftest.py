"""A learner's folder with the solutions, to write mistakes into."""

import shutil
from pathlib import Path

import pytest

SOLUTIONS = Path(__file__).parents[3] / "solutions" / "ops"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(SOLUTIONS, tmp_path / "work", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "work"


@pytest.fixture
def spoil(folder):
    """Put one text in the place of another in a learner file, and return the file."""

    def write(topic, right, wrong):
        path = folder / f"{topic}.py"
        text = path.read_text(encoding="utf-8")
        assert right in text
        path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
        return path

    return write
