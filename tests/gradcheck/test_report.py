"""The faces of a report: the same facts in each, everything escaped, and nothing of the seed in the public one."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from cnnlab import check
from tests.rejects import conv


def turned():
    return check("conv2d_input_grad", function=conv.kernel_turned_in_the_scatter_form)


def raising(message):
    def wrong(dy):
        raise ValueError(message)

    return check("conv2d_bias_grad", function=wrong)


class Balance(HTMLParser):
    """Counts tags, to see that each is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(turned, id="wrong"),
        pytest.param(lambda: raising("no"), id="raises"),
        pytest.param(lambda: check("conv2d_bias_grad", function=lambda dy: dy.sum((0, 2, 3))), id="right"),
        pytest.param(lambda: check("conv2d_bias_grad", function=lambda dy: np.nan * dy.sum((0, 2, 3))), id="nan"),
        pytest.param(lambda: check("conv2d_input_grad", function=conv.dilation_ignored), id="core"),
    ],
)
def test_every_face_carries_the_same_facts(report):
    report = report()
    bundle = report._repr_mimebundle_()
    balance = Balance()
    balance.feed(bundle["text/html"])
    assert balance.open == []
    text = visible(bundle["text/html"])
    facts = [report.name, report.pattern, report.diagnosis, *report.gradients]
    for fact in filter(None, facts):
        assert fact in bundle["text/plain"]
        assert fact in text
    json.loads(report.to_json())


def visible(html):
    return unescape(re.sub(r"<[^>]*>", "", html))


def test_what_a_learners_code_says_is_escaped():
    html = raising("<script>alert('x')</script><img src=x onerror=alert(1)>")._repr_mimebundle_()["text/html"]
    balance = Balance()
    balance.feed(html)
    assert not balance.seen & {"script", "img"}
    assert "&lt;script&gt;" in html


def test_the_error_map_has_words_for_who_does_not_see_it():
    html = turned()._repr_mimebundle_()["text/html"]
    assert 'role="img" aria-label="Error map of dx, 6 by 6: 36 of 36 cells are wrong' in html


def test_the_public_report_holds_nothing_drawn_from_the_seed():
    private, public = turned().to_dict(), turned().to_dict(public=True)
    drawn = ("max_abs_error", "relative_error", "worst_index", "got", "expected", "error_map", "smallest")
    assert all(private["gradients"]["dx"][key] is not None for key in drawn)
    assert all(public["gradients"]["dx"][key] is None for key in drawn)
    assert (private["seed"], public["seed"]) == (0, None)
    for same in ("name", "score", "passed", "pattern", "diagnosis", "diagnosis_code", "where"):
        assert public[same] == private[same]


def test_the_public_report_is_the_same_for_every_seed():
    """Whatever does not change with the seed tells nothing about it."""
    reports = [
        check("conv2d_input_grad", function=conv.padding_cut_from_the_wrong_end, seed=seed).to_dict(public=True)
        for seed in (1, 2)
    ]
    for report in reports:
        del report["seconds"]
    assert reports[0] == reports[1]


def test_an_exceptions_message_is_not_public():
    """A file could put its input, and so the numbers of a hidden case, into its message."""
    private, public = raising("secret 17"), raising("secret 17").public()
    assert "secret 17" in str(private)
    for face in (str(public), public.to_json(), public._repr_mimebundle_()["text/html"]):
        assert "secret" not in face.replace('raise ValueError("secret', "")
        assert "ValueError" in face


def test_the_smallest_failing_case_is_shown_in_full():
    small = turned().gradients["dx"].smallest
    assert small is not None
    assert small.case == "2×2 kernel on 3×3, one of everything"
    assert small.got.shape == small.expected.shape == (1, 1, 3, 3)
    assert "Smallest failing case" in str(turned())
