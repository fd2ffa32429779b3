# What each function computes: nativecnn/reference/dense.py.
# x, dx: (samples, inputs)      y, dy: (samples, outputs)
# kernel, dkernel: (inputs, outputs)      bias, dbias: (outputs,)
import numpy as np
from numpy.typing import NDArray

from ..epilogue import Epilogue

def dense(
    x: NDArray[np.float32],
    kernel: NDArray[np.float32],
    bias: NDArray[np.float32] | None,
    y: NDArray[np.float32],
    epilogue: Epilogue | None = None,
) -> None: ...
def dense_input_gradient(dy: NDArray[np.float32], kernel: NDArray[np.float32], dx: NDArray[np.float32]) -> None: ...
def dense_kernel_gradient(
    x: NDArray[np.float32], dy: NDArray[np.float32], dkernel: NDArray[np.float32], dbias: NDArray[np.float32] | None
) -> None: ...
