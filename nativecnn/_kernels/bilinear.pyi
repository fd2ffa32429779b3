# What each function computes: nativecnn/reference/bilinear.py.
# x, dx: (samples, rows, columns, channels)      y, dy: (samples, rows · factor, columns · factor, channels)
import numpy as np
from numpy.typing import NDArray

def upsample_bilinear(x: NDArray[np.float32], y: NDArray[np.float32], factors: tuple[int, int]) -> None: ...
def upsample_bilinear_gradient(dy: NDArray[np.float32], dx: NDArray[np.float32], factors: tuple[int, int]) -> None: ...
