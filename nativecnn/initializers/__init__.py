"""What weights are before training. Names, arguments and meaning are those of Keras 3.

::

    constant.py     zeros, ones, a constant, the identity
    random.py       uniform and normal numbers, Glorot's, He's and LeCun's among them
    orthogonal.py   matrices with orthonormal columns

Everything random is computed from random words of a stream of the weight's own, by float64 operations that
docs/arithmetic-training.md states, so the weights are the same bits everywhere.
"""

from __future__ import annotations

from ..checks import choose
from .base import Initializer
from .constant import Constant, Identity, Ones, Zeros
from .orthogonal import Orthogonal
from .random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "get",
]

_INITIALIZERS = {
    cls.name: cls
    for cls in (
        Constant,
        GlorotNormal,
        GlorotUniform,
        HeNormal,
        HeUniform,
        Identity,
        LecunNormal,
        LecunUniform,
        Ones,
        Orthogonal,
        RandomNormal,
        RandomUniform,
        TruncatedNormal,
        VarianceScaling,
        Zeros,
    )
}
# Keras's other names: those of the classes, and some shorter ones.
_ALIASES = {cls.__name__: name for name, cls in _INITIALIZERS.items()}
_ALIASES |= {"normal": "random_normal", "uniform": "random_uniform", "one": "ones", "zero": "zeros"}


def get(value: object) -> Initializer:
    """Return the initializer that a name, a configuration or an initializer stands for.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if isinstance(value, Initializer):
        return value
    settings = dict(value) if isinstance(value, dict) else {"name": value}
    name = settings.pop("name", None)
    name = _ALIASES.get(name, name) if isinstance(name, str) else name
    return choose(name, _INITIALIZERS, "initializer")(**settings)
