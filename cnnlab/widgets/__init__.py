"""Interactive pictures for notebooks, each with a still twin. Nothing that draws is imported before it is needed."""

from __future__ import annotations

import os
from typing import Any

from cnnlab.picture import Picture
from cnnlab.widgets.errata import FormulaRepairs
from cnnlab.widgets.explorer import ConvExplorer
from cnnlab.widgets.gearboard import GearBoard, rows_of, watch
from cnnlab.widgets.graph import GraphStepper
from cnnlab.widgets.ledger import ShapeLedger
from cnnlab.widgets.pooling import PoolExplorer
from cnnlab.widgets.scene import Scene
from cnnlab.widgets.sixsteps import SixSteps
from cnnlab.widgets.slopes import ActivationCurves
from cnnlab.widgets.softmax import SoftmaxJacobian
from cnnlab.widgets.ucurve import UCurve
from cnnlab.widgets.windows import WindowStepper

__all__ = [
    "activation_curves",
    "conv_explorer",
    "formula_repairs",
    "gear_board",
    "graph_stepper",
    "pool_explorer",
    "shape_ledger",
    "six_steps",
    "softmax_jacobian",
    "u_curve",
    "window_stepper",
]


def conv_explorer(**state: Any) -> Any:
    """Which cells a convolution's outputs use, and with which weight, forwards and backwards (chapter 8).

    state: input, kernel, stride, padding, dilation; direction, "forward" or "backward"; grid, "x" or "y", and the
    row and column of the cell that is chosen in it.
    """
    return _live(ConvExplorer(**state))


def shape_ledger(**state: Any) -> Any:
    """LeNet's shapes and parameters line by line, and the part of the image that a cell depends on (chapter 1).

    state: layer, from 0, the image, to 8, fc3; row and column of the cell that is chosen in the layer's map.
    """
    return _live(ShapeLedger(**state))


def graph_stepper(**state: Any) -> Any:
    """A scalar graph: values forwards node by node, gradients backwards edge by edge (chapter 2).

    state: step, how many steps were made.
    """
    return _live(GraphStepper(**state))


def u_curve(**state: Any) -> Any:
    """The error of a difference quotient against its step, under the learner's hand (chapter 3).

    state: position, of the step h = 10^(position/4 − 16), from 0 to 64; function, method and precision, by the words
    of the picture.
    """
    return _live(UCurve(**state))


def window_stepper(**state: Any) -> Any:
    """One window after the other, and all of them as the columns of a matrix (chapter 7).

    state: input, kernel, stride, padding; step, the output that is computed, in reading order.
    """
    return _live(WindowStepper(**state))


def pool_explorer(**state: Any) -> Any:
    """Which cell of a pooling window wins, what overlapping windows add up, and how a mean is shared (chapter 9).

    state: kind, "max" or "average"; kernel, stride, padding; grid, "x" or "y", and the row and column of the cell that
    is chosen in it.
    """
    return _live(PoolExplorer(**state))


def activation_curves(**state: Any) -> Any:
    """An activation, its slope, and what is left of a gradient after ten layers (chapter 4).

    state: function, such as "relu"; tenths, the first z, and weight, that of every layer, both in tenths.
    """
    return _live(ActivationCurves(**state))


def softmax_jacobian(**state: Any) -> Any:
    """Softmax's full Jacobian, and how it collapses with the cross-entropy to (p − y)/N (chapter 5).

    state: z0 to z3, the logits, in tenths; target, the right class; row, of the gradient that is worked out.
    """
    return _live(SoftmaxJacobian(**state))


def six_steps(**state: Any) -> Any:
    """The six steps of training, one at a time or at a run, with the loss and the parameters (chapter 10).

    state: step, how many updates were made; phase, which of the six steps is taken, from 1; rate, such as "0.1".
    """
    return _live(SixSteps(**state))


def gear_board(net: Any, *others: Any, check: bool = False) -> Any:
    """Whose gradients a network runs on; the board follows while files are saved and checks pass (chapters 0, 10, 11).

    others: a loss or an optimiser, which have gears as well.   check: check what is written and not known to pass.
    """
    board = _live(GearBoard(rows=rows_of(net, others, check)))
    if not isinstance(board, Picture):
        watch(board, lambda: rows_of(net, others, check))
    return board


def formula_repairs(**state: Any) -> Any:
    """The errors of the article's formulas, as they are repaired piece by piece (chapter 6).

    state: slope, rule and batch, each by the words of the picture; piece, the one that Space changes.
    """
    return _live(FormulaRepairs(**state))


def _live(scene: Scene) -> Any:
    """The scene's widget; where anywidget is not installed, its still twin, and a line that says what to install.

    With CNNLAB_STILL set in the environment every picture is its twin: for notebooks that are run to be printed.
    """
    if os.environ.get("CNNLAB_STILL"):
        return scene.still()
    try:
        from cnnlab.widgets.canvas import widget_of
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("anywidget", "traitlets", "ipywidgets"):
            raise
        print("This picture stands still: pip install anywidget, and restart the kernel, to move it.")
        return scene.still()
    return widget_of(type(scene))(scene)
