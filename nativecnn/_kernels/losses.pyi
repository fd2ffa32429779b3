# What each function computes: nativecnn/reference/losses.py.
# predictions (or logits, probabilities), targets, dx: (samples, outputs), of classes also (samples, places, classes)
# loss, weights: (samples,)      dx None: loss only
import numpy as np
from numpy.typing import NDArray

def softmax_crossentropy(
    logits: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def sigmoid_crossentropy(
    logits: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def categorical_crossentropy(
    probabilities: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def binary_crossentropy(
    probabilities: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def kl_divergence(
    probabilities: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def categorical_hinge(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def mean_squared_error(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def half_squared_error(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def mean_absolute_error(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def mean_squared_logarithmic_error(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def huber(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
    delta: float = 1.0,
) -> None: ...
def log_cosh(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def poisson(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def hinge(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def squared_hinge(
    predictions: NDArray[np.float32],
    targets: NDArray[np.float32],
    loss: NDArray[np.float32],
    dx: NDArray[np.float32] | None,
    weights: NDArray[np.float32] | None = None,
) -> None: ...
def sum_losses(loss: NDArray[np.float32], divisor: int = 1) -> float: ...
