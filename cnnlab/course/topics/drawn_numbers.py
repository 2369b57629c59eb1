"""Chapter 10: what tells drawn parameters from ones that were drawn as PyTorch draws them. Judges init_parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod, sqrt

import numpy as np

from cnnlab.gradcheck.wording import write_hidden

Shape = tuple[int, ...]

PARAMETERS: tuple[str, ...] = ("w1", "b1", "w2", "b2")

#: How far the mean and the spread of what was drawn may be off, in standard errors: five never happens by chance.
CHANCE = 5.0

#: So many numbers around 0 are not all positive by chance: once in a thousand million draws.
FEW_TO_BE_POSITIVE = 30

#: From fewer numbers neither the spread is read, nor another distribution.
FEW, FEW_TO_NAME = 30, 150

#: By these limits, (shape of w) -> k, people draw in place of 1/√fan_in, each with what is to be said of it.
WRONG_LIMITS: dict[tuple[str, str], Callable[[Shape], float]] = {
    ("1/fan_in", ", with the root"): lambda w: 1 / prod(w[1:]),
    ("1/√fan_out", ": the inputs of an output count, and not the outputs"): lambda w: 1 / sqrt(w[0]),
    ("1/√w.shape[1]", ", and in a convolution fan_in is C · KH · KW"): lambda w: 1 / sqrt(w[1]),
    ("1/√w.size", ", and fan_in is the product of w's sizes but the first"): lambda w: 1 / sqrt(prod(w)),
    ("1/√w.shape[-1]", ", and fan_in is the product of w's sizes but the first"): lambda w: 1 / sqrt(w[-1]),
    ("√(6 / (fan_in + fan_out)), as by Xavier", ""): lambda w: sqrt(6 / (prod(w[1:]) + w[0])),
    ("√(6 / fan_in), as by Kaiming for a ReLU", ""): lambda w: sqrt(6 / prod(w[1:])),
    ("√(3 / fan_in)", ""): lambda w: sqrt(3 / prod(w[1:])),
    ("√(2 / fan_in)", ""): lambda w: sqrt(2 / prod(w[1:])),
    ("1/(2√fan_in)", ""): lambda w: 0.5 / sqrt(prod(w[1:])),
    ("1", ""): lambda w: 1.0,
    ("0.1", ""): lambda w: 0.1,
    ("0.01", ""): lambda w: 0.01,
}

#: The same for normal distributions: (shape of w) -> their standard deviation.
NORMAL_SPREADS: dict[str, Callable[[Shape], float]] = {
    "1/√fan_in": lambda w: 1 / sqrt(prod(w[1:])),
    "√(2 / fan_in)": lambda w: sqrt(2 / prod(w[1:])),
    "√(2 / (fan_in + fan_out))": lambda w: sqrt(2 / (prod(w[1:]) + w[0])),
    "1/fan_in": lambda w: 1 / prod(w[1:]),
    "1/√fan_out": lambda w: 1 / sqrt(w[0]),
    "1": lambda w: 1.0,
    "0.1": lambda w: 0.1,
    "0.01": lambda w: 0.01,
}


def find_uneven(values: Mapping[str, np.ndarray], shapes: Mapping[str, Shape]) -> dict[str, str]:
    """Return what tells parameters from ones that were drawn evenly between ±1/√fan_in, by name.

    values: the parameters.   shapes: theirs.
    """
    numbers = {n: np.asarray(v, float) for n, v in values.items()}
    whole = {**_find_distribution(numbers, shapes), **_find_constant(numbers)}
    if whole:
        return {n: whole[n] for n in ("w1", "w2", "b1", "b2") if n in whole}
    fan_in = {n: prod(shapes["w1" if n.endswith("1") else "w2"][1:]) for n in PARAMETERS}
    found = {n: _describe_unevenness(n, v, 1 / sqrt(fan_in[n])) for n, v in numbers.items()}
    return {n: sentence for n, sentence in found.items() if sentence} or _find_same_numbers(numbers, fan_in)


def _is_constant(value: np.ndarray) -> bool:
    return value.size > 1 and bool(np.isfinite(value).all()) and float(np.ptp(value)) == 0


def _find_constant(numbers: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Arrays whose entries are all equal; where all arrays are, units can never part."""
    constant = [n for n, v in numbers.items() if _is_constant(v)]
    if not constant:
        return {}
    first = constant[0]
    what = "is 0 everywhere" if not numbers[first].any() else f"is {write_hidden(numbers[first].flat[0])} everywhere"
    if all(v.size == 1 or _is_constant(v) for v in numbers.values()):
        return {first: f"Every array {what}: then all units of a layer learn the same, and stay equal for ever."}
    if first.startswith("b"):
        return {first: f"{first} {what}: here biases are drawn like the weights, evenly from −1/√fan_in to 1/√fan_in."}
    return {first: f"{first} {what}: its entries are drawn, evenly from −1/√fan_in to 1/√fan_in."}


def _find_distribution(numbers: Mapping[str, np.ndarray], shapes: Mapping[str, Shape]) -> dict[str, str]:
    """Another distribution that all weights and biases of one kind have, if it is the only one that they could have."""
    found = {}
    for kind in "wb":
        arrays = [(numbers[kind + layer], shapes["w" + layer]) for layer in "12"]
        told = [(v.ravel(), w) for v, w in arrays if v.size >= FEW_TO_NAME]
        if not told or not all(np.isfinite(v).all() for v, _ in told):
            continue
        if all(_is_even(v, 1 / sqrt(prod(w[1:]))) for v, w in told):
            continue
        limits = [words for words, k in WRONG_LIMITS.items() if all(_is_even(v, k(w)) for v, w in told)]
        spreads = [words for words, k in NORMAL_SPREADS.items() if all(_is_normal(v, k(w)) for v, w in told)]
        name, drawn = f"{kind}1", f"{kind}1 and {kind}2 are drawn"
        if len(limits) == 1 and not spreads:
            (limit, note) = limits[0]
            found[name] = f"{drawn} evenly between ±{limit}; ±1/√fan_in is needed{note}."
        elif spreads and not limits:
            spread = f" with the standard deviation {spreads[0]}" if len(spreads) == 1 else ""
            found[name] = f"{drawn} from a normal distribution{spread}; evenly from −1/√fan_in to 1/√fan_in is needed."
    return found


def _is_even(v: np.ndarray, k: float) -> bool:
    """Whether numbers could be drawn evenly between -k and k."""
    spread, size = np.mean(v**2) / (k**2 / 3), v.size  # 1, with a standard error of sqrt(4 / 5 / size)
    near = abs(spread - 1) <= CHANCE * sqrt(0.8 / size) and abs(np.mean(v)) <= CHANCE * k / sqrt(3 * size)
    return bool(near and k * (1 - 12 / size) <= np.abs(v).max() <= k * (1 + 1e-6))


def _is_normal(v: np.ndarray, sigma: float) -> bool:
    """Whether numbers could be drawn from a normal distribution: some of them lie beyond twice its spread."""
    near = abs(np.mean(v**2) / sigma**2 - 1) <= CHANCE * sqrt(2 / v.size)
    return bool(near and abs(np.mean(v)) <= CHANCE * sigma / sqrt(v.size) and np.abs(v).max() > 2 * sigma)


def _describe_unevenness(name: str, value: np.ndarray, k: float) -> str | None:
    """Return what tells the numbers from ones that were drawn evenly between -k and k."""
    flat = value.ravel()
    if not np.isfinite(flat).all():
        return f"{name} holds NaN or infinity."
    if np.unique(flat).size < 0.9 * flat.size:
        return f"{name} holds the same numbers again and again; every entry is drawn on its own."
    if flat.size >= FEW_TO_BE_POSITIVE and (flat >= 0).all():
        return f"{name} has no entry below 0: its entries are drawn evenly from −1/√fan_in to 1/√fan_in."
    if np.abs(flat).max() > k * (1 + 1e-6):
        return f"{name} has entries beyond ±1/√fan_in, where fan_in is the number of inputs of one output."
    if flat.size < FEW:
        return None
    spread = np.mean(flat**2) / (k**2 / 3)
    if abs(np.mean(flat)) > CHANCE * k / sqrt(3 * flat.size):
        return f"The mean of {name} is not 0: its entries are drawn evenly from −1/√fan_in to 1/√fan_in."
    if abs(spread - 1) > CHANCE * sqrt(0.8 / flat.size):
        where = "too close to 0" if spread < 1 else "too far from 0"
        return f"{name} does not fill the range from −1/√fan_in to 1/√fan_in evenly: its entries lie {where}."
    return None


#: Numbers that were drawn on their own do not agree in so many digits behind the point.
SAME_DIGITS = 10


def _find_same_numbers(numbers: Mapping[str, np.ndarray], fan_in: Mapping[str, int]) -> dict[str, str]:
    """Arrays that share their numbers, but for scale and sign: one seed for both, or one cut from the other."""
    for i, one in enumerate(PARAMETERS):
        for other in PARAMETERS[i + 1 :]:
            a, b = (numbers[n].ravel() * sqrt(fan_in[n]) for n in (one, other))
            n = min(a.size, b.size)
            for sign, words in ((1, "once more"), (-1, "once more, with the other sign")):
                if n > 1 and np.allclose(sign * a[:n], b[:n], rtol=1e-5):
                    return {other: f"{other} holds the numbers of {one} {words}: begin one Generator for all layers."}
            again = np.isin(np.abs(b).round(SAME_DIGITS), np.abs(a).round(SAME_DIGITS))
            if n > 1 and np.count_nonzero(again) >= max(2, b.size / 2):
                return {other: f"{other} holds numbers that {one} has already: every entry is drawn on its own."}
    return {}
