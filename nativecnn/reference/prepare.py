"""Kernel calls made ready to be repeated."""

from functools import partial


def prepare(function, *arguments, packed=None):
    """Return the call of a kernel with these arguments, without arguments of its own.

    It reads and writes the arrays as they are when it is called. ``packed``, a function without arguments, gives at
    every call the argument of that name, which stands after the others.
    """
    if packed is None:
        return partial(function, *arguments)
    return lambda: function(*arguments, packed())
