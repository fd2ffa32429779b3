# What each function computes: nativecnn/reference/losses.py.
# predictions (or logits, probabilities), targets, dx: (samples, outputs)      loss: (samples,)      dx None: loss only
import numpy as np
from numpy.typing import NDArray

def softmax_crossentropy(
    logits: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
) -> None: ...
def sigmoid_crossentropy(
    logits: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
) -> None: ...
def categorical_crossentropy(
    probabilities: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
) -> None: ...
def binary_crossentropy(
    probabilities: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
) -> None: ...
def mean_squared_error(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
) -> None: ...
def half_squared_error(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
) -> None: ...
def sum_losses(loss: NDArray[np.float32], divisor: int = 1) -> float: ...
