"""Chapter 13: penalties: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong


def penalty(op, name, *codes, formula):
    def backward(dy, cache):
        return formula(dy, cache.strength, cache.w)

    backward.__name__ = name
    (wrong(f"{op}_backward", *codes) if codes else right(f"{op}_backward"))(backward)


def l1(name, *codes, formula):
    penalty("l1_penalty", name, *codes, formula=formula)


def l2(name, *codes, formula):
    penalty("l2_penalty", name, *codes, formula=formula)


l1("l1_usual", formula=lambda d, s, w: d * s * np.sign(w))
l1("l1_slope_one_at_zero", formula=lambda d, s, w: d * s * np.where(w >= 0, 1.0, -1.0).astype(w.dtype))
l1("l1_by_masks", formula=lambda d, s, w: d * s * ((w > 0) * 1.0 - (w < 0) * 1.0).astype(w.dtype))
l1("l1_of_l2", "formula", formula=lambda d, s, w: d * s * w)
l1("l1_absolute", "formula", formula=lambda d, s, w: d * s * np.abs(w))
l1("l1_ones", "mask", formula=lambda d, s, w: d * s * np.ones_like(w))
l1("l1_sign", "sign", formula=lambda d, s, w: -d * s * np.sign(w))
l1("l1_half", "scale", formula=lambda d, s, w: d * s / 2 * np.sign(w))
l1("l1_no_strength", "scale", "option", formula=lambda d, s, w: d * np.sign(w))
l1("l1_strength_squared", "scale", "option", formula=lambda d, s, w: d * s**2 * np.sign(w))
l1("l1_no_dy", "upstream", formula=lambda d, s, w: s * np.sign(w))
l1("l1_averaged", "scale", formula=lambda d, s, w: d * s * np.sign(w) / w.size)
l1("l1_above_zero_only", "mask", formula=lambda d, s, w: d * s * (w > 0).astype(w.dtype))
l1("l1_too_steep_at_zero", "kink", formula=lambda d, s, w: d * s * np.where(w == 0, 3.0, np.sign(w)).astype(w.dtype))
l1("l1_summed", "shape", formula=lambda d, s, w: np.sum(d * s * np.sign(w)))
l1("l1_whole", "dtype", formula=lambda d, s, w: (d * s * np.sign(w)).astype(int))

l2("l2_usual", formula=lambda d, s, w: d * s * w)
l2("l2_by_the_half", formula=lambda d, s, w: d * (s / 2) * 2 * w)
l2("l2_in_single_precision", formula=lambda d, s, w: (np.float32(d * s) * w.astype(np.float32)).astype(w.dtype))
l2("l2_twice", "scale", formula=lambda d, s, w: 2 * d * s * w)
l2("l2_halved", "scale", formula=lambda d, s, w: d * s / 2 * w)
l2("l2_of_l1", "formula", formula=lambda d, s, w: d * s * np.sign(w))
l2("l2_squared", "formula", formula=lambda d, s, w: d * s * w**2)
l2("l2_sign", "sign", formula=lambda d, s, w: -d * s * w)
l2("l2_absolute", "mask", "formula", formula=lambda d, s, w: d * s * np.abs(w))
l2("l2_no_strength", "scale", "option", formula=lambda d, s, w: d * w)
l2("l2_no_dy", "upstream", formula=lambda d, s, w: s * w)
l2("l2_averaged", "scale", formula=lambda d, s, w: d * s * w / w.size)
l2("l2_the_weights_themselves", "mutation", "upstream", formula=lambda d, s, w: w)
l2("l2_norm", "formula", "reduction", formula=lambda d, s, w: d * s * w / np.sqrt((w**2).sum()))


@wrong("l2_penalty_backward", "mutation")
def l2_in_place(dy, cache):
    cache.w[...] *= dy * cache.strength
    return cache.w.copy()
