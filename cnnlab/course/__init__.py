"""The course: what is asked, in which chapter, for how many points, and how it is checked."""

from cnnlab.course.check import check
from cnnlab.course.derivation import both_sides
from cnnlab.course.learner_folder import given, mine, use

__all__ = ["both_sides", "check", "given", "mine", "use"]
