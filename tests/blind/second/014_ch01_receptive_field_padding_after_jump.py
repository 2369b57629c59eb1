def receptive_field(layers):
    size, jump, start = 1, 1, 0
    for kind, options in layers:
        if kind == "relu":
            continue
        k = options["kernel_size"]
        s = options.get("stride", 1 if kind == "conv" else k)
        p, d = options.get("padding", 0), options.get("dilation", 1)
        size += d * (k - 1) * jump
        jump *= s
        start -= p * jump
    return size, jump, start
