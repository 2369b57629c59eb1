"""The page of diagnosis codes is current, and its command says so when it is not."""

from authoring import build_codes
from cnnlab.gradcheck.codes import Code


def test_the_page_of_codes_is_current():
    assert build_codes.main(["--check"]) == 0


def test_an_old_page_is_reported_and_written_anew(tmp_path, monkeypatch, capsys):
    old = build_codes.PAGE.read_text(encoding="utf-8").replace("`mask`", "`masked`")
    page = tmp_path / "codes.md"
    page.write_text(old, encoding="utf-8")
    monkeypatch.setattr(build_codes, "PAGE", page)
    assert build_codes.main(["--check"]) == 1
    assert "python -m authoring.build_codes" in capsys.readouterr().err
    assert build_codes.main([]) == 0
    assert build_codes.main(["--check"]) == 0


def test_every_code_has_a_row_in_the_order_of_the_report():
    rows = [line.split("`")[1] for line in build_codes.build_page().splitlines() if line.startswith("| `")]
    assert rows == [code.value for code in sorted(Code, key=lambda code: code.rank)]
