"""Activation layers: one function applied to every value (softmax and its logarithm: to every row of the last axis)."""

from .argument import configuration, get
from .classes import (
    ELU,
    GELU,
    SELU,
    HardSigmoid,
    HardSiLU,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from .function import Activation

__all__ = [
    "configuration",
    "get",
    "Activation",
    "ELU",
    "GELU",
    "HardSiLU",
    "HardSigmoid",
    "LeakyReLU",
    "LogSoftmax",
    "Mish",
    "ReLU",
    "ReLU6",
    "SELU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
]
