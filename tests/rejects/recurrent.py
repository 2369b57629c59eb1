"""Chapter 18: recurrent networks: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong

RNN = "rnn_backward"


def go_back(
    dy,
    cache,
    carry=lambda dz, w_hh: dz @ w_hh,
    slope=lambda y: 1 - y**2,
    keep=lambda total, part: total + part,
    before=lambda y, h0, t: y[:, t - 1] if t else h0,
    through=lambda dz, w_ih: dz @ w_ih,
    times=lambda steps: reversed(range(steps)),
    enter=lambda dy, dh, slope: (dy + dh) * slope,
    gather=False,
    leave=lambda dh, dz, g: dh,
):
    """All gradients, with a piece exchanged."""
    x, h0, w_ih, w_hh, y = cache
    dx, dh = np.zeros_like(x), np.zeros_like(h0)
    dw_ih, dw_hh, db = np.zeros_like(w_ih), np.zeros_like(w_hh), np.zeros_like(w_hh[0])
    for t in times(x.shape[1]):
        g = dy[:, t] + dh
        dz = enter(dy[:, t], dh, slope(y[:, t]))
        dx[:, t] = through(dz, w_ih)
        dh = carry(dz, w_hh) + (dh if gather else 0)
        dw_ih, dw_hh = keep(dw_ih, dz.T @ x[:, t]), keep(dw_hh, dz.T @ before(y, h0, t))
        db = keep(db, dz.sum(axis=0))
    return dx, leave(dh, dz, g), dw_ih, dw_hh, db


def change(dy, cache, **changed):
    """The right gradients with some exchanged. changed: name -> right gradient -> the returned one."""
    names = ("dx", "dh0", "dw_ih", "dw_hh", "db")
    return tuple(changed.get(n, lambda g: g)(g) for n, g in zip(names, go_back(dy, cache), strict=True))


def rnn(name, *codes, formula=None, **pieces):
    def backward(dy, cache):
        return formula(dy, cache) if formula else go_back(dy, cache, **pieces)

    backward.__name__ = name
    (wrong(RNN, *codes) if codes else right(RNN))(backward)


@right(RNN)
def sums_at_the_end(dy, cache):
    """All dz first, and then each gradient in one product."""
    x, h0, w_ih, w_hh, y = cache
    dz, back = np.empty_like(y), np.zeros_like(h0)
    for t in range(x.shape[1] - 1, -1, -1):
        dz[:, t] = (dy[:, t] + back) * (1 - y[:, t] * y[:, t])
        back = np.einsum("nh,hk->nk", dz[:, t], w_hh)
    before = np.concatenate([h0[:, None], y[:, :-1]], axis=1)
    return [
        np.einsum("nth,hd->ntd", dz, w_ih),
        back,
        np.einsum("nth,ntd->hd", dz, x),
        np.einsum("nth,ntk->hk", dz, before),
        dz.sum(axis=(0, 1)),
    ]


@right(RNN)
def by_recursion(dy, cache):
    """The gradient of every time's state, sequence by sequence."""
    x, h0, w_ih, w_hh, y = cache
    grads = [np.zeros_like(a) for a in (x, h0, w_ih, w_hh, w_hh[0])]

    def visit(n, t, dh):
        if t < 0:
            grads[1][n] = dh
            return
        dz = (dy[n, t] + dh) * (1 - y[n, t]) * (1 + y[n, t])
        grads[0][n, t] = w_ih.T @ dz
        grads[2] += np.outer(dz, x[n, t])
        grads[3] += np.outer(dz, y[n, t - 1] if t else h0[n])
        grads[4] += dz
        visit(n, t - 1, w_hh.T @ dz)

    for n in range(len(x)):
        visit(n, x.shape[1] - 1, np.zeros_like(h0[n]))
    return tuple(grads)


rnn("nothing_from_later", "formula", carry=lambda dz, w_hh: 0 * dz)
rnn("w_hh_transposed", "transpose", carry=lambda dz, w_hh: dz @ w_hh.T)
rnn("return_added_after_the_slope", "formula", enter=lambda dy, dh, slope: dy * slope + dh)
rnn("returns_of_all_later_times", "formula", gather=True)
rnn("w_hh_left_out", "formula", carry=lambda dz, w_hh: dz)
rnn("no_slope", "formula", slope=lambda y: np.ones_like(y))
rnn("slope_of_a_sigmoid", "formula", slope=lambda y: y * (1 - y))
rnn("slope_without_square", "formula", slope=lambda y: 1 - y)
rnn("tanh_once_more", "formula", slope=lambda y: 1 - np.tanh(y) ** 2)
rnn("first_time_alone", "accumulate", keep=lambda total, part: part)
rnn("state_of_its_own_time", "shift", before=lambda y, h0, t: y[:, t])
rnn("state_of_the_next_time", "shift", "formula", before=lambda y, h0, t: y[:, min(t + 1, y.shape[1] - 1)])
rnn("h0_left_out", "border", before=lambda y, h0, t: y[:, t - 1] if t else 0 * h0)
rnn("last_state_for_h0", "border", before=lambda y, h0, t: y[:, t - 1])
rnn("forwards_in_time", "formula", "flip", times=range)
rnn("w_ih_transposed", "transpose", "raises", through=lambda dz, w_ih: dz @ w_ih.T)


def replace_by_later(dy, cache):
    """The later time's gradient in place of dy plus it."""
    dy = dy.copy()
    dy[:, :-1] = 0
    return go_back(dy, cache)


def before_tanh(dy, cache):
    """dh0 is dz of the first time, without w_hh."""
    return change(dy, cache, dh0=lambda g: go_back(dy, cache, carry=lambda dz, w_hh: dz)[1])


rnn("dy_of_the_last_time_alone", "formula", formula=replace_by_later)
rnn("dh0_without_w_hh", "formula", formula=before_tanh)
rnn("dh0_of_z_at_time_0", "formula", leave=lambda dh, dz, g: dz)
rnn("dh0_of_y_at_time_0", "formula", leave=lambda dh, dz, g: g)
rnn("dh0_of_zeros", "formula", formula=lambda dy, c: change(dy, c, dh0=lambda g: 0 * g))
rnn("dx_sign", "sign", formula=lambda dy, c: change(dy, c, dx=lambda g: -g))
rnn("dw_ih_mean_over_times", "scale", formula=lambda dy, c: change(dy, c, dw_ih=lambda g: g / dy.shape[1]))
rnn("db_mean_over_sequences", "scale", formula=lambda dy, c: change(dy, c, db=lambda g: g / len(dy)))
rnn("dw_hh_transposed", "transpose", formula=lambda dy, c: change(dy, c, dw_hh=lambda g: g.T.copy()))
rnn("dw_ih_transposed", "shape", formula=lambda dy, c: change(dy, c, dw_ih=lambda g: g.T.copy()))
rnn("ones", "upstream", formula=lambda dy, c: go_back(np.ones_like(dy), c))
rnn("without_dh0", "structure", formula=lambda dy, c: (go_back(dy, c)[0], *go_back(dy, c)[2:]))
rnn("dh0_last", "structure", "shape", formula=lambda dy, c: (lambda g: (g[0], *g[2:], g[1]))(go_back(dy, c)))


@wrong(RNN, "mutation")
def into_dy(dy, cache):
    """What comes back is added to dy itself."""
    x, h0, w_ih, w_hh, y = cache
    dz = np.empty_like(y)
    for t in range(dy.shape[1] - 1, -1, -1):
        dz[:, t] = dy[:, t] * (1 - y[:, t] ** 2)
        if t:
            dy[:, t - 1] += dz[:, t] @ w_hh
    before = np.concatenate([h0[:, None], y[:, :-1]], axis=1)
    dw_ih, dw_hh = (np.einsum("nth,ntd->hd", dz, a) for a in (x, before))
    return dz @ w_ih, dz[:, 0] @ w_hh, dw_ih, dw_hh, dz.sum(axis=(0, 1))
