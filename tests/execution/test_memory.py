"""Places of buffers in a plan's block."""

import random

import pytest

from nativecnn.execution.memory import ALIGNMENT, Request, allocate, assign_offsets


def overlaps(a, offset_a, b, offset_b):
    together = a.first <= b.last and b.first <= a.last
    return together and offset_a < offset_b + b.size and offset_b < offset_a + a.size


@pytest.mark.parametrize("seed", range(20))
def test_buffers_in_use_together_never_overlap_and_are_aligned(seed):
    draw = random.Random(seed)
    requests = []
    for _ in range(draw.randrange(1, 60)):
        first = draw.randrange(30)
        requests.append(Request(draw.choice([1, 4, 60, 64, 100, 1000, 4096]), first, first + draw.randrange(12)))
    offsets, size = assign_offsets(requests)
    placed = list(zip(requests, offsets, strict=True))
    assert all(offset % ALIGNMENT == 0 and 0 <= offset <= size - request.size for request, offset in placed)
    for number, (a, offset_a) in enumerate(placed):
        assert not any(overlaps(a, offset_a, b, offset_b) for b, offset_b in placed[:number])


def test_a_chain_needs_only_what_two_neighbours_need():
    requests = [Request(1024, moment, moment + 1) for moment in range(10)]
    assert assign_offsets(requests)[1] == 2048


def test_nothing_needs_nothing():
    assert assign_offsets([]) == ([], 0)


def test_a_block_is_aligned():
    block = allocate(1000)
    assert block.nbytes == 1000 and block.ctypes.data % ALIGNMENT == 0


@pytest.mark.parametrize("size", [2**62, 2**63, 2**80])
def test_memory_that_cannot_be_had_is_a_memory_error(size):
    with pytest.raises(MemoryError):
        allocate(size)
