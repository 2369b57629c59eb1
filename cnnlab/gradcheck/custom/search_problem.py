"""Search the functions of a problem for the line of a mistake."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.errors import WrongValue
from cnnlab.gradcheck.custom.trial_judge import TrialJudge
from cnnlab.gradcheck.diagnosis.locate.live_functions import LiveFunction, find_functions
from cnnlab.gradcheck.diagnosis.locate.located import Located, make_located
from cnnlab.gradcheck.diagnosis.locate.memory_limit import limit_memory
from cnnlab.gradcheck.diagnosis.locate.search import Search
from cnnlab.gradcheck.diagnosis.locate.trials import LocalTrials, Trials
from cnnlab.gradcheck.diagnosis.locate.versions import TextVersions
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.reference.answer_key import AnswerKey
from cnnlab.gradcheck.subject import Subject

#: Seconds of processor time for one case in a trial; a right answer in plain Python loops takes a tenth of it.
TRIAL_SECONDS = 0.5

#: Seconds of processor time for a search where the caller gives none.
SEARCH_SECONDS = 10.0


class AlreadyPasses(WrongValue):
    """What is to be searched passes every case: there is nothing to find."""


#: Values around a function are distinguished by this many characters of their repr.
MAX_HASHED_CHARS = 2000

#: What was found earlier, and in how many seconds at most, by the source that was searched.
_found: dict[tuple[Any, ...], tuple[Located | None, float]] = {}


def keep_judged_cases(problem: Problem, key: AnswerKey) -> AnswerKey:
    """Return the key without the cases that say nothing of the problem's own gradients."""
    return replace(
        key, cases=tuple((c, e) for c, e in key.cases if not all(e.grads[g] is None for g in problem.gradients))
    )


def search_functions(
    problem: Problem,
    key: AnswerKey,
    roots: Sequence[tuple[Callable, str]],
    subject: Callable[[float], Subject],
    seconds: float,
) -> Located | None:
    """Search functions of this process; their code is exchanged for the time of each trial, and put back.

    roots: the functions that are judged, each with its role.   subject: (seconds for a case) -> what answers.
    """
    functions = find_functions(roots)
    if not any(live.unit.role == "function" for live in functions):
        return None
    judge = TrialJudge(problem, keep_judged_cases(problem, key))
    trials = LocalTrials(functions, subject, judge.cases, TRIAL_SECONDS)
    what = _name_functions(problem, key, functions)
    try:
        with limit_memory(), open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            return remember(what, seconds, lambda: search(judge, trials, seconds))
    finally:
        trials.close()


def search(judge: TrialJudge, trials: Trials, seconds: float) -> Located | None:
    """Return the line of the mistake, with a progress bar while it is looked for."""
    from tqdm.auto import tqdm

    with tqdm(desc="locate", unit=" changes", leave=False, mininterval=0.5) as bar:
        found = Search(judge, TextVersions(trials), seconds, show=lambda tried: bar.update()).run()
    if found.already_right:
        raise AlreadyPasses(f"{judge.problem.name} passes every case; there is no mistake to look for")
    return make_located(found, trials.units, judge.gradients)


def remember(what: tuple[Any, ...], seconds: float, find: Callable[[], Located | None]) -> Located | None:
    """Return what was found earlier in the same source, or find it; what took all its time may be given more."""
    found, spent = _found.get(what, (None, 0.0))
    if not (found and found.all) and spent < seconds:
        found = find()
        _found[what] = found, seconds
    return found


def recall(what: tuple[Any, ...]) -> Located | None:
    """Return what was found earlier in the same source, or None."""
    return _found.get(what, (None, 0.0))[0]


def has_found() -> bool:
    """Return whether anything was searched in this process."""
    return bool(_found)


def recall_in_functions(problem: Problem, key: AnswerKey, roots: Sequence[tuple[Callable, str]]) -> Located | None:
    """Return what was found earlier in functions of this process, or None."""
    return recall(_name_functions(problem, key, find_functions(roots)))


def _name_functions(problem: Problem, key: AnswerKey, functions: Sequence[LiveFunction]) -> tuple[Any, ...]:
    return problem.name, _hash_cases(key), _hash_sources(functions)


def _hash_sources(functions: Sequence[LiveFunction]) -> str:
    """Return a hash of the functions' texts, and of the values that they take from around them."""
    told = hashlib.sha256()
    for live in functions:
        told.update(f"{live.unit.file}\0{live.unit.first_line}\0{live.unit.text}\0".encode())
        for value in live.list_outer_values():
            told.update(repr(value)[:MAX_HASHED_CHARS].encode(errors="replace"))
    return told.hexdigest()


def _hash_cases(key: AnswerKey) -> str:
    told = hashlib.sha256()
    for case, _ in key.cases:
        told.update(f"{case.name}\0{case.options!r}\0{case.layout}\0".encode(errors="replace"))
        for array in (*case.arrays, np.asarray(case.dy)):
            told.update(f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).data.tobytes())
    return told.hexdigest()


def check_seconds(seconds: float) -> float:
    """Return the time of a search, or raise WrongValue where it is none."""
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not seconds > 0:
        raise WrongValue(f"seconds is {seconds!r}; a number above 0 is needed")
    return float(seconds)
