"""Activations that have a class of their own, most of them without settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...ops.activation import nonnegative_setting
from .function import Activation


class _Named(Activation):
    """An activation that a class of its own stands for."""

    function_name = ""

    def __init__(self, *, name: str | None = None, input_shape: Sequence[int] | None = None, **settings: Any) -> None:
        super().__init__(self.function_name, name=name, input_shape=input_shape, **settings)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["function"]
        return config

    def _checked(self, value: object, setting: str) -> float:
        return nonnegative_setting(value, f"{self.label}: {setting}")


class ReLU(_Named):
    """``x`` where it is above the threshold, ``negative_slope * (x - threshold)`` elsewhere.

    Parameters
    ----------
    max_value : float, optional
        What larger values become; by default nothing does.
    negative_slope, threshold : float
        All three are 0 or more.

    Raises
    ------
    TypeError, ValueError
        If a setting is no number, or negative.
    """

    function_name = "relu"

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.max_value = None if max_value is None else self._checked(max_value, "max_value")
        self.negative_slope = self._checked(negative_slope, "negative_slope")
        self.threshold = self._checked(threshold, "threshold")
        if self.threshold == 0.0 and self.max_value is None:
            if self.negative_slope != 0.0:
                self._compute_by("leaky_relu", (self.negative_slope,))
        elif (self.max_value, self.negative_slope, self.threshold) == (6.0, 0.0, 0.0):
            self._compute_by("relu6")
        else:
            most = math.inf if self.max_value is None else self.max_value
            kernel_settings = (most, self.negative_slope, self.threshold)
            self._compute_by("clipped_relu", kernel_settings, kernel_settings[:2])

    def get_config(self) -> dict[str, Any]:
        config = {} if self.max_value is None else {"max_value": self.max_value}
        slope_and_threshold = {"negative_slope": self.negative_slope, "threshold": self.threshold}
        config |= {key: value for key, value in slope_and_threshold.items() if value != 0.0}
        return config | super().get_config()


class LeakyReLU(_Named):
    """``x`` where it is positive, ``negative_slope * x`` elsewhere.

    Parameters
    ----------
    negative_slope : float
        0 or more. By default 0.3, where the name ``"leaky_relu"`` stands for 0.2: so it is in Keras.

    Raises
    ------
    TypeError, ValueError
        If the slope is no number, or negative.
    """

    function_name = "leaky_relu"

    def __init__(self, negative_slope: float = 0.3, **settings: Any) -> None:
        super().__init__(**settings)
        self.negative_slope = self._checked(negative_slope, "negative_slope")
        self._compute_by("leaky_relu", (self.negative_slope,))

    def get_config(self) -> dict[str, Any]:
        return {"negative_slope": self.negative_slope, **super().get_config()}


class ELU(_Named):
    """``x`` where it is positive, ``alpha * (exp(x) - 1)`` elsewhere.

    Parameters
    ----------
    alpha : float
        0 or more.

    Raises
    ------
    TypeError, ValueError
        If alpha is no number, or negative.
    """

    function_name = "elu"

    def __init__(self, alpha: float = 1.0, **settings: Any) -> None:
        super().__init__(**settings)
        self.alpha = self._checked(alpha, "alpha")
        self._compute_by("elu", (self.alpha,))

    def get_config(self) -> dict[str, Any]:
        return {"alpha": self.alpha, **super().get_config()}


class GELU(_Named):
    """``x`` times the probability that a normally distributed number is less (Hendrycks and Gimpel 2016).

    Parameters
    ----------
    approximate : bool
        Whether to take ``x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`` instead. That is no faster here.
    """

    function_name = "gelu"

    def __init__(self, approximate: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self.approximate = bool(approximate)
        if self.approximate:
            self._compute_by("approximate_gelu")

    def get_config(self) -> dict[str, Any]:
        return ({"approximate": True} if self.approximate else {}) | super().get_config()


class ReLU6(_Named):
    """``x`` between 0 and 6, which become what is below and above."""

    function_name = "relu6"


class SELU(_Named):
    """ELU times 1.0507 with alpha 1.6733, which keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    function_name = "selu"


class SiLU(_Named):
    """``x * sigmoid(x)``, also called swish."""

    function_name = "silu"


class Mish(_Named):
    """``x * tanh(log(1 + exp(x)))`` (Misra 2019)."""

    function_name = "mish"


class Softplus(_Named):
    """``log(1 + exp(x))``."""

    function_name = "softplus"


class Softsign(_Named):
    """``x / (1 + abs(x))``."""

    function_name = "softsign"


class Sigmoid(_Named):
    """``1 / (1 + exp(-x))``."""

    function_name = "sigmoid"


class HardSigmoid(_Named):
    """``relu6(x + 3) / 6``."""

    function_name = "hard_sigmoid"


class HardSiLU(_Named):
    """``x * relu6(x + 3) / 6``, also called hard swish."""

    function_name = "hard_silu"


class Tanh(_Named):
    """The hyperbolic tangent."""

    function_name = "tanh"


class Softmax(_Named):
    """``exp(x) / sum(exp(x))`` over the last axis."""

    function_name = "softmax"


class LogSoftmax(_Named):
    """``x - log(sum(exp(x)))`` over the last axis."""

    function_name = "log_softmax"
