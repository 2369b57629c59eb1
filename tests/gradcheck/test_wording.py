"""Counts and numbers in words."""

import pytest

from cnnlab import check
from cnnlab.gradcheck import wording
from cnnlab.gradcheck.report import CaseResult, GradientResult, Report
from solutions.ops import conv


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (wording.count(1, "case"), "1 case"),
        (wording.count(0, "case"), "0 cases"),
        (wording.count_part(0, 1, "case"), "0 of 1 case"),
        (wording.count_part(48, 49, "case"), "48 of 49 cases"),
        (wording.count_plural(1, "entries at a kink"), "1 entry at a kink"),
        (
            wording.count_plural(1, "planned cases the forward does not take"),
            "1 planned case the forward does not take",
        ),
        (wording.count_plural(2, "entries at a kink"), "2 entries at a kink"),
        (wording.name_all(1, "case"), "its one case"),
        (wording.name_all(2, "case"), "both cases"),
        (wording.name_all(9, "core case"), "all 9 core cases"),
        (wording.name_range(2, 2, "row"), "row 2"),
        (wording.name_range(0, 5, "row"), "rows 0 to 5"),
        (wording.write_number(-0.0), "0"),
        (wording.write_number(-3.0), "-3"),
        (wording.write_number(float("nan")), "nan"),
        (wording.write_number(float("-inf")), "-inf"),
        (wording.write_number(1 / 3), "0.333333"),
        (wording.write_short(-0.0), "0"),
        (wording.write_short(-0.5), "−0.5"),
        (wording.write_error(None), ""),
    ],
)
def test_words(written, wanted):
    assert written == wanted


@pytest.mark.parametrize("verdict", ["pass", "fail"])
@pytest.mark.parametrize("stage", [None, "core"])
def test_one_case_is_no_plural(verdict, stage):
    report = Report(
        "f", 0.0, {"dx": GradientResult("dx", verdict)}, (CaseResult("a", "core", (), verdict),), stage=stage
    )
    for face in report._repr_mimebundle_().values():
        assert "1 cases" not in face and "1 core cases" not in face
        assert "its one" in face


def test_a_report_gives_one_number_of_failing_cases():
    """A fault in some of the failing cases is placed in a phrase, and not in a second "Fails in"."""

    report = check("conv2d_weight_grad", function=lambda *a, **o: conv.conv2d_weight_grad(*a, **o).swapaxes(0, 1))
    assert (report.diagnosis_code, report.pattern.partition(" cases")[0]) == ("shape", "Fails in 49 of 50")
    for face in report._repr_mimebundle_().values():
        assert face.count("Fails in") == 1
        assert "in 47 of 50 cases" in face
