"""Interactive pictures for notebooks, each with a still picture. Drawing libraries are imported only when needed."""

from __future__ import annotations

from typing import Any

from cnnlab.left_out import has_locate
from cnnlab.picture import Picture
from cnnlab.widgets.batchnorm import BatchNormExplorer
from cnnlab.widgets.errata import FormulaRepairs
from cnnlab.widgets.explorer import ConvExplorer
from cnnlab.widgets.ganfield import GanField
from cnnlab.widgets.gearboard import GearBoard, follow_training, rows_of, watch
from cnnlab.widgets.graph import GraphStepper
from cnnlab.widgets.ledger import ShapeLedger
from cnnlab.widgets.lossslice import LossSlice
from cnnlab.widgets.pooling import PoolExplorer
from cnnlab.widgets.race import Race
from cnnlab.widgets.segmentation import skip_explorer, upsampling_explorer
from cnnlab.widgets.roi import RoiExplorer
from cnnlab.widgets.show_scene import show_scene as _live
from cnnlab.widgets.sixsteps import SixSteps
from cnnlab.widgets.slopes import ActivationCurves
from cnnlab.widgets.softmax import SoftmaxJacobian
from cnnlab.widgets.symptoms import HuntBoard
from cnnlab.widgets.turnover import ConvolutionTurnsOver
from cnnlab.widgets.ucurve import UCurve
from cnnlab.widgets.unrolled import UnrolledNetwork
from cnnlab.widgets.wayhome import WayHome
from cnnlab.widgets.where_button import locate_button
from cnnlab.widgets.windows import WindowStepper

__all__ = [
    "activation_curves",
    "batch_explorer",
    "c_turns_over",
    "conv_explorer",
    "formula_repairs",
    "gan_field",
    "gear_board",
    "graph_stepper",
    "hunt_board",
    "locate_button",
    "loss_slice",
    "optimizer_race",
    "pool_explorer",
    "roi_explorer",
    "shape_ledger",
    "six_steps",
    "skip_explorer",
    "softmax_jacobian",
    "u_curve",
    "unrolled_network",
    "upsampling_explorer",
    "way_home",
    "window_stepper",
]


def conv_explorer(**state: Any) -> Any:
    """Show which products add up in a convolution: to an output, and to the gradients of x and w (chapter 8).

    Args:
        **state: input (1 to 9), kernel (1 to 5), stride (1 to 3), padding (0 to 3), dilation (1 to 3), in cells;
            direction, "forward" or "backward"; grid, "x", "w" or "y", with the row and column of the chosen cell in
            it; shows, "values" or "counts".

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import conv_explorer
        >>> print(conv_explorer(input=4, kernel=2, stride=1, padding=0, grid="y", row=0, column=0))
        Convolution explorer: which cells and weights meet, and which products add up? ...
    """
    return _live(ConvExplorer(**state))


def c_turns_over(**state: Any) -> Any:
    """Show how the matrix of a convolution turns over, and why its columns are the turned kernel (chapter 8).

    Args:
        **state: turn, from 0, the matrix, to 100, its transpose; along, "row" or "column", and place, the number of the
            chosen one in the matrix; input (3 to 6) and kernel (2 to 3), the sides of x and w in cells.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import c_turns_over
        >>> print(c_turns_over(along="column", place=12))
        The matrix of a convolution turns over: ... in their order it met 9 8 7 6 5 4 3 2 1. ...
    """
    return _live(ConvolutionTurnsOver(**state))


def shape_ledger(**state: Any) -> Any:
    """Show LeNet's shapes and parameters layer by layer, and the part of the image that a cell depends on (chapter 1).

    Args:
        **state: layer, from 0, the image, to 8, fc3; row and column of the chosen cell in the layer's map.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import shape_ledger
        >>> print(shape_ledger(layer=1))
        Shape ledger of LeNet: ... conv1 gives 6×28×28, ...
    """
    return _live(ShapeLedger(**state))


def graph_stepper(**state: Any) -> Any:
    """Show a scalar graph: values forwards node by node, gradients backwards edge by edge (chapter 2).

    Args:
        **state: step, how many steps were made, from 0.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import graph_stepper
        >>> print(graph_stepper(step=0))
        A graph of scalars: ... Before the first step only the inputs have values. What is computed first?
    """
    return _live(GraphStepper(**state))


def u_curve(**state: Any) -> Any:
    """Show the error of a difference quotient against its step h (chapter 3).

    Args:
        **state: position, from 0 to 64, of the step h = 10^(position/4 − 16); function, such as "exp at 1"; method,
            such as "centred"; precision, "float64" or "float32".

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import u_curve
        >>> print(u_curve(position=40))
        The U-curve: ... The centred quotient of exp at 1 with h = 1e−6 in float64 is 2.7182818; ...
    """
    return _live(UCurve(**state))


def window_stepper(**state: Any) -> Any:
    """Show one window after the other, and all of them as the columns of a matrix (chapter 7).

    Args:
        **state: input (3 to 5), kernel (1 to 3), stride (1 to 2), padding (0 to 1), in cells; step, the output that is
            computed, from 0 in reading order.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import window_stepper
        >>> print(window_stepper(step=0))
        Window stepper: ... Output y[0, 0] looks at rows 0 to 1 and columns 0 to 1. ...
    """
    return _live(WindowStepper(**state))


def pool_explorer(**state: Any) -> Any:
    """Show which cell of a pooling window wins, what overlapping windows add up, and how a mean is shared (chapter 9).

    Args:
        **state: kind, "max" or "average"; kernel (2 to 3), stride (1 to 3), padding (0 to 1), in cells; grid, "x" or
            "y", with the row and column of the chosen cell in it.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import pool_explorer
        >>> print(pool_explorer(kind="max", row=2, column=2))
        Pooling: ... x[2, 2] = 7 lies in one window and wins none of them: dx[2, 2] = 0.
    """
    return _live(PoolExplorer(**state))


def activation_curves(**state: Any) -> Any:
    """Show an activation, its slope, and what is left of a gradient after ten layers (chapter 4).

    Args:
        **state: function, such as "relu"; tenths, the first z (−60 to 60), and weight, that of every layer (−40 to 40),
            both in tenths.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import activation_curves
        >>> print(activation_curves(function="sigmoid", tenths=10))
        Activations: ... sigmoid: at z = 1 the value is 0.731 and the slope 0.197. ...
    """
    return _live(ActivationCurves(**state))


def softmax_jacobian(**state: Any) -> Any:
    """Show softmax's full Jacobian, and how it collapses with the cross-entropy to (p − t)/N (chapter 5).

    Args:
        **state: z0 to z3, the logits, in tenths (−60 to 60); target, the right class (0 to 3); row, of the gradient
            that is worked out.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import softmax_jacobian
        >>> print(softmax_jacobian(target=1))
        Softmax and cross-entropy: ... L = −ln p1 = 0.461. ...
    """
    return _live(SoftmaxJacobian(**state))


def six_steps(**state: Any) -> Any:
    """Show the six steps of training, one at a time or at a run, with the loss and the parameters (chapter 10).

    Args:
        **state: step, how many updates were made, from 0; phase, which of the six steps is taken, from 1; rate, the
            learning rate as a string, such as "0.1".

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import six_steps
        >>> print(six_steps(step=0, phase=1))
        The six steps: ... Step 1, parameters: 18 numbers, drawn at random once; 0 updates were made since.
    """
    return _live(SixSteps(**state))


def optimizer_race(**state: Any) -> Any:
    """Show five update rules on their way down a surface, from a start that can be dragged (chapter 12).

    Args:
        **state: surface, "valley", "saddle" or "Rosenbrock"; x and y of the start, and momentum, in hundredths; rate,
            the position of the learning rate on its slider, from 0; steps, from 0 to 300.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import optimizer_race
        >>> print(optimizer_race(surface="saddle", y=0, steps=5))
        A race downhill: ... With y = 0 exactly the gradient has no part along y, and no rule ever leaves the saddle.
    """
    return _live(Race(**state))


def hunt_board(**state: Any) -> Any:
    """Show ten trainings with a wrong gear each, beside the right one: loss and the gradients' lengths (chapter 19).

    Args:
        **state: run, a letter from "A" to "J"; step, the place of a step on its slider, from 0 to 15; parameter, the
            number of the chosen one, from 0 up.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import hunt_board
        >>> print(hunt_board(run="A", step=0, parameter=11))
        Ten runs ... Gradient of fc3.bias: length 0.187, right run 0.187; 1 times the right one.
    """
    return _live(HuntBoard(**state))


def gear_board(net: Any, *others: Any, check: bool = False) -> Any:
    """Show whose gradients a network runs on (chapters 0, 10 and 11).

    The board follows while files are saved and checks pass, and its gears turn while fit trains the network.

    Args:
        net: The network.
        *others: A loss or an optimiser, which have gears as well.
        check: Whether to check what is written and not known to pass.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Example:
        >>> from cnnlab import nn
        >>> from cnnlab.widgets import gear_board
        >>> print(gear_board(nn.Sequential(nn.Flatten())))
        Gears: whose gradients does this network run on? Gears: 1 ... flatten_backward ...
    """
    board = _live(GearBoard(rows=rows_of(net, others, check)))
    if not isinstance(board, Picture):
        watch(board, lambda: rows_of(net, others, check))
        follow_training(board, net)
    return board


def formula_repairs(**state: Any) -> Any:
    """Show the errors of the article's formulas, as they are repaired piece by piece (chapter 6).

    Args:
        **state: slope, rule and batch, each by the words of the picture; piece, from 0 to 2, the one that Space
            changes.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import formula_repairs
        >>> print(formula_repairs())
        The errata clinic: ... 0 of 3 pieces repaired. No gradient is right. Errors: dw1 0.87, db1 0.93, ...
    """
    return _live(FormulaRepairs(**state))


def batch_explorer(**state: Any) -> Any:
    """Show one feature of a batch under batch normalisation: one sample moves, and all others follow (chapter 13).

    Args:
        **state: x and dy, each a list of 2 to 6 numbers from −10 to 10; sample, from 0, the chosen one; hand, "x" or
            "dy", which of the two the keys move; gamma, from −3 to 3; eps, "0", "1" or "10".

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import batch_explorer
        >>> print(batch_explorer(x=[1, 3, 3, 9], dy=[-1, 0, 2, 7], sample=1, gamma=3, eps="0"))
        Batch normalisation: ... dx = (0.00, −1.00, 1.00, 0.00); its entries add up to 0.00, and times x̂ to 0.00.
    """
    return _live(BatchNormExplorer(**state))


def gan_field(**state: Any) -> Any:
    """Show three trainings of a GAN on a ring, with the arrows that its fakes follow (chapter 16).

    Args:
        **state: training, "one to one", "one to ten", the steps of D and of G in a round, or "D alone"; moment, from 0,
            the beginning, to 12; arrows, "gradient of D", "push of G's loss" or "push, saturating"; x and y, the chosen
            place in hundredths, from −300 to 300.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import gan_field
        >>> print(gan_field(training="one to ten", moment=12))
        A GAN on a ring: ... One to ten, after 285 rounds: 1 of 8 heaps covered, 52 % of the fakes near one. ...
    """
    return _live(GanField(**state))


def unrolled_network(**state: Any) -> Any:
    """Show a recurrent network of one unit, unrolled, and the gradient that comes back through its times (chapter 18).

    Args:
        **state: times, how often the layer is used (1 to 20); weight, that of the state, in tenths (−30 to 30); time,
            from 0, the chosen one; loss, "last time" or "every time"; inputs, "drawn" or "zero"; x, the inputs in
            hundredths, a list.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import unrolled_network
        >>> print(unrolled_network(times=3, weight=5, x=[69, 80, 29], time=0))
        A recurrent network, unrolled: ... The gradient is 1 at time 2 and 0.0578 at time 0.
    """
    return _live(UnrolledNetwork(**state))


def roi_explorer(**state: Any) -> Any:
    """Show a box over a feature map, under RoI max pooling or RoI align, with what comes back to the map (chapter 15).

    Args:
        **state: kind, "max pooling" or "align"; left and top of the box, in eighths of a cell; wide and high, from 2 to
            8, in halves of a cell; row and column, 0 or 1, of the chosen bin.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import roi_explorer
        >>> print(roi_explorer(kind="align"))
        A box over a feature map: ... (36·2 + 12·8 + 12·7 + 4·3)/64 = 4.125. ... adds up to 10.
    """
    return _live(RoiExplorer(**state))


def loss_slice(**state: Any) -> Any:
    """Show the loss around a trained network, and steps down its slope from a point that can be dragged (chapter 17).

    Args:
        **state: network, "with shortcuts" or "without shortcuts"; x and y of the point, in hundredths, from −50 to 50;
            rate, the position of the learning rate on its slider, from 0; steps, from 1 to 60.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import loss_slice
        >>> print(loss_slice(x=0, y=0, rate=0))
        The loss around a trained network: ... With the rate 0.001 the straight line promises ...
    """
    return _live(LossSlice(**state))


def way_home(**state: Any) -> Any:
    """Show how a gradient comes back through a trained LeNet to one cell of x (chapters 0, 10 and 11).

    Args:
        **state: digit, which image (0 to 13; the first four are misread); row and column of the cell (0 to 31); map,
            of conv1, which is followed (0 to 5); gear and layer, what is spoiled and where, such as "= for +=" and
            "conv1", with spoiled=1; step, of the seven, which is lit, or 0.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import way_home
        >>> print(way_home(digit=2, row=16, column=14))
        The way home: ... A handwritten 8, and the network says 6 ...
    """
    return _live(WayHome(**state))


if not has_locate():
    del locate_button
    __all__.remove("locate_button")
