"""What the draws of several families share."""

from __future__ import annotations

from ..arrays import LAYOUTS, VALUES
from ..cases import Operand, Settings
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


def image_side(
    draws: Draws, outputs: int, extent: int, stride: int, padding: str | tuple[tuple[int, int], ...], axis: int
) -> int:
    """Return rows (axis 0) or columns of an image on which so many windows, of an extent in pixels, find place."""
    extent = 1 if padding == "same" else extent  # whose padding makes up for the rest
    around = 0 if isinstance(padding, str) else sum(padding[axis])
    return max((outputs - 1) * stride + extent - around + draws.integer(0, stride - 1), 1)


def draw_epilogue(draws: Draws) -> Settings:
    """Return what follows the sums of a convolution or dense layer: mostly something."""
    return {
        "normalized": draws.one_in(2),
        "added": draws.one_in(2),
        "activation": draws.choice((None, "relu", "relu6")),
    }


def epilogue_operands(settings: Settings, output: tuple[int, ...]) -> dict[str, Operand | None]:
    """Return the arrays of an epilogue, for an output with its batch."""
    filters, values = output[-1:], settings["values"]
    normalized = settings["normalized"]
    return {
        "scale": Operand(filters, values) if normalized else None,
        "shift": Operand(filters, values) if normalized else None,
        "residual": Operand(output, values) if settings["added"] else None,
    }
