"""Progress: what passed outlives the session, and no accident to its file does more harm than it must."""

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import cnnlab
from cnnlab import check, loader, status
from cnnlab.course import chapters, passes, progress_file
from cnnlab.course.catalogue import EXERCISES
from cnnlab.course.progress_file import LOCK, NAME, Entry, keep, load
from tests.patience import patience

ROOT = Path(__file__).parents[1]
SOLUTIONS = ROOT / "solutions" / "ops"
CONV = ("conv2d_bias_grad", "conv2d_weight_grad", "conv2d_input_grad")


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A learner's folder in which conv.py is written; what other tests have checked is forgotten."""
    monkeypatch.setattr(passes, "_passed", set())
    monkeypatch.setattr(loader, "_chosen", [])
    folder = tmp_path / "course" / "work"
    folder.mkdir(parents=True)
    for stub in loader.STUBS.glob("[!_]*.py"):
        (folder / stub.name).write_bytes(stub.read_bytes())
    (folder / "conv.py").write_bytes((SOLUTIONS / "conv.py").read_bytes())
    return folder


def forget(monkeypatch):
    """As in a new session."""
    monkeypatch.setattr(passes, "_passed", set())


def noted(folder):
    return set(load(folder).entries)


def is_noted(folder, name="conv2d_bias_grad"):
    return passes.has_passed(name, folder, "conv")


def test_a_pass_outlives_the_session_with_its_source_and_time(room, monkeypatch):
    check("conv2d", folder=room)
    entries = load(room).entries
    assert set(entries) == set(CONV)
    entry = entries["conv2d_bias_grad"]
    assert entry.source == passes.fingerprint(room, "conv")
    assert (entry.score, entry.course) == (1.0, cnnlab.__version__)
    assert len(entry.when) == len("2026-01-01T00:00:00")
    forget(monkeypatch)
    assert is_noted(room)


def test_a_change_of_the_source_takes_it_back_and_a_second_run_writes_nothing(room, monkeypatch):
    check("conv2d_bias_grad", folder=room)
    before = (room / NAME).stat().st_mtime_ns
    check("conv2d_bias_grad", folder=room)
    check("conv2d_bias_grad", folder=room, stage="core")
    assert (room / NAME).stat().st_mtime_ns == before
    forget(monkeypatch)
    (room / "conv.py").write_text((room / "conv.py").read_text(encoding="utf-8") + "\n# later\n", encoding="utf-8")
    assert not is_noted(room)


def test_another_version_of_the_course_judges_again(room, monkeypatch):
    check("conv2d_bias_grad", folder=room)
    forget(monkeypatch)
    monkeypatch.setattr(cnnlab, "__version__", "99")
    assert not is_noted(room)


def test_a_renamed_folder_keeps_it(room, monkeypatch):
    check("conv2d_bias_grad", folder=room)
    forget(monkeypatch)
    moved = room.parent.rename(room.parent.with_name("renamed")) / "work"
    assert is_noted(moved)


def test_nothing_is_noted_for_stubs_the_reference_or_what_fails(room):
    check("conv2d_bias_grad", folder=SOLUTIONS)
    check("linear", folder=room)
    assert not (SOLUTIONS / NAME).exists()
    assert not (room / NAME).exists()


def test_a_deleted_file_is_made_anew_by_status(room, monkeypatch):
    check("conv2d", folder=room)
    (room / NAME).unlink()
    forget(monkeypatch)
    found = status(room)
    assert {r.exercise.name for r in found.rows if r.state == "passes"} == set(CONV)
    assert noted(room) == set(CONV)
    assert found.notes == ()


BROKEN = {
    "cut off": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "binary": lambda text: "\x00\xff\x07" * 100,
    "a list": lambda text: "[1, 2]",
    "no dictionary": lambda text: '{"passed": 3}',
    "an entry of another kind": lambda text: text.replace('"score": 1.0', '"score": "all"', 1),
    "a score of 7": lambda text: text.replace('"score": 1.0', '"score": 7', 1),
    "scribbled in": lambda text: text.replace('"version"', "version"),
    "too deep": lambda text: "[" * 100_000,
    "too large": lambda text: text + " " * 2_000_000,
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_file_is_put_aside_and_said(room, monkeypatch, how):
    check("conv2d", folder=room)
    broken = BROKEN[how]((room / NAME).read_text(encoding="utf-8"))
    (room / NAME).write_text(broken, encoding="utf-8")
    forget(monkeypatch)
    assert load(room).broken
    found = status(room)
    assert {r.exercise.name for r in found.rows if r.state == "passes"} == set(CONV)
    assert "The progress file was damaged" in found.notes[0]
    (kept,) = room.glob("*.bak")
    assert kept.read_text(encoding="utf-8") == broken
    assert kept.name in found.notes[1]
    assert noted(room) == set(CONV)
    assert not load(room).broken
    assert "not whole" not in str(status(room))


def test_the_whole_lines_of_a_broken_file_are_kept(room):
    for name in ("relu_backward", "tanh_backward", "sigmoid_backward"):
        keep(room, name, Entry("0" * 64, 1.0, "2026-01-01T00:00:00", "1"))
    text = (room / NAME).read_text(encoding="utf-8")
    (room / NAME).write_text(text[: text.index('"tanh_backward"') + 20], encoding="utf-8")
    assert noted(room) == {"relu_backward", "sigmoid_backward"}
    check("conv2d_bias_grad", folder=room)
    assert noted(room) == {"relu_backward", "sigmoid_backward", "conv2d_bias_grad"}


@pytest.mark.parametrize("what", ["folder", "pipe", "link"])
def test_something_else_of_that_name_is_put_aside(room, what, tmp_path):
    path = room / NAME
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("named pipes are a thing of Unix")
        os.mkfifo(path)
    else:
        path.symlink_to(tmp_path / "nowhere")
    assert check("conv2d_bias_grad", folder=room).passed
    assert noted(room) == {"conv2d_bias_grad"}
    assert path.is_file() and not path.is_symlink()


def test_a_folder_in_which_nothing_can_be_written(room, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(progress_file, "_hold_lock", refuse)
    assert check("conv2d_bias_grad", folder=room).passed
    assert is_noted(room)
    found = status(room)
    assert any("no file can be written there" in note for note in found.notes)
    assert sum(r.state == "passes" for r in found.rows) == 3
    assert not (room / NAME).exists()


def test_a_lock_that_a_crash_left_is_taken_over(room, monkeypatch):
    (room / LOCK).touch()
    os.utime(room / LOCK, (1, 1))
    assert check("conv2d_bias_grad", folder=room).passed
    assert noted(room) == {"conv2d_bias_grad"}
    assert not (room / LOCK).exists()


def test_a_lock_that_stays_is_named(room, monkeypatch):
    monkeypatch.setattr(progress_file, "LOCK_TIMEOUT_SECONDS", 0.0)
    (room / LOCK).touch()
    said = keep(room, "relu_backward", Entry("0" * 64, 1.0, "2026-01-01T00:00:00", "1"))
    assert LOCK in said and "delete it" in said


def test_several_processes_at_once_lose_nothing(room):
    code = """
import sys
from pathlib import Path
from cnnlab.course.progress_file import Entry, keep
for number in range(12):
    said = keep(Path(sys.argv[1]), f"{sys.argv[2]}_{number}", Entry("0" * 64, 1.0, "2026", "1"))
    assert not said, said
"""
    command = [sys.executable, "-c", code, str(room)]
    running = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("one", "two", "three")]
    assert [process.wait(patience(60)) for process in running] == [0, 0, 0]
    assert len(load(room).entries) == 36
    assert sorted(p.name for p in room.glob(".cnnlab*")) == [NAME]


def test_a_write_that_breaks_off_leaves_the_old_file(room, monkeypatch):
    check("conv2d_bias_grad", folder=room)
    before = (room / NAME).read_bytes()

    def full(path, *_):
        path.write_text("{", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress_file, "_write", full)
    assert "No space left" in keep(room, "relu_backward", Entry("0" * 64, 1.0, "2026", "1"))
    assert (room / NAME).read_bytes() == before
    assert sorted(p.name for p in room.glob(".cnnlab*")) == [NAME]


def test_a_forged_file_fools_nobody_but_its_author(room, tmp_path):
    """Grading judges the files alone; intake does not even mention it."""
    from grading.intake import learner_files
    from grading.intake.find_notebook import FoundNotebook
    from grading.intake.match_answers import MatchedAnswers
    from grading.intake.rebuild_submission import describe_left_out
    from grading.intake.walk_submission import walk_submission

    entry = {"source": "0" * 64, "score": 1.0, "when": "2026-01-01T00:00:00", "course": cnnlab.__version__}
    forged = {"version": 1, "aside": [], "passed": dict.fromkeys(EXERCISES, entry)}
    (room / NAME).write_text(json.dumps(forged), encoding="utf-8")
    assert {r.exercise.name for r in status(room).rows if r.earned} == set(CONV)
    assert NAME not in learner_files.collect_learner_files(room.parent).files
    nothing = FoundNotebook(None, MatchedAnswers())
    assert describe_left_out(walk_submission(room.parent), tmp_path / "released", nothing) == []


def test_status_says_what_comes_next(room):
    first = min(EXERCISES.values(), key=lambda e: e.chapter)
    found = status(room)
    assert found.next.startswith(f"Next: chapter {int(first.chapter[2:])}, write {first.name} in ")
    text = (room / "conv.py").read_text(encoding="utf-8")
    (room / "conv.py").write_text(text.replace("dy.sum(axis=(0, 2, 3))", "dy.mean(axis=(0, 2, 3))"), encoding="utf-8")
    by_name = {r.exercise.name: r for r in status(room).rows}
    assert by_name["conv2d_bias_grad"].state == "does not pass"
    assert by_name["conv2d_weight_grad"].state == "passes"
    (room / "conv.py").write_text("def (:", encoding="utf-8")
    assert {r.state for r in status(room).rows if r.exercise.topic == "conv"} == {"cannot be loaded"}


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.open, self.summaries = [], 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.summaries += tag == "summary"

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_text_and_html_carry_the_same(room):
    found = status(room)
    text, html = found.to_text(every=True), found._repr_html_()
    for row in found.rows:
        assert row.exercise.name in text and row.exercise.name in html
    for title in chapters.TITLES.values():
        assert title in str(found) and title in text and title in html
    for words in (found.summary(), found.next):
        assert words in text
    tags = Tags(html)
    assert tags.open == [] and tags.summaries == len(found.chapters()) + bool(found.optional)
    assert found.gears == "3 of 9 gears"


def test_the_solutions_are_all_done(monkeypatch):
    monkeypatch.setattr(status.__globals__["passes"], "find_score", lambda *_: 1.0)  # each is judged elsewhere
    assert status(SOLUTIONS).next == "Every exercise passes."


def test_the_titles_are_those_of_the_notebooks():
    built = sorted(path.name.partition("_")[0] for path in (ROOT / "notebooks").iterdir() if path.is_dir())
    assert list(chapters.TITLES) == built
    for path in (ROOT / "authoring" / "chapters").glob("ch*.md"):
        number = path.name[:4]
        heading = f"# Chapter {int(number[2:])}. {chapters.TITLES[number]}"
        assert heading in path.read_text(encoding="utf-8").splitlines()


def test_whoever_finishes_everything_has_every_point(monkeypatch):
    monkeypatch.setattr(status.__globals__["passes"], "find_score", lambda name, *_: 1.0)
    found = status(SOLUTIONS)
    points = sum(exercise.points for exercise in EXERCISES.values())
    assert found.points == (points, points)
    assert found.next == "Every exercise passes."
    assert f"{points} of {points} points" in str(found)
    assert {exercise.chapter for exercise in EXERCISES.values()} == set(chapters.TITLES)


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("every", [False, True])
def test_status_fits_the_terminal(monkeypatch, columns, every):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(status.__globals__["passes"], "find_score", lambda *_: 0.8)
    entry = Entry("0" * 64, 0.8, "2026-11-28T12:00:00", "1")
    monkeypatch.setattr(progress_file, "load", lambda _: progress_file.Progress(dict.fromkeys(EXERCISES, entry)))
    monkeypatch.setattr(passes, "load_progress", progress_file.load)
    text = status(SOLUTIONS).to_text(every=every)
    assert max(map(len, text.splitlines())) <= columns
    assert text.count("2026-11-28") == (len(EXERCISES) if every else 0)
    assert every or columns < 80 or len(text.splitlines()) <= 24, "a terminal has 24 lines"


def test_what_a_learner_prints_is_no_part_of_it(room, capsys):
    text = (room / "conv.py").read_text(encoding="utf-8")
    (room / "conv.py").write_text("print('loaded')\n" + text, encoding="utf-8")
    status(room)
    assert "loaded" not in capsys.readouterr().out
