import math

import numpy as np


def relative_error(a, b):
    a, b = np.asarray(a, float).ravel(), np.asarray(b, float).ravel()
    above = math.hypot(*(a - b).tolist())
    below = math.hypot(*a.tolist()) + math.hypot(*b.tolist())
    return 0.0 if below == 0 else above / below
