# What each function computes: nativecnn/reference/optimizers.py.
# Arrays of one shape; weights and what an optimizer remembers (the arrays after the gradient) are changed in place.
import numpy as np
from numpy.typing import NDArray

_Array = NDArray[np.float32]
_Adjustment = tuple[float, float, float, float, float]

def sgd(
    weights: _Array,
    gradient: _Array,
    velocity: _Array | None,
    learning_rate: float,
    momentum: float,
    nesterov: bool,
    adjustment: _Adjustment | None = None,
) -> None: ...
def adam(
    weights: _Array,
    gradient: _Array,
    mean: _Array,
    variance: _Array,
    step_size: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    largest: _Array | None = None,
    adjustment: _Adjustment | None = None,
) -> None: ...
def nadam(
    weights: _Array,
    gradient: _Array,
    mean: _Array,
    variance: _Array,
    mean_step: float,
    gradient_step: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    adjustment: _Adjustment | None = None,
) -> None: ...
def adamax(
    weights: _Array,
    gradient: _Array,
    mean: _Array,
    norm: _Array,
    step_size: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    adjustment: _Adjustment | None = None,
) -> None: ...
def adagrad(
    weights: _Array,
    gradient: _Array,
    accumulator: _Array,
    learning_rate: float,
    epsilon: float,
    adjustment: _Adjustment | None = None,
) -> None: ...
def adadelta(
    weights: _Array,
    gradient: _Array,
    squares: _Array,
    moves: _Array,
    learning_rate: float,
    rho: float,
    epsilon: float,
    adjustment: _Adjustment | None = None,
) -> None: ...
def rmsprop(
    weights: _Array,
    gradient: _Array,
    squares: _Array,
    average: _Array | None,
    velocity: _Array | None,
    learning_rate: float,
    rho: float,
    momentum: float,
    epsilon: float,
    adjustment: _Adjustment | None = None,
) -> None: ...
def add_penalty_gradient(weights: _Array, gradient: _Array, l1: float, l2: float) -> None: ...
def sum_of_squares(values: _Array) -> float: ...
def sum_of_magnitudes(values: _Array) -> float: ...
