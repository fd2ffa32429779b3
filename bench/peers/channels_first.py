"""Weights and results for engines whose images are (channels, rows, columns)."""

from __future__ import annotations

import numpy as np

from networks import Convolution, Dense, Flatten, Network, Weights


def weights_to_channels_first(network: Network, weights: Weights) -> Weights:
    """Return kernels as (filters, channels / groups, rows, columns) and (outputs, inputs), in order.

    The rows of a dense kernel follow those of the flattened image, so their order changes with its axes.
    """
    converted, remaining = [], iter(weights)
    flattened: tuple[int, ...] | None = None
    for layer, shape in zip(network.layers, network.input_shapes, strict=True):
        if isinstance(layer, Flatten):
            flattened = shape
        elif isinstance(layer, Convolution):
            kernel, bias = next(remaining)
            converted.append((np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), bias))
        elif isinstance(layer, Dense):
            kernel, bias = next(remaining)
            if flattened is not None:
                kernel = kernel.reshape(*flattened, layer.units).transpose(2, 0, 1, 3).reshape(kernel.shape)
                flattened = None
            converted.append((np.ascontiguousarray(kernel.T), bias))
    return converted


def weights_from_channels_first(network: Network, weights: Weights) -> Weights:
    """Undo :func:`weights_to_channels_first`."""
    converted, remaining = [], iter(weights)
    flattened: tuple[int, ...] | None = None
    for layer, shape in zip(network.layers, network.input_shapes, strict=True):
        if isinstance(layer, Flatten):
            flattened = shape
        elif isinstance(layer, Convolution):
            kernel, bias = next(remaining)
            converted.append((kernel.transpose(2, 3, 1, 0), bias))
        elif isinstance(layer, Dense):
            kernel, bias = next(remaining)
            kernel = kernel.T
            if flattened is not None:
                rows, columns, channels = flattened
                kernel = kernel.reshape(channels, rows, columns, -1).transpose(1, 2, 0, 3).reshape(kernel.shape)
                flattened = None
            converted.append((kernel, bias))
    return converted


def images_to_channels_first(x: np.ndarray) -> np.ndarray:
    """Return images (n, rows, columns, channels) as (n, channels, rows, columns); rows of numbers as they are."""
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if x.ndim == 4 else x


def images_from_channels_first(x: np.ndarray) -> np.ndarray:
    """Undo :func:`images_to_channels_first`."""
    return x.transpose(0, 2, 3, 1) if x.ndim == 4 else x
