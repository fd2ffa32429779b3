"""Activations by name. The gradient of a function is the kernel with ``_gradient`` after the function's kernel."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...checks import shown
from ..base import Layer
from ..steps import BackwardStep, Call, ForwardStep, Shape

# By name: the kernel, and the settings that Keras's function of that name has by default.
KERNELS: dict[str, tuple[str, tuple[float, ...]]] = {
    "elu": ("elu", (1.0,)),
    "exponential": ("exp", ()),
    "gelu": ("gelu", ()),
    "hard_sigmoid": ("hard_sigmoid", ()),
    "hard_silu": ("hard_silu", ()),
    "hard_swish": ("hard_silu", ()),
    "leaky_relu": ("leaky_relu", (0.2,)),
    "linear": ("linear", ()),
    "log_softmax": ("log_softmax", ()),
    "mish": ("mish", ()),
    "relu": ("relu", ()),
    "relu6": ("relu6", ()),
    "selu": ("selu", ()),
    "sigmoid": ("sigmoid", ()),
    "silu": ("silu", ()),
    "softmax": ("softmax", ()),
    "softplus": ("softplus", ()),
    "softsign": ("softsign", ()),
    "swish": ("silu", ()),
    "tanh": ("tanh", ()),
}
_OVER_ROWS = ("softmax", "log_softmax")
# The gradients of these take the input, all others the output, which may then take the input's place.
_READ_INPUT = ("approximate_gelu", "gelu", "hard_silu", "mish", "silu", "softsign")


class Activation(Layer):
    """Applies a function by name.

    Parameters
    ----------
    function : str
        ``"relu"``, ``"relu6"``, ``"leaky_relu"`` (slope 0.2), ``"elu"``, ``"selu"``, ``"gelu"`` (exact), ``"silu"`` or
        ``"swish"``, ``"mish"``, ``"softplus"``, ``"softsign"``, ``"sigmoid"``, ``"hard_sigmoid"``, ``"hard_silu"`` or
        ``"hard_swish"``, ``"tanh"``, ``"exponential"``, ``"softmax"`` and ``"log_softmax"`` (over the last axis) or
        ``"linear"`` (nothing). Other settings than the default ones have the layers: ``LeakyReLU(0.1)``.

    Attributes
    ----------
    function : str
        The kernel that computes it: ``"relu"`` wherever it is plain ReLU, ``"relu6"`` wherever it is that.
    kernel_settings : tuple of float
        What the kernel takes after its arrays.

    Raises
    ------
    ValueError
        If there is no function of that name.
    """

    def __init__(self, function: str, **settings: Any) -> None:
        super().__init__(**settings)
        if not isinstance(function, str) or function not in KERNELS:
            raise ValueError(f"expected as activation one of {', '.join(KERNELS)}, got {shown(function)}")
        self._name_of_function = function
        self._compute_by(*KERNELS[function])

    def _compute_by(
        self, kernel: str, settings: tuple[float, ...] = (), gradient_settings: tuple[float, ...] | None = None
    ) -> None:
        """Set the kernel, and the settings that it takes after its arrays."""
        self.function = kernel
        self.kernel_settings = settings
        self._gradient_settings = settings if gradient_settings is None else gradient_settings
        self.is_view = kernel == "linear"
        self.in_place = not self.is_view
        self.input_gradient_reads = frozenset({"input" if kernel in _READ_INPUT else "output"})

    def get_config(self) -> dict[str, Any]:
        return {"function": self._name_of_function, **super().get_config()}

    def compute_output_shape(self, input_shape: Any) -> Shape:
        if self.function in _OVER_ROWS and not input_shape:
            raise ValueError(f"{self.label}: expected samples of at least one axis, got shape {input_shape}")
        return input_shape

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        kernel = getattr(step.kernels, self.function)
        return [step.kernels.prepare(kernel, step.inputs[0], step.output, *self.kernel_settings)]

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        kernel = getattr(step.kernels, f"{self.function}_gradient")
        value = step.inputs[0] if "input" in self.input_gradient_reads else step.output
        return [partial(kernel, step.output_gradient, value, step.input_gradients[0], *self._gradient_settings)]
