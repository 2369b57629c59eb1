"""cnnlab: backpropagation in convolutional networks, derived, written and checked one gradient at a time."""

from cnnlab.course import both_sides, check, given, mine, use

__version__ = "0.1.0"

__all__ = ["both_sides", "check", "given", "mine", "use"]
