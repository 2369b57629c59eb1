"""Render a report as self-contained HTML: no script, no style sheet, readable on a light and on a dark page.

Text takes the page's own colour. Blue and orange are Okabe and Ito's, which colour-blind readers tell apart; a mark and
a word always say the same. Where JupyterLab does not trust an output it leaves out the pictures and keeps their words.
Everything that a learner's code produced is escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from cnnlab.gradcheck.render import words
from cnnlab.gradcheck.wording import count_part, name_all, name_range, write_error, write_number

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Arrays, CaseResult, GradientResult, Report
    from cnnlab.gradcheck.runner.answer import Failure

_COLOURS = {"pass": "#0072B2", "core": "#56B4E9", "fail": "#D55E00", "not judged": "#888888"}
_ERROR = "#E69F00"
_GREY = "#888888"  # seen on both pages, and kept by JupyterLab where an output is not trusted
_CELL = "padding:2px 10px;text-align:right;border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent)"
_LINE = "margin:6px 0;max-width:48em"
_BUTTON = f"display:inline-block;cursor:pointer;padding:1px 10px;border-radius:3px;border:1px solid {_GREY}"
_MONO = "font-family:var(--jp-code-font-family,monospace);font-size:90%"


def to_html(report: Report) -> str:
    """Return the whole report."""
    kind = words.verdict(report)
    body = [f"<div>{badge(kind)} <b>{escape(report.name)}</b>: {escape(words.headline(report))}</div>"]
    if report.parts:
        body += [*(to_html(part) for part in report.parts), footer(report)]
    else:
        body += [
            table(report),
            line(report.pattern),
            *(gradient(g) for g in report.gradients.values()),
            cause(report),
            frames(report.failure) if report.failure else "",
            line(words.left_out(report)),
            line(f"In the course: {report.where}" if report.where and not report.passed else None),
            hints(report),
            cases(report.cases),
            footer(report),
        ]
    style = f"border-left:6px solid {_COLOURS[kind]};padding:2px 0 2px 12px;margin:4px 0;color:inherit"
    return f'<div class="cnnlab-report" style="{style}">{"".join(body)}</div>'


def footer(report: Report) -> str:
    """Return which file was judged, by what."""
    return f'<div style="{_LINE};opacity:.75;font-size:85%">{escape(words.judged_by(report))}</div>'


def hints(report: Report) -> str:
    """Return the hints, each a button under the one before: whoever opens the first does not see the last."""
    if report.passed:
        return ""
    inside, count = "", len(report.hints)
    for level, hint in reversed(list(enumerate(report.hints, start=1))):
        name = f"Hint {level} of {count}" + {1: ": a nudge", count: ": nearly the answer"}.get(level, "")
        summary = f'<summary style="{_BUTTON}">{escape(name)}</summary>'
        inside = f'<details style="{_LINE}">{summary}{line(hint)}{inside}</details>'
    return inside


def badge(verdict: str, named: tuple[str, str] | None = None) -> str:
    """Return the mark and the word in a frame. named: the two, where they are not those of the verdict."""
    mark, word = named or words.VERDICTS[verdict]
    style = (
        f"border:1.5px solid {_COLOURS[verdict]};border-radius:3px;padding:0 6px;font-weight:bold;white-space:nowrap"
    )
    return f'<span style="{style}"><span aria-hidden="true">{mark}</span> {word}</span>'


def line(text: str | None) -> str:
    return f'<div style="{_LINE}">{escape(text)}</div>' if text else ""


def table(report: Report) -> str:
    """Return one row per gradient."""
    rows = [g for g in report.gradients.values() if g.shape is not None or g.verdict != "not judged"]
    if not rows:
        return ""
    titles = words.columns(report)
    head = "".join(f'<th scope="col" style="{_CELL};font-weight:bold">{escape(t)}</th>' for t in titles)
    body = ""
    for g in rows:
        shape = "" if g.shape is None else str(g.shape)
        cells = (shape, write_error(g.max_abs_error), write_error(g.relative_error))[: len(titles) - 2]
        body += (
            f'<tr style="background:transparent"><td style="{_CELL};{_MONO}">{escape(g.name)}</td>'
            f'<td style="{_CELL}">{badge(g.verdict, words.describe_verdict(report, g.verdict))}</td>'
            + "".join(f'<td style="{_CELL}">{escape(c)}</td>' for c in cells)
            + "</tr>"
        )
    style = "border-collapse:collapse;margin:6px 0;color:inherit;font-size:inherit"
    return f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def gradient(g: GradientResult) -> str:
    """Return where a wrong gradient is wrong."""
    parts = [line(words.worst(g))]
    pictures = []
    if g.error_map is not None and g.error_map.size > 1:
        pictures.append(f"<div>{picture(g)}{caption(words.map_caption(g, 'dot: above half of the largest'))}</div>")
    if g.smallest:
        pictures.append(arrays(g.name, g.smallest))
    if pictures:
        style = "display:flex;flex-wrap:wrap;gap:8px 32px;align-items:flex-start;margin:6px 0"
        parts.append(f'<div style="{style}">{"".join(pictures)}</div>')
    return "".join(parts)


def picture(g: GradientResult) -> str:
    """Return the error map: the darker the larger, a dot above half of the largest, and the same in words."""
    assert g.error_map is not None
    errors = np.where(np.isfinite(g.error_map), g.error_map, np.inf)[:64, :64]
    finite = errors[np.isfinite(errors)]
    largest = float(finite.max(initial=0.0)) or 1.0
    share = np.where(np.isfinite(errors), errors / largest, 1.0)
    rows, columns = share.shape
    side = max(6, min(16, 320 // max(rows, columns)))
    cells = []
    for i, j in np.ndindex(rows, columns):
        x, y, value = 1 + j * side, 1 + i * side, float(share[i, j])
        fill = f'fill="{_ERROR}" fill-opacity="{0.15 + 0.85 * value:.2f}"' if value > 1e-9 else 'fill="none"'
        cells.append(f'<rect x="{x}" y="{y}" width="{side}" height="{side}" {fill}/>')
        if value > 0.5:
            cells.append(
                f'<circle cx="{x + side / 2}" cy="{y + side / 2}" r="{side / 8}" fill="currentColor" stroke="none"/>'
            )
    label = escape(f"Error map of {g.name}, {rows} by {columns}: {where_in_words(share)}")
    return (
        f'<svg role="img" aria-label="{label}" width="{columns * side + 2}" height="{rows * side + 2}" '
        f'stroke="currentColor" stroke-opacity=".45" style="display:block"><title>{label}</title>{"".join(cells)}</svg>'
    )


def where_in_words(share: np.ndarray) -> str:
    """Return what the picture shows, for readers who cannot see it."""
    wrong = np.argwhere(share > 1e-9)
    if not len(wrong):
        return "no wrong cell is in this part of it."
    top, left = wrong.min(axis=0)
    bottom, right = wrong.max(axis=0)
    peak = np.unravel_index(int(np.argmax(share)), share.shape)
    return (
        f"wrong in {count_part(len(wrong), share.size, 'cell')}, in {name_range(top, bottom, 'row')} and "
        f"{name_range(left, right, 'column')}; "
        f"the largest error is at row {peak[0]}, column {peak[1]}."
    )


def arrays(name: str, small: Arrays) -> str:
    """Render got and expected of the smallest failing case; wrong entries are underlined and marked."""
    got, expected = (np.atleast_2d(a.reshape(-1, a.shape[-1] if a.ndim else 1)) for a in (small.got, small.expected))
    wrong = ~np.isclose(got, expected, rtol=1e-6, atol=1e-12)

    def grid(title: str, values: np.ndarray, marked: np.ndarray) -> str:
        rows = ""
        for row, marks in zip(values, marked, strict=True):
            cells = "".join(_entry(float(v), bool(m)) for v, m in zip(row, marks, strict=True))
            rows += f'<tr style="background:transparent">{cells}</tr>'
        style = f"border-collapse:separate;border-spacing:2px;color:inherit;{_MONO}"
        head = f'<caption style="text-align:left;white-space:nowrap">{escape(title)}</caption>'
        return f'<table style="{style}">{head}{rows}</table>'

    pair = grid(f"{name} got", got, wrong) + grid("expected", expected, np.zeros_like(wrong))
    said = f"Smallest failing case, “{small.case}”; wrong entries are framed"
    return f'<div><div style="display:flex;gap:24px">{pair}</div>{caption(said)}</div>'


def caption(text: str) -> str:
    return f'<div style="max-width:24em;font-size:90%">{escape(text)}</div>'


def _entry(value: float, wrong: bool) -> str:
    frame = f"1.5px solid {_COLOURS['fail']};font-weight:bold" if wrong else "1.5px solid transparent"
    return f'<td style="padding:1px 8px;text-align:right;border:{frame}">{escape(write_number(value))}</td>'


def cause(report: Report) -> str:
    """Return the diagnosis in a box."""
    if not report.diagnosis:
        return ""
    title = "Likely cause" if report.failure is None and report.cases else "What happened"
    style = f"border:1px dashed {_GREY};padding:6px 10px;margin:8px 0;max-width:46em"
    code = f'<span style="opacity:.75">({escape(words.code(report))})</span>'
    return f'<div style="{style}"><b>{title}</b> {code}: {escape(report.diagnosis)}</div>'


def frames(failure: Failure) -> str:
    """Return the learner's own frames, oldest first."""
    shown = "\n".join(f"{f.file}, line {f.line}, in {f.function}\n    {f.text}" for f in failure.frames[-6:])
    style = f"{_MONO};margin:6px 0;color:inherit;background:transparent;white-space:pre-wrap"
    return f'<pre style="{style}">{escape(shown)}</pre>' if shown else ""


def cases(results: tuple[CaseResult, ...]) -> str:
    """Return every case, folded away."""
    if not results:
        return ""
    items = "".join(
        f"<li>{words.VERDICTS['pass' if c.verdict == 'pass' else 'fail' if c.verdict == 'fail' else 'not judged'][0]} "
        f'{escape(c.name)} <span style="opacity:.75">({escape(c.stage)}'
        f"{': ' + escape(c.note) if c.note else ''})</span></li>"
        for c in results
    )
    style = "columns:3 14em;margin:4px 0;padding:0;list-style:none"
    title = name_all(len(results), "case").capitalize()
    summary = f'<summary style="display:list-item;cursor:pointer">{title}</summary>'
    return f'<details style="{_LINE}">{summary}<ul style="{style}">{items}</ul></details>'
