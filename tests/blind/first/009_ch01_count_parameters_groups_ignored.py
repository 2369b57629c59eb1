from cnnlab.ops.arguments import size_pair


def parameters_of(kind, o):
    if kind == "linear":
        return o["out_features"] * (o["in_features"] + int(o.get("bias", True)))
    if kind != "conv":
        return 0
    kh, kw = size_pair("kernel_size", o["kernel_size"], 1)
    weights = o["out_channels"] * o["in_channels"] * kh * kw
    biases = o["out_channels"] if o.get("bias", True) else 0
    return weights + biases


def count_parameters(layers):
    return sum(parameters_of(kind, options) for kind, options in layers)
