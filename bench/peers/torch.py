"""PyTorch: both memory formats; weights prepacked by freezing or as oneDNN tensors; every variant of its optimizer."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

import numpy as np
import torch
from torch import nn
from torch.utils import mkldnn

from engine import LEARNING_RATE, MOMENTUM, Engine, Prepared, Variant
from networks import (
    EPSILON,
    MOVING_MOMENTUM,
    Convolution,
    Dense,
    Flatten,
    GlobalAveragePooling,
    Layer,
    MaxPooling,
    Network,
    Residual,
    Shape,
    Softmax,
    Weights,
    output_shapes,
    with_weights,
)
from peers.channels_first import (
    images_from_channels_first,
    images_to_channels_first,
    weights_from_channels_first,
    weights_to_channels_first,
)

_FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
_OPTIMIZERS = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


class Torch(Engine):
    """PyTorch on the CPU."""

    name = "torch"

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        torch.set_num_threads(threads)

    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__, "torch built with": torch.__config__.show()}

    def inference(self, network: Network, weights: Weights, x: np.ndarray) -> list[Variant]:
        prepare = partial(self._inference, network, weights, x)
        formats = _FORMATS if x.ndim == 4 else ["contiguous"]
        variants = [Variant(f"eager, {name}", partial(prepare, _eager, name)) for name in formats]
        variants.append(Variant("frozen", partial(prepare, _frozen, "contiguous")))
        layers = with_weights(network.layers, network.input_shape)
        if not any(layer.activation == "relu6" for layer, _ in layers):  # for which there is no ReLU6
            variants.append(Variant("oneDNN tensors", partial(prepare, _with_onednn_tensors, "contiguous")))
        return variants

    def gradient(self, which: str, network: Network, weights: Weights, x: np.ndarray, dy: np.ndarray) -> list[Variant]:
        if isinstance(network.layers[0], Dense):
            return [Variant("", partial(_dense_gradient, which, weights, x, dy))]
        prepare = partial(_convolution_gradient, which, network, weights, x, dy)
        return [Variant(name, partial(prepare, name)) for name in _FORMATS]

    def training(self, network: Network, weights: Weights | None, x: np.ndarray, labels: np.ndarray) -> list[Variant]:
        prepare = partial(self._training, network, weights, x, labels)
        return [
            Variant(f"{layout}, {optimizer}", partial(prepare, layout, optimizer))
            for layout, optimizer in itertools.product(_FORMATS, _OPTIMIZERS)
        ]

    def _inference(
        self, network: Network, weights: Weights, x: np.ndarray, make: Callable[..., Prepared], memory_format: str
    ) -> Prepared:
        with torch.no_grad():
            module = _module(network, weights).eval().requires_grad_(False)
            batch = torch.from_numpy(images_to_channels_first(x))
            if x.ndim == 4:
                batch = batch.to(memory_format=_FORMATS[memory_format])
                module = module.to(memory_format=_FORMATS[memory_format])
            return make(module, batch)

    def _training(
        self,
        network: Network,
        weights: Weights | None,
        x: np.ndarray,
        labels: np.ndarray,
        memory_format: str,
        optimizer_variant: str,
    ) -> Prepared:
        layout = _FORMATS[memory_format]
        logits = Network(network.name, network.input_shape, network.layers[:-1])
        module = _module(logits, weights).to(memory_format=layout)
        batch = torch.from_numpy(images_to_channels_first(x)).to(memory_format=layout)
        targets = torch.from_numpy(labels.astype(np.int64))
        measure = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(module.parameters(), LEARNING_RATE, MOMENTUM, **_OPTIMIZERS[optimizer_variant])
        losses = []

        def run() -> None:
            optimizer.zero_grad(set_to_none=True)
            loss = measure(module(batch), targets)
            loss.backward()
            optimizer.step()
            losses[:] = [loss.item()]

        def results() -> list[np.ndarray]:
            arrays = iter([tensor.detach().numpy().copy() for tensor in _tensors(module)])
            layers = with_weights(logits.layers, logits.input_shape)
            counts = [5 if getattr(layer, "normalized", False) else 2 for layer, _ in layers]
            ours = weights_from_channels_first(logits, [tuple(islice(arrays, count)) for count in counts])
            return [np.float32(losses[0]), *(array for layer in ours for array in layer)]

        return Prepared(run, results)


def _module(network: Network, weights: Weights | None) -> nn.Sequential:
    module = _chain(network.layers, network.input_shape)
    if weights is not None:
        arrays = [array for layer in weights_to_channels_first(network, weights) for array in layer]
        with torch.no_grad():
            for tensor, array in zip(_tensors(module), arrays, strict=True):
                tensor.copy_(torch.from_numpy(array))
    return module


def _tensors(module: nn.Module) -> list[torch.Tensor]:
    """Return parameters and running statistics in the order of the weights."""
    return [tensor for name, tensor in module.state_dict().items() if not name.endswith("num_batches_tracked")]


_ACTIVATIONS = {"relu": nn.ReLU, "relu6": nn.ReLU6}


class _Residual(nn.Module):
    def __init__(self, layer: Residual, shape: Shape) -> None:
        super().__init__()
        self.branch = _chain(layer.branch, shape)
        self.shortcut = _chain(layer.shortcut, shape)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.branch(x) + self.shortcut(x)


def _chain(layers: Sequence[Layer], shape: Shape) -> nn.Sequential:
    modules: list[nn.Module] = []
    for layer, after in zip(layers, output_shapes(layers, shape), strict=True):
        modules += _modules(layer, shape)
        if activation := getattr(layer, "activation", None):
            modules.append(_ACTIVATIONS[activation](inplace=True))
        shape = after
    return nn.Sequential(*modules)


def _modules(layer: Layer, shape: Shape) -> list[nn.Module]:
    match layer:
        case Convolution():
            sizes = shape[2], layer.filters, layer.kernel, layer.stride, layer.padding
            convolution = nn.Conv2d(*sizes, groups=layer.groups, bias=not layer.normalized)
            return [
                convolution,
                *([nn.BatchNorm2d(layer.filters, EPSILON, 1 - MOVING_MOMENTUM)] if layer.normalized else []),
            ]
        case Dense():
            return [nn.Linear(shape[0], layer.units)]
        case MaxPooling():
            return [nn.MaxPool2d(layer.window, layer.stride, layer.padding)]
        case GlobalAveragePooling():
            return [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        case Flatten():
            return [nn.Flatten()]
        case Softmax():
            return [nn.Softmax(1)]
        case Residual():
            return [_Residual(layer, shape)]
    raise TypeError(f"expected a layer of networks.py, got {layer!r}")


def _repeated(function: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor) -> Prepared:
    outputs = []

    @torch.inference_mode()
    def run() -> None:
        outputs[:] = [function(batch)]

    return Prepared(run, lambda: [images_from_channels_first(outputs[0].to_dense().numpy())])


def _eager(module: nn.Module, batch: torch.Tensor) -> Prepared:
    return _repeated(module, batch)


def _frozen(module: nn.Module, batch: torch.Tensor) -> Prepared:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and still the fastest at times
        frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(module, batch)))
    return _repeated(frozen, batch)


def _with_onednn_tensors(module: nn.Module, batch: torch.Tensor) -> Prepared:
    """Weights and activations in oneDNN's own layouts, converted once."""
    converted, given = mkldnn.to_mkldnn(module), batch.to_mkldnn()
    outputs = []

    @torch.no_grad()  # inference mode has no such tensors
    def run() -> None:
        outputs[:] = [converted(given)]

    return Prepared(run, lambda: [images_from_channels_first(outputs[0].to_dense().numpy())])


def _convolution_gradient(
    which: str, network: Network, weights: Weights, x: np.ndarray, dy: np.ndarray, memory_format: str
) -> Prepared:
    layer = network.layers[0]
    ((kernel, bias),) = weights_to_channels_first(network, weights)
    tensors = [
        torch.from_numpy(array).to(memory_format=_FORMATS[memory_format])
        for array in (images_to_channels_first(dy), images_to_channels_first(x), kernel)
    ]
    pair = [[layer.stride] * 2, [layer.padding] * 2, [1, 1]]
    wanted = [which != "kernel gradient", which != "input gradient", which != "input gradient"]
    outputs = []

    def run() -> None:
        outputs[:] = torch.ops.aten.convolution_backward(
            *tensors, [bias.size], *pair, False, [0, 0], layer.groups, wanted
        )

    def results() -> list[np.ndarray]:
        dx, dkernel, dbias = outputs
        arrays = [] if dx is None else [images_from_channels_first(dx.numpy())]
        return arrays if dkernel is None else [*arrays, dkernel.numpy().transpose(2, 3, 1, 0), dbias.numpy()]

    return Prepared(run, results)


def _dense_gradient(which: str, weights: Weights, x: np.ndarray, dy: np.ndarray) -> Prepared:
    """Three calls, those of autograd."""
    kernel = torch.from_numpy(np.ascontiguousarray(weights[0][0].T))
    inputs, gradient = torch.from_numpy(x), torch.from_numpy(dy)
    outputs = []

    def run() -> None:
        outputs.clear()
        if which != "kernel gradient":
            outputs.append(gradient.mm(kernel))
        if which != "input gradient":
            outputs.append(gradient.t().mm(inputs))
            outputs.append(gradient.sum(0))

    def results() -> list[np.ndarray]:
        arrays = [output.numpy() for output in outputs]
        if which != "input gradient":
            arrays[-2] = arrays[-2].T
        return arrays

    return Prepared(run, results)
