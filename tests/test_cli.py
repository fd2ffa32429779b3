import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import nativecnn
from nativecnn import cli
from nativecnn.formats import read_safetensors, write_idx
from support.data import real_data

COMMAND = [sys.executable, "-m", "nativecnn"]


def needs_digits():
    pytest.importorskip("sklearn", reason="scikit-learn bundles the digits (extra examples)")


def needs_pillow():
    return pytest.importorskip("PIL.Image", reason="reads and writes pictures with Pillow (extra examples)")


def run(folder, *arguments, **environment):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def done(folder, *arguments, **environment):
    result = run(folder, *arguments, **environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def images_with_a_bright_row(count, seed, size=12):
    """Images of ten classes that any network learns: the label is the row that shines."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = rng.integers(0, 40, (count, size, size)).astype(np.uint8)
    images[np.arange(count), labels + 1] = 250
    return images, labels


def write_data(folder, train=300, test=50, size=12):
    for part, count, seed in (("train", train, 0), ("t10k", test, 1)):
        images, labels = images_with_a_bright_row(count, seed, size)
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return folder


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data").mkdir()
    return write_data(tmp_path / "data")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with a model file, and what its training printed."""
    folder = tmp_path_factory.mktemp("trained")
    write_data(folder)
    output = done(folder, "train", "--data", folder, "--model", "dense", "--epochs", 3, "--save", "m.safetensors")
    return folder, output


def sha256_of(output):
    return re.search(r"^weights sha256 ([0-9a-f]{64})$", output, re.MULTILINE).group(1)


def test_info():
    output = done(None, "info")
    assert nativecnn.__version__ in output and "threads" in output


def test_train_tells_what_it_did_and_writes_the_model(trained):
    folder, output = trained
    lines = output.splitlines()
    assert lines[0] == "mnist: 300 images to train on, 50 to test on, 12 x 12 x 1, 10 classes"
    assert lines[1].startswith("dense: input")
    assert sum(line.startswith("Epoch ") and "accuracy" in line for line in lines) == 3
    accuracy = re.search(r"^test accuracy (\d+\.\d\d) % \((\d+) of 50\)$", output, re.MULTILINE)
    assert float(accuracy.group(1)) == 2 * int(accuracy.group(2)) > 95
    assert re.search(r"^training took \d+\.\d s$", output, re.MULTILINE)
    assert lines[-1] == "model written to m.safetensors"
    model = nativecnn.load_model(folder / "m.safetensors")
    assert model.weights_sha256() == sha256_of(output)
    assert sorted(path.name for path in folder.iterdir() if "idx" not in path.name) == ["m.safetensors"]


@pytest.mark.parametrize("name", ["convnet", "lenet5", "dense", "logistic"])
@pytest.mark.parametrize("size", [11, 28])
def test_every_network_trains(tmp_path, name, size):
    write_data(tmp_path, train=40, test=10, size=size)
    output = done(tmp_path, "train", "--data", ".", "--model", name, "--epochs", 1, "--learning-rate", 0.01)
    assert f"{name}: input" in output
    assert output.endswith("model written to nativecnn-mnist.safetensors\n")
    assert read_safetensors(tmp_path / "nativecnn-mnist.safetensors")[0]


def test_weights_depend_on_the_seed_alone(tmp_path, data):
    def trained_with(*options, **environment):
        return sha256_of(done(tmp_path, "train", "--data", data, "--epochs", 1, *options, **environment))

    first = trained_with("--seed", 7)
    assert trained_with("--seed", 7, "--threads", 1) == first
    assert trained_with("--seed", 7, "--threads", 5) == first
    assert trained_with("--seed", 7, NATIVECNN_ISA="generic") == first
    assert trained_with("--seed", 8) != first


def test_options_change_the_training(tmp_path, data):
    def trained_with(*options):
        options = ("--data", data, "--model", "logistic", "--limit", 64, *options)
        return sha256_of(done(tmp_path, "train", *options))

    first = trained_with("--epochs", 1)
    for option in (("--epochs", 2), ("--batch-size", 16), ("--learning-rate", 0.5), ("--limit", 65)):
        assert trained_with("--epochs", 1, *option) != first


def test_limit_takes_the_first_images(tmp_path, data):
    output = done(tmp_path, "train", "--data", data, "--model", "logistic", "--limit", 20, "--epochs", 1)
    assert output.startswith("mnist: 20 images to train on, 20 to test on")
    assert re.search(r"^test accuracy .* of 20\)$", output, re.MULTILINE)
    output = done(tmp_path, "train", "--data", data, "--model", "logistic", "--limit", 100, "--epochs", 1)
    assert output.startswith("mnist: 100 images to train on, 50 to test on")


def test_reference_trains_the_same_weights(tmp_path, data):
    options = ("train", "--data", data, "--epochs", 1, "--limit", 40, "--batch-size", 16)
    native, reference = (done(tmp_path, *options, "--backend", backend) for backend in ("native", "reference"))
    assert sha256_of(native) == sha256_of(reference)


def test_digits_reach_their_accuracy_with_no_options(tmp_path):
    needs_digits()
    output = done(tmp_path, "train")
    assert float(re.search(r"test accuracy (\S+) %", output).group(1)) >= 97.5
    assert (tmp_path / "nativecnn-digits.safetensors").is_file()
    again = done(tmp_path, "train", NATIVECNN_NUM_THREADS="1")
    assert sha256_of(again) == sha256_of(output)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 5))
def test_digits_reach_their_accuracy_with_other_seeds(tmp_path, seed):
    needs_digits()
    output = done(tmp_path, "train", "--seed", seed)
    assert float(re.search(r"test accuracy (\S+) %", output).group(1)) >= 97.5


@pytest.mark.long
def test_mnist_reaches_its_accuracy_in_five_epochs(tmp_path):
    with subprocess.Popen(
        [*COMMAND, "train", "--data", real_data("mnist"), "--epochs", "5"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        output = process.communicate()[0]
    assert process.returncode == 0
    assert float(re.search(r"test accuracy (\S+) %", output).group(1)) >= 98.9


def scores_of(output, path):
    lines = output.splitlines()
    first = lines.index(str(path)) + 1
    return [(int(label), float(score)) for label, score in (line.split() for line in lines[first : first + 10])]


def test_predict_prints_classes_best_first(trained, tmp_path):
    folder, _ = trained
    images, labels = images_with_a_bright_row(3, seed=9)
    for number, image in enumerate(images):
        np.save(tmp_path / f"{number}.npy", image)
    output = done(tmp_path, "predict", folder / "m.safetensors", "0.npy", "1.npy", "2.npy")
    for number, label in enumerate(labels):
        scores = scores_of(output, f"{number}.npy")
        assert scores[0][0] == label
        assert sorted(label for label, _ in scores) == list(range(10))
        assert [score for _, score in scores] == sorted((score for _, score in scores), reverse=True)
        assert sum(score for _, score in scores) == pytest.approx(1, abs=1e-5)


def test_predict_gives_a_picture_and_an_array_the_same_scores(trained, tmp_path):
    pillow = needs_pillow()
    folder, _ = trained
    images, _ = images_with_a_bright_row(1, seed=9)
    np.save(tmp_path / "image.npy", images[0])
    pillow.fromarray(images[0]).save(tmp_path / "image.png")
    result = run(tmp_path, "predict", folder / "m.safetensors", "image.npy", "image.png")
    assert scores_of(result.stdout, "image.npy") == scores_of(result.stdout, "image.png")
    assert result.stderr == ""


def test_predict_converts_pictures_and_says_so(trained, tmp_path):
    pillow = needs_pillow()
    folder, _ = trained
    images, labels = images_with_a_bright_row(1, seed=9)
    large = np.kron(images[0], np.ones((5, 4), np.uint8))
    pillow.fromarray(np.stack([large] * 3, axis=2)).save(tmp_path / "large.png")
    pillow.fromarray(255 - large).save(tmp_path / "dark.png")
    result = run(tmp_path, "predict", folder / "m.safetensors", "large.png")
    assert result.returncode == 0
    assert scores_of(result.stdout, "large.png")[0][0] == labels[0]
    assert "large.png: converted from 60 x 48 x 3" in result.stderr and "12 x 12 x 1" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    inverted = run(tmp_path, "predict", "--invert", folder / "m.safetensors", "dark.png")
    assert scores_of(inverted.stdout, "dark.png")[0][0] == labels[0]


def test_predict_tells_the_broken_image_and_goes_on_with_the_others(trained, tmp_path):
    folder, _ = trained
    np.save(tmp_path / "good.npy", images_with_a_bright_row(1, seed=9)[0][0])
    np.save(tmp_path / "wrong.npy", np.zeros((5, 5)))
    result = run(tmp_path, "predict", folder / "m.safetensors", "missing.npy", "wrong.npy", "good.npy")
    assert result.returncode == 2
    assert len(scores_of(result.stdout, "good.npy")) == 10
    missing, wrong = result.stderr.splitlines()
    assert "missing.npy: No such file or directory" in missing
    assert "wrong.npy: expected an array of shape (12, 12, 1), got (5, 5, 1)" in wrong


def test_predict_refuses_a_model_that_takes_no_images(tmp_path, capsys):
    model = nativecnn.Sequential([nativecnn.layers.Dense(3, input_shape=(4,))])
    model.save(tmp_path / "m.safetensors")
    assert cli.main(["predict", str(tmp_path / "m.safetensors"), "x.npy"]) == 2
    assert "expected a model of images (height, width, channels), got (4,)" in capsys.readouterr().err


def broken_model(folder):
    (folder / "broken.safetensors").write_bytes(b"\x10" + b"\0" * 7 + b"{")
    return ["predict", "broken.safetensors", "x.npy"]


def broken_data(folder):
    write_data(folder, train=5, test=5)
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(b"\0\0\x08\x01\0\0\0\x05\1\2")
    return ["train", "--data", "."]


def small_images(folder):
    write_data(folder, train=5, test=5, size=11)
    for part in ("train", "t10k"):
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", np.zeros((5, 3, 28), np.uint8))
    return ["train", "--data", "."]


def no_images(folder):
    write_data(folder, train=5, test=5)
    write_idx(folder / "t10k-images-idx3-ubyte.gz", np.zeros((0, 12, 12), np.uint8))
    write_idx(folder / "t10k-labels-idx1-ubyte.gz", np.zeros(0, np.uint8))
    return ["train", "--data", "."]


def folder_as_file(folder):
    (folder / "there").mkdir()
    return ["train", "--save", "there"]


ERRORS = [
    ([], "required: command"),
    (["paint"], "invalid choice: 'paint'"),
    (["train", "--colour"], "unrecognized arguments: --colour"),
    (["train", "--epo", "3"], "unrecognized arguments: --epo 3"),
    (["train", "--epochs", "0"], "--epochs: expected 1 or more, got 0"),
    (["train", "--epochs", "many"], "--epochs: expected a whole number, got 'many'"),
    (["train", "--batch-size", "-1"], "--batch-size"),
    (["train", "--learning-rate", "nan"], "--learning-rate: expected a number above 0, got 'nan'"),
    (["train", "--learning-rate", "0"], "--learning-rate: expected a number above 0"),
    (["train", "--learning-rate", "fast"], "--learning-rate: expected a number above 0, got 'fast'"),
    (["train", "--seed", "-1"], "--seed"),
    (["train", "--seed", str(1 << 64)], "--seed: expected 0 to 2^64 - 1"),
    (["train", "--threads", "0"], "--threads: expected 1 or more"),
    (["train", "--model", "resnet"], "--model: invalid choice: 'resnet'"),
    (["train", "--backend", "gpu"], "--backend: invalid choice: 'gpu'"),
    (["train", "--data", "missing"], "missing: expected a folder with train-images-idx3-ubyte"),
    (["train", "--data", "."], "expected a file named train-images-idx3-ubyte"),
    (["train", "--save", "missing/m.safetensors"], "--save missing/m.safetensors: expected an existing folder"),
    (["predict"], "required: MODEL, IMAGE"),
    (["predict", "missing.safetensors", "x.npy"], "missing.safetensors: No such file or directory"),
    (["predict", ".", "x.npy"], "Is a directory" if os.name == "posix" else "error"),
    (broken_model, "broken.safetensors: expected a header of 16 bytes"),
    (broken_data, "train-labels-idx1-ubyte.gz: expected 5 bytes"),
    (small_images, "--model convnet: expected images of at least 4 x 4, got 3 x 28 x 1"),
    (no_images, "expected images in the t10k files"),
    (folder_as_file, "--save there: expected a file to write, got a folder"),
]


@pytest.mark.parametrize(
    ("arguments", "message"),
    ERRORS,
    ids=[a.__name__ if callable(a) else " ".join(a) or "nothing" for a, _ in ERRORS],
)
def test_what_a_user_gets_wrong_is_told_in_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    try:
        exit_code = cli.main(arguments(tmp_path) if callable(arguments) else arguments)
    except SystemExit as exit_:  # how argparse ends
        exit_code = exit_.code
    out, err = capsys.readouterr()
    assert exit_code == 2
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1 and err.startswith("python -m nativecnn")


def test_error_of_a_process_is_one_line_and_exit_code_2(tmp_path):
    result = run(tmp_path, "train", "--data", "missing")
    assert (result.returncode, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert os.listdir(tmp_path) == []


def test_missing_extra_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert cli.main(["train"]) == 2
    assert 'pip install "nativecnn[examples]"' in capsys.readouterr().err


def test_help_tells_the_defaults():
    output = done(None, "train", "--help")
    for words in ("--data DIR", "convnet", "20 for digits, 5 for mnist", "--save FILE"):
        assert words in " ".join(output.split())


def test_interrupt_while_reading_says_so(tmp_path, monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "load_digits", interrupted)
    assert cli.main(["train"]) == 130
    assert capsys.readouterr().err.endswith("interrupted while reading the data; nothing was written\n")


@pytest.mark.skipif(os.name != "posix", reason="sends the signal as POSIX does")
def test_interrupt_while_training_says_where_and_the_training_goes_on_from_there(tmp_path, data):
    with subprocess.Popen(
        [*COMMAND, "train", "--data", str(data), "--epochs", "1000000", "--seed", "5"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # in a shell's background job the signal is ignored from the start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        for line in process.stdout:
            if line.startswith("Epoch 2/"):
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "test accuracy" not in out
    told = re.search(
        r"interrupted in epoch (\d+) of 1000000, after \d+\.\d s; "
        r"the training so far is in nativecnn-mnist\.interrupted\.safetensors, and --resume goes on with it$",
        err.strip(),
    )
    assert "Traceback" not in err
    name = "nativecnn-mnist.interrupted.safetensors"
    assert sorted(os.listdir(tmp_path)) == ["data", name]
    position = nativecnn.load_model(tmp_path / name).compilation.position
    epochs = int(told.group(1))
    assert epochs == position.epoch + 1 > 2
    resumed = done(tmp_path, "train", "--data", data, "--epochs", epochs, "--resume", name)
    whole = done(tmp_path, "train", "--data", data, "--epochs", epochs, "--seed", 5)
    assert sha256_of(resumed) == sha256_of(whole)
    values = re.compile(rf"^Epoch {epochs}/.* (loss .*)$", re.MULTILINE)
    assert values.search(resumed).group(1) == values.search(whole).group(1)


@pytest.mark.parametrize(
    "options, message",
    [
        (["m.safetensors", "--model", "dense"], "expected no --model with it"),
        (["m.safetensors", "--batch-size", "64"], "expected no --batch-size with it"),
        (["m.safetensors", "--seed", "0"], "expected no --seed with it"),
        (["m.safetensors", "--limit", "299"], "samples to train with of before, 300, got 299"),
        (["bare.safetensors"], "expected a file of an interrupted training, got another model"),
        (["none.safetensors"], "none.safetensors: No such file"),
    ],
    ids=lambda value: None,
)
def test_a_training_that_cannot_be_gone_on_with_is_refused(trained, tmp_path, monkeypatch, capsys, options, message):
    folder, _ = trained
    monkeypatch.chdir(tmp_path)
    model = nativecnn.load_model(folder / "m.safetensors")
    model.save("m.safetensors")
    model.save("bare.safetensors", include_optimizer=False)
    assert cli.main(["train", "--data", str(folder), "--resume", *options]) == 2
    err = capsys.readouterr().err
    assert message in err and len(err.splitlines()) == 1
    assert sorted(os.listdir()) == ["bare.safetensors", "m.safetensors"]


@pytest.mark.skipif(os.name != "posix", reason="pipes break otherwise elsewhere")
def test_reader_that_goes_away_is_no_traceback(tmp_path, data):
    with subprocess.Popen(
        [*COMMAND, "train", "--data", str(data), "--epochs", "1000000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(timeout=60) == 2
    assert err == ""
