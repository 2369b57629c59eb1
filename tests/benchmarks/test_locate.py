"""The benchmark of locate plants mistakes that fail, and knows the line of each."""

from benchmarks.locate import measure, summarise


def test_a_planted_mistake_is_searched_and_counted():
    planted = list(measure(2, 1.0, 3, ["conv2d_bias_grad"]))
    assert all(one.lines for one in planted)
    assert all(one.found for one in planted if one.complete)
    assert summarise(planted)["all"]["planted"] == 2


def test_the_same_seed_plants_the_same_mistakes():
    first, second = (list(measure(1, 1.0, 5, ["l2_penalty_backward"])) for _ in range(2))
    assert [one.words for one in first] == [one.words for one in second]
