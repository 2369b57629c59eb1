"""Plots as SVG inside a page: lines and text take the page's colour, every value is also written, all text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from cnnlab.colours import TABLE
from cnnlab.escape_text import escape_html

#: Okabe and Ito's colours, which colour-blind readers tell apart; each state also has a pattern and is named.
COLOURS = {
    state: TABLE[meaning].fill
    for state, meaning in (
        *(("pass", "right"), ("core", "x"), ("wrong", "wrong")),
        *(("not written", "unwritten"), ("no answer", "above")),
    )
}
#: Hatching by state: the angle of its lines, or none.
HATCH = {"core": 45, "wrong": 135, "no answer": 90}

BLUE = COLOURS["pass"]


#: The size of text in pixels, and the least that it shrinks to in a narrow page; what is wider then can be scrolled.
TEXT_PIXELS, LEAST_TEXT_PIXELS = 13, 11


def wrap_figure(width: int, height: int, alt: str, body: Sequence[str]) -> str:
    """Return a picture with a description for those who cannot see it."""
    least = ceil(width * LEAST_TEXT_PIXELS / TEXT_PIXELS)
    style = f"max-width:100%;min-width:{least}px;height:auto;font:{TEXT_PIXELS}px system-ui,sans-serif"
    return (
        f'<div class="wide"><svg role="img" aria-label="{escape_html(alt)}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" '
        f'fill="currentColor" style="{style}">{"".join(body)}</svg></div>'
    )


def text(x: float, y: float, said: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape_html(said)}</text>'


def box(x: float, y: float, width: float, height: float, fill: str, title: str) -> str:
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect {shape} fill="{fill}" stroke="none"><title>{escape_html(title)}</title></rect>'


def draw_histogram(scores: Sequence[float], most: float, bins: int = 10) -> str:
    """Return how many students are in each tenth of the points; full marks alone are in the last."""
    counts = [0] * (bins + 1)
    for score in scores:
        counts[bins if score >= most - 1e-9 else min(int(bins * score / most), bins - 1)] += 1
    names = [f"{most * k / bins:g} to below {most * (k + 1) / bins:g}" for k in range(bins)] + [f"all {most:g}"]
    left, width, height, top = 10, 52, 150, 24
    highest = max(max(counts), 1)
    body = []
    for k, (count, name) in enumerate(zip(counts, names, strict=True)):
        tall = height * count / highest
        x = left + k * width
        body.append(box(x + 3, top + height - tall, width - 6, tall, BLUE, f"{count} students: {name} points"))
        body.append(text(x + width / 2, top + height - tall - 5, str(count) if count else "", "middle"))
        shown = f"{most * k / bins:.3g}+" if k < bins else f"{most:g}"
        body.append(text(x + width / 2, top + height + 17, shown, "middle"))
    end = left + (bins + 1) * width
    body.append(f'<path d="M{left} {top + height + 0.5}H{end}" stroke="currentColor"/>')
    body.append(text(end, top + height + 36, "points", "end"))
    parts = ", ".join(f"{count} with {name}" for count, name in zip(counts, names, strict=True) if count)
    return wrap_figure(end + 10, top + height + 42, f"Students by points: {parts or 'none'}.", body)


def draw_stacks(rows: Mapping[str, Mapping[str, int]]) -> str:
    """Return a bar per exercise, divided by state; each part that is wide enough shows its number."""
    label, width, tall = 8 * max((len(row) for row in rows), default=0) + 18, 400, 30
    body = [_patterns()]
    x = 10.0
    for name in COLOURS:
        body += [box(x, 4, 14, 14, _fill(name), name), text(x + 20, 16, name)]
        x += 44 + 7.5 * len(name)
    parts = []
    for number, (row, counts) in enumerate(rows.items()):
        y, start, total = 34 + number * tall, float(label), max(sum(counts.values()), 1)
        body.append(text(label - 8, y + 15, row, "end"))
        for name, count in counts.items():
            part = width * count / total
            body.append(box(start, y, part, tall - 8, _fill(name), f"{row}: {count} {name}"))
            if part > 20:
                body.append(_draw_number(start + part / 2, y + 16, str(count)))
            start += part
        parts.append(f"{row}: " + ", ".join(f"{count} {name}" for name, count in counts.items() if count))
    wide = max(label + width + 10, ceil(x))
    return wrap_figure(wide, 34 + len(rows) * tall, "Where students are. " + ". ".join(parts) + ".", body)


def _draw_number(x: float, y: float, said: str) -> str:
    """Draw a number on a coloured ground, in white on a dark plate."""
    width = 8 * len(said) + 6
    plate = f'<rect x="{x - width / 2:.1f}" y="{y - 12:.1f}" width="{width}" height="16" rx="3" fill="#222"/>'
    return f'{plate}<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" fill="#fff">{escape_html(said)}</text>'


def _fill(name: str) -> str:
    return f"url(#hatch-{name.replace(' ', '-')})" if name in HATCH else COLOURS[name]


def _patterns() -> str:
    made = [
        f'<pattern id="hatch-{name.replace(" ", "-")}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({angle})"><rect width="6" height="6" fill="{COLOURS[name]}"/>'
        '<path d="M0 0V6" stroke="#000" stroke-opacity=".35" stroke-width="2"/></pattern>'
        for name, angle in HATCH.items()
    ]
    return f"<defs>{''.join(made)}</defs>"
