"""The reference's losses against float64 arithmetic, their gradients against differences."""

import numpy as np
import pytest

from nativecnn import reference
from support.differences import central_differences

SAMPLES, OUTPUTS = 5, 4


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_loss(p, t):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


# The batch's loss, as textbooks write it.
LOSSES = {
    "softmax_crossentropy": lambda x, t: -(t * np.log(softmax(x))).sum() / SAMPLES,
    "sigmoid_crossentropy": lambda x, t: log_loss(sigmoid(x), t).mean(),
    "categorical_crossentropy": lambda p, t: -(t * np.log(p)).sum() / SAMPLES,
    "binary_crossentropy": lambda p, t: log_loss(p, t).mean(),
    "mean_squared_error": lambda p, t: ((p - t) ** 2).mean(),
    "half_squared_error": lambda p, t: 0.5 * ((p - t) ** 2).sum(),
}


def arrays(loss, dtype, targets):
    generator = np.random.default_rng(1)
    predictions = generator.standard_normal((SAMPLES, OUTPUTS))
    if loss in ("categorical_crossentropy", "binary_crossentropy"):
        predictions = generator.uniform(0.05, 0.95, (SAMPLES, OUTPUTS))
    if targets == "one-hot":
        t = np.eye(OUTPUTS)[generator.integers(0, OUTPUTS, SAMPLES)]
    else:
        t = generator.dirichlet(np.ones(OUTPUTS), SAMPLES)
    # Both dtypes see the same numbers.
    return predictions.astype(np.float32).astype(dtype), t.astype(np.float32).astype(dtype)


def batch_loss(loss, predictions, targets, dx=None):
    per_sample = np.empty(SAMPLES, predictions.dtype)
    getattr(reference, loss)(predictions, targets, per_sample, dx)
    total = reference.sum_losses(per_sample)
    return total if loss == "half_squared_error" else total / SAMPLES


@pytest.mark.parametrize("targets", ["one-hot", "soft"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_loss_is_the_textbook_s(loss, dtype, targets):
    predictions, t = arrays(loss, dtype, targets)
    expected = LOSSES[loss](predictions.astype(float), t.astype(float))
    assert batch_loss(loss, predictions, t) == pytest.approx(expected, rel=30 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("targets", ["one-hot", "soft"])
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_how_the_loss_changes(loss, targets):
    predictions, t = arrays(loss, np.float64, targets)
    if loss == "softmax_crossentropy":
        t /= t.sum(-1, keepdims=True)  # the gradient softmax - t is that of targets which add up to 1
    dx = np.empty_like(predictions)
    batch_loss(loss, predictions, t, dx)
    numerical = central_differences(lambda: batch_loss(loss, predictions, t), predictions)
    np.testing.assert_allclose(dx, numerical, rtol=1e-6, atol=1e-9)
    single = np.empty((SAMPLES, OUTPUTS), np.float32)
    batch_loss(loss, predictions.astype(np.float32), t.astype(np.float32), single)
    np.testing.assert_allclose(single, dx, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "binary_crossentropy"])
def test_clipped_probabilities_have_no_gradient_and_a_finite_loss(loss):
    predictions = np.float32([[0, 1, 1e-8, 0.5]] * SAMPLES)
    targets = np.float32([[1, 0, 1, 1]] * SAMPLES)
    dx = np.empty_like(predictions)
    assert np.isfinite(batch_loss(loss, predictions, targets, dx))
    assert (dx[:, :3] == 0).all() and (dx[:, 3] < 0).all()


def test_losses_of_confident_logits_are_exact_where_naive_ones_overflow():
    logits = np.float32([[200.0, -200.0]] * SAMPLES)
    targets = np.float32([[0.0, 1.0]] * SAMPLES)
    assert batch_loss("softmax_crossentropy", logits, targets) == 400
    assert batch_loss("sigmoid_crossentropy", logits, targets) == 200
