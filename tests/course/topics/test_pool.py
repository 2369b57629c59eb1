"""Max pooling at ties: the gradient of a tied window may be shared, and must not be multiplied."""

import numpy as np
import pytest

from cnnlab import check
from cnnlab.loader import load_stub_function

FORWARD = load_stub_function("pool", "max_pool2d_forward")


def forward(x, **options):
    y, cache = FORWARD(x, **options)
    return y, (x, cache)


def backward(choose):
    """A backward pass that gives each tied cell of a window the share that `choose` says."""

    def max_pool2d_backward(dy, cache):
        x, (_, _, geo) = cache
        taps, crop = (load_stub_function("pool", name) for name in ("taps", "crop"))
        padded = np.full((*x.shape[:2], *geo.padded), -np.inf)
        crop(padded, geo)[...] = x
        values = np.stack([padded[cells] for cells in taps(geo)])
        weights = choose((values == values.max(axis=0)).astype(float))
        dx = np.zeros_like(padded)
        for tap, cells in enumerate(taps(geo)):
            dx[cells] += dy * weights[tap]
        return crop(dx, geo).astype(dy.dtype)

    return max_pool2d_backward


def last(tied):
    return tied * (np.cumsum(tied[::-1], axis=0)[::-1] == 1)


SHARES = {
    "the first": (lambda tied: tied * (np.cumsum(tied, axis=0) == 1), True),
    "the last": (last, True),
    "all alike": (lambda tied: tied / tied.sum(axis=0), True),
    "all in full": (lambda tied: tied, False),
    "all by half": (lambda tied: np.where(tied.sum(axis=0) > 1, tied / 2, tied), False),
    "none": (lambda tied: np.where(tied.sum(axis=0) > 1, 0.0, tied), False),
}


@pytest.mark.parametrize("torch", [None, False], ids=["pytorch", "differences"])
@pytest.mark.parametrize("who", SHARES)
def test_who_gets_the_gradient_of_a_tied_window(who, torch):
    choose, passes = SHARES[who]
    report = check("max_pool2d", forward=forward, backward=backward(choose), torch=torch)
    assert report.passed is passes, str(report)
    assert passes or report.diagnosis_code == "kink"
