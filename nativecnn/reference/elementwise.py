"""Sums of arrays, element by element."""


def add(a, b, y):
    """Write ``a + b`` into ``y``, which may be either of them."""
    y[...] = a + b
