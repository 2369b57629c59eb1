from math import fsum, sqrt


def norm(numbers):
    return sqrt(fsum(n * n for n in numbers))


def compare_gradients(ours, theirs):
    def error(name):
        mine, other = ours.get(name), theirs[name]
        if mine is None or other is None or mine.shape != other.shape:
            return 1.0
        a, b = [float(n) for n in mine.ravel()], [float(n) for n in other.ravel()]
        distance = norm(p - q for p, q in zip(a, b, strict=True))
        return distance / (norm(a) + norm(b)) if distance else 0.0

    return [error(name) for name in sorted(theirs)]
