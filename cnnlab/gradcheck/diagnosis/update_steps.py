"""At which step of an update rule's trajectory the learner's way parts from the right one."""

from __future__ import annotations

import numpy as np

from cnnlab.gradcheck import wording
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial
from cnnlab.gradcheck.runner.calls import UpdateRuleCall


def find_departure(evidence: Evidence) -> Finding | None:
    """Find the step from which every failing trajectory is wrong."""
    if not isinstance(evidence.problem.call, UpdateRuleCall):
        return None
    firsts = [_find_first_wrong_step(trial) for trial in evidence.failing]
    function = evidence.problem.call.function
    if all(first == 1 for first in firsts):
        sentence = f"Already the first step of {function} is wrong, before there is any state to carry."
        return Finding(Code.UPDATE_RULE, sentence, "first step")
    if all(first == 2 for first in firsts):
        sentence = (
            f"The first step of {function} is right and the second is not: look at what the state carries over, and at "
            "how the second step uses it."
        )
        return Finding(Code.UPDATE_RULE, sentence, "second step")
    if min(firsts) > 1:
        sentence = f"{function} begins right and leaves the right path later: look at what changes from step to step."
        return Finding(Code.UPDATE_RULE, sentence, "later steps")
    early = wording.count(sum(first == 1 for first in firsts), "failing case")
    sentence = f"{function} leaves the right path at the first step in {early}, and later in the others."
    return Finding(Code.UPDATE_RULE, sentence, "trajectory")


def _find_first_wrong_step(trial: Trial) -> int:
    """Return the number of the first step whose parameter is wrong, from 1."""
    wrong = trial.numbers.error > trial.numbers.tolerance * trial.numbers.scale
    return 1 + int(np.argmax(wrong.reshape(len(wrong), -1).any(axis=1)))


def follows_rule(evidence: Evidence) -> bool:
    """Return whether the numbers are those of an update rule's trajectory."""
    return isinstance(evidence.problem.call, UpdateRuleCall)
