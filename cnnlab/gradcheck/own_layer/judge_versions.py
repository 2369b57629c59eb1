"""Judge the wrong versions of a learner's backward: which of them the learner's cases reject."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.compare import compare
from cnnlab.gradcheck.contract import values_by_gradient
from cnnlab.gradcheck.problem import Expected, Problem
from cnnlab.gradcheck.runner.answer import Failure
from cnnlab.gradcheck.runner.calls import Call
from cnnlab.gradcheck.runner.violations import Changed, Raised
from cnnlab.gradcheck.subject import FileSubject
from cnnlab.gradcheck.wording import join_words

#: Two versions are the same where their numbers agree this closely in every case.
SAME_RTOL = 1e-9

Key = tuple[tuple[Case, Expected], ...]


@dataclass(frozen=True)
class Version:
    """What became of a wrong version.

    rejected, accepted: the cases, by name.   fault: why it does not count as rejected, one sentence, or "".
    found: its gradients in every case.   unwritten: whether there is none yet.
    """

    name: str
    rejected: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    fault: str = ""
    found: tuple[Sequence[np.ndarray], ...] = ()
    unwritten: bool = False

    @property
    def counts(self) -> bool:
        """Return whether the cases reject it by its numbers."""
        return bool(self.rejected) and not self.fault

    def describe(self) -> str:
        """Return which cases reject it."""
        if not self.accepted:
            return f"{self.name} in {'every case' if len(self.rejected) > 1 else 'its one case'}"
        return f"{self.name} in {_name_cases(self.rejected)}, and not in {_name_cases(self.accepted)}"


def judge_versions(
    problem: Problem, subject: FileSubject, names: tuple[str, ...], unwritten: frozenset[str], key: Key
) -> tuple[Version, ...]:
    """Return what becomes of each wrong version. problem: that of the right backward."""
    found: list[Version] = []
    for name in names:
        if name in unwritten:
            found.append(Version(name, unwritten=True))
            continue
        version = _judge_version(replace(problem, call=Call(problem.call.forward, name)), subject, key)
        found.append(_refuse_repetition(version, found) if version.counts else version)
    return tuple(found)


def _judge_version(problem: Problem, subject: FileSubject, key: Key) -> Version:
    name, asked = problem.call.function, subject.change_call(problem.call)
    rejected, accepted, returned = [], [], []
    for case, expected in key:
        answer = asked.run(case)
        if answer.error:
            return Version(name, fault=_describe_failure(name, case.name, answer.error))
        changed = next((what for what in answer.changed if isinstance(what, Changed)), None)
        if changed:
            return Version(name, fault=f"{name} {changed.describe()}; only its numbers should be wrong.")
        if not answer.repeatable:
            return Version(name, fault=f"{name} gives other numbers when it is called again; it must be one mistake.")
        values = values_by_gradient(problem, answer)
        arrays = values if isinstance(values, dict) else {}
        numbers: list[tuple[np.ndarray, np.ndarray]] = []
        for gradient in problem.gradients:
            value, wanted = arrays.get(gradient), expected.grads[gradient]
            assert wanted is not None
            if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu" or value.shape != wanted.shape:
                needed = f"does not give {gradient} in {case.name} as an array of the shape of {gradient[1:]}"
                return Version(name, fault=f"{name} {needed}. Only its numbers should be wrong.")
            numbers.append((value, wanted))
        if not all(np.isfinite(value).all() for value, _ in numbers):
            return Version(
                name, fault=f"{name} gives NaN or infinity in {case.name}, which is noticed without a check."
            )
        passes = all(
            compare(value, wanted, case.tolerance, expected.freedom.get(n), expected.errors.get(n, 0.0)).passed
            for n, (value, wanted) in zip(problem.gradients, numbers, strict=True)
        )
        (accepted if passes else rejected).append(case.name)
        returned.append([value for value, _ in numbers])
    if not rejected:
        fault = (
            f"{name} is right in all of your cases. Either it is no mistake, or your cases do not show it: add one in "
            "which it matters."
        )
        return Version(name, accepted=tuple(accepted), fault=fault)
    if not any(v.any() for one in returned for v in one):
        fault = f"{name} gives 0 everywhere, which nobody needs a check for. Write a mistake that you might make."
        return Version(name, tuple(rejected), tuple(accepted), fault)
    return Version(name, tuple(rejected), tuple(accepted), found=tuple(returned))


def _name_cases(names: tuple[str, ...]) -> str:
    """Return "case 2" or "cases 1 and 3"."""
    numbers = [name.removeprefix("case ") for name in names]
    return f"case{'' if len(numbers) == 1 else 's'} {join_words(numbers)}"


def _describe_failure(name: str, case: str, error: Failure) -> str:
    """Return what happened instead of an answer, without the words of an exception, which may hold anything."""
    if error.kind == "timeout":
        return f"{name} does not end in time in {case}, which is noticed without a check."
    known = isinstance(error.cause, Raised) and isinstance(getattr(builtins, error.cause.type_name, None), type)
    what = error.cause.type_name if known and isinstance(error.cause, Raised) else "an exception"
    if error.ours:
        return f"{name} gives no answer in {case}: {error.message}."
    place = f" in line {error.frames[-1].line}" if error.frames else ""
    return f"{name} raises {what}{place} in {case}, which is noticed without a check. Only its numbers should be wrong."


def _refuse_repetition(version: Version, before: list[Version]) -> Version:
    """Return a version that does not count, where one before it gives the same numbers."""
    same = next((v.name for v in before if v.counts and _agree(v, version)), None)
    if same is None:
        return version
    fault = f"{version.name} gives the same numbers as {same} in every case. Write another mistake, or add a case."
    return replace(version, fault=fault)


def _agree(a: Version, b: Version) -> bool:
    pairs = [pair for p, q in zip(a.found, b.found, strict=True) for pair in zip(p, q, strict=True)]
    return all(np.allclose(p, q, rtol=SAME_RTOL, atol=SAME_RTOL * float(np.abs(p).max())) for p, q in pairs)
