"""The result of a check, as plain data. The renderers format it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnnlab.gradcheck.case import Stage
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.example import Cause, Example
from cnnlab.gradcheck.exercise_place import FunctionLine, GearTrain
from cnnlab.gradcheck.runner.answer import Failure
from cnnlab.gradcheck.wording import HIDDEN

if TYPE_CHECKING:
    from cnnlab.gradcheck.diagnosis.locate.located import Located


@dataclass(frozen=True)
class Source:
    """The file that was judged: its path, the SHA-256 of its bytes, and when it was saved (ISO 8601, local time)."""

    file: str
    sha256: str
    saved: str


#: Of a gradient: "core" where every core case passes and some general case does not.
GradientVerdict = Literal["pass", "core", "fail", "not judged"]
CaseVerdict = Literal["pass", "fail", "left out"]


@dataclass(frozen=True)
class GradientResult:
    """One gradient over all its cases.

    verdict: see GradientVerdict.
    shape and errors: of the case shown, which is the first that fails, or the one with the largest error.
    error_map: |error| there, 0 where it is right, the largest over all axes but the last two.
    version: whether it is a wrong version of a gradient, which passes if a case rejects it.
    """

    name: str
    verdict: GradientVerdict
    shape: tuple[int, ...] | None = None
    case: str | None = None
    max_abs_error: float | None = None
    relative_error: float | None = None
    worst_index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    error_map: np.ndarray | None = None
    version: bool = False

    @property
    def core(self) -> bool:
        return self.verdict in ("pass", "core")

    @property
    def passed(self) -> bool:
        return self.verdict == "pass"


@dataclass(frozen=True)
class CaseResult:
    """One case. note: why it fails or is left out."""

    name: str
    stage: Stage
    varies: tuple[str, ...]
    verdict: CaseVerdict
    note: str = ""
    part: str = ""


#: What a graded report says of a sentence from which a number was left out.
HIDDEN_NOTE = f"“{HIDDEN}” stands for a number that a graded report leaves out; a check at home names such numbers."


def _hide_numbers(cause: Cause) -> Cause:
    """Return a cause as a graded report shows it."""
    sentence, detail = cause.public_sentence or cause.sentence, cause.public_detail or cause.detail
    return replace(cause, sentence=sentence, detail=detail, public_sentence="", public_detail="")


@dataclass(frozen=True)
class Report:
    """The result of one check. As text it is what the command line prints; a notebook shows it with pictures.

    Attributes:
        name: The exercise or op.
        score: 0 to 1.
        gradients: The result of each gradient, by name.
        cases: The cases in the order they were judged.
        pattern: Which cases fail, in words.
        diagnosis: Why, in one sentence; only where it was verified on the numbers of the code that was judged.
        diagnosis_code: Its code, one of those in docs/codes.md.
        diagnosis_detail: Its short form.
        failure: The exception, with its frames, where there is no answer.
        skipped: The entries left out, counted by reason.
        source: The file that was judged.
        where: The place in the course.
        stage: "core" when only core cases were asked for, else None.
        judge: "PyTorch", "finite differences" or "NumPy".
        seed: The seed for the random numbers.
        seconds: How long the check took, in seconds.
        parts: One report per exercise, where several were checked.
        worth: The weight of the score among the parts of a report.
        of: What `gradients` holds, "gradient", "value", the "mistake" that a hunt exposes, or of a "layer" of one's own
            its gradients and the wrong versions of them.
        hints: Given on request, and so in no text and no dict.
        example: The smallest failing case in full, or None where nothing fails.
        causes: Why the cases fail, the most frequent cause first, core before general.
        line: The line at which the function stands, or that of waits_for.
        waits_for: The function that has to be written before this one can be judged, or "".
        gears: The gears of the course's network, where the exercise is one of them and passes.
        tried: The shapes and options that were the only ones tried, of an op that is not the course's.
        located: The line of the mistake, where locate found it in the same source.
        locate: How to look for that line; what the button of a notebook calls, or None where it cannot.
        notes: Sentences that follow the verdict, also of a pass.
        search_stopped: The gradients without a cause for which the search was stopped, since it took too long.

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import gradcheck
        >>> report = gradcheck(lambda x: x**2, lambda dy, x: x * dy, np.array([1.0, -2.0, 3.0]))
        >>> report.passed, report.diagnosis_code.value, report.gradients["dx"].verdict
        (False, 'scale', 'fail')"""

    name: str
    score: float
    gradients: Mapping[str, GradientResult] = field(default_factory=dict)
    cases: tuple[CaseResult, ...] = ()
    pattern: str | None = None
    diagnosis: str | None = None
    diagnosis_code: Code | None = None
    diagnosis_detail: str | None = None
    failure: Failure | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)
    source: Source | None = None
    where: str | None = None
    stage: Stage | None = None
    judge: str = ""
    seed: int | None = None
    seconds: float = 0.0
    parts: tuple[Report, ...] = ()
    worth: float = 1.0
    of: str = "gradient"
    hints: tuple[str, ...] = ()
    example: Example | None = None
    causes: tuple[Cause, ...] = ()
    line: FunctionLine | None = None
    waits_for: str = ""
    gears: GearTrain | None = None
    tried: str | None = None
    located: Located | None = None
    locate: Callable[[], Located | None] | None = field(default=None, repr=False, compare=False)
    notes: tuple[str, ...] = ()
    search_stopped: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether every case that was asked for passes; where none was judged, nothing passed."""
        if self.parts:
            return all(part.passed for part in self.parts)
        return self._every("pass")

    @property
    def core(self) -> bool:
        """Return whether every core case passes."""
        if self.parts:
            return all(part.core for part in self.parts)
        return self._every("pass", "core") and any(c.stage == "core" and c.verdict == "pass" for c in self.cases)

    def _every(self, *verdicts: GradientVerdict) -> bool:
        judged = [g for g in self.gradients.values() if not g.version or "core" not in verdicts]
        return bool(judged) and all(g.verdict in verdicts for g in judged)

    def points(self, worth: float) -> float:
        """Return the score as points; in a notebook this shows the report too.

        Args:
            worth: The points of a right answer, from 0 up.

        Returns:
            A plain float from 0 to `worth`.

        Raises:
            ValueError: worth is no such number."""
        if not (isinstance(worth, Real) and 0 <= worth < math.inf):
            raise ValueError(f"points takes what the exercise is worth, a number from 0 up; found {worth!r}")
        from cnnlab.gradcheck.render import show

        show(self)
        return round(self.score * float(worth), 10)

    def public(self, example: Example | None = None) -> Report:
        """Return the report without the seed and every number drawn from it: what students see of a graded run.

        An exception keeps its type and its lines; its message is left out, since a file could put its input there. A
        number of a case in a sentence, or one that a file can choose, is shown as "…". The time is left out too.

        Args:
            example: An example that holds no such number, made with the public seed, to take the place of this one.

        Returns:
            The report as students may see it."""
        failure, diagnosis = self.failure, self.diagnosis
        if failure and failure.kind == "raises" and not failure.ours:
            failure = failure.hide_message()
            if not (self.causes and self.causes[0].public_sentence):
                diagnosis = failure.sentence()
        own = self.of == "layer"  # its shapes come from the learner's file, which could put a number into one
        gradients = {
            name: GradientResult(name, g.verdict, None if own else g.shape, g.case, version=g.version)
            for name, g in self.gradients.items()
        }
        parts = tuple(part.public() for part in self.parts)
        for mine, public in zip(self.parts, parts, strict=True):
            diagnosis = public.diagnosis if diagnosis == mine.diagnosis else diagnosis
        raised = {self.diagnosis: diagnosis}
        causes = tuple(
            replace(c, sentence=raised.get(c.sentence) or "An exception is raised.") if c.code == Code.RAISES else c
            for c in map(_hide_numbers, self.causes)
        )
        detail, notes = self.diagnosis_detail, self.notes
        for mine, public in zip(self.causes, causes, strict=True):
            if mine.public_sentence:
                diagnosis = diagnosis and diagnosis.replace(mine.sentence, public.sentence)
                notes = (*self.notes, HIDDEN_NOTE) if mine.leaves_out_numbers else notes
            detail = public.detail if detail == mine.detail else detail
        return replace(
            self,
            gradients=gradients,
            diagnosis=diagnosis,
            diagnosis_detail=detail,
            failure=failure,
            causes=causes,
            seed=None,
            seconds=0.0,  # a file can wait as long as it likes
            parts=parts,
            hints=(),
            example=example,
            line=self.line and replace(self.line, address=""),
            located=None,
            locate=None,
            notes=notes,
        )

    def to_dict(self, public: bool = False) -> dict[str, Any]:
        """Return the report as plain JSON values.

        Args:
            public: Whether to leave out what students may not see, as `public` does.

        Returns:
            A dict of dicts, lists, texts, numbers, booleans and None."""
        from cnnlab.gradcheck.render.plain import to_dict

        return to_dict(self.public() if public else self)

    def to_json(self, public: bool = False) -> str:
        """Return the report as JSON text.

        Args:
            public: Whether to leave out what students may not see, as `public` does.

        Returns:
            One JSON object."""
        return json.dumps(self.to_dict(public), ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        from cnnlab.gradcheck.render.text import to_text

        return to_text(self)

    def __repr__(self) -> str:
        return str(self)

    def _ipython_display_(self) -> None:
        """Show the report with the button that looks for the line, in a notebook that can show buttons."""
        from cnnlab.gradcheck.render.where_button import show_with_button

        if not show_with_button(self):
            raise NotImplementedError  # which IPython takes for: there is no such method

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        from cnnlab.gradcheck.render.html import to_html

        return {"text/plain": str(self), "text/html": to_html(self)}
