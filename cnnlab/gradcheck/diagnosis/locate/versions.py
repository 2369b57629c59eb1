"""Versions: functions with some changes made. A search tries them, here as texts; a judge tries those of a worker."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.diagnosis.locate.candidates import list_candidates, make_texts, pair_changes
from cnnlab.gradcheck.diagnosis.locate.change import Change
from cnnlab.gradcheck.diagnosis.locate.changed_functions import Texts
from cnnlab.gradcheck.diagnosis.locate.trials import Trials
from cnnlab.gradcheck.diagnosis.locate.unit import Unit
from cnnlab.gradcheck.runner.answer import Answer

#: One version, as whoever makes them names it.
Version = Any


class Versions(Protocol):
    """Makes changed versions of functions and runs cases on them. What a change is, only it knows."""

    @property
    def original(self) -> Version:
        """Return the version without any change."""
        ...

    def list_changes(
        self, version: Version, number: int, wrong: Collection[str], gradients: Sequence[str], memory: bool
    ) -> Sequence[Any]:
        """Return the changes that can be made in a version, the most likely first.

        number: of a case that is run to see what each name stands for.   wrong: the gradients that it has wrong.
        memory: whether only the memory or the dtype of the results is wrong.
        """
        ...

    def list_pairs(self, changes: Sequence[Any]) -> Iterable[tuple[Any, Any]]:
        """Return pairs of the most likely changes, for trying both at once."""
        ...

    def make(self, version: Version, changes: Sequence[Any]) -> Version:
        """Return a version with changes made."""
        ...

    def run(self, version: Version, case: int | Case) -> Answer | None:
        """Return a version's answer to a case, by its number; None where it is no function.

        Raises SearchOver where no further trial can be made."""
        ...

    def used_seconds(self) -> float:
        """Return the processor time that the trials took in other processes."""
        ...


class TextVersions:
    """Versions as texts of functions, by their number; those that are not named are unchanged."""

    def __init__(self, trials: Trials):
        self._trials = trials

    @property
    def units(self) -> Sequence[Unit]:
        return self._trials.units

    @property
    def original(self) -> Texts:
        return {}

    def list_changes(
        self, version: Texts, number: int, wrong: Collection[str], gradients: Sequence[str], memory: bool
    ) -> Sequence[Change]:
        seen = self._trials.observe(version, number)
        return list_candidates(self._trials.units, version, seen, wrong, gradients, memory)

    def list_pairs(self, changes: Sequence[Change]) -> list[tuple[Change, Change]]:
        return pair_changes(changes)

    def make(self, version: Texts, changes: Sequence[Change]) -> Texts:
        return make_texts(self._trials.units, version, changes)

    def run(self, version: Texts, case: int | Case) -> Answer | None:
        return self._trials.run(version, case)

    def used_seconds(self) -> float:
        return self._trials.used_seconds()
