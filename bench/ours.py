"""nativecnn as an engine to be timed. To be imported after the peers (see peers/__init__.py)."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial

import numpy as np

import nativecnn
from engine import LEARNING_RATE, MOMENTUM, Engine, Prepared, Variant
from nativecnn import layers
from nativecnn._kernels import runtime
from nativecnn.execution.plan import Plan
from nativecnn.layers.steps import BackwardStep
from nativecnn.layers.tensors import Tensor
from nativecnn.ops.backend import kernels
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
    Softmax,
    Weights,
)

_LIMIT_ITERATIONS = 200_000


def run_limit() -> float:
    """Run a loop of independent fused multiply-adds on one thread and return how many there were."""
    return runtime.run_fma_limit(_LIMIT_ITERATIONS)


class Ours(Engine):
    """nativecnn.

    Parameters
    ----------
    threads : int
    algorithm : str
        Of all convolutions: "auto", "direct" or "winograd".

    Raises
    ------
    ValueError
        If this version's convolutions do not let it be chosen.
    """

    name = "nativecnn"

    def __init__(self, threads: int, algorithm: str = "auto") -> None:
        super().__init__(threads)
        nativecnn.set_num_threads(threads)
        self._settings = {}
        if algorithm != "auto":
            if "algorithm" not in inspect.signature(layers.Conv2D).parameters:
                raise ValueError(
                    f"expected algorithm auto: Conv2D of this version has no such argument, got {algorithm}"
                )
            self._settings = {"algorithm": algorithm}

    def versions(self) -> dict[str, str]:
        return {"nativecnn": nativecnn.__version__}

    def inference(self, network: Network, weights: Weights, x: np.ndarray) -> list[Variant]:
        """One layer runs as within a model: by its prepared plan. A network is called as its user calls it."""
        return [Variant("", partial(self._inference, network, weights, x))]

    def gradient(self, which: str, network: Network, weights: Weights, x: np.ndarray, dy: np.ndarray) -> list[Variant]:
        """The layer's own calls, as the plan of a training step makes them."""
        return [Variant("", partial(self._gradient, which, network, weights, x, dy))]

    def training(self, network: Network, weights: Weights | None, x: np.ndarray, labels: np.ndarray) -> list[Variant]:
        return [Variant("", partial(self._training, network, weights, x, labels))]

    def _inference(self, network: Network, weights: Weights, x: np.ndarray) -> Prepared:
        model = self._model(network, weights)
        if len(network.layers) == 1:
            batch = Plan(model.graph, len(x), training=False).prepared(len(x))
            batch.inputs[0][...] = x
            return Prepared(batch.run, lambda: [batch.outputs[0].copy()])
        outputs = []

        def run() -> None:
            outputs[:] = [model.predict(x, batch_size=len(x))]

        return Prepared(run, lambda: outputs)

    def _gradient(self, which: str, network: Network, weights: Weights, x: np.ndarray, dy: np.ndarray) -> Prepared:
        layer = self._model(network, weights).layers[0]
        dx = None if which == "kernel gradient" else np.empty_like(x)
        gradients = {}
        if which != "input gradient":
            gradients = {name: np.empty_like(weight) for name, weight in layer.weights.items()}
        calls = layer.prepare_backward(BackwardStep(kernels(), dy, [x], None, [dx], layer.weights, gradients))

        def run() -> None:
            for call in calls:
                call()

        return Prepared(run, lambda: [*([] if dx is None else [dx]), *gradients.values()])

    def _training(self, network: Network, weights: Weights | None, x: np.ndarray, labels: np.ndarray) -> Prepared:
        model = self._model(network, weights)
        optimizer = nativecnn.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM)
        model.compile(optimizer, loss="sparse_categorical_crossentropy")
        losses = []

        def run() -> None:
            losses[:] = [model.train_on_batch(x, labels)]

        return Prepared(run, lambda: [np.float32(losses[0]), *model.get_weights()])

    def _model(self, network: Network, weights: Weights | None) -> nativecnn.Model:
        x = nativecnn.Input(network.input_shape)
        model = nativecnn.Model(x, self._chain(network.layers, x))
        if weights is not None:
            model.set_weights([array for layer in weights for array in layer])
        return model

    def _chain(self, chain: Sequence[Layer], x: Tensor) -> Tensor:
        for layer in chain:
            if isinstance(layer, Residual):
                x = layers.Add()([self._chain(layer.branch, x), self._chain(layer.shortcut, x)])
                applied = [layers.Activation(layer.activation)] if layer.activation else []
            else:
                applied = self._layers(layer)
            for part in applied:
                x = part(x)
        return x

    def _layers(self, layer: Layer) -> list[layers.Layer]:
        activation = getattr(layer, "activation", None)
        match layer:
            case Convolution():
                padding = ((layer.padding,) * 2,) * 2
                sizes = layer.filters, layer.kernel, layer.stride, padding
                settings = {"groups": layer.groups, **self._settings}
                if not layer.normalized:
                    return [layers.Conv2D(*sizes, activation=activation, **settings)]
                following = [layers.Activation(activation)] if activation else []
                normalization = layers.BatchNormalization(momentum=MOVING_MOMENTUM, epsilon=EPSILON)
                return [layers.Conv2D(*sizes, use_bias=False, **settings), normalization, *following]
            case Dense():
                return [layers.Dense(layer.units, activation=activation)]
            case MaxPooling():
                return [layers.MaxPooling2D(layer.window, layer.stride, layer.padding)]
            case GlobalAveragePooling():
                return [layers.GlobalAveragePooling2D()]
            case Flatten():
                return [layers.Flatten()]
            case Softmax():
                return [layers.Softmax()]
        raise TypeError(f"expected a layer of networks.py, got {layer!r}")
