"""Calls that are made once and computed many times: the bits of plain calls, whatever changes in between."""

import gc
import threading

import numpy as np
import pytest

from nativecnn import _kernels, reference
from nativecnn._kernels import runtime
from nativecnn._kernels.threads import threads
from nativecnn.epilogue import Epilogue
from support import assert_same_bits, random_array

ONES = ((1, 1), (0, 0), (1, 1))


def conv2d(channels, filters, groups=1, algorithm="direct", samples=2, image=(9, 11), taps=(3, 3)):
    """Return a convolution's name, its inputs, the shape of its output, and the arguments after that."""
    kernel = random_array(1, (*taps, channels // groups, filters))
    output = (samples, image[0] - taps[0] + 1, image[1] - taps[1] + 1, filters)
    inputs = [random_array(0, (samples, *image, channels)), kernel, random_array(2, (filters,))]
    epilogue = Epilogue(random_array(3, (filters,)), random_array(4, (filters,)), random_array(5, output), "relu6")
    return "conv2d", inputs, output, (*ONES, groups, algorithm, epilogue)


POOLED = random_array(0, (2, 7, 9, 5))
CASES = {
    "few channels": conv2d(2, 5),
    "few filters": conv2d(12, 3),
    "many channels": conv2d(20, 33),
    "groups": conv2d(40, 6, groups=2),
    "depthwise": conv2d(7, 7, groups=7),
    "winograd_2x2": conv2d(9, 17, algorithm="winograd_2x2"),
    "winograd_4x4": conv2d(70, 40, algorithm="winograd_4x4"),
    "dense": ("dense", [random_array(n, shape) for n, shape in enumerate([(3, 37), (37, 19), (19,)])], (3, 19), ()),
    "max_pool2d": ("max_pool2d", [POOLED], (2, 3, 4, 5), ((2, 2), (2, 2), (0, 0))),
    "average_pool2d": ("average_pool2d", [POOLED], (2, 4, 5, 5), ((2, 2), (2, 2), (0, 0))),
    "relu": ("relu", [POOLED], POOLED.shape, ()),
    "tanh": ("tanh", [POOLED], POOLED.shape, ()),
    "softmax": ("softmax", [POOLED], POOLED.shape, ()),
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request):
    name, inputs, output, arguments = request.param
    return name, [array.copy() for array in inputs], np.empty(output, np.float32), arguments


def prepared(name, inputs, output, arguments):
    return _kernels.prepare(getattr(_kernels, name), *inputs, output, *arguments)


def expected(name, inputs, output, arguments):
    result = np.empty_like(output)
    getattr(reference, name)(*inputs, result, *arguments)
    return result


def test_bits_are_those_of_a_plain_call_and_follow_the_arrays(case):
    name, inputs, output, arguments = case
    calls = [prepared(*case), reference.prepare(getattr(reference, name), *inputs, output, *arguments)]
    for _ in range(2):
        for call in calls:
            output[...] = np.nan
            assert call() is None
            assert_same_bits(output, expected(*case))
        for array in inputs:
            array += 1


def test_a_change_of_threads_or_instruction_set_counts_from_the_next_call_on(case):
    call, output = prepared(*case), case[2]
    before = runtime.instruction_set()
    try:
        for instruction_set in (*runtime.supported_instruction_sets(), before):
            runtime.set_instruction_set(instruction_set)
            for count in (1, 5, 2):
                with threads(count):
                    output[...] = np.nan
                    call()
                    assert_same_bits(output, expected(*case))
    finally:
        runtime.set_instruction_set(before)


def test_buffers_live_as_long_as_the_call(case):
    name, inputs, output, arguments = case
    correct = expected(*case)
    call = prepared(*case)
    seen = output.view()
    del inputs, output, case
    gc.collect()
    call()
    assert_same_bits(seen, correct)


def test_many_threads_compute_their_own_calls_at_once():
    wrong = []

    def work(case):
        name, inputs, output, arguments = case
        output, correct = np.empty(output, np.float32), expected(name, inputs, np.empty(output, np.float32), arguments)
        call = prepared(name, inputs, output, arguments)
        for _ in range(20):
            output[...] = np.nan
            call()
            if output.tobytes() != correct.tobytes():
                wrong.append(name)

    workers = [threading.Thread(target=work, args=[case]) for case in CASES.values()]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


CONVOLUTIONS = [name for name, case in CASES.items() if case[0] == "conv2d"]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_packed_weights_are_asked_for_at_every_call(name, instruction_set):
    _, inputs, shape, arguments = CASES[name]
    output = np.empty(shape, np.float32)
    kernel, others = inputs[1], inputs[1] * np.float32(3)
    packed = [_kernels.pack_conv2d(kernel, *arguments[3:5])]
    if packed[0] is None:
        pytest.skip("depthwise kernels are read where they are: there is nothing packed")
    call = _kernels.prepare(_kernels.conv2d, *inputs, output, *arguments, packed=lambda: packed[0])
    for weights in (kernel, others):
        packed[0] = _kernels.pack_conv2d(weights, *arguments[3:5])
        call()
        assert_same_bits(output, expected("conv2d", [inputs[0], weights, inputs[2]], output, arguments))
    packed[0] = None
    call()
    assert_same_bits(output, expected("conv2d", inputs, output, arguments))
    packed[0] = _kernels.pack_conv2d(np.ones((3, 3, 2, 4), np.float32), 1)
    with pytest.raises(ValueError, match="expected packed weights"):
        call()


def test_what_packs_fails_the_call():
    _, inputs, shape, arguments = CASES["few channels"]

    def fail():
        raise MemoryError("no bytes")

    for backend in (_kernels, reference):
        output = np.empty(shape, np.float32)
        call = backend.prepare(backend.conv2d, *inputs, output, *arguments, packed=fail)
        with pytest.raises(MemoryError, match="no bytes"):
            call()
