"""Sums of windows."""

cdef int sum_windows(x, y, pool_size) except -1
