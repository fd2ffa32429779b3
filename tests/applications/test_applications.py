"""The networks of applications: parameters as in the literature, shapes, a prediction and a step of training."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Model, applications, layers, load_model
from nativecnn.random import Stream

# Trained and other parameters for 1,000 classes (LeNet-5 and ResNet-20: 10).
PARAMETERS = {
    "AlexNet": (60_965_224, 0),
    "GoogLeNet": (6_998_552, 0),
    "LeNet5": (61_706, 0),
    "MobileNetV2": (3_504_872, 34_112),
    "ResNet18": (11_689_512, 9_600),
    "ResNet20": (269_722, 1_376),
    "ResNet50": (25_557_032, 53_120),
    "SqueezeNet": (1_248_424, 0),
    "VGG16": (138_357_544, 0),
    "VGG19": (143_667_240, 0),
    "ZFNet": (62_357_608, 0),
}
SMALLEST = {
    "AlexNet": (67, 67, 3),
    "GoogLeNet": (47, 47, 3),
    "LeNet5": (16, 16, 1),
    "MobileNetV2": (32, 32, 3),
    "ResNet18": (32, 32, 3),
    "ResNet20": (32, 32, 3),
    "ResNet50": (32, 32, 3),
    "SqueezeNet": (29, 29, 3),
    "VGG16": (32, 32, 3),
    "VGG19": (32, 32, 3),
    "ZFNet": (63, 63, 3),
}


def parameters(model):
    trained = sum(weight.size for weight in model.trainable_weights.values())
    return trained, model.count_params() - trained


def test_all_networks_are_tested():
    assert set(applications.__all__) == set(PARAMETERS) == set(SMALLEST)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_those_of_the_literature(name):
    model = getattr(applications, name)()
    assert parameters(model) == PARAMETERS[name]
    assert model.output_shape == (10 if name in ("LeNet5", "ResNet20") else 1000,)


def test_variants_have_their_parameters():
    assert parameters(applications.SqueezeNet(version="1.1")) == (1_235_496, 0)
    model = applications.GoogLeNet(auxiliary_outputs=True)
    assert parameters(model) == (6_998_552 + 6_379_728, 0) and model.output_shape == [(1000,)] * 3


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_takes_a_step_of_training(name, capsys):
    nativecnn.set_random_seed(0)
    model = getattr(applications, name)(classes=3, input_shape=SMALLEST[name])
    model.summary()
    printed = capsys.readouterr().out
    assert all(layer.name in printed for layer in model.layers)
    x, y = Stream(0, "x").uniform((4, *SMALLEST[name])), np.array([0, 1, 2, 0])
    before = model.predict(x)
    assert before.shape == (4, 3) and np.allclose(before.sum(1), 1, atol=1e-5)
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    loss, accuracy = model.train_on_batch(x, y)
    assert np.isfinite(loss) and 0 <= accuracy <= 1
    after = model.predict(x)
    assert np.isfinite(after).all() and not np.array_equal(after, before)


@pytest.mark.parametrize("name", ["LeNet5", "MobileNetV2", "ResNet20", "SqueezeNet"])
def test_networks_come_back_from_their_files(name, tmp_path):
    model = getattr(applications, name)(classes=5, input_shape=SMALLEST[name])
    model.save(tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    assert loaded.get_config() == model.get_config() and loaded.weights_sha256() == model.weights_sha256()


@pytest.mark.parametrize("name", PARAMETERS)
def test_without_the_top_feature_maps_remain(name):
    base = getattr(applications, name)(include_top=False, input_shape=SMALLEST[name])
    rows, columns, channels = base.output_shape
    assert rows >= 1 and columns >= 1 and channels >= 16
    x = nativecnn.Input(SMALLEST[name])
    base.trainable = False
    model = Model(x, layers.Dense(2)(layers.Flatten()(base(x))))
    assert parameters(model)[0] == (rows * columns * channels + 1) * 2


def test_what_does_not_go_together_is_refused():
    with pytest.raises(ValueError, match="auxiliary outputs with the top only"):
        applications.GoogLeNet(include_top=False, auxiliary_outputs=True)
    with pytest.raises(ValueError, match=r"1\.0, 1\.1, got '2'"):
        applications.SqueezeNet(version="2")
    with pytest.raises(ValueError, match="conv1"):
        applications.AlexNet(input_shape=(9, 9, 3))


def test_a_googlenet_with_auxiliary_outputs_trains():
    model = applications.GoogLeNet(classes=2, input_shape=(79, 79, 3), auxiliary_outputs=True)
    model.compile("sgd", "sparse_categorical_crossentropy", loss_weights=[1, 0.3, 0.3])
    losses = model.train_on_batch(Stream(0, "x").uniform((2, 79, 79, 3)), [np.array([0, 1])] * 3, return_dict=True)
    assert losses["loss"] == pytest.approx(
        losses["predictions_loss"] + 0.3 * losses["auxiliary_4a_loss"] + 0.3 * losses["auxiliary_4d_loss"]
    )
