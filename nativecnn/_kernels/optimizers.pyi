# What each function computes: nativecnn/reference/optimizers.py.
# Arrays of one shape; weights, velocity, mean and variance are changed in place.
import numpy as np
from numpy.typing import NDArray

def sgd(
    weights: NDArray[np.float32],
    gradient: NDArray[np.float32],
    velocity: NDArray[np.float32] | None,
    learning_rate: float,
    momentum: float,
    nesterov: bool,
) -> None: ...
def adam(
    weights: NDArray[np.float32],
    gradient: NDArray[np.float32],
    mean: NDArray[np.float32],
    variance: NDArray[np.float32],
    step_size: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None: ...
