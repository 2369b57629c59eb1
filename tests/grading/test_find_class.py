"""The seed and the folder of a class are found, and unusable ones are named."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from grading import class_folder
from grading.errors import BadSeed


def test_a_seed_is_made_on_first_use_for_its_owner_alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    first = class_folder.read_seed()
    path = class_folder.find_seed_file()
    assert path.is_relative_to(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert class_folder.read_seed() == first
    path.unlink()
    assert class_folder.read_seed() != first


def test_a_seed_left_open_is_closed(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    class_folder.read_seed()
    class_folder.find_seed_file().chmod(0o644)
    class_folder.read_seed()
    assert stat.S_IMODE(class_folder.find_seed_file().stat().st_mode) == 0o600


def test_the_seed_is_outside_the_repository() -> None:
    assert not class_folder.find_seed_file().resolve().is_relative_to(class_folder.ROOT)


def test_a_file_made_by_hand_is_a_seed_too(tmp_path) -> None:
    path = tmp_path / "seed"
    path.write_text("12\n")
    assert class_folder.read_seed(path) == 12
    path.write_text("the quick brown fox")
    assert class_folder.read_seed(path) == class_folder.read_seed(path) != 12


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_is_no_seed(content: str, tmp_path) -> None:
    path = tmp_path / "seed"
    path.write_text(content)
    with pytest.raises(BadSeed, match="empty"):
        class_folder.read_seed(path)


def test_the_home_of_a_submission() -> None:
    assert class_folder.find_class_of(Path("/course/submitted/ada/ch08")).folder == Path("/course")
    assert (
        class_folder.find_class_of(Path(f"{os.sep}course/autograded/ada/ch08"))
        .record_file("ada", "ch08")
        .is_relative_to("/course/intake")
    )
