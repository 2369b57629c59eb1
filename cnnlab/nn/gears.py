"""Choose where each gradient comes from: the learner's function once it is written, and PyTorch until then.

What a network trains with is what `check` judges: the files of the chosen folder, by the same loader.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.course.exercise import Exercise
from cnnlab.course.learner_folder import show_path
from cnnlab.course.passes import has_passed
from cnnlab.errors import CnnlabError, UnusableFile, WrongType, WrongValue
from cnnlab.gradcheck.reference import pytorch
from cnnlab.loader import Loaded

#: The three states of a gear.
CHECKED, UNCHECKED, PYTORCH = "yours and checked", "yours, unchecked", "PyTorch's"

#: How long the files are taken to be unchanged, in seconds.
FILES_UNCHANGED_SECONDS = 0.5


class NoGear(CnnlabError, RuntimeError):
    """A gradient cannot be computed: its function is unwritten, and PyTorch is not installed."""


@dataclass
class _Shelf:
    """The loaded files of one folder, the functions found in them, and when the folder was looked at.

    functions: of each function that was asked for, the learner's, or None for an exercise that is unwritten.
    """

    looked: float = float("-inf")
    stamp: tuple | None = None
    files: dict[str, Loaded] = field(default_factory=dict)
    functions: dict[str, Callable | None] = field(default_factory=dict)


_shelves: dict[Path, _Shelf] = {}


def _current_shelf() -> _Shelf:
    """Return the shelf of the chosen folder, empty again when anything in the folder has changed."""
    place, now = loader.learner_folder(), time.monotonic()
    shelf = _shelves.get(place) or _shelves.setdefault(place, _Shelf())
    if now - shelf.looked > FILES_UNCHANGED_SECONDS:
        stamp = tuple(sorted((p.name, (s := p.stat()).st_mtime_ns, s.st_size) for p in place.glob("*.py")))
        if stamp != shelf.stamp:
            shelf.files, shelf.functions, shelf.stamp = {}, {}, stamp
        shelf.looked = now
    return shelf


def load_topic(topic: str) -> Loaded:
    """Return a learner file of the chosen folder, executed again when anything in the folder has changed.

    Raises ImportError for a file that cannot be read or executed.
    """
    files = _current_shelf().files
    if topic not in files:
        folder = loader.folder()
        own = (folder.path / f"{topic}.py").exists()
        files[topic] = folder.load(topic) if own else loader.folder(loader.STUBS).load(topic)
    found = files[topic]
    if found.reading.fault:
        raise UnusableFile(f"{show_path(found.reading.file)}: {found.reading.fault}")
    return found


def look_again() -> None:
    """Read every file again: for tests, and for a board that is asked for right after a file was saved."""
    for shelf in _shelves.values():
        shelf.looked = float("-inf")


_exchanged: dict[str, Callable] = {}


@contextmanager
def exchange_gears(functions: Mapping[str, Callable]) -> Iterator[None]:
    """Run networks on other functions in place of some gears, as long as the block lasts.

    Args:
        functions: By the name of the exercise whose gear each takes the place of, such as "relu_backward".

    Returns:
        A context manager.

    Raises:
        LookupError: There is no exercise of that name.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> layer = nn.ReLU()
        >>> with nn.exchange_gears({"relu_backward": lambda dy, cache: 2 * dy}):
        ...     y = layer(np.ones(2))
        ...     print(layer.backward(np.ones(2)))
        [2. 2.]
    """
    before = dict(_exchanged)
    _exchanged.update({catalogue.exercise(name).name: function for name, function in functions.items()})
    try:
        yield
    finally:
        _exchanged.clear()
        _exchanged.update(before)


def is_written(exercise: Exercise) -> bool:
    """Return whether the learner has written the exercise, by the text of the file."""
    if exercise.name in _exchanged:
        return True
    reading = load_topic(exercise.topic).reading
    return exercise.name in reading.defined and exercise.name not in reading.unwritten


def learner_function(topic: str, name: str) -> Callable:
    """Return a function of the learner's file: an exercise that is written, or a forward pass that was given."""
    file = load_topic(topic)
    function = file.function(name)
    if function is None:
        raise UnusableFile(f"{show_path(file.reading.file)} has no function {name}")
    return function


def written_function(exercise: Exercise) -> Callable | None:
    """Return the learner's function, or None while the exercise is unwritten."""
    if exercise.name in _exchanged:
        return _exchanged[exercise.name]
    functions = _current_shelf().functions
    if exercise.name not in functions:
        function = learner_function(exercise.topic, exercise.name) if is_written(exercise) else None
        functions[exercise.name] = function
    return functions[exercise.name]


def given_forward(name: str) -> Callable:
    """Return the forward pass of an op in the learner's file.

    A file that was handed out before an optional op existed does not have it; the one that is handed out now is used.
    """
    op, forward = operation(name), f"{name}_forward"
    functions = _current_shelf().functions
    function = functions.get(forward)
    if function is None:
        missing_here = forward not in load_topic(op.topic).reading.defined and all(e.optional for e in op.exercises)
        handed_out = loader.load_stub_function if missing_here else learner_function
        function = functions[forward] = handed_out(op.topic, forward)
    return function


def state(exercise: Exercise) -> str:
    """Return CHECKED, UNCHECKED or PYTORCH."""
    if not is_written(exercise) or first_to_write(exercise.op):
        return PYTORCH
    return CHECKED if has_passed(exercise.name, loader.learner_folder(), exercise.topic) else UNCHECKED


def first_to_write(op: str) -> Exercise | None:
    """Return the unwritten exercise that an op's given forward calls, or None: most forwards call none."""
    needs = operation(op).exercises[0].needs
    if not needs:
        return None
    needed = catalogue.exercise(needs)
    return None if is_written(needed) else needed


def place(exercise: Exercise) -> Path:
    """Return the file in which an exercise is written."""
    return loader.folder().path / f"{exercise.topic}.py"


def missing(exercise: Exercise) -> NoGear:
    """Return the message for an unwritten exercise when PyTorch is not installed."""
    chapter = int(exercise.chapter[2:])
    return NoGear(
        f"{exercise.name} is not written yet: write it in {show_path(place(exercise))} (chapter {chapter}), "
        "or install PyTorch (pip install torch), whose gradient is then used instead"
    )


@cache
def operation(name: str):
    """Return an op of the catalogue, by name."""
    return catalogue.operation(name)


class Op:
    """One use of an op in a network: a forward pass that remembers, and a backward pass made of gears."""

    def __init__(self, name: str):
        self.name = name
        self._inputs: dict[str, Any] | None = None
        self._options: Mapping[str, Any] = {}
        self._cache: Any = None
        self._borrowed = False  # whether the forward pass was PyTorch's

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """Return the exercises whose functions are this op's gears."""
        return operation(self.name).exercises

    def forward(self, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
        """Compute y with the learner file's forward. inputs: by the names of the op's arguments, in order."""
        self._inputs = None  # until this one is through, there is nothing to go back over
        needed = first_to_write(self.name)
        self._borrowed = needed is not None
        if needed is None:
            forward = given_forward(self.name)
            y, self._cache = forward(*inputs.values(), **options)
        else:
            y, _ = self._call_pytorch(needed, inputs, options, None)
        self._inputs, self._options = dict(inputs), dict(options)
        return y

    def backward(self, dy: Any, skip: frozenset[str] = frozenset()) -> dict[str, np.ndarray | None]:
        """Return every gradient by name, each from its own gear. skip: gradients that are not needed."""
        if self._inputs is None:
            raise RuntimeError(f"{self.name}: backward was called before forward")
        found: dict[str, np.ndarray | None] = {}
        borrowed: dict[str, np.ndarray | None] = {}
        for exercise in self.exercises:
            names = exercise.problem.gradients
            if skip.issuperset(names):
                continue
            function = None if self._borrowed else written_function(exercise)
            if function is not None:
                found |= self._run_learner_backward(exercise, function, dy)
            else:
                borrowed = borrowed or self._call_pytorch(exercise, self._inputs, self._options, dy)[1]
                found |= {name: borrowed[name] for name in names}
        wrt = operation(self.name).exercises[0].problem.oracle.wrt
        return {n: None if g is None else g.astype(self._inputs[wrt[n]].dtype, copy=False) for n, g in found.items()}

    def _run_learner_backward(self, exercise: Exercise, function: Callable, dy: Any) -> dict[str, np.ndarray | None]:
        call, inputs = exercise.problem.call, self._inputs
        assert inputs is not None
        keywords = self._options if call.options else {}
        returned = function(*[self._argument(name, dy) for name in call.arguments], **keywords)
        names = exercise.problem.gradients
        values = (returned,) if len(names) == 1 else returned
        if not isinstance(values, (tuple, list)) or len(values) != len(names):
            needed = ", ".join(names)
            raise WrongValue(f"{call.function} returned {kind(returned)}; {needed} is needed")
        wrt = exercise.problem.oracle.wrt
        return {n: _fitting(call.function, n, v, inputs[wrt[n]]) for n, v in zip(names, values, strict=True)}

    def _argument(self, name: str, dy: Any) -> Any:
        """Return what a backward pass is given by that name: dy, cache, an input, or an input's shape."""
        if name == "dy":
            return dy
        if name == "cache":
            return self._cache
        assert self._inputs is not None
        return self._inputs[name] if name in self._inputs else self._inputs[name.removesuffix("_shape")].shape

    def _call_pytorch(self, needed: Exercise, inputs: Mapping[str, Any], options: Mapping[str, Any], dy: Any):
        """Return y and every gradient by name. needed: the exercise to write if PyTorch is not installed."""
        if not pytorch.is_available():
            raise missing(needed)
        pair = operation(self.name).pair
        assert pair is not None
        vjp = pair.oracle.by_pytorch
        assert isinstance(vjp, pytorch.VJP)
        floats = [v.dtype for v in inputs.values() if isinstance(v, np.ndarray) and v.dtype.kind == "f"]
        return vjp.run(inputs, options, dy, str(np.result_type(*floats)))


def _fitting(function: str, name: str, value: Any, wanted: Any) -> np.ndarray | None:
    """Return a gradient of the right shape, or raise an error that describes it."""
    if wanted is None:
        return None
    if not isinstance(value, np.ndarray) or value.shape != wanted.shape:
        raise WrongValue(f"{function} gave {kind(value)} for {name}; an array of shape {wanted.shape} is needed")
    if value.dtype.kind != "f":
        raise WrongType(f"{function} gave numbers of {value.dtype} for {name}; floating-point numbers are needed")
    return value


def kind(value: Any) -> str:
    """Describe what a function returned."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"a {type(value).__name__}"
