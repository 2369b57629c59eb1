def receptive_field(layers):
    r, j, a = 1, 1, 0
    for kind, o in reversed(layers):
        if kind != "relu":
            stride = o.get("stride", o["kernel_size"] if "pool" in kind else 1)
            r += (o["kernel_size"] - 1) * o.get("dilation", 1) * j
            a -= o.get("padding", 0) * j
            j *= stride
    return r, j, a
