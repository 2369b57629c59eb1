from math import prod

from cnnlab.ops.arguments import size_pair


def count_parameters(layers):
    total = 0
    for kind, options in layers:
        has_bias = "bias" not in options
        if kind == "conv":
            kernel = size_pair("kernel_size", options["kernel_size"], 1)
            fan_in = options["in_channels"] // options.get("groups", 1) * prod(kernel)
            outputs = options["out_channels"]
        elif kind == "linear":
            fan_in, outputs = options["in_features"], options["out_features"]
        else:
            continue
        total += outputs * fan_in
        if has_bias:
            total += outputs
    return total
