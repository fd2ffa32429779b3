"""What follows the sums of a convolution or a dense layer: see :class:`nativecnn.epilogue.Epilogue`."""

from __future__ import annotations

import numpy as np

from .activation import relu
from .fma import fma


def relu6(x, y):
    """Write +0 where ``x`` is 0 or less, 6 where it is 6 or more, else ``x``."""
    y[...] = np.where(x <= 0, x.dtype.type(0), np.where(x >= 6, x.dtype.type(6), x))


_ACTIVATIONS = {"relu": relu, "relu6": relu6}


def finish(y, bias, epilogue):
    """Apply bias and epilogue to the sums in ``y``, filters along its last axis."""
    if bias is not None:
        y += bias
    if epilogue is None:
        return
    if epilogue.scale is not None:
        y[...] = fma(y, epilogue.scale, epilogue.shift)
    if epilogue.residual is not None:
        y += epilogue.residual.reshape(y.shape)
    if epilogue.activation is not None:
        _ACTIVATIONS[epilogue.activation](y, y)
