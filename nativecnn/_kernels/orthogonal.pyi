# What the function computes: nativecnn/reference/orthogonal.py.
import numpy as np
from numpy.typing import NDArray

def orthonormalize(matrix: NDArray[np.float64]) -> None: ...
