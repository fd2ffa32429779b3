"""What in an image made an activation what it is: Zeiler and Fergus's way back from feature maps to pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .. import ops
from .._kernels.floating_point import contract_state
from ..checks import integer_below, shown
from ..functional import Functional
from ..layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Convolution2D,
    Cropping2D,
    LocalResponseNormalization,
    MaxPooling2D,
    ZeroPadding2D,
)
from ..layers.tensors import Applicable, Node
from ..model import Model
from ..ops.windows import normalize_pair, resolve_padding
from ..training.batches import check_batch_size, check_sample_shape, check_samples
from .chains import chain_to, changes_nothing, without_rule


@contract_state
def deconvolve(
    model: Model,
    x: object,
    layer: str | Applicable,
    unit: int,
    *,
    position: Sequence[int] | None = None,
    batch_size: int | None = 32,
) -> np.ndarray:
    """Project one activation of a layer back to the image: the deconvolutional view of Zeiler and Fergus.

    Of the layer's output, all values but one are set to 0. What remains is sent back through the layers, the last
    first, to the pixels that it came from:

    - max pooling: each value goes to the pixel that was its window's maximum (the *switch*); what several windows send
      to one pixel is added, and all other pixels are 0;
    - average pooling: each value is spread evenly over the pixels of its window;
    - an activation: the signal is *rectified*, negative values become 0, wherever the function's own values are never
      negative (ReLU, ReLU6, sigmoid, softplus, …); others (tanh, leaky ReLU, …) let it pass. It is the signal that is
      rectified: where the function itself was cut off on the way up plays no part, as it does in a gradient;
    - a convolution: the signal is filtered by the transposed kernels (:func:`nativecnn.ops.conv2d_transpose`),
      without bias;
    - batch normalization: times the scale that it has in inference;
    - zero padding is cut off, and what was cropped becomes 0;
    - dropout and local response normalization pass the signal on: the method has no way back through the latter.

    Parameters
    ----------
    model : Model
        Built, with one input. A chain of these layers leads from it to the layer; branches beside or after it do
        not matter.
    x : array, shape (samples, rows, columns, channels)
    layer : str or Layer
        Its name or itself; it gives images. An activation that is part of the layer is part of its output.
    unit : int
        The feature map: a channel of the layer's output.
    position : (row, column), optional
        Of the activation in the feature map. By default, in each sample, its largest (the first of several).
    batch_size : int, optional
        How many samples are computed together; the results are the same bits for any. ``None`` for all.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, rows, columns, channels)
        0 outside of the activation's receptive field; all 0 where the activation is 0.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If the model is not built or has no such layer, or the layer gives no images; for a unit or position outside
        of its output, samples of another shape, branches, and layers of other kinds on the way. The message names the
        layer.

    References
    ----------
    Zeiler and Fergus: Visualizing and understanding convolutional networks, ECCV 2014.

    Examples
    --------
    >>> deconvolve(model, x_test[:9], "conv2d_1", unit=7).shape
    (9, 28, 28, 1)
    """
    name = "deconvolve"
    chain = chain_to(model, layer, name)
    ways = [_way_back(node, name) for node in chain]
    target = chain[-1].output
    rows, columns, channels = target.shape
    unit = integer_below(unit, channels, f"{name}: unit")
    if position is not None:
        row, column = normalize_pair(position, f"{name}: position", minimum=0)
        if row >= rows or column >= columns:
            raise ValueError(
                f"{name}: expected a position in feature maps of {rows} × {columns}, got {shown(position)}"
            )
    x = check_samples(x, f"{name}: x")
    check_sample_shape(x, model.input_shape, "x", f"{name}: {model.label}")
    size = check_batch_size(batch_size, len(x))
    recorded = [node.inputs[0] for node in chain if isinstance(node.layer, MaxPooling2D)]
    on_the_way_up = Functional.part_of(model, model.inputs, [target, *recorded])
    result = np.empty(x.shape, np.float32)
    for start in range(0, len(x), size):
        outputs = on_the_way_up.predict(x[start : start + size], batch_size=None)
        maps, *inputs = outputs if recorded else [outputs]
        if position is None:
            row, column = strongest_positions(maps[..., unit]).T
        samples = np.arange(len(maps))
        signal = np.zeros_like(maps)
        signal[samples, row, column, unit] = maps[samples, row, column, unit]
        pooled = dict(zip(recorded, inputs, strict=True))
        for node, way_back in zip(chain[::-1], ways[::-1], strict=True):
            signal = way_back(node, signal, pooled.get(node.inputs[0]))
        result[start : start + size] = signal
    return result


def strongest_positions(maps: np.ndarray) -> np.ndarray:
    """Return row and column (samples, 2) of the largest value of each map (samples, rows, columns): the first of
    several; a NaN counts as larger than any number."""
    places = maps.reshape(len(maps), maps.shape[1] * maps.shape[2]).argmax(axis=1)
    return np.stack(np.divmod(places, maps.shape[2]), axis=1)


# The way back through a layer: from the application, the signal at its output and, of max pooling, what it pooled.
_WayBack = Callable[[Node, np.ndarray, np.ndarray | None], np.ndarray]


def _convolution(node: Node, signal: np.ndarray, _: object) -> np.ndarray:
    layer, (*image, _) = node.layer, node.input_shape
    padding = resolve_padding(layer.padding, image, layer.kernel_size, layer.strides, layer.dilation_rate, layer.label)
    # Pixels at the bottom and right that no window reaches: the signal has nothing for them, but they are there.
    left_over = tuple(
        size + sum(side) - (count - 1) * stride - (taps - 1) * dilation - 1
        for size, side, count, stride, taps, dilation in zip(
            image, padding, node.output.shape, layer.strides, layer.kernel_size, layer.dilation_rate, strict=False
        )
    )
    if layer.activation is not None:
        signal = _rectified(layer.activation, signal)
    return ops.conv2d_transpose(
        signal,
        layer.weights["kernel"],
        strides=layer.strides,
        padding=padding,
        output_padding=left_over,
        dilation_rate=layer.dilation_rate,
        groups=layer.groups,
        algorithm=layer.algorithm,
    )


def _max_pooling(node: Node, signal: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    return ops.max_pool2d_backward(signal, pooled, **_windows(node))


def _average_pooling(node: Node, signal: np.ndarray, _: object) -> np.ndarray:
    return ops.average_pool2d_backward(signal, node.input_shape[:2], **_windows(node))


def _windows(node: Node) -> dict[str, object]:
    return {setting: getattr(node.layer, setting) for setting in ("pool_size", "strides", "padding", "ceil_mode")}


def _batch_normalization(node: Node, signal: np.ndarray, _: object) -> np.ndarray:
    weights = node.layer.weights
    variance = weights["moving_variance"]
    return ops.batch_normalization(
        signal, np.zeros_like(variance), variance, weights.get("gamma"), epsilon=node.layer.epsilon
    )


def _zero_padding(node: Node, signal: np.ndarray, _: object) -> np.ndarray:
    return ops.crop(signal, node.layer.sides)


def _cropping(node: Node, signal: np.ndarray, _: object) -> np.ndarray:
    return ops.zero_pad(signal, node.layer.sides)


def _unchanged(node: Node, signal: np.ndarray, _: object) -> np.ndarray:
    return signal


def _activation(node: Node, signal: np.ndarray, _: object) -> np.ndarray:
    return _rectified(node.layer, signal)


def _rectified(activation: Activation, signal: np.ndarray) -> np.ndarray:
    return ops.relu(signal) if _is_never_negative(activation) else signal


def _is_never_negative(activation: Activation) -> bool:
    if activation.function == "clipped_relu":
        _, negative_slope, _ = activation.kernel_settings
        return negative_slope == 0
    return activation.function in ("exp", "hard_sigmoid", "relu", "relu6", "sigmoid", "softplus")


_WAYS_BACK: dict[type, _WayBack] = {
    Conv2D: _convolution,
    Convolution2D: _convolution,
    MaxPooling2D: _max_pooling,
    AveragePooling2D: _average_pooling,
    BatchNormalization: _batch_normalization,
    LocalResponseNormalization: _unchanged,
    ZeroPadding2D: _zero_padding,
    Cropping2D: _cropping,
}


def _way_back(node: Node, name: str) -> _WayBack:
    """Return the way back through a layer, else raise ``ValueError``."""
    layer = node.layer
    if changes_nothing(node):
        return _unchanged
    own = layer if isinstance(layer, Activation) else getattr(layer, "activation", None)
    if own is not None and own.function in ("softmax", "log_softmax"):
        raise ValueError(
            f"{name}: expected activations that compute value by value, got {own.function} of {layer.label}"
        )
    if isinstance(layer, Activation):
        return _activation
    if type(layer) not in _WAYS_BACK:
        raise without_rule(node, [*_WAYS_BACK, Activation], name)
    return _WAYS_BACK[type(layer)]
