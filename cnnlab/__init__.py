"""cnnlab: backpropagation in convolutional networks, derived, written and checked one gradient at a time."""

from cnnlab import data, nn
from cnnlab.course import both_sides, check, given, mine, use
from cnnlab.progress import status
from cnnlab.train import fit

__version__ = "0.1.0"

__all__ = ["both_sides", "check", "data", "fit", "given", "mine", "nn", "status", "use"]
