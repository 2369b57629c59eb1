import math


def cosine_lr(step, *, base_lr, t_max, eta_min=0.0):
    share = math.cos(math.pi * step / (2 * t_max)) ** 2
    return share * base_lr + (1 - share) * eta_min
