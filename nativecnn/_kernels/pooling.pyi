# Images (samples, rows, columns, channels). padding: by how much windows begin above and left of the image.
from numpy import float32
from numpy.typing import NDArray

Array = NDArray[float32]

def max_pool2d(
    x: Array,
    y: Array,
    pool_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> None: ...
def max_pool2d_gradient(
    dy: Array,
    x: Array,
    dx: Array,
    pool_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> None: ...
def average_pool2d(
    x: Array,
    y: Array,
    pool_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> None: ...
def average_pool2d_gradient(
    dy: Array,
    dx: Array,
    pool_size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int],
) -> None: ...
