"""The gradient checker: it checks a forward and a backward, and says why a wrong gradient is wrong.

It knows nothing of courses: `gradcheck` takes anyone's pair of functions. Names are imported when they are first used,
so that `import cnnlab.gradcheck` costs hardly more than NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnlab.left_out import NO_LOCATE, has_locate

if TYPE_CHECKING:
    from cnnlab.gradcheck.case import Case
    from cnnlab.gradcheck.custom.gradcheck import gradcheck
    from cnnlab.gradcheck.custom.locate_op import locate
    from cnnlab.gradcheck.diagnosis.locate.located import Located
    from cnnlab.gradcheck.engine import judge
    from cnnlab.gradcheck.problem import (
        Expected,
        Freedom,
        HuntProblem,
        Oracle,
        Problem,
        Property,
        Requirement,
        Rival,
    )
    from cnnlab.gradcheck.reference.jax_oracle import by_jax
    from cnnlab.gradcheck.reference.tensorflow_oracle import by_tensorflow
    from cnnlab.gradcheck.report import Report
    from cnnlab.gradcheck.runner.answer import Answer, Failure
    from cnnlab.gradcheck.runner.calls import Call, FunctionCall, UpdateRuleCall
    from cnnlab.gradcheck.subject import FunctionSubject, Subject

__all__ = [
    "Answer",
    "Call",
    "Case",
    "Expected",
    "Failure",
    "Freedom",
    "FunctionCall",
    "FunctionSubject",
    "HuntProblem",
    "Located",
    "Oracle",
    "Problem",
    "Property",
    "Report",
    "Requirement",
    "Rival",
    "Subject",
    "UpdateRuleCall",
    "by_jax",
    "by_tensorflow",
    "gradcheck",
    "judge",
    "locate",
]

if not has_locate():
    __all__.remove("locate")
    __all__.remove("Located")

#: Where each public name is defined. No module beside this file may have the name of one of them.
_DEFINED_IN = {
    "Case": "case",
    "gradcheck": "custom.gradcheck",
    "judge": "engine",
    **dict.fromkeys(
        ("Expected", "Freedom", "HuntProblem", "Oracle", "Problem", "Property", "Requirement", "Rival"), "problem"
    ),
    "by_jax": "reference.jax_oracle",
    "by_tensorflow": "reference.tensorflow_oracle",
    "locate": "custom.locate_op",
    "Located": "diagnosis.locate.located",
    "Report": "report",
    **dict.fromkeys(("Answer", "Failure"), "runner.answer"),
    **dict.fromkeys(("Call", "FunctionCall", "UpdateRuleCall"), "runner.calls"),
    **dict.fromkeys(("FunctionSubject", "Subject"), "subject"),
}


def __getattr__(name: str) -> Any:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in ("locate", "Located") and not has_locate():
        raise AttributeError(NO_LOCATE)
    found = getattr(import_module(f"{__name__}.{_DEFINED_IN[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
