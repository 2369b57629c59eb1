"""Chapter 14: resampling: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong


def resample(name, *codes, formula):
    def backward(dy, cache):
        return formula(dy, cache.rows, cache.columns)

    backward.__name__ = name
    (wrong("interpolate_backward", *codes) if codes else right("interpolate_backward"))(backward)


def scatter(dy, rows, columns, add=True, weighted=True):
    """dx, output cell by output cell."""
    dx = np.zeros((*dy.shape[:2], rows.shape[1], columns.shape[1]), dy.dtype)
    for i, j in np.ndindex(*dy.shape[2:]):
        for a in np.flatnonzero(rows[i]):
            for e in np.flatnonzero(columns[j]):
                part = dy[:, :, i, j] * (rows[i, a] * columns[j, e] if weighted else 1)
                dx[:, :, a, e] = dx[:, :, a, e] * add + part
    return dx


def back(dy, rows, columns):
    return rows.T @ dy @ columns


resample("by_einsum", formula=lambda d, r, c: np.einsum("ia,je,ncij->ncae", r, c, d))
resample("by_scatter", formula=scatter)
resample("columns_first", formula=lambda d, r, c: np.swapaxes(np.swapaxes(d @ c, 2, 3) @ r, 2, 3).copy())
resample(
    "in_single_precision",
    formula=lambda d, r, c: back(d.astype(np.float32), r.astype(np.float32), c.astype(np.float32)).astype(d.dtype),
)
resample("last_sent", "accumulate", formula=lambda d, r, c: scatter(d, r, c, add=False))
resample("not_weighted", "formula", "option", formula=lambda d, r, c: scatter(d, r, c, weighted=False))
resample("weights_squared", "formula", "option", formula=lambda d, r, c: back(d, r * r, c * c))
resample(
    "mean_of_what_comes_back",
    *("formula", "scale", "option", "geometry"),
    formula=lambda d, r, c: back(d, r / np.maximum(r.sum(0), 1e-9), c / np.maximum(c.sum(0), 1e-9)),
)
resample("sign", "sign", formula=lambda d, r, c: -back(d, r, c))
resample("twice", "scale", formula=lambda d, r, c: 2 * back(d, r, c))
resample("ones", "upstream", formula=lambda d, r, c: back(np.ones_like(d), r, c))
resample("mean_of_dy", "upstream", formula=lambda d, r, c: back(np.full_like(d, d.mean()), r, c))
resample("size_of_y", "shape", "raises", formula=lambda d, r, c: d.copy())
resample("rows_alone", "shape", formula=lambda d, r, c: r.T @ d)
resample("first_image", "reduction", formula=lambda d, r, c: np.repeat(back(d, r, c)[:1], len(d), axis=0))
resample("channels_added", "channel", "reduction", formula=lambda d, r, c: back(d, r, c).sum(1, keepdims=True) + 0 * back(d, r, c))
resample("mirrored", "flip", formula=lambda d, r, c: back(d, r, c)[..., ::-1].copy())
resample("whole", "dtype", formula=lambda d, r, c: back(d, r, c).astype(int))
resample("in_a_list", "structure", formula=lambda d, r, c: [back(d, r, c), None])
resample(
    "strongest_alone",
    *("formula", "option"),
    formula=lambda d, r, c: back(d, np.eye(r.shape[1])[r.argmax(1)], np.eye(c.shape[1])[c.argmax(1)]).astype(d.dtype),
)


@wrong("interpolate_backward", "mutation")
def into_dy(dy, cache):
    dy *= 2
    return back(dy, cache.rows, cache.columns) / 2


@wrong("interpolate_backward", "geometry", "transpose", "raises", "shape")
def axes_exchanged(dy, cache):
    return np.swapaxes(back(dy, cache.rows, cache.columns), 2, 3).copy()
