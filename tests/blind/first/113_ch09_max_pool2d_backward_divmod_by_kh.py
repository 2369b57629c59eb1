import numpy as np


def max_pool2d_backward(dy, cache):
    geo, winner = cache.geo, cache.winner
    big = np.zeros((*cache.x_shape[:2], *[s + 8 * max(geo.kernel) * max(geo.dilation) for s in geo.padded]), dy.dtype)
    won = winner >= 0
    n, c, i, j = np.nonzero(won)
    u, v = np.divmod(winner[won], geo.kernel[0])
    rows = geo.stride[0] * i + geo.dilation[0] * u
    columns = geo.stride[1] * j + geo.dilation[1] * v
    np.add.at(big, (n, c, rows, columns), dy[won])
    (h, w), (ph, pw) = geo.image, geo.padding
    return big[:, :, ph : ph + h, pw : pw + w].copy()
