"""The bodies with which the ten functions of hunt.py are handed out: each is the solution with one mistake.

`python -m authoring.cut_stubs` puts them into the learner's file under the solution's signature and docstring. Each is
the text of a body without comments, and differs from the solution in one place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: What the solution says -> what is handed out in its place.
CHANGES: Mapping[str, tuple[str, str]] = {
    "repair_relu_backward": ("return dy * (cache.x > 0)", "return dy * (dy > 0)"),
    "repair_linear_backward": ("dw = upstream.T @ samples", "dw = upstream.T @ samples / len(samples)"),
    "repair_cross_entropy_backward": ('if reduction == "mean":', 'if reduction == "sum":'),
    "repair_conv2d_bias_grad": ("return dy.sum(axis=(2, 3)).sum(axis=0)", "return dy.mean(axis=(2, 3)).sum(axis=0)"),
    "repair_conv2d_weight_grad": ("dw_split[..., u, v] = (dy_rows", "dw_split[..., v, u] = (dy_rows"),
    "repair_conv2d_input_grad": ("w_split[..., u, v].swapaxes", "w_split[..., -1 - u, -1 - v].swapaxes"),
    "repair_max_pool2d_backward": ("np.where(winner == tap, dy, 0)", "np.where(winner <= tap, dy, 0)"),
    "repair_batch_norm_backward": ("(dx_hat - mean(dx_hat, axes) - x_hat", "(dx_hat - x_hat"),
    "repair_dropout_backward": ("return dy * cache.mask * cache.scale", "return dy * cache.mask"),
    "repair_momentum_step": ("(1 - dampening) * grad", "(1 - momentum) * grad"),
}

#: The letter of each run in the picture -> the function whose mistake it shows.
LETTERS: Mapping[str, str] = {
    "A": "repair_max_pool2d_backward",
    "B": "repair_conv2d_input_grad",
    "C": "repair_conv2d_weight_grad",
    "D": "repair_momentum_step",
    "E": "repair_batch_norm_backward",
    "F": "repair_conv2d_bias_grad",
    "G": "repair_dropout_backward",
    "H": "repair_linear_backward",
    "I": "repair_cross_entropy_backward",
    "J": "repair_relu_backward",
}


def spoil_body(name: str, body: str) -> str:
    """Return the body of a solution without comments and with its mistake."""
    right, wrong = CHANGES[name]
    if body.count(right) != 1:
        raise ValueError(f"{name} has {right!r} {body.count(right)} times; once is needed")
    return re.sub(r"(?m)^ *#.*\n|  # .*$", "", body).replace(right, wrong)
