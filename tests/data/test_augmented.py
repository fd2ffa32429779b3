"""Trainings with augmented images: the same bits whatever the workers, the threads and the stops."""

import numpy as np
import pytest

import nativecnn
from nativecnn import load_model
from nativecnn.data import Augmented, RandomFlip, RandomRotation, RandomTranslation
from support.training import StopAfter, X, Y, joined, network, outcome, train

TRANSFORMS = [RandomFlip("horizontal"), RandomTranslation(0.2, 0.2), RandomRotation(0.1)]


def trained(transforms=TRANSFORMS, fit=(), threads=2, **settings):
    model = network()
    with nativecnn.threads(threads):
        history = model.fit(Augmented(X, Y, transforms, 16, **settings), epochs=2, verbose=0, **dict(fit))
    return joined(history), model.weights_sha256()


def test_without_transforms_it_is_a_training_with_the_arrays():
    model = network()
    history = train(model)
    assert trained(()) == (joined(history), model.weights_sha256())
    assert trained((), fit={"shuffle": False}) == trained(())
    plain = network()
    assert trained((), shuffle=False) == (joined(train(plain, shuffle=False)), plain.weights_sha256())


def test_bits_do_not_depend_on_workers_and_threads():
    expected = trained()
    assert expected != trained(())
    for workers, threads in ((1, 1), (2, 3), (4, 2), (0, 3)):
        assert trained(workers=workers, threads=threads, max_queue_size=2) == expected


def test_bits_do_not_depend_on_the_backend():
    with nativecnn.use_backend("reference"):
        result = trained(workers=2)
    assert result == trained()


@pytest.mark.parametrize("stop", [1, 4, 6])
def test_stopping_changes_nothing(tmp_path, stop):
    whole, stopped = network(), network()
    data = Augmented(X, Y, TRANSFORMS, 16, workers=2)
    history = whole.fit(data, epochs=2, verbose=0)
    first = stopped.fit(data, epochs=2, verbose=0, callbacks=[StopAfter(stop)])
    stopped.save(tmp_path / "model")
    nativecnn.set_random_seed(99)
    again = load_model(tmp_path / "model")
    second = again.fit(Augmented(X, Y, TRANSFORMS, 16), epochs=2, verbose=0, resume=True)
    assert joined(first, second) == joined(history) and outcome(again) == outcome(whole)


def test_a_seed_of_its_own_does_not_follow_the_trainings():
    def weights(seed, own):
        model = network()
        nativecnn.set_random_seed(seed)
        model.fit(Augmented(X, Y, TRANSFORMS, 16, seed=own), verbose=0)
        return model.weights_sha256()

    assert weights(1, 5) == weights(2, 5) != weights(1, None) != weights(2, None)


def test_taken_by_number_the_order_is_that_of_the_data():
    data = Augmented(X, Y, (), 16)
    assert np.array_equal(data[1][0], X[16:32]) and np.array_equal(data[-1][1], Y[48:])
    model = network()
    assert model.evaluate(data) == model.evaluate(X, Y)
    assert np.array_equal(model.predict(Augmented(X, transforms=())), model.predict(X))
    assert np.array_equal(Augmented(X, transforms=TRANSFORMS)[0], Augmented(X, transforms=TRANSFORMS)[0])


def test_a_memory_map_of_bytes_is_augmented(tmp_path):
    images = (X * 255).astype(np.uint8)
    np.save(tmp_path / "images.npy", images)
    mapped = Augmented(np.load(tmp_path / "images.npy", mmap_mode="r"), Y, TRANSFORMS, 16).in_epoch(1, 0)
    plain = Augmented(images, Y, TRANSFORMS, 16).in_epoch(1, 0)
    for index in range(4):
        assert mapped[index][0].tobytes() == plain[index][0].tobytes()


def test_targets_and_weights_go_with_their_images():
    numbers = np.arange(50)
    data = Augmented(X, {"a": numbers, "b": numbers * 2}, (), 16, sample_weight=numbers).in_epoch(0, 0)
    for index in range(4):
        images, targets, weights = data[index]
        assert np.array_equal(images, X[weights])
        assert np.array_equal(targets["a"], weights) and np.array_equal(targets["b"], 2 * weights)
    pair = Augmented(X, [numbers, numbers * 2], (), 50).in_epoch(0, 0)[0][1]
    assert np.array_equal(pair[0] * 2, pair[1])
