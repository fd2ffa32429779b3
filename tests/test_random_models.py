"""What holds for every chain of layers, whatever their settings."""

import numpy as np
import pytest
from hypothesis import given, settings

import nativecnn
from nativecnn._kernels import runtime
from nativecnn.execution.plan import Plan
from support import assert_same_bits
from support.random_models import examples


@pytest.fixture(scope="module", autouse=True)
def small_arrays_are_shared_out():
    before = runtime.set_work_per_thread(1)
    yield
    runtime.set_work_per_thread(before)


def gradients(model, example, fusion=True):
    """Return outputs, losses and all gradients of a training batch."""
    plan = Plan(
        model.graph,
        example.samples,
        True,
        loss=model.compilation.objectives(model.graph),
        input_gradients=True,
        fusion=fusion,
    )
    batch = plan.prepared(example.samples)
    batch.inputs[0][...] = example.x
    batch.target_rows.rows[...] = example.y.reshape(batch.target_rows.rows.shape)
    batch.run()
    return [*batch.outputs, batch.losses, *batch.input_gradients, *plan.weight_gradients.values()]


def computed(example):
    """Return all that there is to compute: predictions, gradients, and the weights after two steps."""
    model = example.model()
    results = [model.predict(example.x, batch_size=2), *gradients(model, example)]
    losses = [model.train_on_batch(example.x, example.y) for _ in range(2)]
    return [*results, *model.get_weights(), np.float32(losses), model.predict(example.x)]


@given(example=examples())
def test_predictions_gradients_and_steps_are_those_of_the_reference(example):
    with nativecnn.use_backend("reference"), np.errstate(all="ignore"):
        expected = computed(example)
    with nativecnn.threads(3):
        assert_same_bits(computed(example), expected)


@given(example=examples())
def test_fusion_changes_no_bit(example):
    model = example.model()
    assert_same_bits(gradients(model, example), gradients(model, example, fusion=False))


@given(example=examples())
def test_samples_do_not_depend_on_their_batch(example):
    model = example.model()
    together = model.predict(example.x, batch_size=None)
    for number in range(example.samples):
        assert_same_bits(model.predict(example.x[number : number + 1]), together[number : number + 1])
    assert_same_bits(model.predict(example.x[::-1]), together[::-1])


@given(example=examples())
def test_a_saved_model_comes_back_as_it_was(tmp_path_factory, example):
    model = example.model()
    model.train_on_batch(example.x, example.y)
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    model.save(path)
    loaded = nativecnn.load_model(path)
    assert loaded.get_config() == model.get_config()
    assert loaded.weights_sha256() == model.weights_sha256()
    assert_same_bits(loaded.predict(example.x), model.predict(example.x))
    assert loaded.evaluate(example.x, example.y) == model.evaluate(example.x, example.y)


@given(example=examples())
def test_the_summary_shows_every_layer_and_its_shape(example):
    model, lines = example.model(), []
    model.summary(lines.append)
    frozen = len(model.graph.weights()) > len(model.trainable_weights)
    assert len(lines) == 8 + len(model.layers) + frozen
    for line, node in zip(lines[4:], model.graph.nodes, strict=False):
        assert line.startswith(f"{node.layer.name} ({type(node.layer).__name__})")
        assert str(node.output.shape) in line
        assert f"{node.layer.count_params():,}" in line
        assert node.layer.count_params(node.input_shape) == node.layer.count_params()
    totals = sum(weight.size for weight in model.get_weights()), model.multiply_adds()
    assert lines[-3 - frozen].split() == ["total", *(f"{total:,}" for total in totals)]


# What backpropagation gives has float32's rounding errors, of all layers: small beside those of a wrong gradient.
@settings(max_examples=settings.default.max_examples // 2)
@given(example=examples(kinks=False))
def test_gradients_are_the_slopes_of_the_loss(example):
    report = nativecnn.gradient_check(example.model(), example.x, example.y, samples_per_weight=4, tolerance=1e-3)
    assert report.passed, report
