"""What a worker says, as the engine's types. Every word of it is checked here: behind the wire is a learner's code.

What cannot be an answer becomes a Failure, which scores 0 and says why; nothing that a worker sends raises.
"""

from __future__ import annotations

from typing import Any

from cnnlab.escape_text import escape_block
from cnnlab.gradcheck.runner.answer import Answer, Failure, FailureKind, Foreign, Frame, Value
from cnnlab.gradcheck.runner.violations import Raised, Violation, from_wire
from grading.worker.parse_violation import Words, type_name
from grading.worker.sandboxed.limits import FRAMES, NAME, TEXT
from grading.worker.sandboxed.source_check import MAX_FOUND, SENTENCES, Finding
from grading.worker.sandboxed.wire import Message, WireError


def failure(reason: str, kind: FailureKind = "raises") -> Failure:
    """A worker that gave no answer: why, in the judge's words."""
    return Failure(kind, reason, ours=True)


def text(value: Any, longest: int = TEXT) -> str:
    """A worker's words, made safe to print and store."""
    return escape_block(value[:longest]) if isinstance(value, str) else ""


def answer(message: Message, seconds: float, words: Words) -> Answer:
    """The answer in a reply, or one whose error says which rule the reply breaks.

    seconds: as the judge measured it.   words: what may be said of this exercise.
    `changed`, `repeatable`, `linear` and `borrowed` are what the worker says of itself.
    """
    try:
        return _answer(message, seconds, words)
    except WireError as error:
        return Answer(error=failure(f"the file's process sent something that is no answer: {error}"), seconds=seconds)


def reading_facts(message: Message) -> dict[str, Any]:
    """fault, line, defined and unwritten of a loaded file. Raises WireError for anything else."""
    content = _content(message)
    defined, unwritten = content.get("defined"), content.get("unwritten")
    if not isinstance(defined, dict) or not isinstance(unwritten, list) or len(defined) > 1000 or len(unwritten) > 1000:
        raise WireError("what a file defines is not told by name and line")
    fault = content.get("fault")
    if fault is not None and not isinstance(fault, str):
        raise WireError("a fault that is no sentence")
    return {
        "fault": text(fault).rstrip(".") if fault else None,
        "line": _line(content.get("line")),
        "defined": {text(name, NAME): _line(line) or 0 for name, line in defined.items()},
        "unwritten": frozenset(text(name, NAME) for name in unwritten),
    }


def source_findings(message: Message) -> list[Finding]:
    """What was found in a file's source before it was executed. Raises WireError for anything else."""
    found = _content(message).get("found")
    if not isinstance(found, list):
        raise WireError("what a source holds is not told as a list")
    return [_finding(item) for item in found[:MAX_FOUND]]


def _finding(item: Any) -> Finding:
    fields = [item.get(k) for k in ("code", "line", "name", "exercise")] if isinstance(item, dict) else [None] * 4
    code, line, name, exercise = fields
    if not (isinstance(code, str) and code in SENTENCES and isinstance(name, str) and isinstance(exercise, str)):
        raise WireError("a finding in a source that is none")
    return Finding(code, _line(line) or 0, text(name, NAME), text(exercise, NAME))


def _answer(message: Message, seconds: float, words: Words) -> Answer:
    content = _content(message)
    error = content.get("error")
    if error is not None:
        return Answer(_value(content.get("y"), message), error=_failure(error, words), seconds=seconds)
    changed, repeatable, linear = (content.get(k) for k in ("changed", "repeatable", "linear"))
    if not (isinstance(changed, list) and isinstance(repeatable, bool) and isinstance(linear, bool)):
        raise WireError("it does not say what was changed")
    told = tuple(dict.fromkeys(words.restrict_change(_violation(v)) for v in changed[:100]))
    borrowed = content.get("borrowed")
    borrowed = None if borrowed is None else words.restrict_borrowed(_violation(borrowed))
    y, grads = _value(content.get("y"), message), _grads(content.get("grads"), message)
    return Answer(y, grads, told, None, seconds, repeatable, borrowed, linear)


def _content(message: Message) -> dict:
    if not isinstance(message.content, dict):
        raise WireError("its content is not a table")
    return message.content


def _grads(content: Any, message: Message) -> Value | tuple[Value, ...]:
    if isinstance(content, dict) and list(content) == ["tuple"] and isinstance(content["tuple"], list):
        return tuple(_value(v, message) for v in content["tuple"][:100])
    return _value(content, message)


def _value(content: Any, message: Message) -> Value:
    """An array, None, or the name of a type."""
    if content is None:
        return None
    if isinstance(content, dict) and len(content) == 1:
        [(kind, inner)] = content.items()
        if kind == "array" and type(inner) is int and 0 <= inner < len(message.arrays):
            return message.arrays[inner]  # not a copy: a reply may name one array a hundred times
        if kind == "foreign" and isinstance(inner, str):
            return Foreign(type_name(inner))
    raise WireError("a value that is neither an array nor None")


def _failure(content: Any, words: Words) -> Failure:
    frames = content.get("frames") if isinstance(content, dict) else None
    if not isinstance(frames, list):
        raise WireError("an error without the lines that led to it")
    cause = _violation(content.get("cause"))
    if isinstance(cause, Raised):  # nothing of it may move a cursor or end a page; a public report leaves it out
        cause = Raised(text(cause.type_name, NAME) or "an exception without a name", text(cause.message))
    else:
        cause = words.restrict_cause(cause)
    told = tuple(found for f in frames[-FRAMES:] if (found := _frame(f, words)))
    return Failure.from_cause(cause, told)


def _violation(content: Any) -> Violation:
    try:
        return from_wire(content)
    except ValueError as error:
        raise WireError(str(error)) from None


def _frame(content: Any, words: Words) -> Frame | None:
    if not isinstance(content, dict):
        raise WireError("a traceback that is none")
    file, function = text(content.get("file"), 4 * NAME), text(content.get("function"), NAME)
    return words.frame(file, _line(content.get("line")) or 0, function)


def _line(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 10**7 else None
