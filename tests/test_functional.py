"""Models that are any graph of layers."""

import copy
import pickle

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, ModelFileError, Sequential, layers, load_model
from nativecnn.formats import read_safetensors, write_safetensors
from nativecnn.functional import Functional
from nativecnn.layers import Add
from nativecnn.random import Stream


def values(*shape, name="x"):
    return Stream(0, name).uniform(shape) - np.float32(0.5)


def branched():
    """Return a model with two branches that meet again, and a second output."""
    nativecnn.set_random_seed(0)
    x = Input((6, 6, 2), name="image")
    stem = layers.Conv2D(3, 3, activation="relu", name="stem")(x)
    left = layers.Flatten(name="flat")(layers.MaxPooling2D(2)(stem))
    right = layers.Dense(12)(layers.Flatten()(stem))
    return Model(x, [layers.Dense(4, activation="softmax")(left), right])


def part(units=3, **settings):
    return Sequential([layers.Dense(units, activation="tanh", input_shape=(4,)), layers.Dense(4)], **settings)


# Building


def test_layers_and_inputs_get_names_of_their_own_in_the_model():
    a, b = Input((3,)), Input((3,))
    y = layers.Dense(2)(layers.Dense(2, name="dense")(a))
    model = Model([a, b], [y, layers.Dense(2)(b)])
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "dense_2"]
    assert [tensor.name for tensor in model.inputs] == ["input", "input_1"]
    assert list(model.weights)[:3] == ["dense/kernel", "dense/bias", "dense_1/kernel"]


def test_a_name_that_one_model_gave_is_kept_by_others():
    x = Input((3,))
    first = Model(x, layers.Dense(2)(layers.Dense(2)(x)))
    second = Model(x, layers.Dense(5)(first.layers[1].output))
    assert [layer.name for layer in second.layers] == ["dense", "dense_1", "dense_2"]
    assert [layer.name for layer in first.layers] == ["dense", "dense_1"]


def test_a_model_of_layers_of_others_leaves_their_names(tmp_path):
    # A name that changed would no longer be the one in the keys of the weights that the other model writes.
    first, second = (Sequential([layers.Dense(3, input_shape=(3,))]) for _ in range(2))
    keys = [list(model.weights) for model in (first, second)]
    x = Input((3,))
    with pytest.raises(ValueError, match="expected different names, got two of 'dense'"):
        Model(x, second.layers[0](first.layers[0](x)))
    with pytest.raises(ValueError, match="expected a name of its own for each layer, got 'dense' again"):
        Sequential([*first.layers, *second.layers])
    longer = Sequential([*second.layers, layers.Dense(2)])
    assert list(longer.weights) == ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
    assert [list(model.weights) for model in (first, second)] == keys
    for model in (first, second):
        model.save(tmp_path / "model.safetensors")
        assert list(load_model(tmp_path / "model.safetensors").weights) == keys[0]


def test_a_part_of_a_model_leaves_names_and_keys_as_they_are():
    first, second = part(), part(units=5)
    whole = Sequential([first, second, layers.Dense(2)])
    whole.build((4,))
    names = [layer.name for layer in (*first.layers, *second.layers)]
    assert names == ["dense", "dense_1"] * 2
    node = whole.graph.nodes[2]
    within = Functional.part_of(whole, whole.inputs, [node.output])
    rest = Functional.part_of(whole, [node.output], whole.graph.sources)
    x = values(6, 4)
    assert np.array_equal(rest.predict(within.predict(x)), whole.predict(x))
    assert [*within.weights, *rest.weights] == list(whole.weights)
    assert [layer.name for layer in (*first.layers, *second.layers)] == names
    with pytest.raises(ValueError, match="is no input of the model"):
        Functional.part_of(whole, [node.output], [whole.graph.nodes[0].output])


def test_shapes_inputs_and_outputs():
    model = branched()
    assert isinstance(model, Functional) and isinstance(model, Model)
    assert model.input_shape == (6, 6, 2) and model.output_shape == [(4,), (12,)]
    assert model.input is model.inputs[0] and model.output == model.outputs
    assert model.get_layer("stem") is model.layers[0] is model.get_layer(index=0)
    assert model.layers[0].input is model.input and model.layers[0].output.shape == (4, 4, 3)


def test_the_same_seed_gives_the_same_weights_whatever_order_layers_were_called_in():
    def model(reverse):
        nativecnn.set_random_seed(3)
        x = Input((5,))
        names = ["b", "a"] if reverse else ["a", "b"]
        branches = {name: layers.Dense(4, name=name)(x) for name in names}
        return Model(x, [branches["a"], branches["b"]])

    assert model(False).weights_sha256() == model(True).weights_sha256()
    assert model(False).weights_sha256() != branched().weights_sha256()


def test_a_chain_has_the_bits_of_sequential():
    nativecnn.set_random_seed(0)
    chain = Sequential([layers.Conv2D(4, 3, input_shape=(8, 8, 1)), layers.Flatten(), layers.Dense(3)])
    nativecnn.set_random_seed(0)
    x = Input((8, 8, 1))
    model = Model(x, layers.Dense(3)(layers.Flatten()(layers.Conv2D(4, 3)(x))))
    assert model.weights_sha256() == chain.weights_sha256()
    assert np.array_equal(model.predict(values(3, 8, 8, 1)), chain.predict(values(3, 8, 8, 1)))


def test_any_layers_output_can_be_read():
    model = branched()
    features = Model(model.input, model.layers[3].output)
    assert features.layers[0] is model.layers[0]
    x = values(2, 6, 6, 2)
    kernel, bias = model.weights["stem/kernel"], model.weights["stem/bias"]
    stem = np.maximum(nativecnn.ops.conv2d(x, kernel, bias), 0)
    assert np.array_equal(Model(model.input, model.get_layer("stem").output).predict(x), stem)


def test_a_model_may_begin_within_another():
    chain = Sequential([layers.Dense(4, input_shape=(3,)), layers.ReLU(), layers.Dense(2)])
    end = Model(chain.layers[1].output, chain.output)
    hidden = Model(chain.input, chain.layers[1].output).predict(values(5, 3))
    assert np.array_equal(end.predict(hidden), chain.predict(values(5, 3)))


# Models within models


def test_a_model_is_a_layer_of_another():
    inner = part(name="part")
    x = Input((4,))
    model = Model(x, layers.Dense(2, name="head")(inner(x)))
    assert model.layers[0] is inner and inner.trainable
    assert list(model.weights) == [
        *("part/dense/kernel", "part/dense/bias", "part/dense_1/kernel", "part/dense_1/bias"),
        *("head/kernel", "head/bias"),
    ]
    x = values(3, 4)
    hidden = inner.predict(x)
    assert np.array_equal(
        model.predict(x), nativecnn.ops.dense(hidden, model.weights["head/kernel"], model.weights["head/bias"])
    )


def test_a_model_applied_twice_shares_its_weights():
    inner, (a, b) = part(name="tower"), (Input((4,)), Input((4,)))
    model = Model([a, b], Add()([inner(a), inner(b)]))
    assert model.count_params() == inner.count_params()
    twice = Model(a, inner(inner(a)))
    assert twice.count_params() == inner.count_params() and twice.multiply_adds() == 2 * inner.multiply_adds()
    x = values(3, 4)
    assert np.array_equal(twice.predict(x), inner.predict(inner.predict(x)))


def test_models_nest_deeply_and_sequential_takes_them():
    inner = part(name="inner")
    x = Input((4,))
    middle = Model(x, layers.Dense(4)(inner(x)), name="middle")
    outer = Sequential([Input((4,)), middle, layers.Dense(2), Sequential([layers.Dense(3)])])
    assert list(outer.weights)[0] == "middle/inner/dense/kernel" and list(outer.weights)[-1] == "sequential/dense/bias"
    x = values(3, 4)
    assert np.array_equal(
        outer.predict(x),
        outer.layers[2].predict(Sequential([Input((4,)), outer.layers[1]]).predict(middle.predict(x))),
    )


def test_a_model_with_several_outputs_within_another():
    x = Input((4,))
    inner = Model(x, [layers.Dense(3)(x), x], name="inner")
    outer_x = Input((4,))
    a, b = inner(outer_x)
    model = Model(outer_x, [a, layers.ReLU()(b)])
    assert b.shape == (4,) and model.output_shape == [(3,), (4,)]
    assert model.graph.sources[0].producer.layer is inner.layers[0]


def test_a_frozen_model_within_another_stays_as_it_is():
    inner, x = part(name="part"), Input((4,))
    model = Model(x, layers.Dense(2, activation="softmax")(inner(x)))
    inner.trainable = False
    assert list(model.trainable_weights) == ["dense/kernel", "dense/bias"]
    before = inner.weights_sha256(), model.weights_sha256()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(values(8, 4), np.arange(8) % 2, verbose=0)
    assert inner.weights_sha256() == before[0] and model.weights_sha256() != before[1]


# Training and files


@pytest.mark.parametrize("make", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_have_graphs_of_their_own(make):
    x = Input((4,))
    model = Model(x, layers.Dense(2, activation="softmax")(part(name="part")(x)))
    other = make(model)
    assert other.layers[1].output is other.output is not model.output
    model.compile("adam", "sparse_categorical_crossentropy")
    before = other.predict(values(8, 4))
    model.fit(values(8, 4), np.arange(8) % 2, verbose=0)
    assert np.array_equal(other.predict(values(8, 4)), before)


def test_a_deep_graph_can_be_copied_and_saved(tmp_path):
    x = y = Input((2,))
    for number in range(1000):
        y = layers.ReLU(name=f"r{number}")(y)
    model = Model(x, y)
    assert len(pickle.loads(pickle.dumps(model)).layers) == 1000
    model.save(tmp_path / "deep.safetensors")
    assert len(load_model(tmp_path / "deep.safetensors").layers) == 1000


def test_a_trained_model_comes_back_from_its_file_and_goes_on(tmp_path):
    def train(model, epochs, resume=False):
        model.fit(values(20, 4), np.arange(20) % 3, batch_size=8, epochs=epochs, verbose=0, resume=resume)

    def make():
        nativecnn.set_random_seed(1)
        x = Input((4,), name="x")
        inner = part(name="part")
        model = Model(x, layers.Dense(3, activation="softmax")(inner(inner(x))))
        model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
        return model

    whole, half = make(), make()
    train(whole, 4)
    train(half, 2)
    half.save(tmp_path / "half.safetensors")
    loaded = load_model(tmp_path / "half.safetensors")
    assert isinstance(loaded, Functional) and loaded.weights_sha256() == half.weights_sha256()
    assert loaded.inputs[0].name == "x" and loaded.get_config() == half.get_config()
    train(loaded, 4, resume=True)
    assert loaded.weights_sha256() == whole.weights_sha256()


def test_several_inputs_and_shared_layers_survive_a_file(tmp_path):
    a, b, shared = Input((4,), name="a"), Input((4,), name="b"), layers.Dense(4, name="shared")
    model = Model([b, a], [shared(a), shared(layers.ReLU()(b)), a])
    model.save(tmp_path / "m.safetensors")
    loaded = load_model(tmp_path / "m.safetensors")
    assert [tensor.name for tensor in loaded.inputs] == ["b", "a"] and loaded.outputs[2] is loaded.inputs[1]
    assert [len(layer.nodes) for layer in loaded.layers] == [2, 1]


def edited(path, change):
    import json

    tensors, metadata = read_safetensors(path)
    description = json.loads(metadata["nativecnn"])
    change(description["model"])
    write_safetensors(path, tensors, {"nativecnn": json.dumps(description)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda m: m["nodes"][0].update(inputs=[3]),
            r"'stem' .*given by an earlier one: expected a number below 1, got 3",
        ),
        (lambda m: m["nodes"][0].update(layer=-1), "layer of node 0: expected an integer of at least 0, got -1"),
        (lambda m: m["nodes"][0].update(layer=True), "layer of node 0: expected an integer, got True"),
        (lambda m: m.update(outputs=[99]), "output: expected a number below"),
        (lambda m: m.update(outputs=[]), "model"),
        (lambda m: m.pop("inputs"), "no 'inputs'"),
        (lambda m: m["inputs"][0].update(shape=[6, 6, "2"]), "expected an integer"),
        (lambda m: m["inputs"][0].update(shape=[6, 6, -2]), "at least 1"),
        (lambda m: m["layers"][0].update({"class": "Nothing"}), "classes .*got 'Nothing'"),
    ],
)
def test_a_wrong_graph_in_a_file_is_refused(tmp_path, change, message):
    path = tmp_path / "m.safetensors"
    branched().save(path)
    edited(path, change)
    with pytest.raises(ModelFileError, match=message):
        load_model(path)


# Errors


def test_what_is_wrong_is_said_by_name():
    x, other = Input((3,)), Input((2,), name="other")
    dense = layers.Dense(2, name="d")
    with pytest.raises(TypeError, match=r"layer 'd' \(Dense\): expected to be called with tensors.*ndarray.*predict"):
        dense(np.ones((2, 3)))
    with pytest.raises(ValueError, match="'d'.*at least one tensor"):
        dense([])
    with pytest.raises(ValueError, match=r"'conv' .*expected samples of shape \(rows, columns, channels\), got \(3,\)"):
        layers.Conv2D(2, 3, name="conv")(x)
    y = dense(x)
    with pytest.raises(ValueError, match="'other' is no input of the model"):
        Model(x, layers.Dense(2)(other))
    with pytest.raises(ValueError, match="every input to lead to an output, but Tensor.'other'"):
        Model([x, other], y)
    with pytest.raises(ValueError, match="different names, got two of 'd'"):
        Model(x, layers.ReLU(name="d")(y))
    with pytest.raises(ValueError, match="'shared'.*need weights 'kernel'"):
        shared = layers.Dense(4, name="shared")
        Model(x, shared(shared(x)))
    with pytest.raises(TypeError, match="as outputs tensors such as Input"):
        Model(x, dense)
    with pytest.raises(ValueError, match="at least one tensor as outputs"):
        Model(x, [])
    with pytest.raises(ValueError, match="each input once"):
        Model([x, x], y)
    with pytest.raises(ValueError, match="another name, got 'optimizer'"):
        Model(x, Sequential([layers.ReLU()], name="optimizer")(x))
    with pytest.raises(TypeError):
        Model()


def test_inputs_are_checked():
    with pytest.raises(ValueError, match="without a slash, got 'a/b'"):
        Input((3,), name="a/b")
    with pytest.raises(TypeError, match="expected an integer, got None"):
        Input((None, 3))
    with pytest.raises(ValueError, match="at least 1, got 0"):
        Input((0,))


def test_a_layers_own_tensors_are_told_only_where_there_is_one_of_each():
    dense = layers.Dense(3, name="d")
    with pytest.raises(AttributeError, match="'d'.*applied once, got 0"):
        _ = dense.output
    x = Input((3,))
    dense(dense(x))
    with pytest.raises(AttributeError, match="got 2 applications"):
        _ = dense.input


def test_get_layer_says_what_there_is():
    model = branched()
    with pytest.raises(ValueError, match="stem, max_pooling2d, flat, .*got 'nothing'"):
        model.get_layer("nothing")
    with pytest.raises(ValueError, match="index below 6, got 9"):
        model.get_layer(index=9)
    with pytest.raises(TypeError, match="a name or an index"):
        model.get_layer()


def test_a_model_takes_only_what_it_is_built_for():
    inner = part(name="part")
    with pytest.raises(ValueError, match=r"model 'part': expected samples of shape \(4,\), got \(5,\)"):
        inner(Input((5,)))
