"""Memory of a plan: one block, in which buffers that are not needed at the same time share their place."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

ALIGNMENT = 64  # a cache line, and the widest vector


class Request(NamedTuple):
    """A buffer wanted: bytes, and the first and last moment at which it is in use."""

    size: int
    first: int
    last: int


def assign_offsets(requests: Sequence[Request]) -> tuple[list[int], int]:
    """Return an offset for each buffer and the size of the block.

    Buffers in use at a common moment never overlap. Greedy: the largest first, each at the lowest place that is free
    as long as it lives (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020).
    """
    offsets = [0] * len(requests)
    placed: list[int] = []
    for index in sorted(range(len(requests)), key=lambda i: (-requests[i].size, requests[i].first, i)):
        size, first, last = _aligned(requests[index].size), requests[index].first, requests[index].last
        offset = 0
        for other in sorted(placed, key=offsets.__getitem__):
            if requests[other].last < first or last < requests[other].first:
                continue
            if offset + size <= offsets[other]:
                break
            offset = max(offset, offsets[other] + _aligned(requests[other].size))
        offsets[index] = offset
        placed.append(index)
    end = max((offset + _aligned(request.size) for offset, request in zip(offsets, requests, strict=True)), default=0)
    return offsets, end


def allocate(size: int) -> np.ndarray:
    """Return ``size`` uninitialised bytes (uint8) at an address that is a multiple of 64.

    Raises
    ------
    MemoryError
        If there is no such amount of memory, or no address could count it.
    """
    if size > sys.maxsize - ALIGNMENT:
        raise MemoryError(f"{size} bytes exceed the address space")
    block = np.empty(size + ALIGNMENT, np.uint8)
    start = -block.ctypes.data % ALIGNMENT
    return block[start : start + size]


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
