"""The parts of images that excite a unit most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._kernels.floating_point import contract_state
from ..checks import integer_below, positive_integer
from ..functional import Functional
from ..layers.tensors import Applicable
from ..model import Model
from ..ops.arguments import empty, float_array
from ..training.batches import check_batch_size, check_sample_shape, check_samples
from .chains import chain_to
from .deconvolution import strongest_positions
from .receptive_field import receptive_field


class StrongestPatches(NamedTuple):
    """The patches of images that a unit answers most strongly to, the strongest first; at most one of each image."""

    patches: np.ndarray
    """(count, rows, columns, channels) float32, as large as the unit's receptive field; 0 beyond the image's edges."""
    images: np.ndarray
    """(count,) int64: the numbers of the images."""
    positions: np.ndarray
    """(count, 2) int64: row and column of the activation in the unit's feature map."""
    activations: np.ndarray
    """(count,) float32."""
    boxes: np.ndarray
    """(count, 4) int64: where the patch lies in its image, as :meth:`ReceptiveField.boxes` gives it."""


@contract_state
def strongest_patches(
    model: Model,
    images: object,
    layer: str | Applicable,
    unit: int,
    count: int = 9,
    *,
    batch_size: int | None = 32,
) -> StrongestPatches:
    """Return the patches of images that excite a unit (a feature map) of a layer most.

    Of each image, only its largest activation counts; of equal ones the first, by image, row and column.

    Parameters
    ----------
    model : Model
        Built, with one input.
    images : array, shape (samples, rows, columns, channels)
    layer : str or Layer
        Its name or itself, as for :func:`receptive_field`.
    unit : int
        The feature map: a channel of the layer's output.
    count : int
        How many; all images where there are fewer.
    batch_size : int, optional
        How many images are computed together; the results are the same bits for any. ``None`` for all.

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        As :func:`receptive_field`; for a unit that the layer has not, no images or of another shape, a count below 1.

    Examples
    --------
    >>> strongest = strongest_patches(model, x_test, "conv2d_1", unit=7)
    >>> projections = deconvolve(model, x_test[strongest.images], "conv2d_1", unit=7)
    >>> cut_boxes(projections, strongest.boxes).shape == strongest.patches.shape
    True
    """
    name = "strongest_patches"
    tensor = chain_to(model, layer, name)[-1].output
    field = receptive_field(model, layer)
    unit = integer_below(unit, tensor.shape[-1], f"{name}: unit")
    count = positive_integer(count, f"{name}: count")
    images = check_samples(images, f"{name}: images")
    check_sample_shape(images, model.input_shape, "images", f"{name}: {model.label}")
    if not len(images):
        raise ValueError(f"{name}: images: expected at least one, got none")
    size = check_batch_size(batch_size, len(images))
    part = Functional.part_of(model, model.inputs, [tensor])
    positions, activations = np.empty((len(images), 2), np.int64), np.empty(len(images), np.float32)
    for start in range(0, len(images), size):
        batch = slice(start, start + size)
        maps = part.predict(images[batch], batch_size=None)[..., unit]
        positions[batch] = strongest_positions(maps)
        rows, columns = positions[batch].T
        activations[batch] = maps[np.arange(len(maps)), rows, columns]
    strongest = np.argsort(-activations, kind="stable")[:count]
    boxes = field.boxes(positions[strongest])
    patches = cut_boxes(images[strongest], boxes)
    return StrongestPatches(patches, strongest, positions[strongest], activations[strongest], boxes)


@contract_state
def cut_boxes(images: object, boxes: object) -> np.ndarray:
    """Cut a box out of each image.

    Parameters
    ----------
    images : array, shape (samples, rows, columns, channels)
    boxes : array of int, shape (samples, 4)
        Top, left, bottom, right, all of one size, as :meth:`ReceptiveField.boxes` gives them; they may reach beyond
        the images.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, box rows, box columns, channels)
        0 beyond the edges of an image.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type or shape, or the boxes differ in size.
    """
    name = "cut_boxes"
    images = float_array(images, f"{name}: images", 4)
    boxes = np.asarray(boxes)
    if boxes.dtype.kind not in "iu":
        raise TypeError(f"{name}: boxes: expected integers, got dtype {boxes.dtype}")
    if boxes.shape != (len(images), 4):
        raise ValueError(f"{name}: boxes: expected shape {(len(images), 4)}, got {boxes.shape}")
    boxes = boxes.astype(np.int64)
    sizes = np.unique(boxes[:, 2:] - boxes[:, :2], axis=0)
    if len(sizes) > 1 or (sizes < 1).any():
        raise ValueError(f"{name}: boxes: expected boxes of one size of at least one pixel, got {sizes.tolist()}")
    rows, columns = sizes[0] if len(sizes) else (0, 0)
    patches = empty((len(images), rows, columns, images.shape[-1]), name)
    patches[...] = 0
    for patch, image, (top, left, bottom, right) in zip(patches, images, boxes, strict=True):
        inside = image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        first_row, first_column = max(-top, 0), max(-left, 0)
        patch[first_row : first_row + inside.shape[0], first_column : first_column + inside.shape[1]] = inside
    return patches
