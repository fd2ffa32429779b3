# Any shape; y may be a or b.
from numpy import float32
from numpy.typing import NDArray

Array = NDArray[float32]

def add(a: Array, b: Array, y: Array) -> None: ...
