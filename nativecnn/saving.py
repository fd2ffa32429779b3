"""Model files: safetensors, with the configuration as JSON in the header. They hold no code.

The arrays are the weights, by their keys "layer/weight", and what the optimizer keeps of them. The metadata hold under
``"nativecnn"`` a JSON object::

    format_version      of this layout; unknown ones are refused
    contract_version    of docs/arithmetic.md, under which the model gave its results; unknown ones are refused, and of
                        known ones the model is set to give the same results
    nativecnn_version   the release that wrote it, for people
    class               "Sequential" or "Functional"
    model               its get_config(): name, and layers with class and config, models among them; of a Sequential
                        input_shape; of a Functional inputs, nodes and outputs, by their numbers
    compilation         optimizer, loss, metrics; null if the model was not compiled
    training            the state of its training (see training/state.py), or null

Weights of layers within models within the model are called "model/layer/weight". Files of format version 2 have neither
models in models nor the class "Functional"; those of version 1 also lack ``training`` and are read as if it were null.

This module knows files and configurations; the classes of models register themselves here.
"""

from __future__ import annotations

import contextlib
import json
import os
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ._kernels.floating_point import contract_state
from .formats.errors import ModelFileError
from .formats.safetensors import read_safetensors, write_safetensors
from .initializers import Initializer
from .layers import LAYER_CLASSES, Conv2D
from .layers.base import Layer, WeightSource
from .layers.steps import Shape
from .layers.tensors import Applicable
from .reference import CONTRACT_VERSION
from .training.state import is_training_key, restore_training, training_state
from .version import version

if TYPE_CHECKING:
    from .model import Model

FORMAT_VERSION = 3

_METADATA_KEY = "nativecnn"
_model_classes: dict[str, type[Model]] = {}

Path = str | os.PathLike[str]


def register_model(cls: type[Model]) -> type[Model]:
    """Make a class of models one that files may name (a decorator)."""
    _model_classes[cls.__name__] = cls
    return cls


def described_layers(layers: Sequence[Applicable]) -> list[dict[str, Any]]:
    """Return the classes and configurations of layers and models, plain enough for JSON."""
    return [{"class": type(layer).__name__, "config": layer.get_config()} for layer in layers]


def applicable_from_config(entry: dict[str, Any], weight_source: WeightSource | None) -> Applicable:
    """Return a layer or a model from an entry of :func:`described_layers`.

    Raises
    ------
    ValueError
        If there is no such class.
    """
    name, config = entry["class"], entry["config"]
    if name in _model_classes:
        within = None if weight_source is None else weight_source.within(config["name"])
        return _model_classes[name].from_config(config, within)
    if name not in LAYER_CLASSES:
        raise ValueError(f"expected layers of the classes {', '.join([*LAYER_CLASSES, *_model_classes])}, got {name!r}")
    return LAYER_CLASSES[name].from_config(config)


@contract_state
def save_model(model: Model, path: Path, include_optimizer: bool = True) -> None:
    """Write a model to a file, whole or not at all.

    Metrics that are functions are left out, with a warning. A model that is being trained is to be saved by the thread
    that trains it, from a callback.

    Parameters
    ----------
    model : Model
    path : str or path-like
    include_optimizer : bool
        Whether to write the state of the training as well: what the optimizer remembers (up to twice the size of the
        weights) and how far the training has come. ``load_model(path).fit(…, resume=True)`` then goes on with it as if
        it had not stopped. A model loaded from a file without it can only begin another training.

    Raises
    ------
    ValueError
        If the model has no weights yet, as the shape of its samples is not known.
    OSError
        If the file cannot be written.
    """
    tensors, training = model.weights, None
    if include_optimizer and model.compilation is not None:
        training, arrays = training_state(model)
        tensors |= arrays
    description = {
        "format_version": FORMAT_VERSION,
        "contract_version": CONTRACT_VERSION,
        "nativecnn_version": version(),
        "class": type(model).__name__,
        "model": model.get_config(),
        "compilation": None if model.compilation is None else model.compilation.get_config(),
        "training": training,
    }
    unsaved = [] if model.compilation is None else model.compilation.unsaved_metrics
    if unsaved:
        warnings.warn(f"not saved: metrics that are functions ({', '.join(unsaved)})", UserWarning, stacklevel=3)
    write_safetensors(path, tensors, {_METADATA_KEY: json.dumps(description)})


@contract_state
def load_model(path: Path) -> Model:
    """Read a model from a file, ready to compute, and to train (or to go on with its training) if it was compiled.

    Raises
    ------
    ModelFileError
        If the file is damaged, of an unknown version, names unknown layers or settings, or holds other weights than
        its layers have or another state than its optimizer has; the message says which.
    OSError
        If the file cannot be read.
    """
    name = os.fspath(path)
    tensors, metadata = read_safetensors(path)
    description = _description(metadata, name)
    for key, known in (
        ("format_version", range(1, FORMAT_VERSION + 1)),
        ("contract_version", range(1, CONTRACT_VERSION + 1)),
    ):
        if not isinstance(description.get(key), int) or description[key] not in known:
            expected = f"{', '.join(map(str, known[:-1]))} or {known[-1]}"
            raise ModelFileError(f"{name}: expected {key} {expected}, got {description.get(key)!r}")
    cls = _model_classes.get(str(description.get("class")))
    if cls is None:
        raise ModelFileError(
            f"{name}: expected a model of class {', '.join(_model_classes)}, got {description.get('class')!r}"
        )
    remaining = dict(tensors)
    with _refusing_errors(name):
        if description["contract_version"] == 1:
            _keep_to_contract_1(description["model"])
        model = cls.from_config(description["model"], _FileWeights(remaining, name))
        compilation = description.get("compilation")
        if compilation is not None:
            model.compile(**compilation)
            model.compilation.position = None
    if not model.built:
        raise ModelFileError(f"{name}: expected a model with layers and an input_shape, got {description['model']!r}")
    if description.get("training") is not None:
        with _refusing_errors(name):
            kept = {key: remaining.pop(key) for key in list(remaining) if is_training_key(key)}
            restore_training(model, description["training"], kept)
    _check_no_more(remaining, model, name)
    return model


@contract_state
def save_weights(model: Model, path: Path) -> None:
    """Write a model's weights alone to a safetensors file, whole or not at all."""
    write_safetensors(path, model.weights)


@contract_state
def load_weights(model: Model, path: Path) -> None:
    """Set a model's weights from a file; all of them or, if the file does not fit, none.

    Raises
    ------
    ModelFileError
        If the file is damaged or does not hold exactly the model's weights.
    """
    name = os.fspath(path)
    weights = model.weights
    tensors, _ = read_safetensors(path)
    for key, weight in weights.items():
        _check_weight(tensors, key, weight.shape, name)
    _check_no_more([key for key in tensors if key not in weights and not is_training_key(key)], model, name)
    model.graph.set_weights(tensors)


@dataclass(frozen=True)
class _FileWeights(WeightSource):
    """Gives each weight from a file's tensors, which it takes away."""

    tensors: dict[str, np.ndarray]
    file: str
    prefix: str = ""

    def __call__(self, layer: Layer, name: str, shape: Shape, initializer: Initializer) -> np.ndarray:
        key = f"{self.prefix}{layer.name}/{name}"
        _check_weight(self.tensors, key, shape, self.file)
        return self.tensors.pop(key)

    def within(self, name: str) -> _FileWeights:
        return _FileWeights(self.tensors, self.file, f"{self.prefix}{name}/")


@contextlib.contextmanager
def _refusing_errors(name: str) -> Iterator[None]:
    """Turn errors that a wrong description leads to into ``ModelFileError``."""
    try:
        yield
    except ModelFileError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        _refuse(name, error)


def _description(metadata: dict[str, str], name: str) -> dict[str, Any]:
    if _METADATA_KEY not in metadata:
        raise ModelFileError(f"{name}: expected a model's configuration in the metadata, got {sorted(metadata)}")
    try:
        description = json.loads(metadata[_METADATA_KEY])
    except (ValueError, RecursionError) as error:
        _refuse(name, error)
    if not isinstance(description, dict):
        raise ModelFileError(f"{name}: expected the configuration to be a JSON object, got {description!r}")
    return description


def _keep_to_contract_1(config: dict[str, Any]) -> None:
    """Write into a model's configuration what contract 1 had no choice of: every convolution is direct."""
    for layer in config["layers"]:
        cls = LAYER_CLASSES.get(layer["class"])
        if cls is not None and issubclass(cls, Conv2D) and layer["config"].get("algorithm", "auto") == "auto":
            layer["config"]["algorithm"] = "direct"


def _check_weight(tensors: dict[str, np.ndarray], key: str, shape: Shape, name: str) -> None:
    if key not in tensors:
        got = ", ".join(sorted(tensors)) or "none"
        raise ModelFileError(f"{name}: expected a weight {key} of shape {shape}, got only {got}")
    array = tensors[key]
    if array.dtype != np.float32 or array.shape != shape:
        raise ModelFileError(
            f"{name}: {key}: expected float32 of shape {shape}, got {array.dtype} of shape {array.shape}"
        )


def _check_no_more(keys: Collection[str], model: Model, name: str) -> None:
    if keys:
        expected = ", ".join(model.weights) or "none"
        raise ModelFileError(f"{name}: expected the weights {expected}, got also {', '.join(sorted(keys))}")


def _refuse(name: str, error: Exception) -> NoReturn:
    what = f"no {error}" if isinstance(error, KeyError) else str(error)
    raise ModelFileError(f"{name}: expected a valid configuration, got an error: {what}") from error
