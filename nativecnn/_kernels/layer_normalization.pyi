# What each function computes: nativecnn/reference/layer_normalization.py. dy, x, dx (rows, values), for the weights'
# gradients (samples, rows, columns, values); mean and inverse one for each row; y may be x, dx may be dy.
import numpy as np
from numpy.typing import NDArray

def layer_normalization(
    x: NDArray[np.float32],
    gamma: NDArray[np.float32] | None,
    beta: NDArray[np.float32] | None,
    epsilon: float,
    mean: NDArray[np.float32],
    inverse: NDArray[np.float32],
    y: NDArray[np.float32],
) -> None: ...
def layer_normalization_input_gradient(
    dy: NDArray[np.float32],
    x: NDArray[np.float32],
    gamma: NDArray[np.float32] | None,
    mean: NDArray[np.float32],
    inverse: NDArray[np.float32],
    dx: NDArray[np.float32],
) -> None: ...
def layer_normalization_weight_gradients(
    dy: NDArray[np.float32],
    x: NDArray[np.float32],
    mean: NDArray[np.float32],
    inverse: NDArray[np.float32],
    dgamma: NDArray[np.float32],
    dbeta: NDArray[np.float32],
) -> None: ...
