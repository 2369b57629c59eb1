"""A report as values that JSON can hold: no NaN, no infinity, no NumPy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cnnlab.gradcheck.example import Example
    from cnnlab.gradcheck.report import Report


def to_dict(report: Report) -> dict[str, Any]:
    """Return every fact of a report, by name."""
    return {
        "name": report.name,
        "passed": report.passed,
        "core": report.core,
        "score": report.score,
        "gradients": {name: plain(vars(g)) for name, g in report.gradients.items()},
        "cases": [plain(vars(c)) for c in report.cases],
        "pattern": report.pattern,
        "diagnosis": report.diagnosis,
        "diagnosis_code": plain(report.diagnosis_code),
        "diagnosis_detail": report.diagnosis_detail,
        "failure": plain(report.failure),
        "skipped": dict(report.skipped),
        "source": plain(report.source),
        "where": report.where,
        "line": plain(report.line),
        "stage": report.stage,
        "judge": report.judge,
        "seed": report.seed,
        "seconds": round(report.seconds, 4),
        "parts": [to_dict(part) for part in report.parts],
        "example": _example_to_dict(report.example) if report.example else None,
        "notes": list(report.notes),
        "search_stopped": list(report.search_stopped),
        "causes": [plain(cause) for cause in report.causes],
    }


def _example_to_dict(example: Example) -> dict[str, Any]:
    """Return an example by field; an array whose shape or kind a nested list would lose is a dict of its own."""
    shown = {f.name: getattr(example, f.name) for f in fields(example)}
    arrays = {"inputs": dict(example.inputs), "options": dict(example.options), "dy": example.dy}
    results = {"got": example.got, "expected": example.expected}
    return {**plain(shown), **{name: _describe_arrays(value) for name, value in (arrays | results).items()}}


def _describe_arrays(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _describe_arrays(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_describe_arrays(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        told = value.size and (value.dtype in (np.float64, np.bool_) or value.dtype.kind == "i")
        return plain(value) if told else {"shape": list(value.shape), "dtype": str(value.dtype), "values": plain(value)}
    return plain(value)


def plain(value: Any) -> Any:
    """Return a value as JSON has it; a number that JSON has not ("nan", "inf") becomes a string."""
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, complex):
        return str(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if not f.metadata.get("internal")}
    return value
