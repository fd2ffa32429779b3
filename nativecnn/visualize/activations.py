"""What the layers of a network give for an image: its feature maps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .._kernels.floating_point import contract_state
from ..functional import Functional
from ..layers import Layer
from ..layers.tensors import Applicable, Tensor
from ..model import Model
from .chains import check_model, check_spatial, is_spatial, outputs_of


@contract_state
def feature_maps(
    model: Model,
    x: object,
    layers: Iterable[str | Applicable] | str | Applicable | None = None,
    *,
    batch_size: int | None = 32,
) -> dict[str, np.ndarray]:
    """Return the outputs of layers as images, one channel for each feature.

    All are computed in one run, and are the same bits that the layers pass on in :meth:`nativecnn.Model.predict`.

    Parameters
    ----------
    model : Model
        Built.
    x : array, shape (samples, …), or what :meth:`nativecnn.Model.predict` takes
    layers : list of str or Layer, or one of them; optional
        Names or the layers themselves; by default all that give images, (rows, columns, channels), in the order of
        computation. Layers of a model within the model are named "model/layer"; asked for, it counts as one layer.
    batch_size : int, optional
        How many samples are computed together; the results are the same bits for any. ``None`` for all.

    Returns
    -------
    dict of str to numpy.ndarray, float32, shape (samples, rows, columns, channels)
        By the layers' names. Of a layer that is applied several times, those of each application: ``"name[0]"``,
        ``"name[1]"``, …

    Raises
    ------
    TypeError
        If it is no model.
    ValueError
        If the model is not built, has no such layer, or one asked for gives no images.

    Examples
    --------
    >>> maps = feature_maps(model, x_test[:1], ["conv2d", "conv2d_1"])
    >>> maps["conv2d"].shape
    (1, 26, 26, 32)
    """
    name = "feature_maps"
    model = check_model(model, name)
    graph = model.graph
    by_layer: dict[str, list[Tensor]] = {}
    if layers is None:
        for node in graph.nodes:
            if is_spatial(node.output):
                by_layer.setdefault(graph.paths[node.layer], []).append(node.output)
    else:
        for layer in [layers] if isinstance(layers, (str, Layer, Model)) else layers:
            outputs = outputs_of(model, layer, name)
            key = layer if isinstance(layer, str) else graph.paths.get(layer, layer.name)
            for output in outputs:
                check_spatial(output, name)
            by_layer[key] = outputs
    tensors = {
        key if len(outputs) == 1 else f"{key}[{number}]": output
        for key, outputs in by_layer.items()
        for number, output in enumerate(outputs)
    }
    if not tensors:
        return {}
    part = Functional.part_of(model, model.inputs, list(tensors.values()))
    maps = part.predict(x, batch_size=batch_size)
    return dict(zip(tensors, maps if isinstance(maps, list) else [maps], strict=True))
