"""Counts and numbers in words, in one place: "1 case", "48 of 49 cases", "its one case", and no "-0"."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: plural -> singular
SINGULARS = {"cases": "case", "entries": "entry", "samples": "sample"}


def count(number: int, noun: str) -> str:
    """Return "1 case" or "49 cases"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def explain_lost_terms(name: str) -> str:
    """Return what lets an entry keep one of several terms: both ways of writing it give the same numbers."""
    return (
        f"= where += is needed; and where index is an array, {name}[index] += … adds only once to a cell that comes "
        f"several times, np.add.at({name}, index, …) each time"
    )


def explain_index(name: str) -> str:
    """Return what += does not do where an index is an array, for a gradient that counts only the last of several."""
    return f"{name}[index] += … adds only once to a cell that comes several times in index; np.add.at adds each time."


def count_plural(number: int, plural: str) -> str:
    """Return "28 entries at a kink" or "1 entry at a kink", for a phrase with a plural of SINGULARS in it."""
    if number == 1:
        plural = re.sub(rf"\b({'|'.join(SINGULARS)})\b", lambda found: SINGULARS[found[0]], plural, count=1)
    return f"{number} {plural}"


def count_part(part: int, whole: int, noun: str) -> str:
    """Return "48 of 49 cases" or "0 of 1 case"."""
    return f"{part} of {count(whole, noun)}"


def name_all(number: int, noun: str) -> str:
    """Return "all 49 cases", "both cases" or "its one case"; noun: one word, or an adjective and one."""
    return {1: f"its one {noun}", 2: f"both {noun}s"}.get(number, f"all {number} {noun}s")


def name_range(first: int, last: int, noun: str) -> str:
    """Return "rows 2 to 5" or "row 2"."""
    return f"{noun} {first}" if first == last else f"{noun}s {first} to {last}"


def join_words(words: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def write_number(value: float) -> str:
    """Return a value of an array, short, and exact where it is a small whole number."""
    if abs(value) < 1e6 and value == round(value):
        return f"{int(value)}"  # never "-0"
    return f"{value:.6g}"


def write_apart(value: float, other: float) -> tuple[str, str]:
    """Return two values of an array with as many digits as tell them apart."""
    pair = write_number(value), write_number(other)
    for digits in range(7, 18):
        if pair[0] != pair[1]:
            break
        pair = f"{value:.{digits}g}", f"{other:.{digits}g}"
    return pair


def write_short(value: float, digits: int = 4) -> str:
    """Return a number for a sentence, with a minus sign instead of a hyphen."""
    return f"{value + 0.0:.{digits}g}".replace("-", "−")


#: What stands around a number that a graded report does not show; neither occurs in a text for people.
_OPEN, _CLOSE = "\ue000", "\ue001"

#: What a graded report shows in place of such a number.
HIDDEN = "…"


def mark_hidden(text: str) -> str:
    """Mark a number in a sentence that a graded report does not show: one of a case, or one that a file can choose."""
    return f"{_OPEN}{text}{_CLOSE}"


def write_hidden(value: float) -> str:
    """Return a number for a sentence, marked as one that a graded report does not show."""
    return mark_hidden(write_short(value))


#: Sizes from here on are not shown in a graded report: a file could choose one to say something.
HIDDEN_SIZE = 10_000


def write_size(size: int) -> str:
    """Return the size of an axis or the number of values that came back."""
    return mark_hidden(str(size)) if size >= HIDDEN_SIZE else str(size)


def write_shape(shape: Sequence[int]) -> str:
    """Return the shape of an array that came back, as Python writes it."""
    return f"({', '.join(map(write_size, shape))}{',' * (len(shape) == 1)})"


def read_hidden(text: str) -> tuple[str, str]:
    """Return a text with its marked numbers, and as a graded report shows it, or "" where no number is marked.

    Neither holds a mark. A text that quotes something with marks of its own loses no more than they stand around.
    """
    shown = _remove_marks(text)
    if shown == text:
        return shown, ""
    return shown, _remove_marks(re.sub(f"{_OPEN}[^{_OPEN}]*?{_CLOSE}", HIDDEN, text))


def _remove_marks(text: str) -> str:
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def write_error(value: float | None) -> str:
    """Return an error in scientific notation, or "" for None."""
    return "" if value is None else f"{value:.2e}"


def typeset_minus(number: str) -> str:
    """Return a written number with a minus sign instead of a hyphen in front."""
    return f"−{number[1:]}" if number.startswith("-") else number
