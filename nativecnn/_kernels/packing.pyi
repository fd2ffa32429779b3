import numpy as np
from numpy.typing import NDArray

class PackedKernel:
    """The weights of one kernel in the order in which conv2d reads them, for the instruction set of its making."""

    @property
    def nbytes(self) -> int: ...

def pack_conv2d(kernel: NDArray[np.float32], groups: int) -> PackedKernel | None: ...
