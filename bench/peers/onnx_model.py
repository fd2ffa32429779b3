"""A network as an ONNX model, for ONNX Runtime and OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from networks import (
    EPSILON,
    Convolution,
    Dense,
    Flatten,
    GlobalAveragePooling,
    Layer,
    MaxPooling,
    Network,
    Residual,
    Softmax,
    Weights,
)
from peers.channels_first import weights_to_channels_first

_OPSET, _IR_VERSION = 17, 8  # what all readers of the last years take


def _axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def onnx_model(network: Network, weights: Weights, samples: int) -> onnx.ModelProto:
    """Return a model of input "x" and output "y", channels first, for batches of one size, weights as initializers.

    Batch normalizations are nodes of their own, as exporters leave them: engines fold them.
    """
    writer = _Writer(weights_to_channels_first(network, weights))
    writer.nodes.append(helper.make_node("Identity", [writer.chain(network.layers, "x")], ["y"]))
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, (samples, *_axes(shape)))
        for name, shape in (("x", network.input_shape), ("y", network.output_shapes[-1]))
    ]
    graph = helper.make_graph(writer.nodes, network.name, values[:1], values[1:], writer.initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)


class _Writer:
    """Writes nodes, and the weights with them."""

    def __init__(self, weights: Weights) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._weights = iter(weights)

    def chain(self, layers: Sequence[Layer], value: str) -> str:
        """Add a chain of layers over a value and return the name of its output."""
        for layer in layers:
            value = self._layer(layer, value)
            activation = getattr(layer, "activation", None)
            if activation == "relu":
                value = self._node("Relu", value)
            elif activation == "relu6":
                value = self._node("Clip", value, self._constant(np.float32(0)), self._constant(np.float32(6)))
        return value

    def _layer(self, layer: Layer, value: str) -> str:
        match layer:
            case Convolution():
                kernel, *others = (self._constant(array) for array in next(self._weights))
                settings = {
                    "kernel_shape": [layer.kernel] * 2,
                    "strides": [layer.stride] * 2,
                    "pads": [layer.padding] * 4,
                    "group": layer.groups,
                }
                if not layer.normalized:
                    return self._node("Conv", value, kernel, *others, **settings)
                value = self._node("Conv", value, kernel, **settings)
                return self._node("BatchNormalization", value, *others, epsilon=EPSILON)
            case Dense():
                return self._node("Gemm", value, *map(self._constant, next(self._weights)), transB=1)
            case MaxPooling():
                sizes = {"kernel_shape": layer.window, "strides": layer.stride}
                settings = {name: [size] * 2 for name, size in sizes.items()}
                return self._node("MaxPool", value, pads=[layer.padding] * 4, **settings)
            case GlobalAveragePooling():
                return self._node("Flatten", self._node("GlobalAveragePool", value))
            case Flatten():
                return self._node("Flatten", value)
            case Softmax():
                return self._node("Softmax", value, axis=-1)
            case Residual():
                branch = self.chain(layer.branch, value)
                return self._node("Add", branch, self.chain(layer.shortcut, value))
        raise TypeError(f"expected a layer of networks.py, got {layer!r}")

    def _node(self, operation: str, *inputs: str, **settings: object) -> str:
        name = f"{operation}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], **settings))
        return name

    def _constant(self, array: np.ndarray) -> str:
        name = f"weights{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name
