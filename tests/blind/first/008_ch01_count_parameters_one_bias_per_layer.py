from cnnlab.ops.arguments import size_pair


def count_parameters(layers):
    total = 0
    for kind, options in layers:
        if kind == "conv":
            f = options["out_channels"]
            c = options["in_channels"] // options.get("groups", 1)
            kh, kw = size_pair("kernel_size", options["kernel_size"], 1)
            total += f * c * kh * kw
            total += 1 if options.get("bias", True) else 0
        elif kind == "linear":
            total += options["out_features"] * options["in_features"]
            total += options["out_features"] if options.get("bias", True) else 0
    return total
