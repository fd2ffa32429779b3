"""Smooth activation functions: how close to the exact values, and what their constants are."""

import math
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nativecnn.reference import elementary, smooth
from support.elementary import compile_c

HERE = Path(__file__).parent
FUNCTIONS = ["elu", "selu", "softplus", "softsign", "silu", "gelu", "approximate_gelu", "mish"]
FUNCTIONS += [f"{name}_slope" for name in FUNCTIONS if name not in ("elu", "selu")]


@pytest.fixture(scope="module")
def accuracy(tmp_path_factory):
    """A function that measures another: of so many numbers how many were rounded wrongly, the error above half."""
    program = tmp_path_factory.mktemp("smooth") / "accuracy"
    completed = compile_c([HERE / "smooth_accuracy.c", "-o", program, "-lm"])
    if "long double is no wider" in completed.stderr:
        pytest.skip("long double is no wider than double here")
    assert completed.returncode == 0, completed.stderr

    def measure(function, step):
        completed = subprocess.run([program, function, str(step)], capture_output=True, text=True)
        assert completed.returncode == 0
        print(completed.stdout)
        words = completed.stdout.split()
        return int(words[2]), int(words[4]), float(words[7])

    return measure


@pytest.mark.parametrize("function", FUNCTIONS)
def test_sampled_values_are_rounded_correctly(accuracy, function):
    compared, wrong, above_half = accuracy(function, 65521)
    assert compared > 65_000 and wrong == 0 and above_half <= 0


@pytest.mark.long
@pytest.mark.parametrize("function", FUNCTIONS)
def test_many_values_are_rounded_as_the_contract_tells(accuracy, function):
    compared, wrong, above_half = accuracy(function, 17)
    assert compared > 250_000_000 and wrong <= 4 and above_half < 1e-7


def normal_tail(z):
    """Return e^(z^2 / 2) times the normal distribution's probability of more than z, in any precision of mpmath."""
    import mpmath

    return mpmath.exp(z * z / 2) * mpmath.erfc(z / mpmath.sqrt(2)) / 2


def test_constants_are_the_stated_roundings():
    mpmath = pytest.importorskip("mpmath", reason="mpmath recomputes the constants")
    with mpmath.workprec(200):
        assert float(mpmath.sqrt(2) - 1) == smooth.ROOT_OF_TWO_LESS_ONE
        assert float(1 / mpmath.sqrt(2 * mpmath.pi)) == smooth.DENSITY_AT_0
        slope = 2 * mpmath.sqrt(2 / mpmath.pi)
        cube = slope * mpmath.mpf("0.044715")
        assert [float(slope), float(cube), float(3 * cube)] == [
            smooth.LOGIT_SLOPE,
            smooth.LOGIT_CUBE,
            smooth.LOGIT_CUBE_SLOPE,
        ]
    assert float(np.float32(smooth.SELU_FLOOR)) == smooth.SELU_FLOOR_AS_FLOAT32


def test_selu_keeps_mean_and_variance():
    """Its constants are the solution of these equations: mean 0 and variance 1 of a normally distributed argument."""
    mpmath = pytest.importorskip("mpmath", reason="mpmath integrates")
    scale, floor = mpmath.mpf(smooth.SELU_SCALE), mpmath.mpf(smooth.SELU_FLOOR)

    def moment(power):
        def weighted(x):
            value = scale * x if x > 0 else floor * mpmath.expm1(x)
            return value**power * mpmath.npdf(x)

        return mpmath.quad(weighted, [-mpmath.inf, 0, mpmath.inf])

    assert abs(moment(1)) < 1e-15 and abs(moment(2) - 1) < 1e-15


def test_polynomial_of_the_normal_tail_interpolates_at_chebyshev_points():
    mpmath = pytest.importorskip("mpmath", reason="mpmath gives exact values of the normal distribution")
    count, last = len(smooth.TAIL_COEFFICIENTS), (15 - 4.5) / (15 + 4.5)
    for number in range(count):
        point = math.cos(math.pi * (number + 0.5) / count)
        w = -1 + (point + 1) * (last + 1) / 2
        z = mpmath.mpf(4.5) * (1 + mpmath.mpf(w)) / (1 - mpmath.mpf(w))
        with mpmath.workprec(100):
            exact = (z + 4.5) * normal_tail(z)
        value = elementary.polynomial(smooth.TAIL_COEFFICIENTS, np.float64(w))
        assert abs(value - exact) < 2**-52 * exact


def test_normal_tail_has_no_relative_error_to_speak_of():
    mpmath = pytest.importorskip("mpmath", reason="mpmath gives exact values of the normal distribution")
    x = -np.linspace(0, 15, 500)
    e, r = smooth._normal_tail(x)
    with mpmath.workprec(100):
        exact = [normal_tail(mpmath.mpf(float(z))) for z in -x]
    assert max(abs(value / float(true) - 1) for value, true in zip(r, exact, strict=True)) < 2**-50
    np.testing.assert_allclose(e, np.exp(-x * x / 2), rtol=1e-13)


@pytest.mark.parametrize("function", ["silu", "gelu", "approximate_gelu", "mish", "softplus", "softsign"])
def test_slope_is_how_the_function_changes(function):
    x = np.linspace(-30, 30, 2000)  # but not 0, where softsign has a kink of its slope
    value, slope = getattr(smooth, function), getattr(smooth, f"{function}_slope")
    nudge = 1e-5
    changes = (value(x + nudge) - value(x - nudge)) / (2 * nudge)
    np.testing.assert_allclose(slope(value(x) if function == "softplus" else x), changes, rtol=1e-6, atol=1e-9)
