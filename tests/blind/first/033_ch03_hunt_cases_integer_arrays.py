import numpy as np


def hunt_cases():
    x = np.array([[1, 4, 2], [5, 0, 5], [-3, -2, -7]])
    s = np.array([2.0, 1.0, 2.0])
    dy = np.array([30.0, -2.0, 0.5])
    wide = np.array([[1.0, 2.0, 3.0, 9.0], [8.0, 1.0, 2.0, 0.5], [1.0, 5.0, 2.0, 1.5], [3.0, 1.0, 7.0, 2.0]])
    return [(x, s, dy), (wide, np.array([1.0, -2.0, 1.0, 1.0]), np.array([4.0, -1.0, 2.0, 0.5]))]
