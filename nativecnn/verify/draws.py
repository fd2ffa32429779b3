"""Random choices that make up a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from nativecnn.random import Stream

# Of all instruction sets the pixels and filters of register tiles, lengths of vectors, and blocks of channels. They
# stand here as numbers, so that a seed gives the same cases on every machine.
TILES = (4, 6, 8, 14, 16, 32, 64, 256)

_Choice = TypeVar("_Choice")


class Draws:
    """An endless sequence of choices, the same for the same key everywhere."""

    def __init__(self, *key: int | str) -> None:
        self._stream = Stream(*key)
        self._words: list[int] = []
        self._steps = 0

    def integer(self, low: int, high: int) -> int:
        """Return one of ``low … high``."""
        if not self._words:
            self._words = self._stream.bits(32, self._steps).tolist()
            self._steps += 1
        return low + self._words.pop() % (high - low + 1)

    def choice(self, values: Sequence[_Choice]) -> _Choice:
        """Return one of some values."""
        return values[self.integer(0, len(values) - 1)]

    def one_in(self, count: int) -> bool:
        """Return True once in ``count`` times."""
        return self.integer(1, count) == 1

    def pair(self, low: int, high: int) -> tuple[int, int]:
        """Return two of ``low … high``."""
        return self.integer(low, high), self.integer(low, high)

    def size(self, most: int) -> int:
        """Return a size from 1 to ``most``: every second one some whole tiles, or one less or more."""
        tiles = [tile for tile in TILES if tile <= most]
        if not tiles or self.one_in(2):
            return self.integer(1, min(most, 16 if self.one_in(2) else most))
        tile = self.choice(tiles)
        size = tile * self.integer(1, min(3, most // tile)) + self.integer(-1, 1)
        return min(size, most)

    def sizes(self, product: int, most: Mapping[str, int]) -> dict[str, int]:
        """Return sizes by name whose product is at most ``product``, each of them the largest now and then."""
        names = list(most)
        drawn = {}
        while names:
            name = names.pop(self.integer(0, len(names) - 1))
            drawn[name] = self.size(max(1, min(most[name], product)))
            product //= drawn[name]
        return drawn
