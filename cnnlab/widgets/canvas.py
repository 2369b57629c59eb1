"""Show a scene on the page: an anywidget that draws in the browser and shares its state with Python."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from cnnlab.picture import Picture
from cnnlab.widgets.scene import Ask, Choice, Play, Scene, Slider

HERE = Path(__file__).parent


class Canvas(anywidget.AnyWidget):
    """The widget of a scene: each field of the scene is an attribute, which Python and the page may both set."""

    _css = (HERE / "canvas.css").read_text(encoding="utf-8")
    _names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _controls = traitlets.List(traitlets.Dict()).tag(sync=True)
    _label = traitlets.Unicode().tag(sync=True)
    _keys = traitlets.Unicode().tag(sync=True)
    data = traitlets.Dict().tag(sync=True)

    scene_type: type[Scene]

    def __init__(self, scene: Scene):
        scene = scene.settle()
        super().__init__(
            **scene.state(),
            data=scene.data(),
            _names=list(scene.state()),
            _controls=[control.description() for control in scene.CONTROLS],
            _label=scene.LABEL,
            _keys=scene.KEYS,
        )

    @property
    def scene(self) -> Scene:
        """Return the state as it is now."""
        return self.scene_type(**{name: getattr(self, name) for name in self._names}).settle()

    @property
    def caption(self) -> str:
        """Return a description of the picture."""
        return self.scene.caption()

    def still(self) -> Picture:
        """Return the picture as it is now, drawn once."""
        return self.scene.still()

    def __repr__(self) -> str:
        return f"{self._label} {self.caption}"


@cache
def widget_of(kind: type[Scene]) -> type[Canvas]:
    """Return the class of a scene's widget."""
    controls = {c.name: c for c in kind.CONTROLS if not isinstance(c, (Play, Ask))}
    names = list(kind.__dataclass_fields__)
    attributes: dict[str, Any] = {name: _trait(controls.get(name), name, kind).tag(sync=True) for name in names}
    own = {"scene_type": kind, "_esm": join_modules(kind.MODULE)}
    if kind.STYLE:
        own["_css"] = Canvas._css + (HERE / kind.STYLE).read_text(encoding="utf-8")
    return type(f"{kind.__name__}Canvas", (Canvas,), {**attributes, **own})


def _trait(control: Slider | Choice | None, name: str, kind: type[Scene]) -> traitlets.TraitType:
    if isinstance(control, Slider):
        return traitlets.Int(min=control.least, max=control.most)
    if isinstance(control, Choice):
        return traitlets.Enum(control.options)
    default = kind.__dataclass_fields__[name].default
    return traitlets.Int() if isinstance(default, int) else traitlets.Any()


_IMPORT = re.compile(r'(?ms)^import \{([^}]*)\} from "\./(\w+\.js)";\n')
_EXPORT = re.compile(r"(?m)^export (?:const|function) (?:(\w+)|\[([^\]]*)\])")
_EXPORTED = re.compile(r"(?ms)^export \{([^}]*)\};\n")


def join_modules(module: str) -> str:
    """Join a scene's module and those that it imports, since a widget is one ES module; each also works separately.

    An imported module becomes a function's value, so that its own names do not meet those of the others.
    """
    joined: dict[str, str] = {}

    def inline(name: str) -> str:
        def fetch(found: re.Match[str]) -> str:
            names, other = found.groups()
            if other not in joined:
                joined[other] = _wrap_module(inline(other), other)
            return f"const {{{names}}} = {_variable(other)};\n"

        return _IMPORT.sub(fetch, (HERE / name).read_text(encoding="utf-8"))

    scene = inline(module)
    return "".join(joined.values()) + scene


def _variable(name: str) -> str:
    return f"module_{name.removesuffix('.js')}"


def _wrap_module(text: str, name: str) -> str:
    names = [n for one, several in _EXPORT.findall(text) for n in (one or several).split(",")]
    names += [n for several in _EXPORTED.findall(text) for n in several.split(",")]
    body = re.sub(r"(?m)^export (?=const|function)", "", _EXPORTED.sub("", text))
    return f"const {_variable(name)} = (() => {{\n{body}return {{ {', '.join(n.strip() for n in names)} }};\n}})();\n"
