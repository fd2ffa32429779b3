"""The published hashes come out: with every instruction set and number of threads, on the reference, as documented."""

import re
from pathlib import Path

import pytest

import nativecnn
from nativecnn.cli import main, train
from nativecnn.reference import CONTRACT_VERSION
from nativecnn.verify import published, session
from nativecnn.verify.published import LENET5, X_OR_O
from nativecnn.verify.training import short_training
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


@pytest.mark.parametrize("threads", [1, 4])
def test_lenet5(mnist, threads):
    with nativecnn.threads(threads):
        assert LENET5.train(mnist) == LENET5.sha256


@pytest.mark.long  # minutes on portable kernels
@pytest.mark.parametrize("threads", [1, 4])
def test_lenet5_on_every_instruction_set(mnist, instruction_set, threads):
    with nativecnn.threads(threads):
        assert LENET5.train(mnist) == LENET5.sha256


def test_the_command_line_trains_the_same_lenet5(tmp_path, capsys):
    # Its settings are the command's own for MNIST.
    folder = real_data("mnist")
    main(
        [
            "train",
            "--model",
            "lenet5",
            "--data",
            str(folder),
            "--epochs",
            "1",
            "--save",
            str(tmp_path / "m.safetensors"),
        ]
    )
    assert f"weights sha256 {LENET5.sha256}\n" in capsys.readouterr().out


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


def test_verify_checks_lenet5_where_it_has_the_data_and_the_time():
    folder, texts = real_data("mnist"), []
    assert session.verify(20, data=folder, print_fn=texts.append)
    (line,) = (text for text in texts if text.startswith("LeNet-5"))
    assert f"as published, {LENET5.sha256[:12]}" in line
    texts.clear()
    assert session.verify(0.1, data=folder, print_fn=texts.append)
    (line,) = (text for text in texts if text.startswith("LeNet-5"))
    assert re.search(r"not checked: takes about \d+ s, so --seconds \d+ would do", line)
