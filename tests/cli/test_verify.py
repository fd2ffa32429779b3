"""``python -m nativecnn verify``."""

import subprocess
import sys

import pytest

import nativecnn._kernels as native
from nativecnn import cli


def test_exit_code_is_0_where_bits_are_the_same(capsys):
    assert cli.main(["verify", "--seconds", "0.01"]) == 0
    out = capsys.readouterr().out
    assert "convolution, Winograd" in out and "no difference" in out
    assert "LeNet-5 on MNIST, one epoch           not checked: --data DIR" in out


def test_exit_code_is_1_where_bits_differ(capsys, monkeypatch):
    monkeypatch.setattr(native, "add", lambda a, b, y: y.fill(0))
    assert cli.main(["verify", "--seconds", "0.01", "--seed", "3"]) == 1
    out = capsys.readouterr().out
    assert "there are differences" in out and "def addition(" in out


def test_missing_data_are_told_in_one_line(capsys, tmp_path):
    assert cli.main(["verify", "--data", str(tmp_path / "none")]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "no such folder" in err and len(err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--seconds", "nan"], ["--seed", "-1"]])
def test_wrong_options_are_told(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(["verify", *arguments])
    assert ended.value.code == 2 and arguments[0] in capsys.readouterr().err


def test_nothing_else_imports_it():
    program = (
        "import sys, nativecnn, nativecnn.cli\n"
        "try:\n    nativecnn.cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "sys.exit('nativecnn.verify' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True).returncode == 0
