"""What can be seen of a picture without eyes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np

SMALLEST_FONT = 6.0  # points, of numbers within pixels
_TOUCHING = 1.0  # by so many dots texts may overlap: their boxes are a little larger than the letters
_MOST_BYTES, _MOST_DOTS = 400_000, 1700


@contextmanager
def recorded_texts() -> Iterator[dict[object, tuple[tuple[float, ...], float]]]:
    """Record of each text that is drawn its box in dots and its size in points, as drawn last."""
    from matplotlib.text import Text

    texts, draw = {}, Text.draw

    def recording_draw(text, renderer, *arguments, **settings):
        draw(text, renderer, *arguments, **settings)
        if text.get_visible() and text.get_text().strip():
            texts[text] = text.get_window_extent(renderer).extents, text.get_fontsize()

    with mock.patch.object(Text, "draw", recording_draw):
        yield texts


def check_texts(texts: dict[object, tuple[tuple[float, ...], float]], name: str) -> None:
    """Hold that texts can be read: not too small, none over another."""
    for text, (_, size) in texts.items():
        assert size >= SMALLEST_FONT, f"{name}: {text.get_text()!r} has {size:.1f} points"
    words = [text.get_text() for text in texts]
    boxes = np.array([box for box, _ in texts.values()]).reshape(-1, 4)
    low, high = boxes[:, :2] + _TOUCHING, boxes[:, 2:] - _TOUCHING
    overlap = np.all((low[:, None] < high[None]) & (low[None] < high[:, None]), axis=2)
    for first, second in np.argwhere(np.triu(overlap, 1)):
        raise AssertionError(f"{name}: {words[first]!r} lies over {words[second]!r}")


def check_file(path: Path) -> None:
    """Hold that a picture is there, small, and not empty."""
    from PIL import Image

    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert pixels.std() > 5 and len(np.unique(pixels)) > 8, f"{path}: hardly anything in it"
    assert path.stat().st_size < _MOST_BYTES and max(pixels.shape) <= _MOST_DOTS, f"{path}: {pixels.shape}"
