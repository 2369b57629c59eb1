"""Stored verdicts: what is written comes back, with all that a score rests on and nothing that is hidden."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grading.batch import judge_submission, provenance, verdict_store
from grading.batch.batch_progress import Progress, find_progress
from grading.batch.verdict_store import STAMP, StoredVerdict
from grading.class_files import hash_file
from grading.class_folder import ROOT, ClassFolder
from grading.intake import accept_submission
from tests.grading.conftest import CHAPTER, SOLUTION, WRONG

SEED = 7_777_777


@pytest.fixture
def home(tmp_path: Path) -> ClassFolder:
    """A class with a submission that was not judged yet."""
    return make_class(tmp_path / "class")


def make_class(folder: Path) -> ClassFolder:
    """Make a class with a released chapter and one accepted submission, whose weight gradient has the wrong sign."""
    home = ClassFolder(folder)
    home.released_notebook(CHAPTER).parent.mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / CHAPTER / f"{CHAPTER}.ipynb", home.released_notebook(CHAPTER))
    submission = home.submission_folder("ada", CHAPTER)
    shutil.copytree(home.released_notebook(CHAPTER).parent, submission)
    (submission / "work").mkdir()
    (submission / "work" / "conv.py").write_text(WRONG)
    accept_submission.accept_submission(home, "ada", CHAPTER)
    return home


@pytest.fixture(scope="module")
def judged_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same class with its verdict. Not to be changed: `judged_home` is a copy of it."""
    home = make_class(tmp_path_factory.mktemp("judged") / "class")
    judged(home)
    return home.folder


@pytest.fixture
def judged_home(judged_once: Path, tmp_path: Path) -> ClassFolder:
    """A class whose submission was judged: judging it again with the same seed takes the stored verdict."""
    return ClassFolder(Path(shutil.copytree(judged_once, tmp_path / "class")))


def judged(home: ClassFolder, seed: int = SEED, again: bool = False) -> StoredVerdict:
    return judge_submission.judge_submission(home.submission_folder("ada", CHAPTER), "ada", CHAPTER, seed, again)


def test_a_verdict_comes_back_as_it_was_stored(home: ClassFolder) -> None:
    assert verdict_store.read_verdict(home, "ada", CHAPTER) is None
    verdict = judged(home)
    assert verdict_store.read_verdict(home, "ada", CHAPTER) == verdict
    assert verdict_store.list_verdicts(home, CHAPTER) == (verdict,)
    assert (verdict.score, verdict.max_score) == (pytest.approx(8), 18)


def test_a_verdict_says_what_it_rests_on(judged_home: ClassFolder) -> None:
    verdict = judged(judged_home)
    assert verdict.files == {
        "work/conv.py": hash_file(judged_home.submission_folder("ada", CHAPTER) / "work" / "conv.py")
    }
    assert set(verdict.versions) == {"python", "numpy", "torch", "cnnlab", "catalogue"}
    assert all(verdict.versions.values())
    assert verdict.isolation in ("bubblewrap", "limits")
    assert verdict.judged.endswith("+00:00")
    [wrong] = [m for m in verdict.marks if m.exercise == "conv2d_weight_grad"]
    assert (wrong.code, wrong.score, wrong.points, wrong.worth) == ("sign", 0, 0, 6)
    assert wrong.gradients == {"dw": "fail"}


def test_it_holds_neither_the_seed_nor_a_hidden_number(home: ClassFolder) -> None:
    """What is stored of a mistake is the same for every secret seed: its example is drawn from the public one."""
    first = judged(home)
    text = home.verdict_file("ada", CHAPTER).read_text(encoding="utf-8")
    assert str(SEED) not in text
    assert provenance.fingerprint_seed(SEED) in text
    other = judged(home, SEED + 1)
    timeless = [[re.sub(r"seconds.{0,40}?[0-9.]+", "", m.text + m.html) for m in v.marks] for v in (first, other)]
    assert timeless[0] == timeless[1]


def test_what_was_judged_is_not_judged_again_unless_told(judged_home: ClassFolder, monkeypatch) -> None:
    first = judged(judged_home)
    with monkeypatch.context() as patch:
        patch.setattr(judge_submission, "judge_files", lambda *_: pytest.fail("it was judged again"))
        assert judged(judged_home) == first
    asked, judge = [], judge_submission.judge_files
    monkeypatch.setattr(judge_submission, "judge_files", lambda *a, **k: (asked.append(a), judge(*a, **k))[1])
    again = judged(judged_home, again=True)
    assert [m.score for m in again.marks] == [m.score for m in first.marks]
    assert len(asked) == 1


@pytest.mark.parametrize("change", ["another seed", "another file", "another catalogue"])
def test_a_verdict_that_rests_on_something_else_is_not_taken(
    change: str, judged_home: ClassFolder, monkeypatch
) -> None:
    before, seed = judged(judged_home), SEED
    if change == "another seed":
        seed += 1
    elif change == "another file":
        (judged_home.submission_folder("ada", CHAPTER) / "work" / "conv.py").write_text(SOLUTION)
        accept_submission.accept_submission(judged_home, "ada", CHAPTER)
    else:
        other = {**provenance.read_versions(), "catalogue": "0" * 16}
        monkeypatch.setattr(provenance, "read_versions", lambda: other)
    after = judged(judged_home, seed)
    assert after.key != before.key
    assert after.score == (14 if change == "another file" else pytest.approx(8))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 0}', '{"format": 1, "marks": 3}'])
def test_what_is_no_verdict_counts_as_not_judged(content: str, home: ClassFolder) -> None:
    home.verdict_file("ada", CHAPTER).write_text(content)
    assert verdict_store.read_verdict(home, "ada", CHAPTER) is None
    assert verdict_store.list_verdicts(home, CHAPTER) == ()


def test_a_verdict_is_json_that_a_table_can_be_made_of(judged_home: ClassFolder) -> None:
    judged(judged_home)
    found = json.loads(judged_home.verdict_file("ada", CHAPTER).read_text(encoding="utf-8"))
    assert (found["format"], found["student"], found["score"]) == (verdict_store.FORMAT, "ada", pytest.approx(8))


def test_two_seeds_have_two_fingerprints() -> None:
    assert provenance.fingerprint_seed(1) == provenance.fingerprint_seed(1) != provenance.fingerprint_seed(2)


def test_what_differs_between_versions_is_said() -> None:
    now = provenance.read_versions()
    assert provenance.describe_differences(now, now) == []
    assert provenance.describe_differences({**now, "numpy": "1.0"}, now) == [f"numpy 1.0 then, {now['numpy']} now"]


def test_how_far_a_submission_has_come_is_read_off_the_disk(home: ClassFolder) -> None:
    record = accept_submission.require_accepted(home.submission_folder("ada", CHAPTER), "ada", CHAPTER)

    def progress() -> Progress:
        return find_progress(home, "ada", CHAPTER, record)

    assert progress() == Progress.ACCEPTED
    verdict = judged(home)
    assert progress() == Progress.JUDGED
    notebook = home.folder / "autograded" / "ada" / CHAPTER / f"{CHAPTER}.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_text(json.dumps({"metadata": {STAMP: {"verdict": "an earlier one"}}}))
    assert progress() == Progress.JUDGED
    notebook.write_text(json.dumps({"metadata": {STAMP: {"verdict": verdict.key}}}))
    assert progress() == Progress.SCORED
    feedback = home.folder / "feedback" / "ada" / CHAPTER / f"{CHAPTER}.html"
    feedback.parent.mkdir(parents=True)
    feedback.write_text("<html>")
    assert progress() == Progress.SCORED, "half a page"
    feedback.write_text("<html></html>\n")
    assert progress() == Progress.COMPLETE
    another = replace(record, files={**record.files, "work/conv.py": "of another submission"})
    assert find_progress(home, "ada", CHAPTER, another) == Progress.ACCEPTED
