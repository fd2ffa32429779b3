"""Where in a layer's maps a class is seen: class activation maps."""

from __future__ import annotations

import math

import numpy as np

from .. import ops
from .._kernels.floating_point import contract_state
from ..functional import Functional
from ..gradients import output_gradients
from ..layers import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from ..layers.tensors import Applicable, Tensor
from ..model import Model
from ..training.arguments import checked_inputs
from ..training.batches import check_batch_size
from .chains import changes_nothing, is_spatial, only_maps_of
from .scores import check_classifier, chosen_classes, logits, one_for_each

_POOLINGS = (AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D)


@contract_state
def class_activation_map(
    model: Model,
    x: object,
    classes: object = None,
    *,
    layer: Applicable | str | None = None,
    rectify: bool = True,
    batch_size: int | None = 32,
) -> np.ndarray:
    """Return where a layer's maps speak for a class: Grad-CAM.

    Each of the layer's maps counts by the mean, over its places, of the gradient of the class's score (before a final
    softmax or sigmoid, :func:`~nativecnn.visualize.logits`); the sum of the maps is rectified. In a network that takes
    the mean of each map and ends with one dense layer, that is the class activation map of Zhou et al., divided by the
    number of places (and, unless ``rectify=False``, without what speaks against the class).

    Parameters
    ----------
    model : Model
        A classifier with one input and one output; as it is in inference, compiled or not.
    x : array, shape (samples, …)
    classes : int or array of int, shape (samples,), optional
        Whose score; by default each sample's highest.
    layer : Layer or str, optional
        The layer, by itself or by its name, that gives the maps (rows, columns, channels); all that the output depends
        on must come through it. A model that is part of the model counts as a layer, and so do the layers within:
        "model/layer". By default the last layer that gives maps of more than one place and is no pooling.
    rectify : bool
        Whether to set negative values to 0.
    batch_size : int, optional
        How many samples are computed together; the results are the same bits for any.

    Returns
    -------
    numpy.ndarray, float32, shape (samples, rows, columns)
        Of the layer's maps. :func:`~nativecnn.visualize.enlarge` makes them as large as the picture, to lie over it.

    Raises
    ------
    TypeError, ValueError
        If samples or classes do not fit the model, or it has no such layer.

    References
    ----------
    Selvaraju et al.: Grad-CAM: visual explanations from deep networks via gradient-based localization, 2017.

    Zhou et al.: Learning deep features for discriminative localization, 2016.
    """
    values = checked_inputs(model, x)[0]
    count, samples = check_classifier(model, "class_activation_map"), len(values)
    scored = logits(model)
    given = _last_maps(scored) if layer is None else only_maps_of(scored, layer, "class_activation_map")
    maps_of, score_of = _parted(scored, given)
    chosen = chosen_classes(classes, scored, values, samples, batch_size)
    rows, columns, channels = given.shape
    found = np.empty((samples, rows, columns), np.float32)
    batch_size = check_batch_size(batch_size, samples)
    for first in range(0, samples, batch_size):
        part = slice(first, first + batch_size)
        maps = maps_of.predict(values[part], batch_size=None)
        gradients = output_gradients(score_of, maps, one_for_each(chosen[part], count), batch_size=None)
        weights = ops.average_pool2d(gradients, pool_size=(rows, columns))
        for target, of_sample, weight in zip(found[part], maps, weights, strict=True):
            target.reshape(-1, 1)[...] = ops.dense(of_sample.reshape(-1, channels), weight.reshape(channels, 1))
    return ops.relu(found) if rectify else found


def _last_maps(model: Model) -> Tensor:
    for node in reversed(model.graph.nodes):
        has_places = is_spatial(node.output) and math.prod(node.output.shape[:2]) > 1
        if has_places and not isinstance(node.layer, _POOLINGS) and not changes_nothing(node):
            return node.output
    raise ValueError("class_activation_map: expected a model with a layer that gives maps (rows, columns, channels)")


def _parted(model: Model, given: Tensor) -> tuple[Model, Model]:
    """Return the model up to a tensor, and from there on."""
    graph = model.graph
    try:
        score_of = Functional.part_of(model, [given], graph.sources)
    except ValueError as error:
        raise ValueError(
            "class_activation_map: expected a layer through which all comes that the output depends on, "
            f"got {given.producer.layer.label}"
        ) from error
    return Functional.part_of(model, graph.inputs, [given]), score_of
