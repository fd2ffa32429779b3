"""The scores of a classifier: what its final softmax makes probabilities of."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from .._kernels.floating_point import contract_state
from ..layers.base import Layer
from ..model import Model

_SQUASHING = ("softmax", "sigmoid")


@contract_state
def logits(model: Model) -> Model:
    """Return the model up to the scores that its final softmax (or sigmoid) gets.

    A probability changes little where the network is sure, and falls as other classes' scores rise; the score of a
    class is about this class alone. The model that is returned has the same weights, not copies of them: it goes on
    to compute with whatever they are.

    Parameters
    ----------
    model : Model
        With one output. The softmax may be a layer, or the activation of a dense layer or a convolution.

    Returns
    -------
    Model
        ``model`` itself where it does not end with a softmax or sigmoid.

    Raises
    ------
    ValueError
        If the model has several outputs.

    Examples
    --------
    >>> model = Sequential([Flatten(input_shape=(8, 8, 1)), Dense(10, activation="softmax")])
    >>> scores = visualize.logits(model).predict(x)
    """
    (output,) = _only_output(model)
    node = output.producer
    if node is None:
        return model
    if isinstance(node.layer, Model):
        inner = logits(node.layer)
        return model if inner is node.layer else Model(model.inputs, inner(node.inputs), name=model.name)
    *before, last = node.layer.parts()
    if getattr(last, "function", None) not in _SQUASHING:
        return model
    scores = _without_activation(node.layer)(node.inputs[0]) if before else node.inputs[0]
    return Model(model.inputs, scores, name=model.name)


def _without_activation(layer: Layer) -> Layer:
    """Return a layer that shares another one's weights and lacks its activation."""
    shared = copy.copy(layer)
    shared.activation = None
    shared.name, shared.name_is_settled = f"{layer.name}_logits", True
    return shared


def check_classifier(model: Model, what: str) -> int:
    """Return the number of classes.

    Raises
    ------
    ValueError
        If the model has several inputs or outputs, or its output is not a row of scores.
    """
    if len(model.graph.inputs) != 1:
        raise ValueError(f"{what}: expected a model with one input, got {len(model.graph.inputs)}")
    (output,) = _only_output(model, what)
    if len(output.shape) != 1:
        raise ValueError(f"{what}: expected a model that gives (classes,) for a sample, got shape {output.shape}")
    return output.shape[0]


def chosen_classes(classes: object, model: Model, x: object, samples: int, batch_size: int | None) -> np.ndarray:
    """Return a class for each sample: the given one or ones, or those with the highest scores.

    Raises
    ------
    TypeError
        If they are no integers.
    ValueError
        If they are not one, or one for each sample, or there is no such class.
    """
    if classes is None:
        return model.predict(x, batch_size=batch_size).argmax(axis=1)
    numbers, count = np.asarray(classes), model.output_shape[0]
    if numbers.dtype.kind not in "ui":
        raise TypeError(f"classes: expected integers, got dtype {numbers.dtype}")
    if numbers.shape not in ((), (samples,)):
        raise ValueError(f"classes: expected one, or one for each of {samples} samples, got shape {numbers.shape}")
    wrong = numbers[(numbers < 0) | (numbers >= count)]
    if wrong.size:
        raise ValueError(f"classes: expected classes from 0 to {count - 1}, got {wrong.flat[0]}")
    return np.broadcast_to(numbers, (samples,))


def one_for_each(classes: np.ndarray, count: int) -> np.ndarray:
    """Return rows with a single 1, at the sample's class."""
    rows = np.zeros((len(classes), count), np.float32)
    rows[np.arange(len(classes)), classes] = 1
    return rows


def _only_output(model: Model, what: str = "logits") -> Any:
    outputs = model.graph.outputs
    if len(outputs) != 1:
        raise ValueError(
            f"{what}: expected a model with one output, got {len(outputs)}; take Model(model.input, model.outputs[0])"
        )
    return outputs
