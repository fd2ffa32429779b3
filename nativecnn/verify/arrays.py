"""Arrays to compute with: random ones whose values show differences in order and rounding, in several layouts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nativecnn.random import Stream

VALUES = ("plain", "cancelling", "tiny", "huge", "special", "any_bits")
LAYOUTS = ("contiguous", "offset", "unaligned", "strided", "reversed", "fortran", "float64", "read_only")

_CANCELLING = np.array([1.0, 1.0 + 2.0**-23, 3.0, 2.0**12 + 1, 2.0**-12, 2.0**25], np.float32)
_TINY = np.array([2.0**-60, 2.0**-70, 2.0**-74, 2.0**-80], np.float32)
_HUGE = np.array([2.0**40, 2.0**60, 2.0**64], np.float32)
_SMALL_SPECIAL = np.array([0.0, -0.0, 2.0**-149, -(2.0**-149), 2.0**-126, -(2.0**-127)], np.float32)
_LARGE_SPECIAL = np.array([3.4028235e38, -3.4028235e38, np.inf, -np.inf, np.nan], np.float32)
_PROBABILITIES = np.array([0.0, 1.0, 1e-7, 1.0 - 2.0**-24, 5e-8, 2.0**-149], np.float32)


def random_array(
    key: Sequence[int | str], shape: Sequence[int], values: str = "plain", form: str | int = "signed"
) -> np.ndarray:
    """Return random numbers, the same for the same arguments everywhere.

    Parameters
    ----------
    key : sequence of int or str
        Names the stream of random numbers.
    shape : sequence of int
    values : str
        plain: about 1, all bits of the significand in use. cancelling: a few values of very different size and
        either sign, whose sums depend on order. tiny: products of two of them underflow, to subnormals or to zeros of
        either sign. huge: products overflow now and then. special: plain with a few zeros, subnormals, infinities and
        NaN. any_bits: half of them any of the 2^32 patterns, the others of moderate size.
    form : str or int
        "signed", "nonnegative", "probabilities" (most of them from 0 to 1), or a number of classes: then int64 labels.

    Returns
    -------
    numpy.ndarray, float32 or int64
    """
    words, choices = Stream(*key).bits(2 * int(np.prod(shape, dtype=np.int64))).reshape(2, *shape)
    if isinstance(form, int):
        return (choices % np.uint64(form)).astype(np.int64)
    with np.errstate(all="ignore"):
        array = _signed(words, choices, values)
        if form == "nonnegative":
            return np.abs(array)
        if form == "probabilities":
            inside = np.abs(array) - np.floor(np.abs(array))
            return np.where(choices % np.uint64(8) == 0, _PROBABILITIES[_below(choices, len(_PROBABILITIES))], inside)
    return array


def _signed(words: np.ndarray, choices: np.ndarray, values: str) -> np.ndarray:
    plain = (_uniform(words, 40) - _uniform(words, 16)) * (np.float32(0.75) + _uniform(choices, 40))
    if values == "plain":
        return plain
    if values == "cancelling":
        return _CANCELLING[_below(choices, len(_CANCELLING))] * np.where(words >> np.uint64(63), -1, 1).astype("f4")
    if values in ("tiny", "huge"):
        scales = _TINY if values == "tiny" else _HUGE
        return plain * scales[_below(choices, len(scales))]
    if values == "special":
        # Few enough that most sums still hold numbers, and fewer that swallow a whole sum.
        rare = _uniform(choices, 0) < min(0.5, 3 / max(words.size, 1) ** 0.5)
        small, large = _SMALL_SPECIAL[_below(words, 6)], _LARGE_SPECIAL[_below(words, 5)]
        return np.where(rare, np.where(choices >> np.uint64(62), small, large), plain)
    if values == "any_bits":
        moderate = np.float32(20) * plain
        return np.where(choices >> np.uint64(63), words.astype(np.uint32).view(np.float32), moderate)
    raise ValueError(f"expected values of one of {VALUES}, got {values!r}")


def _uniform(words: np.ndarray, lowest_bit: int) -> np.ndarray:
    """Return float32 values in [0, 1) from 24 bits of each word."""
    bits = (words >> np.uint64(lowest_bit)) & np.uint64(0xFFFFFF)
    return bits.astype(np.float32) * np.float32(2.0**-24)


def _below(words: np.ndarray, count: int) -> np.ndarray:
    return ((words >> np.uint64(24)) % np.uint64(count)).astype(np.intp)


def lay_out(array, layout):
    """Return the same float32 numbers as they may lie in memory: at odd places, with steps, of another dtype."""
    if layout in ("offset", "unaligned"):
        skipped = 4 if layout == "offset" else 1  # bytes
        memory = np.zeros(array.nbytes + skipped, np.uint8)
        result = memory[skipped:].view(np.float32).reshape(array.shape)
    elif layout == "strided" and array.ndim:
        result = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), np.float32)[..., ::2]
    elif layout == "reversed" and array.ndim:
        result = np.zeros(array.shape, np.float32)[::-1]
    else:
        result = np.zeros(
            array.shape, np.float64 if layout == "float64" else np.float32, "F" if layout == "fortran" else "C"
        )
    with np.errstate(all="ignore"):
        result[...] = array
    result.flags.writeable = layout != "read_only"
    return result


def bits(result):
    """Return the 32-bit patterns of float32 numbers, one pattern for every NaN."""
    array = np.array(result, np.float32, order="C")
    return np.where(np.isnan(array), np.uint32(0x7FC00000), array.view(np.uint32))
