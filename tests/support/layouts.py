"""The same numbers, laid out in memory in other ways: each function takes an array and returns an equal one."""

import mmap
import tempfile

import numpy as np


def reversed_twice(array):
    every_axis = (slice(None, None, -1),) * array.ndim
    return array[every_axis].copy()[every_axis]


def in_every_second_place(array):
    buffer = np.ones((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    buffer[..., ::2] = array
    return buffer[..., ::2]


def every_axis_padded(array):
    """Return the array as the middle of a larger one."""
    buffer = np.ones([size + 3 for size in array.shape], array.dtype)
    middle = buffer[tuple(slice(1, size + 1) for size in array.shape)]
    middle[...] = array
    return middle


def first_axis_innermost(array):
    return np.moveaxis(np.moveaxis(array, 0, -1).copy(), -1, 0)


def misaligned(array):
    """Return a copy whose first element lies one byte behind where its type wants it."""
    buffer = np.empty(array.nbytes + 1, np.uint8)
    result = buffer[1:].view(array.dtype).reshape(array.shape)
    result[...] = array
    assert not result.flags.aligned or array.size == 0 or array.itemsize == 1
    return result


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def at_the_end_of_a_page(array):
    """Return the array in read-only memory of its own, up to the last byte of a page."""
    size = max(1, -(-array.nbytes // mmap.PAGESIZE)) * mmap.PAGESIZE
    pages = mmap.mmap(-1, size)
    pages[size - array.nbytes :] = array.tobytes()
    return read_only_view(np.frombuffer(pages, array.dtype, offset=size - array.nbytes).reshape(array.shape))


def read_only_view(array):
    array = array.view()
    array.flags.writeable = False
    return array


def memory_mapped(array):
    """Return the array as a read-only :class:`numpy.memmap` of a file."""
    if array.size == 0:
        return array  # nothing can be mapped
    with tempfile.TemporaryFile() as file:
        file.write(b"header" + array.tobytes())
        file.flush()
        return np.memmap(file, array.dtype, "r", offset=6, shape=array.shape)


LAYOUTS = {
    "fortran order": np.asfortranarray,
    "first axis innermost": first_axis_innermost,
    "reversed": reversed_twice,
    "every second place": in_every_second_place,
    "every axis padded": every_axis_padded,
    "misaligned": misaligned,
    "read-only": read_only,
    "at the end of a page": at_the_end_of_a_page,
    "memory-mapped": memory_mapped,
    "other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "nested lists": lambda array: array.tolist(),
    "wider": lambda array: array.astype(array.dtype.kind + "8"),
}
