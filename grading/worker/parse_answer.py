"""Parse a worker's reply into the engine's types. All of it is checked here: behind the wire is a learner's code.

What cannot be an answer becomes a Failure, which scores 0 and says why; nothing that a worker sends raises.
"""

from __future__ import annotations

import builtins
from typing import Any

from cnnlab.escape_text import escape_block
from cnnlab.gradcheck.runner.answer import Answer, Failure, FailureKind, Foreign, Frame, Value
from cnnlab.gradcheck.runner.violations import Raised, Violation, from_wire
from grading.worker.parse_violation import Words, type_name
from grading.worker.sandboxed.limits import MAX_ARGUMENT_CHARS, MAX_FRAMES, MAX_NAME_CHARS, MAX_TEXT_CHARS
from grading.worker.sandboxed.source_check import MAX_FOUND, SENTENCES, Finding
from grading.worker.sandboxed.wire import Message, WireError

#: The names of Python's own exceptions; no other base of one is believed.
_EXCEPTIONS = frozenset(n for n, v in vars(builtins).items() if isinstance(v, type) and issubclass(v, BaseException))


def make_failure(reason: str, kind: FailureKind = "raises") -> Failure:
    """Return the failure of a worker that gave no answer. reason: the judge's own sentence."""
    return Failure(kind, reason, ours=True)


def is_process_failure(failure: Failure | None) -> bool:
    """Return whether a worker ended or broke the protocol; False where it answered, was late, or its code raised."""
    return failure is not None and failure.ours and failure.kind == "raises"


def parse_text(value: Any, longest: int = MAX_TEXT_CHARS) -> str:
    """Return text from a worker, made safe to print and store."""
    return escape_block(value[:longest]) if isinstance(value, str) else ""


def parse_answer(message: Message, seconds: float, words: Words) -> Answer:
    """Return the answer in a reply, or one whose error says which rule the reply breaks.

    seconds: as the judge measured it.   words: what may be said of this exercise.
    `changed`, `repeatable`, `linear` and `borrowed` are what the worker says of itself.
    """
    try:
        return _parse_answer(message, seconds, words)
    except WireError as error:
        return Answer(
            error=make_failure(f"the file's process sent something that is no answer: {error}"), seconds=seconds
        )


def parse_reading(message: Message) -> dict[str, Any]:
    """Return what is known of a loaded file, by the fields of a Reading. Raises WireError for anything else."""
    content = _parse_content(message)
    defined, unwritten = content.get("defined"), content.get("unwritten")
    if not isinstance(defined, dict) or not isinstance(unwritten, list) or len(defined) > 1000 or len(unwritten) > 1000:
        raise WireError("what a file defines is not given by name and line")
    fault = content.get("fault")
    if fault is not None and not isinstance(fault, str):
        raise WireError("a fault that is no sentence")
    return {
        "fault": parse_text(fault).rstrip(".") if fault else None,
        "line": _parse_line(content.get("line")),
        "defined": {parse_text(name, MAX_NAME_CHARS): _parse_line(line) or 0 for name, line in defined.items()},
        "unwritten": frozenset(parse_text(name, MAX_NAME_CHARS) for name in unwritten),
        "arguments": _parse_arguments(content.get("arguments")),
    }


def _parse_arguments(content: Any) -> dict[str, tuple[str, ...]]:
    """Return the names of the arguments of each function, of those that have short ones; they are printed."""
    if not isinstance(content, dict) or len(content) > 1000:
        raise WireError("what functions take is not given by name")
    found = {name: tuple(names) for name, names in content.items() if isinstance(names, list) and len(names) <= 100}
    return {parse_text(name, MAX_NAME_CHARS): names for name, names in found.items() if all(map(_is_argument, names))}


def _is_argument(name: Any) -> bool:
    return isinstance(name, str) and name.isidentifier() and name.isascii() and len(name) <= MAX_ARGUMENT_CHARS


def parse_findings(message: Message) -> list[Finding]:
    """Return what was found in a file's source before it was executed. Raises WireError for anything else."""
    found = _parse_content(message).get("found")
    if not isinstance(found, list):
        raise WireError("what a source holds is not given as a list")
    return [_parse_finding(item) for item in found[:MAX_FOUND]]


def _parse_finding(item: Any) -> Finding:
    fields = [item.get(k) for k in ("code", "line", "name", "exercise")] if isinstance(item, dict) else [None] * 4
    code, line, name, exercise = fields
    if not (isinstance(code, str) and code in SENTENCES and isinstance(name, str) and isinstance(exercise, str)):
        raise WireError("a finding without the fields of one")
    return Finding(code, _parse_line(line) or 0, parse_text(name, MAX_NAME_CHARS), parse_text(exercise, MAX_NAME_CHARS))


def _parse_answer(message: Message, seconds: float, words: Words) -> Answer:
    content = _parse_content(message)
    error = content.get("error")
    if error is not None:
        return Answer(_parse_value(content.get("y"), message), error=_parse_failure(error, words), seconds=seconds)
    changed, repeatable, linear = (content.get(k) for k in ("changed", "repeatable", "linear"))
    if not (isinstance(changed, list) and isinstance(repeatable, bool) and isinstance(linear, bool)):
        raise WireError("it does not say what was changed")
    violations = tuple(dict.fromkeys(words.restrict_change(_parse_violation(v)) for v in changed[:100]))
    borrowed = content.get("borrowed")
    borrowed = None if borrowed is None else words.restrict_borrowed(_parse_violation(borrowed))
    y, grads = _parse_value(content.get("y"), message), _parse_grads(content.get("grads"), message)
    return Answer(y, grads, violations, None, seconds, repeatable, borrowed, linear)


def _parse_content(message: Message) -> dict:
    if not isinstance(message.content, dict):
        raise WireError("its content is not a table")
    return message.content


def _parse_grads(content: Any, message: Message) -> Value | tuple[Value, ...]:
    if isinstance(content, dict) and list(content) == ["tuple"] and isinstance(content["tuple"], list):
        return tuple(_parse_value(v, message) for v in content["tuple"][:100])
    return _parse_value(content, message)


def _parse_value(content: Any, message: Message) -> Value:
    """Return an array, None, or the name of a type."""
    if content is None:
        return None
    if isinstance(content, dict) and len(content) == 1:
        [(kind, inner)] = content.items()
        if kind == "array" and type(inner) is int and 0 <= inner < len(message.arrays):
            return message.arrays[inner]  # not a copy: a reply may name one array a hundred times
        if kind == "foreign" and isinstance(inner, str):
            return Foreign(type_name(inner))
    raise WireError("a value that is neither an array nor None")


def _parse_failure(content: Any, words: Words) -> Failure:
    frames = content.get("frames") if isinstance(content, dict) else None
    if not isinstance(frames, list):
        raise WireError("an error without the lines that led to it")
    cause = _parse_violation(content.get("cause"))
    if isinstance(cause, Raised):  # nothing of it may move a cursor or end a page; a public report leaves it out
        cause = Raised(
            parse_text(cause.type_name, MAX_NAME_CHARS) or "an exception without a name",
            parse_text(cause.message),
            tuple(name for name in cause.bases if name in _EXCEPTIONS),
        )
    else:
        cause = words.restrict_cause(cause)
    frames = tuple(found for f in frames[-MAX_FRAMES:] if (found := _parse_frame(f, words)))
    return Failure.from_cause(cause, frames)


def _parse_violation(content: Any) -> Violation:
    try:
        return from_wire(content)
    except ValueError as error:
        raise WireError(str(error)) from None


def _parse_frame(content: Any, words: Words) -> Frame | None:
    if not isinstance(content, dict):
        raise WireError("a frame of a traceback that is no table")
    file, function = (
        parse_text(content.get("file"), 4 * MAX_NAME_CHARS),
        parse_text(content.get("function"), MAX_NAME_CHARS),
    )
    return words.frame(file, _parse_line(content.get("line")) or 0, function)


def _parse_line(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 10**7 else None
