import numpy as np


def hunt_cases():
    rng = np.random.default_rng()
    cases = []
    for n, d in ((3, 2), (2, 4)):
        cases.append((rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=n)))
    tie = np.array([[2.0, 2.0, 1.0], [0.0, 3.0, 3.0], [-4.0, -2.0, -1.0]]), np.ones(3), np.array([2.0, -30.0, 1.0])
    return [*cases, tie]
