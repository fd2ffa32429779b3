"""Weights and results for engines whose images are (channels, rows, columns)."""

from __future__ import annotations

import numpy as np

from networks import EPSILON, Convolution, Flatten, Network, Weights, with_weights


def weights_to_channels_first(network: Network, weights: Weights) -> Weights:
    """Return kernels as (filters, channels / groups, rows, columns) and (outputs, inputs), in order.

    The rows of a dense kernel follow those of the flattened image, so their order changes with its axes.
    """
    converted: Weights = []
    flattened = _flattened(network)
    for (layer, _), (kernel, *others) in zip(with_weights(network.layers, network.input_shape), weights, strict=True):
        if isinstance(layer, Convolution):
            kernel = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        else:
            if flattened is not None:
                kernel = kernel.reshape(*flattened, layer.units).transpose(2, 0, 1, 3).reshape(kernel.shape)
                flattened = None
            kernel = np.ascontiguousarray(kernel.T)
        converted.append((kernel, *others))
    return converted


def weights_from_channels_first(network: Network, weights: Weights) -> Weights:
    """Undo :func:`weights_to_channels_first`; kernels are then views."""
    converted: Weights = []
    flattened = _flattened(network)
    for (layer, _), (kernel, *others) in zip(with_weights(network.layers, network.input_shape), weights, strict=True):
        if isinstance(layer, Convolution):
            kernel = kernel.transpose(2, 3, 1, 0)
        else:
            kernel = kernel.T
            if flattened is not None:
                rows, columns, channels = flattened
                kernel = kernel.reshape(channels, rows, columns, -1).transpose(1, 2, 0, 3).reshape(kernel.shape)
                flattened = None
        converted.append((kernel, *others))
    return converted


def folded(weights: Weights) -> Weights:
    """Return kernels (filters first) and biases that compute what normalized convolutions do.

    Engines fold batch normalization into kernels when they take in a model; where a model is written in an engine's
    own format, its converter does.
    """
    pairs: Weights = []
    for kernel, *others in weights:
        if len(others) == 1:
            pairs.append((kernel, *others))
            continue
        gamma, beta, mean, variance = others
        scale = gamma / np.sqrt(variance + np.float32(EPSILON))
        pairs.append((kernel * scale[:, None, None, None], beta - mean * scale))
    return pairs


def _flattened(network: Network) -> tuple[int, ...] | None:
    """Return the shape of the images that a layer flattens before the first dense layer."""
    shapes = [
        shape
        for layer, shape in zip(network.layers, network.input_shapes, strict=True)
        if isinstance(layer, Flatten) and len(shape) == 3
    ]
    return shapes[0] if shapes else None


def images_to_channels_first(x: np.ndarray) -> np.ndarray:
    """Return images (n, rows, columns, channels) as (n, channels, rows, columns); rows of numbers as they are."""
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.ndim == 4 else x


def images_from_channels_first(x: np.ndarray) -> np.ndarray:
    """Undo :func:`images_to_channels_first`."""
    return x.transpose(0, 2, 3, 1) if x.ndim == 4 else x
