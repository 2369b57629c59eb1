"""Where a notebook can show buttons, a wrong report has one below it; a click puts the line into the report."""

from types import SimpleNamespace

import IPython
import ipywidgets  # before the notebook is played: it keeps the get_ipython that it finds
import numpy as np
import pytest

import cnnlab
from cnnlab import check, loader


def mirrored(dy, cache):
    return np.where(cache.x < 0, dy, 0)


def right(dy, cache):
    return np.where(cache.x > 0, dy, 0)


class Notebook:
    """What a notebook would have displayed, in order."""

    def __init__(self):
        self.shown = []

    def display(self, bundle, raw, display_id=False):
        assert raw
        self.shown.append(bundle)
        return SimpleNamespace(update=lambda new, raw: self.shown.__setitem__(self.shown.index(bundle), new))


@pytest.fixture
def notebook(monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    found = Notebook()
    monkeypatch.setattr("IPython.display.display", found.display)
    return found


def test_a_click_puts_the_line_into_the_report(notebook, monkeypatch):
    buttons = []
    made = ipywidgets.Button
    monkeypatch.setattr(ipywidgets, "Button", lambda **how: buttons.append(made(**how)) or buttons[-1])
    report = check("relu_backward", function=mirrored, torch=False)
    report._ipython_display_()
    page, below = notebook.shown
    assert "press the button below" in page["text/html"]
    assert below["text/plain"] == "" and any("widget" in kind for kind in below)
    buttons[0].click()
    page = notebook.shown[0]["text/html"]
    assert 'return np.where(cache.x <u class="cr-span">&lt;</u> 0, dy, 0)' in page
    assert "Proved: with one change here all" in page and "press the button below" not in page
    assert buttons[0].layout.display == "none"
    again = check("relu_backward", function=mirrored, torch=False)  # the same source: found already
    assert again.located and again.located.line == report.locate().line
    assert again.public().located is None is again.public().locate
    with pytest.raises(NotImplementedError):
        again._ipython_display_()


def test_what_passes_and_what_is_no_notebook_has_no_button(notebook, monkeypatch):
    with pytest.raises(NotImplementedError):
        check("relu_backward", function=right, torch=False)._ipython_display_()
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    with pytest.raises(NotImplementedError):
        check("relu_backward", function=mirrored, torch=False)._ipython_display_()
    assert not notebook.shown


def test_a_report_shows_the_line_until_the_file_changes(tmp_path):
    file = tmp_path / "first.py"
    source = (loader.STUBS / "first.py").read_text(encoding="utf-8")
    head, _, rest = source.partition("def square_backward")
    signature = rest[: rest.index(":\n") + 2]
    file.write_text(f"{head}def square_backward{signature}    return dy * cache.x\n", encoding="utf-8")
    assert check("square_backward", folder=tmp_path).located is None
    found = cnnlab.locate("square_backward", folder=tmp_path)
    report = check("square_backward", folder=tmp_path)
    assert found and report.located is found
    assert f"first.py, line {found.line}</a>" in report._repr_mimebundle_()["text/html"]
    assert f"Where: first.py, line {found.line}" in str(report)
    file.write_text(f"# saved since\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    assert check("square_backward", folder=tmp_path).located is None
    assert "first.py, line" in report._repr_mimebundle_()["text/html"]
    assert "<a href" not in report._repr_mimebundle_()["text/html"]
