import math


def cosine_lr(step, *, base_lr, t_max, eta_min=0.0):
    angle = 180 * step / t_max
    return eta_min + (base_lr - eta_min) * (1 + math.cos(angle)) / 2
