"""A training run's history, as text, as a picture and in a notebook."""

import numpy as np
import pytest

from cnnlab.history import Epoch, History

RUN = History(
    losses=[2.3, 1.5, 0.9, 0.7],
    rates=[0.1] * 4,
    epochs=[Epoch(1.9, 0.4, 0.35, 1.25), Epoch(0.8, 0.75, 0.625, 1.5)],
)


def test_the_last_epochs_numbers():
    assert RUN.test_accuracy == 0.625
    assert RUN.seconds == 2.75
    assert History(epochs=[Epoch(1.9, 0.4, None, 1.25)]).test_accuracy is None
    assert History().seconds == 0


def test_the_losses_of_some_steps():
    assert RUN.first_loss == 2.3
    assert RUN.mean_loss(1) == 0.7
    assert RUN.mean_loss(2) == pytest.approx(0.8)
    assert RUN.mean_loss(46) == pytest.approx(1.35)


def test_what_was_not_measured_is_printed_as_nan():
    """No step was made; then two were made and no pass is over."""
    none, some = History(), History(losses=[2.3, 2.1])
    assert f"{none.first_loss:.2f} {none.mean_loss(10):.2f} {none.test_accuracy:.1%}" == "nan nan nan%"
    assert f"{some.first_loss:.2f} {some.mean_loss(10):.2f} {some.test_accuracy:.1%}" == "2.30 2.20 nan%"


def test_as_text():
    assert str(RUN).splitlines() == [
        "epoch      loss     train      test   seconds",
        "    1    1.9000    40.00%    35.00%       1.2",
        "    2    0.8000    75.00%    62.50%       1.5",
    ]
    assert repr(RUN) == str(RUN)


def test_as_text_without_a_test_and_after_a_stop():
    run = History([1.0], [0.1], [Epoch(1.0, 0.5, None, 0.1)], stopped="Interrupted.")
    header, line, last = str(run).splitlines()
    assert line.split() == ["1", "1.0000", "50.00%", "–", "0.1"]
    assert len(header) == len(line)
    assert last == "Interrupted."


def lines(axes):
    return {line.get_label(): line.get_xydata().tolist() for line in axes.lines}


def test_as_a_picture():
    left, right = RUN.plot().figure.axes
    assert (left.get_xlabel(), left.get_ylabel(), left.get_yscale()) == ("step", "loss", "log")
    assert (right.get_xlabel(), right.get_ylabel()) == ("epoch", "accuracy")
    assert left.lines[0].get_xydata().tolist() == [[1, 2.3], [2, 1.5], [3, 0.9], [4, 0.7]]
    assert lines(right) == {"train": [[1, 0.4], [2, 0.75]], "test": [[1, 0.35], [2, 0.625]]}
    styles = {(line.get_linestyle(), line.get_marker()) for line in right.lines}
    assert len(styles) == 2  # told apart without colour
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["train", "test"]


@pytest.mark.parametrize(
    ("accuracies", "lowest"), [([0.247], 0), ([0.91, 0.95], 0.8), ([0.05, 0.6], 0)], ids=["one", "high", "low"]
)
def test_accuracies_are_read_on_an_axis_that_means_something(accuracies, lowest):
    run = History([1.0], [0.1], [Epoch(1.0, a, a, 0.1) for a in accuracies])
    axes = run.plot().figure.axes[1]
    assert axes.get_ylim() == pytest.approx((lowest, 1.02))
    assert [text.get_text().strip() for text in axes.texts] == [
        f"train {accuracies[-1]:.1%}",
        f"test {accuracies[-1]:.1%}",
    ]


def test_the_smooth_line_is_a_running_mean():
    smooth = History([1.0, 3.0, 3.0]).plot().figure.axes[0].lines[1].get_ydata()
    np.testing.assert_allclose(smooth, [1.0, 1.1, 1.195])


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (RUN, "The loss falls from 2.300 to 0.700 in 4 steps; test accuracy 62.5%."),
        (History([1.0, 2.0]), "The loss goes from 1.000 to 2.000 in 2 steps."),
        (History(), "No steps yet."),
    ],
    ids=["whole", "rising", "empty"],
)
def test_in_words(run, says):
    assert run.plot().text == says


def test_the_picture_of_no_test_set_has_one_line():
    axes = History([1.0], [0.1], [Epoch(1.0, 0.5, None, 0.1)]).plot().figure.axes[1]
    assert lines(axes) == {"train": [[1, 0.5]]}


@pytest.mark.parametrize("run", [History(), History([1.0]), History([0.0, 1.0])], ids=["no step", "one step", "zero"])
def test_a_short_run_can_be_drawn(run, tmp_path):
    run.plot().save(tmp_path / "run.svg")
    assert (tmp_path / "run.svg").read_text(encoding="utf-8").count('id="axes_') == 2


def test_in_a_notebook():
    bundle = RUN._repr_mimebundle_()
    assert bundle["text/plain"] == str(RUN)
    assert '<img alt="The loss falls from 2.300' in bundle["text/html"]
    assert bundle["text/html"].endswith(f"<pre>{RUN}</pre>")
    assert set(History()._repr_mimebundle_()) == {"text/plain"}


def test_html_is_escaped():
    html = History([1.0], [0.1], stopped="begins in <b>")._repr_mimebundle_()["text/html"]
    assert "begins in &lt;b&gt;" in html and "<b>" not in html
