from nativecnn._kernels import runtime, threads
from support import assert_same_bits


def test_bits_do_not_depend_on_number_of_threads(operation, number_of_threads, threads_for_any_work):
    with threads.threads(1):
        expected = operation()
    with threads.threads(number_of_threads):
        assert_same_bits(operation(), expected)


def test_bits_do_not_depend_on_repetition(operation, threads_for_any_work):
    with threads.threads(3):
        expected = operation()
        for _ in range(3):
            assert_same_bits(operation(), expected)


def test_bits_do_not_depend_on_how_much_work_a_thread_gets(operation, threads_for_any_work):
    with threads.threads(3):
        expected = operation()
        for work in (1, 1000, 20000, 1 << 40):
            runtime.set_work_per_thread(work)
            assert_same_bits(operation(), expected)
