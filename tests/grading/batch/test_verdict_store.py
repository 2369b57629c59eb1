"""Stored verdicts: what is written comes back, with all that a score rests on and nothing that is hidden."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grading.batch import judge_submission, provenance, verdict_store
from grading.batch.verdict_store import Stored
from grading.class_files import sha256
from grading.class_folder import ROOT, Home
from grading.intake import accept_submission
from tests.grading.conftest import CHAPTER, SOLUTION, WRONG

SEED = 7_777_777


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A class with a released chapter and one accepted submission, whose weight gradient has the wrong sign."""
    home = Home(tmp_path / "class")
    home.released(CHAPTER).parent.mkdir(parents=True)
    shutil.copy(ROOT / "notebooks" / CHAPTER / f"{CHAPTER}.ipynb", home.released(CHAPTER))
    submission = home.submitted("ada", CHAPTER)
    shutil.copytree(home.released(CHAPTER).parent, submission)
    (submission / "work").mkdir()
    (submission / "work" / "conv.py").write_text(WRONG)
    accept_submission.accept(home, "ada", CHAPTER)
    return home


def judged(home: Home, seed: int = SEED, again: bool = False) -> Stored:
    return judge_submission.judged(home.submitted("ada", CHAPTER), "ada", CHAPTER, seed, again)


def test_a_verdict_comes_back_as_it_was_stored(home: Home) -> None:
    assert verdict_store.read(home, "ada", CHAPTER) is None
    verdict = judged(home)
    assert verdict_store.read(home, "ada", CHAPTER) == verdict
    assert verdict_store.every(home, CHAPTER) == (verdict,)
    assert (verdict.score, verdict.max_score) == (pytest.approx(8), 18)


def test_a_verdict_says_what_it_rests_on(home: Home) -> None:
    verdict = judged(home)
    assert verdict.files == {"work/conv.py": sha256(home.submitted("ada", CHAPTER) / "work" / "conv.py")}
    assert set(verdict.versions) == {"python", "numpy", "torch", "cnnlab", "catalogue"}
    assert all(verdict.versions.values())
    assert verdict.isolation in ("bubblewrap", "limits")
    assert verdict.judged.endswith("+00:00")
    [wrong] = [m for m in verdict.marks if m.exercise == "conv2d_weight_grad"]
    assert (wrong.code, wrong.score, wrong.points, wrong.worth) == ("sign", 0, 0, 6)
    assert wrong.gradients == {"dw": "fail"}


def test_it_holds_neither_the_seed_nor_a_hidden_number(home: Home) -> None:
    judged(home)
    text = home.verdict("ada", CHAPTER).read_text(encoding="utf-8")
    assert str(SEED) not in text
    assert "expected" not in text
    assert provenance.fingerprint(SEED) in text


def test_what_was_judged_is_not_judged_again_unless_told(home: Home, monkeypatch) -> None:
    first = judged(home)
    with monkeypatch.context() as patch:
        patch.setattr(judge_submission, "judge", lambda *_: pytest.fail("it was judged again"))
        assert judged(home) == first
    again = judged(home, again=True)
    assert [m.score for m in again.marks] == [m.score for m in first.marks]
    assert again.seconds != first.seconds


@pytest.mark.parametrize("change", ["another seed", "another file", "another catalogue"])
def test_a_verdict_that_rests_on_something_else_is_not_taken(change: str, home: Home, monkeypatch) -> None:
    before, seed = judged(home), SEED
    if change == "another seed":
        seed += 1
    elif change == "another file":
        (home.submitted("ada", CHAPTER) / "work" / "conv.py").write_text(SOLUTION)
        accept_submission.accept(home, "ada", CHAPTER)
    else:
        other = {**provenance.versions(), "catalogue": "0" * 16}
        monkeypatch.setattr(provenance, "versions", lambda: other)
    after = judged(home, seed)
    assert after.key != before.key
    assert after.score == (14 if change == "another file" else pytest.approx(8))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 0}', '{"format": 1, "marks": 3}'])
def test_what_is_no_verdict_counts_as_not_judged(content: str, home: Home) -> None:
    home.verdict("ada", CHAPTER).write_text(content)
    assert verdict_store.read(home, "ada", CHAPTER) is None
    assert verdict_store.every(home, CHAPTER) == ()


def test_a_verdict_is_json_that_a_table_can_be_made_of(home: Home) -> None:
    judged(home)
    found = json.loads(home.verdict("ada", CHAPTER).read_text(encoding="utf-8"))
    assert (found["format"], found["student"], found["score"]) == (verdict_store.FORMAT, "ada", pytest.approx(8))


def test_two_seeds_have_two_fingerprints() -> None:
    assert provenance.fingerprint(1) == provenance.fingerprint(1) != provenance.fingerprint(2)


def test_what_differs_between_versions_is_said() -> None:
    now = provenance.versions()
    assert provenance.differences(now, now) == []
    assert provenance.differences({**now, "numpy": "1.0"}, now) == [f"numpy 1.0 then, {now['numpy']} now"]
