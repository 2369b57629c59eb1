def count_parameters(layers):
    if not layers:
        return 0
    if len(layers) > 1:
        half = len(layers) // 2
        return count_parameters(layers[:half]) + count_parameters(layers[half:])
    kind, o = layers[0]
    here = 0
    if kind == "conv":
        k = o["kernel_size"]
        kh, kw = (k, k) if isinstance(k, int) else k
        groups = o.get("groups", 1)
        per_group = (o["in_channels"] // groups) * (o["out_channels"] // groups) * kh * kw
        here = per_group + o["out_channels"] * int(o.get("bias", True))
    if kind == "linear":
        here = o["out_features"] * (o["in_features"] + int(o.get("bias", True)))
    return here
