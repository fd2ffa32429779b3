"""Dense layers."""

import pytest

import nativecnn
from nativecnn import layers, ops
from nativecnn.random import Stream


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("activation", [None, "linear", "relu", "sigmoid", "tanh", "softmax"])
def test_a_layer_computes_what_the_functions_compute(use_bias, activation):
    layer = layers.Dense(5, activation=activation, use_bias=use_bias, bias_initializer="random_uniform", input_dim=4)
    x = Stream(1, "x").uniform((3, 4))
    model = nativecnn.Sequential([layer])
    y = ops.dense(x, layer.weights["kernel"], layer.weights.get("bias"))
    if activation not in (None, "linear"):
        y = getattr(ops, activation)(y)
    assert model.predict(x).tobytes() == y.tobytes()
    assert layer.count_params() == 4 * 5 + 5 * use_bias
    assert layer.multiply_adds((4,)) == 20


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("activation", [None, "relu", "sigmoid", "tanh", "softmax"])
def test_gradients_agree_with_numerical_ones(use_bias, activation):
    model = nativecnn.Sequential(
        [layers.Dense(5, activation=activation, use_bias=use_bias, input_dim=4), layers.Dense(3)]
    )
    model.compile(loss="half_squared_error")
    report = nativecnn.gradient_check(model, Stream(1, "x").uniform((6, 4)), Stream(1, "y").uniform((6, 3)))
    assert report.passed, str(report)


def test_an_image_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"\(inputs,\), got \(3, 3, 1\); add a Flatten\(\)"):
        layers.Dense(2).build((3, 3, 1))


def test_input_dim_and_input_shape_together_are_refused():
    with pytest.raises(ValueError, match="input_dim or input_shape"):
        layers.Dense(2, input_dim=3, input_shape=(3,))


def test_no_units_are_refused():
    with pytest.raises(ValueError, match="units: expected an integer of at least 1, got 0"):
        layers.Dense(0)
