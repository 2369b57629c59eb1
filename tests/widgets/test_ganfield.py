"""The picture of chapter 16: what is stored of the trainings, and the arrows that are drawn from it."""

import json

import numpy as np
import pytest

from authoring import train_gan
from authoring.train_gan import TRAININGS, count_heaps, train
from cnnlab import loader
from cnnlab.nn import gears
from cnnlab.widgets import ganfield
from cnnlab.widgets.ganfield import ARROWS, GanField, find_arrow, find_usual_length, measure_place
from tests.solutions.agreement import SOLUTIONS
from tests.widgets.test_scenes import FOLDER, node

#: Seed, heaps covered and share of the fakes near one (%) after 54 rounds of one step of D and ten of G.
FIRST_COUNTS = ((0, 2, 5), (1, 1, 8), (2, 1, 14))

MEASURE = """
const { measure } = await import(process.argv[2]);
const [d, places] = JSON.parse(await new Response(process.stdin).text());
console.log(JSON.stringify(places.map(([x, y]) => measure(d, x, y))));
"""


def test_the_page_finds_the_score_and_the_gradient_of_python():
    d, places = GanField(moment=12).read_moment("d"), [(0.0, 0.0), (-2.1, 0.4), (1.4, 1.4), (3.0, -3.0)]
    for (x, y), found in zip(
        places, json.loads(node(MEASURE, (FOLDER / "ganfield.js").as_uri(), given=json.dumps([d, places]))), strict=True
    ):
        place = measure_place(d, x, y)
        np.testing.assert_allclose(found["score"], place.score, rtol=1e-10)
        np.testing.assert_allclose(found["slope"], place.slope, rtol=1e-10)


def test_the_gradient_is_the_slope_of_the_score():
    d, h = GanField(moment=9).read_moment("d"), 1e-6
    for x, y in ((0.3, -0.2), (2.0, 0.1), (-1.0, 2.5)):
        dx = (measure_place(d, x + h, y).score - measure_place(d, x - h, y).score) / (2 * h)
        dy = (measure_place(d, x, y + h).score - measure_place(d, x, y - h).score) / (2 * h)
        np.testing.assert_allclose(measure_place(d, x, y).slope, (dx, dy), rtol=1e-6)


def test_the_good_training_ends_in_all_heaps_and_the_other_in_one():
    for name, most in (("one to one", 8), ("one to ten", 1), ("D alone", 1)):
        stored = ganfield.load_trainings()[name]
        assert stored["heaps"][-1] == most
        fakes = np.array(stored["fakes"][-1]) / 100
        assert (
            abs(100 * count_heaps(fakes)[1] - stored["near"][-1]) < 12
        )  # these are 120 of the 2,000 that were counted


@pytest.fixture
def solutions():
    """The solutions, chosen as the learner's folder."""
    before = loader.learner_folder()
    loader.choose(SOLUTIONS.path)
    gears.look_again()
    yield
    loader.choose(before)
    gears.look_again()


def test_the_stored_moments_are_those_of_the_training(solutions):
    """The beginning of a training is made again; the whole one takes longer."""
    stored = ganfield.load_trainings()["one to ten"]
    made = train(TRAININGS["one to ten"][0], TRAININGS["one to ten"][1][:2])
    np.testing.assert_allclose(made["d"], stored["d"][:2], atol=1)
    np.testing.assert_allclose(made["fakes"], stored["fakes"][:2], atol=1)


def test_heaps_are_counted_from_three_seeds_and_nothing_is_stored(solutions, monkeypatch, capsys):
    """These 54 rounds are the beginning of the chapter's training: its first counts are 2, 1 and 1 heaps."""
    before = ganfield.FILE.read_bytes()
    monkeypatch.setattr(train_gan, "COUNTED_TRAININGS", {"one to ten": (10, 54)})
    assert train_gan.main(["--count"]) == 0
    rows = [row for row in capsys.readouterr().out.splitlines() if row.startswith("one to ten")]
    assert rows == [
        f"one to ten, seed {seed}: after   54 rounds: {heaps} heaps, {near}% near" for seed, heaps, near in FIRST_COUNTS
    ]
    assert ganfield.FILE.read_bytes() == before


@pytest.mark.parametrize("kind", ARROWS)
def test_among_the_fakes_only_the_saturating_arrows_vanish(kind):
    """Where D has learned alone, its score among the fakes is far below 0."""
    d = GanField("D alone", 12).read_moment("d")
    place, usual = measure_place(d, 0, 0), find_usual_length(d)
    assert place.score < -10
    length = np.hypot(*find_arrow(place, kind, usual))
    assert length < 1e-3 if kind == "push, saturating" else length > 0.1
