"""What users give as samples, targets and weights, checked against the model: one array for each input and output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .batches import check_sample_shape, check_samples
from .outputs import Output
from .weighting import class_weights

if TYPE_CHECKING:
    from ..model import Model


class Checked(NamedTuple):
    """Samples, one array for each input; targets and weights, one for each output (of weights also None)."""

    inputs: list[np.ndarray]
    targets: list[np.ndarray]
    weights: list[np.ndarray | None]


def input_names(model: Model) -> list[str]:
    """Return the names by which a dict of samples calls the inputs of a built model."""
    return [tensor.name for tensor in model.graph.inputs]


def check_compiled(model: Model) -> None:
    """Raise ``RuntimeError`` unless the model is compiled with a loss."""
    if model.compilation is None or not model.compilation.has_loss:
        got = "no compilation" if model.compilation is None else "a compilation without a loss"
        raise RuntimeError(f'model {model.name!r}: expected compile(optimizer, loss="…") before this, got {got}')


def checked_inputs(model: Model, x: object, prefix: str = "") -> list[np.ndarray]:
    """Return the samples as arrays that fit the model, which is built for them if it is not.

    Raises
    ------
    TypeError, ValueError
        If they are no arrays of numbers, not of the inputs' shapes, not as many for all of them, or values that a
        layer does not take.
    """
    if x is None:
        raise TypeError(f"{prefix}x: expected an array, got None")
    if not model.built or len(model.graph.inputs) == 1:
        return [model._check_x(_only_input(model, x, prefix), f"{prefix}x")]
    names = input_names(model)
    arrays = []
    for tensor, name, value in zip(
        model.graph.inputs, names, taken_apart(x, names, f"{prefix}x", "input"), strict=True
    ):
        label = f"{prefix}x[{name!r}]"
        array = check_samples(value, label)
        check_sample_shape(array, tensor.shape, label, f"model {model.name!r}")
        arrays.append(array)
    numbers = [len(array) for array in arrays]
    if len(set(numbers)) > 1:
        raise ValueError(f"{prefix}x: expected as many samples for every input, got {numbers}")
    for number, layer in model.graph.input_checks:
        layer.check_input(arrays[number], f"{prefix}x[{names[number]!r}]")
    return arrays


def checked_data(
    model: Model,
    x: object,
    y: object,
    sample_weight: object = None,
    class_weight: Mapping[int, float] | None = None,
    prefix: str = "",
) -> Checked:
    """Return samples, targets and weights as arrays that fit the compiled model, which is built if it was not.

    Raises
    ------
    TypeError, ValueError
        If they do not; messages begin the names x, y and sample_weight with ``prefix``.
    """
    for name, value in (("x", x), ("y", y)):
        if value is None:
            raise TypeError(f"{prefix}{name}: expected an array, got None")
    inputs = checked_inputs(model, x, prefix)
    samples = len(inputs[0])
    if samples == 0:
        raise ValueError(f"{prefix}x: expected at least one sample, got shape {inputs[0].shape}")
    outputs = model.compilation.trained_outputs(model.graph)
    targets = _checked_targets(outputs, y, samples, prefix)
    weights = _checked_weights(outputs, sample_weight, samples, f"{prefix}sample_weight")
    if class_weight is not None:
        if len(outputs) > 1:
            raise ValueError(f"class_weight: expected a model with one output, got one with {len(outputs)}")
        if len(outputs[0].shape) != 1:
            raise ValueError(f"class_weight: expected an output of classes for a sample, got shape {outputs[0].shape}")
        of_classes = np.asarray(class_weights(targets[0], class_weight), np.float32)
        weights = [of_classes if weights[0] is None else weights[0] * of_classes]
    return Checked(inputs, targets, weights)


def _checked_targets(outputs: list[Output], y: object, samples: int, prefix: str) -> list[np.ndarray]:
    names = [output.name for output in outputs]
    if len(outputs) == 1:
        values = [y[names[0]] if _is_dict_of(y, names) else y]
        labels = [f"{prefix}y"]
    else:
        values = taken_apart(y, names, f"{prefix}y", "output")
        labels = [f"{prefix}y[{name!r}]" for name in names]
    targets = []
    for output, label, value in zip(outputs, labels, values, strict=True):
        value = np.asarray(value)
        if value.ndim == 0 or len(value) != samples:
            raise ValueError(f"{label}: expected one target for each of {samples} samples, got shape {value.shape}")
        targets.append(output.loss.check_targets(value, output.shape, samples, label))
    return targets


def _checked_weights(outputs: list[Output], value: object, samples: int, label: str) -> list[np.ndarray | None]:
    if value is None:
        return [None] * len(outputs)
    names = [output.name for output in outputs]
    if len(outputs) == 1:
        return [checked_weights(value[names[0]] if _is_dict_of(value, names) else value, samples, label)]
    if not isinstance(value, (dict, list, tuple)):
        return [checked_weights(value, samples, label)] * len(outputs)
    parts = taken_apart(value, names, label, "output")
    return [
        None if part is None else checked_weights(part, samples, f"{label}[{name!r}]")
        for name, part in zip(names, parts, strict=True)
    ]


def checked_weights(value: object, samples: int, label: str) -> np.ndarray:
    """Return weights of samples as float32, shape (samples,), each finite and at least 0.

    Raises
    ------
    TypeError, ValueError
        If they are not.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "buif":
        raise TypeError(f"{label}: expected an array of real numbers, got dtype {array.dtype}")
    if array.shape == (samples, 1):
        array = array[:, 0]
    if array.shape != (samples,):
        raise ValueError(f"{label}: expected one weight for each of {samples} samples, got shape {array.shape}")
    with np.errstate(over="ignore"):
        weights = array.astype(np.float32)
    wrong = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
    if wrong.size:
        raise ValueError(f"{label}: expected finite weights of at least 0, got {array[wrong[0]]} in sample {wrong[0]}")
    return weights


def _only_input(model: Model, x: object, prefix: str) -> object:
    """Return the samples of a model with one input, which may be a dict of that one or a list with one array."""
    if isinstance(x, Mapping):
        if not model.built:
            raise ValueError(f"{prefix}x: expected an array, as the model has no names of inputs yet, got a dict")
        return taken_apart(x, input_names(model), f"{prefix}x", "input")[0]
    if isinstance(x, (list, tuple)) and len(x) == 1 and isinstance(x[0], np.ndarray) and model.built:
        return x[0] if x[0].ndim == 1 + len(model.input_shape) else x
    return x


def taken_apart(value: object, names: list[str], label: str, what: str) -> list[object]:
    """Return the parts of a list (in the order of the names) or dict (by the names)."""
    if isinstance(value, Mapping):
        if set(value) != set(names):
            got = ", ".join(map(str, value)) or "none"
            raise ValueError(f"{label}: expected by name the {what}s {', '.join(names)}, got {got}")
        return [value[name] for name in names]
    if not isinstance(value, (list, tuple)):
        got = f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"{label}: expected a list or dict with one array for each of {len(names)} {what}s, got {got}")
    if len(value) != len(names):
        raise ValueError(f"{label}: expected one array for each of {len(names)} {what}s, got {len(value)}")
    return list(value)


def _is_dict_of(value: object, names: list[str]) -> bool:
    return isinstance(value, Mapping) and set(value) == set(names)
