"""Write the page of feedback that a student gets: nbgrader's, extended by a template of this course."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter

TEMPLATE = "cnnlab_feedback"
FOLDER = Path(__file__).parent / "templates"


class FeedbackExporter(HTMLExporter):
    """nbconvert's page of a notebook; a class of its own, so that its template is used for feedback alone."""


def configure_feedback(c: Any) -> None:
    """Make nbgrader write feedback with our template, which extends nbgrader's own."""
    import nbgrader

    formgrader = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    styles = formgrader / "static" / "node_modules" / "bootstrap" / "dist" / "css"
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.FeedbackExporter.template_name = TEMPLATE
    c.FeedbackExporter.extra_template_basedirs = [str(FOLDER)]
    c.FeedbackExporter.extra_template_paths = [str(FOLDER / TEMPLATE), str(formgrader / "templates"), str(styles)]
