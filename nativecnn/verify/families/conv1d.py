"""1-D convolution with its gradients."""

from __future__ import annotations

from nativecnn import ops
from nativecnn.ops.conv1d import conv1d_geometry

from ..cases import Family, Operand, Operation, Settings
from ..draws import Draws
from .common import arrays_settings, image_side

_PRODUCTS = (1 << 10, 1 << 14, 1 << 17)  # of a case's output


def conv1d_with_gradients(x, kernel, bias, dy, **options):
    return ops.conv1d(x, kernel, bias, **options), *ops.conv1d_backward(dy, x, kernel, **options)


def _draw(draws: Draws) -> Settings:
    taps, stride = draws.integer(1, 5), draws.choice((1, 1, 2, 3))
    dilation = draws.integer(1, 3) if draws.one_in(3) else 1
    padding = draws.choice(("valid", "same", "causal", draws.pair(0, 4)))
    groups = draws.choice((1, 1, 1, 2, 5))
    products = max(1, draws.choice(_PRODUCTS) // (taps * groups))
    sizes = draws.sizes(products, {"samples": 9, "steps": 300, "channels": 40, "filters": 40})
    extent = (taps - 1) * dilation + 1
    around = {"valid": 0, "same": extent - 1, "causal": extent - 1}.get(padding) if isinstance(padding, str) else None
    sides = ((around if around is not None else sum(padding), 0),)
    sizes["steps"] = image_side(draws, sizes["steps"], extent, stride, sides, 0)
    return {
        **sizes,
        "kernel_size": taps,
        "strides": stride,
        "dilation_rate": dilation,
        "padding": padding,
        "groups": groups,
        "bias": not draws.one_in(3),
        **arrays_settings(draws),
    }


def _operands(settings: Settings) -> dict[str, Operand | None]:
    groups, channels, filters = (settings[name] for name in ("groups", "channels", "filters"))
    row, kernel = (settings["steps"], groups * channels), (settings["kernel_size"], channels, groups * filters)
    outputs = conv1d_geometry(row, kernel, **{name: settings[name] for name in _OPTIONS}).output[1]
    values = settings["values"]
    return {
        "x": Operand((settings["samples"], *row), values),
        "kernel": Operand(kernel, values),
        "bias": Operand(kernel[2:], values) if settings["bias"] else None,
        "dy": Operand((settings["samples"], outputs, kernel[2]), values),
    }


_OPTIONS = ("strides", "padding", "dilation_rate", "groups")

ROWS = Family("convolution, 1-D", (Operation(conv1d_with_gradients, _draw, _operands, _OPTIONS),))
