"""The published hashes come out: with every instruction set and number of threads, on the reference, as documented."""

import re
from pathlib import Path

import numpy as np
import pytest

import nativecnn
from nativecnn._kernels import runtime
from nativecnn.cli import main, train
from nativecnn.formats import DataFileError, write_idx
from nativecnn.reference import CONTRACT_VERSION
from nativecnn.verify import published, trainings
from nativecnn.verify.cases import thread_counts
from nativecnn.verify.published import LENET5, X_OR_O
from nativecnn.verify.short_training import short_training
from support.data import real_data

ARITHMETIC = Path(__file__).parents[2] / "docs" / "arithmetic.md"

several_threads = pytest.mark.parametrize("threads", [1, 2, 4])


@several_threads
def test_x_or_o(instruction_set, threads, threads_for_any_work):
    with nativecnn.threads(threads):
        assert X_OR_O.train(X_OR_O.load(None)) == X_OR_O.sha256


@pytest.mark.long
def test_x_or_o_on_the_reference():
    with nativecnn.use_backend("reference"):
        assert X_OR_O.train(X_OR_O.load(None)) == X_OR_O.sha256


@pytest.fixture(scope="module")
def mnist():
    return LENET5.load(real_data("mnist"))


def test_lenet5_on_one_thread(mnist):
    with nativecnn.threads(1):
        assert LENET5.train(mnist) == LENET5.sha256


def test_lenet5_by_the_command_line_on_four_threads(tmp_path, capsys):
    # Its settings are the command's own for MNIST.
    data, model = str(real_data("mnist")), str(tmp_path / "lenet5.safetensors")
    with nativecnn.threads(4):
        assert main(["train", "--model", "lenet5", "--data", data, "--epochs", "1", "--save", model]) == 0
    assert f"weights sha256 {LENET5.sha256}\n" in capsys.readouterr().out


@pytest.mark.long  # minutes on portable kernels
@pytest.mark.parametrize("threads", [1, 4])
def test_lenet5_on_every_instruction_set(mnist, instruction_set, threads):
    with nativecnn.threads(threads):
        assert LENET5.train(mnist) == LENET5.sha256


def test_lenet5_has_the_command_lines_settings():
    settings = train._SETTINGS["mnist"]
    assert (LENET5.batch_size, LENET5.learning_rate, LENET5.seed) == (settings.batch_size, settings.learning_rate, 0)


def test_other_settings_give_other_weights():
    samples = X_OR_O.load(None)
    for change in ({"seed": 1}, {"epochs": 2}, {"batch_size": 33}, {"learning_rate": 0.011}):
        assert X_OR_O._replace(**change).train(samples) != X_OR_O.sha256


def test_they_are_those_of_the_documentation():
    text = ARITHMETIC.read_text(encoding="utf-8")
    section = text[text.index("## Published hashes") :].split("\n## ")[0]
    assert re.findall(r"`([0-9a-f]{64})`", section) == [X_OR_O.sha256, LENET5.sha256]
    assert f"version {published.CONTRACT_VERSION} " in section
    rows = {
        "epochs": [X_OR_O.epochs, LENET5.epochs],
        "samples in a batch": [X_OR_O.batch_size, LENET5.batch_size],
        "learning rate": [X_OR_O.learning_rate, LENET5.learning_rate],
        "seed": [X_OR_O.seed, LENET5.seed],
    }
    for label, values in rows.items():
        assert f"| {label} | {values[0]} | {values[1]} |" in section


def test_they_are_of_the_contracts_version():
    assert published.CONTRACT_VERSION == CONTRACT_VERSION


@several_threads
def test_the_short_training_is_the_same_on_both_backends(instruction_set, threads, threads_for_any_work):
    with nativecnn.use_backend("reference"):
        expected = short_training()
    with nativecnn.threads(threads):
        assert short_training() == expected
    assert short_training(seed=1) != expected


def test_trainings_run_in_every_way_there_is_time_for():
    names, counts = runtime.supported_instruction_sets(), thread_counts()
    everything = list(trainings._ways(60))
    assert len(everything) == len(set(everything)) == len(names) * len(counts)
    assert [way.instruction_set for way in trainings._ways(0)] == list(names)


@pytest.fixture
def quick_lenet5(monkeypatch):
    """The X-and-O net stands in for LeNet-5."""
    monkeypatch.setattr(trainings, "LENET5", X_OR_O)


def test_lenet5_is_checked_where_there_is_time(quick_lenet5):
    texts = []
    assert trainings.check_lenet5("folder", X_OR_O.load(None), 60, texts.append)
    assert trainings.check_lenet5("folder", X_OR_O.load(None), 0, texts.append)
    assert f"as published, {X_OR_O.sha256[:12]}" in texts[0]
    assert re.search(r"not checked: takes about \d+ s, so --seconds \d+ would do", texts[1])


def test_lenet5_that_differs_is_told_with_the_folder_of_the_data(monkeypatch):
    texts = []
    monkeypatch.setattr(trainings, "LENET5", X_OR_O._replace(seed=1))
    assert not trainings.check_lenet5("a folder", X_OR_O.load(None), 60, texts.append)
    assert "DIFFERENT WEIGHTS" in texts[0]
    assert "found = LENET5.train(LENET5.load('a folder'))" in texts[1]


def test_other_data_than_mnist_are_refused(tmp_path):
    for part in ("train", "t10k"):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte", np.zeros((5, 28, 28), np.uint8))
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte", np.zeros(5, np.uint8))
    with pytest.raises(DataFileError, match="expected MNIST's 60,000 training images .*, got 5 others"):
        LENET5.load(tmp_path)
