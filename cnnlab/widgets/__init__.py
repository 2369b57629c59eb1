"""Interactive pictures for notebooks, each with a still picture. Drawing libraries are imported only when needed."""

from __future__ import annotations

from cnnlab.left_out import has_locate
from cnnlab.widgets.batchnorm import batch_explorer
from cnnlab.widgets.errata import formula_repairs
from cnnlab.widgets.explorer import conv_explorer
from cnnlab.widgets.ganfield import gan_field
from cnnlab.widgets.gearboard import gear_board
from cnnlab.widgets.graph import graph_stepper
from cnnlab.widgets.ledger import shape_ledger
from cnnlab.widgets.lossslice import loss_slice
from cnnlab.widgets.pooling import pool_explorer
from cnnlab.widgets.race import optimizer_race
from cnnlab.widgets.roi import roi_explorer
from cnnlab.widgets.sixsteps import six_steps
from cnnlab.widgets.skip import skip_explorer
from cnnlab.widgets.slopes import activation_curves
from cnnlab.widgets.softmax import softmax_jacobian
from cnnlab.widgets.symptoms import hunt_board
from cnnlab.widgets.turnover import c_turns_over
from cnnlab.widgets.ucurve import u_curve
from cnnlab.widgets.unrolled import unrolled_network
from cnnlab.widgets.upsampling import upsampling_explorer
from cnnlab.widgets.wayhome import way_home
from cnnlab.widgets.where_button import locate_button
from cnnlab.widgets.windows import window_stepper

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

if not has_locate():
    del locate_button
    __all__.remove("locate_button")
