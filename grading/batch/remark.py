"""What a person should look at in a judged submission: a sentence, and the exercise that it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """exercise: its name, or None where the sentence is about a file or the whole submission."""

    sentence: str
    exercise: str | None = None

    def __str__(self) -> str:
        return f"{self.exercise}: {self.sentence}" if self.exercise else self.sentence
