"""A button that looks for the line of a mistake and shows it below itself."""

from __future__ import annotations

from functools import partial
from typing import Any


def locate_button(what: str, **how: Any) -> Any:
    """Show the button "Where is it?", which looks for the line of a mistake in your code.

    Args:
        what: The name of an exercise or an op, as for locate.
        **how: Further arguments of locate, such as function or seconds.

    Returns:
        A widget.

    Example:
        >>> from cnnlab.widgets import locate_button
        >>> print(type(locate_button("conv2d_bias_grad")).__name__)
        VBox
    """
    from cnnlab.course.locate_line import locate
    from cnnlab.gradcheck.render.where_button import make_button

    return make_button(partial(locate, what, **how))
