"""The problem of a layer of one's own: forward, backward, cases and wrong versions are all the learner's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cnnlab.gradcheck.problem import Problem


@dataclass(frozen=True, eq=False)
class OwnLayerProblem(Problem):
    """A problem whose forward and cases are the learner's too: a layer that no oracle knows (gradcheck/own_layer).

    Attributes:
        name: The backward.
        call: The learner's forward and backward.
        gradients: What is judged, where nothing could be: the gradients, and each wrong version.
        oracle: Empty; what is right is found by differences of the learner's forward.
        rivals: Empty.
        may_view: False.
        sums: Empty.
        follow_forward: None.
        whole: False.
        kept: Empty.
        cases: The function that returns the learner's cases.
        versions: The learner's wrong versions of the backward, which the cases must reject.
        judge_with: (this problem, what answers, the options of the check) -> the report.
        arguments: The names of the forward's arguments, where they are known.
        unwritten: Those of the versions that are not written yet."""

    cases: str = field(kw_only=True)
    versions: tuple[str, ...] = field(kw_only=True)
    judge_with: Callable[[Any, Any, Any], Any] = field(kw_only=True)
    arguments: tuple[str, ...] = field(default=(), kw_only=True)
    unwritten: frozenset[str] = field(default=frozenset(), kw_only=True)

    @property
    def of(self) -> str:
        """Return "layer": gradients, and wrong versions that are rejected or not."""
        return "layer"

    @property
    def functions(self) -> tuple[str, ...]:
        """Return the names of every function that is called."""
        return (*super().functions, self.cases, *self.versions)

    @property
    def prerequisites(self) -> tuple[str, ...]:
        """Return the names of the functions that must be written before anything can be judged."""
        return (*super().functions, self.cases)
