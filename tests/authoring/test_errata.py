"""The numbers that chapter 6, its picture and the page on the article state are those that are measured."""

import re

import numpy as np

from authoring.build_notebooks import CHAPTERS, ROOT
from authoring.figures.ch06 import FINDINGS
from cnnlab.course import given

SEED = 770


def error(g, h):
    return np.linalg.norm(g - h) / (np.linalg.norm(g) + np.linalg.norm(h))


def measured(seed):
    """Each erratum's error, for the network that the chapter draws from this seed."""
    draw = np.random.default_rng(seed)
    x, classes = draw.normal(size=(8, 5)), draw.integers(0, 3, 8)
    w1, b1, w2, b2 = (draw.normal(size=size) for size in ((4, 5), 4, (3, 4), 3))
    a1, a2 = given("two_layers")(x, w1, b1, w2, b2)
    t, z2 = np.eye(3)[classes], a1 @ w2.T + b2
    p = given("softmax_forward")(z2, dim=1)[0]
    delta = (a2 - t) * a2 * (1 - a2)
    return {
        "E1": error(delta, a2 - t),
        "E2": error((a2 - t).T @ a1, delta.T @ a1),
        "E3": error(np.outer(delta[0], a1[0]), delta.T @ a1),
        "E4": error((a2 - t).sum(axis=0), delta.sum(axis=0)),
        "E6": error(-t * (1 - p), p - t),
    }


def stated(text):
    """The first error in the row of each erratum of a table."""
    rows = (re.match(r"\| (E\d+) \|.*?(0\.\d\d)\D", line) for line in text.splitlines())
    return {row[1]: float(row[2]) for row in rows if row}


def test_the_picture_states_what_is_measured():
    found = {code: value for code, _, value in FINDINGS if value is not None}
    assert found == {code: round(value, 2) for code, value in measured(SEED).items()}


def test_the_chapter_and_the_page_state_what_is_measured():
    chapter = (CHAPTERS / "ch06_errata_clinic.md").read_text(encoding="utf-8")
    assert f"draw_network({SEED})" in chapter
    page = (ROOT / "docs" / "document.md").read_text(encoding="utf-8")
    for text in (chapter, page):
        found = stated(text)
        assert {code: found[code] for code in measured(SEED)} == {c: round(v, 2) for c, v in measured(SEED).items()}


def test_no_draw_makes_a_fault_small():
    assert min(min(measured(seed).values()) for seed in range(200)) > 0.3
