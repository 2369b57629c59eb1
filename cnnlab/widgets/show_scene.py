"""Show a scene as a widget, or as a still picture where there can be no widget."""

from __future__ import annotations

import os
from typing import Any

from cnnlab.widgets.scene import Scene


def show_scene(scene: Scene) -> Any:
    """Return the scene's widget or, if anywidget is not installed, its still picture with a line on what to install.

    With CNNLAB_STILL set in the environment every picture is still, for notebooks that will be printed.
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
