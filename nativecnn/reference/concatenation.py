"""Concatenation along an axis, and its gradient."""


def concatenate(inputs, y, axis):
    """Write the inputs one after the other along the axis."""
    for value, part in zip(inputs, _parts(y, [value.shape[axis] for value in inputs], axis), strict=True):
        part[...] = value


def concatenate_gradient(dy, gradients, sizes, axis):
    """Write to each input's gradient its part of ``dy``, ``sizes`` long; None where nobody wants it."""
    for gradient, part in zip(gradients, _parts(dy, sizes, axis), strict=True):
        if gradient is not None:
            gradient[...] = part


def _parts(whole, sizes, axis):
    """Yield the parts of an array, one after the other along the axis."""
    first = 0
    for size in sizes:
        yield whole[(slice(None),) * axis + (slice(first, first + size),)]
        first += size
