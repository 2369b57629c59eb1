from math import prod

from cnnlab.ops.arguments import size_pair


def count_parameters(layers):
    if not layers:
        return 0
    *front, (kind, options) = layers
    match kind:
        case "conv":
            inputs = options["in_channels"] // options.get("groups", 1)
            inputs *= prod(size_pair("kernel_size", options["kernel_size"], 1))
            outputs = options["out_channels"]
        case "linear":
            inputs, outputs = options["in_features"], options["out_features"]
        case _:
            inputs = outputs = 0
    return count_parameters(front) + outputs * (inputs + (1 if options.get("bias", True) else 0))
