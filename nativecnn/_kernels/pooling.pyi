# What each function computes: nativecnn/reference/pooling.py.
# x, dx: (samples, [planes,] rows, columns, channels)      y, dy: (samples, [output planes,] output rows, …, channels)
import numpy as np
from numpy.typing import NDArray

def max_pool2d(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    pool_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> None: ...
def max_pool2d_gradient(
    dy: NDArray[np.float32],
    x: NDArray[np.float32],
    dx: NDArray[np.float32],
    pool_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
    relu: bool = False,
) -> None: ...
def average_pool2d(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    pool_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> None: ...
def average_pool2d_gradient(
    dy: NDArray[np.float32],
    dx: NDArray[np.float32],
    pool_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> None: ...
def max_pool3d(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    pool_size: tuple[int, int, int],
    strides: tuple[int, int, int],
    padding: tuple[int, int, int],
) -> None: ...
def max_pool3d_gradient(
    dy: NDArray[np.float32],
    x: NDArray[np.float32],
    dx: NDArray[np.float32],
    pool_size: tuple[int, int, int],
    strides: tuple[int, int, int],
    padding: tuple[int, int, int],
    relu: bool = False,
) -> None: ...
def average_pool3d(
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    pool_size: tuple[int, int, int],
    strides: tuple[int, int, int],
    padding: tuple[int, int, int],
) -> None: ...
def average_pool3d_gradient(
    dy: NDArray[np.float32],
    dx: NDArray[np.float32],
    pool_size: tuple[int, int, int],
    strides: tuple[int, int, int],
    padding: tuple[int, int, int],
) -> None: ...
