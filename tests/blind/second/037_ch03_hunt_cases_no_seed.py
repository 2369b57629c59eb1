import numpy as np


def hunt_cases():
    rng = np.random.default_rng()
    cases = []
    for n, d in ((5, 2), (4, 4)):
        cases.append((rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=n)))
    x, s = np.array([[3.0, 3.0, 3.0]]), np.array([2.0, 2.0, 1.0])
    cases.append((x, s, np.array([-1.75])))
    cases.append((np.array([[-2.0, -1.0], [-4.0, -1.0]]), np.array([0.5, 0.25]), np.array([2.0, -3.0])))
    return cases
