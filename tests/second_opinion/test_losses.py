"""Losses and their gradients: reference, native kernels and second opinion give the same bits."""

import numpy as np
import pytest

from support import VALUES, all_pairs, identifier, random_array

LOGITS = ("softmax_crossentropy", "sigmoid_crossentropy", "mean_squared_error", "half_squared_error")
LOGITS += ("mean_absolute_error", "mean_squared_logarithmic_error", "huber", "log_cosh", "hinge", "squared_hinge")
LOGITS += ("categorical_hinge",)
PROBABILITIES = ("categorical_crossentropy", "binary_crossentropy", "kl_divergence", "poisson")
# The losses of 256 samples are one run.
SAMPLES = (1, 2, 3, 5, 17, 255, 256, 257, 600, 1400)
OUTPUTS = (1, 2, 3, 7, 8, 9, 10, 16, 17, 33)

EDGES = np.array([0, 1, -0.0, 1e-7, np.nextafter(np.float32(1e-7), np.float32(0)), 1 - 1e-7, 2, -1, np.nan], np.float32)

CASES = all_pairs(
    lambda **case: case["samples"] * case["outputs"] < 9000,
    loss=LOGITS + PROBABILITIES,
    samples=SAMPLES,
    outputs=OUTPUTS,
    values=VALUES,
    targets=("labels", "probabilities", "any"),
)


def check(agree, seed, loss, samples, outputs, values, targets):
    generator = np.random.default_rng(seed)
    shape = (samples, outputs)
    predictions = random_array(seed, shape, values)
    if loss in PROBABILITIES and values != "special":
        predictions = np.where(generator.random(shape) < 0.9, generator.random(shape, np.float32), predictions)
    if loss in PROBABILITIES:
        predictions = np.where(generator.random(shape) < 0.1, generator.choice(EDGES, shape), predictions)
    if targets == "labels":
        t = np.eye(outputs, dtype=np.float32)[generator.integers(0, outputs, samples)]
    elif targets == "probabilities":
        t = generator.random(shape, np.float32) * generator.integers(0, 2, shape).astype(np.float32)
    else:
        t = random_array(seed + 1, shape, values)
    agree(loss, predictions, t)


@pytest.mark.parametrize("case", CASES, ids=identifier)
def test_loss(agree, case):
    check(agree, 1, **case)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("loss", LOGITS + PROBABILITIES)
def test_sums_over_the_outputs_of_one_sample(agree, loss, values):
    for outputs in OUTPUTS:
        for targets in ("probabilities", "any"):
            check(agree, outputs, loss, 1, outputs, values, targets)


@pytest.mark.parametrize("delta", [1.0, 0.1, 1e-40, 3e38])
def test_delta_of_huber(agree, delta):
    agree("huber", random_array(1, (30, 17)), random_array(2, (30, 17)), delta=delta)


def test_class_labels(agree):
    labels = np.random.default_rng(1).integers(0, 10, 300)
    agree("softmax_crossentropy", random_array(1, (300, 10)), labels)
    agree("categorical_crossentropy", np.abs(random_array(2, (300, 10))), labels)


@pytest.mark.parametrize("loss", LOGITS + PROBABILITIES)
def test_empty_batch(agree, loss):
    value, _ = agree(loss, np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32))
    assert value == 0


@pytest.mark.long
@pytest.mark.parametrize("loss", LOGITS + PROBABILITIES)
@pytest.mark.parametrize("seed", range(20))
def test_random_losses(agree, loss, seed):
    samples, outputs = map(int, np.random.default_rng(seed).integers(1, (2000, 40)))
    check(agree, seed, loss, samples, outputs, VALUES[seed % 5], ("labels", "probabilities", "any")[seed % 3])
