# What it computes: nativecnn/reference/dropout.py. x and y (samples, pixels, channels), y may be x; key of 128 bits.
import numpy as np
from numpy.typing import NDArray

def dropout(x: NDArray[np.float32], key: int, step: int, rate: float, y: NDArray[np.float32]) -> None: ...
