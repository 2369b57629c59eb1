"""Chapter 13: dropout: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong


def dropout(name, *codes, formula):
    def backward(dy, cache):
        return formula(dy, cache.mask, cache.scale)

    backward.__name__ = name
    (wrong("dropout_backward", *codes) if codes else right("dropout_backward"))(backward)


def keeps(scale):
    """1 − p."""
    return 1 / scale if scale else 1.0


dropout("usual", formula=lambda d, m, s: d * m * s)
dropout("by_where", formula=lambda d, m, s: np.where(m, d * s, 0))
dropout("in_single_precision", formula=lambda d, m, s: (d.astype(np.float32) * m * np.float32(s)).astype(d.dtype))
dropout("divided", formula=lambda d, m, s: d * m / keeps(s) if s else np.zeros_like(d))
dropout("no_mask", "mask", formula=lambda d, m, s: d * s)
dropout("nothing_done", "mask", "mutation", formula=lambda d, m, s: d.copy())
dropout("dy_itself", "mutation", "mask", formula=lambda d, m, s: d)
dropout("no_scale", "scale", formula=lambda d, m, s: d * m)
dropout("scaled_twice", "scale", formula=lambda d, m, s: d * m * s * s)
dropout("scaled_the_other_way", "scale", formula=lambda d, m, s: d * m * keeps(s))
dropout("scaled_by_p", "scale", formula=lambda d, m, s: d * m * (1 - keeps(s)))
dropout("divided_by_p", "scale", "option", "stability", formula=lambda d, m, s: d * m / (1 - keeps(s)))
dropout("always_two", "option", formula=lambda d, m, s: d * m * 2)
dropout("mask_turned", "mask", formula=lambda d, m, s: d * ~m * s)
dropout("sign", "sign", formula=lambda d, m, s: -d * m * s)
dropout("ones", "upstream", formula=lambda d, m, s: np.ones_like(d) * m * s)
dropout("mean_of_dy", "upstream", formula=lambda d, m, s: d.mean() * m * s)
dropout("mask_of_the_first_row", "mask", "reduction", formula=lambda d, m, s: d * m[:1] * s)
dropout("mask_flipped", "mask", "flip", formula=lambda d, m, s: d * m[::-1] * s)
dropout("whole", "dtype", formula=lambda d, m, s: (d * m * s).astype(int))
dropout("flat", "shape", formula=lambda d, m, s: (d * m * s)[None])
dropout("in_a_list", "structure", formula=lambda d, m, s: (d * m * s, None))


@wrong("dropout_backward", "nondeterministic")
def a_new_mask(dy, cache):
    mask = np.random.default_rng().random(dy.shape) >= 1 - keeps(cache.scale)
    return dy * mask * cache.scale


@wrong("dropout_backward", "mask")
def a_mask_of_its_own(dy, cache):
    mask = np.random.default_rng(0).random(dy.shape) >= 1 - keeps(cache.scale)
    return dy * mask * cache.scale


@wrong("dropout_backward", "mutation")
def into_dy(dy, cache):
    dy *= cache.mask
    return dy * cache.scale


@wrong("dropout_backward", "mutation")
def mask_used_up(dy, cache):
    dx = dy * cache.mask * cache.scale
    cache.mask[...] = True
    return dx


@right("dropout_backward")
def entry_by_entry(dy, cache):
    dx = np.zeros_like(dy)
    for index in zip(*np.nonzero(cache.mask), strict=True):
        dx[index] = dy[index] * cache.scale
    return dx
