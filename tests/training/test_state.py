"""The state of a training in model files: what is stored, and that nothing wrong is taken in."""

import copy
import json
import struct

import numpy as np
import pytest

import nativecnn
from nativecnn import ModelFileError, load_model
from nativecnn.formats import read_safetensors, write_safetensors
from support.training import BATCHES, OPTIMIZERS, StopAfter, X, Y, network, outcome, train


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def stopped(path, optimizer="adam", batches=BATCHES + 2):
    """Return a model stopped within its second epoch, and write it to a file."""
    model = network(optimizer)
    train(model, callbacks=[StopAfter(batches)])
    model.save(path)
    return model


def contents(path):
    tensors, metadata = read_safetensors(path)
    return tensors, json.loads(metadata["nativecnn"])


def write(path, tensors, description):
    write_safetensors(path, tensors, {"nativecnn": json.dumps(description)})


# What is stored


@pytest.mark.parametrize(
    "optimizer, names",
    [("sgd", []), ("momentum", ["velocity"]), ("nesterov", ["velocity"]), ("adam", ["mean", "variance"])],
)
def test_arrays_of_the_optimizer_have_names_of_their_own(path, optimizer, names):
    model = stopped(path, optimizer)
    tensors, _ = contents(path)
    trained = model.trainable_weights
    assert set(tensors) == set(model.weights) | {f"optimizer/{name}/{key}" for name in names for key in trained}
    for key, arrays in model.compilation.state.slots.items():
        for name, array in zip(names, arrays, strict=True):
            assert tensors[f"optimizer/{name}/{key}"].tobytes() == array.tobytes()


def test_the_description_says_where_the_training_stands(path):
    model = stopped(path)
    training = contents(path)[1]["training"]
    sums = model.compilation.position.sums
    assert training["optimizer"]["iterations"] == BATCHES + 2
    assert training["epochs_begun"] == 2
    assert training["position"] == {
        "run": {"seed": 3, "samples": 50, "batch_size": 16, "steps": 4, "shuffle": True},
        "epoch": 1,
        "order": 1,
        "sums": {
            "batches": 2,
            "samples": 32,
            "losses": [sums.losses[0].hex()],
            "metrics": {name: [part.hex() for part in sums.metrics[name]] for name in ("accuracy", "mse")},
        },
    }


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_everything_comes_back(path, optimizer):
    model = stopped(path, optimizer)
    assert outcome(load_model(path)) == outcome(model)
    load_model(path).save(path)
    assert outcome(load_model(path)) == outcome(model)


def test_any_values_of_the_arrays_come_back(path):
    model = stopped(path, "momentum")
    special = [np.nan, np.inf, -np.inf, -0.0, 1e-45]
    for (array,) in model.compilation.state.slots.values():
        array.reshape(-1)[:5] = special[: array.size]
    model.save(path)
    assert outcome(load_model(path)) == outcome(model)


def test_a_file_may_leave_the_state_out(path):
    model = stopped(path)
    model.save(path, include_optimizer=False)
    tensors, description = contents(path)
    assert set(tensors) == set(model.weights) and description["training"] is None
    again = load_model(path)
    assert again.weights_sha256() == model.weights_sha256()
    assert again.compilation.get_config() == model.compilation.get_config()
    assert again.compilation.state.iterations == again.compilation.epochs_begun == 0


def test_a_metric_that_came_within_the_epoch_leaves_no_position(path):
    model = stopped(path)
    model.compilation.metrics.parts()[0].append("mae")
    model.save(path)
    assert load_model(path).compilation.position is None


def test_another_optimizer_in_the_same_training_is_stored(path):
    model = stopped(path, "sgd")
    model.compilation.optimizer = OPTIMIZERS["adam"]()
    model.save(path)
    again = load_model(path)
    for one in (model, again):
        train(one, resume=True)
    assert outcome(again) == outcome(model)


def test_a_model_that_was_not_compiled_has_none(path):
    model = nativecnn.Sequential([nativecnn.layers.Dense(2, input_dim=3)])
    model.save(path)
    assert contents(path)[1]["training"] is None


def test_weights_are_read_from_a_file_with_a_state(path):
    model, other = stopped(path), network()
    before = outcome(other)
    other.load_weights(path)
    assert outcome(other) == before | {"weights": model.weights_sha256()}


def test_a_layer_may_be_named_optimizer(path):
    model = nativecnn.Sequential([nativecnn.layers.Dense(2, input_dim=36, name="optimizer")])
    model.compile("adam", loss="mse")
    model.fit(X.reshape(50, 36), Y, verbose=0)
    model.save(path)
    again = load_model(path)
    assert outcome(again) == outcome(model)
    again.load_weights(path)


def test_a_file_of_format_1_loads_without_a_state(path):
    model = stopped(path)
    tensors, description = contents(path)
    del description["training"]
    write(path, {key: tensors[key] for key in model.weights}, description | {"format_version": 1})
    again = load_model(path)
    assert again.weights_sha256() == model.weights_sha256()
    assert again.compilation.state.iterations == 0 and again.compilation.position is None


def test_a_position_of_format_version_2_is_read(path):
    model = stopped(path)
    tensors, description = contents(path)
    position = description["training"]["position"]
    del position["run"]["steps"], position["sums"]["batches"], description["training"]["callbacks"]
    position["sums"]["loss"] = position["sums"].pop("losses")[0]
    write(path, tensors, description | {"format_version": 2})
    again = load_model(path)
    assert again.compilation.position == model.compilation.position


# What is refused


def at(description, place):
    """Return the part of a description that holds the last of the keys in a place."""
    for key in place[:-1]:
        description = description[key]
    return description


STATE = ("training", "optimizer")
POSITION = ("training", "position")


@pytest.mark.parametrize(
    "place, value, message",
    [
        (
            ("training",),
            [],
            "training: expected an object with the fields optimizer, epochs_begun, position, callbacks, got",
        ),
        (("training",), {}, "got none"),
        (("training", "extra"), 1, "got optimizer, epochs_begun, position, callbacks, extra"),
        (("training", "epochs_begun"), 0, r"expected an order of at most 0 \(epochs_begun\), got 1"),
        (("training", "epochs_begun"), 1.0, "epochs_begun: expected an integer, got 1.0"),
        ((*STATE, "iterations"), -1, "iterations: expected an integer of at least 0, got -1"),
        ((*STATE, "iterations"), float("nan"), "iterations: expected an integer, got nan"),
        ((*STATE, "iterations"), True, "iterations: expected an integer, got True"),
        ((*STATE, "iterations"), 2**63, "iterations: expected at most"),
        ((*STATE, "iterations"), 0, "scalars: expected an object with the fields none"),
        ((*STATE, "scalars"), {}, "scalars: expected .* beta_1_power, beta_2_power, got none"),
        ((*STATE, "scalars", "beta_1_power"), 0.5, "beta_1_power: expected a number as hexadecimal text, got 0.5"),
        ((*STATE, "scalars", "beta_1_power"), "nan", "beta_1_power: expected a number from 0 to 1, got nan"),
        ((*STATE, "scalars", "beta_1_power"), "0x1p+1", "from 0 to 1, got 2.0"),
        ((*STATE, "scalars", "beta_2_power"), "-0x1p-9", "from 0 to 1"),
        ((*STATE, "scalars", "beta_2_power"), "0x1p+99999", "too large"),
        ((*STATE, "scalars", "beta_2_power"), "half", "invalid hexadecimal"),
        ((*POSITION, "epoch"), "1", "epoch: expected an integer, got '1'"),
        ((*POSITION, "order"), 10**30, "order: expected at most"),
        ((*POSITION, "run"), None, "expected a run for 32 samples, got none"),
        ((*POSITION, "run", "seed"), -1, "seed: expected an integer of at least 0"),
        ((*POSITION, "run", "samples"), 0, "samples: expected an integer of at least 1"),
        ((*POSITION, "run", "samples"), 31, "whole batches of 16 of 31 samples, got 32 samples"),
        ((*POSITION, "run", "batch_size"), 51, "batch_size: expected at most the number of samples, 50, got 51"),
        ((*POSITION, "run", "batch_size"), 15, "whole batches of 15 of 50 samples, got 32 samples"),
        ((*POSITION, "run", "shuffle"), 1, "shuffle: expected true or false, got 1"),
        ((*POSITION, "run", "steps"), 0, "steps: expected an integer of at least 1"),
        ((*POSITION, "run", "steps"), 5, "steps: expected at most 4 batches in an epoch, got 5"),
        ((*POSITION, "run", "steps"), 1, "at most 1 batches, as many as make 32 samples, got 2"),
        ((*POSITION, "sums", "batches"), 3, "as many as make 32 samples, got 3"),
        ((*POSITION, "sums", "batches"), -1, "batches: expected an integer of at least 0"),
        ((*POSITION, "sums", "samples"), 33, "whole batches of 16 of 50 samples, got 33 samples"),
        ((*POSITION, "sums", "losses"), [None], "losses: expected a number as hexadecimal text"),
        ((*POSITION, "sums", "losses"), [], r"losses: expected a list of 1, got \[\]"),
        ((*POSITION, "sums", "metrics"), {}, "metrics: expected an object with the fields accuracy, mse, got none"),
        ((*POSITION, "sums", "metrics", "loss"), "0x0p+0", "got accuracy, mse, loss"),
        (("compilation",), None, "expected a compilation with the state of a training, got none"),
        (("compilation", "metrics"), ["mse"], "metrics: expected an object with the fields mse, got accuracy, mse"),
        (("compilation", "optimizer"), {"name": "sgd"}, "scalars: expected an object with the fields none"),
    ],
    ids=lambda value: None,
)
def test_a_wrong_state_is_refused_by_name(path, place, value, message):
    stopped(path)
    tensors, description = contents(path)
    at(description, place)[place[-1]] = value
    write(path, tensors, description)
    with pytest.raises(ModelFileError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


KEY = "optimizer/mean/conv2d/kernel"


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda t: t.pop(KEY), f"expected an array {KEY} of the optimizer's, got none"),
        (
            lambda t: t.update({KEY: t[KEY][:1]}),
            rf"{KEY}: expected .* \(3, 3, 1, 8\), got .*\(1, 3, 1, 8\)",
        ),
        (lambda t: t.update({KEY: t[KEY].reshape(9, 8)}), rf"{KEY}: expected .* got float32 of shape \(9, 8\)"),
        (lambda t: t.update({KEY: t[KEY].astype(np.float64)}), f"{KEY}: expected float32 .* got float64"),
        (lambda t: t.update({KEY: t[KEY].view(np.int32)}), f"{KEY}: expected float32 .* got int32"),
        (lambda t: t.update({"optimizer/mean/dense/kernel": t["dense/kernel"]}), "optimizer/variance/dense/kernel"),
        (lambda t: t.update({"optimizer/mean/other/kernel": t[KEY]}), "got also optimizer/mean/other/kernel"),
        (lambda t: t.update({"optimizer/velocity/conv2d/kernel": t[KEY]}), "got also optimizer/velocity/conv2d/kernel"),
        (lambda t: t.update({"optimizer/mean/kernel": t[KEY]}), "got also optimizer/mean/kernel"),
        (lambda t: t.update({"a/mean/conv2d/kernel": t[KEY]}), "got also a/mean/conv2d/kernel"),
        (lambda t: t.update({f"{KEY}/0": t[KEY]}), f"got also {KEY}/0"),
    ],
)
def test_arrays_that_do_not_match_the_weights_are_refused_by_name(path, change, message):
    stopped(path)
    tensors, description = contents(path)
    change(tensors)
    write(path, tensors, description)
    with pytest.raises(ModelFileError, match=message):
        load_model(path)


@pytest.mark.parametrize("training", ["left out", "not begun"])
def test_arrays_without_a_state_are_refused(path, training):
    stopped(path, "momentum")
    tensors, description = contents(path)
    if training == "left out":
        description["training"] = None
    else:
        description["training"]["optimizer"]["iterations"] = 0
    write(path, tensors, description)
    with pytest.raises(ModelFileError, match="got also optimizer/velocity/"):
        load_model(path)


# Anything at all


def places(value, place=()):
    """Yield the place of every part of a description."""
    if place:
        yield place
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*place, key))


ANYTHING = [
    None,
    True,
    -1,
    0,
    1,
    7,
    2**63,
    10**400,
    0.5,
    float("nan"),
    "",
    "nan",
    "-inf",
    "0x1p+9999",
    [],
    [1],
    {},
    {"a": 1},
]


def test_whatever_the_state_says_is_refused_or_can_be_gone_on_with(path):
    stopped(path)
    tensors, description = contents(path)
    refused = taken = 0
    for place in places(description["training"]):
        for value in ANYTHING:
            changed = copy.deepcopy(description)
            at(changed["training"], place)[place[-1]] = value
            write(path, tensors, changed)
            try:
                model = load_model(path)
            except ModelFileError:
                refused += 1
                continue
            taken += 1
            try:
                train(model, resume=True)
            except ValueError as error:
                assert "resume=True" in str(error)
    assert refused > 250 and taken > 20


def test_any_changed_byte_of_the_header_is_refused_or_can_be_gone_on_with(path):
    stopped(path, "momentum")
    whole = path.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    first = whole.index(b'\\"training\\"')
    for place in range(first, 8 + length, 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            train(load_model(path), resume=True)
        except ModelFileError:
            pass
        except ValueError as error:
            assert "resume=True" in str(error)
