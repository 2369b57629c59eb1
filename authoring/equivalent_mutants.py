"""List the mutants that are right after all, reviewed one by one, each with the reason.

A mutant counts as equivalent only if it is here and wide random cases agree with it too (wide_cases.py). The key is
its function and its change, as `python -m authoring.mutant_table --survivors` prints them.
"""

LEAST = "it is the least value that an option may have: valid options never meet it"
OVERWRITTEN = "every entry is written afterwards"
WRITTEN_ONCE = "the entry is 0 before, and written once"
OWN_MEMORY = "a view of memory that nobody else has is as good as a copy"
LARGER = "a larger working array; what is added lies outside of the crop and is never read"
UNPADDED = "it only pads where there is nothing to pad, and the numbers stay"
COPY_OF_NUMBERS = "dy reaches a backward as a NumPy number or array"

NO_DILATION = "average pooling has no dilation: both factors are 1"
EMPTY = "it only changes how bad cols are refused"
NO_SHAPE = "the shape of None is (), which no parameter has: the shapes differ already"
NO_OBJECT = "cells without an object are multiplied by a mask of 0 in the backward, whatever they hold"
NOT_FOLLOWED = "the gradient of D's input is not followed any further"
MESSAGE = "it names the argument in the message that refuses it"

_ONE_DTYPE = "param and grad have one dtype in every case"
_PRODUCT = "channel_product: (matrix @ flat(cells)).reshape(n, groups, matrix.shape[1], *positions)"
RESHAPED = "the product is reshaped once more, and its order in memory is the same"
_STEP = {
    "_checked: grad.astype(param.dtype, copy=False) -> grad.astype(param.dtype)": _ONE_DTYPE,
    "_checked: grad.astype(param.dtype, copy=False) -> grad": _ONE_DTYPE,
    "_checked: False -> True": _ONE_DTYPE,
    "_numbers: name -> value": MESSAGE,
}
_ADAM = {
    "adam_step: AdamState(0, np.zeros_like(param), np.zeros_like(param)) -> "
    "AdamState(np.zeros_like(param), 0, np.zeros_like(param))": "steps counted in an array, a mean that is one 0",
}
_MEAN = {
    "mean: 1 -> 0": "a set of no numbers has no gradient either way",
    "mean: 1 -> 2": "it shows for a set of one number only, whose gradient is 0 but for rounding: that is not asked",
}
_PAIRS = {f"_pairs: {change}": LEAST for change in ("1 -> 0", "0 -> -1")}
_GEOMETRY = {f"geometry: {change}": LEAST for change in ("1 -> 0", "0 -> -1")}
_PADDED = {
    "padded_shape: 2 -> 3": LARGER,
    "padded_shape: 2 -> 4": LARGER,
}

#: By exercise: function and change -> reason.
EQUIVALENT: dict[str, dict[str, str]] = {
    "relu_backward": {"relu_backward: x > 0 -> x >= 0": "any slope from 0 to 1 is right at the kink"},
    "leaky_relu_backward": {
        "leaky_relu_backward: x > 0 -> x >= 0": "any slope from negative_slope to 1 is right at the kink"
    },
    "flatten_backward": {
        "flatten_backward: dy.reshape(x_shape).copy() -> dy.reshape(x_shape)": "flatten may return a view",
    },
    "conv2d_weight_grad": {
        "pad: crop(x_padded, geo)[...] = x -> crop(x_padded, geo)[...] += x": WRITTEN_ONCE,
        "conv2d_weight_grad: -2 -> 2": "of four axes these are the same",
        "pad: if geo.padding == (0, 0): return x -> if False: return x": UNPADDED,
        "pad: (0, 0) -> (0,)": UNPADDED,
        "pad: 0 -> 1": UNPADDED,
        "pad: 0 -> -1": UNPADDED,
        **_GEOMETRY,
        **_PADDED,
    },
    "conv2d_input_grad": {
        "conv2d_input_grad: crop(dx_padded, geo).copy() -> crop(dx_padded, geo)": OWN_MEMORY,
        **{
            f"{_PRODUCT} -> {other}": RESHAPED
            for other in (
                "(matrix @ flat(cells)).reshape(groups, n, matrix.shape[1], *positions)",
                "(matrix @ flat(cells)).reshape(n, matrix.shape[1], groups, *positions)",
                "(matrix @ flat(cells)).reshape(n, groups, *positions, matrix.shape[1])",
                "matrix @ flat(cells)",
            )
        },
        **_GEOMETRY,
        **_PADDED,
    },
    "max_pool2d_backward": {"max_pool2d_backward: crop(dx_padded, geo).copy() -> crop(dx_padded, geo)": OWN_MEMORY},
    "avg_pool2d_backward": {
        "avg_pool2d_backward: crop(dx_padded, geo).copy() -> crop(dx_padded, geo)": OWN_MEMORY,
        **{f"taps: {change}": NO_DILATION for change in ("dh * u -> u", "dw * v -> v", "dh -> dw", "dw -> dh")},
        "cells_counted: counts[:h + 2 * ph, :w + 2 * pw] = 1 -> counts[:h + 2 * ph, :w + 2 * pw] += 1": WRITTEN_ONCE,
        "cells_counted: counts[ph:ph + h, pw:pw + w] = 1 -> counts[ph:ph + h, pw:pw + w] += 1": WRITTEN_ONCE,
    },
    "cross_entropy_backward": {
        "cross_entropy_backward: 1 -> 2": "arange(C) as (C, 1) or (C, 1, 1): one axis more of length 1 in front",
        "_for_each: dy = np.asarray(dy) -> pass": COPY_OF_NUMBERS,
    },
    "mse_loss_backward": {"_for_each: dy = np.asarray(dy) -> pass": COPY_OF_NUMBERS},
    "binary_cross_entropy_with_logits_backward": {"_for_each: dy = np.asarray(dy) -> pass": COPY_OF_NUMBERS},
    "smooth_l1_loss_backward": {
        "_for_each: dy = np.asarray(dy) -> pass": COPY_OF_NUMBERS,
        "smooth_l1_loss_backward: np.clip(difference, -beta, beta) -> np.clip(-beta, difference, beta)": (
            "clip(a, low, high) is min(max(a, low), high), and max has no order"
        ),
    },
    "sgd_step": _STEP,
    "momentum_step": {
        **_STEP,
        "momentum_step: if weight_decay: grad = grad + weight_decay * param -> "
        "if True: grad = grad + weight_decay * param": "0 times the parameter changes nothing",
        "momentum_step: grad.copy() -> grad": "the state may hold the gradient: nobody changes that after the step",
    },
    "adagrad_step": _STEP,
    "rmsprop_step": {
        **_STEP,
        "rmsprop_step: alpha * state.grad_avg + (1 - alpha) * grad -> alpha * state.grad_avg - (1 - alpha) * grad": (
            "the mean gradient with the other sign; only its square is used"
        ),
        "rmsprop_step: 1 - alpha -> alpha - 1": "the mean gradient with the other sign; only its square is used",
        "rmsprop_step: 0 -> -1": "a variance is below 0 by rounding only, and never as far as −1",
    },
    "adam_step": {**_STEP, **_ADAM},
    "adamw_step": {
        **_STEP,
        **_ADAM,
        **{
            f"adam_step: {change}": "adamw_step calls adam_step with no weight decay"
            for change in (
                "grad = grad + weight_decay * param -> pass",
                "grad + weight_decay * param -> grad - weight_decay * param",
                "grad + weight_decay * param -> grad",
                "weight_decay * param -> weight_decay / param",
                "weight_decay * param -> weight_decay",
            )
        },
        "adamw_step: _checked(param, grad, lr=lr, weight_decay=weight_decay) -> "
        "_checked(grad, param, lr=lr, weight_decay=weight_decay)": "it asks that the two fit together",
    },
    "step_lr": {"_numbers: name -> value": MESSAGE},
    "exponential_lr": {"_numbers: name -> value": MESSAGE},
    "cosine_lr": {"_numbers: name -> value": MESSAGE},
    "batch_norm_backward": {
        "batch_norm_backward: (0, *range(2, dy.ndim)) -> (*range(2, dy.ndim), 0)": "the axes of a sum have no order",
        **_MEAN,
    },
    "layer_norm_backward": _MEAN,
    "group_norm_backward": {
        "group_norm_backward: x_hat -> std": "only the number of axes is asked for, and it is the same",
        "split_channels: x.reshape(n, num_groups, channels // num_groups, *size) -> "
        "x.reshape(n, num_groups, *size, channels // num_groups)": "within a group nothing depends on the order",
        "group_norm_backward: (0, *range(2, dy.ndim)) -> (*range(2, dy.ndim), 0)": "the axes of a sum have no order",
        **_MEAN,
    },
    "conv2d_loops": {
        "conv2d_loops: if b is not None: same_shape('b', float_array('b', b, 1), (filters,), "
        "'one number for each of the filters in w') -> if False: same_shape('b', float_array('b', b, 1), (filters,), "
        "'one number for each of the filters in w')": "it only refuses a bias of another shape",
        "conv2d_loops: 1 -> 0": LEAST,
        "conv2d_loops: 0 -> -1": LEAST,
        "_output_size: d * (k - 1) -> k - 1": "conv2d_loops has no dilation: d is 1",
    },
    "im2col": {
        "im2col: np.zeros((n, channels, *kernel, *output), x.dtype) -> "
        "np.ones((n, channels, *kernel, *output), x.dtype)": OVERWRITTEN,
        "im2col: cols[:, :, u, v] = x_padded[cells] -> cols[:, :, u, v] += x_padded[cells]": WRITTEN_ONCE,
        **_PAIRS,
    },
    "col2im": {
        "col2im: 1 -> 0": LEAST,
        "col2im: 0 -> 1": EMPTY,
        "col2im: 0 -> -1": EMPTY,
        "col2im: 2 -> 3": LARGER,
        "col2im: 2 -> 4": LARGER,
        "col2im: x_padded[:, :, ph:ph + h, pw:pw + w].copy() -> x_padded[:, :, ph:ph + h, pw:pw + w]": OWN_MEMORY,
        **_PAIRS,
    },
    "train_step": {"squared_error: y - target -> target - y": "in the loss it is squared"},
    "conv_output_size": {"conv_output_size: 1 -> 0": LEAST, "conv_output_size: 0 -> -1": LEAST},
    "count_parameters": {"_parameters: 1 -> 0": LEAST},
    "numerical_vjp": {
        "numerical_vjp: np.zeros(x.shape) -> np.ones(x.shape)": OVERWRITTEN,
        "numerical_vjp: dx[index] = np.sum(dy * (f(up) - f(down))) / (2 * h) -> "
        "dx[index] += np.sum(dy * (f(up) - f(down))) / (2 * h)": WRITTEN_ONCE,
    },
    "relative_error": {"relative_error: np.asarray(a) - b -> b - np.asarray(a)": "only its length is used"},
    "backpropagate": {
        "backpropagate: grads[output] = 1.0 -> grads[output] += 1.0": WRITTEN_ONCE,
        "local_slopes: 0 -> -1": "the operation has one parent: the first is the last",
    },
    "conv_cost": {
        "conv_cost: 1 -> 0": LEAST,
        "conv_cost: 0 -> -1": LEAST,
        "conv_cost: groups = positive('groups', groups) -> pass": "the groups of every case are a whole number",
    },
    "conv_transpose2d_backward": {
        "conv_transpose2d_backward: dx_widened[:, :, :x.shape[2], :x.shape[3]].copy() -> "
        "dx_widened[:, :, :x.shape[2], :x.shape[3]]": OWN_MEMORY,
        "output_shape: 1 -> 0": LEAST,
        "output_shape: 0 -> -1": LEAST,
        "output_shape: groups = positive('groups', groups) -> pass": "groups is a whole number already",
        "widened: wide[:, :, :h, :w] = x -> wide[:, :, :h, :w] += x": WRITTEN_ONCE,
        "widened: 1 -> 0": LEAST,
        "widened: 0 -> -1": LEAST,
    },
    "attention_backward": {"attention_backward: q -> k": "q and k have one dtype and one depth"},
    "discriminator_step": {
        "discriminator_step: lr = number_from_zero('lr', lr) -> pass": "lr is such a number already",
        "two_layers_backward: dy @ w2 -> dy * w2": "D has one output: a column times a row",
        "discriminator_step: zip(d, of_real, of_fake, strict=True) -> zip(d, of_fake, of_real, strict=True)": (
            "the two gradients are added"
        ),
        "two_layers_backward: dz @ w1 -> dz": NOT_FOLLOWED,
        "two_layers_backward: dz @ w1 -> w1": NOT_FOLLOWED,
        "two_layers_backward: dy.sum(axis=0) -> dy.sum()": "D has one output: there is one bias to be summed for",
    },
    "generator_step": {"generator_step: lr = number_from_zero('lr', lr) -> pass": "lr is such a number already"},
    "residual_block_backward": {
        "residual_block_backward: z > 0 -> z >= 0": "any slope from 0 to 1 is right at the kink of the ReLU"
    },
    "rnn_backward": {"rnn_backward: 0 -> -1": "of the row of w_hh only the length is used"},
    "compare_gradients": {
        "compare_gradients: ours_here is None or theirs_here is None or np.shape(ours_here) != np.shape(theirs_here) "
        "-> np.shape(ours_here) != np.shape(theirs_here)": NO_SHAPE,
        "compare_gradients: theirs_here -> name": NO_SHAPE,
        "compare_gradients: (np.asarray(ours_here, np.float64).ravel(), np.asarray(theirs_here, np.float64).ravel()) "
        "-> (np.asarray(theirs_here, np.float64).ravel(), "
        "np.asarray(ours_here, np.float64).ravel())": "only lengths are used",
        "compare_gradients: a - b -> b - a": "only its length is used",
    },
    "box_iou": {
        "box_iou: np.divide(intersection, union, out=np.zeros_like(union), where=union > 0) -> "
        "np.divide(intersection, union, where=union > 0)": (
            "NumPy puts the result where the sum of both areas was, and where the union is 0, that sum is 0 too"
        ),
    },
    "roi_align_backward": {
        "roi_align_backward: image -> rows": "only its length is used there, the number of boxes: both are as long",
    },
    "yolo_loss_backward": {
        "yolo_loss_backward: real_number('dy', dy) -> pass": "dy is a number already",
        "yolo_loss_backward: np.zeros_like(pred) -> np.ones_like(pred)": OVERWRITTEN,
        "yolo_loss_backward: dpred[:, :4] = 2 * coord * m[:, None] * box_offsets(cache) -> "
        "dpred[:, :4] += 2 * coord * m[:, None] * box_offsets(cache)": WRITTEN_ONCE,
        "yolo_loss_backward: dpred[:, 4] = (m + noobj * (1 - m)) * (sigmoid_forward(pred[:, 4])[0] - m) -> "
        "dpred[:, 4] += (m + noobj * (1 - m)) * (sigmoid_forward(pred[:, 4])[0] - m)": WRITTEN_ONCE,
        "yolo_loss_backward: dpred[:, 5:] = m[:, None] * (p - one_hot) -> "
        "dpred[:, 5:] += m[:, None] * (p - one_hot)": WRITTEN_ONCE,
        "yolo_loss_backward: pred -> _": "boxes has the length and dtype of pred, and only these are used there",
        "box_offsets: 0 -> 1": NO_OBJECT,
        "box_offsets: 0 -> -1": NO_OBJECT,
        "box_offsets: np.concatenate([centre, size], axis=1) * (cache.mask[:, None] > 0) -> "
        "np.concatenate([centre, size], axis=1)": NO_OBJECT,
        "box_offsets: cache.mask[:, None] > 0 -> cache.mask[:, None] >= 0": NO_OBJECT,
        "yolo_loss_backward: 2 * coord * m[:, None] -> 2 * coord": "box_offsets is 0 in cells without an object",
        "yolo_loss_backward: 0 -> 1": "sigmoid_forward returns y and a cache that holds nothing but y",
        "yolo_loss_backward: 0 -> -1": "sigmoid_forward returns y and a cache that holds nothing but y",
    },
}
