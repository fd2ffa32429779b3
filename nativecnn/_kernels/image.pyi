# What each function computes: nativecnn/reference/image.py.
# x: (samples, rows, columns, channels)      y: (samples, output rows, output columns, channels)
from typing import Any

import numpy as np
from numpy.typing import NDArray

def take_pixels(
    x: NDArray[Any], rows: NDArray[np.int64], columns: NDArray[np.int64], fill: NDArray[Any], y: NDArray[Any]
) -> None: ...
def affine_bilinear(
    x: NDArray[np.float32],
    matrices: NDArray[np.float64],
    fill_mode: str,
    fill_value: float,
    y: NDArray[np.float32],
) -> None: ...
