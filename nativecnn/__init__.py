"""nativecnn: a convolutional-network engine for CPUs whose results are the same bits everywhere."""

from __future__ import annotations

from ._kernels.floating_point import enter_contract_state, leave_contract_state

_callers_state = enter_contract_state()  # Python rounds the modules' constants as it compiles them
try:
    from . import callbacks, data, datasets, initializers, layers, losses, metrics, ops, optimizers, regularizers
    from ._kernels.threads import get_num_threads, set_num_threads, threads
    from .config import show_config
    from .formats.errors import DataFileError, ModelFileError
    from .functional import Functional
    from .gradient_check import gradient_check
    from .gradients import gradients, output_gradients
    from .layers import Input
    from .model import Model
    from .ops.backend import backend_name, use_backend
    from .plotting import plot_model
    from .random import set_random_seed
    from .saving import load_model, save_model
    from .sequential import Sequential
    from .version import version as _version
finally:
    leave_contract_state(_callers_state)

__all__ = [
    "DataFileError",
    "Functional",
    "Input",
    "Model",
    "ModelFileError",
    "Sequential",
    "backend_name",
    "callbacks",
    "data",
    "datasets",
    "get_num_threads",
    "gradient_check",
    "gradients",
    "initializers",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "ops",
    "optimizers",
    "output_gradients",
    "plot_model",
    "regularizers",
    "save_model",
    "set_num_threads",
    "set_random_seed",
    "show_config",
    "threads",
    "use_backend",
]


def __getattr__(name: str) -> str:
    if name == "__version__":
        return _version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
