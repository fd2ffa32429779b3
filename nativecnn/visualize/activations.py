"""What the layers of a network give for an image: its feature maps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .._kernels.floating_point import contract_state
from ..layers.tensors import Applicable, Tensor
from ..model import Model
from .chains import applications_of, check_model, is_spatial


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
        Names or the layers themselves; by default all that give images, (rows, columns, channels). A model that is
        part of the model counts as one layer.
    batch_size : int, optional
        How many samples are computed together; the results are the same bits for any. ``None`` for all.

    Returns
    -------
    dict of str to numpy.ndarray, float32, shape (samples, rows, columns, channels)
        By the layers' names, in the order of computation. Of a layer that is applied several times, those of each
        application: ``"name[0]"``, ``"name[1]"``, …

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
    nodes = model.graph.outer_nodes
    if layers is not None:
        chosen = [layers] if isinstance(layers, str) or not isinstance(layers, Iterable) else layers
        wanted = {node for layer in chosen for node in applications_of(model, layer, name)}
        nodes = [node for node in nodes if node in wanted]
    by_layer: dict[str, list[Tensor]] = {}
    for node in nodes:
        for output in node.outputs:
            if is_spatial(output):
                by_layer.setdefault(node.layer.name, []).append(output)
            elif layers is not None:
                raise ValueError(
                    f"{name}: expected layers that give (rows, columns, channels), "
                    f"got {node.layer.label} with output {output.shape}"
                )
    tensors = {
        layer if len(outputs) == 1 else f"{layer}[{number}]": output
        for layer, outputs in by_layer.items()
        for number, output in enumerate(outputs)
    }
    if not tensors:
        return {}
    outputs = list(tensors.values())
    if len(model.inputs) > 1:
        outputs += model.outputs  # some inputs may lead to these alone
    maps = Model(model.inputs, outputs).predict(x, batch_size=batch_size)
    return dict(zip(tensors, maps if isinstance(maps, list) else [maps], strict=False))
