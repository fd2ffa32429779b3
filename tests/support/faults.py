"""Strategies for hypothesis: calls of the functional interface in which one argument is wrong."""

import math

import numpy as np
from hypothesis import strategies as st

from nativecnn.ops.windows import MOST

from .activations import ACTIVATIONS
from .calls import VALID_CALLS
from .shaping_faults import OF_ANY_RANK, SHAPING_FAULTS, wrong_axes

# What is no array of real numbers.
_NO_ARRAYS = (None, "text", b"bytes", object(), {}, {1.0}, len, int, ..., 1j, [None], [{}], ["a"], iter(()))
_NO_REAL_DTYPES = (object, "c8", "c16", "U3", "S2", "M8[s]", "m8[s]", "V4", [("field", "f4")])
_HUGE = 10**5000
_NO_INTEGERS = (1.0, 2.5, float("nan"), float("inf"), np.float32(1), 1j, "1", "11", b"1", b"11", bytearray(2))
_NO_INTEGERS += (True, False, np.bool_(True), object(), {}, {1, 2}, len, ..., np.zeros(1, int), np.ones(2, int), range)
_NO_PAIRS = ((), [], (1,), [1, 1, 1], (1, 1.0), (True, 1), ("1", 1), (None, 1), ((1, 1), (1, 1)), memoryview(b"11"))
_NO_PADDINGS = (None, (0, 0), [0, 0], (0, (0, 0)), ((0, 0),), ((0, 0),) * 3, ((0, 0), (0, 0.0)), ((0, 0), (0,)))
_NO_PADDINGS += (("00", "00"), (b"00", b"00"), ((0, 0), (False, 0)), np.zeros((2, 2), int), memoryview(b"11"))
_TOO_LARGE = (MOST + 1, 2**63, 2**64, _HUGE)
_TOO_SMALL = (-1, -(2**31), -(2**64), -_HUGE)


def _one_of(error, values, what):
    return st.sampled_from(values).map(lambda value: (value, error, what))


def _pairs_with(values):
    """The values, and pairs of which one part is one of them."""
    return tuple(values) + tuple(pair for value in values for pair in ((value, 1), [1, value]))


_PAIRS = (
    _one_of(TypeError, _NO_INTEGERS + _NO_PAIRS, "no pair of integers")
    | _one_of(ValueError, _pairs_with((0, *_TOO_SMALL)), "too small")
    | _one_of(ValueError, _pairs_with(_TOO_LARGE), "too large")
)
_NO_NUMBERS = (None, "1", b"", True, 1j, object(), {}, len, ..., [0.1, 0.1])
_OPTIONAL = ("bias", "gamma", "beta")
_SETTING_FAULTS = {
    "strides": _PAIRS,
    "dilation_rate": _PAIRS | _one_of(TypeError, (None,), "None"),
    "pool_size": _PAIRS | _one_of(TypeError, (None,), "None"),
    "image": _PAIRS | _one_of(TypeError, (None,), "None"),
    "groups": _one_of(TypeError, (*_NO_INTEGERS, *_NO_PAIRS, None, (1, 1)), "no integer")
    | _one_of(ValueError, (0, *_TOO_SMALL, *_TOO_LARGE, MOST, 7), "no number of groups"),
    "padding": _one_of(TypeError, (*[v for v in _NO_INTEGERS if not isinstance(v, str)], *_NO_PADDINGS), "no padding")
    | _one_of(ValueError, ("VALID", "full", "", "0", "same" * 1000), "no name of a padding")
    | _one_of(ValueError, (*_TOO_SMALL, ((0, -1), (0, 0)), ((0, 0), (-_HUGE, 0))), "negative")
    | _one_of(ValueError, (*_TOO_LARGE, ((0, 0), (0, _HUGE))), "too large"),
    "epsilon": _one_of(TypeError, (None, "1", b"1", True, 1j, [], {}, object()), "no number")
    | _one_of(ValueError, (-1e-30, -1, float("nan"), float("inf"), -np.inf), "no epsilon"),
    "size": _one_of(TypeError, (*_NO_INTEGERS, None, (1, 1)), "no integer")
    | _one_of(ValueError, (0, 2, 4, *_TOO_SMALL, 2**31 + 1, _HUGE), "no size"),
    **{
        name: _one_of(TypeError, (None, "1", b"1", True, 1j, [], {}, object()), "no number")
        | _one_of(ValueError, (-1e-30, -1, float("nan"), float("inf")), "no setting")
        for name in ("alpha", "k")
    },
    "rate": _one_of(TypeError, (None, "0.5", b"1", True, 1j, [], {}, object()), "no number")
    | _one_of(ValueError, (-1e-30, 1.0000001, float("nan"), float("inf")), "no part"),
    "seed": _one_of(TypeError, (*_NO_INTEGERS, None, (1, 1)), "no integer")
    | _one_of(ValueError, _TOO_SMALL, "negative"),
    "step": _one_of(TypeError, (*_NO_INTEGERS, None, (1, 1)), "no integer")
    | _one_of(ValueError, (*_TOO_SMALL, 2**64, _HUGE), "no step"),
    "ceil_mode": _one_of(TypeError, (None, 0, 1, 1.0, "yes", "", [], [True], np.ones(2, bool), np.int8(1)), "no bool"),
    "label_smoothing": _one_of(TypeError, _NO_NUMBERS, "no number") | _one_of(ValueError, (-0.1, 1.1, 2), "no part"),
    "delta": _one_of(TypeError, _NO_NUMBERS, "no number")
    | _one_of(ValueError, (0, -1.0, float("nan"), float("inf"), 1e-50, 1e39), "not positive and finite"),
    "output_padding": _one_of(TypeError, _NO_INTEGERS + _NO_PAIRS, "no pair of integers")
    | _one_of(ValueError, _pairs_with(_TOO_SMALL), "negative")
    | _one_of(ValueError, (4, (0, 4), (MOST, 0), *_TOO_LARGE), "not less than the strides"),
    "algorithm": _one_of(TypeError, (None, 0, b"direct", ["direct"], object()), "no text")
    | _one_of(ValueError, ("", "Direct", "fft", "winograd_2x2", "w" * 10000), "no algorithm"),
}
_NUMBERS = _one_of(TypeError, ("1", True, 1j, object(), [1.0], {}, len), "no number") | _one_of(
    ValueError, (-1, -1e-300, float("nan"), float("inf"), 1e39), "no number of 0 or more"
)
_SETTING_FAULTS |= {"max_value": _NUMBERS, "approximate": _SETTING_FAULTS["ceil_mode"]}
_SETTING_FAULTS |= {name: _NUMBERS | _one_of(TypeError, (None,), "None") for name in ("negative_slope", "threshold")}
_ELU_SETTING_FAULTS = {"alpha": _SETTING_FAULTS["threshold"]}
_SIZE_OF_A_ROW = (
    _one_of(TypeError, (*_NO_INTEGERS, (), [], (1, 1), [1, 1, 1], (1.0,), (True,), ("1",), None), "no integer")
    | _one_of(ValueError, (0, *_TOO_SMALL, (0,), [-1]), "too small")
    | _one_of(ValueError, (*_TOO_LARGE, (_HUGE,)), "too large")
)
_ROW_SETTING_FAULTS = {
    "strides": _SIZE_OF_A_ROW,
    "dilation_rate": _SIZE_OF_A_ROW,
    "padding": _one_of(
        TypeError,
        (*[v for v in _NO_INTEGERS if not isinstance(v, str)], None, (), (1,), (0, 0, 0), ((0, 0), (0, 0)), (0, 0.0)),
        "no padding",
    )
    | _one_of(ValueError, ("VALID", "full", "", "0"), "no name of a padding")
    | _one_of(ValueError, (*_TOO_SMALL, (0, -1), ((-_HUGE, 0),)), "negative")
    | _one_of(ValueError, (*_TOO_LARGE, (0, _HUGE)), "too large"),
}
_THREE_SIZES = (
    _one_of(
        TypeError, (*_NO_INTEGERS, (), [], (1,), (1, 1), [1] * 4, (1, 1, 1.0), (True, 1, 1), None), "no three sizes"
    )
    | _one_of(ValueError, (0, *_TOO_SMALL, (1, 0, 1), [1, 1, -1]), "too small")
    | _one_of(ValueError, (*_TOO_LARGE, (1, 1, _HUGE)), "too large")
)
_VOLUME_SETTING_FAULTS = {
    "strides": _THREE_SIZES,
    "dilation_rate": _THREE_SIZES,
    "padding": _one_of(
        TypeError,
        (
            *[v for v in _NO_INTEGERS if not isinstance(v, str)],
            None,
            (0, 0),
            ((0, 0), (0, 0)),
            (0, 0, 0),
            ((0, 0),) * 4,
        ),
        "no padding",
    )
    | _one_of(ValueError, ("VALID", "causal", "", "0"), "no name of a padding")
    | _one_of(ValueError, (*_TOO_SMALL, ((0, 0), (0, 0), (0, -1))), "negative")
    | _one_of(ValueError, (*_TOO_LARGE, ((0, 0), (0, 0), (0, _HUGE))), "too large"),
}
_FUNCTION_SETTINGS = {
    "conv3d": ("strides", "dilation_rate", "groups", "padding"),
    "conv1d": ("strides", "dilation_rate", "groups", "padding"),
    "conv2d": ("strides", "dilation_rate", "groups", "padding", "algorithm"),
    "conv2d_transpose": ("strides", "dilation_rate", "groups", "padding", "output_padding", "algorithm"),
    "depthwise_conv2d": ("strides", "dilation_rate", "padding"),
    "max_pool2d": ("strides", "pool_size", "padding", "ceil_mode"),
    "average_pool2d": ("strides", "pool_size", "padding", "ceil_mode"),
    "batch_normalization": ("epsilon",),
    "dropout": ("rate", "seed", "step"),
    "layer_normalization": ("epsilon",),
    "local_response_normalization": ("size", "alpha", "k"),
}
_FUNCTION_SETTINGS |= {
    "leaky_relu": ("negative_slope",),
    "clipped_relu": ("max_value", "negative_slope"),
    "elu": ("alpha",),
    "gelu": ("approximate",),
}
_FUNCTION_SETTINGS |= {f"{name}_backward": settings for name, settings in _FUNCTION_SETTINGS.items()}
_FUNCTION_SETTINGS["clipped_relu"] += ("threshold",)
_FUNCTION_SETTINGS["average_pool2d_backward"] += ("image",)
_FUNCTION_SETTINGS |= {name: ("label_smoothing",) for name in VALID_CALLS if name.endswith("crossentropy")}
_FUNCTION_SETTINGS["huber"] = ("delta",)


def _settings(function):
    return _FUNCTION_SETTINGS.get(function, ())


@st.composite
def invalid_calls(draw, function):
    """Arguments of which one is wrong, the type of the exception, and what is wrong."""
    call = draw(VALID_CALLS[function])
    settings = _settings(function)
    faults = [_array_fault(call, name) for name in call.arrays]
    faults += [_setting_fault(call.function, name) for name in settings]
    faults += [_shaping_fault(name, strategy) for name, strategy in SHAPING_FAULTS.get(function, {}).items()]
    faults += [_mismatch(call)] if "strides" in settings else []
    changes, error, what = draw(st.one_of(faults))
    return call.arguments | changes, error, what


@st.composite
def _setting_fault(draw, function, name):
    faults = {"conv1d": _ROW_SETTING_FAULTS, "conv3d": _VOLUME_SETTING_FAULTS}.get(function[:6], {})
    faults = faults | (_ELU_SETTING_FAULTS if function.startswith("elu") else {})
    value, error, what = draw((_SETTING_FAULTS | faults)[name])
    return {name: value}, error, f"{name}: {what}"


@st.composite
def _shaping_fault(draw, name, strategy):
    value, error = draw(strategy)
    return {name: value}, error, name


@st.composite
def _array_fault(draw, call, name):
    array = call.arrays[name]
    choices = ["dtype", "size"]
    choices += [] if name == "bias" and call.arguments[name] is None else ["no array"]
    choices += ["rows"] if array.ndim else []
    any_rank = call.function in ("exp", "log", "relu", "sigmoid", "softmax", "tanh", *OF_ANY_RANK, *ACTIVATIONS)
    any_rank |= call.function.startswith(("batch_", "dropout", "layer_", "local_")) and name == "x"
    choices += [] if any_rank else ["rank"]
    choices += ["shape"] if _wrong_axes(call, name) else []
    choice = draw(st.sampled_from(choices))
    error = ValueError
    if choice == "dtype":
        value, error = np.zeros(array.shape, draw(st.sampled_from(_NO_REAL_DTYPES))), TypeError
    elif choice == "no array":
        value, error = (
            draw(st.sampled_from([v for v in _NO_ARRAYS if name not in _OPTIONAL or v is not None])),
            TypeError,
        )
    elif choice == "rows":
        value = draw(st.sampled_from(([[1.0, 2.0], [3.0]], [[[1.0]], [2.0]], [1.0, [2.0]])))
    elif choice == "size":
        rest = [max(1, size) for size in array.shape[1:]]
        elements = draw(st.sampled_from((2**50, 2**61)))  # more than memory; more bytes than addresses
        value, error = np.broadcast_to(np.int8(0), (elements // math.prod(rest) + 1, *rest)), MemoryError
        if array.ndim == 1 and name == "targets":  # labels, of which there is one for each sample
            value, error = np.broadcast_to(np.int8(0), 2**50), ValueError
    elif choice == "rank":
        # One axis fewer is a label for each sample to some losses.
        fewer = array.ndim > 0 and name != "targets"
        value = array[0] if fewer and len(array) and draw(st.booleans()) else array[None]
    else:
        axis = draw(st.sampled_from(_wrong_axes(call, name)))
        shape = list(array.shape)
        shape[axis] += draw(st.sampled_from((1, 2, -1) if shape[axis] > 1 else (1, 2)))
        value = np.zeros(shape, array.dtype)
    return {name: value}, error, f"{name}: {choice}"


def _wrong_axes(call, name):
    """Return the axes of an array of which another length alone is an error."""
    if (known := wrong_axes(call, name)) is not None:
        return known
    array, names = call.arrays[name], set(call.arrays)
    if name in ("dy", "y", "targets", "bias", "sample_weight"):
        if call.function == "average_pool2d_backward":
            return (1, 2)  # it knows the image's rows and columns alone
        return tuple(range(array.ndim)) if len(names) > 1 else ()
    if name in ("logits", "probabilities", "predictions"):
        return (0,)
    if call.function.startswith(("batch_", "layer_", "local_")):
        return () if len(names) == 1 else (array.ndim - 1,)
    if call.function.startswith("conv2d_transpose"):
        return (3,)
    if "conv" in call.function:
        channels = array.ndim - (1 if name == "x" else 2)
        return (channels,)
    if call.function.startswith("dense"):
        return (1,) if name == "x" else (0,)
    return ()


@st.composite
def _mismatch(draw, call):
    """Settings that are valid one by one, but not together."""
    if "conv" in call.function:
        kernel, settings = call.arrays["kernel"].shape, _settings(call.function)
        choice = draw(st.sampled_from(("window", "winograd", "empty kernel")))
        if choice == "window" and kernel[0] > 1:
            if "output_padding" in settings:
                return {"padding": MOST}, ValueError, "padding that leaves nothing"
            return {"dilation_rate": MOST, "padding": "valid"}, ValueError, "window larger than the image"
        if choice == "empty kernel" or "algorithm" not in settings:
            shape = list(kernel)
            shape[draw(st.integers(0, len(kernel) - 1))] = 0
            return {"kernel": np.zeros(shape)}, ValueError, "empty kernel"
        return {"algorithm": "winograd", "strides": (1, 2)}, ValueError, "winograd with strides"
    if draw(st.booleans()):
        return {"pool_size": MOST, "strides": 1, "padding": 0}, ValueError, "window larger than the image"
    return {"padding": MOST}, ValueError, "padding as large as the window"
