"""The pictures of chapter 18: a recurrent network unrolled over three times, and a graph of three nodes both ways."""

from math import tanh

from matplotlib.figure import Figure

from authoring.figures.style import GRADIENT, INPUT, OUTPUT, PALE, QUIET, arrow, box, canvas, words

INPUTS, UPSTREAM, STATE_WEIGHT = (0.69, 0.80, 0.29), (1, 0, 1), 0.5
LEFTS, WIDE, HIGH = (6.0, 13.6, 21.2), 4.2, 1.4
PINK = "#a0386f"

#: Who listens to whom: listener, speaker, share.
LISTENS = ((0, 1, "1"), (1, 0, "½"), (1, 2, "½"), (2, 2, "1"))


def draw_unrolled_network() -> Figure:
    """Draw the chain of states above, and what comes back below, with the numbers of the page."""
    states, h = [], 0.0
    for x in INPUTS:
        h = tanh(x + STATE_WEIGHT * h)
        states.append(h)
    before, back, rows = [0.0, *states[:-1]], 0.0, {}
    for t in (2, 1, 0):
        g = UPSTREAM[t] + back
        dz = g * (1 - states[t] ** 2)
        back = STATE_WEIGHT * dz
        rows[t] = g, back, dz * before[t]

    figure, axes = canvas(29, 15.6, cell=0.3)
    words(axes, 1, 1.3, "forwards: every time uses the same w", size=9.5, colour=QUIET)
    words(axes, 1, 8.2, "backwards: dy and what the next time sends, added", size=9.5, colour=PINK)
    box(axes, 1.2, 2.6, 2.6, HIGH, PALE[OUTPUT], "0", "before")
    for t, left in enumerate(LEFTS):
        middle, (g, sent, share) = left + WIDE / 2, rows[t]
        box(axes, left, 2.6, WIDE, HIGH, PALE[OUTPUT], f"y{'₀₁₂'[t]} = {states[t]:.2f}")
        box(axes, left + 0.6, 5.6, WIDE - 1.2, 1.3, PALE[INPUT], f"{INPUTS[t]:.2f}")
        arrow(axes, (middle, 5.6), (middle, 2.6 + HIGH))
        start = LEFTS[t - 1] + WIDE if t else 3.8
        arrow(axes, (start, 2.6 + HIGH / 2), (left, 2.6 + HIGH / 2))
        words(axes, (start + left) / 2, 2.6, "· w", ha="center", size=8.5)

        box(axes, left, 10.3, WIDE, HIGH, PALE[GRADIENT], f"{g:.2f}")
        words(axes, middle + 0.5, 9.35, f"dy = {UPSTREAM[t]}", size=8.5, colour=PINK)
        if UPSTREAM[t]:
            arrow(axes, (middle, 8.9), (middle, 10.3))
        end = LEFTS[t - 1] + WIDE if t else 3.8
        arrow(axes, (left, 10.3 + HIGH / 2), (end, 10.3 + HIGH / 2))
        words(axes, (end + left) / 2, 10.25, f"{sent:.2f}", ha="center", size=8.5, colour=PINK)
        arrow(axes, (middle, 10.3 + HIGH), (middle, 13))
        words(axes, middle, 13.5, f"{share:.2f}", ha="center", size=9, colour=PINK)
    words(axes, 1.2, 13.5, "to dw:", size=9, colour=PINK)
    words(axes, 26.2, 13.5, f"= {sum(r[2] for r in rows.values()):.2f}", size=10, colour=PINK)
    words(axes, 1.2, 11, "before", size=9, colour=PINK)
    return figure


def listeners() -> Figure:
    """Draw three nodes: numbers go from speakers to listeners, and gradients back along the same arrows."""
    figure, axes = canvas(29, 10.6, cell=0.3)
    lot = (
        ("forwards: m is what each has heard", (2, 4, 6), (4, 4, 6), "x", "m", INPUT, OUTPUT),
        ("backwards: the same arrows, the other way", (3, 3, 0), (3, 6, -3), "dx", "dm", GRADIENT, GRADIENT),
    )
    for side, (title, below, above, name, other, low, high) in enumerate(lot):
        left = 1.2 + 14.2 * side
        words(axes, left, 1.3, title, size=9.5, colour=PINK if side else QUIET)
        for node in range(3):
            at = left + 4.4 * node
            for top, values, label, colour in ((2.6, above, other, high), (7.4, below, name, low)):
                number = str(values[node]).replace("-", "−")
                box(axes, at, top, 3.6, 1.3, PALE[colour], f"{label}{'₀₁₂'[node]} = {number}")
        for listener, speaker, share in LISTENS:
            start, end = (left + 4.4 * speaker + 1.8, 7.4), (left + 4.4 * listener + 1.8, 3.9)
            arrow(axes, *((end, start) if side else (start, end)))
            place = 0.3 if speaker < listener else 0.7
            x = start[0] + place * (end[0] - start[0]) + 0.35
            words(axes, x, start[1] + place * (end[1] - start[1]), share, size=9, colour=QUIET)
    return figure


FOLDER = "ch18_beyond_cnns"
FIGURES = {"unrolled": draw_unrolled_network, "listeners": listeners}
