"""The keyword arguments of a function that builds a network, as parameters of an estimator: ``model__filters``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

_GIVEN = 2  # input_shape and n_outputs, which the estimator gives itself


def keyword_arguments(build: object) -> dict[str, inspect.Parameter]:
    """Return, by name, what a function takes beside ``input_shape`` and ``n_outputs``; nothing if it is no function."""
    try:
        parameters = list(inspect.signature(build).parameters.values())[_GIVEN:]  # type: ignore[arg-type]
    except (TypeError, ValueError):  # no function, or a compiled one that does not tell
        return {}
    return {p.name: p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


def default_values(build: object) -> dict[str, Any]:
    """Return, by name, the values of those keyword arguments that have one."""
    return {name: p.default for name, p in keyword_arguments(build).items() if p.default is not p.empty}


def with_values(build: object, values: Mapping[str, object]) -> Callable[..., Any]:
    """Return the function with other values of its keyword arguments.

    Raises
    ------
    ValueError
        If it has none of such a name.
    """
    names = keyword_arguments(build)
    for name in values:
        if name not in names:
            raise ValueError(
                f"model__{name}: expected a keyword argument that the function model takes, "
                f"one of {list(names)}, got {name!r} for {build!r}"
            )
    return functools.partial(build, **values)  # type: ignore[arg-type]
