"""Change a learner's functions in the worker, and run them: the worker's side of the search for a line.

The judge names changes by number, sends cases, and compares; it neither parses nor runs a learner's code. A version is
None, or [list, [change, ...]]: of a list of changes that was made before, these numbers. What is told of a place at the
end is for the instructor, and the judge checks its form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnlab.gradcheck.diagnosis.locate.candidates import join_changes, list_candidates, make_texts, pair_changes
from cnnlab.gradcheck.diagnosis.locate.change import Change
from cnnlab.gradcheck.diagnosis.locate.changed_functions import ChangedFunctions
from cnnlab.gradcheck.diagnosis.locate.live_functions import find_functions
from cnnlab.gradcheck.diagnosis.locate.place import find_place
from grading.worker.sandboxed.change_words import describe_change, find_names


@dataclass
class LineTrials:
    """Versions of one exercise's functions. lists: the lists of changes so far, each with the texts that it changes."""

    functions: ChangedFunctions
    lists: list[tuple[Mapping[int, str], Sequence[Change]]] = field(default_factory=list)

    @classmethod
    def begin(cls, roots: Sequence[tuple[Callable, str]]) -> LineTrials:
        """Find the functions that can be changed. roots: those that are called, each with its role."""
        return cls(ChangedFunctions(find_functions(roots)))

    def count_functions(self) -> int:
        """Return the number of functions, 0 where the one that is judged cannot be changed."""
        units = self.functions.units
        return len(units) if any(unit.role == "function" for unit in units) else 0

    def list_changes(
        self, version: Any, wrong: list[str], gradients: list[str], memory: bool, run: Callable[[], object]
    ) -> dict:
        """Make the next list of changes. run: calls the functions on the case that shows what each name stands for."""
        texts = self.make_texts(version)
        seen = self.functions.observe(texts, run)
        changes = list_candidates(self.functions.units, texts, seen, wrong, gradients, memory)
        self.lists.append((texts, changes))
        return {"changes": len(changes)}

    def list_pairs(self, number: int) -> np.ndarray:
        """Return pairs of a list's changes, by number, as rows."""
        changes = self.lists[number][1]
        places = {id(change): k for k, change in enumerate(changes)}
        pairs = [[places[id(a)], places[id(b)]] for a, b in pair_changes(changes)]
        return np.array(pairs, np.int32).reshape(-1, 2)

    def make_texts(self, version: Any) -> Mapping[int, str]:
        """Return the functions' texts in a version."""
        if version is None:
            return {}
        number, chosen = version
        texts, changes = self.lists[number]
        return make_texts(self.functions.units, texts, [changes[k] for k in chosen])

    def put(self, version: Any) -> bool:
        """Give the functions the texts of a version; return False where one of them is no function."""
        return self.functions.put(self.make_texts(version))

    def describe_place(self, version: list) -> dict:
        """Return where the last changes of a version are made, and what they are."""
        number, chosen = version
        texts, changes = self.lists[number]
        change = join_changes([changes[k] for k in chosen])
        unit = self.functions.units[change.unit]
        text = texts.get(change.unit, unit.text)
        place = find_place(unit, text, change)
        wrong, right = describe_change(text, change)
        return {
            "file": unit.file.rpartition("/")[2],
            "line": place.line,
            "function": unit.name,
            "kind": str(change.kind),
            "before": place.before,
            "after": place.after,
            "wrong": wrong,
            "right": right,
            "names": find_names((wrong, right), self.functions.list_local_names(change.unit)),
        }
