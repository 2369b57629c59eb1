"""Ask a learner's forward for y, here or in a grading worker, and take differences of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NoReturn

import numpy as np

from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.case_sizes import has_samples, list_sizes
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.contract import Fault
from cnnlab.gradcheck.own_layer.jacobian import compute_jacobian
from cnnlab.gradcheck.own_layer.read_cases import LayerCases, NothingToJudge
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.gradcheck.problem import Expected, Freedom, Oracle
from cnnlab.gradcheck.reference.finite_differences import compute_finite_differences
from cnnlab.gradcheck.runner.answer import Answer, Failure, Foreign
from cnnlab.gradcheck.runner.calls import FunctionCall
from cnnlab.gradcheck.runner.violations import Changed
from cnnlab.gradcheck.subject import FileSubject

#: Numbers in y: so many differences are computed of each.
MAX_Y_NUMBERS = 2_000

#: How far a product with the matrix of derivatives may be off, as a share of the largest that it can be.
MATRIX_ERROR_SHARE = 1e-8

#: Seconds of this thread's processor time for all calls of the forward, as an exercise may take; in grading the worker
#: has a limit of its own.
FORWARD_TIMEOUT_SECONDS = 60.0


#: Calls of the forward that a diagnosis may ask for once the answers are known; each crosses to the worker.
MAX_DIAGNOSIS_CALLS = 300

#: Numbers in all y that are kept: a diagnosis asks for the same inputs again and again, with another dy.
MAX_KEPT_NUMBERS = 4_000_000


class LearnerForward:
    """The forward as a function of this process, (*inputs) -> (y, None); every call goes through the subject.

    Raises NothingToJudge for a call that breaks the contract.
    """

    def __init__(self, problem: OwnLayerProblem, subject: FileSubject, names: tuple[str, ...]):
        assert problem.call.forward
        self.name, self._names = problem.call.forward, names
        self._subject = subject.change_call(FunctionCall(self.name, names))
        self._started = time.thread_time()
        self._left = float("inf")
        self._kept: dict[bytes, np.ndarray] = {}
        self._room = MAX_KEPT_NUMBERS

    def limit_calls(self, number: int) -> None:
        """Allow so many calls more; a right answer that needs another is not known."""
        self._left = number

    def __call__(self, *inputs: Any) -> tuple[np.ndarray, None]:
        key = _hash_inputs(inputs)
        y = self._kept.get(key)
        if y is None:
            y = self.ask(inputs)
            if y.size <= self._room:
                self._kept[key] = y
                self._room -= y.size
        return y, None

    def ask(self, inputs: tuple[Any, ...]) -> np.ndarray:
        """Return y of one call, whether these inputs were asked before or not."""
        self._left -= 1
        if self._left < 0:
            self.refuse(Code.TIMEOUT, f"{self.name} was called too often.")
        if time.thread_time() - self._started > FORWARD_TIMEOUT_SECONDS:
            late = f"the calls of {self.name} took longer than {FORWARD_TIMEOUT_SECONDS:g} s together"
            answer = Answer(error=Failure("timeout", late, ours=True))
        else:
            answer = self._subject.run(Case("forward", CORE, dict(zip(self._names, inputs, strict=True))))
        return self._read_y(answer)

    def _read_y(self, answer: Answer) -> np.ndarray:
        name = self.name
        if answer.error:
            raise NothingToJudge(Fault(Code(answer.error.kind), answer.error.sentence(), failure=answer.error))
        changed = next((what for what in answer.changed if isinstance(what, Changed)), None)
        if changed:
            self.refuse(Code.MUTATION, f"{name} {changed.describe()}, which belongs to its caller; work on a copy.")
        if not answer.repeatable:
            self.refuse(Code.NONDETERMINISTIC, f"{name} gives another y when it is called again with the same inputs.")
        if not (isinstance(answer.grads, tuple) and len(answer.grads) == 2):
            alone = "y alone" if isinstance(answer.grads, np.ndarray) else "something else"
            self.refuse(Code.STRUCTURE, f"{name} returned {alone}; the pair (y, cache) is needed.")
        y = answer.grads[0]
        if not isinstance(y, np.ndarray) or y.dtype.kind not in "fiub":
            said = f"a {y.type_name}" if isinstance(y, Foreign) else "None" if y is None else "an array of no numbers"
            self.refuse(Code.FORWARD, f"{name} returned {said} for y; an array of numbers is needed.")
        if y.dtype != np.float64:
            self.refuse(Code.DTYPE, f"{name} gives y in {y.dtype}; float64 is needed, as its inputs are.")
        if not y.size:
            self.refuse(Code.SHAPE, f"{name} gives an empty y; at least one number is needed.")
        return y

    def refuse(self, code: Code, sentence: str) -> NoReturn:
        """Raise the fault of this forward."""
        raise NothingToJudge(Fault(code, sentence))

    def ask_first(self, cases: LayerCases) -> list[np.ndarray]:
        """Return y in every case; each must be finite."""
        found = []
        for k, inputs in enumerate(cases.inputs, start=1):
            y = self(*inputs.values())[0]
            if y.size > MAX_Y_NUMBERS:  # in the cases: for differences, points of one input may share a call
                self.refuse(Code.SHAPE, f"{self.name} gives more than {MAX_Y_NUMBERS:,} numbers in y, in case {k}.")
            if not np.isfinite(y).all():
                self.refuse(
                    Code.FORWARD, f"In case {k}, {self.name} gives NaN or infinity; take inputs that it is for."
                )
            found.append(y)
        return found

    def make_oracle(self, cases: tuple[Case, ...], wrt: Mapping[str, str]) -> Oracle:
        """Return what gives the right answers, by differences of this forward."""
        by_differences = Oracle(lambda seed: cases, wrt, reference=self)
        known: dict[bytes, tuple[Case, Expected]] = {}
        matrix = lru_cache(maxsize=None)(lambda key, name: compute_jacobian(self, known[key][0], name))

        def answer(case: Case) -> Expected:
            key = _hash_inputs(tuple(case.inputs.values()))
            try:
                if key in known and _is_clear(known[key][1]):  # another dy, as a diagnosis tries many of them
                    return _multiply(known[key][1], case, {g: matrix(key, name) for g, name in wrt.items()})
                found = _round_to_zero(compute_finite_differences(by_differences, case), case.tolerance)
                found = _leave_out_vague(found, case.tolerance)
                known.setdefault(key, (case, found))
                return found
            except NothingToJudge as stop:
                place = f"Near {case.name}, where differences are taken: "
                raise NothingToJudge(
                    Fault(stop.fault.code, place + stop.fault.sentence, failure=stop.fault.failure)
                ) from None
            except (ValueError, IndexError):
                sentence = f"Near {case.name}, {self.name} gives a y of another shape than in the case itself."
                raise NothingToJudge(Fault(Code.FORWARD, sentence)) from None

        main = next(iter(wrt.values()))
        batched = all(has_samples(case, main) for case in cases)
        return Oracle(
            lambda seed: cases, wrt, by_numpy=answer, quantities=lambda c: list_sizes(c, main) if batched else {}
        )

    def require_same_answer(self, inputs: Mapping[str, Any], before: np.ndarray) -> None:
        """Refuse a forward that now gives another y than before, as one that counts its calls."""
        now = self.ask(tuple(inputs.values()))
        if not (now.shape == before.shape and np.allclose(now, before, rtol=1e-12, atol=0)):
            sentence = f"{self.name} gives another y after more calls: it must compute from its inputs alone."
            self.refuse(Code.NONDETERMINISTIC, sentence)


def _hash_inputs(inputs: tuple[Any, ...]) -> bytes:
    """Return a hash of the inputs of a call: arrays by shape, dtype and numbers."""
    found = hashlib.blake2b(digest_size=16)
    for value in inputs:
        if isinstance(value, np.ndarray):
            found.update(repr((value.shape, value.dtype.str)).encode() + value.tobytes())
        else:
            found.update(repr(value).encode() + b";")
    return found.digest()


def _multiply(known: Expected, case: Case, matrices: Mapping[str, np.ndarray]) -> Expected:
    """Return the answer for another dy, from the matrices of derivatives; known: that of the same inputs."""
    dy = np.asarray(case.dy, np.float64).reshape(-1)
    shapes = {g: gradient.shape for g, gradient in known.grads.items() if gradient is not None}
    grads = {g: (matrix @ dy).reshape(shapes[g]) for g, matrix in matrices.items()}
    size = float(np.abs(dy).max(initial=0.0))
    errors = {g: MATRIX_ERROR_SHARE * size * float(np.abs(m).sum(-1).max(initial=0.0)) for g, m in matrices.items()}
    return Expected(known.y, grads, {}, errors)


def _is_clear(expected: Expected) -> bool:
    """Return whether differences gave every entry, and no gradient that is all 0."""
    return not expected.freedom and all(gradient is None or gradient.any() for gradient in expected.grads.values())


def _round_to_zero(expected: Expected, tolerance: float) -> Expected:
    """Return the answer with a 0 for each gradient of which differences give nothing but rounding.

    So it is with an input that cancels in y, such as a bias whose mean is subtracted. The right gradient is 0 then, and
    is compared like one that differences give as 0.
    """
    grads = dict(expected.grads)
    for name, gradient in expected.grads.items():
        assert gradient is not None
        error = float(np.max(expected.errors.get(name, 0.0), initial=0.0))
        if name not in expected.freedom and np.abs(gradient).max(initial=0.0) <= error <= tolerance:
            grads[name] = np.zeros_like(gradient)
    return Expected(expected.y, grads, expected.freedom, expected.errors)


def _leave_out_vague(expected: Expected, tolerance: float) -> Expected:
    """Return the answer without the entries that differences do not give to the tolerance; nothing is known of them."""
    freedom = dict(expected.freedom)
    for name, gradient in expected.grads.items():
        assert gradient is not None
        errors = np.broadcast_to(expected.errors.get(name, 0.0), gradient.shape)
        vague = errors > tolerance * (float(np.abs(gradient).max(initial=0.0)) or 1.0)
        if vague.any():
            free = freedom.get(name) or Freedom(np.full(gradient.shape, np.nan), np.full(gradient.shape, np.nan))
            low, high = np.where(vague, -np.inf, free.low), np.where(vague, np.inf, free.high)
            freedom[name] = Freedom(low, high)
    return Expected(expected.y, expected.grads, freedom, expected.errors)
