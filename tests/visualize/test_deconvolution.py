"""The deconvolutional view against a computation by plain loops in float64."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Model, Sequential, layers, threads, use_backend
from nativecnn.random import Stream
from nativecnn.visualize import cut_boxes, deconvolve, feature_maps, receptive_field
from support.arrays import assert_same_bits

IMAGE = (12, 11, 2)


def conv(filters, kernel_size, **settings):
    return layers.Conv2D(filters, kernel_size, bias_initializer="random_normal", **settings)


CHAINS = {
    "one convolution": lambda: [conv(3, 3)],
    "convolution with ReLU, pooled": lambda: [conv(4, 3, activation="relu"), layers.MaxPooling2D(2), conv(3, 3)],
    "separate activations": lambda: [conv(4, 3), layers.ReLU(), conv(3, 3), layers.Activation("relu")],
    "strides and padding": lambda: [
        conv(4, (3, 2), strides=(2, 3), padding="same", activation="relu"),
        conv(3, 2, padding=((0, 2), (1, 0))),
    ],
    "dilation and groups": lambda: [
        conv(4, (2, 3), dilation_rate=(3, 1), groups=2, activation="relu"),
        conv(6, 2, strides=2, groups=2),
    ],
    "pixels that no window reaches": lambda: [conv(3, 3, strides=4, activation="relu"), conv(2, 2)],
    "overlapping and partial windows": lambda: [
        layers.MaxPooling2D(3, strides=2, padding=1, ceil_mode=True),
        conv(4, 2, activation="relu"),
        layers.MaxPooling2D(2, strides=1),
        conv(2, 2),
    ],
    "average pooling": lambda: [
        layers.AveragePooling2D(3, strides=2, padding="same"),
        conv(3, 2, activation="relu"),
        layers.AveragePooling2D(2, ceil_mode=True),
    ],
    "zero padding and cropping": lambda: [
        layers.ZeroPadding2D(((2, 1), (0, 3))),
        conv(3, 3, activation="relu"),
        layers.Cropping2D(((1, 0), (2, 1))),
        conv(2, 2),
    ],
    "normalization and dropout": lambda: [
        conv(3, 3),
        layers.BatchNormalization(beta_initializer="random_normal"),
        layers.Activation("relu"),
        layers.LocalResponseNormalization(),
        layers.Dropout(0.5),
        conv(2, 3),
        layers.BatchNormalization(scale=False),
    ],
    "activations of either sign": lambda: [
        conv(4, 3, activation="tanh"),
        conv(4, 2, activation="sigmoid"),
        layers.LeakyReLU(),
        conv(3, 2, activation=layers.ReLU(max_value=0.5)),
        conv(4, 2, activation=layers.ReLU(negative_slope=0.1, threshold=0.2)),
        conv(3, 2),
    ],
}
NEVER_NEGATIVE = ("relu", "sigmoid")


def built(make):
    """Return the chain as a model that ends in a dense layer, with statistics of its own."""
    nativecnn.set_random_seed(0)
    model = Sequential([*make(), layers.Flatten(), layers.Dense(2)])
    model.build(IMAGE)
    for layer in model.layers:
        if "moving_mean" in layer.weights:
            shape = layer.weights["moving_mean"].shape
            layer.weights["moving_mean"] = Stream(0, layer.name, "mean").uniform(shape)
            layer.weights["moving_variance"] = Stream(0, layer.name, "variance").uniform(shape) + np.float32(0.5)
            if "gamma" in layer.weights:
                layer.weights["gamma"] = Stream(0, layer.name, "gamma").uniform(shape) - np.float32(0.3)
    return model


@pytest.fixture(params=CHAINS, ids=str)
def model(request):
    return built(CHAINS[request.param])


def images(count=4):
    return Stream(0, "images").uniform((count, *IMAGE)) - np.float32(0.5)


def last_of_chain(model):
    return model.layers[-3]


# By plain loops: a layer at a time, a sample at a time


def edges(layer, size, window, stride, dilation, axis):
    """Return the pixels before the first window's first pixel that are outside of the image, along an axis."""
    if layer.padding == "valid":
        return 0
    if layer.padding == "same":
        return max((-(-size // stride) - 1) * stride + (window - 1) * dilation + 1 - size, 0) // 2
    return layer.padding[axis][0]


def taps(layer, sizes, windows, dilations, place):
    """Yield the element of a window and the pixel that it meets, for all that lie within the image."""
    for tap in np.ndindex(*windows):
        pixel = tuple(
            place[axis] * layer.strides[axis]
            + tap[axis] * dilations[axis]
            - edges(layer, sizes[axis], windows[axis], layer.strides[axis], dilations[axis], axis)
            for axis in (0, 1)
        )
        if all(0 <= pixel[axis] < sizes[axis] for axis in (0, 1)):
            yield tap, pixel


def rectified(activation, signal):
    if activation is None:
        return signal
    clipped = activation.function == "clipped_relu" and activation.negative_slope == 0
    return np.maximum(signal, 0) if clipped or activation.function in NEVER_NEGATIVE else signal


def back_through(layer, signal, below):
    """Return the signal below a layer, float64; ``below`` is what the layer computed from."""
    result, sizes = np.zeros(below.shape), below.shape[:2]
    if isinstance(layer, layers.Conv2D):
        kernel = layer.weights["kernel"].astype(np.float64)
        channels, filters = kernel.shape[2], layer.filters // layer.groups
        signal = rectified(layer.activation, signal)
        for *place, unit in np.argwhere(signal):
            first = unit // filters * channels
            for tap, pixel in taps(layer, sizes, layer.kernel_size, layer.dilation_rate, place):
                result[pixel][first : first + channels] += kernel[tap][:, unit] * signal[(*place, unit)]
    elif isinstance(layer, (layers.MaxPooling2D, layers.AveragePooling2D)):
        for *place, unit in np.argwhere(signal):
            pixels = [pixel for _, pixel in taps(layer, sizes, layer.pool_size, (1, 1), place)]
            if isinstance(layer, layers.MaxPooling2D):
                pixels = [max(pixels, key=lambda pixel: below[(*pixel, unit)])]
            for pixel in pixels:
                result[(*pixel, unit)] += signal[(*place, unit)] / len(pixels)
    elif isinstance(layer, layers.ZeroPadding2D):
        (top, _), (left, _) = layer.sides
        result[...] = signal[top : top + sizes[0], left : left + sizes[1]]
    elif isinstance(layer, layers.Cropping2D):
        (top, _), (left, _) = layer.sides
        result[top : top + signal.shape[0], left : left + signal.shape[1]] = signal
    elif isinstance(layer, layers.BatchNormalization):
        gamma = layer.weights.get("gamma", np.float32(1)).astype(np.float64)
        result[...] = signal * gamma / np.sqrt(layer.weights["moving_variance"] + layer.epsilon)
    elif isinstance(layer, layers.Activation):
        result[...] = rectified(layer, signal)
    else:
        result[...] = signal
    return result


def by_loops(model, x, unit, position=None):
    chain = model.layers[:-2]
    maps = list(feature_maps(model, x).values())
    projections = np.zeros(x.shape)
    for sample in range(len(x)):
        values = [x[sample], *(below[sample] for below in maps)]
        top = values.pop()
        place = position or np.unravel_index(top[..., unit].argmax(), top.shape[:2])
        signal = np.zeros(top.shape)
        signal[(*place, unit)] = top[(*place, unit)]
        for layer, below in zip(reversed(chain), reversed(values), strict=True):
            signal = back_through(layer, signal, below)
        projections[sample] = signal
    return projections


def assert_close(actual, expected):
    assert actual.dtype == np.float32 and actual.shape == expected.shape
    assert abs(actual - expected).max() <= 2e-6 * abs(expected).max()


def test_projection_of_the_strongest_activation(model):
    expected = by_loops(model, images(), unit=1)
    assert abs(expected).max() > 0
    assert_close(deconvolve(model, images(), last_of_chain(model), 1), expected)


def test_projection_of_an_activation_at_a_position(model):
    rows, columns, channels = last_of_chain(model).output.shape
    for position, unit in (((0, 0), 0), ((rows - 1, columns - 1), channels - 1)):
        expected = by_loops(model, images(), unit, position)
        projection = deconvolve(model, images(), last_of_chain(model), unit, position=position)
        assert_close(projection, expected)


def test_both_backends_give_the_same_bits(model):
    native = deconvolve(model, images(2), last_of_chain(model), 0)
    with use_backend("reference"):
        assert_same_bits(deconvolve(model, images(2), last_of_chain(model), 0), native)


def test_bits_do_not_depend_on_the_batch_or_threads(model, threads_for_any_work):
    layer = last_of_chain(model)
    with threads(1):
        whole = deconvolve(model, images(5), layer, 0, batch_size=None)
    for batch_size in (1, 2):
        with threads(3):
            assert_same_bits(deconvolve(model, images(5), layer, 0, batch_size=batch_size), whole)


def test_nothing_lies_outside_of_the_receptive_field(model):
    layer = last_of_chain(model)
    field = receptive_field(model, layer)
    for position in np.ndindex(layer.output.shape[:2]):
        projection = deconvolve(model, images(1), layer, 0, position=position)
        within = cut_boxes(projection, field.boxes([position]))
        assert np.count_nonzero(within) == np.count_nonzero(projection)


def test_a_linear_chain_projects_along_the_gradient():
    # Without rectification and switches the view is the activation times its gradient, whatever the image.
    model = built(lambda: [conv(3, 3, strides=2, padding="same"), layers.AveragePooling2D(2), conv(2, 2)])
    last = last_of_chain(model)
    x, nudge = images(1), np.float32(0.25)
    activation = feature_maps(model, x, last)[last.name][0, 1, 0, 1]
    projection = deconvolve(model, x, last, 1, position=(1, 0))
    for pixel in [(0, 0, 0), (5, 3, 1), (7, 2, 0)]:
        nudged = x.copy()
        nudged[(0, *pixel)] += nudge
        change = feature_maps(model, nudged, last)[last.name][0, 1, 0, 1] - activation
        assert projection[(0, *pixel)] == pytest.approx(activation * change / nudge, rel=1e-3, abs=1e-5)


def test_switches_are_those_of_each_image():
    model = Sequential([layers.MaxPooling2D(2, input_shape=(2, 2, 1)), layers.Activation("linear")])
    x = np.float32([[[4, 1], [2, 3]], [[1, 2], [5, 3]], [[7, 7], [7, 7]]])[..., None]
    expected = np.float32([[[4, 0], [0, 0]], [[0, 0], [5, 0]], [[7, 0], [0, 0]]])[..., None]
    assert_same_bits(deconvolve(model, x, model.layers[0], 0), expected)
    assert_same_bits(deconvolve(model, x, model.layers[1], 0), expected)


def test_windows_that_share_a_maximum_add_up():
    model = Sequential([layers.MaxPooling2D((1, 2), strides=1, input_shape=(1, 3, 1)), conv(1, (1, 2))])
    model.layers[1].set_weights([np.float32([[[[2.0]], [[3.0]]]]), np.float32([0])])
    x = np.float32([[[[1], [5], [2]]]])
    # Both windows have 5, so the convolution gives 25, and sends 2 · 25 and 3 · 25 back to the one pixel.
    assert_same_bits(deconvolve(model, x, model.layers[1], 0), np.float32([[[[0], [125], [0]]]]))


def test_the_signal_is_rectified_whatever_was_cut_off_on_the_way_up():
    model = Sequential(
        [
            layers.Conv2D(2, 1, activation="relu", use_bias=False, input_shape=(1, 1, 2)),
            layers.Conv2D(1, 1, use_bias=False),
        ]
    )
    model.layers[0].set_weights([np.eye(2, dtype=np.float32)[None, None]])
    x = np.float32([[[[3, -4]]]])  # the second feature is cut off on the way up
    for weights, projection in (([1, 2], [3, 6]), ([2, -1], [12, 0])):
        model.layers[1].set_weights([np.float32(weights).reshape(1, 1, 2, 1)])
        assert_same_bits(deconvolve(model, x, model.layers[1], 0), np.float32(projection).reshape(1, 1, 1, 2))


def test_an_activation_of_zero_projects_to_nothing():
    model = Sequential([layers.Conv2D(1, 1, activation="relu", input_shape=(2, 2, 1))])
    model.layers[0].set_weights([np.float32([[[[1.0]]]]), np.float32([0])])
    assert not deconvolve(model, -np.ones((1, 2, 2, 1)), model.layers[0], 0).any()


def test_a_graph_that_is_a_chain_down_from_the_layer():
    nativecnn.set_random_seed(0)
    chain = Sequential([conv(3, 3, activation="relu", input_shape=IMAGE, name="first"), layers.MaxPooling2D(2)])
    chain.add(conv(4, 3, name="second"))
    pooled = chain.layers[1].output
    side = layers.Conv2D(4, 3, name="side")(pooled)
    total = layers.Add(name="sum")([chain.layers[2].output, side])
    graph = Model(chain.input, layers.GlobalAveragePooling2D()(total))
    expected = deconvolve(chain, images(), "second", 2)
    assert_same_bits(deconvolve(graph, images(), "second", 2), expected)
    with pytest.raises(ValueError, match=r"layer 'sum' \(Add\), got layer 'sum' \(Add\), in which 2 branches meet"):
        deconvolve(graph, images(), "sum", 0)


def test_of_no_images():
    model = built(CHAINS["one convolution"])
    assert deconvolve(model, images(0), "conv2d", 0).shape == (0, *IMAGE)


def test_errors_name_the_layer():
    model = built(CHAINS["convolution with ReLU, pooled"])
    x = images(1)
    for unit in (3, -1):
        with pytest.raises(ValueError, match=f"deconvolve: unit: expected an integer from 0 to 2, got {unit}"):
            deconvolve(model, x, "conv2d_1", unit)
    with pytest.raises(TypeError, match="deconvolve: unit: expected an integer, got 'edge'"):
        deconvolve(model, x, "conv2d_1", "edge")
    with pytest.raises(ValueError, match=r"expected a position in feature maps of 3 × 2, got \(0, 2\)"):
        deconvolve(model, x, "conv2d_1", 0, position=(0, 2))
    with pytest.raises(TypeError, match="position: expected an integer or a pair"):
        deconvolve(model, x, "conv2d_1", 0, position=(0, 1, 2))
    with pytest.raises(ValueError, match="deconvolve: model 'sequential': expected x of shape"):
        deconvolve(model, x[:, :5], "conv2d_1", 0)
    with pytest.raises(ValueError, match=r"got layer 'dense' \(Dense\) with output \(2,\)"):
        deconvolve(model, x, "dense", 0)
    with pytest.raises(ValueError, match="expected as layer one of conv2d, .*, got 'conv9'"):
        deconvolve(model, x, "conv9", 0)
    with pytest.raises(TypeError, match="batch_size"):
        deconvolve(model, x, "conv2d_1", 0, batch_size="few")


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.UpSampling2D(2),
        lambda: layers.Conv2DTranspose(2, 3),
        lambda: layers.PReLU(),
        lambda: layers.Reshape((11, 12, 2)),
        lambda: Sequential([layers.ReLU(input_shape=IMAGE)]),
    ],
)
def test_layers_without_a_way_back_are_refused(make):
    layer = make()
    model = Sequential([layer, conv(2, 3)])
    model.build(IMAGE)
    with pytest.raises(ValueError, match=f"expected on the way to the input layers among .*, got .*'{layer.name}'"):
        deconvolve(model, images(1), "conv2d", 0)


def test_softmax_over_channels_is_refused():
    model = Sequential([conv(2, 3, activation="softmax", input_shape=IMAGE), layers.Softmax()])
    for layer in model.layers:
        with pytest.raises(ValueError, match="compute value by value, got softmax of layer 'conv2d'"):
            deconvolve(model, images(1), layer, 0)
