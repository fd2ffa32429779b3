"""Dropout as a layer: when it computes, and on what its masks depend."""

import json

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, graph, layers, reference
from nativecnn.execution.plan import Plan
from nativecnn.graph import Graph, Tensor
from nativecnn.layers import Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from nativecnn.random import Stream
from support import assert_same_bits

LAYERS = [
    (Dropout, (7,)),
    (Dropout, (3, 4, 5)),
    (SpatialDropout1D, (6, 5)),
    (SpatialDropout2D, (3, 4, 5)),
    (SpatialDropout3D, (2, 3, 2, 5)),
]


def samples(shape, count=8):
    return Stream(1, "x").uniform((count, *shape)) + np.float32(0.5)


def network(layer, shape, loss="half_squared_error"):
    model = Sequential([layer, layers.Flatten(), layers.Dense(2, name="end")])
    model.build(shape)
    model.compile("sgd", loss=loss)
    return model


def dropped(layer, shape, seed=0, step=0, count=8):
    """Return what a layer makes of ones in a step of training."""
    x = Tensor(shape)
    y = graph.apply(layer, [x])
    out = graph.apply(layers.Dense(1, name="end"), [graph.apply(layers.Flatten(name="flat"), [y])])
    plan = Plan(Graph([x], [out, y]), count, True, loss=nativecnn.losses.HalfSquaredError())
    plan.clock.seed, plan.clock.step = seed, step
    batch = plan.prepared(count)
    batch.inputs[0][...] = 1
    batch.run()
    return batch.outputs[1].copy()


@pytest.mark.parametrize("cls, shape", LAYERS)
def test_training_drops_by_the_stream_of_seed_layer_and_step(cls, shape):
    x = np.ones((8, *shape), np.float32)
    as_kernel_sees_it = x.reshape(1, 1, -1) if cls is Dropout else x.reshape(8, -1, 5)
    expected = np.empty_like(as_kernel_sees_it)
    key = Stream(4, "layer", "drop", 0).philox_key
    reference.dropout(as_kernel_sees_it, key, 9, 0.3, expected)
    assert_same_bits(dropped(cls(0.3, name="drop"), shape, seed=4, step=9), expected.reshape(x.shape))
    if cls is not Dropout:  # the same for all pixels
        channels = expected.reshape(8, -1, 5)
        assert (channels == channels[:, :1]).all() and len(np.unique(channels)) == 2


@pytest.mark.parametrize("cls, shape", LAYERS)
def test_masks_differ_between_seeds_steps_and_layers(cls, shape):
    results = [
        dropped(cls(0.5, name="drop"), shape),
        dropped(cls(0.5, name="drop"), shape, seed=1),
        dropped(cls(0.5, name="drop"), shape, step=1),
        dropped(cls(0.5, name="other"), shape),
        dropped(cls(0.5, name="drop", seed=7), shape),
    ]
    assert len({result.tobytes() for result in results}) == 5
    assert_same_bits(dropped(cls(0.5, name="drop", seed=7), shape, seed=2), results[4])  # its own seed counts alone


def test_a_batch_begins_with_the_mask_of_a_smaller_one():
    assert_same_bits(dropped(Dropout(0.5, name="drop"), (7,), count=5), dropped(Dropout(0.5, name="drop"), (7,))[:5])


def test_two_applications_of_a_layer_drop_other_values():
    layer, x = Dropout(0.5, name="drop"), Tensor((50,))
    first, second = graph.apply(layer, [x]), graph.apply(layer, [x])
    end = graph.apply(layers.Dense(1), [first])
    plan = Plan(Graph([x], [end, first, second]), 1, True, loss=nativecnn.losses.HalfSquaredError())
    batch = plan.prepared(1)
    batch.inputs[0][...] = 1
    batch.run()
    assert (batch.outputs[1] != batch.outputs[2]).any()


@pytest.mark.parametrize("cls, shape", LAYERS)
def test_inference_computes_nothing(cls, shape):
    with_dropout, without = network(cls(0.5), shape), network(layers.Activation("linear"), shape)
    without.set_weights(with_dropout.get_weights())
    assert_same_bits(with_dropout.predict(samples(shape)), without.predict(samples(shape)))
    assert with_dropout.evaluate(samples(shape), np.zeros((8, 2))) == without.evaluate(samples(shape), np.zeros((8, 2)))
    assert [operation.name for operation in Plan(with_dropout.graph, 1, False).program.operations] == ["end"]


def test_a_rate_of_zero_computes_nothing_and_of_one_drops_everything():
    assert (dropped(Dropout(0, name="drop"), (7,)) == 1).all()
    assert_same_bits(dropped(Dropout(1, name="drop"), (7,)), np.zeros((8, 7), np.float32))


@pytest.mark.parametrize("cls, shape", LAYERS)
def test_gradients_agree_with_numerical_ones(cls, shape):
    model = Sequential([layers.Dense(7, input_shape=(7,)), cls(0.4)] if len(shape) == 1 else [cls(0.4)])
    model.add(layers.Flatten())
    model.add(layers.Dense(2))
    model.build(shape)
    model.compile("sgd", loss="half_squared_error")
    report = nativecnn.gradient_check(model, samples(shape), Stream(1, "y").uniform((8, 2)), samples_per_weight=30)
    assert report.passed, str(report)


def test_the_gradient_is_dropped_as_the_value_was():
    x = Tensor((200,))
    y = graph.apply(Dropout(0.5, name="drop"), [x])
    plan = Plan(Graph([x], [y]), 1, True, loss=nativecnn.losses.HalfSquaredError(), input_gradients=True)
    batch = plan.prepared(1)
    batch.inputs[0][...], batch.target_rows.rows[...] = 1, 0
    batch.run()
    assert_same_bits(batch.input_gradients[0], np.where(batch.outputs[0] == 0, 0, 4).astype(np.float32))


def test_training_is_the_same_with_any_backend_and_resumes_with_the_same_masks(tmp_path):
    def model():
        nativecnn.set_random_seed(5)
        return network(SpatialDropout2D(0.5), (3, 4, 5))

    x, y, hashes = samples((3, 4, 5), 23), np.zeros((23, 2)), set()
    for backend in ("native", "reference"):
        with nativecnn.use_backend(backend):
            whole = model()
            whole.fit(x, y, epochs=3, batch_size=5, verbose=0)
            hashes.add(whole.weights_sha256())
    stopped = model()
    stopped.fit(x, y, epochs=1, batch_size=5, verbose=0)
    stopped.save(tmp_path / "model.safetensors")
    again = nativecnn.load_model(tmp_path / "model.safetensors")
    again.fit(x, y, epochs=3, batch_size=5, resume=True, verbose=0)
    assert hashes == {again.weights_sha256()}
    nativecnn.set_random_seed(6)
    other = network(SpatialDropout2D(0.5), (3, 4, 5))
    other.set_weights(model().get_weights())
    nativecnn.set_random_seed(6)
    other.fit(x, y, epochs=3, batch_size=5, shuffle=False, verbose=0)
    assert other.weights_sha256() not in hashes


@pytest.mark.parametrize("cls", [Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D])
def test_a_configuration_makes_an_equal_layer(cls):
    layer = cls(0.25, seed=3, name="drop")
    again = cls.from_config(json.loads(json.dumps(layer.get_config())))
    assert type(again) is cls and again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"rate": 1.5}, ValueError, r"'dropout' .*rate: expected a number in \[0, 1\], got 1.5"),
        ({"rate": "0.5"}, TypeError, "rate: expected a number"),
        ({"rate": 0.5, "seed": -1}, ValueError, "seed: expected an integer of at least 0, got -1"),
        ({"rate": 0.5, "seed": 1.5}, TypeError, "seed: expected an integer, got 1.5"),
    ],
)
def test_wrong_settings_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        Dropout(**settings)


def test_samples_of_another_rank_are_refused():
    with pytest.raises(ValueError, match=r"expected samples of shape \(rows, columns, channels\), got \(5,\)"):
        SpatialDropout2D(0.5).build((5,))
    with pytest.raises(ValueError, match=r"expected samples of shape \(steps, channels\), got \(3, 4, 5\)"):
        SpatialDropout1D(0.5).build((3, 4, 5))
    with pytest.raises(ValueError, match="expected one input, got 2"):
        Dropout(0.5).build([(5,), (5,)])
