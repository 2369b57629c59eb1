"""The train of gears as a picture: those that are the learner's are filled, and the new one is pointed at."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.gear_words import count_gears
from cnnlab.gradcheck.render.html.tags import write_text
from cnnlab.gradcheck.render.palette import RIGHT

if TYPE_CHECKING:
    from cnnlab.gradcheck.exercise_place import GearTrain

#: Pixels from one axle to the next, across and down, and from an axle to the tip and the foot of a tooth.
STEP, DROP, TIP, FOOT = 16.0, 6.0, 10.5, 7.2

TEETH = 9


def draw_gear_train(train: GearTrain) -> str:
    """Return the train with its sentence; the loss turns the gear at the right."""
    names = train.names[::-1]
    width, height = STEP * (len(names) - 1) + 2 * TIP, 2 * TIP + DROP + 9
    drawn = []
    for number, name in enumerate(names):
        x, y = TIP + number * STEP, TIP + DROP * (number % 2)
        drawn.append(_draw_gear(x, y, turn=number % 2 * pi / TEETH, filled=name in train.mine))
        if name in train.new:
            drawn.append(f'<path d="M{x:.0f} {height - 7:.0f}l5 7h-10z" fill="currentColor"/>')
    label = write_text(count_gears(train))
    return (
        f'<span class="cr-train"><svg role="img" aria-label="{label}" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">{"".join(drawn)}</svg><b>{label}</b></span>'
    )


def _draw_gear(x: float, y: float, turn: float, filled: bool) -> str:
    points = []
    for tooth in range(TEETH):
        for share, radius in ((-0.34, FOOT), (-0.2, TIP), (0.2, TIP), (0.34, FOOT)):
            angle = 2 * pi * (tooth + share) / TEETH + turn
            points.append(f"{x + radius * cos(angle):.1f} {y + radius * sin(angle):.1f}")
    colour = f"color-mix(in srgb,{RIGHT} 80%,currentColor)"
    style = f"fill:{colour}" if filled else "fill:none;stroke:color-mix(in srgb,currentColor 60%,transparent)"
    hole = "" if filled else f'<circle cx="{x:.0f}" cy="{y:.0f}" r="2.4" style="{style}"/>'
    return f'<path d="M{"L".join(points)}z" style="{style}" stroke-width="1.2"/>{hole}'
