"""Files with a layer of one's own: right ones of several kinds, and pieces to put wrong ones together."""

GATE = {
    "forward": """
def own_layer_forward(x, a):
    m = x.mean(axis=1, keepdims=True)
    s = (1 + np.tanh(a * m / 2)) / 2
    return s * x, (x, a, m, s)
""",
    "backward": """
def own_layer_backward(dy, cache):
    x, a, m, s = cache
    dz = (dy * x).sum(axis=1, keepdims=True) * s * (1 - s)
    return s * dy + dz * a / x.shape[1], (dz * m).sum(axis=0)
""",
    "cases": """
def own_layer_cases():
    rng = np.random.default_rng(1)
    return [(rng.normal(size=(5, 4)), np.array([0.7])), (rng.normal(size=(1, 3)), np.array([0.7]))]
""",
    "wrong_1": """
def own_layer_wrong_1(dy, cache):
    return cache[3] * dy, own_layer_backward(dy, cache)[1]
""",
    "wrong_2": """
def own_layer_wrong_2(dy, cache):
    x, a, m, s = cache
    dz = (dy * x).sum(axis=1, keepdims=True) * s * (1 - s)
    return s * dy + dz * a, (dz * m).sum(axis=0)
""",
    "wrong_3": """
def own_layer_wrong_3(dy, cache):
    dx, da = own_layer_backward(dy, cache)
    return dx, da / len(dx)
""",
}


def write_file(layer=GATE, **pieces: str) -> str:
    """Return a learner's file. pieces: in place of those of the layer, or "" to leave one out."""
    return "import numpy as np\n\n" + "\n".join({**layer, **pieces}.values())


PRELU = {
    "forward": """
def own_layer_forward(x, slope):
    return np.where(x > 0, x, slope * x), (x, slope)
""",
    "backward": """
def own_layer_backward(dy, cache):
    x, slope = cache
    return np.where(x > 0, dy, slope * dy), np.where(x > 0, 0, dy * x).sum(axis=0)
""",
    "cases": """
def own_layer_cases():
    x = np.array([[1.0, -2.0, 0.0], [-3.0, 0.5, 1.5]])
    return [(x, np.array([0.25, -0.5, 2.0])), (x[:1], np.array([0.1, 0.2, 0.3]))]
""",
    "wrong_1": """
def own_layer_wrong_1(dy, cache):
    x, slope = cache
    return np.where(x > 0, dy, 0), own_layer_backward(dy, cache)[1]
""",
    "wrong_2": """
def own_layer_wrong_2(dy, cache):
    x, slope = cache
    return own_layer_backward(dy, cache)[0], (dy * x).sum(axis=0)
""",
    "wrong_3": """
def own_layer_wrong_3(dy, cache):
    x, slope = cache
    return own_layer_backward(dy, cache)[0], np.where(x > 0, 0, dy * x).mean(axis=0)
""",
}

SOFTPLUS = {
    "forward": """
def own_layer_forward(x):
    return np.log1p(np.exp(x)), x
""",
    "backward": """
def own_layer_backward(dy, x):
    return dy / (1 + np.exp(-x))
""",
    "cases": """
def own_layer_cases():
    return [(np.array([[0.5, -1.0], [2.0, 0.0]]),), (np.array([3.0, -0.25]),)]
""",
    "wrong_1": """
def own_layer_wrong_1(dy, x):
    return dy / (1 + np.exp(x))
""",
    "wrong_2": """
def own_layer_wrong_2(dy, x):
    return 1 / (1 + np.exp(-x))
""",
    "wrong_3": """
def own_layer_wrong_3(dy, x):
    return dy * np.where(x > 0, 1.0, 0.5)
""",
}

#: With a stride, which is a whole number, and a bias that may be missing.
CONVOLUTION = {
    "forward": """
def own_layer_forward(x, w, stride):
    size = (len(x) - len(w)) // stride + 1
    return np.array([x[k * stride : k * stride + len(w)] @ w for k in range(size)]), (x, w, stride)
""",
    "backward": """
def own_layer_backward(dy, cache):
    x, w, stride = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for k, d in enumerate(dy):
        dx[k * stride : k * stride + len(w)] += d * w
        dw += d * x[k * stride : k * stride + len(w)]
    return dx, dw
""",
    "cases": """
def own_layer_cases():
    rng = np.random.default_rng(2)
    return [(rng.normal(size=7), rng.normal(size=3), 1), (rng.normal(size=9), rng.normal(size=3), 2)]
""",
    "wrong_1": """
def own_layer_wrong_1(dy, cache):
    x, w, stride = cache
    return own_layer_backward(dy, (x, w[::-1], stride))[0], own_layer_backward(dy, cache)[1]
""",
    "wrong_2": """
def own_layer_wrong_2(dy, cache):
    x, w, stride = cache
    dx = np.zeros_like(x)
    for k, d in enumerate(dy):
        dx[k * stride : k * stride + len(w)] = d * w
    return dx, own_layer_backward(dy, cache)[1]
""",
    "wrong_3": """
def own_layer_wrong_3(dy, cache):
    dx, dw = own_layer_backward(dy, cache)
    return dx, dw / len(dy)
""",
}

#: In case 2 a window has one cell and y is x, so p cancels: differences of p give nothing but rounding.
POWER_POOLING = {
    "forward": """
def own_layer_forward(x, p, k):
    cells = x.reshape(len(x), -1, k)
    m = (cells**p).mean(axis=2)
    return m ** (1 / p), (cells, p, k, m)
""",
    "backward": """
def own_layer_backward(dy, cache):
    cells, p, k, m = cache
    y = m ** (1 / p)
    dm = dy * y / (p * m)
    dp = (dm * (cells**p * np.log(cells)).mean(axis=2)).sum() - (dy * y * np.log(m)).sum() / p**2
    return (dm[..., None] * p * cells ** (p - 1) / k).reshape(len(cells), -1), dp
""",
    "cases": """
def own_layer_cases():
    x = np.random.default_rng(0).uniform(0.5, 2, size=(3, 6))
    return [(x, np.array([1.7]), 2), (x, np.array([0.6]), 1)]
""",
    "wrong_1": """
def own_layer_wrong_1(dy, cache):
    cells, p, k, m = cache
    dx, dp = own_layer_backward(dy, cache)
    return dx, dp + (dy * m ** (1 / p) * np.log(m)).sum() / p**2
""",
    "wrong_2": """
def own_layer_wrong_2(dy, cache):
    dx, dp = own_layer_backward(dy, cache)
    return dx * cache[2], dp
""",
    "wrong_3": """
def own_layer_wrong_3(dy, cache):
    dx, dp = own_layer_backward(dy, cache)
    return dx, dp / len(dx)
""",
}

RIGHT = {
    "gate": GATE,
    "PReLU": PRELU,
    "softplus": SOFTPLUS,
    "1-D convolution": CONVOLUTION,
    "pooling of power p": POWER_POOLING,
}
