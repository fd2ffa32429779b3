"""Float32 arithmetic by exact rational numbers: shares nothing with the package."""

import math
from fractions import Fraction

LARGEST_EXPONENT = 127
SMALLEST_EXPONENT = -126  # of normal numbers
FRACTION_BITS = 23


def round_to_float32(value):
    """Return the float32 nearest to a rational number other than 0 (ties to even), as a Python float."""
    magnitude = abs(value)
    # Bits of numerator and denominator tell the exponent within one.
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < Fraction(2) ** exponent:
        exponent -= 1
    spacing = Fraction(2) ** (max(exponent, SMALLEST_EXPONENT) - FRACTION_BITS)
    rounded = round(magnitude / spacing) * spacing  # to even
    result = math.inf if rounded >= Fraction(2) ** (LARGEST_EXPONENT + 1) else float(rounded)
    return math.copysign(result, value)


def fma(a, b, c):
    """Return a · b + c rounded once to float32."""
    a, b, c = float(a), float(b), float(c)
    # Python's floats obey IEEE 754 for infinities, NaN, and the signs of exact zeros.
    unrounded = a * b + c
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        return unrounded
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    return unrounded if exact == 0 else round_to_float32(exact)


def add(a, b):
    return fma(a, 1.0, b)


def divide(a, b):
    """Return a / b rounded to float32, for finite a and b other than 0."""
    exact = Fraction(float(a)) / Fraction(float(b))
    return math.copysign(0.0, a) * math.copysign(1.0, b) if exact == 0 else round_to_float32(exact)
