"""The programs themselves, without any peer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from records import read_run

BENCH = Path(__file__).parent.parent.parent / "bench"


def run(program, *arguments):
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, BENCH / program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=120)


def done(program, *arguments):
    result = run(program, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refusal(program, *arguments):
    result = run(program, *arguments)
    assert result.returncode != 0
    return result.stderr.strip().splitlines()[-1]


def test_layers(tmp_path):
    layers = tmp_path / "tiny.txt"
    layers.write_text("conv 2 6 6 3 4 3 1 same 1\ndepthwise 1 6 6 4 4 3 2 1 4\nfc 2 5 7\n", encoding="utf-8")
    passes = ["forward", "input gradient", "kernel gradient", "backward"]
    settings = ["--passes", ",".join(passes), "--repetitions", 1, "--threads", 2, "--json", tmp_path / "run.json"]
    output = done("run_ops.py", layers, *settings)
    written = read_run(tmp_path / "run.json")
    assert [(r.name, r.what) for r in written.records] == [
        (name, what) for name in ("conv", "depthwise", "fc") for what in passes
    ]
    assert written.machine["threads"] == 2 and written.machine["compile_flags"]
    for record in written.records:
        assert record.seconds > 0 and 0 < record.share < 1.5 and record.name in output
    forward, backward = (next(r for r in written.records if r.what == what) for what in ("forward", "backward"))
    assert backward.multiply_adds == 2 * forward.multiply_adds == 2 * 2 * 36 * 27 * 4


def test_selected_layers_with_other_batches(tmp_path):
    output = done("run_ops.py", "lenet5", "--only", "conv2", "--samples", 2, "--passes", "forward", "--repetitions", 1)
    assert "2×14×14×6→16 k5 s1" in output and "conv1" not in output


def test_networks(tmp_path):
    done("run_models.py", "lenet5", "--samples", "1,3", "--repetitions", 1, "--json", tmp_path / "run.json")
    records = read_run(tmp_path / "run.json").records
    assert [(r.name, r.samples, r.multiply_adds) for r in records] == [
        ("lenet5", 1, 416_520),
        ("lenet5", 3, 1_249_560),
    ]


def test_training_steps():
    assert "training step" in done("run_training.py", "lenet5", "--samples", 4, "--repetitions", 1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_memory_of_training_steps():
    name, samples, engine, steps, whole = (
        done("run_training.py", "lenet5", "--samples", 4, "--memory").splitlines()[1].split()
    )
    assert (name, samples, engine) == ("lenet5", "4", "nativecnn")
    assert 0 < float(steps) < float(whole)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["run_ops.py", "vgg17"], "expected a file of layers"),
        (["run_ops.py", "--passes", "sideways"], "expected names of forward"),
        (["run_ops.py", "--only", "7x7"], "nothing is selected"),
        (["run_ops.py", "--peers", "abacus"], "expected names of torch"),
        (["run_training.py", "--peers", "ncnn"], "expected names of torch, got 'ncnn'"),
        (["run_models.py", "alexnet"], "expected networks of lenet5"),
        (["run_training.py", "alexnet"], "expected networks of lenet5"),
        (["run_ops.py", "--instruction-set", "sse9"], "--instruction-set: expected"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    assert message in refusal(*arguments)


def test_a_peer_that_is_missing_is_named_with_the_extra(tmp_path):
    (tmp_path / "ncnn.py").write_text("raise ImportError(\"No module named 'ncnn'\")", encoding="utf-8")
    command = [sys.executable, BENCH / "run_ops.py", "--peers", "ncnn"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert result.returncode != 0
    assert result.stderr.strip() == "--peers ncnn: No module named 'ncnn': pip install \"nativecnn[bench]\""
