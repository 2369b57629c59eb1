def receptive_field(layers):
    def step(kind, o):
        stride = o.get("stride", o["kernel_size"] if kind in ("max_pool", "avg_pool") else 1)
        return stride, o.get("padding", 0), (o["kernel_size"] - 1) * o.get("dilation", 1)

    sliding = [step(kind, o) for kind, o in layers if kind != "relu"]

    def rows_seen_by(first, last):
        for s, p, reach in reversed(sliding):
            first, last = first * s - p, last * s - p + reach
        return first, last

    start, end = rows_seen_by(0, 0)
    return end - start + 1, rows_seen_by(1, 1)[0] - start, start
