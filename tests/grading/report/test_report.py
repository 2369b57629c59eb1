"""The instructor's page and tables: counted rightly, and safe whatever a student is called or says."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from grading import __main__ as command
from grading import class_folder
from grading.batch import verdict_store
from grading.batch.remark import Remark
from grading.batch.verdict_store import Mark, StoredVerdict
from grading.class_folder import ClassFolder
from grading.gradebook import Grade
from grading.report import report_page, report_tables
from grading.report.batch_summary import Summary, summarise_batch
from grading.report.needs_person import Kind, format_groups
from tests.grading.conftest import CHAPTER

HOSTILE = "<img src=x onerror=alert(1)>"


def mark(exercise: str, score: float = 1.0, code: str | None = None, sentence: str | None = None, worth=6.0) -> Mark:
    wrong = {"fail": "fail"} if code else {}
    return Mark(exercise, exercise, score, worth, code is None, score >= 0.8, code, None, sentence, wrong, "", "")


def stored(student: str, weight: Mark | None = None, **more) -> StoredVerdict:
    marks = (
        mark("conv2d_bias_grad", worth=2.0),
        weight or mark("conv2d_weight_grad"),
        mark("conv2d_input_grad"),
        mark("col2im", worth=4.0),
    )
    return replace(
        StoredVerdict(CHAPTER, student, marks, {}, isolation="bubblewrap", judged="2026-01-01T00:00:00+00:00"), **more
    )


AVERAGES = "dw is exactly N times too large: the loss already averages over the batch."


@pytest.fixture
def batch() -> Summary:
    """300 students, 41 of whom made the same mistake."""
    graded = {f"s{k:03}": stored(f"s{k:03}") for k in range(250)}
    for k in range(250, 291):
        graded[f"s{k}"] = stored(f"s{k}", mark("conv2d_weight_grad", 0.0, "scale", AVERAGES))
    raised = mark("conv2d_weight_grad", 0.0, "raises", f"ValueError in line 3: {HOSTILE}")
    graded["s291"] = stored("s291", raised)
    graded["s292"] = stored("s292", replace(raised, diagnosis="KeyError in line 9: k"))
    graded[HOSTILE] = stored(HOSTILE, attention=(Remark(HOSTILE, "conv2d_input_grad"),), odd=("left out: \x1b[2J",))
    graded["=1+1"] = stored("=1+1", refused={"conv.py": "it is a link"})
    graded["s295"] = stored("s295", mark("conv2d_weight_grad", 0.8, None, None))
    failed = tuple(f"s{k}" for k in range(296, 300))
    return Summary(CHAPTER, graded, failed, {s: Grade(10.0, 24.0, unmarked_cells=2) for s in graded if s != "s000"})


def test_the_distribution_of_diagnoses(batch: Summary) -> None:
    first, second = batch.diagnoses
    assert (first.exercise, first.count, first.sentence) == ("conv2d_weight_grad", 41, AVERAGES)
    assert (second.code, second.count, second.sentence) == ("raises", 2, "raises an exception")


def test_who_needs_a_person(batch: Summary) -> None:
    assert set(batch.look) == {HOSTILE, "=1+1", "s000", *batch.failed}
    assert "not in the gradebook" in batch.look["s000"][0]
    assert "was not graded" in batch.look["s299"][0]
    assert batch.look["=1+1"] == ("conv.py was not taken: it is a link",)


def test_who_has_most_at_stake_comes_first_and_reasons_are_grouped(batch: Summary) -> None:
    assert [(g.kind, len(g.students)) for g in batch.groups] == [
        (Kind.NOT_GRADED, 4),
        (Kind.NOT_SAVED, 1),
        (Kind.CONDUCT, 1),
        (Kind.REFUSED, 1),
    ]
    assert [r.points for g in batch.groups for r in g.reasons] == [24, 24, 24, 24, 18, 6, 0]
    assert list(batch.look)[:5] == [*batch.failed, "s000"]
    assert HOSTILE not in batch.groups[0].students
    assert batch.notes == {HOSTILE: ("left out: \x1b[2J",)}, "a harmless note is no reason"


def test_what_was_lost_is_weighed_by_the_points_it_costs() -> None:
    """A lost file outweighs a suspicion about an exercise of 2 points; a note weighs nothing."""
    lost = replace(mark("conv2d_input_grad", 0.0, "load", "conv.py is not Python"), worth=6.0)
    eve = stored("eve", suspicions=(Remark("it asked for the time", "conv2d_bias_grad"),))
    bob = replace(stored("bob"), marks=(lost, replace(lost, exercise="conv2d_weight_grad")))
    cyd = stored(
        "cyd", needs_person=("its written answers are lost",), odd=("its written answers are lost", "left out: x")
    )
    dan = stored("dan", odd=("left out: .DS_Store",))
    graded = {s.student: s for s in (eve, bob, cyd, dan)}
    batch = Summary(CHAPTER, graded, (), {s: Grade(18.0, 24.0) for s in graded})
    assert list(batch.look) == ["bob", "cyd", "eve"]
    assert [(r.student, r.points) for g in batch.groups for r in g.reasons] == [("bob", 12), ("cyd", 6), ("eve", 2)]
    assert batch.notes == {"cyd": ("left out: x",), "dan": ("left out: .DS_Store",)}
    text = format_groups(batch.groups, len(batch.notes), len(batch.students))
    assert text.splitlines()[0] == "Who needs a person: 3 of 4 students"
    assert text.index("bob") < text.index("cyd") < text.index("eve")
    assert ".DS_Store" not in text and "Notes on 2 submissions" in text


def test_a_file_that_was_not_taken_is_one_reason_with_what_it_costs() -> None:
    """The sentence comes from intake's list, from what was refused and from the exercises: it is given once."""
    why = "work/conv.py is a link; the file itself is needed"
    lost = [replace(mark(name, 0.0, "load", why), worth=6.0) for name in ("conv2d_weight_grad", "conv2d_input_grad")]
    ada = replace(stored("ada", refused={"conv.py": why}, needs_person=(why,), odd=(why,)), marks=tuple(lost))
    batch = Summary(CHAPTER, {"ada": ada}, (), {"ada": Grade(0.0, 24.0)})
    [group] = batch.groups
    assert [(r.points, r.sentence) for r in group.reasons] == [(12, f"conv.py was not taken: {why}")]
    assert group.kind == Kind.REFUSED and batch.notes == {}


def test_a_sentence_about_several_exercises_is_given_once_with_what_they_are_worth() -> None:
    sentence = "conv.py, line 9, calls f. Read it."
    names = ("conv2d_weight_grad", "conv2d_bias_grad")
    eve = stored(
        "eve", suspicions=(*(Remark(sentence, n) for n in names), Remark("conv.py, line 2, uses exec. Read it."))
    )
    [group] = Summary(CHAPTER, {"eve": eve}, (), {}).groups
    assert [(r.points, r.sentence) for r in group.reasons] == [
        (18, "conv.py, line 2, uses exec. Read it."),
        (8, f"{', '.join(names)}: {sentence}"),
    ]


def test_a_command_in_a_sentence_is_shown_as_code_and_nothing_else_is_a_tag() -> None:
    assert report_page.show_sentence("see `a <b>`; <i>`") == "see <code>a &lt;b&gt;</code>; &lt;i&gt;`"


def test_a_verdict_of_an_earlier_version_is_still_read(tmp_path) -> None:
    where = ClassFolder(tmp_path)
    verdict_store.write_verdict(where, stored("ada", suspicions=(Remark("x"),)))
    path = where.verdict_file("ada", CHAPTER)
    found = json.loads(path.read_text(encoding="utf-8"))
    for name in verdict_store.ADDED:
        del found[name]
    path.write_text(json.dumps(found), encoding="utf-8")
    assert verdict_store.read_verdict(where, "ada", CHAPTER) == stored("ada")


ENDED = "the file's process ended without an answer (SIGKILL)."


def test_what_version_0_1_0_stored_as_sentences_is_read_as_fields(tmp_path) -> None:
    where, failed = ClassFolder(tmp_path), mark("conv2d_weight_grad", 0.0, "raises", ENDED)
    new = stored("ada", replace(failed, process_failed=True), attention=(Remark("s", "col2im"), Remark("a: b")))
    verdict_store.write_verdict(where, new)
    path = where.verdict_file("ada", CHAPTER)
    found = json.loads(path.read_text(encoding="utf-8"))
    for stored_mark in found["marks"]:
        del stored_mark["process_failed"]
    found["attention"] = ["col2im: s", "a: b"]
    path.write_text(json.dumps(found), encoding="utf-8")
    assert verdict_store.read_verdict(where, "ada", CHAPTER) == new


def test_a_worker_that_ended_is_for_a_person_and_an_exception_with_its_words_is_not() -> None:
    raised = mark("conv2d_weight_grad", 0.0, "raises", f"ValueError: {ENDED}")
    graded = {"ada": stored("ada", replace(raised, diagnosis=ENDED, process_failed=True)), "bob": stored("bob", raised)}
    [group] = Summary(CHAPTER, graded, (), {s: Grade(18.0, 24.0) for s in graded}).groups
    assert (group.kind, group.students) == (Kind.NOT_READ, ("ada",))


def test_where_a_worker_ended_is_said_once_with_all_its_exercises() -> None:
    names = ("conv2d_weight_grad", "conv2d_input_grad")
    marks = tuple(replace(mark(name, 0.0, "raises", ENDED), process_failed=True) for name in names)
    [group] = Summary(CHAPTER, {"ada": stored("ada", marks=marks)}, (), {"ada": Grade(18.0, 24.0)}).groups
    [reason] = group.reasons
    assert reason.sentence == f"conv2d_weight_grad, conv2d_input_grad: {ENDED}"
    assert reason.points == sum(m.worth for m in marks)


def test_points_lost_for_lateness_have_their_reason_in_the_page(tmp_path) -> None:
    grades = {
        "ada": Grade(0.0, 24.0, penalty=18.0, late=1.88),
        "ben": Grade(18.0, 24.0, late=0.5),
        "cyd": Grade(18.0, 24.0),
    }
    html = report_page.build_page(
        Summary(CHAPTER, {s: stored(s) for s in grades}, (), grades), ClassFolder(tmp_path), tmp_path
    )
    assert "<td>18 of 24, late by 1.9 days: -18 by the class&#x27;s rule, 0 left</td>" in html
    assert "<td>18 of 24, late by 0.5 days: nothing off by the class&#x27;s rule</td>" in html
    assert "<td>18 of 24</td>" in html


def test_the_page_links_to_the_submission_and_to_formgrader(tmp_path, monkeypatch) -> None:
    where = ClassFolder(tmp_path)
    eve = "eve\udcff"
    where.original_folder(eve, CHAPTER).mkdir(parents=True)
    batch = Summary(
        CHAPTER, {eve: stored(eve, attention=(Remark("x"),))}, (), {eve: Grade(1.0, 24.0, formgrader_id="ab12")}
    )
    links = [
        a["href"]
        for tag, a in Tags(report_page.build_page(batch, where, where.report_folder(CHAPTER))).found
        if tag == "a"
    ]
    assert links[0] == f"../../intake/eve%FF/{CHAPTER}/original"
    assert links[1] == "http://localhost:8888/formgrader/submissions/ab12/"


def test_the_states_add_up(batch: Summary) -> None:
    counts = batch.states("conv2d_weight_grad")
    assert counts == {"pass": 253, "core": 0, "wrong": 41, "not written": 0, "no answer": 2}
    assert sum(batch.states("col2im").values()) == len(batch.graded)


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


def test_nothing_that_a_student_wrote_is_a_tag_and_nothing_is_loaded(batch: Summary, tmp_path) -> None:
    html = report_page.build_page(batch, ClassFolder(tmp_path), tmp_path)
    found = Tags(html).found
    assert not {tag for tag, _ in found} & {"img", "script", "link", "iframe", "object", "embed"}
    assert not [a for _, attributes in found for a in attributes if a.startswith("on")]
    assert not re.search(r"url\((?!#)|@import|src=[^x]", html)
    assert not [a for tag, attributes in found for a in attributes if a in ("src", "srcset", "data", "action")]
    assert "\x1b" not in html
    assert "&lt;img src=x" in html


def test_every_picture_has_a_text_and_is_well_formed(batch: Summary, tmp_path) -> None:
    html = report_page.build_page(batch, ClassFolder(tmp_path), tmp_path)
    pictures = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(pictures) == 2
    for picture in pictures:
        root = ElementTree.fromstring(picture)
        assert root.get("role") == "img"
        assert len(root.get("aria-label") or "") > 20
    assert "conv2d_weight_grad: 253 pass, 41 wrong, 2 no answer" in html
    assert "color-scheme: light dark" in html


def test_the_text_of_a_picture_is_not_shrunk_below_11_pixels(batch: Summary, tmp_path) -> None:
    html = report_page.build_page(batch, ClassFolder(tmp_path), tmp_path)
    found = re.findall(
        r'width="(\d+)" height="\d+" fill="currentColor" style="[^"]*min-width:(\d+)px[^"]*font:(\d+)px', html
    )
    assert len(found) == 2
    for width, least, size in found:
        assert int(size) * int(least) / int(width) >= 11


def test_the_page_links_to_the_feedback_that_is_there(tmp_path) -> None:
    name = "Ольга & #1"
    where = ClassFolder(tmp_path)
    feedback = tmp_path / "feedback" / name / CHAPTER / f"{CHAPTER}.html"
    feedback.parent.mkdir(parents=True)
    feedback.write_text("")
    html = report_page.build_page(Summary(CHAPTER, {name: stored(name)}, (), {}), where, where.report_folder(CHAPTER))
    [link] = [attributes["href"] for tag, attributes in Tags(html).found if tag == "a"][:1]
    from urllib.parse import unquote

    assert (where.report_folder(CHAPTER) / unquote(link)).resolve() == feedback.resolve()


def test_names_stay_on_one_line_and_every_table_can_be_scrolled(batch: Summary, tmp_path) -> None:
    html = report_page.build_page(batch, ClassFolder(tmp_path), tmp_path)
    assert len(re.findall(r'<div class="wide[^"]*"><table>', html)) == html.count("<table>") == 7
    names = [a for tag, a in Tags(html).found if tag in ("a", "span") and a.get("class") == "name"]
    assert len(names) == len(batch.students) + sum(len(g.students) for g in batch.groups) + len(batch.notes)
    assert re.search(r"\.name {[^}]*max-width[^}]*white-space: nowrap", html)


def test_a_name_is_no_formula_in_a_spreadsheet(batch: Summary) -> None:
    rows = list(csv.reader(io.StringIO(report_tables.to_csv(report_tables.build_scores(batch)))))
    assert len(rows) == 301
    assert len({len(row) for row in rows}) == 1
    names = [row[0] for row in rows]
    assert "'=1+1" in names and HOSTILE in names
    assert not [v for row in rows for v in row if v[:1] in ("=", "+", "@")]


def test_the_table_in_the_terminal_moves_no_cursor(batch: Summary) -> None:
    name = "eve\x1b[2J\n"
    text = report_tables.show_gradebook(Summary(CHAPTER, {name: stored(name)}, ("late",), {}))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3
    assert "not graded" in text


def test_the_command_writes_page_and_tables(tmp_path, monkeypatch, capsys) -> None:
    where = ClassFolder(tmp_path / "class")
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(where.folder))
    for student in ("ada", "bob"):
        where.submission_folder(student, CHAPTER).mkdir(parents=True)
    verdict_store.write_verdict(where, stored("ada", missing="not protected: the network"))
    assert command.main(["report", "ch08", "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "index.html")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "diagnoses.csv",
        "index.html",
        "look.csv",
        "scores.csv",
    ]
    html = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "1 of 2 submissions are judged" in html
    assert "not protected: the network" in html
    assert summarise_batch(where, CHAPTER).failed == ("bob",)


def test_without_submissions_there_is_no_report(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv(class_folder.HOME_VARIABLE, str(tmp_path))
    assert command.main(["report", "ch08"]) == 2
    assert "no submissions" in capsys.readouterr().err
