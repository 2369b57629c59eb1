"""An option of a function that is no backward: the answer is what its default gives."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial


def find_default_option(evidence: Evidence) -> Finding | None:
    """Find the answer that is right for the default of an option, whatever the option is."""
    if evidence.problem.oracle.wrt:
        return None
    for option in dict.fromkeys(o for t in evidence.trials for o in t.case.options):

        def formula(trial: Trial, option=option):
            rest = {k: v for k, v in trial.case.options.items() if k != option}
            try:
                return evidence.right(replace(trial.case, options=rest))
            except (TypeError, ValueError, LookupError, RuntimeError):
                return None  # the option has no default, or nothing comes out with it

        if evidence.matches_formula(formula):
            function = evidence.problem.call.function
            return Finding(
                Code.OPTION,
                f"{function} leaves {option} out: it answers as if {option} had its default.",
                option,
            )
    return None
