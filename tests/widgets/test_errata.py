"""The numbers of the errata clinic are those of the chapter's network."""

from itertools import product

import numpy as np
import pytest

from cnnlab.widgets.errata import ERRORS


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1/(1 + exp(−z))."""
    return 1 / (1 + np.exp(-z))


def errors() -> dict[str, list[float]]:
    """The errors of the four gradients for every choice of repairs, such as "101", against centred differences."""
    draw = np.random.default_rng(770)  # the chapter's own network
    x, classes = draw.normal(size=(8, 5)), draw.integers(0, 3, 8)
    parameters = [draw.normal(size=shape) for shape in ((4, 5), (4,), (3, 4), (3,))]
    target = np.eye(3)[classes]

    def forward(w1, b1, w2, b2):
        a1 = sigmoid(x @ w1.T + b1)
        return a1, sigmoid(a1 @ w2.T + b2)

    def nudged(which: int) -> np.ndarray:
        gradient = np.zeros_like(parameters[which])
        for index in np.ndindex(gradient.shape):
            for h in (1e-5, -1e-5):
                moved = [p.copy() for p in parameters]
                moved[which][index] += h
                gradient[index] += np.sum((forward(*moved)[1] - target) ** 2) / (4 * h)
        return gradient

    true = [nudged(k) for k in range(4)]
    (a1, a2), w2, found = forward(*parameters), parameters[2], {}
    for slope, rule, batch in product((0, 1), repeat=3):
        d2 = (a2 - target) * (a2 * (1 - a2) if slope else 1)
        d1 = d2 @ w2 * (a1 * (1 - a1) if rule else 1)
        some = slice(None) if batch else slice(1)
        gradients = d1[some].T @ x[some], d1[some].sum(axis=0), d2[some].T @ a1[some], d2[some].sum(axis=0)
        pairs = zip(gradients, true, strict=True)
        norm = np.linalg.norm
        found[f"{slope}{rule}{batch}"] = [norm(g - h) / (norm(g) + norm(h)) for g, h in pairs]
    return found


@pytest.mark.parametrize("choice", ERRORS)
def test_a_choice_has_the_errors_that_are_shown(choice):
    for shown, found in zip(ERRORS[choice], errors()[choice], strict=True):
        assert found < 1e-9 if shown < 1e-9 else found == pytest.approx(shown, rel=0.01)


def test_every_choice_is_there():
    assert ERRORS.keys() == errors().keys()
