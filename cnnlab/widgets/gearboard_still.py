"""Draw the still picture of the gear board: a train of cogs that mesh, as gearboard_train.js has it."""

from __future__ import annotations

from math import cos, pi, radians, sin
from typing import Any, NamedTuple

from cnnlab.widgets import paper

SLOPE = radians(35)
TIP, ROOT = 0.85, 1.1
SIDES = ((-0.29, -ROOT), (-0.115, TIP), (0.115, TIP), (0.29, -ROOT))


class Cog(NamedTuple):
    """teeth, and where the cog is, in modules: its pitch diameter is its number of teeth.   phase: how it is turned."""

    teeth: int
    x: float
    y: float
    phase: float

    @property
    def radius(self) -> float:
        """Return the radius of the pitch circle."""
        return self.teeth / 2

    def outline(self) -> list[tuple[float, float]]:
        """Return the corners of its teeth."""
        corners = []
        for k in range(self.teeth):
            for share, height in SIDES:
                turn, r = self.phase + (k + share) * 2 * pi / self.teeth, self.radius + height
                corners.append((self.x + r * cos(turn), self.y + r * sin(turn)))
        return corners


def place_cogs(layers: list[int]) -> list[Cog]:
    """Return cogs from left to right for gears that turn so many layers, each with a gap where the last has a tooth."""
    cogs: list[Cog] = []
    for k, count in enumerate(layers):
        teeth = 8 + 4 * min(5, max(1, count))
        if not cogs:
            cogs.append(Cog(teeth, 0, 0, 0))
            continue
        before, slope = cogs[-1], SLOPE if k % 2 else -SLOPE
        far = before.radius + teeth / 2
        meets = before.teeth * (slope - before.phase) / (2 * pi)
        phase = slope + pi - 2 * pi / teeth * (0.5 - meets)
        cogs.append(Cog(teeth, before.x + far * cos(slope), before.y + far * sin(slope), phase))
    return cogs


def draw_train(figure: Any, rows: list[tuple[str, int, str, str]], layers: list[int]) -> None:
    """Draw the cogs. rows: name, state (0 checked, 1 unchecked, 2 PyTorch's), layers and place of each."""
    from matplotlib.patches import Circle, Polygon

    cogs = place_cogs(layers)
    plane = figure.add_subplot()
    low = max(c.y + c.radius for c in cogs) + 9
    high = min(c.y - c.radius for c in cogs) - 9
    plane.set(xlim=(-16, cogs[-1].x + cogs[-1].radius + 10), ylim=(low, high), aspect="equal", anchor="W")
    plane.set_axis_off()
    for k, (cog, (name, state, of, place)) in enumerate(zip(cogs, rows, strict=True)):
        colour = paper.shade(paper.GREY if state == 2 else paper.BLUE)
        look = {"facecolor": (colour, (1, 0.1, 0.15)[state]), "edgecolor": colour, "linewidth": 1}
        plane.add_patch(Polygon(cog.outline(), linestyle="--" if state == 1 else "-", **look))
        if state == 2:
            plane.add_patch(Circle((cog.x, cog.y), cog.radius * 0.2, facecolor=paper.CARD, edgecolor=colour))
        else:
            mark, ink = ("✓", paper.CARD) if state == 0 else ("?", paper.INK)
            plane.text(cog.x, cog.y, mark, ha="center", va="center", color=ink, fontsize=14, fontweight="bold")
        up = k % 2 == 0
        top = high + 1 if up else low - 6.5
        plane.plot(
            [cog.x] * 2,
            [cog.y + (-1 if up else 1) * (cog.radius + 1.5), top + (5 if up else -1.5)],
            color=colour,
            lw=0.7,
        )
        for line, (words, weight) in enumerate(((name, "bold"), (place, "normal"), (of, "normal"))):
            plane.text(
                cog.x,
                top + 2.2 * line,
                words,
                ha="center",
                va="center",
                fontsize=paper.SMALLEST - 2.5,
                fontweight=weight,
            )
