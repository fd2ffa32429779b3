"""Learning-rate schedules."""

import math

import pytest

import nativecnn
from nativecnn import layers, optimizers
from nativecnn.optimizers import SGD, Adam
from nativecnn.optimizers.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
    get,
)
from nativecnn.random import Stream

X, Y = Stream(0, "x").uniform((8, 3)), Stream(0, "y").uniform((8, 2))


def cosine(t):
    return 0.5 * (1 + math.cos(math.pi * t))


FORMULAS = [
    (ExponentialDecay(0.1, 7, 0.8), lambda s: 0.1 * 0.8 ** (s / 7)),
    (ExponentialDecay(0.1, 7, 0.8, staircase=True), lambda s: 0.1 * 0.8 ** (s // 7)),
    (ExponentialDecay(0.1, 7, 1.0002), lambda s: 0.1 * 1.0002 ** (s / 7)),
    (ExponentialDecay(0.1, 7, 0.0), lambda s: 0.1 if s == 0 else 0.0),
    (InverseTimeDecay(0.1, 7, 0.8), lambda s: 0.1 / (1 + 0.8 * s / 7)),
    (InverseTimeDecay(0.1, 7, 0.8, staircase=True), lambda s: 0.1 / (1 + 0.8 * (s // 7))),
    (PiecewiseConstantDecay([3, 9], [1.0, 0.5, 0.1]), lambda s: 1.0 if s <= 3 else 0.5 if s <= 9 else 0.1),
    (PolynomialDecay(0.1, 12), lambda s: 0.0999 * (1 - min(s, 12) / 12) + 0.0001),
    (PolynomialDecay(0.1, 12, 0.01, power=0.5), lambda s: 0.09 * math.sqrt(1 - min(s, 12) / 12) + 0.01),
    (PolynomialDecay(0.1, 12, 0.0, 2.5, cycle=True), lambda s: 0.1 * (1 - s / (12 * max(1, math.ceil(s / 12)))) ** 2.5),
    (CosineDecay(0.1, 20), lambda s: 0.1 * cosine(min(s, 20) / 20)),
    (CosineDecay(0.1, 20, alpha=0.2), lambda s: 0.1 * (0.8 * cosine(min(s, 20) / 20) + 0.2)),
    (
        CosineDecay(0.01, 20, 0.2, warmup_target=0.1, warmup_steps=5),
        lambda s: 0.01 + 0.09 * s / 5 if s < 5 else 0.1 * (0.8 * cosine(min(s - 5, 20) / 20) + 0.2),
    ),
    (CosineDecayRestarts(0.1, 5, t_mul=1.0, m_mul=0.5), lambda s: 0.1 * 0.5 ** (s // 5) * cosine(s % 5 / 5)),
    (
        CosineDecayRestarts(0.1, 5, m_mul=0.9, alpha=0.1),
        lambda s: 0.1 * (0.9 * 0.9 ** math.floor(math.log2(s / 5 + 1)) * cosine(fall(s)) + 0.1),
    ),
]


def fall(s):
    number = math.floor(math.log2(s / 5 + 1))
    return (s / 5 - (2**number - 1)) / 2**number


@pytest.mark.parametrize("schedule, formula", FORMULAS, ids=lambda value: getattr(value, "name", ""))
def test_a_schedule_follows_its_formula(schedule, formula):
    for step in [*range(50), 1000, 10**6]:
        assert math.isclose(schedule(step), formula(step), rel_tol=1e-11, abs_tol=1e-14), step


@pytest.mark.parametrize("schedule", [schedule for schedule, _ in FORMULAS], ids=lambda value: value.name)
def test_configuration_makes_an_equal_schedule(schedule):
    again = get(schedule.get_config())
    assert type(again) is type(schedule) and again.get_config() == schedule.get_config()
    optimizer = optimizers.get(SGD(schedule).get_config())
    assert optimizer.learning_rate.get_config() == schedule.get_config()
    assert optimizer.learning_rate_at(11) == schedule(11)


def test_rates_are_these_bits():
    rates = [ExponentialDecay(0.1, 7, 0.8)(11), CosineDecay(0.1, 20)(3), PolynomialDecay(0.1, 12, power=0.3)(5)]
    assert [rate.hex() for rate in rates] == RATES


RATES = ["0x1.207394c3237cdp-4", "0x1.834733ee544f8p-4", "0x1.5c81bab9d7a00p-4"]


def weights_after(steps, optimizer):
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential([layers.Dense(2, input_dim=3)])
    model.compile(optimizer, loss="mse")
    for _ in range(steps):
        model.train_on_batch(X, Y)
    return model


def test_each_step_has_the_rate_of_its_number():
    rates = [0.5, 0.2, 0.1]
    scheduled = weights_after(3, SGD(PiecewiseConstantDecay([0, 1], rates), momentum=0.9, weight_decay=0.1))
    by_hand = weights_after(0, SGD(momentum=0.9, weight_decay=0.1))
    for rate in rates:
        by_hand.compilation.optimizer.learning_rate = rate
        by_hand.train_on_batch(X, Y)
    assert scheduled.weights_sha256() == by_hand.weights_sha256()


def test_one_optimizer_counts_the_steps_of_each_model():
    optimizer = Adam(ExponentialDecay(0.1, 1, 0.5))
    first, second = weights_after(3, optimizer), weights_after(3, optimizer)
    assert first.weights_sha256() == second.weights_sha256()


def test_a_number_does_not_replace_a_schedule():
    optimizer = SGD(ExponentialDecay(0.1, 1, 0.5))
    with pytest.raises(TypeError, match="sgd: expected another schedule as learning_rate.*got 0.1"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = CosineDecay(0.1, 20)
    assert optimizer.learning_rate_at(0) == 0.1
    number = SGD(0.1)
    number.learning_rate = CosineDecay(0.3, 20)
    assert number.learning_rate_at(20) == 0.0


def test_a_schedule_of_ones_own():
    class Halves(LearningRateSchedule):
        def __call__(self, step):
            return 0.5**step

    assert [SGD(Halves()).learning_rate_at(step) for step in range(3)] == [1.0, 0.5, 0.25]
    with pytest.raises(NotImplementedError, match="Halves has no configuration"):
        SGD(Halves()).get_config()


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: ExponentialDecay(-0.1, 1, 0.5), ValueError, "exponential_decay: initial_learning_rate"),
        (lambda: ExponentialDecay(0.1, 0, 0.5), ValueError, "decay_steps: expected an integer of at least 1, got 0"),
        (lambda: InverseTimeDecay(0.1, 1.5, 0.5), TypeError, "decay_steps: expected an integer, got 1.5"),
        (lambda: PiecewiseConstantDecay([1], [0.1]), ValueError, "one value more than boundaries, got 1 values and 1"),
        (lambda: PiecewiseConstantDecay([2, 1], [1, 1, 1]), ValueError, r"ascending boundaries, got \[2, 1\]"),
        (lambda: CosineDecay(0.1, 10, warmup_steps=3), ValueError, "expected a warmup_target for 3 warmup_steps"),
        (lambda: CosineDecayRestarts(0.1, 10, t_mul=0.5), ValueError, r"t_mul: expected a number in \[1, inf\)"),
        (lambda: get({"name": "linear"}), ValueError, "expected as learning-rate schedule one of cosine_decay"),
    ],
)
def test_a_wrong_setting_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
