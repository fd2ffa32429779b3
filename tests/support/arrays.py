"""Float32 arrays: comparing their bits, and random ones whose values show differences in order and rounding."""

import numpy as np

VALUES = ("plain", "cancelling", "tiny", "huge", "special")

_SPECIAL = np.array(
    [0.0, -0.0, 2.0**-149, -(2.0**-149), 2.0**-126, -(2.0**-127), 3.4028235e38, -3.4028235e38, np.inf, -np.inf, np.nan],
    np.float32,
)


def bits(array):
    """Return the 32-bit patterns of a float32 array, one pattern for every NaN."""
    array = np.array(array, order="C")
    assert array.dtype == np.float32, array.dtype
    return np.where(np.isnan(array), np.uint32(0x7FC00000), array.view(np.uint32))


def assert_same_bits(actual, expected):
    """Hold two float32 arrays (or sequences of them) to the same bits; any NaN equals any NaN."""
    if isinstance(expected, (tuple, list)):
        assert len(actual) == len(expected)
        for pair in zip(actual, expected, strict=True):
            assert_same_bits(*pair)
        return
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    different = bits(actual) != bits(expected)
    if different.any():
        place = tuple(int(i) for i in np.argwhere(different)[0])
        raise AssertionError(
            f"{different.sum()} of {different.size} differ, first at {place}: "
            f"{float(actual[place])!r} ({float(actual[place]).hex()}), "
            f"expected {float(expected[place])!r} ({float(expected[place]).hex()})"
        )


def random_array(seed, shape, values="plain"):
    """Return random float32 numbers of one of the kinds in ``VALUES``.

    plain: about 1, all bits of the significand in use. cancelling: a few values of very different size and either
    sign, whose sums depend on order. tiny: products of two of them underflow, to subnormals or to zeros of either sign.
    huge: products overflow now and then. special: plain with a few zeros, subnormals, infinities and NaN.
    """
    generator = np.random.default_rng(seed)
    array = generator.standard_normal(shape).astype(np.float32)
    if values == "plain":
        return array
    if values == "cancelling":
        sizes = np.array([1.0, 1.0 + 2.0**-23, 3.0, 2.0**12 + 1, 2.0**-12, 2.0**25], np.float32)
        return generator.choice(sizes, shape) * generator.choice(np.array([-1, 1], np.float32), shape)
    if values == "tiny":
        return array * generator.choice(np.array([2.0**-60, 2.0**-70, 2.0**-74, 2.0**-80], np.float32), shape)
    if values == "huge":
        return array * generator.choice(np.array([2.0**40, 2.0**60, 2.0**62], np.float32), shape)
    if values == "special":
        # Few enough that most sums still hold numbers.
        rare = generator.random(shape) < min(0.5, 4 / max(array.size, 1) ** 0.5)
        harmless = generator.random(shape) < 0.75
        index = np.where(harmless, generator.integers(0, 6, shape), generator.integers(0, len(_SPECIAL), shape))
        return np.where(rare, _SPECIAL[index], array)
    raise ValueError(values)


def all_magnitudes(seed, shape):
    """Return random float32 numbers of any exponent: any bits at all, half of them of moderate size."""
    generator = np.random.default_rng(seed)
    any_bits = generator.integers(0, 2**32, shape, dtype=np.uint32).view(np.float32)
    moderate = (generator.standard_normal(shape) * 20).astype(np.float32)
    return np.where(generator.random(shape) < 0.5, any_bits, moderate)
