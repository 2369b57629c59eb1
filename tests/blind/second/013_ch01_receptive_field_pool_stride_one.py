def receptive_field(layers):
    size, jump, start = 1, 1, 0
    for kind, options in layers:
        if kind == "relu":
            continue
        k = options["kernel_size"]
        s = options.get("stride", 1)
        p, d = options.get("padding", 0), options.get("dilation", 1)
        size += d * (k - 1) * jump
        start -= p * jump
        jump *= s
    return size, jump, start
