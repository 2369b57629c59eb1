"""Chapter 18: graph convolutions: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong

GCN = "gcn_backward"


def grads(dy, x, a, w):
    return a.T @ dy @ w, dy.T @ (a @ x), dy.sum(axis=0)


def gcn(name, *codes, **changed):
    """changed: which gradients another formula computes, of (dy, x, a, w); or `all`."""

    def backward(dy, cache):
        given = (dy, *cache)
        if "all" in changed:
            return changed["all"](*given)
        return tuple(
            changed.get(n, lambda *_, g=g: g)(*given) for n, g in zip(("dx", "dw", "db"), grads(*given), strict=True)
        )

    backward.__name__ = name
    (wrong(GCN, *codes) if codes else right(GCN))(backward)


@right(GCN)
def edge_by_edge(dy, cache):
    x, a, w = cache
    dx, dw, sent = np.zeros_like(x), np.zeros_like(w), dy @ w
    for i, j in np.argwhere(a):
        dx[j] += a[i, j] * sent[i]
        dw += a[i, j] * np.outer(dy[i], x[j])
    return [dx, dw, dy.sum(0)]


gcn(
    "by_einsum",
    all=lambda dy, x, a, w: (
        np.einsum("ij,if,fc->jc", a, dy, w),
        np.einsum("if,ij,jc->fc", dy, a, x),
        np.einsum("if->f", dy),
    ),
)
gcn("mixed_first", all=lambda dy, x, a, w: ((a.T @ dy) @ w, (a.T @ dy).T @ x, np.ones(len(dy), dy.dtype) @ dy))
gcn("a_in_place_of_its_transpose", "transpose", dx=lambda dy, x, a, w: a @ dy @ w)
gcn("dx_without_a", "formula", dx=lambda dy, x, a, w: dy @ w)
gcn(
    "dx_with_w_transposed",
    "transpose",
    "raises",
    dx=lambda dy, x, a, w: a.T @ dy @ (w.T if len(w) == w.shape[1] else w),
)
gcn("dw_without_a", "formula", dw=lambda dy, x, a, w: dy.T @ x)
gcn("dw_with_a_transposed", "transpose", dw=lambda dy, x, a, w: dy.T @ a.T @ x)
gcn("dw_transposed", "shape", dw=lambda dy, x, a, w: grads(dy, x, a, w)[1].T.copy())
gcn("db_with_a", "formula", db=lambda dy, x, a, w: (a.T @ dy).sum(axis=0))
gcn("db_with_a_from_the_other_side", "formula", db=lambda dy, x, a, w: (a @ dy).sum(axis=0))
gcn("db_mean", "scale", db=lambda dy, x, a, w: dy.mean(axis=0))
gcn("db_over_outputs", "shape", db=lambda dy, x, a, w: dy.sum(axis=1))
gcn("both_symmetric", "transpose", all=lambda dy, x, a, w: (a @ dy @ w, dy.T @ a.T @ x, dy.sum(0)))
gcn("neighbours_counted_once", "formula", "option", dx=lambda dy, x, a, w: (a != 0).T.astype(dy.dtype) @ dy @ w)
gcn("dx_sign", "sign", dx=lambda dy, x, a, w: -(a.T @ dy @ w))
gcn("ones", "upstream", all=lambda dy, x, a, w: grads(np.ones_like(dy), x, a, w))
gcn("with_a_gradient_of_a", "structure", all=lambda dy, x, a, w: (a.T @ dy @ w, dy @ w @ x.T, dy.T @ a @ x, dy.sum(0)))
gcn("first_node_alone", "reduction", db=lambda dy, x, a, w: dy[0].copy())


@wrong(GCN, "mutation")
def mixes_x_in_place(dy, cache):
    x, a, w = cache
    x[...] = a @ x
    return a.T @ dy @ w, dy.T @ x, dy.sum(axis=0)
