"""ncnn: float32 throughout, packed layouts and Winograd on. It computes one sample at a time."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import ncnn
import numpy as np

from engine import Engine, Prepared, Variant
from networks import Convolution, Dense, Flatten, MaxPooling, Network, Weights
from peers.channels_first import images_from_channels_first, images_to_channels_first, weights_to_channels_first

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
    remaining = iter(weights_to_channels_first(network, weights))
    lines = ["Input x 0 1 x"]
    value = "x"
    with open(folder / "net.bin", "wb") as file:
        for number, layer in enumerate(network.layers):
            name = "y" if number == len(network.layers) - 1 else f"layer{number}"
            kernel = bias = np.empty(0, np.float32)
            if isinstance(layer, Convolution | Dense):
                kernel, bias = next(remaining)
                file.write(np.uint32(0).tobytes())  # float32 follows
                file.write(kernel.tobytes())
                file.write(bias.tobytes())
            kind, parameters = _line(layer, kernel.size)
            text = " ".join(f"{key}={number}" for key, number in parameters.items())
            lines.append(f"{kind} {name} 1 1 {value} {name} {text}")
            value = name
    text = "\n".join([str(_MAGIC), f"{len(lines)} {len(lines)}", *lines, ""])
    (folder / "net.param").write_text(text, encoding="ascii")
    for load, file_name in ((net.load_param, "net.param"), (net.load_model, "net.bin")):
        if load(str(folder / file_name)):
            raise ValueError(f"ncnn does not take {file_name} of network {network.name!r}")


def _line(layer: object, kernel_size: int) -> tuple[str, dict[int, int]]:
    """Return a layer's kind and its numbered parameters (9=1 fuses a ReLU)."""
    match layer:
        case Convolution():
            parameters = {0: layer.filters, 1: layer.kernel, 3: layer.stride, 4: layer.padding, 5: 1, 6: kernel_size}
            parameters[9] = int(layer.relu)
            if layer.groups == 1:
                return "Convolution", parameters
            return "ConvolutionDepthWise", parameters | {7: layer.groups}
        case Dense():
            return "InnerProduct", {0: layer.units, 1: 1, 2: kernel_size, 9: int(layer.relu)}
        case MaxPooling():
            return "Pooling", {0: 0, 1: 2, 2: 2, 5: 1}  # 5=1: windows that leave the image are left out
        case Flatten():
            return "Flatten", {}
    return "Softmax", {0: 0}
