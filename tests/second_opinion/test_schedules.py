"""Learning-rate schedules: their float64 numbers are the second opinion's, bit for bit."""

import pytest

from nativecnn import float64
from nativecnn.optimizers.schedules import CosineDecay, CosineDecayRestarts, ExponentialDecay, PolynomialDecay

# A schedule, the second opinion's function, and its arguments before the step.
CASES = [
    (ExponentialDecay(0.1, 7, 0.8), "exponential_decay", (0.1, 7.0, 0.8)),
    (ExponentialDecay(0.3, 1000, 1.7), "exponential_decay", (0.3, 1000.0, 1.7)),
    (PolynomialDecay(0.1, 30, 0.01, 0.7), "polynomial_decay", (0.1, 30.0, 0.01, 0.7, 0)),
    (PolynomialDecay(0.1, 30, 0.01, 2.5, cycle=True), "polynomial_decay", (0.1, 30.0, 0.01, 2.5, 1)),
    (CosineDecay(0.1, 77, 0.2), "cosine_decay", (0.1, 77.0, 0.2, 0.1, 0.0)),
    (CosineDecay(0.01, 77, 0.2, 0.3, 9), "cosine_decay", (0.01, 77.0, 0.2, 0.3, 9.0)),
    (CosineDecayRestarts(0.1, 7, 1.7, 0.9, 0.1), "cosine_decay_restarts", (0.1, 7.0, 1.7, 0.9, 0.1)),
    (CosineDecayRestarts(0.1, 7, 1.0, 0.9, 0.1), "cosine_decay_restarts", (0.1, 7.0, 1.0, 0.9, 0.1)),
]


@pytest.mark.parametrize("schedule, function, arguments", CASES, ids=lambda value: getattr(value, "name", ""))
def test_rates(opinion, schedule, function, arguments):
    for step in [*range(300), 10_000, 123_457]:
        assert schedule(step) == opinion.number(function, *arguments, step), step


def test_functions(opinion):
    for number in range(-2000, 2000):
        x = number * 0.3537
        assert float(float64.exp(x)) == opinion.number("stated_exp", x)
        if number > 0:
            assert float(float64.log(x)) == opinion.number("stated_log", x)
            assert float(float64.log(1 / x**9)) == opinion.number("stated_log", 1 / x**9)
            assert float64.power(1.001, x) == opinion.number("stated_power", 1.001, x)
            assert float64.cos_pi(number / 1999) == opinion.number("stated_cos", number / 1999)
