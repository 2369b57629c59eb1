import numpy as np

from cnnlab.ops.arguments import size_pair


def conv2d_weight_grad(dy, x, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw) = size_pair("stride", stride, 1), size_pair("padding", padding, 0)
    dh, dv = size_pair("dilation", dilation, 1)
    oh, ow = dy.shape[2:]
    small = np.pad(x, [(0, 0), (0, 0), (ph, ph), (pw, pw)]).astype(np.float32)
    up = dy.astype(np.float32)
    blocks = []
    for part, images in zip(np.array_split(up, groups, axis=1), np.array_split(small, groups, axis=1)):
        rows = []
        for u in range(w_shape[2]):
            cells = [
                images[:, :, dh * u : dh * u + sh * (oh - 1) + 1 : sh, dv * v : dv * v + sw * (ow - 1) + 1 : sw]
                for v in range(w_shape[3])
            ]
            rows.append(np.stack([np.tensordot(part, one, ((0, 2, 3), (0, 2, 3))) for one in cells], axis=-1))
        blocks.append(np.stack(rows, axis=2))
    return np.concatenate(blocks, axis=0).astype(x.dtype)
