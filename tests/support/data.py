import os
from pathlib import Path

import pytest


def real_data(name: str) -> Path:
    """Return a folder of real data (in ``NATIVECNN_DATA``, by default ../shared/data), or skip the test."""
    folder = Path(os.environ.get("NATIVECNN_DATA", "../shared/data")).resolve() / name
    if not folder.is_dir():
        pytest.skip(f"no {folder} (NATIVECNN_DATA names the folder that holds it)")
    return folder
