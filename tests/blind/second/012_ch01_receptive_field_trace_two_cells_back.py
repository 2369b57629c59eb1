def rows_seen(layers, first, last):
    for kind, options in reversed(layers):
        if kind == "relu":
            continue
        k = options["kernel_size"]
        s = options.get("stride", k if kind.endswith("pool") else 1)
        p = options.get("padding", 0)
        gap = options.get("dilation", 1)
        first, last = s * first - p, s * last - p + gap * (k - 1)
    return first, last


def receptive_field(layers):
    start, end = rows_seen(layers, 0, 0)
    following, _ = rows_seen(layers, 1, 1)
    return end - start + 1, following - start, start
