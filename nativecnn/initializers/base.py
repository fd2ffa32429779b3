"""What all initializers have."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..random import Stream


class Initializer:
    """Gives a weight its first values."""

    name = ""

    def __call__(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        """Return a new float32 array of the given shape, its random numbers drawn from ``stream``."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return what :func:`get` makes an equal initializer of."""
        return {"name": self.name}
