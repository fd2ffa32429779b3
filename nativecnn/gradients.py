"""Gradients for whoever wants to look at them: those of a training step, and those of outputs by inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ._kernels.floating_point import contract_state
from .execution.plan import Plan
from .random import random_seed
from .regularizers import total_penalty
from .training.arguments import Checked, check_compiled, checked_data, checked_inputs, taken_apart
from .training.batches import DataSet, check_batch_size, copy_samples
from .training.outputs import output_names
from .training.trainer import PlanOnLoan

if TYPE_CHECKING:
    from .layers.base import Layer
    from .model import Model


@dataclass
class Gradients:
    """What one training step would compute from a batch; :func:`gradients` gives it.

    Attributes
    ----------
    loss : float
        Of the batch, with the penalties of the weights.
    weights : dict of str to numpy.ndarray
        By "layer/weight", its gradient: float32, of the weight's shape. There are those of all trainable weights that
        lead to an output with a loss.
    inputs : numpy.ndarray or None, or list of them
        The gradient by the input: float32, of its shape; a list for several inputs. None for an input of tokens, as
        numbers of things have no gradient, and for one that leads to no output with a loss.
    """

    loss: float
    weights: dict[str, np.ndarray]
    inputs: np.ndarray | None | list[np.ndarray | None]


@contract_state
def gradients(model: Model, x: object, y: object, *, sample_weight: object = None) -> Gradients:
    """Return the loss of a batch and its gradients by the weights and by the inputs; the model is not changed.

    They are what :meth:`Model.train_on_batch` would compute now, bit for bit: of the model as it is in training. Batch
    normalization takes mean and variance of the batch, dropout drops the values that the next step would drop.
    Penalties of the weights are part of it; an optimizer's clipping and decay, which come later, are not.

    Parameters
    ----------
    model : Model
        Compiled with a loss. Weights of layers with ``trainable=False`` have no gradients here, but the layers pass
        them on to what comes before.
    x, y : array, or list or dict of them
        The batch, as for :meth:`Model.fit`; all of it is one step.
    sample_weight : array, shape (samples,), optional
        As for :meth:`Model.fit`.

    Returns
    -------
    Gradients
        With ``loss``, ``weights`` and ``inputs``; arrays of one's own.

    Raises
    ------
    TypeError, ValueError, RuntimeError
        As :meth:`Model.fit` does for such data.

    Examples
    --------
    >>> model.compile("sgd", "mean_squared_error")
    >>> found = nativecnn.gradients(model, x, y)
    >>> found.weights["dense/kernel"]
    """
    check_compiled(model)
    found = backpropagated(model, checked_data(model, x, y, sample_weight))
    return found if len(found.inputs) > 1 else Gradients(found.loss, found.weights, found.inputs[0])


def backpropagated(model: Model, data: Checked) -> Gradients:
    """Return the gradients of checked data, those by the inputs always as a list."""
    data_set, compilation = DataSet(data), model.compilation
    samples, objectives = len(data_set), compilation.objectives(model.graph)
    plan = Plan(
        model.graph,
        samples,
        training=True,
        loss=objectives,
        sample_weights=data_set.weighted,
        input_gradients=True,
    )
    set_to_next_step(plan, model)
    batch = plan.prepared(samples)
    data_set.rows(0, samples, batch)
    batch.run()
    loss = total_penalty(plan.kernels, model.graph.layers)
    for head in batch.heads:
        loss += head.objective.weight * head.objective.loss.total(plan.kernels.sum_losses(head.losses), samples)
    for (layer, name), value in plan.program.weight_gradients.items():
        if name in layer.regularizers:
            penalty = layer.regularizers[name]
            plan.kernels.add_penalty_gradient(layer.weights[name], plan.array(value, 0), penalty.l1, penalty.l2)
    tokens = _inputs_of_tokens(model)
    inputs = [
        None if gradient is None or number in tokens else gradient.copy()
        for number, gradient in enumerate(batch.input_gradients)
    ]
    return Gradients(loss, {key: gradient.copy() for key, gradient in plan.weight_gradients.items()}, inputs)


def set_to_next_step(plan: Plan, model: Model) -> None:
    """Let layers that draw random numbers draw those of the step that the model would make next."""
    plan.clock.seed, plan.clock.step = random_seed(), model.compilation.state.iterations


@contract_state
def output_gradients(
    model: Model, x: object, output_gradient: object = None, *, batch_size: int | None = 32
) -> np.ndarray | list[np.ndarray | None]:
    """Return the gradient of ``sum(output * output_gradient)`` by the inputs.

    The model computes as in :meth:`Model.predict`: batch normalization by its moving averages, without dropout,
    whether layers are trainable or not; it need not be compiled. The samples do not depend on each other, so the bits
    are the same for any batch size. Many threads may do so at once.

    The gradient by what a layer gives is that of the model that begins there:
    ``output_gradients(Model(layer.output, model.output), Model(model.input, layer.output).predict(x))``.

    Parameters
    ----------
    model : Model
    x : array, shape (samples, …), or list or dict of them
        As for :meth:`Model.predict`.
    output_gradient : array, shape of the outputs, optional
        By how much each output counts: of a classifier a row with a single 1 gives the gradient of that class's score.
        For several outputs a list, or a dict by their names, in which None stands for zeros. By default all ones.
    batch_size : int, optional
        How many samples are computed together; ``None`` for all.

    Returns
    -------
    numpy.ndarray, float32, shape of x
        Of a model with several inputs a list, with None for inputs of tokens.

    Raises
    ------
    TypeError, ValueError
        If samples or gradients are no numbers or do not fit the model, or if the model takes nothing but tokens (the
        numbers of words, say), which have no gradient.
    """
    inputs = checked_inputs(model, x)
    samples, tokens = len(inputs[0]), _inputs_of_tokens(model)
    if len(tokens) == len(inputs):
        layer = next(iter(tokens.values()))
        raise ValueError(
            f"{model.label}: expected inputs that have gradients, got tokens for {layer.label}; a model that begins "
            "with its output, Model(layer.output, model.output), has gradients by the vectors"
        )
    given = _checked_output_gradients(model, output_gradient, samples)
    found = [None if number in tokens else np.empty(array.shape, np.float32) for number, array in enumerate(inputs)]
    batch_size = check_batch_size(batch_size, samples)
    with PlanOnLoan(model, "output gradients") as loan:
        for first in range(0, samples, batch_size):
            rows = slice(first, min(first + batch_size, samples))
            batch = loan.prepared(rows.stop - first)
            for array, buffer in zip(inputs, batch.inputs, strict=True):
                copy_samples(array[rows], buffer)
            for array, buffer in zip(given, batch.output_gradients, strict=True):
                copy_samples(array[rows], buffer)
            batch.run()
            for array, gradient in zip(found, batch.input_gradients, strict=True):
                if array is not None:
                    array[rows] = gradient
    return found if len(found) > 1 else found[0]


def _inputs_of_tokens(model: Model) -> dict[int, Layer]:
    """Return the layers that look up what they are given, by the numbers of the inputs."""
    return dict(model.graph.input_checks)


def _checked_output_gradients(model: Model, value: object, samples: int) -> list[np.ndarray]:
    """Return an array for each output."""
    outputs, names = model.graph.outputs, output_names(model.graph)
    shapes = [(samples, *tensor.shape) for tensor in outputs]
    if value is None:
        return [np.broadcast_to(np.float32(1), shape) for shape in shapes]
    parts, labels = [value], ["output_gradient"]
    if len(outputs) > 1:
        parts = taken_apart(value, names, "output_gradient", "output")
        labels = [f"output_gradient[{name!r}]" for name in names]
    arrays = []
    for part, label, shape in zip(parts, labels, shapes, strict=True):
        array = np.broadcast_to(np.float32(0), shape) if part is None else np.asarray(part)
        if array.dtype.kind not in "buif":
            raise TypeError(f"{label}: expected an array of real numbers, got dtype {array.dtype}")
        if array.shape != shape:
            raise ValueError(f"{label}: expected the shape of the outputs, {shape}, got {array.shape}")
        arrays.append(array)
    return arrays
