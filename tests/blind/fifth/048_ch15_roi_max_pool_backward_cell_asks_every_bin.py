import numpy as np


def roi_max_pool_backward(bottom_diff_top, cache):
    top_diff = bottom_diff_top
    N, C, H, W = cache.x_shape
    out = np.zeros((N, C, H, W), top_diff.dtype)
    for n in range(N):
        rois = [r for r in range(len(cache.image)) if cache.image[r] == n]
        for h in range(H):
            for w in range(W):
                index = h * W + w
                for r in rois:
                    out[n, :, h, w] += np.where(cache.winner[r] == index, top_diff[r], 0).sum(axis=(1, 2))
    return out
