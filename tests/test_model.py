"""Models: building, weights, predicting, summary, and the errors of each."""

import copy
import pickle
import threading
import tracemalloc

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers
from nativecnn.random import Stream


def convnet(**settings):
    nativecnn.set_random_seed(0)
    return Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", **settings),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def images(samples):
    return Stream(0, "images").uniform((samples, 8, 8, 1))


# Building


def test_layers_get_names_of_their_own():
    model = Sequential([layers.Dense(2), layers.Dense(2, name="dense_1"), layers.ReLU(), layers.Dense(2)])
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "relu", "dense_2"]


def test_a_model_is_built_by_the_data_it_first_sees():
    model = convnet()
    assert not model.built
    assert model.predict(images(3)).shape == (3, 5)
    assert model.built and model.input_shape == (8, 8, 1) and model.output_shape == (5,)


def test_it_makes_no_difference_when_a_model_is_built():
    declared, called, fed = convnet(input_shape=(8, 8, 1)), convnet(), convnet()
    nativecnn.set_random_seed(0)
    called.build((8, 8, 1))
    nativecnn.set_random_seed(0)
    fed.predict(images(1))
    assert declared.weights_sha256() == called.weights_sha256() == fed.weights_sha256()


def test_layers_may_be_added_and_removed_at_any_time():
    model = convnet(input_shape=(8, 8, 1))
    assert model.predict(images(2)).shape == (2, 5)
    removed = model.pop()
    assert removed.name == "dense" and model.predict(images(2)).shape == (2, 36)
    model.add(layers.Dense(3))
    assert model.predict(images(2)).shape == (2, 3)


def test_data_that_do_not_fit_leave_a_model_unbuilt():
    model = convnet()
    with pytest.raises(ValueError, match="'conv2d'.*newaxis"):
        model.predict(np.zeros((2, 8, 8)))
    with pytest.raises(ValueError, match="'max_pooling2d'"):
        model.predict(np.zeros((2, 3, 3, 1)))
    assert not model.built
    assert model.predict(images(2)).shape == (2, 5)


@pytest.mark.parametrize(
    "action, error, message",
    [
        (lambda model: model.add("dense"), TypeError, "expected a layer.*got 'dense'"),
        (lambda model: model.add(model.layers[0]), ValueError, "each layer once"),
        (lambda model: model.add(layers.ReLU(name="conv2d")), ValueError, "'conv2d' again"),
        (lambda model: model.add(layers.Conv2D(2, 3)), ValueError, r"'conv2d_1'.*got \(5,\)"),
        (lambda model: model.build((9, 9, 1)), ValueError, r"\(8, 8, 1\), got \(9, 9, 1\)"),
        (lambda model: model.build((0, 1, 1)), ValueError, "at least 1"),
    ],
)
def test_wrong_building_is_refused_and_changes_nothing(action, error, message):
    model = convnet(input_shape=(8, 8, 1))
    before = model.weights_sha256(), model.get_config()
    with pytest.raises(error, match=message):
        action(model)
    assert (model.weights_sha256(), model.get_config()) == before


def test_a_layer_that_was_refused_may_be_used_elsewhere():
    layer = layers.Conv2D(2, 3)
    with pytest.raises(ValueError):
        convnet(input_shape=(8, 8, 1)).add(layer)
    assert layer.name == "conv2d" and not layer.built


def test_an_empty_or_unbuilt_model_says_what_to_do():
    for model in (Sequential(), convnet()):
        counts = (model.count_params, model.multiply_adds)
        for attempt in (model.summary, model.get_weights, model.weights_sha256, *counts):
            with pytest.raises(ValueError, match="input_shape, call build"):
                attempt()
    with pytest.raises(ValueError, match="layer to remove"):
        Sequential().pop()


# Weights


def test_weights_come_and_go_in_order():
    one, two = convnet(input_shape=(8, 8, 1)), convnet(input_shape=(8, 8, 1))
    weights = [weight + 1 for weight in one.get_weights()]
    two.set_weights(weights)
    assert all(np.array_equal(a, b) for a, b in zip(two.get_weights(), weights, strict=True))
    assert list(two.weights) == ["conv2d/kernel", "conv2d/bias", "dense/kernel", "dense/bias"]


def test_weights_that_were_got_are_copies():
    model = convnet(input_shape=(8, 8, 1))
    before = model.weights_sha256()
    for weight in model.get_weights():
        weight.fill(0)
    assert model.weights_sha256() == before


def test_weights_are_not_written_past_set_weights():
    model = convnet(input_shape=(8, 8, 1))
    for weight in [*model.weights.values(), *model.layers[0].weights.values()]:
        with pytest.raises(ValueError, match="read-only"):
            weight[...] = 0
    with pytest.raises(KeyError, match="kernel, bias, got 'gamma'"):
        model.layers[0].weights["gamma"] = 1


def test_weights_may_be_exchanged():
    model = Sequential([layers.Dense(3, input_dim=3), layers.Dense(3)])
    one, two = model.get_weights()[0], model.get_weights()[2]
    shown = list(model.weights.values())
    model.set_weights([shown[2], shown[1], shown[0], shown[3]])
    assert np.array_equal(model.get_weights()[0], two) and np.array_equal(model.get_weights()[2], one)


def test_set_weights_takes_effect_on_prepared_plans():
    model = convnet(input_shape=(8, 8, 1))
    model.predict(images(2))
    model.set_weights([weight * 0 for weight in model.get_weights()])
    assert np.array_equal(model.predict(images(2)), np.full((2, 5), np.float32(0.2)))


@pytest.mark.parametrize(
    "change, error, message",
    [
        (lambda w: w[:-1], ValueError, "expected 4 arrays, got 3"),
        (lambda w: [*w[:-1], w[-1][:2]], ValueError, r"dense/bias: expected shape \(5,\), got \(2,\)"),
        (lambda w: [*w[:-1], np.array(["a"] * 5)], TypeError, "dense/bias: expected an array of real numbers"),
    ],
)
def test_wrong_weights_are_refused_and_none_is_set(change, error, message):
    model = convnet(input_shape=(8, 8, 1))
    before = model.weights_sha256()
    with pytest.raises(error, match=message):
        model.set_weights(change([weight + 1 for weight in model.get_weights()]))
    assert model.weights_sha256() == before


def test_the_hash_is_the_one_that_is_documented():
    import hashlib

    model = Sequential([layers.Dense(2, input_dim=3, name="d")])
    digest = hashlib.sha256()
    digest.update(b"d/kernel float32 3,2\n" + model.get_weights()[0].astype("<f4").tobytes())
    digest.update(b"d/bias float32 2\n" + model.get_weights()[1].astype("<f4").tobytes())
    assert model.weights_sha256() == digest.hexdigest()


# Predicting


@pytest.mark.parametrize("batch_size", [1, 3, 7, 32, None])
def test_outputs_do_not_depend_on_the_batch_size(batch_size):
    model = convnet()
    assert model.predict(images(10), batch_size=batch_size).tobytes() == model.predict(images(10)).tobytes()


def test_outputs_of_a_sample_do_not_depend_on_the_others():
    model = convnet()
    together = model.predict(images(10))
    assert all(model.predict(images(10)[n : n + 1]).tobytes() == together[n].tobytes() for n in range(10))


def test_no_samples_give_no_outputs_of_the_right_shape():
    assert convnet().predict(np.zeros((0, 8, 8, 1))).shape == (0, 5)
    assert convnet().predict(np.zeros((0, 8, 8, 1))).dtype == np.float32


def test_inputs_of_any_memory_order_and_dtype_give_the_same():
    model = convnet()
    x = np.round(images(4) * 255)
    expected = model.predict(x).tobytes()
    strided = np.empty((8, 8, 8, 2), np.float32)[::2, :, :, 1:]
    strided[...] = x
    read_only = x.copy()
    read_only.flags.writeable = False
    for form in (strided, np.asfortranarray(x), read_only, x.astype(np.uint8), x.astype(">f8"), x.tolist()):
        assert model.predict(form).tobytes() == expected


def test_predicting_changes_nothing_it_was_given():
    model = Sequential([layers.ReLU(), layers.Activation("tanh")])
    x = images(3) - np.float32(0.5)
    before = x.copy()
    first = model.predict(x)
    kept = first.copy()
    model.predict(x + 1)
    assert np.array_equal(x, before) and np.array_equal(first, kept)


@pytest.mark.parametrize(
    "x, error, message",
    [
        (np.zeros((2, 8, 8)), ValueError, r"'conv2d'.*\(samples, 8, 8, 1\), got \(2, 8, 8\); a channel axis.*newaxis"),
        (np.zeros((8, 8, 1)), ValueError, r"got \(8, 8, 1\); an axis for the samples.*x\[numpy.newaxis\]"),
        (np.zeros((2, 9, 8, 1)), ValueError, r"got \(2, 9, 8, 1\)"),
        (np.zeros((2, 8, 8, 1), complex), TypeError, "dtype complex128"),
        (np.full((2, 8, 8, 1), None), TypeError, "dtype object"),
        (["image.png"], TypeError, "real numbers"),
        (3.0, ValueError, "single number"),
    ],
)
def test_wrong_inputs_are_refused(x, error, message):
    with pytest.raises(error, match=message):
        convnet(input_shape=(8, 8, 1)).predict(x)


@pytest.mark.parametrize("batch_size, error", [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)])
def test_wrong_batch_sizes_are_refused(batch_size, error):
    with pytest.raises(error, match="batch_size"):
        convnet().predict(images(2), batch_size=batch_size)


def test_many_threads_may_predict_at_once():
    model = convnet()
    x = [images(40)[n::4] * np.float32(n + 1) for n in range(4)]
    expected = [model.predict(part).tobytes() for part in x]
    wrong = []

    def work(number):
        for _ in range(30):
            if model.predict(x[number], batch_size=1 + number).tobytes() != expected[number]:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number % 4,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    plans = sum(len(free) for free in model._plans._free.values())
    assert 1 <= plans <= 8


def test_an_unbuilt_model_is_built_once_by_the_threads_that_need_it_first():
    for _ in range(20):
        model, barrier, results = convnet(), threading.Barrier(8), []

        def work(model=model, barrier=barrier, results=results):
            barrier.wait()
            results.append(model.predict(images(2)).tobytes())

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 8 and set(results) == {model.predict(images(2)).tobytes()}


@pytest.mark.parametrize("samples", [1, 40])
def test_after_the_first_time_predicting_allocates_nothing_but_the_result(samples):
    model = Sequential(
        [
            layers.Conv2D(16, 3, padding="same", activation="relu", input_shape=(32, 32, 4)),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    x = Stream(0, "x").uniform((samples, 32, 32, 4))
    model.predict(x)
    tracemalloc.start()
    try:
        result = model.predict(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A sample's activations have 80 kilobytes, the packed kernel 9.
    assert peak < result.nbytes + 4096


def test_a_backend_chosen_later_is_used():
    model = convnet()
    native = model.predict(images(3))
    with nativecnn.use_backend("reference"):
        assert model.predict(images(3)).tobytes() == native.tobytes()
    assert len(model._plans._free) == 2


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_are_independent(duplicate):
    model = convnet()
    model.compile("adam", loss="sparse_categorical_crossentropy")
    model.fit(images(4), [0, 1, 2, 3], verbose=0)
    other = duplicate(model)
    assert other.weights_sha256() == model.weights_sha256()
    before = model.weights_sha256()
    other.fit(images(4), [0, 1, 2, 3], verbose=0)
    assert model.weights_sha256() == before != other.weights_sha256()
    model.fit(images(4), [0, 1, 2, 3], verbose=0)
    assert model.weights_sha256() == other.weights_sha256()


# Summary


def test_summary_prints(capsys):
    convnet(input_shape=(8, 8, 1)).summary()
    assert "max_pooling2d" in capsys.readouterr().out
