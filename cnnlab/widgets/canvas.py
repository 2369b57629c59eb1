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
    own = {"scene_type": kind, "_esm": join_modules(kind.MODULE, kind.PARTS)}
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


def join_modules(module: str, parts: tuple[str, ...] = ()) -> str:
    """Join canvas.js, a scene's parts and its module, since a widget is one ES module; each also works separately."""
    base = re.sub(r"(?m)^export (?=const|function)", "", (HERE / "canvas.js").read_text(encoding="utf-8"))
    return base + "".join(map(_enclose, parts)) + _read_without_imports(module)


def _enclose(part: str) -> str:
    """Return a part of a scene as a function called once, so that its own names meet no others."""
    code = _read_without_imports(part)
    names = re.findall(r"(?m)^export (?:const|function) (\w+)", code)
    code = re.sub(r"(?m)^export (?=const|function)", "", code)
    return f"const {{ {', '.join(names)} }} = (() => {{\n{code}\nreturn {{ {', '.join(names)} }};\n}})();\n"


def _read_without_imports(module: str) -> str:
    code = (HERE / module).read_text(encoding="utf-8")
    return re.sub(r'(?ms)^import \{[^}]*\} from "\./\w+\.js";$', "", code)
