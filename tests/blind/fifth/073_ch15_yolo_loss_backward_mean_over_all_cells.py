import numpy as np


def _sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def yolo_loss_backward(dy, cache):
    pred, boxes, classes, mask, lc, ln = cache
    N, _, S1, S2 = pred.shape
    grad = np.zeros_like(pred)
    for n in range(N):
        for i in range(S1):
            for j in range(S2):
                po = _sigmoid(pred[n, 4, i, j])
                if mask[n, i, j]:
                    x, y, w, h = boxes[n, :, i, j]
                    for k, t in enumerate((x, y)):
                        s = _sigmoid(pred[n, k, i, j])
                        grad[n, k, i, j] = lc * 2 * (s - t) * s * (1 - s)
                    grad[n, 2, i, j] = lc * 2 * (pred[n, 2, i, j] - w ** 0.5)
                    grad[n, 3, i, j] = lc * 2 * (pred[n, 3, i, j] - h ** 0.5)
                    grad[n, 4, i, j] = po - 1
                    z = pred[n, 5:, i, j]
                    q = np.exp(z - z.max())
                    q /= q.sum()
                    q[classes[n, i, j]] -= 1
                    grad[n, 5:, i, j] = q
                else:
                    grad[n, 4, i, j] = ln * po
    return dy * grad / (N * S1 * S2)
