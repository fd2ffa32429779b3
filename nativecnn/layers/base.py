"""What every layer has: a configuration, shapes, weights, and the kernel calls of its two passes.

A layer does not run by itself. A plan gives it buffers once and receives *calls*, functions without arguments that
are ready to be called at every batch: ``kernels.prepare(kernels.relu, x, y)``. So a step of a prepared network costs
Python no more than calling them in a row.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import regularizers
from .._kernels.floating_point import contract_state
from ..initializers import Initializer
from ..ops.windows import resolve_padding
from ..random import Stream, random_seed
from ..regularizers import Regularizer
from .steps import BackwardStep, Call, ForwardStep, SavedArray, Shape, StateStep
from .tensors import Node, Tensor, call, check_name, only_node, sample_shape
from .weights import Weights


class Layer:
    """Base of all layers.

    Parameters
    ----------
    name : str, optional
        Unique in its model; by default the class's name in small letters, numbered where it repeats.
    input_shape : tuple of int, optional
        Shape of one sample. Needed on a model's first layer only, and there only to build it before it sees data.
    trainable : bool
        Whether training changes the weights.

    Attributes
    ----------
    weights : Weights
        Float32 arrays by name, in the order in which they are saved, to be read only. They are changed in place, never
        replaced; to change one, assign to it: ``layer.weights["bias"] = values`` copies the values.
    regularizers : dict of str to Regularizer
        The penalties of weights that have one, by the weights' names.
    """

    in_place = False
    """Whether the output may be written over the first input, and its gradient over the output's gradient."""
    is_view = False
    """Whether the output is the only input's values under another shape: there is nothing to compute."""
    input_gradient_reads: frozenset[str] = frozenset()
    """What the input's gradient is computed from, besides output gradient and weights: of ``input``, ``output``."""
    weight_gradient_reads: frozenset[str] = frozenset({"input"})
    """The same for the weights' gradients."""
    computes_epilogue = False
    """Whether it can go on with its output's values in the same call (:attr:`ForwardStep.epilogue`)."""
    computes_relu = False
    """The same for ReLU alone (:attr:`ForwardStep.relu`)."""
    scales_and_shifts = False
    """Whether it is, outside of training, ``fma(x, scale, shift)`` with a scale and a shift for each channel, the last
    axis (:meth:`prepare_scale_and_shift`): another layer's epilogue may compute it."""
    adds_inputs = False
    """Whether it gives the sum of its inputs: of two, another layer's epilogue may compute it."""
    draws_random_numbers = False
    """Whether its output in training depends on random numbers."""
    seed: int | None = None
    """Of its random numbers, where it has one of its own; otherwise they are of the training's."""
    non_trainable_weights: frozenset[str] = frozenset()
    """Names of weights that no gradient changes, such as running means."""
    computes_relu_gradient = False
    """Whether its input's gradient can go on through the ReLU that made its input (:attr:`BackwardStep.relu`)."""

    def __init__(
        self, *, name: str | None = None, input_shape: Sequence[int] | None = None, trainable: bool = True
    ) -> None:
        if name is not None:
            check_name(name, "layer")
        self.name_is_settled = name is not None
        """Whether no model may choose another name."""
        self.name = default_name(type(self)) if name is None else name
        self.trainable = bool(trainable)
        self.declared_input_shape = None if input_shape is None else sample_shape(input_shape, self.label)
        self.built_input_shape: Any = None
        self.weights = Weights()
        self.regularizers: dict[str, Regularizer] = {}
        self._regularizer_arguments: dict[str, str] = {}
        self.nodes: list[Node] = []
        """Where it is applied, in whatever graphs."""

    def __call__(self, inputs: Tensor | Sequence[Tensor]) -> Tensor:
        """Apply the layer to a tensor, or a list of them if it takes several; weights are made with the model.

        Raises
        ------
        TypeError
            If something else than tensors is given.
        ValueError
            If the layer does not take tensors of these shapes.
        """
        return call(self, inputs)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"nodes": []}  # copies belong to no graph; a copied graph applies them anew

    @property
    def input(self) -> Tensor | list[Tensor]:
        """The tensor that the layer is applied to, the list of them where it takes several."""
        inputs = only_node(self).inputs
        return inputs[0] if len(inputs) == 1 else list(inputs)

    @property
    def output(self) -> Tensor:
        """The tensor that the layer gives, from which a model or a further branch may be made.

        Raises
        ------
        AttributeError
            If the layer is not applied, or several times.
        """
        return only_node(self).output

    # Configuration

    @property
    def label(self) -> str:
        """How errors call the layer."""
        return f"layer {self.name!r} ({type(self).__name__})"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal, unbuilt layer; plain enough for JSON."""
        config: dict[str, Any] = {"name": self.name}
        if self.declared_input_shape is not None:
            config["input_shape"] = list(self.declared_input_shape)
        if not self.trainable:
            config["trainable"] = False
        for argument, weight in self._regularizer_arguments.items():
            config[argument] = self.regularizers[weight].get_config()
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Layer:
        """Return a new layer from :meth:`get_config`."""
        return cls(**config)

    def add_regularizer(self, weight: str, value: object, argument: str | None = None) -> None:
        """Give a weight the penalty that an argument of the layer stands for.

        For constructors: ``self.add_regularizer("kernel", kernel_regularizer)`` is all that a layer does for it.

        Parameters
        ----------
        weight : str
            The weight's name.
        value : str, dict, Regularizer or None
            As :func:`nativecnn.regularizers.get` takes it; None for no penalty.
        argument : str, optional
            The argument's name, by default the weight's with "_regularizer".
        """
        regularizer = regularizers.get(value)
        if regularizer is not None:
            self.regularizers[weight] = regularizer
            self._regularizer_arguments[argument or f"{weight}_regularizer"] = weight

    # Shapes and weights

    @property
    def built(self) -> bool:
        """Whether the input's shape is known and the weights exist."""
        return self.built_input_shape is not None

    @contract_state
    def build(self, input_shape: Any, weight_source: WeightSource | None = None) -> None:
        """Check the input's shape (a list of shapes for several inputs) and make the weights if there are none yet.

        Parameters
        ----------
        input_shape : tuple of int, or list of them
        weight_source : callable, optional
            Gives each weight; by default :class:`RandomWeights` of the seed in force.

        Raises
        ------
        ValueError
            If the layer takes no such input, or has weights already that do not fit it.
        """
        self.compute_output_shape(input_shape)
        specifications = self.weight_specifications(input_shape)
        if not self.built:
            self._drop_wrong_declaration(input_shape)
            make = weight_source or RandomWeights((random_seed(),))
            weights = {name: make(self, name, *specification) for name, specification in specifications.items()}
            for name, weight in weights.items():
                self.weights.add(name, weight)
        for name, (shape, _) in specifications.items():
            if self.weights[name].shape != shape:
                raise ValueError(
                    f"{self.label}: samples of shape {input_shape} need weights {name!r} of shape {shape}, "
                    f"got {self.weights[name].shape} from building for {self.built_input_shape}"
                )
        self.built_input_shape = input_shape

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the shape of one output sample for that of one input sample.

        Raises
        ------
        ValueError
            If the layer takes no such input.
        """
        return input_shape

    def check_input(self, values: np.ndarray, name: str) -> None:
        """Raise ``ValueError`` unless the layer takes these values; called with what is given as a model's input.

        Only for layers that an input feeds directly, or through others that merely change its shape.

        Parameters
        ----------
        values : numpy.ndarray
            Samples, as the user gave them.
        name : str
            How errors call them.
        """

    def weight_specifications(self, input_shape: Any) -> dict[str, tuple[Shape, Initializer]]:
        """Return shape and initializer of each weight, by name, for an input that the layer takes."""
        return {}

    @property
    def trainable_weights(self) -> Mapping[str, np.ndarray]:
        """The weights that training changes."""
        if not self.trainable:
            return {}
        if not self.non_trainable_weights:
            return self.weights
        return {name: weight for name, weight in self.weights.items() if name not in self.non_trainable_weights}

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the weights, in their order."""
        return [weight.copy() for weight in self.weights.values()]

    @contract_state
    def set_weights(self, values: Sequence[object]) -> None:
        """Set the weights, given in the order of :meth:`get_weights`; all of them or, if one does not fit, none.

        Raises
        ------
        TypeError
            If one is no array of real numbers.
        ValueError
            If their number or a shape differs.
        """
        values = list(values)
        if len(values) != len(self.weights):
            raise ValueError(f"{self.label}: expected {len(self.weights)} weights, got {len(values)}")
        arrays = {  # copies: the values may be weights themselves
            name: self.weights.checked(name, value, f"{self.label}: weight {name!r}").copy()
            for name, value in zip(self.weights, values, strict=True)
        }
        for name, array in arrays.items():
            self.weights[name] = array

    def count_params(self, input_shape: Any = None) -> int:
        """Return the number of values in all weights.

        Parameters
        ----------
        input_shape : tuple of int, or list of them, optional
            Count the weights that samples of this shape need, and make none; by default those that the layer has, none
            before it is built.

        Raises
        ------
        ValueError
            If the layer takes no such input.

        Examples
        --------
        >>> layers.Dense(1000).count_params((256 * 256 * 3,))  # no 786 MB are taken for this
        196609000
        """
        if input_shape is None:
            return sum(weight.size for weight in self.weights.values())
        self.compute_output_shape(input_shape)
        return sum(math.prod(shape) for shape, _ in self.weight_specifications(input_shape).values())

    def multiply_adds(self, input_shape: Any) -> int:
        """Return the multiplications followed by an addition that one sample takes (0 where there are none).

        They are those of the definition, whatever the algorithm; the layer need not be built.

        Parameters
        ----------
        input_shape : tuple of int, or list of them
            Of one sample, such as the layer takes.
        """
        return 0

    def chosen_algorithm(self, input_shape: Any) -> str:
        """Return the name of the algorithm that computes the layer (empty where there is only one)."""
        return ""

    # Computation

    def parts(self) -> list[Layer]:
        """Return the layers that this one consists of, in order: itself, then perhaps its activation.

        The parts after the first keep the shape. A plan treats each as a step of its own, so an activation inside a
        layer runs in place, or together with the loss, just as a separate one.
        """
        return [self]

    def passes_gradient(self, position: int) -> bool:
        """Return whether the gradient of the input at that position is the output's gradient, value by value.

        There is nothing to compute then: a plan lets both be one array.
        """
        return self.is_view

    def gradient_pieces(self) -> dict[str, Shape]:
        """Return the shapes of the buffers in which the layer, updating as it goes, computes its weights' gradients.

        They hold some of the rows (places on the first axis) of large weights, so that a gradient is still in the
        cache when its weight is updated. Empty where the layer computes its gradients whole.
        """
        return {}

    def computes_nothing(self, training: bool) -> bool:
        """Return whether the output is the only input's values: always, or in inference or training alone."""
        return self.is_view

    def saved_arrays(self, input_shape: Any) -> dict[str, SavedArray]:
        """Return the arrays, by name, that the forward pass of training fills for the backward pass.

        Those that say ``in_inference`` are there in inference, too, for what is needed in between.
        """
        return {}

    def prepare_state_update(self, step: StateStep) -> list[Call]:
        """Return the calls that change weights without a gradient (running means) at the end of a training step."""
        return []

    def prepare_forward(self, step: ForwardStep) -> list[Call]:
        """Return the calls that compute the output of the first part."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass")

    def prepare_scale_and_shift(self, step: ForwardStep) -> tuple[Call, np.ndarray, np.ndarray]:
        """Return the call that computes scale and shift from the weights, and the arrays that it writes."""
        raise NotImplementedError(f"{type(self).__name__} has no scale and shift")

    def prepare_backward(self, step: BackwardStep) -> list[Call]:
        """Return the calls that compute the gradients that are wanted, of the first part."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass")

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({settings})"

    def _drop_wrong_declaration(self, input_shape: Any) -> None:
        declared = self.declared_input_shape
        if declared is not None and declared != input_shape:
            warnings.warn(
                f"{self.label} was declared with input shape {declared}, but its input has shape {input_shape}; "
                "the declaration is ignored",
                UserWarning,
                stacklevel=2,
            )
            self.declared_input_shape = None


class WeightSource:
    """Gives new weights their first values."""

    def __call__(self, layer: Layer, name: str, shape: Shape, initializer: Initializer) -> np.ndarray:
        """Return the values of a layer's weight of a name and shape, as a new float32 array."""
        raise NotImplementedError

    def within(self, name: str) -> WeightSource:
        """Return the source for the layers of a model of a name that is part of the one at hand."""
        raise NotImplementedError


@dataclass(frozen=True)
class RandomWeights(WeightSource):
    """The source that draws by each weight's initializer, from a stream of the weight's own."""

    key: tuple[int | str, ...]
    """Of the stream of all weights; layer and weight are appended."""

    def __call__(self, layer: Layer, name: str, shape: Shape, initializer: Initializer) -> np.ndarray:
        return initializer(shape, Stream(*self.key, "weights", layer.name, name))

    def within(self, name: str) -> RandomWeights:
        return RandomWeights((*self.key, "model", name))


def default_name(cls: type) -> str:
    """Return a class's name in small letters: ``max_pooling2d``, ``conv2d_transpose``."""
    return re.sub(r"(?:(?<=[a-z])|(?<=\dD))(?=[A-Z][a-z])", "_", cls.__name__).lower()


_IMAGES = {1: "(steps, channels)", 2: "(rows, columns, channels)", 3: "(planes, rows, columns, channels)"}


def check_image_shape(layer: Layer, input_shape: Any, axes: int = 2) -> Shape:
    """Return the shape if it is that of an image of so many axes, with channels, else raise ``ValueError``."""
    if not isinstance(input_shape, tuple) or len(input_shape) != axes + 1:
        hint = ""
        if isinstance(input_shape, tuple) and len(input_shape) == axes:
            hint = "; images without a channel axis get one by x[..., numpy.newaxis]"
        raise ValueError(f"{layer.label}: expected samples of shape {_IMAGES[axes]}, got {input_shape}{hint}")
    return input_shape


def normalize_padding(padding: object, name: str, axes: int = 2) -> object:
    """Return a padding's name, or its pixels as ``((top, bottom), (left, right))``; wrong ones raise."""
    ones = (1,) * axes
    pixels = resolve_padding(padding, ones, ones, ones, name=name)
    return padding if isinstance(padding, str) else pixels
