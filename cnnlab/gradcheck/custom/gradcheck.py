"""gradcheck(): the engine of the course, for any op."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import mtrand

from cnnlab.gradcheck.case import CORE, ROUNDED, Case
from cnnlab.gradcheck.case_sizes import list_sizes
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.custom import oracles
from cnnlab.gradcheck.custom.argument_order import add_argument_order
from cnnlab.gradcheck.custom.axis_names import name_axes_by_sizes
from cnnlab.gradcheck.custom.case_drafts import PROPERTIES, Draft, cases_from_user, draft_cases, option_properties
from cnnlab.gradcheck.custom.case_selection import CaseSelection, select_cases
from cnnlab.gradcheck.custom.float32_arithmetic import find_float32_arithmetic
from cnnlab.gradcheck.custom.rivals import make_rivals
from cnnlab.gradcheck.custom.signature import (
    check_callables,
    check_input,
    check_options,
    check_seed,
    choose_inputs,
    find_input_names,
)
from cnnlab.gradcheck.engine import CheckOptions, judge
from cnnlab.gradcheck.problem import Oracle, Problem, Rival
from cnnlab.gradcheck.reference.answer_key import DIFFERENCES, NUMPY, PYTORCH, AnswerKey
from cnnlab.gradcheck.report import GradientResult, Report
from cnnlab.gradcheck.runner.answer import Failure
from cnnlab.gradcheck.runner.calls import Call
from cnnlab.gradcheck.runner.records import record_exception
from cnnlab.gradcheck.subject import FunctionSubject, learner_frames
from cnnlab.gradcheck.time_limit import OutOfTime, time_limit
from cnnlab.left_out import has_locate

if TYPE_CHECKING:
    from cnnlab.gradcheck.diagnosis.locate.located import Located

#: Differences take four calls of the forward for each entry; beyond this many they would take minutes.
MAX_DIFFERENCED_ENTRIES = 20_000

#: Where NumPy's global random numbers begin in each call of a forward that draws from them.
GLOBAL_SEED = 0

#: Seconds for one call of the caller's forward while the cases are planned.
FORWARD_TIMEOUT_SECONDS = 10.0

#: Seconds of processor time for the search of a cause.
CAUSE_SECONDS = 2.0


def gradcheck(
    forward: Callable,
    backward: Callable,
    *inputs: Any,
    options: Mapping[str, Any] | None = None,
    wrt: Any = None,
    oracle: Callable | None = None,
    cases: Iterable[Case] | Mapping[str, tuple] | None = None,
    rivals: Sequence[Rival | Callable] = (),
    seed: int = 0,
    cause_seconds: float | None = CAUSE_SECONDS,
) -> Report:
    """Judge a forward and its backward, and say what is wrong and, where it can be proved, why.

    What the two functions raise is part of the report.

    Args:
        forward: (*inputs, **options) -> (y, cache), or -> y alone; y is one array or number.
        backward: (dy, cache) -> gradients, or, where the forward returns y alone, (dy, *inputs, **options) ->
            gradients: in the order of `wrt`, a single one as the array itself, None for an input that is not in `wrt`.
        *inputs: NumPy arrays, of any shape; numbers, None and others are handed on. Each call gets its own copy of an
            array, a dict, a list and a random generator, so that a forward may keep a running mean in a dict.
        options: The forward's keyword arguments.
        wrt: The inputs to differentiate by, as names or positions; by default every array of floats.
        oracle: What is right: (*tensors, **options) -> tensor of PyTorch's; (*arrays, **options) -> y, of which
            differences are taken and with which the forward is compared; or (case) -> Expected, such as by_tensorflow
            and by_jax make. By default differences of the forward.
        cases: Case objects, or {"stride 2": (x, w, {"stride": 2})}: inputs, with options last. By default they are
            planned around `inputs`, and what the forward does not take of them is left out and counted.
        rivals: Wrong formulas to recognise: Rival objects, or wrong backwards whose docstring says the mistake.
        seed: Seed for the random numbers, among them every upstream gradient; from 0 up.
        cause_seconds: Seconds of processor time for the search of a cause where numbers are wrong; a report says so if
            it was stopped. None for a search to the end, which may take ten seconds or more.

    Returns:
        The report; print it, or show it in a notebook.

    Raises:
        TypeError: An argument is of a kind that cannot be used, or the forward returns something else than floats.
        ValueError: An argument cannot be used, or the forward gives another y for the same inputs.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import gradcheck
        >>> report = gradcheck(lambda x: x**2, lambda dy, x: x * dy, np.array([1.0, -2.0, 3.0]))
        >>> print(report.diagnosis)
        dx is exactly 1/2 times the right answer in every case."""
    started = time.perf_counter()
    cases = tuple(cases) if isinstance(cases, Iterator) else cases  # the search for the line reads them again
    with keep_global_numbers():
        prepared = prepare_op(forward, backward, inputs, options, wrt, oracle, cases, tuple(rivals), seed)
        if isinstance(prepared, Report):
            return prepared
        subject = FunctionSubject(prepared.functions, prepared.problem.call, may_compute_with_torch=True)
        how_to_judge = CheckOptions(seed=seed, cause_seconds=cause_seconds)
        report = judge(prepared.problem, subject, how_to_judge, prepared.key)
        report = add_argument_order(report, prepared.problem, subject, prepared.key)
    report = replace(prepared.planned.add_to_report(report), seconds=time.perf_counter() - started)
    if report.passed or report.failure or not has_locate():
        return report
    how = {"options": options, "wrt": wrt, "oracle": oracle, "cases": cases, "seed": seed}
    return replace(report, locate=functools.partial(_locate, forward, backward, *inputs, **how))


def _locate(*functions_and_inputs: Any, **how: Any) -> Located | None:
    """Look for the line of the mistake; what the button below a report does."""
    from cnnlab.gradcheck.custom.locate_op import locate

    return locate(*functions_and_inputs, **how)


@dataclass(frozen=True)
class PreparedOp:
    """A user's op, ready to be judged: the problem, the functions as the engine calls them, and the cases."""

    problem: Problem
    functions: Mapping[str, Callable]
    planned: CaseSelection
    key: AnswerKey


def prepare_op(
    forward: Callable,
    backward: Callable,
    inputs: tuple[Any, ...],
    options: Mapping[str, Any] | None,
    wrt: Any,
    oracle: Callable | None,
    cases: Iterable[Case] | Mapping[str, tuple] | None,
    rivals: tuple[Rival | Callable, ...],
    seed: int,
) -> PreparedOp | Report:
    """Return an op with its cases, or a report where the forward fails on what it was given."""
    check_callables(forward, backward)
    if not inputs and cases is None:
        raise TypeError("gradcheck needs the forward's inputs, or cases that hold them")
    op = _Op.from_functions(forward, backward, len(inputs), cases, check_options(options))
    drafts = cases_from_user(cases, op.names, op.options) if cases is not None else []
    if inputs:
        first = Case("as given", CORE, dict(zip(op.names, inputs, strict=True)), op.options, tolerance=ROUNDED)
        drafts = [Draft(first), *drafts]
    repeated = next((name for name, n in Counter(d.case.name for d in drafts).items() if n > 1), None)
    if repeated is not None:
        raise ValueError(f"two cases are called {repeated!r}; each needs a name of its own")
    drafts = [replace(d, case=_check_inputs(d.case)) for d in drafts]
    by = choose_inputs(wrt, op.names, [d.case.inputs for d in drafts])
    drafts = [replace(d, case=_make_floats_arrays(d.case, by), planned=False) for d in drafts]
    return _prepare_drafts(op, drafts, by, oracle, cases is None, rivals, check_seed(seed))


@dataclass(frozen=True)
class _Op:
    """A user's two functions, and how they are called."""

    forward: Callable
    backward: Callable
    names: tuple[str, ...]
    options: Mapping[str, Any]
    title: str

    @classmethod
    def from_functions(
        cls, forward: Callable, backward: Callable, count: int, cases: Any, options: Mapping[str, Any]
    ) -> _Op:
        if not count and isinstance(cases, Mapping) and cases:
            given = next(iter(cases.values()))
            count = len([v for v in given if not isinstance(v, Mapping)]) if isinstance(given, tuple) else 0
        names = find_input_names(forward, count)
        first = next(iter(cases), None) if not count and isinstance(cases, Sequence) else None
        if isinstance(first, Case):
            names = tuple(first.inputs)
        return cls(_seed_global_numbers(forward), backward, names, options, _function_title(backward, "backward"))

    def call_forward(self, case: Case) -> tuple[Any, bool]:
        """Return what the forward gives for a case, and whether a cache came with it."""
        with time_limit(FORWARD_TIMEOUT_SECONDS), np.errstate(all="ignore"):
            given, options = oracles.copy_inputs(case.inputs), oracles.copy_inputs(case.options)
            returned = self.forward(*given.values(), **options)
        return (returned[0], True) if oracles.is_pair(returned) else (returned, False)

    def make_call(self, cached: bool) -> Call:
        """Return the call of the backward, with the names that the reports use."""
        forward = _function_title(self.forward, "forward")
        title = self.title if self.title != forward else "backward"
        return Call(forward, title) if cached else Call(forward, title, ("dy", *self.names), options=True)

    def adapt_functions(self, call: Call, by: Sequence[str]) -> dict[str, Callable]:
        """Return both functions as the engine calls them."""
        assert call.forward
        forward = self.forward if "cache" in call.arguments else _add_empty_cache(self.forward)
        return {call.forward: forward, call.function: _drop_extra_places(self.backward, self.names, by)}


def _prepare_drafts(op: _Op, drafts: list[Draft], by, oracle, plan: bool, rivals, seed: int) -> PreparedOp | Report:
    wrt = {f"d{name}": name for name in by}
    try:
        cached, y, again = _probe_forward(op, drafts)
    except OutOfTime:
        return _report_nothing_judged(
            op, wrt, Failure("timeout", f"the forward gave no answer within {FORWARD_TIMEOUT_SECONDS:g} s")
        )
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a forward may raise anything at all
        return _report_nothing_judged(op, wrt, record_exception(error))
    _check_differentiable(y, again, cached)
    call = op.make_call(cached)
    first = drafts[0].case
    drafts = draft_cases(first, by, np.shape(y), seed) if plan else drafts
    own = {"reference": oracles.make_reference(op.forward)}
    means: dict[str, Any] = own if oracle is None else oracles.detect_oracle_kind(oracle, _ensure_dy(first, y), wrt)
    by_differences = "reference" in means
    if (
        by_differences
        and (size := max(sum(_count_entries(d.case.inputs[n]) for n in by) for d in drafts)) > MAX_DIFFERENCED_ENTRIES
    ):
        raise ValueError(
            f"{' and '.join(by)} hold {size:,} entries, and differences call the forward four times for each. Smaller "
            "arrays show a mistake as well; or give an oracle"
        )
    oracle_of = Oracle(
        plan=lambda seed: (),
        wrt=wrt,
        properties=(*option_properties(drafts), *PROPERTIES),
        quantities=lambda case: list_sizes(case, by[0]),
        axes=name_axes_by_sizes(first.inputs, by, np.shape(y)),
        in_float32=by_differences and find_float32_arithmetic(means["reference"], first, by),
        **means,
    )
    judge_name = _name_judge(oracle_of)
    planned = select_cases(lambda case: op.call_forward(case)[0], drafts, oracle_of, judge_name, seed)
    problem = Problem(call.function, call, tuple(wrt), oracle_of)
    functions = op.adapt_functions(call, by)
    problem = replace(
        problem, rivals=make_rivals(rivals, problem, functions, lambda b: _drop_extra_places(b, op.names, by))
    )
    return PreparedOp(problem, functions, planned, planned.build_key(oracle_of, judge_name))


def _name_judge(oracle: Oracle) -> str:
    """Return who gives the answers, in words: a framework by its own name."""
    if oracle.by_pytorch:
        return PYTORCH
    return getattr(oracle.by_numpy, "framework", NUMPY) if oracle.by_numpy else DIFFERENCES


def _probe_forward(op: _Op, drafts: list[Draft]) -> tuple[bool, Any, Any]:
    """Return whether the forward returns a cache, and the y of the first case that it implements, twice."""
    for draft in drafts:
        try:
            y, cached = op.call_forward(draft.case)
            return cached, y, op.call_forward(draft.case)[0]
        except NotImplementedError:
            continue
    return True, np.zeros(()), np.zeros(())


def _check_differentiable(y: Any, again: Any, cached: bool) -> None:
    """Raise TypeError or ValueError where y is not one array of floats, or another one each time."""
    if not isinstance(y, (np.ndarray, np.generic, float, int)):
        hint = ""
        if isinstance(y, tuple) and any(isinstance(part, np.ndarray) for part in y):
            hint = ". Of several outputs make one array, as by np.stack or np.concatenate, and return (y, cache)"
            hint += ", in this order" if cached else ""
        raise TypeError(f"forward returned y as a {type(y).__name__}; an array or a number is needed{hint}")
    if np.asarray(y).dtype.kind != "f":
        raise TypeError(f"forward returned y of dtype {np.asarray(y).dtype}; floats are needed")
    if not np.allclose(y, again, rtol=1e-6, atol=0, equal_nan=True):
        raise ValueError(
            "forward gives another y when it is called again with the same inputs; a gradient can only be judged of a "
            "function. Give the seed of its random numbers as an option"
        )


def _report_nothing_judged(op: _Op, wrt: Mapping[str, str], error: Failure) -> Report:
    """Report that the forward fails on what it was given, so that nothing could be judged."""
    error = learner_frames(error, None)
    sentence = f"{_function_title(op.forward, 'forward')} fails on the inputs given. {error.sentence()}"
    gradients = {g: GradientResult(g, "not judged") for g in wrt}
    return Report(op.title, 0.0, gradients, diagnosis=sentence, diagnosis_code=Code(error.kind), failure=error)


def _ensure_dy(case: Case, y: Any) -> Case:
    return case if case.dy is not None else replace(case, dy=np.ones(np.shape(y))[()])


def _check_inputs(case: Case) -> Case:
    return replace(case, inputs={name: check_input(name, value) for name, value in case.inputs.items()})


def _make_floats_arrays(case: Case, by: Sequence[str]) -> Case:
    """Turn a float to differentiate by into an array without axes."""

    def array(name: str, value: Any) -> Any:
        return np.array(value, np.float64) if name in by and isinstance(value, (float, np.floating)) else value

    return replace(case, inputs={name: array(name, value) for name, value in case.inputs.items()})


@contextmanager
def keep_global_numbers() -> Iterator[None]:
    """Give NumPy's global random numbers back as they were, with the normal number that it may have in store."""
    before = np.random.get_state()  # noqa: NPY002  # the caller's
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _seed_global_numbers(forward: Callable) -> Callable:
    """Wrap a forward so that NumPy's global random numbers begin anew in each call; the caller's go on after it.

    Differences call a forward thousands of times. Another generator for the time of a call costs a few microseconds,
    to save and restore the state 200; see keep_global_numbers for what that leaves out.
    """
    own = np.random.MT19937()

    @functools.wraps(forward)
    def call_seeded(*inputs: Any, **options: Any) -> Any:
        before = mtrand.get_bit_generator()
        mtrand.set_bit_generator(own)
        np.random.seed(GLOBAL_SEED)  # noqa: NPY002  # it is the caller's code that draws from it
        try:
            return forward(*inputs, **options)
        finally:
            mtrand.set_bit_generator(before)

    call_seeded.__name__ = _function_title(forward, "forward")
    return call_seeded


def _add_empty_cache(forward: Callable) -> Callable:
    """Wrap a forward that returns y alone, so that it returns a cache of None too."""

    @functools.wraps(forward)
    def return_pair(*inputs: Any, **options: Any) -> tuple[Any, None]:
        return forward(*inputs, **options), None

    return return_pair


def _drop_extra_places(backward: Callable, names: Sequence[str], by: Sequence[str]) -> Callable:
    """Wrap a backward that may list None for every input that is not asked for."""
    others = [k for k, name in enumerate(names) if name not in by]
    if not others or tuple(n for n in names if n in by) != tuple(by):
        return backward

    @functools.wraps(backward)
    def drop_places(*arguments: Any, **options: Any) -> Any:
        returned = backward(*arguments, **options)
        full = isinstance(returned, (tuple, list)) and len(returned) == len(names)
        if not full or any(returned[k] is not None for k in others):
            return returned
        kept = [value for k, value in enumerate(returned) if k not in others]
        return kept[0] if len(kept) == 1 else tuple(kept)

    return drop_places


def _count_entries(value: Any) -> int:
    return int(np.size(value)) if isinstance(value, np.ndarray) else 0


def _function_title(function: Callable, otherwise: str) -> str:
    name = getattr(function, "__name__", None) or getattr(getattr(function, "func", None), "__name__", otherwise)
    return name if isinstance(name, str) and name.isidentifier() else otherwise
