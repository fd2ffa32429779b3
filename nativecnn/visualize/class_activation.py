"""Where in a layer's maps a class is seen: class activation maps."""

from __future__ import annotations

import math

import numpy as np

from .. import ops
from .._kernels.floating_point import contract_state
from ..gradients import output_gradients
from ..layers import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from ..layers.tensors import Applicable, Node, shapes_of
from ..model import Model
from ..training.arguments import checked_inputs
from ..training.batches import check_batch_size
from .chains import applications_of, changes_nothing, is_spatial
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
    node = _last_maps(scored) if layer is None else _given(scored, layer)
    maps_of, score_of = _parted(scored, node)
    chosen = chosen_classes(classes, scored, values, samples, batch_size)
    rows, columns, channels = node.output.shape
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


def _last_maps(model: Model) -> Node:
    for node in reversed(model.graph.nodes):
        has_places = is_spatial(node.output) and math.prod(node.output.shape[:2]) > 1
        if has_places and not isinstance(node.layer, _POOLINGS) and not changes_nothing(node):
            return node
    raise ValueError("class_activation_map: expected a model with a layer that gives maps (rows, columns, channels)")


def _given(model: Model, layer: Applicable | str) -> Node:
    graph, name = model.graph, "class_activation_map"
    nodes = [node for node in graph.nodes if node.layer is layer or graph.paths[node.layer] == layer]
    nodes = nodes or applications_of(model, layer, name)
    label = nodes[0].layer.label
    if len(nodes) > 1:
        raise ValueError(f"{name}: expected a layer that is applied once, got {label} applied {len(nodes)} times")
    if len(nodes[0].outputs) > 1 or not is_spatial(nodes[0].output):
        shape = shapes_of(nodes[0].outputs)
        raise ValueError(f"{name}: expected a layer that gives (rows, columns, channels), got {label} with {shape}")
    return nodes[0]


def _parted(model: Model, node: Node) -> tuple[Model, Model]:
    """Return the model up to what a node gives, and from there on."""
    graph = model.graph
    end = graph.outputs if node in graph.outer_nodes else graph.sources
    try:
        return Model(graph.inputs, node.output), Model(node.output, end)
    except ValueError as error:
        raise ValueError(
            "class_activation_map: expected a layer through which all comes that the output depends on, "
            f"got {node.layer.label}"
        ) from error
