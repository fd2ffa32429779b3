"""When one of the values in the logs is better than before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..checks import number_between

_LARGER_IS_BETTER = ("accuracy", "acc", "auc", "precision", "recall", "f1_score")
_SMALLER_IS_BETTER = ("loss", "error", "mse", "mae", "crossentropy", "logloss")


class Monitor:
    """Watches a value in the logs.

    Parameters
    ----------
    owner : str
        The callback's class, for errors.
    name : str
        The value's.
    mode : str
        ``"min"``, ``"max"``, or ``"auto"``, which depends on the name's end.
    min_delta : float
        By how much a value has to be better than another to count as better.

    Raises
    ------
    TypeError, ValueError
        If the mode is none of them, or cannot be told from the name.
    """

    def __init__(self, owner: str, name: str, mode: str, min_delta: float = 0.0) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{owner}: expected as monitor the name of a value in the logs, got {name!r}")
        if mode not in ("auto", "min", "max"):
            raise ValueError(f'{owner}: expected as mode "auto", "min" or "max", got {mode!r}')
        if mode == "auto":
            if not name.endswith(_LARGER_IS_BETTER + _SMALLER_IS_BETTER):
                raise ValueError(
                    f'{owner}: expected for {name!r} the mode "min" or "max", as the name does not tell it'
                )
            mode = "max" if name.endswith(_LARGER_IS_BETTER) else "min"
        self.owner, self.name, self.mode = owner, name, mode
        self.min_delta = number_between(min_delta, f"{owner}: min_delta")

    def value(self, logs: Mapping[str, float] | None, params: Mapping[str, Any]) -> float | None:
        """Return the value, None in an epoch that has no validation though others have.

        Raises
        ------
        ValueError
            If it is not there.
        """
        logs = logs or {}
        if self.name in logs:
            return float(logs[self.name])
        if (
            self.name.startswith("val_")
            and params.get("validation")
            and not any(key.startswith("val_") for key in logs)
        ):
            return None
        got = ", ".join(logs) or "none"
        raise ValueError(f"{self.owner}: expected {self.name!r} among the values in the logs, got {got}")

    def is_better(self, value: float, reference: float | None) -> bool:
        """Return whether a value is better than another, if there is one; NaN never is."""
        if math.isnan(value):
            return False
        if reference is None or math.isnan(reference):
            return True
        return value < reference - self.min_delta if self.mode == "min" else value > reference + self.min_delta
