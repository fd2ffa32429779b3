"""What README.md shows has to run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


@pytest.mark.parametrize(
    "numbers, check",
    [
        ([0], "assert model.evaluate(x_test, y_test)[1] > 0.95\n"),
        ([1], "assert model.output_shape == (5,) and open('model.svg').read().count('<polyline') == 3\n"),
        ([0, 2], "assert maps.shape == (8, 8, 8) and open('maps.png', 'rb').read().startswith(b'\\x89PNG')\n"),
        ([3], "assert search.best_score_ > 0.9\n"),
    ],
    ids=["ten lines", "graph", "what it sees", "scikit-learn"],
)
def test_example_runs_and_learns(numbers, check, tmp_path):
    pytest.importorskip("sklearn", reason="the example's digits come with scikit-learn (extra: examples)")
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    example = "".join(examples[number] for number in numbers)
    result = subprocess.run(
        [sys.executable, "-c", example + check], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "digits.safetensors").exists() == (0 in numbers)
