# All arrays of one shape; weights, velocity, mean and variance are updated in place.
from numpy import float32
from numpy.typing import NDArray

Array = NDArray[float32]

def sgd(
    weights: Array,
    gradient: Array,
    velocity: Array | None,
    learning_rate: float,
    momentum: float,
    nesterov: bool,
) -> None: ...
def adam(
    weights: Array,
    gradient: Array,
    mean: Array,
    variance: Array,
    step_size: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None: ...
