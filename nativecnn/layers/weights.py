"""The weights of a layer: anybody reads them, and whoever writes them is noticed.

Backends keep forms of the weights of their own (packed, transformed). Such a form must never outlive a change of what
it was made from, so the arrays that a layer shows are read-only, and every change goes through :class:`Weights`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from .._kernels.floating_point import contract_state
from ..forking import Ongoing


class Weights(Mapping[str, np.ndarray]):
    """Float32 arrays by name, in the order in which they are saved.

    Reading gives read-only views of the arrays themselves. ``weights["kernel"] = values`` copies values into one.

    Examples
    --------
    >>> weights = Weights()
    >>> weights.add("bias", np.zeros(2, np.float32))
    >>> weights["bias"] = [1, 2]
    >>> weights["bias"]
    array([1., 2.], dtype=float32)
    """

    def __init__(self) -> None:
        self._arrays: dict[str, np.ndarray] = {}
        self._views: dict[str, np.ndarray] = {}
        self._kept: dict[object, Kept] = {}
        self.version = object()
        """Another object from the beginning of every change on, and another from its end on."""
        self.changes: set[Change] = set()
        """Those that are being made."""

    def __getitem__(self, name: str) -> np.ndarray:
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    @contract_state
    def __setitem__(self, name: str, values: object) -> None:
        """Set a weight that there is.

        Raises
        ------
        KeyError
            If there is none of that name.
        TypeError
            If the values are no real numbers.
        ValueError
            If they have another shape.
        """
        if name not in self._arrays:
            raise KeyError(f"expected as weight one of {', '.join(self._arrays) or 'none'}, got {name!r}")
        values = self.checked(name, values, f"weight {name!r}")
        change = self.begin_change()
        try:
            with np.errstate(over="ignore"):  # beyond float32's range is infinite, as in any conversion
                self._arrays[name][...] = values
        finally:
            change.end()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._views!r})"

    def checked(self, name: str, values: object, label: str) -> np.ndarray:
        """Return values for a weight as an array of any real dtype, if they fit; errors begin with ``label``."""
        array = np.asarray(values)
        if array.dtype.kind not in "buif":
            raise TypeError(f"{label}: expected an array of real numbers, got dtype {array.dtype}")
        if array.shape != self._arrays[name].shape:
            raise ValueError(f"{label}: expected shape {self._arrays[name].shape}, got {array.shape}")
        return array

    def add(self, name: str, array: np.ndarray) -> None:
        """Take over a new weight's array (float32, C-contiguous)."""
        # Unlike a view of the array, one of a read-only buffer cannot be made writable again. Not by asarray, which
        # copies the numbers one by one where there is no memory to ask for the buffer.
        view = np.frombuffer(memoryview(array).toreadonly(), array.dtype).reshape(array.shape)
        self._arrays[name] = array
        self._views[name] = view
        self.version = object()

    # For those who train

    def writable(self, name: str) -> np.ndarray:
        """Return an array itself, to be written to between :meth:`begin_change` and its end only."""
        return self._arrays[name]

    def begin_change(self) -> Change:
        """Say that the arrays are about to be written, until the change that is returned ends.

        Nothing is kept of them meanwhile. Changes may overlap, in one thread or several. One that never ends costs
        speed, not correctness.
        """
        change = Change(self)
        change.begin()
        return change

    # What backends make of them

    def kept(self, key: object, make: Callable[[], object]) -> Kept:
        """Return what is kept under a key, the same to all who ask; ``make`` makes it from the arrays."""
        return self._kept.setdefault(key, Kept(self, make))

    def __getstate__(self) -> dict[str, dict[str, np.ndarray]]:
        return {"arrays": self._arrays}  # copies make what they keep anew

    def __setstate__(self, state: dict[str, dict[str, np.ndarray]]) -> None:
        Weights.__init__(self)
        for name, array in state["arrays"].items():
            self.add(name, array)


class Change(Ongoing):
    """A change of weights: from the beginning on they are outdated, at the end they are others."""

    __slots__ = ("_at_begin", "_at_end", "_weights")

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._at_begin, self._at_end = object(), object()  # versions, made while there may be memory

    def begin(self) -> bool:
        kept_forms = iter(list(self._weights._kept.values()))
        begun = super().begin()
        try:
            self._weights.changes.add(self)
        except MemoryError:
            super().end()
            raise
        self._weights.version = self._at_begin  # after the entry: whoever sees this version sees the entry too
        for kept in kept_forms:
            kept.forget()
        return begun

    def end(self) -> None:
        self._weights.version = self._at_end  # before the entry goes: without an entry there is no older version
        self._weights.changes.discard(self)  # it is missing where a fork came between the two beginnings
        Ongoing.end(self)  # by name: super() takes memory


class Kept:
    """Something made of weights, made again when they have changed.

    Without a lock, which a fork could find closed for ever: two threads that find it missing both make it, and one of
    the two stays.
    """

    __slots__ = ("_make", "_made", "_weights")

    def __init__(self, weights: Weights, make: Callable[[], object]) -> None:
        self._weights = weights
        self._make = make
        self._made: tuple[object | None, object] = (None, None)  # from which version of the weights, and what

    def current(self) -> object:
        """Return what the weights as they are make; None while they are being changed."""
        version, made = self._made
        return made if version is self._weights.version else self._remake()

    def forget(self) -> None:
        """Free the memory of what was made."""
        self._made = (None, None)

    def _remake(self) -> object:
        version = self._weights.version  # read before the weights: a change meanwhile makes it outdated
        self.forget()  # the old one, before there is another
        if self._weights.changes:
            return None
        made = self._make()
        self._made = (version, made)
        return made
