"""Strategies for hypothesis: any valid call of the functional interface.

Numbers are drawn by a seed and a kind, not one by one, so that a case is small and quick to shrink.
"""

from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from nativecnn.ops.windows import MOST

from .activations import ACTIVATIONS, READ_INPUT
from .arrays import VALUES, all_magnitudes, random_array
from .layouts import LAYOUTS

DTYPES = ("f4", "f8", "f2", ">f4", ">f8", "g", "i1", "u1", "i4", ">i8", "u8", "?")
_ANY_DTYPE_LAYOUTS = tuple(set(LAYOUTS) - {"wider", "nested lists"})
_TILES = (1, 2, 3, 5, 8, 9, 16, 17, 33)  # sizes about those of the kernels' tiles


class Call(NamedTuple):
    """A valid call of a function of ``nativecnn.ops``."""

    function: str
    arguments: dict[str, Any]
    """By name, in whatever form users may have them."""
    arrays: dict[str, np.ndarray]
    """Those that are arrays, as C-contiguous float32 (labels of classes: as they are)."""
    result_shapes: list[tuple[int, ...] | None]
    """Of each result; None for a number."""
    settings: dict[str, Any] = {}
    """What the other arguments stand for, in numbers."""

    @property
    def plain_arguments(self) -> dict[str, Any]:
        """The same arguments in their plainest form."""
        return self.arguments | self.arrays | self.settings


# Arrays


@st.composite
def array_forms(draw, shape):
    """An array of a shape, of any values, dtype and layout, and the float32 array that it stands for."""
    kind = draw(st.sampled_from((*VALUES, "any magnitude", "zeros")))
    seed = draw(st.integers(0, 999))
    if kind == "zeros":
        array = np.zeros(shape, np.float32)
    elif kind == "any magnitude":
        array = all_magnitudes(seed, shape)
    else:
        array = np.asarray(random_array(seed, shape, kind), np.float32)
    dtype = np.dtype(draw(st.just("f4") | st.sampled_from(DTYPES)))
    with np.errstate(all="ignore"):
        if dtype.kind in "iub":
            array = np.nan_to_num(array).clip(-100, 100)
        array = array.astype(dtype)
    given = draw(_laid_out(array))
    with np.errstate(all="ignore"):
        return given, np.array(given, np.float32, order="C")


@st.composite
def _laid_out(draw, array):
    if array.ndim == 0:
        return draw(st.sampled_from((array, array[()], array.item())))
    layout = draw(st.sampled_from(("as it is", "broadcast", "nested lists", *sorted(_ANY_DTYPE_LAYOUTS))))
    if layout == "broadcast" and array.size:
        axis = draw(st.integers(0, array.ndim - 1))
        return np.broadcast_to(array.take([0], axis), array.shape)
    if layout in LAYOUTS and (layout != "nested lists" or array.size):  # empty lists have lost their shape
        return LAYOUTS[layout](array)
    return array


@st.composite
def _shapes(draw, last_axis=False):
    """Shapes of up to four axes, also empty ones; ``last_axis``: of which the last is there and not empty."""
    sizes = draw(st.lists(st.sampled_from((2, 3, 7, 1, 0)), max_size=3))
    return (*sizes, draw(st.sampled_from(_TILES))) if last_axis or draw(st.booleans()) else (*sizes,)


def _samples():
    return st.sampled_from((1, 2, 0, 3, 5))


# Windows


class Axis(NamedTuple):
    """One axis of windows over an image."""

    size: int
    window: int
    stride: int
    padding: tuple[int, int] | str
    """As it is given."""
    pixels: tuple[int, int]
    """What it stands for."""
    dilation: int
    outputs: int


def integer_forms(value):
    return st.sampled_from((value, np.int64(value), np.uint32(value), np.array(value)))


@st.composite
def pair_forms(draw, pair):
    """One of the forms in which a pair of integers may be given."""
    if pair[0] == pair[1] and draw(st.booleans()):
        return draw(integer_forms(pair[0]))
    return draw(_sequences([integer_forms(part) for part in pair]))


@st.composite
def _sequences(draw, parts):
    return draw(st.sampled_from((tuple, list)))([draw(part) for part in parts])


@st.composite
def axes(draw, pooling, padding, ceil_mode=False, window=None, stride=None, dilation=None):
    """An axis on which at least one window fits, its outputs counted one by one."""
    window = window or draw(st.sampled_from((2, 3, 1, 4)))
    stride = stride or draw(st.integers(1, 4))
    dilation = 1 if pooling else dilation or draw(st.sampled_from((1, 1, 2, 3)))
    extent = (window - 1) * dilation + 1
    if padding == "pixels":
        most = window - 1 if pooling else 5
        before, after = draw(st.integers(0, most)), draw(st.integers(0, most))
    else:
        before = after = 0
    smallest = 1 if padding == "same" else max(1, extent - before - after)
    size = smallest + draw(st.integers(0, 7))
    if padding == "same":
        outputs = len(range(0, size, stride))
        missing = max((outputs - 1) * stride + extent - size, 0)
        before, after = missing // 2, missing - missing // 2
    starts = list(range(-before, size + after - extent + 1, stride))
    if ceil_mode and starts[-1] + extent < size + after and starts[-1] + stride < size:
        starts.append(starts[-1] + stride)
    pixels = before, after
    return Axis(size, window, stride, pixels if padding == "pixels" else padding, pixels, dilation, len(starts))


@st.composite
def far_axes(draw, pooling):
    """An axis whose few windows lie as far apart as numbers allow, most of them in the padding."""
    size, outputs = draw(st.integers(1, 5)), draw(st.sampled_from((1, 2, 3, 8)))
    dilation = 1 if pooling else draw(st.sampled_from((1, 1000, MOST)))
    window = draw(st.sampled_from((MOST, MOST // 2))) if pooling else draw(st.integers(1, 2))
    extent = (window - 1) * dilation + 1
    most = min(window - 1, MOST) if pooling else MOST
    before = after = draw(st.integers(max(0, -(-(extent - size) // 2)), most))
    room = size + before + after - extent
    stride = min(MOST, max(1, room // outputs))
    pixels = before, after
    return Axis(size, window, stride, pixels, pixels, dilation, len(range(0, room + 1, stride)))


@st.composite
def padding_forms(draw, rows, columns):
    if isinstance(rows, str):
        return rows
    sides = {*rows, *columns}
    if len(sides) == 1 and draw(st.booleans()):
        return draw(integer_forms(sides.pop()))
    return draw(_sequences([_sequences([integer_forms(pixels) for pixels in side]) for side in (rows, columns)]))


def _in_numbers(rows, columns):
    """The settings that all functions of windows have."""
    return {"strides": (rows.stride, columns.stride), "padding": (rows.pixels, columns.pixels)}


def _paddings():
    return st.sampled_from(("valid", "same", "pixels"))


# Calls


@st.composite
def _elementwise(draw, function):
    shape = draw(_shapes(last_axis=function == "softmax"))
    x, plain = draw(array_forms(shape))
    return Call(function, {"x": x}, {"x": plain}, [shape])


@st.composite
def _elementwise_gradients(draw, function):
    shape = draw(_shapes(last_axis=function == "softmax_backward"))
    dy, plain_dy = draw(array_forms(shape))
    y, plain_y = draw(array_forms(shape))
    return Call(function, {"dy": dy, "y": y}, {"dy": plain_dy, "y": plain_y}, [shape])


_NUMBERS = st.sampled_from(
    (0.0, 1.0, 0.25, 3, 1e-40, 2.5e30, np.float32(0.1), np.float64(0.2), np.array(0.7), True + 1)
)
_ACTIVATION_SETTINGS = {
    "leaky_relu": {"negative_slope": _NUMBERS},
    "clipped_relu": {"max_value": st.none() | _NUMBERS, "negative_slope": _NUMBERS, "threshold": _NUMBERS},
    "elu": {"alpha": _NUMBERS},
    "gelu": {"approximate": st.booleans() | st.booleans().map(np.bool_)},
}


@st.composite
def _activations(draw, function):
    """A call of an activation function, or of its gradient."""
    name = function.removesuffix("_backward")
    shape = draw(_shapes(last_axis=name == "log_softmax"))
    arrays = ("dy", "x" if name in READ_INPUT else "y") if function != name else ("x",)
    given, plain = draw(_array_arguments(**dict.fromkeys(arrays, shape)))
    choices = dict(_ACTIVATION_SETTINGS.get(name, {}))
    if function == "clipped_relu_backward":
        del choices["threshold"]
    settings = {name: draw(values) for name, values in choices.items() if draw(st.booleans())}
    return Call(function, given | settings, plain, [shape])


@st.composite
def _prelu(draw, function):
    sample = draw(_shapes())
    shape = (draw(_samples()), *sample)
    alpha = tuple(1 if draw(st.booleans()) else size for size in sample)
    shapes, results = {"x": shape, "alpha": alpha}, [shape]
    if function == "prelu_backward":
        shapes, results = {"dy": shape} | shapes, [shape, alpha]
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given, plain, results)


@st.composite
def _array_arguments(draw, **shapes):
    """Arrays by name, as given and as float32."""
    forms = {name: draw(array_forms(shape)) for name, shape in shapes.items()}
    return {name: form[0] for name, form in forms.items()}, {name: form[1] for name, form in forms.items()}


@st.composite
def _dense(draw, function):
    samples = draw(_samples())
    inputs, units = draw(st.sampled_from((*_TILES, 70))), draw(st.sampled_from((*_TILES, 70)))
    shapes = {"x": (samples, inputs), "kernel": (inputs, units)}
    results = [(samples, units)]
    if function == "dense_backward":
        shapes["dy"] = (samples, units)
        results = [(samples, inputs), (inputs, units), (units,)]
    elif draw(st.booleans()):
        shapes["bias"] = (units,)
    return Call(function, *draw(_array_arguments(**shapes)), results)


@st.composite
def _conv2d(draw, function):
    algorithm = draw(st.sampled_from(("auto", "direct", "winograd")))
    padding = draw(_paddings())
    settings = {}
    if algorithm == "winograd":
        rows, columns = (draw(axes(False, padding, window=3, stride=1, dilation=1)) for _ in range(2))
        groups = 1
    else:
        near = axes(False, padding)
        far = far_axes(False) if padding == "pixels" else near
        rows, columns = (draw(st.one_of([near] * 5 + [far])) for _ in range(2))
        groups = draw(st.sampled_from((1, 1, 2, 3, 9)))
    if draw(st.booleans()) or algorithm != "auto":
        settings["algorithm"] = algorithm
    samples = draw(_samples())
    group_channels = draw(st.sampled_from((1, 2, 3, 9) if groups == 1 else (1, 2)))
    filters = groups * draw(st.sampled_from((1, 2, 3, 8, 17, 33) if groups == 1 else (1, 2, 3)))
    settings["strides"] = draw(pair_forms((rows.stride, columns.stride)))
    settings["dilation_rate"] = draw(pair_forms((rows.dilation, columns.dilation)))
    settings["padding"] = draw(padding_forms(rows.padding, columns.padding))
    settings["groups"] = draw(integer_forms(groups))
    for name, default in (("strides", 1), ("dilation_rate", 1), ("padding", "valid"), ("groups", 1)):
        if isinstance(settings[name], int | str) and settings[name] == default and draw(st.booleans()):
            del settings[name]
    kernel = (rows.window, columns.window, group_channels, filters)
    x = (samples, rows.size, columns.size, group_channels * groups)
    y = (samples, rows.outputs, columns.outputs, filters)
    shapes, results = {"x": x, "kernel": kernel}, [y]
    if function == "conv2d_backward":
        shapes["dy"], results = y, [x, kernel, (filters,)]
    elif draw(st.booleans()):
        shapes["bias"] = (filters,)
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, results, _in_numbers(rows, columns))


@st.composite
def _conv1d(draw, function):
    padding = draw(st.sampled_from(("valid", "same", "causal", "pixels")))
    steps = draw(axes(False, "pixels" if padding == "causal" else padding))
    if padding == "causal":
        extent = (steps.window - 1) * steps.dilation + 1
        outputs = len(range(0, steps.size, steps.stride))
        steps = steps._replace(padding="causal", pixels=(extent - 1, 0), outputs=outputs)
    groups = draw(st.sampled_from((1, 1, 2, 3, 9)))
    samples, group_channels = draw(_samples()), draw(st.sampled_from((1, 2, 3, 9)))
    filters = groups * draw(st.sampled_from((1, 2, 3, 8, 17)))
    kernel = (steps.window, group_channels, filters)
    x, y = (samples, steps.size, group_channels * groups), (samples, steps.outputs, filters)
    settings = {
        "strides": draw(integer_forms(steps.stride) | st.just((steps.stride,))),
        "dilation_rate": draw(integer_forms(steps.dilation)),
        "padding": steps.padding if isinstance(steps.padding, str) else draw(pair_forms(steps.padding)),
        "groups": draw(integer_forms(groups)),
    }
    shapes, results = {"x": x, "kernel": kernel}, [y]
    if function == "conv1d_backward":
        shapes["dy"], results = y, [x, kernel, (filters,)]
    elif draw(st.booleans()):
        shapes["bias"] = (filters,)
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, results, {"padding": steps.pixels})


@st.composite
def _conv3d(draw, function):
    padding = draw(_paddings())
    volume = [draw(axes(False, padding)) for _ in range(3)]
    groups = draw(st.sampled_from((1, 1, 2, 3)))
    samples, group_channels = draw(_samples()), draw(st.sampled_from((1, 2, 3)))
    filters = groups * draw(st.sampled_from((1, 2, 3, 9)))
    kernel = (*(axis.window for axis in volume), group_channels, filters)
    x = (samples, *(axis.size for axis in volume), group_channels * groups)
    y = (samples, *(axis.outputs for axis in volume), filters)
    settings = {
        "strides": tuple(axis.stride for axis in volume),
        "dilation_rate": [axis.dilation for axis in volume],
        "padding": padding if padding != "pixels" else [axis.padding for axis in volume],
        "groups": draw(integer_forms(groups)),
    }
    shapes, results = {"x": x, "kernel": kernel}, [y]
    if function == "conv3d_backward":
        shapes["dy"], results = y, [x, kernel, (filters,)]
    elif draw(st.booleans()):
        shapes["bias"] = (filters,)
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, results, {"padding": tuple(axis.pixels for axis in volume)})


@st.composite
def _depthwise_conv2d(draw, function):
    padding = draw(_paddings())
    rows, columns = draw(axes(False, padding)), draw(axes(False, padding))
    samples, channels, multiplier = draw(_samples()), draw(st.sampled_from((1, 2, 3, 9))), draw(st.integers(1, 3))
    kernel = (rows.window, columns.window, channels, multiplier)
    x = (samples, rows.size, columns.size, channels)
    y = (samples, rows.outputs, columns.outputs, channels * multiplier)
    settings = {
        "strides": draw(pair_forms((rows.stride, columns.stride))),
        "dilation_rate": draw(pair_forms((rows.dilation, columns.dilation))),
        "padding": draw(padding_forms(rows.padding, columns.padding)),
    }
    shapes, results = {"x": x, "kernel": kernel}, [y]
    if function == "depthwise_conv2d_backward":
        shapes["dy"], results = y, [x, kernel, y[3:]]
    elif draw(st.booleans()):
        shapes["bias"] = y[3:]
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, results, _in_numbers(rows, columns))


class TransposedAxis(NamedTuple):
    """One axis of a transposed convolution."""

    size: int
    window: int
    stride: int
    dilation: int
    padding: tuple[int, int] | str
    extra: int | None
    outputs: int


@st.composite
def transposed_axes(draw, padding, with_extra, window=None, stride=None, dilation=None):
    """An axis whose output has at least one pixel: those that some tap of some pixel reaches, then what is added."""
    window, stride = window or draw(st.integers(1, 4)), stride or draw(st.integers(1, 4))
    dilation, size = dilation or draw(st.integers(1, 3)), draw(st.integers(1, 6))
    extent = (window - 1) * dilation + 1
    extra = draw(st.integers(0, stride - 1)) if with_extra else None
    if padding == "same":
        outputs = size * stride if extra is None else (size - 1) * stride + extent % 2 + extra
        if outputs < 1:
            size, outputs = size + 1, outputs + stride
        return TransposedAxis(size, window, stride, dilation, padding, extra, outputs)
    outputs = max(pixel * stride + extent for pixel in range(size))
    outputs += max(outputs, size * stride) - outputs if extra is None else extra
    sides = (0, 0)
    if padding == "pixels":
        before = draw(st.integers(0, min(4, outputs - 1)))
        sides = before, draw(st.integers(0, min(4, outputs - 1 - before)))
    return TransposedAxis(size, window, stride, dilation, sides, extra, outputs - sum(sides))


@st.composite
def _conv2d_transpose(draw, function):
    algorithm, padding = draw(st.sampled_from(("auto", "direct", "winograd"))), draw(_paddings())
    with_extra = draw(st.booleans())
    fixed = {"window": 3, "stride": 1, "dilation": 1} if algorithm == "winograd" else {}
    rows, columns = (draw(transposed_axes(padding, with_extra, **fixed)) for _ in range(2))
    groups = 1 if fixed else draw(st.sampled_from((1, 1, 2, 3)))
    samples, filters = draw(_samples()), draw(st.sampled_from((1, 2, 3, 8, 9, 17)))  # of a group
    channels = groups * draw(st.sampled_from((1, 2, 3, 8, 9)))
    kernel, x = (rows.window, columns.window, filters, channels), (samples, rows.size, columns.size, channels)
    y = (samples, rows.outputs, columns.outputs, filters * groups)
    settings = {
        "algorithm": algorithm,
        "strides": draw(pair_forms((rows.stride, columns.stride))),
        "dilation_rate": draw(pair_forms((rows.dilation, columns.dilation))),
        "padding": padding if padding != "pixels" else draw(padding_forms(rows.padding, columns.padding)),
        "groups": draw(integer_forms(groups)),
    }
    if with_extra:
        settings["output_padding"] = draw(pair_forms((rows.extra, columns.extra)))
    shapes, results = {"x": x, "kernel": kernel}, [y]
    if function == "conv2d_transpose_backward":
        shapes["dy"], results = y, [x, kernel, y[3:]]
    elif draw(st.booleans()):
        shapes["bias"] = y[3:]
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, results)


@st.composite
def _pooling(draw, function):
    padding, ceil_mode = draw(_paddings()), draw(st.booleans())
    if draw(st.integers(0, 7)) == 7:
        ceil_mode = False
        rows, columns = draw(far_axes(True)), draw(far_axes(True))
    else:
        rows, columns = draw(axes(True, padding, ceil_mode)), draw(axes(True, padding, ceil_mode))
    samples, channels = draw(_samples()), draw(st.sampled_from((*_TILES, 0)))
    x = (samples, rows.size, columns.size, channels)
    y = (samples, rows.outputs, columns.outputs, channels)
    settings = {
        "pool_size": draw(pair_forms((rows.window, columns.window))),
        "strides": draw(pair_forms((rows.stride, columns.stride))),
        "padding": draw(padding_forms(rows.padding, columns.padding)),
    }
    if ceil_mode or draw(st.booleans()):
        settings["ceil_mode"] = draw(st.sampled_from((ceil_mode, np.bool_(ceil_mode))))
    if (rows.window, columns.window) == (rows.stride, columns.stride) and draw(st.booleans()):
        settings["strides"] = None
    shapes, results = {"x": x}, [y]
    if function == "max_pool2d_backward":
        shapes, results = {"dy": y, "x": x}, [x]
    elif function == "average_pool2d_backward":
        shapes, results = {"dy": y}, [x]
        settings["image"] = draw(pair_forms((rows.size, columns.size)))
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, results, _in_numbers(rows, columns))


@st.composite
def _batch_normalization(draw, function):
    channels = draw(st.sampled_from((*_TILES, 0, 257)))
    shape = (draw(_samples()), *draw(st.lists(st.sampled_from((2, 3, 7, 1, 0)), max_size=3)), channels)
    shapes, results, settings = {"x": shape}, [shape], {}
    if function == "batch_statistics":
        results = [(channels,), (channels,)]
    else:
        shapes |= {"mean": (channels,), "variance": (channels,)}
        optional = ("gamma", "beta") if function == "batch_normalization" else ("gamma",)
        shapes |= {name: (channels,) for name in optional if draw(st.booleans())}
        settings = {"epsilon": draw(st.sampled_from((1e-3, 0, 1e-5, np.float32(0.1))))} if draw(st.booleans()) else {}
    if function == "batch_normalization_backward":
        shapes["dy"], results = shape, [shape, (channels,), (channels,)]
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, results)


@st.composite
def _layer_normalization(draw, function):
    values = draw(st.sampled_from((*_TILES, 0, 257)))
    shape = (draw(_samples()), *draw(st.lists(st.sampled_from((2, 3, 7, 1, 0)), max_size=3)), values)
    backward = function.endswith("backward")
    shapes, results = {"x": shape}, [shape]
    shapes |= {name: (values,) for name in (("gamma",) if backward else ("gamma", "beta")) if draw(st.booleans())}
    if backward:
        shapes["dy"], results = shape, [shape, (values,), (values,)]
    settings = {"epsilon": draw(st.sampled_from((1e-3, 0, 1e-5, np.float32(0.1))))} if draw(st.booleans()) else {}
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, results)


@st.composite
def _local_response_normalization(draw, function):
    shape = draw(_shapes(last_axis=True))
    numbers = {
        "size": st.sampled_from((1, 3, 5, 9)).flatmap(integer_forms),
        "alpha": st.sampled_from((1e-4, 0.5, 0)),
        "beta": st.sampled_from((0.75, 0.5, 1, 0.6)),
        "k": st.sampled_from((2, 1.0, 0)),
    }
    settings = draw(st.fixed_dictionaries({}, optional=numbers))
    shapes = {"x": shape} | ({"dy": shape} if function.endswith("backward") else {})
    given, plain = draw(_array_arguments(**shapes))
    return Call(function, given | settings, plain, [shape])


@st.composite
def _dropout(draw, function):
    settings = {"rate": draw(st.sampled_from((0.5, 0.1, 0, np.float32(0.3), 1, 0.999)))}
    settings |= draw(st.fixed_dictionaries({}, optional={"seed": integer_forms(3), "step": integer_forms(2**31)}))
    shape = draw(_shapes())
    if len(shape) > 1 and draw(st.booleans()):
        settings["spatial"] = True
    x, plain = draw(array_forms(shape))
    return Call(function, {"x": x} | settings, {"x": plain}, [shape])


_PREDICTIONS = {
    "softmax_crossentropy": "logits",
    "sigmoid_crossentropy": "logits",
    "categorical_crossentropy": "probabilities",
    "binary_crossentropy": "probabilities",
    "kl_divergence": "probabilities",
    **dict.fromkeys(
        (
            "mean_squared_error",
            "half_squared_error",
            "mean_absolute_error",
            "mean_squared_logarithmic_error",
            "huber",
            "log_cosh",
            "poisson",
            "hinge",
            "squared_hinge",
            "categorical_hinge",
        ),
        "predictions",
    ),
}


@st.composite
def _losses(draw, function):
    shape = (draw(st.sampled_from((1, 2, 0, 3, 33, 300))), draw(st.sampled_from((2, 1, 3, 10, 17))))
    predictions, plain = draw(array_forms(shape))
    if function in ("softmax_crossentropy", "categorical_crossentropy", "categorical_hinge") and draw(st.booleans()):
        dtype = draw(st.sampled_from(("i8", "u1", ">i4", "u8")))
        labels = np.random.default_rng(draw(st.integers(0, 99))).integers(0, shape[1], shape[0]).astype(dtype)
        targets = draw(_laid_out(labels))
        plain_targets = np.array(targets, dtype)
    else:
        targets, plain_targets = draw(array_forms(shape))
    name, settings = _PREDICTIONS[function], {}
    arguments, arrays = {name: predictions, "targets": targets}, {name: plain, "targets": plain_targets}
    if draw(st.booleans()):
        arguments["sample_weight"], arrays["sample_weight"] = draw(array_forms(shape[:1]))
    if function.endswith("crossentropy"):
        settings["label_smoothing"] = draw(st.sampled_from((0.0, 0.1, 1, np.float32(0.3))))
    if function == "huber":
        settings["delta"] = draw(st.sampled_from((1.0, 0.1, 2, 1e-40, np.float32(3e38))))
    return Call(function, arguments | settings, arrays, [None, shape])


VALID_CALLS = {
    **{name: _elementwise(name) for name in ("exp", "log", "relu", "sigmoid", "softmax", "tanh")},
    **{
        name: _elementwise_gradients(name) for name in (f"{f}_backward" for f in ("relu", "sigmoid", "softmax", "tanh"))
    },
    **{name: _dense(name) for name in ("dense", "dense_backward")},
    **{name: _conv2d(name) for name in ("conv2d", "conv2d_backward")},
    **{name: _conv1d(name) for name in ("conv1d", "conv1d_backward")},
    **{name: _conv3d(name) for name in ("conv3d", "conv3d_backward")},
    **{name: _depthwise_conv2d(name) for name in ("depthwise_conv2d", "depthwise_conv2d_backward")},
    **{name: _conv2d_transpose(name) for name in ("conv2d_transpose", "conv2d_transpose_backward")},
    **{
        name: _pooling(name)
        for name in ("max_pool2d", "max_pool2d_backward", "average_pool2d", "average_pool2d_backward")
    },
    **{
        name: _batch_normalization(name)
        for name in ("batch_normalization", "batch_normalization_backward", "batch_statistics")
    },
    "dropout": _dropout("dropout"),
    **{name: _layer_normalization(name) for name in ("layer_normalization", "layer_normalization_backward")},
    **{
        name: _local_response_normalization(name)
        for name in ("local_response_normalization", "local_response_normalization_backward")
    },
    **{name: _losses(name) for name in _PREDICTIONS},
}
VALID_CALLS |= {
    name: _activations(name) for activation in ACTIVATIONS for name in (activation, f"{activation}_backward")
}
VALID_CALLS |= {"exp_backward": _activations("exp_backward")}
VALID_CALLS |= {name: _prelu(name) for name in ("prelu", "prelu_backward")}
"""For each function of ``nativecnn.ops`` the strategy of its valid calls."""
