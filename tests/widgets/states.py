"""Every widget, and for each some states that differ in what is to be seen."""

from __future__ import annotations

from itertools import product

from cnnlab.nn import gears
from cnnlab.widgets.batchnorm import EPS, BatchNormExplorer
from cnnlab.widgets.errata import PIECES, FormulaRepairs
from cnnlab.widgets.explorer import ConvExplorer
from cnnlab.widgets.ganfield import ARROWS, LAST_MOMENT, TRAININGS, GanField
from cnnlab.widgets.gearboard import GearBoard
from cnnlab.widgets.graph import GraphStepper
from cnnlab.widgets.ledger import ShapeLedger
from cnnlab.widgets.lossslice import RATES as SLICE_RATES
from cnnlab.widgets.lossslice import LossSlice
from cnnlab.widgets.pooling import PoolExplorer
from cnnlab.widgets.race import RATES as RACE_RATES
from cnnlab.widgets.race import SURFACES, Race
from cnnlab.widgets.roi import RoiExplorer
from cnnlab.widgets.sixsteps import RATES, SixSteps
from cnnlab.widgets.skip import SkipExplorer
from cnnlab.widgets.slopes import ActivationCurves
from cnnlab.widgets.softmax import SoftmaxJacobian
from cnnlab.widgets.symptoms import LETTERS, HuntBoard
from cnnlab.widgets.turnover import ConvolutionTurnsOver
from cnnlab.widgets.ucurve import FUNCTIONS, METHODS, PRECISIONS, UCurve
from cnnlab.widgets.unrolled import INPUTS, UnrolledNetwork
from cnnlab.widgets.upsampling import MODES, UpsamplingExplorer
from cnnlab.widgets.wayhome import WayHome
from cnnlab.widgets.windows import WindowStepper

EXPLORER = [
    *(
        ConvExplorer(n, k, s, p, d, direction, grid, row, row, shows)
        for shows, (n, k, s, p, d), direction, (grid, row) in product(
            ("values", "counts"),
            [(6, 3, 2, 1, 1), (5, 2, 3, 0, 2), (9, 5, 1, 3, 1), (4, 3, 3, 0, 1), (1, 1, 1, 1, 1)],
            ("forward", "backward"),
            [("x", 3), ("x", 0), ("y", 1), ("w", 2), ("w", 0), ("x", -3)],
        )
    ),
    ConvExplorer(2, 5, 1, 0, 3, grid="y"),
    ConvExplorer(row=-1, column=99),
]

LEDGER = [ShapeLedger(layer, row, 2 * row) for layer, row in product(range(9), (0, 3, 40))]

GRAPH = [GraphStepper(step) for step in (11, *range(13))]

CURVES = [UCurve(*state) for state in product((40, 5, 20, 60), FUNCTIONS, METHODS, PRECISIONS)]

WINDOWS = [
    WindowStepper(n, k, s, p, step) for n, k, s, p, step in product((4, 3, 5), (2, 1, 3), (1, 2), (0, 1), (4, 0, 99))
]

POOLING = [
    PoolExplorer(kind, k, s, p, grid, row, column)
    for kind, k, s, p, grid, (row, column) in product(
        ("max", "average"), (3, 2), (2, 1, 3), (0, 1), "xy", ((2, 2), (0, 0), (1, 5), (9, 9))
    )
]

SLOPES = [
    ActivationCurves(*state)
    for state in product(("sigmoid", "relu", "leaky relu", "tanh"), (10, -60, -3, 0, 59), (10, -13, 0, 25, 40))
]

SOFTMAX = [
    SoftmaxJacobian(*logits, target, row)
    for logits, target, row in product([(10, 20, -5, 0), (60, -60, 3, 7)], range(4), range(4))
]

SIX = [SixSteps(*state) for state in product((3, 0, 60, 120), range(1, 7), RATES)]

ROWS = (
    ("conv2d_input_grad", gears.CHECKED, "conv1, conv2", "work/conv.py, line 120", 8, "work/conv.py"),
    ("max_pool2d_backward", gears.UNCHECKED, "pool1, pool2", "work/pool.py, line 88", 9, "work/pool.py"),
    ("linear_backward", gears.PYTORCH, "fc1, fc2, fc3", "chapter 5, work/linear.py, line 30", 5, "work/linear.py"),
)

GEARS = [GearBoard(gear, rows) for gear, rows in product((0, 1, 2, 9), (ROWS, ROWS[:1], ()))]

REPAIRS = [FormulaRepairs(*state) for state in product(*PIECES.values(), (0, 4))]

HOME = [
    WayHome(spoiled=1, row=15),
    WayHome(2, 16, 14, 2, "no mask", "relu3", 1, 4),
    WayHome(4, 0, 0, 3, "mean for sum", "conv2", 1),
    WayHome(12, 1, 28, 1, "kernel turned", "relu2", 1, 7),
    WayHome(7, 31, 31),
]

RACE = [
    Race(surface, x, y, rate, momentum, steps)
    for surface, (x, y), rate, momentum, steps in product(
        SURFACES, ((-260, 120), (50, 0), (-150, 280)), (8, 0, 13, len(RACE_RATES) - 1), (90, 0, 97), (60, 0, 300)
    )
]

TURNS = [
    ConvolutionTurnsOver(turn, along, place, n, k)
    for turn, along, place, (n, k) in product(
        (35, 0, 100), ("column", "row"), (4, 0, 99), ((5, 3), (3, 2), (6, 3), (6, 2))
    )
]

BATCHES = [
    BatchNormExplorer(x, dy, sample, hand, gamma, eps)
    for (x, dy), sample, hand, gamma, eps in product(
        [
            ((-3, 1, 2, 3.5, 5, 8), (4, -2, 6, 0, -3, -6)),
            ((1, 3, 3, 9), (-1, 0, 2, 7)),
            ((2, 2, 2), (1, -1, 9)),
            ((-11, 40), (5,)),
        ],
        (5, 0, -1),
        ("x", "dy"),
        (1, -3, 0),
        EPS,
    )
]

FIELDS = [
    GanField(training, moment, arrows, *place)
    for training, moment, arrows, place in product(
        TRAININGS, (4, 0, LAST_MOMENT), ARROWS, ((0, 0), (-215, 130), (999, -300))
    )
]

UPSAMPLING = [
    UpsamplingExplorer(mode, aligned, grid, row, column)
    for mode, aligned, (grid, row, column) in product(
        MODES, ("False", "True"), (("x", 1, 1), ("x", 0, 3), ("y", 0, 0), ("y", 1, 2), ("y", 7, 3), ("y", 99, -1))
    )
]

SKIPS = [
    SkipExplorer(image, share, row, column)
    for image, share, (row, column) in product(range(3), (0, 3, 10), ((12, 12), (0, 31), (99, -1)))
]

UNROLLED = [
    UnrolledNetwork(times, weight, time, loss, inputs, x)
    for times, weight, time, loss, inputs, x in product(
        (10, 1, 3, 20),
        (10, -30, 0, 15),
        (9, 0),
        ("last time", "every time"),
        ("drawn", "zero"),
        (INPUTS, (69, 80, -200)),
    )
]

ROI = [
    RoiExplorer(kind, left, top, wide, high, row, column)
    for kind, (left, top), (wide, high), (row, column) in product(
        ("max pooling", "align"),
        ((6, 6), (0, 0), (13, 9), (-5, 400)),
        ((4, 4), (2, 2), (8, 3), (7, 8)),
        ((0, 0), (1, 0), (5, 1)),
    )
]

SLICES = [
    LossSlice(network, x, y, rate, steps)
    for network, (x, y), rate, steps in product(
        ("with shortcuts", "without shortcuts"),
        ((-30, 24), (0, 0), (-50, 50), (70, -3)),
        (12, 0, 6, len(SLICE_RATES) - 1),
        (1, 2, 60),
    )
]

HUNT = [
    HuntBoard(run, step, parameter)
    for (run, step), parameter in product([*zip(LETTERS, range(16), strict=False), ("A", 15), ("D", 1)], (0, 3, 11, 99))
] + [HuntBoard(run, filter=number) for run, number in (("B", 1), ("H", 5), ("J", 3), ("E", 3))]

STATES = {
    states[0].__class__.__name__: states
    for states in (
        EXPLORER,
        LEDGER,
        GRAPH,
        CURVES,
        WINDOWS,
        POOLING,
        SLOPES,
        SOFTMAX,
        SIX,
        GEARS,
        REPAIRS,
        HOME,
        RACE,
        TURNS,
        BATCHES,
        FIELDS,
        UPSAMPLING,
        SKIPS,
        UNROLLED,
        ROI,
        SLICES,
        HUNT,
    )
}
