"""What the draws of several families share."""

from __future__ import annotations

from ..arrays import LAYOUTS, VALUES
from ..cases import Settings
from ..draws import Draws

# The kernels themselves, unlike the functions of nativecnn.ops, take whole float32 arrays in row-major order.
KERNEL_LAYOUTS = ("contiguous", "offset")


def arrays_settings(
    draws: Draws, values: tuple[str, ...] = VALUES[:-1], layouts: tuple[str, ...] = LAYOUTS
) -> Settings:
    """Return how the arrays of a case are drawn and how they lie in memory: every third time not as they should."""
    return {
        "values": draws.choice(values),
        "layout": draws.choice(layouts) if draws.one_in(3) else "contiguous",
        "seed": draws.integer(0, 2**32),
    }


def image_side(draws: Draws, outputs: int, window: int, stride: int, padding: tuple[int, int]) -> int:
    """Return a side for which so many windows, of an extent in pixels, fit the padded image."""
    return max((outputs - 1) * stride + window - sum(padding) + draws.integer(0, stride - 1), 1)


def padding_pixels(padding: str | tuple[tuple[int, int], tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the pixels that a padding adds for sure."""
    return ((0, 0), (0, 0)) if isinstance(padding, str) else padding
