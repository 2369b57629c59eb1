"""An option that is not looked at: what its default gives."""

from __future__ import annotations

import warnings
from dataclasses import replace

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial


def find_ignored_option(evidence: Evidence) -> Finding | None:
    """Find the gradient that the right backward gives when one option is left out."""
    for option in dict.fromkeys(o for t in evidence.trials for o in t.case.options):

        def formula(trial: Trial, option=option):
            rest = {k: v for k, v in trial.case.options.items() if k != option}
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # PyTorch's, of a default that it would rather not have
                    return evidence.right(replace(trial.case, options=rest))
            except (TypeError, ValueError, RuntimeError, IndexError):
                return None  # the option has no default, or dy is of another shape with it

        if evidence.problem.oracle.wrt and evidence.matches_formula(formula):
            return Finding(
                Code.OPTION,
                f"{evidence.gradient} is what {option} at its default gives, whatever {option} is in the case.",
                option,
            )
    return None
