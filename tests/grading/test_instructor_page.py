"""The instructor's page is run: every command on it, in its order, as one would type it, in a home of its own."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from pathlib import Path

import pytest

from grading import class_folder

PAGE = class_folder.ROOT / "docs" / "instructor.md"

#: A block of commands, with the mark before it where it is left to a person.
BLOCK = re.compile(
    r"^ *(?:<!-- by hand: (?P<why>[^>]+) -->\n *)?```sh\n(?P<commands>.*?)^ *```$", re.MULTILINE | re.DOTALL
)


def blocks(text: str) -> list[tuple[str, str]]:
    """Every block: (its commands, why it is left to a person or "")."""
    return [("\n".join(s.strip() for s in b["commands"].splitlines()), b["why"] or "") for b in BLOCK.finditer(text)]


def section(name: str) -> str:
    """A section of the page."""
    return re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]


def test_every_block_of_the_page_is_seen() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(blocks(text)) == text.count("```sh")


def test_from_nothing_to_a_graded_class_it_is_nine_commands() -> None:
    commands = [line for block, _ in blocks(section("Nine commands")) for line in block.splitlines()]
    assert len(commands) == 9


def test_what_is_left_to_a_person_is_what_installs_or_stays_open() -> None:
    found = {block: why for block, why in blocks(PAGE.read_text(encoding="utf-8")) if why}
    assert found == {
        "python3 start.py doctor": "it installs",
        "sudo apt-get install bubblewrap libseccomp2": "it needs sudo",
        "(cd class && jupyter lab)": "it stays open",
        "python -m grading copy-gradebook": "it needs a server",
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> tuple[Path, str]:
    """The folder of an instructor who has typed every command but the demo, and what was printed."""
    place = tmp_path_factory.mktemp("home")
    commands = [block for block, why in blocks(PAGE.read_text(encoding="utf-8")) if not why]
    assert commands[0] == ".venv/bin/python -m grading demo"  # which has tests of its own
    script = "\n".join(["set -eux", *commands[1:]])
    leave = (class_folder.HOME_VARIABLE, class_folder.SOURCE_VARIABLE, "XDG_DATA_HOME", "JUPYTER_CONFIG_PATH")
    inside = {k: v for k, v in os.environ.items() if k not in leave} | {"HOME": str(place)}
    ran = subprocess.run(
        ["bash", "-c", script], cwd=class_folder.ROOT, env=inside, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return place / "teaching", ran.stdout


@pytest.mark.slow
def test_the_reference_solution_gets_full_points(done) -> None:
    assert "18 of 18 points (isolation: " in done[1]


def test_the_class_is_graded(done) -> None:
    place, said = done
    assert "1 graded, 0 not" in said
    with (place / "class" / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["ada"]["score"]) == 0
    assert rows["ada"]["duedate"] == ""  # exported before one was set
    assert (
        place / "class" / "feedback" / "ada" / "ch08_convolution_backward" / "ch08_convolution_backward.html"
    ).is_file()
    assert (place / "class" / "report" / "index.html").is_file()


def test_who_was_collected_from_a_download_is_graded(done) -> None:
    place, said = done
    assert "1 graded, 0 not, 1 left as they were" in said
    submission = place / "class" / "submitted" / "ben" / "ch08_convolution_backward"
    assert (submission / "ch08_convolution_backward.ipynb").is_file() and (submission / "work" / "conv.py").is_file()


def test_the_source_holds_no_class(done) -> None:
    assert class_folder.find_old_class() == []
    assert len(list(done[0].glob("cnnlab-*-code.zip"))) == 1


def test_the_zip_the_seed_and_the_page_are_where_it_says(done) -> None:
    place, _ = done
    assert len(list((place / "handout").glob("cnnlab-*-ch08.zip"))) == 1
    seed = place.parent / ".local" / "share" / "cnnlab" / "grading-seed"
    assert seed.stat().st_mode & 0o777 == 0o600
    assert (place / "class" / "reports" / "ch08_convolution_backward" / "index.html").is_file()
