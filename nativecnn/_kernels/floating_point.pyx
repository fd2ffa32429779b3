"""The floating-point state of whoever calls the package, and that of the contract.

Kernels set the contract's state around their sums. What Python does around the kernels computes as well: NumPy converts
arrays, the reference is NumPy, means and step sizes are Python's numbers. So the functions that users call run under
the contract's state from beginning to end.
"""

from functools import wraps


cdef extern from "tile/fpstate.h":
    unsigned long long enter_fp_state "nativecnn_enter_fp_state"() noexcept nogil
    void leave_fp_state "nativecnn_leave_fp_state"(unsigned long long before) noexcept nogil


def enter_contract_state():
    return enter_fp_state()


def leave_contract_state(unsigned long long before):
    leave_fp_state(before)


def contract_state(function):
    @wraps(function)
    def compute(*args, **kwargs):
        cdef unsigned long long before = enter_fp_state()
        try:
            return function(*args, **kwargs)
        finally:
            leave_fp_state(before)

    return compute
