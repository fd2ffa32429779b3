"""Model files: what comes back, what is refused, and that nothing is half done."""

import json
import struct

import numpy as np
import pytest

import nativecnn
from nativecnn import ModelFileError, Sequential, layers
from nativecnn.formats import read_safetensors, write_safetensors
from nativecnn.optimizers import SGD
from nativecnn.random import Stream

X = Stream(4, "x").uniform((6, 8, 8, 2))
Y = [0, 1, 2, 0, 1, 2]


def network(compiled=True):
    nativecnn.set_random_seed(0)
    model = Sequential(
        [
            layers.Conv2D(4, 3, padding=1, strides=2, groups=2, activation="relu", input_shape=(8, 8, 2)),
            layers.Convolution2d(3, 2, 2, use_bias=False, trainable=False),
            layers.AveragePooling2D(2, ceil_mode=True, name="pool"),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", bias_initializer=nativecnn.initializers.Constant(0.1)),
        ],
        name="example",
    )
    if compiled:
        optimizer = SGD(0.05, momentum=0.8)
        model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def edited(path, change):
    """Rewrite the description in a model file."""
    tensors, metadata = read_safetensors(path)
    description = json.loads(metadata["nativecnn"])
    change(description)
    write_safetensors(path, tensors, {"nativecnn": json.dumps(description)})


def test_a_model_comes_back_whole(path):
    model = network()
    model.fit(X, Y, epochs=2, verbose=0)
    model.save(path)
    for again in (nativecnn.load_model(path), Sequential.load(path), nativecnn.load_model(str(path))):
        assert again.get_config() == model.get_config()
        assert again.weights_sha256() == model.weights_sha256()
        assert again.predict(X).tobytes() == model.predict(X).tobytes()
        assert again.evaluate(X, Y) == model.evaluate(X, Y)
        assert again.compilation.get_config() == model.compilation.get_config()
        assert [layer.trainable for layer in again.layers] == [layer.trainable for layer in model.layers]


@pytest.mark.parametrize("algorithm", ["auto", "direct", "winograd"])
def test_algorithms_come_back(path, algorithm):
    Sequential([layers.Conv2D(4, 3, algorithm=algorithm, input_shape=(8, 8, 2))]).save(path)
    assert nativecnn.load_model(path).layers[0].algorithm == algorithm


def test_a_file_of_contract_1_gives_the_results_it_gave(path, tmp_path):
    images = Stream(4, "images").uniform((2, 9, 9, 16))
    settings = [{"algorithm": "direct"}, {"algorithm": "direct"}, {"strides": 2, "algorithm": "direct"}]
    model = Sequential([layers.Conv2D(16, 3, **setting) for setting in settings])
    model.add(layers.Convolution2d(4, 1, 1))
    model.predict(images)
    model.save(path)

    def as_written_then(description):
        description["contract_version"] = 1
        for layer in description["model"]["layers"]:
            del layer["config"]["algorithm"]

    edited(path, as_written_then)
    again = nativecnn.load_model(path)
    assert again.predict(images).tobytes() == model.predict(images).tobytes()
    assert [layer.algorithm for layer in again.layers] == ["direct"] * 4
    again.save(tmp_path / "again")
    assert [layer.algorithm for layer in nativecnn.load_model(tmp_path / "again").layers] == ["direct"] * 4


def test_a_loaded_model_can_be_trained_and_extended(path):
    network().save(path)
    one, two = nativecnn.load_model(path), nativecnn.load_model(path)
    for model in (one, two):
        model.fit(X, Y, epochs=2, verbose=0)
    assert one.weights_sha256() == two.weights_sha256() != network().weights_sha256()
    one.add(layers.Dense(2))
    assert one.predict(X).shape == (6, 2)


def test_the_same_model_gives_the_same_bytes(path, tmp_path):
    network().save(path)
    network().save(tmp_path / "again")
    assert path.read_bytes() == (tmp_path / "again").read_bytes()


def test_a_model_without_compilation_comes_back_without(path):
    network(compiled=False).save(path)
    assert nativecnn.load_model(path).compilation is None


def test_the_safetensors_library_reads_the_weights(path):
    numpy_reader = pytest.importorskip("safetensors.numpy", reason="the safetensors library is not installed")
    model = network()
    model.save(path)
    arrays = numpy_reader.load_file(path)
    assert arrays.keys() == model.weights.keys()
    assert all(np.array_equal(arrays[key], weight) for key, weight in model.weights.items())


def test_the_file_says_what_wrote_it(path):
    network().save(path)
    description = json.loads(read_safetensors(path)[1]["nativecnn"])
    assert description["format_version"] == 3
    assert description["contract_version"] == nativecnn.reference.CONTRACT_VERSION
    assert description["class"] == "Sequential"


def test_metrics_that_are_functions_are_left_out_with_a_warning(path):
    def own(y_true, y_pred):
        return 0

    model = network()
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy", own])
    with pytest.warns(UserWarning, match=r"functions \(own\)"):
        model.save(path)
    assert nativecnn.load_model(path).compilation.metrics.value == [["accuracy"]]


def test_a_wrong_declaration_is_not_saved(path, recwarn):
    model = Sequential([layers.Flatten(), layers.Dense(2, input_dim=8)])
    model.predict(X)
    assert len(recwarn) == 1
    model.save(path)
    assert nativecnn.load_model(path).predict(X).shape == (6, 2)
    assert len(recwarn) == 1


def test_an_unbuilt_model_cannot_be_saved(path):
    with pytest.raises(ValueError, match="input_shape"):
        Sequential([layers.Dense(2)]).save(path)
    assert not path.exists()


def test_a_failed_save_leaves_the_old_file(path, monkeypatch):
    network().save(path)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        network().save(path)
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def without_shape(description):
    description["model"]["input_shape"] = None
    del description["model"]["layers"][0]["config"]["input_shape"]


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda d: d.update(format_version=4), "expected format_version 1, 2 or 3, got 4"),
        (lambda d: d.update(format_version="2"), "expected format_version 1, 2 or 3, got '2'"),
        (lambda d: d.pop("format_version"), "expected format_version 1, 2 or 3, got None"),
        (lambda d: d.update(contract_version=99), "expected contract_version 1 or 2, got 99"),
        (lambda d: d.pop("contract_version"), "contract_version"),
        (lambda d: d.update({"class": "Graph"}), "class Functional, Sequential, got 'Graph'"),
        (lambda d: d.update({"class": ["x"]}), "class Functional, Sequential, got"),
        (lambda d: d.pop("model"), "no 'model'"),
        (lambda d: d.update(model=None), "valid configuration"),
        (lambda d: d["model"].pop("layers"), "no 'layers'"),
        (lambda d: d["model"].update(layers=[]), "layers and an input_shape"),
        (without_shape, "layers and an input_shape"),
        (lambda d: d["model"].update(input_shape=[8, 8, -2]), "input_shape"),
        (lambda d: d["model"].update(input_shape="888"), "input_shape"),
        (lambda d: d["model"]["layers"][2].update({"class": "Lambda"}), "Conv2D.*got 'Lambda'"),
        (lambda d: d["model"]["layers"][2].update({"class": "__class__"}), "got '__class__'"),
        (lambda d: d["model"]["layers"][2].update({"class": {}}), "valid configuration"),
        (lambda d: d["model"]["layers"][2]["config"].update(gamma=1), "gamma"),
        (lambda d: d["model"]["layers"][5]["config"].update(activation="eval"), "got 'eval'"),
        (lambda d: d["model"]["layers"][5]["config"].update(units=-1), "units"),
        (lambda d: d["model"]["layers"][5]["config"].update(name="other"), "expected a weight other/kernel"),
        (lambda d: d["model"]["layers"][5]["config"].update(units=10**12), r"dense/kernel: expected float32 of shape"),
        (lambda d: d["model"]["layers"][5]["config"].update(use_bias=False), "got also dense/bias"),
        (lambda d: d["model"]["layers"].pop(), "got also dense/bias, dense/kernel"),
        (lambda d: d["compilation"]["optimizer"].update(name="exec"), "got 'exec'"),
        (lambda d: d["compilation"]["optimizer"].update(learning_rate="fast"), "learning_rate"),
        (lambda d: d["compilation"].update(loss={"name": "system"}), "got 'system'"),
        (lambda d: d["compilation"].update(metrics=["own"]), "got 'own'"),
        (lambda d: d["compilation"].update(metrics=[[1]]), "functions"),
        (lambda d: d.update(compilation=[1]), "valid configuration"),
    ],
)
def test_a_wrong_description_is_refused_by_name(path, change, message):
    network().save(path)
    edited(path, change)
    with pytest.raises(ModelFileError, match=message) as caught:
        nativecnn.load_model(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda t: t.pop("dense/bias"), r"expected a weight dense/bias of shape \(3,\), got only"),
        (lambda t: t.update(extra=np.zeros(2, np.float32)), "got also extra"),
        (
            lambda t: t.update({"dense/bias": np.zeros(4, np.float32)}),
            r"dense/bias: expected float32.*\(3,\), got.*\(4,\)",
        ),
        (lambda t: t.update({"dense/bias": np.zeros(3)}), "dense/bias: expected float32.*got float64"),
    ],
)
def test_wrong_weights_are_refused_by_name_and_change_nothing(path, change, message):
    model = network()
    model.save(path)
    tensors, metadata = read_safetensors(path)
    tensors = {key: value + 1 for key, value in tensors.items()}
    change(tensors)
    write_safetensors(path, tensors, metadata)
    with pytest.raises(ModelFileError, match=message):
        nativecnn.load_model(path)
    before = model.weights_sha256()
    with pytest.raises(ModelFileError, match=message):
        model.load_weights(path)
    assert model.weights_sha256() == before


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "[" * 100_000, '{"format_version": 1e999}'])
def test_a_description_that_is_none_is_refused(path, text):
    write_safetensors(path, network().weights, {"nativecnn": text})
    with pytest.raises(ModelFileError, match="model.safetensors"):
        nativecnn.load_model(path)


def test_weights_of_another_program_are_no_model(path):
    write_safetensors(path, network().weights, {"format": "pt"})
    with pytest.raises(ModelFileError, match=r"configuration in the metadata, got \['format'\]"):
        nativecnn.load_model(path)


def test_a_file_cut_short_anywhere_is_refused(path):
    network().save(path)
    whole = path.read_bytes()
    for length in sorted({*range(0, len(whole), 97), len(whole) - 1}):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError):
            nativecnn.load_model(path)


def test_a_header_that_lies_about_its_length_is_refused(path):
    network().save(path)
    path.write_bytes(struct.pack("<Q", 2**62) + path.read_bytes()[8:])
    with pytest.raises(ModelFileError):
        nativecnn.load_model(path)


def test_any_changed_byte_of_the_header_is_refused_or_read(path):
    network().save(path)
    whole = path.read_bytes()
    header = struct.unpack("<Q", whole[:8])[0]
    for place in range(8, 8 + header, 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            nativecnn.load_model(path)
        except ModelFileError:
            pass


def test_a_missing_file_is_the_systems_own_error(path):
    with pytest.raises(FileNotFoundError):
        nativecnn.load_model(path)


def test_weights_alone(path):
    model, other = network(), network(compiled=False)
    model.fit(X, Y, verbose=0)
    for save in (model.save_weights, model.save):
        save(path)
        other.set_weights([weight * 0 for weight in other.get_weights()])
        other.load_weights(path)
        assert other.weights_sha256() == model.weights_sha256()
    model.save_weights(path)
    with pytest.raises(ModelFileError, match="metadata"):
        nativecnn.load_model(path)
