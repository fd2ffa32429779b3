"""A network as an ONNX model, for ONNX Runtime and OpenVINO."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper, numpy_helper

from networks import Convolution, Dense, Flatten, MaxPooling, Network, Softmax, Weights
from peers.channels_first import weights_to_channels_first

_OPSET, _IR_VERSION = 17, 8  # what all readers of the last years take


def _axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def onnx_model(network: Network, weights: Weights, samples: int) -> onnx.ModelProto:
    """Return a model of input "x" and output "y", channels first, for batches of one size, weights as initializers."""
    nodes, initializers = [], []
    remaining = iter(weights_to_channels_first(network, weights))
    value = "x"
    for number, layer in enumerate(network.layers):
        name = "y" if number == len(network.layers) - 1 else f"layer{number}"
        relu = getattr(layer, "relu", False)
        output = f"{name}_linear" if relu else name
        inputs = [value]
        if isinstance(layer, Convolution | Dense):
            for part, array in zip(("kernel", "bias"), next(remaining), strict=True):
                initializers.append(numpy_helper.from_array(array, f"{name}_{part}"))
                inputs.append(f"{name}_{part}")
        nodes.append(_node(layer, inputs, output))
        if relu:
            nodes.append(helper.make_node("Relu", [output], [name]))
        value = name
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, (samples, *_axes(shape)))
        for name, shape in (("x", network.input_shape), ("y", network.output_shapes[-1]))
    ]
    graph = helper.make_graph(nodes, network.name, values[:1], values[1:], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)


def _node(layer: object, inputs: list[str], output: str) -> onnx.NodeProto:
    match layer:
        case Convolution():
            return helper.make_node(
                *("Conv", inputs, [output]),
                kernel_shape=[layer.kernel] * 2,
                strides=[layer.stride] * 2,
                pads=[layer.padding] * 4,
                group=layer.groups,
            )
        case Dense():
            return helper.make_node("Gemm", inputs, [output], transB=1)
        case MaxPooling():
            return helper.make_node("MaxPool", inputs, [output], kernel_shape=[2, 2], strides=[2, 2])
        case Flatten():
            return helper.make_node("Flatten", inputs, [output])
        case Softmax():
            return helper.make_node("Softmax", inputs, [output], axis=-1)
    raise TypeError(f"expected a layer of networks.py, got {layer!r}")
