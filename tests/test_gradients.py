"""Gradients for users: of outputs by inputs against slopes in float64, of a step against the step itself."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given

import nativecnn
from nativecnn import Input, Model, Sequential, gradients, layers, output_gradients, reference
from nativecnn.execution.plan import Plan
from nativecnn.optimizers import SGD
from nativecnn.random import Stream
from support import assert_same_bits, trainings
from support.random_models import examples


def uniform(name, shape):
    return Stream(5, name).uniform(shape) - np.float32(0.5)


def with_random_weights(model):
    """Set weights far from their first values: biases and moving means are not 0, moving variances not 1."""
    for key, weight in model.weights.items():
        values = uniform(key, weight.shape)
        scale = 1 if weight.ndim < 2 else 3 / np.sqrt(np.prod(weight.shape[:-1]))
        values = np.abs(values) + np.float32(0.3) if key.endswith("variance") else values * np.float32(scale)
        model.graph.set_weights({key: values})
    return model


def small_network(**settings):
    nativecnn.set_random_seed(0)
    chosen = [
        layers.Conv2D(8, 3, activation="relu", input_shape=(9, 8, 2)),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.Conv2D(9, 3, padding="same", activation="tanh"),
        layers.MaxPooling2D(2, ceil_mode=True),
        layers.Dropout(0.5),
        layers.Flatten(),
        layers.Dense(6, activation="relu", **settings),
        layers.Dense(4, activation="softmax", **settings),
    ]
    return with_random_weights(Sequential(chosen))


X, SCORES = uniform("x", (7, 9, 8, 2)), uniform("scores", (7, 4))
LABELS = np.array([0, 3, 2, 1, 1, 0, 2])


# Outputs by inputs


def float64_score(model, inputs, given):
    """Return the function that gradients are of, in float64 by the reference, of inputs that may be nudged."""
    samples = len(inputs[0])
    plan = Plan(model.graph, samples, training=False, dtype=np.float64, kernels=reference)
    batch = plan.prepared(samples)

    def score():
        for buffer, values in zip(batch.inputs, inputs, strict=True):
            buffer[...] = values
        batch.run()
        return sum((output * gradient).sum() for output, gradient in zip(batch.outputs, given, strict=True))

    return score


def assert_slopes(model, inputs, given, found, count=30):
    """Assert that gradients are central differences, at places chosen at random."""
    inputs = [array.astype(np.float64) for array in inputs]
    score = float64_score(model, inputs, given)
    for number, (array, gradient) in enumerate(zip(inputs, found, strict=True)):
        assert gradient.dtype == np.float32 and gradient.shape == array.shape
        values, flat = array.reshape(-1), gradient.reshape(-1)
        assert flat.any()
        for place in Stream(number, "places").permutation(flat.size)[:count]:
            before, ends = values[place], []
            for nudge in (1e-5, -1e-5):
                values[place] = before + nudge
                ends.append(score())
            values[place] = before
            slope = (ends[0] - ends[1]) / 2e-5
            assert flat[place] == pytest.approx(slope, rel=2e-4, abs=2e-4 * float(np.sqrt((flat**2).mean())))


@pytest.mark.parametrize("kind", trainings.KINDS)
def test_gradients_of_outputs_are_slopes_in_float64_for_every_kind_of_layer(kind):
    model = with_random_weights(trainings.network("softmax", kind))
    x = trainings.samples(kind)[:3]
    given = uniform("scores", (3, trainings.CLASSES))
    assert_slopes(model, [x], [given], [output_gradients(model, x, given)])


def test_a_network_of_everything_has_slopes_for_gradients():
    assert_slopes(small_network(), [X], [SCORES], [output_gradients(small_network(), X, SCORES)], count=100)


def test_branches_shared_layers_several_inputs_and_outputs():
    nativecnn.set_random_seed(2)
    a, b, shared = Input((4,), name="a"), Input((4,), name="b"), layers.Dense(4, activation="tanh")
    left, right = shared(a), shared(layers.ReLU()(b))
    joined = layers.Add(name="joined")([left, right, shared(left)])
    model = with_random_weights(Model([a, b], [joined, layers.Dense(3, name="end")(layers.Multiply()([joined, left]))]))
    x = [uniform("a", (5, 4)), uniform("b", (5, 4))]
    given = [uniform("joined", (5, 4)), uniform("end", (5, 3))]
    found = output_gradients(model, x, given)
    assert_slopes(model, x, given, found)
    by_name = output_gradients(model, {"b": x[1], "a": x[0]}, {"end": given[1], "joined": given[0]})
    assert_same_bits(found, by_name)
    only_first = output_gradients(model, x, [given[0], None])
    assert_same_bits(only_first, output_gradients(model, x, [given[0], np.zeros((5, 3))]))
    assert_same_bits(only_first, output_gradients(Model([a, b], joined), x, given[0]))


def test_by_default_every_output_counts_as_one():
    model = small_network()
    assert_same_bits(output_gradients(model, X), output_gradients(model, X, np.ones((7, 4))))


def test_batch_normalization_scales_by_its_moving_variance_and_dropout_does_nothing():
    model = Sequential([layers.BatchNormalization(epsilon=0.5, input_shape=(2,)), layers.Dropout(0.9)])
    model.set_weights([[3, -4], [7, 7], [1, 1], [3.5, 0.5]])
    before = model.weights_sha256()
    found = output_gradients(model, [[1, 2], [5, -6]], [[1, 1], [2, 0.5]])
    assert found.tolist() == [[1.5, -4], [3, -2]]
    assert model.weights_sha256() == before


def test_neither_freezing_nor_compiling_nor_training_before_changes_a_bit():
    model = small_network()
    expected = output_gradients(model, X, SCORES)
    model.compile("adam", "mse")
    assert_same_bits(output_gradients(model, X, SCORES), expected)
    model.trainable = False
    assert_same_bits(output_gradients(model, X, SCORES), expected)
    again = small_network()
    again.trainable = False
    assert_same_bits(output_gradients(again, X, SCORES), expected)
    trained, fresh = small_network(), small_network()
    trained.compile("adam", "sparse_categorical_crossentropy")
    output_gradients(trained, X, SCORES)  # a plan from before the training
    trained.fit(X, LABELS, verbose=0)
    fresh.set_weights(trained.get_weights())
    found = output_gradients(trained, X, SCORES)
    assert found.tobytes() != expected.tobytes()
    assert_same_bits(found, output_gradients(fresh, X, SCORES))


@pytest.mark.parametrize("kind", trainings.KINDS)
def test_bits_do_not_depend_on_backend_threads_and_batch(kind, threads_for_any_work):
    model = with_random_weights(trainings.network("softmax", kind))
    x = trainings.samples(kind)[:5]
    given = uniform("scores", (5, trainings.CLASSES))
    with nativecnn.use_backend("reference"):
        expected = output_gradients(model, x, given)
    for threads, batch_size in [(1, None), (3, None), (2, 1), (3, 2)]:
        with nativecnn.threads(threads):
            assert_same_bits(output_gradients(model, x, given, batch_size=batch_size), expected)
    order = [3, 0, 4, 1, 2]
    assert_same_bits(output_gradients(model, x[order], given[order]), expected[order])


def test_bits_do_not_depend_on_instruction_set(instruction_set):
    with nativecnn.use_backend("reference"):
        expected = output_gradients(small_network(), X[:2], SCORES[:2])
    assert_same_bits(output_gradients(small_network(), X[:2], SCORES[:2]), expected)


@given(example=examples())
def test_random_networks_have_the_gradients_of_the_reference_for_each_sample_alone(example):
    model = example.model()
    given_gradient = uniform("scores", (example.samples, example.layers[-1][1]["units"]))
    with nativecnn.use_backend("reference"), np.errstate(all="ignore"):
        expected = output_gradients(model, example.x, given_gradient)
    with nativecnn.threads(3):
        assert_same_bits(output_gradients(model, example.x, given_gradient), expected)
    for number in range(example.samples):
        rows = slice(number, number + 1)
        assert_same_bits(output_gradients(model, example.x[rows], given_gradient[rows]), expected[rows])


def test_many_threads_may_ask_at_once():
    model = small_network()
    expected = output_gradients(model, X, SCORES)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: output_gradients(model, X, SCORES, batch_size=3), range(24)))
    for array in found:
        assert_same_bits(array, expected)


# From the middle


def functional_network():
    x = Input((9, 8, 2))
    y = x
    for layer in small_network().layers:
        y = type(layer).from_config(layer.get_config())(y)
    return with_random_weights(Model(x, y))


@pytest.mark.parametrize("make", [small_network, functional_network])
@pytest.mark.parametrize("number", range(9))
def test_models_that_begin_in_the_middle_continue_the_gradient(make, number):
    # Whatever is fused in the whole, activations within layers included.
    model = make()
    names, before = [layer.name for layer in model.layers], model.weights_sha256()
    at = model.layers[number].output
    first, rest = Model(model.input, at), Model(at, model.output)
    between = first.predict(X)
    assert_same_bits(rest.predict(between), model.predict(X))
    at_layer = output_gradients(rest, between, SCORES)
    assert_same_bits(output_gradients(first, X, at_layer), output_gradients(model, X, SCORES))
    assert [layer.name for layer in model.layers] == names and model.weights_sha256() == before


def test_a_model_within_a_model_passes_gradients_on():
    inner = small_network()
    x = Input((9, 8, 2))
    outer = Model(x, layers.Dense(2)(inner(x)))
    assert_slopes(outer, [X], [SCORES[:, :2]], [output_gradients(outer, X, SCORES[:, :2])])


def test_a_model_without_layers_gives_the_gradient_back():
    x = Input((3,))
    values = uniform("same", (2, 3))
    assert_same_bits(output_gradients(Model(x, x), values, values), values)
    assert_same_bits(output_gradients(Model(x, [x, x]), values, [values, values]), 2 * values)


# Edges


def test_no_samples_have_no_gradients():
    assert output_gradients(small_network(), X[:0]).shape == (0, 9, 8, 2)
    assert output_gradients(small_network(), X[:0], SCORES[:0]).dtype == np.float32


def test_what_is_given_is_left_as_it_was_and_may_be_of_any_dtype_and_layout():
    x, scores = np.round(X * 100), np.round(SCORES * 100)
    expected = output_gradients(small_network(), x, scores)
    for array in (x, scores):
        array.flags.writeable = False
    assert_same_bits(output_gradients(small_network(), x, scores), expected)
    as_doubles = output_gradients(small_network(), np.asfortranarray(x.astype(np.float64)), scores.astype(np.int8))
    assert_same_bits(as_doubles, expected)
    assert_same_bits(output_gradients(small_network(), x.tolist(), scores.tolist()), expected)


def test_a_model_is_built_for_what_it_gets():
    model = Sequential([layers.Dense(2)])
    assert output_gradients(model, [[1, 2, 3]]).shape == (1, 3)


def test_wrong_arguments_are_refused():
    model = small_network()
    with pytest.raises(ValueError, match=r"output_gradient: expected the shape of the outputs, \(7, 4\), got \(4,\)"):
        output_gradients(model, X, SCORES[0])
    with pytest.raises(TypeError, match="output_gradient: expected an array of real numbers, got dtype complex"):
        output_gradients(model, X, SCORES * 1j)
    with pytest.raises(ValueError, match="expected x of shape"):
        output_gradients(model, X[0])
    with pytest.raises(ValueError, match="batch_size"):
        output_gradients(model, X, batch_size=0)
    x = Input((3,))
    several = Model(x, [layers.Dense(1, name="p")(x), layers.Dense(2, name="q")(x)])
    with pytest.raises(
        TypeError, match="output_gradient: expected a list or dict with one array for each of 2 outputs"
    ):
        output_gradients(several, [[1, 2, 3]], 5)
    with pytest.raises(ValueError, match=r"output_gradient\['q'\]: expected the shape of the outputs, \(1, 2\)"):
        output_gradients(several, [[1, 2, 3]], [[[1]], [[1]]])


# Tokens


def text_network():
    nativecnn.set_random_seed(0)
    model = Sequential(
        [
            layers.Embedding(9, 4, input_shape=(6,)),
            layers.Conv1D(5, 3, activation="relu"),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2),
        ]
    )
    model.compile("sgd", "mse")
    return model


TOKENS, TOKEN_TARGETS = np.array([[0, 3, 8, 1, 1, 2], [5, 4, 3, 2, 1, 0]]), uniform("targets", (2, 2))


def test_tokens_have_no_gradients_but_their_vectors_do():
    model = text_network()
    with pytest.raises(ValueError, match=r"expected inputs that have gradients, got tokens for layer 'embedding'"):
        output_gradients(model, TOKENS)
    vectors = model.layers[0].output
    rest = Model(vectors, model.output)
    values = Model(model.input, vectors).predict(TOKENS)
    assert_slopes(rest, [values], [TOKEN_TARGETS], [output_gradients(rest, values, TOKEN_TARGETS)])
    found = gradients(model, TOKENS, TOKEN_TARGETS)
    assert found.inputs is None and found.weights["embedding/embeddings"].any()


def test_beside_tokens_other_inputs_have_gradients():
    words, numbers = Input((6,), name="words"), Input((3,), name="numbers")
    text = layers.GlobalAveragePooling1D()(layers.Embedding(9, 4)(words))
    model = Model([words, numbers], layers.Dense(2)(layers.Concatenate()([text, numbers])))
    kernel = model.weights["dense/kernel"]
    given_gradient = np.float32([[1, 0], [0, 1]])
    of_words, of_numbers = output_gradients(model, [TOKENS, uniform("numbers", (2, 3))], given_gradient)
    assert of_words is None
    assert_same_bits(of_numbers, kernel[4:].T)
    model.compile("sgd", "mse")
    found = gradients(model, [TOKENS, uniform("numbers", (2, 3))], TOKEN_TARGETS)
    assert found.inputs[0] is None and found.inputs[1].shape == (2, 3)


# Of a step of training


def penalized_network():
    return small_network(kernel_regularizer="l1_l2", bias_regularizer="l2")


def two_outputs():
    nativecnn.set_random_seed(3)
    x = Input((9, 8, 2))
    y = layers.Flatten()(layers.Conv2D(3, 3, activation="relu", name="first")(x))
    return Model(x, [layers.Dense(4, activation="softmax", name="p")(y), layers.Dense(4, name="q")(y)])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("make", [small_network, penalized_network])
def test_gradients_are_those_of_the_step_that_comes_next(make, weighted):
    model = make()
    model.compile(SGD(1.0), "sparse_categorical_crossentropy")
    sample_weight = np.abs(SCORES[:, 0]) if weighted else None
    for _ in range(3):  # each step drops other values
        before = {key: weight.copy() for key, weight in model.weights.items()}
        found = gradients(model, X, LABELS, sample_weight=sample_weight)
        assert_same_bits(list(model.weights.values()), list(before.values()))
        loss = model.train_on_batch(X, LABELS, sample_weight=sample_weight)
        assert found.loss == pytest.approx(loss, rel=1e-12)
        assert list(found.weights) == list(model.trainable_weights)
        for key, gradient in found.weights.items():
            assert_same_bits(before[key] - gradient, model.weights[key])
        model.layers[-1].weights["bias"] = before["dense_1/bias"]


def test_the_loss_is_that_of_the_step_to_the_last_bit_where_nothing_is_penalized():
    model = small_network()
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = gradients(model, X, LABELS)
    assert found.loss == model.train_on_batch(X, LABELS)


def test_gradients_of_a_linear_layer_are_those_on_paper():
    model = Sequential([layers.Dense(1, use_bias=False, input_dim=2)])
    model.set_weights([[[2], [-1]]])
    model.compile("sgd", "mean_squared_error")
    found = gradients(model, [[1, 3], [4, 2]], [[0], [4]])  # outputs -1 and 6: errors -1 and 2
    assert found.loss == 2.5
    assert found.weights["dense/kernel"].tolist() == [[7], [1]]
    assert found.inputs.tolist() == [[-2, 1], [4, -2]]


def test_nothing_of_the_model_changes_and_arrays_are_ones_own():
    model = small_network()
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.weights_sha256()
    first = gradients(model, X, LABELS)
    kept = [array.copy() for array in [*first.weights.values(), first.inputs]]
    gradients(model, X[::-1], LABELS)
    assert model.weights_sha256() == before and model.compilation.state.iterations == 0
    assert_same_bits([*first.weights.values(), first.inputs], kept)
    assert all(array.base is None for array in [*first.weights.values(), first.inputs])


def test_frozen_layers_have_no_gradients_and_pass_them_on():
    model = small_network()
    model.layers[-1].trainable = model.layers[1].trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = gradients(model, X, LABELS)
    frozen = (model.layers[-1].name, model.layers[1].name)
    assert found.weights and not any(key.startswith(tuple(f"{name}/" for name in frozen)) for key in found.weights)
    assert found.weights["conv2d/kernel"].any() and found.inputs.any()
    assert nativecnn.gradient_check(model, X, LABELS).passed
    model.trainable = False
    found = gradients(model, X, LABELS)
    assert not found.weights and found.inputs.any()


def test_an_output_without_a_loss_has_no_part():
    model = two_outputs()
    model.compile("sgd", {"p": "sparse_categorical_crossentropy"})
    found = gradients(model, X, LABELS)
    assert set(found.weights) == {"first/kernel", "first/bias", "p/kernel", "p/bias"}
    x, other = Input((3,), name="x"), Input((3,), name="other")
    apart = Model([x, other], [layers.Dense(1, name="p")(x), layers.Dense(1, name="q")(other)])
    apart.compile("sgd", {"p": "mse"})
    found = gradients(apart, [[[1, 2, 3]], [[4, 5, 6]]], [[1]])
    assert found.inputs[0].shape == (1, 3) and found.inputs[1] is None
    assert nativecnn.gradient_check(apart, [[[1, 2, 3]], [[4, 5, 6]]], [[1]]).passed


def test_losses_of_several_outputs_count_by_their_weights():
    model = two_outputs()
    parts = []
    for weights in ([1, 0], [0, 1], [0.5, 2]):
        model.compile("sgd", ["sparse_categorical_crossentropy", "mse"], loss_weights=weights)
        parts.append(gradients(model, X, [LABELS, SCORES]))
    assert parts[2].loss == pytest.approx(0.5 * parts[0].loss + 2 * parts[1].loss)
    for key in ("first/kernel", "p/bias", "q/kernel"):
        expected = 0.5 * parts[0].weights[key] + 2 * parts[1].weights[key]
        np.testing.assert_allclose(parts[2].weights[key], expected, rtol=1e-5, atol=1e-7)


def test_bits_of_a_step_do_not_depend_on_threads_and_backend(threads_for_any_work):
    model = small_network()
    model.compile("sgd", "sparse_categorical_crossentropy")
    with nativecnn.use_backend("reference"):
        expected = gradients(model, X, LABELS)
    for threads in (1, 3):
        with nativecnn.threads(threads):
            found = gradients(model, X, LABELS)
        assert found.loss == expected.loss
        assert_same_bits([found.inputs, *found.weights.values()], [expected.inputs, *expected.weights.values()])


def test_a_step_needs_a_loss_and_samples():
    with pytest.raises(RuntimeError, match="expected compile"):
        gradients(small_network(), X, LABELS)
    model = small_network()
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="expected at least one sample"):
        gradients(model, X[:0], LABELS[:0])
    with pytest.raises(ValueError, match="class labels from 0 to 3"):
        gradients(model, X, LABELS + 1)
