"""Residual networks."""

from __future__ import annotations

from collections.abc import Callable

from .. import layers
from ..layers.steps import Shape
from ..layers.tensors import Tensor
from ..model import Model
from .blocks import normalized, pooled_head

_Block = Callable[[Tensor, int, int, str], Tensor]


def ResNet18(classes: int = 1000, input_shape: Shape = (224, 224, 3), include_top: bool = True) -> Model:  # noqa: N802
    """Return ResNet-18 (11,689,512 parameters that are trained, and 9,600 running means and variances).

    Parameters
    ----------
    classes : int
        Number of outputs, which are probabilities.
    input_shape : (rows, columns, channels)
        Images of any size.
    include_top : bool
        Whether to end with the dense layer; else with the feature maps before it.

    References
    ----------
    He, Zhang, Ren, Sun: Deep residual learning for image recognition, 2016.
    """
    return _imagenet(_basic, (2, 2, 2, 2), classes, input_shape, include_top, "resnet18")


def ResNet50(classes: int = 1000, input_shape: Shape = (224, 224, 3), include_top: bool = True) -> Model:  # noqa: N802
    """Return ResNet-50 (25,557,032 parameters that are trained, and 53,120 running means and variances).

    In the common form ("v1.5"): a stage's first 3 × 3 convolution has strides 2, where the paper has them in the 1 × 1
    convolution before it. Otherwise as :func:`ResNet18`.
    """
    return _imagenet(_bottleneck, (3, 4, 6, 3), classes, input_shape, include_top, "resnet50")


def ResNet20(classes: int = 10, input_shape: Shape = (32, 32, 3), include_top: bool = True) -> Model:  # noqa: N802
    """Return the paper's 20-layer network for CIFAR-10 (269,722 parameters that are trained, 1,376 that are not).

    Its shortcuts have no parameters: where the size changes, every second pixel goes on, with zeros as the new channels
    (option A). Otherwise as :func:`ResNet18`.
    """
    x = inputs = layers.Input(input_shape)
    x = normalized(x, 16, 3, name="stem")
    x = _stages(x, _padded, (3, 3, 3), 16)
    return Model(inputs, pooled_head(x, classes) if include_top else x, name="resnet20")


def _imagenet(
    block: _Block, depths: tuple[int, ...], classes: int, input_shape: Shape, include_top: bool, name: str
) -> Model:
    x = inputs = layers.Input(input_shape)
    x = normalized(x, 64, 7, 2, name="stem")
    x = layers.MaxPooling2D(3, 2, padding=1, name="stem_pool")(x)
    x = _stages(x, block, depths, 64)
    return Model(inputs, pooled_head(x, classes) if include_top else x, name=name)


def _stages(x: Tensor, block: _Block, depths: tuple[int, ...], filters: int) -> Tensor:
    """Each stage but the first halves the image and doubles the filters."""
    for stage, depth in enumerate(depths):
        for number in range(depth):
            strides = 2 if stage and number == 0 else 1
            x = block(x, filters << stage, strides, f"stage{stage + 1}_block{number + 1}")
    return x


def _basic(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    y = normalized(x, filters, 3, strides, name=f"{name}_1")
    y = normalized(y, filters, 3, name=f"{name}_2", activation=None)
    return _added(y, _projected(x, filters, strides, name), name)


def _bottleneck(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    y = normalized(x, filters, 1, name=f"{name}_1")
    y = normalized(y, filters, 3, strides, name=f"{name}_2")
    y = normalized(y, 4 * filters, 1, name=f"{name}_3", activation=None)
    return _added(y, _projected(x, 4 * filters, strides, name), name)


def _padded(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    y = normalized(x, filters, 3, strides, name=f"{name}_1")
    y = normalized(y, filters, 3, name=f"{name}_2", activation=None)
    return _added(y, _widened(x, filters, strides, name), name)


def _added(y: Tensor, shortcut: Tensor, name: str) -> Tensor:
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([y, shortcut]))


def _projected(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    """Return a shortcut: a 1 × 1 convolution where the shape changes (option B)."""
    if x.shape[2] == filters and strides == 1:
        return x
    return normalized(x, filters, 1, strides, name=f"{name}_shortcut", activation=None)


def _widened(x: Tensor, filters: int, strides: int, name: str) -> Tensor:
    """Return a shortcut: every ``strides``-th pixel, with as many channels of zeros before as after its own."""
    if strides > 1:
        x = layers.MaxPooling2D(1, strides, name=f"{name}_every_second")(x)
    rows, columns, channels = x.shape
    if channels == filters:
        return x
    before = (filters - channels) // 2
    x = layers.Reshape((rows, columns, channels, 1), name=f"{name}_as_volume")(x)
    padding = ((0, 0), (0, 0), (before, filters - channels - before))
    x = layers.ZeroPadding3D(padding, name=f"{name}_zeros")(x)
    return layers.Reshape((rows, columns, filters), name=f"{name}_as_image")(x)
