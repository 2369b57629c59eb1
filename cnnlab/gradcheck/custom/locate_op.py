"""locate(): the line of the mistake in anyone's backward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cnnlab.errors import WrongValue
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.custom.gradcheck import keep_global_numbers, prepare_op
from cnnlab.gradcheck.custom.search_problem import SEARCH_SECONDS, check_seconds, search_functions
from cnnlab.gradcheck.diagnosis.locate.located import Located
from cnnlab.gradcheck.report import Report
from cnnlab.gradcheck.subject import FunctionSubject


def locate(
    forward: Callable,
    backward: Callable,
    *inputs: Any,
    options: Mapping[str, Any] | None = None,
    wrt: Any = None,
    oracle: Callable | None = None,
    cases: Iterable[Case] | Mapping[str, tuple] | None = None,
    seed: int = 0,
    seconds: float = SEARCH_SECONDS,
) -> Located | None:
    """Find the line of the mistake in a backward: try single changes of its source until every case passes.

    The source is not changed; the functions get other code for the time of a trial.

    Args:
        forward: As for gradcheck.
        backward: As for gradcheck; its source must be known, from a file or a notebook's cell.
        *inputs: As for gradcheck.
        options: As for gradcheck.
        wrt: As for gradcheck.
        oracle: As for gradcheck.
        cases: As for gradcheck.
        seed: Seed for the random numbers, from 0 up.
        seconds: How many seconds of processor time to search at most.

    Returns:
        The line, with the change that proves it; None where none was found in the time.

    Raises:
        ValueError: Every case passes, the forward fails on the inputs, or an argument cannot be used.
        TypeError: An argument is of a kind that cannot be used.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import locate
        >>> def square_backward(dy, x):
        ...     return dy * x
        >>> found = locate(np.square, square_backward, np.array([1.0, -2.0, 3.0]))
        >>> print(found.text)
            return dy * x"""
    seconds = check_seconds(seconds)
    with keep_global_numbers():
        prepared = prepare_op(forward, backward, inputs, options, wrt, oracle, cases, (), seed)
        if isinstance(prepared, Report):
            raise WrongValue(prepared.diagnosis or "the forward fails on the inputs given")
        problem, functions = prepared.problem, prepared.functions
        roots = [(backward, "function"), (forward, "forward")]
        return search_functions(
            problem,
            prepared.key,
            roots,
            lambda limit: FunctionSubject(functions, problem.call, seconds=limit, may_compute_with_torch=True),
            seconds,
        )
