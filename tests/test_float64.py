"""exp, log, powers, cos and normal quantiles in float64: their errors and special values."""

import math
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest

from nativecnn import float64

ULP = 2.0**-53


def relative_errors(actual, exact):
    """Return errors in units of 2^-53, of float64 numbers against decimals."""
    with localcontext(prec=60):
        return [float(abs(Decimal(float(a)) / e - 1)) / ULP for a, e in zip(actual, exact, strict=True) if e]


def test_exp_errs_by_little():
    x = np.random.default_rng(0).uniform(-700, 700, 500)
    with localcontext(prec=60):
        exact = [Decimal(float(value)).exp() for value in x]
    assert max(relative_errors(float64.exp(x), exact)) < 3


def test_log_errs_by_little():
    x = np.exp(np.random.default_rng(0).uniform(-5, 5, 500))
    with localcontext(prec=60):
        exact = [Decimal(float(value)).ln() for value in x]
    assert max(relative_errors(float64.log(x), exact)) < 3


def test_special_values_of_exp_and_log():
    x = [0.0, -0.0, 709.5, -708.5, np.inf, -np.inf, np.nan]
    np.testing.assert_array_equal(float64.exp(x), [1, 1, np.inf, 0, np.inf, 0, np.nan])
    x = [1.0, 0.0, -0.0, -1.0, np.inf, np.nan, 2.0]
    np.testing.assert_array_equal(float64.log(x), [0, -np.inf, -np.inf, np.nan, np.inf, np.nan, math.log(2)])
    assert math.isclose(float64.log(5e-324), math.log(5e-324), rel_tol=1e-15)


@pytest.mark.parametrize("base", [0.5, 0.96, 1.0, 1.3, 7.25])
def test_powers_err_by_little(base):
    for exponent in (0.1, 0.5, 1.75, 9.9, 100.3):
        with localcontext(prec=60):
            exact = Decimal(base) ** Decimal(exponent)
        assert relative_errors([float64.power(base, exponent)], [exact])[0] < 60


def test_whole_powers_of_small_integers_are_exact():
    assert [float64.power(3.0, n) for n in range(30)] == [3.0**n for n in range(30)]
    assert float64.power(0.5, 2.0) == 0.25
    assert [float64.power(0.0, y) for y in (0.0, 0.5, 1.0)] == [1.0, 0.0, 0.0]


def test_cos_errs_by_little():
    for t in np.random.default_rng(0).random(2000):
        assert abs(float64.cos_pi(float(t)) - math.cos(math.pi * t)) < 6 * ULP
    assert [float64.cos_pi(t) for t in (0.0, 0.5, 1.0)] == [1.0, 0.0, -1.0]


def test_quantiles_are_those_of_the_standard_library_but_for_its_logarithm():
    u = np.concatenate([np.random.default_rng(0).random(5000), [2.0**-53, 1e-12, 1e-5, 0.5, 0.925, 1 - 2.0**-53]])
    expected = [NormalDist().inv_cdf(value) for value in u]
    np.testing.assert_allclose(float64.normal_quantile(u), expected, rtol=1e-15)


def test_quantiles_are_antisymmetric():
    u = (np.arange(1, 2**20, 977) + 0.5) * 2.0**-20
    assert np.array_equal(float64.normal_quantile(u), -float64.normal_quantile(1 - u))
