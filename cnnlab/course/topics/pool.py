"""Chapter 9: pooling. What is asked of pool.py."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from cnnlab.course.cases import pool as cases
from cnnlab.course.cases.conv import two
from cnnlab.course.topics import average_pool
from cnnlab.course.topics.pool_pieces import (
    MISPLACED,
    count_sizes,
    crop_copy,
    list_taps,
    place_windows,
    pooling,
    send_to_all_cells,
    share_equally,
)
from cnnlab.gradcheck.case import TRANSFORMED, Case
from cnnlab.gradcheck.problem import Freedom, Rival
from cnnlab.gradcheck.wording import explain_lost_terms


def ties(case: Case) -> dict[str, Freedom]:
    """The cells of a tied window may share its gradient in any way in which the shares add up."""
    geo, padded, taps = list_taps(case)
    dy = np.asarray(case.dy, np.float64)
    y = np.max([padded[cells] for cells in taps], axis=0)
    winners = np.sum([padded[cells] == y for cells in taps], axis=0)
    low, high, free = np.zeros(padded.shape), np.zeros(padded.shape), np.zeros(padded.shape, bool)
    for cells in taps:
        wins = padded[cells] == y
        low[cells] += np.where(wins, np.where(winners > 1, np.minimum(dy, 0), dy), 0)
        high[cells] += np.where(wins, np.where(winners > 1, np.maximum(dy, 0), dy), 0)
        free[cells] |= wins & (winners > 1)
    ends = (np.where(free, end, np.nan) for end in (low, high))
    return {"dx": Freedom(*(crop_copy(end, geo) for end in ends), total=float(dy[np.isfinite(y)].sum()))}


def _smallest(case: Case, right):
    """What the smallest cell of every window would get."""
    return right(replace(case, inputs={"x": -case.inputs["x"]})) if not np.any(_padding(case)) else None


def _padding(case: Case) -> tuple[int, int]:
    return two(case.options.get("padding", 0))


def _all_ties(case: Case, right):
    """dy to every cell that equals the maximum of its window."""
    geo, padded, taps = list_taps(case)
    dx, dy = np.zeros(padded.shape), np.asarray(case.dy, np.float64)
    largest = np.max([padded[cells] for cells in taps], axis=0)
    for cells in taps:
        dx[cells] += np.where(padded[cells] == largest, dy, 0)
    return crop_copy(dx, geo)


def _last_window(case: Case, right):
    """What stays when each window overwrites its cells, with 0 where it does not have its maximum."""
    geo, padded, taps = list_taps(case)
    dx, dy = np.zeros(padded.shape), np.asarray(case.dy, np.float64)
    winner = np.argmax([padded[cells] for cells in taps], axis=0)
    for i, j in np.ndindex(*geo.output):
        for tap, (_, rows, columns) in enumerate(taps):
            row, column = (range(s.start, s.stop, s.step)[k] for s, k in ((rows, i), (columns, j)))
            dx[:, :, row, column] = np.where(winner[:, :, i, j] == tap, dy[:, :, i, j], 0)
    return crop_copy(dx, geo)


def _last_tap(case: Case, right):
    """What stays when each tap overwrites its slice, with 0 where it did not win."""
    geo, padded, taps = list_taps(case)
    dx, dy = np.zeros(padded.shape), np.asarray(case.dy, np.float64)
    winner = np.argmax([padded[cells] for cells in taps], axis=0)
    for tap, cells in enumerate(taps):
        dx[cells] = np.where(winner == tap, dy, 0)
    return crop_copy(dx, geo)


def _other_winner(change):
    """dy to another cell of the window. change: (winner's number, the kernel's sizes) -> a cell's number."""

    def compute(case: Case, right):
        geo, padded, taps = list_taps(case)
        dx, dy = np.zeros(padded.shape), np.asarray(case.dy, np.float64)
        winner = change(np.argmax([padded[cells] for cells in taps], axis=0), two(case.options["kernel_size"]))
        if winner is None:
            return None
        for tap, cells in enumerate(taps):
            dx[cells] += np.where(winner == tap, dy, 0)
        return crop_copy(dx, geo)

    return compute


def _exchange_place(winner: np.ndarray, kernel: tuple[int, int]) -> np.ndarray | None:
    rows, columns = kernel
    return winner % columns * rows + winner // columns if rows == columns else None


def _first_cell(winner: np.ndarray, kernel: tuple[int, int]) -> np.ndarray:
    return np.zeros_like(winner)


def _misplace(move):
    """dx where windows lie elsewhere."""

    def compute(case: Case, right):
        _, padded, taps = list_taps(case)
        winner = np.argmax([padded[cells] for cells in taps], axis=0)
        dy = np.asarray(case.dy, np.float64)
        return place_windows(case, [np.where(winner == tap, dy, 0) for tap in range(len(taps))], move)

    return compute


def _gather_in_first(dx: np.ndarray, axis: int) -> np.ndarray:
    """Everything in the first slice along an axis."""
    found = np.zeros_like(dx)
    np.moveaxis(found, axis, 0)[0] = dx.sum(axis=axis)
    return found


def _divide_by_rows(winner: np.ndarray, kernel: tuple[int, int]) -> np.ndarray:
    rows, columns = kernel
    return winner // rows * columns + winner % rows


def _all_but_winner(case: Case, right):
    return send_to_all_cells(case, right) - right(case)


def _cells_up_to_winner(case: Case, right):
    geo, padded, taps = list_taps(case)
    dx, dy = np.zeros(padded.shape), np.asarray(case.dy, np.float64)
    winner = np.argmax([padded[cells] for cells in taps], axis=0)
    for tap, cells in enumerate(taps):
        dx[cells] += np.where(tap <= winner, dy, 0)
    return crop_copy(dx, geo)


def _torch_max_pool2d(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """PyTorch's pooling, by unfold where a window may lie in the padding alone: its own writes beside x's memory."""
    import torch

    functional = torch.nn.functional
    if ceil_mode or not np.any(padding) or np.all(np.equal(dilation, 1)):
        return functional.max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode)
    kernel, (rows, columns) = two(kernel_size), two(padding)
    stride = kernel if stride is None else two(stride)
    padded = functional.pad(x, (columns, columns, rows, rows), value=-np.inf)
    size = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(padded.shape[2:], kernel, stride, two(dilation), strict=True)
    ]
    windows = functional.unfold(padded, kernel, dilation, 0, stride).reshape(*x.shape[:2], prod(kernel), *size)
    return windows.max(dim=2).values


#: Why dx keeps one of several terms.
LOST = explain_lost_terms("dx")

MAX_POOL2D = pooling(
    "max_pool2d",
    torch_forward=_torch_max_pool2d,
    points=6,
    where="chapter 9, max pooling",
    hints=(
        "Change one cell of a window by very little. When does the window's maximum change, and by how much?",
        (
            "The winner of a window gets all of its dy, the others nothing. The cache knows the winner's tap; a cell "
            "may win in several windows."
        ),
        (
            "Begin with zeros of the padded size. To each tap's slice add dy where this tap is the winner, and 0 "
            "elsewhere. Cut the padding off at the end."
        ),
    ),
    base=cases.images(),
    core={**cases.CORE, **cases.TIES},
    general={
        **cases.GENERAL,
        **cases.OF_MAX,
        "large numbers": replace(cases.images(), draws={}, scale=2.0**40),
    },
    properties=cases.MAX_PROPERTIES,
    quantities=count_sizes,
    freedom=ties,
    tolerance=TRANSFORMED,
    rivals=(
        Rival("dx", "mask", "dx goes to the smallest cell of every window: the largest one made y.", _smallest),
        Rival(
            "dx",
            "mask",
            "dx goes to every cell of a window: only the winner made y, so the others get nothing.",
            send_to_all_cells,
        ),
        Rival(
            "dx",
            "mask",
            "dx is shared equally by the cells of a window, as in average pooling: only the winner made y.",
            share_equally,
        ),
        Rival(
            "dx",
            "kink",
            "dx gives the whole of dy to every cell that equals the maximum: of tied cells one may have it, or each a "
            "share, and the shares add up to dy.",
            _all_ties,
        ),
        Rival(
            "dx",
            "accumulate",
            f"dx keeps only what the last window of a cell gave it, 0 where it did not win there: {LOST}. "
            "A cell collects from all windows that it won.",
            _last_window,
        ),
        Rival(
            "dx",
            "accumulate",
            f"dx keeps only what the last place in a window gave a cell, 0 where it did not win there: {LOST}. "
            "A cell collects from all windows that it won.",
            _last_tap,
        ),
        Rival(
            "dx",
            "mask",
            "dx goes to the first cell of every window: only the winner made y.",
            _other_winner(_first_cell),
        ),
        Rival(
            "dx",
            "mask",
            "dx goes to the cell with the winner's row and column exchanged: the winner's number is KW·u + v.",
            _other_winner(_exchange_place),
        ),
        Rival(
            "dx",
            "mask",
            "dx goes to the cell before the winner: the taps count from 0, as the winner's number does.",
            _other_winner(lambda winner, kernel: winner - 1),
        ),
        Rival(
            "dx",
            "mask",
            "dx goes to the cell after the winner: the taps count from 0, as the winner's number does.",
            _other_winner(lambda winner, kernel: winner + 1),
        ),
        *(Rival("dx", "option", sentence, _misplace(move)) for sentence, move in MISPLACED.items()),
        Rival(
            "dx",
            "channel",
            "dx adds what all channels get to channel 0: each channel has windows of its own.",
            lambda case, right: _gather_in_first(right(case), 1),
        ),
        Rival(
            "dx",
            "reduction",
            "dx adds what all images get to image 0: each image has windows of its own.",
            lambda case, right: _gather_in_first(right(case), 0),
        ),
        Rival(
            "dx",
            "geometry",
            "dx divides the winner's number by KH: it is KW·u + v, so u is the number // KW.",
            _other_winner(_divide_by_rows),
        ),
        Rival(
            "dx",
            "mask",
            "dx takes the winner's number from the end of the window: the taps count from 0, row by row.",
            _other_winner(lambda winner, kernel: prod(kernel) - 1 - winner),
        ),
        Rival(
            "dx",
            "mask",
            "dx goes to every cell of a window but the winner: only the winner made y.",
            _all_but_winner,
        ),
        Rival(
            "dx",
            "mask",
            "dx leaves out what the first cell of a window won: the taps count from 0.",
            _other_winner(lambda winner, kernel: np.where(winner == 0, -1, winner)),
        ),
        Rival(
            "dx",
            "mask",
            "dx leaves out what the last cell of a window won: the last tap counts too.",
            _other_winner(lambda winner, kernel: np.where(winner == prod(kernel) - 1, -1, winner)),
        ),
        Rival(
            "dx",
            "mask",
            "dx goes to every cell up to the winner: winner == tap picks it, and winner >= tap all before it too.",
            _cells_up_to_winner,
        ),
    ),
)


OPERATIONS = (MAX_POOL2D, average_pool.AVG_POOL2D, average_pool.ADAPTIVE_AVG_POOL2D)
