"""1-D, 3-D, depthwise, separable and transposed convolution layers."""

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.execution.plan import Plan
from nativecnn.random import Stream

SHAPES = {
    layers.Conv1D: (9, 2),
    layers.Conv3D: (4, 3, 5, 2),
    layers.DepthwiseConv2D: (7, 6, 2),
    layers.Conv2DTranspose: (4, 3, 2),
    layers.SeparableConv2D: (7, 6, 2),
}
FUNCTIONS = {
    layers.Conv1D: ops.conv1d,
    layers.Conv3D: ops.conv3d,
    layers.DepthwiseConv2D: ops.depthwise_conv2d,
    layers.Conv2DTranspose: ops.conv2d_transpose,
}
CONFIGURATIONS = [
    (layers.Conv1D, {"filters": 3, "kernel_size": 3}),
    (layers.Conv1D, {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2, "activation": "relu"}),
    (layers.Conv1D, {"filters": 4, "kernel_size": 2, "strides": 2, "padding": (1, 2), "groups": 2, "use_bias": False}),
    (layers.Conv1D, {"filters": 2, "kernel_size": (4,), "padding": "same", "bias_initializer": "ones"}),
    (layers.Conv3D, {"filters": 3, "kernel_size": (2, 3, 2), "bias_initializer": "ones"}),
    (layers.Conv3D, {"filters": 2, "kernel_size": 3, "strides": (2, 1, 2), "padding": "same", "activation": "relu"}),
    (layers.Conv3D, {"filters": 4, "kernel_size": (2, 1, 2), "dilation_rate": (1, 1, 2), "groups": 2, "padding": 1}),
    (layers.Conv3D, {"filters": 2, "kernel_size": 2, "padding": ((1, 0), (0, 0), (0, 2)), "use_bias": False}),
    (layers.DepthwiseConv2D, {"kernel_size": 3}),
    (layers.DepthwiseConv2D, {"kernel_size": (3, 2), "strides": 2, "padding": "same", "depth_multiplier": 3}),
    (layers.DepthwiseConv2D, {"kernel_size": 2, "dilation_rate": (1, 2), "activation": "tanh", "use_bias": False}),
    (layers.Conv2DTranspose, {"filters": 3, "kernel_size": 3, "bias_initializer": "ones"}),
    (layers.Conv2DTranspose, {"filters": 3, "kernel_size": (3, 2), "strides": (2, 3), "padding": "same"}),
    (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 2, "strides": 3, "output_padding": (0, 2), "groups": 2}),
    (layers.Conv2DTranspose, {"filters": 3, "kernel_size": 3, "padding": 1, "activation": "relu", "use_bias": False}),
    (layers.Conv2DTranspose, {"filters": 3, "kernel_size": 2, "dilation_rate": 2, "padding": ((1, 0), (0, 2))}),
]
OPTIONS = ("strides", "padding", "output_padding", "dilation_rate", "groups")
SEPARABLE = [
    {"filters": 3, "kernel_size": 3, "bias_initializer": "ones"},
    {"filters": 4, "kernel_size": (3, 2), "strides": 2, "padding": "same", "depth_multiplier": 3, "activation": "relu"},
    {"filters": 9, "kernel_size": 2, "dilation_rate": (1, 2), "padding": 1, "use_bias": False, "activation": "tanh"},
]
CONFIGURATIONS += [(layers.SeparableConv2D, settings) for settings in SEPARABLE]
every_layer = pytest.mark.parametrize("cls, settings", CONFIGURATIONS, ids=lambda value: getattr(value, "__name__", ""))


def example(cls, settings):
    nativecnn.set_random_seed(2)
    return cls(input_shape=SHAPES[cls], name="c", **settings)


def inputs(cls, samples=3):
    return Stream(1, "x").uniform((samples, *SHAPES[cls])) - np.float32(0.5)


@every_layer
def test_a_model_of_one_layer_computes_what_the_function_computes(cls, settings):
    layer = example(cls, settings)
    model, x = nativecnn.Sequential([layer]), inputs(cls)
    options = {name: value for name, value in settings.items() if name in OPTIONS}
    if cls is layers.SeparableConv2D:
        between = ops.depthwise_conv2d(x, layer.weights["depthwise_kernel"], **options)
        y = ops.conv2d(between, layer.weights["pointwise_kernel"], layer.weights.get("bias"))
    else:
        y = FUNCTIONS[cls](x, layer.weights["kernel"], layer.weights.get("bias"), **options)
    if "activation" in settings:
        y = getattr(ops, settings["activation"])(y)
    for _ in range(2):  # the second time with what is kept of the weights
        result = model.predict(x)
        assert result.tobytes() == y.tobytes()
    assert result.shape[1:] == model.output_shape == layer.compute_output_shape(SHAPES[cls])


@every_layer
def test_gradients_agree_with_numerical_ones(cls, settings):
    model = nativecnn.Sequential([example(cls, settings), layers.Flatten(), layers.Dense(2)])
    model.compile(loss="mse")
    report = nativecnn.gradient_check(model, inputs(cls), Stream(1, "y").uniform((3, 2)))
    assert report.passed, str(report)


@every_layer
def test_input_gradients_reach_the_layers_before(cls, settings):
    first = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}[len(SHAPES[cls]) - 1](2, 1)
    after = [layers.Flatten(), layers.Dense(2)]
    model = nativecnn.Sequential([first, cls(**settings), *after])
    model.build(SHAPES[cls])
    model.compile(loss="mse")
    report = nativecnn.gradient_check(model, inputs(cls), Stream(1, "y").uniform((3, 2)))
    assert report.passed, str(report)


@every_layer
def test_both_backends_train_to_the_same_bits(cls, settings):
    hashes = []
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            model = nativecnn.Sequential([example(cls, settings), layers.Flatten(), layers.Dense(2)])
            model.compile("adam", loss="mse")
            model.fit(inputs(cls, 5), Stream(1, "y").uniform((5, 2)), batch_size=2, epochs=2, verbose=0)
            hashes.append(model.weights_sha256())
    assert hashes[0] == hashes[1]


@every_layer
def test_configuration_and_weights_come_back(cls, settings, tmp_path):
    layer = example(cls, settings)
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
    model = nativecnn.Sequential([layer])
    model.save(tmp_path / "model.safetensors")
    again = nativecnn.load_model(tmp_path / "model.safetensors")
    assert again.get_config() == model.get_config()
    assert again.predict(inputs(cls)).tobytes() == model.predict(inputs(cls)).tobytes()


def test_weights_have_the_shapes_of_keras():
    for layer, shape, kernel, bias in (
        (layers.Conv1D(6, 3, groups=2), (9, 4), (3, 2, 6), (6,)),
        (layers.Conv3D(6, (3, 2, 1), groups=2), (9, 9, 9, 4), (3, 2, 1, 2, 6), (6,)),
        (layers.DepthwiseConv2D((3, 2), depth_multiplier=2), (9, 9, 4), (3, 2, 4, 2), (8,)),
        (layers.Conv2DTranspose(6, (3, 2)), (9, 9, 4), (3, 2, 6, 4), (6,)),
    ):
        layer.build(shape)
        assert {name: weight.shape for name, weight in layer.weights.items()} == {"kernel": kernel, "bias": bias}
        assert layer.count_params() == np.prod(kernel) + np.prod(bias)


def test_weights_of_a_separable_convolution():
    layer = layers.SeparableConv2D(6, (3, 2), depth_multiplier=2)
    layer.build((9, 9, 4))
    shapes = {"depthwise_kernel": (3, 2, 4, 2), "pointwise_kernel": (1, 1, 8, 6), "bias": (6,)}
    assert {name: weight.shape for name, weight in layer.weights.items()} == shapes
    assert layer.multiply_adds((9, 9, 4)) == 7 * 8 * (3 * 2 * 8 + 8 * 6)


@pytest.mark.parametrize("frozen", ["separable", "before"])
def test_a_separable_convolution_may_be_frozen_or_the_first_that_learns(frozen):
    hashes = []
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            nativecnn.set_random_seed(4)
            separable = layers.SeparableConv2D(5, 3, name="separable", trainable=frozen != "separable")
            before = layers.Conv2D(3, 1, name="before", trainable=frozen != "before", input_shape=(7, 6, 2))
            model = nativecnn.Sequential([before, separable, layers.Flatten(), layers.Dense(2)])
            model.compile("sgd", loss="mse")
            start = separable.get_weights()
            model.fit(inputs(layers.SeparableConv2D, 5), Stream(1, "y").uniform((5, 2)), batch_size=2, verbose=0)
            same = [a.tobytes() == b.tobytes() for a, b in zip(start, separable.get_weights(), strict=True)]
            assert all(same) if frozen == "separable" else not any(same)
            hashes.append(model.weights_sha256())
    assert hashes[0] == hashes[1]


def test_values_between_the_two_convolutions_share_their_memory_with_others():
    def block_bytes(more):
        first = layers.SeparableConv2D(4, 3, padding="same", input_shape=(16, 16, 4))
        chain = [first, *(layers.SeparableConv2D(4, 3, padding="same") for _ in range(more))]
        return Plan(nativecnn.Sequential(chain).graph, 2, training=False).block_bytes

    # The input stays in the block, so that with a second layer there is one image more, and no more with further ones.
    assert block_bytes(6) == block_bytes(1)


@pytest.mark.parametrize("argument", ["depthwise_regularizer", "pointwise_regularizer", "bias_regularizer"])
def test_regularizers_of_depthwise_and_separable_convolutions(argument):
    made = [layers.SeparableConv2D(4, 3, **{argument: "l2"})]
    if argument != "pointwise_regularizer":
        made.append(layers.DepthwiseConv2D(3, **{argument: "l2"}))
    for layer in made:
        layer.build((5, 5, 2))
        assert set(layer.regularizers) < set(layer.weights) and argument in layer.get_config()
        assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_multiply_adds():
    assert layers.Conv1D(6, 3, groups=2).multiply_adds((9, 4)) == 7 * 3 * 2 * 6
    assert layers.Conv3D(6, (3, 2, 1)).multiply_adds((5, 4, 3, 2)) == 3 * 3 * 3 * 3 * 2 * 2 * 6
    assert layers.DepthwiseConv2D(3, depth_multiplier=2).multiply_adds((9, 8, 4)) == 7 * 6 * 3 * 3 * 4 * 2
    assert layers.Conv2DTranspose(6, 3, strides=2).multiply_adds((9, 8, 4)) == 9 * 8 * 3 * 3 * 4 * 6


def test_a_transposed_layer_s_algorithm_is_that_of_the_corresponding_convolution():
    for algorithm, chosen in (("auto", "winograd_4x4"), ("winograd", "winograd_4x4"), ("direct", "direct")):
        layer = layers.Conv2DTranspose(8, 3, padding="same", algorithm=algorithm)
        assert layer.chosen_algorithm((12, 12, 9)) == chosen
        assert layer.get_config()["algorithm"] == algorithm
    nativecnn.set_random_seed(0)
    model = nativecnn.Sequential(
        [layers.Conv2DTranspose(8, 3, padding="same", input_shape=(8, 8, 8)), layers.Flatten()]
    )
    model.add(layers.Dense(2))
    model.compile(loss="mse")
    x, y = Stream(1, "x").uniform((2, 8, 8, 8)), Stream(1, "y").uniform((2, 2))
    report = nativecnn.gradient_check(model, x, y, samples_per_weight=3)
    assert report.passed, str(report)


@pytest.mark.parametrize(
    "layer, shape, message",
    [
        (layers.Conv1D(4, 3), (8, 8, 1), r"layer 'conv1d' .*\(steps, channels\), got \(8, 8, 1\)"),
        (layers.Conv1D(4, 3), (8,), r"'conv1d'.*\(steps, channels\), got \(8,\); images without a channel axis"),
        (layers.Conv1D(4, 3, groups=2), (8, 3), "divisible by 2 groups, got 3"),
        (layers.Conv1D(4, 9), (8, 3), "expected a window that fits an image of 8 pixels, got one of 9 pixels"),
        (layers.Conv3D(4, 3), (8, 8, 8), r"'conv3d' .*\(planes, rows, columns, channels\), got \(8, 8, 8\); images"),
        (layers.Conv3D(4, 3), (8, 2, 8, 1), "'conv3d'.*expected a window that fits an image of 2 pixels"),
        (layers.DepthwiseConv2D(3), (8, 8), r"layer 'depthwise_conv2d' .*\(rows, columns, channels\), got \(8, 8\)"),
        (layers.DepthwiseConv2D(3), (2, 8, 1), "'depthwise_conv2d'.*expected a window that fits"),
        (layers.SeparableConv2D(4, 3), (8, 8), r"layer 'separable_conv2d' .*\(rows, columns, channels\), got \(8, 8\)"),
        (layers.SeparableConv2D(4, 9), (8, 8, 2), "'separable_conv2d'.*expected a window that fits"),
        (layers.Conv2DTranspose(3, 3), (64,), r"layer 'conv2d_transpose' .*, got \(64,\)"),
        (layers.Conv2DTranspose(4, 3, groups=2), (8, 8, 3), "divisible by 2 groups, got 3"),
        (layers.Conv2DTranspose(4, 3, padding=3), (2, 2, 3), "'conv2d_transpose'.*expected 1 to 2147483647 output"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_input_that_does_not_fit_is_refused(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        layer.build(shape)


@pytest.mark.parametrize(
    "cls, arguments, error",
    [
        (layers.Conv1D, {"filters": 0, "kernel_size": 3}, ValueError),
        (layers.Conv1D, {"filters": 1, "kernel_size": (3, 3)}, TypeError),
        (layers.Conv1D, {"filters": 1, "kernel_size": 3, "padding": "full"}, ValueError),
        (layers.Conv1D, {"filters": 1, "kernel_size": 3, "padding": ((1, 1), (1, 1))}, TypeError),
        (layers.Conv3D, {"filters": 1, "kernel_size": (3, 3)}, TypeError),
        (layers.Conv3D, {"filters": 1, "kernel_size": 3, "padding": ((1, 1), (1, 1))}, TypeError),
        (layers.Conv3D, {"filters": 1, "kernel_size": 3, "strides": (1, 0, 1)}, ValueError),
        (layers.DepthwiseConv2D, {"kernel_size": 0}, ValueError),
        (layers.DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 0}, ValueError),
        (layers.DepthwiseConv2D, {"kernel_size": 3, "depth_multiplier": 1.5}, TypeError),
        (layers.DepthwiseConv2D, {"kernel_size": 3, "padding": "causal"}, ValueError),
        (layers.DepthwiseConv2D, {"kernel_size": 3, "depthwise_initializer": "unknown"}, ValueError),
        (layers.SeparableConv2D, {"filters": 0, "kernel_size": 3}, ValueError),
        (layers.SeparableConv2D, {"filters": 1, "kernel_size": 3, "pointwise_initializer": "unknown"}, ValueError),
        (layers.Conv2DTranspose, {"filters": 3, "kernel_size": 3, "groups": 2}, ValueError),
        (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "output_padding": -1}, ValueError),
        (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "output_padding": "no"}, TypeError),
        (layers.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "strides": 2, "algorithm": "winograd"}, ValueError),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_when_the_layer_is_made(cls, arguments, error):
    with pytest.raises(error, match="expect"):
        cls(**arguments)
