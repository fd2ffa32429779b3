"""What the tests share: comparison of bits, arrays that bite, calls of kernels, covering sets of cases."""

from .arrays import VALUES, assert_same_bits, bits, random_array
from .backends import Output, State, call, call_native, call_reference
from .cases import all_pairs, identifier

__all__ = [
    "VALUES",
    "Output",
    "State",
    "all_pairs",
    "assert_same_bits",
    "bits",
    "call",
    "call_native",
    "call_reference",
    "identifier",
    "random_array",
]
