"""Losses, one value a batch, and their gradients."""

from __future__ import annotations

import numpy as np

from nativecnn import ops
from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings

_OF_LOGITS = ("softmax_crossentropy", "sigmoid_crossentropy")
_OF_PROBABILITIES = ("categorical_crossentropy", "binary_crossentropy")
_OF_NUMBERS = ("mean_squared_error", "half_squared_error")
_WITH_LABELS = ("softmax_crossentropy", "categorical_crossentropy")


def loss_with_gradient(predictions, targets, loss):
    return getattr(ops, loss)(predictions, targets)


def losses_of_samples(predictions, targets, loss, divisor):
    losses = np.empty(len(predictions), np.float32)
    getattr(kernels(), loss)(predictions, targets, losses, None)
    return losses, kernels().sum_losses(losses, divisor)


def draw(draws: Draws) -> Settings:
    loss = draws.choice((*_OF_LOGITS, *_OF_PROBABILITIES, *_OF_NUMBERS))
    outputs = draws.size(40 if draws.one_in(2) else 300)
    return {
        "loss": loss,
        "samples": draws.size(max(1, min(2000, 20_000 // outputs))),
        "outputs": outputs,
        "labels": loss in _WITH_LABELS and draws.one_in(2),
        **arrays_settings(draws),
    }


def draw_samples(draws: Draws) -> Settings:
    """Draw losses of which each sample's is a result."""
    settings = {**draw(draws), "labels": False, "layout": draws.choice(KERNEL_LAYOUTS)}
    return {**settings, "divisor": draws.choice((1, settings["samples"], 3))}


def _operands(settings: Settings) -> dict[str, Operand]:
    shape = settings["samples"], settings["outputs"]
    of_probabilities, of_numbers = settings["loss"] in _OF_PROBABILITIES, settings["loss"] in _OF_NUMBERS
    targets = Operand(shape, settings["values"], "signed" if of_numbers else "probabilities")
    if settings["labels"]:
        targets = Operand(shape[:1], settings["values"], settings["outputs"])
    predictions = Operand(shape, settings["values"], "probabilities" if of_probabilities else "signed")
    return {"predictions": predictions, "targets": targets}


LOSSES = Family(
    "losses",
    (
        Operation(loss_with_gradient, draw, _operands, ("loss",)),
        Operation(losses_of_samples, draw_samples, _operands, ("loss", "divisor")),
    ),
)
