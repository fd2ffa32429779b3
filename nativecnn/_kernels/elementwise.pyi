# What each function computes: nativecnn/reference/elementwise.py. Arrays of any one shape; y may be a or b.
import numpy as np
from numpy.typing import NDArray

def add(a: NDArray[np.float32], b: NDArray[np.float32], y: NDArray[np.float32]) -> None: ...
