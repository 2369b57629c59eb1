"""An option of a function that is no backward: the answer is what its default gives."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial
from cnnlab.gradcheck.wording import join_words


def find_default_option(evidence: Evidence) -> Finding | None:
    """Find the answer that is right for the default of an option, or of several, whatever they are."""
    if evidence.problem.oracle.wrt:
        return None
    options = list(dict.fromkeys(o for t in evidence.trials for o in t.case.options))
    for left_out in (chosen for number in (1, 2, 3) for chosen in combinations(options, number)):

        def formula(trial: Trial, left_out=left_out):
            rest = {k: v for k, v in trial.case.options.items() if k not in left_out}
            try:
                return evidence.right(replace(trial.case, options=rest))
            except (TypeError, ValueError, LookupError, RuntimeError):
                return None  # the option has no default, or nothing comes out with it

        if evidence.matches_formula(formula):
            function, names = evidence.problem.call.function, join_words(left_out)
            has = "had its default" if len(left_out) == 1 else "had their defaults"
            return Finding(
                Code.OPTION, f"{function} leaves {names} out: it answers as if {names} {has}.", ", ".join(left_out)
            )
    return None
