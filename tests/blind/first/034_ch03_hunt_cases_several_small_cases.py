import numpy as np


def hunt_cases():
    def case(x, s, dy):
        return np.array(x, dtype=float), np.array(s, dtype=float), np.array(dy, dtype=float)

    return [
        # one scale wins twice, another dy for each, below 0 too, large and small
        case([[3, 1, 2], [5, 1, -4], [0.5, 7, 1], [1, 2, 9]], [2, 3, 0.5], [1.5, -20, 0.25, -3]),
        # the largest x does not win, since the scales differ and one is below 0
        case([[4, 1, -3], [-1, -6, 2]], [0.5, 5, -2], [2, -0.75]),
        # ties: of the first and the last, of all, with scales that are not equal
        case([[2, 1, 2], [3, 3, 3]], [1, 1, 1], [5, -7]),
        case([[2, 4]], [2, 1], [-1.25]),
        # everything below 0
        case([[-3, -1]], [4, 2], [6]),
    ]
