"""cnnlab: backpropagation in convolutional networks, derived, written and checked one gradient at a time.

Names are imported when they are first used, so that `import cnnlab` costs hardly more than NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnlab.left_out import NO_LOCATE, has_locate

if TYPE_CHECKING:
    from cnnlab import data, nn
    from cnnlab.course import answer, both_sides, check, given, mine, use
    from cnnlab.course.locate_line import locate
    from cnnlab.progress import status
    from cnnlab.train import fit

__version__ = "0.2.0"

__all__ = ["answer", "both_sides", "check", "data", "fit", "given", "locate", "mine", "nn", "status", "use"]

if not has_locate():
    __all__.remove("locate")

#: Where each public name is defined. A module stands for itself.
_DEFINED_IN = {
    **dict.fromkeys(("answer", "both_sides", "check", "given", "mine", "use"), "cnnlab.course"),
    "data": "cnnlab.data",
    "fit": "cnnlab.train",
    "locate": "cnnlab.course.locate_line",
    "nn": "cnnlab.nn",
    "status": "cnnlab.progress",
}


def __getattr__(name: str) -> Any:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "locate" and not has_locate():
        raise AttributeError(NO_LOCATE)
    module = import_module(_DEFINED_IN[name])
    found = module if module.__name__ == f"{__name__}.{name}" else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
