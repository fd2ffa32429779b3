"""Optimizers, step after step: reference, native kernels and second opinion give the same bits."""

import math

import numpy as np
import pytest

from nativecnn import _kernels, reference
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
from support import VALUES, assert_same_bits, random_array

SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 1000)


def weights_after(backend, optimizer, weights, gradients):
    """Return the weights after each step."""
    weights, state, after = weights.copy(), OptimizerState(), []
    for gradient in gradients:
        optimizer.begin_step(state)
        with np.errstate(all="ignore"):
            optimizer.prepare_update(backend, state, WeightGradient("layer/kernel", weights, gradient))()
        after.append(weights.copy())
    return after


def second_opinion(opinion, optimizer, weights, gradients):
    weights, after = weights.copy(), []
    slots = [np.zeros_like(weights) for _ in range(3)]
    if isinstance(optimizer, Adagrad):
        slots[0][...] = optimizer.initial_accumulator_value
    for number, gradient in enumerate(gradients, 1):
        gradient = gradient.copy()
        bound = math.inf if optimizer.clipvalue is None else optimizer.clipvalue
        scale = 1.0
        if optimizer.clipnorm is not None:
            scale = opinion.number("scale_to_norm", optimizer.clipnorm, opinion.sum_of_squares(gradient))
        decay = optimizer.learning_rate * (optimizer.weight_decay or 0.0)
        opinion.before_step(weights, gradient, 0.0, 0.0, scale, bound, decay)
        take_step(opinion, optimizer, number, weights, gradient, *slots)
        after.append(weights.copy())
    return after


def take_step(opinion, optimizer, number, weights, gradient, first, second, third):
    rate = optimizer.learning_rate
    if isinstance(optimizer, SGD):
        if optimizer.momentum:
            opinion.sgd_with_momentum(weights, gradient, first, rate, optimizer.momentum, optimizer.nesterov)
        else:
            opinion.sgd(weights, gradient, rate)
        return
    if isinstance(optimizer, Adagrad):
        opinion.step("adagrad", weights, gradient, first, rate, optimizer.epsilon)
    elif isinstance(optimizer, Adadelta):
        opinion.step("adadelta", weights, gradient, first, second, rate, optimizer.rho, optimizer.epsilon)
    elif isinstance(optimizer, RMSprop):
        average, velocity = second if optimizer.centered else None, third if optimizer.momentum else None
        settings = rate, optimizer.rho, optimizer.momentum, optimizer.epsilon
        opinion.step("rmsprop", weights, gradient, first, average, velocity, *settings)
    else:
        settings = rate, optimizer.beta_1, optimizer.beta_2, optimizer.epsilon, number
        if isinstance(optimizer, Nadam | Adamax):
            opinion.step(optimizer.name, weights, gradient, first, second, *settings)
        elif optimizer.amsgrad:
            opinion.step("amsgrad", weights, gradient, first, second, third, *settings)
        else:
            opinion.adam(weights, gradient, first, second, *settings)


def check(opinion, optimizer, size, values, steps=6, seed=1):
    weights = random_array(seed, size, values)
    gradients = [random_array(seed + 1 + step, size, values) for step in range(steps)]
    expected = second_opinion(opinion, optimizer, weights, gradients)
    for backend in (reference, _kernels):
        assert_same_bits(weights_after(backend, optimizer, weights, gradients), expected)


OPTIMIZERS = {
    "sgd": SGD(0.01),
    "momentum": SGD(0.1, momentum=0.9),
    "nesterov": SGD(0.03, momentum=0.85, nesterov=True),
    "adam": Adam(),
    "adam_settings": Adam(0.02, beta_1=0.7, beta_2=0.97, epsilon=1e-3),
    "adam_without_memory": Adam(0.02, beta_1=0.0, beta_2=0.0, epsilon=0.0),
    "amsgrad": Adam(0.02, beta_2=0.9, amsgrad=True, clipvalue=0.7),
    "adamw": AdamW(0.02, clipnorm=2.0),
    "nadam": Nadam(0.02, beta_2=0.97),
    "adamax": Adamax(0.02, beta_1=0.7, beta_2=0.97),
    "adagrad": Adagrad(0.1, weight_decay=0.3),
    "adadelta": Adadelta(1.0, 0.9, 1e-3),
    "rmsprop": RMSprop(0.02),
    "rmsprop_centered": RMSprop(0.02, centered=True, weight_decay=0.1),
    "rmsprop_with_momentum": RMSprop(0.02, momentum=0.9, clipnorm=0.1),
    "rmsprop_with_both": RMSprop(0.02, 0.7, 0.9, 1e-3, True),
}


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_steps(opinion, optimizer, values):
    for size in SIZES:
        check(opinion, optimizer, size, values)


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("settings", [{}, {"clipvalue": 0.4}, {"clipnorm": 3.0}, {"weight_decay": 0.3}], ids=str)
@pytest.mark.parametrize("l1, l2", [(0.1, 0.0), (0.0, 0.3), (0.1, 0.3)])
def test_penalties(opinion, l1, l2, settings, values):
    """The gradient of the penalty comes first, then clipping, then decay, then the step; and the penalty's own sums."""
    optimizer, penalty = SGD(0.1, **settings), L1L2(l1, l2)
    for size in (1, 17, 255, 256, 257, 1500):
        weights, gradient = random_array(1, size, values), random_array(2, size, values)
        expected, g = weights.copy(), gradient.copy()
        opinion.before_step(expected, g, l1, l2, 1.0, math.inf, 0.0)
        scale = 1.0
        if optimizer.clipnorm is not None:
            scale = opinion.number("scale_to_norm", optimizer.clipnorm, opinion.sum_of_squares(g))
        bound, decay = optimizer.clipvalue or math.inf, 0.1 * (optimizer.weight_decay or 0.0)
        opinion.before_step(expected, g, 0.0, 0.0, scale, bound, decay)
        opinion.sgd(expected, g, 0.1)
        total = opinion.number("penalty", weights.size, weights, l1, l2)
        for backend in (reference, _kernels):
            with np.errstate(all="ignore"):
                found = penalty.penalty(backend, weights)
            assert found == total or math.isnan(found) and math.isnan(total)
            state, w = OptimizerState(), weights.copy()
            optimizer.begin_step(state)
            described = WeightGradient("layer/kernel", w, gradient.copy(), penalty=penalty)
            with np.errstate(all="ignore"):
                optimizer.prepare_update(backend, state, described)()
            assert_same_bits(w, expected)


# Its product with √(1 − β₂ᵗ) / (1 − β₁ᵗ) lies so close to the middle of two float32 values that multiplying by the root
# first and dividing then gives the other.
RATE_THAT_SHOWS_THE_ORDER = 0.0027708885778026217


def test_the_root_of_adams_step_is_divided_before_it_meets_the_rate(opinion):
    check(opinion, Adam(RATE_THAT_SHOWS_THE_ORDER), 1000, "plain", steps=1)


def test_many_steps_of_adam(opinion):
    check(opinion, Adam(0.003), 5, "plain", steps=1500)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100))
def test_random_settings(opinion, seed):
    generator = np.random.default_rng(seed)
    rate, first, second = map(float, generator.random(3))
    optimizer = (
        SGD(rate),
        SGD(rate, momentum=first),
        SGD(rate, momentum=first, nesterov=True),
        Adam(rate, first, second, float(10 ** generator.uniform(-12, 0))),
        Nadam(rate, first, second, float(10 ** generator.uniform(-12, 0))),
        Adamax(rate, first, second, float(10 ** generator.uniform(-12, 0)), weight_decay=first),
        Adagrad(rate, first, float(10 ** generator.uniform(-12, 0)), clipnorm=second),
        Adadelta(rate, first, float(10 ** generator.uniform(-12, 0)), clipvalue=second),
        RMSprop(rate, first, second, float(10 ** generator.uniform(-12, 0)), centered=seed % 2 == 0),
    )[seed % 9]
    check(opinion, optimizer, int(generator.integers(1, 500)), VALUES[generator.integers(5)], steps=20, seed=seed)
