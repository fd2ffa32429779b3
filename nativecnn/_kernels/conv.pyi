# What each function computes: nativecnn/reference/conv.py.
# x, dx: (samples, rows, columns, channels)      y, dy: (samples, output rows, output columns, filters)
# kernel, dkernel: (kernel rows, kernel columns, channels / groups, filters)      bias, dbias: (filters,)
import numpy as np
from numpy.typing import NDArray

from ..epilogue import Epilogue
from .packing import PackedKernel

# None where nothing is gained; for one of Winograd's algorithms transformed weights, where they are small.
def pack_conv2d(kernel: NDArray[np.float32], groups: int, algorithm: str = "direct") -> PackedKernel | None: ...
def conv2d(
    x: NDArray[np.float32],
    kernel: NDArray[np.float32],
    bias: NDArray[np.float32] | None,
    y: NDArray[np.float32],
    strides: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
    algorithm: str = "direct",
    epilogue: Epilogue | None = None,
    packed: PackedKernel | None = None,
) -> None: ...
def conv2d_input_gradient(
    dy: NDArray[np.float32],
    kernel: NDArray[np.float32],
    dx: NDArray[np.float32],
    strides: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
    algorithm: str = "direct",
) -> None: ...
def conv2d_kernel_gradient(
    x: NDArray[np.float32],
    dy: NDArray[np.float32],
    dkernel: NDArray[np.float32],
    dbias: NDArray[np.float32] | None,
    strides: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
    algorithm: str = "direct",
) -> None: ...
def bias_gradient(dy: NDArray[np.float32], dbias: NDArray[np.float32]) -> None: ...

# Transposed: nativecnn/reference/conv_transpose.py. x: (samples, rows, columns, channels)
# y: (samples, output rows, output columns, filters)   kernel: (kernel rows, kernel columns, filters / groups, channels)
def conv2d_transpose(
    x: NDArray[np.float32],
    kernel: NDArray[np.float32],
    bias: NDArray[np.float32] | None,
    y: NDArray[np.float32],
    strides: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
    algorithm: str = "direct",
    epilogue: Epilogue | None = None,
) -> None: ...
