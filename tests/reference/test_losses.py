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
    "mean_absolute_error": lambda p, t: np.abs(p - t).mean(),
    "mean_squared_logarithmic_error": lambda p, t: (
        (np.log1p(np.maximum(p, 1e-7)) - np.log1p(np.maximum(t, 1e-7))) ** 2
    ).mean(),
    "huber": lambda p, t: np.where(abs(p - t) <= 1, (p - t) ** 2 / 2, abs(p - t) - 0.5).mean(),
    "log_cosh": lambda p, t: np.log(np.cosh(p - t)).mean(),
    "poisson": lambda p, t: (p - t * np.log(p)).mean(),
    "hinge": lambda p, t: np.maximum(1 - t * p, 0).mean(),
    "squared_hinge": lambda p, t: (np.maximum(1 - t * p, 0) ** 2).mean(),
    "categorical_hinge": lambda p, t: np.maximum(((1 - t) * p).max(1) - (t * p).sum(1) + 1, 0).sum() / SAMPLES,
    "kl_divergence": lambda p, t: (np.maximum(t, 1e-7) * np.log(np.maximum(t, 1e-7) / p)).sum() / SAMPLES,
}
POSITIVE = ("categorical_crossentropy", "binary_crossentropy", "poisson", "kl_divergence")


def arrays(loss, dtype, targets):
    generator = np.random.default_rng(1)
    predictions = generator.standard_normal((SAMPLES, OUTPUTS))
    if loss in POSITIVE:
        predictions = generator.uniform(0.05, 0.95, (SAMPLES, OUTPUTS))
    if targets == "one-hot":
        t = np.eye(OUTPUTS)[generator.integers(0, OUTPUTS, SAMPLES)]
    else:
        t = generator.dirichlet(np.ones(OUTPUTS), SAMPLES)
    if loss.endswith("hinge") and not loss.startswith("categorical"):
        t = 2 * t - 1
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
    # where the definition divides by what is clipped, or adds 1e-7
    tolerance = 30 * float(np.finfo(dtype).eps) + (1e-6 if loss == "poisson" else 0)
    assert batch_loss(loss, predictions, t) == pytest.approx(expected, rel=tolerance)


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


@pytest.mark.parametrize("delta", [0.3, 1.5])
def test_huber_is_the_textbook_s_for_any_delta(delta):
    predictions, t = arrays("huber", np.float64, "soft")
    d = abs(predictions - t)
    assert (d > delta).any() and (d < delta).any()
    losses, delta = np.empty(SAMPLES), float(np.float32(delta))
    reference.huber(predictions, t, losses, None, delta=delta)
    expected = np.where(d <= delta, d**2 / 2, delta * (d - delta / 2)).mean(axis=1)
    np.testing.assert_allclose(losses, expected, rtol=1e-14)


def test_ties_and_edges_have_the_gradients_that_are_stated():
    predictions, targets = np.float32([[1, 1, -0.0, 2]]), np.float32([[1, 2, 0, 1]])
    dx = np.empty_like(predictions)
    reference.mean_absolute_error(predictions, targets, np.empty(1, np.float32), dx)
    assert dx.tolist() == [[0, -0.25, 0, 0.25]] and not np.signbit(dx[0, 2])
    reference.hinge(predictions, np.ones_like(targets), np.empty(1, np.float32), dx)
    assert dx.tolist() == [[0, 0, -0.25, 0]]
    reference.huber(predictions, targets, np.empty(1, np.float32), dx, delta=0.5)
    assert dx.tolist() == [[0, -0.125, 0, 0.125]] and np.signbit(dx[0, 2])
    row = np.float32([[3, 3, 1, 3]])
    reference.categorical_hinge(row, np.float32([[0, 0, 1, 0]]), np.empty(1, np.float32), dx)
    assert dx.tolist() == [[1, 0, -1, 0]]  # the first of the maxima


def test_the_loss_of_places_is_their_mean():
    generator = np.random.default_rng(3)
    logits, t = generator.standard_normal((2, 7, 3)), generator.dirichlet(np.ones(3), (2, 7))
    losses, dx = np.empty(2), np.empty_like(logits)
    reference.softmax_crossentropy(logits, t, losses, dx)
    np.testing.assert_allclose(losses, -(t * np.log(softmax(logits))).sum(-1).mean(-1), rtol=1e-14)
    np.testing.assert_allclose(dx, (softmax(logits) - t) / 14, rtol=1e-12, atol=1e-17)
