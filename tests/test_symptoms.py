"""The runs of chapter 19: what a wrong gear does to the first steps, and that the stored ones are these."""

import numpy as np
import pytest

import cnnlab
from authoring.hunt_mistakes import LETTERS
from cnnlab import given, loader, nn, train
from cnnlab.errors import CnnlabError
from cnnlab.symptoms import hunt_network, record_run
from cnnlab.widgets.scene import number
from cnnlab.widgets.symptoms import HuntBoard, load_filters, load_runs
from tests.solutions.agreement import SOLUTIONS

#: Letters whose first three steps are run again: a factor, wrong places, the update rule.
AGAIN = [
    letter
    for letter, name in LETTERS.items()
    if name in ("repair_dropout_backward", "repair_conv2d_weight_grad", "repair_momentum_step")
]


@pytest.fixture
def solutions():
    before = loader.learner_folder()
    cnnlab.use(SOLUTIONS.path)
    yield
    loader.choose(before)


@pytest.mark.parametrize("letter", ["right", *AGAIN])
def test_the_stored_run_begins_as_it_does_now(solutions, letter):
    name = LETTERS.get(letter)
    run = record_run({name.removeprefix("repair_"): given(name)} if name else None, steps=3)
    stored = load_runs()[0][letter]
    np.testing.assert_allclose(run.losses, stored.losses[:3], rtol=1e-4)
    for parameter, lengths in run.norms.items():
        np.testing.assert_allclose(lengths, stored.norms[parameter][:3], rtol=1e-4, atol=1e-8, err_msg=parameter)


@pytest.mark.parametrize("run", ["A", "E", "F"])
def test_the_still_picture_has_the_column_of_ratios_that_the_chapter_reads(run):
    rows = HuntBoard(run=run).still().figure.findobj(lambda artist: getattr(artist, "get_xscale", str)() == "log")[0]
    stored, right = load_runs()[0][run].norms, load_runs()[0]["right"].norms
    wanted = [number(stored[name][0] / length[0]) for name, length in right.items() if length[0]]
    assert [text.get_text() for text in rows.texts] == ["ratio", *wanted]


def test_an_interrupted_run_is_no_run(solutions, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "step", interrupt)
    with pytest.raises(KeyboardInterrupt, match="Interrupted after 0 steps"):
        record_run(steps=3)


def test_filters_are_kept_before_and_after(solutions):
    """One step of gradient descent moves them by the rate times the gradient."""
    run, filters = record_run(steps=1), load_filters()
    first = hunt_network().children["conv1"].parameters["weight"].data
    np.testing.assert_allclose(filters["first"], first[:, 0], rtol=1e-6)
    assert run.filters.shape == first.shape
    np.testing.assert_allclose(np.linalg.norm(run.filters - first), 0.02 * run.norms["conv1.weight"][0])
    other = record_run(steps=1, order=3)
    np.testing.assert_allclose(other.losses, run.losses, rtol=0.2)
    assert other.losses != run.losses


def test_the_filters_tell_what_the_chapter_reads_from_them():
    moves = {name: filters - load_filters()["first"] for name, filters in load_filters().items()}
    letters = {name.removeprefix("repair_"): letter for letter, name in LETTERS.items()}
    right = moves["right"]

    def compare(run):
        length, other = np.linalg.norm(moves[run]), np.linalg.norm(right)
        return length / other, np.sum(moves[run] * right) / (length * other)

    assert [run for run, move in moves.items() if np.any(move[3])] == [letters["relu_backward"]]
    assert compare("reordered")[1] > 0.9
    for gear in ("conv2d_bias_grad", "dropout_backward"):
        assert compare(letters[gear])[1] > compare("reordered")[1]
    length, cosine = compare(letters["conv2d_input_grad"])
    assert 0.9 < length < 1.2 and abs(cosine) < 0.3


def test_the_symptoms_are_those_that_the_chapter_teaches_to_read():
    runs, steps = load_runs()
    letters = {name.removeprefix("repair_"): letter for letter, name in LETTERS.items()}
    assert steps[:3] == [0, 1, 2]

    def ratios(gear, step):
        own, right = runs[letters[gear]].norms, runs["right"].norms
        return {n: lengths[step] / right[n][step] for n, lengths in own.items() if right[n][step]}

    assert set(np.round(list(ratios("momentum_step", 1).values()), 4)) == {1}
    assert max(abs(r - 1) for r in ratios("momentum_step", 2).values()) > 0.01
    assert set(np.round(list(ratios("conv2d_weight_grad", 0).values()), 4)) == {1}
    assert max(abs(r - 1) for r in ratios("conv2d_weight_grad", 1).values()) > 0.01
    assert set(np.round(list(ratios("cross_entropy_backward", 0).values()), 2)) == {32}
    halved = {n for n, r in ratios("dropout_backward", 0).items() if abs(r - 0.5) < 1e-4}
    assert halved == {n for n in runs["right"].norms if not n.startswith(("fc2", "fc3", "conv2.bias"))}
    assert runs[letters["batch_norm_backward"]].norms["conv2.bias"][0] > 0 == runs["right"].norms["conv2.bias"][0]


def test_gears_are_exchanged_for_the_length_of_a_block_only():
    layer, dy = nn.ReLU(), np.ones(2)
    layer(np.array([1.0, -1.0]))
    with nn.exchange_gears({"relu_backward": lambda dy, cache: 3 * dy}):
        with nn.exchange_gears({"relu_backward": lambda dy, cache: 5 * dy}):
            np.testing.assert_array_equal(layer.backward(dy), [5, 5])
        np.testing.assert_array_equal(layer.backward(dy), [3, 3])
    np.testing.assert_array_equal(layer.backward(dy), [1, 0])


def test_an_exchange_of_no_gear_is_refused():
    with pytest.raises(CnnlabError, match="no 'relu_backwards'"), nn.exchange_gears({"relu_backwards": abs}):
        pass


def test_an_update_rule_is_exchanged_too():
    net, sgd = hunt_network(), nn.SGD(lr=1.0, momentum=0.9)
    weight = dict(net.named_parameters())["fc3.bias"]
    weight.grad = np.ones(10)
    with nn.exchange_gears({"momentum_step": lambda param, grad, state, **options: (param * 0 + 7, None)}):
        sgd.step(net)
    np.testing.assert_array_equal(weight.data, np.full(10, 7.0))
