"""What follows the sums of a convolution or a dense layer: see :class:`nativecnn.epilogue.Epilogue`."""

from __future__ import annotations

from .activation import relu, relu6
from .fma import fma

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
