"""Losses, one value a batch, and their gradients."""

from __future__ import annotations

import numpy as np

from nativecnn import ops
from nativecnn.ops.backend import kernels

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import KERNEL_LAYOUTS, arrays_settings

_OF_LOGITS = ("softmax_crossentropy", "sigmoid_crossentropy")
_OF_PROBABILITIES = ("categorical_crossentropy", "binary_crossentropy", "kl_divergence", "poisson")
_OF_NUMBERS = (
    *("mean_squared_error", "half_squared_error", "mean_absolute_error", "mean_squared_logarithmic_error"),
    *("huber", "log_cosh", "hinge", "squared_hinge", "categorical_hinge"),
)
_WITH_LABELS = ("softmax_crossentropy", "categorical_crossentropy", "categorical_hinge")
_OF_CLASSES = (*_WITH_LABELS, "kl_divergence")


def loss_with_gradient(predictions, targets, weights, loss, settings):
    return getattr(ops, loss)(predictions, targets, sample_weight=weights, **settings)


def losses_of_samples(predictions, targets, loss, divisor):
    losses = np.empty(len(predictions), np.float32)
    getattr(kernels(), loss)(predictions, targets, losses, None)
    return losses, kernels().sum_losses(losses, divisor)


def losses_of_places(predictions, targets, weights, loss, places):
    shape = len(predictions) // places, places, predictions.shape[1]
    losses, gradient = np.empty(shape[0], np.float32), np.empty(shape, np.float32)
    getattr(kernels(), loss)(predictions.reshape(shape), targets.reshape(shape), losses, gradient, weights)
    return losses, gradient


def draw(draws: Draws) -> Settings:
    loss = draws.choice((*_OF_LOGITS, *_OF_PROBABILITIES, *_OF_NUMBERS))
    outputs = draws.size(40 if draws.one_in(2) else 300)
    settings = {"delta": draws.choice((0.01, 0.5, 1.0, 1e9))} if loss == "huber" else {}
    if loss.endswith("crossentropy") and draws.one_in(2):
        settings["label_smoothing"] = draws.choice((0.1, 0.3, 1.0))
    return {
        "loss": loss,
        "settings": settings,
        "samples": draws.size(max(1, min(2000, 20_000 // outputs))),
        "outputs": outputs,
        "labels": loss in _WITH_LABELS and draws.one_in(2),
        "weights": draws.one_in(3),
        **arrays_settings(draws),
    }


def draw_samples(draws: Draws) -> Settings:
    """Draw losses of which each sample's is a result."""
    settings = {**draw(draws), "labels": False, "layout": draws.choice(KERNEL_LAYOUTS)}
    return {**settings, "divisor": draws.choice((1, settings["samples"], 3))}


def draw_places(draws: Draws) -> Settings:
    """Draw losses of classes in samples of several places."""
    outputs, places = draws.size(40), draws.size(600)
    return {
        "loss": draws.choice(_OF_CLASSES),
        "places": places,
        "samples": places * draws.integer(1, max(1, 4000 // (places * outputs))),
        "outputs": outputs,
        "weights": draws.one_in(3),
        **arrays_settings(draws, layouts=KERNEL_LAYOUTS),
    }


def _operands_with_weights(settings: Settings) -> dict[str, Operand | None]:
    samples = settings["samples"] // settings.get("places", 1)
    weights = Operand((samples,), settings["values"], "signed") if settings["weights"] else None
    return {**_operands({"labels": False} | settings), "weights": weights}


def _operands(settings: Settings) -> dict[str, Operand | None]:
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
        Operation(loss_with_gradient, draw, _operands_with_weights, ("loss", "settings")),
        Operation(losses_of_samples, draw_samples, _operands, ("loss", "divisor")),
        Operation(losses_of_places, draw_places, _operands_with_weights, ("loss", "places")),
    ),
)
