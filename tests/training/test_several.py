"""Models with several inputs and outputs: their data as lists, dicts and batches of these."""

import numpy as np
import pytest

import nativecnn
from nativecnn import Input, Model, layers
from nativecnn.data import Augmented, Sequence
from nativecnn.random import Stream

A, B = Stream(1, "a").uniform((20, 4, 4, 1)), Stream(1, "b").uniform((20, 3))
LABELS, NUMBERS = np.arange(20) % 3, Stream(1, "y").uniform((20, 2))
WEIGHTS = np.arange(20) / 10


def two_by_two():
    nativecnn.set_random_seed(2)
    a, b = Input((4, 4, 1), name="image"), Input((3,), name="row")
    inner = layers.Dense(5, activation="tanh")(layers.Flatten()(a))
    other = layers.Dense(5)(b)
    model = Model(
        [a, b],
        [
            layers.Dense(3, activation="softmax", name="kind")(other),
            layers.Dense(2, name="size")(inner),
        ],
    )
    model.compile("adam", loss=["sparse_categorical_crossentropy", "mse"], metrics={"kind": ["accuracy"]})
    return model


class Batches(Sequence):
    def __init__(self, as_dicts=False, **settings):
        super().__init__(**settings)
        self.as_dicts = as_dicts

    def __len__(self):
        return 3

    def __getitem__(self, index):
        part = slice(index * 8, (index + 1) * 8)
        if self.as_dicts:
            return {"row": B[part], "image": A[part]}, {"size": NUMBERS[part], "kind": LABELS[part]}
        return [A[part], B[part]], (LABELS[part], NUMBERS[part])


def fitted(x, y=None, **settings):
    model = two_by_two()
    history = model.fit(x, y, epochs=2, batch_size=8, verbose=0, shuffle=False, **settings)
    return history.history, model.weights_sha256()


AS_DICTS = {"row": B, "image": A}, {"kind": LABELS, "size": NUMBERS}


def test_lists_dicts_and_batches_train_to_the_same_bits():
    expected = fitted([A, B], [LABELS, NUMBERS])
    assert fitted((A, B), (LABELS, NUMBERS)) == expected
    assert fitted(*AS_DICTS) == expected
    assert fitted(Batches()) == fitted(Batches(as_dicts=True, workers=2)) == expected
    assert fitted((Batches()[index] for index in (0, 1, 2, 0, 1, 2)), steps_per_epoch=3) == expected


def test_samples_of_all_arrays_stay_together_when_shuffled():
    orders = [Stream(2, "shuffle").permutation(20, step=step) for step in range(2)]
    shuffled, taken = two_by_two(), two_by_two()
    shuffled.fit(*AS_DICTS, epochs=2, batch_size=8, verbose=0)
    for order in orders:
        taken.fit([A[order], B[order]], [LABELS[order], NUMBERS[order]], batch_size=8, shuffle=False, verbose=0)
    assert shuffled.weights_sha256() == taken.weights_sha256()


def test_evaluate_and_predict_take_the_same():
    model = two_by_two()
    expected = model.evaluate([A, B], [LABELS, NUMBERS])
    assert model.evaluate(*AS_DICTS) == model.evaluate(Batches()) == model.test_on_batch(*AS_DICTS) == expected
    outputs = model.predict([A, B])
    assert [output.shape for output in outputs] == [(20, 3), (20, 2)]
    for again in (model.predict(AS_DICTS[0]), model.predict(Batches()), model.predict([A, B], batch_size=7)):
        assert [output.tobytes() for output in again] == [output.tobytes() for output in outputs]
    assert [len(output) for output in model.predict([A[:0], B[:0]])] == [0, 0]


def test_weights_are_for_all_outputs_or_for_each():
    both = fitted([A, B], [LABELS, NUMBERS], sample_weight=WEIGHTS)
    assert fitted([A, B], [LABELS, NUMBERS], sample_weight=[WEIGHTS, WEIGHTS]) == both
    assert fitted([A, B], [LABELS, NUMBERS], sample_weight={"size": WEIGHTS, "kind": WEIGHTS}) == both
    one = fitted([A, B], [LABELS, NUMBERS], sample_weight=[WEIGHTS, None])
    assert one == fitted([A, B], [LABELS, NUMBERS], sample_weight=[WEIGHTS, np.ones(20)]) != both


def test_validation_is_split_off_all_arrays():
    split = fitted([A, B], [LABELS, NUMBERS], validation_split=0.2)
    given = fitted(
        [A[:16], B[:16]], [LABELS[:16], NUMBERS[:16]], validation_data=([A[16:], B[16:]], [LABELS[16:], NUMBERS[16:]])
    )
    assert split == given


def test_an_augmented_image_may_have_several_targets():
    nativecnn.set_random_seed(2)
    image = Input((4, 4, 1))
    flat = layers.Flatten()(image)
    model = Model(image, [layers.Dense(3, activation="softmax", name="kind")(flat), layers.Dense(2, name="size")(flat)])
    model.compile(loss=["sparse_categorical_crossentropy", "mse"])
    model.fit(Augmented(A, AS_DICTS[1], batch_size=8), verbose=0)
    by_list = model.evaluate(Augmented(A, [LABELS, NUMBERS], batch_size=8))
    assert by_list == model.evaluate(A, AS_DICTS[1])


@pytest.mark.parametrize(
    "settings, error, message",
    [
        ({"x": A}, TypeError, r"x: expected a list or dict .* each of 2 inputs, got an array of shape \(20, 4, 4, 1\)"),
        ({"x": [A]}, ValueError, "x: expected one array for each of 2 inputs, got 1"),
        ({"x": {"image": A}}, ValueError, "x: expected by name the inputs image, row, got image"),
        ({"x": [B, A]}, ValueError, r"expected x\['image'\] of shape"),
        ({"x": [A, B[:5]]}, ValueError, r"x: expected as many samples for every input, got \[20, 5\]"),
        ({"x": [A, B.astype(str)]}, TypeError, r"x\['row'\]: expected an array of real numbers"),
        ({"y": LABELS}, TypeError, "y: expected a list or dict"),
        ({"y": [LABELS]}, ValueError, "y: expected one array for each of 2 outputs, got 1"),
        ({"y": {"kind": LABELS, "length": NUMBERS}}, ValueError, "y: expected by name the outputs kind, size, got"),
        ({"y": [LABELS, NUMBERS[:5]]}, ValueError, r"y\['size'\]: expected one target for each of 20 samples"),
        ({"y": [LABELS + 1, NUMBERS]}, ValueError, r"y\['kind'\]: expected whole class labels"),
        ({"sample_weight": [WEIGHTS]}, ValueError, "sample_weight: expected one array for each of 2 outputs"),
        ({"sample_weight": [WEIGHTS, -WEIGHTS]}, ValueError, r"sample_weight\['size'\]: expected finite weights"),
    ],
    ids=lambda value: None,
)
def test_wrong_data_are_refused_by_name(settings, error, message):
    model = two_by_two()
    with pytest.raises(error, match=message):
        model.fit(**({"x": [A, B], "y": [LABELS, NUMBERS], "verbose": 0} | settings))
    assert model.compilation.state.iterations == 0
