"""Calling a kernel of either backend: outputs with guards around them, inputs watched for changes."""

from typing import NamedTuple

import numpy as np

import nativecnn._kernels as native
import nativecnn.reference as reference

# Odd, so that outputs do not lie where vectors would like them.
_GUARD_FLOATS = 33
_GUARD_VALUE = np.float32(12345.678)
_OLD_CONTENT = np.float32(-98765.43)


class Output(NamedTuple):
    """Stands in an argument list for an array of this shape that the kernel overwrites."""

    shape: tuple


class State(NamedTuple):
    """Stands in an argument list for an array that the kernel updates in place."""

    array: np.ndarray


def call(backend, function, *arguments):
    """Call a kernel and return the list of its outputs and updated states, in order of the arguments.

    Arguments may be tuples of any of these.

    Holds the kernel to: writing inside its outputs only, leaving its inputs alone, returning None.
    """
    outputs, inputs = [], []

    def passed(argument):
        if isinstance(argument, Output):
            outputs.append(_guarded(argument.shape))
            return outputs[-1]
        if isinstance(argument, State):
            outputs.append(_guarded(argument.array.shape))
            outputs[-1][...] = argument.array
            return outputs[-1]
        if isinstance(argument, np.ndarray):
            argument = argument.view()
            argument.flags.writeable = False
            inputs.append((argument, argument.copy()))
            return argument
        return tuple(map(passed, argument)) if type(argument) is tuple else argument

    arguments = [passed(argument) for argument in arguments]
    with np.errstate(all="ignore"):
        assert getattr(backend, function)(*arguments) is None
    for output in outputs:
        _check_guards(output)
    for after, before in inputs:
        assert after.tobytes() == before.tobytes(), f"{function} changed an input"
    return outputs


def call_native(function, *arguments):
    return call(native, function, *arguments)


def call_reference(function, *arguments):
    return call(reference, function, *arguments)


def _guarded(shape):
    size = int(np.prod(shape))
    buffer = np.full(size + 2 * _GUARD_FLOATS, _GUARD_VALUE, np.float32)
    inside = buffer[_GUARD_FLOATS : _GUARD_FLOATS + size]
    inside[...] = _OLD_CONTENT
    return inside.reshape(shape)


def _check_guards(output):
    buffer = output
    while buffer.base is not None:
        buffer = buffer.base
    size = output.size
    assert (buffer[:_GUARD_FLOATS] == _GUARD_VALUE).all(), "written before the output"
    assert (buffer[_GUARD_FLOATS + size :] == _GUARD_VALUE).all(), "written after the output"
