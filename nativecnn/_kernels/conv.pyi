# Images (samples, rows, columns, channels), kernels (rows, columns, channels in a group, filters).
# padding: zero rows above and zero columns left of the image.
from numpy import float32
from numpy.typing import NDArray

Array = NDArray[float32]

def conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None,
    y: Array,
    strides: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> None: ...
def conv2d_input_gradient(
    dy: Array,
    kernel: Array,
    dx: Array,
    strides: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> None: ...
def conv2d_kernel_gradient(
    x: Array,
    dy: Array,
    dkernel: Array,
    dbias: Array | None,
    strides: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> None: ...
