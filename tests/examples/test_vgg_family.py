"""VGG16 and its family, in its reduced form: four networks timed, VGG16 counted."""

import pytest

LE_NET, RES_NET, SQUEEZE_NET, MOBILE_NET = (
    "LeNet-5 (1998)",
    "ResNet-18 (2015)",
    "SqueezeNet (2016)",
    "MobileNetV2 (2018)",
)


@pytest.fixture(scope="module")
def figures(run_example):
    return run_example("vgg_family")


def test_parameters_are_those_of_the_literature(figures):
    counted = {LE_NET: 61_706, RES_NET: 11_689_512 + 9_600, SQUEEZE_NET: 1_248_424, MOBILE_NET: 3_504_872 + 34_112}
    assert figures["parameters"] == counted  # running means and variances are counted as well


def test_few_parameters_are_not_little_work(figures):
    parameters, work = figures["parameters"], figures["multiply-adds"]
    assert parameters[SQUEEZE_NET] < parameters[MOBILE_NET] and work[SQUEEZE_NET] > 2 * work[MOBILE_NET]


def test_a_large_network_takes_longer_than_a_small_one(figures):
    assert 20 * figures["milliseconds"][LE_NET] < figures["milliseconds"][RES_NET]


def test_the_first_dense_layer_of_vgg16_has_most_weights_and_the_convolutions_do_the_work(figures):
    assert figures["first dense layer's weights"] == 102_764_544 / 138_357_544
    assert figures["convolutions' multiply-adds"] == 15_346_630_656 / 15_470_264_320
