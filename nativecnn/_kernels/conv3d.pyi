# What each function computes: nativecnn/reference/conv3d.py.
# x, dx: (samples, planes, rows, columns, channels)      y, dy: (samples, output planes, rows, columns, filters)
# kernel, dkernel: (kernel planes, rows, columns, channels / groups, filters)      bias, dbias: (filters,)
import numpy as np
from numpy.typing import NDArray

from ..epilogue import Epilogue
from .packing import PackedKernel

# packed: what pack_conv2d makes of the kernel as (planes · rows, columns, channels / groups, filters).
def conv3d(
    x: NDArray[np.float32],
    kernel: NDArray[np.float32],
    bias: NDArray[np.float32] | None,
    y: NDArray[np.float32],
    strides: tuple[int, int, int],
    padding: tuple[int, int, int],
    dilation: tuple[int, int, int],
    groups: int,
    epilogue: Epilogue | None = None,
    packed: PackedKernel | None = None,
) -> None: ...
def conv3d_input_gradient(
    dy: NDArray[np.float32],
    kernel: NDArray[np.float32],
    dx: NDArray[np.float32],
    strides: tuple[int, int, int],
    padding: tuple[int, int, int],
    dilation: tuple[int, int, int],
    groups: int,
) -> None: ...
def conv3d_kernel_gradient(
    x: NDArray[np.float32],
    dy: NDArray[np.float32],
    dkernel: NDArray[np.float32],
    dbias: NDArray[np.float32] | None,
    strides: tuple[int, int, int],
    padding: tuple[int, int, int],
    dilation: tuple[int, int, int],
    groups: int,
) -> None: ...
