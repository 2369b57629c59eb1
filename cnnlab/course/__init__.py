"""The course: its exercises, their chapters and points, and how they are checked."""

from cnnlab.course.check import check
from cnnlab.course.derivation import both_sides
from cnnlab.course.learner_folder import given, mine, use
from cnnlab.course.model_answer import answer

__all__ = ["answer", "both_sides", "check", "given", "mine", "use"]
