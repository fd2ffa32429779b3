"""What every function of the functional interface does with its array arguments."""

import numpy as np
import pytest

from nativecnn import ops
from nativecnn.ops import losses
from support import assert_same_bits, random_array
from support.activations import ACTIVATIONS, READ_INPUT
from support.shaping_faults import OF_ANY_RANK

X = random_array(1, (2, 5, 6, 3))
KERNEL = random_array(2, (3, 3, 3, 4))
BIAS = random_array(3, (4,))
DY = random_array(4, (2, 3, 4, 4))
POOLED_DY = random_array(5, (2, 2, 3, 3))
ROWS = random_array(6, (7, 3))
MATRIX = random_array(7, (3, 4))
MATRIX_DY = random_array(8, (7, 4))
TARGETS = abs(random_array(9, (7, 3)))
LINES, VOLUMES = random_array(10, (2, 5, 3)), random_array(11, (2, 3, 5, 2, 3))
TOKENS, TOKENS_OF_X = np.float32([[0, 1, 1], [1, 0, 0]]), np.zeros((2, 5, 6), np.float32)
VARIANCE = abs(random_array(10, (3,)))

LOSSES = set(losses.__dict__) & set(ops.__all__)

# Every function with its array arguments by the names that messages use; other arguments follow.
CALLS = dict.fromkeys(sorted(LOSSES), ({"predictions": ROWS, "targets": TARGETS}, ())) | {
    "average_pool2d": ({"x": X}, ()),
    "average_pool2d_backward": ({"dy": POOLED_DY}, ((5, 6),)),
    "batch_normalization": (
        {"x": X, "mean": BIAS[:3], "variance": VARIANCE, "gamma": BIAS[:3], "beta": BIAS[1:]},
        (),
    ),
    "batch_normalization_backward": ({"dy": X, "x": X, "mean": BIAS[:3], "variance": VARIANCE, "gamma": BIAS[:3]}, ()),
    "batch_statistics": ({"x": X}, ()),
    "conv2d": ({"x": X, "kernel": KERNEL, "bias": BIAS}, ()),
    "conv2d_backward": ({"dy": DY, "x": X, "kernel": KERNEL}, ()),
    "conv1d": ({"x": LINES, "kernel": KERNEL[0], "bias": BIAS}, ()),
    "conv1d_backward": ({"dy": DY[:, 0, :3], "x": LINES, "kernel": KERNEL[0]}, ()),
    "conv2d_transpose": ({"x": X, "kernel": KERNEL.swapaxes(2, 3), "bias": BIAS}, ()),
    "conv2d_transpose_backward": (
        {"dy": np.zeros((2, 7, 8, 4), np.float32), "x": X, "kernel": KERNEL.swapaxes(2, 3)},
        (),
    ),
    "conv3d": ({"x": VOLUMES, "kernel": KERNEL[np.newaxis, :, :2], "bias": BIAS}, ()),
    "conv3d_backward": (
        {"dy": np.zeros((2, 3, 3, 1, 4), np.float32), "x": VOLUMES, "kernel": KERNEL[np.newaxis, :, :2]},
        (),
    ),
    "depthwise_conv2d": ({"x": X, "kernel": KERNEL[..., :1], "bias": BIAS[:3]}, ()),
    "depthwise_conv2d_backward": ({"dy": DY[..., :3], "x": X, "kernel": KERNEL[..., :1]}, ()),
    "dense": ({"x": ROWS, "kernel": MATRIX, "bias": BIAS}, ()),
    "dense_backward": ({"dy": MATRIX_DY, "x": ROWS, "kernel": MATRIX}, ()),
    "dropout": ({"x": X}, (0.5,)),
    "exp": ({"x": X}, ()),
    "layer_normalization": ({"x": X, "gamma": BIAS[:3], "beta": BIAS[1:]}, ()),
    "layer_normalization_backward": ({"dy": X, "x": X, "gamma": BIAS[:3]}, ()),
    "local_response_normalization": ({"x": X}, ()),
    "local_response_normalization_backward": ({"dy": X, "x": X}, ()),
    "log": ({"x": X}, ()),
    "max_pool2d": ({"x": X}, ()),
    "max_pool2d_backward": ({"dy": POOLED_DY, "x": X}, ()),
    "relu": ({"x": X}, ()),
    "relu_backward": ({"dy": X, "y": X}, ()),
    "sigmoid": ({"x": X}, ()),
    "sigmoid_backward": ({"dy": X, "y": X}, ()),
    "softmax": ({"x": X}, ()),
    "softmax_backward": ({"dy": X, "y": X}, ()),
    "tanh": ({"x": X}, ()),
    "tanh_backward": ({"dy": X, "y": X}, ()),
    "add": ({"a": X, "b": -X}, ()),
    "subtract": ({"a": X, "b": -X}, ()),
    "average": ({"a": X, "b": -X}, ()),
    "average_backward": ({"dy": X}, (3,)),
    "multiply": ({"a": X, "b": -X}, ()),
    "multiply_backward": ({"dy": X, "a": -X, "b": X}, ()),
    "maximum": ({"a": X, "b": -X}, ()),
    "maximum_backward": ({"dy": X, "a": -X, "b": X}, ()),
    "minimum": ({"a": X, "b": -X}, ()),
    "minimum_backward": ({"dy": X, "a": -X, "b": X}, ()),
    "concatenate": ({"a": X, "b": -X}, ()),
    "concatenate_backward": ({"dy": X}, ((1, 2),)),
    "max_pool1d": ({"x": LINES}, ()),
    "max_pool1d_backward": ({"dy": LINES[:, :2], "x": LINES}, ()),
    "average_pool1d": ({"x": LINES}, ()),
    "average_pool1d_backward": ({"dy": LINES[:, :2]}, (5,)),
    "max_pool3d": ({"x": VOLUMES}, ()),
    "max_pool3d_backward": ({"dy": VOLUMES[:, :1, :2, :1], "x": VOLUMES}, ()),
    "average_pool3d": ({"x": VOLUMES}, ()),
    "average_pool3d_backward": ({"dy": VOLUMES[:, :1, :2, :1]}, ((3, 5, 2),)),
    "zero_pad": ({"x": X}, (1,)),
    "crop": ({"x": X}, (1,)),
    "upsample": ({"x": X}, (2,)),
    "upsample_backward": ({"dy": X}, ((5, 3),)),
    "permute": ({"x": X}, ((0, 3, 1, 2),)),
    "embedding": ({"tokens": TOKENS, "table": MATRIX}, ()),
    "embedding_backward": ({"dy": X, "tokens": TOKENS_OF_X}, (3,)),
}
CALLS |= {name: ({"x": X}, ()) for name in ACTIVATIONS}
CALLS |= {f"{name}_backward": ({"dy": X, "x" if name in READ_INPUT else "y": X}, ()) for name in ACTIVATIONS}
CALLS |= {
    "exp_backward": ({"dy": X, "y": X}, ()),
    "prelu": ({"x": X, "alpha": X[0]}, ()),
    "prelu_backward": ({"dy": X, "x": X, "alpha": X[0]}, ()),
}
ARGUMENTS = [(function, name) for function, (arrays, _) in CALLS.items() for name in arrays]
ANY_RANK = {"exp", "log", "relu", "sigmoid", "softmax", "tanh"} | OF_ANY_RANK
ANY_RANK |= {*ACTIVATIONS, *(f"{name}_backward" for name in READ_INPUT), "prelu", "prelu_backward"}
# These know too little of what they are the gradient of to say which shape dy must have.
ANY_SHAPE = {f"average_pool{n}d_backward" for n in (1, 2, 3)}
ANY_SHAPE |= {"average_backward", "concatenate_backward", "upsample_backward", "embedding_backward"}
OF_SEVERAL_INPUTS = {"multiply_backward", "maximum_backward", "minimum_backward", "concatenate_backward"}
ANY_RANK |= {"batch_normalization", "batch_normalization_backward", "batch_statistics", "dropout"}
ANY_RANK |= {function for function in CALLS if function.startswith(("layer_normalization", "local_response"))}
OPTIONAL = {"bias", "gamma", "beta"}


def call(function, **replaced):
    arrays, others = CALLS[function]
    result = getattr(ops, function)(*(arrays | replaced).values(), *others)
    return [np.float32(part) for part in result] if isinstance(result, tuple) else [result]


def test_every_function_is_tested():
    assert set(CALLS) == set(ops.__all__) - {"backend_name", "use_backend"}


@pytest.mark.parametrize("function, name", ARGUMENTS)
@pytest.mark.parametrize("dtype", [object, complex, "U3", "S2", "M8[s]", "m8[s]"])
def test_elements_that_are_no_real_numbers_are_refused(function, name, dtype):
    array = np.zeros(CALLS[function][0][name].shape, dtype)
    message = f"^{function}: {name}: expected an array of real numbers, got dtype {array.dtype}".replace("[", r"\[")
    with pytest.raises(TypeError, match=message):
        call(function, **{name: array})


@pytest.mark.parametrize("function, name", ARGUMENTS)
def test_what_is_no_array_is_refused(function, name):
    if name not in OPTIONAL:
        with pytest.raises(
            TypeError, match=f"^{function}: {name}: expected an array of real numbers, got dtype object"
        ):
            call(function, **{name: None})
    with pytest.raises(TypeError, match=f"^{function}: {name}: expected an array of real numbers, got dtype"):
        call(function, **{name: "abc"})
    if name != "targets":
        with pytest.raises(ValueError, match=f"^{function}: {name}: expected an array, got rows of unequal lengths"):
            call(function, **{name: [[1.0, 2.0], [3.0]]})


@pytest.mark.parametrize(
    "function, name", [(f, n) for f, n in ARGUMENTS if f not in ANY_RANK and n not in ("y", "tokens")]
)
def test_another_rank_is_refused(function, name):
    array = CALLS[function][0][name]
    with pytest.raises(ValueError, match=rf"^{function}: {name}: expected .*, got .*1, {array.shape[0]}"):
        call(function, **{name: array[None]})
    if name != "targets":  # one axis fewer is a label for each sample
        with pytest.raises(ValueError, match=rf"^{function}: {name}: expected .*, got"):
            call(function, **{name: array[0]})


@pytest.mark.parametrize(
    "function, name",
    [(f, n) for f, n in ARGUMENTS if n in ("dy", "bias", "targets") and f not in ANY_SHAPE],
)
def test_another_shape_is_refused(function, name):
    array = CALLS[function][0][name]
    for axis in range(array.ndim):
        for other in (np.repeat(array, 2, axis), array.take([0] * (array.shape[axis] + 1), axis)):
            message = rf"^{function}: {name}: expected shape \({array.shape[0]},.*\), got \({other.shape[0]},"
            with pytest.raises(ValueError, match=message):
                call(function, **{name: other})


@pytest.mark.parametrize("function", CALLS)
@pytest.mark.parametrize("dtype", ["f2", "f8", ">f4", ">f8", "g", "i1", "u1", "i4", "i8", "?"])
def test_real_numbers_of_any_dtype_are_converted(function, dtype):
    arrays = {name: np.rint(array * 2).clip(0, 1).astype(dtype) for name, array in CALLS[function][0].items()}
    expected = call(function, **{name: array.astype(np.float32) for name, array in arrays.items()})
    assert_same_bits(call(function, **arrays), expected)


@pytest.mark.parametrize("function", CALLS)
def test_results_are_new_arrays_and_arguments_are_left_alone(function):
    arrays = {name: array.copy() for name, array in CALLS[function][0].items()}
    first = call(function, **arrays)
    for name, array in arrays.items():
        assert array.tobytes() == CALLS[function][0][name].tobytes()
    for result in first:
        assert result.dtype == np.float32
        assert result.flags.c_contiguous
        for array in arrays.values():
            assert not np.shares_memory(result, array)
        if result.ndim:
            assert result.flags.writeable
    second = call(function, **arrays)
    assert_same_bits(second, first)
    assert not any(np.shares_memory(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("function", CALLS)
def test_results_of_read_only_arguments_are_writeable(function):
    arrays = {}
    for name, array in CALLS[function][0].items():
        arrays[name] = array.copy()
        arrays[name].flags.writeable = False
    assert_same_bits(call(function, **arrays), call(function))


def with_samples(function, count):
    """Return the arrays of a call with ``count`` samples."""
    whole = {"kernel", "bias", "mean", "variance", "gamma", "beta", "table", "alpha"}
    arrays = CALLS[function][0]
    return {name: array if name in whole else array[:count] for name, array in arrays.items()}


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("function", CALLS)
def test_no_samples_yield_no_results_but_complete_gradients_of_weights(function, backend):
    with ops.use_backend(backend):
        full, empty = call(function), call(function, **with_samples(function, 0))
    assert len(empty) == len(full)
    for none, all_of_them in zip(empty, full, strict=True):
        if function in LOSSES and none.ndim == 0:
            assert none == 0
        elif function == "batch_statistics":
            assert none.shape == all_of_them.shape and np.isnan(none).all()
        elif function == "embedding_backward" or (
            function.endswith("_backward") and none is not empty[0] and function not in OF_SEVERAL_INPUTS
        ):
            assert none.shape == all_of_them.shape
            assert_same_bits(none, np.zeros(none.shape, np.float32))
        else:
            assert none.shape == (0, *all_of_them.shape[1:])


@pytest.mark.parametrize("function", CALLS)
def test_one_sample_keeps_its_axis(function):
    for one, all_of_them in zip(call(function, **with_samples(function, 1)), call(function), strict=True):
        assert one.ndim == all_of_them.ndim


def test_numbers_beyond_float32_become_infinities_and_zeros_without_warning():
    x = np.array([1e300, -1e300, 1e-300, np.nan, np.inf])
    with np.errstate(all="raise"):
        assert_same_bits(ops.relu(x), np.float32([np.inf, 0, 0, np.nan, np.inf]))


def test_misaligned_arrays_are_copied():
    buffer = np.zeros(4 * 12 + 1, np.uint8)
    x = buffer[1:].view(np.float32)
    x[:] = np.arange(12) - 6
    assert not x.flags.aligned
    assert_same_bits(ops.relu(x), np.float32([0] * 7 + [1, 2, 3, 4, 5]))


def test_subclasses_of_arrays_are_taken_as_arrays():
    class Subclass(np.ndarray):
        pass

    result = ops.relu(np.array([[1.0, -2.0], [3.0, -4.0]]).view(Subclass))
    assert type(result) is np.ndarray
    assert_same_bits(result, np.float32([[1, 0], [3, 0]]))
