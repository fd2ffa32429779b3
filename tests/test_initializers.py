"""First values of weights."""

import math

import numpy as np
import pytest

from nativecnn import initializers, ops
from nativecnn._kernels.threads import threads
from nativecnn.initializers import Identity, Orthogonal, RandomNormal, TruncatedNormal, VarianceScaling
from nativecnn.layers import Dense
from nativecnn.random import Stream

SHAPE = (3, 3, 8, 16)
FAN_IN, FAN_OUT = 9 * 8, 9 * 16


@pytest.mark.parametrize(
    "name, limit",
    [
        ("glorot_uniform", math.sqrt(6 / (FAN_IN + FAN_OUT))),
        ("he_uniform", math.sqrt(6 / FAN_IN)),
        ("lecun_uniform", math.sqrt(3 / FAN_IN)),
        ("random_uniform", 0.05),
        ({"name": "variance_scaling", "mode": "fan_out", "distribution": "uniform"}, math.sqrt(3 / FAN_OUT)),
    ],
    ids=str,
)
def test_uniform_initializers_fill_their_interval(name, limit):
    values = initializers.get(name)(SHAPE, Stream(0, "test"))
    assert values.shape == SHAPE and values.dtype == np.float32 and values.flags.c_contiguous
    assert np.abs(values).max() <= limit
    assert values.min() < -0.95 * limit and values.max() > 0.95 * limit


def test_a_value_is_one_rounding_of_the_stated_formula():
    values = initializers.RandomUniform(-0.3, 0.7)((5,), Stream(0, "test"))
    uniform = Stream(0, "test").uniform((5,)).astype(np.float64)
    assert np.array_equal(values, (-0.3 + (0.7 - -0.3) * uniform).astype(np.float32))


@pytest.mark.parametrize(
    "name, deviation, is_cut",
    [
        ("glorot_normal", math.sqrt(2 / (FAN_IN + FAN_OUT)), True),
        ("he_normal", math.sqrt(2 / FAN_IN), True),
        ("lecun_normal", math.sqrt(1 / FAN_IN), True),
        (VarianceScaling(0.5, "fan_out"), math.sqrt(0.5 / FAN_OUT), True),
        (VarianceScaling(0.5, "fan_avg", "untruncated_normal"), math.sqrt(1 / (FAN_IN + FAN_OUT)), False),
        ("random_normal", 0.05, False),
        (TruncatedNormal(0.0, 0.3), 0.3 * 0.87962566103423978, True),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_normal_initializers_have_their_moments(name, deviation, is_cut):
    initializer = initializers.get(name)
    # The fans of SHAPE with many more elements, whose moments come close to the distribution's.
    values = np.concatenate([initializer(SHAPE, Stream(seed, "test")).reshape(-1) for seed in range(300)]).astype(float)
    assert abs(values.mean()) < 0.01 * deviation
    assert math.isclose(values.std(), deviation, rel_tol=0.005)
    largest = np.abs(values).max() / deviation * (0.87962566103423978 if is_cut else 1)
    assert 1.999 < largest < 2.0001 if is_cut else largest > 4
    kurtosis = (values**4).mean() / deviation**4
    assert math.isclose(kurtosis, 2.366 if is_cut else 3.0, rel_tol=0.02)


def test_means_and_deviations():
    values = RandomNormal(3.0, 0.0)((50,), Stream(0, "test"))
    assert (values == 3).all()
    assert np.abs(TruncatedNormal(-1.0, 0.25)((5000,), Stream(0, "test")) + 1).max() <= 0.5


@pytest.mark.parametrize("shape", [(9, 9), (40, 17), (17, 40), (3, 3, 5, 64), (2, 3, 4), (1, 7), (7, 1), (300, 260)])
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_columns_or_rows_are_orthonormal(shape, gain):
    values = Orthogonal(gain)(shape, Stream(0, "test"))
    assert values.shape == shape and values.dtype == np.float32 and values.flags.c_contiguous
    matrix = values.reshape(-1, shape[-1]).astype(float) / gain
    product = matrix.T @ matrix if len(matrix) >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-6)


def test_orthogonal_is_the_factor_q_of_a_normal_matrix():
    normal = initializers.random.standard_normal(Stream(0, "test").bits(30 * 20)).reshape(30, 20)
    q, r = np.linalg.qr(normal)
    np.testing.assert_allclose(Orthogonal()((30, 20), Stream(0, "test")), q * np.sign(np.diag(r)), atol=1e-6)


def test_orthogonal_bits_depend_on_nothing():
    results = set()
    for backend in ("native", "reference"):
        for number in (1, 3):
            with ops.use_backend(backend), threads(number):
                results.add(Orthogonal()((50, 45), Stream(0, "test")).tobytes())
    assert len(results) == 1


def test_the_identity():
    values = Identity(0.5)((2, 3), Stream(0))
    np.testing.assert_array_equal(values, np.float32([[0.5, 0, 0], [0, 0.5, 0]]))
    with pytest.raises(ValueError, match=r"identity: expected a weight of two axes, got shape \(3,\)"):
        Identity()((3,), Stream(0))


def test_constant_initializers():
    stream = Stream(0)
    assert not initializers.get("zeros")((2, 3), stream).any()
    assert (initializers.get("ones")((2, 3), stream) == 1).all()
    assert (initializers.Constant(0.1)((2, 3), stream) == np.float32(0.1)).all()


@pytest.mark.parametrize(
    "initializer",
    [
        initializers.Constant(2.5),
        initializers.RandomUniform(-1, 3),
        RandomNormal(1, 2),
        TruncatedNormal(-1, 0.5),
        VarianceScaling(0.5, "fan_avg", "uniform"),
        Orthogonal(2),
        Identity(3),
        "he_uniform",
        "glorot_normal",
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_configuration_makes_an_equal_initializer(initializer):
    initializer = initializers.get(initializer)
    again = initializers.get(initializer.get_config())
    assert type(again) is type(initializer) and again.get_config() == initializer.get_config()
    stream = Stream(0, "test")
    assert initializer((4, 5), stream).tobytes() == again((4, 5), stream).tobytes()


@pytest.mark.parametrize(
    "alias, name",
    [("GlorotNormal", "glorot_normal"), ("normal", "random_normal"), ("uniform", "random_uniform"), ("zero", "zeros")],
)
def test_keras_s_other_names(alias, name):
    assert initializers.get(alias).name == initializers.get({"name": alias}).name == name


def test_a_layer_s_first_weights():
    layer = Dense(5, kernel_initializer=Orthogonal(), bias_initializer="normal", name="layer")
    layer.build((7,))
    kernel = layer.weights["kernel"].astype(float)
    np.testing.assert_allclose(kernel.T @ kernel, np.eye(5), atol=1e-6)
    assert Dense.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: initializers.get("glorot"), "glorot_uniform.*got 'glorot'"),
        (lambda: initializers.get(None), "got None"),
        (lambda: initializers.RandomUniform(1, 0), "low <= high"),
        (lambda: RandomNormal(0, -1), r"random_normal: stddev: expected a number in \[0, inf\), got -1"),
        (lambda: RandomNormal(math.inf), "random_normal: mean"),
        (lambda: VarianceScaling(0.0), r"variance_scaling: scale: expected a number in \(0, inf\), got 0"),
        (lambda: VarianceScaling(mode="fan"), "variance_scaling's mode one of fan_avg, fan_in, fan_out, got 'fan'"),
        (lambda: VarianceScaling(distribution="normal"), "variance_scaling's distribution one of .*, got 'normal'"),
        (
            lambda: Orthogonal()((5,), Stream(0)),
            r"orthogonal: expected a weight of at least two axes, got shape \(5,\)",
        ),
    ],
)
def test_a_wrong_setting_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
