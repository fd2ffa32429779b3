"""What importing costs: pictures are only for those who ask for them."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "statement, left_out",
    [("import nativecnn", "nativecnn.visualize"), ("from nativecnn import visualize", "matplotlib")],
)
def test_what_is_not_asked_for_is_not_imported(statement, left_out):
    program = f"import sys; {statement}; assert {left_out!r} not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
