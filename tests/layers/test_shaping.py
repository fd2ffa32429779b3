"""Global pooling, pooling along one and three axes, padding, cropping, upsampling, reshaping, permuting, repeating."""

import json

import numpy as np
import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.execution.plan import Plan
from nativecnn.random import Stream
from support import assert_same_bits, random_array

LINE, IMAGE, VOLUME = (7, 3), (7, 6, 3), (5, 6, 7, 2)

# A layer, the shape of its samples, and what it computes of x.
LAYERS = [
    (layers.MaxPooling1D(), LINE, lambda x: ops.max_pool1d(x)),
    (
        layers.MaxPooling1D(3, strides=1, padding="same"),
        LINE,
        lambda x: ops.max_pool1d(x, pool_size=3, strides=1, padding=1),
    ),
    (layers.AveragePooling1D(3, ceil_mode=True), LINE, lambda x: ops.average_pool1d(x, pool_size=3, ceil_mode=True)),
    (layers.MaxPooling3D(), VOLUME, lambda x: ops.max_pool3d(x)),
    (layers.MaxPooling3D(3, 2, padding=1), VOLUME, lambda x: ops.max_pool3d(x, pool_size=3, strides=2, padding=1)),
    (layers.AveragePooling3D((1, 2, 3), 2), VOLUME, lambda x: ops.average_pool3d(x, pool_size=(1, 2, 3), strides=2)),
    (layers.GlobalAveragePooling1D(), LINE, lambda x: ops.average_pool1d(x, pool_size=7)[:, 0]),
    (layers.GlobalAveragePooling2D(), IMAGE, lambda x: ops.average_pool2d(x, pool_size=(7, 6))[:, 0, 0]),
    (layers.GlobalAveragePooling2D(keepdims=True), IMAGE, lambda x: ops.average_pool2d(x, pool_size=(7, 6))),
    (layers.GlobalAveragePooling3D(), VOLUME, lambda x: ops.average_pool3d(x, pool_size=(5, 6, 7))[:, 0, 0, 0]),
    (layers.GlobalMaxPooling1D(), LINE, lambda x: x.max(1)),
    (layers.GlobalMaxPooling2D(), IMAGE, lambda x: x.max((1, 2))),
    (layers.GlobalMaxPooling3D(keepdims=True), VOLUME, lambda x: x.max((1, 2, 3), keepdims=True)),
    (layers.ZeroPadding1D((2, 1)), LINE, lambda x: np.pad(x, ((0, 0), (2, 1), (0, 0)))),
    (layers.ZeroPadding2D(), IMAGE, lambda x: np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))),
    (layers.ZeroPadding2D((1, 2)), IMAGE, lambda x: np.pad(x, ((0, 0), (1, 1), (2, 2), (0, 0)))),
    (layers.ZeroPadding2D(((0, 1), (2, 0))), IMAGE, lambda x: np.pad(x, ((0, 0), (0, 1), (2, 0), (0, 0)))),
    (layers.ZeroPadding3D(((0, 1), 2, 0)), VOLUME, lambda x: np.pad(x, ((0, 0), (0, 1), (2, 2), (0, 0), (0, 0)))),
    (layers.Cropping1D((2, 1)), LINE, lambda x: x[:, 2:-1]),
    (layers.Cropping2D(((1, 0), (2, 1))), IMAGE, lambda x: x[:, 1:, 2:-1]),
    (layers.Cropping2D(), IMAGE, lambda x: x),
    (layers.Cropping3D(), VOLUME, lambda x: x[:, 1:-1, 1:-1, 1:-1]),
    (layers.UpSampling1D(3), LINE, lambda x: x.repeat(3, 1)),
    (layers.UpSampling2D((2, 3)), IMAGE, lambda x: x.repeat(2, 1).repeat(3, 2)),
    (layers.UpSampling2D((2, 3), "bilinear"), IMAGE, lambda x: ops.upsample(x, (2, 3), "bilinear")),
    (layers.UpSampling3D((1, 2, 3)), VOLUME, lambda x: x.repeat(2, 2).repeat(3, 3)),
    (layers.Reshape((6, -1)), IMAGE, lambda x: x.reshape(len(x), 6, 21)),
    (layers.Reshape((126,)), IMAGE, lambda x: x.reshape(len(x), 126)),
    (layers.Permute((2, 1)), LINE, lambda x: x.transpose(0, 2, 1)),
    (layers.Permute((3, 1, 2)), IMAGE, lambda x: x.transpose(0, 3, 1, 2)),
    (layers.RepeatVector(4), (5,), lambda x: x[:, None].repeat(4, 1)),
]
IDS = [repr(layer) for layer, *_ in LAYERS]


def copy_of(layer):
    return type(layer).from_config(layer.get_config())


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("layer, shape, expected", LAYERS, ids=IDS)
def test_a_layer_computes_what_it_says(layer, shape, expected, backend):
    x = random_array(1, (3, *shape), "special")
    with nativecnn.use_backend(backend), np.errstate(all="ignore"):
        y = nativecnn.Sequential([layers.InputLayer(shape), copy_of(layer)]).predict(x)
        expected = np.asarray(expected(x))
    assert layer.compute_output_shape(shape) == expected.shape[1:]
    assert_same_bits(y, expected)


@pytest.mark.parametrize("layer, shape, expected", LAYERS, ids=IDS)
def test_gradients_agree_with_numerical_ones(layer, shape, expected):
    nativecnn.set_random_seed(1)
    model = nativecnn.Sequential(
        [layers.InputLayer(shape), layers.Tanh(), copy_of(layer), layers.Flatten(), layers.Dense(2)]
    )
    model.compile(loss="mse")
    x = Stream(1, "x").permutation(2 * int(np.prod(shape))).reshape(2, *shape) / 50  # no two maxima alike
    report = nativecnn.gradient_check(model, x, Stream(1, "y").uniform((2, 2)), samples_per_weight=6)
    assert report.passed, str(report)


@pytest.mark.parametrize("layer, shape, expected", LAYERS, ids=IDS)
def test_a_configuration_makes_an_equal_layer(layer, shape, expected):
    again = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    assert again.get_config() == layer.get_config()
    assert again.compute_output_shape(shape) == layer.compute_output_shape(shape)


def test_models_of_these_layers_are_saved_and_loaded(tmp_path):
    nativecnn.set_random_seed(3)
    model = nativecnn.Sequential(
        [
            layers.ZeroPadding2D(((1, 2), (0, 1)), input_shape=(6, 5, 2)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.UpSampling2D(2),
            layers.Cropping2D(((1, 2), (0, 1))),
            layers.Permute((2, 1, 3)),
            layers.Reshape((-1, 4)),
            layers.MaxPooling1D(2),
            layers.GlobalAveragePooling1D(),
            layers.RepeatVector(3),
        ]
    )
    model.save(tmp_path / "model.safetensors")
    loaded = nativecnn.load_model(tmp_path / "model.safetensors")
    x = random_array(1, (4, 6, 5, 2))
    assert_same_bits(loaded.predict(x), model.predict(x))
    assert loaded.get_config() == model.get_config()


@pytest.mark.parametrize(
    "make, shape, message",
    [
        (lambda: layers.Reshape((5, -1)), IMAGE, r"expected samples of as many values as \(5, -1\) has, .* of 126"),
        (lambda: layers.Reshape((5, 5)), IMAGE, "expected samples of as many values"),
        (lambda: layers.Reshape((-1, -1)), IMAGE, "one may be -1"),
        (lambda: layers.Reshape((0, 3)), IMAGE, "expected positive sizes"),
        (lambda: layers.Permute((1, 3)), IMAGE, "expected each of 1, 2 once"),
        (lambda: layers.Permute((0, 1)), IMAGE, "expected each of 1, 2 once"),
        (lambda: layers.Permute((2, 1)), IMAGE, "expected samples of 2 axes"),
        (lambda: layers.ZeroPadding2D(-1), IMAGE, "expected integers of at least 0"),
        (lambda: layers.ZeroPadding2D(), LINE, "expected samples of shape"),
        (lambda: layers.Cropping2D(((4, 3), (0, 0))), IMAGE, "expected to leave at least one pixel"),
        (lambda: layers.UpSampling2D(0), IMAGE, "expected integers of at least 1"),
        (lambda: layers.UpSampling2D(2, "cubic"), IMAGE, 'expected "nearest" or "bilinear"'),
        (lambda: layers.UpSampling3D(2), IMAGE, "expected samples of shape"),
        (lambda: layers.RepeatVector(2), LINE, "expected samples of one axis"),
        (lambda: layers.RepeatVector(0), LINE, "at least 1"),
        (lambda: layers.GlobalAveragePooling2D(), LINE, "expected samples of shape"),
        (lambda: layers.GlobalMaxPooling3D(), IMAGE, "expected samples of shape"),
        (lambda: layers.MaxPooling1D(8), LINE, "expected a window that fits"),
        (lambda: layers.AveragePooling3D(2, padding=2), VOLUME, "smaller than the window"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(make, shape, message):
    with pytest.raises(ValueError, match=f"^layer .*{message}"):
        make().build(shape)


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Reshape(5),
        lambda: layers.Reshape((1.5,)),
        lambda: layers.Permute(2),
        lambda: layers.Permute((1.0, 2)),
        lambda: layers.ZeroPadding2D((1, 2, 3)),
        lambda: layers.ZeroPadding1D(1.0),
        lambda: layers.Cropping2D("same"),
        lambda: layers.UpSampling2D((2, 2, 2)),
        lambda: layers.GlobalMaxPooling2D(keepdims=1),
    ],
)
def test_other_types_are_refused(make):
    with pytest.raises(TypeError, match="^layer .*expected .*, got"):
        make()


def test_reshaping_computes_nothing():
    model = nativecnn.Sequential([layers.Reshape((3, 4), input_shape=(12,)), layers.Tanh()])
    assert len(Plan(model.graph, 2, training=False).program.operations) == 1
