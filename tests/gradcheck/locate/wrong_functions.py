"""Functions with one mistake each, in the line that ends with the comment `wrong`; by kind of change."""

import numpy as np

#: kind -> (exercise, function)
WRONG = []


def wrong(kind, exercise):
    def register(function):
        WRONG.append((kind, exercise, function))
        return function

    return register


@wrong("operator", "tanh_backward")
def sign_of_the_square(dy, cache):
    slope = 1 + cache.y**2  # wrong
    return dy * slope


@wrong("operator", "linear_backward")
def minus_for_dx(dy, cache):
    rows, columns = dy.reshape(-1, dy.shape[-1]), cache.x.reshape(-1, cache.x.shape[-1])
    dx = -(dy @ cache.w)  # wrong
    dw = rows.T @ columns
    return dx, dw, None if cache.b is None else rows.sum(axis=0)


@wrong("name", "sigmoid_backward")
def slope_of_dy(dy, cache):
    y = cache.y
    slope = y * (1 - dy)  # wrong
    return dy * slope


@wrong("both names", "sgd_step")
def decay_of_the_gradient(param, grad, state=None, *, lr, weight_decay=0.0):
    whole = grad + weight_decay * grad  # wrong
    return param - lr * whole, state


@wrong("two names", "conv2d_loops")
def rows_for_columns(x, w, b=None, *, stride=1, padding=0):
    (sh, sw), (ph, pw) = (2 * (v,) if isinstance(v, int) else v for v in (stride, padding))
    (n, _, height, width), (filters, _, kh, kw) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    y = np.zeros((n, filters, (height + 2 * ph - kh) // sh + 1, (width + 2 * pw - kw) // sw + 1), x.dtype)
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            window = padded[:, :, sw * i : sw * i + kh, sh * j : sh * j + kw]  # wrong
            y[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3]))
    return y if b is None else y + b[:, None, None]


@wrong("index", "backpropagate")
def slope_of_the_next(nodes, values, order, output):
    def slopes(op, a):
        return {
            "input": list,
            "add": lambda: [1.0, 1.0],
            "sub": lambda: [1.0, -1.0],
            "mul": lambda: [a[0], a[0]],  # wrong
            "square": lambda: [2 * a[0]],
            "exp": lambda: [np.exp(a[0])],
            "sin": lambda: [np.cos(a[0])],
            "tanh": lambda: [1 - np.tanh(a[0]) ** 2],
        }[op]()

    grads = [0.0] * len(nodes)
    grads[output] = 1.0
    for i in reversed(order):
        op, parents = nodes[i]
        for p, slope in zip(parents, slopes(op, [values[q] for q in parents]), strict=True):
            grads[p] += grads[i] * slope
    return grads


@wrong("assignment", "backpropagate")
def overwritten(nodes, values, order, output):
    grads = [0.0] * len(nodes)
    grads[output] = 1.0
    for i in reversed(order):
        op, parents = nodes[i]
        a = [values[p] for p in parents]
        slopes = {"add": [1.0, 1.0], "sub": [1.0, -1.0], "mul": a[::-1], "square": [2 * x for x in a]}
        slopes |= {"exp": [np.exp(x) for x in a], "sin": [np.cos(x) for x in a], "input": []}
        slopes |= {"tanh": [1 - np.tanh(x) ** 2 for x in a]}
        for p, slope in zip(parents, slopes[op], strict=True):
            grads[p] = grads[i] * slope  # wrong
    return grads


@wrong("slice", "conv2d_weight_grad")
def without_stride(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (2 * (v,) if isinstance(v, int) else v for v in (stride, padding, dilation))
    filters, per_group, kh, kw = w_shape
    (oh, ow), of = dy.shape[2:], filters // groups
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad = np.zeros(w_shape, x.dtype)
    for f in range(filters):
        first = f // of * per_group
        for u in range(kh):
            for v in range(kw):
                rows = slice(dh * u, dh * u + sh * (oh - 1) + 1, sh)
                columns = slice(dw * v, dw * v + sw * (ow - 1) + 1)  # wrong
                cells = padded[:, first : first + per_group, rows, columns]
                grad[f, :, u, v] = (cells * dy[:, f : f + 1]).sum(axis=(0, 2, 3))
    return grad


@wrong("slice with its parts together", "avg_pool2d_backward")
def not_cropped(dy, cache):
    (h, w), (kh, kw), (oh, ow), (sh, sw), (ph, pw), _, (rows, columns) = cache.geo
    inside = np.zeros((rows, columns))
    inside[ph : ph + h, pw : pw + w] = 1
    wide = np.zeros((h + 2 * ph, w + 2 * pw))
    wide[:] = 1
    dx = np.zeros((*dy.shape[:2], rows, columns), dy.dtype)
    for i in range(oh):
        for j in range(ow):
            window = (slice(sh * i, sh * i + kh), slice(sw * j, sw * j + kw))
            count = wide[window].sum() if cache.count_include_pad else inside[window].sum()
            dx[(..., *window)] += dy[:, :, i, j, None, None] / count
    return dx[:, :, :h, :w].copy()  # wrong


@wrong("axis", "conv2d_bias_grad")
def over_filters(dy):
    return dy.sum(axis=(1, 2, 3))  # wrong


@wrong("order of axes", "conv2d_bias_grad")
def axes_in_another_order(dy):
    by_filter = dy.transpose(0, 1, 2, 3)  # wrong
    return by_filter.reshape(dy.shape[1], -1).sum(axis=1)


@wrong("order of results", "linear_backward")
def results_exchanged(dy, cache):
    rows, columns = dy.reshape(-1, dy.shape[-1]), cache.x.reshape(-1, cache.x.shape[-1])
    dx, dw = dy @ cache.w, rows.T @ columns
    db = None if cache.b is None else rows.sum(axis=0)
    return dw, dx, db  # wrong


@wrong("added at", "max_pool2d_backward")
def written_once(dy, cache):
    geo = cache.geo
    dx = np.zeros((*dy.shape[:2], *geo.padded), dy.dtype)
    n, c, i, j = np.indices(dy.shape)
    u, v = cache.winner // geo.kernel[1], cache.winner % geo.kernel[1]
    rows = i * geo.stride[0] + u * geo.dilation[0]
    columns = j * geo.stride[1] + v * geo.dilation[1]
    dx[n, c, rows, columns] += np.where(cache.winner < 0, 0, dy)  # wrong
    (h, w), (ph, pw) = geo.image, geo.padding
    return dx[:, :, ph : ph + h, pw : pw + w].copy()


@wrong("factor", "l2_penalty_backward")
def without_strength(dy, cache):
    return dy * cache.w  # wrong


@wrong("term", "cross_entropy_backward")
def divided_twice(dy, cache):
    log_p, target, reduction = cache
    one_hot = np.moveaxis(np.eye(log_p.shape[1], dtype=log_p.dtype)[target], -1, 1)
    share = np.broadcast_to(dy / target.size if reduction == "mean" else dy, target.shape)
    return share[:, None] * (np.exp(log_p) - one_hot) / len(target)  # wrong


@wrong("call dropped", "dropout_backward")
def absolute(dy, cache):
    return np.abs(dy) * cache.mask * cache.scale  # wrong


@wrong("call added", "softmax_backward")
def without_sum(dy, cache):
    weighted = dy * cache.y
    total = weighted  # wrong
    return weighted - cache.y * total


@wrong("call exchanged", "conv2d_bias_grad")
def mean_for_sum(dy):
    return dy.mean(axis=(0, 2, 3))  # wrong


@wrong("statement dropped", "mse_loss_backward")
def halved_again(dy, cache):
    scale = 2 / cache.pred.size if cache.reduction == "mean" else 2.0
    scale = scale / 2  # wrong
    return dy * scale * (cache.pred - cache.target)


@wrong("statement moved", "conv2d_bias_grad")
def begun_anew_for_each_image(dy):
    for n in range(len(dy)):
        total = np.zeros(dy.shape[1], dy.dtype)  # wrong
        total += dy[n].sum(axis=(1, 2))
    return total


@wrong("bound", "conv2d_bias_grad")
def last_image_left_out(dy):
    total = np.zeros(dy.shape[1], dy.dtype)
    for n in range(len(dy) - 1):  # wrong
        total += dy[n].sum(axis=(1, 2))
    return total


@wrong("comparison", "relu_backward")
def where_negative(dy, cache):
    return np.where(cache.x < 0, dy, 0)  # wrong


@wrong("constant", "smooth_l1_loss_backward")
def slope_of_the_square(dy, cache):
    difference = cache.pred - cache.target
    near = np.abs(difference) < cache.beta
    slope = np.where(near, 2 * difference / (cache.beta or 1), np.sign(difference))  # wrong
    return dy * slope / (slope.size if cache.reduction == "mean" else 1)


@wrong("copy", "relu_backward")
def in_place(dy, cache):
    dy[cache.x <= 0] = 0  # wrong
    return dy.copy()


@wrong("grouping", "adagrad_step")
def eps_inside(
    param, grad, state=None, *, lr, lr_decay=0.0, eps=1e-10, weight_decay=0.0, initial_accumulator_value=0.0
):
    step, total = state or (0, np.full_like(param, initial_accumulator_value))
    grad = grad + weight_decay * param
    total = total + grad**2
    rate = lr / (1 + step * lr_decay)
    return param - rate * grad / np.sqrt(total + eps), (step + 1, total)  # wrong


@wrong("count", "batch_norm_backward")
def counted_samples_alone(dy, cache):
    x_hat, std, gamma = cache
    axes = (0, *range(2, dy.ndim))
    m = dy.shape[0]  # wrong
    d = dy * gamma.reshape(1, -1, *[1] * (dy.ndim - 2))
    dx = d - d.sum(axis=axes, keepdims=True) / m - x_hat * (d * x_hat).sum(axis=axes, keepdims=True) / m
    return dx / std, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


@wrong("like places together", "group_norm_backward")
def over_channels_alone(dy, cache):
    x_hat, std, gamma, groups = cache
    axes = (0, *range(2, dy.ndim))
    d = (dy * gamma.reshape(1, -1, *[1] * (dy.ndim - 2))).reshape(len(dy), groups, -1)
    x = x_hat.reshape(d.shape)
    dx = d - d.mean(axis=1, keepdims=True) - x * (d * x).mean(axis=1, keepdims=True)  # wrong
    dx = dx / std.reshape(len(dy), groups, 1)
    return dx.reshape(dy.shape), (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


@wrong("transposed product", "linear_backward")
def weights_transposed(dy, cache):
    rows, columns = dy.reshape(-1, dy.shape[-1]), cache.x.reshape(-1, cache.x.shape[-1])
    dw = columns.T @ rows  # wrong
    return dy @ cache.w, dw, None if cache.b is None else rows.sum(axis=0)


@wrong("share and rest", "adam_step")
def averages_weighed_wrongly(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    t, m, v = state or (0, np.zeros_like(param), np.zeros_like(param))
    t, (a, b) = t + 1, betas
    grad = grad + weight_decay * param
    m = (1 - a) * m + a * grad  # wrong
    v = b * v + (1 - b) * grad**2
    return param - lr * (m / (1 - a**t)) / (np.sqrt(v / (1 - b**t)) + eps), (t, m, v)


@wrong("rounding", "adaptive_avg_pool2d_backward")
def ended_by_the_floor(dy, cache):
    (h, w), (oh, ow) = cache.x_shape[2:], cache.y_shape[2:]
    dx = np.zeros(cache.x_shape, dy.dtype)
    for i in range(oh):
        for j in range(ow):
            rows = slice(i * h // oh, -(-(i + 1) * h // oh))
            columns = slice(j * w // ow, (j + 1) * w // ow)  # wrong
            part = dx[:, :, rows, columns]
            part += (dy[:, :, i, j] / (part.shape[2] * part.shape[3]))[:, :, None, None]
    return dx
