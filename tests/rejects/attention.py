"""Chapter 18: attention: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong

ATTENTION = "attention_backward"


def go_back(
    dy, cache, softmax=lambda p, dp: p * (dp - (dp * p).sum(axis=3, keepdims=True)), scale=lambda q: q.shape[3] ** -0.5
):
    """All gradients, with a piece exchanged."""
    q, k, v, p = cache
    ds = softmax(p, dy @ v.swapaxes(2, 3)) * q.dtype.type(scale(q))
    return ds @ k, ds.swapaxes(2, 3) @ q, p.swapaxes(2, 3) @ dy


def attention(name, *codes, formula=None, **pieces):
    def backward(dy, cache):
        return formula(dy, cache, go_back(dy, cache)) if formula else go_back(dy, cache, **pieces)

    backward.__name__ = name
    (wrong(ATTENTION, *codes) if codes else right(ATTENTION))(backward)


@right(ATTENTION)
def by_einsum(dy, cache):
    q, k, v, p = cache
    dp = np.einsum("nhte,nhse->nhts", dy, v)
    ds = p * (dp - np.einsum("nhts,nhts->nht", p, dp)[..., None])
    dq, dk = np.einsum("nhts,nhsd->nhtd", ds, k), np.einsum("nhts,nhtd->nhsd", ds, q)
    root = np.sqrt(np.array(q.shape[3], q.dtype))
    return [dq / root, dk / root, np.einsum("nhts,nhte->nhse", p, dy)]


@right(ATTENTION)
def with_softmaxs_jacobian(dy, cache):
    """Query by query, with the whole matrix of slopes."""
    q, k, v, p = cache
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for n, h, t in np.ndindex(p.shape[:3]):
        row = p[n, h, t]
        ds = (np.diag(row) - np.outer(row, row)) @ (v[n, h] @ dy[n, h, t]) / q.dtype.type(q.shape[3] ** 0.5)
        dq[n, h, t] = ds @ k[n, h]
        dk[n, h] += np.outer(ds, q[n, h, t])
        dv[n, h] += np.outer(row, dy[n, h, t])
    return dq, dk, dv


attention("not_scaled", "scale", scale=lambda q: 1)
attention("scaled_by_d", "scale", scale=lambda q: 1 / q.shape[3])
attention("scaled_by_queries", "scale", scale=lambda q: q.shape[2] ** -0.5)
attention("scaled_by_heads", "scale", scale=lambda q: q.shape[1] ** -0.5)
attention("scaled_by_root_of_2", "option", "scale", "geometry", scale=lambda q: 2**-0.5)
attention("entry_by_entry", "formula", softmax=lambda p, dp: p * dp)
attention("diagonal_alone", "formula", softmax=lambda p, dp: p * (1 - p) * dp)
attention("no_softmax", "formula", softmax=lambda p, dp: dp)
attention("sum_over_queries", "reduction", softmax=lambda p, dp: p * (dp - (dp * p).sum(axis=2, keepdims=True)))
attention("sum_without_p", "formula", softmax=lambda p, dp: p * (dp - dp.sum(axis=3, keepdims=True)))
attention(
    "dv_with_p",
    "transpose",
    "raises",
    formula=lambda dy, c, g: (*g[:2], c.p @ dy if c.p.shape[2] == c.p.shape[3] else g[2]),
)
attention(
    "dk_without_transpose",
    "transpose",
    "raises",
    formula=lambda dy, c, g: (g[0], go_back(dy, c._replace(k=c.q))[0] if c.q.shape == c.k.shape else g[1], g[2]),
)
attention("dq_and_dk_exchanged", "structure", "shape", formula=lambda dy, c, g: (g[1], g[0], g[2]))
attention("dk_sign", "sign", formula=lambda dy, c, g: (g[0], -g[1], g[2]))
attention("dv_twice", "scale", formula=lambda dy, c, g: (*g[:2], 2 * g[2]))
attention(
    "dv_first_head",
    *("channel", "reduction", "formula"),
    formula=lambda dy, c, g: (*g[:2], np.repeat(g[2][:, :1], dy.shape[1], 1)),
)
attention("ones", "upstream", formula=lambda dy, c, g: go_back(np.ones_like(dy), c))
attention("no_dv", "structure", formula=lambda dy, c, g: g[:2])


@wrong(ATTENTION, "option")
def mask_forgotten(dy, cache):
    """The weights are computed again, without the mask."""
    q, k = cache[:2]
    raised = np.exp(q @ k.swapaxes(2, 3) / q.dtype.type(q.shape[3] ** 0.5))
    return go_back(dy, cache._replace(p=raised / raised.sum(axis=3, keepdims=True)))


@wrong(ATTENTION, "mutation")
def into_p(dy, cache):
    q, k, v, p = cache
    dv, dp = p.swapaxes(2, 3) @ dy, dy @ v.swapaxes(2, 3)
    total = (dp * p).sum(axis=3, keepdims=True)
    p *= (dp - total) / q.dtype.type(q.shape[3] ** 0.5)
    return p @ k, p.swapaxes(2, 3) @ q, dv
