# What each function computes: nativecnn/reference/local_response_normalization.py. Arrays (pixels, channels); y may be
# x, dx may be dy.
import numpy as np
from numpy.typing import NDArray

def local_response_normalization(
    x: NDArray[np.float32], size: int, alpha: float, beta: float, k: float, y: NDArray[np.float32]
) -> None: ...
def local_response_normalization_gradient(
    dy: NDArray[np.float32],
    x: NDArray[np.float32],
    size: int,
    alpha: float,
    beta: float,
    k: float,
    dx: NDArray[np.float32],
) -> None: ...
