"""Losses and their gradients, native against reference."""

import numpy as np
import pytest

from nativecnn import _kernels, reference
from nativecnn._kernels.threads import threads
from support import VALUES, Output, assert_same_bits, call_native, call_reference, random_array

OF_CLASSES = ["softmax_crossentropy", "categorical_crossentropy", "kl_divergence", "categorical_hinge"]
OF_PROBABILITIES = ["categorical_crossentropy", "binary_crossentropy", "kl_divergence"]
OF_MARGINS = ["hinge", "squared_hinge"]
LOSSES = [
    *OF_CLASSES,
    *OF_MARGINS,
    "sigmoid_crossentropy",
    "binary_crossentropy",
    "mean_squared_error",
    "half_squared_error",
    "mean_absolute_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
    "poisson",
]
SHAPES = (
    (0, 3),
    (1, 1),
    (2, 1),
    (5, 2),
    (3, 3),
    (2, 7),
    (4, 8),
    (3, 9),
    (2, 15),
    (5, 16),
    (6, 17),
    (3, 33),
    (40, 10),
    (2, 1000),
)


def predictions_and_targets(loss, shape, values):
    generator = np.random.default_rng(shape[1])
    predictions = random_array(shape[1], shape, values)
    if loss in OF_PROBABILITIES:
        # probabilities, at the edges of the clipped interval and beyond them too
        edges = np.float32([0, 1, 1e-7, 1 - 2.0**-24, 1 - 2.0**-23, 1e-8, -0.5, 2, np.nan])
        probabilities = np.minimum(abs(predictions), generator.random(shape, np.float32))
        predictions = np.where(generator.random(shape) < 0.3, generator.choice(edges, shape), probabilities)
    targets = random_array(shape[1] + 1, shape, values)
    zero_or_one = generator.integers(0, 2, shape).astype(np.float32)
    targets = np.where(generator.random(shape) < 0.6, zero_or_one, targets)
    if loss in OF_MARGINS:
        targets = np.where(generator.random(shape) < 0.6, 2 * zero_or_one - 1, targets)
    elif loss.startswith(("mean", "huber", "log_cosh")):
        predictions = np.where(generator.random(shape) < 0.2, targets, predictions)
    return predictions, targets


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_bits_are_the_reference_s(loss, shape, values, instruction_set):
    predictions, targets = predictions_and_targets(loss, shape, values)
    arguments = loss, predictions, targets, Output(shape[:1]), Output(shape)
    expected = call_reference(*arguments)
    with threads(1 + sum(shape) % 4):
        assert_same_bits(call_native(*arguments), expected)
        # the gradient left out
        assert_same_bits(call_native(*arguments[:-1], None), expected[:1])


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (5, 7), (3, 33), (40, 10)], ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_weights_multiply_the_losses_and_the_rows_of_the_gradient(loss, shape, values, instruction_set):
    predictions, targets = predictions_and_targets(loss, shape, values)
    weights = np.where(np.arange(shape[0]) % 3 == 1, np.float32(0), random_array(9, shape[:1], values))
    arguments = loss, predictions, targets, Output(shape[:1]), Output(shape)
    expected = call_reference(*arguments, weights)
    plain_loss, plain_gradient = call_native(*arguments)
    with np.errstate(all="ignore"):
        assert_same_bits(expected, [plain_loss * weights, plain_gradient * weights[:, np.newaxis]])
    with threads(1 + sum(shape) % 4):
        assert_same_bits(call_native(*arguments, weights), expected)
        assert_same_bits(call_native(*arguments[:-1], None, weights), expected[:1])


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("delta", [1.0, 0.1, 1e-40, 3e38])
def test_delta_of_huber(delta, values, instruction_set):
    shape = (7, 19)
    predictions, targets = predictions_and_targets("huber", shape, values)
    arguments = "huber", predictions, targets, Output(shape[:1]), Output(shape), None, delta
    assert_same_bits(call_native(*arguments), call_reference(*arguments))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("shape", [(0, 4, 3), (2, 1, 3), (3, 5, 2), (1, 256, 3), (2, 300, 9), (2, 1300, 2)], ids=str)
@pytest.mark.parametrize("loss", OF_CLASSES)
def test_places_of_a_sample(loss, shape, values, instruction_set):
    rows = shape[0] * shape[1], shape[2]
    predictions, targets = predictions_and_targets(loss, rows, values)
    weights = random_array(9, shape[:1], values)
    of_places, gradient = call_native(loss, predictions, targets, Output(rows[:1]), Output(rows))
    with np.errstate(all="ignore"):
        means = [reference.sum_losses(losses, shape[1]) for losses in of_places.reshape(shape[:2])]
    expected = [np.array(means, np.float32), gradient.reshape(shape)]
    arguments = loss, predictions.reshape(shape), targets.reshape(shape), Output(shape[:1]), Output(shape)
    with threads(1 + sum(shape) % 4):
        assert_same_bits(call_native(*arguments), expected)
        assert_same_bits(call_native(*arguments, weights), call_reference(*arguments, weights))
    assert_same_bits(call_reference(*arguments), expected)


@pytest.mark.parametrize("loss", ["softmax_crossentropy", "categorical_crossentropy"])
def test_terms_of_target_zero_are_left_out(loss, instruction_set):
    predictions = np.array([[0.5, -np.inf, 0.25]], np.float32)
    targets = np.array([[1, 0, -0.0]], np.float32)
    arguments = loss, predictions, targets, Output((1,)), None
    (value,) = call_native(*arguments)
    assert np.isfinite(value).all()
    assert_same_bits([value], call_reference(*arguments))


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("samples", [0, 1, 2, 127, 128, 129, 255, 256, 257, 511, 513, 768, 1281, 1792, 2048, 5000])
def test_sum_losses_has_the_reference_s_bits(samples, values, instruction_set):
    loss = random_array(samples, samples, values)
    for arguments in ((), (1,), (max(samples, 1),), (3,), (2**24 + 1,)):
        with np.errstate(all="ignore"):
            actual, expected = _kernels.sum_losses(loss, *arguments), reference.sum_losses(loss, *arguments)
        assert type(actual) is type(expected) is float
        assert_same_bits(np.float32(actual), np.float32(expected))
        assert float(np.float32(actual)) == actual or np.isnan(actual)
