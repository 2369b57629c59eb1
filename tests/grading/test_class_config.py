"""A class folder protects itself: whatever is started there judges, and no kernel runs a student's code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from grading import __main__ as command
from grading import class_config, class_folder
from grading.batch import verdict_store
from grading.class_config import CONFIG_FILE, SETTINGS_FILE, configure_class
from grading.class_folder import ClassFolder
from grading.errors import BadClassFolder, NotConfigured
from grading.nbgrader_steps.judge_preprocessor import Judge

CHAPTER = "ch00_start_here"


def fresh_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a new terminal: nothing of ours is set, and the user's own folders are elsewhere."""
    ours = (class_folder.HOME_VARIABLE, class_folder.SOURCE_VARIABLE, "JUPYTER_CONFIG_PATH", "PYTHONPATH")
    return {k: v for k, v in os.environ.items() if k not in ours} | {
        "XDG_DATA_HOME": str(folder / "data"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "HOME": str(folder),
    }


def nbgrader(cwd: Path, base: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `nbgrader ARGUMENTS` as in a new terminal."""
    environment = fresh_environment(base)
    program = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(program, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def hand_in(where: ClassFolder, student: str) -> Path:
    """Let a student hand in a file that writes a file where it is run. Return that file's path."""
    marker = where.folder.parent / f"{student}-ran-unsandboxed"
    folder = where.submission_folder(student, CHAPTER)
    shutil.copytree(where.released_notebook(CHAPTER).parent, folder)
    path = folder / "work" / "first.py"
    path.write_text(path.read_text(encoding="utf-8") + f"\nopen({str(marker)!r}, 'w').write('ran')\n", encoding="utf-8")
    return marker


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> ClassFolder:
    """A class that was configured here and released by nbgrader in a new terminal."""
    where = ClassFolder(tmp_path_factory.mktemp("course") / "monday")
    configure_class(where)
    done = nbgrader(where.folder, where.folder.parent, "generate_assignment", CHAPTER)
    assert done.returncode == 0, done.stderr
    assert where.released_notebook(CHAPTER).is_file()
    return where


# What is started in the class folder


def test_nbgrader_from_a_new_terminal_judges_and_starts_no_kernel(released: ClassFolder) -> None:
    marker = hand_in(released, "eve")
    done = nbgrader(released.folder, released.folder.parent, "autograde", CHAPTER, "--student=eve")
    assert done.returncode == 0, done.stderr
    assert not marker.exists()
    assert verdict_store.read_verdict(released, "eve", CHAPTER)


def test_nbgrader_from_elsewhere_that_names_the_folder_judges_too(released: ClassFolder, tmp_path) -> None:
    marker = hand_in(released, "fay")
    course = f"--course-dir={released.folder}"
    done = nbgrader(tmp_path, released.folder.parent, "autograde", CHAPTER, "--student=fay", course)
    assert done.returncode == 0, done.stderr
    assert not marker.exists()
    assert verdict_store.read_verdict(released, "fay", CHAPTER)


def test_nbgrader_in_a_folder_of_the_class_finds_nothing_to_run(released: ClassFolder) -> None:
    marker = hand_in(released, "guy")
    for folder in (released.folder / "submitted", released.submission_folder("guy", CHAPTER)):
        done = nbgrader(folder, released.folder.parent, "autograde", CHAPTER, "--student=guy", "--create")
        assert done.returncode != 0
    assert not marker.exists()
    assert not verdict_store.read_verdict(released, "guy", CHAPTER)


def test_another_configuration_that_is_named_does_not_switch_the_judge_off(released: ClassFolder, tmp_path) -> None:
    """The class's own is read after it."""
    marker = hand_in(released, "ida")
    other = tmp_path / "other.py"
    other.write_text("c = get_config()\nc.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']\n")
    arguments = ("autograde", CHAPTER, "--student=ida", f"--config={other}")
    done = nbgrader(released.folder, released.folder.parent, *arguments)
    assert done.returncode == 0, done.stderr
    assert not marker.exists()
    assert verdict_store.read_verdict(released, "ida", CHAPTER)


def test_where_the_course_is_missing_nbgrader_ends_with_one_sentence(released: ClassFolder, tmp_path) -> None:
    marker = hand_in(released, "hal")
    config = released.folder / CONFIG_FILE
    kept = config.read_text(encoding="utf-8")
    config.write_text(class_config.make_config_text(tmp_path / "gone"), encoding="utf-8")
    try:
        done = nbgrader(released.folder, released.folder.parent, "autograde", CHAPTER, "--student=hal")
        assert done.returncode == 1
        assert "gone/grading/nbgrader_config.py cannot be loaded" in done.stderr
        assert "python -m grading configure" in done.stderr
        assert "Traceback" not in done.stderr
        assert not marker.exists()
        assert len(configure_class(released)) == 1  # and from where the course is now, it is mended
        assert config.read_text(encoding="utf-8") == kept
    finally:
        config.write_text(kept, encoding="utf-8")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    {
        "a mistake in Python": ("c = get_config(\n", "has a mistake: SyntaxError"),
        "an error": ("raise KeyError('no')\n", "has a mistake: KeyError"),
        "a kernel in the judge's place": (
            "c = get_config()\nc.Autograde.autograde_preprocessors = ['nbgrader.preprocessors.Execute']\n",
            "would run in a kernel as you",
        ),
    }.values(),
    ids=["a mistake in Python", "an error", "a kernel in the judge's place"],
)
def test_settings_of_the_instructor_cannot_switch_the_judge_off(
    settings: str, sentence: str, released: ClassFolder, monkeypatch, capsys
) -> None:
    path = released.folder / SETTINGS_FILE
    kept = path.read_text(encoding="utf-8")
    path.write_text(settings, encoding="utf-8")
    try:
        done = nbgrader(released.folder, released.folder.parent, "list", "--inbound")
        assert done.returncode == 1
        assert sentence in done.stderr and str(path) in done.stderr
        monkeypatch.setenv(class_folder.HOME_VARIABLE, str(released.folder))
        assert command.main(["autograde", "ch00", "--seed-file", str(released.folder.parent / "seed")]) == 2
        assert sentence in capsys.readouterr().err
    finally:
        path.write_text(kept, encoding="utf-8")


def test_settings_of_the_instructor_hold(released: ClassFolder) -> None:
    path = released.folder / SETTINGS_FILE
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept + "c.CourseDirectory.course_id = 'mine'\nc.Exchange.root = '/nowhere'\n", encoding="utf-8")
    try:
        done = nbgrader(released.folder, released.folder.parent, "list", "--inbound")
        assert "/nowhere" in done.stderr
    finally:
        path.write_text(kept, encoding="utf-8")


# The files of a class


def test_another_release_keeps_the_instructors_own_settings(tmp_path) -> None:
    where = ClassFolder(tmp_path / "class")
    configure_class(where)
    name = where.course_id
    (where.folder / SETTINGS_FILE).write_text("# mine\n")
    assert configure_class(where) == []
    assert (where.folder / SETTINGS_FILE).read_text() == "# mine\n"
    assert where.course_id == name


def test_a_configuration_of_version_0_1_0_becomes_the_settings(tmp_path) -> None:
    where = ClassFolder(tmp_path / "class")
    where.folder.mkdir()
    (where.folder / "gradebook.db").write_bytes(b"")
    (where.folder / CONFIG_FILE).write_text("c = get_config()\nc.Exchange.root = '/srv'\n")
    assert where.course_id == "cnnlab"
    assert any("are now in" in sentence for sentence in configure_class(where))
    assert "/srv" in (where.folder / SETTINGS_FILE).read_text()
    assert where.course_id == "cnnlab"


def test_what_an_instructor_wrote_into_the_configuration_is_not_overwritten(tmp_path) -> None:
    where = ClassFolder(tmp_path / "class")
    configure_class(where)
    path = where.folder / CONFIG_FILE
    text = path.read_text() + "c.Exchange.root = '/srv'\n"
    path.write_text(text)
    with pytest.raises(NotConfigured, match="was edited: move your lines to"):
        configure_class(where)
    assert path.read_text() == text
    path.write_text("c = get_config()\n")
    with pytest.raises(NotConfigured, match="is not the course's"):
        configure_class(where)
    assert path.read_text() == "c = get_config()\n"


def test_two_sections_have_two_names_in_the_exchange(tmp_path) -> None:
    names = set()
    for folder in ("monday/class", "tuesday/class", "Section B"):
        where = ClassFolder(tmp_path / folder)
        configure_class(where)
        names.add(where.course_id)
    assert len(names) == 3
    assert any(name.startswith("cnnlab-section-b-") for name in names)


def test_a_name_that_cannot_be_read_is_no_other_name(tmp_path) -> None:
    (tmp_path / class_folder.CLASS_FILE).write_text("{")
    with pytest.raises(BadClassFolder, match="cannot be read"):
        _ = ClassFolder(tmp_path).course_id


# Where a class is


def test_a_class_is_in_class_where_the_command_is_run(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(class_folder.HOME_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert class_folder.find_class_folder().folder == tmp_path / "class"
    configure_class(class_folder.find_class_folder())
    assert class_folder.find_class_folder().folder == tmp_path / "class"
    monkeypatch.chdir(tmp_path / "class")
    assert class_folder.find_class_folder().folder == tmp_path / "class"
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path / "other"))
    assert class_folder.find_class_folder().folder == tmp_path / "other"


def test_a_class_of_version_0_1_0_in_the_source_is_found_and_the_command_that_is_named_moves_it(tmp_path) -> None:
    old, new = tmp_path / "the source" / "grading", tmp_path / "class"
    (old / "submitted" / "ada").mkdir(parents=True)
    (old / "gradebook.db").write_text("marks")
    (old / "intake" / "ada" / "ch08" / "original").mkdir(parents=True)
    (old / "intake" / "__pycache__").mkdir()
    (old / "intake" / "__init__.py").write_text("# a package of the course\n")
    with pytest.raises(BadClassFolder, match=r"version 0\.1\.0") as found:
        class_folder.refuse_old_class(new, old)
    move = str(found.value).partition("Move it with: ")[2]
    subprocess.run(["bash", "-c", move], check=True)
    assert (new / "gradebook.db").read_text() == "marks"
    assert (new / "submitted" / "ada").is_dir()
    assert (new / "intake" / "ada" / "ch08" / "original").is_dir()
    assert [path.name for path in old.iterdir()] == ["intake"]
    assert {path.name for path in (old / "intake").iterdir()} == {"__init__.py", "__pycache__"}
    class_folder.refuse_old_class(new, old)


def test_settings_that_name_the_judge_as_in_version_0_1_0_still_find_it(tmp_path) -> None:
    lines = "c = get_config()\nc.Autograde.autograde_preprocessors = ['grading.preprocessor.Judge']\n"
    (tmp_path / SETTINGS_FILE).write_text(lines)
    c = Config()
    class_config.apply_class_settings(c, tmp_path)
    [step] = c.Autograde.autograde_preprocessors
    assert import_item(step) is Judge


def test_the_source_holds_no_class() -> None:
    assert class_folder.find_old_class() == []


def test_configure_says_where_the_class_is(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path / "class"))
    assert command.main(["configure"]) == 0
    said = capsys.readouterr().out
    assert str(tmp_path / "class") in said and ClassFolder(tmp_path / "class").course_id in said
