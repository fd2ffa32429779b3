"""What one call computes after its sums, and kernels packed beforehand: the bits of separate calls."""

import itertools

import numpy as np
import pytest

from nativecnn import _kernels, reference
from nativecnn._kernels.threads import threads
from nativecnn.epilogue import Epilogue
from nativecnn.reference.fma import fma
from support import Output, assert_same_bits, call_native, call_reference, random_array

# samples, rows, columns, channels, filters, groups, algorithm: each way of computing, tiles and blocks straddled
CONVOLUTIONS = {
    "one number": (1, 1, 1, 1, 1, 1, "direct"),
    "rows": (2, 9, 7, 3, 33, 1, "direct"),
    "rows, narrow": (2, 9, 30, 3, 15, 1, "direct"),
    "planes": (2, 9, 19, 20, 3, 1, "direct"),
    "few positions": (1, 12, 13, 20, 70, 1, "direct"),
    "several blocks and stretches": (2, 12, 13, 130, 40, 1, "direct"),
    "groups": (2, 6, 5, 8, 12, 4, "direct"),
    "groups, wide": (1, 6, 5, 40, 66, 2, "direct"),
    "depthwise": (2, 8, 7, 19, 19, 19, "direct"),
    "depthwise, two vectors": (1, 8, 7, 75, 75, 75, "direct"),
    "winograd_2x2": (2, 7, 6, 9, 37, 1, "winograd_2x2"),
    "winograd_4x4": (2, 7, 6, 70, 50, 1, "winograd_4x4"),
}
OPERATIONS = list(itertools.product([False, True], [False, True], [None, "relu", "relu6"]))


def convolution(samples, rows, columns, channels, filters, groups, algorithm):
    x = random_array(1, (samples, rows, columns, channels))
    kernel = random_array(2, (min(rows, 3), min(columns, 3), channels // groups, filters))
    bias = random_array(3, (filters,))
    y = Output((samples, rows, columns, filters))
    padding = (min(rows, 3) // 2, min(columns, 3) // 2)
    return [x, kernel, bias, y, (1, 1), padding, (1, 1), groups, algorithm]


def epilogue(shape, normalized, added, activation):
    scale, shift = (random_array(seed, shape[-1:]) for seed in (4, 5))
    residual = random_array(6, shape) if added else None
    return Epilogue(*((scale, shift) if normalized else (None, None)), residual, activation)


def relu6(x):
    return np.where(x <= 0, np.float32(0), np.where(x > 6, np.float32(6), x))


def finished(y, operations):
    """Return what separate operations make of sums."""
    if operations.scale is not None:
        y = fma(y, operations.scale, operations.shift)
    if operations.residual is not None:
        (y,) = call_native("add", y, operations.residual, Output(y.shape))
    if operations.activation == "relu":
        (y,) = call_native("relu", y, Output(y.shape))
    return relu6(y) if operations.activation == "relu6" else y


@pytest.mark.parametrize("sizes", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
@pytest.mark.parametrize("with_bias", [True, False])
def test_a_convolution_with_an_epilogue_has_the_bits_of_separate_calls(sizes, with_bias, instruction_set):
    arguments = convolution(*sizes)
    arguments[2] = arguments[2] if with_bias else None
    (plain,) = call_native("conv2d", *arguments)
    assert_same_bits(plain, call_reference("conv2d", *arguments)[0])
    for choice in OPERATIONS:
        operations = epilogue(plain.shape, *choice)
        (fused,) = call_native("conv2d", *arguments, operations)
        assert_same_bits(fused, finished(plain, operations))
        if instruction_set == "generic":
            assert_same_bits(fused, finished_by_reference(arguments, plain, operations))


def finished_by_reference(arguments, plain, operations):
    """Return the reference's result, the sums of which are known."""
    y = plain.copy()
    with np.errstate(all="ignore"):
        reference.epilogue.finish(y, None, operations)
    return y


@pytest.mark.parametrize("name", ["rows", "planes", "groups", "depthwise", "winograd_4x4"])
def test_the_reference_computes_epilogues(name, instruction_set):
    arguments = convolution(*CONVOLUTIONS[name])
    operations = epilogue(arguments[3].shape, True, True, "relu6")
    (fused,) = call_native("conv2d", *arguments, operations)
    assert_same_bits(fused, call_reference("conv2d", *arguments, operations)[0])


@pytest.mark.parametrize("sizes", [(1, 1, 1), (3, 40, 70), (65, 33, 17), (1, 300, 200)], ids=str)
def test_a_dense_layer_with_an_epilogue_has_the_bits_of_separate_calls(sizes, instruction_set):
    samples, inputs, outputs = sizes
    arguments = [random_array(1, (samples, inputs)), random_array(2, (inputs, outputs)), random_array(3, (outputs,))]
    arguments.append(Output((samples, outputs)))
    (plain,) = call_native("dense", *arguments)
    for choice in OPERATIONS:
        operations = epilogue(plain.shape, *choice)
        (fused,) = call_native("dense", *arguments, operations)
        assert_same_bits(fused, finished(plain, operations))
    assert_same_bits(fused, call_reference("dense", *arguments, operations)[0])


SPECIAL = np.float32(
    [-0.0, -1, 2, np.nan, np.inf, -np.inf, -1e-45, 6, np.nextafter(np.float32(6), np.float32(7)), 1e38]
)
RELU = np.float32([0, 0, 2, np.nan, np.inf, 0, 0, 6, SPECIAL[8], 1e38])
RELU6 = np.float32([0, 0, 2, np.nan, 6, 0, 0, 6, 6, 6])


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("activation, expected", [("relu", RELU), ("relu6", RELU6)])
def test_special_values(backend, activation, expected, instruction_set):
    call = {"native": call_native, "reference": call_reference}[backend]
    x, expected = SPECIAL.reshape(-1, 1), expected.reshape(-1, 1)
    one, nothing = np.ones((1, 1), np.float32), np.float32([-0.0])
    operations = Epilogue(activation=activation)
    (y,) = call("dense", x, one, nothing, Output(x.shape), operations)
    assert_same_bits(y, expected)
    geometry = (1, 1), (0, 0), (1, 1)
    image = x.reshape(1, 1, -1, 1)
    (y,) = call(
        *("conv2d", image, one.reshape(1, 1, 1, 1), nothing, Output(image.shape), *geometry, 1, "direct", operations)
    )
    assert_same_bits(y.reshape(-1, 1), expected)
    channels = len(SPECIAL)
    image = SPECIAL.reshape(1, 1, 1, -1)
    ones = np.ones((1, 1, 1, channels), np.float32)
    (y,) = call("conv2d", image, ones, None, Output(image.shape), *geometry, channels, "direct", operations)
    assert_same_bits(y.reshape(-1, 1), expected)


@pytest.mark.parametrize("name", ["one number", "depthwise"])
def test_special_values_of_every_operand(name, instruction_set):
    """Infinities that cancel, overflow, and zeros of both signs, as separate operations give them."""
    arguments = convolution(*CONVOLUTIONS[name])
    (plain,) = call_native("conv2d", *arguments)
    values = np.float32([0.0, -0.0, np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45])
    for shift in range(len(values)):
        filters = arguments[3].shape[-1]
        scale, offset = np.resize(np.roll(values, shift), filters), np.resize(np.roll(values, 3 * shift), filters)
        residual = np.resize(np.roll(values, 5 * shift), plain.shape)
        for activation in (None, "relu", "relu6"):
            operations = Epilogue(scale, offset, residual, activation)
            (fused,) = call_native("conv2d", *arguments, operations)
            with np.errstate(all="ignore"):
                assert_same_bits(fused, finished(plain, operations))


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_threads_do_not_change_epilogues(name):
    arguments = convolution(*CONVOLUTIONS[name])
    operations = epilogue(arguments[3].shape, True, True, "relu")
    (expected,) = call_native("conv2d", *arguments, operations)
    for count in (2, 5):
        with threads(count):
            assert_same_bits(call_native("conv2d", *arguments, operations)[0], expected)


@pytest.mark.parametrize("sizes", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_a_kernel_packed_beforehand_gives_the_same_bits(sizes, instruction_set):
    arguments = convolution(*sizes)
    groups, algorithm = arguments[-2:]
    assert reference.pack_conv2d(arguments[1], groups, algorithm) is None
    packed = _kernels.pack_conv2d(arguments[1], groups, algorithm)
    for operations in (None, epilogue(arguments[3].shape, True, True, "relu6")):
        (kept,) = call_native("conv2d", *arguments, operations, packed)
        assert_same_bits(kept, call_native("conv2d", *arguments, operations)[0])


def test_an_epilogue_that_does_not_fit_is_refused():
    arguments = convolution(*CONVOLUTIONS["rows"])
    filters, shape = arguments[3].shape[-1], arguments[3].shape
    right, short = np.ones(filters, np.float32), np.ones(filters - 1, np.float32)
    for scale, shift in ((right, short), (short, right)):
        with pytest.raises(ValueError, match=f"expected scale and shift of {filters} filters"):
            call_native("conv2d", *arguments, Epilogue(scale, shift))
    with pytest.raises(ValueError, match=f"expected a residual of {np.prod(shape)} numbers"):
        call_native("conv2d", *arguments, Epilogue(residual=np.ones(shape[1:], np.float32)))
    with pytest.raises(KeyError):
        call_native("conv2d", *arguments, Epilogue(activation="tanh"))
