"""Choosing the implementation."""

import threading

import pytest

from nativecnn import ops
from nativecnn.ops.backend import kernels


def test_native_is_the_default():
    assert ops.backend_name() == "native"
    assert kernels().__name__ == "nativecnn._kernels"


def test_a_block_ends_with_what_was_before():
    with ops.use_backend("reference"):
        assert ops.backend_name() == "reference"
        assert kernels().__name__ == "nativecnn.reference"
        with ops.use_backend("native"):
            assert ops.backend_name() == "native"
        assert ops.backend_name() == "reference"
    assert ops.backend_name() == "native"


def test_a_block_ends_by_an_exception_too():
    with pytest.raises(KeyError), ops.use_backend("reference"):
        raise KeyError
    assert ops.backend_name() == "native"


def test_a_call_holds_until_the_next():
    ops.use_backend("reference")
    try:
        assert ops.backend_name() == "reference"
    finally:
        ops.use_backend("native")
    assert ops.backend_name() == "native"


def test_an_unknown_name_is_refused_and_changes_nothing():
    with pytest.raises(ValueError, match=r"^use_backend: expected one of \['native', 'reference'\], got 'gpu'$"):
        ops.use_backend("gpu")
    assert ops.backend_name() == "native"


def test_a_block_holds_in_its_own_thread_only():
    elsewhere = []
    with ops.use_backend("reference"):
        thread = threading.Thread(target=lambda: elsewhere.append(ops.backend_name()))
        thread.start()
        thread.join()
    assert elsewhere == ["native"]
