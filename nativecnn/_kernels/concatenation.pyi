# What each function computes: nativecnn/reference/concatenation.py.
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

def concatenate(inputs: Sequence[NDArray[np.float32]], y: NDArray[np.float32], axis: int) -> None: ...
def concatenate_gradient(
    dy: NDArray[np.float32], gradients: Sequence[NDArray[np.float32] | None], sizes: Sequence[int], axis: int
) -> None: ...
