"""Every widget, and for each some states that differ in what is to be seen."""

from __future__ import annotations

from itertools import product

from cnnlab.widgets.explorer import ConvExplorer

EXPLORER = [
    *(
        ConvExplorer(n, k, s, p, d, direction, grid, row, row)
        for (n, k, s, p, d), direction, (grid, row) in product(
            [(6, 3, 2, 1, 1), (5, 2, 3, 0, 2), (9, 5, 1, 3, 1), (4, 3, 3, 0, 1)],
            ("forward", "backward"),
            [("x", 3), ("x", 0), ("y", 1)],
        )
    ),
    ConvExplorer(2, 5, 1, 0, 3, grid="y"),
    ConvExplorer(row=-1, column=99),
]

STATES = {kind.__name__: states for kind, states in {ConvExplorer: EXPLORER}.items()}
