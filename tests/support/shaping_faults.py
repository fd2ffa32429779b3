"""What is wrong with a setting of pooling along one and three axes, merging, reshaping, embedding; see faults.py."""

from hypothesis import strategies as st

from nativecnn.ops.windows import MOST

from .shaping_strategies import POOLING

HUGE = 10**5000
_NO_INTEGERS = (1.0, float("nan"), "1", b"1", True, object(), {}, {1, 2}, len, ...)


def _one_of(error, *values):
    return st.sampled_from([(value, error) for value in values])


_INTEGER = _one_of(TypeError, *_NO_INTEGERS, None, (), (1, 1))
_COUNT = _INTEGER | _one_of(ValueError, 0, -1, -HUGE, MOST + 1, HUGE)


def _sizes(axes):
    """Faults of sizes, one for each axis."""
    right = (1,) * (axes - 1)
    wrong = _one_of(TypeError, *_NO_INTEGERS, (), right, (*right, 1, 1), (*right, 1.0), (*right, "1"), ((1, 1),) * axes)
    return wrong | _one_of(ValueError, 0, -1, MOST + 1, HUGE, (*right, 0), (*right, -HUGE), [*right, HUGE])


def _sides(axes, names=False):
    """Faults of pixels before and after each axis."""
    right = ((0, 0),) * (axes - 1)
    wrong = [value for value in _NO_INTEGERS if not (names and isinstance(value, str))]
    wrong += [None, (), (*right, (0, 0), (0, 0)), (*right, (0, 0.0)), (*right, (0, 0, 0)), (*right, (True, 0))]
    faults = _one_of(TypeError, *wrong)
    return faults | _one_of(ValueError, -1, MOST + 1, HUGE, (*right, (0, -1)), (*right, (0, HUGE)))


def _pooling(function):
    axes = int(function.split("pool")[1][0])
    faults = {
        "pool_size": _sizes(axes) | _one_of(TypeError, None),
        "strides": _sizes(axes),
        "padding": _sides(axes, names=True) | _one_of(ValueError, "VALID", "", "full", MOST),
        "ceil_mode": _one_of(TypeError, None, 0, 1, "yes", [], [True]),
    }
    if function.startswith("average") and function.endswith("backward"):
        faults["steps" if axes == 1 else "volume"] = _sizes(axes) | _one_of(TypeError, None)
    return faults


_AXIS = _INTEGER | _one_of(ValueError, 4, -5, MOST + 1, HUGE, -HUGE)
# Of arrays of any number of axes: what is wrong for each.
_ANY_SIDES = _one_of(TypeError, *_NO_INTEGERS, None, (), ((0, 0),) * 4, (0.0,)) | _one_of(
    ValueError, -1, MOST + 1, HUGE
)
_ANY_SIZES = _one_of(TypeError, *_NO_INTEGERS, None, (), (1,) * 4, (1.0,)) | _one_of(ValueError, 0, -1, MOST + 1, HUGE)
_INTERPOLATION = _one_of(TypeError, None, 1, b"nearest", ["nearest"]) | _one_of(ValueError, "", "Nearest", "cubic")

SHAPING_FAULTS = {
    **{name: _pooling(name) for name in POOLING},
    "average_backward": {"count": _COUNT},
    "concatenate": {"axis": _AXIS},
    "concatenate_backward": {
        "axis": _AXIS,
        "sizes": _one_of(TypeError, None, 1, 1.0, "12", b"12", {1}, ("1",), (1.0, 2), (True, 1))
        | _one_of(ValueError, (-1, 2), (1000, 1), (HUGE, 1)),
    },
    "zero_pad": {"padding": _ANY_SIDES},
    "crop": {"cropping": _ANY_SIDES | _one_of(ValueError, 1000, MOST)},
    "upsample": {"size": _ANY_SIZES, "interpolation": _INTERPOLATION},
    "upsample_backward": {"interpolation": _INTERPOLATION, "size": _ANY_SIZES | _one_of(ValueError, 5, 1000, MOST)},
    "permute": {
        "axes": _one_of(TypeError, None, 1, 1.0, "01", b"01", {0}, ("0",), (0.0, 1), (True, 0))
        | _one_of(ValueError, (-1,), (0, 0), (1,), (0, 1, 2, 3, 4), (HUGE,)),
    },
    "embedding_backward": {"rows": _COUNT | _one_of(ValueError, 2**24 + 1)},
}
"""By function and setting, strategies of values and the errors that they raise."""

OF_ANY_RANK = {
    *("add", "subtract", "average", "average_backward", "multiply", "multiply_backward", "maximum", "maximum_backward"),
    *("minimum", "minimum_backward", "concatenate", "concatenate_backward", "permute"),
    *("zero_pad", "crop", "upsample", "upsample_backward"),
}
"""Functions to which another number of axes is no fault of its own."""


def wrong_axes(call, name):
    """Return the axes of an array of which another length alone is an error; None where this module does not know."""
    array = call.arrays[name]
    if call.function.startswith("concatenate"):
        joined = call.settings.get("axis", -1) % array.ndim
        return (joined,) if name == "dy" else tuple(axis for axis in range(array.ndim) if axis != joined)
    if call.function == "embedding":
        return ()
    if call.function == "embedding_backward":
        return tuple(range(call.arrays["tokens"].ndim))
    if call.function.startswith("average_pool") and name == "dy":
        return tuple(range(1, array.ndim - 1))  # it knows the sizes alone
    return tuple(range(array.ndim)) if name in ("a", "b") else () if call.function == "upsample_backward" else None
