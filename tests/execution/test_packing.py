"""Kernels packed once, kept with the layer, and never older than the weights."""

import copy
import pickle
import sys
import threading
import types

import numpy as np
import pytest

import nativecnn
from nativecnn import Sequential, layers, reference
from nativecnn.ops import backend
from nativecnn.optimizers import SGD
from nativecnn.random import Stream

X, Y = Stream(0, "x").uniform((4, 8, 8, 2)), np.array([0, 1, 2, 3])


def packing_backend():
    """Return the reference, but with convolutions that use nothing but the packed kernel where they get one."""
    module = types.ModuleType("packing")
    vars(module).update({name: getattr(reference, name) for name in reference.__all__})
    module.packings, module.calls = [], []

    def pack_conv2d(kernel, groups, algorithm="direct"):
        module.packings.append(kernel.shape)
        return kernel.copy()

    def conv2d(x, kernel, bias, y, *settings):
        *geometry, packed = settings if len(settings) == 7 else (*settings, None)
        module.calls.append(packed is not None)
        reference.conv2d(x, kernel if packed is None else packed, bias, y, *geometry)

    module.pack_conv2d, module.conv2d = pack_conv2d, conv2d
    return module


@pytest.fixture
def packing(monkeypatch):
    module = packing_backend()
    monkeypatch.setitem(sys.modules, "packing", module)
    monkeypatch.setitem(backend._MODULES, "packing", "packing")
    with nativecnn.use_backend("packing"):
        yield module


def example():
    nativecnn.set_random_seed(0)
    model = Sequential(
        [
            layers.Conv2D(3, 3, activation="relu", input_shape=(8, 8, 2)),
            layers.Conv2D(4, 3, groups=1),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(SGD(0.1, momentum=0.9), loss="sparse_categorical_crossentropy")
    return model


def expected(model):
    """Return what the weights as they are give, packed or not."""
    with nativecnn.use_backend("reference"):
        return model.predict(X).tobytes()


def test_each_layer_packs_once_for_all_plans_and_batches(packing):
    model = example()
    for batch_size in (1, 3, 4):
        assert model.predict(X, batch_size=batch_size).tobytes() == expected(model)
    model.evaluate(X, Y)
    assert packing.packings == [(3, 3, 2, 3), (3, 3, 3, 4)]
    assert all(packing.calls)


CHANGES = {
    "layer.weights": lambda model: model.layers[1].weights.__setitem__("kernel", np.ones((3, 3, 3, 4))),
    "layer.set_weights": lambda model: model.layers[0].set_weights([w + 1 for w in model.layers[0].get_weights()]),
    "model.set_weights": lambda model: model.set_weights([w * 2 for w in model.get_weights()]),
    "train_on_batch": lambda model: model.train_on_batch(X, Y),
    "fit": lambda model: model.fit(X, Y, batch_size=3, verbose=0),
    "fit with validation": lambda model: model.fit(X, Y, batch_size=3, epochs=2, validation_data=(X, Y), verbose=0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_every_change_the_new_weights_count(packing, change):
    model = example()
    before = model.predict(X).tobytes()
    for _ in range(2):
        change(model)
        after = model.predict(X).tobytes()
        assert after == expected(model)
    assert after != before


@pytest.mark.parametrize("algorithm", ["direct", "winograd"])
def test_native_forms_of_the_weights_are_never_older_than_these(algorithm):
    x = Stream(0, "x").uniform((3, 9, 9, 8))
    model = Sequential(
        [
            layers.Conv2D(9, 3, algorithm=algorithm, input_shape=(9, 9, 8)),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.compile(SGD(0.1), loss="sparse_categorical_crossentropy")
    results = []
    for change in (
        lambda: None,
        lambda: model.layers[0].weights.__setitem__("kernel", model.layers[0].weights["kernel"] * np.float32(2)),
        lambda: model.train_on_batch(x, Y[:3]),
        lambda: model.set_weights([weight + 1 for weight in model.get_weights()]),
    ):
        change()
        for _ in range(2):
            results.append(model.predict(x, batch_size=2).tobytes())
            with nativecnn.use_backend("reference"):
                assert results[-1] == model.predict(x).tobytes()
    assert len(set(results)) == 4


def test_loaded_weights_count(packing, tmp_path):
    model, other = example(), example()
    model.fit(X, Y, verbose=0)
    other.predict(X)
    model.save_weights(tmp_path / "w.safetensors")
    other.load_weights(tmp_path / "w.safetensors")
    assert other.predict(X).tobytes() == expected(model)
    model.save(tmp_path / "m.safetensors")
    assert nativecnn.load_model(tmp_path / "m.safetensors").predict(X).tobytes() == expected(model)


def test_validation_sees_the_epochs_weights(packing):
    model = example()
    validated = model.fit(X, Y, epochs=3, validation_data=(X, Y), verbose=0).history["val_loss"][-1]
    assert validated == model.evaluate(X, Y)
    with nativecnn.use_backend("reference"):
        assert validated == model.evaluate(X, Y)


def test_training_keeps_nothing_packed(packing):
    model = example()
    model.fit(X, Y, batch_size=2, epochs=2, verbose=0)
    assert packing.packings == [] and not any(packing.calls)


def test_training_that_fails_leaves_nothing_outdated(packing):
    model = example()
    model.predict(X)

    def fail(y_true, y_pred):
        assert model.predict(X).tobytes() == expected(model)  # in the middle of training as well
        raise OSError("a metric's own error")

    model.compile(SGD(0.1), loss="sparse_categorical_crossentropy", metrics=[fail])
    with pytest.raises(OSError, match="own error"):
        model.fit(X, Y, verbose=0)
    assert model.predict(X).tobytes() == expected(model)


def test_weights_set_in_the_middle_of_training_are_not_kept_longer(packing):
    model = example()

    def meddle(y_true, y_pred):
        model.set_weights([weight * np.float32(0.5) for weight in model.get_weights()])
        assert model.predict(X).tobytes() == expected(model)
        return 0

    def watch(y_true, y_pred):
        assert model.predict(X).tobytes() == expected(model)
        return 0

    model.compile(SGD(0.1), loss="sparse_categorical_crossentropy", metrics=[watch, meddle])
    model.fit(X, Y, batch_size=1, epochs=2, verbose=0)
    assert model.predict(X).tobytes() == expected(model)


def test_frozen_layers_stay_packed(packing):
    model = example()
    model.layers[0].trainable = False
    model.predict(X)
    model.fit(X, Y, verbose=0)
    assert model.predict(X).tobytes() == expected(model)
    assert packing.packings == [(3, 3, 2, 3), (3, 3, 3, 4), (3, 3, 3, 4)]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_pack_for_themselves(packing, duplicate):
    model = example()
    model.predict(X)
    other = duplicate(model)
    other.set_weights([weight + 1 for weight in other.get_weights()])
    assert other.predict(X).tobytes() == expected(other) != model.predict(X).tobytes()
    assert model.predict(X).tobytes() == expected(model)
    assert len(packing.packings) == 4


def test_a_backend_without_packed_kernels_is_asked_once(packing, monkeypatch):
    asked = []
    monkeypatch.setattr(packing, "pack_conv2d", lambda kernel, groups, algorithm: asked.append(1))
    model = example()
    for _ in range(3):
        assert model.predict(X).tobytes() == expected(model)
    assert asked == [1, 1]


def test_threads_that_predict_while_weights_change_see_old_or_new_ones_and_then_the_new():
    model = example()
    weights = [model.get_weights(), [weight + 1 for weight in model.get_weights()]]
    wrong, stop = [], threading.Event()

    def work():
        while not stop.is_set():
            if not np.isfinite(model.predict(X)).all():
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for number in range(60):
        model.set_weights(weights[number % 2])
        assert model.predict(X).tobytes() == expected(model)
    stop.set()
    for worker in workers:
        worker.join()
    assert not wrong
