"""Define a remark on a judged submission for a person: a sentence, and the exercise that it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """A sentence for a person. exercise: its name, or None if it is about a file or the whole submission."""

    sentence: str
    exercise: str | None = None

    def __str__(self) -> str:
        return f"{self.exercise}: {self.sentence}" if self.exercise else self.sentence
