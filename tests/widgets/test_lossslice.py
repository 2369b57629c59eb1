"""The plane of chapter 17: what is stored belongs together, and what is read between its points is smooth."""

import json

import numpy as np
import pytest

from cnnlab.widgets.landscape import NETWORKS, read_plane
from cnnlab.widgets.lossslice import RATES, LossSlice, is_inside
from cnnlab.widgets.scene import number

networks = pytest.mark.parametrize("network", NETWORKS)


@networks
def test_the_stored_slopes_are_those_of_the_stored_losses(network):
    plane = read_plane(network)
    gap = 2 * plane.reach / (len(plane.loss) - 1)
    for axis, slopes in enumerate((plane.along_x, plane.along_y)):
        differences = np.gradient(np.array(plane.loss), gap, axis=axis)[1:-1, 1:-1]
        apart = np.abs(differences - np.array(slopes)[1:-1, 1:-1])
        assert np.median(apart) < 0.02 * np.median(np.abs(differences))
        other = np.array(plane.along_y if axis == 0 else plane.along_x)[1:-1, 1:-1]
        assert np.median(np.abs(differences - other)) > 0.2 * np.median(np.abs(differences))


@networks
def test_at_the_points_of_the_grid_nothing_is_changed(network):
    plane = read_plane(network)
    last = len(plane.loss) - 1
    for i, j in ((0, 0), (16, 16), (3, 29), (last, 5), (last, last)):
        spot = plane.read(2 * plane.reach * i / last - plane.reach, 2 * plane.reach * j / last - plane.reach)
        assert spot == pytest.approx((plane.loss[i][j], plane.along_x[i][j], plane.along_y[i][j]))


@networks
def test_the_slopes_between_them_are_those_of_the_loss_between_them(network):
    plane, h = read_plane(network), 1e-6
    for x, y in np.random.default_rng(0).uniform(-0.49, 0.49, (20, 2)):
        spot = plane.read(x, y)
        along_x = (plane.read(x + h, y).loss - plane.read(x - h, y).loss) / (2 * h)
        along_y = (plane.read(x, y + h).loss - plane.read(x, y - h).loss) / (2 * h)
        assert spot[1:] == pytest.approx((along_x, along_y), rel=1e-4, abs=1e-5)


@networks
def test_a_short_step_goes_down_and_a_long_one_up(network):
    words = NETWORKS[network]
    short, long = (LossSlice(words, 30, -30, RATES.index(rate)) for rate in (0.001, 1.0))
    step = short.step()
    assert read_plane(network).read(*step.to).loss < step.here.loss
    assert "lower" in short.caption()
    reached = long.step().to
    assert not is_inside(network, reached) or read_plane(network).read(*reached).loss > step.here.loss
    assert "lower" not in long.caption()


def test_the_loss_without_shortcuts_is_higher_and_steeper():
    with_shortcuts, without = (np.array(read_plane(name).loss) for name in NETWORKS)
    assert np.all(without > with_shortcuts)
    assert np.median(without) > 5 * np.median(with_shortcuts)


def test_what_the_page_gets_is_small():
    assert len(json.dumps(LossSlice().data())) < 300_000


def test_the_border_in_the_caption_is_where_a_step_of_a_parabola_ends_as_high_as_it_began():
    scene = LossSlice()
    step = scene.step()
    border = 2 / step.bend
    assert f"would end higher at every rate above {number(border)}" in scene.caption()
    changed = -border * step.slope**2 + step.bend * (border * step.slope) ** 2 / 2
    assert changed == pytest.approx(0, abs=1e-12)
