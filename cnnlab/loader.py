"""Find, read and execute learner files; nothing else in the package does.

A folder of learner files is loaded as a package of its own: `from cnnlab.ops.unfold import col2im` inside a file means
the `unfold.py` of the same folder, or where there is none, the one that was handed out. A file is read afresh each time
it is asked for, and executed into the same module object, so what is judged is what is on disk now.
"""

from __future__ import annotations

import builtins
import linecache
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from cnnlab.sourcefile import (
    MAX_QUOTED_CHARS,
    Reading,
    SourceFile,
    Unreadable,
    list_unchanged,
    parse,
    read,
    read_facts,
    split_lines,
)

#: Every learner file as it was handed out.
STUBS = Path(__file__).parent / "course" / "stubs"

#: The folder of learner files, where no other one was chosen.
DEFAULT_FOLDER = Path(__file__).resolve().parent / "ops"

PACKAGE = "cnnlab.ops"

#: The learner files whose functions are handed out with a mistake to repair; until they change, they are unwritten.
TOPICS_TO_REPAIR = frozenset({"hunt"})


@dataclass
class Loaded:
    """A learner file after execution.

    module: None if reading.fault is set.   raised: the type of the exception that executing the file raised, or None.
    """

    reading: Reading
    module: ModuleType | None = None
    raised: type[BaseException] | None = None

    def function(self, name: str) -> Callable | None:
        """Return the function of that name, if there is one."""
        found = getattr(self.module, name, None)
        return found if callable(found) else None


@dataclass
class Folder:
    """A folder of learner files. Files that it lacks are taken from `behind`."""

    path: Path
    behind: Path = STUBS
    _modules: dict[str, ModuleType] = field(default_factory=dict)
    _fresh: set[str] = field(default_factory=set)

    def load(self, topic: str) -> Loaded:
        """Read and execute `topic`.py as it is now, and what it imports from this folder too.

        Any error in the file becomes the reading's fault; only KeyboardInterrupt passes through.
        """
        self._fresh = set()
        path = self.path / f"{topic}.py"
        try:
            source = read(path)
            facts = _read_facts(source)
            if topic in TOPICS_TO_REPAIR:
                facts = replace(facts, unwritten=facts.unwritten | _list_unrepaired(source, topic))
        except Unreadable as error:
            cause = error.__cause__
            line = cause.lineno if isinstance(cause, SyntaxError) else None
            return Loaded(Reading(str(path), fault=str(error), line=line))
        try:
            return Loaded(facts, self._execute(topic, source, _compile(source)))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a file may raise anything at all while it is executed
            return Loaded(replace(facts, **_describe_failure(error, path)), raised=type(error))

    def _execute(self, topic: str, source: SourceFile, code: CodeType) -> ModuleType:
        """Run a file in its module, which stays the same object from one load to the next."""
        module = self._modules.setdefault(topic, ModuleType(f"{PACKAGE}.{topic}"))
        self._fresh.add(topic)
        module.__dict__.clear()
        module.__dict__.update(
            __name__=f"{PACKAGE}.{topic}",
            __package__=PACKAGE,
            __file__=str(source.path),
            __builtins__={**vars(builtins), "__import__": self._import},
        )
        text = source.content.decode("utf-8", "replace")
        linecache.cache[str(source.path)] = (len(text), None, split_lines(text), str(source.path))
        with _register_module(module), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, module.__dict__)
        return module

    def _import(self, name: str, within: Any = None, local: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        """Import as learner files do: cnnlab.ops is their own folder, everything else is imported as usual."""
        package = (within or {}).get("__package__")
        full = f"{PACKAGE}.{name}".rstrip(".") if level == 1 and package == PACKAGE else name
        if full != PACKAGE and not full.startswith(f"{PACKAGE}."):
            return builtins.__import__(name, within, local, fromlist, level)
        topic = full.removeprefix(PACKAGE).removeprefix(".")
        if topic:
            module = self._sibling(topic)
            return module if fromlist else _make_cnnlab({topic: module})
        siblings = {wanted: self._sibling(wanted) for wanted in fromlist or ()}
        return _namespace(PACKAGE, siblings) if fromlist else _make_cnnlab({})

    def _sibling(self, topic: str) -> ModuleType:
        if topic in self._fresh:
            return self._modules[topic]
        own = self.path / f"{topic}.py"
        path = own if own.exists() else self.behind / f"{topic}.py"
        if not (topic.isidentifier() and path.exists()):
            raise ModuleNotFoundError(f"No module named '{PACKAGE}.{topic}'", name=f"{PACKAGE}.{topic}")
        try:
            source = read(path)
            return self._execute(topic, source, _compile(source))
        except Unreadable as error:
            raise ImportError(str(error), path=str(path)) from error


@lru_cache(maxsize=64)
def _read_facts(source: SourceFile) -> Reading:
    """Return the facts that these bytes show without being executed."""
    return read_facts(source, parse(source))


@lru_cache(maxsize=64)
def _list_unrepaired(source: SourceFile, topic: str) -> frozenset[str]:
    """Return the functions of a file to repair that are as they were handed out."""
    handed_out = STUBS / f"{topic}.py"
    if not handed_out.is_file():  # a copy of the course that was released without this file
        return frozenset()
    return list_unchanged(parse(source), parse(read(handed_out)))


@lru_cache(maxsize=64)
def _compile(source: SourceFile) -> CodeType:
    """Return the compiled code of these bytes; each load executes it anew."""
    return compile(parse(source), str(source.path), "exec", dont_inherit=True)


@contextmanager
def _register_module(module: ModuleType) -> Iterator[None]:
    """Let the interpreter know the module while it is executed; dataclasses look their module up by its name."""
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        if before is None:
            del sys.modules[module.__name__]
        else:
            sys.modules[module.__name__] = before


def _make_cnnlab(siblings: dict[str, ModuleType]) -> ModuleType:
    """Return the module that `import cnnlab.ops.unfold` binds: a cnnlab that holds only this ops."""
    return _namespace("cnnlab", {"ops": _namespace(PACKAGE, siblings)})


def _namespace(name: str, content: dict[str, ModuleType]) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(content)
    return module


def _describe_failure(error: BaseException, path: Path) -> dict[str, Any]:
    """Return why executing a file failed, and the line in that file."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    line = frames[-1].lineno if frames else None
    place = f" line {line} ({(frames[-1].line or '')[:MAX_QUOTED_CHARS]})" if frames else ""
    try:
        said = f"{type(error).__name__}: {str(error)[:MAX_QUOTED_CHARS]}" if str(error) else type(error).__name__
    except Exception:
        said = type(error).__name__
    return {"fault": f"{path.name}{place} could not be executed: {said}", "line": line}


_folders: dict[Path, Folder] = {}
_chosen: list[Path] = []


def folder(path: Path | str | None = None) -> Folder:
    """Return the folder at a path, by default the chosen one; each has one set of modules."""
    place = learner_folder() if path is None else Path(path).resolve()  # what was chosen is resolved already
    if place not in _folders:
        _folders[place] = Folder(place)
    return _folders[place]


def choose(path: Path) -> None:
    """Use the learner files of this folder from now on. This is the package's only global state."""
    _chosen[:] = [Path(path).resolve()]


def learner_folder() -> Path:
    """Return the folder that learner files are taken from: the chosen one, or the package's own ops/."""
    return _chosen[0] if _chosen else DEFAULT_FOLDER


def has_stub(topic: str) -> bool:
    """Return whether this copy hands out a learner file; a class gets those to repair with their chapter."""
    return (STUBS / f"{topic}.py").is_file()


@cache
def load_stub_function(topic: str, name: str) -> Callable:
    """Return a function of a learner file as it was handed out, whatever has been written since."""
    loaded = folder(STUBS).load(topic)
    function = loaded.function(name)
    if function is None:
        raise ImportError(loaded.reading.fault or f"{loaded.reading.file} has no function {name}")
    return function
