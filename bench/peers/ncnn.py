"""ncnn: float32 throughout, packed layouts and Winograd on. It computes one sample at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import ncnn
import numpy as np

from engine import Engine, Prepared, Variant
from networks import (
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
from peers.channels_first import (
    folded,
    images_from_channels_first,
    images_to_channels_first,
    weights_to_channels_first,
)

_MAGIC = 7767517  # the first line of a .param file


class Ncnn(Engine):
    """ncnn on the CPU."""

    name = "ncnn"

    def versions(self) -> dict[str, str]:
        return {"ncnn": ncnn.__version__}

    def inference(self, network: Network, weights: Weights, x: np.ndarray) -> list[Variant]:
        return [Variant("packed, Winograd", partial(self._inference, network, weights, x))]

    def _inference(self, network: Network, weights: Weights, x: np.ndarray) -> Prepared:
        net = ncnn.Net()
        option = net.opt
        option.num_threads = self.threads
        option.lightmode = True
        option.use_vulkan_compute = False
        for name in ("packing_layout", "winograd_convolution", "sgemm_convolution"):
            setattr(option, f"use_{name}", True)
        for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage", "bf16_packed"):
            setattr(option, f"use_{name}", False)
        for name in ("int8_inference", "int8_storage", "int8_arithmetic"):
            setattr(option, f"use_{name}", False)
        with tempfile.TemporaryDirectory() as folder:
            _load(net, network, weights, Path(folder))
        samples = images_to_channels_first(x)
        inputs = [ncnn.Mat(sample) for sample in samples]
        outputs: list[ncnn.Mat] = []

        def run(kept: object = samples) -> None:  # a Mat keeps no reference to the array that it shows
            outputs.clear()
            for sample in inputs:
                extractor = net.create_extractor()
                extractor.input("x", sample)
                outputs.append(extractor.extract("y")[1])

        return Prepared(run, lambda: [images_from_channels_first(np.stack([np.array(output) for output in outputs]))])


def _load(net: ncnn.Net, network: Network, weights: Weights, folder: Path) -> None:
    """Write the network as ncnn's two files and read them."""
    with open(folder / "net.bin", "wb") as file:
        writer = _Writer(file, folded(weights_to_channels_first(network, weights)))
        writer.add("Input", [], ["x"], {})
        writer.add("Noop", [writer.chain(network.layers, "x")], ["y"], {})
    text = "\n".join([str(_MAGIC), f"{len(writer.lines)} {writer.blobs}", *writer.lines, ""])
    (folder / "net.param").write_text(text, encoding="ascii")
    for load, file_name in ((net.load_param, "net.param"), (net.load_model, "net.bin")):
        if load(str(folder / file_name)):
            raise ValueError(f"ncnn does not take {file_name} of network {network.name!r}")


class _Writer:
    """Writes weights into one file and collects the lines of the other. There, only one layer may read a blob."""

    def __init__(self, file: BinaryIO, weights: Weights) -> None:
        self.lines: list[str] = []
        self.blobs = 0
        self._file = file
        self._weights = iter(weights)

    def chain(self, layers: Sequence[Layer], blob: str) -> str:
        """Add a chain of layers over a blob and return the name of its output."""
        for layer in layers:
            if isinstance(layer, Residual):
                blob = self._residual(layer, blob)
                continue
            kernel_size = self._write_weights() if isinstance(layer, Convolution | Dense) else 0
            (blob,) = self.add(_kind(layer), [blob], self._names(1), _parameters(layer, kernel_size))
        return blob

    def add(self, kind: str, inputs: list[str], outputs: list[str], parameters: dict[int, object]) -> list[str]:
        """Add a layer and return the names of its outputs."""
        settings = [f"{key}={value}" for key, value in parameters.items()]
        counts = [str(len(inputs)), str(len(outputs))]
        self.lines.append(" ".join([kind, f"layer{len(self.lines)}", *counts, *inputs, *outputs, *settings]))
        self.blobs += len(outputs)
        return outputs

    def _residual(self, layer: Residual, blob: str) -> str:
        first, second = self.add("Split", [blob], self._names(2), {})
        sides = [self.chain(layer.branch, first), self.chain(layer.shortcut, second)]
        (blob,) = self.add("BinaryOp", sides, self._names(1), {0: 0})
        if layer.activation:
            kind, parameters = {"relu": ("ReLU", {}), "relu6": ("Clip", {0: 0, 1: 6})}[layer.activation]
            (blob,) = self.add(kind, [blob], self._names(1), parameters)
        return blob

    def _names(self, count: int) -> list[str]:
        return [f"blob{self.blobs + number}" for number in range(count)]

    def _write_weights(self) -> int:
        kernel, bias = next(self._weights)
        self._file.write(np.uint32(0).tobytes())  # float32 follows
        self._file.write(kernel.tobytes())
        self._file.write(bias.tobytes())
        return kernel.size


def _kind(layer: Layer) -> str:
    if isinstance(layer, Convolution):
        return "Convolution" if layer.groups == 1 else "ConvolutionDepthWise"
    kinds = {
        Dense: "InnerProduct",
        Flatten: "Flatten",
        GlobalAveragePooling: "Pooling",
        MaxPooling: "Pooling",
        Softmax: "Softmax",
    }
    return kinds[type(layer)]


def _parameters(layer: Layer, kernel_size: int) -> dict[int, object]:
    """Return a layer's numbered parameters."""
    activation = {"relu": {9: 1}, "relu6": {9: 3, -23310: "2,0,6"}}.get(getattr(layer, "activation", None), {})
    match layer:
        case Convolution():
            parameters = {0: layer.filters, 1: layer.kernel, 3: layer.stride, 4: layer.padding, 5: 1, 6: kernel_size}
            return parameters | activation | ({7: layer.groups} if layer.groups > 1 else {})
        case Dense():
            return {0: layer.units, 1: 1, 2: kernel_size, **activation}
        case MaxPooling():
            # 5=1: windows that leave the image are left out
            return {0: 0, 1: layer.window, 2: layer.stride, 3: layer.padding, 5: 1}
        case GlobalAveragePooling():
            return {0: 1, 4: 1}
        case Softmax():
            return {0: 0}
    return {}
