"""Kernel calls made ready: arguments taken in once, no arguments at the call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .activation import PreparedSoftmax, softmax
from .concatenation import PreparedConcatenation, concatenate
from .conv import PreparedConv2D, conv2d
from .conv3d import PreparedConv3D, conv3d
from .dense import PreparedDense, dense
from .merging import PreparedAddition, PreparedAverage, add_all, average_all
from .pooling import (
    PreparedAveragePooling,
    PreparedMaxPooling,
    average_pool2d,
    average_pool3d,
    max_pool2d,
    max_pool3d,
)

_FORMS: dict[Callable, Callable] = {
    add_all: PreparedAddition,
    average_all: PreparedAverage,
    average_pool2d: PreparedAveragePooling,
    average_pool3d: PreparedAveragePooling,
    concatenate: PreparedConcatenation,
    conv2d: PreparedConv2D,
    conv3d: PreparedConv3D,
    dense: PreparedDense,
    max_pool2d: PreparedMaxPooling,
    max_pool3d: PreparedMaxPooling,
    softmax: PreparedSoftmax,
}


def prepare(function, *arguments, packed=None):
    if packed is None:
        return _FORMS.get(function, partial(partial, function))(*arguments)
    return _FORMS[function](*arguments, packed)
