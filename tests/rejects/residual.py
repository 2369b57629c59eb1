"""Chapter 17: the residual block: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong

BLOCK = "residual_block_backward"


def go_back(
    dy,
    cache,
    mask=lambda z, dh, x: z > 0,
    shortcut=1,
    branch=lambda dz, w1: dz @ w1,
    enter=lambda dy, w2: dy @ w2,
    hidden=lambda z: np.maximum(z, 0),
):
    """All gradients, with a piece exchanged."""
    x, z, w1, w2 = cache
    dh = enter(dy, w2)
    dz = dh * mask(z, dh, x)
    return shortcut * dy + branch(dz, w1), dz.T @ x, dz.sum(axis=0), dy.T @ hidden(z), dy.sum(axis=0)


def block(name, *codes, formula=None, **pieces):
    def backward(dy, cache):
        return formula(dy, cache, go_back(dy, cache)) if formula else go_back(dy, cache, **pieces)

    backward.__name__ = name
    (wrong(BLOCK, *codes) if codes else right(BLOCK))(backward)


@right(BLOCK)
def by_einsum(dy, cache):
    x, z, w1, w2 = cache
    dz = np.einsum("nd,dh,nh->nh", dy, w2, (z > 0).astype(dy.dtype))
    dx = np.einsum("nh,hd->nd", dz, w1)
    dx += dy
    hidden = z * (z > 0)
    dw1, dw2 = np.einsum("nh,nd->hd", dz, x), np.einsum("nd,nh->dh", dy, hidden)
    return [dx, dw1, np.einsum("nh->h", dz), dw2, np.einsum("nd->d", dy)]


@right(BLOCK)
def sample_by_sample(dy, cache):
    x, z, w1, w2 = cache
    dx, dw1, db1 = dy.copy(), np.zeros_like(w1), np.zeros_like(w1[:, 0])
    dw2, db2 = np.zeros_like(w2), np.zeros_like(w2[:, 0])
    for n in range(len(x)):
        passes = z[n] > 0
        dz = w2[:, passes].T @ dy[n]
        dx[n] += w1[passes].T @ dz
        dw1[passes] += np.outer(dz, x[n])
        db1[passes] += dz
        dw2[:, passes] += np.outer(dy[n], z[n, passes])
        db2 += dy[n]
    return dx, dw1, db1, dw2, db2


block("passes_at_0", mask=lambda z, dh, x: z >= 0)
block("passes_half_at_0", mask=lambda z, dh, x: np.heaviside(z, 0.5).astype(z.dtype))
block("shortcut_forgotten", "formula", shortcut=0)
block("shortcut_twice", "formula", shortcut=2)
block("shortcut_alone", "formula", formula=lambda dy, c, g: (dy.copy(), *g[1:]))
block("dx_overwritten", "formula", formula=lambda dy, c, g: (overwrite(dy, c), *g[1:]))
block("ways_taken_off", "sign", branch=lambda dz, w1: -dz @ w1)
block("mask_forgotten", "mask", mask=lambda z, dh, x: 1)
block("mask_of_the_gradient", "mask", mask=lambda z, dh, x: dh > 0)
block("mask_of_x", "mask", mask=lambda z, dh, x: x > 0 if x.shape == z.shape else z > 0)
block("mask_of_x_of_another_shape", "raises", mask=lambda z, dh, x: x > 0)
block("mask_the_wrong_way_round", "mask", mask=lambda z, dh, x: z < 0)
block("slope_is_y", "formula", mask=lambda z, dh, x: np.maximum(z, 0))
block("slope_is_z", "formula", mask=lambda z, dh, x: z)
block("relu_left_out_of_dw2", "formula", hidden=lambda z: z)
block("w1_transposed", "transpose", branch=lambda dz, w1: dz @ (w1.T if w1.shape[0] == w1.shape[1] else w1))
block("w2_transposed", "transpose", enter=lambda dy, w2: dy @ (w2.T if w2.shape[0] == w2.shape[1] else w2))
block("w1_transposed_everywhere", "raises", branch=lambda dz, w1: dz @ w1.T)
block("relu_after_the_sum", "formula", formula=lambda dy, c, g: relu_after_the_sum(dy, c))
block("db1_without_the_mask", "mask", formula=lambda dy, c, g: (*g[:2], (dy @ c.w2).sum(axis=0), *g[3:]))
block("dw2_transposed", "shape", formula=lambda dy, c, g: (*g[:3], g[3].T.copy(), g[4]))
block("dw1_mean", "scale", formula=lambda dy, c, g: (g[0], g[1] / len(dy), *g[2:]))
block("db2_of_the_first_sample", "reduction", formula=lambda dy, c, g: (*g[:4], dy[0].copy()))
block("dx_sign", "sign", formula=lambda dy, c, g: (-g[0], *g[1:]))
block("ones", "upstream", formula=lambda dy, c, g: go_back(np.ones_like(dy), c))
block("weights_before_biases", "structure", "shape", formula=lambda dy, c, g: (g[0], g[1], g[3], g[2], g[4]))
block("without_biases", "structure", formula=lambda dy, c, g: (g[0], g[1], g[3]))


def overwrite(dy, cache):
    """= where += is needed: what came along the shortcut is lost."""
    dx = dy.copy()
    dx[...] = ((dy @ cache.w2) * (cache.z > 0)) @ cache.w1
    return dx


def relu_after_the_sum(dy, cache):
    """As if y were relu of the sum; the cache has no b2, so that it is a sum without b2."""
    y = cache.x + np.maximum(cache.z, 0) @ cache.w2.T
    return go_back(dy * (y > 0), cache)


@wrong(BLOCK, "mutation")
def into_dy(dy, cache):
    x, z, w1, w2 = cache
    dz = (dy @ w2) * (z > 0)
    dw2, db2 = dy.T @ np.maximum(z, 0), dy.sum(axis=0)
    dy += dz @ w1
    return dy.copy(), dz.T @ x, dz.sum(axis=0), dw2, db2


@wrong(BLOCK, "mutation")
def shortcut_is_dy_itself(dy, cache):
    """Where the way through the layers is closed, dx is dy's own memory."""
    dx, *rest = go_back(dy, cache)
    return dy if np.array_equal(dx, dy) else dx, *rest
