"""The two pictures of chapter 14: what an upsampling layer joins, and what a skip connection adds."""

from __future__ import annotations

from typing import Any

from cnnlab.widgets.show_scene import show_scene
from cnnlab.widgets.skip import SkipExplorer
from cnnlab.widgets.upsampling import UpsamplingExplorer

__all__ = ["skip_explorer", "upsampling_explorer"]


def skip_explorer(**state: Any) -> Any:
    """Show what the coarse way and the skip of a trained segmentation network each know (chapter 14).

    Args:
        **state: image, from 0 to 2, which scene; share, of the skip's logits, in tenths, from 0 to 10; row and column
            of the chosen pixel, from 0 to 31.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import skip_explorer
        >>> print(skip_explorer(share=10))
        A trained network with a skip: ... Scene 1 with 100 % of the skip: mean IoU 0...
    """
    return show_scene(SkipExplorer(**state))


def upsampling_explorer(**state: Any) -> Any:
    """Show an image of 4×4 cells that becomes one of 8×8, and how its gradient comes back (chapter 14).

    Args:
        **state: mode, "nearest", "bilinear" or "transposed convolution"; align_corners, "False" or "True", of mode
            "bilinear"; grid, "x" or "y", with row and column of the chosen cell.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import upsampling_explorer
        >>> print(upsampling_explorer(mode="bilinear", grid="y", row=1, column=2))
        Upsampling: ... y[1, 2] = (3·2 + 9·6 + 1·0 + 3·5)/16 = 75/16 = 4.69. 4 cells of x made it, ...
    """
    return show_scene(UpsamplingExplorer(**state))
