"""Which pixels of an image an activation depends on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import shown
from ..layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Convolution2D,
    Cropping2D,
    DepthwiseConv2D,
    LocalResponseNormalization,
    MaxPooling2D,
    ZeroPadding2D,
)
from ..layers.tensors import Applicable, Node
from ..model import Model
from ..ops.windows import Pair, resolve_padding
from .chains import chain_to, changes_nothing, without_rule

_ONE, _ZERO = (1, 1), (0, 0)


class ReceptiveField(NamedTuple):
    """The boxes of the image that the activations of a layer depend on; all as (rows, columns), in pixels.

    That of the activation at ``position`` begins at ``offset + position * stride``. Near the edges of the image it
    reaches beyond it, and not all of it may take part: windows of later layers are cut off there, too.
    """

    size: Pair
    stride: Pair
    offset: Pair
    """Negative in the padding."""

    @contract_state
    def boxes(self, positions: object) -> np.ndarray:
        """Return the boxes of positions in the layer's output.

        Parameters
        ----------
        positions : array of int, shape (…, 2)
            Rows and columns.

        Returns
        -------
        numpy.ndarray, int64, shape (…, 4)
            Top, left, bottom, right; bottom and right are the first row and column after the box.

        Raises
        ------
        TypeError, ValueError
            If the positions are no pairs of integers.
        """
        places = np.asarray(positions)
        if places.dtype.kind not in "iu":
            raise TypeError(f"boxes: expected positions to be integers, got {shown(positions)}")
        if places.ndim == 0 or places.shape[-1] != 2:
            raise ValueError(f"boxes: expected positions of shape (…, 2), got {places.shape}")
        starts = places.astype(np.int64) * self.stride + self.offset
        return np.concatenate([starts, starts + self.size], axis=-1)


@contract_state
def receptive_field(model: Model, layer: str | Applicable) -> ReceptiveField:
    """Return size, stride and offset of what the activations of a layer see of the image.

    Parameters
    ----------
    model : Model
        Built, with one input.
    layer : str or Layer
        Its name or itself; a chain of layers leads to it: convolutions, poolings, padding, cropping, and layers that
        compute pixel by pixel.

    Raises
    ------
    TypeError
        If it is no model.
    ValueError
        If the model is not built or has no such layer, or the layer gives no images; for branches, and for layers
        of other kinds on the way. The message names the layer.

    Notes
    -----
    Counted is what may take part: the holes of dilated kernels, weights that are 0 and pixels that lose a maximum
    as well.

    Examples
    --------
    >>> receptive_field(applications.VGG16(include_top=False), "conv5_3")
    ReceptiveField(size=(196, 196), stride=(16, 16), offset=(-90, -90))
    """
    name = "receptive_field"
    size, stride, offset = _ONE, _ONE, _ZERO
    for node in reversed(chain_to(model, layer, name)):
        extent, step, before = _window(node, name)
        size = _each(lambda size, step, extent: (size - 1) * step + extent, size, step, extent)
        stride = _each(lambda stride, step: stride * step, stride, step)
        offset = _each(lambda offset, step, before: offset * step - before, offset, step, before)
    return ReceptiveField(size, stride, offset)


def _each(function, *pairs: Pair) -> Pair:
    rows, columns = map(function, *pairs)
    return rows, columns


def _convolution(node: Node) -> tuple[Pair, Pair, Pair]:
    layer = node.layer
    padding = resolve_padding(
        layer.padding, node.input_shape[:2], layer.kernel_size, layer.strides, layer.dilation_rate, layer.label
    )
    extent = _each(lambda size, dilation: (size - 1) * dilation + 1, layer.kernel_size, layer.dilation_rate)
    return extent, layer.strides, _before(padding)


def _pooling(node: Node) -> tuple[Pair, Pair, Pair]:
    layer = node.layer
    padding = resolve_padding(layer.padding, node.input_shape[:2], layer.pool_size, layer.strides, name=layer.label)
    return layer.pool_size, layer.strides, _before(padding)


def _zero_padding(node: Node) -> tuple[Pair, Pair, Pair]:
    return _ONE, _ONE, _before(node.layer.sides)


def _cropping(node: Node) -> tuple[Pair, Pair, Pair]:
    return _ONE, _ONE, _each(lambda before: -before, _before(node.layer.sides))


def _pixel(node: Node) -> tuple[Pair, Pair, Pair]:
    return _ONE, _ONE, _ZERO


def _before(sides: tuple[Pair, ...]) -> Pair:
    return sides[0][0], sides[1][0]


# By class, what the windows are of which a layer computes its pixels: extent, strides, pixels before the image.
_WINDOWS = {
    Conv2D: _convolution,
    Convolution2D: _convolution,
    DepthwiseConv2D: _convolution,
    MaxPooling2D: _pooling,
    AveragePooling2D: _pooling,
    ZeroPadding2D: _zero_padding,
    Cropping2D: _cropping,
    BatchNormalization: _pixel,
    LocalResponseNormalization: _pixel,
}


def _window(node: Node, name: str) -> tuple[Pair, Pair, Pair]:
    if isinstance(node.layer, Activation) or changes_nothing(node):
        return _pixel(node)
    if type(node.layer) not in _WINDOWS:
        raise without_rule(node, [*_WINDOWS, Activation], name)
    return _WINDOWS[type(node.layer)](node)
