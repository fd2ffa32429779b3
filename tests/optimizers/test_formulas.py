"""Every optimizer, in float64 by the reference's definitions, against the formulas of its publication or of Keras."""

import math

import numpy as np
import pytest

from nativecnn import reference
from nativecnn.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Nadam,
    OptimizerState,
    RMSprop,
    WeightGradient,
)
from nativecnn.regularizers import L1L2

STEPS, SIZE = 12, 40
GENERATOR = np.random.default_rng(0)
WEIGHTS = GENERATOR.standard_normal(SIZE)
GRADIENTS = GENERATOR.standard_normal((STEPS, SIZE))


def steps(optimizer, penalty=None):
    """Return the weights after every step."""
    weights, state, after = WEIGHTS.copy(), OptimizerState(), []
    for gradient in GRADIENTS:
        optimizer.begin_step(state)
        optimizer.prepare_update(reference, state, WeightGradient("a/b", weights, gradient.copy(), penalty=penalty))()
        after.append(weights.copy())
    return after


def check(optimizer, formula, adjust=lambda w, g: (w, g), penalty=None):
    """Compare with ``w - formula(t, g)``, after ``adjust``."""
    w = WEIGHTS.copy()
    for t, (gradient, result) in enumerate(zip(GRADIENTS, steps(optimizer, penalty), strict=True), 1):
        w, g = adjust(w, gradient)
        w = w - formula(t, g)
        np.testing.assert_allclose(result, w, rtol=1e-12, atol=1e-12)


def adam(rate, b1=0.9, b2=0.999, epsilon=1e-7, amsgrad=False):
    m, v, largest = np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE)

    def formula(t, g):
        nonlocal m, v, largest
        m, v = m + (g - m) * (1 - b1), v + (g * g - v) * (1 - b2)
        largest = np.maximum(largest, v)
        size = rate * math.sqrt(1 - b2**t) / (1 - b1**t)
        return size * m / (np.sqrt(largest if amsgrad else v) + epsilon)

    return formula


def nadam(rate, b1=0.9, b2=0.999, epsilon=1e-7):
    m, v, product = np.zeros(SIZE), np.zeros(SIZE), 1.0

    def formula(t, g):
        nonlocal m, v, product
        u, u_next = (b1 * (1 - 0.5 * 0.96**n) for n in (t, t + 1))
        product *= u
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        mean = u_next * m / (1 - product * u_next) + (1 - u) * g / (1 - product)
        return rate * mean / (np.sqrt(v / (1 - b2**t)) + epsilon)

    return formula


def adamax(rate, b1=0.9, b2=0.999, epsilon=1e-7):
    m, u = np.zeros(SIZE), np.zeros(SIZE)

    def formula(t, g):
        nonlocal m, u
        m, u = b1 * m + (1 - b1) * g, np.maximum(b2 * u, abs(g))
        return rate * m / ((1 - b1**t) * (u + epsilon))

    return formula


def adagrad(rate, start=0.1, epsilon=1e-7):
    total = np.full(SIZE, start)

    def formula(t, g):
        nonlocal total
        total = total + g * g
        return rate * g / np.sqrt(total + epsilon)

    return formula


def adadelta(rate, rho=0.95, epsilon=1e-7):
    squares, moves = np.zeros(SIZE), np.zeros(SIZE)

    def formula(t, g):
        nonlocal squares, moves
        squares = rho * squares + (1 - rho) * g * g
        d = np.sqrt(moves + epsilon) / np.sqrt(squares + epsilon) * g
        moves = rho * moves + (1 - rho) * d * d
        return rate * d

    return formula


def rmsprop(rate, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    squares, mean, speed = np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE)

    def formula(t, g):
        nonlocal squares, mean, speed
        squares, mean = rho * squares + (1 - rho) * g * g, rho * mean + (1 - rho) * g
        speed = momentum * speed + rate * g / np.sqrt(squares - centered * mean**2 + epsilon)
        return speed

    return formula


@pytest.mark.parametrize(
    "optimizer, formula",
    [
        (SGD(0.1), lambda t, g: 0.1 * g),
        (Adam(0.02), adam(0.02)),
        (Adam(0.02, 0.8, 0.9, 1e-3, amsgrad=True), adam(0.02, 0.8, 0.9, 1e-3, True)),
        (Nadam(0.02), nadam(0.02)),
        (Nadam(0.02, 0.8, 0.9, 1e-3), nadam(0.02, 0.8, 0.9, 1e-3)),
        (Adamax(0.02), adamax(0.02)),
        (Adamax(0.02, 0.8, 0.9, 1e-3), adamax(0.02, 0.8, 0.9, 1e-3)),
        (Adagrad(0.02), adagrad(0.02)),
        (Adagrad(0.02, 0.5, 1e-3), adagrad(0.02, 0.5, 1e-3)),
        (Adadelta(0.5), adadelta(0.5)),
        (Adadelta(0.5, 0.8, 1e-3), adadelta(0.5, 0.8, 1e-3)),
        (RMSprop(0.02), rmsprop(0.02)),
        (RMSprop(0.02, 0.8, 0.7, 1e-3), rmsprop(0.02, 0.8, 0.7, 1e-3)),
        (RMSprop(0.02, centered=True, epsilon=1e-3), rmsprop(0.02, epsilon=1e-3, centered=True)),
        (RMSprop(0.02, 0.8, 0.7, 1e-3, True), rmsprop(0.02, 0.8, 0.7, 1e-3, True)),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "name") else "",
)
def test_an_optimizer_follows_its_formula(optimizer, formula):
    check(optimizer, formula)


def test_weights_decay_before_the_step():
    check(SGD(0.1, weight_decay=0.3), lambda t, g: 0.1 * g, lambda w, g: (w - 0.1 * 0.3 * w, g))
    check(AdamW(0.1), adam(0.1), lambda w, g: (w - 0.1 * 0.004 * w, g))
    check(RMSprop(0.1, weight_decay=0.3), rmsprop(0.1), lambda w, g: (w - 0.1 * 0.3 * w, g))


def test_gradients_are_clipped_element_by_element():
    check(Adagrad(0.1, clipvalue=0.4), adagrad(0.1), lambda w, g: (w, np.clip(g, -0.4, 0.4)))


@pytest.mark.parametrize("limit", [3.0, 1000.0])
def test_gradients_are_clipped_by_norm(limit):
    clip = lambda w, g: (w, g * min(1, limit / np.linalg.norm(g)))  # noqa: E731
    check(Adagrad(0.1, clipnorm=limit), adagrad(0.1), clip)


def test_penalties_are_part_of_the_gradient_that_is_clipped():
    def with_penalty(w, g):
        return w, g + 0.3 * np.sign(w) + 2 * 0.2 * w

    def clipped(w, g):
        w, g = with_penalty(w, g)
        return w, g * min(1, 3 / np.linalg.norm(g))

    def bounded(w, g):
        w, g = with_penalty(w, g)
        return w - 0.1 * 0.5 * w, np.clip(g, -0.5, 0.5)

    penalty = L1L2(0.3, 0.2)
    check(Adam(0.1), adam(0.1), with_penalty, penalty)
    check(Adam(0.1, clipnorm=3), adam(0.1), clipped, penalty)
    check(Adam(0.1, clipvalue=0.5, weight_decay=0.5), adam(0.1), bounded, penalty)


def test_all_gradients_are_clipped_together():
    optimizer, state = SGD(0.1, global_clipnorm=2.0), OptimizerState()
    weights, gradients = [WEIGHTS.copy(), WEIGHTS[:9].copy()], [GRADIENTS[0].copy(), GRADIENTS[1][:9].copy()]
    penalty = L1L2(0.3, 0.2)
    described = [
        WeightGradient("a/b", weights[0], gradients[0], penalty=penalty),
        WeightGradient("a/c", weights[1], gradients[1]),
    ]
    calls = optimizer.prepare_updates(reference, state, described)
    for _ in range(2):  # the calls are repeated, each time with the norm of that moment
        gradients[0][:], gradients[1][:] = GRADIENTS[0], GRADIENTS[1][:9]
        before = [weight.copy() for weight in weights]
        optimizer.begin_step(state)
        for call in calls:
            call()
        whole = [GRADIENTS[0] + 0.3 * np.sign(before[0]) + 0.4 * before[0], GRADIENTS[1][:9]]
        norm = math.sqrt(sum((g * g).sum() for g in whole))
        assert norm > 2
        for result, weight, gradient in zip(weights, before, whole, strict=True):
            np.testing.assert_allclose(result, weight - 0.1 * gradient * 2 / norm, rtol=1e-12)
