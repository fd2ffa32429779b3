# What each function computes: nativecnn/reference/batch_normalization.py. Statistics and weights (channels,); dy and x
# (samples, rows, columns, channels), those of scale_shift of any rank; y may be x, dx may be dy.
import numpy as np
from numpy.typing import NDArray

def batch_normalization_coefficients(
    gamma: NDArray[np.float32] | None,
    beta: NDArray[np.float32] | None,
    mean: NDArray[np.float32],
    variance: NDArray[np.float32],
    epsilon: float,
    scale: NDArray[np.float32],
    shift: NDArray[np.float32],
) -> None: ...
def scale_shift(
    x: NDArray[np.float32],
    scale: NDArray[np.float32],
    shift: NDArray[np.float32] | None,
    y: NDArray[np.float32],
    relu: bool = False,
) -> None: ...
def batch_statistics(x: NDArray[np.float32], mean: NDArray[np.float32], variance: NDArray[np.float32]) -> None: ...
def batch_normalization_weight_gradients(
    dy: NDArray[np.float32],
    x: NDArray[np.float32],
    mean: NDArray[np.float32],
    variance: NDArray[np.float32],
    epsilon: float,
    dgamma: NDArray[np.float32],
    dbeta: NDArray[np.float32],
) -> None: ...
def batch_normalization_input_gradient(
    dy: NDArray[np.float32],
    x: NDArray[np.float32],
    gamma: NDArray[np.float32] | None,
    mean: NDArray[np.float32],
    variance: NDArray[np.float32],
    epsilon: float,
    dgamma: NDArray[np.float32],
    dbeta: NDArray[np.float32],
    dx: NDArray[np.float32],
) -> None: ...
def moving_average(average: NDArray[np.float32], value: NDArray[np.float32], momentum: float) -> None: ...
