"""Scene: the state of an interactive picture, its caption and its still picture. It needs no widget."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import Any, ClassVar, Self

from cnnlab.picture import Picture, make_figure
from cnnlab.widgets import paper


@dataclass(frozen=True)
class Slider:
    """A whole number from least to most."""

    name: str
    least: int
    most: int
    label: str = ""

    def refuses(self, value: Any) -> str:
        """Return what is needed instead of the value, or "" if it is allowed."""
        right = isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most
        return "" if right else f"a whole number from {self.least} to {self.most} is needed"

    def description(self) -> dict[str, Any]:
        """Return what canvas.js makes the control from."""
        return {"kind": "slider", **asdict(self), "label": self.label or self.name}


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    name: str
    options: tuple[str, ...]
    label: str = ""

    def refuses(self, value: Any) -> str:
        """Return what is needed instead of the value, or "" if it is allowed."""
        return "" if value in self.options else f"{' or '.join(map(repr, self.options))} is needed"

    def description(self) -> dict[str, Any]:
        """Return what canvas.js makes the control from."""
        return {"kind": "choice", **asdict(self), "label": self.label or self.name, "options": list(self.options)}


@dataclass(frozen=True)
class Play:
    """A button that goes on from state to state by itself, by the scene's play(s) in JavaScript."""

    label: str = "Play"

    def description(self) -> dict[str, Any]:
        """Return what canvas.js makes the control from."""
        return {"kind": "play", "label": self.label}


@dataclass(frozen=True)
class Ask:
    """A button that asks Python to look again; focusing the picture does the same."""

    label: str

    def description(self) -> dict[str, Any]:
        """Return what canvas.js makes the control from."""
        return {"kind": "ask", "label": self.label}


@dataclass(frozen=True)
class Scene:
    """A picture's state; the fields of a subclass are what a widget shares with the page, by the same names.

    MODULE: the file beside this one that draws it.   LABEL: what the picture is, for screen readers.
    KEYS: what the keys do, one sentence.   SIZE: of the still picture, in inches.
    STYLE: a file of its own CSS, or "".
    """

    MODULE: ClassVar[str]
    STYLE: ClassVar[str] = ""
    LABEL: ClassVar[str]
    KEYS: ClassVar[str]
    CONTROLS: ClassVar[tuple[Slider | Choice | Play | Ask, ...]] = ()
    SIZE: ClassVar[tuple[float, float]] = (7.5, 3.2)

    def __post_init__(self) -> None:
        for control in self.CONTROLS:
            if isinstance(control, (Play, Ask)):
                continue
            value = getattr(self, control.name)
            needed = control.refuses(value)
            if needed:
                raise ValueError(f"{control.name} is {value!r}; {needed}")

    def settle(self) -> Self:
        """Return the nearest state that exists; settle(s) in JavaScript."""
        return self

    def data(self) -> dict[str, Any]:
        """Return what the page needs besides the state, as JSON; s.data in JavaScript."""
        return {}

    def caption(self) -> str:
        """Describe the picture in words, exactly as caption(s) does in JavaScript."""
        raise NotImplementedError

    def draw(self, figure: Any) -> None:
        """Draw the still picture on a matplotlib Figure."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def still(self) -> Picture:
        """Return the same picture, drawn once, for paper and for pages without JavaScript."""
        import matplotlib

        scene = self.settle()
        with make_figure(*self.SIZE) as figure, matplotlib.rc_context(paper.LOOK):
            figure.set_facecolor(paper.CARD)
            scene.draw(figure)
        return Picture(figure, f"{self.LABEL} {scene.caption()}", scene.caption())


def number(x: float, digits: int = 3) -> str:
    """Format x with this many digits and without trailing zeros, as number() in canvas.js does."""
    if x == 0 or not isfinite(x):
        return "0" if x == 0 else {"inf": "Infinity", "-inf": "-Infinity"}.get(str(x), "NaN")
    mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if power < -3 or power >= 6:
        return f"{_short(mantissa)}e{power}".replace("-", "−")
    return _short(f"{x:.{max(0, digits - 1 - power)}f}").replace("-", "−")


def _short(mantissa: str) -> str:
    return mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa


def decimals(x: float, places: int = 2) -> str:
    """Return x with so many decimals and a true minus sign, never −0, as decimals() in pen.js does."""
    words = f"{x:.{places}f}"
    return (words.replace("-", "") if float(words) == 0 else words).replace("-", "−")


def whole(n: int) -> str:
    """Return a whole number with a true minus sign."""
    return str(n).replace("-", "−")


def clip(x: int, least: int, most: int) -> int:
    """Return x, or the nearer end of its range."""
    return max(least, min(most, x))
